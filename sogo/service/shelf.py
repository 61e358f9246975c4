"""Bounded memory of a worker that several shelves share: what anybody used longest ago goes first, on whichever shelf
it lies. So what is asked for stays, be it one large calendar or the answers of many small ones, and no shelf stands
empty while another is too small.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar, cast

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ENTRY_BYTES = 400
"""What anything that is remembered takes beside itself: its key and its place in the order."""


class SharedMemory:
    """Everything that is remembered, the one used longest ago first. Each knows its size; together they stay below
    `limit_bytes`, and none takes more than three quarters of it."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[tuple[int, Hashable], tuple[object, int]] = OrderedDict()
        self._bytes = 0
        self._shelves = 0

    @property
    def bytes(self) -> int:
        return self._bytes

    @property
    def largest_bytes(self) -> int:
        """What one entry may take; nothing where nothing shall be remembered."""
        return self._limit_bytes * 3 // 4

    def new_shelf(self) -> int:
        self._shelves += 1
        return self._shelves

    def get(self, key: tuple[int, Hashable]) -> object | None:
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: tuple[int, Hashable], value: object, size: int) -> bool:
        """Whether it is remembered now; what stood there before is not any more."""
        self.drop(key)
        size += ENTRY_BYTES
        if size > self.largest_bytes:
            return False
        self._kept[key] = (value, size)
        self._bytes += size
        while self._bytes > self._limit_bytes:
            self._bytes -= self._kept.popitem(last=False)[1][1]
        return True

    def drop(self, key: tuple[int, Hashable]) -> None:
        found = self._kept.pop(key, None)
        if found is not None:
            self._bytes -= found[1]


class Shelf(Generic[K, V]):
    """The things of one kind in a shared memory."""

    def __init__(self, memory: SharedMemory) -> None:
        self._memory, self._number = memory, memory.new_shelf()

    def get(self, key: K) -> V | None:
        """What is remembered; asking counts as use."""
        return cast("V | None", self._memory.get((self._number, key)))

    def put(self, key: K, value: V, size: int) -> bool:
        """`size` in bytes, without key. False when it is too large to be remembered; putting it again tells a new
        size."""
        return self._memory.put((self._number, key), value, size)

    def drop(self, key: K) -> None:
        self._memory.drop((self._number, key))
