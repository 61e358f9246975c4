"""What a calendar object must be before it is stored (RFC 4791 §4.1, §5.3.2.1), rule by rule.

Each function takes what it judges and raises InvalidData or UnsupportedData with the RFC's name of the broken rule.
Refused is what no two programs would understand alike; what clients are known to write and everybody understands is
let through, or mended later by `sogo.model.calendar_repairs`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line, unescape
from sogo.errors import InvalidData, UnsupportedData
from sogo.model.caltime import BEGINNING, END_OF_TIME, UTC, parse_duration, read_time
from sogo.model.recurrence import Rule
from sogo.model.stored_text import is_blank
from sogo.model.timezone import iana_name

STORABLE = ("VEVENT", "VTODO", "VJOURNAL")
_NOT_STORABLE = ("VFREEBUSY", "VAVAILABILITY")
_TIMES = ("DTSTART", "DTEND", "DUE", "RECURRENCE-ID")
_VALID, _RESOURCE = "valid-calendar-data", "valid-calendar-object-resource"
_PARTS = "number-of-parts"
"""Ours. max-instances (RFC 4791 §5.2.8) counts what a rule generates: by it every series without an end is too long."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one object may hold; None is without limit. `components` counts master and overrides, `dates` the values of
    RDATE and EXDATE of one component, `rules` its RRULE and EXRULE lines (the RFC wants one), `attendees` those of one
    component."""

    octets: int | None = None
    components: int = 5_000
    dates: int = 20_000
    rules: int = 20
    attendees: int = 5_000


def size(text: str, limits: Limits) -> None:
    if limits.octets is not None and len(text) * 4 > limits.octets and len(text.encode()) > limits.octets:
        raise InvalidData(f"More than {limits.octets} octets.", rule="max-resource-size")


def one_calendar(document: Component) -> Component:
    """The VCALENDAR of a document that holds it and nothing else."""
    for line in document.lines:
        if not is_blank(line.raw or line.value):
            raise InvalidData("This is not iCalendar: there is text outside of VCALENDAR.", rule=_VALID)
    children = document.children
    if len(children) != 1 or children[0].name != "VCALENDAR":
        raise InvalidData("This is not exactly one VCALENDAR.", rule=_VALID)
    return children[0]


def version_2(calendar: Component) -> None:
    """vCalendar 1.0 has another grammar of rules and alarms. A missing VERSION is mended."""
    version = (calendar.value("VERSION") or "2.0").strip()
    if version == "1.0":
        raise UnsupportedData("vCalendar 1.0 is not taken here.", rule="supported-calendar-data")


def one_kind(calendar: Component) -> tuple[Component, ...]:
    """The components of the object. Time zones and X- components may stand beside them."""
    found = [child for child in calendar.children if child.name in STORABLE + _NOT_STORABLE]
    kinds = {child.name for child in found}
    if len(kinds) > 1:
        raise InvalidData(f"{' and '.join(sorted(kinds))} in one object.", rule=_RESOURCE)
    if kinds & set(_NOT_STORABLE):
        raise UnsupportedData(f"{found[0].name} is not stored in a calendar.", rule="supported-calendar-component")
    others = [child for child in calendar.children if child.name != "VTIMEZONE"]
    if not found and others:
        name = others[0].name[:40]
        raise UnsupportedData(f"{name} is not stored in a calendar.", rule="supported-calendar-component")
    if not found:
        raise InvalidData("There is no event, task or journal.", rule=_RESOURCE)
    return tuple(found)


def one_uid(components: Sequence[Component]) -> str:
    """The UID all components share; "" when none has one. A component without is taken for one of the others."""
    uids = {uid for component in components if (uid := component.text("UID").strip())}
    if len(uids) > 1:
        raise InvalidData("Components with different UIDs in one object.", rule=_RESOURCE)
    return uids.pop() if uids else ""


def one_master(components: Sequence[Component]) -> Component | None:
    """The component without RECURRENCE-ID; None for an invitation to single occurrences."""
    masters = [component for component in components if component.first("RECURRENCE-ID") is None]
    if len(masters) > 1:
        raise InvalidData("Two components of one UID without RECURRENCE-ID.", rule=_RESOURCE)
    return masters[0] if masters else None


def few_enough(components: Sequence[Component], limits: Limits) -> None:
    if len(components) > limits.components:
        raise InvalidData(f"More than {limits.components} components.", rule=_PARTS)
    for component in components:
        if len(component.all("ATTENDEE")) > limits.attendees:
            raise InvalidData(f"More than {limits.attendees} attendees.", rule="max-attendees-per-instance")
        if sum(line.name in ("RRULE", "EXRULE") for line in component.lines) > limits.rules:
            raise InvalidData(f"More than {limits.rules} recurrence rules.", rule=_PARTS)
        values = sum(line.value.count(",") + 1 for line in component.lines if line.name in ("RDATE", "EXDATE"))
        if values > limits.dates:
            raise InvalidData(f"More than {limits.dates} recurrence dates.", rule=_PARTS)


def not_nested(component: Component) -> None:
    """A component inside another comes of a lost END: nobody can tell any more which line belongs to which."""
    for child in component.walk():
        if child is not component and child.name in STORABLE:
            raise InvalidData(f"{child.name} inside of {component.name}.", rule=_VALID)


def readable_times(component: Component) -> None:
    """Start, end and RECURRENCE-ID are dates or times between the years 1 and 9999, DURATION is one and not negative.
    A missing start is mended."""
    for line in component.lines:
        if line.name in _TIMES:
            _within_time(line)
        elif line.name == "DURATION" and parse_duration(line.value).total_seconds() < 0:
            raise InvalidData("A negative DURATION.", rule=_VALID)


def _within_time(line: Line) -> None:
    moment = read_time(line).instant(UTC)
    if moment < BEGINNING:
        raise InvalidData(f"{line.name} is too early.", rule="min-date-time")
    if moment > END_OF_TIME:
        raise InvalidData(f"{line.name} is too late.", rule="max-date-time")


def zones_told(calendar: Component) -> None:
    """Every TZID is defined by the object or is a zone this server knows: for clients that rely on names alone
    (RFC 7809 §3.1). Others are read as floating."""
    defined = {(zone.value("TZID") or "").strip() for zone in calendar.components("VTIMEZONE")}
    for component in calendar.components(*STORABLE):
        for line in component.lines:
            tzid = (line.param("TZID") or "").strip()
            if tzid and tzid not in defined and iana_name(tzid) is None:
                raise InvalidData(f"The time zone {tzid[:60]!r} is unknown.", rule="valid-timezone")


def readable_rules(component: Component) -> None:
    """A rule that cannot be read would make one event here and a series elsewhere."""
    for line in component.lines:
        if line.name in ("RRULE", "EXRULE"):
            Rule.parse(unescape(line.value))
