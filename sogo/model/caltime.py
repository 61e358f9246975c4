"""Points in time as calendars write them: a date, a floating time, UTC, or a time in a zone (RFC 5545 §3.3.4, §3.3.5).

Pure. Zones come in as `ZoneLookup`, so that a TZID is resolved in one place (`sogo.model.timezone`).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from sogo.codec import time_limits
from sogo.codec.contentline import Line
from sogo.errors import InvalidData

UTC = dt.UTC
ZoneLookup = Callable[[str], dt.tzinfo | None]
"""TZID -> zone, or None when nobody knows it."""

_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)$", re.ASCII)
_DATE_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)$", re.ASCII)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,7})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,9})M)?(?:(\d{1,10})S)?)?$",
    re.ASCII,
)


class Kind(Enum):
    DATE = "date"
    FLOATING = "floating"
    UTC = "utc"
    ZONED = "zoned"


@dataclass(frozen=True, slots=True)
class CalTime:
    """A date or time as written. `local` is naive; for DATE it is midnight. `zone` is set for ZONED only; a TZID nobody
    knows makes the value FLOATING with `tzid` kept."""

    local: dt.datetime
    kind: Kind
    zone: dt.tzinfo | None = None
    tzid: str = ""

    @property
    def is_date(self) -> bool:
        return self.kind is Kind.DATE

    def instant(self, default_zone: dt.tzinfo) -> dt.datetime:
        """The moment in UTC. Dates and floating times are read in `default_zone`. A local time that a jump of the clock
        skips is read with the offset before the jump, one that comes twice as the first (RFC 5545 §3.3.5)."""
        if self.kind is Kind.UTC:
            return self.local.replace(tzinfo=UTC)
        zone = self.zone if self.zone is not None else default_zone
        try:
            return self.local.replace(tzinfo=zone).astimezone(UTC)
        except (OverflowError, ValueError):
            return self.local.replace(tzinfo=UTC)

    def at(self, local: dt.datetime) -> CalTime:
        """Another local time of the same kind and zone."""
        return CalTime(local, self.kind, self.zone, self.tzid)

    def __str__(self) -> str:
        if self.kind is Kind.DATE:
            return self.local.strftime("%Y%m%d").rjust(8, "0")
        return self.local.strftime("%Y%m%dT%H%M%S").rjust(15, "0") + ("Z" if self.kind is Kind.UTC else "")


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A half-open span [start, end) in UTC."""

    start: dt.datetime
    end: dt.datetime


BEGINNING = time_limits.BEGINNING
END_OF_TIME = time_limits.END_OF_TIME


def parse_time(value: str, *, tzid: str = "", zones: ZoneLookup | None = None) -> CalTime:
    """Read DATE or DATE-TIME. Raises InvalidData (valid-calendar-data) for anything else, such as 20260230."""
    value = value.strip()
    try:
        if match := _DATE_TIME.match(value):
            year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
            local = dt.datetime(year, month, day, hour, minute, min(second, 59))
            if match.group(7):
                return CalTime(local, Kind.UTC)
            zone = zones(tzid) if tzid and zones else None
            return CalTime(local, Kind.ZONED if zone else Kind.FLOATING, zone, tzid)
        if match := _DATE.match(value):
            year, month, day = (int(part) for part in match.groups())
            return CalTime(dt.datetime(year, month, day), Kind.DATE)
    except ValueError:
        pass
    raise InvalidData(f"{value[:40]!r} is not a date or a time.", rule="valid-calendar-data")


def read_time(line: Line, zones: ZoneLookup | None = None) -> CalTime:
    """The value of DTSTART, DTEND, DUE, RECURRENCE-ID and the like, with its TZID."""
    return parse_time(line.value, tzid=line.param("TZID") or "", zones=zones)


def parse_duration(value: str) -> dt.timedelta:
    """Read a DURATION such as -PT15M or P1W. Raises InvalidData (valid-calendar-data)."""
    match = _DURATION.match(value.strip())
    if match is None or not any(match.groups()[1:]):
        raise InvalidData(f"{value[:40]!r} is not a duration.", rule="valid-calendar-data")
    sign, weeks, days, hours, minutes, seconds = match.groups()
    try:
        span = dt.timedelta(
            weeks=int(weeks or 0),
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
        )
    except OverflowError as error:
        raise InvalidData(f"{value[:40]!r} is too long.", rule="valid-calendar-data") from error
    return -span if sign == "-" else span
