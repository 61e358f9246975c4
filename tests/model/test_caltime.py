"""Times as calendars write them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.contentline import parse
from sogo.errors import InvalidData
from sogo.model.caltime import UTC, Kind, parse_duration, parse_time, read_time

BERLIN = ZoneInfo("Europe/Berlin")


def zones(tzid: str) -> dt.tzinfo | None:
    return BERLIN if tzid == "Europe/Berlin" else None


@pytest.mark.parametrize(
    ("line", "kind", "instant"),
    [
        ("DTSTART;VALUE=DATE:20260601", Kind.DATE, "2026-05-31 22:00"),
        ("DTSTART:20260601", Kind.DATE, "2026-05-31 22:00"),
        ("DTSTART:20260601T100000", Kind.FLOATING, "2026-06-01 08:00"),
        ("DTSTART:20260601T100000Z", Kind.UTC, "2026-06-01 10:00"),
        ("DTSTART;TZID=Europe/Berlin:20260601T100000Z", Kind.UTC, "2026-06-01 10:00"),
        ("DTSTART;TZID=Europe/Berlin: 20260601T100000 ", Kind.ZONED, "2026-06-01 08:00"),
        ("DTSTART;TZID=Nobody/Knows:20260601T100000", Kind.FLOATING, "2026-06-01 08:00"),
        ("DTSTART:20261231T235960Z", Kind.UTC, "2026-12-31 23:59"),
    ],
)
def test_a_time_is_a_moment_in_its_zone_or_in_that_of_the_reader(line: str, kind: Kind, instant: str) -> None:
    time = read_time(parse(line).lines[0], zones)
    assert time.kind is kind
    assert f"{time.instant(BERLIN):%Y-%m-%d %H:%M}" == instant


def test_an_unknown_zone_is_kept_by_name() -> None:
    time = parse_time("20260601T100000", tzid="Nobody/Knows", zones=zones)
    assert (time.tzid, time.zone) == ("Nobody/Knows", None)


@pytest.mark.parametrize(
    "text",
    ["", "x", "20260230", "20261301", "20260601T250000", "20260601T106000", "2026061", "20260601T1000", "20260601T100000ZZ",
     "-20260601", "00000101", "2026-06-01", "２０２６0601", "20260601\nX"],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(InvalidData):
        parse_time(text)


@pytest.mark.parametrize("text", ["00010101", "00010101T000000Z", "99991231", "99991231T235959"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_both_ends_of_time_have_an_instant_and_a_text(text: str, zone: str) -> None:
    assert parse_time(text).instant(ZoneInfo(zone)).tzinfo is UTC
    assert str(parse_time(text)) == text


@settings(max_examples=100, deadline=None)
@given(st.datetimes().map(lambda when: when.replace(microsecond=0, fold=0)), st.sampled_from(["", "Z"]))
def test_a_time_is_written_as_it_is_read(when: dt.datetime, mark: str) -> None:
    text = f"{when.year:04}{when:%m%dT%H%M%S}{mark}"
    assert str(parse_time(text)) == text
    assert parse_time(text).local == when


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT15M", 900),
        ("-PT15M", -900),
        ("+PT15M", 900),
        ("P1W", 604_800),
        ("P1DT2H3M4S", 93_784),
        ("-P0DT0H15M0S", -900),
        ("PT0S", 0),
        ("P2DT", 172_800),
        (" PT1H ", 3600),
    ],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "-P", "1H", "PT1", "P1H", "PT15M junk", "PT９M", "P1.5D", "P999999W" * 2]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidData):
        parse_duration(text)


def test_the_longest_duration_is_refused_or_read_but_never_overflows() -> None:
    for text in ("P999999W", "P9999999DT99999999H999999999M9999999999S"):
        assert parse_duration(text) > dt.timedelta()


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789TZPWDHMS+-:", max_size=20) | st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (parse_time, parse_duration):
        try:
            read(text)
        except InvalidData:
            continue
