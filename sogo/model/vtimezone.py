"""Compact VTIMEZONE of an IANA zone: the rules in force now, as two recurrence rules (RFC 5545 §3.6.5).

They come from the POSIX rule at the end of the zone's TZif file (RFC 9636 §3.3). Where that does not tell the time to
come (Morocco, whose clock follows the moon), the known changes are listed as RDATE. History is left out: who needs it
knows the name of the zone.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sogo.codec.contentline import Component, Line
from sogo.model.embedded_zone import embedded_zone
from sogo.model.timezone import iana_name
from sogo.model.tzif import Change, ZoneFile, load

_TOLD = range(*(int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in (2026, 2036)))
"""Changes that the TZif file lists for this span (Unix seconds) must be told by what is written."""
_WEEK = 604_800
_BASE = dt.date(1969, 12, 31)
_A_YEAR = 1971
"""Of 365 days."""
_EPOCH = dt.datetime(1970, 1, 1)
_ABBREVIATION = r"(<[A-Za-z0-9+-]+>|[A-Za-z]+)"
_CLOCK = r"[+-]?\d{1,3}(?::\d\d){0,2}"
_POSIX = re.compile(rf"{_ABBREVIATION}({_CLOCK})(?:{_ABBREVIATION}({_CLOCK})?,([^,]+),([^,]+))?")
_POSIX_DATE = re.compile(rf"M(\d{{1,2}})\.([1-5])\.([0-6])(?:/({_CLOCK}))?")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class _Yearly:
    """The weekday (Monday = 0) of one of these days of a month; `nth` is what BYDAY says when they are a whole week."""

    month: int
    days: tuple[int, ...]
    weekday: int
    nth: int | None


def vtimezone(tzid: str) -> Component | None:
    """A fresh VTIMEZONE with this TZID, or None when it names no zone we know. The caller may change it."""
    name = iana_name(tzid)
    if name is None:
        return None
    component = _made(name).copy()
    component.set(Line("TZID", tzid))
    return component


@lru_cache(maxsize=700)
def _made(name: str) -> Component:
    file = load(name)
    if file is None:
        return _zone(name, [_observance("STANDARD", "UTC", 0, 0, _EPOCH)])
    by_rule = _zone(name, list(_from_footer(file.footer)))
    if by_rule.children and _tells(by_rule, file):
        return by_rule
    return _zone(name, list(_from_changes(file)))


def _zone(name: str, observances: list[Component]) -> Component:
    return Component("VTIMEZONE", [Line("TZID", name), Line("X-LIC-LOCATION", name), *observances])


def _tells(component: Component, file: ZoneFile) -> bool:
    """Whether the component, read back, has the offsets of the file, week by week and at each change, up to the last
    change it lists; from there on the file has the same rule."""
    zone = embedded_zone(component)
    if zone is None:
        return False
    if not file.changes:
        return True
    moments = [change.moment for change in file.changes]
    asked = {*range(_TOLD.start, min(_TOLD.stop, moments[-1]), _WEEK)}
    asked |= {moment + side for moment in moments if moment in _TOLD for side in (-1, 0)}
    for moment in asked:
        place = bisect_right(moments, moment) - 1
        offset = file.changes[place].after if place >= 0 else file.changes[0].before
        if dt.datetime.fromtimestamp(moment, zone).utcoffset() != dt.timedelta(seconds=offset):
            return False
    return True


# --- from the POSIX rule ----------------------------------------------------------------------------------------------


def _from_footer(footer: str, after: dt.date = _BASE) -> Iterator[Component]:
    """The observances of a POSIX rule; those that recur begin after this day."""
    match = _POSIX.fullmatch(footer)
    if match is None:
        return
    standard_name, standard = match[1].strip("<>"), -_clock(match[2])
    if match[3] is None:
        yield _observance("STANDARD", standard_name, standard, standard, _EPOCH)
        return
    daylight_name, daylight = match[3].strip("<>"), -_clock(match[4]) if match[4] else standard + 3600
    yield from _yearly(match[5], daylight_name, standard, daylight, after)
    yield from _yearly(match[6], standard_name, daylight, standard, after)


def _clock(text: str) -> int:
    """POSIX hh[:mm[:ss]] in seconds; hours may be signed and beyond 24."""
    hours, minutes, seconds = ([*(int(part) for part in text.lstrip("+-").split(":")), 0, 0])[:3]
    total = hours * 3600 + minutes * 60 + seconds
    return -total if text.startswith("-") else total


def _yearly(rule: str, name: str, before: int, to: int, after: dt.date) -> Iterator[Component]:
    """The observance that begins each year at a POSIX date; two of them where it may fall into either of two months."""
    match = _POSIX_DATE.fullmatch(rule)
    if match is None:
        return
    shift, second = divmod(_clock(match[4] or "2"), 86_400)
    kind = "DAYLIGHT" if to > before else "STANDARD"
    for yearly in _days(int(match[1]), int(match[2]), (int(match[3]) - 1) % 7, shift):
        start = _first(yearly, after) + dt.timedelta(seconds=second)
        yield _observance(kind, name, before, to, start, Line("RRULE", _rule_text(yearly)))


def _days(month: int, week: int, weekday: int, shift: int) -> list[_Yearly]:
    """The n-th (5: last) weekday of a month, moved by whole days (Gaza: the 4th Thursday + 50 hours)."""
    length = monthrange(_A_YEAR, month)[1]
    first = length - 6 if week == 5 else 7 * week - 6
    if shift == 0:
        return [_Yearly(month, tuple(range(first, first + 7)), weekday, -1 if week == 5 else week)]
    weekday = (weekday + shift) % 7
    dates = [dt.date(_A_YEAR, month, 1) + dt.timedelta(days=first + shift + day - 1) for day in range(7)]
    return [
        _Yearly(part, tuple(date.day for date in dates if date.month == part), weekday, None)
        for part in dict.fromkeys(date.month for date in dates)
    ]


def _first(yearly: _Yearly, after: dt.date) -> dt.datetime:
    """The first such day after another."""
    for year in range(after.year, after.year + 40):
        for day in yearly.days:
            if day <= monthrange(year, yearly.month)[1]:
                date = dt.date(year, yearly.month, day)
                if date > after and date.weekday() == yearly.weekday:
                    return dt.datetime(year, yearly.month, day)
    raise AssertionError("every weekday meets every day of the month within 40 years")


def _rule_text(yearly: _Yearly) -> str:
    day = _WEEKDAYS[yearly.weekday]
    if yearly.nth is not None:
        return f"FREQ=YEARLY;BYMONTH={yearly.month};BYDAY={yearly.nth}{day}"
    days = ",".join(str(day) for day in yearly.days)
    return f"FREQ=YEARLY;BYMONTH={yearly.month};BYMONTHDAY={days};BYDAY={day}"


# --- from the list of changes -----------------------------------------------------------------------------------------


def _from_changes(file: ZoneFile) -> Iterator[Component]:
    """One observance for each pair of offsets, with the changes to come as RDATE; then the rule, if there is one."""
    changes = [change for change in file.changes if change.moment in _TOLD] or list(file.changes[-1:])
    if not changes:
        yield _observance("STANDARD", "UTC", 0, 0, _EPOCH)
        return
    groups: dict[tuple[int, int, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.before, change.after, change.name), []).append(change)
    for (before, after, name), members in groups.items():
        starts = [_EPOCH + dt.timedelta(seconds=change.moment + before) for change in members]
        later = Line("RDATE", ",".join(f"{start:%Y%m%dT%H%M%S}" for start in starts[1:]))
        kind = "DAYLIGHT" if after > before else "STANDARD"
        yield _observance(kind, name, before, after, starts[0], *([later] if len(starts) > 1 else []))
    if "," in file.footer:
        last = _EPOCH + dt.timedelta(seconds=changes[-1].moment + max(changes[-1].before, changes[-1].after))
        yield from _from_footer(file.footer, last.date())


def _observance(kind: str, name: str, before: int, after: int, start: dt.datetime, *more: Line) -> Component:
    lines = [
        Line("TZNAME", name),
        Line("TZOFFSETFROM", _offset_text(before)),
        Line("TZOFFSETTO", _offset_text(after)),
        Line("DTSTART", f"{start:%Y%m%dT%H%M%S}"),
    ]
    return Component(kind, [*lines, *more])


def _offset_text(seconds: int) -> str:
    minutes, second = divmod(abs(seconds), 60)
    text = f"{'-' if seconds < 0 else '+'}{minutes // 60:02}{minutes % 60:02}"
    return f"{text}{second:02}" if second else text
