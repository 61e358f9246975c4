"""One UID lives under one name of a calendar, whoever writes at the same moment (RFC 4791 §5.3.2.1): on every database,
layout and kind of change order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from sogo.errors import PreconditionFailed, ResourceLocked, UidConflict
from sogo.model.folder import Folder, FolderKind, Written
from sogo.model.locks import Depth, Lock, Scope
from sogo.store.interface import ANY, Expect
from sogo.store.sql import SqlStore, installing
from sogo.store.sql.counting import counted_statements
from sogo.store.sql.seen_locks import SETTING as LOCKS
from sogo.store.sql.triggers.postgresql import FUNCTION, STOP_FUNCTION, VERSION, PostgreSQLTriggers
from sogo.store.sql.uids import SETTING as UID
from tests.support.stores import Site, card_row, event_row

WRITERS = 16


async def put(
    store: SqlStore, folder: Folder, name: str, uid: str, *, expect: Expect = ANY, seen: Collection[str] | None = ()
) -> Written:
    text = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    record = event_row(uid[:255])
    return await store.folders.save(folder, name, text, record, unique_uid=uid, expect=expect, seen=seen)


async def names(site: Site, folder: Folder) -> list[str]:
    """Of the objects, which are those of the index."""
    tables = site.tables(folder)
    rows = await tables.quick_engine.fetch(
        f"SELECT c_name FROM {tables.quick} WHERE {tables.of_folder()}1 = 1", folder=folder.id
    )
    found = [entry.name async for batch in site.store.folders.entries(folder) for entry in batch]
    assert sorted(row["c_name"] for row in rows) == sorted(found)
    return found


async def test_of_sixteen_who_bring_one_uid_under_many_names_one_wins(site: Site) -> None:
    """Two stores with connections of their own, as two workers have them."""
    folder, second = await site.fresh_folder(), site.another()
    for number in range(3):
        uid = f"race-{number}"
        tries = [put(store, folder, f"{uid}-{turn}.ics", uid) for turn, store in enumerate([site.store, second] * 8)]
        answers = await asyncio.gather(*tries, return_exceptions=True)
        assert len(answers) == WRITERS
        won = [turn for turn, answer in enumerate(answers) if isinstance(answer, Written)]
        assert len(won) == 1, answers
        winner = f"{uid}-{won[0]}.ics"
        lost = [answer for answer in answers if not isinstance(answer, Written)]
        assert [(type(answer), getattr(answer, "name", "")) for answer in lost] == [(UidConflict, winner)] * 15
        assert [name for name in await names(site, folder) if name.startswith(uid)] == [winner]
    await second.close()


async def test_of_sixteen_who_change_objects_to_one_uid_one_wins(site: Site) -> None:
    folder = await site.fresh_folder()
    for turn in range(WRITERS):
        await put(site.store, folder, f"{turn}.ics", f"own-{turn}")
    tries = [put(site.store, folder, f"{turn}.ics", "wanted", expect=Expect(version=0)) for turn in range(WRITERS)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["UidConflict"] * 15 + ["Written"]
    assert len(await names(site, folder)) == WRITERS


async def test_writers_of_many_uids_do_not_meet(site: Site) -> None:
    folder, other = await site.fresh_folder(), await site.fresh_folder()
    await asyncio.gather(*[
        put(site.store, place, f"{turn}.ics", f"u-{turn}") for turn in range(WRITERS) for place in (folder, other)
    ])  # fmt: skip
    assert len(await names(site, folder)) == len(await names(site, other)) == WRITERS


async def test_a_uid_is_met_that_was_committed_while_the_writer_stood_in_line(site: Site) -> None:
    """By somebody who tells the trigger nothing; the writer's own statement still sees what was there when it began."""
    if site.database == "sqlite" or not site.tracked:
        return  # one file has one writer; and without triggers only ours stand in line
    folder = await site.fresh_folder()
    await put(site.store, folder, "a.ics", "own")
    tables, second = site.tables(folder), site.another()
    async with tables.store_engine.transaction() as session:
        for change in (f"{tables.quick} SET c_uid = 'wanted'", f"{tables.store} SET c_version = c_version + 1"):
            await session.execute(f"UPDATE {change} WHERE {tables.of_folder()}c_name = 'a.ics'", folder=folder.id)
        writing = asyncio.create_task(put(second, folder, "b.ics", "wanted"))
        await asyncio.sleep(0.1)
        assert not writing.done()
    with pytest.raises(UidConflict) as refused:
        await writing
    assert refused.value.name == "a.ics"
    await second.close()
    assert await names(site, folder) == ["a.ics"]


LONG = "x" * 254


@pytest.mark.parametrize(
    ("uid", "other", "meet"),
    [
        ("Case", "case", False),
        ("blank", "blank ", False),
        ("zoë", "zoe", False),
        (f"{LONG}-1", f"{LONG}-2", True),
        (f"{LONG}1", f"{LONG}2", False),
        ("it's \\ 100% \"of\" $1 :name", "it's \\ 100% \"of\" $1 :name", True),
        ("a\x1fb", "a\x1fc", False),
        ("a\x1fb", "a\x1fb", True),
        ("\U0001f600" * 10, "\U0001f600" * 10, True),
    ],
    ids=["case", "blank at the end", "accents", "as long as the column takes", "longer in the column", "quotes",
         "separator, other", "separator, same", "emoji"],
)  # fmt: skip
async def test_uids_are_compared_octet_by_octet_as_far_as_the_index_holds_them(
    site: Site, uid: str, other: str, meet: bool
) -> None:
    folder = await site.fresh_folder()
    await put(site.store, folder, "a.ics", uid)
    if meet:
        with pytest.raises(UidConflict) as refused:
            await put(site.store, folder, "b.ics", other)
        assert refused.value.name == "a.ics"
        assert await site.rows(folder, "b.ics") == (None, None)
    else:
        await put(site.store, folder, "b.ics", other)
    assert await names(site, folder) == (["a.ics"] if meet else ["a.ics", "b.ics"])


async def test_an_index_record_that_was_left_over_is_nobody(site: Site) -> None:
    """The original writes and deletes the two rows one after the other."""
    folder = await site.fresh_folder()
    await put(site.store, folder, "a.ics", "u")
    tables = site.tables(folder)
    await tables.store_engine.execute(
        f"UPDATE {tables.store} SET c_deleted = 1 WHERE {tables.of_folder()}c_name = 'a.ics'", folder=folder.id
    )
    await put(site.store, folder, "b.ics", "u")
    assert (await site.rows(folder, "b.ics"))[0] is not None


async def test_who_is_refused_leaves_nothing_behind(site: Site) -> None:
    folder = await site.fresh_folder()
    await put(site.store, folder, "a.ics", "a")
    await put(site.store, folder, "b.ics", "b")
    before = [await site.rows(folder, name) for name in ("a.ics", "b.ics")]
    with pytest.raises(UidConflict):
        await put(site.store, folder, "b.ics", "a")
    with pytest.raises(PreconditionFailed):
        await put(site.store, folder, "b.ics", "b", expect=Expect(absent=True))
    with pytest.raises(PreconditionFailed):
        await site.store.folders.remove(folder, "b.ics", expect=Expect(version=4))
    now = site.clock.seconds
    lock = Lock("urn:u:1", folder.path, "b.ics", Scope.EXCLUSIVE, Depth.ZERO, "", "anna", now, now + 600)
    another = site.another()  # a store that has never missed the table of locks
    await another.start()
    await another.locks.lock(folder, lock)
    with pytest.raises(ResourceLocked) as locked:
        await put(another, folder, "b.ics", "c")
    assert locked.value.roots == (lock.root,)
    with pytest.raises(ResourceLocked):
        await another.folders.remove(folder, "b.ics", seen=())
    await another.close()
    assert [await site.rows(folder, name) for name in ("a.ics", "b.ics")] == before


# -- what PostgreSQL is told ---------------------------------------------------------------------------------------------


def is_told(site: Site) -> bool:
    return site.database == "postgresql" and site.tracked


async def test_nothing_that_was_told_outlives_its_statement(site: Site) -> None:
    """A pooled connection serves others next, and in a transaction of the original's kind nothing may be looked for."""
    if not is_told(site):
        return
    pool = replace(site.settings.pool, size=1)
    store, folder = site.another(pool=pool), await site.fresh_folder()
    await store.start()
    engine = store.databases.engine(site.settings.folder_info_url)
    kept = f"SELECT current_setting('{UID}', TRUE) AS uid, current_setting('{LOCKS}', TRUE) AS locks"

    async def is_forgotten() -> bool:
        row = await engine.fetch_one(kept)
        return row is not None and not row["uid"] and not row["locks"]

    async with engine.session() as session:
        assert session.healthy
    await put(store, folder, "a.ics", "u")
    assert await is_forgotten()
    with pytest.raises(UidConflict):
        await put(store, folder, "b.ics", "u")
    assert await is_forgotten()
    with pytest.raises(PreconditionFailed):
        await put(store, folder, "a.ics", "u", expect=Expect(absent=True))
    assert await is_forgotten()
    await store.folders.remove(folder, "a.ics", seen=())
    assert await is_forgotten()
    await store.close()


async def test_a_new_connection_sees_what_others_commit_whatever_the_site_has_set(site: Site) -> None:
    if not is_told(site):
        return
    role = await site.engine.fetch_one("SELECT current_user AS name")
    assert role is not None
    await site.engine.run(f"ALTER ROLE {role['name']} SET default_transaction_isolation = 'repeatable read'")
    second = site.another()
    try:
        row = await second.databases.engine(site.settings.folder_info_url).fetch_one("SHOW transaction_isolation")
        assert row is not None
        assert row["transaction_isolation"] == "read committed"
    finally:
        await second.close()
        await site.engine.run(f"ALTER ROLE {role['name']} RESET default_transaction_isolation")


async def refuses_a_second(site: Site, folder: Folder, number: int) -> int:
    """Statements of a new object that nobody objects to, after one whose UID is taken."""
    with pytest.raises(UidConflict):
        await put(site.store, folder, f"b{number}.ics", "u")
    assert await site.rows(folder, f"b{number}.ics") == (None, None)
    with counted_statements() as count:
        await put(site.store, folder, f"c{number}.ics", f"c-{number}")
    return count.value


@asynccontextmanager
async def older_function(site: Site, name: str, changes: tuple[str, str]) -> AsyncIterator[None]:
    """A function of tracking as an earlier version of ours would have left it."""
    (text,) = [text for text in PostgreSQLTriggers.shared if f"FUNCTION {name}(" in text]
    assert changes[0] in text
    await site.engine.run(text.replace(*changes))
    try:
        yield
    finally:
        await site.engine.run(text)


async def test_where_the_triggers_do_not_look_the_writer_does(site: Site) -> None:
    """Whatever somebody did to them while we run, a statement of its own is believed only if they are what they were."""
    if not is_told(site):
        return
    folder = await site.fresh_folder()
    await put(site.store, folder, "a.ics", "u")
    assert await refuses_a_second(site, folder, 0) == 1
    careful = 3
    async with older_function(site, FUNCTION, (f"-- version {VERSION}", f"-- version {VERSION - 1}")):
        assert await refuses_a_second(site, folder, 1) == careful
    async with older_function(site, STOP_FUNCTION, (f"{STOP_FUNCTION}()", "sogo_something_else()")):
        await site.engine.run(f"DROP FUNCTION {STOP_FUNCTION}()")
        assert await refuses_a_second(site, folder, 2) == careful
    await site.engine.run("DROP FUNCTION sogo_something_else()")
    table = site.tables(folder).store
    await site.engine.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    assert await refuses_a_second(site, folder, 3) == careful
    await site.engine.run(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    assert await refuses_a_second(site, folder, 4) == 1
    if not site.single:
        await installing.remove_triggers(site.engine, site.tables(folder).store_name)
        assert await refuses_a_second(site, folder, 5) == careful


async def test_what_others_write_is_looked_at_by_nobody(site: Site) -> None:
    """The original sets nothing, and stores a UID twice if it likes."""
    folder = await site.fresh_folder()
    await put(site.store, folder, "a.ics", "u")
    await put(site.store, folder, "b.ics", "v")
    tables = site.tables(folder)
    async with tables.store_engine.transaction() as session:
        await session.execute(
            f"UPDATE {tables.quick} SET c_uid = 'u' WHERE {tables.of_folder()}c_name = 'b.ics'", folder=folder.id
        )
        await session.execute(
            f"UPDATE {tables.store} SET c_version = 1 WHERE {tables.of_folder()}c_name = 'b.ics'", folder=folder.id
        )
    with pytest.raises(UidConflict):
        await put(site.store, folder, "c.ics", "u")


async def test_books_are_not_asked(site: Site) -> None:
    folder = await site.fresh_folder(FolderKind.CONTACTS)
    costs = []
    for name in ("a.vcf", "b.vcf"):
        with counted_statements() as count:
            await site.store.folders.save(folder, name, "BEGIN:VCARD\r\nUID:u\r\nEND:VCARD\r\n", card_row(), seen=())
        costs.append(count.value)
    assert len(await names(site, folder)) == 2
    assert not is_told(site) or costs[-1] == 1
