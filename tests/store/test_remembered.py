"""What the original remembers is deleted twice: it may have read the row just before our commit."""

from __future__ import annotations

import asyncio

from sogo.model.folder import Folder, FolderKind
from sogo.store.memory_cache import MemoryCache
from sogo.store.sql.remembered import Remembered

FOLDER = Folder(7, "ada", FolderKind.CALENDAR, "my work", "Work")


async def test_a_copy_that_came_back_from_before_the_commit_goes_too() -> None:
    cache = MemoryCache()
    remembered = Remembered(cache, again_seconds=0.05)
    await remembered.forget_profile("ada")
    await remembered.forget_folder(FOLDER)
    late = {"ada+defaults": "old", "ada+settings": "old", FOLDER.path: "old", "ada/Calendar/my work+acl": "old"}
    for key, value in late.items():
        await cache.set(key, value)
    async with asyncio.timeout(10):
        while await cache.get_many(list(late)):
            await asyncio.sleep(0.01)


async def test_a_copy_from_after_that_stays() -> None:
    cache = MemoryCache()
    remembered = Remembered(cache, again_seconds=0.01)
    await remembered.forget_rights(FOLDER)
    async with asyncio.timeout(10):
        while remembered.is_busy:
            await asyncio.sleep(0.01)
    await cache.set("ada/Calendar/my work+acl", "new")
    await asyncio.sleep(0.05)
    assert await cache.get("ada/Calendar/my work+acl") == "new"


async def test_where_nothing_is_shared_nothing_is_deleted() -> None:
    remembered = Remembered()
    await remembered.forget_profile("ada")
    assert not remembered.is_busy
