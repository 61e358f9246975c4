"""All that is known of a zone, past and to come: as the list of its changes, and as a whole VTIMEZONE (RFC 7808 §5.3,
§5.4, §3.9). `vtimezone` is the short form that objects carry.

Pure but for the zone's file. Moments are Unix seconds.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator
from itertools import count, takewhile

from sogo.codec.contentline import Component, Line
from sogo.model import posix_rule
from sogo.model.posix_rule import PosixRule
from sogo.model.tzif import Change, ZoneFile
from sogo.model.vtimezone import from_footer, observance

FIRST_YEAR, LAST_YEAR = 1601, 9900
"""Zones are told for these years. Iterators of dates end soon after the last of them."""
_EPOCH = dt.datetime(1970, 1, 1)
_BEGINNING = dt.datetime(FIRST_YEAR, 1, 1)
_NO_RULE = PosixRule(posix_rule.PosixTime("UTC", 0))


def observances(file: ZoneFile, start: int, end: int, *, limit: int) -> tuple[list[Change], int | None]:
    """What is in force at `start`, as a change at that moment, and the changes before `end`. When there are more than
    `limit` of them: so many, and the moment of the first that is missing, else None."""
    found = [in_force(file, start)]
    for change in _after(file, start):
        if change.moment >= end:
            break
        if len(found) == limit:
            return found, change.moment
        found.append(change)
    return found, None


def in_force(file: ZoneFile, moment: int) -> Change:
    """The change at this very moment; when there is none, one that changes nothing."""
    latest = _latest(file, moment)
    if latest is None:
        return Change(moment, file.initial, file.initial, file.initial_name)
    if latest.moment == moment:
        return latest
    return Change(moment, latest.after, latest.after, latest.name, latest.is_daylight)


def _latest(file: ZoneFile, moment: int) -> Change | None:
    """The last change at or before a moment."""
    if not file.changes or moment >= file.changes[-1].moment:
        year = _year(moment)
        by_rule = [change for near in (year - 1, year, year + 1) for change in _rule_changes(file, near)]
        ruled = [change for change in by_rule if change.moment <= moment]
        if ruled:
            return ruled[-1]
    place = bisect_right(file.changes, moment, key=lambda change: change.moment) - 1
    return file.changes[place] if place >= 0 else None


def _after(file: ZoneFile, moment: int) -> Iterator[Change]:
    """The changes after a moment, in their order, without end where the zone has a rule."""
    yield from file.changes[bisect_right(file.changes, moment, key=lambda change: change.moment) :]
    if _rule(file).daylight is not None:
        last = max(moment, file.changes[-1].moment) if file.changes else moment
        for year in takewhile(lambda year: year <= LAST_YEAR, count(_year(last) - 1)):
            yield from (change for change in _rule_changes(file, year) if change.moment > last)


def _rule(file: ZoneFile) -> PosixRule:
    return posix_rule.parse(file.footer) or _NO_RULE


def _rule_changes(file: ZoneFile, year: int) -> list[Change]:
    """Those of a year that the file does not list itself."""
    last = file.changes[-1].moment if file.changes else None
    return [change for change in _rule(file).changes(year) if last is None or change.moment > last]


def _year(moment: int) -> int:
    return (_EPOCH + dt.timedelta(seconds=moment)).year


# --- as a VTIMEZONE ---------------------------------------------------------------------------------------------------


def whole_vtimezone(file: ZoneFile, tzid: str, *, start: int | None = None, end: int | None = None) -> Component:
    """The zone with every change that is known. Truncated, it begins with one observance at `start`, and TZUNTIL tells
    `end`, which is no part of it (RFC 7808 §3.9). Changes are listed as RDATE until the rule takes over for good."""
    if start is None:
        first = observance("STANDARD", file.initial_name, file.initial, file.initial, _BEGINNING)
        turn = _until_rule(file)
        after = [change for change in file.changes if change.moment <= turn]
    else:
        now = in_force(file, start)
        first = observance(_kind(now, now.is_daylight), now.name, now.before, now.after, _local(now))
        turn = max(start, _until_rule(file))
        after = list(takewhile(lambda change: change.moment <= turn, _after(file, start)))
    items: list[Line | Component] = [Line("TZID", tzid), *([Line("TZUNTIL", _utc(end))] if end is not None else [])]
    was_daylight = start is not None and in_force(file, start).is_daylight
    listed = [*after, *_rest_of_year(file, turn)]
    items += [first, *_grouped([one for one in listed if end is None or one.moment < end], was_daylight)]
    items += _ruled(file, turn, end)
    return Component("VTIMEZONE", items)


def _until_rule(file: ZoneFile) -> int:
    """The first listed change from which on the rule tells the same as the list. Many files list what follows from
    their rule."""
    if not file.changes:
        return 0
    rule, last = _rule(file), file.changes[-1].moment
    if rule.daylight is None:
        return last
    told = (change for year in count(_year(last) + 1, -1) for change in reversed(rule.changes(year)))
    pairs = zip(reversed(file.changes), (change for change in told if change.moment <= last), strict=False)
    return min((one.moment for one, _ in takewhile(lambda pair: _same(*pair), pairs)), default=last)


def _same(one: Change, other: Change) -> bool:
    return (one.moment, one.before, one.after, one.name) == (other.moment, other.before, other.after, other.name)


def _rest_of_year(file: ZoneFile, moment: int) -> Iterator[Change]:
    """What the rule tells after a moment, until the year (of the local time that ends) is over."""
    rule, year = _rule(file), _year(moment)
    for change in (change for near in (year - 1, year, year + 1) for change in rule.changes(near)):
        if change.moment > moment and _local(change).year <= year:
            yield change


def _grouped(changes: list[Change], was_daylight: bool) -> Iterator[Component]:
    """One observance for those that do the same."""
    groups: dict[tuple[str, int, int, str], list[Change]] = {}
    for change in changes:
        key = (_kind(change, was_daylight), change.before, change.after, change.name)
        groups.setdefault(key, []).append(change)
        was_daylight = change.is_daylight
    for (kind, before, after, name), members in groups.items():
        starts = [_local(change) for change in members]
        later = Line("RDATE", ",".join(f"{start:%Y%m%dT%H%M%S}" for start in starts[1:]))
        yield observance(kind, name, before, after, starts[0], *([later] if len(starts) > 1 else []))


def _kind(change: Change, was_daylight: bool) -> str:
    """Where clocks are changed for daylight saving, the side that is ahead; else what the file says (Ireland's calls
    the winter daylight saving, of minus one hour)."""
    turns = change.is_daylight != was_daylight and change.after != change.before
    return "DAYLIGHT" if (change.after > change.before if turns else change.is_daylight) else "STANDARD"


def _ruled(file: ZoneFile, turn: int, end: int | None) -> list[Component]:
    """The observances that recur, from the year after the moment `turn`; they end where the zone is cut off."""
    if _rule(file).daylight is None:
        return []
    found = []
    for one in from_footer(file.footer, dt.date(_year(turn), 12, 31)):
        start = dt.datetime.strptime(one.value("DTSTART") or "", "%Y%m%dT%H%M%S")
        if end is not None:
            if (start - _EPOCH).total_seconds() >= end:
                continue
            rule = one.first("RRULE")
            assert rule is not None
            one.set(rule.with_value(f"{rule.value};UNTIL={_utc(end - 1)}"))
        found.append(one)
    return found


def _local(change: Change) -> dt.datetime:
    """When it happens, in the local time that ends there (RFC 5545 §3.6.5)."""
    return _EPOCH + dt.timedelta(seconds=change.moment + change.before)


def _utc(moment: int) -> str:
    return f"{_EPOCH + dt.timedelta(seconds=moment):%Y%m%dT%H%M%SZ}"
