"""The texts of messages (RFC 5546 §3.2, §3.4): what is written to whom, and nothing of who gets it.

Every builder takes an object that is fit to be seen by the recipient, and gives a `Letter`: the VCALENDAR with METHOD
as tree and as text. DTSTAMP is the moment of the message, as the RFC wants it; alarms and what is between a client and
its server stay at home.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cached_property

from sogo.codec.contentline import Component, Line
from sogo.model.calendar_object import CalendarObject
from sogo.model.recurrence_set import utc_text
from sogo.model.scheduling.draft import edit_lines
from sogo.model.scheduling.merge import without_alarms
from sogo.model.scheduling.plan import Message, Method
from sogo.model.scheduling.view import clean_line, without_unused_zones

__all__ = ["Letter", "cancel", "counter", "decline_counter", "refresh", "reply", "request", "sequence_of"]

_REFRESHED = frozenset({
    "UID", "ORGANIZER", "ATTENDEE", "RECURRENCE-ID", "DTSTAMP", "COMMENT",
})  # fmt: skip
"""All that a REFRESH may hold (RFC 5546 §3.2.6)."""


@dataclass(frozen=True)
class Letter:
    """`component` is what the message is about first. What is asked once for each recipient is looked up once."""

    method: Method
    calendar: Component
    component: Component

    @cached_property
    def text(self) -> str:
        """Written when it is asked for: of a crowd each has a letter, and few have a copy here."""
        return self.calendar.render()

    @cached_property
    def message(self) -> Message:
        return Message(self.method, self.text)

    @cached_property
    def uid(self) -> str:
        return self.component.text("UID").strip()

    @cached_property
    def sequence(self) -> int:
        return sequence_of(self.component)

    @cached_property
    def recurrence_id(self) -> str:
        """Of the one occurrence this is about; "" for a whole, or for several."""
        kinds = self.calendar.components(self.component.name)
        return (self.component.value("RECURRENCE-ID") or "").strip() if len(kinds) == 1 else ""


def sequence_of(component: Component | None) -> int:
    """SEQUENCE, 0 when it is missing or no number."""
    value = (component.value("SEQUENCE") or "").strip() if component is not None else ""
    return min(int(value), 2_000_000_000) if value.isdecimal() and len(value) < 12 else 0


def request(obj: CalendarObject, now: dt.datetime, chosen: Collection[Component] | None = None) -> Letter:
    """An invitation to a whole object, or the news of some of its components."""
    return _letter(Method.REQUEST, obj, now, chosen or obj.components)


def cancel(
    obj: CalendarObject,
    now: dt.datetime,
    chosen: Collection[Component] | None = None,
    *,
    only: Callable[[Line], bool] | None = None,
    raises: bool = False,
) -> Letter:
    """The end of a meeting, or of some components, for everybody or for the attendees `only` takes. `raises`: the
    sequence is one more, since nothing is stored that could say so."""

    def end(component: Component) -> None:
        component.set(Line("STATUS", "CANCELLED"))
        if raises:
            component.set(Line("SEQUENCE", str(sequence_of(component) + 1)))
        if only is not None:
            edit_lines(component, ("ATTENDEE",), lambda line: line if only(line) else None)

    return _letter(Method.CANCEL, obj, now, chosen or obj.components, end)


def reply(obj: CalendarObject, now: dt.datetime, chosen: Collection[Component], by: Callable[[Line], bool]) -> Letter:
    """The answer of one attendee, as it stands in these components."""

    def sign(component: Component) -> None:
        edit_lines(component, ("ATTENDEE",), lambda line: line.with_param("RSVP") if by(line) else None)
        component.remove("REQUEST-STATUS")
        component.append_line(Line("REQUEST-STATUS", "2.0;Success"))

    return _letter(Method.REPLY, obj, now, chosen, sign)


def counter(obj: CalendarObject, now: dt.datetime) -> Letter:
    """What an attendee proposes instead: the object as he would have it."""
    return _letter(Method.COUNTER, obj, now, obj.components)


def decline_counter(obj: CalendarObject, now: dt.datetime, by: Callable[[Line], bool]) -> Letter:
    """The organizer's no to a proposal; `by` takes the attendee who made it."""

    def answer(component: Component) -> None:
        edit_lines(component, ("ATTENDEE",), lambda line: line if by(line) else None)

    return _letter(Method.DECLINECOUNTER, obj, now, obj.components, answer)


def refresh(obj: CalendarObject, now: dt.datetime, by: Callable[[Line], bool]) -> Letter:
    """An attendee's question how things stand: whose, and about what, and nothing else (RFC 5546 §3.2.6)."""

    def ask(component: Component) -> None:
        component.items = [item for item in component.items if isinstance(item, Line) and item.name in _REFRESHED]
        edit_lines(component, ("ATTENDEE",), lambda line: line if by(line) else None)

    return _letter(Method.REFRESH, obj, now, obj.components[:1], ask)


def _letter(
    method: Method,
    obj: CalendarObject,
    now: dt.datetime,
    chosen: Iterable[Component],
    change: Callable[[Component], None] | None = None,
) -> Letter:
    wanted = {id(component) for component in chosen}
    calendar = obj.calendar.copy()
    calendar.items = []
    components: list[Component] = []
    for item in obj.calendar.items:
        if isinstance(item, Line) or item.name == "VTIMEZONE":
            calendar.items.append(item)
        elif id(item) in wanted:
            components.append(_written(item, now, change))
            calendar.items.append(components[-1])
    calendar.set(Line("METHOD", method.value))
    without_unused_zones(calendar)
    return Letter(method, calendar, components[0])


def _written(component: Component, now: dt.datetime, change: Callable[[Component], None] | None) -> Component:
    written = without_alarms(component)
    edit_lines(written, ("ORGANIZER", "ATTENDEE"), clean_line)
    written.remove("X-SOGO-SEND-APPOINTMENT-NOTIFICATIONS")
    if change is not None:
        change(written)
    written.set(Line("DTSTAMP", utc_text(now)))
    return written
