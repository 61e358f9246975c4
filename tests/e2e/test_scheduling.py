"""Meetings through the running server: the caldav library for everybody, a mail server and readers of others, and
answers by mail through `sogo-tool process-imip` (scheduling.md §§14, 15)."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import caldav
import icalendar
import pytest
from caldav.lib.error import AuthorizationError, DAVError, NotFoundError

from tests.e2e.conftest import make_database
from tests.e2e.post_office import PostOffice
from tests.e2e.server import PASSWORD, ROOT, Server
from tests.support.imip import TRUSTED, mail
from tests.support.site import BOOKED, ROOM, VAN

pytestmark = pytest.mark.services

SETTINGS = f'SOGoCalendarDefaultRoles = (PublicDAndTViewer); SOGoIMIPTrustedAuthservers = ("{TRUSTED}"); '
_uids = itertools.count(1)


@pytest.fixture(scope="module")
def post() -> Iterator[PostOffice]:
    with PostOffice() as office:
        yield office


@pytest.fixture(scope="module", params=("postgresql", "mariadb"))
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, post: PostOffice
) -> Iterator[Server]:
    database = make_database(request.param, tmp_path_factory.mktemp("meetings"), request)
    with Server(database, settings=SETTINGS + post.settings, source=BOOKED) as running:
        yield running
        running.keep = request.session.testsfailed > 0


@dataclass
class Someone:
    """A person with a calendar, by the caldav library."""

    login: str
    client: caldav.DAVClient
    calendar: caldav.Calendar

    @property
    def uri(self) -> str:
        return f"mailto:{self.login}@example.org"

    def path(self, name: str) -> str:
        return f"{self.calendar.url}{name}.ics"

    def put(self, name: str, text: str) -> int:
        """The status, also of a refusal."""
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        return int(self.client.request(self.path(name), "PUT", text, headers).status)

    def get(self, name: str) -> caldav.CalendarObjectResource:
        return self.calendar.event_by_url(self.path(name))

    def text(self, name: str) -> str:
        return str(self.get(name).data)

    def has(self, name: str) -> bool:
        try:
            self.get(name)
        except NotFoundError:
            return False
        return True

    def components(self, name: str) -> list[icalendar.Component]:
        return list(self.get(name).icalendar_instance.walk("VEVENT"))

    def people(self, name: str, number: int = 0) -> dict[str, tuple[str, str, str]]:
        """(PARTSTAT, DELEGATED-TO, DELEGATED-FROM) by address, of one component."""
        found = self.components(name)[number].get("ATTENDEE", [])
        lines = found if isinstance(found, list) else [found]
        keys = ("PARTSTAT", "DELEGATED-TO", "DELEGATED-FROM")
        return {str(line): tuple(str(line.params.get(key, "")) for key in keys) for line in lines}  # type: ignore[misc]

    def answers(self, name: str) -> dict[str, str]:
        return {address.partition("@")[0][7:]: said[0] for address, said in self.people(name).items()}

    def answer(self, name: str, said: str) -> None:
        """As a program does it: read, change the own entry, write."""
        event = self.get(name)
        for component in event.icalendar_instance.walk("VEVENT"):
            lines = component.get("ATTENDEE", [])
            for line in lines if isinstance(lines, list) else [lines]:
                if str(line).lower() == self.uri:
                    line.params["PARTSTAT"] = said
        event.save()


@pytest.fixture
def people(site: Server) -> Iterator[list[Someone]]:
    """Three who never met."""
    found = [login_to(site, next(site.free_users)) for _ in range(3)]
    yield found
    for one in found:
        one.client.close()


def login_to(site: Server, login: str) -> Someone:
    client = caldav.DAVClient(url=f"{site.url}/SOGo/dav/", username=login, password=PASSWORD)
    return Someone(login, client, client.calendar(url=site.calendar_url(login)))


def uid() -> str:
    return f"meeting-{next(_uids)}"


def attendee(address: str, said: str = "NEEDS-ACTION", *params: str) -> str:
    more = "".join(f";{param}" for param in params)
    return f"ATTENDEE;RSVP=TRUE;PARTSTAT={said}{more}:{address}"


def event(
    name: str,
    organizer: Someone,
    *more: str,
    start: str = "20300601T100000Z",
    end: str = "20300601T110000Z",
    method: str = "",
) -> str:
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", *([f"METHOD:{method}"] if method else [])),
        *(f"BEGIN:VEVENT\r\nUID:{name}", "DTSTAMP:20260101T000000Z", f"DTSTART:{start}", f"DTEND:{end}"),
        *("SUMMARY:Budget, été 😀", f"ORGANIZER;CN=Chair:{organizer.uri}", *more, "END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(lines)


# --- between people of the server -------------------------------------------------------------------------------------


def test_an_invitation_is_answered_moved_and_cancelled(people: list[Someone]) -> None:
    org, att, _ = people
    name = uid()
    assert org.put(name, event(name, org, attendee(att.uri))) == 201
    assert att.answers(name) == {att.login: "NEEDS-ACTION"}
    att.answer(name, "ACCEPTED")
    assert org.answers(name) == {att.login: "ACCEPTED"}
    meeting = org.get(name)
    (component,) = meeting.icalendar_instance.walk("VEVENT")
    for key, hour in (("DTSTART", 14), ("DTEND", 15)):
        component[key].dt = component[key].dt.replace(hour=hour)
    meeting.save()
    (copy,) = att.components(name)
    assert (copy["DTSTART"].dt.hour, copy["SEQUENCE"], copy["ATTENDEE"].params["RSVP"]) == (14, 1, "TRUE")
    assert att.answers(name) == {att.login: "NEEDS-ACTION"}
    org.get(name).delete()
    assert not att.has(name)


def test_an_attendee_is_added_with_a_method_and_taken_out_again(people: list[Someone]) -> None:
    org, att, _ = people
    name = uid()
    assert org.put(name, event(name, org)) == 201
    assert org.put(name, event(name, org, attendee(att.uri), method="REQUEST")) == 204
    assert [str(one["UID"]) for one in att.components(name)] == [name]
    assert org.put(name, event(name, org, "LAST-MODIFIED:20260102T000000Z")) == 204
    assert not att.has(name)


def test_who_organizes_is_no_attendee_and_a_uid_lives_once(people: list[Someone]) -> None:
    org, att, _ = people
    name = uid()
    assert org.put(name, event(name, org, attendee(att.uri), attendee(org.uri))) == 201
    assert org.answers(name) == {att.login: "NEEDS-ACTION"}
    with pytest.raises(AuthorizationError) as refused:
        org.put(name + "-other", event(name, org))
    assert "unique-scheduling-object-resource" in str(refused.value.preconditions)


def test_an_invitation_to_one_occurrence(people: list[Someone]) -> None:
    org, att, _ = people
    name = uid()
    series = event(name, org, "RRULE:FREQ=DAILY;COUNT=5").replace(f"ORGANIZER;CN=Chair:{org.uri}\r\n", "")
    assert org.put(name, series) == 201
    exception = event(
        name, org, "RECURRENCE-ID;TZID=Europe/Berlin:20300602T120000", attendee(att.uri), start="20300602T100000Z", end="20300602T110000Z"
    ).replace("ORGANIZER;CN=Chair", "ORGANIZER;PARTSTAT=ACCEPTED;CN=Chair")  # fmt: skip
    inner = exception[exception.index("BEGIN:VEVENT") :]
    assert org.put(name, series.replace("END:VCALENDAR\r\n", inner)) == 204
    (copy,) = att.components(name)
    assert "RECURRENCE-ID" in copy
    assert att.answers(name) == {att.login: "NEEDS-ACTION"}
    att.answer(name, "ACCEPTED")
    assert [list(org.people(name, number).values()) for number in range(2)] == [[], [("ACCEPTED", "", "")]]
    assert org.put(name, series) == 204
    assert not att.has(name)


def test_an_occurrence_that_the_attendee_takes_out_is_declined(people: list[Someone]) -> None:
    org, att, _ = people
    name = uid()
    zone = {"start": "20300306T100000", "end": "20300306T110000"}
    text = event(name, org, "RRULE:FREQ=DAILY;COUNT=9", attendee(att.uri), **zone)
    text = text.replace("DTSTART:", "DTSTART;TZID=America/Toronto:").replace("DTEND:", "DTEND;TZID=America/Toronto:")
    assert org.put(name, text) == 201
    assert org.put(name, text.replace("RRULE", "EXDATE:20300308T150000Z\r\nRRULE")) == 204
    assert "EXDATE:20300308T150000Z" in att.text(name)
    own = att.text(name)
    assert (
        att.put(name, own.replace("EXDATE:20300308T150000Z", "EXDATE:20300308T150000Z\r\nEXDATE:20300312T140000Z"))
        == 204
    )
    found = {
        str(one.get("RECURRENCE-ID") is not None): org.people(name, n) for n, one in enumerate(org.components(name))
    }
    assert [said[0] for said in found["True"].values()] == ["DECLINED"]
    assert [said[0] for said in found["False"].values()] == ["NEEDS-ACTION"]


def test_a_delegation_goes_there_and_back(people: list[Someone]) -> None:
    org, att, sub = people
    name = uid()
    assert org.put(name, event(name, org, attendee(att.uri))) == 201
    assert att.people(name) == org.people(name)

    def delegated(said: str = "NEEDS-ACTION") -> tuple[str, str]:
        to, since = f'DELEGATED-TO="{sub.uri}"', f'DELEGATED-FROM="{att.uri}"'
        return attendee(att.uri, "DELEGATED", to), attendee(sub.uri, said, since)

    assert att.put(name, event(name, org, *delegated())) == 204
    assert sub.people(name) == att.people(name) == org.people(name)
    assert org.people(name)[att.uri] == ("DELEGATED", sub.uri, "")
    assert sub.put(name, event(name, org, *delegated("ACCEPTED"))) == 204
    assert org.people(name) == att.people(name)
    assert org.people(name)[sub.uri] == ("ACCEPTED", "", att.uri)
    assert att.put(name, event(name, org, attendee(att.uri, "ACCEPTED"))) == 204
    assert org.people(name) == {att.uri: ("ACCEPTED", "", "")}
    assert not sub.has(name)
    again = event(name, org, "SEQUENCE:1", attendee(att.uri))
    assert org.put(name, again) == 204
    assert att.put(name, event(name, org, "SEQUENCE:1", *delegated())) == 204
    assert sub.put(name, event(name, org, "SEQUENCE:1", *delegated("ACCEPTED"))) == 204
    assert org.people(name) == att.people(name) == sub.people(name)
    assert org.put(name, event(name, org, "SEQUENCE:3")) == 204
    assert (att.has(name), sub.has(name)) == (False, False)


def test_a_room_takes_one_booking_at_a_time_and_a_thing_takes_all(people: list[Someone]) -> None:
    org, att, _ = people
    first, second, third = uid(), uid(), uid()
    at = {"start": "20310601T100000Z", "end": "20310601T110000Z"}
    room, van = (attendee(f"mailto:{login}@example.org") for login in (ROOM, VAN))
    assert org.put(first, event(first, org, room, "RRULE:FREQ=DAILY;COUNT=5", **at)) == 201
    assert org.answers(first) == {ROOM: "ACCEPTED"}
    for day in ("01", "03"):
        other = {"start": f"203106{day}T103000Z", "end": f"203106{day}T113000Z"}
        assert att.put(second, event(second, att, room, **other)) == 409
        assert not att.has(second)
    assert att.put(second, event(second, att, room, start="20310601T110000Z", end="20310601T120000Z")) == 201
    assert att.put(third, event(third, att, van, **at)) == 201
    fourth = uid()
    assert org.put(fourth, event(fourth, org, van, **at)) == 201
    assert org.answers(fourth) == {VAN: "ACCEPTED"}


def test_who_does_not_want_to_be_invited_is_not(site: Server, people: list[Someone]) -> None:
    org, att, _ = people
    name = uid()
    assert org.put(name, event(name, org)) == 201
    assert org.put(name, event(name, org, attendee(att.uri))) == 204

    def prevent(**settings: object) -> None:
        text = json.dumps({"Calendar": settings}).replace("'", "''")
        site.database.run(f"DELETE FROM sogo_user_profile WHERE c_uid = '{att.login}'")
        site.database.run(f"INSERT INTO sogo_user_profile (c_uid, c_settings) VALUES ('{att.login}', '{text}')")

    prevent(PreventInvitations=1)
    other = uid()
    assert org.put(other, event(other, org)) == 201
    assert org.put(other, event(other, org, attendee(att.uri))) == 409
    assert not att.has(other)
    assert org.people(other) == {}
    prevent(PreventInvitations=1, PreventInvitationsWhitelist={org.login: "Chair <chair@example.org>"})
    assert org.put(other, event(other, org, attendee(att.uri))) == 204
    assert att.has(other)


def test_the_library_reads_its_own_answers_by_a_sync_token(people: list[Someone]) -> None:
    org, att, _ = people
    name = uid()
    org.put(name, event(name, org, attendee(att.uri)))
    known = org.calendar.objects_by_sync_token()
    att.answer(name, "TENTATIVE")
    changed = list(org.calendar.objects_by_sync_token(sync_token=known.sync_token))
    assert [str(one.url) for one in changed] == [org.path(name)]


# --- by mail ----------------------------------------------------------------------------------------------------------


def process(site: Server, login: str, octets: bytes) -> str:
    command = [
        sys.executable,
        "-m",
        "sogo.server.tool",
        "--config",
        str(site.folder / "sogo.conf"),
        "process-imip",
        login,
    ]
    done = subprocess.run(command, input=octets, capture_output=True, cwd=ROOT, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def test_somebody_elsewhere_is_invited_by_mail_and_answers_by_mail(
    site: Server, post: PostOffice, people: list[Someone]
) -> None:
    org, att, _ = people
    name = uid()
    guest = f"guest-{name}@elsewhere.org"
    assert org.put(name, event(name, org, attendee(f"mailto:{guest}"), attendee(att.uri))) == 201
    (letter,) = post.wait(guest)
    assert (letter.sender, letter.message["Auto-Submitted"]) == (f"{org.login}@example.org", "auto-generated")
    assert "Budget, été 😀" in str(letter.message["Subject"])
    assert str(letter.calendar["METHOD"]) == "REQUEST"
    (invited,) = letter.calendar.walk("VEVENT")
    assert {str(line) for line in invited["ATTENDEE"]} == {f"mailto:{guest}", att.uri}

    answer = letter.calendar
    answer["METHOD"] = "REPLY"
    (component,) = answer.walk("VEVENT")
    (own,) = (line for line in component["ATTENDEE"] if guest in str(line))
    own.params["PARTSTAT"] = "ACCEPTED"
    component["ATTENDEE"] = own
    reply = answer.to_ical().decode()
    assert process(site, org.login, mail(guest, reply, results=None)).partition(":")[2].startswith(" refused")
    assert org.answers(name)[guest.partition("@")[0]] == "NEEDS-ACTION"
    assert process(site, org.login, mail(guest, reply)) == f"REPLY {name} from {guest}: changed (1 copies)"
    for one in (org, att):
        assert one.answers(name) == {guest.partition("@")[0]: "ACCEPTED", att.login: "NEEDS-ACTION"}
    assert process(site, org.login, mail(guest, reply)) == f"REPLY {name} from {guest}: nothing to do"

    org.get(name).delete()
    _, cancelled = post.wait(guest, 2)
    assert str(cancelled.calendar["METHOD"]) == "CANCEL"


def test_an_organizer_elsewhere_gets_the_answer_by_mail(site: Server, post: PostOffice, people: list[Someone]) -> None:
    _, att, _ = people
    name = uid()
    chair = f"chair-{name}@elsewhere.org"
    text = event(name, att, attendee(att.uri), method="REQUEST").replace(f"Chair:{att.uri}", f"Chair:mailto:{chair}")
    assert process(site, att.login, mail(chair, text)) == f"REQUEST {name} from {chair}: added"
    (found,) = [one for one in att.calendar.events() if name in str(one.data)]
    (component,) = found.icalendar_instance.walk("VEVENT")
    component["ATTENDEE"].params["PARTSTAT"] = "ACCEPTED"
    found.save()
    (letter,) = post.wait(chair)
    assert letter.sender == f"{att.login}@example.org"
    assert str(letter.calendar["METHOD"]) == "REPLY"
    (said,) = letter.calendar.walk("VEVENT")
    assert (str(said["ATTENDEE"]), said["ATTENDEE"].params["PARTSTAT"]) == (att.uri, "ACCEPTED")
    gone = text.replace("METHOD:REQUEST", "METHOD:CANCEL").replace("DTSTAMP", "SEQUENCE:1\r\nDTSTAMP")
    assert process(site, att.login, mail(chair, gone)) == f"CANCEL {name} from {chair}: removed"
    assert not [one for one in att.calendar.events() if name in str(one.data)]


def test_a_server_that_mails_itself_does_nothing_twice(site: Server, post: PostOffice, people: list[Someone]) -> None:
    """The mails of a meeting among local people come back through process-imip, and the mails of that, until none come."""
    org, att, _ = people
    name = uid()
    assert org.put(name, event(name, org, attendee(att.uri))) == 201
    (letter,) = post.wait(f"{att.login}@example.org", about=name)
    before = org.text(name), att.text(name)
    results = f"{TRUSTED}; auth=pass smtp.auth={org.login}"
    for one in (att, org):
        told = process(
            site, one.login, b"Authentication-Results: %s\r\n%s" % (results.encode(), letter.message.as_bytes())
        )
        assert told == f"REQUEST {name} from {org.login}@example.org: nothing to do"
    assert (org.text(name), att.text(name)) == before
    att.answer(name, "ACCEPTED")
    (answer,) = post.wait(f"{org.login}@example.org", about=name)
    results = f"{TRUSTED}; auth=pass smtp.auth={att.login}"
    told = process(site, org.login, b"Authentication-Results: %s\r\n%s" % (results.encode(), answer.message.as_bytes()))
    assert told == f"REPLY {name} from {att.login}@example.org: nothing to do"
    assert [len(post.wait(f"{one.login}@example.org", about=name)) for one in (org, att)] == [1, 1]


HOSTILE = [
    "x\\nBcc: victim@example.org", "x\r\n Bcc: victim@example.org", "x\u2028Bcc: victim@example.org", "\\n\\nBcc: a", "=?utf-8?q?=0D=0ABcc:_a?=",
    "x" * 3000, "\u202egpj.exe",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_no_header_comes_of_what_a_calendar_says(post: PostOffice, people: list[Someone], hostile: str) -> None:
    org, _, _ = people
    name = uid()
    guest = f"guest-{name}@elsewhere.org"
    text = event(name, org, attendee(f"mailto:{guest}", "NEEDS-ACTION", 'CN="^nBcc: victim@example.org"'))
    text = text.replace("Budget, été 😀", hostile).replace("CN=Chair", f'CN="{hostile[:200]}"')
    assert org.put(name, text) == 201
    (letter,) = post.wait(guest)
    assert letter.recipients == [guest]
    assert (letter.message["Bcc"], letter.message["Cc"]) == (None, None)
    assert [address.addr_spec for address in letter.message["To"].addresses] == [guest]
    assert [address.addr_spec for address in letter.message["From"].addresses] == [f"{org.login}@example.org"]
    assert not [line for line in str(letter.message["Subject"]).splitlines() if line.startswith("Bcc")][1:]
    assert not letter.message.defects
    assert str(letter.calendar["METHOD"]) == "REQUEST"


def test_a_refusal_is_an_error_of_the_library(people: list[Someone]) -> None:
    org, att, _ = people
    name = uid()
    org.put(name, event(name, org, attendee(att.uri)))
    mine = att.get(name)
    (component,) = mine.icalendar_instance.walk("VEVENT")
    component["DTSTART"].dt = component["DTSTART"].dt.replace(hour=5)
    with pytest.raises(DAVError):
        mine.save()
