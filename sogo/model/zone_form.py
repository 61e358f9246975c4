"""Calendars with the definitions of time zones that their reader wants (RFC 7809 §3.1.3)."""

from __future__ import annotations

from enum import Enum

from sogo.codec.contentline import Component, Line, parse
from sogo.errors import CodecError
from sogo.model import timezone
from sogo.model.calendar_repairs import undefined_zones


class ZoneForm(Enum):
    """STORED is what came and was stored. BY_NAME leaves out the definitions of zones that everybody knows by their
    names; WHOLE has one for every zone that is named and known here, even where some other program stored none."""

    STORED = ""
    BY_NAME = "F"
    WHOLE = "T"


def in_zone_form(calendar: Component, form: ZoneForm) -> Component:
    """The calendar in a form, a copy; the one given where that is the same. Definitions of zones that are nobody
    else's stay, or are added, in every form but STORED."""
    if form is ZoneForm.STORED:
        return calendar
    missing = undefined_zones(calendar)
    items = list(calendar.items)
    if form is ZoneForm.BY_NAME:
        missing = [zone for zone in missing if not is_standard_zone(zone)]
        items = [item for item in items if not (isinstance(item, Component) and is_standard_zone(item))]
    if not missing and len(items) == len(calendar.items):
        return calendar
    place = next((i for i, item in enumerate(items) if isinstance(item, Component)), len(items))
    made = calendar.copy()
    made.items = [*items[:place], *missing, *items[place:]]
    return made


def is_standard_zone(item: Component) -> bool:
    """Whether it is the definition of a zone that everybody knows by its name."""
    return item.name == "VTIMEZONE" and timezone.is_standard((item.value("TZID") or "").strip())


def text_in_zone_form(text: str, form: ZoneForm) -> str:
    """The same for a text; the very text where nothing changes, or where it cannot be read."""
    if form is ZoneForm.STORED or not ("TZID" in text or "BEGIN:VTIMEZONE" in text):
        return text
    try:
        document = parse(text)
    except CodecError:
        return text
    items: list[Line | Component] = [
        in_zone_form(item, form) if isinstance(item, Component) and item.name == "VCALENDAR" else item
        for item in document.items
    ]
    if all(new is old for new, old in zip(items, document.items, strict=True)):
        return text
    return Component("", items).render()
