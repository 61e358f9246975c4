"""The change bus: every committed write is announced here, whoever waits for a folder is woken.

Today it reaches the waiters of this worker. Other workers and nodes join behind the same two methods.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum

from sogo.model.folder import Folder

_QUEUE_LIMIT = 256


class Origin(Enum):
    """Who writes: that is how writers differ, never by a second way to save. Whoever hears of a change can tell what a
    user did from what was brought in."""

    USER = "user"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class Change:
    """A committed write. `name` is "" when the folder itself changed (created, renamed, removed)."""

    folder: Folder
    name: str
    origin: Origin = Origin.USER


class ChangeBus:
    """Announce and wait. A waiter that does not keep up loses announcements, never the fact that something changed: the
    oldest are dropped, the newest kept."""

    def __init__(self) -> None:
        self._waiters: dict[str, set[asyncio.Queue[Change]]] = {}

    def announce(self, change: Change) -> None:
        for queue in self._waiters.get(change.folder.path, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(change)

    @asynccontextmanager
    async def watch(self, *folders: Folder) -> AsyncIterator[asyncio.Queue[Change]]:
        """A queue that receives the changes of these folders while the context is open."""
        queue: asyncio.Queue[Change] = asyncio.Queue(_QUEUE_LIMIT)
        for folder in folders:
            self._waiters.setdefault(folder.path, set()).add(queue)
        try:
            yield queue
        finally:
            for folder in folders:
                waiters = self._waiters.get(folder.path, set())
                waiters.discard(queue)
                if not waiters:
                    self._waiters.pop(folder.path, None)
