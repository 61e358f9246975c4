"""Delegation: who was sent by whom, chains of it, and who cannot be sent (RFC 5546 §3.2.2.3, scheduling.md §5.3)."""

from __future__ import annotations

from collections.abc import Mapping

from sogo.errors import SchedulingConflict
from sogo.model.scheduling.addresses import delegates, delegators
from sogo.model.scheduling.circle import Circle, Seat
from sogo.model.scheduling.people import Kind, Person

__all__ = ["chain", "refuse_delegate"]


def chain(seats: Mapping[str, Seat], start: str, circle: Circle) -> list[str]:
    """Everybody in the place of an attendee: his delegates, theirs and so on, as far as they are invited and say by
    DELEGATED-FROM that they come for the one before. Loops end; the attendee himself is not among them."""
    found: dict[str, None] = {}
    waiting = [start]
    while waiting:
        sender = waiting.pop()
        seat = seats.get(sender)
        for address in delegates(seat.line) if seat is not None else ():
            person = circle.person(address).key
            if (
                person in seats
                and person != start
                and person not in found
                and _comes_for(seats[person], sender, circle)
            ):
                found[person] = None
                waiting.append(person)
    return list(found)


def _comes_for(seat: Seat, sender: str, circle: Circle) -> bool:
    """A delegate who names nobody is taken for the delegate of whoever names him."""
    senders = delegators(seat.line)
    return not senders or any(circle.person(address).key == sender for address in senders)


def refuse_delegate(delegate: Person, organizer: Person | None, invited: Mapping[str, Seat]) -> None:
    """Raises SchedulingConflict for a delegate who organizes the meeting, is invited already, or is a group."""
    if organizer is not None and delegate.is_same(organizer):
        raise SchedulingConflict("delegate is organizer")
    if delegate.key in invited:
        raise SchedulingConflict("delegate is a participant")
    if delegate.kind is Kind.GROUP:
        raise SchedulingConflict("delegate is a group")
