"""What becomes of a meeting in everybody's calendar, over SQLite and through the DAV face."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sogo.errors import DirectoryUnavailable
from sogo.model.folder import FolderKind
from sogo.store.mails import MailState
from tests.support.house import C, House, open_house
from tests.support.meetings import Meeting, ics, master
from tests.support.stores import event_row


async def test_an_invitation_an_answer_a_change_and_the_end(meeting: Meeting) -> None:
    assert (await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))).status == 201
    assert await meeting.answers("ben") == {"ben": "NEEDS-ACTION"}
    assert (await meeting.answer("ben", "ACCEPTED")).status == 204
    assert await meeting.answers("anna") == {"ben": "ACCEPTED"}
    later = ics("m", "anna", {"ben": "ACCEPTED"}, start="20260701T120000Z", end="20260701T130000Z")
    assert (await meeting.put("anna", later)).status == 204
    assert await meeting.answers("ben") == {"ben": "NEEDS-ACTION"}
    assert "DTSTART:20260701T120000Z" in await meeting.text("ben")
    assert (await meeting.delete("anna")).status == 204
    assert not await meeting.has("ben")


async def test_who_is_no_longer_invited_loses_the_copy(meeting: Meeting) -> None:
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION", "carl": "NEEDS-ACTION"}))
    assert await meeting.has("carl")
    assert (await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))).status == 204
    assert (await meeting.has("ben"), await meeting.has("carl")) == (True, False)
    assert (await meeting.put("anna", ics("m", "", {}))).status == 204
    assert not await meeting.has("ben")


async def test_who_deletes_the_copy_declines_unless_no_reply_is_wanted(meeting: Meeting) -> None:
    await meeting.put("anna", ics("m", "anna", {"ben": "ACCEPTED", "carl": "ACCEPTED"}))
    assert (await meeting.delete("ben")).status == 204
    assert await meeting.answers("anna") == {"ben": "DECLINED", "carl": "ACCEPTED"}
    assert await meeting.answers("carl") == {"ben": "DECLINED", "carl": "ACCEPTED"}
    assert (await meeting.delete("carl", Schedule_Reply="F")).status == 204
    assert (await meeting.answers("anna"))["carl"] == "ACCEPTED"


async def test_a_copy_is_found_where_its_owner_put_it_under_another_name(house: House, meeting: Meeting) -> None:
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))
    ben = house.client("ben")
    await ben("MKCALENDAR", "/SOGo/dav/ben/Calendar/work/")
    target = "/SOGo/dav/ben/Calendar/work/other.ics"
    assert (await ben("MOVE", meeting.path("ben"), Destination=target)).status == 201
    assert await meeting.answers("anna") == {"ben": "NEEDS-ACTION"}
    changed = ics("m", "anna", {"ben": "NEEDS-ACTION"}, "DESCRIPTION:new")
    assert (await meeting.put("anna", changed)).status == 204
    assert "DESCRIPTION:new" in await meeting.text("ben", "other.ics", "work")
    assert not await meeting.has("ben")
    assert (await meeting.delete("anna")).status == 204
    assert (await meeting.get("ben", "other.ics", "work")).status == 404


async def test_a_name_that_is_taken_by_something_else_is_left_alone(meeting: Meeting) -> None:
    await meeting.put("ben", ics("private", "", {}, summary="Private"))
    assert (await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))).status == 201
    assert "SUMMARY:Private" in await meeting.text("ben")
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}, summary="Changed"))
    listed = await meeting.house.client("ben").propfind(
        "/SOGo/dav/ben/Calendar/personal/", "C:calendar-data", depth="1"
    )
    texts = [listed.prop(href, C + "calendar-data") for href in listed.hrefs if href.endswith(".ics")]
    assert sorted(master(one.text or "").value("SUMMARY") or "" for one in texts if one is not None) == [
        "Changed",
        "Private",
    ]


async def test_people_are_known_by_all_their_addresses_and_groups_are_their_members(meeting: Meeting) -> None:
    text = ics("m", "ben", {"a.bell@example.org": "NEEDS-ACTION", "staff": "NEEDS-ACTION"})
    assert (await meeting.put("ben", text)).status == 201
    assert await meeting.has("carl")
    assert await meeting.has("anna")
    assert set(await meeting.answers("ben")) == {"a.bell", "carl"}
    other = ics("g", "ben", {"staff": "NEEDS-ACTION"})
    assert (await meeting.put("ben", other, "g.ics", X_SOGo="NoGroupsDecomposition")).status == 201
    assert set(await meeting.answers("ben", "g.ics")) == {"staff"}


async def test_people_of_other_domains_are_outsiders(meeting: Meeting) -> None:
    assert (await meeting.put("anna", ics("m", "anna", {"far": "NEEDS-ACTION", "ben": "NEEDS-ACTION"}))).status == 201
    assert await meeting.has("ben")
    assert not await meeting.has("far")


async def test_a_room_takes_what_it_can_and_refuses_the_rest(meeting: Meeting) -> None:
    assert (await meeting.put("anna", ics("m", "anna", {"room": "NEEDS-ACTION", "van": "NEEDS-ACTION"}))).status == 201
    assert await meeting.answers("anna") == {"room": "ACCEPTED", "van": "ACCEPTED"}
    assert await meeting.answers("room") == {"room": "ACCEPTED", "van": "ACCEPTED"}
    refused = await meeting.put("ben", ics("n", "ben", {"room": "NEEDS-ACTION", "carl": "NEEDS-ACTION"}), "n.ics")
    assert refused.status == 409
    assert "Maximum number of simultaneous bookings (1)" in refused.text
    assert [await meeting.has(login, "n.ics") for login in ("ben", "carl", "room")] == [False] * 3
    assert (await meeting.put("ben", ics("n", "ben", {"van": "NEEDS-ACTION"}), "n.ics")).status == 201
    next_hour = ics("o", "ben", {"room": "NEEDS-ACTION"}, start="20260701T110000Z", end="20260701T120000Z")
    assert (await meeting.put("ben", next_hour, "o.ics")).status == 201


async def test_a_room_whose_calendar_gives_no_right_cannot_be_booked(house: House, meeting: Meeting) -> None:
    folder = await house.site.folders.find_folder("room", FolderKind.CALENDAR, "personal")
    assert folder is not None
    await house.site.acl.set_roles(folder.folder, "<default>", [])
    refused = await meeting.put("anna", ics("m", "anna", {"room": "NEEDS-ACTION"}))
    assert refused.status == 409
    assert "Cannot access resource: &quot;Room 1 room@example.org&quot;" in refused.text


async def test_who_does_not_want_to_be_invited_is_not_but_by_the_white_list(house: House, meeting: Meeting) -> None:
    async def prefer(**choices: object) -> None:
        await house.site.profiles.update("ben", lambda profile: profile.settings.update(Calendar=choices))

    await prefer(PreventInvitations=1)
    refused = await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))
    assert refused.status == 409
    assert "Inviting the following persons is prohibited" in refused.text
    assert not await meeting.has("anna")
    await prefer(PreventInvitations=1, PreventInvitationsWhitelist={"anna": "Anna <anna@example.org>"})
    assert (await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))).status == 201
    assert await meeting.has("ben")


async def test_a_meeting_is_one_object_of_its_user(house: House, meeting: Meeting) -> None:
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))
    anna = house.client("anna")
    await anna("MKCALENDAR", "/SOGo/dav/anna/Calendar/work/")
    again = await anna.put("/SOGo/dav/anna/Calendar/work/m.ics", ics("m", "anna", {"ben": "NEEDS-ACTION"}))
    assert (again.status, again.condition) == (403, C + "unique-scheduling-object-resource")
    assert again.xml[0][0].text == meeting.path("anna")


async def test_an_answer_does_not_change_the_schedule_tag_of_the_organizer(meeting: Meeting) -> None:
    made = await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION", "carl": "NEEDS-ACTION"}))
    first = (await meeting.get("anna")).headers["Schedule-Tag"]
    assert made.headers["Schedule-Tag"] == first
    etag = (await meeting.get("anna")).etag
    await meeting.answer("ben", "ACCEPTED")
    after = await meeting.get("anna")
    assert (after.headers["Schedule-Tag"], after.etag == etag) == (first, False)
    path = meeting.path("anna")
    listed = await meeting.house.client("anna").propfind(path, "C:schedule-tag")
    found = listed.prop(path, C + "schedule-tag")
    assert found is not None
    assert found.text == first
    stale = ics("m", "anna", {"ben": "NEEDS-ACTION", "carl": "NEEDS-ACTION"}, "DESCRIPTION:more")
    assert (await meeting.put("anna", stale, If_Match=etag)).status == 412
    assert (await meeting.put("anna", stale, If_Schedule_Tag_Match=first)).status == 204
    assert (await meeting.answers("anna"))["ben"] == "ACCEPTED"
    assert (await meeting.get("anna")).headers["Schedule-Tag"] != first
    assert (await meeting.put("anna", stale, If_Schedule_Tag_Match=first)).status == 412
    assert (await meeting.delete("anna", If_Schedule_Tag_Match=first)).status == 412
    assert (await meeting.put("anna", stale, If_Schedule_Tag_Match='"a", "b"')).status == 400


@pytest.mark.parametrize("headers", [{"If_Match": '"other"'}, {"If_None_Match": "*"}], ids=["match", "none-match"])
async def test_conditions_hold_for_meetings_as_for_all(meeting: Meeting, headers: dict[str, str]) -> None:
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))
    refused = await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}, summary="New"), **headers)
    assert refused.status == 412
    assert "SUMMARY:New" not in await meeting.text("ben")


async def test_everybody_is_told_of_the_change_of_a_copy(house: House, meeting: Meeting) -> None:
    ben = house.client("ben")
    await ben.propfind("/SOGo/dav/ben/Calendar/", "D:displayname", depth="1")
    path = "/SOGo/dav/ben/Calendar/personal/"
    token = (await ben.propfind(path, "D:sync-token")).prop(path, "{DAV:}sync-token")
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))
    after = (await ben.propfind(path, "D:sync-token")).prop(path, "{DAV:}sync-token")
    assert token is not None
    assert after is not None
    assert token.text != after.text


async def test_the_default_calendar_takes_new_copies(house: House, meeting: Meeting) -> None:
    ben = house.client("ben")
    await ben("MKCALENDAR", "/SOGo/dav/ben/Calendar/work/")
    await house.site.profiles.update(
        "ben", lambda profile: profile.settings.update(Calendar={"ScheduleDefaultCalendar": "work"})
    )
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))
    assert not await meeting.has("ben")
    assert (await meeting.get("ben", calendar="work")).status == 200


async def test_messages_lie_in_the_inbox_of_who_is_concerned(house: House, meeting: Meeting) -> None:
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))
    await meeting.answer("ben", "ACCEPTED")
    (request,) = await house.site.inbox.items("ben")
    (reply,) = await house.site.inbox.items("anna")
    assert "METHOD:REQUEST" in request.content
    assert "METHOD:REPLY" in reply.content


async def test_what_was_stored_otherwise_than_sent_has_no_etag(meeting: Meeting) -> None:
    sent = ics("m", "anna", {"ben": "NEEDS-ACTION"})
    made = await meeting.put("anna", sent)
    stored = await meeting.get("anna")
    assert ("ETag" in made.headers) == (stored.text == sent)
    plain = ics("p", "", {})
    assert "ETag" in (await meeting.put("anna", plain, "p.ics")).headers


async def test_an_import_is_no_invitation(house: House, meeting: Meeting) -> None:
    anna = house.client("anna")
    text = ics("m", "anna", {"ben": "NEEDS-ACTION"})
    answer = await anna("POST", "/SOGo/dav/anna/Calendar/personal/?action=import", text, Content_Type="text/calendar")
    assert answer.status < 300, answer.text
    assert not await meeting.has("ben")


async def test_an_organizer_who_changes_and_attendees_who_answer_at_once_lose_nothing(meeting: Meeting) -> None:
    await meeting.put("anna", ics("m", "anna", dict.fromkeys(("ben", "carl", "dora", "eve"), "NEEDS-ACTION")))

    async def change(number: int) -> None:
        text = (await meeting.text("anna")).replace("SUMMARY:Budget", f"DESCRIPTION:change {number}\r\nSUMMARY:Budget")
        tag = (await meeting.get("anna")).headers["Schedule-Tag"]
        assert (await meeting.put("anna", text, If_Schedule_Tag_Match=tag)).status in (204, 412)

    told = await asyncio.gather(
        *(meeting.answer(login, "ACCEPTED") for login in ("ben", "carl", "dora", "eve")), *(change(n) for n in range(3))
    )
    assert [answer.status for answer in told[:4] if answer is not None] == [204] * 4
    everybody = [await meeting.answers(login) for login in ("anna", "ben", "carl", "dora", "eve")]
    assert everybody == [dict.fromkeys(("ben", "carl", "dora", "eve"), "ACCEPTED")] * 5


async def test_an_event_without_people_costs_nothing_more(house: House, meeting: Meeting) -> None:
    await meeting.put("anna", ics("warm", "", {}), "warm.ics")
    await meeting.put("anna", ics("warm", "anna", {"ben": "NEEDS-ACTION"}), "warm2.ics")
    before = house.statements
    await meeting.put("anna", ics("p", "", {}), "p.ics")
    plain = house.statements - before
    before = house.statements
    await meeting.put("anna", ics("q", "", {}, "X-NOBODY:1"), "q.ics")
    assert house.statements - before == plain


async def test_mails_wait_with_what_they_tell_of(tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoAppointmentSendEMailNotifications="YES"):
        meeting = Meeting(house)
        text = ics("m", "anna", {"ben": "NEEDS-ACTION", "x@elsewhere.test": "NEEDS-ACTION"})
        assert (await meeting.put("anna", text)).status == 201
        assert await mails(house) == [
            ("calendar:invitation", "ben@example.org"),
            ("calendar:invitation", "x@elsewhere.test"),
        ]
        assert (await meeting.put("anna", text, If_Match='"other"')).status == 412
        assert len(await mails(house)) == 2
        assert (await meeting.answer("ben", "ACCEPTED")).status == 204
        assert ("calendar:invitation-reply", "anna@example.org") in await mails(house)


async def test_no_mail_is_written_where_the_site_wants_none(house: House, meeting: Meeting) -> None:
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION", "x@elsewhere.test": "NEEDS-ACTION"}))
    assert await mails(house) == []


async def mails(house: House) -> list[tuple[str, str]]:
    listed = await house.site.post.mails.listed(MailState.WAITING, 100)
    return sorted((one.kind, one.recipient) for one in listed)


async def test_a_copy_nobody_can_read_is_written_over(house: House, meeting: Meeting) -> None:
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))
    state = await house.site.folders.find_folder("ben", FolderKind.CALENDAR, "personal")
    assert state is not None
    await house.site.folders.save(state.folder, "m.ics", "nonsense", event_row("m"))
    changed = await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}, "DESCRIPTION:new"))
    assert changed.status == 204
    assert "DESCRIPTION:new" in await meeting.text("ben")


async def test_nothing_is_decided_while_nobody_knows_who_the_people_are(house: House, meeting: Meeting) -> None:
    await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION"}))
    find = house.people.find_user

    async def only_anna(name: str) -> object:
        if name != "anna":
            raise DirectoryUnavailable("The directory does not answer.")
        return await find(name)

    house.people.find_user = only_anna  # type: ignore[method-assign, assignment]
    refused = await meeting.put("anna", ics("m", "anna", {"ben": "NEEDS-ACTION", "carl": "NEEDS-ACTION"}))
    house.people.find_user = find  # type: ignore[method-assign]
    assert refused.status == 503
    assert await meeting.answers("anna") == {"ben": "NEEDS-ACTION"}
