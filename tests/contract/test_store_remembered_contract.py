"""What the original keeps in memcached of the tables is dropped when we write them: on every database, in both layouts."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sogo.errors import InvalidData
from sogo.model.folder import Folder, FolderKind
from sogo.store.interface import Profile
from sogo.store.memory_cache import MemoryCache
from sogo.store.sql import SqlStore, open_store
from tests.support.stores import Site


@pytest.fixture
def cache() -> MemoryCache:
    return MemoryCache()


@pytest.fixture
async def store(site: Site, cache: MemoryCache) -> AsyncIterator[SqlStore]:
    """One that shares its cache with an original."""
    opened = open_store(site.settings, cache=cache)
    await opened.start()
    yield opened
    await opened.close()


async def _remember(cache: MemoryCache, *keys: str) -> None:
    for key in keys:
        await cache.set(key, "{}")


async def test_new_preferences_drop_both_documents_of_the_user(site: Site, store: SqlStore, cache: MemoryCache) -> None:
    owner = site.fresh_owner()
    keys = [f"{owner}+defaults", f"{owner}+settings", "somebody+settings"]
    await _remember(cache, *keys)
    await store.profiles.update(owner, lambda profile: profile.settings.update(Calendar={}))
    assert set(await cache.get_many(keys)) == {"somebody+settings"}


async def test_preferences_are_dropped_even_if_the_write_was_refused(
    site: Site, store: SqlStore, cache: MemoryCache
) -> None:
    """The connection may break after the commit: a copy too many costs a query, one too few an edit."""
    owner = site.fresh_owner()
    await _remember(cache, f"{owner}+settings")

    def refuse(profile: Profile) -> None:
        raise InvalidData("no", rule="")

    with pytest.raises(InvalidData):
        await store.profiles.update(owner, refuse)
    assert await cache.get(f"{owner}+settings") is None


async def test_a_removed_folder_takes_its_record_and_its_rights_along(
    site: Site, store: SqlStore, cache: MemoryCache
) -> None:
    owner = site.fresh_owner()
    folder = await store.folders.create_folder(owner, FolderKind.CALENDAR, "work", "Work")
    keys = [f"/Users/{owner}/Calendar/work", f"{owner}/Calendar/work+acl"]
    await _remember(cache, *keys)
    await store.folders.remove_folder(folder)
    assert await cache.get_many(keys) == {}


async def test_a_folder_made_again_is_not_taken_for_the_one_before(
    site: Site, store: SqlStore, cache: MemoryCache
) -> None:
    owner = site.fresh_owner()
    path = Folder(0, owner, FolderKind.CONTACTS, "friends", "").path
    await _remember(cache, path)
    await store.folders.create_folder(owner, FolderKind.CONTACTS, "friends", "Friends")
    assert await cache.get(path) is None


async def test_new_rights_drop_what_was_worked_out_from_the_old(
    site: Site, store: SqlStore, cache: MemoryCache
) -> None:
    owner = site.fresh_owner()
    folder = await store.folders.create_folder(owner, FolderKind.CALENDAR, "work", "Work")
    key = f"{owner}/Calendar/work+acl"
    await _remember(cache, key)
    await store.acl.set_roles(folder, "ben", ["PublicViewer"])
    assert await cache.get(key) is None
    await _remember(cache, key)
    await store.acl.remove(folder, ["ben"])
    assert await cache.get(key) is None
