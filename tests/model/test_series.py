"""What of a series falls into a window: overrides, exclusions and the overlap tables of RFC 4791 §9.9."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.contentline import parse
from sogo.errors import TooMany
from sogo.model.caltime import BEGINNING, END_OF_TIME, UTC, CalTime, Window, parse_time
from sogo.model.override import MAX_OVERRIDES
from sogo.model.recurrence import MAX_STEPS, Budget
from sogo.model.series import Series, expand, overlaps
from sogo.model.timezone import lookup

BERLIN = ZoneInfo("Europe/Berlin")
EVER = Window(BEGINNING, END_OF_TIME)


def window(start: str, end: str) -> Window:
    return Window(parse_time(start).instant(UTC), parse_time(end).instant(UTC))


NOVEMBER = window("20261101", "20261201")


def component(*lines: str, kind: str = "VEVENT") -> str:
    return "\n".join((f"BEGIN:{kind}", "UID:1", *lines, f"END:{kind}"))


def series(*components: str, zone: dt.tzinfo = BERLIN) -> Series:
    root = parse("\n".join(components))
    return Series.of(root.children, lookup(root), zone)


def found(*components: str, within: Window = NOVEMBER, limit: int = 100, zone: dt.tzinfo = BERLIN) -> list[str]:
    """Occurrences as DDThhmm-DDThhmm and the first letter of what describes them."""
    result = []
    for item in expand(series(*components, zone=zone), within, limit=limit):
        start, end = (text[6:13] for text in (str(item.start), str(item.end)))
        result.append(f"{start}-{end}{item.component.text('SUMMARY')[:1]}")
    return result


def starts(*components: str, within: Window = NOVEMBER, zone: dt.tzinfo = BERLIN) -> str:
    return " ".join(text[:2] for text in found(*components, within=within, zone=zone))


WEEKLY = (
    "SUMMARY:master",
    "DTSTART;TZID=Europe/Berlin:20010402T100000",
    "DTEND;TZID=Europe/Berlin:20010402T110000",
    "RRULE:FREQ=WEEKLY;BYDAY=MO",
)
ALL_DAY = ("DTSTART;VALUE=DATE:20261102", "RRULE:FREQ=DAILY;COUNT=5")


# --- what recurs ------------------------------------------------------------------------------------------------------


def test_an_old_series_is_found_in_a_window_of_today() -> None:
    assert found(component(*WEEKLY)) == [
        "02T1000-02T1100m", "09T1000-09T1100m", "16T1000-16T1100m", "23T1000-23T1100m", "30T1000-30T1100m",
    ]  # fmt: skip


def test_each_instance_knows_the_start_the_rules_gave_it() -> None:
    items = expand(series(component(*WEEKLY)), NOVEMBER, limit=10)
    assert [item.recurrence_id for item in items] == [item.start for item in items]
    single = expand(series(component("DTSTART:20261102T100000Z")), NOVEMBER, limit=10)
    assert [item.recurrence_id for item in single] == [None]


def test_several_rules_and_dates_give_each_moment_once() -> None:
    event = component(
        "DTSTART:20261102T100000Z",
        "RRULE:FREQ=WEEKLY;COUNT=3",
        "RRULE:FREQ=DAILY;COUNT=2",
        "RDATE:20261109T100000Z,20261105T100000Z",
        "RDATE;VALUE=DATE:20261106",
        "RDATE;TZID=Europe/Berlin:20261109T110000,20261120T110000",
    )
    assert starts(event) == "02 03 05 06 09 16 20"


def test_dates_alone_make_a_series_with_dtstart() -> None:
    items = expand(series(component("DTSTART:20261102T100000Z", "RDATE:20261105T100000Z")), NOVEMBER, limit=10)
    assert [str(item.recurrence_id) for item in items] == ["20261102T100000Z", "20261105T100000Z"]


def test_a_period_has_a_length_of_its_own() -> None:
    event = component(
        "DTSTART:20261102T100000Z", "DURATION:PT1H", "RDATE;VALUE=PERIOD:20261105T100000Z/PT3H,20261106T100000Z/20261107T100000Z"
    )  # fmt: skip
    assert found(event) == ["02T1000-02T1100", "05T1000-05T1300", "06T1000-07T1000"]
    assert found(event, within=window("20261107T090000", "20261107T091000")) == ["06T1000-07T1000"]


@pytest.mark.parametrize(
    "line",
    [
        "EXDATE;TZID=Europe/Berlin:20261109T100000",
        "EXDATE;TZID=America/New_York:20261109T040000",
        "EXDATE:20261109T090000Z",
        "EXDATE:20261109T100000",
        "EXDATE;TZID=Nobody/Knows:20261109T100000",
        "EXDATE;VALUE=DATE:20261109",
        "EXDATE:nonsense, 20261109T090000Z ,",
        "EXRULE:FREQ=MONTHLY;BYDAY=2MO",
    ],
)
def test_an_exclusion_is_understood_in_every_form_that_clients_write(line: str) -> None:
    assert starts(component(*WEEKLY, line)) == "02 16 23 30"


@pytest.mark.parametrize(
    "line",
    [
        "EXDATE;VALUE=DATE:20261104",
        "EXDATE:20261104T000000",
        "EXDATE:20261104T000000Z",
        "EXDATE:20261103T230000Z",
        "EXDATE;TZID=Europe/Berlin:20261104T000000",
    ],
)
def test_an_exclusion_of_a_day_may_come_as_a_time(line: str) -> None:
    assert starts(component(*ALL_DAY, line)) == "02 03 05 06"


def test_floating_and_utc_series_take_exclusions_too() -> None:
    daily = "RRULE:FREQ=DAILY;COUNT=3"
    assert starts(component("DTSTART:20261102T100000", daily, "EXDATE:20261103T090000Z")) == "02 04"
    assert starts(component("DTSTART:20261102T100000Z", daily, "EXDATE:20261103T100000")) == "02 04"
    assert starts(component("DTSTART:20261102T100000Z", daily, "EXDATE;TZID=Europe/Berlin:20261103T110000")) == "02 04"


def test_a_rule_that_cannot_be_read_leaves_the_event_standing() -> None:
    assert starts(component("DTSTART:20261102T100000Z", "RRULE:FREQ=DAILY;INTERVAL=0")) == "02"


# --- overrides --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "RECURRENCE-ID;TZID=Europe/Berlin:20261109T100000",
        "RECURRENCE-ID;TZID=America/New_York:20261109T040000",
        "RECURRENCE-ID:20261109T090000Z",
        "RECURRENCE-ID:20261109T100000",
        "RECURRENCE-ID;VALUE=DATE:20261109",
    ],
)
def test_an_override_takes_the_place_of_its_instance_in_whatever_zone_it_names_it(line: str) -> None:
    moved = component(line, "SUMMARY:override", "DTSTART:20261110T120000Z", "DURATION:PT30M")
    expected = ["02T1000-02T1100m", "10T1200-10T1230o", "16T1000-16T1100m", "23T1000-23T1100m", "30T1000-30T1100m"]
    assert found(component(*WEEKLY), moved) == expected
    assert found(moved, component(*WEEKLY)) == expected


def test_an_override_of_an_all_day_series_may_name_a_time() -> None:
    for name in (
        "RECURRENCE-ID:20261103T230000Z",
        "RECURRENCE-ID:20261104T000000Z",
        "RECURRENCE-ID;VALUE=DATE:20261104",
    ):
        assert starts(component(*ALL_DAY), component(name, "DTSTART;VALUE=DATE:20261120")) == "02 03 05 06 20"


def test_an_override_moves_an_instance_into_a_window_and_out_of_it() -> None:
    into = component("RECURRENCE-ID:20261214T090000Z", "SUMMARY:override", "DTSTART:20261105T090000Z")
    out = component("RECURRENCE-ID:20261109T090000Z", "DTSTART:20261209T090000Z")
    assert starts(component(*WEEKLY), into, out) == "02 05 16 23 30"
    december = window("20261214", "20261215")
    assert not overlaps(series(component(*WEEKLY), into, out), december, limit=10)


def test_of_two_overrides_for_one_instance_the_last_counts() -> None:
    first = component("RECURRENCE-ID:20261109T090000Z", "DTSTART:20261110T090000Z")
    last = component("RECURRENCE-ID:20261109T090000Z", "DTSTART:20261111T090000Z")
    assert starts(component(*WEEKLY), first, last) == "02 11 16 23 30"


def test_overrides_without_a_master_stand_for_themselves() -> None:
    orphan = component("RECURRENCE-ID:20261109T090000Z", "DTSTART:20261110T090000Z")
    items = expand(series(orphan), NOVEMBER, limit=10)
    assert [(str(item.start), str(item.recurrence_id)) for item in items] == [("20261110T090000Z", "20261109T090000Z")]


def test_this_and_future_moves_what_follows_by_its_own_clock() -> None:
    ruler = component(
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261012T100000",
        "SUMMARY:future",
        "DTSTART;TZID=Europe/Berlin:20261013T150000",
        "DTEND;TZID=Europe/Berlin:20261013T160000",
    )
    assert found(component(*WEEKLY), ruler) == [
        "03T1500-03T1600f",
        "10T1500-10T1600f",
        "17T1500-17T1600f",
        "24T1500-24T1600f",
    ]
    single = component("RECURRENCE-ID:20261109T090000Z", "SUMMARY:override", "DTSTART:20261112T090000Z")
    later = component(
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261123T090000Z", "SUMMARY:later", "DTSTART:20261122T090000Z", "DURATION:PT1H"
    )  # fmt: skip
    assert found(component(*WEEKLY), ruler, single, later) == [
        "03T1500-03T1600f", "12T0900-12T0900o", "17T1500-17T1600f", "22T0900-22T1000l", "29T0900-29T1000l",
    ]  # fmt: skip


def test_this_and_future_may_turn_times_into_days_and_back() -> None:
    to_days = component("RECURRENCE-ID;RANGE=THISANDFUTURE:20261109T090000Z", "DTSTART;VALUE=DATE:20261110")
    assert starts(component(*WEEKLY), to_days) == "02 10 17 24 01"  # 1 December begins in November, in UTC
    to_times = component("RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20261104", "DTSTART:20261104T100000Z")
    assert found(component(*ALL_DAY), to_times) == [
        "02-03", "03-04", "04T1000-04T1000", "05T1000-05T1000", "06T1000-06T1000",
    ]  # fmt: skip


# --- how long it lasts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        (("DTSTART:20261102T100000Z",), "20261102T100000Z"),
        (("DTSTART:20261102T100000Z", "DTEND:20261102T120000Z"), "20261102T120000Z"),
        (("DTSTART:20261102T100000Z", "DTEND:20261102T080000Z"), "20261102T100000Z"),
        (("DTSTART:20261102T100000Z", "DTEND:nonsense", "DURATION:PT1H"), "20261102T110000Z"),
        (("DTSTART:20261102T100000Z", "DTEND;VALUE=DATE:20261104"), "20261104T000000Z"),
        (("DTSTART:20261102T100000Z", "DURATION:-PT1H"), "20261102T100000Z"),
        (("DTSTART:20261102T100000Z", "DURATION:P1DT2H"), "20261103T120000Z"),
        (("DTSTART:20261102T100000Z", "DURATION:P1W"), "20261109T100000Z"),
        (("DTSTART:20261102T100000Z", "DURATION:P999999W"), "99991231T000000Z"),
        (("DTSTART;VALUE=DATE:20261102",), "20261103"),
        (("DTSTART;VALUE=DATE:20261102", "DTEND;VALUE=DATE:20261105"), "20261105"),
        (("DTSTART;VALUE=DATE:20261102", "DTEND;VALUE=DATE:20261102"), "20261103"),
        (("DTSTART;VALUE=DATE:20261102", "DTEND:20261103T120000Z"), "20261104"),
        (("DTSTART;VALUE=DATE:20261102", "DURATION:PT36H"), "20261104"),
        (("DTSTART;TZID=Europe/Berlin:20261024T100000", "DURATION:P1D"), "20261025T100000"),
        (("DTSTART;TZID=Europe/Berlin:20261024T100000", "DURATION:PT24H"), "20261025T090000"),
        (
            ("DTSTART;TZID=Europe/Berlin:20261102T100000", "DTEND;TZID=America/New_York:20261102T080000"),
            "20261102T080000",
        ),
    ],
)
def test_the_end_of_an_event(lines: tuple[str, ...], end: str) -> None:
    items = expand(series(component(*lines)), EVER, limit=10)
    assert [str(item.end) for item in items] == [end]


def test_an_end_gives_every_instance_the_same_exact_length() -> None:
    night = component(
        "DTSTART;TZID=Europe/Berlin:20261020T220000", "DTEND;TZID=Europe/Berlin:20261021T060000", "RRULE:FREQ=DAILY"
    )
    assert found(night, within=window("20261024T120000", "20261026T120000")) == ["24T2200-25T0500", "25T2200-26T0600"]
    days = night.replace("DTEND;TZID=Europe/Berlin:20261021T060000", "DURATION:P1D")
    assert found(days, within=window("20261025T200000", "20261025T203000")) == ["24T2200-25T2200"]


def test_an_end_in_another_zone_is_written_in_that_zone() -> None:
    flight = component(
        "DTSTART;TZID=Europe/Berlin:20261021T100000", "DTEND;TZID=America/New_York:20261021T120000", "RRULE:FREQ=WEEKLY"
    )
    assert found(flight, within=window("20261028", "20261105")) == ["28T1000-28T1300", "04T1000-04T1200"]


# --- RFC 4791 §9.9 ----------------------------------------------------------------------------------------------------

TEN, ELEVEN = "20261102T100000Z", "20261102T110000Z"


def meets(kind: str, lines: tuple[str, ...], start: str, end: str, zone: dt.tzinfo = UTC) -> bool:
    return overlaps(
        series(component(*lines, kind=kind), zone=zone), window(f"20261102T{start}", f"20261102T{end}"), limit=9
    )


@pytest.mark.parametrize(
    ("lines", "start", "end", "expected"),
    [
        ((f"DTSTART:{TEN}", f"DTEND:{ELEVEN}"), "090000", "100000", False),
        ((f"DTSTART:{TEN}", f"DTEND:{ELEVEN}"), "090000", "100001", True),
        ((f"DTSTART:{TEN}", f"DTEND:{ELEVEN}"), "105959", "120000", True),
        ((f"DTSTART:{TEN}", f"DTEND:{ELEVEN}"), "110000", "120000", False),
        ((f"DTSTART:{TEN}", "DURATION:PT1H"), "105959", "120000", True),
        ((f"DTSTART:{TEN}", "DURATION:PT1H"), "110000", "120000", False),
        ((f"DTSTART:{TEN}", "DURATION:PT0S"), "100000", "120000", True),
        ((f"DTSTART:{TEN}",), "100000", "120000", True),
        ((f"DTSTART:{TEN}",), "090000", "100000", False),
        ((f"DTSTART:{TEN}",), "100001", "120000", False),
        ((f"DTSTART:{TEN}", f"DTEND:{TEN}"), "100000", "120000", True),
        (("DTSTART;VALUE=DATE:20261102",), "235959", "235960", True),
        (("DTSTART;VALUE=DATE:20261101",), "000000", "120000", False),
        (("SUMMARY:no start at all",), "000000", "120000", True),
    ],
)
def test_when_an_event_overlaps(lines: tuple[str, ...], start: str, end: str, expected: bool) -> None:
    assert meets("VEVENT", lines, start, end) is expected


@pytest.mark.parametrize(
    ("lines", "start", "end", "expected"),
    [
        ((f"DTSTART:{TEN}", "DURATION:PT1H"), "110000", "120000", True),
        ((f"DTSTART:{TEN}", "DURATION:PT1H"), "110001", "120000", False),
        ((f"DTSTART:{TEN}", "DURATION:PT1H"), "090000", "100000", False),
        ((f"DTSTART:{TEN}", "DURATION:PT0S"), "090000", "100000", True),
        ((f"DTSTART:{TEN}", f"DUE:{ELEVEN}"), "110000", "120000", False),
        ((f"DTSTART:{TEN}", f"DUE:{ELEVEN}"), "105959", "120000", True),
        ((f"DTSTART:{TEN}", f"DUE:{TEN}"), "100000", "120000", True),
        ((f"DTSTART:{TEN}", f"DUE:{TEN}"), "090000", "100000", True),
        ((f"DTSTART:{TEN}",), "100000", "120000", True),
        ((f"DTSTART:{TEN}",), "090000", "100000", False),
        ((f"DUE:{TEN}",), "090000", "100000", True),
        ((f"DUE:{TEN}",), "100000", "120000", False),
        ((f"CREATED:{TEN}", f"COMPLETED:{ELEVEN}"), "103000", "104000", True),
        ((f"CREATED:{TEN}", f"COMPLETED:{ELEVEN}"), "110001", "120000", False),
        ((f"CREATED:{TEN}", f"COMPLETED:{ELEVEN}"), "080000", "095959", False),
        ((f"COMPLETED:{TEN}",), "090000", "100000", True),
        ((f"COMPLETED:{TEN}",), "100001", "120000", False),
        ((f"CREATED:{TEN}",), "110000", "120000", True),
        ((f"CREATED:{TEN}",), "090000", "100000", False),
        (("SUMMARY:never dated",), "090000", "100000", True),
        ((f"DUE:{TEN}", "RRULE:FREQ=HOURLY"), "140000", "150000", True),
        (("DTSTART;VALUE=DATE:20261102", "DUE;VALUE=DATE:20261103"), "230000", "235959", True),
    ],
)
def test_when_a_task_overlaps(lines: tuple[str, ...], start: str, end: str, expected: bool) -> None:
    assert meets("VTODO", lines, start, end) is expected


@pytest.mark.parametrize(
    ("lines", "start", "end", "expected"),
    [
        ((f"DTSTART:{TEN}",), "100000", "110000", True),
        ((f"DTSTART:{TEN}",), "090000", "100000", False),
        (("DTSTART;VALUE=DATE:20261102",), "230000", "235959", True),
        (("SUMMARY:no start",), "000000", "235959", False),
    ],
)
def test_when_a_journal_overlaps(lines: tuple[str, ...], start: str, end: str, expected: bool) -> None:
    assert meets("VJOURNAL", lines, start, end) is expected


def test_days_and_floating_times_are_those_of_the_reader() -> None:
    tokyo, los_angeles = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")
    day, floating = ("DTSTART;VALUE=DATE:20261102",), ("DTSTART:20261102T230000",)
    assert meets("VEVENT", day, "000000", "010000", tokyo)
    assert not meets("VEVENT", day, "150000", "160000", tokyo)
    assert not meets("VEVENT", day, "000000", "010000", los_angeles)
    assert meets("VEVENT", floating, "140000", "140001", tokyo)
    assert meets("VEVENT", floating, "223000", "230000", BERLIN) is False


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_overlaps_says_what_expand_finds(data: st.DataObject) -> None:
    start = data.draw(
        st.sampled_from([f"DTSTART:{TEN}", "DTSTART;VALUE=DATE:20261102", "DTSTART;TZID=Europe/Berlin:20261024T023000"])
    )
    rule = data.draw(
        st.sampled_from(["FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=MO,SU", "FREQ=MONTHLY", "FREQ=DAILY;COUNT=4"])
    )
    length = data.draw(st.sampled_from(["PT0S", "PT5H", "P1D", "P4DT1H"]))
    extra = data.draw(st.sampled_from(["X-A:", "EXDATE;VALUE=DATE:20261105", "RDATE:20261107T101500Z"]))
    begin = dt.datetime(2026, 10, 20, tzinfo=UTC) + dt.timedelta(minutes=data.draw(st.integers(0, 60_000)))
    within = Window(begin, begin + dt.timedelta(minutes=data.draw(st.integers(1, 3000))))
    item = series(component(start, f"RRULE:{rule}", f"DURATION:{length}", extra))
    inside = expand(item, within, limit=1000)
    assert overlaps(item, within, limit=1000) is bool(inside)
    everywhere = expand(
        item, Window(dt.datetime(2026, 10, 1, tzinfo=UTC), dt.datetime(2027, 3, 1, tzinfo=UTC)), limit=1000
    )
    for occurrence in everywhere:
        first, last = occurrence.start.instant(BERLIN), occurrence.end.instant(BERLIN)
        meets = within.start <= first < within.end if last == first else within.start < last and within.end > first
        assert (occurrence in inside) is meets


# --- bounds -----------------------------------------------------------------------------------------------------------


def test_more_occurrences_than_the_limit_are_refused_and_overlap() -> None:
    hourly = component("DTSTART:20200101T000000Z", "RRULE:FREQ=HOURLY")
    with pytest.raises(TooMany):
        found(hourly, limit=10)
    assert overlaps(series(hourly), NOVEMBER, limit=1)


def test_a_hundred_thousand_exclusions_are_one_set() -> None:
    days = (dt.datetime(1900, 1, 1, 10) + dt.timedelta(days=n) for n in range(100_000))
    excluded = ",".join(f"{day:%Y%m%dT%H%M%S}" for day in days if day != dt.datetime(2026, 11, 7, 10))
    daily = component(
        "DTSTART;TZID=Europe/Berlin:20200101T100000", "RRULE:FREQ=DAILY", f"EXDATE;TZID=Europe/Berlin:{excluded}"
    )
    assert starts(daily) == "07"


def test_exclusions_that_must_be_understood_one_by_one_are_bounded() -> None:
    values = ",".join(["20261103T120000Z"] * 100_000)
    assert starts(component(*ALL_DAY, f"EXDATE:{values}")) == "02 04 05 06"
    foreign = component(*WEEKLY, *["EXDATE;TZID=America/New_York:20261109T040000"] * 20_000)
    assert starts(foreign) == "02 16 23 30"


def test_a_series_of_very_many_overrides_is_not_read() -> None:
    item = series(component(*WEEKLY), *[component("RECURRENCE-ID:20261109T090000Z")] * (MAX_OVERRIDES + 1))
    assert overlaps(item, NOVEMBER, limit=10)
    with pytest.raises(TooMany):
        expand(item, NOVEMBER, limit=10)


def test_many_rules_of_one_series_cost_no_more_than_one() -> None:
    nothing = ["RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"] * 10 + ["EXRULE:FREQ=SECONDLY"] * 10
    budget = Budget(10 * MAX_STEPS)
    assert overlaps(series(component("DTSTART:20200101T000000Z", *nothing)), EVER, limit=500, budget=budget)
    assert budget.steps > 8 * MAX_STEPS


def test_series_share_a_budget_and_count_as_overlapping_when_it_is_spent() -> None:
    never = series(component("DTSTART:20200101T000000Z", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"))
    budget = Budget(100)
    assert not overlaps(never, NOVEMBER, limit=10, budget=budget)
    assert overlaps(never, window("20300101", "29991231"), limit=10, budget=budget)
    assert overlaps(never, NOVEMBER, limit=10, budget=budget)
    with pytest.raises(TooMany):
        expand(never, NOVEMBER, limit=10, budget=budget)


@pytest.mark.parametrize(
    "lines",
    [
        ("RDATE:" + ",".join(["20261102T100000Z"] * 20_000),),
        ("RRULE:FREQ=DAILY\n" * 50,),
        ("EXRULE:FREQ=SECONDLY", "RRULE:FREQ=SECONDLY"),
        ("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "EXDATE:20200101T000000Z"),
        ("RRULE:FREQ=SECONDLY;COUNT=1000000000", "EXDATE;VALUE=DATE:20261101,20261102,20261103"),
        ("RRULE:FREQ=DAILY", "DURATION:P999999W"),
        ("RRULE:FREQ=YEARLY;UNTIL=00010101", "DTEND:99991231T235959Z"),
        ("RDATE;VALUE=PERIOD:20261102T100000Z/P999999W,x/y,20261102T100000Z/,/PT1H",),
        ("RECURRENCE-ID;RANGE=THISANDFUTURE:99991231T235959Z",),
        ("RECURRENCE-ID;RANGE=THISANDFUTURE:00010101T000000Z", "RRULE:FREQ=SECONDLY"),
    ],
    ids=lambda lines: lines[0][:40],
)
@pytest.mark.parametrize("start", ["20200101T000000Z", "00010101", "99991231T235959", "-20200101", ""])
@pytest.mark.parametrize("within", [NOVEMBER, EVER], ids=["a month", "all time"])
def test_hostile_series_are_judged_with_bounded_work(lines: tuple[str, ...], start: str, within: Window) -> None:
    item = series(component(f"DTSTART:{start}", *lines), component(*WEEKLY))
    assert overlaps(item, within, limit=500) in (True, False)
    try:
        occurrences = expand(item, within, limit=500)
    except TooMany:
        return
    assert len(occurrences) <= 500


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE", "RECURRENCE-ID", "CREATED", "COMPLETED"]
            ),
            st.sampled_from(["", ";VALUE=DATE", ";TZID=Europe/Berlin", ";TZID=Our Zone", ";RANGE=THISANDFUTURE"]),
            st.sampled_from(
                ["20261102", "20261102T100000Z", "20261102T100000", "PT1H", "-P1D", "FREQ=DAILY", "FREQ=WEEKLY;COUNT=2", "x", ""]
            )
            | st.text(max_size=5),
        ),
        max_size=6,
    ),
    st.sampled_from(["VEVENT", "VTODO", "VJOURNAL"]),
)  # fmt: skip
def test_no_mixture_of_lines_raises(lines: list[tuple[str, str, str]], kind: str) -> None:
    texts = [f"{name}{params}:{value}" for name, params, value in lines]
    item = series(component(*texts, kind=kind), component(*texts[:3], kind=kind), component(*WEEKLY))
    expand(item, NOVEMBER, limit=5000)
    overlaps(item, NOVEMBER, limit=5000)


# --- a second opinion -------------------------------------------------------------------------------------------------

ZONED = "DTSTART;TZID=Europe/Berlin:20261005T100000"
PEERS = {
    "weekly": [(ZONED, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO,TH")],
    "excluded": [(ZONED, "DURATION:PT1H", "RRULE:FREQ=WEEKLY", "EXDATE;TZID=Europe/Berlin:20261109T100000")],
    "dates": [(ZONED, "DURATION:PT1H", "RDATE;TZID=Europe/Berlin:20261103T100000,20261105T120000")],
    "all day": [("DTSTART;VALUE=DATE:20261005", "DTEND;VALUE=DATE:20261007", "RRULE:FREQ=DAILY;INTERVAL=4;UNTIL=20261120")],
    "last friday": [("DTSTART:20260130T100000Z", "DURATION:PT2H", "RRULE:FREQ=MONTHLY;BYDAY=-1FR")],
    "moved": [
        (ZONED, "DURATION:PT1H", "RRULE:FREQ=WEEKLY"),
        ("RECURRENCE-ID;TZID=Europe/Berlin:20261109T100000", "DTSTART;TZID=Europe/Berlin:20261111T160000", "DURATION:PT2H"),
    ],
    "moved in": [
        (ZONED, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=10"),
        ("RECURRENCE-ID;TZID=Europe/Berlin:20261207T100000", "DTSTART;TZID=Europe/Berlin:20261107T100000", "DURATION:PT2H"),
    ],
    "night": [("DTSTART;TZID=Europe/Berlin:20261030T220000", "DURATION:PT8H", "RRULE:FREQ=DAILY;COUNT=4")],
}  # fmt: skip


@pytest.mark.parametrize("name", PEERS)
def test_recurring_ical_events_agrees(name: str) -> None:
    events = [component("DTSTAMP:20260101T000000Z", *lines) for lines in PEERS[name]]
    calendar = icalendar.Calendar.from_ical(
        "\r\n".join(["BEGIN:VCALENDAR", *events, "END:VCALENDAR"]).replace("\n", "\r\n")
    )
    between = recurring_ical_events.of(calendar).between(
        NOVEMBER.start.astimezone(BERLIN), NOVEMBER.end.astimezone(BERLIN)
    )
    theirs = sorted((event.start, event.end) for event in between)
    ours = expand(series(*events), NOVEMBER, limit=100)
    assert [(_value(item.start), _value(item.end)) for item in ours] == theirs


def _value(time: CalTime) -> dt.date:
    return time.local.date() if time.is_date else time.local.replace(tzinfo=time.zone or UTC)
