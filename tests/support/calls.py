"""Counting calls: what something costs, told alike by every machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class TooManyCalls(BaseException):
    """No Exception, so that nothing catches it on the way."""


@contextmanager
def counted(limit: int) -> Iterator[Callable[[], int]]:
    """Raises TooManyCalls in what runs inside once it has made so many calls, of functions in C too."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += 1
        if calls > limit:
            sys.setprofile(None)
            raise TooManyCalls

    sys.setprofile(count)
    try:
        yield lambda: calls
    finally:
        sys.setprofile(None)
