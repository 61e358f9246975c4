"""What a VFREEBUSY with METHOD:REQUEST asks: when these people are busy, from then to then (RFC 5546 §3.3.2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line
from sogo.errors import InvalidData, TooMany
from sogo.model import timezone
from sogo.model.caltime import UTC, Window
from sogo.model.timing import timing

MAX_PEOPLE = 300
"""As many as a meeting here can have with everybody shown to everybody."""
MAX_DAYS = 1_100
"""Three years: more than any program shows."""
RULE = "valid-scheduling-message"


@dataclass(frozen=True, slots=True)
class FreeBusyRequest:
    """`people` are the values of ATTENDEE as they were written, each once. `echo` are the lines an answer repeats.
    `masked_uid`: the meeting that takes nobody's time, since it is the one that is being moved."""

    window: Window
    people: tuple[str, ...]
    organizer: Line | None
    echo: tuple[Line, ...]
    masked_uid: str


def read_request(calendar: Component) -> FreeBusyRequest:
    """Raises InvalidData (valid-scheduling-message), TooMany."""
    components = calendar.components("VFREEBUSY")
    if len(components) != 1:
        raise InvalidData("A request for busy times has one VFREEBUSY.", rule=RULE)
    [component] = components
    people = tuple(dict.fromkeys(line.value.strip() for line in component.all("ATTENDEE")))
    if len(people) > MAX_PEOPLE:
        raise TooMany(f"It is told of {MAX_PEOPLE} people at once when they are busy, no more.", limit=MAX_PEOPLE)
    organizer = component.first("ORGANIZER")
    uid = component.first("UID")
    mask = component.value("X-CALENDARSERVER-MASK-UID") or ""
    echo = tuple(line for line in (uid, organizer) if line is not None)
    return FreeBusyRequest(_window(component, calendar), people, organizer, echo, mask.strip())


def _window(component: Component, calendar: Component) -> Window:
    times = timing(component, timezone.lookup(calendar), UTC)
    if times.start is None or not (times.length.nominal or times.length.exact):
        raise InvalidData("A request for busy times says from when to when.", rule=RULE)
    start = times.start.instant(UTC)
    end = times.length.end_of(times.start, UTC).instant(UTC)
    if end - start > dt.timedelta(days=MAX_DAYS):
        raise InvalidData(f"Busy times are told for {MAX_DAYS} days at once, no more.", rule=RULE)
    return Window(start, end)


def address_of(value: str) -> str:
    """The mail address of a calendar user address, in lower case; "" for what is none."""
    text = value.strip().lower()
    return text.removeprefix("mailto:").strip() if text.startswith("mailto:") else ""
