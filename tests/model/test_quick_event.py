"""The quick rows of events, tasks and journals, against rows that SOGo 5 wrote (tests/vectors/quick), store.md §7."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.contentline import Component, Known, parse
from sogo.errors import InvalidData
from sogo.model.calendar_object import PutSettings, amend, check
from sogo.model.quick_event import quick_row, quick_rows
from sogo.model.quick_value import FOREVER, INT_MAX, INT_MIN
from tests.model.quick_vectors import ZONE, Row, Vector, differences, load, names, top

VECTORS = load(".ics")
NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
SETTINGS = PutSettings(zone=ZONE, zone_name="Europe/Paris", now=NOW, new_uid=lambda: "new")

OURS: dict[str, Row] = {
    # Zones the original reads as UTC, since it looks for a VTIMEZONE of that very name only.
    "004-timed-alias-zone": {"c_startdate": 1717423200, "c_enddate": 1717426800},
    "006-timed-windows-zone-without-vtimezone": {"c_startdate": 1717401600, "c_enddate": 1717405200},
    "009-timed-path-zone": {"c_startdate": 1717401600, "c_enddate": 1717405200},
    "011-two-zones": {"c_enddate": 1799676000},
    # 03:30 on the days the clock changes: the original is an hour off.
    "012-dst-gap": {"c_enddate": 1806197400},
    "013-dst-overlap": {"c_enddate": 1824949800},
    # Out of four bytes: the original wraps round or writes the smallest number, so that 2045 comes before 1902.
    "031-after-2038": {"c_startdate": INT_MAX, "c_enddate": INT_MAX},
    "126-sequence-huge": {"c_sequence": INT_MAX},
    # c_cycleenddate before the last occurrence would hide it: an UNTIL that is a date counts to the end of that day,
    # months without a 31st and years without 29 February are skipped (RFC 5545 §3.3.10), the longer of two rules
    # counts, the first occurrence always counts, and a rule nobody can read may go on for ever.
    "037-weekly-until-date": {"c_cycleenddate": 1720047599},
    "043-monthly-31st": {"c_cycleenddate": 1717146000},
    "049-yearly-29-february": {"c_cycleenddate": 1961661600},
    "057-two-rules": {"c_cycleenddate": 1718614800},
    "080-bad-rule": {"c_cycleenddate": FOREVER},
    "081-rule-without-freq": {"c_cycleenddate": FOREVER},
    "086-until-before-start": {"c_cycleenddate": 1717405200},
    # A COUNT ends by the clock on the wall; the original counts on in the offset of the start, and with the end of
    # summer time loses the last hour.
    "201-daily-count-into-summer-time": {"c_cycleenddate": 1806314400},
    "202-weekly-count-out-of-summer-time": {"c_cycleenddate": 1825758000},
    # Frequencies and parts the original does not evaluate.
    "052-hourly": {"c_cycleenddate": 1717491600},
    "053-minutely": {"c_cycleenddate": 1717410000},
    "054-secondly": {"c_cycleenddate": 1717405204},
    "083-byday-negative-weekly": {"c_cycleenddate": 1778490000},
    "084-yearly-byyearday": {"c_cycleenddate": 1744275600},
    "085-daily-byhour": {"c_cycleenddate": 1717513200},
    # The original breaks EXRULE when it stores it (FREQ=WEEKLY\;BYDAY=WE); we read what was meant.
    "068-exrule": {"c_cycleinfo": '{exRules = ("FREQ=WEEKLY;BYDAY=WE"); rules = ("FREQ=DAILY;COUNT=9"); }'},
    # The master describes a series, wherever in the text it stands; the original took the first component.
    "076-exception-before-master-in-text": {
        "c_title": "Meeting",
        "c_startdate": 1717401600,
        "c_enddate": 1717405200,
        "c_cycleenddate": 1719219600,
        "c_cycleinfo": '{rules = ("FREQ=WEEKLY;COUNT=4"); }',
    },
    # A trigger that is a time without saying VALUE=DATE-TIME, and one that is nothing: the original rings at the start.
    "139-alarm-absolute-without-value": {"c_nextalarm": 1799604000},
    "149-alarm-bad-trigger": {"c_nextalarm": 0},
    # The alarm of a day counts from midnight where the owner is; the original does so for series, but not for others.
    "150-alarm-allday": {"c_nextalarm": 1799621100},
    "151-alarm-allday-related-end": {"c_nextalarm": 1799707500},
}
"""Where our row for the text as stored differs on purpose, and why."""

OURS_AS_SENT: dict[str, Row] = {
    **OURS,
    # An event without end is stored as sent: no time at all (RFC 5545 §3.6.1), where the original adds an hour.
    "025-no-end": {"c_enddate": 1799658000},
    # We do not write PARTSTAT=NEEDS-ACTION into the client's text.
    "089-attendees-odd-states": {"c_partstates": "7\n-1\n4\n3\n8"},
    "091-organizer-without-scheme": {"c_partstates": "-1"},
    "092-organizer-urn": {"c_partstates": "-1\n-1"},
    # An object without UID gets one.
    "128-no-uid": {"c_uid": "new"},
}
"""Where our row for the text as sent, checked and amended, differs from the row the original wrote for it."""

NOT_STORED = {
    "102-long-category": "longer than its column: a database error of the original",
    "148-alarm-without-trigger": "an exception in the original",
    "196-task-long-location": "longer than its column",
    "197-task-long-title": "longer than its column",
    "200-journal": "the original takes no journals",
}
"""Objects the original has no row for; here they have one."""

REFUSED = {"080-bad-rule", "081-rule-without-freq", "082-count-zero"}
"""Objects a PUT does not get past us: rules that cannot be read."""

LOST = {"099-long-location-emoji"}
"""The original stored the text "(null)": the object was lost, though its row is there."""


def row(text: str, *, zone: str = "Europe/Paris", now: dt.datetime = NOW) -> Row:
    return quick_row(top(text), default_zone=ZoneInfo(zone), now=now)


def event(*lines: str, kind: str = "VEVENT") -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", f"BEGIN:{kind}", *lines, f"END:{kind}", "END:VCALENDAR"])


WITH_ROW = [vector for vector in VECTORS if vector.row is not None]


@pytest.mark.parametrize("vector", WITH_ROW, ids=names(WITH_ROW))
def test_the_row_of_a_stored_object_is_the_one_the_original_wrote(vector: Vector) -> None:
    assert vector.row is not None
    assert vector.stored is not None
    if vector.name in LOST:
        assert vector.stored == "(null)"
        return
    ours = quick_row(top(vector.stored), default_zone=ZONE, now=vector.recorded)
    assert differences(ours, vector.row) == OURS.get(vector.name, {})


ACCEPTED = [vector for vector in WITH_ROW if vector.name not in REFUSED]


@pytest.mark.parametrize("vector", ACCEPTED, ids=names(ACCEPTED))
def test_the_row_of_a_sent_object_is_the_one_the_original_wrote(vector: Vector) -> None:
    assert vector.row is not None
    amended = amend(check(vector.sent), settings=SETTINGS)
    ours = quick_row(amended.calendar, default_zone=ZONE, now=vector.recorded)
    assert differences(ours, vector.row) == OURS_AS_SENT.get(vector.name, {})


def test_what_the_original_could_not_store_has_a_row_here() -> None:
    assert {vector.name for vector in VECTORS if vector.row is None} == set(NOT_STORED)
    for vector in VECTORS:
        if vector.name in NOT_STORED:
            ours = quick_row(amend(check(vector.sent), settings=SETTINGS).calendar, default_zone=ZONE, now=NOW)
            assert str(ours["c_uid"]).startswith("quick-")
            assert len(str(ours["c_category"])) <= 255
            assert len(str(ours["c_location"])) <= 255
            assert len(str(ours["c_title"])) <= 1000


def test_there_are_vectors_enough() -> None:
    assert len(VECTORS) >= 60


# --- the known answers of store.md §18 --------------------------------------------------------------------------------

PARIS_10H = ("UID:u", "DTSTART;TZID=Europe/Paris:20240603T100000", "DTEND;TZID=Europe/Paris:20240603T110000")
DAY = ("UID:u", "DTSTART;VALUE=DATE:20240603", "DTEND;VALUE=DATE:20240604")


def test_a_timed_event() -> None:
    ours = row(event(*PARIS_10H))
    assert (ours["c_startdate"], ours["c_enddate"], ours["c_isallday"]) == (1717401600, 1717405200, 0)


@pytest.mark.parametrize("tzid", ["", ";TZID=Europe/Paris"])
@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Pacific/Auckland"])
def test_a_whole_day_is_a_day_of_utc_wherever_the_owner_is(tzid: str, zone: str) -> None:
    text = event("UID:u", f"DTSTART{tzid};VALUE=DATE:20240603", f"DTEND{tzid};VALUE=DATE:20240604")
    ours = row(text, zone=zone)
    assert (ours["c_startdate"], ours["c_enddate"], ours["c_isallday"]) == (1717372800, 1717459199, 1)


def test_a_day_without_end_lasts_its_day() -> None:
    """The sheet has 1717372799 for text that other programs put into the table: an end before the start, which range
    queries do not find. The original itself adds a DURATION on PUT and then writes the value below."""
    assert row(event(*DAY[:2]))["c_enddate"] == 1717459199


@pytest.mark.parametrize(
    ("lines", "rule", "end"),
    [
        (PARIS_10H, "RRULE:FREQ=DAILY;COUNT=5", 1717750800),
        (DAY, "RRULE:FREQ=DAILY;COUNT=3", 1717632000),
        (PARIS_10H, "RRULE:FREQ=WEEKLY;UNTIL=20240703T235959Z", 1720054799),
        (PARIS_10H, "RRULE:FREQ=WEEKLY", 2147483647),
    ],
)
def test_a_series_ends_when_its_last_occurrence_may_end(lines: tuple[str, ...], rule: str, end: int) -> None:
    assert row(event(*lines, rule))["c_cycleenddate"] == end


def test_states_of_attendees() -> None:
    states = [";PARTSTAT=X-FOO", "", ";PARTSTAT=DELEGATED", ";PARTSTAT=tentative", ";PARTSTAT=BAR"]
    ours = row(event(*PARIS_10H, *(f"ATTENDEE{state}:mailto:a@x.test" for state in states)))
    assert ours["c_partstates"] == "7\n-1\n4\n3\n8"
    assert ours["c_participants"] == "\n\n\n\n"


def test_the_alarm_of_a_single_event_is_kept_when_past() -> None:
    alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "END:VALARM")
    assert row(event("UID:u", "DTSTART:20240603T100000Z", *alarm))["c_nextalarm"] == 1717407900


@pytest.mark.parametrize(
    ("lines", "info"),
    [
        (
            ["RRULE:FREQ=WEEKLY;UNTIL=20240701T100000Z;BYDAY=MO"],
            '{rules = ("FREQ=WEEKLY;UNTIL=20240701T100000Z;BYDAY=MO"); }',
        ),
        (
            ["RRULE:byday=MO;freq=WEEKLY", "EXDATE;TZID=Europe/Paris:20240617T100000,20240618T100000"],
            '{exDates = (20240617T080000Z, 20240618T080000Z); rules = ("FREQ=WEEKLY;BYDAY=MO"); }',
        ),
        (
            ["RDATE:20240610T100000Z,20240612T100000Z"],
            '{rDates = ("2024-06-10 10:00:00 +0000", "2024-06-12 10:00:00 +0000"); }',
        ),
        (['RRULE:FREQ=Ü"\\\\😀'], '{rules = ("FREQ=\\U00dc\\"\\\\\\Ud83d\\Ude00"); }'),
        (["RRULE:nonsense"], "{rules = (nonsense); }"),
    ],
)
def test_the_recurrence_as_a_property_list(lines: list[str], info: str) -> None:
    assert row(event(*PARIS_10H, *lines))["c_cycleinfo"] == info


# --- beyond the original ----------------------------------------------------------------------------------------------


def test_a_journal_has_a_row() -> None:
    ours = row(event("UID:j", "DTSTART;VALUE=DATE:20240603", "SUMMARY:x", kind="VJOURNAL"))
    assert (ours["c_component"], ours["c_startdate"], ours["c_enddate"]) == ("vjournal", 1717372800, 1717459199)
    undated = row(event("UID:j", kind="VJOURNAL"))
    assert (undated["c_startdate"], undated["c_enddate"]) == (None, None)


def test_nothing_to_index_is_refused() -> None:
    with pytest.raises(InvalidData):
        row("BEGIN:VCALENDAR\r\nBEGIN:VFREEBUSY\r\nEND:VFREEBUSY\r\nEND:VCALENDAR")


def test_an_until_in_local_time_never_ends_before_its_last_occurrence() -> None:
    ours = row(
        event(
            "UID:u",
            "DTSTART;TZID=America/New_York:20240603T200000",
            "DURATION:PT1H",
            "RRULE:FREQ=DAILY;UNTIL=20240610T200000",
        )
    )
    assert ours["c_cycleenddate"] == int(dt.datetime(2024, 6, 11, 1, tzinfo=dt.UTC).timestamp())


def test_every_row_has_the_columns_of_the_table_and_no_others() -> None:
    columns = set(WITH_ROW[0].row or {})
    for kind in ("VEVENT", "VTODO", "VJOURNAL"):
        assert set(row(event(kind=kind))) == columns


# --- what nobody should send ------------------------------------------------------------------------------------------

WIDTHS = {"c_uid": 255, "c_title": 1000, "c_location": 255, "c_orgmail": 255, "c_category": 255, "c_component": 10}


def fits(ours: Row) -> bool:
    """Whether any of the databases takes the row."""
    for column, value in ours.items():
        if isinstance(value, int):
            assert INT_MIN <= value <= INT_MAX
        elif value is not None:
            assert "\0" not in value
            assert len(value) <= WIDTHS.get(column, 65_535)
            assert len(value.encode()) <= 65_535
    return True


def test_ten_megabytes_of_description_are_cut() -> None:
    ours = row(event(*PARIS_10H, "DESCRIPTION:" + "ä" * 5_000_000))
    assert fits(ours)
    assert len(str(ours["c_description"])) == 32_767


def test_a_hundred_thousand_attendees_leave_columns_of_equal_length() -> None:
    people = [f"ATTENDEE;CN=Person {i};PARTSTAT=ACCEPTED:mailto:person{i}@example.org" for i in range(100_000)]
    ours = row(event(*PARIS_10H, *people))
    assert fits(ours)
    lengths = {str(ours[column]).count("\n") for column in ("c_participants", "c_partmails", "c_partstates")}
    assert len(lengths) == 1


def test_a_line_end_in_a_name_does_not_shift_the_columns() -> None:
    ours = row(event(*PARIS_10H, "ATTENDEE;CN=A^nB:mailto:a@x.test", "ATTENDEE;CN=C:mailto:c@x.test"))
    assert ours["c_participants"] == "A B\nC"


def test_too_many_dates_leave_a_property_list_that_can_be_read() -> None:
    start = dt.datetime(2024, 1, 1)
    dates = ",".join(f"{start + dt.timedelta(hours=hour):%Y%m%dT%H%M%SZ}" for hour in range(8_000))
    ours = row(event(*PARIS_10H, "RRULE:FREQ=DAILY", f"EXDATE:{dates}", f"RDATE:{dates}"))
    assert fits(ours)
    shape = r'\{(exDates = \((\w+(, )?)+\); )?rDates = \(("[^"]*"(, )?)+\); rules = \("FREQ=DAILY"\); \}'
    assert re.fullmatch(shape, str(ours["c_cycleinfo"]))


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:00010101T000000Z", "DTEND:99991231T235959Z"),
        ("DTSTART:99991231T235959", "DURATION:P9999999D"),
        ("DTSTART;TZID=Pacific/Auckland:00010101T000000", "RRULE:FREQ=YEARLY;COUNT=5000"),
        ("DTSTART;VALUE=DATE:99991231", "RRULE:FREQ=DAILY;COUNT=2"),
        ("DTSTART:99991231T230000Z", "RRULE:FREQ=DAILY;UNTIL=99991231T235959Z", "DURATION:P1D"),
        ("DTSTART:20240603T100000Z", "DURATION:-P1W"),
        ("DTSTART:00000101T000000Z",),
        ("DTSTART:20240231",),
        ("DTSTART:", "DTEND:", "RRULE:", "EXDATE:", "RDATE:", "PRIORITY:", "ATTENDEE:", "ORGANIZER:", "CLASS:"),
        ("DTSTART:20240603T100000Z", "RRULE:FREQ=SECONDLY;COUNT=999999999999"),
        ("DTSTART:20240229T100000Z", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31;COUNT=3"),
        ("DTSTART;TZID=No/Where:20240603T100000", "RRULE:FREQ=DAILY;COUNT=2"),
        ("PRIORITY:99999999999999999999999999", "SEQUENCE:-99999999999999999999999"),
        ("SUMMARY:a\0b", "LOCATION:\0", "DESCRIPTION:\0", "UID:\0", "CATEGORIES:\0"),
    ],
)
@pytest.mark.parametrize("alarm", ["-PT15M", "P9999999D", "99991231T235959Z", "00010101T000000Z", "soon"])
@pytest.mark.parametrize("kind", ["VEVENT", "VTODO", "VJOURNAL"])
def test_times_out_of_reach_still_give_a_row(lines: tuple[str, ...], alarm: str, kind: str) -> None:
    alarm_lines = ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:{alarm}", "END:VALARM")
    assert fits(row(event(*lines, *alarm_lines, kind=kind)))


def test_a_series_of_many_rules_counts_as_endless() -> None:
    rules = (f"RRULE:FREQ=YEARLY;COUNT={4_000 + i};BYMONTHDAY=31;BYMONTH=1" for i in range(5_000))
    assert row(event(*PARIS_10H, *rules))["c_cycleenddate"] == FOREVER


def test_an_alarm_of_every_second_costs_no_more_than_a_bound() -> None:
    alarm = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-P30D", "END:VALARM")
    assert fits(row(event("UID:u", "DTSTART:20240603T100000Z", "RRULE:FREQ=SECONDLY", *alarm)))


VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["20240603T100000Z", "20240603", "FREQ=DAILY;COUNT=3", "-PT15M", "mailto:a@x.test", "99991231"]),
)
TIMES = ("DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "EXDATE", "RDATE", "RECURRENCE-ID")
NAMES = st.sampled_from([*TIMES, "STATUS", "PRIORITY", "ATTENDEE", "ORGANIZER"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(NAMES, VALUES), max_size=6), st.sampled_from(["VEVENT", "VTODO", "VJOURNAL"]))
def test_any_lines_give_a_row(lines: list[tuple[str, str]], kind: str) -> None:
    text = event(*(f"{name}:{value}" for name, value in lines), kind=kind)
    calendar = next(child for child in parse(text).children if isinstance(child, Component))
    assert fits(quick_row(calendar, default_zone=ZONE, now=NOW))


def test_rows_made_together_are_those_made_alone() -> None:
    """A meeting's copies share lines, or are one object for several owners; others come between."""
    people = "".join(
        f"ATTENDEE;CN=P{n};PARTSTAT={state}:mailto:p{n}@example.org\r\n" for n, state in ((1, "ACCEPTED"), (2, ""))
    )
    text = (
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260601T100000\r\nDTEND:20260601T110000\r\n"
        f"{{}}ORGANIZER:mailto:o@example.org\r\n{people}BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    known = Known()
    more = ("", "SUMMARY:a\r\n", "ATTENDEE:mailto:p3@example.org\r\n", "ORGANIZER:mailto:other@example.org\r\n", "")
    calendars = [parse(text.format(one), known=known).children[0] for one in more]
    now = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    asked = [(calendar, zone) for calendar in calendars for zone in (ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo"))]
    rows = quick_rows([*asked, None, asked[0]], now=now)
    alone = [quick_row(calendar, default_zone=zone, now=now) for calendar, zone in asked]
    assert rows == [*alone, {}, alone[0]]
    assert len({tuple(row.values()) for row in alone}) == 8
