"""What a recurrence rule generates (RFC 5545 §3.3.10, §3.8.5.3), within a bounded amount of work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sogo.model.caltime import CalTime, Window
from sogo.model.recurrence_rule import Freq, Rule

__all__ = ["Freq", "Rule", "nth", "occurrences"]


def occurrences(
    rule: Rule, start: CalTime, *, window: Window, default_zone: dt.tzinfo, limit: int
) -> Iterator[CalTime]:
    """The instances that begin within the window, in order."""
    yield from ()


def nth(rule: Rule, start: CalTime, count: int, *, default_zone: dt.tzinfo) -> CalTime | None:
    """The count-th instance (the first is `start`), or None when the rule ends before."""
    return start if count == 1 else None
