"""The bounds of the in-process caches."""

from __future__ import annotations

from sogo.store.memory_cache import MemoryCache, TtlMap


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_least_recently_used_entry_goes_first() -> None:
    kept: TtlMap[str, int] = TtlMap(max_entries=2)
    kept.set("a", 1, ttl_seconds=60)
    kept.set("b", 2, ttl_seconds=60)
    assert kept.get("a") == 1
    kept.set("c", 3, ttl_seconds=60)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)


def test_bytes_are_bounded_too() -> None:
    kept: TtlMap[str, str] = TtlMap(max_entries=100, max_bytes=10, weigh=lambda key, value: len(value))
    for name in "abcd":
        kept.set(name, "1234", ttl_seconds=60)
    assert len(kept) == 2
    assert kept.bytes == 8
    kept.set("a", "x" * 11, ttl_seconds=60)
    assert kept.get("a") is None
    kept.clear()
    assert kept.bytes == 0


def test_an_entry_ends_with_its_time_and_leaves_no_bytes() -> None:
    clock = Time()
    kept: TtlMap[str, str] = TtlMap(max_entries=5, max_bytes=50, weigh=lambda key, value: len(value), clock=clock)
    kept.set("a", "1234", ttl_seconds=10)
    clock.now += 9.9
    assert kept.get("a") == "1234"
    clock.now += 0.1
    assert kept.get("a") is None
    assert kept.bytes == 0


async def test_texts_without_a_time_of_their_own_live_the_default_one() -> None:
    clock = Time()
    cache = MemoryCache(default_ttl_seconds=300, clock=clock)
    await cache.set("a", "1")
    await cache.set("b", "2", ttl_seconds=1000)
    clock.now += 301
    assert await cache.get_many(["a", "b"]) == {"b": "2"}
    assert await cache.add("a", "again") is True


async def test_a_flood_of_keys_stays_within_the_bound() -> None:
    cache = MemoryCache(max_entries=10)
    for number in range(1000):
        await cache.set(f"key{number}", "x")
    assert len([1 for number in range(1000) if await cache.get(f"key{number}")]) == 10
