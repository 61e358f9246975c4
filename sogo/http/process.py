"""What the kernel says about this process: resident memory and open files. Linux; elsewhere the answers are 0."""

from __future__ import annotations

import os
import time

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_FDS_FRESH_SECONDS = 1.0


def resident_bytes() -> int:
    """Resident memory now. Some microseconds: it is asked once or twice per request."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE_BYTES
    except OSError:
        return 0


class OpenFiles:
    """The number of open files, counted at most once a second: with many connections counting is not cheap."""

    def __init__(self) -> None:
        self._counted = 0
        self._fresh_until = 0.0

    def count(self) -> int:
        now = time.monotonic()
        if now >= self._fresh_until:
            self._fresh_until = now + _FDS_FRESH_SECONDS
            try:
                self._counted = len(os.listdir("/proc/self/fd")) - 1
            except OSError:
                self._counted = 0
        return self._counted
