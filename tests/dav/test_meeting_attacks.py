"""Nobody writes into a calendar, or in a name, that is not theirs: by a UID they know, by SENT-BY, or by delegates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sogo.store.mails import MailState
from tests.support.house import Client, House, open_house
from tests.support.meetings import Meeting, ics
from tests.support.people import person
from tests.support.sharing import share

CARL = "/SOGo/dav/carl/Calendar/personal/"
BEN = "/SOGo/dav/ben/Calendar/personal/"


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """With somebody who gave nobody any right."""
    async for made in open_house(tmp_path, SOGoAppointmentSendEMailNotifications="YES"):
        made.people.users["carl"] = person("carl")
        for login in ("anna", "ben", "carl"):
            home = f"/SOGo/dav/{login}/Calendar/"
            await made.client(login).propfind(home, "D:displayname", depth="1")
        yield made


@pytest.fixture
def meeting(house: House) -> Meeting:
    return Meeting(house)


async def senders(house: House) -> list[str]:
    mails = await house.site.post.mails.listed(MailState.WAITING, 100)
    return [mail.sender for mail in mails]


async def what_carl_has(carl: Client) -> list[tuple[int, str]]:
    answers = [await carl("GET", CARL + name) for name in ("own.ics", "his.ics", "annas.ics")]
    return [(answer.status, answer.text) for answer in answers]


async def furnish_carl(house: House, meeting: Meeting) -> list[tuple[int, str]]:
    """An appointment, a meeting of his own, and one he is invited to."""
    carl = house.client("carl")
    await meeting.put("carl", ics("own", "", {}, "CLASS:PRIVATE"), "own.ics")
    await meeting.put("carl", ics("his", "carl", {"zz@elsewhere.example": "ACCEPTED"}), "his.ics")
    await meeting.put("anna", ics("annas", "anna", {"carl": "NEEDS-ACTION"}), "annas.ics")
    found = await what_carl_has(carl)
    assert [status for status, _ in found] == [200, 200, 200]
    return found


async def test_a_known_uid_is_no_key_to_what_others_have_under_it(house: House, meeting: Meeting) -> None:
    carl, before = house.client("carl"), await furnish_carl(house, meeting)
    for uid in ("own", "his", "annas"):
        text = ics(uid, "ben", {"carl": "NEEDS-ACTION"}, summary="Not his")
        assert (await meeting.put("ben", text, f"{uid}.ics")).status == 201
        assert "SCHEDULE-STATUS=3.8" in (await meeting.text("ben", f"{uid}.ics")).replace("\r\n ", "")
    assert await what_carl_has(carl) == before
    for uid in ("own", "his", "annas"):
        changed = ics(uid, "ben", {"carl": "NEEDS-ACTION"}, summary="Still not", sequence=1, start="20260701T080000Z")
        assert (await meeting.put("ben", changed, f"{uid}.ics")).status == 204
        assert (await meeting.delete("ben", f"{uid}.ics")).status == 204
    assert await what_carl_has(carl) == before


async def test_a_delegate_keeps_what_he_has_otherwise(house: House, meeting: Meeting) -> None:
    """Neither what is no copy of the meeting, nor his own invitation to it by somebody of another site."""
    carl, before = house.client("carl"), await furnish_carl(house, meeting)
    invited = ics("away", "rex@elsewhere.example", {"carl": "ACCEPTED"})
    assert (await meeting.put("carl", invited, "away.ics")).status == 201
    has = await meeting.text("carl", "away.ics")
    for uid in ("own", "annas", "away"):
        sent = ics(uid, "rex@elsewhere.example", {"ben": "DELEGATED", "carl": "NEEDS-ACTION"}, summary="Not his")
        sent = sent.replace("CN=ben;", 'CN=ben;DELEGATED-TO="mailto:carl@example.org";')
        sent = sent.replace("CN=carl;", 'CN=carl;DELEGATED-FROM="mailto:ben@example.org";')
        assert (await meeting.put("ben", sent, f"{uid}.ics")).status == 201
        assert await what_carl_has(carl) == before
        taken_back = ics(uid, "rex@elsewhere.example", {"ben": "DECLINED"}, summary="Not his")
        assert (await meeting.put("ben", taken_back, f"{uid}.ics")).status == 204
    assert await what_carl_has(carl) == before
    assert await meeting.text("carl", "away.ics") == has


async def test_a_room_is_not_taken_from_somebody_by_the_uid_of_the_booking(house: House, meeting: Meeting) -> None:
    house.people.users["room"] = person("room", "Room", is_resource=True, kind="location", bookings=1)
    await house.client("root").propfind("/SOGo/dav/room/Calendar/", "D:displayname", depth="1")
    for login in ("anna", "ben"):
        await share(house, "PUd PRd COd", login, "/SOGo/dav/room/Calendar/personal/")
    assert (await meeting.put("anna", ics("booked", "anna", {"room": "NEEDS-ACTION"}))).status == 201
    there = (await house.client("root")("GET", "/SOGo/dav/room/Calendar/personal/m.ics")).text
    assert "anna@example.org" in there
    assert (await meeting.put("ben", ics("booked", "ben", {"room": "NEEDS-ACTION"}))).status == 409
    assert (await house.client("root")("GET", "/SOGo/dav/room/Calendar/personal/m.ics")).text == there


@pytest.mark.parametrize("given", ["PUd PRd COd", "PUv PRd"])
async def test_a_room_that_is_full_tells_no_title_that_one_may_not_read(
    house: House, meeting: Meeting, given: str
) -> None:
    house.people.users["room"] = person("room", "Room", is_resource=True, kind="location", bookings=1)
    await house.client("root").propfind("/SOGo/dav/room/Calendar/", "D:displayname", depth="1")
    for login, roles in (("anna", "PUd PRd COd"), ("ben", given)):
        await share(house, roles, login, "/SOGo/dav/room/Calendar/personal/")
    for number, of in enumerate(("PUBLIC", "PRIVATE", "CONFIDENTIAL")):
        start, end = f"2026070{number + 1}T100000Z", f"2026070{number + 1}T110000Z"
        text = ics(of, "anna", {"room": "NEEDS-ACTION"}, f"CLASS:{of}", summary=f"SECRET-{of}", start=start, end=end)
        assert (await meeting.put("anna", text, f"{of}.ics")).status == 201
        refused = await meeting.put("ben", ics("x", "ben", {"room": "NEEDS-ACTION"}, start=start, end=end), "x.ics")
        assert refused.status == 409
        reads = of == "PUBLIC" and "PUv" in given
        assert (f"SECRET-{of}" in refused.text, f"({of.title()} event)" in refused.text) == (reads, not reads)


def acting(uid: str, organizer: str, *attendees: str) -> str:
    """Ben says that he acts for somebody."""
    line = f'ORGANIZER;SENT-BY="mailto:ben@example.org":mailto:{organizer}'
    return ics(uid, "", dict.fromkeys(attendees, "NEEDS-ACTION"), line)


@pytest.mark.parametrize("organizer", ["rex@elsewhere.example", "anna@example.org"])
async def test_nothing_is_sent_in_the_name_of_somebody_who_did_not_agree(
    house: House, meeting: Meeting, organizer: str
) -> None:
    text = acting("forged", organizer, "zz@elsewhere.example", "carl")
    assert (await meeting.put("ben", text, "forged.ics")).status == (409 if "anna" in organizer else 201)
    await meeting.delete("ben", "forged.ics")
    assert await senders(house) == []
    assert not await meeting.has("carl", "forged.ics")


async def test_a_right_of_one_is_no_right_of_another(house: House, meeting: Meeting) -> None:
    """Ben acts for Carl, who let him; that there is such an object does not let him act for Anna."""
    await share(house, "PUm", "ben", CARL)
    assert (await meeting.put("ben", acting("u", "carl@example.org", "zz@elsewhere.example"), "u.ics")).status == 201
    assert await senders(house) == ["carl@example.org"]
    await meeting.put("carl", acting("v", "carl@example.org", "yy@elsewhere.example"), "v.ics")
    known = await senders(house)
    forged = await meeting.put("ben", acting("v", "anna@example.org", "zz@elsewhere.example", "carl"), "v.ics")
    assert forged.status == 409
    assert await senders(house) == known


async def test_what_was_brought_in_unseen_is_not_sent_in_the_name_of_others_later(
    house: House, meeting: Meeting
) -> None:
    ben = house.client("ben")
    text = acting("u", "anna@example.org", "zz@elsewhere.example")
    made = await ben("POST", BEN, text, Content_Type="text/calendar")
    assert made.status == 201
    unnamed = ics("u", "", {"zz@elsewhere.example": "NEEDS-ACTION", "carl": "NEEDS-ACTION"})
    assert (await ben.put(made.headers["Location"], unnamed)).status == 409
    assert (await ben("DELETE", made.headers["Location"])).status == 204
    assert await senders(house) == []
