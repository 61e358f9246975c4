"""Wakes whoever waits for what this worker has not written itself: one task for all waiters, while there are any.

Where the database tells of changes, the task looks once when somebody begins to wait and then sleeps. Elsewhere it
looks at all that is waited for, at most every `look_seconds`. A database that is away is looked for again and again,
and when it is back, whatever moved meanwhile is told: no waiter has to know.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections import deque
from collections.abc import Coroutine, Iterable, Sequence

from sogo.errors import SogoError
from sogo.model.change import Home, Notice, Seen, What, folder_at, home_path
from sogo.model.folder import Folder, SyncPoint
from sogo.service.echoes import Echoes
from sogo.service.marks import Marks
from sogo.service.waiters import Change, Origin, Waiter, Waiters
from sogo.store.notices import Notices

log = logging.getLogger(__name__)

LOOK_SHARE = 4
"""A look that takes long is followed by a rest so many times as long."""
WITHIN_SECONDS = 5.0
"""Look and rest together take no longer, unless the look takes half of it: then the rest is as long as the look."""
REST_SECONDS = 4.0
"""So often it is looked whether the database still tells, while it does."""
LINGER_SECONDS = 30.0
READY_SECONDS = 5.0
RETRY_SECONDS = (0.5, 1.0, 2.0, 4.0)
MAX_NAMES = 32
MAX_PARKED = 2000
MAX_OUTBOX = 1000
_OF_OBJECTS = frozenset({What.WRITTEN, What.REMOVED, What.CHANGED})


class Waker:
    def __init__(
        self, waiters: Waiters, notices: Notices, *, look_seconds: float, ready_seconds: float = READY_SECONDS
    ) -> None:
        self._waiters, self._notices = waiters, notices
        self._look_seconds, self._ready_seconds = look_seconds, ready_seconds
        self._marks, self._echoes = Marks(), Echoes()
        self._fresh: dict[Waiter, None] = {}
        self._stale: set[str] = set()
        self._parked: deque[Notice] = deque(maxlen=MAX_PARKED)
        self._due: dict[Waiter, tuple[float, list[Folder]]] = {}
        self._outbox: list[tuple[Folder, str, What]] = []
        self._is_looking = False
        self._must_look = True
        self._is_told = False
        self._look_at = 0.0
        self._failures = 0
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        notices.hear(self._heard, self._ended)

    # --- called by the bus --------------------------------------------------------------------------------------------

    async def begin(self, waiter: Waiter) -> None:
        """Returns when the waiter misses nothing any more, or when the database does not answer in time; then it is
        told of everything once that does."""
        waiter.ready = asyncio.get_running_loop().create_future()
        self._fresh[waiter] = None
        self._news.set()
        if self._task is None or self._task.done():
            self._task = _start(self._run())
        try:
            async with asyncio.timeout(self._ready_seconds):
                await waiter.ready
        except TimeoutError:
            waiter.is_late = True

    def end(self, waiter: Waiter) -> None:
        self._due.pop(waiter, None)
        self._fresh.pop(waiter, None)
        paths = set(waiter.paths)
        for home in waiter.homes:
            if not self._waiters.waits_for_home(home.path):
                paths |= self._marks.forget_home(home.path)
        for path in paths:
            if path not in self._waiters:
                self._marks.forget(path)

    def announced(self, change: Change) -> None:
        """This worker has told its own waiters of a change."""
        if change.what is not What.EDITED and change.folder.path in self._waiters:
            self._echoes.announced((change.folder.path, change.name))
        if self._notices.is_wanted(change.what) and len(self._outbox) < MAX_OUTBOX:
            self._outbox.append((change.folder, change.name, change.what))
            if self._sending is None or self._sending.done():
                self._sending = _start(self._send())

    async def close(self) -> None:
        for task in (self._task, self._sending):
            if task is not None and not task.done():
                task.cancel()
                await asyncio.wait([task])
        await self._notices.rest()

    async def _send(self) -> None:
        while self._outbox:
            changes, self._outbox = self._outbox, []
            await self._notices.publish(changes)

    # --- the task -----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._news.clear()
            if self._waiters:
                await self._sleep(await self._safe_turn())
                continue
            await self._sleep(LINGER_SECONDS)
            if not self._waiters:
                await self._notices.rest()
                self._must_look = True
            if not self._waiters:
                return

    async def _sleep(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    async def _safe_turn(self) -> float:
        """One turn, whatever comes of it; how long to sleep."""
        try:
            seconds = await self._turn()
        except Exception as error:
            self._must_look = True
            self._is_looking = False
            if not self._failures:
                log.warning(
                    "Who waits for changes is not woken by others for now: %s",
                    error,
                    exc_info=None if isinstance(error, SogoError) else error,
                )
            self._failures += 1
            await asyncio.sleep(RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS)) - 1])
            return 0.0
        if self._failures:
            log.info("Who waits for changes is woken by others again.")
            self._failures = 0
        return seconds

    async def _turn(self) -> float:
        is_told = await self._notices.listen()
        now = time.monotonic()
        if is_told and not self._is_told:
            self._must_look = True  # for what happened before it listened
        self._is_told = is_told
        is_full = self._must_look or (not is_told and now >= self._look_at)
        fresh, stale = list(self._fresh), set(self._stale)
        if is_full:
            self._must_look = False
            await self._look(self._waiters.paths, self._waiters.homes)
            self._look_at = time.monotonic() + rest_after(time.monotonic() - now, self._look_seconds)
        elif fresh or stale:
            paths = stale.union(*(waiter.paths for waiter in fresh))
            await self._look(list(paths), list({home for waiter in fresh for home in waiter.homes}))
        self._stale -= stale
        for waiter in fresh:
            if waiter in self._fresh:  # still there
                del self._fresh[waiter]
                self._compare(waiter)
        self._tell_overdue()
        return self._seconds_to_sleep()

    def _seconds_to_sleep(self) -> float:
        seconds = REST_SECONDS if self._is_told else max(0.0, self._look_at - time.monotonic())
        return min(seconds, 0.5) if self._echoes.hold_any else seconds

    def _tell_overdue(self) -> None:
        self._echoes.forget_old()
        for path, name in self._echoes.overdue():
            seen = self._marks.get(path)
            if seen is not None:
                self._tell(seen.folder, [name], What.CHANGED)
        now = time.monotonic()
        for waiter in [waiter for waiter, (moment, _) in self._due.items() if moment <= now]:
            for folder in self._due.pop(waiter)[1]:
                waiter.tell(Change(folder, "", Origin.ELSEWHERE))

    # --- looking ------------------------------------------------------------------------------------------------------

    async def _look(self, paths: Sequence[str], homes: Sequence[Home]) -> None:
        self._marks.begin_look()
        self._is_looking = True
        seen = await self._notices.look(paths, homes)
        found = self._marks.apply(paths, homes, seen)
        self._is_looking = False
        parked = list(self._parked)
        self._parked.clear()
        for folder, what in found.folders:
            if not self._echoes.is_echo((folder.path, "")):
                self._tell(folder, [""], what)
        if found.objects:
            await self._tell_objects(found.objects)
        for notice in parked:
            self._heard(notice)

    async def _tell_objects(self, moved: Sequence[tuple[Seen, Seen]]) -> None:
        points = {
            old.folder.id: old.point
            for old, new in moved
            if new.modified is None and old.point.generation == new.point.generation
        }
        try:
            names = await self._notices.names_since(points) if points else {}
        except SogoError as error:  # they are told without names: the marks have moved on already
            log.debug("no names: %s", error)
            names = {}
        for old, new in moved:
            changed = names.get(new.folder.id, [])
            left = self._echoes.others(new.folder.path, changed, new.point.revision - old.point.revision)
            self._tell(new.folder, left if len(left) <= MAX_NAMES else [""], What.CHANGED)

    def _tell(self, folder: Folder, names: Iterable[str], what: What) -> None:
        for name in names:
            self._waiters.tell(Change(folder, name, Origin.ELSEWHERE, what))

    def _compare(self, waiter: Waiter) -> None:
        """Tell a waiter that has just come what it does not know yet."""
        at_home: set[str] = set().union(*(self._marks.at_home(home) for home in waiter.homes))
        if waiter.known is not None:
            homes = {home.path for home in waiter.homes}
            missing = {path for path in waiter.known if home_path(path) in homes} - at_home
            for path in sorted({*waiter.paths, *at_home, *missing}):
                self._compare_folder(waiter, path, waiter.known.get(path), is_new=path in at_home)
        elif waiter.is_late:
            for path in sorted({*waiter.paths, *at_home}):
                waiter.tell(Change(self._folder(path), "", Origin.ELSEWHERE))
        waiter.be_ready()

    def _compare_folder(self, waiter: Waiter, path: str, known: SyncPoint | None, *, is_new: bool) -> None:
        seen = self._marks.get(path)
        if known is None:
            if seen is not None and is_new:
                waiter.tell(Change(seen.folder, "", Origin.ELSEWHERE, What.CREATED))
        elif seen is None:
            waiter.tell(Change(folder_at(path), "", Origin.ELSEWHERE, What.GONE))
        elif seen.is_beyond(known):
            waiter.tell(Change(seen.folder, "", Origin.ELSEWHERE))
        elif seen.may_be_beyond(known):
            moment, folders = self._due.get(waiter, (0.0, []))
            settled = time.monotonic() + seen.settles_seconds
            self._due[waiter] = (max(moment, settled), [*folders, seen.folder])

    def _folder(self, path: str) -> Folder:
        seen = self._marks.get(path)
        return seen.folder if seen is not None else folder_at(path)

    # --- listening ----------------------------------------------------------------------------------------------------

    def _ended(self) -> None:
        self._is_told = False
        self._must_look = True
        self._news.set()

    def _heard(self, notice: Notice) -> None:
        if notice.what in _OF_OBJECTS:
            self._heard_of_object(notice)
        elif notice.path in self._waiters:
            if notice.what is What.EDITED:
                if not notice.own:
                    self._tell(self._folder(notice.path), [""], What.EDITED)
            else:
                self._stale.add(notice.path)
                self._news.set()

    def _heard_of_object(self, notice: Notice) -> None:
        path = self._marks.path_of(notice.folder_id)
        seen = self._marks.get(path) if path is not None else None
        if path is None or seen is None:
            if self._is_looking or self._stale or self._fresh:
                self._must_look = self._must_look or len(self._parked) == MAX_PARKED
                self._parked.append(notice)
            return
        if notice.point is not None and not self._marks.advance(path, notice.point):
            return
        if notice.own:
            if not self._echoes.is_echo((path, notice.name)):
                self._echoes.hold((path, notice.name))
                self._news.set()
            return
        self._tell(seen.folder, [notice.name], notice.what)


def rest_after(look_seconds: float, at_least: float) -> float:
    """How long to rest after a look that took so long: the longer the look, the longer, so that looking never takes
    all of a worker or a database, and not so long that a change is told late."""
    capped = max(WITHIN_SECONDS - look_seconds, look_seconds)
    return max(at_least, min(LOOK_SHARE * look_seconds, capped))


def _start(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """A task that belongs to nobody's request: its statements are not counted as those of whoever came first."""
    return asyncio.get_running_loop().create_task(work, context=contextvars.Context())
