"""What /readyz asks and /metrics samples."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from sogo.errors import CacheUnavailable
from sogo.server.observing import database_probes, needed_probes, samplers, spare_probes
from sogo.store.memcached import MemcachedCache, MemcachedSettings
from sogo.store.memory_cache import MemoryCache
from sogo.store.sql.dialects.base import PoolSettings
from sogo.store.sql.engine import Databases
from sogo.store.sql.settings import StoreSettings
from sogo.store.sql.url import DatabaseUrl
from tests.support.people import Book


def url(file: str, table: str) -> DatabaseUrl:
    return DatabaseUrl.parse(f"sqlite:////nowhere/{file}.db/{table}")


@pytest.fixture
def dead_memcached() -> MemcachedCache:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return MemcachedCache(MemcachedSettings(f"127.0.0.1:{port}", timeout_seconds=5))


def test_each_database_is_asked_once_under_its_first_name() -> None:
    together = StoreSettings(profile_url=url("a", "p"), folder_info_url=url("a", "f"))
    assert list(database_probes(together, Databases())) == ["store"]
    apart = StoreSettings(
        profile_url=url("p", "p"), folder_info_url=url("a", "f"), store_url=url("a", "s"), acl_url=url("c", "acl")
    )
    assert list(database_probes(apart, Databases())) == ["store", "profile", "acl"]


def test_sources_that_people_log_in_by_are_needed_and_others_are_not(dead_memcached: MemcachedCache) -> None:
    people, book = Book("people", []), Book("book", [])
    people.can_authenticate, book.can_authenticate = True, False
    settings = StoreSettings(profile_url=url("a", "p"), folder_info_url=url("a", "f"))
    assert list(needed_probes(settings, Databases(), [people, book])) == ["store", "source people"]
    assert list(spare_probes([people, book], MemoryCache())) == ["source book"]
    assert list(spare_probes([people, book], dead_memcached)) == ["source book", "memcached"]


async def test_connections_are_counted_by_database_and_state(tmp_path: Path) -> None:
    databases = Databases(PoolSettings())
    engine = databases.engine(DatabaseUrl.parse(f"sqlite:///{tmp_path}/a.db/t"))
    connections, waiting, _ = samplers(databases, MemoryCache())
    name = str(engine.url)
    async with engine.session():
        others = asyncio.ensure_future(engine.execute("CREATE TABLE t (a INTEGER)"))
        await asyncio.sleep(0)
        assert connections.ask() == {(name, "in_use"): 1, (name, "idle"): 0}
        assert waiting.ask() == {(name,): 1}
    await others
    assert connections.ask() == {(name, "in_use"): 0, (name, "idle"): 1}
    assert waiting.ask() == {(name,): 0}
    await databases.close()


async def test_a_memcached_that_is_away_is_told_and_its_failures_are_counted(dead_memcached: MemcachedCache) -> None:
    *_, faults = samplers(Databases(), dead_memcached)
    assert faults.ask() == {(): 0}
    with pytest.raises(CacheUnavailable):
        await dead_memcached.probe()
    assert faults.ask() == {(): 1}
    await dead_memcached.close()
