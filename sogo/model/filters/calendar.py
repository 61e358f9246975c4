"""CalDAV filters on calendar objects (RFC 4791 §§7.8, 9.7-9.9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial

from sogo.codec.contentline import Component, Line, parse
from sogo.codec.davxml.calendar_filter import CompFilter, PropFilter, TimeRange
from sogo.codec.davxml.text_match import Junction
from sogo.errors import CodecError, InvalidData, UnsupportedFilter
from sogo.model import timezone
from sogo.model.filters.calendar_hint import CalendarHint, hint_of
from sogo.model.filters.sieve import Needles, Sieve, all_of, any_of, needles_of_line, sieve
from sogo.model.filters.text import param_matches, text_matches
from sogo.model.filters.time_range import TIMED, Timeline, window_of
from sogo.model.recurrence import ANSWER_STEPS, Budget

Condition = Callable[[], bool]

_ALIASES = {"TITLE": "SUMMARY"}
"""Names of the original's own (dav.md §8.1)."""


@dataclass(frozen=True)
class CalendarFilter:
    """A comp-filter for VCALENDAR, ready to be asked. `default_zone` reads floating and all-day times: the zone the
    request brings (`query_zone`), else the one of the calendar. `budget` is what looking at recurrences may cost, over
    all objects; when it is spent, what recurs matches a time-range unseen."""

    tree: CompFilter
    default_zone: dt.tzinfo
    budget: Budget = field(default_factory=lambda: Budget(ANSWER_STEPS))

    def __post_init__(self) -> None:
        _check(self.tree)

    @cached_property
    def hint(self) -> CalendarHint:
        """What the quick columns can say."""
        return hint_of(self.tree)

    @cached_property
    def _sieve(self) -> Sieve | None:
        return sieve(_needles(self.tree))

    def may_match(self, text: str) -> bool:
        """A quick look at stored text: False only when the object cannot match."""
        return self._sieve is None or self._sieve.passes(text)

    def matches(self, document: Component) -> bool:
        """Whether an object matches; `document` is the VCALENDAR, or what was parsed around it."""
        calendars = [document] if document.name else document.components("VCALENDAR")
        if self.tree.absent:
            return not calendars
        return any(_Match(self._timeline(calendar)).component(self.tree, calendar, None) for calendar in calendars)

    def _timeline(self, calendar: Component) -> Timeline:
        return Timeline(calendar, timezone.lookup(calendar), self.default_zone, self.budget)


_OUTER = frozenset({"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VCALENDAR"})
"""Components that lie in no other than VCALENDAR."""
_TIMELESS = frozenset({
    "ACTION", "ATTACH", "ATTENDEE", "CATEGORIES", "CLASS", "COMMENT", "CONTACT", "DESCRIPTION", "GEO", "LOCATION",
    "ORGANIZER", "PERCENT-COMPLETE", "PRIORITY", "RELATED-TO", "REPEAT", "REQUEST-STATUS", "RESOURCES", "SEQUENCE",
    "STATUS", "SUMMARY", "TITLE", "TRANSP", "TZID", "UID", "URL",
})  # fmt: skip
"""Properties whose values are no times (RFC 5545 §3.8)."""


def _check(tree: CompFilter) -> None:
    """Raises UnsupportedFilter for a time-range where the RFC defines none, InvalidData (valid-filter) for what can
    never be: a component in one that holds none, a time-range of a text (RFC 4791 §7.8)."""
    for prop in tree.props:
        if prop.time_range is not None and prop.name in _TIMELESS:
            raise InvalidData(f"{prop.name} is no time.", rule="valid-filter")
    for inner in tree.comps:
        if inner.name in _OUTER and (tree.name != "VCALENDAR" or inner.name == "VCALENDAR"):
            raise InvalidData(f"No {inner.name} lies in a {tree.name}.", rule="valid-filter")
    if tree.time_range is not None and tree.name not in TIMED:
        raise UnsupportedFilter(f"There is no time-range for {tree.name}.", element="comp-filter", name=tree.name)
    for inner in tree.comps:
        _check(inner)


@dataclass(frozen=True, slots=True)
class _Match:
    """One look at one object."""

    times: Timeline

    def component(self, wanted: CompFilter, component: Component, parent: Component | None) -> bool:
        return _joined(wanted.test, self._of_component(wanted, component, parent))

    def _of_component(self, wanted: CompFilter, component: Component, parent: Component | None) -> Iterator[Condition]:
        """The conditions, cheap ones first."""
        for prop in wanted.props:
            yield partial(self._property, prop, component)
        for comp in wanted.comps:
            yield partial(self._inner, comp, component)
        if wanted.time_range is not None:
            yield partial(self._in_range, wanted.time_range, component, parent)

    def _inner(self, wanted: CompFilter, parent: Component) -> bool:
        found = parent.components(wanted.name)
        if wanted.absent:
            return not found
        return any(self.component(wanted, item, parent) for item in found)

    def _in_range(self, span: TimeRange, component: Component, parent: Component | None) -> bool:
        if component.name == "VALARM":
            return parent is not None and self.times.alarm_overlaps(component, parent, window_of(span))
        return self.times.overlaps(component, window_of(span))

    def _property(self, wanted: PropFilter, component: Component) -> bool:
        lines = component.all(wanted.name)
        if wanted.name in _ALIASES:
            lines += component.all(_ALIASES[wanted.name])
        if wanted.absent:
            return not lines
        return any(_joined(wanted.test, self._of_line(wanted, line)) for line in lines)

    def _of_line(self, wanted: PropFilter, line: Line) -> Iterator[Condition]:
        for text in wanted.texts:
            yield partial(text_matches, text, line.text)
        for param in wanted.params:
            yield partial(param_matches, param, _values(line, param.name))
        if wanted.time_range is not None:
            yield partial(self.times.property_overlaps, line, window_of(wanted.time_range))


def _joined(test: Junction, conditions: Iterator[Condition]) -> bool:
    """No condition at all is met."""
    none = True
    for condition in conditions:
        none = False
        if condition() is (test is Junction.ANY_OF):
            return test is Junction.ANY_OF
    return none or test is Junction.ALL_OF


def _values(line: Line, name: str) -> list[str] | None:
    return line.param_values(name) if line.param(name) is not None else None


# --- the sieve --------------------------------------------------------------------------------------------------------


def _needles(wanted: CompFilter) -> Needles:
    if wanted.absent:
        return None
    demands = [_needles_of_property(item) for item in wanted.props] + [_needles(item) for item in wanted.comps]
    if wanted.time_range is not None:
        demands.append(None)
    return any_of(demands) if wanted.test is Junction.ANY_OF else all_of(demands)


def _needles_of_property(wanted: PropFilter) -> Needles:
    if wanted.absent:
        return None
    demands = needles_of_line(wanted.texts, wanted.params)
    if wanted.time_range is not None:
        demands.append(None)
    return any_of(demands) if wanted.test is Junction.ANY_OF else all_of(demands)


# --- the zone of a query ----------------------------------------------------------------------------------------------


def query_zone(text: str | None, name: str | None, default: dt.tzinfo) -> dt.tzinfo:
    """The zone a query brings for floating times: CALDAV:timezone-id, else CALDAV:timezone, else the default.

    Raises InvalidData (valid-timezone, RFC 7809 §5.1, or valid-calendar-data, RFC 4791 §7.8.1).
    """
    if name is not None:
        zone = timezone.zone(name)
        if zone is None:
            raise InvalidData(f"The time zone {name[:60]!r} is unknown.", rule="valid-timezone")
        return zone
    if text is None:
        return default
    return _zone_of_text(text)


def _zone_of_text(text: str) -> dt.tzinfo:
    try:
        document = parse(text, max_lines=5_000)
    except CodecError as error:
        raise InvalidData("The time zone cannot be read.", rule="valid-calendar-data") from error
    definition = next((item for item in document.walk() if item.name == "VTIMEZONE"), None)
    tzid = definition.value("TZID") if definition is not None else None
    zone = timezone.zone(tzid.strip(), document) if tzid else None
    if zone is None:
        raise InvalidData("The time zone cannot be read.", rule="valid-calendar-data")
    return zone
