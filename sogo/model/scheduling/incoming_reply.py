"""A REPLY by mail: the answer of one attendee goes into the organizer's object, and from there to the others' copies
(RFC 5546 §3.2.3)."""

from __future__ import annotations

from sogo.codec.contentline import Component, Line
from sogo.errors import NotFound, SchedulingRefused
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.addresses import delegates, mailto, sent_by
from sogo.model.scheduling.answers import MAX_ANSWERS, Answer, answered
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.facts import Facts
from sogo.model.scheduling.itip import request, sequence_of
from sogo.model.scheduling.parts import MASTER, Parts
from sogo.model.scheduling.people import Kind, Person
from sogo.model.scheduling.plan import CopyWrite, Plan
from sogo.model.scheduling.refusals import refuse_protected_delegates
from sogo.model.scheduling.view import Meeting, clean_line

__all__ = ["replied"]

MAX_DELEGATES = 10
"""In the place of one attendee, by one reply."""


def replied(message: CalendarObject, stored: CalendarObject, sender: Person, facts: Facts, circle: Circle) -> Plan:
    """Raises SchedulingRefused where the sender is not the attendee or says too much at once, SchedulingConflict for a
    delegate who does not want to be invited, NotFound for an attendee who is not invited."""
    before, news = Parts(stored, facts.zone), Parts(message, facts.zone)
    if len(news.components) > MAX_ANSWERS:
        raise SchedulingRefused(f"More than {MAX_ANSWERS} answers at once.", rule="")
    answers = [
        _answer(
            before.key_of(line) if (line := component.first("RECURRENCE-ID")) else MASTER, component, sender, circle
        )
        for component in news.components.values()
    ]
    _require_invited(before, answers, circle)
    after = answered(stored, answers, circle, facts.zone, facts.now)
    if after is stored:
        return Plan(stored, keeps_schedule_tag=True)
    meeting = Meeting(after, circle, facts.zone)
    copies = () if meeting.is_crowded else tuple(_copies(meeting, answers, facts, circle))
    return Plan(after, is_verbatim=False, keeps_schedule_tag=True, copies=copies, is_major=True)


def _answer(key: str, component: Component, sender: Person, circle: Circle) -> Answer:
    line = next((line for line in circle.attendee_lines(component) if _says(line, sender, circle)), None)
    if line is None:
        raise SchedulingRefused("The reply does not come from the attendee.", rule="")
    person, sent = circle.of(line), delegates(line)
    if len(sent) > MAX_DELEGATES:
        raise SchedulingRefused(f"More than {MAX_DELEGATES} delegates.", rule="")
    joining = [_delegate_line(component, address, line, circle) for address in sent]
    return Answer(
        person, key, clean_line(line), sequence_of(component), component.first("RECURRENCE-ID"), tuple(joining)
    )


def _says(line: Line, sender: Person, circle: Circle) -> bool:
    acting = sent_by(line)
    return circle.of(line).is_same(sender) or (bool(acting) and circle.person(acting).is_same(sender))


def _delegate_line(component: Component, address: str, line: Line, circle: Circle) -> Line:
    delegate = circle.person(address)
    organizer = circle.organizer(component)
    if delegate.kind is Kind.GROUP or (organizer is not None and delegate.is_same(organizer)):
        raise SchedulingRefused("The meeting cannot be delegated to this person.", rule="")
    there = next((one for one in circle.attendee_lines(component) if circle.of(one).is_same(delegate)), None)
    if there is not None:  # for whom nobody but the delegate answers
        line_of_delegate = clean_line(there).with_param("PARTSTAT", "NEEDS-ACTION")
        return line_of_delegate.with_param("DELEGATED-FROM", mailto(circle.of(line).address))
    params = (
        ("CN", (delegate.cn or address,)), ("ROLE", ("REQ-PARTICIPANT",)), ("PARTSTAT", ("NEEDS-ACTION",)),
        ("RSVP", ("TRUE",)), ("DELEGATED-FROM", (mailto(circle.of(line).address),)),
    )  # fmt: skip
    return Line("ATTENDEE", mailto(delegate.address), params=params)


def _require_invited(before: Parts, answers: list[Answer], circle: Circle) -> None:
    """A delegate is invited once the organizer has heard of it from the delegator: that somebody was sent by a guest
    anybody can say (RFC 5546 §3.2.3 leaves it to the organizer). Raises NotFound, SchedulingConflict."""
    for answer in answers:
        component = before.components.get(answer.key) or before.components.get(MASTER)
        if component is None:
            raise NotFound("There is no such occurrence.")
        seats = circle.seats(component)
        if answer.person.key not in seats:
            raise NotFound("user does not participate in this calendar event")
        joining = (circle.of(line) for line in answer.joining)
        refuse_protected_delegates(person for person in joining if person.key not in seats)


def _copies(meeting: Meeting, answers: list[Answer], facts: Facts, circle: Circle) -> list[CopyWrite]:
    """The copies of local attendees follow; a local delegate gets one."""
    found = []
    joining = {circle.of(line).key for answer in answers for line in answer.joining}
    for key, guest in meeting.guests.items():
        person = guest.any.person
        if person.user_id is None or person.is_same(circle.owner):
            continue
        copy = facts.copies.get(person.user_id)
        if copy is not None:
            after = answered(copy.object, answers, circle, facts.zone, facts.now)
            if after is not copy.object:
                found.append(CopyWrite(person, copy, after, copy.name, keeps_schedule_tag=True))
        elif key in joining and guest.gets_copy:
            after = meeting.copy_for(key, None, None)
            found.append(CopyWrite(person, None, after, facts.name, request(after, facts.now).message))
    return found
