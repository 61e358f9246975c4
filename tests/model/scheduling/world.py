"""A small world for scheduling: calendars of people in memory, in which plans are carried out at once.

After every write it looks at what must always hold: what was stored can be read, no copy has what is between another
client and its server, and the same write once more changes nothing and mails nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sogo.codec.contentline import Component, Line
from sogo.model.calendar_object import CalendarObject, check
from sogo.model.caltime import UTC, Window
from sogo.model.freebusy import busy_periods
from sogo.model.scheduling import decide, inquire, receive, responded
from sogo.model.scheduling.addresses import address_of
from sogo.model.scheduling.facts import Booking, Copy, Face, Facts
from sogo.model.scheduling.people import Kind, Person
from sogo.model.scheduling.plan import CopyWrite, Mail, Plan

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Stories//EN\r\n"
NOW = dt.datetime(2027, 1, 4, 8, tzinfo=UTC)


@dataclass
class Stored:
    object: CalendarObject
    version: int = 0
    tag: int = 0


@dataclass
class World:
    """`calendars` by user_id and name. `mails` and `items` (of schedule inboxes) are those of the last write."""

    people: dict[str, Person] = field(default_factory=dict)
    calendars: dict[str, dict[str, Stored]] = field(default_factory=dict)
    mails: list[Mail] = field(default_factory=list)
    items: list[tuple[str, str]] = field(default_factory=list)
    now: dt.datetime = NOW
    plan: Plan = field(default_factory=lambda: Plan(None))

    def add(self, person: Person) -> Person:
        self.people[person.cn] = person
        if person.user_id is not None:
            self.calendars[person.user_id] = {}
        return person

    def directory(self) -> dict[str, Person]:
        return {address: person for person in self.people.values() for address in person.addresses}

    def stored(self, who: Person, name: str) -> Stored | None:
        return self.calendars[who.user_id or ""].get(name)

    def put(self, owner: Person, name: str, text: str, **facts: Any) -> Plan:
        new = check(text)
        old = self.stored(owner, name)
        return self._write(owner, name, old.object if old else None, new, **facts)

    def delete(self, owner: Person, name: str, **facts: Any) -> Plan:
        old = self.stored(owner, name)
        assert old is not None, f"{owner.cn} has no {name}"
        return self._write(owner, name, old.object, None, **facts)

    def respond(self, owner: Person, name: str, answer: str, delegate: str, at: str, **facts: Any) -> Plan:
        old = self.stored(owner, name)
        assert old is not None, f"{owner.cn} has no {name}"
        known = self.facts(owner, name, old.object.uid, None, **facts)
        line = Line("RECURRENCE-ID", at) if at else None
        new = responded(old.object, known, answer, recurrence_id=line, delegate=delegate)
        return self._write(owner, name, old.object, new, **facts)

    def receive(self, owner: Person, name: str, text: str, sender: Person, method: str, **more: Any) -> Plan:
        self.mails, self.items = [], []
        message = check(text.replace("VERSION:2.0", f"VERSION:2.0\r\nMETHOD:{method}", 1))
        old = self.stored(owner, name)
        facts = self.facts(owner, name, message.uid, None, face=Face.IMIP, **more)
        plan = receive(message, old.object if old else None, sender.address, facts)
        self.carry_out(owner, name, plan)
        return plan

    def facts(self, owner: Person, name: str, uid: str, window: Window | None, **more: Any) -> Facts:
        values: dict[str, Any] = {
            "actor": owner, "sends_mail": True, "zone": UTC, "face": Face.DAV, "may_act_for_organizer": False,
        }  # fmt: skip
        values |= more
        return Facts(
            now=self.now,
            owner=owner,
            people=self.directory(),
            copies=dict(self._copies(uid, owner, name)),
            bookings=dict(self._bookings(window)),
            name=name,
            **values,
        )

    def _write(
        self, owner: Person, name: str, old: CalendarObject | None, new: CalendarObject | None, **more: Any
    ) -> Plan:
        self.mails, self.items = [], []
        asked = inquire(old, new, now=self.now, zone=UTC)
        facts = self.facts(owner, name, asked.uid, asked.window, **more)
        plan = decide(old, new, facts) if asked.concerns else Plan(new)
        self.carry_out(owner, name, plan)
        if new is not None:
            self._unmoved(owner, name, new, more)
        return plan

    def carry_out(self, owner: Person, name: str, plan: Plan) -> None:
        self.plan = plan
        self._store(owner.user_id or "", name, plan.after, plan.keeps_schedule_tag)
        for write in plan.copies:
            self._deliver(write)
        self.mails = list(plan.mails)

    def _deliver(self, write: CopyWrite) -> None:
        user = write.person.user_id
        assert user is not None
        there = self.calendars[user].get(write.name)
        assert (there.version if there else None) == (write.copy.version if write.copy else None), "a stale copy"
        if write.after is not None:
            _is_clean(write.after, write.person)
        self._store(user, write.name, write.after, write.keeps_schedule_tag)
        if write.message is not None:
            check(write.message.text.replace(f"METHOD:{write.message.method.value}\r\n", ""))
            self.items.append((user, write.message.method.value))

    def _store(self, user: str, name: str, obj: CalendarObject | None, keeps_tag: bool) -> None:
        if obj is None:
            self.calendars[user].pop(name, None)
            return
        read = check(obj.text)
        assert (read.uid, len(read.components)) == (obj.uid, len(obj.components))
        there = self.calendars[user].get(name)
        version = there.version + 1 if there else 0
        tag = there.tag + (0 if keeps_tag else 1) if there else 0
        self.calendars[user][name] = Stored(read, version, tag)

    def _unmoved(self, owner: Person, name: str, new: CalendarObject, more: dict[str, Any]) -> None:
        """What was stored, written again, and what the client sent, written again, tell nobody anything."""
        stored = self.stored(owner, name)
        assert stored is not None
        asked = inquire(stored.object, stored.object, now=self.now, zone=UTC)
        if asked.concerns:
            facts = self.facts(owner, name, asked.uid, asked.window, **more)
            again = decide(stored.object, stored.object, facts)
            assert not again.mails, [(mail.kind, mail.recipient.address) for mail in again.mails]
            assert not again.copies, [(write.person.cn, write.after and write.after.text) for write in again.copies]
            assert again.after is not None
            assert again.after.text == stored.object.text

    # --- facts --------------------------------------------------------------------------------------------------------

    def _copies(self, uid: str, owner: Person, name: str) -> Iterator[tuple[str, Copy]]:
        for user, calendar in self.calendars.items():
            for place, stored in calendar.items():
                if stored.object.uid == uid and (user, place) != (owner.user_id, name):
                    yield user, Copy(user, f"/Users/{user}/Calendar/personal", place, stored.version, stored.object)

    def _bookings(self, window: Window | None) -> Iterator[tuple[str, tuple[Booking, ...]]]:
        for person in self.people.values() if window is not None else ():
            if person.user_id is not None:
                yield person.user_id, tuple(self._taken(person, window))

    def _taken(self, person: Person, window: Window) -> Iterator[Booking]:
        for stored in self.calendars[person.user_id or ""].values():
            obj = stored.object
            for period in busy_periods(obj.document, window, default_zone=UTC, addresses=person.addresses):
                yield Booking(obj.uid, period.start, period.end, obj.components[0].text("SUMMARY"))


def _is_clean(obj: CalendarObject, person: Person) -> None:
    """Nothing of what is between another client and the server, in the copy of an attendee."""
    for component in obj.components:
        organizer = component.first("ORGANIZER")
        for line in component.all("ATTENDEE"):
            names = {name for name, _ in line.params}
            own = organizer is not None and person.has(address_of(organizer))
            assert own or not names & {"SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND", "SCHEDULE-AGENT"}, line


def user(name: str, *more: str, kind: Kind = Kind.INDIVIDUAL, bookings: int = 0) -> Person:
    address = f"{name}@example.org"
    return Person(address, name, name, frozenset({address, *more}), kind, bookings)


def stranger(name: str) -> Person:
    address = f"{name}@elsewhere.test"
    return Person(address, name, None, frozenset({address}))


def group(name: str, *members: Person) -> Person:
    address = f"{name}@example.org"
    return Person(address, name, None, frozenset({address}), Kind.GROUP, members=members)


def event(*components: str, kind: str = "VEVENT") -> str:
    """A calendar of components given by their lines."""
    bodies = [
        f"BEGIN:{kind}\r\n" + "\r\n".join(body.strip().splitlines()) + f"\r\nEND:{kind}\r\n" for body in components
    ]
    return HEAD + "".join(bodies) + "END:VCALENDAR\r\n"


def component_at(obj: CalendarObject, recurrence_id: str) -> Component | None:
    for component in obj.components:
        if (component.value("RECURRENCE-ID") or "") == recurrence_id:
            return component
    return None


def answers(obj: CalendarObject, recurrence_id: str = "") -> dict[str, str]:
    """PARTSTAT by address."""
    component = component_at(obj, recurrence_id)
    assert component is not None, f"no component {recurrence_id!r} in\n{obj.text}"
    return {address_of(line): line.param("PARTSTAT") or "" for line in component.all("ATTENDEE")}


def with_(person: Person, **changes: Any) -> Person:
    return replace(person, **changes)
