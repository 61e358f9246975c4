"""The one question: what follows from this write?

Who the owner is in the object says which side answers: the organizer's, the attendee's, or none.
"""

from __future__ import annotations

from sogo.errors import SchedulingRefused
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.attendee import attended, left, organizer_of
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.facts import Face, Facts
from sogo.model.scheduling.inquire import is_unscheduled
from sogo.model.scheduling.organizer import organized, withdrawn
from sogo.model.scheduling.plan import Plan
from sogo.model.scheduling.prepare import answers_only, is_forged, prepared
from sogo.model.scheduling.strangers import without_strangers

__all__ = ["decide"]

_STORES_ONLY = frozenset({Face.IMPORT, Face.TOOL})
"""What is brought back or over was told to everybody when it was made."""


def decide(old: CalendarObject | None, new: CalendarObject | None, facts: Facts) -> Plan:
    """What follows from writing `new` over `old`; old is None for what is created, new for what is removed.

    Refusals are raised before anything is planned: SchedulingConflict (409) with the original's text, SchedulingRefused
    (403) with a precondition of RFC 6638 §3.2.4, PreconditionFailed (412) for an invitation nobody sent.
    """
    if new is None and old is None:
        return Plan(None)
    if facts.face in _STORES_ONLY or is_unscheduled(new or old):
        return Plan(new, is_verbatim=True, is_major=True)
    circle = Circle(facts)
    if old is not None and new is not None and old.uid != new.uid:
        _not_another(old)
        old = None
    if new is None:
        assert old is not None
        return _removed(old, without_strangers(facts, circle, old), circle)
    if old is not None and facts.can_answer_only:
        new, sent = answers_only(old, new, circle), new
        ready = new
    else:
        sent = new
        ready = prepared(old, new, facts, circle)
    facts = without_strangers(facts, circle, ready, old)
    if _is_organizer(old, ready, circle):
        _not_taken_over(old, ready, circle)
        return organized(old, ready, sent, facts, circle)
    if _attends(ready, circle) or (old is not None and _attends(old, circle)):
        return attended(old, ready, sent, facts, circle)
    return Plan(ready, is_verbatim=ready.text == sent.text, is_major=old is None or old.text != ready.text)


def _not_another(old: CalendarObject) -> None:
    """What is written over with another UID is another object: that is for what nobody else has a copy of. Raises
    SchedulingRefused."""
    if any(component.first("ATTENDEE") is not None for component in old.components):
        raise SchedulingRefused(
            "The UID of a meeting cannot be changed.", rule="allowed-organizer-scheduling-object-change"
        )


def _removed(old: CalendarObject, facts: Facts, circle: Circle) -> Plan:
    if is_forged(old.components, facts, circle):
        return Plan(None, is_major=True)  # it came here unseen, such as by an import; it goes as it came
    if _organizes(old, circle):
        return withdrawn(old, facts, circle)
    return left(old, facts, circle) if _attends(old, circle) else Plan(None, is_major=True)


def _organizes(obj: CalendarObject, circle: Circle) -> bool:
    return any(circle.organizes(component) for component in obj.components)


def _is_organizer(old: CalendarObject | None, new: CalendarObject, circle: Circle) -> bool:
    """Also of a meeting that loses its organizer, or gets another: the owner's side must answer for it."""
    return _organizes(new, circle) or (old is not None and _organizes(old, circle))


def _attends(obj: CalendarObject, circle: Circle) -> bool:
    return any(
        component.first("ORGANIZER") is not None and circle.owner.key in circle.seats(component)
        for component in obj.components
    )


def _not_taken_over(old: CalendarObject | None, new: CalendarObject, circle: Circle) -> None:
    """An attendee does not become the organizer of somebody else's meeting at this site. Raises SchedulingRefused."""
    if old is None or _organizes(old, circle) or not _attends(old, circle):
        return
    organizer = organizer_of(old, circle)
    if organizer is not None and organizer.is_local:
        raise SchedulingRefused(
            "The organizer of a meeting cannot be changed.", rule="allowed-attendee-scheduling-object-change"
        )
