"""Sets of message numbers and UIDs, as ranges: `1:5,7,9:*` (RFC 9051 §9 sequence-set)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sogo.errors import CodecError

STAR = 2**32 - 1
"""`*`, the highest number there is: no UID is larger."""
MAX_RANGES = 500_000


@dataclass(frozen=True, slots=True)
class NumberSet:
    """`ranges` are inclusive, each with its smaller number first, in the order they were written."""

    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, text: str) -> NumberSet:
        """Raises CodecError."""
        parts = text.split(",") if text else []
        if len(parts) > MAX_RANGES:
            raise CodecError("Too many ranges in a set of numbers.")
        return cls(tuple(_range(part) for part in parts))

    @classmethod
    def of(cls, numbers: Iterable[int]) -> NumberSet:
        """Neighbours become ranges."""
        ranges: list[tuple[int, int]] = []
        for number in sorted(set(numbers)):
            if not 0 < number <= STAR:
                raise CodecError("A message number out of range.", excerpt=str(number)[:30])
            if ranges and ranges[-1][1] == number - 1:
                ranges[-1] = (ranges[-1][0], number)
            else:
                ranges.append((number, number))
        return cls(tuple(ranges))

    def render(self) -> str:
        """Raises CodecError for the empty set, which IMAP cannot say."""
        if not self.ranges:
            raise CodecError("An empty set of messages.")
        return ",".join(_number(low) if low == high else f"{_number(low)}:{_number(high)}" for low, high in self.ranges)

    def __contains__(self, number: int) -> bool:
        return any(low <= number <= high for low, high in self.ranges)

    def __len__(self) -> int:
        return sum(high - low + 1 for low, high in self.ranges)

    def numbers(self, *, limit: int) -> Iterator[int]:
        """Each number, in the order written. Raises CodecError when there are more than `limit`."""
        if sum(high - low + 1 for low, high in self.ranges) > limit:
            raise CodecError("A set of more messages than can be.")
        for low, high in self.ranges:
            yield from range(low, high + 1)


def _number(number: int) -> str:
    return "*" if number == STAR else str(number)


def _range(text: str) -> tuple[int, int]:
    first, colon, last = text.partition(":")
    low = _one(first)
    high = _one(last) if colon else low
    return (low, high) if low <= high else (high, low)


def _one(text: str) -> int:
    if text == "*":
        return STAR
    if text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= STAR:
        return int(text)
    raise CodecError("No message number.", excerpt=ascii(text)[:30])
