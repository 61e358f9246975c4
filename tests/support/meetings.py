"""Meetings over the DAV face: who puts what, and what everybody has then."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.contentline import Component, parse
from tests.support.house import Answer, House

START, END = "20260701T100000Z", "20260701T110000Z"


def mailto(login: str) -> str:
    return login if ":" in login else f"mailto:{login if '@' in login else login + '@example.org'}"


def ics(
    uid: str,
    organizer: str,
    attendees: dict[str, str],
    *more: str,
    start: str = START,
    end: str = END,
    sequence: int = 0,
    summary: str = "Budget",
) -> str:
    """A meeting; `attendees` are logins or addresses with their PARTSTAT."""
    people = [f"ORGANIZER;CN={organizer.title()}:{mailto(organizer)}"] if organizer else []
    people += [f"ATTENDEE;CN={name};PARTSTAT={answer};RSVP=TRUE:{mailto(name)}" for name, answer in attendees.items()]
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT", f"UID:{uid}"),
        *("DTSTAMP:20260101T000000Z", f"DTSTART:{start}", f"DTEND:{end}", f"SUMMARY:{summary}"),
        *(f"SEQUENCE:{sequence}", *people, *more, "END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(lines)


def master(text: str) -> Component:
    (calendar,) = parse(text).components("VCALENDAR")
    return next(one for one in calendar.components("VEVENT") if one.first("RECURRENCE-ID") is None)


def answers(text: str) -> dict[str, str]:
    """The local part of each attendee's address with the PARTSTAT."""
    lines = master(text).all("ATTENDEE")
    return {line.value.partition(":")[2].partition("@")[0].lower(): line.param("PARTSTAT") or "" for line in lines}


@dataclass
class Meeting:
    house: House

    def path(self, login: str, name: str = "m.ics", calendar: str = "personal") -> str:
        return f"/SOGo/dav/{login}/Calendar/{calendar}/{name}"

    async def put(self, login: str, text: str, name: str = "m.ics", **headers: str) -> Answer:
        return await self.house.client(login).put(self.path(login, name), text, **headers)

    async def delete(self, login: str, name: str = "m.ics", **headers: str) -> Answer:
        return await self.house.client(login)("DELETE", self.path(login, name), **headers)

    async def get(self, login: str, name: str = "m.ics", calendar: str = "personal") -> Answer:
        return await self.house.client(login)("GET", self.path(login, name, calendar))

    async def text(self, login: str, name: str = "m.ics", calendar: str = "personal") -> str:
        answer = await self.get(login, name, calendar)
        assert answer.status == 200, (login, answer.status)
        return answer.text

    async def answers(self, login: str, name: str = "m.ics") -> dict[str, str]:
        return answers(await self.text(login, name))

    async def has(self, login: str, name: str = "m.ics") -> bool:
        return (await self.get(login, name)).status == 200

    async def answer(self, login: str, answer: str, name: str = "m.ics", **headers: str) -> Answer:
        """Change the own PARTSTAT in what the person has, as clients do."""
        text = await self.text(login, name)
        lines = text.split("\r\n")
        for number, line in enumerate(lines):
            if line.startswith("ATTENDEE") and f"{login}@example.org" in line:
                head, _, tail = line.partition(":mailto:")
                params = [param for param in head.split(";") if not param.startswith(("PARTSTAT=", "RSVP="))]
                lines[number] = ";".join([*params, f"PARTSTAT={answer}"]) + ":mailto:" + tail
        return await self.put(login, "\r\n".join(lines), name, **headers)
