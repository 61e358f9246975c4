"""The POSIX rule at the end of a TZif file (RFC 9636 §3.3.1): what clocks do after the changes it lists.

parse("CET-1CEST,M3.5.0,M10.5.0/3").changes(2026)  -> the two changes of that year
"""

from __future__ import annotations

import datetime as dt
import re
from calendar import monthrange
from dataclasses import dataclass
from functools import lru_cache

from sogo.model.tzif import Change

_ABBREVIATION = r"(<[A-Za-z0-9+-]+>|[A-Za-z]+)"
_CLOCK = r"[+-]?\d{1,3}(?::\d\d){0,2}"
_POSIX = re.compile(rf"{_ABBREVIATION}({_CLOCK})(?:{_ABBREVIATION}({_CLOCK})?,([^,]+),([^,]+))?")
_DATE = re.compile(rf"M(\d{{1,2}})\.([1-5])\.([0-6])(?:/({_CLOCK}))?")
_EPOCH = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class PosixTime:
    """An abbreviation and its offset from UTC in seconds, east positive."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class PosixDate:
    """The n-th (5: last) weekday (Monday = 0) of a month, and seconds after its beginning, which may be negative or
    longer than a day."""

    month: int
    week: int
    weekday: int
    seconds: int

    def local(self, year: int) -> int:
        """Unix seconds, as if the clock on the wall were UTC."""
        if self.week == 5:
            last = dt.date(year, self.month, monthrange(year, self.month)[1])
            day = last.toordinal() - (last.weekday() - self.weekday) % 7
        else:
            first = dt.date(year, self.month, 1)
            day = first.toordinal() + (self.weekday - first.weekday()) % 7 + 7 * (self.week - 1)
        return (day - _EPOCH) * 86_400 + self.seconds


_NEVER = PosixDate(1, 1, 0, 0)


@dataclass(frozen=True, slots=True)
class PosixRule:
    """`daylight` is None where clocks are never changed; the dates mean nothing then."""

    standard: PosixTime
    daylight: PosixTime | None = None
    begins: PosixDate = _NEVER
    ends: PosixDate = _NEVER

    def changes(self, year: int) -> tuple[Change, ...]:
        """The changes whose dates are of this year, in their order."""
        if self.daylight is None:
            return ()
        standard, daylight = self.standard.offset, self.daylight.offset
        found = (
            Change(self.begins.local(year) - standard, standard, daylight, self.daylight.name, is_daylight=True),
            Change(self.ends.local(year) - daylight, daylight, standard, self.standard.name, is_daylight=False),
        )
        return tuple(sorted(found, key=lambda change: change.moment))


@lru_cache(maxsize=128)
def parse(text: str) -> PosixRule | None:
    """None for what is no rule, and for dates of other forms than Mm.w.d, which no zone has."""
    match = _POSIX.fullmatch(text)
    if match is None:
        return None
    standard = PosixTime(match[1].strip("<>"), -_clock(match[2]))
    if match[3] is None:
        return PosixRule(standard)
    begins, ends = _date(match[5]), _date(match[6])
    if begins is None or ends is None:
        return None
    offset = -_clock(match[4]) if match[4] else standard.offset + 3600
    return PosixRule(standard, PosixTime(match[3].strip("<>"), offset), begins, ends)


def _date(text: str) -> PosixDate | None:
    match = _DATE.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= 12:
        return None
    return PosixDate(int(match[1]), int(match[2]), (int(match[3]) - 1) % 7, _clock(match[4] or "2"))


def _clock(text: str) -> int:
    """POSIX hh[:mm[:ss]] in seconds; hours may be signed and beyond 24."""
    hours, minutes, seconds = ([*(int(part) for part in text.lstrip("+-").split(":")), 0, 0])[:3]
    total = hours * 3600 + minutes * 60 + seconds
    return -total if text.startswith("-") else total
