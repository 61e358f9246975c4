"""Answers that somebody gives for the owner of a calendar."""

from __future__ import annotations

import pytest

from sogo.errors import CodecError, InvalidData
from sogo.model.responding import answered

ME = {"anna@example.org", "ann@example.org"}


def meeting(*attendees: str, more: str = "", override: str = "") -> str:
    lines = "".join(f"ATTENDEE{one}\r\n" for one in attendees)
    master = f"BEGIN:VEVENT\r\nUID:m\r\nSUMMARY:Talk\r\n{more}{lines}END:VEVENT\r\n"
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{master}{override}END:VCALENDAR\r\n"


def exception(state: str, moment: str = "20260602T100000Z") -> str:
    return (
        f"BEGIN:VEVENT\r\nUID:m\r\nRECURRENCE-ID:{moment}\r\nATTENDEE;PARTSTAT={state}:mailto:anna@example.org\r\n"
        "END:VEVENT\r\n"
    )


OPEN = ";RSVP=TRUE;PARTSTAT=NEEDS-ACTION;CN=Anna:mailto:anna@example.org"
BEN = ";PARTSTAT=NEEDS-ACTION:mailto:ben@example.org"


def test_only_the_owners_answer_is_taken() -> None:
    sent = meeting(
        ";PARTSTAT=DECLINED:MAILTO:Ann@Example.ORG", ";PARTSTAT=ACCEPTED:mailto:ben@example.org",
        more="LOCATION:elsewhere\r\nORGANIZER:mailto:evil@example.org\r\n",
    )  # fmt: skip
    assert answered(meeting(OPEN, BEN), sent, ME) == meeting(";PARTSTAT=DECLINED;CN=Anna:mailto:anna@example.org", BEN)


def test_who_answers_is_named_where_it_shall_be_and_taken_away_where_not() -> None:
    sent = meeting(";PARTSTAT=ACCEPTED:mailto:anna@example.org")
    named = answered(meeting(OPEN), sent, ME, sent_by="ben@example.org")
    assert 'SENT-BY="MAILTO:ben@example.org"' in named.replace("\r\n ", "")
    again = answered(named, meeting(";PARTSTAT=TENTATIVE:mailto:anna@example.org"), ME)
    assert "SENT-BY" not in again
    assert "TENTATIVE" in again


def test_each_component_is_answered_by_its_like() -> None:
    stored = meeting(OPEN, override=exception("NEEDS-ACTION"))
    sent = meeting(";PARTSTAT=ACCEPTED:mailto:anna@example.org", override=exception("DECLINED"))
    found = answered(stored, sent, ME)
    assert ("PARTSTAT=ACCEPTED" in found, "PARTSTAT=DECLINED" in found, "NEEDS-ACTION" in found) == (True, True, False)


@pytest.mark.parametrize(
    "sent",
    [
        meeting(OPEN), meeting(BEN), meeting(";PARTSTAT=:mailto:anna@example.org"), meeting(";PARTSTAT=a b:mailto:anna@example.org"),
        meeting(";PARTSTAT=ACCEPTED:mailto:anna@example.org", override=exception("ACCEPTED")),
        meeting(";PARTSTAT=ACCEPTED:mailto:anna@example.org").replace("VEVENT", "VTODO"),
    ],
    ids=["same", "not-invited", "empty", "no-word", "another-occurrence", "another-kind"],
)  # fmt: skip
def test_nothing_changes_without_an_answer_to_what_is_there(sent: str) -> None:
    assert answered(meeting(OPEN, BEN), sent, ME) == meeting(OPEN, BEN)


@pytest.mark.parametrize("sent", ["", "BEGIN:VCARD\r\nEND:VCARD\r\n", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"])
def test_what_is_no_event_is_refused(sent: str) -> None:
    with pytest.raises((InvalidData, CodecError)):
        answered(meeting(OPEN), sent, ME)
