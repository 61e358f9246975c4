"""Mutation that knows lines and words of the formats, without a look at coverage: for machines without the fuzzer, and
for what it does not come upon, such as one line a thousand times."""

from __future__ import annotations

import random
from collections.abc import Sequence

from tests.fuzz.corpus import WORDS

_WORDS = [word.encode() for word in WORDS]
MAX_OCTETS = 60_000


def mutated(source: random.Random, seeds: Sequence[bytes]) -> bytes:
    """A seed after one to eight changes."""
    data = source.choice(seeds)
    for _ in range(source.choice((1, 1, 1, 2, 2, 3, 5, 8))):
        data = source.choice(_STEPS)(source, data, seeds)[:MAX_OCTETS]
    return data


def _flip(source: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    if not data:
        return b"\0"
    place = source.randrange(len(data))
    return data[:place] + bytes([source.randrange(256)]) + data[place + 1 :]


def _cut(source: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    first, last = sorted(source.randrange(len(data) + 1) for _ in range(2))
    return data[:first] + data[last:] if source.random() < 0.7 else data[:first]


def _word(source: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    place = source.randrange(len(data) + 1)
    return data[:place] + source.choice(_WORDS) + data[place + source.choice((0, 0, 1, 4, 8)) :]


def _number(source: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    place = source.randrange(len(data) + 1)
    number = source.choice((0, 1, -1, 60, 366, 9999, 2**31, -(2**31), 2**63, 10**20, 10**40))
    return data[:place] + str(number).encode() + data[place:]


def _line(source: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """A line of another seed, somewhere."""
    other = source.choice(seeds).split(b"\n")
    lines = data.split(b"\n")
    lines.insert(source.randrange(len(lines) + 1), source.choice(other))
    return b"\n".join(lines)


def _swap(source: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    first, second = (source.randrange(len(lines)) for _ in range(2))
    lines[first], lines[second] = lines[second], lines[first]
    return b"\n".join(lines)


def _many(source: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """A piece of it, again and again."""
    if source.random() < 0.5:
        lines = data.split(b"\n")
        place = source.randrange(len(lines))
        lines[place : place + 1] = [lines[place]] * source.choice((2, 10, 100, 1000))
        return b"\n".join(lines)
    first = source.randrange(len(data) + 1)
    piece = data[first : first + source.choice((1, 2, 8, 40))]
    return data[:first] + piece * source.choice((2, 10, 100, 1000)) + data[first:]


def _join(source: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = source.choice(seeds)
    return data[: source.randrange(len(data) + 1)] + other[source.randrange(len(other) + 1) :]


_STEPS = (_flip, _cut, _word, _word, _number, _line, _swap, _many, _join)
