"""What the original remembers in memcached of these tables (auth.md §6), dropped after every commit of ours.

It trusts its copies for SOGoCacheCleanupInterval and writes whole documents back from them: a copy that outlives our
write would show old preferences, and with its next write undo ours. One of its requests that has read the row just
before our commit may still put its copy there after our delete, so each key is deleted a second time a moment later. A
cache that is away forgets nothing, and breaks nothing either.
"""

from __future__ import annotations

import asyncio

from sogo.model.folder import Folder
from sogo.store.interface import Cache

AGAIN_SECONDS = 2.0
MAX_AGAIN = 10_000


class Remembered:
    """`cache` is None where no other server shares the tables."""

    def __init__(self, cache: Cache | None = None, *, again_seconds: float = AGAIN_SECONDS) -> None:
        self.cache = cache
        self._again_seconds = again_seconds
        self._again: dict[str, None] = {}
        self._deleting: asyncio.Task[None] | None = None

    @property
    def is_busy(self) -> bool:
        """Something is still to be deleted a second time."""
        return self._deleting is not None and not self._deleting.done()

    async def forget_profile(self, user_id: str) -> None:
        await self._forget(f"{user_id}+defaults", f"{user_id}+settings")

    async def forget_rights(self, folder: Folder) -> None:
        await self._forget(_rights(folder))

    async def forget_folder(self, folder: Folder) -> None:
        """Its record, with the locations of its tables, and the rights on it."""
        await self._forget(folder.path, _rights(folder))

    async def _forget(self, *keys: str) -> None:
        if self.cache is None:
            return
        await self.cache.delete(*keys)
        if len(self._again) < MAX_AGAIN:
            self._again |= dict.fromkeys(keys)
            if not self.is_busy:
                self._deleting = asyncio.get_running_loop().create_task(self._delete_again(self.cache))

    async def _delete_again(self, cache: Cache) -> None:
        """In rounds, so that a key waits for one at least and two at most."""
        while self._again:
            await asyncio.sleep(self._again_seconds)
            keys, self._again = list(self._again), {}
            await asyncio.sleep(self._again_seconds)
            await cache.delete(*keys)


def _rights(folder: Folder) -> str:
    return f"{folder.acl_object.removeprefix('/')}+acl"
