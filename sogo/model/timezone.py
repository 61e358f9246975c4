"""TZID -> zone: whatever a client calls its time zone, this finds what it means (RFC 5545 §3.2.19).

A known name wins over the definition that came with it, since definitions age and lie. In this order: an IANA name or
alias; the last path segments of a global id (`/freeassociation.sourceforge.net/Europe/Berlin`); a Windows name
(`W. Europe Standard Time`); what X-LIC-LOCATION or TZURL of the embedded VTIMEZONE name; the embedded VTIMEZONE itself.
Nothing here raises for what a client wrote: an unknown zone is None, and its times float.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from sogo.codec.contentline import Component
from sogo.model.caltime import ZoneLookup
from sogo.model.embedded_zone import embedded_zone

_NOT_PLACES = frozenset({"Factory", "localtime", "posixrules"})
_MAX_TZID = 200


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Every spelling that is taken for a zone, case-folded -> IANA name."""
    names = {name.casefold(): name for name in available_timezones() - _NOT_PLACES}
    for windows, iana in WINDOWS_TO_OLSON.items():
        if iana.casefold() in names:
            names.setdefault(windows.casefold(), iana)
    return names


@lru_cache(maxsize=1024)
def iana_name(tzid: str) -> str | None:
    """The IANA name a TZID stands for, from its text alone; None when it names no known zone."""
    if len(tzid) > _MAX_TZID:
        return None
    names = _names()
    text = tzid.strip().strip('"').casefold()
    candidates = [text, text.replace(" ", "_")]
    segments = [segment for segment in text.split("/") if segment]
    candidates += ["/".join(segments[-count:]) for count in (3, 2, 1) if 0 < count <= len(segments)]
    return next((names[candidate] for candidate in candidates if candidate in names), None)


def zone(tzid: str, calendar: Component | None = None) -> dt.tzinfo | None:
    """The zone of a TZID; `calendar` is the VCALENDAR that may hold its definition. None when nobody knows it."""
    name = iana_name(tzid)
    if name is not None:
        return ZoneInfo(name)
    definition = _definition(tzid, calendar)
    if definition is None:
        return None
    for line_name in ("X-LIC-LOCATION", "TZURL"):
        name = iana_name(definition.value(line_name) or "")
        if name is not None:
            return ZoneInfo(name)
    return embedded_zone(definition)


def lookup(calendar: Component | None) -> ZoneLookup:
    """A lookup for the times of one calendar object, that remembers what it found."""
    known: dict[str, dt.tzinfo | None] = {}

    def find(tzid: str) -> dt.tzinfo | None:
        if tzid not in known:
            known[tzid] = zone(tzid, calendar)
        return known[tzid]

    return find


def _definition(tzid: str, calendar: Component | None) -> Component | None:
    if calendar is None:
        return None
    for component in calendar.walk():
        if component.name == "VTIMEZONE" and (component.value("TZID") or "").strip() == tzid.strip():
            return component
    return None
