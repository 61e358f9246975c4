"""What the original remembers in memcached of these tables (auth.md §6), dropped after every commit of ours.

It trusts its copies for SOGoCacheCleanupInterval and writes whole documents back from them: a copy that outlives our
write would show old preferences, and with its next write undo ours. A cache that is away forgets nothing, and breaks
nothing either.
"""

from __future__ import annotations

from dataclasses import dataclass

from sogo.model.folder import Folder
from sogo.store.interface import Cache


@dataclass(frozen=True, slots=True)
class Remembered:
    """`cache` is None where no other server shares the tables."""

    cache: Cache | None = None

    async def forget_profile(self, user_id: str) -> None:
        await self._forget(f"{user_id}+defaults", f"{user_id}+settings")

    async def forget_rights(self, folder: Folder) -> None:
        await self._forget(_rights(folder))

    async def forget_folder(self, folder: Folder) -> None:
        """Its record, with the locations of its tables, and the rights on it."""
        await self._forget(folder.path, _rights(folder))

    async def _forget(self, *keys: str) -> None:
        if self.cache is not None:
            await self.cache.delete(*keys)


def _rights(folder: Folder) -> str:
    return f"{folder.acl_object.removeprefix('/')}+acl"
