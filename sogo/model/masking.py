"""Events and tasks for those who may know when, and nothing else (dav.md §11.7).

What is kept is listed here; whatever is not listed is not there. Values are kept only when they look like dates, times,
durations or rules, since anybody can write a text anywhere. The UID is that of SOGo 5, which both servers make of the
owner's public salt: the same object has the same UID for all its readers, and none of them learns the real one.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line, parse
from sogo.errors import CodecError
from sogo.model.labels import masked_title
from sogo.model.product import PRODID
from sogo.model.rights import EventClass

SECURE = "X-SOGO-SECURE"
_KEPT = frozenset({
    "DTSTAMP", "DTSTART", "DTEND", "DUE", "DURATION", "EXDATE", "EXRULE", "RDATE", "RRULE", "RECURRENCE-ID", "TRANSP",
})  # fmt: skip
_PARAMS = frozenset({"TZID", "VALUE", "RANGE"})
_ZONE_LINES = frozenset({"TZID", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE", "TZNAME"})
_ZONE_PARTS = frozenset({"STANDARD", "DAYLIGHT"})
_MASKED = ("VEVENT", "VTODO")
_MOMENTS = re.compile(r"[+-]?[0-9PTZWDHMSpt,/+\-]*", re.ASCII)
_RULE = re.compile(r"[A-Z0-9=,;+\-:]*", re.ASCII | re.IGNORECASE)
_RULES = frozenset({"RRULE", "EXRULE"})
_STATES = frozenset({"OPAQUE", "TRANSPARENT"})
_CLASSES = {"PUBLIC": EventClass.PUBLIC, "PRIVATE": EventClass.PRIVATE, "CONFIDENTIAL": EventClass.CONFIDENTIAL}
_CLASS_LINE = re.compile(r"(?:^|[\r\n])[ \t]*CLASS[ \t]*[;:]", re.IGNORECASE)
_FOLD = re.compile(r"(?:\r\n|\n|\r)[ \t]")


@dataclass(frozen=True, slots=True)
class Masking:
    """`salt` is the owner's public one, `language` the reader's."""

    salt: str
    language: str

    def uid(self, uid: str) -> str:
        """As SOGo 5 writes it: the digest and then the salt, both in hexadecimal."""
        salt = self.salt.encode()
        return hashlib.sha256(uid.encode("utf-8", "surrogatepass") + salt).hexdigest() + salt.hex()

    def name(self, name: str, uid: str) -> str:
        """The name by which an object is shown: another one where its own tells the UID."""
        if uid and uid.casefold() not in name.casefold():
            return name
        text = f"name\0{name}\0{self.salt}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() + ".ics"

    def etag(self, uid: str, version: int, of_class: EventClass) -> str:
        """Another one than that of the whole object, and of each form in which it is shown. It tells no version."""
        text = f"{version}\0{of_class.value}\0{self.language}\0{self.salt}"
        key = uid.encode("utf-8", "surrogatepass") or b"-"
        return "t" + hmac.new(key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]

    def text(self, text: str, of_class: EventClass) -> str:
        """What is shown of a calendar object. Raises CodecError for one that cannot be read."""
        calendar = next(iter(parse(text).components("VCALENDAR")), None)
        if calendar is None:
            raise CodecError("This is no calendar.")
        head: list[Line | Component] = [Line("VERSION", "2.0"), Line("PRODID", calendar.value("PRODID") or PRODID)]
        zones = [_zone(zone) for zone in calendar.components("VTIMEZONE")]
        shown = [self._component(one, of_class) for one in calendar.components(*_MASKED)]
        return Component("VCALENDAR", [*head, *zones, *shown]).render()

    def _component(self, component: Component, of_class: EventClass) -> Component:
        title = masked_title(of_class, self.language, is_task=component.name == "VTODO")
        return Component(
            component.name,
            [
                *(_bare(line) for line in component.lines if line.name in _KEPT and _is_harmless(line)),
                Line("SUMMARY", title),
                Line("UID", self.uid(component.text("UID").strip())),
                Line(SECURE, "YES"),
            ],
        )


def class_of_text(text: str) -> EventClass:
    """The class a calendar object says of itself: that of its master. Raises CodecError."""
    if _CLASS_LINE.search(_FOLD.sub("", text)) is None:
        return EventClass.PUBLIC
    calendar = next(iter(parse(text).components("VCALENDAR")), None)
    found = calendar.components("VEVENT", "VTODO", "VJOURNAL") if calendar is not None else []
    if not found:
        raise CodecError("There is no event, task or journal.")
    master = next((one for one in found if one.first("RECURRENCE-ID") is None), found[0])
    return _CLASSES.get((master.value("CLASS") or "").strip().upper(), EventClass.PUBLIC)


def uid_of_text(text: str) -> str:
    """The UID of an event or task. Raises CodecError for what is neither."""
    for calendar in parse(text).components("VCALENDAR"):
        for one in calendar.components(*_MASKED):
            return one.text("UID").strip()
    raise CodecError("There is no event or task.")


def _is_harmless(line: Line) -> bool:
    if line.name == "TRANSP":
        return line.value.strip().upper() in _STATES
    return (_RULE if line.name in _RULES else _MOMENTS).fullmatch(line.value.strip()) is not None


def _bare(line: Line) -> Line:
    """The line with no parameter but those a time needs."""
    params = tuple((name, values) for name, values in line.params if name in _PARAMS)
    return Line(line.name, line.value.strip(), params=params)


def _zone(zone: Component) -> Component:
    """A time zone without comments and what else somebody put there."""
    parts = [
        Component(part.name, [_bare(line) for line in part.lines if line.name in _ZONE_LINES])
        for part in zone.components(*_ZONE_PARTS)
    ]
    return Component(zone.name, [*(line for line in zone.lines if line.name == "TZID"), *parts])
