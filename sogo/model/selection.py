"""Objects in the form a report asks for: parts only, expanded, or limited to a span (RFC 4791 §9.6, RFC 6352 §10.4).

Pure: trees in, text out. What is not asked for is left out; what is asked for keeps its octets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from sogo.codec.contentline import Component, Line
from sogo.codec.davxml.calendar_filter import TimeRange
from sogo.codec.davxml.rfc4791 import CalendarData, SelectedComp
from sogo.codec.davxml.rfc6352 import AddressData
from sogo.errors import InvalidData, TooMany
from sogo.model import timezone
from sogo.model.caltime import CalTime, Window, ZoneLookup, parse_duration, parse_time, read_time
from sogo.model.filters.time_range import window_of
from sogo.model.recurrence import ANSWER_STEPS, Budget
from sogo.model.series import Occurrence, Series, expand
from sogo.model.zone_form import ZoneForm, in_zone_form

MAX_OCCURRENCES = 5_000
"""Of one object in one answer."""
OCCURRENCE_STEPS = 5
CHARS_A_STEP = 100
"""What writing an occurrence costs of the budget, and its text."""
_RECURRING = ("VEVENT", "VTODO", "VJOURNAL")
_RULES = ("RRULE", "RDATE", "EXDATE", "EXRULE")
_CARD_ALWAYS = frozenset({"VERSION", "UID"})


# --- calendars --------------------------------------------------------------------------------------------------------


def calendar_text(
    document: Component,
    wanted: CalendarData,
    *,
    default_zone: dt.tzinfo,
    budget: Budget | None = None,
    zones: ZoneForm = ZoneForm.STORED,
) -> str:
    """The calendar as asked for. `document` is what was parsed; it is not changed. `default_zone` reads dates and
    floating times; `zones` says which definitions of time zones come with it. Raises TooMany when an expansion would
    hold more than MAX_OCCURRENCES, or costs more than is left of `budget` (ANSWER_STEPS when None), which the objects
    of an answer share."""
    budget = Budget(ANSWER_STEPS) if budget is None else budget
    calendars = document.components("VCALENDAR") or [document]
    calendars = [in_zone_form(calendar, zones) for calendar in calendars]
    made = [_calendar(calendar, wanted, default_zone, budget) for calendar in calendars]
    return Component("", made).render()


def _calendar(calendar: Component, wanted: CalendarData, default_zone: dt.tzinfo, budget: Budget) -> Component:
    if wanted.expand is not None:
        calendar = _expanded(calendar, window_of(wanted.expand), default_zone, budget)
    elif wanted.limit_recurrence_set is not None:
        calendar = _limited(calendar, window_of(wanted.limit_recurrence_set), default_zone, budget)
    if wanted.limit_freebusy_set is not None:
        calendar = _limited_busy(calendar, wanted.limit_freebusy_set)
    return _selected(calendar, wanted.selection) if wanted.selection is not None else calendar


def _with_items(component: Component, items: list[Line | Component]) -> Component:
    """A copy that holds these items; BEGIN and END stay as they were written."""
    made = component.copy()
    made.items = items
    return made


def _selected(component: Component, wanted: SelectedComp) -> Component:
    """Only the properties and components that were named (§9.6.1)."""
    props = None if wanted.props is None else {prop.name: prop.novalue for prop in wanted.props}
    comps = None if wanted.comps is None else {comp.name: comp for comp in wanted.comps}
    items: list[Line | Component] = []
    for item in component.items:
        if isinstance(item, Component):
            if comps is None:
                items.append(item)
            elif item.name in comps:
                items.append(_selected(item, comps[item.name]))
        elif props is None:
            items.append(item)
        elif item.name in props:
            items.append(item.with_value("") if props[item.name] else item)
    return _with_items(component, items)


def _series(calendar: Component, zones: ZoneLookup, default_zone: dt.tzinfo) -> Iterator[Series]:
    groups: dict[tuple[str, str], list[Component]] = {}
    for component in calendar.components(*_RECURRING):
        groups.setdefault((component.name, component.text("UID")), []).append(component)
    for components in groups.values():
        yield Series.of(components, zones, default_zone)


def _expanded(calendar: Component, window: Window, default_zone: dt.tzinfo, budget: Budget) -> Component:
    """Every occurrence in the window as a component of its own, times in UTC, without rules and time zones (§9.6.5)."""
    zones = timezone.lookup(calendar)
    occurrences: list[Component] = []
    for series in _series(calendar, zones, default_zone):
        if not series.recurs and not len(series.overrides):
            occurrences += [_in_utc(component, zones) for component in series.components]
            continue
        found = expand(series, window, limit=MAX_OCCURRENCES, budget=budget)
        budget.spend(_cost(found))
        occurrences += [_occurrence(one, series, zones) for one in found]
    dropped = {*_RECURRING, "VTIMEZONE"}
    kept = [item for item in calendar.items if not (isinstance(item, Component) and item.name in dropped)]
    return _with_items(calendar, [*kept, *occurrences])


def _cost(found: list[Occurrence]) -> int:
    """The steps it takes to write these: a long description is written as often as it happens."""
    chars = {id(one.component): len(one.component.render()) for one in found}
    return sum(OCCURRENCE_STEPS + chars[id(one.component)] // CHARS_A_STEP for one in found)


def _occurrence(one: Occurrence, series: Series, zones: ZoneLookup) -> Component:
    made = _in_utc(one.component, zones)
    made.remove(*_RULES)
    for name, time in (("DTSTART", one.start), ("DTEND", one.end), ("DUE", one.end)):
        if made.first(name) is not None:
            made.set(_time_line(name, time))
    if one.recurrence_id is not None and (series.recurs or made.first("RECURRENCE-ID") is not None):
        made.set(_time_line("RECURRENCE-ID", one.recurrence_id))
    return made


def _in_utc(component: Component, zones: ZoneLookup) -> Component:
    """A copy whose times need no VTIMEZONE; what is in a zone nobody knows floats."""
    made = component.copy()
    made.items = [_line_in_utc(item, zones) if isinstance(item, Line) else item for item in made.items]
    return made


def _line_in_utc(line: Line, zones: ZoneLookup) -> Line:
    if line.param("TZID") is None:
        return line
    try:
        return _time_line(line.name, read_time(line, zones))
    except InvalidData:
        return line


def _time_line(name: str, time: CalTime) -> Line:
    """Dates stay dates and floating times float; the rest becomes UTC."""
    if time.is_date:
        return Line(name, str(time), params=(("VALUE", ("DATE",)),))
    if time.zone is None:
        return Line(name, str(time), params=())
    return Line(name, time.instant(time.zone).strftime("%Y%m%dT%H%M%SZ"), params=())


def _limited(calendar: Component, window: Window, default_zone: dt.tzinfo, budget: Budget) -> Component:
    """The masters, and those overrides that touch the window or replace an occurrence that does (§9.6.6)."""
    kept: set[int] = set()
    for series in _series(calendar, timezone.lookup(calendar), default_zone):
        kept |= _touching(series, window, budget)
    items = [
        item
        for item in calendar.items
        if not (isinstance(item, Component) and item.name in _RECURRING and id(item) not in kept)
    ]
    return _with_items(calendar, items)


def _touching(series: Series, window: Window, budget: Budget) -> set[int]:
    """The identities of the components that tell what happens in the window; all of them where that costs too much."""
    try:
        return _found_touching(series, window, budget)
    except TooMany:
        return {id(component) for component in series.components}


def _found_touching(series: Series, window: Window, budget: Budget) -> set[int]:
    kept = {id(one.component) for one in expand(series, window, limit=MAX_OCCURRENCES, budget=budget)}
    starts: set[dt.datetime] = set()
    if series.master is not None:
        kept.add(id(series.master))
        alone = Series.of([series.master], series.zones, series.default_zone)
        own = expand(alone, window, limit=MAX_OCCURRENCES, budget=budget)
        starts = {one.start.instant(series.default_zone) for one in own}
    for override in series.overrides.all:
        named = override.recurrence_id
        if override.rules_future or (named is not None and named.instant(series.default_zone) in starts):
            kept.add(id(override.component))
    return kept


def _limited_busy(calendar: Component, span: TimeRange) -> Component:
    """FREEBUSY lines with only the periods that touch the span (§9.6.7)."""
    items: list[Line | Component] = []
    for item in calendar.items:
        if isinstance(item, Component) and item.name == "VFREEBUSY":
            items.append(
                _with_items(item, [one for one in (_busy(part, span) for part in item.items) if one is not None])
            )
        else:
            items.append(item)
    return _with_items(calendar, items)


def _busy(item: Line | Component, span: TimeRange) -> Line | Component | None:
    if isinstance(item, Component) or item.name != "FREEBUSY":
        return item
    window = window_of(span)
    periods = [period for period in item.value.split(",") if _touches(period, window)]
    return item.with_value(",".join(periods)) if periods else None


def _touches(period: str, window: Window) -> bool:
    """Whether a PERIOD lies in the window; one that cannot be read is left in."""
    first, _, last = period.partition("/")
    try:
        start = parse_time(first).instant(dt.UTC)
        end = start + parse_duration(last) if last.lstrip("+-")[:1] == "P" else parse_time(last).instant(dt.UTC)
    except (InvalidData, OverflowError):
        return True
    return start < window.end and end > window.start


# --- cards ------------------------------------------------------------------------------------------------------------


def card_text(document: Component, wanted: AddressData) -> str:
    """The card with the properties that were named; VERSION and UID always stay, so that it is a card (RFC 6350). The
    version it is wanted in is `sogo.model.card_versions`' affair."""
    if wanted.props is None:
        return document.render()
    named = {prop.name: prop.novalue for prop in wanted.props}
    return Component("", [_selected_card(card, named) for card in document.children]).render()


def _selected_card(card: Component, named: dict[str, bool]) -> Component:
    items: list[Line | Component] = []
    for line in card.lines:
        full = f"{line.group}.{line.name}".upper() if line.group else line.name
        match = next((name for name in (full, line.name) if name in named), None)
        if match is not None:
            items.append(line.with_value("") if named[match] else line)
        elif line.name in _CARD_ALWAYS:
            items.append(line)
    return _with_items(card, items)
