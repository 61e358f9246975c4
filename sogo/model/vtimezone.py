"""Compact VTIMEZONE of an IANA zone: the rules in force now, as two recurrence rules (RFC 5545 §3.6.5).

They come from the POSIX rule at the end of the zone's TZif file (RFC 9636 §3.3). Where that does not tell the time to
come (Morocco, whose clock follows the moon), the known changes are listed as RDATE. History is left out: who needs it
knows the name of the zone.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from sogo.codec.contentline import Component, Line
from sogo.model import posix_rule
from sogo.model.embedded_zone import embedded_zone
from sogo.model.posix_rule import PosixDate
from sogo.model.timezone import iana_name
from sogo.model.tzif import Change, ZoneFile, load

_TOLD = range(*(int(dt.datetime(year, 1, 1, tzinfo=dt.UTC).timestamp()) for year in (2026, 2036)))
"""Changes that the TZif file lists for this span (Unix seconds) must be told by what is written."""
_WEEK = 604_800
_BASE = dt.date(1969, 12, 31)
_A_YEAR = 1971
"""Of 365 days."""
_EPOCH = dt.datetime(1970, 1, 1)
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
        return _zone(name, [observance("STANDARD", "UTC", 0, 0, _EPOCH)])
    by_rule = _zone(name, list(from_footer(file.footer)))
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


def from_footer(footer: str, after: dt.date = _BASE) -> Iterator[Component]:
    """The observances of a POSIX rule; those that recur begin after this day. Nothing of a rule that cannot be read."""
    rule = posix_rule.parse(footer)
    if rule is None:
        return
    if rule.daylight is None:
        yield observance("STANDARD", rule.standard.name, rule.standard.offset, rule.standard.offset, _EPOCH)
        return
    yield from _yearly(rule.begins, rule.daylight.name, rule.standard.offset, rule.daylight.offset, after)
    yield from _yearly(rule.ends, rule.standard.name, rule.daylight.offset, rule.standard.offset, after)


def _yearly(date: PosixDate, name: str, before: int, to: int, after: dt.date) -> Iterator[Component]:
    """The observance that begins each year at a POSIX date; two of them where it may fall into either of two months."""
    shift, second = divmod(date.seconds, 86_400)
    kind = "DAYLIGHT" if to > before else "STANDARD"
    for yearly in _days(date.month, date.week, date.weekday, shift):
        start = _first(yearly, after) + dt.timedelta(seconds=second)
        yield observance(kind, name, before, to, start, Line("RRULE", _rule_text(yearly)))


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
        yield observance("STANDARD", "UTC", 0, 0, _EPOCH)
        return
    groups: dict[tuple[int, int, str], list[Change]] = {}
    for change in changes:
        groups.setdefault((change.before, change.after, change.name), []).append(change)
    for (before, after, name), members in groups.items():
        starts = [_EPOCH + dt.timedelta(seconds=change.moment + before) for change in members]
        later = Line("RDATE", ",".join(f"{start:%Y%m%dT%H%M%S}" for start in starts[1:]))
        kind = "DAYLIGHT" if after > before else "STANDARD"
        yield observance(kind, name, before, after, starts[0], *([later] if len(starts) > 1 else []))
    if "," in file.footer:
        last = _EPOCH + dt.timedelta(seconds=changes[-1].moment + max(changes[-1].before, changes[-1].after))
        yield from from_footer(file.footer, last.date())


def observance(kind: str, name: str, before: int, after: int, start: dt.datetime, *more: Line) -> Component:
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
