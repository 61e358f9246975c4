"""Answers of attendees: found in what a client sent, written into the objects of others (scheduling.md §§5.2-5.4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from sogo.codec.contentline import Component, Line
from sogo.errors import SchedulingRefused
from sogo.model.calendar_object import CalendarObject
from sogo.model.recurrence_set import utc_text
from sogo.model.scheduling.addresses import bare, delegates, mailto, partstat
from sogo.model.scheduling.circle import Circle, Seat
from sogo.model.scheduling.delegation import chain, refuse_delegate
from sogo.model.scheduling.draft import Draft, edit_lines
from sogo.model.scheduling.itip import sequence_of
from sogo.model.scheduling.parts import MASTER, Parts
from sogo.model.scheduling.people import Person
from sogo.model.scheduling.view import clean_line

__all__ = ["Answer", "answered", "collected", "declined"]

MAX_ANSWERS = 200
"""Of one write."""
MAX_ITEMS = 50_000
"""How long an object may become by answers to occurrences, each of which repeats all attendees; what is beyond is told
to the organizer and not stored."""
_RULE = "allowed-attendee-scheduling-object-change"
_WITH_IT = ("COMMENT", "PERCENT-COMPLETE", "COMPLETED")
"""Goes with a reply: what the attendee says, how far he is with a task."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an attendee says of one component. `line` is his entry as it is to be, with the address it has in the text
    it came in. `joining` are the entries of new delegates, `leaving` the keys of those who go with former ones.
    `extras` go with a reply only. `recurrence_id` names the occurrence, None: in the form of DTSTART."""

    person: Person
    key: str
    line: Line
    sequence: int
    recurrence_id: Line | None = None
    joining: tuple[Line, ...] = ()
    leaving: frozenset[str] = frozenset()
    extras: tuple[Line, ...] = ()

    @property
    def partstat(self) -> str:
        return partstat(self.line)


# --- found ------------------------------------------------------------------------------------------------------------


def collected(old: Parts | None, new: Parts, circle: Circle, *, all_of_them: bool = False) -> list[Answer]:
    """The owner's answers in a new version of his copy that differ from the former one. Raises SchedulingConflict for a
    delegate who cannot be one."""
    found: list[Answer] = []
    known = _Seats(old, circle)
    for key, component in new.components.items():
        seat = circle.seats(component).get(circle.owner.key)
        if seat is not None:
            former, seats = known.of(key)
            is_done = _is_done(component) and not _is_done(known.component(key))
            answer = _answer(key, component, seat, former, seats, circle, is_done=is_done)
            if all_of_them or answer.joining or answer.leaving or answer.partstat != _said(former):
                found.append(answer)
    if old is not None:
        found += islice(_excluded(old, new, known, circle), MAX_ANSWERS + 1)
    if len(found) > MAX_ANSWERS:
        raise SchedulingRefused(f"More than {MAX_ANSWERS} answers at once.", rule=_RULE)
    return found


class _Seats:
    """Who was invited to which instance of the former version."""

    def __init__(self, old: Parts | None, circle: Circle) -> None:
        self._old, self._circle = old, circle
        self._known: dict[str, dict[str, Seat]] = {}

    def component(self, key: str) -> Component | None:
        """What there was for an instance."""
        return self._old.components.get(key, self._old.master) if self._old is not None else None

    def of(self, key: str) -> tuple[Seat | None, dict[str, Seat]]:
        """The owner's seat, and all seats."""
        if self._old is None:
            return None, {}
        place = key if key in self._old.components else MASTER
        if place not in self._known:
            component = self._old.components.get(place)
            self._known[place] = self._circle.seats(component) if component is not None else {}
        seats = self._known[place]
        return seats.get(self._circle.owner.key), seats


def _said(seat: Seat | None) -> str:
    return seat.answer if seat is not None else "NEEDS-ACTION"


def _answer(
    key: str,
    component: Component,
    seat: Seat,
    former: Seat | None,
    seats: Mapping[str, Seat],
    circle: Circle,
    *,
    is_done: bool,
) -> Answer:
    line = _own_line(seat.line, former)
    if is_done and former is not None and partstat(line) == former.answer:
        line = line.with_param("PARTSTAT", "COMPLETED")
    sent = delegates(seat.line)
    known = delegates(former.line) if former is not None else ()
    gone = [address for address in known if address not in sent]
    leaving = _chains(gone, seats, circle)
    ours = frozenset(chain(seats, circle.owner.key, circle))
    joining = [
        _joining(circle.person(address), address, component, {k: s for k, s in seats.items() if k not in ours}, circle)
        for address in sent
        if address not in known
    ]
    return Answer(
        circle.owner,
        key,
        line,
        sequence_of(component),
        component.first("RECURRENCE-ID"),
        tuple(joining),
        leaving,
        tuple(item for item in component.lines if item.name in _WITH_IT),
    )


def _is_done(component: Component | None) -> bool:
    """A task that its attendee marks as done without saying so in his entry, as programs for tasks do."""
    return (
        component is not None and component.name == "VTODO" and component.text("STATUS").strip().upper() == "COMPLETED"
    )


def _own_line(sent: Line, former: Seat | None) -> Line:
    """The stored entry with what the client said, which may have said it under another identity (§5.2-1)."""
    if former is None:
        return sent
    line = former.line.with_param("PARTSTAT", partstat(sent))
    for name in ("DELEGATED-TO", "DELEGATED-FROM"):
        values = sent.param_values(name)
        if values != line.param_values(name):
            line = line.with_param(name, *values)
    return line


def _chains(addresses: Iterable[str], seats: Mapping[str, Seat], circle: Circle) -> frozenset[str]:
    found: set[str] = set()
    for address in addresses:
        key = circle.person(address).key
        if key in seats and key != circle.owner.key:
            found |= {key, *chain(seats, key, circle)}
    return frozenset(found - {circle.owner.key})


def _joining(delegate: Person, address: str, component: Component, invited: Mapping[str, Seat], circle: Circle) -> Line:
    refuse_delegate(delegate, circle.organizer(component), invited)
    sent = next((line for line in circle.attendee_lines(component) if circle.of(line).is_same(delegate)), None)
    if sent is None:
        params = (
            ("CN", (delegate.cn or address,)), ("ROLE", ("REQ-PARTICIPANT",)), ("PARTSTAT", ("NEEDS-ACTION",)),
            ("RSVP", ("TRUE",)),
        )  # fmt: skip
        sent = Line("ATTENDEE", mailto(delegate.address), params=params)
    if sent.param("DELEGATED-FROM") is None:
        sent = sent.with_param("DELEGATED-FROM", mailto(circle.owner.address))
    return clean_line(sent)


def _excluded(old: Parts, new: Parts, known: _Seats, circle: Circle) -> Iterator[Answer]:
    """Occurrences that an attendee takes out of his series are declined (RFC 6638 §3.2.2.1)."""
    if old.master is None or new.master is None:
        return
    before = set(old.excluded)
    for key in new.excluded:
        seat, _ = known.of(key)
        if key in before or seat is None or seat.answer == "DECLINED" or key in new.components:
            continue
        line = seat.line.with_param("PARTSTAT", "DECLINED")
        yield Answer(circle.owner, key, line, sequence_of(old.components.get(key) or old.master))


def declined(old: Parts, circle: Circle) -> list[Answer]:
    """The answers of an owner who removes his copy: no to all that he has not said no to. Who delegated has said it."""
    found = []
    for key, component in old.components.items():
        seat = circle.seats(component).get(circle.owner.key)
        is_over = component.text("STATUS").strip().upper() == "CANCELLED"
        if seat is None or is_over or seat.is_spectator or seat.answer in ("DECLINED", "DELEGATED"):
            continue
        line = seat.line.with_param("PARTSTAT", "DECLINED")
        found.append(Answer(circle.owner, key, line, sequence_of(component), component.first("RECURRENCE-ID")))
    return found[:MAX_ANSWERS]


# --- written ----------------------------------------------------------------------------------------------------------


def answered(
    obj: CalendarObject, answers: Iterable[Answer], circle: Circle, zone: dt.tzinfo, now: dt.datetime | None
) -> CalendarObject:
    """An object of somebody else with these answers in it; the very same when there is nothing for it in them. `now` is
    for LAST-MODIFIED of what changed, None to leave that. Answers to an older sequence are dropped."""
    draft, parts = Draft(obj), Parts(obj, zone)
    components = {parts.key(component): component for component in draft.components}
    room = MAX_ITEMS - sum(len(component.items) for component in components.values())
    for answer in answers:
        component = components.get(answer.key)
        if component is None:
            component = _synthetic(answer, components, parts, circle) if room > 0 else None
            if component is None:
                continue
            room -= len(component.items)
            components[answer.key] = component
            draft.add(component)
        if sequence_of(component) <= answer.sequence and _say(component, answer, circle) and now is not None:
            component.set(Line("LAST-MODIFIED", utc_text(now)))
    return draft.finish()


def _synthetic(answer: Answer, components: Mapping[str, Component], parts: Parts, circle: Circle) -> Component | None:
    """The component of an occurrence that had none, if the answer makes it differ from the series."""
    master = components.get(MASTER)
    seat = circle.seat(master, answer.person.key) if master is not None else None
    if seat is None or sequence_of(master) > answer.sequence:
        return None
    if seat.answer == answer.partstat and not answer.joining and not answer.leaving:
        return None
    component = parts.instance(answer.key, answer.recurrence_id)
    if component is not None:
        component.items = [item for item in component.items if isinstance(item, Line) or item.name != "VALARM"]
    return component


def _say(component: Component, answer: Answer, circle: Circle) -> bool:
    """Write an answer into a component; whether that changed it."""
    seat = circle.seat(component, answer.person.key)
    if seat is None or seat.is_spectator:
        return False
    before = list(component.items)

    def write(line: Line) -> Line | None:
        person = circle.of(line)
        if person.key == answer.person.key:
            return _written(line, answer.line)
        return None if person.key in answer.leaving else line

    edit_lines(component, ("ATTENDEE",), write)
    there = circle.seats(component) if answer.joining else {}
    for line in answer.joining:
        if circle.of(line).key not in there:
            component.append_line(line)
    return len(before) != len(component.items) or any(a is not b for a, b in zip(before, component.items, strict=True))


def _written(line: Line, said: Line) -> Line:
    if partstat(line) != partstat(said):
        line = line.with_param("PARTSTAT", partstat(said))
    if line.param("RSVP") is not None and partstat(said) != "NEEDS-ACTION":
        line = line.with_param("RSVP")
    for name in ("DELEGATED-TO", "DELEGATED-FROM", "SENT-BY"):
        values = said.param_values(name)
        if line.param_values(name) != values:
            line = line.with_param(name, *values)
    return line


def signed(answers: Iterable[Answer], circle: Circle) -> list[Answer]:
    """The same, with who gave them: SENT-BY when it was not the owner himself (§5.3)."""
    acting = () if circle.actor.is_same(circle.owner) else (f"MAILTO:{circle.actor.address}",)
    return [
        answer
        if [bare(value) for value in answer.line.param_values("SENT-BY")] == [bare(value) for value in acting]
        else replace(answer, line=answer.line.with_param("SENT-BY", *acting))
        for answer in answers
    ]
