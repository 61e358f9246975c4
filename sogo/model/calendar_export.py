"""Many calendar objects as the parts of one calendar: a published file (RFC 5545 §3.4, RFC 5546 §3.2.1).

Each stored object is taken apart, its time zones are told once for the whole file, and what would spoil the file for a
reader stays out: lines that are no properties, ends that nothing began, characters no text may hold.
"""

from __future__ import annotations

from collections.abc import Iterator

from sogo.codec.contentline import Component, Line, escape, parse
from sogo.errors import InvalidData
from sogo.model.calendar_rules import not_nested
from sogo.model.file_text import clean, tidy
from sogo.model.product import PRODID
from sogo.model.timezone import iana_name, is_standard
from sogo.model.vtimezone import vtimezone

_VALID = "valid-calendar-data"


def calendar_properties(name: str, zone_name: str) -> list[Line]:
    """What the file says of itself. X-WR-CALNAME and X-WR-TIMEZONE are no standard, but every reader knows them: the
    second tells where floating times are."""
    return [
        Line("VERSION", "2.0"),
        Line("PRODID", PRODID),
        Line("METHOD", "PUBLISH"),
        Line("X-WR-CALNAME", escape(name)),
        Line("X-WR-TIMEZONE", escape(zone_name)),
    ]


class Parts:
    """Takes the objects of one file in their order. It remembers which time zones were told, by TZID. Definitions of
    zones that everybody knows by their names may stay out (RFC 7809 §3.1.3)."""

    def __init__(self, *, with_alarms: bool = True, with_standard_zones: bool = True) -> None:
        self._with_alarms = with_alarms
        self._with_standard_zones = with_standard_zones
        self._told: dict[str, int] = {}

    def of(self, text: str) -> list[Component]:
        """What an object adds to the file: definitions of time zones that were not told yet, then its components.

        Raises CodecError or InvalidData for an object that no file can hold.
        """
        calendars = parse(clean(text)).components("VCALENDAR")
        if not calendars:
            raise InvalidData("This is not iCalendar.", rule=_VALID)
        return [part for calendar in calendars for part in self._of_calendar(calendar)]

    def _of_calendar(self, calendar: Component) -> list[Component]:
        components = [child for child in calendar.children if child.name != "VTIMEZONE"]
        for component in components:
            not_nested(component)
            tidy(component, with_alarms=self._with_alarms)
        return [*self._zones(calendar, components), *components]

    def _zones(self, calendar: Component, components: list[Component]) -> list[Component]:
        """The definitions to tell now. Where an object means another zone by a name that is taken already, its times
        get a name of their own."""
        found: list[Component] = []
        defined = {(zone.value("TZID") or "").strip(): zone for zone in reversed(calendar.components("VTIMEZONE"))}
        for tzid in dict.fromkeys(_tzids(components)):
            zone = defined.get(tzid) or vtimezone(tzid)
            if zone is None or (is_standard(tzid) and not self._with_standard_zones):
                continue
            tidy(zone)
            name = self._name_for(tzid, zone)
            if name != tzid:
                _rename(components, tzid, name)
                zone.set(Line("TZID", name))
            if self._tell(name, zone):
                found.append(zone)
        return found

    def _tell(self, name: str, zone: Component) -> bool:
        is_new = name not in self._told
        self._told.setdefault(name, _meaning(zone))
        return is_new

    def _name_for(self, tzid: str, zone: Component) -> str:
        """The TZID itself where nobody can mistake it: it names a zone everybody knows, or means here what it means
        elsewhere in the file."""
        if iana_name(tzid) is not None:
            return tzid
        meaning, name, number = _meaning(zone), tzid, 1
        while self._told.get(name, meaning) != meaning:
            number += 1
            name = f"{tzid} {number}"
        return name


def _tzids(components: list[Component]) -> Iterator[str]:
    for component in components:
        for line in component.lines:
            if (tzid := line.param("TZID")) is not None and tzid.strip():
                yield tzid.strip()


def _rename(components: list[Component], old: str, new: str) -> None:
    for component in components:
        component.items = [
            item.with_param("TZID", new)
            if isinstance(item, Line) and (item.param("TZID") or "").strip() == old
            else item
            for item in component.items
        ]


def _meaning(zone: Component) -> int:
    """A number for what a definition says, whatever it is called."""
    copy = zone.copy()
    copy.remove("TZID")
    return hash(copy.render())
