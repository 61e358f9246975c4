"""From when to when a component lasts, the way the quick tables count it (store.md §7.2).

Dates are their midnight in UTC and floating times are read as UTC, whatever the owner's zone: the quick columns of
SOGo hold them so, and every reader shifts them on its own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line
from sogo.errors import InvalidData
from sogo.model.caltime import UTC, CalTime, ZoneLookup, parse_duration, read_time

DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """`start` as written; `begin` and `end` (exclusive, never before `begin`) in UTC."""

    start: CalTime
    begin: dt.datetime
    end: dt.datetime

    @property
    def length(self) -> dt.timedelta:
        return self.end - self.begin


def moment(time: CalTime) -> dt.datetime:
    """The instant under which the quick tables know a time."""
    return time.instant(UTC)


def time_of(component: Component, name: str, zones: ZoneLookup) -> CalTime | None:
    """The first property of this name as a time, None when it is missing or cannot be read."""
    return read_or_none(component.first(name), zones)


def read_or_none(line: Line | None, zones: ZoneLookup) -> CalTime | None:
    try:
        return read_time(line, zones) if line is not None else None
    except InvalidData:
        return None


def duration_of(component: Component) -> dt.timedelta | None:
    """DURATION, None when it is missing or cannot be read."""
    try:
        return parse_duration(component.value("DURATION") or "")
    except InvalidData:
        return None


def span(component: Component, zones: ZoneLookup) -> Span | None:
    """The span of an event or journal; None without a start. RFC 5545 §3.6.1: without DTEND and DURATION a date lasts
    its day, a time no time at all. Days last one at least, whatever DTEND says."""
    start = time_of(component, "DTSTART", zones)
    if start is None:
        return None
    begin = moment(start)
    try:
        least = begin + DAY if start.is_date else begin
        return Span(start, begin, max(least, _end(component, start, zones)))
    except OverflowError:
        return Span(start, begin, begin)


def _end(component: Component, start: CalTime, zones: ZoneLookup) -> dt.datetime:
    end = time_of(component, "DTEND", zones)
    if end is not None:
        return moment(end)
    return moment(start) + (duration_of(component) or dt.timedelta())
