"""Whether components, alarms and properties fall into a window of time (RFC 4791 §9.9); `sogo.model.timing` has the
tables for events, tasks and journals.

What cannot be read matches: a client that asks for a month must not lose an object for an odd line in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sogo.codec.contentline import Component, Line
from sogo.codec.davxml.calendar_filter import TimeRange
from sogo.errors import DomainError
from sogo.model.alarm import Trigger, read_trigger
from sogo.model.caltime import BEGINNING, END_OF_TIME, CalTime, Window, ZoneLookup, parse_duration, parse_time
from sogo.model.recurrence import Budget
from sogo.model.series import Series, expand, overlaps
from sogo.model.timing import DAY, Length, duration_length, time_of, timing, undated_task_meets

MAX_OCCURRENCES = 1_000
"""How many occurrences are looked at to find the alarm or the component that matches; with more, one will."""
MAX_REPEATS = 500
_RINGS_A_STEP = 10

_MOMENT = dt.timedelta(seconds=1)
_ZERO = dt.timedelta()
TIMED = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM"})
"""Components that a time-range can be asked of."""


def window_of(span: TimeRange) -> Window:
    """The window of a time-range; open sides reach as far as time does."""
    return Window(max(span.start or BEGINNING, BEGINNING), min(span.end or END_OF_TIME, END_OF_TIME))


@dataclass(frozen=True, slots=True)
class Timeline:
    """The times of one calendar object. `default_zone` reads floating and all-day values; what recurs is looked at for
    as long as `budget` lasts."""

    calendar: Component
    zones: ZoneLookup
    default_zone: dt.tzinfo
    budget: Budget
    _series: dict[tuple[str, str], Series] = field(default_factory=dict)

    # -- reading ---------------------------------------------------------------------------------------------------

    def instant(self, component: Component, name: str) -> dt.datetime | None:
        """A property as a moment, None when it is missing or cannot be read."""
        time = time_of(component, name, self.zones)
        return time.instant(self.default_zone) if time is not None else None

    def series_of(self, component: Component) -> Series:
        """The components of the same kind and UID."""
        key = component.name, component.value("UID") or ""
        if key not in self._series:
            same = [item for item in self.calendar.components(key[0]) if (item.value("UID") or "") == key[1]]
            self._series[key] = Series.of(same, self.zones, self.default_zone)
        return self._series[key]

    # -- components ------------------------------------------------------------------------------------------------

    def overlaps(self, component: Component, window: Window) -> bool:
        """Whether a component, or one of the occurrences it describes, overlaps the window."""
        try:
            if component.name == "VFREEBUSY":
                return self._freebusy_overlaps(component, window)
            series = self.series_of(component)
            if self._describes_others(series, component):
                return self._occurrence_overlaps(series, component, window)
            return self._single_overlaps(component, window)
        except (DomainError, ArithmeticError, ValueError):
            return True

    def _describes_others(self, series: Series, component: Component) -> bool:
        """More than the one happening its own times tell."""
        if component is series.master:
            return series.recurs
        return any(item.component is component for item in series.overrides.rulers)

    def _occurrence_overlaps(self, series: Series, component: Component, window: Window) -> bool:
        """Occurrences that another component describes do not count for this one."""
        if not overlaps(series, window, limit=MAX_OCCURRENCES, budget=self.budget):
            return False
        if not series.overrides.all:
            return True
        found = expand(series, window, limit=MAX_OCCURRENCES, budget=self.budget)
        return any(item.component is component for item in found)

    def _single_overlaps(self, component: Component, window: Window) -> bool:
        times = timing(component, self.zones, self.default_zone)
        if times.start is None:
            if component.name == "VTODO":
                return undated_task_meets(component, window, self.zones, self.default_zone)
            return component.name == "VEVENT"
        begin = times.start.instant(self.default_zone)
        if times.has_start and times.has_due:
            due = self.instant(component, "DUE")
            if due is not None and due < begin:  # no sound task: it is where its index finds it
                return window.start <= due and window.end >= begin
        return times.meets(begin, self._end_of(times.start, times.length), window)

    def _freebusy_overlaps(self, busy: Component, window: Window) -> bool:
        start, end = self.instant(busy, "DTSTART"), self.instant(busy, "DTEND")
        if start is not None and end is not None:
            return window.start <= end and window.end > start
        return any(self.property_overlaps(line, window) for line in busy.all("FREEBUSY"))

    # -- alarms ----------------------------------------------------------------------------------------------------

    def alarm_overlaps(self, alarm: Component, parent: Component, window: Window) -> bool:
        """Whether an alarm rings in the window, at one of the occurrences its parent describes."""
        try:
            trigger = read_trigger(alarm, self.default_zone)
            if trigger is None:
                return True
            rings = list(_repeats(alarm))
            self.budget.spend(1 + len(rings) // _RINGS_A_STEP)
            if trigger.at is None and self._describes_others(self.series_of(parent), parent):
                return self._recurring_alarm(trigger, rings, parent, window)
            first = trigger.rings(*self._bounds(parent))
            return first is not None and _any_within((first + later for later in rings), window)
        except (DomainError, ArithmeticError, ValueError):
            return True

    def _recurring_alarm(self, trigger: Trigger, rings: list[dt.timedelta], parent: Component, window: Window) -> bool:
        earliest, latest = trigger.offset + min(rings), trigger.offset + max(rings)
        around = Window(_shift(window.start, -latest - _MOMENT), _shift(window.end, -earliest + _MOMENT))
        for item in expand(self.series_of(parent), around, limit=MAX_OCCURRENCES, budget=self.budget):
            self.budget.spend(1 + len(rings) // _RINGS_A_STEP)
            if item.component is parent:
                first = trigger.rings(item.start.instant(self.default_zone), item.end.instant(self.default_zone))
                if first is not None and _any_within((first + later for later in rings), window):
                    return True
        return False

    def _bounds(self, component: Component) -> tuple[dt.datetime | None, dt.datetime | None]:
        """Start and end that triggers refer to, DUE for a task."""
        times = timing(component, self.zones, self.default_zone)
        if times.start is None:
            return None, None
        start = times.start.instant(self.default_zone)
        end = self._end_of(times.start, times.length)
        return (start if times.has_start else None), end

    # -- properties ------------------------------------------------------------------------------------------------

    def property_overlaps(self, line: Line, window: Window) -> bool:
        """Whether one of the times or periods of a property lies in the window; a date is its whole day. A property
        that holds no times at all does not match."""
        tzid = line.param("TZID") or ""
        try:
            return any(self._value_overlaps(value, tzid, window) for value in line.value.split(","))
        except (DomainError, ArithmeticError, ValueError):
            return False

    def _value_overlaps(self, value: str, tzid: str, window: Window) -> bool:
        first, slash, last = value.partition("/")
        start = parse_time(first, tzid=tzid, zones=self.zones)
        if slash:
            return _overlap(start.instant(self.default_zone), self._period_end(start, last, tzid), window)
        a_day = Length(nominal=DAY) if start.is_date else Length()
        return _overlap(start.instant(self.default_zone), self._end_of(start, a_day), window)

    def _period_end(self, start: CalTime, text: str, tzid: str) -> dt.datetime:
        """The second half of a PERIOD: a time or a duration."""
        if not text.lstrip("+-").startswith("P"):
            return parse_time(text, tzid=tzid, zones=self.zones).instant(self.default_zone)
        return self._end_of(start, duration_length(text) or Length())

    def _end_of(self, start: CalTime, length: Length) -> dt.datetime:
        return length.end_of(start, self.default_zone).instant(self.default_zone)


def _overlap(start: dt.datetime, end: dt.datetime, window: Window) -> bool:
    if end > start:
        return window.start < end and window.end > start
    return window.start <= start < window.end


def _repeats(alarm: Component) -> Iterator[dt.timedelta]:
    """How long after its trigger an alarm rings: at once, and again for DURATION and REPEAT."""
    yield _ZERO
    count, pause = (alarm.value("REPEAT") or "").strip(), alarm.value("DURATION")
    if pause is None or not (count.isascii() and count.isdecimal()):
        return
    step = parse_duration(pause)
    for turn in range(1, min(int(count[:6]), MAX_REPEATS) + 1):
        yield step * turn


def _any_within(moments: Iterable[dt.datetime], window: Window) -> bool:
    return any(window.start <= moment < window.end for moment in moments)


def _shift(moment: dt.datetime, by: dt.timedelta) -> dt.datetime:
    try:
        return min(max(moment + by, BEGINNING), END_OF_TIME)
    except OverflowError:
        return BEGINNING if by < _ZERO else END_OF_TIME
