"""Writes at the same moment, and what they cost, on every database, layout and kind of change order."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

import pytest

from sogo.errors import NotFound, PreconditionFailed, UidConflict
from sogo.model.folder import Folder
from sogo.store.interface import Expect
from sogo.store.sql.counting import counted_statements
from sogo.store.sql.dialects.base import PoolSettings
from tests.support.stores import Site, event_row

ICS = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:uid\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
WRITES = {"postgresql": (1, 1, 1), "mariadb": (5, 3, 3), "sqlite": (4, 3, 3)}
"""Statements of a new object, of a change that keeps the UID, and of a removal, by somebody who has not looked before.
Only PostgreSQL writes several tables by one query, whose trigger looks for the UID; the others write the index record,
lock and read the row, write it, and look for the UID of a new object at the end, since only then nobody else can bring
it any more; on MariaDB the folder is locked first, where those wait who have looked before
(`test_guarded_writing_contract`)."""
WITHOUT_TRIGGERS = {"postgresql": 2, "mariadb": 0, "sqlite": 0}
"""Where no trigger has locked the folder, it is locked before that look, which on PostgreSQL is a statement then too."""


async def index_and_store_agree(site: Site, folder: Folder, name: str) -> bool:
    store, quick = await site.rows(folder, name)
    live = store is not None and store["c_deleted"] != 1
    return (store["c_content"] if store and live else None) == (quick["c_title"] if quick else None)


async def test_a_write_costs_few_statements(site: Site) -> None:
    folder = await site.fresh_folder()
    save = site.store.folders.save
    await save(folder, "first.ics", ICS, event_row("first"), unique_uid="first")
    costs = []
    with counted_statements() as count:
        await save(folder, "a.ics", ICS, event_row("u"), unique_uid="u")
    costs.append(count.value)
    with counted_statements() as count:
        await save(folder, "a.ics", ICS, event_row("u"), unique_uid="u", owned_at=0)
    costs.append(count.value)
    with counted_statements() as count:
        await site.store.folders.remove(folder, "a.ics")
    costs.append(count.value)
    new, change, removal = WRITES[site.database]
    assert costs == [new + (0 if site.tracked else WITHOUT_TRIGGERS[site.database]), change, removal]


async def test_a_uid_is_looked_for_when_the_object_has_changed_since_it_was_seen(site: Site) -> None:
    folder = await site.fresh_folder()
    save = site.store.folders.save
    await save(folder, "a.ics", ICS, event_row("u"), unique_uid="u")
    await save(folder, "a.ics", ICS, event_row("v"), unique_uid="v")
    await save(folder, "b.ics", ICS, event_row("u"), unique_uid="u")
    with pytest.raises(UidConflict):
        await save(folder, "a.ics", ICS, event_row("u"), unique_uid="u", owned_at=0)
    await site.store.folders.remove(folder, "a.ics")
    with pytest.raises(UidConflict):  # what was seen is a tombstone by now
        await save(folder, "a.ics", ICS, event_row("u"), unique_uid="u", owned_at=1)
    assert (await site.rows(folder, "a.ics"))[1] is None


async def test_what_is_refused_leaves_the_index_as_it_was(site: Site) -> None:
    folder = await site.fresh_folder()
    save = site.store.folders.save
    await save(folder, "a.ics", "one", event_row(c_title="one"))
    for expect in (Expect(version=7), Expect(absent=True)):
        with pytest.raises(PreconditionFailed):
            await save(folder, "a.ics", "two", event_row(c_title="two"), expect=expect)
        with pytest.raises(PreconditionFailed):
            await site.store.folders.remove(folder, "a.ics", expect=expect)
    for expect in (Expect(version=0), Expect(present=True)):
        with pytest.raises(PreconditionFailed):
            await save(folder, "b.ics", "two", event_row(c_title="two"), expect=expect)
    with pytest.raises(NotFound):
        await site.store.folders.remove(folder, "b.ics")
    assert await index_and_store_agree(site, folder, "a.ics")
    assert await site.rows(folder, "b.ics") == (None, None)


async def test_a_tombstone_is_not_buried_again(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", "one", event_row(c_title="one"))
    await site.store.folders.remove(folder, "a.ics")
    before = (await site.rows(folder, "a.ics"), await site.store.folders.point(folder))
    site.clock.sleep(5)
    with pytest.raises(NotFound):
        await site.store.folders.remove(folder, "a.ics")
    after_point = await site.store.folders.point(folder)
    assert (await site.rows(folder, "a.ics")) == before[0]
    assert not site.tracked or after_point == before[1]
    with pytest.raises(PreconditionFailed):
        await site.store.folders.save(folder, "a.ics", "two", event_row(c_title="two"), expect=Expect(present=True))
    await site.store.folders.save(folder, "a.ics", "two", event_row(c_title="two"), expect=Expect(absent=True))
    store, _ = await site.rows(folder, "a.ics")
    assert store is not None
    assert (store["c_version"], store["c_creationdate"]) == (1, site.clock.seconds)


async def test_writers_and_removers_of_one_name_leave_index_and_store_in_agreement(site: Site) -> None:
    folder = await site.fresh_folder()
    chance = random.Random(7)

    async def one(number: int) -> None:
        text = f"text {number}"
        if chance.random() < 0.4:
            with contextlib.suppress(NotFound):
                await site.store.folders.remove(folder, "a.ics")
        else:
            await site.store.folders.save(folder, "a.ics", text, event_row("u", c_title=text), unique_uid="u")

    for start in range(0, 60, 6):
        await asyncio.gather(*(one(number) for number in range(start, start + 6)))
        assert await index_and_store_agree(site, folder, "a.ics")


async def test_writers_of_two_folders_do_not_wait_for_each_other(site: Site) -> None:
    if site.database == "sqlite":
        return  # one file has one writer
    first, second = await site.fresh_folder(), await site.fresh_folder()
    for folder in (first, second):
        await site.store.folders.save(folder, "a.ics", ICS, event_row())
    tables = site.tables(first)
    async with site.engine.transaction() as session:
        await session.fetch(f"SELECT c_name FROM {tables.store} WHERE {tables.of_folder()}c_name = 'a.ics' FOR UPDATE",
                            folder=first.id)  # fmt: skip
        await site.store.folders.save(second, "a.ics", ICS, event_row())
        await site.store.folders.remove(second, "a.ics")


async def test_whoever_finds_the_object_taken_lets_go_of_the_index_and_comes_again(site: Site) -> None:
    """The original deletes in the other order, object before index, on two connections: we must not wait for the
    object while we hold the index record."""
    if site.database == "sqlite":
        return  # one file has one writer
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", ICS, event_row())
    tables = site.tables(folder)
    original = site.another(pool=PoolSettings(lock_seconds=1))
    engine = original.databases.engine(site.settings.folder_info_url)
    works: list[Callable[[], Awaitable[object]]] = [
        lambda: site.store.folders.save(folder, "a.ics", "new", event_row(c_title="new")),
        lambda: site.store.folders.remove(folder, "a.ics"),
    ]
    for work in works:
        async with site.engine.transaction() as holder:
            row = f"FROM {tables.store} WHERE {tables.of_folder()}c_name = 'a.ics' FOR UPDATE"
            await holder.fetch(f"SELECT c_name {row}", folder=folder.id)
            writer = asyncio.ensure_future(work())
            await asyncio.sleep(0.05)
            # Were the index record held until the object is free, this would wait until its patience ends, before ours.
            await engine.execute(
                f"UPDATE {tables.quick} SET c_title = 'theirs' WHERE {tables.of_folder()}c_name = 'a.ics'",
                folder=folder.id,
            )
            assert not writer.done()
        await writer
    assert (await site.rows(folder, "a.ics"))[1] is None
    await original.close()
