"""A message that came from outside: an iTIP object by mail, with the address it came from (RFC 5546 §3.2, RFC 6047).

    message, stored --receive--> Plan      what becomes of the object of the owner, in whose mailbox it lay

Who sends must be who may say such a thing: the organizer or who acts for him, for an answer the attendee himself. What
comes late, by SEQUENCE, changes nothing. A local organizer's messages change nothing: his server has told everybody.
"""

from __future__ import annotations

from collections.abc import Callable

from sogo.codec.contentline import Component, Line
from sogo.errors import InvalidRequest, NotFound, SchedulingRefused
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.addresses import bare, delegates, sent_by
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.draft import Draft, edit_lines, object_of
from sogo.model.scheduling.facts import Facts
from sogo.model.scheduling.incoming_reply import replied
from sogo.model.scheduling.itip import Letter, decline_counter, refresh, request, sequence_of
from sogo.model.scheduling.parts import MASTER, Parts
from sogo.model.scheduling.people import Person
from sogo.model.scheduling.plan import Mail, MailKind, Method, Plan
from sogo.model.scheduling.post import Post, correspondent
from sogo.model.scheduling.renewal import added, renewed
from sogo.model.scheduling.view import Meeting, clean_line, exclude, master_of

__all__ = ["decline_proposal", "receive"]

NOT_INVITED = "user does not participate in this calendar event"


def receive(message: CalendarObject, stored: CalendarObject | None, sender: str, facts: Facts) -> Plan:
    """What becomes of the owner's object, `stored`, by a message with METHOD. `sender` is the address it came from, as
    verified by whoever took it in.

    Raises SchedulingRefused for a sender who may not say this, NotFound where it is about nothing the owner has or is
    invited to, InvalidRequest for a METHOD that is none.
    """
    handle = _HANDLERS.get(message.calendar.text("METHOD").strip().upper())
    if handle is None:
        raise InvalidRequest("A message needs a METHOD of iTIP.")
    circle = Circle(facts)
    return handle(message, stored, circle.person(bare(sender)), facts, circle)


def _unchanged(stored: CalendarObject | None) -> Plan:
    return Plan(stored, keeps_schedule_tag=True)


# --- from the organizer -----------------------------------------------------------------------------------------------


def _request(
    message: CalendarObject, stored: CalendarObject | None, sender: Person, facts: Facts, circle: Circle
) -> Plan:
    organizer = _organizer(message, circle)
    if organizer.is_same(circle.owner) or organizer.user_id in facts.copies:
        return _unchanged(stored)
    _from_the_organizer(message, sender, circle, may_delegate=True)
    _same_organizer(stored, organizer, circle)
    if not any(circle.owner.key in circle.seats(component) for component in message.components):
        raise NotFound(NOT_INVITED)
    news = _without_method(message)
    after = renewed(Parts(stored, facts.zone), Parts(news, facts.zone), circle) if stored is not None else news
    return Plan(after, is_verbatim=False, is_major=stored is None or after.text != stored.text)


def _cancel(
    message: CalendarObject, stored: CalendarObject | None, sender: Person, facts: Facts, circle: Circle
) -> Plan:
    if stored is None:
        return _unchanged(None)
    organizer = _organizer(stored, circle)
    if organizer.is_same(circle.owner) or organizer.user_id in facts.copies:
        return _unchanged(stored)
    _from_the_organizer(stored, sender, circle, may_delegate=False)
    before, news = Parts(stored, facts.zone), Parts(message, facts.zone)
    draft = Draft(stored)
    components = {before.key(component): component for component in draft.components}
    gone: list[str] = []
    for key, component in news.components.items():
        if sequence_of(component) < sequence_of(components.get(key) or draft.master):
            continue
        named = circle.seats(component)
        if named and circle.owner.key not in named:
            for there in components.values() if key == MASTER else filter(None, (components.get(key),)):
                edit_lines(there, ("ATTENDEE",), lambda line: None if circle.of(line).key in named else line)  # noqa: B023
        elif key == MASTER:
            return Plan(None, is_major=True)
        else:
            gone.append(key)
    for key in gone:
        if key in components:
            draft.drop(components[key])
    master = master_of(draft.calendar, stored.kind)
    if master is not None:
        exclude(master, before, gone)
    elif not draft.components:
        return Plan(None, is_major=True)
    after = draft.finish()
    return Plan(after, is_verbatim=False, is_major=after is not stored)


def _add(message: CalendarObject, stored: CalendarObject | None, sender: Person, facts: Facts, circle: Circle) -> Plan:
    """A further occurrence of a series. Who does not have the series, or another version, asks for it (§3.2.4)."""
    organizer = _organizer(message, circle)
    if organizer.is_same(circle.owner) or organizer.user_id in facts.copies:
        return _unchanged(stored)
    _from_the_organizer(message, sender, circle, may_delegate=False)
    _same_organizer(stored, organizer, circle)
    after = added(Parts(stored, facts.zone), Parts(message, facts.zone)) if stored is not None else None
    if after is None:
        return Plan(stored, mails=_asked(message, facts, circle))
    return Plan(after, is_verbatim=False, is_major=True)


def _asked(message: CalendarObject, facts: Facts, circle: Circle) -> tuple[Mail, ...]:
    """A REFRESH to the organizer, from the owner."""
    component = message.components[0]
    line = component.first("ORGANIZER")
    own = next((one for one in component.all("ATTENDEE") if circle.is_owner(one)), None)
    post = Post(Parts(message, facts.zone), facts, circle)
    if line is not None and own is not None and facts.sends_mail and facts.sends_replies:
        post.answer(refresh(message, facts.now, circle.is_owner), own, line, None)
    return tuple(post.mails)


def _publish(
    message: CalendarObject, stored: CalendarObject | None, sender: Person, facts: Facts, circle: Circle
) -> Plan:
    """An event to look at: nobody is asked, so there is nobody in it (scheduling.md §11)."""
    if stored is not None:
        return _unchanged(stored)
    draft = Draft(_without_method(message))
    for component in draft.components:
        component.remove("ORGANIZER", "ATTENDEE")
    return Plan(draft.finish(), is_verbatim=False, is_major=True)


# --- from an attendee -------------------------------------------------------------------------------------------------


def _reply(
    message: CalendarObject, stored: CalendarObject | None, sender: Person, facts: Facts, circle: Circle
) -> Plan:
    return replied(message, _organized(stored, circle), sender, facts, circle)


def _counter(
    message: CalendarObject, stored: CalendarObject | None, sender: Person, facts: Facts, circle: Circle
) -> Plan:
    """A proposal changes nothing: the organizer takes it up by writing it, or says no (`decline_proposal`)."""
    _invited(_organized(stored, circle), sender, facts, circle)
    return _unchanged(stored)


def decline_proposal(message: CalendarObject, stored: CalendarObject, sender: str, facts: Facts) -> Plan:
    """The organizer's no to a COUNTER. Raises as `receive`."""
    circle = Circle(facts)
    person = circle.person(bare(sender))
    meeting = _invited(_organized(stored, circle), person, facts, circle)
    letter = decline_counter(_without_method(message), facts.now, lambda line: circle.of(line).is_same(person))
    return Plan(stored, keeps_schedule_tag=True, mails=_to_guest(letter, meeting, person, facts, circle))


def _refresh(
    message: CalendarObject, stored: CalendarObject | None, sender: Person, facts: Facts, circle: Circle
) -> Plan:
    """An attendee asks how things stand: he is sent what he is invited to, as it is now (§3.2.6)."""
    obj = _organized(stored, circle)
    meeting = _invited(obj, sender, facts, circle)
    guest = meeting.guests[sender.key]
    letter = request(meeting.shown(guest.keys, sender.key if meeting.is_crowded else ""), facts.now)
    return Plan(obj, keeps_schedule_tag=True, mails=_to_guest(letter, meeting, sender, facts, circle))


def _to_guest(letter: Letter, meeting: Meeting, person: Person, facts: Facts, circle: Circle) -> tuple[Mail, ...]:
    guest = meeting.guests[person.key]
    line = next(line for item in meeting.obj.components if (line := item.first("ORGANIZER")))
    post = Post(meeting.parts, facts, circle)
    if guest.is_served and facts.sends_mail:
        post.send(MailKind.UPDATE, letter, correspondent(line, circle.of(line)), guest.any)
    return tuple(post.mails)


def _ignored(
    message: CalendarObject, stored: CalendarObject | None, sender: Person, facts: Facts, circle: Circle
) -> Plan:
    return _unchanged(stored)


# --- who may say that -------------------------------------------------------------------------------------------------


def _organizer(obj: CalendarObject, circle: Circle) -> Person:
    organizer = next(filter(None, map(circle.organizer, obj.components)), None)
    if organizer is None:
        raise SchedulingRefused("The message has no organizer.", rule="")
    return organizer


def _from_the_organizer(obj: CalendarObject, sender: Person, circle: Circle, *, may_delegate: bool) -> None:
    """Raises SchedulingRefused unless the sender is the organizer, acts for him, or sends the owner in his place."""
    for component in obj.components:
        line = component.first("ORGANIZER")
        acting = sent_by(line)
        if line is not None and (circle.of(line).is_same(sender) or (acting and circle.person(acting).is_same(sender))):
            return
        seat = circle.seats(component).get(sender.key) if may_delegate else None
        sent = delegates(seat.line) if seat is not None else ()
        if any(circle.person(address).is_same(circle.owner) for address in sent):
            return
    raise SchedulingRefused("The message does not come from the organizer.", rule="")


def _same_organizer(stored: CalendarObject | None, organizer: Person, circle: Circle) -> None:
    former = next(filter(None, map(circle.organizer, stored.components)), None) if stored is not None else None
    if stored is not None and (former is None or not former.is_same(organizer)):
        raise SchedulingRefused("The event has another organizer.", rule="")


def _organized(stored: CalendarObject | None, circle: Circle) -> CalendarObject:
    """What the owner organizes; raises NotFound when that is nothing."""
    if stored is None or not any(circle.organizes(component) for component in stored.components):
        raise NotFound("There is no such event.")
    return stored


def _invited(obj: CalendarObject, sender: Person, facts: Facts, circle: Circle) -> Meeting:
    meeting = Meeting(obj, circle, facts.zone)
    if sender.key not in meeting.guests:
        raise NotFound(NOT_INVITED)
    return meeting


def _without_method(message: CalendarObject) -> CalendarObject:
    """The object as it would be stored: no METHOD, no alarms of others, nothing between others and their servers."""
    calendar = message.calendar.copy()
    calendar.remove("METHOD")
    for component in calendar.components(message.kind.upper()):
        component.items = [item for item in component.items if not _is_alarm(item)]
        edit_lines(component, ("ORGANIZER", "ATTENDEE"), clean_line)
    return object_of(calendar, message.kind)


def _is_alarm(item: Line | Component) -> bool:
    return isinstance(item, Component) and item.name == "VALARM"


_Handler = Callable[[CalendarObject, CalendarObject | None, Person, Facts, Circle], Plan]
_HANDLERS: dict[str, _Handler] = {
    Method.PUBLISH.value: _publish,
    Method.REQUEST.value: _request,
    Method.REPLY.value: _reply,
    Method.ADD.value: _add,
    Method.CANCEL.value: _cancel,
    Method.REFRESH.value: _refresh,
    Method.COUNTER.value: _counter,
    Method.DECLINECOUNTER.value: _ignored,
}
