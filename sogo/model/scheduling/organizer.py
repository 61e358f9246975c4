"""The organizer's side: what an object that its owner organizes means for everybody in it (RFC 6638 §3.2.1).

new object, or a change   revised --> resources booked --> guests before and after are compared, one by one
removed                   everybody's copy goes, and everybody is told
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sogo.codec.contentline import Line
from sogo.errors import SchedulingRefused
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.addresses import is_served, mailto
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.courier import Courier
from sogo.model.scheduling.draft import Draft, edit_lines
from sogo.model.scheduling.facts import Facts
from sogo.model.scheduling.plan import Correspondent, Plan
from sogo.model.scheduling.post import correspondent
from sogo.model.scheduling.refusals import refuse_a_second_object, refuse_the_protected
from sogo.model.scheduling.resources import booked, refuse_the_busy
from sogo.model.scheduling.roster import revised
from sogo.model.scheduling.view import Guest, Meeting

__all__ = ["organized", "withdrawn"]


def organized(
    old: CalendarObject | None, new: CalendarObject, sent: CalendarObject, facts: Facts, circle: Circle
) -> Plan:
    """A new version of what the owner organizes: `sent` as it came, `new` as prepared. Raises SchedulingConflict,
    SchedulingRefused."""
    before = Meeting(old, circle, facts.zone) if old is not None else None
    if before is None:
        refuse_a_second_object(facts)
    elif before.guests:
        _same_organizer(before, new, circle)
    obj = revised(before, new, facts, circle) if before is not None else new
    if not _is_ours(obj):
        return Plan(obj, is_verbatim=obj.text == sent.text, is_major=True)
    obj = booked(obj, facts, circle)
    after = Meeting(obj, circle, facts.zone)
    refuse_the_protected(before, after)
    refuse_the_busy(after, facts)
    courier = Courier(before, after, _sender(after, before, circle), facts, circle)
    for key in dict.fromkeys((*(before.guests if before else ()), *after.guests)):
        courier.serve(key)
    stored = _noted(before, after, courier.statuses, circle)
    plan = Plan(stored, stored.text == sent.text, copies=tuple(courier.copies), mails=tuple(courier.mails))
    is_changed = any(change.names for change in courier.changes.values())
    return _with_receipt(plan, before, after, is_changed=is_changed)


def withdrawn(old: CalendarObject, facts: Facts, circle: Circle) -> Plan:
    """The owner removes what he organizes."""
    before = Meeting(old, circle, facts.zone)
    if not _is_ours(old):
        return Plan(None, is_major=True)
    courier = Courier(before, None, _sender(before, None, circle), facts, circle)
    for key in before.guests:
        courier.serve(key)
    removed = _correspondents(before.guests.values())
    return Plan(None, copies=tuple(courier.copies), mails=tuple(courier.mails), is_major=True, removed=removed)


def _is_ours(obj: CalendarObject) -> bool:
    """Not where a client wants to schedule by itself (SCHEDULE-AGENT on ORGANIZER)."""
    return all(is_served(component.first("ORGANIZER")) for component in obj.components)


def _same_organizer(before: Meeting, new: CalendarObject, circle: Circle) -> None:
    """A meeting with guests keeps its organizer (RFC 6638 §3.2.4.3). Raises SchedulingRefused."""
    former = next(filter(None, map(circle.organizer, before.obj.components)), None)
    for component in new.components:
        organizer = circle.organizer(component)
        if former is not None and organizer is not None and not organizer.is_same(former):
            raise SchedulingRefused(
                "The organizer of a meeting cannot be changed.", rule="allowed-organizer-scheduling-object-change"
            )


def _sender(meeting: Meeting, former: Meeting | None, circle: Circle) -> Correspondent:
    """The organizer, else the former one, else the owner (scheduling.md §8.2)."""
    for known in filter(None, (meeting, former)):
        for component in known.obj.components:
            line = component.first("ORGANIZER")
            if line is not None and circle.organizer(component) is not None:
                return correspondent(line, circle.of(line))
    owner = circle.owner
    return correspondent(Line("ORGANIZER", mailto(owner.address), params=(("CN", (owner.cn,)),)), owner)


def _noted(before: Meeting | None, after: Meeting, statuses: dict[str, str], circle: Circle) -> CalendarObject:
    """The object with what was done for each attendee (RFC 6638 §7.3), and what was asked to be done gone."""
    former = {key: _status(guest) for key, guest in before.guests.items()} if before is not None else {}

    def note(line: Line) -> Line:
        key = circle.of(line).key
        if line.param("SCHEDULE-FORCE-SEND") is not None:
            line = line.with_param("SCHEDULE-FORCE-SEND")
        status = statuses.get(key) or former.get(key, "")
        if status and key in after.guests and line.param("SCHEDULE-STATUS") != status and is_served(line):
            line = line.with_param("SCHEDULE-STATUS", status)
        return line

    draft = Draft(after.obj)
    for component in draft.components:
        edit_lines(component, ("ATTENDEE",), note)
    return draft.finish()


def _status(guest: Guest) -> str:
    return guest.any.line.param("SCHEDULE-STATUS") or ""


def _with_receipt(plan: Plan, before: Meeting | None, after: Meeting, *, is_changed: bool) -> Plan:
    """With what a receipt tells the owner (scheduling.md §8.3)."""
    former = before.guests if before is not None else {}
    added = [guest for key, guest in after.guests.items() if key not in former]
    removed = [guest for key, guest in former.items() if key not in after.guests]
    updated = [g for key, g in after.guests.items() if key in former and _entry(g) != _entry(former[key])]
    is_other = before is None or before.parts.components.keys() != after.parts.components.keys()
    return replace(
        plan,
        is_major=is_changed or is_other or bool(added or removed or updated),
        added=_correspondents(added),
        removed=_correspondents(removed),
        updated=_correspondents(updated),
    )


def _entry(guest: Guest) -> tuple[object, ...]:
    return tuple(sorted((key, seat.line.value, seat.line.params) for key, seat in guest.seats.items()))


def _correspondents(guests: Iterable[Guest]) -> tuple[Correspondent, ...]:
    return tuple(correspondent(guest.any.line, guest.any.person) for guest in guests)
