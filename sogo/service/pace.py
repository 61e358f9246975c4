"""Long answers are made in slices: between two of them the event loop serves everybody else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sogo.model.folder import Entry

SLICE_SECONDS = 0.01
APART_ABOVE_CHARS = 16 * 1024
"""Objects longer than this are parsed and written outside the event loop."""

P = ParamSpec("P")
T = TypeVar("T")


class Pace:
    """Counts how long one request has had the loop to itself."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    async def breathe(self) -> None:
        """To be called between two pieces of work; gives way when the slice is over."""
        if time.monotonic() - self._since > SLICE_SECONDS:
            await asyncio.sleep(0)
            self._since = time.monotonic()


def is_long(entry: Entry) -> bool:
    """Whether the text of an object is there, and long."""
    return entry.content is not None and len(entry.content) > APART_ABOVE_CHARS


async def maybe_apart(is_long: bool, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it in a thread when it is long, here when it is not."""
    return await asyncio.to_thread(work, *args, **kwargs) if is_long else work(*args, **kwargs)
