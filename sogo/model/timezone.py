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
    return lookup(calendar)(tzid)


def lookup(calendar: Component | None) -> ZoneLookup:
    """A lookup for the times of one calendar object, that remembers what it found. The definitions in the object are
    gathered once, when first one is needed: an object may use as many names as it has lines."""
    known: dict[str, dt.tzinfo | None] = {}
    definitions: dict[str, Component] | None = None

    def find(tzid: str) -> dt.tzinfo | None:
        nonlocal definitions
        if tzid in known:
            return known[tzid]
        name = iana_name(tzid)
        if name is not None:
            found: dt.tzinfo | None = ZoneInfo(name)
        else:
            if definitions is None:
                definitions = _definitions(calendar)
            found = _defined(definitions.get(tzid.strip()))
        known[tzid] = found
        return found

    return find


def _defined(definition: Component | None) -> dt.tzinfo | None:
    if definition is None:
        return None
    for line_name in ("X-LIC-LOCATION", "TZURL"):
        name = iana_name(definition.value(line_name) or "")
        if name is not None:
            return ZoneInfo(name)
    return embedded_zone(definition)


def _definitions(calendar: Component | None) -> dict[str, Component]:
    """TZID -> VTIMEZONE, the first of each name."""
    found: dict[str, Component] = {}
    for component in calendar.walk() if calendar is not None else ():
        if component.name == "VTIMEZONE":
            found.setdefault((component.value("TZID") or "").strip(), component)
    return found
