"""From a PUT to a mailbox: what is written by CalDAV arrives at a real mail server, and is read by somebody else's
reader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from sogo.service.mail_sender import MailSender
from sogo.store.mails import MailState
from tests.support.house import House, event, open_house
from tests.support.mail_server import MailServer, mail_server
from tests.support.mails import part, read, text_of

HOME = "/SOGo/dav/anna/Calendar/personal"
MEETING = ("ORGANIZER;CN=Anna Bell:mailto:anna@example.org", "ATTENDEE;CN=Ben:mailto:ben@example.org",
           "ATTENDEE;CN=Zoë Out:mailto:zoe@elsewhere.example")  # fmt: skip


@pytest_asyncio.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[House, MailServer]]:
    async with mail_server() as server:
        async for house in open_house(
            tmp_path, SOGoAppointmentSendEMailNotifications="YES", SOGoMailingMechanism="smtp",
            SOGoSMTPServer=f"smtp://127.0.0.1:{server.port}", SOGoEnableEMailAlarms="YES",
        ):  # fmt: skip
            sender = MailSender(house.site.post)
            sender.start()
            yield house, server
            await sender.close()


async def sent(house: House, server: MailServer, number: int) -> None:
    async with asyncio.timeout(20):
        while len(server.received) < number or (await house.site.post.mails.counts())[MailState.SENT] < number:
            await asyncio.sleep(0.01)


async def test_a_meeting_from_invitation_to_cancellation(served: tuple[House, MailServer]) -> None:
    house, server = served
    anna, ben = house.client("anna"), house.client("ben")
    answer = await anna.put(f"{HOME}/m.ics", event("m", "20260701T100000Z", *MEETING))
    assert answer.status == 201, answer.text
    await sent(house, server, 2)
    told = {one.recipients[0]: one.message for one in server.received}
    assert set(told) == {"ben@example.org", "zoe@elsewhere.example"}
    invitation = told["zoe@elsewhere.example"]
    assert invitation["X-SOGo-Message-Type"] == "calendar:invitation"
    assert str(invitation["Subject"]) == 'Event Invitation: "Event m"'
    assert str(invitation["To"]) == "Zoë Out <zoe@elsewhere.example>"
    assert "METHOD:REQUEST" in text_of(invitation, "text/calendar")
    assert dict(part(invitation, "text/calendar")["Content-Type"].params)["method"] == "REQUEST"

    await anna.put(f"{HOME}/m.ics", event("m", "20260701T120000Z", *MEETING))
    await sent(house, server, 4)
    update = server.received[2].message
    assert update["X-SOGo-Message-Type"] == "calendar:invitation-update"
    assert "2:00" in text_of(update)
    assert "before:" in text_of(update)

    copy = await ben("GET", "/SOGo/dav/ben/Calendar/personal/m.ics")
    accepted = copy.text.replace("CN=Ben", "CN=Ben;PARTSTAT=ACCEPTED").replace("PARTSTAT=NEEDS-ACTION", "X-OLD=1")
    assert (await ben.put("/SOGo/dav/ben/Calendar/personal/m.ics", accepted)).status == 204
    await sent(house, server, 5)
    reply = server.received[4]
    assert (reply.sender, reply.recipients) == ("ben@example.org", ["anna@example.org"])
    assert str(reply.message["Subject"]) == 'Accepted invitation: "Event m"'
    assert "METHOD:REPLY" in text_of(reply.message, "text/calendar")

    assert (await anna("DELETE", f"{HOME}/m.ics")).status == 204
    await sent(house, server, 7)
    assert {str(one.message["Subject"]) for one in server.received[5:]} == {'Event Cancelled: "Event m"'}
    assert {
        dict(part(one.message, "text/calendar")["Content-Type"].params)["method"] for one in server.received[5:]
    } == {"CANCEL"}


async def test_the_same_put_again_mails_nobody(served: tuple[House, MailServer]) -> None:
    house, server = served
    anna = house.client("anna")
    for _ in range(3):
        await anna.put(f"{HOME}/m.ics", event("m", "20260701T100000Z", *MEETING))
    await sent(house, server, 2)
    assert sum((await house.site.post.mails.counts()).values()) == 2


async def test_a_meeting_with_large_files_is_stored_and_told(tmp_path: Path) -> None:
    """Files that are too large for a mail are left out there, and there alone; links stay."""
    async with mail_server(data_size_limit=None) as server:
        async for house in open_house(
            tmp_path, SOGoAppointmentSendEMailNotifications="YES", SOGoMailingMechanism="smtp",
            SOGoSMTPServer=f"smtp://127.0.0.1:{server.port}", SOGoMaximumObjectSize="20480", SOGoMaximumDAVBodySize="20480",
        ):  # fmt: skip
            sender = MailSender(house.site.post)
            sender.start()
            anna, ben = house.client("anna"), house.client("ben")
            small, large = "QUJD" * 100, "QUJD" * 2_500_000
            files = [f"ATTACH;VALUE=BINARY;ENCODING=BASE64:{content}" for content in (small, large)]
            link = "ATTACH:https://files.example.org/agenda.pdf"
            answer = await anna.put(f"{HOME}/m.ics", event("m", "20260701T100000Z", *MEETING, *files, link))
            assert answer.status == 201, answer.text[:200]
            await sent(house, server, 2)
            await sender.close()
            assert large in (await ben("GET", "/SOGo/dav/ben/Calendar/personal/m.ics")).text.replace("\r\n ", "")
            for one in server.received:
                told = text_of(one.message, "text/calendar").replace("\n ", "")
                assert (small in told, large in told, link in told) == (True, False, True)
                assert "An attached file is too large for a mail" in text_of(one.message)
                assert len(one.octets) < 100_000


async def test_a_meeting_of_endless_words_is_stored_and_told(tmp_path: Path) -> None:
    async for house in open_house(
        tmp_path, SOGoAppointmentSendEMailNotifications="YES", SOGoMaximumObjectSize="20480", SOGoMaximumDAVBodySize="20480"
    ):  # fmt: skip
        long = event("m", "20260701T100000Z", *MEETING, "DESCRIPTION:" + "ä" * 3_000_000)
        assert (await house.client("anna").put(f"{HOME}/m.ics", long)).status == 201
        mails = await house.site.post.mails.due(10)
        assert len(mails) == 2
        for seen in mails:
            mail = await house.site.post.mails.claim(seen, "me")
            assert mail is not None
            assert len(mail.message) < 100_000
            message = read(mail.message)
            assert message.get_content_type() == "multipart/alternative"
            assert "too large for a mail" in text_of(message)


async def test_who_cannot_be_mailed_keeps_nobody_from_a_mail(served: tuple[House, MailServer]) -> None:
    house, server = served
    server.answers["refused@elsewhere.example"] = "550 5.1.1 nobody of this name"
    people = ["zoe@", "a b@elsewhere.example", "x" * 300 + "@elsewhere.example", '"a,b"@elsewhere.example', "@", "ä@ä.example",
              "refused@elsewhere.example", "urn:uuid:1", "later@elsewhere.example"]  # fmt: skip
    lines = [f"ATTENDEE:mailto:{one}" for one in people]
    answer = await house.client("anna").put(f"{HOME}/m.ics", event("m", "20260701T100000Z", *MEETING, *lines))
    assert answer.status == 201, answer.text
    await sent(house, server, 4)
    async with asyncio.timeout(20):
        while not (await house.site.post.mails.counts())[MailState.FAILED]:
            await asyncio.sleep(0.01)
    assert {one.recipients[0] for one in server.received} == {
        "ben@example.org", "zoe@elsewhere.example", "later@elsewhere.example", "ä@xn--4ca.example"
    }  # fmt: skip
    failed = await house.site.post.mails.listed(MailState.FAILED, 10)
    assert [one.recipient for one in failed] == ["refused@elsewhere.example"]


async def test_what_is_refused_mails_nobody(served: tuple[House, MailServer]) -> None:
    house, _ = served
    anna = house.client("anna")
    text = event("m", "20260701T100000Z", *MEETING)
    assert (await anna.put(f"{HOME}/m.ics", text, If_Match='"99"')).status == 412
    assert sum((await house.site.post.mails.counts()).values()) == 0


async def test_what_is_over_or_switched_off_mails_nobody(served: tuple[House, MailServer]) -> None:
    house, _ = served
    anna = house.client("anna")
    await anna.put(f"{HOME}/past.ics", event("past", "20200101T100000Z", *MEETING))
    await anna.put(
        f"{HOME}/quiet.ics", event("quiet", "20260701T100000Z", "X-SOGo-Send-Appointment-Notifications:NO", *MEETING)
    )
    assert sum((await house.site.post.mails.counts()).values()) == 0


async def test_an_alarm_of_a_copy_is_its_owner_s(served: tuple[House, MailServer]) -> None:
    """The organizer's alarm rings for the organizer; what an attendee set for the own copy stays through updates."""
    house, _ = served
    alarm = ("BEGIN:VALARM", "ACTION:EMAIL", "TRIGGER:-PT15M", "SUMMARY:x", "DESCRIPTION:x")
    anna, ben = house.client("anna"), house.client("ben")
    own = (*alarm, "ATTENDEE:mailto:anna@example.org", "END:VALARM")
    await anna.put(f"{HOME}/m.ics", event("m", "20260701T100000Z", *MEETING, *own))
    path = "/SOGo/dav/ben/Calendar/personal/m.ics"
    copy = (await ben("GET", path)).text
    lines = "\r\n".join((*alarm, "ATTENDEE:mailto:ben@example.org", "END:VALARM", "END:VEVENT"))
    assert (await ben.put(path, copy.replace("END:VEVENT", lines))).status == 204
    await anna.put(f"{HOME}/m.ics", event("m", "20260701T120000Z", *MEETING, *own))
    rows = await house.site.alarms.due(2**31 - 1, 10)
    moment = 1_782_907_200 - 15 * 60
    assert {(row.path.split("/")[2], row.moment) for row in rows} == {("anna", moment), ("ben", moment)}
