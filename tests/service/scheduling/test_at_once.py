"""Many who write the same at the same moment, through two workers on one database; and what a meeting costs there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
import pytest_asyncio

from sogo.model.folder import FolderKind
from sogo.store.mails import MailState
from sogo.store.sql import SqlStore, open_store
from tests.support.house import House, HouseClock, house_over
from tests.support.meetings import Meeting, ics
from tests.support.people import person
from tests.support.stores import base_url, settings_for

CLIENTS, ATTENDEES, FEWER = 50, 100, 20
COST = 4
"""The opening, which has the object that is written over; what twenty have of the meeting, with their folders and
preferences; the write of all, with the messages for their inboxes; a look for the UIDs under other names. Where folders
have tables of their own, what is in them is read by one more. BEGIN and COMMIT are not counted."""
MAILED = 2
"""What was mailed last of the same, and the mails of all."""


@asynccontextmanager
async def worker(store: SqlStore, clock: HouseClock, **config: object) -> AsyncIterator[House]:
    async for house in house_over(store, clock, **config):
        known = house.people.users
        known |= {f"u{number:03}": person(f"u{number:03}") for number in range(ATTENDEES)}
        known["room"] = person("room", "Room", is_resource=True, kind="location", bookings=1)
        yield house


@pytest_asyncio.fixture(
    params=[
        pytest.param(f"{database}-{layout}", marks=pytest.mark.services)
        for database, layout in (("postgresql", "single"), ("postgresql", "legacy"), ("mariadb", "single"))
    ]
)
async def workers(request: pytest.FixtureRequest) -> AsyncIterator[list[Meeting]]:
    """Two, and one that also sends mails."""
    database, layout = request.param.split("-")
    base, _ = base_url(request, database)
    clock = HouseClock()
    settings = replace(settings_for(base, single=layout == "single"), clock=clock)
    stores = [open_store(settings), open_store(settings)]
    async with AsyncExitStack() as stack:
        for store in stores:
            await store.start()
            stack.push_async_callback(store.close)
        room = await stores[0].folders.create_folder("room", FolderKind.CALENDAR, "personal", "Room")
        await stores[0].acl.set_roles(room, "<default>", ["PublicDAndTViewer"])
        houses = [worker(store, clock) for store in stores]
        houses.append(worker(stores[0], clock, SOGoAppointmentSendEMailNotifications="YES"))
        yield [Meeting(await stack.enter_async_context(house)) for house in houses]


def tables_apart(meeting: Meeting) -> int:
    return 0 if meeting.house.site.folders._layout.single else 1  # type: ignore[attr-defined]


def writes_at_once(meeting: Meeting) -> bool:
    return bool(meeting.house.site.folders._layout.info_engine.dialect.writes_in_queries)  # type: ignore[attr-defined]


def logins(number: int) -> list[str]:
    return [f"u{one:03}" for one in range(number)]


async def test_one_of_fifty_who_book_a_room_at_once_gets_it(workers: list[Meeting]) -> None:
    async def book(number: int, login: str) -> int:
        text = ics(f"uid-{login}", login, {"room": "NEEDS-ACTION"})
        return (await workers[number % 2].put(login, text, f"{login}.ics")).status

    told = await asyncio.gather(*(book(number, login) for number, login in enumerate(logins(CLIENTS))))
    assert sorted(told) == [201, *[409] * (CLIENTS - 1)]
    winner = logins(CLIENTS)[told.index(201)]
    for login in logins(CLIENTS):
        assert await workers[0].has(login, f"{login}.ics") == (login == winner)
        held = await workers[0].house.site.folders.holdings(["room"], f"uid-{login}", f"{login}.ics")
        assert len(held["room"].objects) == (login == winner)


async def test_a_hundred_who_answer_at_once_lose_no_answer(workers: list[Meeting]) -> None:
    people = logins(ATTENDEES if writes_at_once(workers[0]) and not tables_apart(workers[0]) else FEWER)
    assert (await workers[0].put("anna", ics("m", "anna", dict.fromkeys(people, "NEEDS-ACTION")))).status == 201
    wishes = {login: ("ACCEPTED", "TENTATIVE", "DECLINED")[number % 3] for number, login in enumerate(people)}

    async def answer(number: int, login: str) -> int:
        return (await workers[number % 2].answer(login, wishes[login])).status

    told = await asyncio.gather(*(answer(number, login) for number, login in enumerate(people)))
    assert told == [204] * len(people)
    assert await workers[0].answers("anna") == wishes
    for login in (people[0], people[-1]):
        assert await workers[1].answers(login) == wishes
    held = await workers[0].house.site.folders.holdings(["anna", *people], "m", "m.ics")
    assert [len(one.objects) for one in held.values()] == [1] * (len(people) + 1)


async def test_an_organizer_and_attendees_of_two_workers_lose_nothing(workers: list[Meeting]) -> None:
    people = logins(6)
    await workers[0].put("anna", ics("m", "anna", dict.fromkeys(people, "NEEDS-ACTION")))

    async def change(number: int) -> None:
        mine = workers[number % 2]
        seen = await mine.get("anna")
        text = seen.text.replace("SUMMARY:Budget", f"SUMMARY:Budget\r\nDESCRIPTION:{number}", 1)
        answer = await mine.put("anna", text, If_Schedule_Tag_Match=seen.headers["Schedule-Tag"])
        assert answer.status in (204, 412)

    async def answer(number: int, login: str) -> None:
        assert (await workers[number % 2].answer(login, "ACCEPTED")).status == 204

    await asyncio.gather(*(answer(n, login) for n, login in enumerate(people)), *(change(n) for n in range(4)))
    for login in ("anna", *people):
        assert await workers[0].answers(login) == dict.fromkeys(people, "ACCEPTED")


@pytest.mark.parametrize("number", [2, 20])
@pytest.mark.parametrize("mailed", [False, True], ids=["silent", "mailed"])
async def test_a_meeting_of_twenty_costs_no_more_statements_than_one_of_two(
    workers: list[Meeting], number: int, mailed: bool
) -> None:
    if not writes_at_once(workers[0]):
        return  # others write row by row
    meeting, people = workers[2 if mailed else 0], logins(20)
    # The worker has met all of these calendars.
    await meeting.put("anna", ics("warm", "anna", dict.fromkeys(people, "NEEDS-ACTION")), "warm.ics")
    before = meeting.house.statements
    made = await meeting.put("anna", ics("m", "anna", dict.fromkeys(people[:number], "NEEDS-ACTION")))
    assert made.status == 201
    waiting = await meeting.house.site.post.mails.listed(MailState.WAITING, 100)
    assert len(waiting) == (len(people) + number if mailed else 0)
    assert meeting.house.statements - before == COST + tables_apart(meeting) + (MAILED if mailed else 0)
