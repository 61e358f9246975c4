"""Meetings: who organizes, who comes, and what is measured of it.

Each of the four users of `BENCH` has a hundred people of their own to invite, who cannot log in, as people of a directory
of 100,000. They have met already: 16 meetings of all hundred, every fourth of them each week, in the fortnight that is
asked for when somebody looks when they are free; and eight meetings of each size, which are moved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache

from tests.bench.data import BENCH, ICS, Filler, calendar
from tests.bench.load import Request
from tests.bench.operations import Operation
from tests.support.dav_client import DavUser
from tests.support.site import PASSWORD, USERS

SIZES = (1, 5, 20, 100)
FOLDER = "meetings"
KEPT, MOVED = 16, 8
_FIRST = len(USERS) + 1
_PROPS = '<D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:schedule-outbox-URL/></D:prop></D:propfind>'


def guests(organizer: str, count: int) -> list[str]:
    """Logins of the first so many of those whom this one invites."""
    first = _FIRST + BENCH.index(organizer) * max(SIZES)
    return [f"person{number}" for number in range(first, first + count)]


def meeting(uid: str, organizer: str, people: Iterable[str], start: str, end: str, rule: str = "") -> str:
    attendees = "".join(
        f"ATTENDEE;CN={one};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{one}@example.org\r\n"
        for one in people
    )
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//bench//EN\r\nBEGIN:VEVENT\r\n"
        f"UID:{uid}\r\nDTSTAMP:20270101T000000Z\r\nCREATED:20270101T000000Z\r\nLAST-MODIFIED:20270101T000000Z\r\n"
        f"SUMMARY:All of us together\r\nDESCRIPTION:What we want to talk about\\, in a few words.\r\n"
        f"DTSTART:{start}\r\nDTEND:{end}\r\n{rule}CLASS:PUBLIC\r\nTRANSP:OPAQUE\r\nSEQUENCE:0\r\n"
        f"ORGANIZER;CN={organizer}:mailto:{organizer}@example.org\r\n{attendees}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


async def fill(filler: Filler) -> None:
    for user in BENCH:
        await filler.folders(user, [FOLDER])
        await filler.send(user, [_put(user, f"k{number}", 100, _day(number)) for number in range(KEPT)])
        moved = [_put(user, f"m{size}-{number}", size, _day(number)) for size in SIZES for number in range(MOVED)]
        await filler.send(user, moved)


def _day(number: int) -> tuple[str, str, str]:
    """Start, end and rule of a meeting in March 2027; the first fortnight has all that are kept."""
    day, hour = f"202703{1 + number % 14:02d}", 8 + number // 2
    return f"{day}T{hour:02d}0000Z", f"{day}T{hour + 1:02d}0000Z", "RRULE:FREQ=WEEKLY\r\n" if number % 4 == 0 else ""


def _put(user: str, name: str, size: int, day: tuple[str, str, str]) -> tuple[str, str, str, dict[str, str]]:
    text = meeting(f"{user}-{name}", user, guests(user, size), *day)
    return ("PUT", f"{calendar(user, FOLDER)}{name}.ics", text, ICS)


def _new(size: int) -> Callable[[str, str], Sequence[Request]]:
    def make(base: str, tag: str) -> list[Request]:
        return [
            Request(
                user,
                "PUT",
                f"{calendar(user, FOLDER)}n@SERIAL@.ics",
                meeting(f"{user}-{size}-@SERIAL@", user, guests(user, size), "@START@", "@END@"),
                ICS,
            )
            for user in BENCH
        ]

    return make


def _moved(size: int) -> Callable[[str, str], Sequence[Request]]:
    def make(base: str, tag: str) -> list[Request]:
        found = []
        for number in range(MOVED):
            for user in BENCH:
                method, path, text, headers = _put(user, f"m{size}-{number}", size, ("@START@", "@END@", ""))
                found.append(Request(user, method, path, text, headers))
        return found

    return make


def _free_busy(size: int) -> Callable[[str, str], Sequence[Request]]:
    def make(base: str, tag: str) -> list[Request]:
        return [_asked(base, user, guests(user, size)) for user in BENCH]

    return make


def _asked(base: str, user: str, people: Sequence[str]) -> Request:
    addresses = [f"mailto:{one}@example.org" for one in people]
    attendees = "".join(f"ATTENDEE;CUTYPE=INDIVIDUAL:{one}\r\n" for one in addresses)
    body = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//bench//EN\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\n"
        f"UID:free-{user}\r\nDTSTAMP:20270101T000000Z\r\nDTSTART:20270301T000000Z\r\nDTEND:20270315T000000Z\r\n"
        f"ORGANIZER:mailto:{user}@example.org\r\n{attendees}END:VFREEBUSY\r\nEND:VCALENDAR\r\n"
    )
    headers = {**ICS, "Originator": f"mailto:{user}@example.org", "Recipient": ", ".join(addresses)}
    return Request(user, "POST", _outbox(base, user), body, headers)


@cache
def _outbox(base: str, user: str) -> str:
    """Where a server wants to be asked: the original says a calendar."""
    answer = DavUser("bench", base, user, PASSWORD)("PROPFIND", "", _PROPS, Content_Type="text/xml", Depth="0")
    found = re.search(rb"schedule-outbox-URL[^>]*>\s*<[^>]*href[^>]*>([^<]+)<", answer.body)
    return re.sub(r"^https?://[^/]+", "", found[1].decode()) if found is not None else calendar(user, "personal")


def _people(size: int) -> str:
    return "1 person" if size == 1 else f"{size} people"


OPERATIONS = (
    *(Operation(f"meeting of {_people(size)}, new", _new(size), needs="meetings", slow=True) for size in SIZES),
    *(Operation(f"meeting of {_people(size)}, moved", _moved(size), needs="meetings", slow=True) for size in SIZES),
    *(Operation(f"free/busy of {_people(size)}", _free_busy(size), needs="meetings", slow=True) for size in SIZES),
)
