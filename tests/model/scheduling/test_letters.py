"""The texts of messages, against the tables of RFC 5546 §3.2 and §3.4: what each must and must not hold."""

from __future__ import annotations

import pytest

from sogo.codec.contentline import Component, Line
from sogo.errors import NotFound
from sogo.model.calendar_object import check
from sogo.model.scheduling import decline_proposal
from sogo.model.scheduling.addresses import address_of
from sogo.model.scheduling.facts import Facts
from sogo.model.scheduling.itip import Letter, cancel, counter, refresh, reply, request, sequence_of
from sogo.model.scheduling.plan import MailKind, Method
from tests.model.scheduling.world import NOW, event, user

MEETING = check(
    event(
        "UID:m\nDTSTAMP:20270101T000000Z\nDTSTART;TZID=Europe/Berlin:20270112T100000\nSEQUENCE:3\nSUMMARY:Budget\n"
        "X-SOGo-Send-Appointment-Notifications:NO\nORGANIZER;SCHEDULE-STATUS=1.2:mailto:uma@example.org\n"
        "ATTENDEE;RSVP=TRUE;SCHEDULE-STATUS=1.1;SCHEDULE-AGENT=SERVER:mailto:rex@elsewhere.test\n"
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.org\nBEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT5M\nEND:VALARM"
    )
)


def is_rex(line: Line) -> bool:
    return address_of(line) == "rex@elsewhere.test"


LETTERS = {
    "request": lambda: request(MEETING, NOW),
    "cancel": lambda: cancel(MEETING, NOW, raises=True),
    "reply": lambda: reply(MEETING, NOW, MEETING.components, is_rex),
    "counter": lambda: counter(MEETING, NOW),
    "refresh": lambda: refresh(MEETING, NOW, is_rex),
}


@pytest.mark.parametrize("name", LETTERS)
def test_every_message_says_who_when_and_what_and_nothing_private(name: str) -> None:
    letter: Letter = LETTERS[name]()
    component = letter.component
    assert f"METHOD:{letter.method.value}\r\n" in letter.text
    assert component.value("DTSTAMP") == "20270104T080000Z"
    assert component.value("UID") == "m"
    assert component.first("ORGANIZER") is not None
    assert not component.children
    assert "SCHEDULE-" not in letter.text
    assert "X-SOGO" not in letter.text.upper()
    assert MEETING.text.count("SCHEDULE-") == 3, "the object itself is a value"


def test_a_cancellation_is_one_sequence_further_and_cancelled() -> None:
    component = cancel(MEETING, NOW, raises=True).component
    assert sequence_of(component) == 4
    assert component.value("STATUS") == "CANCELLED"
    assert _attendees(component) == ["rex@elsewhere.test", "ann@example.org"]
    assert _attendees(cancel(MEETING, NOW, only=is_rex).component) == ["rex@elsewhere.test"]


def test_a_reply_has_one_attendee_who_is_asked_nothing() -> None:
    component = reply(MEETING, NOW, MEETING.components, is_rex).component
    assert _attendees(component) == ["rex@elsewhere.test"]
    assert component.all("ATTENDEE")[0].param("RSVP") is None
    assert component.value("REQUEST-STATUS") == "2.0;Success"
    assert sequence_of(component) == 3


def test_a_refresh_holds_no_more_than_it_may() -> None:
    component = refresh(MEETING, NOW, is_rex).component
    assert {line.name for line in component.lines} == {"UID", "DTSTAMP", "ORGANIZER", "ATTENDEE"}
    assert _attendees(component) == ["rex@elsewhere.test"]


def test_a_proposal_is_declined_to_who_made_it() -> None:
    uma = user("uma")
    facts = Facts(NOW, uma, uma, {}, sends_mail=True)
    stored = check(MEETING.text.replace("X-SOGo-Send-Appointment-Notifications:NO\r\n", ""))
    proposal = check(stored.text.replace("VERSION:2.0", "VERSION:2.0\r\nMETHOD:COUNTER", 1))
    plan = decline_proposal(proposal, stored, "rex@elsewhere.test", facts)
    assert plan.after is stored
    (mail,) = plan.mails
    assert (mail.kind, mail.method) == (MailKind.UPDATE, Method.DECLINECOUNTER)
    assert mail.recipient.address == "rex@elsewhere.test"
    assert _attendees(mail.component) == ["rex@elsewhere.test"]
    with pytest.raises(NotFound):
        decline_proposal(proposal, stored, "roy@elsewhere.test", facts)


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "99999999999999999999", "\u0661"])
def test_a_sequence_that_is_no_number_is_none(value: str) -> None:
    assert sequence_of(Component("VEVENT", [Line("SEQUENCE", value)])) in (0, 1)


def _attendees(component: Component) -> list[str]:
    return [address_of(line) for line in component.all("ATTENDEE")]
