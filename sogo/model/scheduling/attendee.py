"""The attendee's side: what an owner who is invited may do with his copy, and who learns of it (RFC 6638 §3.2.2).

    new copy, or a change   answers collected --> allowed --> written into the organizer's object and the others' copies
    removed                 declined, unless the client wants no reply

Where the organizer is elsewhere only the mail reaches him; the copies of other local attendees follow all the same.
"""

from __future__ import annotations

from dataclasses import replace

from sogo.codec.contentline import Line
from sogo.errors import SchedulingRefused
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.addresses import is_served
from sogo.model.scheduling.allowed import constrained, with_own_lines
from sogo.model.scheduling.answers import collected, declined, signed
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.draft import Draft
from sogo.model.scheduling.echo import Echo
from sogo.model.scheduling.facts import Facts
from sogo.model.scheduling.itip import sequence_of
from sogo.model.scheduling.parts import Parts
from sogo.model.scheduling.people import Person
from sogo.model.scheduling.plan import Plan
from sogo.model.scheduling.refusals import refuse_a_second_object, refuse_an_orphan

__all__ = ["attended", "left"]


def attended(
    old: CalendarObject | None, new: CalendarObject, sent: CalendarObject, facts: Facts, circle: Circle
) -> Plan:
    """A new version of a copy: `sent` as it came, `new` as prepared. Raises SchedulingRefused, SchedulingConflict,
    PreconditionFailed."""
    organizer = organizer_of(new, circle) or (organizer_of(old, circle) if old is not None else None)
    if old is None:
        refuse_a_second_object(facts)
        if organizer is not None:
            refuse_an_orphan(organizer, facts)
    if not _is_ours(new, circle):
        return Plan(new, is_verbatim=new.text == sent.text, is_major=True)
    before = Parts(old, facts.zone) if old is not None else None
    after = Parts(new, facts.zone)
    _in_sequence(before, after)
    answers = signed(collected(before, after, circle, all_of_them=_is_forced(new)), circle)
    if before is not None and organizer is not None and organizer.is_local:
        stored = constrained(before, after, answers, circle)
    else:
        stored = with_own_lines(new, answers, after, circle)
    echo = Echo(before or after, stored, answers, facts, circle)
    plan = echo.spread()
    stored = _noted(old, stored, echo.status if answers else "", circle)
    is_changed = old is None or stored.text != old.text
    return replace(plan, after=stored, is_verbatim=stored.text == sent.text, is_major=is_changed)


def left(old: CalendarObject, facts: Facts, circle: Circle) -> Plan:
    """The owner removes his copy."""
    if not facts.reply_wanted or not _is_ours(old, circle):
        return Plan(None)
    parts = Parts(old, facts.zone)
    return replace(Echo(parts, old, signed(declined(parts, circle), circle), facts, circle).spread(), after=None)


def organizer_of(obj: CalendarObject, circle: Circle) -> Person | None:
    return next(filter(None, map(circle.organizer, obj.components)), None)


def _is_ours(obj: CalendarObject, circle: Circle) -> bool:
    """Not where the client schedules by itself: SCHEDULE-AGENT of ORGANIZER, or of the owner's own entry (§5.1-2)."""
    for component in obj.components:
        own = next((line for line in circle.attendee_lines(component) if circle.is_owner(line)), None)
        if not is_served(component.first("ORGANIZER")) or (own is not None and not is_served(own)):
            return False
    return True


def _is_forced(obj: CalendarObject) -> bool:
    """Whether the client wants a reply in any case (RFC 6638 §7.2)."""
    lines = (component.first("ORGANIZER") for component in obj.components)
    return any((line.param("SCHEDULE-FORCE-SEND") or "").upper() == "REPLY" for line in lines if line is not None)


def _in_sequence(before: Parts | None, after: Parts) -> None:
    """A copy that has not seen the last change of the organizer cannot be stored (§5.2-2). Raises SchedulingRefused."""
    for key, component in after.components.items():
        former = before.components.get(key) if before is not None else None
        if former is not None and sequence_of(component) < sequence_of(former):
            raise SchedulingRefused("sequences don't match", rule="allowed-attendee-scheduling-object-change")


def _noted(old: CalendarObject | None, stored: CalendarObject, status: str, circle: Circle) -> CalendarObject:
    """With what became of the reply in ORGANIZER (RFC 6638 §7.3), and without what the client asked for."""
    former = next((line for item in (old.components if old else ()) if (line := item.first("ORGANIZER"))), None)
    known = status or (former.param("SCHEDULE-STATUS") if former is not None else None) or ""
    draft = Draft(stored)
    for component in draft.components:
        line = component.first("ORGANIZER")
        if line is not None:
            component.replace(line, _note(line, known))
    return draft.finish()


def _note(line: Line, status: str) -> Line:
    if line.param("SCHEDULE-FORCE-SEND") is not None:
        line = line.with_param("SCHEDULE-FORCE-SEND")
    if status and line.param("SCHEDULE-STATUS") != status:
        line = line.with_param("SCHEDULE-STATUS", status)
    return line
