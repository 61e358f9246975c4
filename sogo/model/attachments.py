"""Managed attachments within the text of an event (RFC 8607 §4): lines that are added, replaced and taken out, for all
occurrences or for those that are named."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence

from sogo.codec.contentline import Component, Line, parse
from sogo.errors import CodecError, InvalidData
from sogo.model import timezone
from sogo.model.caltime import UTC, Window, parse_time
from sogo.model.series import Occurrence, Series, expand

MASTER = "M"
MAX_RIDS = 100
MAX_OF_OBJECT = 50
"""Managed attachments in one component."""
_ENDS = ("DTEND", "DUE")
_RECURRENCE = ("RRULE", "RDATE", "EXRULE", "EXDATE")
_COMPONENTS = ("VEVENT", "VTODO", "VJOURNAL")
_ID = re.compile(r"[A-Za-z0-9_-]{43}")
Edit = Callable[[Component], bool]
"""Changes a component; whether there was anything to change."""


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def names(text: str, managed_id: str) -> bool:
    """Whether an object refers to an attachment."""
    if "MANAGED-ID" not in text.replace("\r\n ", "").replace("\n ", "").upper():
        return False
    try:
        document = parse(text)
    except CodecError:
        return False
    return any(
        line.param("MANAGED-ID") == managed_id for component in document.walk() for line in component.all("ATTACH")
    )


def line_of(managed_id: str, url: str, *, name: str, type: str, size_bytes: int) -> Line:
    params = (("MANAGED-ID", (managed_id,)), ("FMTTYPE", (type,)), ("SIZE", (str(size_bytes),)), ("FILENAME", (name,)))
    return Line("ATTACH", url, params=params)


def rids(value: str | None) -> tuple[str, ...] | None:
    """The instances that are named; None for all. Raises InvalidData (valid-rid)."""
    if value is None:
        return None
    found = tuple(dict.fromkeys(part.strip() for part in value.split(",")))
    if not all(found) or len(found) > MAX_RIDS:
        raise _bad_rid()
    return found


def added(text: str, line: Line, wanted: Sequence[str] | None, *, default_zone: dt.tzinfo) -> str:
    """The object with the line in all its components, or in those named. Raises InvalidData (valid-rid,
    max-attachments-per-resource)."""

    def add(component: Component) -> bool:
        if sum(one.param("MANAGED-ID") is not None for one in component.all("ATTACH")) >= MAX_OF_OBJECT:
            raise InvalidData("This event has many attachments already.", rule="max-attachments-per-resource")
        component.append_line(line)
        return True

    return _edited(text, add, wanted, default_zone)


def replaced(text: str, managed_id: str, line: Line, *, default_zone: dt.tzinfo) -> str:
    """The object with another line wherever the old one is. Raises InvalidData (valid-managed-id)."""

    def replace(component: Component) -> bool:
        old = [one for one in component.all("ATTACH") if one.param("MANAGED-ID") == managed_id]
        for one in old:
            component.replace(one, line)
        return bool(old)

    return _edited(text, replace, None, default_zone)


def removed(text: str, managed_id: str, wanted: Sequence[str] | None, *, default_zone: dt.tzinfo) -> str:
    """The object without it, or without it in the instances named. Raises InvalidData (valid-managed-id, valid-rid)."""

    def remove(component: Component) -> bool:
        before = len(component.items)
        component.items = [
            item
            for item in component.items
            if not (isinstance(item, Line) and item.name == "ATTACH" and item.param("MANAGED-ID") == managed_id)
        ]
        return len(component.items) != before

    return _edited(text, remove, wanted, default_zone)


def _edited(text: str, edit: Edit, wanted: Sequence[str] | None, zone: dt.tzinfo) -> str:
    document = parse(text).copy()
    calendar = next(iter(document.components("VCALENDAR")), None)
    if calendar is None:
        raise InvalidData("This is no calendar.", rule="valid-calendar-data")
    components = calendar.components(*_COMPONENTS)
    chosen = components if wanted is None else [_instance(calendar, components, rid, zone) for rid in wanted]
    changed = [edit(component) for component in chosen]
    if not any(changed):
        raise InvalidData("There is no such attachment.", rule="valid-managed-id")
    return document.render()


def _instance(calendar: Component, components: list[Component], rid: str, zone: dt.tzinfo) -> Component:
    """The component of an instance, which is made where the instance has none of its own."""
    zones = timezone.lookup(calendar)
    master = next((one for one in components if one.first("RECURRENCE-ID") is None), None)
    if rid == MASTER and master is not None:
        return master
    try:
        moment = parse_time(rid).instant(zone)
    except InvalidData as error:
        raise _bad_rid() from error
    for one in components:
        line = one.first("RECURRENCE-ID")
        if line is not None:
            time = parse_time(line.value, tzid=line.param("TZID") or "", zones=zones)
            if time.instant(zone) == moment:
                return one
    found = _occurrence(Series.of(list(components), zones, zone), moment, zone) if master is not None else None
    if found is None or found.component is not master:
        raise _bad_rid()
    made = _override(master, found)
    calendar.items.insert(calendar.items.index(components[-1]) + 1, made)
    components.append(made)
    return made


def _occurrence(series: Series, moment: dt.datetime, zone: dt.tzinfo) -> Occurrence | None:
    if not series.recurs:
        return None
    window = Window(moment.astimezone(UTC), moment.astimezone(UTC) + dt.timedelta(seconds=1))
    for one in expand(series, window, limit=100):
        if one.recurrence_id is not None and one.recurrence_id.instant(zone) == moment:
            return one
    return None


def _override(master: Component, occurrence: Occurrence) -> Component:
    made = master.copy()
    made.remove(*_RECURRENCE)
    start = made.first("DTSTART")
    if start is None or occurrence.recurrence_id is None:
        raise _bad_rid()
    made.set(start.with_value(str(occurrence.start)))
    for name in _ENDS:
        end = made.first(name)
        if end is not None:
            made.set(Line(name, str(occurrence.end), params=start.params))
    made.append_line(Line("RECURRENCE-ID", str(occurrence.recurrence_id), params=start.params))
    return made


def _bad_rid() -> InvalidData:
    return InvalidData("There is no such instance.", rule="valid-rid")
