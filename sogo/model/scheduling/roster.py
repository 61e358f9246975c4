"""What the server does to the attendees of an organizer's new version before it is sent out.

Answers are never lost by a version that had not seen them; changes that make them void ask everybody anew; who joins or
leaves a series joins or leaves its exceptions.
"""

from __future__ import annotations

import datetime as dt

from sogo.codec.contentline import Component, Line
from sogo.model.calendar_object import CalendarObject
from sogo.model.recurrence_set import utc_text
from sogo.model.scheduling.addresses import delegators, partstat
from sogo.model.scheduling.circle import Circle, Seat
from sogo.model.scheduling.delegation import chain
from sogo.model.scheduling.diff import Change, changes
from sogo.model.scheduling.draft import Draft, edit_lines
from sogo.model.scheduling.facts import Facts
from sogo.model.scheduling.itip import sequence_of
from sogo.model.scheduling.parts import MASTER, Parts
from sogo.model.scheduling.view import Meeting

__all__ = ["revised"]

MAX_SPREAD = 50_000
"""How many entries one write may add to exceptions by itself."""


def revised(before: Meeting, new: CalendarObject, facts: Facts, circle: Circle) -> CalendarObject:
    """The organizer's version as it is to be stored and sent."""
    after = Parts(new, facts.zone)
    found = changes(before.parts, after)
    draft = Draft(new)
    components = {after.key(component): component for component in draft.components}
    _spread(before, components, found, circle)
    for key, component in components.items():
        change = found[key]
        seats = _former_seats(before, key, change)
        _keep_answers(component, change, seats, facts, circle)
        if change.former is not None and change.asks_anew:
            _ask_anew(component, seats, circle)
        _number(component, change, facts.now)
    return draft.finish()


def _former_seats(before: Meeting, key: str, change: Change) -> dict[str, Seat]:
    """Who was invited to this instance before: for an occurrence that had no component, the series' attendees."""
    if key in before.seats:
        return before.seats[key]
    return before.seats.get(MASTER, {}) if change.former is not None else {}


# --- who joins and leaves ---------------------------------------------------------------------------------------------


def _spread(before: Meeting, components: dict[str, Component], found: dict[str, Change], circle: Circle) -> None:
    master = components.get(MASTER)
    if master is None or before.parts.master is None or len(components) == 1:
        return
    former, seats = circle.seats(before.parts.master), circle.seats(master)
    gone = former.keys() - seats.keys()
    new = [seat for person, seat in seats.items() if person not in former]
    if len(new) * len(components) > MAX_SPREAD:
        new = []  # they see the series as it is; a text beyond all bounds helps nobody
    for key, component in components.items():
        if key != MASTER and not found[key].is_new and (gone or new):
            _follow(component, before.parts.components[key], gone, new, circle)


def _follow(component: Component, former: Component, gone: set[str], new: list[Seat], circle: Circle) -> None:
    """An exception that was there before follows its series."""
    if gone:
        edit_lines(component, ("ATTENDEE",), lambda line: None if circle.of(line).key in gone else line)
    there = circle.seats(component).keys() | circle.seats(former).keys()
    for seat in new:
        if seat.person.key not in there:
            component.append_line(seat.line)


# --- answers ----------------------------------------------------------------------------------------------------------


def _keep_answers(component: Component, change: Change, seats: dict[str, Seat], facts: Facts, circle: Circle) -> None:
    """Answers that the version does not know of stay (RFC 6638 §3.2.10): where it is older than what is stored, or the
    client said so, all of them; else those that it would turn into no answer without raising SEQUENCE."""
    stored = sequence_of(change.former)
    is_blind = facts.merges_answers or sequence_of(component) < stored
    is_same = sequence_of(component) == stored

    def keep(line: Line) -> Line:
        seat = seats.get(circle.of(line).key)
        if seat is None or partstat(line) == seat.answer:
            return line
        if is_blind or (is_same and partstat(line) == "NEEDS-ACTION"):
            return _as_stored(line, seat.line)
        return line

    edit_lines(component, ("ATTENDEE",), keep)
    if is_blind:
        _keep_delegates(component, seats, circle)


def _as_stored(line: Line, stored: Line) -> Line:
    for name in ("PARTSTAT", "RSVP", "SENT-BY", "DELEGATED-TO", "DELEGATED-FROM"):
        values = stored.param_values(name)
        if values or line.param(name) is not None:
            line = line.with_param(name, *values)
    return line


def _keep_delegates(component: Component, seats: dict[str, Seat], circle: Circle) -> None:
    """Whom attendees sent meanwhile, if those who sent them are still invited."""
    there = circle.seats(component)
    for person, seat in seats.items():
        senders = {circle.person(address).key for address in delegators(seat.line)}
        if person not in there and senders & there.keys():
            component.append_line(seat.line)


def _ask_anew(component: Component, seats: dict[str, Seat], circle: Circle) -> None:
    """Who was invited before is asked again, and whom they delegated to is let go (scheduling.md §4.2)."""
    there = circle.seats(component)
    sent: set[str] = set()
    for person in seats:
        if person in there and there[person].is_served:
            sent |= set(chain(there, person, circle))

    def ask(line: Line) -> Line | None:
        person = circle.of(line)
        if person.key in sent and person.key in seats:
            return None
        if person.key not in seats or person.kind.is_booked or not there[person.key].is_served:
            return line
        line = line.with_param("PARTSTAT", "NEEDS-ACTION").with_param("RSVP", "TRUE")
        return line.with_param("DELEGATED-TO").with_param("SENT-BY")

    edit_lines(component, ("ATTENDEE",), ask)


# --- SEQUENCE ---------------------------------------------------------------------------------------------------------


def _number(component: Component, change: Change, now: dt.datetime) -> None:
    """SEQUENCE goes up by one where the RFC wants it, from what the client sent, so that a version that has not seen
    the change is known by its lower one; it never goes down."""
    sent, stored = sequence_of(component), sequence_of(change.former)
    must = change.former is not None and change.raises_sequence
    number = max(sent, stored) + (1 if must else 0)
    if number != sent:
        component.set(Line("SEQUENCE", str(number)))
    if must:
        component.set(Line("DTSTAMP", utc_text(now)))
