"""An answer goes round: to the organizer by mail, into his object and into the copies of the other attendees; a
delegate is invited, a former one let go (scheduling.md §§5.3, 5.4).

The organizer's object is the authority where it is known; else the attendee's own copy is all there is.
"""

from __future__ import annotations

from collections.abc import Iterable

from sogo.codec.contentline import Line
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.answers import Answer, answered
from sogo.model.scheduling.circle import Circle, Seat
from sogo.model.scheduling.courier import DELIVERED, NO_USER, NO_WAY, SENT
from sogo.model.scheduling.draft import Draft
from sogo.model.scheduling.facts import Copy, Facts
from sogo.model.scheduling.itip import Letter, cancel, reply, request
from sogo.model.scheduling.parts import MASTER, Parts
from sogo.model.scheduling.plan import CopyWrite, MailKind, Plan
from sogo.model.scheduling.post import Post, correspondent
from sogo.model.scheduling.refusals import refuse_protected_delegates
from sogo.model.scheduling.strangers import comes_for
from sogo.model.scheduling.view import Guest, Meeting

__all__ = ["Echo"]


MAX_ECHOES = 2_000
"""How many answers are written into the copies of others."""


class Echo:
    """`parts` is the copy as it was before, `stored` as it will be, `answers` what the owner says."""

    def __init__(
        self, parts: Parts, stored: CalendarObject, answers: list[Answer], facts: Facts, circle: Circle
    ) -> None:
        self._parts, self._stored, self._answers = parts, stored, answers
        self._facts, self._circle = facts, circle
        self._post = Post(parts, facts, circle)
        self._copies: list[CopyWrite] = []
        line = next((line for item in stored.components if (line := item.first("ORGANIZER"))), None)
        self._organizer_line = line
        self._organizer = circle.of(line) if line is not None else None

    @property
    def status(self) -> str:
        """SCHEDULE-STATUS of the reply."""
        organizer = self._organizer
        if organizer is not None and self._organizers_copy() is not None:
            return DELIVERED
        if organizer is None or "@" not in organizer.address:
            return NO_USER
        if self._post.mails:
            return SENT
        return "" if self._facts.sends_mail else NO_WAY

    def spread(self) -> Plan:
        if not self._answers:
            return Plan(self._stored)
        told = answered(self._parts.obj, self._answers, self._circle, self._facts.zone, None)
        self._reply(told)
        authority = self._tell_the_organizer(told) or told
        meeting = Meeting(authority, self._circle, self._facts.zone)
        self._tell_the_others(meeting)
        joining = {self._circle.of(line).key for answer in self._answers for line in answer.joining}
        refuse_protected_delegates([meeting.guests[key].any.person for key in joining if key in meeting.guests])
        for key in joining:
            if key in meeting.guests:
                self._invite(key, meeting)
        for key in {key for answer in self._answers for key in answer.leaving}:
            if key not in meeting.guests:
                self._dismiss(key)
        return Plan(self._stored, copies=tuple(self._copies), mails=tuple(self._post.mails))

    # --- the organizer ------------------------------------------------------------------------------------------------

    def _organizers_copy(self) -> Copy | None:
        organizer = self._organizer
        return self._facts.copies.get(organizer.user_id or "") if organizer is not None else None

    def _reply(self, told: CalendarObject) -> None:
        """One mail for each answer there is: they may be several, by occurrence."""
        line = self._organizer_line
        if line is None or not self._facts.sends_replies:
            return
        by_answer: dict[str, list[Answer]] = {}
        for answer in self._answers:
            by_answer.setdefault(answer.partstat, []).append(answer)
        for answers in by_answer.values():
            letter = self._letter(told, answers)
            if letter is not None and self._post.goes(self._known(answers)):
                former = self._parts.components.get(answers[0].key)
                self._post.answer(letter, answers[0].line, line, former)

    def _known(self, answers: Iterable[Answer]) -> frozenset[str]:
        """The components the answers are about; the series for an occurrence that has none."""
        return frozenset(a.key if a.key in self._parts.components else MASTER for a in answers)

    def _letter(self, told: CalendarObject, answers: list[Answer]) -> Letter | None:
        parts = Parts(told, self._facts.zone)
        chosen = [parts.components[answer.key] for answer in answers if answer.key in parts.components]
        if not chosen:
            return None
        spoken = _with_extras(told, {a.key: a.extras for a in answers}, self._facts)
        parts = Parts(spoken, self._facts.zone)
        chosen = [parts.components[answer.key] for answer in answers if answer.key in parts.components]
        return reply(spoken, self._facts.now, chosen, self._circle.is_owner)

    def _tell_the_organizer(self, told: CalendarObject) -> CalendarObject | None:
        copy = self._organizers_copy()
        if copy is None or self._organizer is None:
            return None
        after = answered(copy.object, self._answers, self._circle, self._facts.zone, self._facts.now)
        if after is not copy.object:
            letter = self._letter(told, self._answers)
            message = letter.message if letter is not None else None
            self._copies.append(CopyWrite(self._organizer, copy, after, copy.name, message, keeps_schedule_tag=True))
        return after

    # --- the others ---------------------------------------------------------------------------------------------------

    def _tell_the_others(self, meeting: Meeting) -> None:
        """The copies of local attendees show the answer; but for a crowd, where nobody sees the others. Most have the
        same text, which is written once."""
        if meeting.is_crowded or len(self._answers) * len(meeting.guests) > MAX_ECHOES:
            return
        written: dict[str, CalendarObject] = {}
        for guest in meeting.guests.values():
            person = guest.any.person
            copy = self._facts.copies.get(person.user_id) if person.user_id is not None else None
            if copy is None or person.is_same(self._circle.owner):
                continue
            after = written.get(copy.object.text)
            if after is None:
                after = answered(copy.object, self._answers, self._circle, self._facts.zone, self._facts.now)
                written[copy.object.text] = after
            if after.text != copy.object.text:
                self._copies.append(CopyWrite(person, copy, after, copy.name, keeps_schedule_tag=True))

    def _own_line(self, guest: Guest) -> Line:
        answer = next((one for one in self._answers if one.key in guest.seats), self._answers[0])
        return answer.line

    def _invite(self, key: str, meeting: Meeting) -> None:
        """A delegate gets a copy, and the invitation from whoever sent him (RFC 5546 §3.2.2.3)."""
        guest = meeting.guests[key]
        seat = guest.any
        letter = request(meeting.shown(guest.keys, key if meeting.is_crowded else ""), self._facts.now)
        copy = self._facts.copies.get(seat.person.user_id or "")
        if seat.person.user_id is not None and guest.gets_copy and self._may_write(seat, copy):
            self._copies = [one for one in self._copies if copy is None or one.copy is not copy]
            after = meeting.copy_for(key, copy.object if copy is not None else None, None)
            name = copy.name if copy is not None else self._facts.name
            self._copies.append(CopyWrite(seat.person, copy, after, name, letter.message))
        if self._post.goes(self._known(self._answers)):
            self._post.send(MailKind.INVITATION, letter, correspondent(self._own_line(guest), self._circle.owner), seat)

    def _dismiss(self, key: str) -> None:
        """A former delegate loses his copy, and is told."""
        seat = self._former_seat(key)
        if seat is None:
            return
        mine = [c for c in self._parts.components.values() if key in self._circle.seats(c)]

        def only(line: Line) -> bool:
            return self._circle.of(line).key == key

        letter = cancel(self._parts.obj, self._facts.now, mine, only=only)
        copy = self._facts.copies.get(seat.person.user_id or "")
        if copy is not None and self._may_write(seat, copy):
            self._copies = [one for one in self._copies if one.copy is not copy]
            self._copies.append(CopyWrite(seat.person, copy, None, copy.name, letter.message))
        if seat.answer != "DECLINED" and self._post.goes(self._known(self._answers)):
            sender = correspondent(self._answers[0].line, self._circle.owner)
            self._post.send(MailKind.CANCELLATION, letter, sender, seat)

    def _may_write(self, delegate: Seat, copy: Copy | None) -> bool:
        """Whoever is invited otherwise keeps what he has, whatever an attendee says of delegates; but where the
        organizer's object is there, that one says who comes."""
        if delegate.person.user_id in self._facts.strangers:
            return False
        if copy is None or self._organizers_copy() is not None:
            return True
        leaving = frozenset(key for answer in self._answers for key in answer.leaving)
        return comes_for(copy, delegate.person.key, leaving | {self._circle.owner.key}, self._circle)

    def _former_seat(self, key: str) -> Seat | None:
        seats = (self._circle.seats(component).get(key) for component in self._parts.components.values())
        return next((seat for seat in seats if seat is not None), None)


def _with_extras(obj: CalendarObject, extras: dict[str, tuple[Line, ...]], facts: Facts) -> CalendarObject:
    """What the attendee adds for the organizer to read."""
    parts, draft = Parts(obj, facts.zone), Draft(obj)
    for component in draft.components:
        for line in extras.get(parts.key(component), ()):
            component.remove(line.name)
        for line in extras.get(parts.key(component), ()):
            component.append_line(line)
    return draft.finish()
