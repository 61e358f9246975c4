"""CalDAV: the bodies of calendar-query, calendar-multiget and free-busy-query (RFC 4791 §§9.5-9.11), and what is
wanted of calendar data (§9.6). The filter tree is in `calendar_filter`. `timezone-id` is RFC 7809 §7.2."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.davxml.calendar_filter import CompFilter, TimeRange, parse_calendar_filter, parse_time_range
from sogo.codec.davxml.names import caldav
from sogo.codec.davxml.reader import Element, attribute, child, children, text_of
from sogo.codec.davxml.report import MAX_HREFS, parse_hrefs, parse_limit, parse_wanted, wanted_element
from sogo.codec.davxml.rfc4918 import PropfindRequest, expect_root
from sogo.errors import CodecError, InvalidData, TooMany, UnsupportedData

CALENDAR_DATA = caldav("calendar-data")
MAX_SELECTION_DEPTH = 6
MAX_SELECTED = 500


@dataclass(frozen=True, slots=True)
class SelectedProp:
    """A calendar property to return; `novalue` leaves its value out (§9.6.4). `name` is upper-case."""

    name: str
    novalue: bool = False


@dataclass(frozen=True, slots=True)
class SelectedComp:
    """What to return of a component (§9.6.1). `props` is None for all of them, `comps` None for all inside."""

    name: str
    props: tuple[SelectedProp, ...] | None = None
    comps: tuple[SelectedComp, ...] | None = None


@dataclass(frozen=True, slots=True)
class CalendarData:
    """How calendar data is wanted. `selection` None means whole objects; ranges have both ends."""

    selection: SelectedComp | None = None
    expand: TimeRange | None = None
    limit_recurrence_set: TimeRange | None = None
    limit_freebusy_set: TimeRange | None = None

    @property
    def plain(self) -> bool:
        """The object as it is stored."""
        return self == CalendarData()


@dataclass(frozen=True, slots=True)
class CalendarQuery:
    """`timezone` is the text of an iCalendar object, `timezone_id` an IANA name; for floating and all-day times. `data`
    is None when calendar data is not wanted."""

    wanted: PropfindRequest
    filter: CompFilter
    data: CalendarData | None = None
    timezone: str | None = None
    timezone_id: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class CalendarMultiget:
    wanted: PropfindRequest
    hrefs: tuple[str, ...]
    data: CalendarData | None = None


@dataclass(frozen=True, slots=True)
class FreeBusyQuery:
    """`span` has both ends."""

    span: TimeRange


def parse_calendar_query(root: Element | None) -> CalendarQuery:
    """Read a calendar-query. Raises CodecError, TooMany, UnsupportedData (supported-calendar-data), and what
    `parse_calendar_filter` raises."""
    report = expect_root(root, caldav("calendar-query"))
    return CalendarQuery(
        parse_wanted(report),
        parse_calendar_filter(children(report, caldav("filter"))),
        data=parse_calendar_data(report),
        timezone=_text(report, "timezone"),
        timezone_id=_text(report, "timezone-id"),
        limit=parse_limit(report, caldav("limit"), caldav("nresults")),
    )


def parse_calendar_multiget(root: Element | None, *, max_hrefs: int = MAX_HREFS) -> CalendarMultiget:
    """Read a calendar-multiget. Raises CodecError, TooMany, UnsupportedData."""
    report = expect_root(root, caldav("calendar-multiget"))
    return CalendarMultiget(
        parse_wanted(report), parse_hrefs(report, max_hrefs=max_hrefs), data=parse_calendar_data(report)
    )


def parse_free_busy_query(root: Element | None) -> FreeBusyQuery:
    """Read a free-busy-query. Raises CodecError when its time-range is missing, open or no range at all, InvalidData
    (min-date-time, max-date-time) when it leads beyond time."""
    return FreeBusyQuery(_closed_range(expect_root(root, caldav("free-busy-query")), "time-range"))


def _text(report: Element, name: str) -> str | None:
    return text_of(child(report, caldav(name))).strip() or None


def _closed_range(parent: Element, name: str) -> TimeRange:
    found = child(parent, caldav(name))
    if found is None:
        raise CodecError(f"The {name} is missing.")
    try:
        span = parse_time_range(found)
    except InvalidData as error:
        if error.rule != "valid-filter":
            raise
        raise CodecError(error.public) from error
    if span.start is None or span.end is None:
        raise CodecError(f"A {name} needs a start and an end here.")
    return span


# --- calendar data ----------------------------------------------------------------------------------------------------


def parse_calendar_data(report: Element) -> CalendarData | None:
    """The calendar-data among the wanted properties, None when it is not wanted."""
    element = wanted_element(report, CALENDAR_DATA)
    if element is None:
        return None
    content_type = attribute(element, "content-type") or "text/calendar"
    version = attribute(element, "version") or "2.0"
    if content_type.strip().lower() != "text/calendar" or version.strip() != "2.0":
        raise UnsupportedData("Calendar data comes as text/calendar 2.0.", rule="supported-calendar-data")
    ranges = {
        name: _closed_range(element, name)
        for name in ("expand", "limit-recurrence-set", "limit-freebusy-set")
        if child(element, caldav(name)) is not None
    }
    if "expand" in ranges and "limit-recurrence-set" in ranges:
        raise CodecError("expand and limit-recurrence-set exclude each other.")
    return CalendarData(
        _selection(element),
        expand=ranges.get("expand"),
        limit_recurrence_set=ranges.get("limit-recurrence-set"),
        limit_freebusy_set=ranges.get("limit-freebusy-set"),
    )


def _selection(element: Element) -> SelectedComp | None:
    comps = children(element, caldav("comp"))
    if not comps:
        return None
    if len(comps) > 1 or _name(comps[0]) != "VCALENDAR":
        raise CodecError("A selection of calendar data begins with one comp, VCALENDAR.")
    if sum(1 for _ in comps[0].iterdescendants()) > MAX_SELECTED:
        raise TooMany(f"More than {MAX_SELECTED} selected properties.", limit=MAX_SELECTED)
    return _selected_comp(comps[0], MAX_SELECTION_DEPTH)


def _selected_comp(element: Element, depth: int) -> SelectedComp:
    """An empty comp means all of it, as the VTIMEZONE of the RFC's example (§7.8.1)."""
    if not depth:
        raise TooMany(f"Components selected deeper than {MAX_SELECTION_DEPTH}.", limit=MAX_SELECTION_DEPTH)
    if len(element) == 0:
        return SelectedComp(_name(element))
    props = tuple(
        SelectedProp(_name(item), (attribute(item, "novalue") or "").strip().lower() == "yes")
        for item in children(element, caldav("prop"))
    )
    comps = tuple(_selected_comp(item, depth - 1) for item in children(element, caldav("comp")))
    return SelectedComp(
        _name(element),
        props=None if child(element, caldav("allprop")) is not None else props,
        comps=None if child(element, caldav("allcomp")) is not None else comps,
    )


def _name(element: Element) -> str:
    name = (attribute(element, "name") or "").strip().upper()
    if not name:
        raise CodecError("A selected component or property has no name.")
    return name
