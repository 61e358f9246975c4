"""E-mail alarms from the write of an object to the mail, each once."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sogo.errors import StoreUnavailable
from sogo.model.folder import FolderKind
from sogo.service.alarms import AlarmService
from sogo.store.alarms import AlarmRow
from sogo.store.interface import Profile
from sogo.store.mails import MailState, QueuedMail
from tests.support.house import House, event, open_house
from tests.support.mails import read, text_of

HOME = "/SOGo/dav/anna/Calendar/personal"
ALARM = (
    "BEGIN:VALARM",
    "ACTION:EMAIL",
    "TRIGGER:-PT15M",
    "SUMMARY:x",
    "DESCRIPTION:x",
    "ATTENDEE:mailto:anna@example.org",
)
RINGS = dt.datetime(2026, 6, 1, 12, 45, tzinfo=dt.UTC)


def with_alarm(uid: str, start: str = "20260601T130000Z", *more: str, others: tuple[str, ...] = ()) -> str:
    attendees = [f"ATTENDEE:mailto:{address}" for address in others]
    return event(uid, start, *more, *ALARM, *attendees, "END:VALARM")


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async for one in open_house(tmp_path, SOGoEnableEMailAlarms="YES"):
        yield one


async def put(house: House, name: str, text: str, login: str = "anna") -> None:
    answer = await house.client(login).put(f"{HOME}/{name}.ics", text)
    assert answer.status in (201, 204), answer.text


async def rows(house: House) -> list[AlarmRow]:
    return await house.site.alarms.due(2**31 - 1, 100)


async def mails(house: House) -> list[QueuedMail]:
    found = [await house.site.post.mails.claim(seen, "test") for seen in await house.site.post.mails.due(100)]
    return [one for one in found if one is not None]


async def ring(house: House, moment: dt.datetime = RINGS) -> list[str]:
    house.clock.now = moment
    return await AlarmService(house.site).ring(moment)


# --- rows -------------------------------------------------------------------------------------------------------------


async def test_a_write_notes_the_next_alarm_and_a_removal_forgets_it(house: House) -> None:
    await put(house, "a", with_alarm("a"))
    epoch = int(RINGS.timestamp())
    assert await rows(house) == [AlarmRow("/Users/anna/Calendar/personal", "a.ics", "a", 0, 0, epoch)]
    await put(house, "a", with_alarm("a", "20260601T140000Z"))
    assert [row.moment for row in await rows(house)] == [epoch + 3600]
    await put(house, "a", event("a"))
    assert await rows(house) == []
    await put(house, "a", with_alarm("a"))
    assert (await house.client("anna")("DELETE", f"{HOME}/a.ics")).status == 204
    assert await rows(house) == []


async def test_an_alarm_goes_where_its_event_goes(house: House) -> None:
    await house.client("anna")("MKCALENDAR", "/SOGo/dav/anna/Calendar/work/")
    (other,) = [
        state.folder.name
        for state in await house.site.folders.folders("anna", FolderKind.CALENDAR)
        if state.folder.name != "personal"
    ]
    await put(house, "a", with_alarm("a"))
    target = f"http://127.0.0.1/SOGo/dav/anna/Calendar/{other}/b.ics"
    answer = await house.client("anna")("MOVE", f"{HOME}/a.ics", Destination=target, Host="127.0.0.1")
    assert answer.status == 201
    assert [(row.path, row.name) for row in await rows(house)] == [(f"/Users/anna/Calendar/{other}", "b.ics")]


async def test_nothing_is_noted_where_the_site_does_not_want_it(tmp_path: Path) -> None:
    async for house in open_house(tmp_path):
        await put(house, "a", with_alarm("a"))
        assert await rows(house) == []


# --- mails ------------------------------------------------------------------------------------------------------------


async def test_a_due_alarm_is_a_mail_and_the_row_goes(house: House) -> None:
    await put(house, "a", with_alarm("a", "20260601T130000Z", "LOCATION:Room 1"))
    assert await ring(house, RINGS - dt.timedelta(minutes=1)) == []
    assert len(await ring(house, RINGS.replace(second=30))) == 1
    assert await rows(house) == []
    (queued,) = await mails(house)
    assert (queued.sender, queued.recipient, queued.user_id) == ("anna@example.org", "anna@example.org", "anna")
    found = read(queued.message)
    assert (found["From"], found["To"]) == ("Anna Bell <anna@example.org>",) * 2
    assert str(found["Subject"]).replace("\u202f", " ") == 'Reminder: "Event a" - June 1, 2026, 3:00 PM'
    assert [found[name] for name in ("User-Agent", "Importance", "X-Priority")] == [
        "SOGo Alarms Notifier/1.0",
        "high",
        "1",
    ]
    assert "Where: Room 1" in text_of(found)
    assert "Calendar: Personal Calendar" in text_of(found)


async def test_everybody_the_alarm_names_gets_it_in_the_own_language(house: House) -> None:
    def choose(profile: Profile) -> None:
        profile.defaults |= {"SOGoLanguage": "French"}

    await house.site.profiles.update("ben", choose)
    await put(house, "a", with_alarm("a", others=("ben@example.org", "out@elsewhere.example", "ANNA@example.org")))
    await ring(house)
    told = {one.recipient: str(read(one.message)["Content-Language"]) for one in await mails(house)}
    assert told == {"anna@example.org": "en", "ben@example.org": "fr", "out@elsewhere.example": "en"}


async def test_a_series_rings_again_and_again(house: House) -> None:
    await put(house, "a", with_alarm("a", "20260601T130000Z", "RRULE:FREQ=DAILY"))
    moment = RINGS
    for _ in range(3):
        assert len(await ring(house, moment)) == 1
        moment += dt.timedelta(days=1)
        assert [row.moment for row in await rows(house)] == [int(moment.timestamp())]
        assert [row.recurrence_id for row in await rows(house)] == [int(moment.timestamp()) + 15 * 60]
    subjects = [str(read(one.message)["Subject"]) for one in await mails(house)]
    assert [subject.split(" - ")[1][:7] for subject in sorted(subjects)] == ["June 1,", "June 2,", "June 3,"]


async def test_two_alarms_of_one_event_both_ring(house: House) -> None:
    text = with_alarm("a").replace(
        "END:VEVENT", "\r\n".join([*ALARM[:2], "TRIGGER:-PT10M", "END:VALARM", "END:VEVENT"])
    )
    await put(house, "a", text)
    assert len(await ring(house)) == 1
    assert len(await ring(house, RINGS + dt.timedelta(minutes=5))) == 1
    assert await rows(house) == []


async def test_what_was_missed_for_a_while_is_sent_late_and_for_longer_not_at_all(house: House) -> None:
    await put(house, "a", with_alarm("a", "20260601T130000Z", "RRULE:FREQ=DAILY"))
    await put(house, "b", with_alarm("b", "20260601T130100Z"))
    assert len(await ring(house, RINGS + dt.timedelta(minutes=6))) == 1
    assert [str(read(one.message)["Subject"])[:20] for one in await mails(house)] == ['Reminder: "Event b" ']
    assert [row.moment for row in await rows(house)] == [int((RINGS + dt.timedelta(days=1)).timestamp())]


async def test_two_hosts_that_ring_at_once_send_each_alarm_once(house: House) -> None:
    for number in range(8):
        await put(house, f"a{number}", with_alarm(f"a{number}"))
    house.clock.now = RINGS
    made = await asyncio.gather(*(AlarmService(house.site).ring(RINGS) for _ in range(4)))
    assert sum(map(len, made)) == 8
    assert len(await house.site.post.mails.listed(MailState.WAITING, 100)) == 8
    assert await rows(house) == []


async def test_rows_that_mean_nothing_any_more_go(house: House) -> None:
    epoch = int(RINGS.timestamp())
    await put(house, "a", with_alarm("a", "20260601T140000Z"))
    for path, name in (
        ("/Users/anna/Calendar/personal", "gone.ics"), ("/Users/anna/Calendar/gone", "a.ics"), ("/Users/nobody/Calendar/personal", "a.ics"),
        ("nonsense", "a.ics"), ("/Users/anna/Contacts/personal", "a.ics"),
    ):  # fmt: skip
        await house.site.alarms.put(AlarmRow(path, name, "x", 0, 0, epoch))
    await house.site.alarms.put(AlarmRow("/Users/anna/Calendar/personal", "a.ics", "a", 0, 0, epoch))
    assert await ring(house) == []
    assert [(row.name, row.moment) for row in await rows(house)] == [("a.ics", epoch + 3600)]


async def test_a_table_that_is_away_does_not_fail_a_write(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(type(house.site.alarms), "put", away)
    await put(house, "a", with_alarm("a"))
