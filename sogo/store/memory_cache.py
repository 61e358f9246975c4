"""Caches inside one process: `TtlMap` for values of any kind, `MemoryCache` for the texts of `interface.Cache`.

`MemoryCache` serves a site of one worker, or one without memcached, where each worker then knows only its own.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

Monotonic = Callable[[], float]
"""Seconds that only grow, such as time.monotonic."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TtlMap(Generic[K, V]):
    """A mapping whose entries end after their time, and the least recently used ones before that when it is full.

    `weigh` gives the bytes of an entry; without it only their number is bounded. Not for several threads.
    """

    def __init__(
        self,
        *,
        max_entries: int,
        max_bytes: int | None = None,
        weigh: Callable[[K, V], int] | None = None,
        clock: Monotonic = time.monotonic,
    ) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._weigh = weigh or (lambda key, value: 0)
        self._clock = clock
        self._entries: OrderedDict[K, tuple[V, float, int]] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        found = self._entries.get(key)
        if found is None:
            return None
        value, ends, _ = found
        if ends <= self._clock():
            self.pop(key)
            return None
        self._entries.move_to_end(key)
        return value

    def set(self, key: K, value: V, *, ttl_seconds: float) -> None:
        """Keep a value. One that ended already, or alone is larger than the whole map, only drops the old one."""
        self.pop(key)
        weight = self._weigh(key, value)
        if ttl_seconds <= 0 or (self._max_bytes is not None and weight > self._max_bytes):
            return
        self._entries[key] = (value, self._clock() + ttl_seconds, weight)
        self.bytes += weight
        while len(self._entries) > self._max_entries or (self._max_bytes is not None and self.bytes > self._max_bytes):
            self.pop(next(iter(self._entries)))

    def pop(self, key: K) -> V | None:
        """Forget an entry; gives its value, ended or not."""
        found = self._entries.pop(key, None)
        if found is None:
            return None
        self.bytes -= found[2]
        return found[0]

    def clear(self) -> None:
        self._entries.clear()
        self.bytes = 0


class MemoryCache:
    """`interface.Cache` in this process. A text without its own TTL lives `default_ttl_seconds`."""

    def __init__(
        self,
        *,
        max_entries: int = 20_000,
        max_bytes: int = 32 * 1024 * 1024,
        default_ttl_seconds: float = 300,
        clock: Monotonic = time.monotonic,
    ) -> None:
        self._default_ttl_seconds = default_ttl_seconds
        self._texts: TtlMap[str, str] = TtlMap(
            max_entries=max_entries,
            max_bytes=max_bytes,
            weigh=lambda key, value: 4 * (len(key) + len(value)),  # a character takes at most four bytes
            clock=clock,
        )

    async def get(self, key: str) -> str | None:
        return self._texts.get(key)

    async def get_many(self, keys: Sequence[str]) -> dict[str, str]:
        return {key: text for key in keys if (text := self._texts.get(key)) is not None}

    async def set(self, key: str, value: str, *, ttl_seconds: float | None = None) -> None:
        ttl = self._default_ttl_seconds if ttl_seconds is None else ttl_seconds
        self._texts.set(key, value, ttl_seconds=ttl)

    async def add(self, key: str, value: str, *, ttl_seconds: float | None = None) -> bool:
        if self._texts.get(key) is not None:
            return False
        await self.set(key, value, ttl_seconds=ttl_seconds)
        return self._texts.get(key) is not None

    async def delete(self, *keys: str) -> None:
        for key in keys:
            self._texts.pop(key)

    async def close(self) -> None:
        self._texts.clear()
