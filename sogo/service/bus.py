"""The change bus: every committed write is announced here, whoever waits for a folder or a home is woken.

What this worker writes is told by `announce`, at once. What other workers, other nodes and the original write comes
through `sogo.service.waker`, which the first waiter starts: it listens to the database, or looks into it. A waiter is a
queue and nothing else, so thousands of them cost no task, no statement and no connection of their own.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from sogo.errors import TooMany, Unavailable
from sogo.model.change import Home, What
from sogo.model.folder import Folder, SyncPoint
from sogo.service.waiters import Change, Origin, Waiter, Waiters
from sogo.service.waker import READY_SECONDS, Waker
from sogo.store.notices import Notices

__all__ = ["Change", "ChangeBus", "Home", "Origin", "What"]

LOOK_SECONDS = 2.0
"""How often changes are looked for where the database does not tell of them, while somebody waits."""
MAX_WAITERS = 20_000
MAX_TARGETS = 2000
"""Folders and homes of one waiter."""


class ChangeBus:
    """Announce and wait. A waiter that does not keep up loses announcements, never the fact that something changed: the
    oldest are dropped, the newest kept. Without `notices` only changes of this worker are told. Who begins to wait is
    held up for at most `ready_seconds`."""

    def __init__(
        self,
        notices: Notices | None = None,
        *,
        look_seconds: float = LOOK_SECONDS,
        ready_seconds: float = READY_SECONDS,
    ) -> None:
        self._waiters = Waiters()
        self._waker = (
            Waker(self._waiters, notices, look_seconds=look_seconds, ready_seconds=ready_seconds)
            if notices is not None
            else None
        )

    @property
    def waiters(self) -> int:
        """How many wait now."""
        return len(self._waiters)

    def announce(self, change: Change) -> None:
        self._waiters.tell(change)
        if self._waker is not None:
            self._waker.announced(change)

    @asynccontextmanager
    async def watch(
        self, *what: Folder | Home, known: Mapping[str, SyncPoint] | None = None
    ) -> AsyncIterator[asyncio.Queue[Change]]:
        """A queue that receives the changes of these folders and homes while the context is open.

        `known` are the points the watcher has seen, by c_path, for a home those of all its folders: whatever is beyond
        them already is in the queue from the start. Without it changes count from the moment the context opens. Raises
        Unavailable when too many wait already, TooMany for too many folders at once.
        """
        if len(what) > MAX_TARGETS:
            raise TooMany("So many folders cannot be waited for at once.", limit=MAX_TARGETS)
        if len(self._waiters) >= MAX_WAITERS:
            raise Unavailable("Too many wait for changes already.", retry_after_seconds=60)
        waiter = Waiter(
            frozenset(one.path for one in what if isinstance(one, Folder)),
            frozenset(one for one in what if isinstance(one, Home)),
            known,
        )
        self._waiters.add(waiter)
        try:
            if self._waker is not None:
                await self._waker.begin(waiter)
            yield waiter.queue
        finally:
            self._waiters.discard(waiter)
            if self._waker is not None:
                self._waker.end(waiter)

    async def close(self) -> None:
        if self._waker is not None:
            await self._waker.close()
