"""What an attendee may change in his copy (RFC 6638 §3.2.2.1), where a local organizer has the object itself.

His own entry, alarms, TRANSP, categories, progress of a task, X- properties, and EXDATE to take an occurrence out. What
he cannot change at all is refused: when it takes place, and who organizes it. Everything else is put back as it was: a
client that rewrites what it read would get nothing stored otherwise. Of an organizer who is elsewhere the client knows
better than this server: it may store an invitation that came by mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sogo.codec.contentline import Component, Line
from sogo.errors import SchedulingRefused
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.addresses import address_of
from sogo.model.scheduling.answers import Answer
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.diff import Change, changes, is_own
from sogo.model.scheduling.draft import Draft, edit_lines
from sogo.model.scheduling.merge import merged
from sogo.model.scheduling.parts import MASTER, Parts
from sogo.model.scheduling.view import clean_line

__all__ = ["constrained", "with_own_lines"]

MAX_ENTRIES = 50_000
RULE = "allowed-attendee-scheduling-object-change"
_REFUSED = frozenset({"DTSTART", "DTEND", "DUE", "RRULE", "RDATE", "EXRULE"})
_HARMLESS = frozenset({"VALARM", "EXDATE", "COMMENT", "ORGANIZER"})


def constrained(before: Parts, after: Parts, answers: Iterable[Answer], circle: Circle) -> CalendarObject:
    """The new version with what an attendee may not change put back. Raises SchedulingRefused."""
    said = {answer.key: answer for answer in answers}
    found = changes(before, after)
    for change in found.values():
        _refuse(change, circle)
    _few_enough(found, before)
    draft = Draft(after.obj)
    results: dict[int, Component] = {}
    for component in draft.components:
        change = found[after.key(component)]
        results[id(component)] = result = _put_back(component, change, before)
        _seat_them(result, _former_lines(change, before), said.get(change.key), circle)
    draft.calendar.items = [results.get(id(item), item) for item in draft.calendar.items]
    _restore(draft, before, after)
    return draft.finish()


def _refuse(change: Change, circle: Circle) -> None:
    if change.former is None:
        raise SchedulingRefused("The meeting has no such occurrence.", rule=RULE)
    if change.names & _REFUSED:
        raise SchedulingRefused("Only the organizer can change when a meeting takes place.", rule=RULE)
    former, organizer = circle.organizer(change.former), circle.organizer(change.component)
    if former is not None and organizer is not None and not organizer.is_same(former):
        raise SchedulingRefused("The organizer of a meeting cannot be changed.", rule=RULE)


def _few_enough(found: Mapping[str, Change], before: Parts) -> None:
    """Every exception that an attendee makes repeats all attendees."""
    new = sum(change.is_new for change in found.values())
    if before.master is not None and new * len(before.master.all("ATTENDEE")) > MAX_ENTRIES:
        raise SchedulingRefused("There are too many exceptions.", rule=RULE)


def _former_lines(change: Change, before: Parts) -> list[Line]:
    """The attendees there were for an instance."""
    component = before.master if change.is_new else change.former
    return component.all("ATTENDEE") if component is not None else []


def _put_back(component: Component, change: Change, before: Parts) -> Component:
    wrong = {name for name in change.names - _HARMLESS if not is_own(name, component.name)}
    assert change.former is not None
    if not wrong and component.first("ORGANIZER") is not None:
        return component
    former = change.former.copy()
    if change.is_new:
        for line in _former_lines(change, before):
            former.append_line(line)
    result = merged(former, component)
    for name in ("DTSTAMP", "LAST-MODIFIED", "EXDATE", "COMMENT"):
        lines = component.all(name)
        result.remove(name)
        for line in lines:
            result.append_line(line)
    return result


def _seat_them(component: Component, former: Iterable[Line], answer: Answer | None, circle: Circle) -> None:
    """The attendees as they were, with the answer of the owner and whom that brings or takes away."""
    leaving = answer.leaving if answer is not None else frozenset()
    own = answer.line if answer is not None else None
    wanted: list[Line] = []
    for line in former:
        person = circle.of(line)
        if person.key == circle.owner.key:
            wanted.append(own if own is not None else line)
        elif person.key not in leaving:
            wanted.append(line)
    wanted += answer.joining if answer is not None else ()
    if _entries(wanted) != _entries(component.all("ATTENDEE")):
        replaced(component, wanted)


def replaced(component: Component, attendees: Iterable[Line]) -> None:
    """Put these attendees where the others stood."""
    rest = list(attendees)
    edit_lines(component, ("ATTENDEE",), lambda _: rest.pop(0) if rest else None)
    for line in rest:
        component.append_line(line)


def _entries(lines: Iterable[Line]) -> list[tuple[str, object]]:
    return sorted((address_of(line), sorted(clean_line(line).params)) for line in lines)


def _restore(draft: Draft, before: Parts, after: Parts) -> None:
    """What is missing comes back: exceptions that the attendee did not take out of his series, the EXDATEs of the
    organizer, the series itself."""
    out = set(after.excluded)
    for key, component in before.components.items():
        if key not in after.components and key not in out:
            draft.add(component.copy())
    master = draft.master
    if master is None or before.master is None:
        return
    there = after.named_dates(master, "EXDATE") if MASTER in after.components else before.named_dates(master, "EXDATE")
    for key, (time, line) in before.named_dates(before.master, "EXDATE").items():
        if key not in there:
            params = tuple((name, values) for name, values in line.params if name in ("TZID", "VALUE"))
            master.append_line(Line("EXDATE", str(time), params=params))


def with_own_lines(obj: CalendarObject, answers: Iterable[Answer], parts: Parts, circle: Circle) -> CalendarObject:
    """The new version as it was sent, but for the owner's entry, which is as the answer says."""
    said: Mapping[str, Answer] = {answer.key: answer for answer in answers}
    draft = Draft(obj)
    for component in draft.components:
        answer = said.get(parts.key(component))
        if answer is not None:
            own = [line for line in component.all("ATTENDEE") if circle.is_owner(line)]
            keep = answer.line
            edit_lines(component, ("ATTENDEE",), lambda line: _swap(line, own, keep))  # noqa: B023
            there = circle.seats(component)
            for line in answer.joining:
                if circle.of(line).key not in there:
                    component.append_line(line)
    return draft.finish()


def _swap(line: Line, own: list[Line], keep: Line) -> Line | None:
    """The first of the owner's entries becomes `keep`, others go."""
    if not any(line is one for one in own):
        return line
    if line is not own[0]:
        return None
    return line if _entries([line]) == _entries([keep]) else keep
