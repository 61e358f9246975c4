"""When somebody is busy."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.codec.contentline import parse
from sogo.model.caltime import Window
from sogo.model.freebusy import Busy, Period, busy_periods, freebusy_calendar, merged, off_hours

DAY = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
JUNE = Window(DAY, dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
PARIS = ZoneInfo("Europe/Paris")


def at(hour: float) -> dt.datetime:
    return DAY + dt.timedelta(hours=hour)


def busy(*lines: str, window: Window = JUNE) -> list[Period]:
    text = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", *lines, "END:VEVENT", "END:VCALENDAR", ""])
    return list(busy_periods(parse(text), window, default_zone=PARIS))


NINE = ("DTSTART:20260601T090000Z", "DTEND:20260601T100000Z")


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ((), Busy.BUSY), (("STATUS:CONFIRMED",), Busy.BUSY), (("STATUS:tentative",), Busy.TENTATIVE),
        (("STATUS:CANCELLED",), None), (("TRANSP:TRANSPARENT",), None), (("TRANSP:OPAQUE",), Busy.BUSY),
    ],
)  # fmt: skip
def test_what_an_event_says_decides(more: tuple[str, ...], kind: Busy | None) -> None:
    assert busy(*NINE, *more) == ([Period(at(9), at(10), kind)] if kind else [])


def test_a_series_is_busy_each_time_and_nothing_outside_of_the_window_is_told() -> None:
    found = busy(*NINE, "RRULE:FREQ=WEEKLY", window=Window(at(9.5), at(24 * 8)))
    assert found == [Period(at(9.5), at(10), Busy.BUSY), Period(at(24 * 7 + 9), at(24 * 7 + 10), Busy.BUSY)]


def test_a_whole_day_is_a_day_of_the_owner() -> None:
    [found] = busy("DTSTART;VALUE=DATE:20260602")
    assert (found.start, found.end) == (at(22), at(46))  # midnight in Paris


def test_the_stronger_covers_the_weaker_and_neighbours_are_one() -> None:
    periods = [
        Period(at(1), at(5), Busy.TENTATIVE), Period(at(2), at(3), Busy.BUSY), Period(at(3), at(4), Busy.BUSY),
        Period(at(8), at(9), Busy.TENTATIVE),
    ]  # fmt: skip
    assert merged(periods) == [
        Period(at(1), at(2), Busy.TENTATIVE), Period(at(2), at(4), Busy.BUSY), Period(at(4), at(5), Busy.TENTATIVE),
        Period(at(8), at(9), Busy.TENTATIVE),
    ]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10), st.sampled_from(Busy)), max_size=12))
def test_merging_keeps_every_moment_and_never_overlaps(raw: list[tuple[int, int, Busy]]) -> None:
    periods = [Period(at(start), at(start + length), kind) for start, length, kind in raw]
    found = merged(periods)
    for hour in range(60):
        moment = at(hour + 0.5)
        wanted = max((one.kind for one in periods if one.start <= moment < one.end), default=None)
        assert [one.kind for one in found if one.start <= moment < one.end] == ([wanted] if wanted else [])
    assert all(left.end <= right.start for left, right in pairwise(found))


def test_only_times_leave() -> None:
    text = freebusy_calendar(busy(*NINE, "SUMMARY:secret", "LOCATION:secret"), JUNE, now=DAY)
    assert "secret" not in text
    assert "FREEBUSY;FBTYPE=BUSY:20260601T090000Z/20260601T100000Z\r\n" in text
    assert text.startswith("BEGIN:VCALENDAR\r\n")


INVITED = ("ORGANIZER:mailto:boss@example.org", "ATTENDEE;PARTSTAT={}:MAILTO:Anna@Example.org")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("ACCEPTED", Busy.BUSY), ("NEEDS-ACTION", Busy.TENTATIVE), ("tentative", Busy.TENTATIVE), ("DECLINED", None),
        ("DELEGATED", None), ("X-ODD", Busy.BUSY),
    ],
)  # fmt: skip
def test_of_an_invitation_the_answer_counts(answer: str, kind: Busy | None) -> None:
    lines = [*NINE, INVITED[0], INVITED[1].format(answer)]
    text = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", *lines, "END:VEVENT", "END:VCALENDAR", ""])

    def kinds(*addresses: str) -> list[Busy]:
        return [one.kind for one in busy_periods(parse(text), JUNE, default_zone=PARIS, addresses=addresses)]

    assert kinds("anna@example.org") == ([kind] if kind else [])
    assert kinds("boss@example.org", "anna@example.org") == [Busy.BUSY]
    assert kinds("other@example.org") == kinds() == [Busy.BUSY]


def test_time_off_work_is_nights_and_weekends_on_the_clock_of_the_zone() -> None:
    friday = dt.datetime(2026, 6, 5, 6, tzinfo=dt.UTC)  # 8:00 in Paris
    window = Window(friday, friday + dt.timedelta(days=3, hours=2))
    found = merged(off_hours(window, PARIS, day_start_hour=9, day_end_hour=18))
    hours = [((one.start - friday).total_seconds() / 3600, (one.end - friday).total_seconds() / 3600) for one in found]
    assert hours == [(0, 1), (10, 73)]  # until nine, and from Friday at six to Monday at nine


def test_a_day_that_ends_before_it_begins_has_no_work_in_it() -> None:
    window = Window(DAY, DAY + dt.timedelta(days=1))
    assert [(one.start, one.end) for one in merged(off_hours(window, PARIS, day_start_hour=18, day_end_hour=8))] == [
        (window.start, window.end)
    ]


def test_the_person_is_named_without_a_name() -> None:
    text = freebusy_calendar([], JUNE, now=DAY, attendee="anna@example.org")
    assert "\r\nATTENDEE:mailto:anna@example.org\r\n" in text
