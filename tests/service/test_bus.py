"""The change bus over notices that a test makes up: bounds, faults, and what a clock cannot say at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

import pytest

from sogo.errors import StoreUnavailable, TooMany, Unavailable
from sogo.model.change import Home, Notice, Seen, What
from sogo.model.folder import Folder, FolderKind, SyncPoint
from sogo.service import bus as bus_module
from sogo.service.bus import Change, ChangeBus, Origin
from sogo.service.echoes import Echoes
from sogo.service.waiters import QUEUE_LIMIT
from sogo.service.waker import rest_after

FOLDER = Folder(1, "ada", FolderKind.CALENDAR, "personal", "Personal")
OTHER = Folder(2, "ada", FolderKind.CALENDAR, "work", "Work")
PATIENCE_SECONDS = 10.0


class MadeUp:
    """Notices of a database that can do everything and fails when told to."""

    def __init__(self) -> None:
        self.folders: dict[str, Seen] = {}
        self.put(FOLDER, 1)
        self.put(OTHER, 1)
        self.is_listening, self.fails = True, False
        self.looks = 0
        self.published: list[tuple[Folder, str, What]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.notice: Callable[[Notice], None] = lambda notice: None
        self.ended: Callable[[], None] = lambda: None

    def put(self, folder: Folder, revision: int, **more: object) -> None:
        self.folders[folder.path] = Seen(folder, SyncPoint("g", revision), **more)  # type: ignore[arg-type]

    def hear(self, notice: Callable[[Notice], None], ended: Callable[[], None]) -> None:
        self.notice, self.ended = notice, ended

    def is_wanted(self, what: What) -> bool:
        return what is What.EDITED

    async def listen(self) -> bool:
        if self.fails:
            raise StoreUnavailable("The database cannot be reached.")
        return self.is_listening

    async def rest(self) -> None:
        pass

    async def look(self, paths: Sequence[str], homes: Sequence[Home]) -> list[Seen]:
        self.looks += 1
        found = dict(self.folders)
        await self.gate.wait()
        at_home = {home.path for home in homes}
        return [seen for path, seen in found.items() if path in paths or path.rpartition("/")[0] in at_home]

    async def names_since(self, points: Mapping[int, SyncPoint]) -> dict[int, list[str]]:
        return {}

    async def publish(self, changes: Sequence[tuple[Folder, str, What]]) -> None:
        self.published += changes


@pytest.fixture
def made_up() -> MadeUp:
    return MadeUp()


@pytest.fixture
def bus(made_up: MadeUp) -> ChangeBus:
    return ChangeBus(made_up, look_seconds=0.02)


async def _next(queue: asyncio.Queue[Change]) -> Change:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await queue.get()


def _written(revision: int, name: str = "a.ics", *, own: bool = False) -> Notice:
    return Notice(1, What.WRITTEN, name=name, point=SyncPoint("g", revision), own=own)


async def test_what_is_told_during_a_look_is_not_lost(bus: ChangeBus, made_up: MadeUp) -> None:
    """The look has read what was before; the change comes while its answer is on the way."""
    made_up.gate.clear()
    entering = asyncio.create_task(bus.watch(FOLDER).__aenter__())
    while not made_up.looks:
        await asyncio.sleep(0)
    made_up.notice(_written(2))
    made_up.gate.set()
    queue = await entering
    assert (await _next(queue)).name == "a.ics"
    await bus.close()


async def test_a_change_that_a_look_has_seen_is_not_told_again(bus: ChangeBus, made_up: MadeUp) -> None:
    made_up.put(FOLDER, 5)
    async with bus.watch(FOLDER) as queue:
        for revision in (4, 5):
            made_up.notice(_written(revision))
        assert queue.empty()
        made_up.notice(_written(6))
        assert queue.get_nowait().origin is Origin.ELSEWHERE
    await bus.close()


async def test_a_change_of_ones_own_is_told_once_in_either_order(bus: ChangeBus, made_up: MadeUp) -> None:
    async with bus.watch(FOLDER) as queue:
        bus.announce(Change(FOLDER, "a.ics", what=What.WRITTEN))
        made_up.notice(_written(2, own=True))
        made_up.notice(_written(3, "b.ics", own=True))
        bus.announce(Change(FOLDER, "b.ics", what=What.WRITTEN))
        assert [queue.get_nowait().name for _ in range(2)] == ["a.ics", "b.ics"]
        made_up.notice(_written(4, "never announced", own=True))
        assert (await _next(queue)).name == "never announced"
        assert queue.empty()
    await bus.close()


async def test_by_the_clock_a_point_that_had_not_settled_is_told_once_it_has(bus: ChangeBus, made_up: MadeUp) -> None:
    """A writer may have noted a second before the point and committed after it: once, and only once."""
    made_up.is_listening = False
    made_up.folders[FOLDER.path] = Seen(FOLDER, SyncPoint("clock", 161), (100, 1, 0, 0), 100, settles_seconds=0.1)
    async with bus.watch(FOLDER, known={FOLDER.path: SyncPoint("clock", 130)}) as queue:
        assert queue.empty()
        assert (await _next(queue)).folder == FOLDER
    async with bus.watch(FOLDER, known={FOLDER.path: SyncPoint("clock", 161)}) as queue:
        looks = made_up.looks
        while made_up.looks < looks + 5:
            await asyncio.sleep(0.01)
        assert queue.empty()
    async with bus.watch(FOLDER, known={FOLDER.path: SyncPoint("clock", 100)}) as queue:
        assert queue.get_nowait().folder == FOLDER
    await bus.close()


async def test_a_slow_waiter_keeps_the_newest_and_holds_nobody_up(bus: ChangeBus) -> None:
    async with bus.watch(FOLDER) as slow, bus.watch(OTHER) as quick:
        for number in range(QUEUE_LIMIT + 10):
            bus.announce(Change(FOLDER, str(number), what=What.WRITTEN))
        bus.announce(Change(OTHER, "x", what=What.WRITTEN))
        assert quick.get_nowait().name == "x"
        kept = [slow.get_nowait().name for _ in range(slow.qsize())]
        assert (len(kept), kept[-1]) == (QUEUE_LIMIT, str(QUEUE_LIMIT + 9))
    await bus.close()


async def test_who_waits_for_a_folder_and_its_home_is_told_once(bus: ChangeBus, made_up: MadeUp) -> None:
    async with bus.watch(FOLDER, Home("ada", FolderKind.CALENDAR)) as queue:
        made_up.notice(_written(2))
        bus.announce(Change(FOLDER, "b.ics", what=What.WRITTEN))
        assert [queue.get_nowait().name for _ in range(queue.qsize())] == ["a.ics", "b.ics"]
    await bus.close()


async def test_a_database_that_is_away_is_told_of_once_and_what_happened_is_found(
    bus: ChangeBus, made_up: MadeUp, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "sogo.service.waker"):
        async with bus.watch(FOLDER) as queue:
            made_up.fails = True
            made_up.ended()
            while not caplog.records:
                await asyncio.sleep(0.01)
            made_up.put(FOLDER, 9)
            made_up.fails = False
            assert (await _next(queue)).folder == FOLDER
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    await bus.close()


async def test_a_fault_of_ours_ends_nothing(
    bus: ChangeBus, made_up: MadeUp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with bus.watch(FOLDER) as queue:
        monkeypatch.setattr(made_up, "folders", None)
        made_up.ended()
        while not any(record.exc_info for record in caplog.records):
            await asyncio.sleep(0.01)
        monkeypatch.undo()
        made_up.put(FOLDER, 3)
        assert (await _next(queue)).folder == FOLDER
    await bus.close()


async def test_only_what_the_database_does_not_tell_is_published(bus: ChangeBus, made_up: MadeUp) -> None:
    bus.announce(Change(FOLDER, "a.ics", what=What.WRITTEN))
    bus.announce(Change(FOLDER, "", what=What.EDITED))
    while not made_up.published:
        await asyncio.sleep(0)
    assert made_up.published == [(FOLDER, "", What.EDITED)]
    await bus.close()


async def test_an_edit_elsewhere_is_told_and_ones_own_is_not_repeated(bus: ChangeBus, made_up: MadeUp) -> None:
    async with bus.watch(Home("ada", FolderKind.CALENDAR)) as queue:
        made_up.notice(Notice(1, What.EDITED, path=FOLDER.path, own=True))
        assert queue.empty()
        made_up.notice(Notice(1, What.EDITED, path=FOLDER.path))
        assert queue.get_nowait().what is What.EDITED
    await bus.close()


async def test_the_number_of_waiters_and_of_what_each_waits_for_is_bounded(
    bus: ChangeBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(TooMany):
        async with bus.watch(*[FOLDER] * 2001):
            raise AssertionError
    monkeypatch.setattr(bus_module, "MAX_WAITERS", 1)
    async with bus.watch(FOLDER):
        with pytest.raises(Unavailable):
            async with bus.watch(FOLDER):
                raise AssertionError
        assert bus.waiters == 1
    assert bus.waiters == 0
    await bus.close()


async def test_a_bus_without_notices_tells_what_this_worker_writes() -> None:
    bus = ChangeBus()
    async with bus.watch(FOLDER) as queue:
        bus.announce(Change(OTHER, "b.ics"))
        bus.announce(Change(FOLDER, "a.ics"))
        assert queue.get_nowait().name == "a.ics"
        assert queue.empty()
    await bus.close()


def test_an_announcement_answers_for_one_change_and_not_for_long() -> None:
    now = 100.0
    echoes = Echoes(lambda: now)
    echoes.announced(("/p", "a"))
    assert [echoes.is_echo(("/p", "a")), echoes.is_echo(("/p", "a"))] == [True, False]
    echoes.announced(("/p", "a"))
    now += 6
    assert not echoes.is_echo(("/p", "a"))


def test_a_look_tells_what_is_not_ours_alone() -> None:
    echoes = Echoes(lambda: 100.0)
    for name in ("a", "a", "b"):
        echoes.announced(("/p", name))
    assert echoes.others("/p", ["a", "b"], 3) == []
    echoes.announced(("/p", "a"))
    assert echoes.others("/p", ["a"], 2) == [""], "somebody else has changed it too"
    echoes.announced(("/p", "a"))
    assert echoes.others("/p", ["a", "c"], 2) == ["c"]
    assert echoes.others("/p", [], 1) == [""]
    assert echoes.others("/p", ["d"], 1) == ["d"]
    echoes.announced(("/p", "d"))  # the look was faster than its announcement, which says nothing of the next change
    assert echoes.others("/p", ["d"], 1) == ["d"]


@pytest.mark.parametrize(
    ("look", "rest"), [(0.0, 2.0), (0.1, 2.0), (0.6, 2.4), (1.0, 4.0), (2.0, 3.0), (2.5, 2.5), (4.0, 4.0), (60.0, 60.0)]
)
def test_the_rest_after_a_look_grows_with_it_and_stays_within_five_seconds(look: float, rest: float) -> None:
    assert rest_after(look, 2.0) == pytest.approx(rest)
