"""The data everything is measured on: who has what, and the bodies of objects.

bench 1-4   a calendar of 1,000 events, 5 % of them recurring, spread over 2027; an address book of 200 cards
big         a calendar of 10,000 events
one, twenty, many   homes of 1, 20 and 200 calendars

Who meets whom and who shares with whom is in tests.bench.meetings and tests.bench.shared.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterable

import aiohttp

from tests.support.site import PASSWORD, USERS

BENCH = USERS[:4]
BIG, ONE, TWENTY, MANY = USERS[4:8]
EVENTS, BIG_EVENTS, CARDS = 1_000, 10_000, 200
AT_ONCE = 8
_RULES = ("FREQ=WEEKLY;COUNT=30", "FREQ=DAILY;INTERVAL=2;UNTIL=20271231T000000Z", "FREQ=MONTHLY;BYDAY=2TU;COUNT=12")
XML = {"Content-Type": 'text/xml; charset="utf-8"'}
ICS = {"Content-Type": "text/calendar; charset=utf-8"}
VCF = {"Content-Type": "text/vcard; charset=utf-8"}


def event(uid: str, number: int) -> str:
    day = f"2027{1 + number % 12:02d}{1 + number // 12 % 28:02d}"
    hour = 7 + number % 10
    rule = f"RRULE:{_RULES[number % 3]}\r\n" if number % 20 == 0 else ""
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//bench//EN\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nDTSTAMP:20270101T000000Z\r\nCREATED:20270101T000000Z\r\nLAST-MODIFIED:20270101T000000Z\r\n"
        f"SUMMARY:Meeting number {number} of the year\r\nLOCATION:Room {number % 40}\r\n"
        "DESCRIPTION:What we want to talk about\\, in a few words.\r\n"
        f"DTSTART:{day}T{hour:02d}0000Z\r\nDTEND:{day}T{hour + 1:02d}0000Z\r\n{rule}CLASS:PUBLIC\r\nTRANSP:OPAQUE\r\n"
        "SEQUENCE:0\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Alarm\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def card(uid: str, number: int) -> str:
    return (
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:Person {number} Family{number}\r\nN:Family{number};Person {number};;;\r\n"
        f"ORG:Company {number % 17}\r\nEMAIL;TYPE=work:person{number}@example.org\r\nTEL;TYPE=cell:+1 555 {number:07d}\r\n"
        f"ADR;TYPE=work:;;{number} Street;Town;;12345;Country\r\nNOTE:Met at the fair\\, likes to be called.\r\nEND:VCARD\r\n"
    )


def calendar(user: str, name: str = "bench") -> str:
    return f"/SOGo/dav/{user}/Calendar/{name}/"


def book(user: str, name: str = "bench") -> str:
    return f"/SOGo/dav/{user}/Contacts/{name}/"


class Filler:
    """Puts the data there through a server, several requests at a time. What is there already is left alone."""

    def __init__(self, base: str, password: str = PASSWORD) -> None:
        self._base, self._password = base, password

    async def fill(self, *, big: bool) -> None:
        """What most operations need."""
        for user in BENCH:
            await self.folders(user, ["bench", "put", "spare"])
            await self._objects(
                user, calendar(user), ((f"e{n:04d}.ics", event(f"{user}-{n}", n)) for n in range(EVENTS)), ICS
            )
            await self._objects(
                user, book(user), ((f"c{n:04d}.vcf", card(f"{user}-c{n}", n)) for n in range(CARDS)), VCF
            )
        for user, count in ((ONE, 1), (TWENTY, 20), (MANY, 200)):
            await self.folders(user, [f"cal{n:03d}" for n in range(1, count)])
        if big:
            await self.folders(BIG, ["bench"])
            events = ((f"e{n:05d}.ics", event(f"{BIG}-{n}", n)) for n in range(BIG_EVENTS))
            await self._objects(BIG, calendar(BIG), events, ICS)

    async def spare(self, user: str, names: Iterable[str]) -> None:
        """Objects that will be deleted."""
        texts = ((name, event(f"{user}-{name}", number)) for number, name in enumerate(names))
        await self._objects(user, calendar(user, "spare"), texts, ICS)

    async def folders(self, user: str, names: Iterable[str]) -> None:
        requests = [("GET", calendar(user, "personal") + "none.ics", "", {})]
        requests += [("MKCALENDAR", calendar(user, name), "", {}) for name in names]
        requests.append(("MKCOL", book(user), "", XML))
        await self.send(user, requests[:1])
        await self.send(user, requests[1:])

    async def _objects(
        self, user: str, folder: str, objects: Iterable[tuple[str, str]], headers: dict[str, str]
    ) -> None:
        await self.send(user, [("PUT", folder + name, text, headers) for name, text in objects])

    async def send(self, user: str, requests: Iterable[tuple[str, str, str, dict[str, str]]]) -> None:
        """Each is a method, a path, a body and headers. Raises RuntimeError when a PUT or a POST is refused."""
        login = base64.b64encode(f"{user}:{self._password}".encode()).decode()
        waiting = iter(requests)
        async with aiohttp.ClientSession(headers={"Authorization": f"Basic {login}"}) as session:

            async def work() -> None:
                for method, path, body, headers in waiting:
                    async with session.request(
                        method, self._base + path, data=body.encode(), headers=headers
                    ) as answer:
                        await answer.read()
                        if method in ("PUT", "POST") and answer.status >= 300:
                            raise RuntimeError(f"{method} {path}: {answer.status}")

            await asyncio.gather(*[work() for _ in range(AT_ONCE)])
