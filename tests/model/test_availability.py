"""When somebody can be had at all (RFC 7953)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from sogo.errors import InvalidData
from sogo.model import availability
from sogo.model.caltime import Window
from sogo.model.freebusy import Busy, Period

PARIS = ZoneInfo("Europe/Paris")
MONDAY = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
WEEK = Window(MONDAY, MONDAY + dt.timedelta(days=7))


def at(day: int, hour: float) -> dt.datetime:
    return MONDAY + dt.timedelta(days=day, hours=hour)


def calendar(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *lines, "END:VCALENDAR", ""])


def part(*lines: str, available: tuple[tuple[str, ...], ...] = ()) -> tuple[str, ...]:
    inner = [line for one in available for line in ("BEGIN:AVAILABLE", *one, "END:AVAILABLE")]
    return ("BEGIN:VAVAILABILITY", "UID:v", *lines, *inner, "END:VAVAILABILITY")


def told(*lines: str, window: Window = WEEK) -> list[Period]:
    return availability.unavailable(calendar(*lines), window, default_zone=PARIS)


WORK = ("UID:w", "DTSTART:20260601T090000", "DTEND:20260601T170000", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR")


def test_all_but_the_hours_of_work_is_not_available_on_the_clock_of_the_person() -> None:
    found = told(*part(available=(WORK,)), window=Window(at(0, 0), at(1, 12)))
    assert found == [
        Period(at(0, 0), at(0, 7), Busy.UNAVAILABLE), Period(at(0, 15), at(1, 7), Busy.UNAVAILABLE),
    ]  # fmt: skip


def test_an_exception_of_the_hours_replaces_its_day() -> None:
    short = ("UID:w", "RECURRENCE-ID:20260602T090000", "DTSTART:20260602T090000", "DTEND:20260602T120000")
    found = told(*part(available=(WORK, short)), window=Window(at(1, 0), at(1, 24)))
    assert found == [Period(at(1, 0), at(1, 7), Busy.UNAVAILABLE), Period(at(1, 10), at(1, 24), Busy.UNAVAILABLE)]


@pytest.mark.parametrize(
    ("lines", "span"),
    [
        (("DTSTART:20260602T000000Z", "DTEND:20260603T000000Z"), (at(1, 0), at(2, 0))),
        (("DTSTART:20260602T000000Z", "DURATION:P1D"), (at(1, 0), at(2, 0))),
        (("DTSTART:20260602T000000Z",), (at(1, 0), at(7, 0))),
        (("DTEND:20260602T000000Z",), (at(0, 0), at(1, 0))),
        ((), (at(0, 0), at(7, 0))),
        (("DTSTART:20250602T000000Z", "DTEND:20250603T000000Z"), None),
    ],
)  # fmt: skip
def test_it_lasts_as_long_as_it_says(lines: tuple[str, ...], span: tuple[dt.datetime, dt.datetime] | None) -> None:
    assert told(*part(*lines)) == ([Period(*span, Busy.UNAVAILABLE)] if span else [])


def test_the_higher_priority_counts_where_several_hold() -> None:
    usual = part(available=(WORK,))
    away = part("PRIORITY:2", "BUSYTYPE:BUSY", "DTSTART:20260602T000000Z", "DTEND:20260603T000000Z")
    open_day = part("PRIORITY:1", "DTSTART:20260602T100000Z", "DTEND:20260602T120000Z",
                    available=(("UID:o", "DTSTART:20260602T100000Z", "DTEND:20260602T120000Z"),))  # fmt: skip
    for order in ((usual, away, open_day), (open_day, usual, away)):
        found = told(*(line for one in order for line in one), window=Window(at(1, 0), at(2, 8)))
        assert found == [
            Period(at(1, 0), at(1, 10), Busy.BUSY), Period(at(1, 12), at(2, 0), Busy.BUSY),
            Period(at(2, 0), at(2, 7), Busy.UNAVAILABLE),
        ]  # fmt: skip


def test_what_is_kept_was_looked_at() -> None:
    text = calendar(*part(available=(WORK,)))
    assert availability.check(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "nothing", calendar(), calendar(*part()) * 2, calendar(*part(), "BEGIN:VEVENT", "UID:e", "END:VEVENT"),
        calendar(*part(*(["X:" + "x" * 1000] * 100))), calendar(*part(available=(WORK,) * 300)),
    ],
    ids=["empty", "no-calendar", "none", "two", "event", "long", "many"],
)  # fmt: skip
def test_what_is_no_availability_is_refused(text: str) -> None:
    with pytest.raises(InvalidData):
        availability.check(text)
