"""Who the addresses of one decision stand for, and who sits where in a component."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line
from sogo.model.scheduling.addresses import address_of, is_served, partstat, role, sent_by
from sogo.model.scheduling.facts import Facts
from sogo.model.scheduling.people import Kind, Person, outsider

__all__ = ["Circle", "Seat"]


@dataclass(frozen=True, slots=True)
class Seat:
    """An attendee of one component: the line, and who that is."""

    line: Line
    person: Person

    @property
    def answer(self) -> str:
        return partstat(self.line)

    @property
    def is_served(self) -> bool:
        """Whether this server schedules for the attendee. Groups are never told anything, their members are."""
        return is_served(self.line) and self.person.kind is not Kind.GROUP

    @property
    def is_spectator(self) -> bool:
        """For information only: gets no copy (scheduling.md §4.3)."""
        return role(self.line) == "NON-PARTICIPANT"


class Circle:
    """The people of one decision. An address nobody knows is an outsider's."""

    def __init__(self, facts: Facts) -> None:
        self.owner, self.actor = facts.owner, facts.actor
        self._people: dict[str, Person] = {}
        for person in (facts.owner, facts.actor):
            for address in (person.address, *person.addresses):
                self._people.setdefault(address, person)
        self._directory = facts.people

    def person(self, address: str, cn: str = "") -> Person:
        known = self._people.get(address) or self._directory.get(address)
        if known is None:
            known = outsider(address, cn)
        return self._people.setdefault(address, known)

    def know(self, person: Person) -> None:
        """Somebody who was found by other ways than an address: a member of a group."""
        for address in (person.address, *person.addresses):
            self._people.setdefault(address, person)

    def of(self, line: Line) -> Person:
        """Asked for every attendee of every copy: of who is known the parameters need not be read."""
        known = self._people.get(address_of(line))
        if known is not None:
            return known
        return self.person(address_of(line), line.param("CN") or "")

    def is_owner(self, line: Line | None) -> bool:
        return line is not None and self.of(line).is_same(self.owner)

    def organizer(self, component: Component) -> Person | None:
        line = component.first("ORGANIZER")
        return self.of(line) if line is not None and address_of(line) else None

    def seats(self, component: Component) -> dict[str, Seat]:
        """The attendees by `Person.key`; of several entries of one person the first. The organizer is none."""
        organizer = self.organizer(component)
        found: dict[str, Seat] = {}
        for line in self.attendee_lines(component):
            person = self.of(line)
            if organizer is None or not person.is_same(organizer):
                found.setdefault(person.key, Seat(line, person))
        return found

    def seat(self, component: Component, key: str) -> Seat | None:
        """That of one person."""
        for line in self.attendee_lines(component):
            person = self.of(line)
            if person.key == key:
                organizer = self.organizer(component)
                return Seat(line, person) if organizer is None or not person.is_same(organizer) else None
        return None

    def attendee_lines(self, component: Component) -> Iterator[Line]:
        for item in component.items:
            if isinstance(item, Line) and item.name == "ATTENDEE" and address_of(item):
                yield item

    def organizes(self, component: Component) -> bool:
        """Whether the owner is the organizer, or acts for one of this site (scheduling.md §3.2). For others nobody here
        can act: nothing is sent in the name of somebody who cannot have agreed."""
        line = component.first("ORGANIZER")
        if line is None:
            return False
        acting = sent_by(line)
        if self.is_owner(line):
            return True
        return bool(acting) and self.of(line).is_local and self.person(acting).is_same(self.owner)
