"""Change order: what `point` and `changes` promise, with triggers and with the overlapping clock."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from sogo.errors import InvalidSyncToken
from sogo.model.folder import Changes, Folder, SyncPoint
from sogo.store.sql.counting import counted_statements
from sogo.store.sql.engine import Databases, Session
from tests.support.stores import Site, event_row

ICS = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


async def put(site: Site, folder: Folder, *names: str) -> None:
    for name in names:
        await site.store.folders.save(folder, name, ICS, event_row(name))


async def asked(site: Site, folder: Folder, since: SyncPoint | None, **options: Any) -> Changes:
    return await site.store.folders.changes(folder, since, **options)


def told(changes: Changes) -> tuple[list[str], list[str]]:
    return sorted(entry.name for entry in changes.changed), sorted(changes.removed)


def let_the_clock_settle(site: Site) -> None:
    """With the clock, a change is told again until the overlap is over; with triggers nothing depends on time."""
    site.clock.sleep(200)


class TheOriginal:
    """Writes as SOGo 5 does: its own connections, index and store in two transactions, no look at affected rows."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.databases = Databases(replace(site.settings.pool, size=4))
        self.engine = self.databases.engine(site.settings.folder_info_url)

    async def insert(self, session: Session, folder: Folder, name: str) -> None:
        tables = self.site.tables(folder)
        key, value = ("c_folder_id, ", f"{folder.id}, ") if tables.single else ("", "")
        now = self.site.clock.seconds
        await session.execute(
            f"INSERT INTO {tables.store} ({key}c_name, c_content, c_creationdate, c_lastmodified, c_version) "
            f"VALUES ({value}:name, :content, {now}, {now}, 0)",
            name=name,
            content=ICS,
        )

    async def index(self, session: Session, folder: Folder, name: str) -> None:
        tables = self.site.tables(folder)
        key, value = ("c_folder_id, ", f"{folder.id}, ") if tables.single else ("", "")
        await session.execute(
            f"INSERT INTO {tables.quick} ({key}c_name, c_uid, c_title, c_classification, c_isopaque, c_status, "
            f"c_component) VALUES ({value}:name, :name, '', 0, 0, 0, 'vevent')",
            name=name,
        )

    async def execute(self, folder: Folder, sql: str, **values: object) -> None:
        """One statement on the store table, written as {store} and {key}."""
        tables = self.site.tables(folder)
        text = sql.format(store=tables.store, key=tables.of_folder())
        async with self.engine.transaction() as session:
            await session.execute(text, folder=folder.id, now=self.site.clock.seconds, **values)


@pytest.fixture
async def original(site: Site) -> AsyncIterator[TheOriginal]:
    raw = TheOriginal(site)
    yield raw
    await raw.databases.close()


async def test_nothing_has_changed_since_the_point_just_given(site: Site) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a", "b")
    let_the_clock_settle(site)
    point = await site.store.folders.point(folder)
    changes = await asked(site, folder, point)
    assert told(changes) == ([], [])
    assert (changes.point, changes.truncated) == (point, False)
    site.clock.sleep(5000)
    assert await site.store.folders.point(folder) == point


async def test_a_first_listing_tells_all_live_objects_and_nothing_removed(site: Site) -> None:
    folder = await site.fresh_folder()
    assert told(await asked(site, folder, None)) == ([], [])
    await put(site, folder, "a", "b", "gone")
    await site.store.folders.remove(folder, "gone")
    changes = await asked(site, folder, None, content=True)
    assert told(changes) == (["a", "b"], [])
    assert {entry.content for entry in changes.changed} == {ICS}
    assert {entry.component for entry in changes.changed} == {"vevent"}
    assert changes.point == await site.store.folders.point(folder)


async def test_added_changed_and_removed_objects_are_told_once(site: Site) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "stays", "changes", "goes")
    let_the_clock_settle(site)
    point = await site.store.folders.point(folder)
    await put(site, folder, "new", "changes")
    await site.store.folders.remove(folder, "goes")
    changes = await asked(site, folder, point)
    assert told(changes) == (["changes", "new"], ["goes"])
    assert {entry.name: entry.version for entry in changes.changed} == {"changes": 1, "new": 0}
    let_the_clock_settle(site)
    assert told(await asked(site, folder, await site.store.folders.point(folder))) == ([], [])
    # A client that lost the answer asks the same again and is told the same again.
    assert told(await asked(site, folder, point)) == (["changes", "new"], ["goes"])


async def test_two_changes_in_one_second_are_both_told(site: Site) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a")
    first = (await asked(site, folder, None)).point
    await put(site, folder, "b")
    second = await asked(site, folder, first)
    assert "b" in told(second)[0]
    await put(site, folder, "b")
    third = await asked(site, folder, second.point)
    assert {entry.name: entry.version for entry in third.changed}["b"] == 1
    if site.tracked:
        assert told(second) == (["b"], [])
        assert len({first, second.point, third.point}) == 3


async def test_an_object_removed_and_made_again_in_one_second_is_told_as_changed(site: Site) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a")
    before = await asked(site, folder, None)
    await site.store.folders.remove(folder, "a")
    await put(site, folder, "a")
    after = await asked(site, folder, before.point)
    assert told(after) == (["a"], [])
    assert after.changed[0].etag != before.changed[0].etag


async def test_a_writer_that_commits_late_is_told(site: Site, original: TheOriginal) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a")
    async with original.engine.transaction() as session:
        await original.insert(session, folder, "late")
        site.clock.sleep(30)
        taken = await asked(site, folder, None)
        assert told(taken) == (["a"], [])
    assert "late" in told(await asked(site, folder, taken.point))[0]


async def test_a_late_writer_is_not_overtaken_by_a_fast_one(site: Site, original: TheOriginal) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a")
    point = (await asked(site, folder, None)).point
    async with original.engine.transaction() as session:
        await original.insert(session, folder, "late")
        site.clock.sleep(5)
        fast = asyncio.create_task(put(site, folder, "fast"))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(fast), 0.3)
        seen = await asked(site, folder, point)
    await fast
    first, then = told(seen)[0], told(await asked(site, folder, seen.point))[0]
    assert {"late", "fast"} <= {*first, *then}


async def test_writes_of_the_original_are_told(site: Site, original: TheOriginal) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "changed", "touched", "buried", "stays")
    let_the_clock_settle(site)
    point = await site.store.folders.point(folder)
    async with original.engine.session() as session:
        await original.index(session, folder, "new")
        await original.insert(session, folder, "new")
    await original.execute(
        folder, "UPDATE {store} SET c_content = 'x', c_version = 1, c_lastmodified = :now WHERE {key}c_name = 'changed'"
    )
    await original.execute(folder, "UPDATE {store} SET c_lastmodified = :now WHERE {key}c_name = 'touched'")
    await original.execute(
        folder, "UPDATE {store} SET c_deleted = 1, c_lastmodified = :now WHERE {key}c_name = 'buried'"
    )
    changes = await asked(site, folder, point)
    assert told(changes) == (["changed", "new", "touched"], ["buried"])
    state = await site.store.folders.find_folder(folder.owner, folder.kind, folder.name)
    assert state is not None
    assert state.modified == site.clock.seconds
    assert state.point == changes.point


async def test_the_originals_way_to_make_an_object_again_is_told_as_changed(site: Site, original: TheOriginal) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a")
    await site.store.folders.remove(folder, "a")
    let_the_clock_settle(site)
    point = await site.store.folders.point(folder)
    await original.execute(folder, "DELETE FROM {store} WHERE {key}c_name = 'a' AND c_deleted = 1")
    async with original.engine.session() as session:
        await original.insert(session, folder, "a")
    assert told(await asked(site, folder, point)) == (["a"], [])


async def test_purging_a_tombstone_is_no_change(site: Site, original: TheOriginal) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a", "b")
    await site.store.folders.remove(folder, "a")
    let_the_clock_settle(site)
    point = await site.store.folders.point(folder)
    await original.execute(folder, "DELETE FROM {store} WHERE {key}c_deleted = 1")
    assert told(await asked(site, folder, point)) == ([], [])


async def test_an_object_deleted_from_under_us_counts_as_removed(site: Site, original: TheOriginal) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a", "b")
    point = await site.store.folders.point(folder)
    await original.execute(folder, "DELETE FROM {store} WHERE {key}c_name = 'a'")
    changes = await asked(site, folder, point)
    # Only triggers can notice a row that is simply gone.
    assert changes.removed == (["a"] if site.tracked else [])


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 50])
async def test_walking_in_pieces_tells_what_one_answer_would(site: Site, limit: int) -> None:
    folder = await site.fresh_folder()
    for number in range(7):
        await put(site, folder, f"{number}")
        site.clock.sleep(1)
    point: SyncPoint | None = None
    seen: list[str] = []
    for _ in range(20):
        changes = await asked(site, folder, point, limit=limit)
        assert len(changes.changed) + len(changes.removed) <= limit
        seen += [entry.name for entry in changes.changed]
        assert changes.removed == []
        point = changes.point
        if not changes.truncated:
            break
    assert seen == sorted(seen)
    assert seen == [f"{number}" for number in range(7)]
    assert point == await site.store.folders.point(folder) or not site.tracked


async def test_changes_during_a_walk_are_not_lost(site: Site) -> None:
    folder = await site.fresh_folder()
    for number in range(6):
        await put(site, folder, f"{number}")
        site.clock.sleep(1)
    first = await asked(site, folder, None, limit=2)
    await put(site, folder, "0", "5", "new")
    await site.store.folders.remove(folder, "4")
    seen = {entry.name: entry.version for entry in first.changed}
    point = first.point
    for _ in range(20):
        changes = await asked(site, folder, point, limit=2)
        seen |= {entry.name: entry.version for entry in changes.changed}
        for name in changes.removed:
            seen.pop(name, None)
        if not changes.truncated and not changes.changed and not changes.removed:
            break
        site.clock.sleep(100)
        point = changes.point
    assert seen == {"0": 1, "1": 0, "2": 0, "3": 0, "5": 1, "new": 0}


@pytest.mark.parametrize(
    "point",
    [
        SyncPoint("never", 1),
        SyncPoint("", 0),
        SyncPoint("clock", 2**62),
        SyncPoint("walkabout", 5),
        SyncPoint("walk1", -(2**70)),
        SyncPoint("never", 2**70),
    ],
)
async def test_a_point_never_given_is_refused(site: Site, point: SyncPoint) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a")
    with pytest.raises(InvalidSyncToken):
        await asked(site, folder, point)


async def test_a_point_of_the_future_is_refused(site: Site) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a")
    point = await site.store.folders.point(folder)
    with pytest.raises(InvalidSyncToken):
        await asked(site, folder, SyncPoint(point.generation, point.revision + 10_000))


async def test_points_of_one_folder_are_not_moved_by_another(site: Site) -> None:
    one, two = await site.fresh_folder(), await site.fresh_folder()
    await put(site, one, "a")
    await put(site, two, "a")
    let_the_clock_settle(site)
    point = await site.store.folders.point(one)
    await put(site, two, "b")
    await site.store.folders.remove(two, "a")
    assert await site.store.folders.point(one) == point
    assert told(await asked(site, one, point)) == ([], [])


async def test_asking_for_changes_takes_one_statement_with_triggers_and_two_with_the_clock(site: Site) -> None:
    folder = await site.fresh_folder()
    await put(site, folder, "a", "b", "c")
    point = await site.store.folders.point(folder)
    for since in (None, point):
        with counted_statements() as count:
            await asked(site, folder, since)
        assert count.value == (1 if site.tracked else 2)


async def test_many_writers_lose_no_change_for_a_reader_that_follows(site: Site) -> None:
    folder = await site.fresh_folder()
    point = (await asked(site, folder, None)).point
    known: dict[str, int] = {}
    done = asyncio.Event()

    async def write(writer: int) -> None:
        for number in range(8):
            await put(site, folder, f"{writer}-{number % 4}")

    async def follow() -> None:
        nonlocal point
        while True:
            finished = done.is_set()
            changes = await asked(site, folder, point)
            known.update({entry.name: entry.version for entry in changes.changed})
            point = changes.point
            if finished:
                return
            await asyncio.sleep(0.002)

    follower = asyncio.create_task(follow())
    await asyncio.gather(*(write(writer) for writer in range(4)))
    done.set()
    await follower
    assert known == {f"{writer}-{number}": 1 for writer in range(4) for number in range(4)}


async def test_the_originals_way_to_delete_and_our_writes_never_wait_for_each_other_in_a_circle(
    site: Site, original: TheOriginal
) -> None:
    """It locks the object on one connection, then the index record on another; we begin with the index record."""
    if site.database == "sqlite":
        return  # one writer at a time: nothing to wait for in a circle
    folder = await site.fresh_folder()
    await put(site, folder, "a")
    tables = site.tables(folder)
    async with original.engine.transaction() as store, original.engine.transaction() as index:
        await store.execute(
            f"UPDATE {tables.store} SET c_deleted = 1 WHERE {tables.of_folder()}c_name = 'a'", folder=folder.id
        )
        ours = [asyncio.create_task(put(site, folder, "a")) for _ in range(3)]
        await asyncio.sleep(0.1)
        async with asyncio.timeout(3):
            await index.execute(f"DELETE FROM {tables.quick} WHERE {tables.of_folder()}c_name = 'a'", folder=folder.id)
    async with asyncio.timeout(10):
        await asyncio.gather(*ours)
    assert told(await asked(site, folder, None)) == (["a"], [])
    store_row, quick_row = await site.rows(folder, "a")
    assert store_row is not None
    assert quick_row is not None


# --- installing -------------------------------------------------------------------------------------------------------


async def make_as_the_original(site: Site, original: TheOriginal) -> Folder:
    """A folder with two objects and a tombstone that the original made before we ever saw it."""
    folder = await site.fresh_folder()
    tables = site.tables(folder)
    if not tables.single and site.tracked:
        from sogo.store.sql.triggers import remove_statements

        for statement in remove_statements(tables.dialect, tables.store_name):
            await site.engine.run(statement)
    for name in ("a", "b", "buried"):
        async with original.engine.session() as session:
            await original.index(session, folder, name)
            await original.insert(session, folder, name)
    await original.execute(folder, "UPDATE {store} SET c_deleted = 1 WHERE {key}c_name = 'buried'")
    if site.tracked:
        for table in ("sogo_object_revision", "sogo_folder_revision"):
            await site.engine.execute(f"DELETE FROM {table} WHERE c_folder_id = :folder", folder=folder.id)
    return folder


async def test_a_folder_of_the_original_is_followed_from_the_first_touch(site: Site, original: TheOriginal) -> None:
    folder = await make_as_the_original(site, original)
    (state,) = await site.store.folders.folders(folder.owner, folder.kind)
    assert state.modified == site.clock.seconds
    changes = await asked(site, folder, None)
    assert told(changes) == (["a", "b"], [])
    assert changes.point == state.point
    let_the_clock_settle(site)
    point = await site.store.folders.point(folder)
    await original.execute(folder, "UPDATE {store} SET c_lastmodified = :now WHERE {key}c_name = 'a'")
    assert told(await asked(site, folder, point)) == (["a"], [])


async def test_objects_from_before_tracking_are_walked_in_pieces_too(site: Site, original: TheOriginal) -> None:
    folder = await make_as_the_original(site, original)
    site.clock.sleep(1)
    await put(site, folder, "c", "d")
    outsider = await site.store.folders.point(folder)
    seen: list[str] = []
    point: SyncPoint | None = None
    for _ in range(10):
        changes = await asked(site, folder, point, limit=1)
        seen += [entry.name for entry in changes.changed]
        point = changes.point
        if not changes.truncated:
            break
    assert sorted(seen) == ["a", "b", "c", "d"]
    if site.tracked:
        assert told(await asked(site, folder, outsider)) == ([], [])


async def test_workers_that_start_together_do_not_disturb_each_other(site: Site) -> None:
    stores = [site.another() for _ in range(4)]
    try:
        await asyncio.gather(*(store.start() for store in stores))
        folder = await site.fresh_folder()
        await asyncio.gather(*(store.folders.point(folder) for store in stores))
        assert len({str(await store.folders.point(folder)) for store in stores}) == 1
    finally:
        for store in stores:
            await store.close()
