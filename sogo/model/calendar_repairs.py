"""The rewrites of a calendar object on its way into the store, one named function each (dav.md §14.2).

A function looks at a calendar that it may change, and says whether it did. What needs no repair stays octet for octet
as the client sent it; so the original's habits that change every object are left out: CLASS:PUBLIC is what a missing
CLASS means anyway (RFC 5545 §3.8.1.3), PT1H for an event without end is not what the RFC says, the order of lines and
time zones that came with the object are the client's. Nothing here concerns scheduling.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line
from sogo.model.calendar_rules import STORABLE
from sogo.model.span import DAY, moment, read_or_none, time_of
from sogo.model.stored_text import fresh_uid
from sogo.model.timezone import lookup
from sogo.model.vtimezone import vtimezone

_ZONED = ("DTSTART", "DTEND", "DUE", "RECURRENCE-ID", "EXDATE", "RDATE")
_MOVED = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")


@dataclass(frozen=True, slots=True)
class PutSettings:
    """What the rewrites need to know of the user and the moment. `zone_name` is the TZID of `zone`; the classes are the
    user's defaults for events and tasks; `all_day_transparent` says that whole days shall not block (an iPhone, where
    the domain wants it so)."""

    zone: dt.tzinfo
    zone_name: str
    now: dt.datetime
    event_class: str = "PUBLIC"
    task_class: str = "PUBLIC"
    day_start_hour: int = 8
    all_day_transparent: bool = False
    new_uid: Callable[[], str] = fresh_uid


def repair(calendar: Component, settings: PutSettings) -> bool:
    """Apply every rewrite in order; True when one of them changed something."""
    changed = [step(calendar, settings) for step in _STEPS]
    return any(changed)


def _components(calendar: Component, *names: str) -> list[Component]:
    return calendar.components(*(names or STORABLE))


# --- the calendar as a whole ------------------------------------------------------------------------------------------


def state_the_version(calendar: Component, settings: PutSettings) -> bool:
    """VERSION is required, and readers give up without it."""
    if calendar.first("VERSION") is not None:
        return False
    calendar.items.insert(0, Line("VERSION", "2.0"))
    return True


def drop_the_method(calendar: Component, settings: PutSettings) -> bool:
    """A stored object is no message: RFC 4791 §4.1 forbids METHOD. Some clients store invitations as they came."""
    return calendar.remove("METHOD")


def give_a_uid(calendar: Component, settings: PutSettings) -> bool:
    """Components without UID get that of the others, or a new one: without it nothing finds the object again."""
    components = _components(calendar)
    missing = [component for component in components if not component.text("UID").strip()]
    if not missing:
        return False
    known = next((line for item in components if (line := item.first("UID")) and line.text.strip()), None)
    uid = known or Line("UID", settings.new_uid())
    for component in missing:
        component.set(uid)
    return True


# --- one event --------------------------------------------------------------------------------------------------------


def find_a_start(calendar: Component, settings: PutSettings) -> bool:
    """An event without DTSTART gets the RECURRENCE-ID it replaces, else an hour (a day) before DTEND, else today at the
    hour the user's day begins."""
    missing = [event for event in _components(calendar, "VEVENT") if event.first("DTSTART") is None]
    for event in missing:
        event.set(_start_from(event, settings))
    return bool(missing)


def _start_from(event: Component, settings: PutSettings) -> Line:
    replaced, end = event.first("RECURRENCE-ID"), event.first("DTEND")
    if replaced is not None:
        return _renamed(replaced, "DTSTART", replaced.value)
    time = read_or_none(end, _no_zone)
    if end is not None and time is not None and time.local > dt.datetime.min + DAY:
        earlier = DAY if time.is_date else dt.timedelta(hours=1)
        return _renamed(end, "DTSTART", str(time.at(time.local - earlier)))
    today = settings.now.astimezone(settings.zone).replace(hour=settings.day_start_hour, minute=0, second=0)
    return Line("DTSTART", f"{today:%Y%m%dT%H%M%S}", params=(("TZID", (settings.zone_name,)),))


def _renamed(line: Line, name: str, value: str) -> Line:
    return Line(name, value, params=tuple((key, values) for key, values in line.params if key != "RANGE"))


def place_in_the_users_zone(calendar: Component, settings: PutSettings) -> bool:
    """A floating event gets the user's time zone, as in the original: in a shared calendar nine o'clock shall be nine
    o'clock of the one who wrote it. Dates, UTC, and times with any TZID stay; an end without TZID takes that of the
    start."""
    changed = False
    for event in _components(calendar, "VEVENT"):
        start = event.first("DTSTART")
        if start is not None and _floats(start):
            changed |= _place(event, _MOVED, settings.zone_name)
        else:
            tzid = start.param("TZID") if start is not None else None
            changed |= _place(event, ("DTEND",), tzid or settings.zone_name)
    return changed


def _place(event: Component, names: Sequence[str], tzid: str) -> bool:
    floating = {id(line) for line in event.lines if line.name in names and _floats(line)}
    if floating:
        event.items = [
            item.with_param("TZID", tzid) if isinstance(item, Line) and id(item) in floating else item
            for item in event.items
        ]
    return bool(floating)


def _floats(line: Line) -> bool:
    if line.param("TZID") is not None:
        return False
    values = [value.partition("/")[0].strip() for value in line.value.split(",")]
    return all("T" in value and not value.endswith("Z") for value in values)


def order_start_and_end(calendar: Component, settings: PutSettings) -> bool:
    """An event that ends before it starts: DTSTART and DTEND change places."""
    zones = lookup(calendar)
    changed = False
    for event in _components(calendar, "VEVENT"):
        start, end = event.first("DTSTART"), event.first("DTEND")
        begins, ends = read_or_none(start, zones), read_or_none(end, zones)
        if start is None or end is None or begins is None or ends is None or begins.is_date != ends.is_date:
            continue
        if moment(begins) > moment(ends):
            event.replace(start, _renamed(end, "DTSTART", end.value))
            event.replace(end, _renamed(start, "DTEND", start.value))
            changed = True
    return changed


def last_a_day(calendar: Component, settings: PutSettings) -> bool:
    """A whole-day event whose DTEND is its DTSTART: DTEND is exclusive, so it is moved to the next day."""
    changed = False
    for event in _components(calendar, "VEVENT"):
        end = event.first("DTEND")
        begins, ends = (time_of(event, name, _no_zone) for name in ("DTSTART", "DTEND"))
        if end is None or begins is None or ends is None or not (begins.is_date and ends.is_date):
            continue
        if begins.local == ends.local:
            event.replace(end, end.with_value(str(ends.at(ends.local + DAY))))
            changed = True
    return changed


def keep_the_count(calendar: Component, settings: PutSettings) -> bool:
    """COUNT and UNTIL in one rule exclude each other (RFC 5545 §3.3.10): UNTIL goes, as in the original."""
    changed = False
    for component in _components(calendar):
        for line in component.lines:
            if line.name in ("RRULE", "EXRULE") and _has_both(line.value):
                kept = [part for part in line.value.split(";") if _part_name(part) != "UNTIL"]
                component.replace(line, line.with_value(";".join(kept)))
                changed = True
    return changed


def _has_both(rule: str) -> bool:
    return {"COUNT", "UNTIL"} <= {_part_name(part) for part in rule.split(";")}


def _part_name(part: str) -> str:
    return part.partition("=")[0].strip().upper()


def free_whole_days(calendar: Component, settings: PutSettings) -> bool:
    """TRANSP:TRANSPARENT on whole days, where asked for (SOGoiPhoneForceAllDayTransparency)."""
    changed = False
    for event in _components(calendar, "VEVENT") if settings.all_day_transparent else []:
        start = time_of(event, "DTSTART", _no_zone)
        if start is not None and start.is_date and (event.value("TRANSP") or "").strip().upper() != "TRANSPARENT":
            event.set(Line("TRANSP", "TRANSPARENT"))
            changed = True
    return changed


def classify(calendar: Component, settings: PutSettings) -> bool:
    """A missing or empty CLASS becomes the user's default, unless that is PUBLIC, which it means already."""
    changed = False
    for component in _components(calendar):
        wanted = settings.task_class if component.name == "VTODO" else settings.event_class
        if wanted.upper() not in ("", "PUBLIC") and not (component.value("CLASS") or "").strip():
            component.set(Line("CLASS", wanted.upper()))
            changed = True
    return changed


# --- time zones -------------------------------------------------------------------------------------------------------


def define_zones(calendar: Component, settings: PutSettings) -> bool:
    """A VTIMEZONE for every TZID that is used, known here and not defined by the object; those that came with it stay
    as they are. Last of all, since other rewrites bring TZIDs in."""
    definitions = undefined_zones(calendar)
    if not definitions:
        return False
    place = next(i for i, item in enumerate(calendar.items) if isinstance(item, Component))
    calendar.items[place:place] = definitions
    return True


def undefined_zones(calendar: Component) -> list[Component]:
    """Definitions of the zones that are named, known here and not defined."""
    defined = {(zone.value("TZID") or "").strip() for zone in calendar.components("VTIMEZONE")}
    missing = [tzid for tzid in dict.fromkeys(_tzids(calendar)) if tzid not in defined]
    return [zone for tzid in missing if (zone := vtimezone(tzid)) is not None]


def _tzids(calendar: Component) -> Iterator[str]:
    for component in _components(calendar):
        for line in component.lines:
            if line.name in _ZONED and (tzid := (line.param("TZID") or "").strip()):
                yield tzid


def _no_zone(tzid: str) -> dt.tzinfo | None:
    """For questions that need no zone."""
    return None


_STEPS = (
    state_the_version, drop_the_method, give_a_uid, find_a_start, place_in_the_users_zone, order_start_and_end,
    last_a_day, keep_the_count, free_whole_days, classify, define_zones,
)  # fmt: skip
