"""The components of an object by the instance they stand for, and what an instance looks like that has none.

A key is text: MASTER, else the moment of RECURRENCE-ID in UTC (a date for whole days), with FUTURE behind it where
RANGE=THISANDFUTURE. So components of two versions meet, however their writers wrote the time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cached_property

from sogo.codec.contentline import Component, Line
from sogo.errors import InvalidData, TooMany
from sogo.model import timezone
from sogo.model.calendar_object import CalendarObject
from sogo.model.caltime import END_OF_TIME, CalTime, Kind, Window, parse_time
from sogo.model.recurrence import ANSWER_STEPS, Budget
from sogo.model.recurrence_set import RecurrenceSet, like_start, utc_text
from sogo.model.series import Series, overlaps
from sogo.model.timing import Timing, time_of, timing

__all__ = ["MASTER", "RULES", "Parts"]

MASTER = ""
FUTURE = "+"
RULES = ("RRULE", "RDATE", "EXDATE", "EXRULE")
_SECOND = dt.timedelta(seconds=1)


class Parts:
    """One version of an object. `components` by key, in the order of the text."""

    def __init__(self, obj: CalendarObject, zone: dt.tzinfo) -> None:
        self.obj, self.zone = obj, zone
        self.zones = timezone.lookup(obj.calendar)
        self._budget = Budget(ANSWER_STEPS)

    @cached_property
    def timing(self) -> Timing | None:
        """Of the master; of an object without one None."""
        master = self.obj.master
        return timing(master, self.zones, self.zone) if master is not None else None

    @property
    def start(self) -> CalTime | None:
        return self.timing.start if self.timing is not None else None

    @cached_property
    def components(self) -> dict[str, Component]:
        return {self.key(component): component for component in self.obj.components}

    @property
    def master(self) -> Component | None:
        return self.obj.master

    def key(self, component: Component) -> str:
        line = component.first("RECURRENCE-ID")
        return self.key_of(line) if line is not None else MASTER

    def key_of(self, line: Line) -> str:
        """The key of a RECURRENCE-ID, or of a line like one; its bare text when it cannot be read."""
        future = FUTURE if (line.param("RANGE") or "").strip().upper() == "THISANDFUTURE" else ""
        try:
            time = parse_time(line.value, tzid=line.param("TZID") or "", zones=self.zones)
        except InvalidData:
            return line.value.strip()[:40] + future
        return self.key_at(time) + future

    def key_at(self, time: CalTime) -> str:
        """The key of the instance at a time."""
        if self.start is not None:
            time = like_start(time, self.start, self.zone)
        return str(time) if time.is_date else utc_text(time.instant(self.zone))

    @cached_property
    def recurrence(self) -> RecurrenceSet | None:
        if self.master is None or self.start is None:
            return None
        return RecurrenceSet.of(self.master, self.start, self.zones, self.zone)

    @property
    def recurs(self) -> bool:
        return self.recurrence is not None and self.recurrence.recurs

    def named_dates(self, component: Component, name: str) -> dict[str, tuple[CalTime, Line]]:
        """The values of EXDATE or RDATE lines by key, each with the line it stands in; unreadable ones left out."""
        found: dict[str, tuple[CalTime, Line]] = {}
        for line in component.all(name):
            tzid = line.param("TZID") or ""
            for value in line.value.split(","):
                try:
                    time = parse_time(value.partition("/")[0], tzid=tzid, zones=self.zones)
                except InvalidData:
                    continue
                found.setdefault(self.key_at(time), (time, line))
        return found

    # --- instances without a component of their own -------------------------------------------------------------------

    def time_of_key(self, key: str) -> CalTime | None:
        """The time a key names, in the form of DTSTART of the series."""
        try:
            time = parse_time(key.rstrip(FUTURE))
        except InvalidData:
            return None
        start = self.start
        if start is None or time.is_date or start.kind is Kind.UTC:
            return time
        zone = start.zone if start.zone is not None else self.zone
        try:
            return start.at(time.instant(self.zone).astimezone(zone).replace(tzinfo=None))
        except (OverflowError, ValueError):
            return time

    def is_instance(self, time: CalTime) -> bool:
        """Whether the rules give this instance. What would cost too much to find out is taken for one."""
        if self.recurrence is None or not self.recurrence.recurs:
            return False
        instant = time.instant(self.zone)
        try:
            window = Window(instant, min(instant + _SECOND, END_OF_TIME))
            return next(iter(self.recurrence.instances(window, limit=10, budget=self._budget)), None) is not None
        except (TooMany, OverflowError):
            return True

    @cached_property
    def _patterns(self) -> dict[bool, Component]:
        """The master without its rules; with attendees, and without."""
        assert self.master is not None
        full = self.master.copy()
        full.remove(*RULES)
        bare = full.copy()
        bare.remove("ATTENDEE")
        return {False: full, True: bare}

    def instance(self, key: str, recurrence_id: Line | None = None, *, is_bare: bool = False) -> Component | None:
        """The component that an instance would have: the master without its rules, moved. `recurrence_id` gives its
        RECURRENCE-ID line; else that is in the form of DTSTART. `is_bare`: without attendees. None when the series has
        no such instance."""
        master, times, time = self.master, self.timing, self.time_of_key(key)
        if master is None or times is None or times.start is None or time is None or not self.is_instance(time):
            return None
        moved = self._patterns[is_bare].copy()
        line = master.first("DTSTART") or master.first("DUE")
        assert line is not None  # what `times.start` was read from
        params = tuple((name, values) for name, values in line.params if name in ("TZID", "VALUE"))
        moved.set(recurrence_id or Line("RECURRENCE-ID", str(time), params=params))
        if times.has_start:
            moved.set(line.with_value(str(time)))
        self._move_the_end(moved, times, time)
        return moved

    def _move_the_end(self, moved: Component, times: Timing, time: CalTime) -> None:
        for name in ("DTEND", "DUE"):
            end = moved.first(name)
            if end is not None:
                ends = times.length.end_of(time, self.zone) if times.has_start else time
                moved.set(end.with_value(str(self._like(ends, end))))

    def _like(self, time: CalTime, line: Line) -> CalTime:
        """The time in the zone of the line it is written to."""
        try:
            own = parse_time(line.value, tzid=line.param("TZID") or "", zones=self.zones)
        except InvalidData:
            return time
        if own.is_date or time.is_date or (own.kind is time.kind and own.tzid == time.tzid):
            return time
        zone = dt.UTC if own.kind is Kind.UTC else own.zone or self.zone
        try:
            return own.at(time.instant(self.zone).astimezone(zone).replace(tzinfo=None))
        except (OverflowError, ValueError):
            return time

    # --- times --------------------------------------------------------------------------------------------------------

    def span(self, component: Component) -> tuple[dt.datetime, dt.datetime] | None:
        """Start and end of a component in UTC; None without a start."""
        times = timing(component, self.zones, self.zone)
        if times.start is None:
            return None
        end = times.length.end_of(times.start, self.zone)
        return times.start.instant(self.zone), end.instant(self.zone)

    def recurrence_id(self, component: Component) -> CalTime | None:
        return time_of(component, "RECURRENCE-ID", self.zones)

    def is_relevant(self, components: Iterable[Component], now: dt.datetime) -> bool:
        """Whether any of it is still to come (scheduling.md §8.1); a task always."""
        items = list(components)
        if any(item.name == "VTODO" for item in items):
            return True
        return overlaps(Series.of(items, self.zones, self.zone), Window(now, END_OF_TIME), limit=1, budget=self._budget)

    @cached_property
    def excluded(self) -> frozenset[str]:
        """The keys of the master's EXDATEs."""
        return frozenset(self.named_dates(self.master, "EXDATE")) if self.master is not None else frozenset()
