"""An answer by a button: what the owner's copy looks like with it. `decide` then does the rest (scheduling.md §5.3)."""

from __future__ import annotations

from sogo.codec.contentline import Line
from sogo.errors import NotFound
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.addresses import bare, delegates, mailto, partstat
from sogo.model.scheduling.circle import Circle
from sogo.model.scheduling.draft import Draft, edit_lines
from sogo.model.scheduling.facts import Facts
from sogo.model.scheduling.parts import MASTER, Parts

__all__ = ["responded"]


def responded(
    obj: CalendarObject, facts: Facts, answer: str, *, recurrence_id: Line | None = None, delegate: str = ""
) -> CalendarObject:
    """The owner's copy with this PARTSTAT, for one occurrence or for all of it, delegated to an address or to nobody.
    Raises NotFound when the owner is not invited, or there is no such occurrence."""
    circle, parts, draft = Circle(facts), Parts(obj, facts.zone), Draft(obj)
    components = {parts.key(component): component for component in draft.components}
    key = parts.key_of(recurrence_id) if recurrence_id is not None else MASTER
    chosen = [components[key]] if key in components else []
    if key == MASTER and not chosen:
        chosen = list(components.values())  # an invitation to occurrences only
    if not chosen and (made := parts.instance(key, recurrence_id)) is not None:
        draft.add(made)
        chosen = [made]
    if not any(circle.owner.key in circle.seats(component) for component in chosen):
        raise NotFound("user does not participate in this calendar event")
    for component in chosen:
        edit_lines(component, ("ATTENDEE",), lambda line: _say(line, answer.upper(), bare(delegate), circle))
    return draft.finish()


def _say(line: Line, answer: str, delegate: str, circle: Circle) -> Line:
    if not circle.is_owner(line):
        return line
    if partstat(line) != answer:
        line = line.with_param("PARTSTAT", answer)
    if delegate not in delegates(line) or len(delegates(line)) > 1:
        line = line.with_param("DELEGATED-TO", *((mailto(delegate),) if delegate else ()))
    return line
