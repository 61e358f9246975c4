"""What a burst of large bodies took goes back to the system: the C library would keep it for the next one."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable

from sogo.http.process import resident_bytes

LOOK_SECONDS = 30.0
SLACK_BYTES = 16 * 1024 * 1024


def _find_malloc_trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    except OSError:
        return None
    return found


_malloc_trim = _find_malloc_trim()


def give_back() -> None:
    """Hand free memory back. Some milliseconds; does nothing where the C library cannot."""
    if _malloc_trim is not None:
        _malloc_trim(0)


class Trimmer:
    """Twice a minute, when there is clearly more than at the first look."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        resident: Callable[[], int] = resident_bytes,
        trim: Callable[[], None] = give_back,
    ) -> None:
        self._clock, self._resident, self._trim = clock, resident, trim
        self._due = float("-inf")
        self._usual_bytes = 0

    def look(self) -> None:
        """To be called often."""
        now = self._clock()
        if now < self._due:
            return
        self._due = now + LOOK_SECONDS
        if not self._usual_bytes:
            self._usual_bytes = self._resident()
        elif self._resident() > self._usual_bytes + SLACK_BYTES:
            self._trim()
