"""How many SQL statements scheduling costs on one database, once a worker is warm: as few for many people as for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sogo.store.sql import open_store
from tests.support.house import Client, House, HouseClock, house_over, propfind
from tests.support.meetings import Meeting, ics
from tests.support.people import person
from tests.support.sharing import share
from tests.support.stores import base_url, settings_for

PUT_NEW, PUT_MOVED = 3 + 1, 3
"""The opening, what everybody has of the meeting, and the write of all at once; a new meeting asks after its UID too."""
PEOPLE, SHARED = [f"u{number:03}" for number in range(100)], 200
ATTENDEES = 20


@pytest_asyncio.fixture(params=[pytest.param("postgresql", marks=pytest.mark.services)])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    base, _ = base_url(request, request.param)
    clock = HouseClock()
    store = open_store(replace(settings_for(base, single=True), clock=clock))
    await store.start()
    async for made in house_over(store, clock):
        made.people.users.update({login: person(login) for login in PEOPLE})
        yield made
    await store.close()


async def test_a_meeting_of_twenty_is_read_by_two_statements_and_written_by_one(house: House) -> None:
    meeting, invited = Meeting(house), dict.fromkeys(PEOPLE[:ATTENDEES], "NEEDS-ACTION")
    await meeting.put("anna", ics("warm", "anna", invited), "warm.ics")
    found = []
    for start in ("20260701T100000Z", "20260702T100000Z"):
        before = house.statements
        answer = await meeting.put("anna", ics("m", "anna", invited, start=start, end=start.replace("T10", "T11")))
        assert answer.status in (201, 204), answer.text
        found.append(house.statements - before)
    assert found == [PUT_NEW, PUT_MOVED]
    assert await meeting.text(PEOPLE[ATTENDEES - 1])


@pytest.mark.parametrize("number", [1, 20, 100])
async def test_free_busy_of_a_hundred_is_one_statement(house: House, number: int) -> None:
    meeting = Meeting(house)
    await meeting.put("anna", ics("m", "anna", dict.fromkeys(PEOPLE, "NEEDS-ACTION"), "RRULE:FREQ=DAILY;COUNT=5"))
    attendees = "".join(f"ATTENDEE:mailto:{login}@example.org\r\n" for login in PEOPLE[:number])
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tests//EN\r\nMETHOD:REQUEST\r\nBEGIN:VFREEBUSY\r\nUID:f\r\n"
        "DTSTAMP:20260101T000000Z\r\nDTSTART:20260701T000000Z\r\nDTEND:20260703T000000Z\r\n"
        f"ORGANIZER:mailto:anna@example.org\r\n{attendees}END:VFREEBUSY\r\nEND:VCALENDAR\r\n"
    )
    anna = house.client("anna")
    for _ in range(2):
        before = house.statements
        answer = await anna("POST", "/SOGo/dav/anna/Calendar/outbox/", text, Content_Type="text/calendar")
        assert (answer.status, answer.text.count("20260702T100000Z/20260702T110000Z")) == (200, number)
    assert house.statements - before == 1


async def test_rights_on_a_home_with_two_hundred_calendars_of_others_are_one_statement(house: House) -> None:
    anna, ben = house.client("anna"), house.client("ben")
    await _share_all(house, anna)
    await ben.propfind("/SOGo/dav/ben/Calendar/", "D:displayname", depth="1")
    references = [f"anna:Calendar/c{number}" for number in range(SHARED)]
    await house.site.profiles.update(
        "ben", lambda profile: profile.settings.update(Calendar={"SubscribedFolders": references})
    )
    asked = propfind("D:displayname", "D:current-user-privilege-set", "D:owner")
    for _ in range(2):
        before = house.statements
        answer = await ben("PROPFIND", "/SOGo/dav/ben/Calendar/", asked, Depth="1", Content_Type="text/xml")
        assert answer.text.count("/Calendar/anna_c") == SHARED
    assert house.statements - before == 1


async def _share_all(house: House, anna: Client) -> None:
    for number in range(SHARED):
        path = f"/SOGo/dav/anna/Calendar/c{number}/"
        assert (await anna("MKCALENDAR", path)).status == 201
        await share(house, "PUv PRd", path=path)
