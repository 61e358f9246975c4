"""What has to be known before something is decided."""

from __future__ import annotations

import datetime as dt

from sogo.codec.contentline import Component
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.addresses import addresses_in
from sogo.model.scheduling.facts import Inquiry
from sogo.model.scheduling.resources import window_of

__all__ = ["inquire", "is_unscheduled"]


def inquire(old: CalendarObject | None, new: CalendarObject | None, *, now: dt.datetime, zone: dt.tzinfo) -> Inquiry:
    """Whom and what a write concerns. Nothing where neither version has an organizer or attendees: that costs one look
    at the names of the properties. `zone` is the owner's. Never raises for what is in the objects."""
    components = [component for obj in (old, new) if obj is not None for component in obj.components]
    known = new if new is not None else old
    if known is None or is_unscheduled(known) or not any(_has_people(component) for component in components):
        return Inquiry(concerns=False)
    addresses = frozenset(address for component in components for address in addresses_in(component))
    has_guests = new is not None and any(component.first("ATTENDEE") is not None for component in new.components)
    window = window_of(new, now, zone) if new is not None and has_guests else None
    return Inquiry(True, known.uid, addresses, window)


def is_unscheduled(obj: CalendarObject | None) -> bool:
    """Journals are published, nobody is invited to them (RFC 5546 §3.5)."""
    return obj is None or obj.kind == "vjournal"


def _has_people(component: Component) -> bool:
    return component.first("ATTENDEE") is not None or component.first("ORGANIZER") is not None
