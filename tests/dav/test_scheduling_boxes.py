"""The scheduling inbox and outbox (RFC 6638), and availability (RFC 7953)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sogo.model.folder import FolderKind
from sogo.store.interface import InboxItem
from tests.support.house import CS, Answer, C, Client, D, House, body, event
from tests.support.people import person

HOME = "/SOGo/dav/anna/Calendar/"
INBOX, OUTBOX, CAL = HOME + "inbox/", HOME + "outbox/", HOME + "personal/"
MAC = "macOS/14.0 (23A344) dataaccessd/1.0"
NAMES = [f"{number:032x}.ics" for number in range(4)]


def message(uid: str, method: str = "REQUEST") -> str:
    return event(uid).replace("VERSION:2.0", f"VERSION:2.0\r\nMETHOD:{method}")


async def deliver(house: House, *numbers: int, user: str = "anna") -> None:
    items = [InboxItem(user, NAMES[number], message(f"m{number}"), created=1000 + number) for number in numbers]
    await house.site.folders.write_all([], inbox=items)


async def home(client: Client) -> None:
    await client.propfind(f"/SOGo/dav/{client.login}/Calendar/", "D:displayname", depth="1")


async def patched(client: Client, path: str, inner: str) -> int:
    answer = await client("PROPPATCH", path, body("D:propertyupdate", f"<D:set><D:prop>{inner}</D:prop></D:set>"))
    assert answer.status == 207
    return int((answer.xml.findtext(f".//{D}status") or "").split()[1])


# --- where they are ---------------------------------------------------------------------------------------------------


async def test_the_owner_finds_both_and_nobody_else_does(anna: Client, ben: Client) -> None:
    await home(anna)
    told = await anna.propfind("/SOGo/dav/anna/", "C:schedule-inbox-URL", "C:schedule-outbox-URL")
    for name, path in (("schedule-inbox-URL", INBOX), ("schedule-outbox-URL", OUTBOX)):
        element = told.prop("/SOGo/dav/anna/", C + name)
        assert element is not None
        assert element.findtext(D + "href") == path
        found = (await anna.propfind(path, "D:resourcetype")).prop(path, D + "resourcetype")
        assert found is not None
        assert [child.tag for child in found] == [D + "collection", C + name.removesuffix("-URL")]
        assert (await ben("PROPFIND", path, Depth="0")).status == 404
    of_others = await ben.propfind("/SOGo/dav/anna/", "C:schedule-inbox-URL", "C:schedule-outbox-URL")
    assert of_others.prop_status("/SOGo/dav/anna/", C + "schedule-inbox-URL") == 404
    assert of_others.prop_status("/SOGo/dav/anna/", C + "schedule-outbox-URL") == 404


async def test_only_clients_that_look_for_them_among_calendars_are_listed_them(anna: Client) -> None:
    await home(anna)
    assert {INBOX, OUTBOX} & set((await anna.propfind(HOME, "D:resourcetype", depth="1")).hrefs) == set()
    mac = anna.as_agent(MAC)
    for _ in range(2):  # made, and remembered
        assert {INBOX, OUTBOX} <= set((await mac.propfind(HOME, "D:resourcetype", depth="1")).hrefs)


@pytest.mark.parametrize("path", ["/SOGo/dav/anna/", HOME, CAL, INBOX, OUTBOX])
async def test_scheduling_is_announced(anna: Client, path: str) -> None:
    await home(anna)
    announced = (await anna("OPTIONS", path)).headers["DAV"].split(", ")
    assert {"calendar-auto-schedule", "calendar-availability"} <= set(announced)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (INBOX, {"schedule-deliver", "schedule-deliver-invite", "schedule-deliver-reply", "schedule-query-freebusy"}),
        (OUTBOX, {"schedule-send", "schedule-send-invite", "schedule-send-reply", "schedule-send-freebusy"}),
    ],
    ids=["inbox", "outbox"],
)
async def test_the_privileges_of_the_rfc_are_held(anna: Client, path: str, names: set[str]) -> None:
    read = (await anna.propfind(path, "D:current-user-privilege-set")).prop(path, D + "current-user-privilege-set")
    assert read is not None
    assert {C + name for name in names} <= {str(one[0].tag) for one in read}


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", INBOX + "x.ics"), ("MKCALENDAR", INBOX), ("MKCALENDAR", OUTBOX), ("DELETE", INBOX), ("GET", INBOX),
     ("GET", OUTBOX), ("POST", INBOX), ("MKCALENDAR", INBOX + "x/"), ("GET", OUTBOX + "x.ics"), ("LOCK", INBOX)],
)  # fmt: skip
async def test_nothing_is_made_there_and_they_stay(anna: Client, method: str, path: str) -> None:
    await home(anna)
    answer = await anna(method, path, event("x") if method in {"PUT", "POST"} else None, Content_Type="text/calendar")
    assert 400 <= answer.status < 500
    assert (await anna("PROPFIND", INBOX, Depth="0")).status == 207


# --- messages ---------------------------------------------------------------------------------------------------------


async def test_messages_are_listed_read_and_deleted_by_their_owner_only(
    house: House, anna: Client, ben: Client
) -> None:
    await deliver(house, 0, 1)
    listed = await anna.propfind(INBOX, "D:getetag", "D:getcontenttype", "D:getcontentlength", depth="1")
    assert listed.hrefs == [INBOX, INBOX + NAMES[0], INBOX + NAMES[1]]
    read = await anna("GET", INBOX + NAMES[0])
    assert (read.status, read.text, read.headers["Content-Type"]) == (
        200, message("m0"), "text/calendar; charset=utf-8",
    )  # fmt: skip
    assert read.etag == listed.prop_text(INBOX + NAMES[0], D + "getetag")
    assert listed.prop_text(INBOX + NAMES[0], D + "getcontentlength") == str(len(read.body))
    assert (await anna("GET", INBOX + NAMES[0], If_None_Match=read.etag)).status == 304
    for method in ("GET", "DELETE", "PROPFIND"):
        assert (await ben(method, INBOX + NAMES[0], Depth="0")).status == 404
    assert (await anna("DELETE", INBOX + NAMES[0], If_Match='"other"')).status == 412
    assert (await anna("DELETE", INBOX + NAMES[0], If_Match=read.etag)).status == 204
    assert (await anna("DELETE", INBOX + NAMES[0])).status == 404
    assert (await anna.propfind(INBOX, "D:getetag", depth="1")).hrefs == [INBOX, INBOX + NAMES[1]]


async def test_messages_are_fetched_by_name_and_found_by_a_filter(house: House, anna: Client) -> None:
    await deliver(house, 0, 1)
    gone = INBOX + NAMES[3]
    hrefs = "".join(f"<D:href>{href}</D:href>" for href in (INBOX + NAMES[1], gone))
    asked = body("C:calendar-multiget", f"<D:prop><C:calendar-data/></D:prop>{hrefs}")
    told = await anna.report(INBOX, asked)
    assert "UID:m1" in told.prop_text(INBOX + NAMES[1], C + "calendar-data")
    assert told.responses[gone].findtext(D + "status") == "HTTP/1.1 404 Not Found"
    match = '<C:prop-filter name="UID"><C:text-match>m0</C:text-match></C:prop-filter>'
    inner = f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{match}</C:comp-filter></C:comp-filter>'
    query = body("C:calendar-query", f"<D:prop><D:getetag/></D:prop><C:filter>{inner}</C:filter>")
    assert (await anna.report(INBOX, query)).hrefs == [INBOX + NAMES[0]]


def sync(token: str = "", limit: int = 0) -> str:
    more = f"<D:limit><D:nresults>{limit}</D:nresults></D:limit>" if limit else ""
    inner = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{more}<D:prop><D:getetag/></D:prop>"
    return body("D:sync-collection", inner)


async def test_what_came_and_went_is_told_once(house: House, anna: Client) -> None:
    await deliver(house, 0, 1)
    first = await anna.report(INBOX, sync())
    assert first.hrefs == [INBOX + NAMES[0], INBOX + NAMES[1]]
    before = await anna.propfind(INBOX, "CS:getctag", "D:sync-token")
    assert before.prop_text(INBOX, D + "sync-token") == first.token
    await anna("DELETE", INBOX + NAMES[0])
    await deliver(house, 2)
    later = await anna.report(INBOX, sync(first.token))
    assert later.hrefs == [INBOX + NAMES[2], INBOX + NAMES[0]]
    assert later.responses[INBOX + NAMES[0]].findtext(D + "status") == "HTTP/1.1 404 Not Found"
    assert (await anna.report(INBOX, sync(later.token))).hrefs == []
    after = await anna.propfind(INBOX, "CS:getctag")
    assert after.prop_text(INBOX, CS + "getctag") != before.prop_text(INBOX, CS + "getctag")


async def test_a_limited_sync_is_continued(house: House, anna: Client) -> None:
    await deliver(house, 0, 1, 2)
    part = await anna.report(INBOX, sync(limit=2))
    assert part.hrefs == [INBOX + NAMES[0], INBOX + NAMES[1], INBOX]
    assert (await anna.report(INBOX, sync(part.token, limit=2))).hrefs == [INBOX + NAMES[2]]


@pytest.mark.parametrize("token", ["x", "data:,inbox-x", "data:,inbox-AAAA", "data:,inbox~0", "data:,1-1"])
async def test_a_token_of_others_begins_anew(anna: Client, token: str) -> None:
    answer = await anna.report(INBOX, sync(token))
    assert (answer.status, answer.condition) == (403, D + "valid-sync-token")


# --- properties -------------------------------------------------------------------------------------------------------


async def hrefs_of(client: Client, name: str) -> list[str | None]:
    element = (await client.propfind(INBOX, f"C:{name}")).prop(INBOX, C + name)
    assert element is not None
    return [child.text for child in element]


async def test_the_default_calendar_is_chosen_among_the_own_ones(house: House, anna: Client) -> None:
    await home(anna)
    await anna("MKCALENDAR", HOME + "work/")
    assert await hrefs_of(anna, "schedule-default-calendar-URL") == [CAL]

    def chosen(path: str) -> str:
        return f"<C:schedule-default-calendar-URL><D:href>{path}</D:href></C:schedule-default-calendar-URL>"

    assert await patched(anna, INBOX, chosen(HOME + "work/")) == 200
    assert await hrefs_of(anna, "schedule-default-calendar-URL") == [HOME + "work/"]
    assert (await house.site.profiles.load("anna")).settings["Calendar"]["ScheduleDefaultCalendar"] == "work"
    for wrong in (HOME + "none/", "/SOGo/dav/ben/Calendar/personal/", HOME + "inbox/", "", "http://["):
        refused = await anna(
            "PROPPATCH", INBOX, body("D:propertyupdate", f"<D:set><D:prop>{chosen(wrong)}</D:prop></D:set>")
        )
        assert f"{C}valid-schedule-default-calendar-URL" in {str(one.tag) for one in refused.xml.iter()}, wrong
    assert await hrefs_of(anna, "schedule-default-calendar-URL") == [HOME + "work/"]


async def test_the_calendars_that_count_are_told(anna: Client) -> None:
    await home(anna)
    await anna("MKCALENDAR", HOME + "work/")
    assert await hrefs_of(anna, "calendar-free-busy-set") == [CAL, HOME + "work/"]
    hide = "<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>"
    assert await patched(anna, HOME + "work/", hide) == 200
    assert await hrefs_of(anna, "calendar-free-busy-set") == [CAL]


AVAILABLE = (
    "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VAVAILABILITY\nUID:v\nDTSTART:20260601T080000Z\n"
    "DTEND:20260601T180000Z\nBEGIN:AVAILABLE\nUID:a\nDTSTART:20260601T090000Z\nDTEND:20260601T170000Z\n"
    "END:AVAILABLE\nEND:VAVAILABILITY\nEND:VCALENDAR"
)


async def test_availability_is_kept_with_the_inbox_and_counts(anna: Client, ben: Client) -> None:
    await home(anna)
    assert await patched(anna, INBOX, f"<C:calendar-availability>{AVAILABLE}</C:calendar-availability>") == 200
    assert (await anna.propfind(INBOX, "C:calendar-availability")).prop_text(
        INBOX, C + "calendar-availability"
    ) == AVAILABLE
    answer = await asked(ben, "ben", "anna")
    assert "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260601T080000Z/20260601T090000Z" in answer.text
    assert "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260601T170000Z/20260601T180000Z" in answer.text
    refused = await patched(anna, INBOX, "<C:calendar-availability>nothing</C:calendar-availability>")
    assert refused == 409


# --- the outbox -------------------------------------------------------------------------------------------------------


def request(
    organizer: str, *people: str, method: str = "REQUEST", more: str = "", end: str = "20260602T000000Z"
) -> str:
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", f"METHOD:{method}", "BEGIN:VFREEBUSY", "UID:fb-1",
        "DTSTAMP:20260101T000000Z", "DTSTART:20260601T000000Z", *([f"DTEND:{end}"] if end else []),
        *([f"ORGANIZER;CN=Ben:mailto:{organizer}@example.org"] if organizer else []),
        *(f"ATTENDEE:{one if ':' in one or '/' in one else f'mailto:{one}@example.org'}" for one in people),
        *([more] if more else []), "END:VFREEBUSY", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)


async def asked(client: Client, organizer: str, *people: str, path: str = "", **more: str) -> Answer:
    path = path or f"/SOGo/dav/{client.login}/Calendar/outbox/"
    return await client("POST", path, request(organizer, *people, **more), Content_Type="text/calendar; charset=utf-8")


@pytest.mark.parametrize("place", ["outbox/", "personal/"])
async def test_when_others_are_busy_is_answered_for_each(anna: Client, ben: Client, place: str) -> None:
    await home(anna)
    await home(ben)
    await anna.put(CAL + "a.ics", event("a", "20260601T100000Z", end="20260601T110000Z"))
    path = f"/SOGo/dav/ben/Calendar/{place}"
    answer = await asked(
        ben, "ben", "anna", "MAILTO:Ben@example.org", "mailto:who@elsewhere.test", "urn:uuid:x", path=path
    )
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/xml; charset=utf-8")
    assert answer.xml.tag == C + "schedule-response"
    told = [
        (one.findtext(f"{C}recipient/{D}href"), one.findtext(C + "request-status"), one.findtext(C + "calendar-data"))
        for one in answer.xml.findall(C + "response")
    ]
    assert [(recipient, status) for recipient, status, _ in told] == [
        ("mailto:anna@example.org", "2.0;Success"), ("MAILTO:Ben@example.org", "2.0;Success"),
        ("mailto:who@elsewhere.test", "3.7;Invalid Calendar User"), ("urn:uuid:x", "3.7;Invalid Calendar User"),
    ]  # fmt: skip
    data = told[0][2] or ""
    for line in ("METHOD:REPLY", "UID:fb-1", "ORGANIZER;CN=Ben:mailto:ben@example.org",
                 "ATTENDEE:mailto:anna@example.org", "DTSTART:20260601T000000Z",
                 "FREEBUSY;FBTYPE=BUSY:20260601T100000Z/20260601T110000Z"):  # fmt: skip
        assert line in data.splitlines()
    assert told[2][2] is None


async def test_people_are_asked_by_their_principals_too(anna: Client, ben: Client) -> None:
    answer = await asked(ben, "ben", "/SOGo/dav/anna/", "/SOGo/dav/nobody/", "/other/anna/")
    statuses = [one.text for one in answer.xml.iter(C + "request-status")]
    assert statuses == ["2.0;Success", "3.7;Invalid Calendar User", "3.7;Invalid Calendar User"]


async def test_the_meeting_that_is_moved_takes_no_time(anna: Client, ben: Client) -> None:
    await home(anna)
    await anna.put(CAL + "a.ics", event("a", "20260601T100000Z", end="20260601T110000Z"))
    assert "FREEBUSY;" not in (await asked(ben, "ben", "anna", more="X-CALENDARSERVER-MASK-UID:a")).text
    assert "FREEBUSY;" in (await asked(ben, "ben", "anna", more="X-CALENDARSERVER-MASK-UID:b")).text


async def test_groups_and_who_has_no_calendar_are_told_of_nothing(house: House, ben: Client) -> None:
    group, closed = person("group", is_group=True), person("closed", calendar_access=False)
    house.people.users |= {"group": group, "closed": closed}
    answer = await asked(ben, "ben", "group", "closed")
    assert [one.text for one in answer.xml.iter(C + "request-status")] == [
        "3.7;Invalid Calendar User", "3.8;No authority",
    ]  # fmt: skip
    assert "calendar-data" not in answer.text


async def test_people_of_domains_that_do_not_see_each_other_are_unknown(house: House, ben: Client) -> None:
    far = person("far", domain="far.test")
    house.people.users |= {"far": far, "ben": replace(house.people.users["ben"], domain="near.test")}
    answer = await asked(ben, "ben", "far")
    assert [one.text for one in answer.xml.iter(C + "request-status")] == ["3.7;Invalid Calendar User"]


async def test_nobody_asks_in_the_name_of_others_but_who_may_write_for_them(
    house: House, anna: Client, ben: Client
) -> None:
    await home(anna)
    refused = await asked(ben, "anna", "anna")
    assert (refused.status, refused.condition) == (403, C + "organizer-allowed")
    folder = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
    assert folder is not None
    await house.site.acl.set_roles(folder.folder, "ben", ["ObjectCreator"])
    assert (await asked(ben, "anna", "anna")).status == 200
    false = await ben("POST", "/SOGo/dav/ben/Calendar/outbox/", request("ben", "anna"), Content_Type="text/calendar",
                      Originator="mailto:root@example.org")  # fmt: skip
    assert (false.status, false.condition) == (403, C + "originator-allowed")


@pytest.mark.parametrize(
    ("sent", "status", "condition"),
    [
        (request("ben", "anna", end=""), 403, "valid-scheduling-message"),
        (request("ben", "anna", end="20250101T000000Z"), 403, "valid-scheduling-message"),
        (request("ben", "anna", end="20360101T000000Z"), 403, "valid-scheduling-message"),
        (request("ben", "anna", method="REPLY"), 403, "valid-scheduling-message"),
        (request("ben", *(f"p{number}" for number in range(301))), 403, "valid-scheduling-message"),
        (request("ben", "anna") * 2, 403, "valid-calendar-data"),
        ("nothing", 403, "valid-calendar-data"),
        (message("m", "PUBLISH"), 415, "supported-calendar-data"),
        ("x" * (1024 * 1024 + 1), 413, None),
    ],
    ids=["no-end", "reversed", "long", "method", "crowd", "two", "text", "publish", "large"],
)  # fmt: skip
async def test_what_is_no_question_is_refused_and_says_why(
    ben: Client, sent: str, status: int, condition: str | None
) -> None:
    answer = await ben("POST", "/SOGo/dav/ben/Calendar/outbox/", sent, Content_Type="text/calendar")
    assert answer.status == status
    if condition is not None:
        assert answer.condition == C + condition


async def test_the_type_of_a_message_is_iCalendar(ben: Client) -> None:
    answer = await ben("POST", "/SOGo/dav/ben/Calendar/outbox/", "x", Content_Type="image/png")
    assert (answer.status, answer.condition) == (415, C + "supported-calendar-data")


@pytest.mark.parametrize("method", ["REQUEST", "REPLY", "CANCEL"])
@pytest.mark.parametrize("place", ["outbox/", "personal/"])
async def test_messages_that_old_programs_post_do_nothing_and_succeed(
    house: House, ben: Client, anna: Client, method: str, place: str
) -> None:
    await home(ben)
    path = f"/SOGo/dav/ben/Calendar/{place}"
    headers = {"Content_Type": "text/calendar", "Recipient": "mailto:anna@example.org, x, mailto:a@b.test"}
    answer = await ben("POST", path, message("m", method), **headers)
    assert answer.status == 200
    assert [one.text for one in answer.xml.iter(D + "href")] == ["mailto:anna@example.org", "mailto:a@b.test"]
    assert (await ben("POST", path, message("m", method), Content_Type="text/calendar")).status == 200
    assert await house.site.inbox.items("anna") == []
    assert (await ben.propfind("/SOGo/dav/ben/Calendar/personal/", "D:getetag", depth="1")).hrefs == [
        "/SOGo/dav/ben/Calendar/personal/"
    ]


async def test_of_a_hundred_people_it_costs_few_statements(house: House, ben: Client) -> None:
    house.people.users |= {f"p{number}": person(f"p{number}") for number in range(100)}
    people = [f"p{number}" for number in range(100)]
    for _ in range(2):
        before = house.statements
        answer = await asked(ben, "ben", *people)
    assert answer.text.count("2.0;Success") == 100
    assert house.statements - before == 1


# --- a meeting --------------------------------------------------------------------------------------------------------


async def test_an_invitation_comes_to_the_inbox_and_to_the_calendar_that_was_chosen(anna: Client, ben: Client) -> None:
    await home(anna)
    await home(ben)
    await anna("MKCALENDAR", HOME + "work/")
    chosen = f"<C:schedule-default-calendar-URL><D:href>{HOME}work/</D:href></C:schedule-default-calendar-URL>"
    assert await patched(anna, INBOX, chosen) == 200
    people = ("ORGANIZER:mailto:ben@example.org", "ATTENDEE;RSVP=TRUE:mailto:anna@example.org")
    text = event("meeting", "20260601T100000Z", *people, end="20260601T110000Z")
    assert (await ben.put("/SOGo/dav/ben/Calendar/personal/meeting.ics", text)).status == 201
    [_, sent] = (await anna.propfind(INBOX, "D:getetag", depth="1")).hrefs
    assert {"METHOD:REQUEST", "UID:meeting"} <= set((await anna("GET", sent)).text.split("\r\n"))
    assert HOME + "work/meeting.ics" in (await anna.propfind(HOME + "work/", "D:getetag", depth="1")).hrefs
    assert "FBTYPE=BUSY-TENTATIVE:20260601T100000Z/20260601T110000Z" in (await asked(ben, "ben", "anna")).text
