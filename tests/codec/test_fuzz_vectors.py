"""Whatever fuzzing found once, and hostile octets made by hand, through everything that reads octets of strangers.

`scripts/fuzz` looks for more. Time is counted in calls, not seconds: the same on every machine.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fuzz.corpus import found, seeds
from tests.fuzz.growth import candidate
from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS, run
from tests.support.calls import TooManyCalls, counted

MAX_CALLS, MAX_CALLS_AN_OCTET = 1_500_000, 60


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("path", found(), ids=lambda path: path.name)
def test_what_was_found_once_is_read_or_refused_in_bounded_time(path: Path, target: str) -> None:
    data = path.read_bytes()
    with counted(MAX_CALLS + MAX_CALLS_AN_OCTET * len(data)):
        run(TARGETS[target], data)


@pytest.mark.parametrize("target", TARGETS)
def test_mutations_of_what_clients_send_are_read_or_refused(target: str) -> None:
    """A few hundred of the millions that `scripts/fuzz` tries, always the same."""
    source, starts = random.Random(f"mutated {target}"), list(seeds(target))
    for _ in range(150):
        run(TARGETS[target], mutated(source, starts)[:20_000])


@pytest.mark.parametrize("target", TARGETS)
def test_twice_as_long_is_not_four_times_the_work(target: str) -> None:
    source, starts = random.Random(f"growth {target}"), [data for data in seeds(target) if len(data) < 2_000]
    for _ in range(20):
        make = candidate(source, starts)
        costs = []
        for octets in (2_000, 8_000):
            with counted(20_000_000) as calls:
                run(TARGETS[target], make(octets))
            costs.append(calls())
        assert costs[1] < 8 * costs[0] + 100_000, make(2_000)[:300]


def test_a_reader_that_fails_or_does_not_end_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(data: bytes) -> None:
        while True:
            len(data)

    with pytest.raises(TooManyCalls), counted(1_000):
        run(endless, b"")
    with pytest.raises(ZeroDivisionError):
        run(lambda data: print(1 // len(data)), b"")
