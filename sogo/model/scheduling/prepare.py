"""The object as a client sends it, made ready for the decision: who organizes it, who is invited (scheduling.md §3).

Each step changes the components of a draft and may refuse. What needs no change stays octet for octet.
"""

from __future__ import annotations

from collections.abc import Iterable

from sogo.codec.contentline import Component, Line
from sogo.errors import SchedulingConflict, SchedulingRefused
from sogo.model.calendar_object import CalendarObject, Limits
from sogo.model.scheduling.addresses import address_of, mailto, partstat, sent_by
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.draft import Draft, edit_lines
from sogo.model.scheduling.facts import Face, Facts
from sogo.model.scheduling.groups import expand_groups
from sogo.model.scheduling.people import Kind, Person

__all__ = ["answers_only", "is_forged", "prepared"]

MAX_ATTENDEES = Limits().attendees
MAX_ENTRIES = 100_000
"""Of all components together."""
_FORGED = (
    "Not allowed to perform this action. Wrong SENT-BY being used regarding access rights on organizer's calendar."
)
_OWN_WORDS = frozenset({Face.WEB, Face.EAS})
"""Faces whose events name no organizer until somebody is invited: then it is the owner (scheduling.md §2)."""


def prepared(old: CalendarObject | None, new: CalendarObject, facts: Facts, circle: Circle) -> CalendarObject:
    """Raises SchedulingRefused (same-organizer-in-all-components, max-attendees-per-instance), and SchedulingConflict
    for an organizer the actor may not act for."""
    draft = Draft(new)
    components = draft.components
    _name_the_organizer(old, components, facts, circle)
    _repair_the_organizer(old, components, circle)
    _one_organizer(components, circle)
    _not_forged(components, facts, circle)
    owned = any(circle.organizes(component) for component in components)
    total = 0
    for component in components:
        if owned and facts.expand_groups:
            expand_groups(component, circle)
        _complete(component, circle, owned=owned)
        total += len(component.all("ATTENDEE"))
        if len(component.all("ATTENDEE")) > MAX_ATTENDEES or total > MAX_ENTRIES:
            raise SchedulingRefused(f"More than {MAX_ATTENDEES} attendees.", rule="max-attendees-per-instance")
    return draft.finish()


def answers_only(old: CalendarObject, new: CalendarObject, circle: Circle) -> CalendarObject:
    """What is stored, with the owner's answers out of what was sent: all that somebody may bring who may answer for the
    owner and nothing else (dav.md §14.2-8). Nothing of an object with other components."""
    draft = Draft(old)
    sent = {_place(component): component for component in new.components}
    if {_place(component) for component in draft.components} != sent.keys():
        return old
    for component in draft.components:
        answer = next((line for line in sent[_place(component)].all("ATTENDEE") if circle.is_owner(line)), None)
        if answer is not None:
            edit_lines(component, ("ATTENDEE",), lambda line: _answered(line, answer, circle))  # noqa: B023
    return draft.finish()


def _answered(line: Line, answer: Line | None, circle: Circle) -> Line:
    if answer is None or not circle.is_owner(line) or partstat(line) == partstat(answer):
        return line
    return line.with_param("PARTSTAT", partstat(answer))


def _place(component: Component) -> str:
    return (component.value("RECURRENCE-ID") or "").strip()


# --- the organizer ----------------------------------------------------------------------------------------------------


def _name_the_organizer(old: CalendarObject | None, components: list[Component], facts: Facts, circle: Circle) -> None:
    """A component with attendees and no ORGANIZER gets that of another component, else the one the object had, else, of
    programs that leave it out, the owner; a master without one that of its exception (Thunderbird since 10)."""
    invited = [component for component in components if component.first("ATTENDEE") is not None]
    known = next((line for component in components if (line := component.first("ORGANIZER"))), None)
    if known is None and invited:
        known = _stored_organizer(old)
    if known is None and invited and facts.face in _OWN_WORDS:
        known = _organizer_line(facts.owner)
    if known is None:
        return
    for component in components:
        lacks = component.first("ORGANIZER") is None
        if lacks and (component in invited or component.first("RECURRENCE-ID") is None):
            component.set(known)


def _stored_organizer(old: CalendarObject | None) -> Line | None:
    lines = (component.first("ORGANIZER") for component in old.components) if old is not None else ()
    return next((line for line in lines if line is not None), None)


def _organizer_line(person: Person) -> Line:
    return Line("ORGANIZER", mailto(person.address), params=(("CN", (person.cn or person.address,)),))


def _repair_the_organizer(old: CalendarObject | None, components: list[Component], circle: Circle) -> None:
    """A client that does not know of acting for others makes the actor the organizer in the owner's calendar: then the
    owner is, and the actor is who sent it (scheduling.md §3.2). On update only what the owner organized."""
    if circle.actor.is_same(circle.owner):
        return
    if old is not None and not any(circle.organizes(component) for component in old.components):
        return
    for component in components:
        line = component.first("ORGANIZER")
        if line is None:
            continue
        if circle.of(line).is_same(circle.actor):
            component.set(_acted(_organizer_line(circle.owner), circle.actor))
        elif circle.is_owner(line) and not circle.person(sent_by(line)).is_same(circle.actor):
            component.set(_acted(line, circle.actor))


def _acted(line: Line, actor: Person) -> Line:
    """With SENT-BY as the original writes it."""
    return line.with_param("SENT-BY", f"MAILTO:{actor.address}")


def _one_organizer(components: list[Component], circle: Circle) -> None:
    organizers = {person.key for component in components if (person := circle.organizer(component)) is not None}
    if len(organizers) > 1:
        raise SchedulingRefused("The components have different organizers.", rule="same-organizer-in-all-components")


def _not_forged(components: list[Component], facts: Facts, circle: Circle) -> None:
    if is_forged(components, facts, circle):
        raise SchedulingConflict(_FORGED, rule="allowed-organizer-scheduling-object-change")


def is_forged(components: Iterable[Component], facts: Facts, circle: Circle) -> bool:
    """Whether somebody acts for a local organizer without the right to (scheduling.md §3.2)."""
    for component in components:
        line = component.first("ORGANIZER")
        if line is None or circle.is_owner(line) or not circle.organizes(component):
            continue
        organizer = circle.of(line)
        if organizer.is_local and not organizer.is_same(circle.actor) and not facts.may_act_for_organizer:
            return True
    return False


# --- the attendees ----------------------------------------------------------------------------------------------------


def _complete(component: Component, circle: Circle, *, owned: bool) -> None:
    """A local organizer is never an attendee; ORGANIZER has a name; of meetings of the owner attendees have PARTSTAT
    and RSVP, and rooms and things say what they are."""
    if component.first("ATTENDEE") is None:
        return
    organizer = circle.organizer(component)
    if organizer is not None and organizer.is_local:
        edit_lines(component, ("ATTENDEE",), lambda line: None if circle.of(line).is_same(organizer) else line)
    line = component.first("ORGANIZER")
    if line is not None and organizer is not None:
        _write_well(component, line, organizer)
    if owned:
        edit_lines(component, ("ATTENDEE",), lambda line: _with_defaults(line, circle))


def _write_well(component: Component, line: Line, organizer: Person) -> None:
    """An organizer by another URI than mailto can be mailed by nobody: a local one gets the primary address, and a
    name. What others say of themselves stays as it was sent."""
    if not organizer.is_local:
        return
    better = line
    if not organizer.has(_mail_of(line)):
        better = better.with_value(mailto(organizer.address))
    if not (better.param("CN") or "").strip():
        better = better.with_param("CN", organizer.cn or organizer.address)
    if better is not line:
        component.replace(line, better)


def _mail_of(line: Line) -> str:
    return address_of(line) if line.value[:7].lower() == "mailto:" else ""


def _with_defaults(line: Line, circle: Circle) -> Line:
    if line.param("PARTSTAT") is None:
        line = line.with_param("PARTSTAT", "NEEDS-ACTION")
    if line.param("RSVP") is None and partstat(line) == "NEEDS-ACTION":
        line = line.with_param("RSVP", "TRUE")
    person = circle.of(line)
    if person.kind.is_booked and line.param("CUTYPE") is None and person.kind is not Kind.INDIVIDUAL:
        line = line.with_param("CUTYPE", person.kind.value)
    return line
