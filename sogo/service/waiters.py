"""Who waits in this worker, for what, and what is told to them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from sogo.model.change import Home, What, home_path
from sogo.model.folder import Folder, SyncPoint

QUEUE_LIMIT = 256


class Origin(Enum):
    """Who writes: that is how writers differ, never by a second way to save. Whoever hears of a change can tell what a
    user did from what was brought in, and both from what this worker has not done itself."""

    USER = "user"
    IMPORT = "import"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class Change:
    """A committed write. `name` is that of an object, "" when the folder itself changed, or when it is not known which
    of its objects did."""

    folder: Folder
    name: str
    origin: Origin = Origin.USER
    what: What = What.CHANGED


class Waiter:
    """One who waits: for folders, by their paths, and for whole homes. `known` are the points it has seen of folders,
    by path; for a home these are then all of its folders. None: it wants to hear of what comes from now on."""

    __slots__ = ("homes", "is_late", "known", "paths", "queue", "ready")

    def __init__(self, paths: frozenset[str], homes: frozenset[Home], known: Mapping[str, SyncPoint] | None) -> None:
        self.queue: asyncio.Queue[Change] = asyncio.Queue(QUEUE_LIMIT)
        self.paths, self.homes, self.known = paths, homes, known
        self.ready: asyncio.Future[None] | None = None
        """Done when the waiter has been compared with what is there: from then on it misses nothing."""
        self.is_late = False
        """It began to wait before that."""

    def tell(self, change: Change) -> None:
        if self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(change)

    def be_ready(self) -> None:
        if self.ready is not None and not self.ready.done():
            self.ready.set_result(None)


class Waiters:
    """All of them, by what they wait for."""

    def __init__(self) -> None:
        self._by_path: dict[str, set[Waiter]] = {}
        self._by_home: dict[str, set[Waiter]] = {}
        self._homes: dict[str, Home] = {}
        self._number = 0

    def __len__(self) -> int:
        return self._number

    @property
    def paths(self) -> list[str]:
        return list(self._by_path)

    @property
    def homes(self) -> list[Home]:
        return list(self._homes.values())

    def add(self, waiter: Waiter) -> None:
        self._number += 1
        for path in waiter.paths:
            self._by_path.setdefault(path, set()).add(waiter)
        for home in waiter.homes:
            self._by_home.setdefault(home.path, set()).add(waiter)
            self._homes[home.path] = home

    def discard(self, waiter: Waiter) -> None:
        self._number -= 1
        for path in waiter.paths:
            _drop(self._by_path, path, waiter)
        for home in waiter.homes:
            if _drop(self._by_home, home.path, waiter):
                del self._homes[home.path]

    def __contains__(self, path: str) -> bool:
        """Somebody waits for the folder at this c_path, or for its home."""
        return path in self._by_path or home_path(path) in self._by_home

    def waits_for_home(self, path: str) -> bool:
        return path in self._by_home

    def tell(self, change: Change) -> None:
        for waiter in self._of(change.folder.path):
            waiter.tell(change)

    def _of(self, path: str) -> Iterator[Waiter]:
        """Each once, though it may wait for the folder and for its home."""
        at_home = self._by_home.get(home_path(path), set())
        yield from at_home
        for waiter in self._by_path.get(path, ()):
            if waiter not in at_home:
                yield waiter


def _drop(waiters: dict[str, set[Waiter]], key: str, waiter: Waiter) -> bool:
    """True when nobody waits for it any more."""
    left = waiters[key]
    left.discard(waiter)
    if not left:
        del waiters[key]
    return not left
