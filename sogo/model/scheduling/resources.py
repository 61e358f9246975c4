"""Rooms and things: booked without asking anybody, refused when they are taken (scheduling.md §6.1); and people, where
the face wants to know of their conflicts first (§6.2).

How many bookings there are at once is counted as true overlap: three short ones in a row inside a long one are one at a
time. Everything is bounded: occurrences by MAX_OCCURRENCES and HORIZON, bookings by MAX_BOOKINGS.
"""

from __future__ import annotations

import datetime as dt
import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from sogo.codec.contentline import Component, Line
from sogo.errors import SchedulingConflict, TooMany
from sogo.model.calendar_object import CalendarObject
from sogo.model.caltime import BEGINNING, END_OF_TIME, Window
from sogo.model.scheduling.circle import Circle, Seat
from sogo.model.scheduling.draft import Draft, edit_lines
from sogo.model.scheduling.facts import Booking, Facts
from sogo.model.scheduling.parts import Parts
from sogo.model.scheduling.people import Person
from sogo.model.scheduling.view import Guest, Meeting
from sogo.model.series import Series, expand

__all__ = ["booked", "occurrences", "refuse_the_busy", "window_of"]

HORIZON = dt.timedelta(days=366)
"""How far a series is looked at, from its start and from now."""
MAX_OCCURRENCES = 1_000
MAX_BOOKINGS = 100_000
_FREE = frozenset({"CANCELLED"})

Times = list[tuple[dt.datetime, dt.datetime]]


def window_of(obj: CalendarObject, now: dt.datetime, zone: dt.tzinfo) -> Window | None:
    """Where an event needs people and things; None for tasks and what takes no time."""
    if obj.kind != "vevent":
        return None
    parts = Parts(obj, zone)
    spans = [span for component in obj.components if (span := parts.span(component)) is not None]
    if not spans:
        return None
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    if parts.recurs:
        last = max(last, _later(max(first, now)))
    return Window(first, last) if first < last else None


def _later(moment: dt.datetime) -> dt.datetime:
    try:
        return min(moment + HORIZON, END_OF_TIME)
    except OverflowError:
        return END_OF_TIME


def occurrences(parts: Parts, window: Window, keys: frozenset[str]) -> Times:
    """When the components of these keys take place, sorted; the first MAX_OCCURRENCES. Cancelled ones take no time."""
    chosen = {id(parts.components[key]) for key in keys if key in parts.components}
    series = Series.of(list(parts.obj.components), parts.zones, parts.zone)
    found: Times = []
    for part in _slices(window):
        try:
            happening = expand(series, part, limit=MAX_OCCURRENCES)
        except TooMany:
            break
        for one in happening:
            if id(one.component) in chosen and not _is_free(one.component):
                found.append((one.start.instant(parts.zone), one.end.instant(parts.zone)))
        if len(found) >= MAX_OCCURRENCES:
            break
    return sorted(set(found))[:MAX_OCCURRENCES]


def _slices(window: Window) -> Iterator[Window]:
    """The window in pieces, so that of a dense series the beginning is found and not nothing."""
    start = window.start
    step = dt.timedelta(minutes=10)
    for _ in range(9):
        end = min(window.end, _plus(start, step))
        yield Window(start, end)
        if end >= window.end:
            return
        start, step = end, step * 4
    yield Window(start, window.end)


def _plus(moment: dt.datetime, span: dt.timedelta) -> dt.datetime:
    try:
        return moment + span
    except OverflowError:
        return END_OF_TIME


def _is_free(component: Component) -> bool:
    return component.text("STATUS").strip().upper() in _FREE


# --- booking ----------------------------------------------------------------------------------------------------------


def booked(obj: CalendarObject, facts: Facts, circle: Circle) -> CalendarObject:
    """The object with every resource in it accepted. Raises SchedulingConflict for one that is full or closed."""
    meeting = Meeting(obj, circle, facts.zone)
    resources = [guest for guest in meeting.guests.values() if guest.any.person.kind.is_booked and guest.gets_copy]
    if not resources:
        return obj
    window = window_of(obj, facts.now, facts.zone)
    for guest in resources:
        _book(guest, meeting, window, facts)
    accepted = {guest.any.person.key for guest in resources if guest.any.person.is_local}
    draft = Draft(obj)
    for component in draft.components:
        edit_lines(component, ("ATTENDEE",), lambda line: _accepted(line) if circle.of(line).key in accepted else line)
    return draft.finish()


def _accepted(line: Line) -> Line:
    if line.param("PARTSTAT") == "ACCEPTED" and line.param("RSVP") is None:
        return line
    return line.with_param("PARTSTAT", "ACCEPTED").with_param("RSVP")


def _book(guest: Guest, meeting: Meeting, window: Window | None, facts: Facts) -> None:
    resource = guest.any.person
    if resource.is_closed or resource.user_id in facts.strangers:
        raise SchedulingConflict(f'Cannot access resource: "{_named(resource)}"')
    if window is None or resource.user_id is None or resource.bookings == 0 or (resource.bookings < 0 and facts.forced):
        return
    taken = facts.bookings.get(resource.user_id, ())
    times = occurrences(meeting.parts, window, guest.keys)
    if resource.bookings < 0:
        _refuse_conflicts(guest.any, times, taken, meeting.obj.uid, facts)
        return
    clash = crowded(times, _others(taken, meeting.obj.uid), resource.bookings)
    if clash is not None:
        raise SchedulingConflict(_full(resource, clash, facts.zone))


def _others(taken: Sequence[Booking], uid: str) -> list[Booking]:
    return [booking for booking in taken[:MAX_BOOKINGS] if booking.uid != uid and booking.start < booking.end]


def crowded(times: Times, taken: Iterable[Booking], places: int) -> Booking | None:
    """The booking with which, at some moment of some of these times, all places are taken; None when there is room.
    What touches does not overlap. Linear but for sorting."""
    bookings = sorted(taken, key=lambda booking: (booking.start, booking.end))
    edges = [(booking.start, 1, booking) for booking in bookings] + [(booking.end, 0, booking) for booking in bookings]
    edges.sort(key=lambda edge: (edge[0], edge[1]))
    starts, ends = [start for start, _ in times], _running([end for _, end in times])
    open_now: dict[int, Booking] = {}
    for place, (moment, opens, booking) in enumerate(edges):
        if opens:
            open_now[id(booking)] = booking
        else:
            open_now.pop(id(booking), None)
        until = edges[place + 1][0] if place + 1 < len(edges) else moment
        if len(open_now) >= places and moment < until and _meets(starts, ends, moment, until):
            return next(iter(open_now.values()))
    return None


def _running(ends: list[dt.datetime]) -> list[dt.datetime]:
    """For each place the latest end up to it: occurrences of one event may overlap each other."""
    latest = BEGINNING
    found = []
    for end in ends:
        latest = max(latest, end)
        found.append(latest)
    return found


def _meets(starts: list[dt.datetime], ends: list[dt.datetime], begin: dt.datetime, end: dt.datetime) -> bool:
    place = bisect_left(starts, end)
    return place > 0 and ends[place - 1] > begin


def _full(resource: Person, clash: Booking, zone: dt.tzinfo) -> str:
    text = (
        f'Maximum number of simultaneous bookings ({resource.bookings}) reached for resource "{_named(resource)}". '
        f'The conflicting event is "{clash.title}", and starts on {_told(clash.start, zone)}.'
    )
    return json.dumps({"reject": text}, ensure_ascii=False)


def _named(person: Person) -> str:
    return f"{person.cn or person.address} {person.address}"


def _told(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """Such as Tuesday, January 12, 2027 14:00 CET."""
    local = moment.astimezone(zone)
    return f"{local:%A, %B} {local.day}, {local:%Y %H:%M %Z}"


# --- people -----------------------------------------------------------------------------------------------------------


def refuse_the_busy(meeting: Meeting, facts: Facts) -> None:
    """Raises SchedulingConflict for the first attendee who is taken at the time, unless forced (scheduling.md §6.2)."""
    window = window_of(meeting.obj, facts.now, facts.zone) if not facts.forced else None
    if window is None:
        return
    for guest in meeting.guests.values():
        person = guest.any.person
        taken = facts.bookings.get(person.user_id, ()) if person.user_id is not None else ()
        if taken and guest.gets_copy and not person.kind.is_booked:
            times = occurrences(meeting.parts, window, guest.keys)
            _refuse_conflicts(guest.any, times, taken, meeting.obj.uid, facts)


def _refuse_conflicts(seat: Seat, times: Times, taken: Sequence[Booking], uid: str, facts: Facts) -> None:
    starts, ends = [start for start, _ in times], _running([end for _, end in times])
    clashes = [one for one in _others(taken, uid) if _meets(starts, ends, one.start, one.end)]
    if clashes:
        conflicts = [_conflict(booking, facts.zone) for booking in clashes[:20]]
        who = {"attendee_name": seat.line.param("CN") or seat.person.cn, "attendee_email": seat.person.address}
        raise SchedulingConflict(json.dumps({**who, "conflicts": conflicts}, ensure_ascii=False))


def _conflict(booking: Booking, zone: dt.tzinfo) -> dict[str, str]:
    start, end = booking.start.astimezone(zone), booking.end.astimezone(zone)
    end_text = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return {"startDate": f"{start:%Y-%m-%d %H:%M}", "endDate": end_text}
