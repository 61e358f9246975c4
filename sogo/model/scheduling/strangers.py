"""Objects that bear the UID of a meeting and are another thing.

A UID is no secret: whoever reads an event knows it, and may organize a meeting of this UID. What others have under it
is their copy only where it has the same organizer; anything else is theirs, and is neither written over nor removed.
"""

from __future__ import annotations

from dataclasses import replace

from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.addresses import delegators
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.facts import Copy, Facts

__all__ = ["comes_for", "organizer_key", "without_strangers"]


def without_strangers(facts: Facts, circle: Circle, *versions: CalendarObject | None) -> Facts:
    """The facts with the copies of this meeting only, and who has something else under its UID as `strangers`. The
    organizer is that of the first of the versions that has one, else the owner. What the owner has elsewhere stays."""
    found = (key for obj in versions if obj is not None and (key := organizer_key(obj, circle)) is not None)
    organizer = next(found, circle.owner.key)
    strangers = frozenset(
        user_id
        for user_id, copy in facts.copies.items()
        if user_id != circle.owner.user_id and organizer_key(copy.object, circle) != organizer
    )
    if not strangers:
        return facts
    copies = {user_id: copy for user_id, copy in facts.copies.items() if user_id not in strangers}
    return replace(facts, copies=copies, strangers=strangers)


def organizer_key(obj: CalendarObject, circle: Circle) -> str | None:
    """`Person.key` of who organizes an object; None for what nobody does."""
    organizer = next(filter(None, map(circle.organizer, obj.components)), None)
    return organizer.key if organizer is not None else None


def comes_for(copy: Copy, delegate: str, senders: frozenset[str], circle: Circle) -> bool:
    """Whether a copy says that its user, a `Person.key`, was sent by one of these."""
    for component in copy.object.components:
        seat = circle.seats(component).get(delegate)
        if seat is not None and any(circle.person(address).key in senders for address in delegators(seat.line)):
            return True
    return False
