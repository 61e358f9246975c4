"""Looks for inputs whose time grows faster than their size: a piece of a seed, or a word, again and again.

Each candidate is tried at a size and at four times that size. What grows with its square takes sixteen times as long;
that is a finding, once it takes long enough to be no noise.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence

from tests.fuzz.corpus import WORDS
from tests.fuzz.targets import TARGETS, Target, run

SMALL_OCTETS, FACTOR = 16_000, 4
MAX_RATIO = 8.0
NOISE_SECONDS = 0.1
_WORDS = [word.encode() for word in WORDS] + [bytes([octet]) for octet in b"\"';:,=<>()[]{}&%\\^\t \r\n\0/*#-+.@"]
Make = Callable[[int], bytes]


def candidate(source: random.Random, seeds: Sequence[bytes]) -> Make:
    """A function from a number of repetitions' octets to an input."""
    data = source.choice(seeds)
    lines = data.split(b"\n")
    place = source.randrange(len(lines))
    piece = source.choice((
        lines[place] + b"\n",
        b"\n".join(lines[place : place + source.choice((2, 3, 6, 12))]) + b"\n",
        source.choice(_WORDS),
        source.choice(_WORDS) + source.choice(_WORDS),
        data[(start := source.randrange(len(data) + 1)) : start + source.choice((1, 3, 10, 30))] or b"x",
    ))  # fmt: skip
    cut = source.choice((sum(len(line) + 1 for line in lines[:place]), source.randrange(len(data) + 1)))
    numbered = source.random() < 0.3  # pieces that are all different, as UIDs and names would be
    tail = data[cut:] if source.random() < 0.8 else b""

    def make(octets: int) -> bytes:
        count = octets // (len(piece) + 6 * numbered) + 1
        if not numbered:
            return data[:cut] + piece * count + tail
        end = piece.rstrip(b"\r\n")
        return data[:cut] + b"".join(end + b"%d" % number + piece[len(end) :] for number in range(count)) + tail

    return make


def seconds(target: Target, data: bytes) -> float:
    began = time.process_time()
    run(target, data)
    return time.process_time() - began


def too_fast(target: Target, make: Make) -> float | None:
    """How many times as long the larger input takes, where that is too much."""
    large = seconds(target, make(SMALL_OCTETS * FACTOR))
    if large < NOISE_SECONDS * FACTOR:
        return None
    small = min(seconds(target, make(SMALL_OCTETS)) for _ in range(2))
    large = min(large, seconds(target, make(SMALL_OCTETS * FACTOR)))
    ratio = large / max(small, 0.002)
    return ratio if ratio > MAX_RATIO else None


def look(name: str, seeds: Sequence[bytes], budget_seconds: float, seed: int) -> list[tuple[float, bytes]]:
    """(ratio, the larger input) of what was found."""
    source, found, count = random.Random(seed), list[tuple[float, bytes]](), 0
    until = time.monotonic() + budget_seconds
    while time.monotonic() < until:
        make = candidate(source, seeds)
        count += 1
        ratio = too_fast(TARGETS[name], make)
        if ratio is not None:
            found.append((ratio, make(SMALL_OCTETS * FACTOR)))
    print(f"{name}: {count} ways to grow", flush=True)
    return found
