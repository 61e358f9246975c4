"""Mails of a plan in the language and by the clock of who gets them; what makes two of them one."""

from __future__ import annotations

import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from sogo.mail.about import About
from sogo.model.scheduling.people import Person, outsider
from sogo.model.scheduling.plan import Correspondent, Mail, MailKind
from sogo.service.mail_rendering import MailRendering
from sogo.store.interface import Profile
from tests.support.house import House, open_house
from tests.support.mails import ANN, PARIS, UMA, event, part, plan_mail, read, text_of

LOCAL = Correspondent(
    "anna@example.org", "Anna Bell", Person("anna@example.org", "Anna Bell", "anna"), "REQ-PARTICIPANT"
)


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async for one in open_house(tmp_path, SOGoLanguage="German"):
        yield one


async def rendered(house: House, *mails: Mail) -> list[bytes]:
    ben = await house.site.directory.find_user("ben")
    assert ben is not None
    return [one.message for one in await MailRendering(house.site).render(mails, ben)]


async def test_a_local_user_reads_the_own_language_and_clock(house: House) -> None:
    def choose(profile: Profile) -> None:
        profile.defaults |= {"SOGoLanguage": "French", "SOGoTimeZone": "America/New_York"}

    await house.site.profiles.update("anna", choose)
    local, outside = [read(one) for one in await rendered(house, plan_mail(recipient=LOCAL), plan_mail())]
    assert "Quand\u00a0: lundi 4 mai 2026, 04:00 – 05:30" in text_of(local)
    assert "Wann: Montag, 4. Mai 2026, 10:00 – 11:30\u00a0Uhr (Mitteleuropäische Sommerzeit)" in text_of(outside)
    assert (local["Content-Language"], outside["Content-Language"]) == ("fr", "de")


async def test_what_an_outsider_reads_of_utc_is_by_the_actor_s_clock(house: House) -> None:
    (found,) = await rendered(house, plan_mail(calendar=event("x", "DTSTART:20260504T100000Z")))
    assert "12:00\u00a0Uhr (Mitteleuropäische Sommerzeit)" in text_of(read(found))


async def test_a_mail_has_the_calendar_as_it_was_decided(house: House) -> None:
    mail = plan_mail(calendar=event("Zoë", "DTSTART:20260504T100000Z"))
    ben = await house.site.directory.find_user("ben")
    assert ben is not None
    (queued,) = await MailRendering(house.site).render([mail], ben)
    assert (queued.sender, queued.recipient, queued.kind) == (
        "uma@example.org",
        "ann@elsewhere.example",
        "calendar:invitation",
    )
    assert (queued.user_id, queued.domain) == ("ben", None)
    found = read(queued.message)
    assert text_of(found, "text/calendar") == mail.calendar.replace("\r\n", "\n")
    assert dict(part(found, "text/calendar")["Content-Type"].params)["method"] == "REQUEST"
    assert (found["From"], found["To"]) == ("Uma Org <uma@example.org>", "Ann <ann@elsewhere.example>")


async def test_who_is_only_informed_gets_no_buttons(house: House) -> None:
    informed = replace(ANN, role="NON-PARTICIPANT")
    (found,) = await rendered(house, plan_mail(recipient=informed))
    assert read(found).get_content_type() == "multipart/alternative"


async def test_who_acts_for_the_organizer_may_read_the_answer_too(house: House) -> None:
    uma = replace(UMA, sent_by="sec@example.org")
    both = [read(one) for one in await rendered(house, plan_mail(MailKind.REPLY, answer="ACCEPTED", recipient=uma))]
    assert [one["To"] for one in both] == ["Uma Org <uma@example.org>", "sec@example.org"]
    assert [one.get_content_type() for one in both] == ["multipart/mixed", "multipart/alternative"]
    assert {one["Subject"] for one in both} == {"Einladung angenommen: „Budget“"}
    assert len({one["Message-ID"] for one in both}) == 2


async def test_whoever_acts_for_the_sender_is_the_sender_of_the_message(house: House) -> None:
    (found,) = await rendered(house, plan_mail(sender=replace(UMA, sent_by="sec@example.org")))
    assert (read(found)["From"], read(found)["Sender"]) == ("Uma Org <uma@example.org>", "sec@example.org")


@pytest.mark.parametrize("address", ["", "no address", "a@b@c", "urn:uuid:1", "a@example.org\r\nBcc: b@example.org"])
async def test_what_is_no_address_gets_no_mail_and_others_do(house: House, address: str) -> None:
    nobody = Correspondent(address, "X", outsider(address))
    assert len(await rendered(house, plan_mail(recipient=nobody), plan_mail())) == 1
    assert await rendered(house, plan_mail(sender=nobody)) == []


async def test_names_cannot_become_headers(house: House) -> None:
    hostile = replace(ANN, cn='x\r\nBcc: evil@example.org\r\n\r\n"<a@b>')
    (found,) = await rendered(house, plan_mail(recipient=hostile, sender=replace(UMA, cn="\u202e=?utf-8?q?x?=\n")))
    message = read(found)
    assert "Bcc" not in message
    assert [one.addr_spec for one in message["To"].addresses] == ["ann@elsewhere.example"]
    assert [one.addr_spec for one in message["From"].addresses] == ["uma@example.org"]


# --- once -------------------------------------------------------------------------------------------------------------


async def put(house: House, *mails: Mail) -> int:
    ben = await house.site.directory.find_user("ben")
    assert ben is not None
    return len(await house.site.post.put(await MailRendering(house.site).render(mails, ben)))


async def test_the_same_again_is_no_mail_and_a_real_change_is_one(house: House) -> None:
    first = plan_mail(calendar=event("Budget", "DTSTART:20260504T100000Z"))
    again = event("Budget", "DTSTART:20260504T100000Z", "LAST-MODIFIED:20260102T000000Z", "CREATED:20260102T000000Z")
    stamped = plan_mail(calendar=again)
    assert await put(house, first) == 1
    assert await put(house, first, stamped) == 0
    assert await put(house, replace(first, sequence=1)) == 1
    moved = plan_mail(calendar=event("Budget", "DTSTART:20260504T110000Z"), sequence=1)
    assert await put(house, moved) == 1
    assert await put(house, plan_mail(MailKind.CANCELLATION, sequence=1)) == 1
    assert await put(house, moved) == 1, "invited again after a cancellation"
    assert await put(house, replace(moved, recurrence_id="20260504T100000Z")) == 1
    assert await put(house, replace(moved, recipient=replace(ANN, address="other@example.org"))) == 1


async def test_each_change_of_an_answer_is_told(house: House) -> None:
    def answered(answer: str) -> Mail:
        calendar = event(
            "B", "DTSTART:20260504T100000Z", f"ATTENDEE;PARTSTAT={answer}:mailto:ann@elsewhere.example", method="REPLY"
        )
        return plan_mail(MailKind.REPLY, calendar, answer=answer)

    assert [await put(house, answered(answer)) for answer in ("ACCEPTED", "ACCEPTED", "DECLINED", "ACCEPTED")] == [
        1,
        0,
        1,
        1,
    ]


async def test_mails_to_a_crowd_are_written_while_they_are_stored(house: House) -> None:
    """Whatever their number, a few at a time are in memory; each is the same whenever it is looked at."""
    ben = await house.site.directory.find_user("ben")
    assert ben is not None
    words = "DESCRIPTION:" + "ä" * 20_000
    mails = [
        plan_mail(
            calendar=event("B", PARIS, words), recipient=replace(ANN, address=f"p{number}@elsewhere.example")
        )
        for number in range(400)
    ]  # fmt: skip
    tracemalloc.start()
    try:
        made = await MailRendering(house.site).render(mails, ben)
        assert len(made) == 400
        total = 400 * len(made[0].message)
        assert len(await house.site.post.put(made)) == 400
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total > 40_000_000
    assert peak < 15_000_000
    assert made[7] == made[7]
    assert [one.recipient for one in made[5:7]] == ["p5@elsewhere.example", "p6@elsewhere.example"]
    assert await house.site.post.put(made[:100]) == [], "told already"


async def test_to_very_many_a_large_event_is_told_in_words(house: House) -> None:
    ben = await house.site.directory.find_user("ben")
    assert ben is not None
    calendar = event("B", PARIS, "DESCRIPTION:" + "x" * 600_000)
    few, many = [
        await MailRendering(house.site).render([plan_mail(calendar=calendar)] * number, ben) for number in (1, 1000)
    ]
    assert "BEGIN:VEVENT" in text_of(read(few[0].message), "text/calendar")
    assert read(many[999].message).get_content_type() == "multipart/alternative"
    assert "zu groß für eine Mail" in text_of(read(many[999].message))


async def test_what_cannot_be_told_is_mailed_all_the_same(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A title and the calendar are something."""

    def fails(_: object) -> str:
        raise OverflowError("far away")

    monkeypatch.setattr(About, "when", property(fails))
    (found,) = await rendered(house, plan_mail())
    message = read(found)
    assert message["Subject"] == "Einladung: „Budget“"
    assert "BEGIN:VEVENT" in text_of(message, "text/calendar")
