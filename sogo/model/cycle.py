"""What the quick row says of a recurrence: c_cycleinfo and c_cycleenddate (store.md §§7.2, 7.4).

c_cycleenddate narrows range queries, so it must never lie before the last occurrence; a later value costs a look at
the content, nothing more. Where a rule is beyond what can be computed here, it is `FOREVER`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from sogo.codec.contentline import Component, Line, unescape
from sogo.errors import DomainError
from sogo.model.caltime import UTC, CalTime, Kind, ZoneLookup, parse_time
from sogo.model.quick_value import FOREVER, TEXT_OCTETS, epoch
from sogo.model.recurrence import MAX_STEPS, Budget, Rule, nth
from sogo.model.span import DAY, Span, moment, span

MAX_COUNT = 5_000
"""A rule with a larger COUNT counts as endless."""
MAX_RULES = 5
"""With more rules a series counts as endless; the RFC wants one."""
MAX_DATES = 10_000
"""How many RDATE or EXDATE values are read; with more RDATEs the series counts as endless."""

_BARE = re.compile(r"[A-Za-z0-9]+\Z")


def is_recurring(component: Component) -> bool:
    """Whether rules or dates generate further occurrences."""
    return component.first("RRULE") is not None or component.first("RDATE") is not None


def dates(lines: Iterable[Line], zones: ZoneLookup) -> Iterator[CalTime]:
    """The values of EXDATE or RDATE lines in order of appearance, of a period its start; unreadable ones left out."""
    for line in lines:
        tzid = line.param("TZID") or ""
        for value in line.value.split(","):
            try:
                yield parse_time(value.partition("/")[0], tzid=tzid, zones=zones)
            except DomainError:
                continue


# --- c_cycleinfo ------------------------------------------------------------------------------------------------------


def cycle_info(component: Component, zones: ZoneLookup) -> str | None:
    """The rules and dates as the single-line property list of the original, None when nothing recurs. Dates that would
    not fit into the column are left out."""
    if not is_recurring(component):
        return None
    arrays = {
        "exDates": [f"{moment(time):%Y%m%dT%H%M%SZ}" for time in _some(component, "EXDATE", zones)],
        "exRules": [_rule_text(line) for line in component.all("EXRULE")],
        "rDates": [f"{moment(time):%Y-%m-%d %H:%M:%S +0000}" for time in _some(component, "RDATE", zones)],
        "rules": [_rule_text(line) for line in component.all("RRULE")],
    }
    room = TEXT_OCTETS - 100
    entries: dict[str, str] = {}
    for name in ("rules", "exRules", "rDates", "exDates"):  # the rules matter most
        fitting = list(_fitting([_string(item) for item in arrays[name]], room))
        room -= sum(len(item) + 2 for item in fitting)
        if fitting:
            entries[name] = f"{name} = ({', '.join(fitting)}); "
    return "{" + "".join(entries[name] for name in sorted(entries)) + "}"


def _some(component: Component, name: str, zones: ZoneLookup) -> Iterator[CalTime]:
    return islice(dates(component.all(name), zones), MAX_DATES)


def _fitting(items: Sequence[str], room: int) -> Iterator[str]:
    for item in items:
        room -= len(item) + 2
        if room < 0:
            return
        yield item


def _rule_text(line: Line) -> str:
    """In the original's order of parts; a rule nobody can read goes as it stands."""
    text = unescape(line.value)
    try:
        return Rule.parse(text).text
    except DomainError:
        return text


def _string(text: str) -> str:
    """A string of an OpenStep property list: bare when it is plain, else quoted and in ASCII."""
    if _BARE.match(text):
        return text
    return '"' + "".join(_escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if " " <= char <= "~":
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\U{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


# --- c_cycleenddate ---------------------------------------------------------------------------------------------------


def cycle_end(
    component: Component, overrides: Iterable[Component], *, zones: ZoneLookup, default_zone: dt.tzinfo
) -> int | None:
    """When the last occurrence of a series is over, None when nothing recurs."""
    if not is_recurring(component):
        return None
    own = span(component, zones)
    if component.name == "VTODO" or own is None:
        return FOREVER
    ends = [own.end, *_rule_ends(component, own, default_zone), _dates_end(component, own, zones)]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return FOREVER
    return epoch(_stretched(max(known), overrides, zones))


def _stretched(end: dt.datetime, overrides: Iterable[Component], zones: ZoneLookup) -> dt.datetime:
    """The end, moved on by occurrences that were moved beyond it."""
    for override in overrides:
        moved = span(override, zones)
        if moved is not None and moved.end > end:
            end = moved.end
    return end


def _dates_end(component: Component, own: Span, zones: ZoneLookup) -> dt.datetime | None:
    """None for endless."""
    end = own.end
    for place, time in enumerate(dates(component.all("RDATE"), zones)):
        if place >= MAX_DATES:
            return None
        end = max(end, _later(moment(time), own.length) or end)
    return end


def _rule_ends(component: Component, own: Span, default_zone: dt.tzinfo) -> Iterator[dt.datetime | None]:
    lines = component.all("RRULE")
    if len(lines) > MAX_RULES:
        yield None
        return
    budget = Budget(MAX_STEPS)
    for line in lines:
        try:
            last = _last(Rule.parse(unescape(line.value)), own.start, default_zone, budget)
        except (DomainError, ArithmeticError, ValueError):
            last = None
        yield _later(last, own.length)


def _later(time: dt.datetime | None, length: dt.timedelta) -> dt.datetime | None:
    try:
        return time + length if time is not None else None
    except OverflowError:
        return None


def _last(rule: Rule, start: CalTime, default_zone: dt.tzinfo, budget: Budget) -> dt.datetime | None:
    """When the last instance begins, or later; None for endless."""
    if rule.count is not None:
        if rule.count > MAX_COUNT:
            return None
        last = nth(rule, start, rule.count, default_zone=default_zone, budget=budget)
        return moment(last) if last is not None else None
    if rule.until is None:
        return None
    return _latest_reading(rule.until, start)


def _latest_reading(until: CalTime, start: CalTime) -> dt.datetime:
    """UNTIL as the latest instant anybody may take it for. The RFC wants the kind of DTSTART; clients write a date, or
    a local time without zone, to a start that has a zone."""
    if until.kind is Kind.UTC or start.is_date:
        return until.instant(UTC)
    local = until.local + DAY - dt.timedelta(seconds=1) if until.is_date else until.local
    return max(until.instant(UTC), moment(start.at(local)))
