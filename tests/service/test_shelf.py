"""A memory that several share stays below its limit, and keeps what is used."""

from __future__ import annotations

import random

from sogo.service.shelf import ENTRY_BYTES, SharedMemory, Shelf


def test_what_was_used_longest_ago_goes_first_on_whichever_shelf() -> None:
    memory = SharedMemory(4 * (ENTRY_BYTES + 100))
    one: Shelf[int, str] = Shelf(memory)
    two: Shelf[int, str] = Shelf(memory)
    for number in range(2):
        assert one.put(number, f"one {number}", 100)
        assert two.put(number, f"two {number}", 100)
    assert one.get(0) == "one 0"
    assert two.put(2, "two 2", 100)
    assert two.get(0) is None
    assert [one.get(0), one.get(1), two.get(1), two.get(2)] == ["one 0", "one 1", "two 1", "two 2"]


def test_what_is_too_large_is_not_remembered_and_moves_nobody_out() -> None:
    memory = SharedMemory(10_000)
    shelf: Shelf[str, bytes] = Shelf(memory)
    assert shelf.put("small", b"", 100)
    assert shelf.put("grows", b"", 100)
    assert not shelf.put("grows", b"", 7_500)
    assert shelf.get("grows") is None, "what stood there is out of date"
    assert shelf.get("small") is not None
    assert memory.bytes == 100 + ENTRY_BYTES


def test_without_room_nothing_is_remembered() -> None:
    memory = SharedMemory(0)
    shelf: Shelf[str, bytes] = Shelf(memory)
    assert not shelf.put("a", b"", 0)
    assert shelf.get("a") is None
    assert memory.bytes == 0


def test_the_sum_is_that_of_what_is_there_whatever_happens() -> None:
    dice, memory = random.Random(7), SharedMemory(20_000)
    shelves: list[Shelf[int, int]] = [Shelf(memory) for _ in range(3)]
    for _ in range(3_000):
        shelf, key = dice.choice(shelves), dice.randrange(20)
        match dice.randrange(4):
            case 0:
                shelf.drop(key)
            case 1:
                shelf.get(key)
            case _:
                size = dice.randrange(3_000)
                shelf.put(key, size, size)
        assert memory.bytes <= 20_000
    there = [size for shelf in shelves for key in range(20) if (size := shelf.get(key)) is not None]
    assert memory.bytes == sum(size + ENTRY_BYTES for size in there)
