"""The change bus between workers, nodes and the original: on every database, in both layouts, with triggers and without.

A second store and bus on the same database stand for another worker, raw statements for the original.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sogo.model.change import Home, What
from sogo.model.folder import SyncPoint
from sogo.service.bus import Change, Origin
from tests.support.bus import Worker, drained, next_change, the_original_writes
from tests.support.stores import Site


async def test_a_write_through_another_worker_wakes(site: Site, here: Worker, there: Worker) -> None:
    folder = await site.fresh_folder()
    other = await site.fresh_folder()
    async with here.bus.watch(folder) as queue, here.bus.watch(other) as not_concerned:
        await there.save(folder, "a.ics")
        change = await next_change(queue)
        assert (change.folder.path, change.origin) == (folder.path, Origin.ELSEWHERE)
        assert change.name in {"a.ics", ""}
        assert change.name == "a.ics" or not site.tracked
        await there.remove(folder, "a.ics")
        assert (await next_change(queue)).folder.path == folder.path
        assert not_concerned.empty()


async def test_what_the_original_writes_wakes(site: Site, here: Worker) -> None:
    folder = await site.fresh_folder()
    async with here.bus.watch(folder) as queue:
        await the_original_writes(site, folder, "INSERT", "a.ics")
        change = await next_change(queue)
        assert (change.folder.id, change.origin) == (folder.id, Origin.ELSEWHERE)
        for operation in ("UPDATE", "DELETE"):
            drained(queue)
            await the_original_writes(site, folder, operation, "a.ics")
            assert (await next_change(queue)).folder.id == folder.id


async def test_two_changes_within_one_second_are_both_noticed(site: Site, here: Worker) -> None:
    """The second shows neither in the number of rows nor in the latest time."""
    folder = await site.fresh_folder()
    await the_original_writes(site, folder, "INSERT", "a.ics")
    async with here.bus.watch(folder) as queue:
        await the_original_writes(site, folder, "UPDATE", "a.ics")
        await next_change(queue)
        drained(queue)
        await the_original_writes(site, folder, "UPDATE", "a.ics")
        await next_change(queue)


async def test_a_write_of_ones_own_is_told_once(site: Site, here: Worker) -> None:
    folder = await site.fresh_folder()
    async with here.bus.watch(folder) as queue:
        for name in ("a.ics", "b.ics", "a.ics"):
            await here.save(folder, name)
        await here.remove(folder, "b.ics")
        told = [(await next_change(queue)) for _ in range(4)]
        assert [(change.name, change.origin) for change in told] == [
            (name, Origin.USER) for name in ("a.ics", "b.ics", "a.ics", "b.ics")
        ]
        await here.settle()
        assert queue.empty() or not site.tracked


async def test_a_strangers_write_beside_ones_own_is_told(site: Site, here: Worker, there: Worker) -> None:
    folder = await site.fresh_folder()
    async with here.bus.watch(folder) as queue:
        await here.save(folder, "a.ics")
        await there.save(folder, "a.ics")
        await here.save(folder, "a.ics")
        seen = [await next_change(queue) for _ in range(3)]
        assert Origin.ELSEWHERE in {change.origin for change in seen}


async def test_a_write_that_was_never_announced_is_told_all_the_same(site: Site, here: Worker) -> None:
    """As when the request ends between the commit and its announcement."""
    folder = await site.fresh_folder()
    async with here.bus.watch(folder) as queue:
        await here.save(folder, "a.ics", announce=False)
        assert (await next_change(queue)).folder.path == folder.path


async def test_who_knows_an_older_state_is_woken_at_once(site: Site, here: Worker, there: Worker) -> None:
    folder = await site.fresh_folder()
    await there.save(folder, "a.ics", announce=False)
    site.clock.sleep(200)
    known = await here.store.folders.point(folder)
    async with here.bus.watch(folder, known={folder.path: known}) as queue:
        assert queue.empty()
    site.clock.sleep(200)
    await there.save(folder, "b.ics", announce=False)
    async with here.bus.watch(folder, known={folder.path: known}) as queue:
        assert queue.get_nowait().folder.path == folder.path
    site.clock.sleep(200)
    known = await here.store.folders.point(folder)
    async with here.bus.watch(folder, known={folder.path: SyncPoint("another", 7)}) as queue:
        assert queue.get_nowait().folder.path == folder.path
    async with here.bus.watch(folder, known={folder.path: known}) as queue:
        assert queue.empty()


async def test_no_wake_up_is_lost_between_looking_and_waiting(site: Site, here: Worker, there: Worker) -> None:
    """A client syncs, then waits with what it was told, while somebody writes all the time."""
    folder = await site.fresh_folder()
    total, seen = 15, set[str]()

    async def write() -> None:
        for number in range(total):
            await there.save(folder, f"{number}.ics")
            await asyncio.sleep(0.01 * (number % 4))

    async def follow() -> None:
        point = None
        while len(seen) < total:
            changes = await here.store.folders.changes(folder, point)
            seen.update(entry.name for entry in changes.changed)
            point = changes.point
            if len(seen) < total:
                async with here.bus.watch(folder, known={folder.path: point}) as queue:
                    await next_change(queue)

    async with asyncio.timeout(60):
        await asyncio.gather(write(), follow())


async def test_folders_of_a_home_are_followed_from_their_birth_to_their_end(
    site: Site, here: Worker, there: Worker
) -> None:
    folder = await site.fresh_folder()
    async with here.bus.watch(Home(folder.owner, folder.kind)) as queue:
        made = await there.create(folder.owner, "work", "Work")
        assert await _folder_change(queue) == (made.path, What.CREATED)
        await there.save(made, "a.ics")
        assert (await next_change(queue)).folder.path == made.path
        drained(queue)
        await there.rename(made, "Labour")
        assert await _folder_change(queue) == (made.path, What.RENAMED)
        await there.drop(made)
        assert await _folder_change(queue) == (made.path, What.GONE)
        await there.save(folder, "b.ics")
        assert (await next_change(queue)).folder.path == folder.path


async def test_the_originals_folders_are_noticed_too(site: Site, here: Worker) -> None:
    folder = await site.fresh_folder()
    home = Home(folder.owner, folder.kind)
    table = here.store.settings.folder_info_url.table
    async with here.bus.watch(home) as queue, here.bus.watch(folder) as at_folder:
        await site.engine.execute(f"UPDATE {table} SET c_foldername = 'Other' WHERE c_path = :path", path=folder.path)
        assert await _folder_change(queue) == (folder.path, What.RENAMED)
        assert await _folder_change(at_folder) == (folder.path, What.RENAMED)
        await site.engine.execute(f"DELETE FROM {table} WHERE c_path = :path", path=folder.path)
        assert await _folder_change(queue) == (folder.path, What.GONE)
        assert await _folder_change(at_folder) == (folder.path, What.GONE)


async def test_a_home_is_compared_with_what_the_watcher_knows(site: Site, here: Worker, there: Worker) -> None:
    folder = await site.fresh_folder()
    gone = await there.create(folder.owner, "gone", "Gone")
    site.clock.sleep(200)
    known = {one.path: await here.store.folders.point(one) for one in (folder, gone)}
    await there.drop(gone)
    made = await there.create(folder.owner, "made", "Made")
    async with here.bus.watch(Home(folder.owner, folder.kind), known=known) as queue:
        told = {(change.folder.path, change.what) for change in drained(queue)}
        assert told == {(gone.path, What.GONE), (made.path, What.CREATED)}


async def test_thousands_wait_and_cost_nothing(site: Site, there: Worker) -> None:
    """One task for all of them, and as many statements and looks for 5000 waiters as for one."""
    folder, quiet = await site.fresh_folder(), await site.fresh_folder()
    async with Worker.of(site, look_seconds=3600, ready_seconds=3600) as here:
        before = len(asyncio.all_tasks())
        contexts: list[Any] = [here.bus.watch(folder if number % 2 else quiet) for number in range(5000)]
        queues = await asyncio.gather(*(context.__aenter__() for context in contexts))
        assert here.bus.waiters == 5000
        assert len(asyncio.all_tasks()) <= before + 1
        looks = here.notices.looks
        assert looks <= 2
        await there.save(folder, "a.ics")
        here.look_now()
        for number, queue in enumerate(queues):
            if number % 2:
                assert (await next_change(queue)).folder.path == folder.path
        assert all(queue.empty() for number, queue in enumerate(queues) if not number % 2)
        assert here.notices.looks <= looks + 2
        assert here.notices.looked.value <= 10 * here.notices.looks
        await asyncio.gather(*(context.__aexit__(None, None, None) for context in contexts))
        assert here.bus.waiters == 0


async def _folder_change(queue: asyncio.Queue[Change]) -> tuple[str, What]:
    """The next change of a folder itself; changes of its objects are passed over."""
    while True:
        change = await next_change(queue)
        if change.what not in {What.CHANGED, What.WRITTEN, What.REMOVED}:
            return change.folder.path, change.what
