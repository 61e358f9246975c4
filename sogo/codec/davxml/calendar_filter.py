"""The CALDAV:filter tree (RFC 4791 §§9.7, 9.9) as values; `sogo.model.filters.calendar` evaluates it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sogo.codec.davxml.names import CALDAV, caldav
from sogo.codec.davxml.reader import Element, attribute, children, elements
from sogo.codec.davxml.text_match import (
    Collation,
    Dialect,
    Junction,
    ParamFilter,
    TextMatch,
    check_children,
    filter_name,
    is_absent,
    parse_param_filter,
    parse_test,
    parse_text_match,
    unsupported,
)
from sogo.codec.time_limits import BEGINNING, END_OF_TIME
from sogo.errors import InvalidData

MAX_DEPTH = 6
"""VCALENDAR, VEVENT, VALARM and a little more."""
MAX_CONDITIONS = 200

DIALECT = Dialect(CALDAV, Collation.ASCII_CASEMAP, Junction.ALL_OF)
_UTC_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")


@dataclass(frozen=True, slots=True)
class TimeRange:
    """[start, end) in UTC; None leaves a side open, never both."""

    start: dt.datetime | None
    end: dt.datetime | None


@dataclass(frozen=True, slots=True)
class PropFilter:
    """A condition on a property (§9.7.2): its absence, or one line of it for which all (or any, by `test`) of the rest
    holds; without further conditions, that it is there. `name` is upper-case."""

    name: str
    absent: bool = False
    time_range: TimeRange | None = None
    texts: tuple[TextMatch, ...] = ()
    params: tuple[ParamFilter, ...] = ()
    test: Junction = Junction.ALL_OF


@dataclass(frozen=True, slots=True)
class CompFilter:
    """A condition on a component (§9.7.1), read like PropFilter. `name` is upper-case."""

    name: str
    absent: bool = False
    time_range: TimeRange | None = None
    props: tuple[PropFilter, ...] = ()
    comps: tuple[CompFilter, ...] = ()
    test: Junction = Junction.ALL_OF

    @property
    def bare(self) -> bool:
        """No condition but that it is there."""
        return not (self.absent or self.time_range or self.props or self.comps)


def parse_calendar_filter(parents: Sequence[Element]) -> CompFilter:
    """The comp-filter for VCALENDAR of a filter element; `parents` are the filter elements found.

    Raises InvalidData (valid-filter, min-date-time, max-date-time), UnsupportedCollation, and UnsupportedFilter, also
    beyond MAX_CONDITIONS and MAX_DEPTH.
    """
    if len(parents) != 1:
        raise _invalid("The request has no single filter.")
    check_children(parents[0], DIALECT, "comp-filter")
    roots = children(parents[0], caldav("comp-filter"))
    if len(roots) != 1 or filter_name(roots[0], DIALECT) != "VCALENDAR":
        raise _invalid("A filter holds one comp-filter, for VCALENDAR.")
    if sum(1 for _ in parents[0].iterdescendants()) > MAX_CONDITIONS:
        raise unsupported(f"The filter has more than {MAX_CONDITIONS} conditions.", roots[0])
    return _comp_filter(roots[0], MAX_DEPTH)


def _comp_filter(element: Element, depth: int) -> CompFilter:
    if not depth:
        raise unsupported(f"The filter is nested deeper than {MAX_DEPTH}.", element)
    check_children(element, DIALECT, "is-not-defined", "time-range", "prop-filter", "comp-filter")
    return CompFilter(
        filter_name(element, DIALECT),
        absent=is_absent(element, DIALECT),
        time_range=_time_range_in(element),
        props=tuple(_prop_filter(item) for item in children(element, caldav("prop-filter"))),
        comps=tuple(_comp_filter(item, depth - 1) for item in children(element, caldav("comp-filter"))),
        test=parse_test(element, DIALECT.test),
    )


def _prop_filter(element: Element) -> PropFilter:
    check_children(element, DIALECT, "is-not-defined", "time-range", "text-match", "param-filter")
    return PropFilter(
        filter_name(element, DIALECT),
        absent=is_absent(element, DIALECT),
        time_range=_time_range_in(element),
        texts=tuple(parse_text_match(item, DIALECT) for item in children(element, caldav("text-match"))),
        params=tuple(parse_param_filter(item, DIALECT) for item in children(element, caldav("param-filter"))),
        test=parse_test(element, DIALECT.test),
    )


def _time_range_in(element: Element) -> TimeRange | None:
    found = children(element, caldav("time-range"))
    if len(found) > 1:
        raise _invalid("A filter element has one time-range.")
    return parse_time_range(found[0]) if found else None


def parse_time_range(element: Element) -> TimeRange:
    """The `start` and `end` of a time-range, in UTC. Raises InvalidData (valid-filter) when both are missing, one is
    no UTC time, or the end does not come after the start; (min-date-time, max-date-time) when one is beyond time."""
    start, end = read_moment(attribute(element, "start")), read_moment(attribute(element, "end"))
    if start is None and end is None:
        raise _invalid("A time-range has a start or an end.")
    if start is not None and end is not None and start >= end:
        raise _invalid("A time-range ends after its start.")
    if any(True for _ in elements(element)):
        raise _invalid("A time-range is empty.")
    return TimeRange(start, end)


def read_moment(text: str | None) -> dt.datetime | None:
    """A moment between BEGINNING and END_OF_TIME. Raises InvalidData (valid-filter, min-date-time, max-date-time)."""
    if text is None:
        return None
    match = _UTC_TIME.fullmatch(text.strip())
    if match is None:
        raise _invalid(f"{text[:40]!r} is not a UTC time.")
    year, month, day, hour, minute, second = (int(part) for part in match.groups())
    if year == 0:
        raise InvalidData(f"{text.strip()} is before {BEGINNING:%Y-%m-%d}.", rule="min-date-time")
    try:
        moment = dt.datetime(year, month, day, hour, minute, min(second, 59), tzinfo=dt.UTC)
    except ValueError as error:
        raise _invalid(f"{text[:40]!r} is not a UTC time.") from error
    return _within_time(without_distance(moment))


def without_distance(moment: dt.datetime) -> dt.datetime:
    """The very first and the very last day there can be are how programs say "from the beginning" and "for ever"."""
    if moment.date() == dt.date.min:
        return BEGINNING
    return END_OF_TIME if moment.date() == dt.date.max else moment


def _within_time(moment: dt.datetime) -> dt.datetime:
    if moment > END_OF_TIME:
        raise InvalidData(f"{moment:%Y-%m-%d %H:%M:%S} is after {END_OF_TIME:%Y-%m-%d}.", rule="max-date-time")
    return moment


def _invalid(text: str) -> InvalidData:
    return InvalidData(text, rule="valid-filter")
