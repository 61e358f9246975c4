"""Messages by mail and what becomes of them in calendars, over SQLite."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from sogo.codec.contentline import parse
from sogo.errors import ResourceLocked
from sogo.mail.incoming import read
from sogo.service.message_intake import Done, Effect, MessageIntake
from sogo.service.request_scope import begin_request
from sogo.store.mails import MailState
from tests.service.scheduling.conftest import invite
from tests.support.house import C, House, body, open_house
from tests.support.imip import TRUSTED, mail, message, vouched
from tests.support.meetings import Meeting, answers, ics, master

START_AND_A_MINUTE = "20260701T100100Z"

ANN = "ann@elsewhere.org"
PERSONAL = "/SOGo/dav/ben/Calendar/personal/"


async def take(house: House, login: str, octets: bytes) -> Done:
    begin_request()
    found = read(octets, trusted={TRUSTED}, max_calendar_bytes=256 * 1024)
    (done,) = await MessageIntake(house.site).take(house.people.users[login], found)
    return done


async def effect(house: House, login: str, octets: bytes) -> Effect:
    return (await take(house, login, octets)).effect


async def texts(house: House, login: str) -> list[str]:
    home = f"/SOGo/dav/{login}/Calendar/personal/"
    listed = await house.client(login).propfind(home, "C:calendar-data", "D:getetag", depth="1")
    return [listed.prop_text(href, C + "calendar-data") for href in listed.hrefs if href != home]


async def etags(house: House, login: str) -> dict[str, str]:
    home = f"/SOGo/dav/{login}/Calendar/personal/"
    listed = await house.client(login).propfind(home, "D:getetag", depth="1")
    return {href: listed.prop_text(href, "{DAV:}getetag") for href in listed.hrefs if href != home}


def invitation(sequence: int = 0, **more: object) -> str:
    return message("REQUEST", "m", ANN, {"ben": "NEEDS-ACTION"}, sequence=sequence, **more)


# --- an organizer elsewhere -------------------------------------------------------------------------------------------


async def test_an_invitation_a_change_and_the_end_from_outside(house: House) -> None:
    assert await effect(house, "ben", mail(ANN, invitation())) is Effect.ADDED
    (text,) = await texts(house, "ben")
    assert answers(text) == {"ben": "NEEDS-ACTION"}
    assert "METHOD" not in text
    later = invitation(1, start="20260701T120000Z", end="20260701T130000Z")
    assert await effect(house, "ben", mail(ANN, later)) is Effect.CHANGED
    (text,) = await texts(house, "ben")
    assert "DTSTART:20260701T120000Z" in text
    end = message("CANCEL", "m", ANN, {"ben": "NEEDS-ACTION"}, sequence=2)
    assert await effect(house, "ben", mail(ANN, end)) is Effect.REMOVED
    assert await texts(house, "ben") == []
    assert await effect(house, "ben", mail(ANN, end)) is Effect.NOTHING


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
async def test_the_same_mail_twice_changes_nothing(house: House, encoding: str) -> None:
    floating = invitation(start="20260701T100000", end="20260701T110000", summary="Année budgétaire")
    sent = mail(ANN, floating, encoding=encoding)
    assert await effect(house, "ben", sent) is Effect.ADDED
    before = await etags(house, "ben")
    assert await effect(house, "ben", sent) is Effect.NOTHING
    assert await etags(house, "ben") == before
    assert "Année budgétaire" in (await texts(house, "ben"))[0]


async def test_an_older_version_that_comes_late_changes_nothing(house: House) -> None:
    await take(house, "ben", mail(ANN, invitation(2, summary="Second")))
    assert await effect(house, "ben", mail(ANN, invitation(1, summary="First"))) is Effect.NOTHING
    end = message("CANCEL", "m", ANN, {"ben": "NEEDS-ACTION"}, sequence=1)
    assert await effect(house, "ben", mail(ANN, end)) is Effect.NOTHING
    assert "SUMMARY:Second" in (await texts(house, "ben"))[0]


async def test_one_occurrence_is_moved_another_cancelled(house: House) -> None:
    series = invitation(summary="Daily").replace("SEQUENCE:0", "RRULE:FREQ=DAILY;COUNT=5\r\nSEQUENCE:0")
    assert await effect(house, "ben", mail(ANN, series)) is Effect.ADDED
    moved = invitation(1, start="20260702T150000Z", end="20260702T160000Z").replace(
        "SEQUENCE:1", "RECURRENCE-ID:20260702T100000Z\r\nSEQUENCE:1"
    )
    assert await effect(house, "ben", mail(ANN, moved)) is Effect.CHANGED
    gone = message("CANCEL", "m", ANN, {"ben": "NEEDS-ACTION"}, "RECURRENCE-ID:20260703T100000Z", sequence=1)
    assert await effect(house, "ben", mail(ANN, gone)) is Effect.CHANGED
    (text,) = await texts(house, "ben")
    assert "EXDATE" in text
    assert "20260703T100000Z" in text
    assert "DTSTART:20260702T150000Z" in text
    assert text.count("BEGIN:VEVENT") == 2


async def test_what_the_owner_set_on_the_copy_stays_when_it_is_changed(house: House, meeting: Meeting) -> None:
    await take(house, "ben", mail(ANN, invitation()))
    (path,) = await etags(house, "ben")
    (text,) = await texts(house, "ben")
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT10M\r\nDESCRIPTION:x\r\nEND:VALARM\r\nEND:VEVENT"
    own = text.replace("END:VEVENT", alarm).replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")
    assert (await house.client("ben").put(path, own)).status == 204
    changed = invitation(1, summary="Other")
    assert await effect(house, "ben", mail(ANN, changed)) is Effect.CHANGED
    (text,) = await texts(house, "ben")
    assert "VALARM" in text
    assert "SUMMARY:Other" in text


async def test_an_invitation_to_somebody_else_is_no_invitation(house: House) -> None:
    for_carl = message("REQUEST", "m", ANN, {"carl": "NEEDS-ACTION"})
    done = await take(house, "ben", mail(ANN, for_carl))
    assert (done.effect, done.why) == (Effect.REFUSED, "user does not participate in this calendar event")
    assert await texts(house, "ben") == []


async def test_what_is_published_is_shown_without_people_and_once(house: House) -> None:
    published = message("PUBLISH", "m", ANN, {})
    assert await effect(house, "ben", mail(ANN, published)) is Effect.ADDED
    assert await effect(house, "ben", mail(ANN, published)) is Effect.NOTHING
    assert "ORGANIZER" not in (await texts(house, "ben"))[0]


async def test_nobody_invites_who_does_not_want_to_be(house: House) -> None:
    await prevent(house, "ben")
    for method in ("REQUEST", "PUBLISH", "ADD"):
        invited = message(method, method, ANN, {"ben": "NEEDS-ACTION"})
        assert await effect(house, "ben", mail(ANN, invited)) is Effect.REFUSED
    assert await texts(house, "ben") == []


async def test_who_does_not_want_invitations_still_hears_of_the_old_ones(house: House) -> None:
    await take(house, "ben", mail(ANN, invitation()))
    await prevent(house, "ben")
    assert await effect(house, "ben", mail(ANN, invitation(1, summary="Other"))) is Effect.CHANGED


async def prevent(house: House, login: str) -> None:
    def set_it(profile: object) -> None:
        profile.settings.setdefault("Calendar", {})["PreventInvitations"] = 1  # type: ignore[attr-defined]

    await house.site.profiles.update(login, set_it)


# --- attendees elsewhere ----------------------------------------------------------------------------------------------


async def invited(meeting: Meeting, **attendees: str) -> None:
    people = {"zed@elsewhere.org": "NEEDS-ACTION", **attendees}
    assert (await meeting.put("anna", ics("m", "anna", people))).status == 201


def reply(answer: str, who: str = "zed@elsewhere.org", *more: str, **changes: object) -> str:
    return message("REPLY", "m", "anna", {who: answer}, *more, **changes)


async def test_an_answer_from_outside_reaches_the_organizer_and_the_copies(house: House, meeting: Meeting) -> None:
    await invited(meeting, ben="NEEDS-ACTION")
    done = await take(house, "anna", mail("zed@elsewhere.org", reply("ACCEPTED")))
    assert (done.effect, done.copies) == (Effect.CHANGED, 1)
    for login in ("anna", "ben"):
        assert await meeting.answers(login) == {"zed": "ACCEPTED", "ben": "NEEDS-ACTION"}
    before = await etags(house, "anna")
    assert await effect(house, "anna", mail("zed@elsewhere.org", reply("ACCEPTED"))) is Effect.NOTHING
    assert await etags(house, "anna") == before
    assert await effect(house, "anna", mail("zed@elsewhere.org", reply("DECLINED"))) is Effect.CHANGED


async def test_an_answer_does_not_change_the_schedule_tag(house: House, meeting: Meeting) -> None:
    await invited(meeting)
    before = (await meeting.get("anna")).headers["Schedule-Tag"]
    await take(house, "anna", mail("zed@elsewhere.org", reply("ACCEPTED")))
    assert (await meeting.get("anna")).headers["Schedule-Tag"] == before


async def test_an_answer_by_another_identity_of_a_local_user(house: House, meeting: Meeting) -> None:
    known = house.people.users
    known["ben"] = replace(known["ben"], emails=("ben@example.org", "b.second@example.org"))
    await invited(meeting, ben="NEEDS-ACTION")
    sent = mail("b.second@example.org", message("REPLY", "m", "anna", {"ben": "TENTATIVE"}))
    assert await effect(house, "anna", sent) is Effect.CHANGED
    assert (await meeting.answers("anna"))["ben"] == "TENTATIVE"


async def test_a_proposal_changes_nothing_and_a_refresh_is_answered_by_mail(tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoAppointmentSendEMailNotifications="YES"):
        await invite(house)
        meeting = Meeting(house)
        await invited(meeting)
        first = len(await house.site.post.mails.listed(MailState.WAITING, 100))
        before = await etags(house, "anna")
        proposal = message("COUNTER", "m", "anna", {"zed@elsewhere.org": "TENTATIVE"}, start="20260701T150000Z")
        assert await effect(house, "anna", mail("zed@elsewhere.org", proposal)) is Effect.NOTHING
        refresh = message("REFRESH", "m", "anna", {"zed@elsewhere.org": "NEEDS-ACTION"})
        automatic = mail("zed@elsewhere.org", refresh, Auto_Submitted="auto-generated")
        assert (await take(house, "anna", automatic)).mails == 0
        done = await take(house, "anna", mail("zed@elsewhere.org", refresh))
        assert (done.effect, done.mails) == (Effect.NOTHING, 1)
        assert len(await house.site.post.mails.listed(MailState.WAITING, 100)) == first + 1
        assert await etags(house, "anna") == before


# --- who must not -----------------------------------------------------------------------------------------------------


FORGERIES = {
    "nobody vouches": {"results": None},
    "another server vouches": {"results": vouched("elsewhere.org", server="evil.example")},
    "another domain signed": {"results": vouched("evil.example")},
    "a domain below signed": {"results": vouched("sub.elsewhere.org")},
    "the signature is broken": {"results": f"{TRUSTED}; dkim=fail header.d=elsewhere.org; dmarc=fail header.from=elsewhere.org"},
    "DMARC fails though a list signed": {"results": f"{TRUSTED}; dkim=pass header.d=elsewhere.org; dmarc=fail"},
    "the envelope is another": {"results": f"{TRUSTED}; spf=pass smtp.mailfrom=x@evil.example"},
    "a comment says pass": {"results": f"{TRUSTED}; none (dkim=pass header.d=elsewhere.org)"},
    "a quoted string says pass": {"results": f'{TRUSTED}; dkim=fail reason="; dkim=pass header.d=elsewhere.org"'},
    "somebody else logged in": {"results": f"{TRUSTED}; auth=pass smtp.auth=ben; dkim=pass header.d=elsewhere.org"},
}  # fmt: skip


@pytest.mark.parametrize("why", FORGERIES)
async def test_a_forged_answer_and_a_forged_cancellation_change_nothing(
    house: House, meeting: Meeting, why: str
) -> None:
    await invited(meeting)
    await take(house, "ben", mail(ANN, invitation().replace("UID:m", "UID:n")))
    before = await etags(house, "anna"), await etags(house, "ben")
    forged = mail("zed@elsewhere.org", reply("DECLINED"), **FORGERIES[why])  # type: ignore[arg-type]
    assert await effect(house, "anna", forged) is Effect.REFUSED
    end = message("CANCEL", "n", ANN, {"ben": "NEEDS-ACTION"}, sequence=9)
    assert await effect(house, "ben", mail(ANN, end, **FORGERIES[why])) is Effect.REFUSED  # type: ignore[arg-type]
    assert (await etags(house, "anna"), await etags(house, "ben")) == before


@pytest.mark.parametrize("field", ["Reply-To", "Sender"])
async def test_only_from_says_who_speaks(house: House, meeting: Meeting, field: str) -> None:
    await invited(meeting)
    sent = mail("other@elsewhere.org", reply("DECLINED"), **{field: "zed@elsewhere.org"})
    assert await effect(house, "anna", sent) is Effect.REFUSED
    assert await meeting.answers("anna") == {"zed": "NEEDS-ACTION"}


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "ADD"])
async def test_an_honest_stranger_cannot_speak_for_the_organizer(house: House, method: str) -> None:
    await take(house, "ben", mail(ANN, invitation()))
    before = await etags(house, "ben")
    sent = message(method, "m", ANN, {"ben": "NEEDS-ACTION"}, sequence=1, summary="Mine")
    assert await effect(house, "ben", mail("mallory@evil.example", sent)) is Effect.REFUSED
    own = sent.replace("mailto:ann@elsewhere.org", "mailto:mallory@evil.example")
    assert await effect(house, "ben", mail("mallory@evil.example", own)) is Effect.REFUSED
    assert await etags(house, "ben") == before


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "REPLY", "COUNTER", "REFRESH", "ADD", "PUBLISH"])
async def test_the_uid_of_an_event_of_ones_own_is_no_way_to_it(house: House, method: str) -> None:
    path = PERSONAL + "own.ics"
    assert (await house.client("ben").put(path, ics("own", "", {}, summary="Private"))).status == 201
    before = await etags(house, "ben")
    sent = message(method, "own", "mallory@evil.example", {"ben": "NEEDS-ACTION"}, sequence=9, summary="Mine")
    assert await effect(house, "ben", mail("mallory@evil.example", sent)) in (Effect.REFUSED, Effect.NOTHING)
    assert await etags(house, "ben") == before


async def test_a_long_uid_that_begins_like_another_is_another(house: House) -> None:
    long = "u" * 255
    assert (await house.client("ben").put(PERSONAL + "own.ics", ics(long + "1", "", {}))).status == 201
    before = await etags(house, "ben")
    sent = message("CANCEL", long + "2", ANN, {"ben": "NEEDS-ACTION"})
    assert await effect(house, "ben", mail(ANN, sent)) is Effect.REFUSED
    assert await etags(house, "ben") == before


async def test_an_attendee_answers_for_nobody_else(house: House, meeting: Meeting) -> None:
    await invited(meeting, ben="NEEDS-ACTION")
    assert await effect(house, "anna", mail("zed@elsewhere.org", reply("DECLINED", "ben"))) is Effect.REFUSED
    both = reply("ACCEPTED").replace("END:VEVENT", "ATTENDEE;PARTSTAT=DECLINED:mailto:ben@example.org\r\nEND:VEVENT")
    await take(house, "anna", mail("zed@elsewhere.org", both))
    assert (await meeting.answers("anna"))["ben"] == "NEEDS-ACTION"


async def test_who_is_not_invited_answers_nothing(house: House, meeting: Meeting) -> None:
    await invited(meeting)
    assert (
        await effect(house, "anna", mail("new@evil.example", reply("ACCEPTED", "new@evil.example"))) is Effect.REFUSED
    )
    assert await meeting.answers("anna") == {"zed": "NEEDS-ACTION"}


async def test_a_reply_changes_the_answer_and_nothing_else(house: House, meeting: Meeting) -> None:
    await invited(meeting)
    sent = reply("ACCEPTED", start="20270101T000000Z", end="20270101T010000Z", summary="Mine")
    assert await effect(house, "anna", mail("zed@elsewhere.org", sent)) is Effect.CHANGED
    found = master(await meeting.text("anna"))
    assert (found.value("SUMMARY"), found.value("DTSTART")) == ("Budget", "20260701T100000Z")


# --- loops and locks --------------------------------------------------------------------------------------------------


async def test_the_mail_of_a_local_organizer_does_no_harm(house: House, meeting: Meeting) -> None:
    assert (await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))).status == 201
    before = await etags(house, "anna"), await etags(house, "ben")
    sent = mail("anna@example.org", message("REQUEST", "m", "anna", {"ben": "NEEDS-ACTION"}))
    for login in ("anna", "ben"):
        assert await effect(house, login, sent) is Effect.NOTHING
    assert (await etags(house, "anna"), await etags(house, "ben")) == before
    answer = mail("ben@example.org", message("REPLY", "m", "anna", {"ben": "ACCEPTED"}))
    assert await effect(house, "anna", answer) is Effect.CHANGED
    assert await effect(house, "anna", answer) is Effect.NOTHING
    assert await meeting.answers("ben") == {"ben": "ACCEPTED"}
    end = mail("anna@example.org", message("CANCEL", "m", "anna", {"ben": "NEEDS-ACTION"}, sequence=5))
    assert await effect(house, "ben", end) is Effect.NOTHING


async def test_no_mail_is_sent_because_a_program_wrote_one(tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoAppointmentSendEMailNotifications="YES"):
        await invite(house)
        meeting = Meeting(house)
        await invited(meeting)
        first = len(await house.site.post.mails.listed(MailState.WAITING, 100))
        for answer in ("ACCEPTED", "DECLINED", "ACCEPTED"):
            sent = mail("zed@elsewhere.org", reply(answer), Auto_Submitted="auto-replied")
            assert await effect(house, "anna", sent) is Effect.CHANGED
        further = message("ADD", "other", ANN, {"ben": "NEEDS-ACTION"})
        await take(house, "ben", mail(ANN, further, Precedence="bulk"))
        assert len(await house.site.post.mails.listed(MailState.WAITING, 100)) == first


async def test_a_locked_event_is_to_be_tried_again(house: House) -> None:
    await take(house, "ben", mail(ANN, invitation()))
    (path,) = await etags(house, "ben")
    lock = body("D:lockinfo", "<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>")
    assert (await house.client("ben")("LOCK", path, lock, Content_Type="text/xml")).status == 200
    with pytest.raises(ResourceLocked):
        await take(house, "ben", mail(ANN, invitation(1, summary="Other")))


async def test_who_never_came_gets_the_invitation_too(house: House) -> None:
    assert (
        await effect(house, "dora", mail(ANN, message("REQUEST", "m", ANN, {"dora": "NEEDS-ACTION"}))) is Effect.ADDED
    )
    assert len(await texts(house, "dora")) == 1


async def test_ten_thousand_attendees_are_too_many(house: House) -> None:
    crowd = "\r\n".join(f"ATTENDEE:mailto:u{number}@x.org" for number in range(10_000))
    sent = invitation().replace("END:VEVENT", crowd + "\r\nEND:VEVENT")
    found = read(mail(ANN, sent), trusted={TRUSTED}, max_calendar_bytes=10_000_000)
    begin_request()
    (done,) = await MessageIntake(house.site).take(house.people.users["ben"], found)
    assert done.effect is Effect.REFUSED
    assert await texts(house, "ben") == []


async def test_signs_that_would_break_a_line_of_the_log_are_shown_as_none(house: House) -> None:
    sent = invitation().replace("UID:m", "UID:m\x1b[31m\x07")
    done = await take(house, "ben", mail(ANN, sent))
    assert done.effect in (Effect.ADDED, Effect.REFUSED)
    for text in await texts(house, "ben"):
        parse(text)


# --- delegates by mail ------------------------------------------------------------------------------------------------


def delegated(*delegates: str) -> str:
    sent = ",".join(f'"mailto:{address}"' for address in delegates)
    head = "ATTENDEE;CN=zed@elsewhere.org;"
    return reply("DELEGATED").replace(head, f"{head}DELEGATED-TO={sent};")


async def test_a_delegate_of_somebody_elsewhere_is_invited_and_does_not_answer_by_it(
    house: House, meeting: Meeting
) -> None:
    await invited(meeting)
    answered_too = delegated("carl@example.org").replace(
        "END:VEVENT", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:carl@example.org\r\nEND:VEVENT"
    )
    done = await take(house, "anna", mail("zed@elsewhere.org", answered_too))
    assert (done.effect, done.copies) == (Effect.CHANGED, 1)
    assert await meeting.answers("anna") == {"zed": "DELEGATED", "carl": "NEEDS-ACTION"}
    (copy,) = await texts(house, "carl")
    assert answers(copy) == {"zed": "DELEGATED", "carl": "NEEDS-ACTION"}


async def test_nobody_is_reached_by_delegation_who_does_not_want_to_be_invited(house: House, meeting: Meeting) -> None:
    await invited(meeting)
    await prevent(house, "carl")
    assert await effect(house, "anna", mail("zed@elsewhere.org", delegated("carl@example.org"))) is Effect.REFUSED
    assert await meeting.answers("anna") == {"zed": "NEEDS-ACTION"}
    assert await texts(house, "carl") == []


async def test_one_guest_does_not_bring_a_crowd(house: House, meeting: Meeting) -> None:
    await invited(meeting)
    crowd = delegated(*(f"d{number}@evil.example" for number in range(4_000)))
    assert await effect(house, "anna", mail("zed@elsewhere.org", crowd)) is Effect.REFUSED
    assert await meeting.answers("anna") == {"zed": "NEEDS-ACTION"}


async def test_who_says_to_be_sent_by_a_guest_is_not_invited_by_it(house: House, meeting: Meeting) -> None:
    await invited(meeting, ben="NEEDS-ACTION")
    head = "ATTENDEE;CN=eve@evil.example;"
    crashing = reply("ACCEPTED", "eve@evil.example").replace(head, f'{head}DELEGATED-FROM="mailto:ben@example.org";')
    assert await effect(house, "anna", mail("eve@evil.example", crashing)) is Effect.REFUSED
    assert await meeting.answers("anna") == {"zed": "NEEDS-ACTION", "ben": "NEEDS-ACTION"}


async def test_thousands_of_answers_in_one_mail_are_too_many(house: House, meeting: Meeting) -> None:
    series = ics(
        "m", "anna", {"zed@elsewhere.org": "NEEDS-ACTION"}, "RRULE:FREQ=MINUTELY;COUNT=5000", end=START_AND_A_MINUTE
    )
    assert (await meeting.put("anna", series)).status == 201
    calendar = reply("DECLINED")
    head, inner = calendar[: calendar.index("BEGIN:VEVENT")], calendar[calendar.index("BEGIN:VEVENT") :]
    inner = inner[: inner.index("END:VCALENDAR")]
    answered = [
        inner.replace("SEQUENCE:0", f"SEQUENCE:0\r\nRECURRENCE-ID:20260701T{10 + n // 60}{n % 60:02}00Z")
        for n in range(201)
    ]
    before = await etags(house, "anna")
    sent = mail("zed@elsewhere.org", head + "".join(answered) + "END:VCALENDAR\r\n")
    assert await effect(house, "anna", sent) is Effect.REFUSED
    assert await etags(house, "anna") == before


# --- at once, and beside other things ---------------------------------------------------------------------------------


async def test_twenty_answers_at_once_by_mail_and_one_by_caldav_all_count(house: House, meeting: Meeting) -> None:
    guests = {f"g{number}@elsewhere.org": "NEEDS-ACTION" for number in range(20)}
    await invited(meeting, ben="NEEDS-ACTION", **guests)
    mails = [mail(guest, reply("ACCEPTED", guest)) for guest in guests]
    done = await asyncio.gather(meeting.answer("ben", "ACCEPTED"), *(effect(house, "anna", one) for one in mails))
    assert done[0].status == 204
    assert set(done[1:]) == {Effect.CHANGED}
    found = await meeting.answers("anna")
    assert found.pop("zed") == "NEEDS-ACTION"
    assert len(found) == 21
    assert set(found.values()) == {"ACCEPTED"}


async def moments(house: House) -> list[int]:
    return [row.moment for row in await house.site.alarms.due(2**31 - 1, 10)]


async def test_the_reminder_of_an_event_stays_when_a_mail_says_nothing_new_and_goes_with_the_event(
    tmp_path: Path,
) -> None:
    async for house in open_house(tmp_path, SOGoEnableEMailAlarms="YES"):
        await invite(house)
        await take(house, "ben", mail(ANN, invitation()))
        (path,) = await etags(house, "ben")
        lines = ("ACTION:EMAIL", "TRIGGER:-PT10M", "SUMMARY:x", "DESCRIPTION:x", "ATTENDEE:mailto:ben@example.org")
        alarm = "\r\n".join(("BEGIN:VALARM", *lines, "END:VALARM", ""))
        own = (await texts(house, "ben"))[0].replace("END:VEVENT", alarm + "END:VEVENT")
        assert (await house.client("ben").put(path, own)).status == 204

        (first,) = await moments(house)
        assert await effect(house, "ben", mail(ANN, invitation())) is Effect.NOTHING
        assert await moments(house) == [first]
        later = invitation(1, start="20260701T120000Z", end="20260701T130000Z")
        assert await effect(house, "ben", mail(ANN, later)) is Effect.CHANGED
        assert await moments(house) == [first + 7200]
        end = message("CANCEL", "m", ANN, {"ben": "NEEDS-ACTION"}, sequence=2)
        assert await effect(house, "ben", mail(ANN, end)) is Effect.REMOVED
        assert await moments(house) == []
