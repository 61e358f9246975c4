"""What one attendee is shown of a meeting: the components he is invited to, and how they become his copy.

An attendee of the series sees it with its exceptions, but for those he is not invited to: they are excluded from his
series (RFC 6638 §3.2.6). An attendee of single occurrences sees only these, without a master. Of a crowd each sees the
organizer and himself alone: otherwise n copies would hold n attendees each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from sogo.codec.contentline import Component, Line
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.addresses import delegates, delegators
from sogo.model.scheduling.circle import Circle, Seat
from sogo.model.scheduling.draft import Draft, edit_lines, object_of, reads_alike
from sogo.model.scheduling.merge import merged
from sogo.model.scheduling.parts import MASTER, Parts

__all__ = ["CROWD", "Guest", "Meeting", "clean_line"]

CROWD = 300
"""Of a meeting with more attendees each is shown himself only."""
MAX_NEIGHBOURS = 10
_SERVERS_OWN = frozenset({"SCHEDULE-STATUS", "SCHEDULE-FORCE-SEND", "SCHEDULE-AGENT"})
"""Between one client and its server: never in a message or somebody else's copy (RFC 6638 §7)."""


@dataclass(slots=True)
class Guest:
    """A person with what he is invited to: his seats by the key of the component."""

    seats: dict[str, Seat] = field(default_factory=dict)

    @property
    def any(self) -> Seat:
        """The seat in the master, else in the first of the occurrences."""
        return self.seats.get(MASTER) or next(iter(self.seats.values()))

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self.seats)

    @property
    def declined(self) -> frozenset[str]:
        return frozenset(key for key, seat in self.seats.items() if seat.answer == "DECLINED")

    @property
    def is_served(self) -> bool:
        return any(seat.is_served for seat in self.seats.values())

    @property
    def gets_copy(self) -> bool:
        return any(seat.is_served and not seat.is_spectator for seat in self.seats.values())


class Meeting:
    """One version of an object with its guests by `Person.key`: everybody but the organizer."""

    def __init__(self, obj: CalendarObject, circle: Circle, zone: dt.tzinfo) -> None:
        self.obj, self.circle = obj, circle
        self.parts = Parts(obj, zone)
        self.guests: dict[str, Guest] = {}
        self.seats = {key: circle.seats(component) for key, component in self.parts.components.items()}
        for key, seats in self.seats.items():
            for person, seat in seats.items():
                self.guests.setdefault(person, Guest()).seats[key] = seat
        self.is_crowded = len(self.guests) > CROWD
        self._shared: dict[tuple[frozenset[str], str], CalendarObject] = {}
        self._bare: dict[frozenset[str], CalendarObject] = {}
        self._copies: dict[tuple[int, str, frozenset[str], int], CalendarObject] = {}

    @cached_property
    def unseated(self) -> dict[str, Component]:
        """The components without attendees, for questions asked once for each guest."""
        found = {key: component.copy() for key, component in self.parts.components.items()}
        for component in found.values():
            component.remove("ATTENDEE")
        return found

    def shown(self, keys: frozenset[str], only: str = "") -> CalendarObject:
        """The object as the attendees of these components see it. `only`: the one whose copy it is, of a crowd."""
        known = self._shared.get((keys, only))
        if known is None:
            known = self._show(keys, only)
            if not only:
                self._shared[keys, only] = known
        return known

    def copy_for(self, key: str, own: CalendarObject | None, former: Meeting | None) -> CalendarObject:
        """The copy of a guest: `own` itself where nothing differs. `own` is what he has now, `former` the meeting as it
        was when he got it. Most have the same, which is put together once."""
        guest = self.guests[key]
        shown = self.shown(guest.keys, key if self.is_crowded else "")
        if own is None:
            return shown
        if self.is_crowded:
            return self._renewed(shown, own, guest, former)
        same = (id(shown), own.text, guest.declined, id(former))
        if same not in self._copies:
            self._copies[same] = self._renewed(shown, own, guest, former)
        return self._copies[same]

    def _renewed(
        self, shown: CalendarObject, own: CalendarObject, guest: Guest, former: Meeting | None
    ) -> CalendarObject:
        after = self._merged(shown, own, guest, former)
        return own if reads_alike(after, own) else after

    def _show(self, keys: frozenset[str], only: str) -> CalendarObject:
        """Of a crowd a copy of the object without attendees, with those who concern the one: so all copies together
        cost what their texts are long."""
        if not only:
            return self._picture(keys, is_bare=False)
        if keys not in self._bare:
            self._bare[keys] = self._picture(keys, is_bare=True)
        draft = Draft(self._bare[keys])
        for component in draft.components:
            for line in self._neighbours(self.parts.key(component), only):
                component.append_line(line)
        return draft.finish()

    def _picture(self, keys: frozenset[str], *, is_bare: bool) -> CalendarObject:
        chosen = {id(component) for key, component in self.parts.components.items() if key in keys}
        items: list[Line | Component] = []
        for item in self.obj.calendar.items:
            if isinstance(item, Line) or item.name != self.obj.kind.upper():
                items.append(item)
            elif id(item) in chosen:
                items.append(_component(item, is_bare=is_bare))
        calendar = self.obj.calendar.copy()
        calendar.items = items
        calendar.remove("METHOD")
        self._exclude(calendar, keys)
        return object_of(without_unused_zones(calendar), self.obj.kind)

    def _neighbours(self, key: str, only: str) -> list[Line]:
        """What one of a crowd sees of the attendees: himself, whom he sent and by whom he was sent."""
        seats = self.seats[key]
        own = seats.get(only)
        if own is None:
            return []
        others = (*delegates(own.line), *delegators(own.line))
        people = dict.fromkeys((only, *(self.circle.person(address).key for address in others[:MAX_NEIGHBOURS])))
        return [clean_line(seats[person].line) for person in people if person in seats]

    def _exclude(self, calendar: Component, keys: frozenset[str]) -> None:
        """Occurrences he is not invited to do not happen in his series."""
        missing = [key for key in self.parts.components if key not in keys and key != MASTER]
        master = master_of(calendar, self.obj.kind)
        if missing and master is not None:
            exclude(master, self.parts, missing)

    def _merged(
        self, shown: CalendarObject, own: CalendarObject, guest: Guest, former: Meeting | None
    ) -> CalendarObject:
        mine, theirs = Parts(shown, self.parts.zone), Parts(own, self.parts.zone)
        before = former.unseated if former is not None else {}
        gone = declined_exclusions(theirs, guest, mine.excluded)
        calendar = shown.calendar.copy()
        calendar.items = []
        for item in shown.calendar.items:
            if isinstance(item, Line) or item.name != self.obj.kind.upper():
                calendar.items.append(item)
            elif (key := mine.key(item)) not in gone:
                there = key if key in theirs.components else MASTER
                calendar.items.append(merged(item, theirs.components.get(there), before.get(there)))
        master = master_of(calendar, self.obj.kind)
        for line in gone.values() if master is not None else ():
            if master is not None:
                master.append_line(line)
        return object_of(calendar, self.obj.kind)


def _component(component: Component, *, is_bare: bool) -> Component:
    copy = merged(component, None)
    edit_lines(copy, ("ORGANIZER",) if is_bare else ("ORGANIZER", "ATTENDEE"), clean_line)
    if is_bare:
        copy.remove("ATTENDEE")
    return copy


def declined_exclusions(own: Parts, guest: Guest, shared: frozenset[str]) -> dict[str, Line]:
    """Occurrences that the attendee took out of his series, and declined by that, each with an EXDATE as he wrote it:
    they stay out as long as the answer stands (scheduling.md §14 C). `shared` are those the organizer took out."""
    if own.master is None or MASTER not in guest.seats:
        return {}
    return {
        key: Line("EXDATE", str(time), params=tuple(p for p in line.params if p[0] in ("TZID", "VALUE")))
        for key, (time, line) in own.named_dates(own.master, "EXDATE").items()
        if key not in shared and key in guest.declined
    }


def master_of(calendar: Component, kind: str) -> Component | None:
    components = calendar.components(kind.upper())
    return next((item for item in components if item.first("RECURRENCE-ID") is None), None)


def exclude(master: Component, parts: Parts, keys: Iterable[str]) -> None:
    """Add EXDATEs for these instances, in the form of DTSTART."""
    there = parts.named_dates(master, "EXDATE")
    start = master.first("DTSTART")
    params = tuple(p for p in start.params if p[0] in ("TZID", "VALUE")) if start is not None else ()
    for key in keys:
        time = parts.time_of_key(key)
        if time is not None and key not in there:
            master.append_line(Line("EXDATE", str(time), params=params))


def clean_line(line: Line) -> Line:
    """An ORGANIZER or ATTENDEE without what is between client and server only."""
    if not any(name in _SERVERS_OWN for name, _ in line.params):
        return line
    for name in _SERVERS_OWN:
        line = line.with_param(name) if line.param(name) is not None else line
    return line


def without_unused_zones(calendar: Component) -> Component:
    """Definitions of zones that no component names any more are left out; the others stay as they are."""
    used = {line.param("TZID") for child in calendar.children if child.name != "VTIMEZONE" for line in child.lines}
    unused = {id(zone) for zone in calendar.components("VTIMEZONE") if (zone.value("TZID") or "").strip() not in used}
    calendar.items = [item for item in calendar.items if id(item) not in unused]
    return calendar
