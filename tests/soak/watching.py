"""What the processes and the database have, every few seconds, and whether that stays where it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.machine import memory_mib

MAX_GROWTH_MIB_PER_HOUR = 30.0
"""Of a worker, over the second half; what is remembered is bounded, and filled by then."""
WARM_SECONDS = 1_100
"""Of a shorter run, memory tells nothing: a worker still grows by a few MiB for about a quarter of an hour."""
MAX_MORE_FILES = 10
_ALARMING = re.compile(
    r"Traceback \(most recent call last\)|exception was never retrieved|Unhandled|was never awaited|CRITICAL"
)


@dataclass(frozen=True)
class Sample:
    """`pss`, `files` and `threads` by worker; MiB and counts. `connections` are those of the database."""

    seconds: float
    pss: dict[int, float]
    files: dict[int, int]
    threads: dict[int, int]
    connections: int

    def line(self) -> str:
        memory = " ".join(
            f"{pid}:{size:.1f}MiB/{self.files[pid]}fd/{self.threads[pid]}thr" for pid, size in self.pss.items()
        )
        return f"{self.seconds:6.0f} s  {memory}  {self.connections} SQL connections"


def sample(seconds: float, workers: Sequence[int], connections: int) -> Sample:
    alive = [pid for pid in workers if Path(f"/proc/{pid}/fd").exists()]
    return Sample(
        seconds,
        {pid: memory_mib(pid)[1] for pid in alive},
        {pid: len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in alive},
        {pid: len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in alive},
        connections,
    )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Least squares, units an hour."""
    count = len(points)
    x, y = sum(point[0] for point in points) / count, sum(point[1] for point in points) / count
    spread = sum((point[0] - x) ** 2 for point in points)
    return 3600 * sum((one - x) * (two - y) for one, two in points) / spread if spread else 0.0


def complaints(samples: Sequence[Sample], workers: Sequence[int]) -> list[str]:
    """What is not flat over the second half."""
    half = [one for one in samples if one.seconds >= samples[-1].seconds / 2]
    found = []
    for pid in workers:
        seen = [one for one in half if pid in one.pss]
        if len(seen) != len(half):
            found.append(f"worker {pid} ended")
            continue
        grown = slope([(one.seconds, one.pss[pid]) for one in seen])
        print(
            f"worker {pid}: {seen[0].pss[pid]:.1f} -> {seen[-1].pss[pid]:.1f} MiB over the second half, {grown:+.1f} MiB/h"
        )
        if grown > MAX_GROWTH_MIB_PER_HOUR and samples[-1].seconds >= WARM_SECONDS:
            found.append(f"worker {pid} grows by {grown:.1f} MiB an hour")
        more = seen[-1].files[pid] - min(one.files[pid] for one in seen)
        if more > MAX_MORE_FILES and seen[-1].files[pid] > max(one.files[pid] for one in samples[: len(samples) // 2]):
            found.append(f"worker {pid} has {more} more files open than before")
    return found


def alarming_lines(log: Path) -> list[str]:
    """What an orderly day leaves out of the log, with the line after it."""
    lines = log.read_text(errors="replace").splitlines()
    return [" | ".join(lines[max(0, n - 1) : n + 1]) for n, line in enumerate(lines) if _ALARMING.search(line)]
