"""What a worker remembers of folders is what the store would say, at one moment, and never more than it may."""

from __future__ import annotations

import asyncio
import datetime as dt
import random
from dataclasses import dataclass, field, replace

import pytest

from sogo.errors import InvalidSyncToken
from sogo.model.folder import Entry, Folder, FolderKind, FolderState, Item, Snapshot, SyncPoint, Times, Written
from sogo.service.memory import LARGE_SECONDS, SETTLE_SECONDS, FolderMemory, Held
from sogo.service.shelf import SharedMemory

FOLDER = Folder(7, "anna", FolderKind.CALENDAR, "personal", "Personal")


@dataclass
class Store:
    """Objects with revisions, and a count of what was read."""

    generation: str = "g"
    revision: int = 0
    items_now: dict[str, Item] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    read: list[SyncPoint | None] = field(default_factory=list)
    exact: bool = True
    looks: int = 0

    @property
    def state(self) -> FolderState:
        return FolderState(FOLDER, SyncPoint(self.generation, self.revision), 1)

    def write(self, name: str, start: int = 0) -> Item:
        self.revision += 1
        version = self.items_now[name].entry.version + 1 if name in self.items_now else 0
        entry = Entry(name, version, 0, 1, "vevent", 10)
        item = self.items_now[name] = Item(entry, self.revision, Times(start, start, None, 0, name))
        self.gone.pop(name, None)
        return item

    def remove(self, name: str) -> None:
        self.revision += 1
        del self.items_now[name]
        self.gone[name] = self.revision

    async def snapshot(self, folder: Folder, since: SyncPoint | None) -> Snapshot | None:
        self.read.append(since)
        if not self.exact or (since is not None and since.generation != self.generation):
            return None
        after = -1 if since is None else since.revision
        items = sorted((item for item in self.items_now.values() if item.revision > after), key=lambda i: i.revision)
        removed = [] if since is None else [(number, name) for name, number in self.gone.items() if number > after]
        return Snapshot(SyncPoint(self.generation, self.revision), items, removed)

    async def point(self, folder: Folder) -> SyncPoint:
        return self.state.point

    async def renew(self, folder: Folder, generation: str) -> None:
        if self.generation == generation:
            self.generation += "+"

    async def items(self, folder: Folder, names: list[str], *, content: bool = True) -> list[Item]:
        assert not content
        self.looks += 1
        return [self.items_now[name] for name in names if name in self.items_now]


@dataclass
class Time:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def memory_of(store: Store, *, limit_bytes: int = 10_000_000, time: Time | None = None) -> FolderMemory:
    clock = lambda: dt.datetime(2026, 6, 1, tzinfo=dt.UTC)  # noqa: E731
    return FolderMemory(store, shared=SharedMemory(limit_bytes), clock=clock, monotonic=time or Time())  # type: ignore[arg-type]


async def held_of(memory: FolderMemory, store: Store, **wanted: object) -> Held:
    held = await memory.at(store.state, **wanted)  # type: ignore[arg-type]
    assert held is not None
    return held


async def test_an_unchanged_folder_is_read_once_and_a_changed_one_by_its_changes() -> None:
    store = Store()
    memory = memory_of(store)
    store.write("a"), store.write("b")
    first = await held_of(memory, store)
    assert await held_of(memory, store) is first
    assert store.read == [None]
    store.write("c"), store.remove("a")
    second = await held_of(memory, store)
    assert store.read == [None, SyncPoint("g", 1)]
    assert set(second.items) == {"b", "c"}
    assert set(first.items) == {"a", "b"}, "what was given out does not change"


async def test_another_order_of_changes_begins_anew() -> None:
    store = Store()
    memory = memory_of(store)
    store.write("a")
    await held_of(memory, store)
    store.generation, store.revision = "h", 0
    store.items_now = {}
    store.write("b")
    assert set((await held_of(memory, store)).items) == {"b"}


async def test_a_folder_that_went_back_is_read_anew_and_counts_anew() -> None:
    """An older dump was restored, or a standby took over that had not got everything."""
    store = Store()
    memory = memory_of(store)
    store.write("a"), store.write("b")
    dump = dict(store.items_now), store.revision
    store.write("c"), store.write("a")
    assert set((await held_of(memory, store)).items) == {"a", "b", "c"}
    store.items_now, store.revision = dict(dump[0]), dump[1]
    held = await held_of(memory, store)
    assert {name: item.entry.version for name, item in held.items.items()} == {"a": 0, "b": 0}
    assert held.point.generation == store.generation != "g", "tokens and what other workers remember are out of date"


async def test_a_state_that_was_told_before_somebody_else_read_more_is_no_way_back() -> None:
    store = Store()
    memory = memory_of(store)
    store.write("a")
    early = store.state
    store.write("b")
    later = await held_of(memory, store)
    assert await memory.at(early) is later
    assert store.generation == "g"


@pytest.mark.parametrize("lost", ["new", "changed"])
async def test_a_folder_that_went_back_and_on_is_read_anew(lost: str) -> None:
    """Its revision is past what is remembered, by other changes than those that are."""
    store = Store()
    memory = memory_of(store)
    store.write("a"), store.write("b")
    dump = dict(store.items_now), store.revision
    store.write("c" if lost == "new" else "a")
    await held_of(memory, store)
    store.items_now, store.revision = dict(dump[0]), dump[1]
    for name in "bde":
        store.write(name)
    held = await held_of(memory, store)
    assert {name: item.entry.version for name, item in held.items.items()} == {"a": 0, "b": 1, "d": 0, "e": 0}
    assert store.generation != "g"


@pytest.mark.parametrize("last", ["written", "removed", "written again"])
async def test_what_goes_on_is_never_taken_for_a_way_back(last: str) -> None:
    store = Store()
    memory = memory_of(store)
    store.write("a"), store.write("b")
    await held_of(memory, store)
    if last == "removed":
        store.remove("b")
    else:
        store.write("b" if last == "written again" else "c")
    await held_of(memory, store)
    store.write("d")
    await held_of(memory, store)
    assert store.generation == "g"


async def test_where_revisions_are_not_exact_nothing_is_remembered() -> None:
    store = Store(exact=False)
    store.write("a")
    assert await memory_of(store).at(store.state) is None


@pytest.mark.parametrize("seed", range(20))
async def test_changes_are_those_of_the_store_from_any_point(seed: int) -> None:
    dice = random.Random(seed)
    store, mirror = Store(), {}  # type: ignore[var-annotated]
    memory = memory_of(store)
    points = [store.state.point]
    token = None
    for _ in range(60):
        name = dice.choice("abcdefgh")
        if name in store.items_now and dice.random() < 0.4:
            store.remove(name)
        else:
            store.write(name)
        if dice.random() < 0.3:
            held = await held_of(memory, store)
            changes = held.changes(token, None)
            if changes is None:
                held = await held_of(memory, store, floor=token.revision if token else None)
                changes = held.changes(token, None)
            assert changes is not None
            for entry in changes.changed:
                mirror[entry.name] = entry.etag
            for gone in changes.removed:
                mirror.pop(gone, None)
            token = changes.point
            assert mirror == {name: item.entry.etag for name, item in store.items_now.items()}
            points.append(token)
    for point in points:
        held = await held_of(memory, store, floor=point.revision)
        changes = held.changes(point, None)
        assert changes is not None
        later = {name for name, item in store.items_now.items() if item.revision > point.revision}
        assert [entry.name for entry in changes.changed] == sorted(later, key=lambda n: store.items_now[n].revision)
        assert {name for name, number in store.gone.items() if number > point.revision} <= set(changes.removed)


async def test_a_cut_list_goes_on_where_it_was_cut() -> None:
    store = Store()
    memory = memory_of(store)
    begin = (await held_of(memory, store)).point
    for name in "abcde":
        store.write(name)
    held = await held_of(memory, store)
    seen: list[str] = []
    point, truncated = begin, True
    while truncated:
        changes = held.changes(point, 2)
        assert changes is not None
        assert len(changes.changed) <= 2
        seen += [entry.name for entry in changes.changed]
        point, truncated = changes.point, changes.truncated
    assert seen == list("abcde")
    assert point == held.point


async def test_tokens_nobody_gave_are_refused() -> None:
    store = Store()
    held = await held_of(memory_of(store), store)
    for token in (SyncPoint("other", 0), SyncPoint("g", 99)):
        with pytest.raises(InvalidSyncToken):
            held.changes(token, None)


async def test_times_that_may_be_former_ones_are_read_again_until_they_are_settled() -> None:
    store, time = Store(), Time()
    memory = memory_of(store, time=time)
    await held_of(memory, store)
    item = store.write("a", start=1)  # the store's row is there, the index still says 1
    assert (await held_of(memory, store, settled=True)).items["a"].times == item.times
    late = Times(2, 2, None, 0, "a")
    store.items_now["a"] = item._replace(times=late)  # and from now on the write may be acknowledged
    assert (await held_of(memory, store, settled=True)).items["a"].times == late
    time.now += SETTLE_SECONDS + 1
    settled = await held_of(memory, store, settled=True)
    assert settled.items["a"].times == late
    assert not (await held_of(memory, store, settled=True)).unsettled


async def test_of_an_object_that_changes_again_before_its_times_are_true_nothing_is_known() -> None:
    """Its first change has been acknowledged: the times from before it must not come back with the second, which a
    client that follows is told of later."""
    store, time = Store(), Time()
    memory = memory_of(store, time=time)
    store.write("a", start=1)
    await held_of(memory, store)
    first = store.write("a", start=2)
    store.items_now["a"] = first._replace(times=Times(1, 1, None, 0, "a"))
    opened = store.state  # by who asks now; meanwhile the index says 2
    await memory.at(opened)
    store.write("a", start=3)
    held = await memory.at(opened, settled=True)
    assert held is not None
    assert held.items["a"] == Item(first.entry, 2, Times(None, None, None, None, "a"))
    time.now += SETTLE_SECONDS
    assert "a" in (await held_of(memory, replace(store, revision=2), settled=True)).unsettled, "nor is it settled"
    told = held.changes(SyncPoint("g", 1), None)
    assert told is not None
    assert ([entry.version for entry in told.changed], told.point) == ([1], opened.point)
    told = (await held_of(memory, store)).changes(opened.point, None)
    assert told is not None
    assert [entry.version for entry in told.changed] == [2]


async def test_who_wants_true_times_does_not_take_those_that_another_is_reading() -> None:
    store = Store()
    memory = memory_of(store)
    await held_of(memory, store)
    item = store.write("a", start=1)
    before = asyncio.Event()
    read_items = store.items

    async def slow(folder: Folder, names: list[str], *, content: bool = True) -> list[Item]:
        found = await read_items(folder, names, content=content)
        await before.wait()
        return found

    store.items = slow  # type: ignore[method-assign]
    first = asyncio.create_task(held_of(memory, store, settled=True))
    while not store.looks:
        await asyncio.sleep(0)
    store.items_now["a"] = item._replace(times=Times(2, 2, None, 0, "a"))
    second = asyncio.create_task(held_of(memory, store, settled=True))
    while store.looks < 2:
        await asyncio.sleep(0)
    before.set()
    assert (await first).items["a"].times == item.times
    assert (await second).items["a"].times == Times(2, 2, None, 0, "a")


async def test_whoever_never_asks_for_times_gets_what_is_settled_once_it_is() -> None:
    """The kind of an object is told by the index, too, and address books ask for no times."""
    store, time = Store(), Time()
    memory = memory_of(store, time=time)
    await held_of(memory, store)
    item = store.write("a")
    store.items_now["a"] = item._replace(entry=replace(item.entry, component=""))
    assert (await held_of(memory, store)).items["a"].entry.component == ""
    store.items_now["a"] = item
    time.now += SETTLE_SECONDS
    for _ in range(3):
        assert (await held_of(memory, store)).items["a"].entry.component == "vevent"
    assert store.looks == 1


async def test_what_this_worker_wrote_is_settled_at_once() -> None:
    store = Store()
    memory = memory_of(store)
    await held_of(memory, store)
    entry = store.write("a").entry
    memory.wrote(FOLDER.id, "a", Written(entry.version, True, entry.modified))
    assert not (await held_of(memory, store)).unsettled


async def test_rows_of_one_transaction_are_settled_at_once() -> None:
    store = Store()
    memory = memory_of(store)
    await held_of(memory, store)
    store.items_now["a"] = store.write("a")._replace(is_whole=True)
    assert not (await held_of(memory, store, settled=True)).unsettled
    assert not store.looks


async def test_memory_is_bounded() -> None:
    store = Store()
    memory = memory_of(store, limit_bytes=6_000)
    for name in "abc":
        store.write(name)
    await held_of(memory, store)
    other = FolderState(Folder(8, "anna", FolderKind.CALENDAR, "work", "Work"), store.state.point, 1)
    await memory.at(other)
    store.read.clear()
    await memory.at(other)
    assert not store.read
    await memory.at(store.state)
    assert store.read == [None], "the one used longest ago was forgotten"


async def test_a_folder_larger_than_the_memory_is_left_to_the_store_for_a_while() -> None:
    store, time = Store(), Time()
    memory = memory_of(store, limit_bytes=6_000, time=time)
    for number in range(50):
        store.write(f"{number}")
    assert len((await held_of(memory, store)).items) == 50
    assert await memory.at(store.state) is None
    assert len(store.read) == 1
    for number in range(49):
        store.remove(f"{number}")
    time.now += LARGE_SECONDS
    assert set((await held_of(memory, store)).items) == {"49"}
    assert set((await held_of(memory, store)).items) == {"49"}
    assert len(store.read) == 2


async def test_changes_of_one_object_do_not_fill_the_memory() -> None:
    store = Store()
    memory = memory_of(store, limit_bytes=200_000)
    for number in range(100):
        store.write(f"{number}")
    for _ in range(1_000):
        store.write("0")
        await held_of(memory, store)
    assert len((await held_of(memory, store)).log) <= 225
