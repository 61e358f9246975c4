"""What every Cache does: in this process, and on a real memcached."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from sogo.store.interface import Cache
from sogo.store.memcached import MemcachedCache, MemcachedSettings
from sogo.store.memory_cache import MemoryCache


@pytest.fixture(params=["memory", pytest.param("memcached", marks=pytest.mark.services)])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    if request.param == "memory":
        made: Cache = MemoryCache()
    else:
        port = request.getfixturevalue("memcached_server").port
        made = MemcachedCache(MemcachedSettings(f"127.0.0.1:{port}", timeout_seconds=5))
    yield made
    await made.close()


@pytest.fixture
def key() -> str:
    return f"{uuid.uuid4().hex}@example.com+attributes"


async def test_what_was_set_is_got(cache: Cache, key: str) -> None:
    assert await cache.get(key) is None
    await cache.set(key, '{"cn": "Zoë ☃ 🎉"}')
    assert await cache.get(key) == '{"cn": "Zoë ☃ 🎉"}'
    await cache.set(key, "")
    assert await cache.get(key) == ""


async def test_many_are_got_at_once_and_missing_ones_left_out(cache: Cache, key: str) -> None:
    await cache.set(key + "1", "one")
    await cache.set(key + "2", "two")
    assert await cache.get_many([key + "1", key + "2", key + "3"]) == {key + "1": "one", key + "2": "two"}
    assert await cache.get_many([]) == {}


async def test_add_only_sets_what_is_absent(cache: Cache, key: str) -> None:
    assert await cache.add(key, "first") is True
    assert await cache.add(key, "second") is False
    assert await cache.get(key) == "first"


async def test_add_lets_one_of_many_win(cache: Cache, key: str) -> None:
    answers = await asyncio.gather(*(cache.add(key, str(number)) for number in range(20)))
    assert answers.count(True) == 1


async def test_deleted_keys_are_gone_and_unknown_ones_no_error(cache: Cache, key: str) -> None:
    await cache.set(key, "x")
    await cache.set(key + "2", "x")
    await cache.delete(key, key + "2", key + "never")
    assert await cache.get_many([key, key + "2"]) == {}
    await cache.delete()


async def test_an_entry_ends_after_its_time(cache: Cache, key: str) -> None:
    await cache.set(key, "x", ttl_seconds=0.2)
    assert await cache.get(key) == "x"
    async with asyncio.timeout(5):
        while await cache.get(key) is not None:
            await asyncio.sleep(0.05)


async def test_a_time_that_is_over_drops_the_entry(cache: Cache, key: str) -> None:
    await cache.set(key, "x")
    await cache.set(key, "y", ttl_seconds=0)
    assert await cache.get(key) is None
    assert await cache.add(key, "y", ttl_seconds=-1) is False


async def test_a_time_beyond_a_month_is_kept(cache: Cache, key: str) -> None:
    await cache.set(key, "x", ttl_seconds=90 * 24 * 3600)
    assert await cache.get(key) == "x"


@pytest.mark.parametrize(
    "odd",
    [
        "with blank",
        "line\r\nget x",
        "nul\0",
        "tab\t",
        "ünïcode+attributes",
        "x" * 5000,
        "é" * 200,
        "",
        "\x7f",
        "  ",
        "\ud800",
    ],
)
async def test_odd_keys_are_only_keys(cache: Cache, key: str, odd: str) -> None:
    await cache.set(key + odd, "mine")
    await cache.set(key + odd + "!", "other")
    assert await cache.get(key + odd) == "mine"
    assert (await cache.get_many([key + odd]))[key + odd] == "mine"


async def test_a_huge_value_is_a_miss_and_not_the_old_one(cache: Cache, key: str) -> None:
    await cache.set(key, "old")
    await cache.set(key, "x" * 40_000_000)
    assert await cache.get(key) is None
    await cache.set(key, "small again")
    assert await cache.get(key) == "small again"


async def test_values_that_look_like_the_protocol_come_back(cache: Cache, key: str) -> None:
    await cache.set(key, "END\r\nVALUE x 0 1\r\n")
    assert await cache.get(key) == "END\r\nVALUE x 0 1\r\n"


async def test_many_at_once(cache: Cache, key: str) -> None:
    await asyncio.gather(*(cache.set(f"{key}{number}", str(number)) for number in range(100)))
    found = await asyncio.gather(*(cache.get(f"{key}{number}") for number in range(100)))
    assert found == [str(number) for number in range(100)]
