"""Writes by somebody who says how it found the object, on every database, layout and kind of change order: cheaper where it
is still so, and never with another outcome."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from sogo.errors import InvalidRequest, NotFound, PreconditionFailed, ResourceLocked, UidConflict
from sogo.model.folder import Folder, FolderKind, Written
from sogo.model.locks import FOLDER, Depth, Lock, Scope
from sogo.store.interface import ANY, NOT_THERE, BatchWrite, Expect
from sogo.store.sql.counting import counted_statements
from sogo.store.sql.dialects.base import PoolSettings
from sogo.store.sql.engine import Engine
from sogo.store.sql.store import SqlStore
from tests.support.stores import Site, card_row, event_row

ICS = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:uid\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
WRITERS = 16
_numbers = itertools.count(1)


def guards(site: Site) -> bool:
    """Whether this variant writes by two guarded statements."""
    return site.tracked and site.database != "postgresql"


async def another_worker(site: Site) -> SqlStore:
    store = site.another()
    await store.start()
    return store


async def put(store: SqlStore, folder: Folder, name: str, title: str, **how: Any) -> Written:
    return await store.folders.save(
        folder, name, f"{ICS}{title}", event_row(how.get("unique_uid", "uid"), c_title=title), **how
    )


async def titles(site: Site, folder: Folder, name: str) -> tuple[str | None, str | None]:
    """What the live object and the index record say."""
    store, quick = await site.rows(folder, name)
    text = store["c_content"].removeprefix(ICS) if store is not None and store["c_deleted"] != 1 else None
    return text, quick["c_title"] if quick is not None else None


async def test_a_write_that_finds_what_was_seen_costs_two_statements(site: Site) -> None:
    calendar, book = await site.fresh_folder(), await site.fresh_folder(FolderKind.CONTACTS)
    await put(site.store, calendar, "first.ics", "one")
    await site.store.folders.save(book, "first.vcf", "card", card_row())
    costs = []
    for folder, name, record, uid in ((calendar, "a.ics", event_row("u"), "u"), (book, "a.vcf", card_row(), None)):
        for found, owned in ((NOT_THERE, None), (0, 0), (1, 1)):
            with counted_statements() as count:
                await site.store.folders.save(
                    folder, name, ICS, record, unique_uid=uid, found=found, owned_at=owned, seen=()
                )
            costs.append(count.value)
        with counted_statements() as count:
            await site.store.folders.remove(folder, name, found=2, seen=())
        costs.append(count.value)
    if guards(site):
        assert costs == [2] * 8


@pytest.mark.parametrize("found", [NOT_THERE, 0, 1, 7, None])
@pytest.mark.parametrize("there", ["nothing", "tombstone", "object"])
async def test_a_belief_is_no_condition(site: Site, there: str, found: int | None) -> None:
    folder, store = await site.fresh_folder(), site.store
    if there != "nothing":
        await put(store, folder, "a.ics", "one")
        await put(store, folder, "a.ics", "two")
    if there == "tombstone":
        await store.folders.remove(folder, "a.ics")
    for expect in (Expect(version=4), Expect(absent=True), Expect(present=True)):
        if expect.version is None and expect.absent is not (there == "object"):
            continue
        with pytest.raises(PreconditionFailed):
            await put(store, folder, "a.ics", "three", expect=expect, found=found)
    if there != "object":
        with pytest.raises(NotFound):
            await store.folders.remove(folder, "a.ics", found=found)
    seen = "two" if there == "object" else None
    assert await titles(site, folder, "a.ics") == (seen, seen)
    site.clock.sleep(3)
    written = await put(store, folder, "a.ics", "three", found=found)
    version = {"nothing": 0, "tombstone": 2, "object": 2}[there]
    assert written == Written(version=version, created=there != "object", modified=site.clock.seconds)
    assert await titles(site, folder, "a.ics") == ("three", "three")
    row, _ = await site.rows(folder, "a.ics")
    assert row is not None
    assert (row["c_version"], row["c_lastmodified"], row["c_deleted"]) == (version, site.clock.seconds, None)
    assert (row["c_creationdate"] == site.clock.seconds) is (there != "object")
    await put(store, folder, "a.ics", "four", expect=Expect(version=version), found=found)
    assert await store.folders.remove(folder, "a.ics", found=found) == site.clock.seconds
    assert await titles(site, folder, "a.ics") == (None, None)


async def test_what_was_seen_and_is_gone_or_changed_is_refused_with_the_reason(site: Site) -> None:
    folder, store = await site.fresh_folder(), site.store
    await put(store, folder, "a.ics", "one")
    await put(store, folder, "a.ics", "two")
    for expect in (Expect(version=0), Expect(absent=True)):
        with pytest.raises(PreconditionFailed):
            await put(store, folder, "a.ics", "late", expect=expect, found=0)
        with pytest.raises(PreconditionFailed):
            await put(store, folder, "a.ics", "late", expect=expect, found=1)
        with pytest.raises(PreconditionFailed):
            await store.folders.remove(folder, "a.ics", expect=expect, found=0)
    with pytest.raises(PreconditionFailed):
        await put(store, folder, "a.ics", "late", expect=Expect(absent=True), found=NOT_THERE)
    assert await titles(site, folder, "a.ics") == ("two", "two")
    if guards(site):  # the wrong belief has not been written anywhere, and every change was told once
        point = await store.folders.point(folder)
        assert point.revision == 2


async def test_a_row_that_is_newer_than_our_clock_keeps_its_time(site: Site) -> None:
    folder, store = await site.fresh_folder(), site.store
    newer = (await put(store, folder, "a.ics", "one")).modified
    site.clock.sleep(-50)
    try:
        assert (await put(store, folder, "a.ics", "two", found=0)).modified == newer
        assert await store.folders.remove(folder, "a.ics", found=1) == newer
    finally:
        site.clock.sleep(50)
    row, _ = await site.rows(folder, "a.ics")
    assert row is not None
    assert (row["c_version"], row["c_lastmodified"]) == (1, newer)


async def test_a_name_that_the_database_takes_for_another_harms_neither(site: Site) -> None:
    folder, store = await site.fresh_folder(), site.store
    await put(store, folder, "e.ics", "one")
    try:
        await put(store, folder, "é.ics", "two", found=NOT_THERE, unique_uid="other")
    except InvalidRequest:
        assert site.database == "mariadb"
    else:
        assert await titles(site, folder, "é.ics") == ("two", "two")
    assert await titles(site, folder, "e.ics") == ("one", "one")


async def test_an_index_record_without_an_object_has_no_uid(site: Site) -> None:
    folder, store = await site.fresh_folder(), site.store
    await put(store, folder, "a.ics", "one", unique_uid="u", found=NOT_THERE)
    tables = site.tables(folder)
    await site.engine.execute(
        f"UPDATE {tables.store} SET c_deleted = 1 WHERE {tables.of_folder()}c_name = 'a.ics'", folder=folder.id
    )
    await put(store, folder, "b.ics", "two", unique_uid="u", found=NOT_THERE)
    with pytest.raises(UidConflict) as caught:
        await put(store, folder, "c.ics", "three", unique_uid="u", found=NOT_THERE)
    assert caught.value.name == "b.ics"
    await put(store, folder, "d.ics", "four", unique_uid="U", found=NOT_THERE)  # MariaDB takes it for the same
    assert await titles(site, folder, "d.ics") == ("four", "four")


async def test_of_many_new_objects_with_one_uid_exactly_one_is_written(site: Site) -> None:
    """Two workers, each with writers that say what they have seen and others that do not, an object that is renamed to
    the UID, and the original beside, which writes on two connections and knows nothing of us."""
    second = await another_worker(site)
    for turn in range(3):
        folder = await site.fresh_folder()
        uid = f"u{turn}"
        await put(site.store, folder, "other.ics", "other", unique_uid="other")
        beside = asyncio.create_task(_as_the_original(second, site, folder))
        tries: list[Awaitable[Written]] = [
            put(
                store, folder, f"{number}.ics", "mine", unique_uid=uid, found=NOT_THERE if number % 4 else None, seen=()
            )
            for number, store in zip(range(WRITERS), itertools.cycle([site.store, second]))
        ]
        tries.append(put(second, folder, "other.ics", "mine", unique_uid=uid, found=0))
        outcome = await asyncio.gather(*tries, return_exceptions=True)
        await beside
        won = [answer for answer in outcome if isinstance(answer, Written)]
        assert len(won) == 1, outcome
        lost = [answer for answer in outcome if isinstance(answer, UidConflict)]
        assert len(lost) == WRITERS
        names = {error.name for error in lost}
        tables = site.tables(folder)
        rows = await site.engine.fetch(
            f"SELECT q.c_name AS c_name FROM {tables.quick} q JOIN {tables.store} s ON "
            f"{tables.same_folder('q', 's')}q.c_name = s.c_name "
            f"WHERE {tables.of_folder('q')}q.c_uid = :uid AND s.c_deleted IS NULL",
            folder=folder.id,
            uid=uid,
        )
        assert {row["c_name"] for row in rows} == names
        assert [await site.rows(folder, f"{number}.ics") for number in range(WRITERS)].count(
            (None, None)
        ) >= WRITERS - 1
    await second.close()


async def _as_the_original(store: SqlStore, site: Site, folder: Folder) -> None:
    """Index record and object on two connections, two transactions (store.md §3)."""
    tables = site.tables(folder)
    engine = store.databases.engine(site.settings.folder_info_url)
    for number in range(6):
        name = f"original-{number}.ics"
        if site.database == "sqlite":  # one file has one writer
            await _insert_both(engine, engine, tables, folder, name)
            continue
        async with engine.transaction() as quick, engine.transaction() as objects:
            await _insert_both(quick, objects, tables, folder, name)


async def _insert_both(quick: Any, objects: Any, tables: Any, folder: Folder, name: str) -> None:
    columns = {"c_folder_id": folder.id, "c_name": name} if tables.single else {"c_name": name}
    record = columns | event_row(name)
    row = columns | {"c_content": ICS, "c_creationdate": 1, "c_lastmodified": 1, "c_version": 0}
    for session, table, values in ((quick, tables.quick, record), (objects, tables.store, row)):
        listed = ", ".join(f":{column}" for column in values)
        await session.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({listed})", **values)


async def test_writers_of_one_name_that_believe_the_same_write_one_after_the_other(site: Site) -> None:
    second = await another_worker(site)
    folder = await site.fresh_folder()
    await put(site.store, folder, "a.ics", "one", unique_uid="u", found=NOT_THERE)
    stores = itertools.cycle([site.store, second])
    tries = [
        put(store, folder, "a.ics", f"{number}", unique_uid="u", owned_at=0, found=0)
        for number, store in zip(range(8), stores, strict=False)
    ]
    versions = sorted(written.version for written in await asyncio.gather(*tries))
    assert versions == list(range(1, 9))
    text, record = await titles(site, folder, "a.ics")
    assert text == record
    answers = await asyncio.gather(
        *(store.folders.remove(folder, "a.ics", found=8) for store in (site.store, second)), return_exceptions=True
    )
    assert sum(isinstance(answer, NotFound) for answer in answers) == 1
    fresh = [put(store, folder, "n.ics", "new", found=NOT_THERE) for store in (site.store, second) * 3]
    created = [written.created for written in await asyncio.gather(*fresh)]
    assert created.count(True) == 1
    await second.close()


@pytest.mark.parametrize("place", ["name", "folder"])
async def test_a_believing_writer_meets_a_lock_it_has_not_seen(site: Site, place: str) -> None:
    folder, store = await site.fresh_folder(), site.store
    await put(store, folder, "a.ics", "one")
    for name, found in (("a.ics", 0), ("new.ics", NOT_THERE)):
        lock = _lock(site, folder, name if place == "name" else FOLDER)
        await store.locks.lock(folder, lock)
        before = await titles(site, folder, name)
        attempts: list[Awaitable[object]] = [put(store, folder, name, "late", found=found, seen=())]
        if found >= 0:
            attempts.append(store.folders.remove(folder, name, found=found, seen=()))
        for attempt in attempts:
            with pytest.raises(ResourceLocked) as caught:
                await attempt
            assert caught.value.roots == (lock.root,)
        assert await titles(site, folder, name) == before
        await put(store, folder, name, "late", found=found, seen=[lock.token])
        assert await titles(site, folder, name) == ("late", "late")
        await store.locks.unlock(folder, lock.token)


def _lock(site: Site, folder: Folder, name: str) -> Lock:
    depth = Depth.INFINITY if name == FOLDER else Depth.ZERO
    now = site.clock.seconds
    return Lock(f"urn:g:{next(_numbers)}", folder.path, name, Scope.EXCLUSIVE, depth, "", "anna", now, now + 600)


@pytest.mark.parametrize("change", [True, False], ids=["changed", "new"])
async def test_nobody_who_believes_writes_after_a_lock_was_granted(site: Site, change: bool) -> None:
    second = await another_worker(site)
    met = 0
    for number in range(12):
        folder = await site.fresh_folder()
        if change:
            await put(site.store, folder, "a.ics", "one")
        writers = [
            asyncio.create_task(
                put(store, folder, "a.ics" if change else f"a{turn}.ics", "late", unique_uid=f"u{turn}", owned_at=0,
                    found=0 if change else NOT_THERE, seen=())
            )
            for turn, store in enumerate([second, site.store] * 3)
        ]  # fmt: skip
        for _ in range(number):
            await asyncio.sleep(0)
        await site.store.locks.lock(folder, _lock(site, folder, FOLDER))
        told = await _all_of(site, folder)
        answers = await asyncio.gather(*writers, return_exceptions=True)
        assert {type(answer) for answer in answers} <= {Written, ResourceLocked}
        met += sum(isinstance(answer, ResourceLocked) for answer in answers)
        assert await _all_of(site, folder) == told
    await second.close()
    assert met, "no lock came in between"


async def _all_of(site: Site, folder: Folder) -> list[tuple[str, int]]:
    return [(entry.name, entry.version) async for batch in site.store.folders.entries(folder) for entry in batch]


async def test_who_brings_a_uid_asks_for_it_and_for_locks_only_when_it_is_his_turn(site: Site) -> None:
    """Whoever grants a lock, or is before in the line, holds the folder in the registry until all is committed."""
    if not guards(site) or site.database == "sqlite":
        return
    folder, second = await site.fresh_folder(), await another_worker(site)
    tables = site.tables(folder)
    locked, taken = _lock(site, folder, "a.ics"), "taken"
    await put(second, folder, "old.ics", "one", unique_uid="old")
    move = second.folders.move(
        folder, "old.ics", folder, "moved.ics", content=ICS, quick=event_row(taken), unique_uid=taken
    )
    together = BatchWrite(folder, "batch.ics", ICS, event_row(taken), unique_uid=taken)
    async with site.engine.transaction() as session:
        await session.fetch(
            f"SELECT c_folder_id FROM {site.store.folders._layout.info} WHERE c_folder_id = :id FOR UPDATE",
            id=folder.id,
        )
        waiting: list[asyncio.Task[Any]] = [
            asyncio.create_task(put(second, folder, "a.ics", "one", unique_uid="a", found=NOT_THERE, seen=())),
            asyncio.create_task(put(second, folder, "b.ics", "one", unique_uid=taken, found=NOT_THERE, seen=())),
            asyncio.create_task(put(second, folder, "c.ics", "one", unique_uid="c", found=NOT_THERE, seen=())),
            asyncio.create_task(put(second, folder, "e.ics", "one", unique_uid=taken)),
            asyncio.create_task(move),
            asyncio.create_task(second.folders.write_all([together])),
        ]
        await asyncio.wait(waiting, timeout=0.3)  # whoever does not wait for its turn is done long before
        assert not any(task.done() for task in waiting)
        await site.store.locks._insert(session, locked)
        await _insert_both(session, session, tables, folder, "d.ics")
        await session.execute(
            f"UPDATE {tables.quick} SET c_uid = :uid WHERE {tables.of_folder()}c_name = 'd.ics'",
            folder=folder.id,
            uid=taken,
        )
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers] == [ResourceLocked, UidConflict, Written, *[UidConflict] * 3]
    await second.close()


async def test_a_believing_writer_that_finds_the_object_taken_lets_go_of_the_index(site: Site) -> None:
    """As `test_writing_contract` has it for those who go step by step: the original deletes object before index."""
    if site.database == "sqlite":
        return  # one file has one writer
    folder = await site.fresh_folder()
    await put(site.store, folder, "a.ics", "one")
    tables = site.tables(folder)
    original = site.another(pool=PoolSettings(lock_seconds=1))
    engine: Engine = original.databases.engine(site.settings.folder_info_url)
    works: list[Callable[[], Awaitable[object]]] = [
        lambda: put(site.store, folder, "a.ics", "new", found=0),
        lambda: put(site.store, folder, "a.ics", "newer", found=NOT_THERE),
        lambda: site.store.folders.remove(folder, "a.ics", found=2),
    ]
    for work in works:
        async with site.engine.transaction() as holder:
            row = f"FROM {tables.store} WHERE {tables.of_folder()}c_name = 'a.ics' FOR UPDATE"
            await holder.fetch(f"SELECT c_name {row}", folder=folder.id)
            writer = asyncio.ensure_future(work())
            await asyncio.sleep(0.05)
            await engine.execute(
                f"UPDATE {tables.quick} SET c_title = 'theirs' WHERE {tables.of_folder()}c_name = 'a.ics'",
                folder=folder.id,
            )
            assert not writer.done()
        await writer
    assert await titles(site, folder, "a.ics") == (None, None)
    await original.close()


async def test_a_folder_that_is_gone_is_not_written_to(site: Site) -> None:
    folder = await site.fresh_folder()
    await put(site.store, folder, "a.ics", "one", found=NOT_THERE)
    await site.store.folders.remove_folder(folder)
    if site.single:
        return  # its rows name a folder that is none; nobody lists them
    with pytest.raises(NotFound):
        await put(site.store, folder, "b.ics", "two", found=NOT_THERE)
    with pytest.raises(NotFound):
        await put(site.store, folder, "a.ics", "two", found=0, expect=ANY)
