"""When an alarm rings: VALARM triggers (RFC 5545 §3.6.6, §3.8.6.3) and c_nextalarm of the quick table (store.md §7.5).

Alarms of the server are those a person sees or hears: ACTION DISPLAY or AUDIO. Of these only the first of a component
counts, as in the original; its `X-WEBSTATUS=triggered` says that a web client has shown it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sogo.codec.contentline import Component
from sogo.errors import DomainError, InvalidData, TooMany
from sogo.model.caltime import CalTime, Window, ZoneLookup, parse_duration, parse_time
from sogo.model.cycle import is_recurring
from sogo.model.quick_value import epoch
from sogo.model.series import Occurrence, Series, expand
from sogo.model.span import DAY, duration_of, time_of

NOT_BEFORE = dt.timedelta(seconds=60)
HORIZONS = (2 * DAY, 60 * DAY, 731 * DAY)
"""How far ahead the alarms of a series are looked for: near first, since most series ring soon."""
MAX_OCCURRENCES = 2_000


@dataclass(frozen=True, slots=True)
class Trigger:
    """Either absolute (`at`) or `offset` from the start, or from the end when `from_end`."""

    at: dt.datetime | None
    offset: dt.timedelta
    from_end: bool
    shown: bool

    def rings(self, start: dt.datetime | None, end: dt.datetime | None) -> dt.datetime | None:
        """The moment in UTC, None when what it refers to is missing."""
        if self.at is not None:
            return self.at
        base = end if self.from_end else start
        try:
            return base + self.offset if base is not None else None
        except OverflowError:
            return None


def shown_alarm(component: Component) -> Component | None:
    """The first alarm that a person sees or hears."""
    return next(
        (
            alarm
            for alarm in component.components("VALARM")
            if (alarm.value("ACTION") or "").strip().upper() in ("DISPLAY", "AUDIO")
        ),
        None,
    )


def read_trigger(alarm: Component, default_zone: dt.tzinfo) -> Trigger | None:
    """The trigger of a VALARM, None when it has none that can be read. An absolute time is taken with or without
    VALUE=DATE-TIME, and without `Z` in `default_zone`."""
    line = alarm.first("TRIGGER")
    if line is None:
        return None
    shown = (line.param("X-WEBSTATUS") or "").lower() == "triggered"
    from_end = (line.param("RELATED") or "").upper() == "END"
    try:
        return Trigger(None, parse_duration(line.value), from_end, shown)
    except InvalidData:
        pass
    try:
        return Trigger(parse_time(line.value).instant(default_zone), dt.timedelta(), from_end, shown)
    except InvalidData:
        return None


def next_alarm(
    master: Component,
    components: Sequence[Component],
    *,
    zones: ZoneLookup,
    default_zone: dt.tzinfo,
    now: dt.datetime,
) -> int:
    """c_nextalarm: epoch seconds, 0 for none.

    A single event rings once and keeps its time even when past; a series tells the next ringing later than a minute
    from now. Dates and floating times are read in `default_zone`, the owner's.
    """
    alarm = shown_alarm(master)
    trigger = read_trigger(alarm, default_zone) if alarm is not None else None
    if trigger is None:
        return 0
    try:
        if is_recurring(master):
            series = Series.of(list(components), zones, default_zone)
            rings = _next_of_series(series, now + NOT_BEFORE, now)
        elif trigger.shown:
            rings = None
        else:
            rings = trigger.rings(*bounds(master, zones, default_zone))
    except (DomainError, ArithmeticError, ValueError):
        rings = None
    return epoch(rings) if rings is not None else 0


def bounds(
    component: Component, zones: ZoneLookup, default_zone: dt.tzinfo
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """Start and end of a component that does not recur, DUE for a task."""
    start = _instant(time_of(component, "DTSTART", zones), default_zone)
    end = _instant(time_of(component, "DUE" if component.name == "VTODO" else "DTEND", zones), default_zone)
    if end is None and start is not None and component.name != "VTODO":
        time = time_of(component, "DTSTART", zones)
        a_day = DAY if time is not None and time.is_date else dt.timedelta()
        end = start + (duration_of(component) or a_day)
    return start, end


def _instant(time: CalTime | None, zone: dt.tzinfo) -> dt.datetime | None:
    return time.instant(zone) if time is not None else None


def _next_of_series(series: Series, after: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    for horizon in HORIZONS:
        try:
            found = expand(series, Window(now, now + horizon), limit=MAX_OCCURRENCES)
        except TooMany:
            return None
        rings = [moment for moment in _rings(found, series.default_zone) if moment > after]
        if rings:
            return min(rings)
    return None


def _rings(found: list[Occurrence], zone: dt.tzinfo) -> Iterator[dt.datetime]:
    """When each occurrence rings; one that was changed has alarms of its own, or none."""
    triggers: dict[int, Trigger | None] = {}
    for occurrence in found:
        key = id(occurrence.component)
        if key not in triggers:
            alarm = shown_alarm(occurrence.component)
            triggers[key] = read_trigger(alarm, zone) if alarm is not None else None
        trigger = triggers[key]
        moment = trigger.rings(occurrence.start.instant(zone), occurrence.end.instant(zone)) if trigger else None
        if moment is not None:
            yield moment
