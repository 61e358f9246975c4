"""What this worker remembers of folders: names, ETags and times of their objects, good as long as the folder's revision
stays where it is.

    request -> its opening statement tells the folder's point
            -> FolderMemory.at(state): the same point: nothing to read. A later one: the few rows that changed since.

A `Held` is never changed once it was given out: whoever streams an answer from it sees one moment. It says nothing
about rights; whoever shows something of it has asked for them (`ObjectService.held`). Without exact revisions there is
no memory, and readers ask the store (`None`).

A database may go back: an older dump is restored, a standby takes over that has not got everything. Then revisions come
by that were told before, with other objects. Whoever notices lets the folder count anew, under another generation, by
which what every worker remembers and every client's token is out of date. It shows when the folder stands before what
is remembered and is still there when asked again, or when the change that was remembered last has never been.

The original commits the row of the index a moment after the row of the store, so the times of an object that changed
just now may still be the former ones. Where the database does not show that both rows are of one transaction, they
count as unsettled for some seconds, and are read again by everybody who needs them; and once in any case, when these
seconds are over.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import NamedTuple

from sogo.auth.single_flight import SingleFlight
from sogo.errors import InvalidSyncToken
from sogo.model.folder import Changes, Entry, FolderState, Item, Snapshot, SyncPoint, Times, Written
from sogo.service.shelf import SharedMemory, Shelf
from sogo.store.interface import Clock, FolderStore
from sogo.store.memory_cache import Monotonic

ITEM_BYTES = 700
LINE_BYTES = 100
"""What one object takes, and one line of the log, roughly."""
MAX_PAST = 1_000
"""Objects beyond those there are of which it is remembered what they were."""
MAX_OWN = 1_000
MAX_LARGE = 1_000
LARGE_SECONDS = 600.0
SETTLE_SECONDS = 5.0
RECENT_SECONDS = 60.0
"""What was written before is settled when a folder is read for the first time; generous, for clocks that differ."""


class Past(NamedTuple):
    """What an object was before: its c_classification and its UID, None without a row of the index."""

    classification: int | None
    uid: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """The live objects of a folder at `point`. `log` has their revisions and names in order, with lines that are out of
    date; `gone` are names removed after the revision `floor`, before which nothing is known of removals. `past` has
    what objects were before they changed or were removed, without a gap since the revision `past_since`. `reading`
    tells apart what was read of the same point at different times."""

    state: FolderState
    point: SyncPoint
    items: Mapping[str, Item]
    log: Sequence[tuple[int, str]]
    gone: Mapping[str, int]
    floor: int
    unsettled: Mapping[str, float] = field(default_factory=dict)
    past: Mapping[str, frozenset[Past]] = field(default_factory=dict)
    past_since: int = 0
    reading: int = 0

    def changes(self, since: SyncPoint | None, limit: int | None) -> Changes | None:
        """As `FolderStore.changes`, without content; None when the store has to be asked. Raises InvalidSyncToken."""
        if since is None:
            return self._everything(limit)
        if since.generation != self.point.generation or since.revision > self.point.revision:
            raise InvalidSyncToken("This sync token is not one of this collection.")
        if since.revision == self.point.revision:
            return Changes([], [], self.point, truncated=False)
        if since.revision < self.floor:
            return None
        return self._told(sorted(self._later(since.revision)), limit)

    def changed_after(self, revision: int) -> list[str]:
        """The names of what is there and changed after a revision, each once, as far as changes are followed."""
        return [name for _, name in self._changed_after(revision)]

    def _changed_after(self, revision: int) -> Iterator[tuple[int, str]]:
        for number, name in self.log[bisect_right(self.log, (revision, "\U0010ffff")) :]:
            item = self.items.get(name)
            if item is not None and item.revision == number:
                yield number, name

    def _everything(self, limit: int | None) -> Changes | None:
        if limit is None or limit >= len(self.items):
            return Changes([item.entry for item in self.items.values()], [], self.point, truncated=False)
        return None

    def _later(self, revision: int) -> Iterator[tuple[int, str]]:
        """The changes after a revision, each name once."""
        yield from self._changed_after(revision)
        for name, number in self.gone.items():
            if number > revision:
                yield number, name

    def _told(self, rows: list[tuple[int, str]], limit: int | None) -> Changes:
        told = rows
        if limit and len(rows) > limit:
            told = [row for row in rows if row[0] <= rows[limit - 1][0]]  # two names of one change stay together
        cut = len(told) < len(rows)
        changed = [self.items[name].entry for _, name in told if name in self.items]
        removed = [name for _, name in told if name not in self.items]
        point = SyncPoint(self.point.generation, told[-1][0]) if cut else self.point
        return Changes(changed, removed, point, truncated=cut)


class FolderMemory:
    """Bounded by what the `shared` memory of the worker holds, of which others take their part."""

    def __init__(
        self, store: FolderStore, *, shared: SharedMemory, clock: Clock, monotonic: Monotonic = time.monotonic
    ) -> None:
        self.shared = shared
        self._store = store
        self._clock = clock
        self._monotonic = monotonic
        self._held: Shelf[int, Held] = Shelf(shared)
        self._flights = SingleFlight()
        self._readings = count(1)
        self._large: OrderedDict[int, float] = OrderedDict()
        """Folders that alone would take more than there is, and until when they are read as they are asked for."""
        self._own: OrderedDict[tuple[int, str], tuple[int, int]] = OrderedDict()

    async def at(self, state: FolderState, *, floor: int | None = None, settled: bool = False) -> Held | None:
        """The folder at the point its state tells, or later; None where nothing can be remembered.

        `floor`: removals after this revision shall be known. `settled`: the times shall be true.
        """
        if not self.shared.largest_bytes or self._monotonic() < self._large.get(state.folder.id, 0.0):
            return None
        held = self._held.get(state.folder.id)
        if held is not None and _is_ahead(held, state) and await self._went_back(held):
            self._forget(held)
            held = None
        if held is None or not _serves(held, state, floor):
            key = (state.folder.id, state.point, floor)
            held = await self._flights.do(key, lambda: self._read(state, floor))
        if held is not None and held.unsettled and (settled or self._is_due(held)):
            held = await self._settle(held)  # by itself: what somebody else is reading may be from before this request
        return held

    def _is_due(self, held: Held) -> bool:
        """Whether what is unsettled must be true by now, so that it is read for anybody: the index also tells what kind
        of object it is."""
        now = self._monotonic()
        return any(now - seen >= SETTLE_SECONDS for seen in held.unsettled.values())

    def wrote(self, folder_id: int, name: str, written: Written) -> None:
        """This worker wrote an object, index and store in one transaction: what it reads back is settled."""
        self._own[folder_id, name] = (written.version, written.modified)
        self._own.move_to_end((folder_id, name))
        if len(self._own) > MAX_OWN:
            self._own.popitem(last=False)

    async def _read(self, state: FolderState, floor: int | None) -> Held | None:
        old = self._held.get(state.folder.id)
        if old is not None and (old.state.folder.path != state.folder.path or not _same_order(old, state)):
            old = None
        held = await self._refresh(old, state, floor) if old is not None else None
        if held is None:
            held = await self._begin(state, floor)
        self._keep(state.folder.id, held)
        return held

    async def _begin(self, state: FolderState, floor: int | None) -> Held | None:
        read = await self._store.snapshot(state.folder, None)
        if read is None:
            return None
        items = {item.entry.name: item for item in read.items}
        log = [(item.revision, item.entry.name) for item in read.items]
        recent = self._clock().timestamp() - RECENT_SECONDS
        fresh = [item for item in read.items if item.entry.modified >= recent]
        head = read.point.revision
        unsettled, reading = self._unsettled(state, fresh), next(self._readings)
        held = Held(state, read.point, items, log, {}, head, unsettled, past_since=head, reading=reading)
        if floor is not None and floor < held.floor:
            return await self._refresh(held, state, floor) or held
        return held

    async def _refresh(self, old: Held, state: FolderState, floor: int | None) -> Held | None:
        """What is remembered, with what changed since; None when that cannot be told."""
        known = old.point.revision
        since = max(
            0, known - 1 if floor is None else min(floor, known - 1)
        )  # the last change that is known is told again
        read = await self._store.snapshot(state.folder, SyncPoint(old.point.generation, since))
        if read is None:
            return None
        if not _goes_on(old, read):
            await self._store.renew(state.folder, old.point.generation)
            self._forget(old)
            return None
        items, gone = dict(old.items), dict(old.gone)
        new = [item for item in read.items if item.revision > known]
        for item in new:
            items[item.entry.name] = item
            gone.pop(item.entry.name, None)
        for revision, name in read.removed:
            items.pop(name, None)
            gone[name] = revision
        log = _grown(old.log, new, items)
        unsettled = {**old.unsettled, **self._unsettled(state, new)}
        unsettled = {name: seen for name, seen in unsettled.items() if name in items}
        past, past_since = _past(old, new, read)
        floor, reading = min(old.floor, since), next(self._readings)
        return Held(state, read.point, items, log, gone, floor, unsettled, past, past_since, reading)

    async def _went_back(self, held: Held) -> bool:
        """Whether the database is where the folder was before what is remembered; if not, somebody has only read more
        since the state was told."""
        point = await self._store.point(held.state.folder)
        if point.generation != held.point.generation or point.revision >= held.point.revision:
            return False
        await self._store.renew(held.state.folder, held.point.generation)
        return True

    def _forget(self, held: Held) -> None:
        if self._held.get(held.state.folder.id) is held:
            self._held.drop(held.state.folder.id)

    def _unsettled(self, state: FolderState, items: Iterable[Item]) -> dict[str, float]:
        now = self._monotonic()
        return {
            item.entry.name: now
            for item in items
            if not item.is_whole
            and self._own.get((state.folder.id, item.entry.name)) != (item.entry.version, item.entry.modified)
        }

    async def _settle(self, held: Held) -> Held:
        """Read the unsettled again; those seen long enough ago are settled by that, unless they have changed again."""
        now = self._monotonic()
        read = await self._store.items(held.state.folder, list(held.unsettled), content=False)
        found = {item.entry.name: item for item in read}
        changed, waiting = dict[str, Item](), dict[str, float]()
        for name, seen in held.unsettled.items():
            before, after = held.items[name], found.get(name)
            item = changed[name] = _settled(before, after)
            is_same = after is not None and after.revision == before.revision
            if not is_same or (now - seen < SETTLE_SECONDS and not item.is_whole):
                waiting[name] = seen
        if waiting == held.unsettled and all(held.items[name] == item for name, item in changed.items()):
            return held
        items = {**held.items, **changed}
        settled = replace(held, items=items, unsettled=waiting, reading=next(self._readings))
        if self._held.get(held.state.folder.id) is held:
            self._keep(held.state.folder.id, settled)
        return settled

    def _keep(self, folder_id: int, held: Held | None) -> None:
        current = self._held.get(folder_id)
        if current is not None and held is not None and _is_further(current, held):
            return  # somebody else has read more meanwhile
        self._held.drop(folder_id)
        if held is not None and not self._held.put(folder_id, held, _weight(held)):
            self._large[folder_id] = self._monotonic() + LARGE_SECONDS
            self._large.move_to_end(folder_id)
            if len(self._large) > MAX_LARGE:
                self._large.popitem(last=False)


def _past(old: Held, new: Sequence[Item], read: Snapshot) -> tuple[Mapping[str, frozenset[Past]], int]:
    """What changed objects were before, and since when that is known. Where a revision is not accounted for, an object
    has been something in between that nobody here saw; then it is only known from here on."""
    known, head = old.point.revision, read.point.revision
    removed = {name: revision for revision, name in read.removed if revision > known}
    names = [item.entry.name for item in new] + list(removed)
    seen = {item.revision for item in new} | set(removed.values())
    has_gap = len(seen) < head - known or any(name in old.unsettled for name in names)
    if has_gap or len(old.past) + len(names) > len(old.items) + MAX_PAST:
        return {}, head
    past = dict(old.past)
    for name in names:
        if (before := old.items.get(name)) is not None:
            times = before.times
            was = Past(times.classification, times.uid) if times is not None else Past(None, None)
            past[name] = past.get(name, frozenset()) | {was}
    return past, old.past_since


def _weight(held: Held) -> int:
    lines = len(held.log) + len(held.gone) + len(held.past)
    return ITEM_BYTES * (len(held.items) + 1) + LINE_BYTES * lines


def _settled(before: Item, after: Item | None) -> Item:
    """What was remembered, with what the index says of it now. The times of an event that has changed once more, or is
    gone, are not known: those that are remembered may be from before its change, and the others are of the next one."""
    if after is None:
        return before if before.times is None else Item(replace(before.entry, component=""), before.revision)
    entry, times = replace(before.entry, component=after.entry.component), after.times
    if after.revision == before.revision:
        return Item(entry, before.revision, times, after.is_whole)
    unknown = Times(None, None, None, None, times.uid, times.classification) if times is not None else None
    return Item(entry, before.revision, unknown)


def _same_order(held: Held, state: FolderState) -> bool:
    return held.point.generation == state.point.generation


def _is_ahead(held: Held, state: FolderState) -> bool:
    return _same_order(held, state) and held.point.revision > state.point.revision


def _goes_on(old: Held, read: Snapshot) -> bool:
    """Whether a reading that begins before the last change that is known tells of its object: as it was, changed again
    or removed."""
    if not old.log or old.log[-1][0] != old.point.revision or old.point.revision <= 0:
        return True
    name = old.log[-1][1]
    for item in read.items:
        if item.entry.name == name:
            return item.revision > old.point.revision or _is_same(item.entry, old.items.get(name))
    return any(name == gone for _, gone in read.removed)


def _is_same(entry: Entry, known: Item | None) -> bool:
    """As far as can be told without content; a version alone is told twice after the database has gone back."""
    return known is None or (entry.version, entry.modified) == (known.entry.version, known.entry.modified)


def _serves(held: Held, state: FolderState, floor: int | None) -> bool:
    return (
        _same_order(held, state)
        and held.point.revision >= state.point.revision
        and held.state.folder.path == state.folder.path
        and (floor is None or floor >= held.floor)
    )


def _is_further(current: Held, held: Held) -> bool:
    return current.point.generation == held.point.generation and (
        current.point.revision > held.point.revision
        or (current.point.revision == held.point.revision and current.floor < held.floor)
    )


def _grown(log: Sequence[tuple[int, str]], new: Sequence[Item], items: Mapping[str, Item]) -> list[tuple[int, str]]:
    """The log with new lines; made anew once most of it is out of date."""
    grown = [*log, *((item.revision, item.entry.name) for item in new)]
    if len(grown) <= len(items) + len(items) // 4 + 100:
        return grown
    return [(number, name) for number, name in grown if (item := items.get(name)) and item.revision == number]
