"""When somebody can be had for meetings at all: VAVAILABILITY (RFC 7953), as periods that are not available.

    calendar-availability --check--> text to keep
    text --unavailable--> periods of a window: of what lies within a VAVAILABILITY all that is not within one of its
                          AVAILABLE parts, one of higher priority over those of lower (§4)

Dates and floating times are read in the zone of the person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from sogo.codec.contentline import Component, parse
from sogo.codec.davxml.names import caldav
from sogo.errors import CodecError, InvalidData
from sogo.model import timezone
from sogo.model.caltime import BEGINNING, END_OF_TIME, Window, ZoneLookup
from sogo.model.folder import FolderKind
from sogo.model.freebusy import Busy, Period, merged
from sogo.model.series import Series, expand
from sogo.model.timing import time_of, timing

AVAILABILITY = caldav("calendar-availability")
INBOX_NAME = "inbox"
MAX_CHARS = 64 * 1024
MAX_PARTS = 200
"""VAVAILABILITY and AVAILABLE components of one person."""
MAX_OCCURRENCES = 5_000
_BUSYTYPES = {"BUSY": Busy.BUSY, "BUSY-UNAVAILABLE": Busy.UNAVAILABLE, "BUSY-TENTATIVE": Busy.TENTATIVE}
_LOWEST = 10
"""A priority of 0, or none, is lower than 9 (RFC 7953 §3.2)."""


def inbox_path(user_id: str) -> str:
    """Under this the property store keeps what belongs to somebody's scheduling inbox, the availability too."""
    return f"/Users/{user_id}/{FolderKind.CALENDAR.value}/{INBOX_NAME}"


def check(text: str) -> str:
    """The text of a calendar-availability (§7.2.4). Raises InvalidData (valid-calendar-data) for what is none."""
    try:
        calendars = parse(text, max_chars=MAX_CHARS).components("VCALENDAR")
    except CodecError as error:
        raise InvalidData("The availability is no iCalendar.", rule="valid-calendar-data") from error
    if len(calendars) != 1 or not calendars[0].components("VAVAILABILITY"):
        raise InvalidData("The availability is no VCALENDAR with a VAVAILABILITY.", rule="valid-calendar-data")
    others = {child.name for child in calendars[0].children} - {"VAVAILABILITY", "VTIMEZONE"}
    if others:
        raise InvalidData("The availability holds something else.", rule="valid-calendar-data")
    parts = sum(1 + len(one.children) for one in calendars[0].components("VAVAILABILITY"))
    if parts > MAX_PARTS:
        raise InvalidData("The availability has too many parts.", rule="valid-calendar-data")
    return text


def unavailable(text: str, window: Window, *, default_zone: dt.tzinfo) -> list[Period]:
    """The periods of a window in which somebody is not available, sorted, none over another. Raises CodecError,
    TooMany."""
    found: list[Period] = []
    for calendar in parse(text, max_chars=MAX_CHARS).components("VCALENDAR"):
        zones = timezone.lookup(calendar)
        for one in sorted(calendar.components("VAVAILABILITY"), key=_priority, reverse=True)[:MAX_PARTS]:
            span = _span(one, window, zones, default_zone)
            if span is not None:
                free = list(_free(one, span, zones, default_zone))
                found = [*_outside(found, [span]), *_outside([Period(span.start, span.end, _kind(one))], free)]
    return merged(found)


def _priority(one: Component) -> int:
    value = (one.value("PRIORITY") or "").strip()
    return (int(value) or _LOWEST) if value.isdecimal() and len(value) < 4 else _LOWEST


def _kind(one: Component) -> Busy:
    return _BUSYTYPES.get((one.value("BUSYTYPE") or "").strip().upper(), Busy.UNAVAILABLE)


def _span(one: Component, window: Window, zones: ZoneLookup, zone: dt.tzinfo) -> Window | None:
    """What it covers of the window: without DTSTART from ever, without an end for ever (§3.1)."""
    times = timing(one, zones, zone)
    start, end = BEGINNING, END_OF_TIME
    if times.start is not None:
        start = times.start.instant(zone)
        if one.first("DTEND") is not None or one.first("DURATION") is not None:
            end = times.length.end_of(times.start, zone).instant(zone)
    elif one.first("DTEND") is not None:
        end = _end_alone(one, zones, zone)
    start, end = max(start, window.start), min(end, window.end)
    return Window(start, end) if start < end else None


def _end_alone(one: Component, zones: ZoneLookup, zone: dt.tzinfo) -> dt.datetime:
    end = time_of(one, "DTEND", zones)
    return end.instant(zone) if end is not None else END_OF_TIME


def _free(one: Component, span: Window, zones: ZoneLookup, zone: dt.tzinfo) -> Iterable[Window]:
    """The times of its AVAILABLE parts, series and their exceptions among them."""
    groups: dict[str, list[Component]] = {}
    for number, part in enumerate(one.components("AVAILABLE")[:MAX_PARTS]):
        groups.setdefault(part.text("UID") or str(number), []).append(Component("VEVENT", part.items))
    for components in groups.values():
        series = Series.of(components, zones, zone)
        for occurrence in expand(series, span, limit=MAX_OCCURRENCES):
            yield Window(occurrence.start.instant(zone), occurrence.end.instant(zone))


def _outside(periods: Iterable[Period], windows: Sequence[Window]) -> list[Period]:
    """What of the periods lies in none of the windows."""
    ordered = sorted(windows)
    found: list[Period] = []
    for period in periods:
        start = period.start
        for window in ordered:
            if window.end <= start or window.start >= period.end:
                continue
            if window.start > start:
                found.append(Period(start, window.start, period.kind))
            start = max(start, window.end)
        if start < period.end:
            found.append(Period(start, period.end, period.kind))
    return found
