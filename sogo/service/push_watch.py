"""Listens to the change bus for collections that somebody follows, as many as there are.

Each collection is in one group, which is one waiter of the bus. Groups only grow by new ones; when there are too many
small ones, or most of what they hold is followed by nobody any more, all are made anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from sogo.errors import Unavailable
from sogo.model.change import Home, folder_at
from sogo.model.folder import Folder, FolderKind
from sogo.service.bus import Change, ChangeBus
from sogo.service.waiters import QUEUE_LIMIT
from sogo.store.pushes import Watched

log = logging.getLogger(__name__)
GROUP = 200
MAX_GROUPS = 64


class Watch:
    """`heard` is told of each change; `missed` which collections of a group may have changed when too much came at
    once to say."""

    def __init__(
        self, bus: ChangeBus, heard: Callable[[Change], None], missed: Callable[[Iterable[Watched]], None]
    ) -> None:
        self._bus, self._heard, self._missed = bus, heard, missed
        self._groups: list[asyncio.Task[None]] = []
        self._paths: set[str] = set()
        self._is_told = False

    @property
    def is_broken(self) -> bool:
        """A group has ended by itself, so that not everything is followed."""
        return any(group.done() for group in self._groups)

    async def follow(self, wanted: Sequence[Watched]) -> list[Watched]:
        """Follow these from now on; those that were not followed before, whose state is to be looked at now."""
        paths = {one.path for one in wanted}
        is_crowded = len(self._groups) > MAX_GROUPS + len(wanted) // GROUP
        is_empty = len(self._paths - paths) > len(paths)
        if self.is_broken or is_crowded or is_empty:
            await self.close()
        new = [one for one in wanted if one.path not in self._paths]
        for start in range(0, len(new), GROUP):
            group = new[start : start + GROUP]
            ready = asyncio.get_running_loop().create_future()
            self._groups.append(asyncio.create_task(self._listen(group, ready)))
            await ready
        self._paths |= {one.path for one in new}
        return new

    async def _listen(self, group: list[Watched], ready: asyncio.Future[None]) -> None:
        try:
            async with self._bus.watch(*map(_target, group)) as queue:
                ready.set_result(None)
                self._is_told = False
                while True:
                    change = await queue.get()
                    if queue.qsize() >= QUEUE_LIMIT - 1:  # some were dropped, perhaps
                        self._missed(group)
                    self._heard(change)
                    while not queue.empty():
                        self._heard(queue.get_nowait())
        except Unavailable as error:
            if not self._is_told:
                self._is_told = True
                log.warning("push does not hear of some collections for now: %s", error)
        finally:
            if not ready.done():
                ready.set_result(None)

    async def close(self) -> None:
        groups, self._groups = self._groups, []
        self._paths.clear()
        for group in groups:
            group.cancel()
        if groups:
            await asyncio.wait(groups)


def home_at(path: str) -> Home:
    """The home at /Users/<owner>/<kind>. Raises ValueError."""
    _, _, owner, kind = path.split("/", 3)
    return Home(owner, FolderKind(kind))


def _target(one: Watched) -> Folder | Home:
    return home_at(one.home) if one.path == one.home else folder_at(one.path)
