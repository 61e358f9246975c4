"""From when to when a component lasts (RFC 5545 §3.6.1-3.6.3), and whether that meets a window (RFC 4791 §9.9).

Tolerant of what clients store: an end before the start counts as none, a date lasts at least its day, an end of the
other kind (date or time) is taken as if it were of the kind of the start.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sogo.codec.contentline import Component
from sogo.errors import InvalidData
from sogo.model.caltime import UTC, CalTime, Kind, Window, ZoneLookup, parse_duration, read_time

NOTHING = dt.timedelta()
DAY = dt.timedelta(days=1)
_LAST = dt.datetime(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Length:
    """How long an instance lasts: `nominal` days by the calendar, then `exact` time by the clock (RFC 5545 §3.3.6).
    The end is written in the kind and zone of `like`, of the start when None."""

    nominal: dt.timedelta = NOTHING
    exact: dt.timedelta = NOTHING
    like: CalTime | None = None

    @property
    def reach(self) -> dt.timedelta:
        """An upper bound of the time between start and end; days may be longer where the clock is set back."""
        return self.nominal + self.exact + (DAY if self.nominal else NOTHING)

    def end_of(self, start: CalTime, default_zone: dt.tzinfo) -> CalTime:
        """Where an instance with this start ends; at the end of time if it would end later."""
        try:
            end = start.at(start.local + self.nominal)
            if start.kind is Kind.ZONED:
                return self._by_clock(end, default_zone) if self.exact or self.like else end
            return end.at(end.local + self.exact)
        except (OverflowError, ValueError):
            return start.at(_LAST)

    def _by_clock(self, start: CalTime, default_zone: dt.tzinfo) -> CalTime:
        like = self.like if self.like is not None else start
        zone = UTC if like.kind is Kind.UTC else like.zone or default_zone
        return like.at((start.instant(default_zone) + self.exact).astimezone(zone).replace(tzinfo=None))


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of one component. `start` is where its recurrence begins: DTSTART, for a task without it DUE; None when
    it has neither. `has_due` and `has_duration` tell what ends it, of a task; `has_start` whether it has DTSTART."""

    kind: str
    start: CalTime | None
    length: Length
    has_start: bool = True
    has_due: bool = False
    has_duration: bool = False

    def meets(self, begin: dt.datetime, end: dt.datetime, window: Window) -> bool:
        """Whether an instance from `begin` to `end` (UTC) overlaps the window, by the tables of RFC 4791 §9.9."""
        if self.kind == "VTODO":
            return self._task_meets(begin, end, window)
        if end > begin:
            return window.start < end and window.end > begin
        return window.start <= begin < window.end

    def _task_meets(self, begin: dt.datetime, end: dt.datetime, window: Window) -> bool:
        if not self.has_start:
            return window.start < end and window.end >= end
        if self.has_due:
            return (window.start < end or window.start <= begin) and (window.end > begin or window.end >= end)
        if self.has_duration:
            return window.start <= end and (window.end > begin or window.end >= end)
        return window.start <= begin < window.end


def timing(component: Component, zones: ZoneLookup, default_zone: dt.tzinfo) -> Timing:
    """Read the times of a VEVENT, VTODO or VJOURNAL. Values that cannot be read count as missing."""
    is_task = component.name == "VTODO"
    start = time_of(component, "DTSTART", zones)
    end = time_of(component, "DUE" if is_task else "DTEND", zones)
    if start is None:
        has_due = is_task and end is not None
        return Timing(component.name, end if is_task else None, Length(), has_start=False, has_due=has_due)
    duration = _duration(component)
    if end is not None:
        length = _between(start, end, default_zone)
    elif duration is not None:
        length = duration
    else:
        length = Length(nominal=DAY if start.is_date and not is_task else NOTHING)
    if start.is_date:
        length = _whole_days(length, DAY if not is_task else NOTHING)
    return Timing(component.name, start, length, True, end is not None, end is None and duration is not None)


def time_of(component: Component, name: str, zones: ZoneLookup) -> CalTime | None:
    """The first property of this name as a time; None when there is none that can be read."""
    line = component.first(name)
    if line is None:
        return None
    try:
        return read_time(line, zones)
    except InvalidData:
        return None


def _duration(component: Component) -> Length | None:
    value = component.value("DURATION")
    return duration_length(value) if value is not None else None


def duration_length(value: str) -> Length | None:
    """A DURATION as days by the calendar and time by the clock; a negative one is nothing. None when unreadable."""
    try:
        total = parse_duration(value)
        days, _, _ = value.strip().upper().partition("T")
        nominal = parse_duration(days) if days.strip("+-P") else NOTHING
    except InvalidData:
        return None
    return Length(nominal, total - nominal) if total > NOTHING else Length()


def _between(start: CalTime, end: CalTime, default_zone: dt.tzinfo) -> Length:
    """The same exact duration for every instance, when it is told by an end (RFC 5545 §3.8.5.3)."""
    if start.is_date != end.is_date:
        end = start.at(end.local)
    if start.kind in (Kind.DATE, Kind.FLOATING) and start.kind is end.kind:
        return Length(exact=max(NOTHING, end.local - start.local))
    exact = max(NOTHING, end.instant(default_zone) - start.instant(default_zone))
    return Length(exact=exact, like=None if _same_zone(start, end) else end)


def _same_zone(start: CalTime, end: CalTime) -> bool:
    return start.kind is end.kind and start.tzid == end.tzid


def _whole_days(length: Length, least: dt.timedelta) -> Length:
    total = length.nominal + length.exact
    days = -(-total // DAY)
    return Length(nominal=max(least, days * DAY))


def undated_task_meets(task: Component, window: Window, zones: ZoneLookup, default_zone: dt.tzinfo) -> bool:
    """The last four rows of the VTODO table: a task without DTSTART and DUE lies between CREATED and COMPLETED."""
    completed = time_of(task, "COMPLETED", zones)
    created = time_of(task, "CREATED", zones)
    if created is None and completed is None:
        return True
    if completed is None and created is not None:
        return window.end > created.instant(default_zone)
    assert completed is not None
    done = completed.instant(default_zone)
    made = created.instant(default_zone) if created is not None else done
    return (window.start <= made or window.start <= done) and (window.end >= made or window.end >= done)
