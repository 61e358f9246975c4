"""TZID -> zone: whatever a client calls its time zone, this finds what it means (RFC 5545 §3.2.19).

A known name wins over the definition that came with it, since definitions age and lie. In this order: an IANA name or
alias; the last path segments of a global id (`/freeassociation.sourceforge.net/Europe/Berlin`); a Windows name
(`W. Europe Standard Time`); what X-LIC-LOCATION or TZURL of the embedded VTIMEZONE name; the embedded VTIMEZONE itself.
Nothing here raises for what a client wrote: an unknown zone is None, and its times float.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from sogo.codec.contentline import Component
from sogo.model.caltime import ZoneLookup
from sogo.model.embedded_zone import embedded_zone

reset_tzpath(())  # the tzdata of our lock, not the host's: every worker and host knows the same clocks

_NOT_PLACES = frozenset({"Factory", "localtime", "posixrules"})
_MAX_TZID = 200
MAX_DEFINITIONS = 10
"""How many definitions of unknown zones are read for one object."""


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Every spelling that is taken for a zone, case-folded -> IANA name."""
    names = {name.casefold(): name for name in available_timezones() - _NOT_PLACES}
    for windows, iana in WINDOWS_TO_OLSON.items():
        if iana.casefold() in names:
            names.setdefault(windows.casefold(), iana)
    return names


def iana_name(tzid: str) -> str | None:
    """The IANA name a TZID stands for, from its text alone; None when it names no known zone."""
    return _iana_name(tzid) if len(tzid) <= _MAX_TZID else None


@lru_cache(maxsize=1024)
def _iana_name(tzid: str) -> str | None:
    names = _names()
    text = tzid.strip().strip('"').casefold()
    candidates = [text, text.replace(" ", "_")]
    segments = [segment for segment in text.split("/") if segment]
    candidates += ["/".join(segments[-count:]) for count in (3, 2, 1) if 0 < count <= len(segments)]
    return next((names[candidate] for candidate in candidates if candidate in names), None)


def is_standard(tzid: str) -> bool:
    """Whether a TZID is the IANA name or alias itself, so that whoever has the zone database needs no definition of it
    (RFC 7809 §1). Other spellings that are understood here may say nothing to others."""
    return tzid in _standard_names()


@lru_cache(maxsize=1)
def _standard_names() -> frozenset[str]:
    return frozenset(available_timezones() - _NOT_PLACES)


def zone(tzid: str, calendar: Component | None = None) -> dt.tzinfo | None:
    """The zone of a TZID; `calendar` is the VCALENDAR that may hold its definition. None when nobody knows it.

    For more than one TZID of the same calendar take `lookup`, which reads the definitions once."""
    return lookup(calendar)(tzid)


def lookup(calendar: Component | None) -> ZoneLookup:
    """A lookup for the times of one calendar object, that remembers what it found. Of definitions for the same TZID the
    first counts; beyond MAX_DEFINITIONS different ones nothing is read."""
    known: dict[str, dt.tzinfo | None] = {}
    definitions: dict[str, Component] | None = None
    read = 0

    def find(tzid: str) -> dt.tzinfo | None:
        nonlocal definitions, read
        if tzid in known:
            return known[tzid]
        name = iana_name(tzid)
        found: dt.tzinfo | None = ZoneInfo(name) if name is not None else None
        if found is None:
            if definitions is None:
                definitions = _definitions(calendar)
            definition = definitions.get(tzid.strip())
            if definition is not None and read < MAX_DEFINITIONS:
                read += 1
                found = _defined(definition)
        known[tzid] = found
        return found

    return find


def _definitions(calendar: Component | None) -> dict[str, Component]:
    found: dict[str, Component] = {}
    for component in calendar.walk() if calendar is not None else ():
        if component.name == "VTIMEZONE":
            found.setdefault((component.value("TZID") or "").strip(), component)
    return found


def _defined(definition: Component) -> dt.tzinfo | None:
    for hint in ("X-LIC-LOCATION", "TZURL"):
        name = iana_name(definition.value(hint) or "")
        if name is not None:
            return ZoneInfo(name)
    return embedded_zone(definition)
