"""When an alarm of ACTION:EMAIL rings, of which occurrence, and for whom."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from sogo.model.calendar_object import check
from sogo.model.email_alarm import MAX_RECIPIENTS, Ring, Ringing
from sogo.model.timezone import lookup

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
OWN = "ATTENDEE:mailto:Anna@example.org"


def alarm(*lines: str, action: str = "EMAIL") -> list[str]:
    return ["BEGIN:VALARM", f"ACTION:{action}", *(lines or ("TRIGGER:-PT15M", OWN)), "END:VALARM"]


def ringing(*lines: str, kind: str = "VEVENT") -> Ringing:
    """The lines of one component, or of several with END and BEGIN between them."""
    text = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//EN", f"BEGIN:{kind}", "UID:u", "DTSTAMP:20260101T000000Z", *lines,
        f"END:{kind}", "END:VCALENDAR", "",
    ]  # fmt: skip
    obj = check("\r\n".join(text))
    return Ringing(
        obj.components, lookup(obj.calendar), ZoneInfo("Europe/Paris"), {"anna@example.org", "a.bell@example.org"}
    )


def next_ring(*lines: str, kind: str = "VEVENT", now: dt.datetime = NOW) -> str | None:
    ring = ringing(*lines, kind=kind).next_after(now)
    return ring.moment.strftime("%m-%dT%H:%M:%S") + f" {ring.number}" if ring is not None else None


SOON = "DTSTART:20260601T130000Z"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([SOON, *alarm()], "06-01T12:45:00 0"),
        ([SOON, *alarm("TRIGGER;RELATED=END:PT0S", OWN)], "06-01T13:00:00 0"),
        ([SOON, *alarm("TRIGGER;VALUE=DATE-TIME:20260601T120001Z", OWN)], "06-01T12:00:01 0"),
        (["DTSTART;VALUE=DATE:20260602", *alarm("TRIGGER:-PT1H", OWN)], "06-01T21:00:00 0"),
        (["DTSTART:20260601T121500Z", *alarm()], None),
        (["DTSTART:20260601T110000Z", *alarm()], None),
        ([SOON], None),
        ([SOON, *alarm(action="DISPLAY")], None),
        ([SOON, *alarm(action="DISPLAY"), *alarm()], "06-01T12:45:00 1"),
        ([SOON, *alarm("TRIGGER:-PT2H", OWN), *alarm("TRIGGER:-PT10M", OWN), *alarm("TRIGGER:-PT20M", OWN)], "06-01T12:40:00 2"),
        ([SOON, *alarm("TRIGGER:-PT15M", "ATTENDEE:mailto:ben@example.org")], None),
        ([SOON, *alarm("TRIGGER:-PT15M", "ATTENDEE:mailto:ben@example.org", "ATTENDEE:MAILTO:a.bell@example.org")], "06-01T12:45:00 0"),
        ([SOON, *alarm("TRIGGER:-PT15M")], "06-01T12:45:00 0"),
        ([SOON, *alarm("TRIGGER;X-WebStatus=TRIGGERED:-PT15M", OWN)], None),
        ([SOON, "STATUS:CANCELLED", *alarm()], None),
        ([SOON, *alarm("TRIGGER:nonsense", OWN)], None),
        ([SOON, *alarm("TRIGGER:-P9999999D", OWN)], None),
        (alarm(), None),
    ],
)  # fmt: skip
def test_what_happens_once_rings_once_and_in_the_future(lines: list[str], expected: str | None) -> None:
    assert next_ring(*lines) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["DUE:20260601T130000Z", *alarm("TRIGGER;RELATED=END:-PT15M", OWN)], "06-01T12:45:00 0"),
        (["DUE:20260601T130000Z", "STATUS:COMPLETED", *alarm("TRIGGER;RELATED=END:-PT15M", OWN)], None),
        (["DUE:20260601T130000Z", "COMPLETED:20260501T130000Z", *alarm("TRIGGER;RELATED=END:-PT15M", OWN)], None),
        (alarm("TRIGGER;VALUE=DATE-TIME:20260601T130000Z", OWN), "06-01T13:00:00 0"),
    ],
)
def test_tasks_ring_until_they_are_done(lines: list[str], expected: str | None) -> None:
    assert next_ring(*lines, kind="VTODO") == expected


DAILY = ["DTSTART;TZID=Europe/Paris:20260101T090000", "DTEND;TZID=Europe/Paris:20260101T093000", "RRULE:FREQ=DAILY"]


def test_a_series_rings_for_its_next_occurrence_at_least_a_minute_ahead() -> None:
    assert next_ring(*DAILY, *alarm()) == "06-02T06:45:00 0"
    assert next_ring(*DAILY, *alarm(), now=dt.datetime(2026, 6, 2, 6, 43, 59, tzinfo=dt.UTC)) == "06-02T06:45:00 0"
    assert next_ring(*DAILY, *alarm(), now=dt.datetime(2026, 6, 2, 6, 44, 30, tzinfo=dt.UTC)) == "06-03T06:45:00 0"
    assert next_ring(*DAILY, *alarm("TRIGGER:-P7D", OWN)) == "06-02T07:00:00 0"
    assert next_ring(*DAILY, *alarm("TRIGGER;RELATED=END:PT8H", OWN)) == "06-01T15:30:00 0"


def test_a_series_rings_within_two_years_and_not_after_its_end() -> None:
    assert next_ring(*DAILY[:2], "RRULE:FREQ=YEARLY", *alarm()) == "01-01T07:45:00 0"
    assert next_ring(*DAILY[:2], "RRULE:FREQ=YEARLY;INTERVAL=4", *alarm()) is None
    assert next_ring(*DAILY[:2], "RRULE:FREQ=DAILY;UNTIL=20260601T080000Z", *alarm()) is None


def test_an_occurrence_that_was_moved_rings_when_it_is() -> None:
    moved = [
        "END:VEVENT", "BEGIN:VEVENT", "UID:u", "DTSTAMP:20260101T000000Z",
        "RECURRENCE-ID;TZID=Europe/Paris:20260602T090000", "DTSTART:20260602T150000Z", "SUMMARY:Moved",
    ]  # fmt: skip
    assert next_ring(*DAILY, *alarm(), *moved, *alarm("TRIGGER:-PT5M", OWN)) == "06-02T14:55:00 0"
    assert next_ring(*DAILY, *alarm(), *moved) == "06-03T06:45:00 0"
    ring = ringing(*DAILY, *alarm(), *moved, *alarm()).next_after(NOW)
    assert ring is not None
    assert ring.component.text("SUMMARY") == "Moved"
    assert ring.recurrence_id == dt.datetime(2026, 6, 2, 7, tzinfo=dt.UTC)


def found(one: Ringing, moment: dt.datetime) -> Ring:
    ring = one.at(moment)
    assert ring is not None
    return ring


def test_what_rings_is_told_with_the_times_of_its_occurrence() -> None:
    one = ringing(*DAILY, "SUMMARY:Daily", *alarm())
    ring = found(one, dt.datetime(2026, 6, 2, 6, 45, tzinfo=dt.UTC))
    told = ring.component.render()
    assert "DTSTART;TZID=Europe/Paris:20260602T090000\r\n" in told
    assert "DTEND;TZID=Europe/Paris:20260602T093000\r\n" in told
    assert "RRULE" not in told
    assert one.components[0].first("RRULE") is not None, "the object is as it was"
    assert one.at(dt.datetime(2026, 6, 2, 6, 46, tzinfo=dt.UTC)) is None
    day = ringing("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=WEEKLY", *alarm("TRIGGER:PT9H", OWN))
    told = found(day, dt.datetime(2026, 6, 4, 7, tzinfo=dt.UTC)).component.render()
    assert "DTSTART;VALUE=DATE:20260604\r\n" in told
    assert "DTEND;VALUE=DATE:20260605\r\n" in told


def test_addresses_are_those_mail_can_be_sent_to_and_not_too_many() -> None:
    many = [f"ATTENDEE:mailto:p{number}@example.org" for number in range(100)]
    hostile = ["ATTENDEE:mailto:x@y.z\\nBcc: a@b.c", "ATTENDEE:urn:uuid:1", OWN, OWN]
    ring = ringing(SOON, *alarm("TRIGGER:-PT15M", *hostile, *many)).next_after(NOW)
    assert ring is not None
    assert ring.addresses[:2] == ("anna@example.org", "p0@example.org")
    assert len(ring.addresses) == MAX_RECIPIENTS


@pytest.mark.parametrize(
    "lines",
    [
        ["DTSTART:20200101T000000Z", "RRULE:FREQ=SECONDLY", *alarm()],
        ["DTSTART:20200101T000000Z", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", *alarm()],
    ],
)
def test_what_nobody_can_tell_does_not_ring(lines: list[str]) -> None:
    one = ringing(*lines)
    assert one.next_after(NOW) is None
    assert one.at(NOW) is None
