"""What clients call a time zone, and the definitions they send along."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.contentline import Component, parse
from sogo.model.caltime import UTC, parse_time
from sogo.model.embedded_zone import EmbeddedZone, embedded_zone
from sogo.model.timezone import MAX_DEFINITIONS, iana_name, lookup, zone

BERLIN = ZoneInfo("Europe/Berlin")


def calendar(*definitions: str) -> Component:
    return parse("BEGIN:VCALENDAR\n" + "\n".join(definitions) + "\nEND:VCALENDAR").children[0]


def definition(body: str, tzid: str = "Our Zone") -> str:
    return f"BEGIN:VTIMEZONE\nTZID:{tzid}\n{body}\nEND:VTIMEZONE"


CENTRAL = definition(
    """BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:Winter
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:Summer
END:DAYLIGHT"""
)
"""As Outlook writes it."""


def embedded(text: str) -> dt.tzinfo:
    found = embedded_zone(parse(text).children[0])
    assert found is not None
    return found


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tzid", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" Europe/Berlin ", "Europe/Berlin"),
        ('"Europe/Berlin"', "Europe/Berlin"),
        ("America/New York", "America/New_York"),
        ("US/Eastern", "US/Eastern"),
        ("UTC", "UTC"),
        ("Etc/GMT-1", "Etc/GMT-1"),
        ("/freeassociation.sourceforge.net/Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"),
        ("/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("/citadel.org/20210210_1/Europe/London", "Europe/London"),
        ("http://tzurl.org/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Eastern Standard Time", "America/New_York"),
        ("tzone://Microsoft/Utc", "UTC"),
    ],
)
def test_names_that_clients_write_are_known(tzid: str, name: str) -> None:
    assert iana_name(tzid) == name
    assert zone(tzid) == ZoneInfo(name)


@pytest.mark.parametrize(
    "tzid",
    [
        "",
        "/",
        "Our Zone",
        "Berlin",
        "../../../etc/passwd",
        "Europe/../UTC/x",
        "Europe",
        "Factory",
        "localtime",
        "\0",
        "x" * 9999,
    ],
)
def test_names_that_mean_nothing_are_no_zone(tzid: str) -> None:
    assert iana_name(tzid) is None
    assert zone(tzid) is None
    assert zone(tzid, calendar()) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_a_zone_or_none(tzid: str) -> None:
    zone(tzid, calendar(CENTRAL))


def test_a_known_name_wins_over_a_false_definition() -> None:
    lie = calendar(definition("BEGIN:STANDARD\nTZOFFSETTO:-1100\nEND:STANDARD", "Europe/Berlin"))
    assert zone("Europe/Berlin", lie) == BERLIN


@pytest.mark.parametrize(
    "hint", ["X-LIC-LOCATION:Europe/Berlin", "TZURL:http://tzurl.org/zoneinfo-outlook/Europe/Berlin"]
)
def test_a_definition_that_names_its_place_is_that_place(hint: str) -> None:
    assert zone("Our Zone", calendar(definition(f"{hint}\nBEGIN:STANDARD\nTZOFFSETTO:-1100\nEND:STANDARD"))) == BERLIN


def test_a_lookup_reads_each_definition_once_and_the_first_of_a_name_counts() -> None:
    other = definition("BEGIN:STANDARD\nTZOFFSETTO:-1100\nEND:STANDARD")
    find = lookup(calendar(CENTRAL, other))
    found = find("Our Zone")
    assert isinstance(found, EmbeddedZone)
    assert find("Our Zone") is found
    assert lookup(calendar(CENTRAL))("Our Zone") is found
    assert find("Another") is None
    assert lookup(None)("Europe/Berlin") == BERLIN


# --- definitions ------------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.datetimes(dt.datetime(1997, 1, 1), dt.datetime(2600, 1, 1)).map(lambda when: when.replace(microsecond=0)))
def test_the_definition_of_a_place_is_that_place(when: dt.datetime) -> None:
    ours, theirs = embedded(CENTRAL), BERLIN
    if when.year < 2038:  # zoneinfo, too, goes on by the rule
        assert when.replace(tzinfo=ours).utcoffset() == when.replace(tzinfo=theirs).utcoffset()
    local = when.replace(tzinfo=UTC).astimezone(ours)
    assert local.replace(tzinfo=None) == when.replace(tzinfo=UTC).astimezone(theirs).replace(tzinfo=None)
    assert local.fold == when.replace(tzinfo=UTC).astimezone(theirs).fold
    assert local.astimezone(UTC).replace(tzinfo=None) == when


def test_gaps_and_doubles_follow_the_rfc() -> None:
    ours = embedded(CENTRAL)
    find = calendar(CENTRAL)
    gap = parse_time("20260329T023000", tzid="Our Zone", zones=lookup(find)).instant(UTC)
    double = parse_time("20261025T023000", tzid="Our Zone", zones=lookup(find)).instant(UTC)
    assert (f"{gap:%H:%M}", f"{double:%H:%M}") == ("01:30", "00:30")
    summer = dt.datetime(2026, 7, 1, tzinfo=ours)
    assert (summer.tzname(), summer.dst()) == ("Summer", dt.timedelta(hours=1))
    winter = dt.datetime(2026, 1, 1, tzinfo=ours)
    assert (winter.tzname(), winter.dst()) == ("Winter", dt.timedelta())


def offset(body: str, when: dt.datetime) -> float:
    """Hours east of Greenwich."""
    found = when.replace(tzinfo=embedded(definition(body))).utcoffset()
    assert found is not None
    return found.total_seconds() / 3600


def observance(to: str, *lines: str, kind: str = "STANDARD", before: str = "+0100") -> str:
    return "\n".join((f"BEGIN:{kind}", f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{to}", *lines, f"END:{kind}"))


def test_rules_end_and_dates_are_listed() -> None:
    ended = observance(
        "+0200", "DTSTART:19700329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20100328T010000Z", kind="DAYLIGHT"
    ) + "\n" + observance(
        "+0100", "DTSTART:19701025T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU;COUNT=41", before="+0200"
    )  # fmt: skip
    assert offset(ended, dt.datetime(2010, 7, 1)) == 2
    assert offset(ended, dt.datetime(2011, 7, 1)) == 1
    listed = observance("+0300", "DTSTART:20200101T000000", "RDATE:20220101T000000,20240101T000000")
    back = observance("+0100", "DTSTART:20210101T000000", "RDATE:20230101T000000", before="+0300")
    years = [offset(f"{listed}\n{back}", dt.datetime(year, 7, 1)) for year in range(2019, 2026)]
    assert years == [1, 3, 1, 3, 1, 3, 3]


@pytest.mark.parametrize("text", ["-0330", "-03:30", "-033000"])
def test_offsets_are_read_as_clients_write_them(text: str) -> None:
    assert offset(observance(text), dt.datetime(2026, 1, 1)) == -3.5


@pytest.mark.parametrize(
    "body",
    [
        "",
        "BEGIN:STANDARD\nEND:STANDARD",
        "BEGIN:STANDARD\nTZOFFSETTO:+9900\nEND:STANDARD",
        "BEGIN:STANDARD\nTZOFFSETTO:noon\nEND:STANDARD",
        "BEGIN:VEVENT\nTZOFFSETTO:+0100\nEND:VEVENT",
    ],
)
def test_a_definition_that_defines_nothing_is_no_zone(body: str) -> None:
    assert zone("Our Zone", calendar(definition(body))) is None


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:20200101T000000", "RRULE:FREQ=SECONDLY"),
        ("DTSTART:20200101T000000", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"),
        ("DTSTART:20200101T000000", "RRULE:FREQ=OFTEN"),
        ("DTSTART:99991231T235959", "RRULE:FREQ=YEARLY"),
        ("DTSTART:00010101T000000",),
        ("DTSTART:20209999T000000",),
        ("RRULE:FREQ=YEARLY",),
        ("RDATE:" + ",".join(["20200101T000000"] * 4000),),
        ("RDATE:x,20200101T000000,99991231",),
    ],
    ids=lambda lines: lines[-1][:40],
)
@pytest.mark.parametrize("to", ["+2359", "-2359", "+0000"])
def test_a_hostile_definition_is_read_in_bounded_work_and_never_raises(lines: tuple[str, ...], to: str) -> None:
    found = embedded(definition(observance(to, *lines)))
    for year in (1, 2, 1600, 1970, 2026, 2100, 9998, 9999):
        for when in (dt.datetime(year, 1, 1), dt.datetime(year, 12, 31, 23, 59, 59)):
            assert found.utcoffset(when.replace(tzinfo=found)) is not None
            parse_time(f"{when:%Y%m%dT%H%M%S}".rjust(15, "0"), tzid="x", zones=lambda tzid: found).instant(UTC)


def test_a_huge_definition_is_not_read() -> None:
    body = "\n".join(observance("+0100", "DTSTART:20200101T000000") for _ in range(1000))
    assert zone("Our Zone", calendar(definition(body))) is None


def test_many_observances_are_cut() -> None:
    body = "\n".join(observance("+0100", f"DTSTART:{1900 + n}0101T000000") for n in range(200))
    assert offset(body, dt.datetime(2026, 1, 1)) == 1


def test_one_object_cannot_make_us_read_many_definitions() -> None:
    body = observance("+0100", "DTSTART:20200101T000000", "RRULE:FREQ=SECONDLY")
    find = lookup(calendar(*(definition(body, f"Zone {n}") for n in range(30))))
    found = [find(f"Zone {n}") for n in range(30)]
    assert [zone is not None for zone in found] == [True] * MAX_DEFINITIONS + [False] * (30 - MAX_DEFINITIONS)


def test_fifty_thousand_zones_that_nobody_defines_are_looked_for_once() -> None:
    find = lookup(calendar(*["BEGIN:VEVENT\nEND:VEVENT"] * 50_000))
    assert not any(find(f"Zone {n}") for n in range(50_000))
