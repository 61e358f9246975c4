"""What a tree of processes has used: CPU from /proc, which is steadier than time, and memory with its shared part divided."""

from __future__ import annotations

import os
import re
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """A process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += children.get(one, [])
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of the tree."""
    total = 0
    for one in tree(pid):
        fields = _stat(one)
        total += int(fields[11]) + int(fields[12]) if fields else 0
    return total / _TICK


def memory_mib(pid: int) -> tuple[float, float]:
    """(RSS, PSS) of the tree, MiB."""
    rss = pss = 0
    for one in tree(pid):
        try:
            text = Path(f"/proc/{one}/smaps_rollup").read_text()
        except OSError:
            continue
        rss += _kib(text, "Rss")
        pss += _kib(text, "Pss")
    return rss / 1024, pss / 1024


def _kib(text: str, name: str) -> int:
    found = re.search(rf"^{name}: +(\d+)", text, re.MULTILINE)
    return int(found[1]) if found else 0


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
