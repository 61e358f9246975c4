"""Short ways to write an event or a task as iCalendar. Only what the demo needs; texts come out folded and escaped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sogo.codec.contentline import Component, Line, escape
from sogo.demo.people import MAIL_DOMAIN, Person, Resource
from sogo.model.vtimezone import vtimezone

PRODID = "-//SOGo//Demo//EN"

When = dt.date | dt.datetime
"""A date is an all-day value, a naive datetime a floating one, an aware one is in its zone."""


@dataclass(frozen=True, slots=True)
class Invited:
    """An attendee, or a room, and what they answered, such as ACCEPTED or NEEDS-ACTION."""

    person: Person | Resource
    answer: str


def time_line(name: str, when: When) -> Line:
    """DTSTART, DUE, EXDATE … in the form that suits the value."""
    if not isinstance(when, dt.datetime):
        return Line(name, when.strftime("%Y%m%d"), params=(("VALUE", ("DATE",)),))
    text = when.strftime("%Y%m%dT%H%M%S")
    if when.tzinfo is None:
        return Line(name, text, params=())
    if when.tzinfo is dt.UTC:
        return Line(name, text + "Z", params=())
    return Line(name, text, params=(("TZID", (str(when.tzinfo),)),))


def event(
    uid: str,
    start: When,
    end: When,
    summary: str,
    *,
    stamp: dt.datetime,
    rule: str = "",
    without: Iterable[When] = (),
    replaces: When | None = None,
    place: str = "",
    text: str = "",
    categories: Sequence[str] = (),
    organizer: Person | None = None,
    invited: Sequence[Invited] = (),
    alarm: str = "",
    status: str = "",
    secrecy: str = "",
    free: bool = False,
) -> Component:
    """A VEVENT. `rule` is an RRULE, `without` the days it leaves out, `replaces` the occurrence that it overrides;
    `alarm` a trigger such as -PT15M; `secrecy` a CLASS; `free` keeps it out of free/busy."""
    lines = [
        *_head(uid, stamp, summary, place=place, text=text, categories=categories, status=status, secrecy=secrecy),
        time_line("DTSTART", start),
        time_line("DTEND", end),
        *([time_line("RECURRENCE-ID", replaces)] if replaces is not None else []),
        *([Line("RRULE", rule, params=())] if rule else []),
        *[time_line("EXDATE", day) for day in without],
        *([Line("TRANSP", "TRANSPARENT", params=())] if free else []),
        *_people(organizer, invited),
    ]
    return Component("VEVENT", [*lines, *_alarm(alarm, summary)])


def task(
    uid: str,
    summary: str,
    *,
    stamp: dt.datetime,
    due: When | None = None,
    start: When | None = None,
    rule: str = "",
    percent: int = 0,
    completed: dt.datetime | None = None,
    priority: int = 0,
    text: str = "",
    categories: Sequence[str] = (),
    alarm: str = "",
) -> Component:
    """A VTODO. A completed one has all of it: time, status and 100 percent."""
    status = "COMPLETED" if completed else "IN-PROCESS" if percent else "NEEDS-ACTION"
    lines = [
        *_head(uid, stamp, summary, text=text, categories=categories, status=status),
        *([time_line("DTSTART", start)] if start is not None else []),
        *([time_line("DUE", due)] if due is not None else []),
        *([Line("RRULE", rule, params=())] if rule else []),
        *([time_line("COMPLETED", completed)] if completed else []),
        *([Line("PERCENT-COMPLETE", "100" if completed else str(percent), params=())] if completed or percent else []),
        *([Line("PRIORITY", str(priority), params=())] if priority else []),
    ]
    return Component("VTODO", [*lines, *_alarm(alarm, summary)])


def calendar(*components: Component) -> str:
    """The calendar object around components of one UID, with the VTIMEZONE of every zone they name."""
    zones: list[Component] = []
    for tzid in dict.fromkeys(
        tzid for component in components for line in component.lines if (tzid := line.param("TZID"))
    ):
        known = vtimezone(tzid)
        if known is not None:
            zones.append(known)
    head = [Line("VERSION", "2.0", params=()), Line("PRODID", PRODID, params=())]
    return Component("", [Component("VCALENDAR", [*head, *zones, *components])]).render()


def uid(slug: str) -> str:
    return f"{slug}@demo.{MAIL_DOMAIN}"


def _head(
    uid: str,
    stamp: dt.datetime,
    summary: str,
    *,
    place: str = "",
    text: str = "",
    categories: Sequence[str] = (),
    status: str = "",
    secrecy: str = "",
) -> list[Line]:
    return [
        Line("UID", uid, params=()),
        time_line("DTSTAMP", stamp),
        time_line("CREATED", stamp),
        time_line("LAST-MODIFIED", stamp),
        Line("SUMMARY", escape(summary), params=()),
        *([Line("LOCATION", escape(place), params=())] if place else []),
        *([Line("DESCRIPTION", escape(text), params=())] if text else []),
        *([Line("CATEGORIES", ",".join(map(escape, categories)), params=())] if categories else []),
        *([Line("STATUS", status, params=())] if status else []),
        *([Line("CLASS", secrecy, params=())] if secrecy else []),
    ]


def _people(organizer: Person | None, invited: Sequence[Invited]) -> list[Line]:
    if organizer is None:
        return []
    lines = [Line("ORGANIZER", f"mailto:{organizer.email}", params=(("CN", (organizer.name,)),))]
    for one in invited:
        params = (
            ("CN", (one.person.name,)),
            *((("CUTYPE", ("ROOM",)),) if isinstance(one.person, Resource) else ()),
            ("ROLE", ("REQ-PARTICIPANT",)),
            ("PARTSTAT", (one.answer,)),
            ("RSVP", ("TRUE" if one.answer == "NEEDS-ACTION" else "FALSE",)),
        )
        lines.append(Line("ATTENDEE", f"mailto:{one.person.email}", params=params))
    return lines


def _alarm(trigger: str, summary: str) -> list[Component]:
    if not trigger:
        return []
    return [
        Component(
            "VALARM",
            [
                Line("ACTION", "DISPLAY", params=()),
                Line("TRIGGER", trigger, params=()),
                Line("DESCRIPTION", escape(summary), params=()),
            ],
        )
    ]
