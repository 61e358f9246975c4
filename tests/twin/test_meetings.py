"""Meetings, rights and subscriptions beside the original: what is said to one server holds at the other at once."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest

from tests.support.dav_client import DavUser, make_folder
from tests.support.services import MariaDB, PostgreSQL
from tests.support.site import BOOKED, ROOM, USERS
from tests.twin.forms import require_the_original
from tests.twin.site import Twins

pytestmark = pytest.mark.services

INVERSE = "urn:inverse:params:xml:ns:inverse-dav"
SETTINGS = "SOGoCalendarDefaultRoles = (PublicDAndTViewer);"
WAYS = pytest.mark.parametrize("way", [(0, 1), (1, 0)], ids=["original-ours", "ours-original"])
_numbers = itertools.count(1)
_days = itertools.count(1)
_users = itertools.count()


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def twins(request: pytest.FixtureRequest) -> Iterator[Twins]:
    require_the_original()
    service: PostgreSQL | MariaDB = request.getfixturevalue(f"{request.param}_server")
    with Twins(service, f"twin_meetings_{next(_numbers)}", settings=SETTINGS, source=BOOKED) as running:
        yield running


@pytest.fixture
def pairs(twins: Twins, way: tuple[int, int]) -> list[tuple[DavUser, DavUser]]:
    """Three people, each at the server where things begin and at the one where they go on."""
    found = []
    for _ in range(3):
        both = twins.people(USERS[next(_users) % len(USERS)])
        for server in both:
            server.folders("Calendar")  # the personal calendar is made by looking
        found.append((both[way[0]], both[way[1]]))
    return found


def meeting(
    uid: str, organizer: DavUser, *attendees: str, hour: int = 10, day: str = "20300601", more: str = ""
) -> str:
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z"),
        *(f"DTSTART:{day}T{hour}0000Z", f"DTEND:{day}T{hour + 1}0000Z", "SUMMARY:Budget"),
        *(f"ORGANIZER;CN={organizer.user}:mailto:{organizer.user}@example.org",) * bool(attendees),
        *(f"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{login}@example.org" for login in attendees),
        *((more,) if more else ()), "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\r\n".join(lines)


def path(uid: str) -> str:
    return f"Calendar/personal/{uid}.ics"


def text(person: DavUser, uid: str) -> str:
    answer = person.get(path(uid))
    assert answer.status == 200, f"{person.name} answers {answer.status} to {person.user}"
    return re.sub(r"\r?\n[ \t]", "", answer.body.decode())


def answers(person: DavUser, uid: str) -> dict[str, str]:
    lines = re.findall(r"^ATTENDEE([^\r\n]*):mailto:([^@\r\n]*)@", text(person, uid), re.MULTILINE | re.IGNORECASE)
    return {login.lower(): (re.findall(r"PARTSTAT=([A-Z-]+)", params) or [""])[0] for params, login in lines}


def answer(person: DavUser, uid: str, said: str) -> int:
    changed = [
        re.sub(r"PARTSTAT=[A-Z-]+", f"PARTSTAT={said}", line) if line.startswith("ATTENDEE") and f"{person.user}@" in line else line
        for line in re.split(r"\r?\n", text(person, uid))
    ]  # fmt: skip
    return person.put(path(uid), "\r\n".join(changed)).status


def uid() -> str:
    return f"twin-{next(_numbers)}"


def post(person: DavUser, folder: str, body: str) -> int:
    return person("POST", folder, body, Content_Type="text/xml").status


@WAYS
def test_an_invitation_is_answered_on_the_other_server(pairs: list[tuple[DavUser, DavUser]]) -> None:
    (org, org_there), (att, att_there), (third, third_there) = pairs
    name = uid()
    assert org.put(path(name), meeting(name, org, att.user, third.user)).status == 201
    waiting = {att.user: "NEEDS-ACTION", third.user: "NEEDS-ACTION"}
    for person in (att, att_there, third, third_there, org_there):
        assert answers(person, name) == waiting, person.name
    assert answer(att_there, name, "ACCEPTED") == 204
    for person in (att, att_there, third, third_there, org, org_there):
        assert answers(person, name)[att.user] == "ACCEPTED", person.name
    assert answer(third, name, "DECLINED") == 204
    for person in (org, org_there):
        assert answers(person, name) == {att.user: "ACCEPTED", third.user: "DECLINED"}


@WAYS
def test_a_meeting_is_moved_and_cancelled_on_the_other_server(pairs: list[tuple[DavUser, DavUser]]) -> None:
    (org, org_there), (att, att_there), _ = pairs
    name = uid()
    assert org.put(path(name), meeting(name, org, att.user)).status == 201
    assert answer(att, name, "ACCEPTED") == 204
    own = text(org_there, name)
    moved = own.replace("T100000Z", "T140000Z").replace("T110000Z", "T150000Z")
    assert org_there.put(path(name), moved).status == 204
    for person in (att, att_there):
        assert "DTSTART:20300601T140000Z" in text(person, name)
        assert answers(person, name) == {att.user: "NEEDS-ACTION"}
    assert answer(att, name, "TENTATIVE") == 204
    assert answers(org_there, name) == {att.user: "TENTATIVE"}
    assert org_there("DELETE", path(name)).status == 204
    assert [person.get(path(name)).status for person in (org, att, att_there)] == [404, 404, 404]


@WAYS
def test_a_room_is_booked_once_whoever_is_asked(pairs: list[tuple[DavUser, DavUser]]) -> None:
    (org, _), (_, other_there), _ = pairs
    first, second, third = uid(), uid(), uid()
    day = f"203102{next(_days):02}"
    assert org.put(path(first), meeting(first, org, ROOM, day=day, more="RRULE:FREQ=WEEKLY;COUNT=2")).status == 201
    assert answers(org, first) == {ROOM: "ACCEPTED"}
    assert other_there.put(path(second), meeting(second, other_there, ROOM, day=day)).status == 409
    assert other_there.get(path(second)).status == 404
    assert other_there.put(path(third), meeting(third, other_there, ROOM, day=day, hour=11)).status == 201
    assert answers(other_there, third) == {ROOM: "ACCEPTED"}
    fourth = uid()
    assert org.put(path(fourth), meeting(fourth, org, ROOM, day=day, hour=11)).status == 409


@WAYS
def test_rights_that_one_server_is_told_hold_at_the_other(pairs: list[tuple[DavUser, DavUser]]) -> None:
    (owner, owner_there), (reader, reader_there), _ = pairs
    name = uid()
    assert owner.put(path(name), meeting(name, owner)).status == 201
    there = f"/SOGo/dav/{owner.user}/Calendar/personal/"

    def give(by: DavUser, *roles: str) -> None:
        inner = "".join(f"<{role}/>" for role in roles)
        body = f'<acl-query xmlns="{INVERSE}"><set-roles user="{reader.user}">{inner}</set-roles></acl-query>'
        assert post(by, "Calendar/personal/", body) == 204

    def seen() -> list[bool | int]:
        found = [person.get(f"{there}{name}.ics") for person in (reader, reader_there)]
        return [b"SUMMARY:Budget" in one.body if one.status == 200 else one.status for one in found]

    give(owner, "PublicViewer")
    assert seen() == [True, True]
    give(owner_there, "PublicModifier")
    changed = meeting(name, owner, hour=12)
    assert reader.put(f"{there}{name}.ics", changed).status == 204
    assert "T120000Z" in text(owner_there, name)
    give(owner, "PublicViewer")
    assert reader_there.put(f"{there}{name}.ics", changed).status == 403
    give(owner_there)
    assert all(isinstance(one, int) and one in (403, 404) for one in seen())


@WAYS
def test_a_subscription_is_seen_on_the_other_server(pairs: list[tuple[DavUser, DavUser]]) -> None:
    (owner, _), (reader, reader_there), _ = pairs
    make_folder(owner, "Calendar/shared")
    body = f'<acl-query xmlns="{INVERSE}"><set-roles user="{reader.user}"><PublicViewer/></set-roles></acl-query>'
    assert post(owner, "Calendar/shared/", body) == 204
    there = f"/SOGo/dav/{owner.user}/Calendar/shared/"
    assert post(reader, there, f'<subscribe xmlns="{INVERSE}"/>') == 200
    name = f"{owner.user}_shared"
    assert [name in person.folders("Calendar") for person in (reader, reader_there)] == [True, True]
    assert post(reader_there, there, f'<unsubscribe xmlns="{INVERSE}"/>') == 200
    assert [name in person.folders("Calendar") for person in (reader, reader_there)] == [False, False]


@WAYS
def test_what_is_masked_has_the_same_uid_at_both(pairs: list[tuple[DavUser, DavUser]]) -> None:
    (owner, owner_there), (reader, reader_there), _ = pairs
    names = [uid(), uid()]
    for person, name in zip((owner, owner_there), names, strict=True):
        assert person.put(path(name), meeting(name, person, day="20300701")).status == 201
    base = f"/SOGo/dav/{owner.user}/Calendar/personal/"
    body = (
        '<D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        '<C:time-range start="20300701T000000Z" end="20300702T000000Z"/></C:comp-filter></C:comp-filter></C:filter>'
    )
    uids = []
    for person in (reader, reader_there):
        found = person.report(base, "C:calendar-query", body).body.decode()
        assert "Budget" not in found
        assert not [name for name in names if f"UID:{name}" in found]
        uids.append(sorted(re.findall(r"UID:([0-9a-f]+)", re.sub(r"(?:\r|&#13;)?\n[ \t]", "", found))))
    assert len(uids[0]) == 2
    assert uids[0] == uids[1]
