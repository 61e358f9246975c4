"""What rules generate: the examples of RFC 5545 §3.8.5.3, dateutil as a second opinion, and rules made to hurt."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.errors import InvalidData, TooMany
from sogo.model.caltime import BEGINNING, END_OF_TIME, UTC, CalTime, Kind, Window, parse_time
from sogo.model.recurrence import MAX_STEPS, Rule, nth, occurrences

NEW_YORK = ZoneInfo("America/New_York")
BERLIN = ZoneInfo("Europe/Berlin")
EVER = Window(BEGINNING, END_OF_TIME)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def window(start: str, end: str) -> Window:
    return Window(parse_time(start).instant(UTC), parse_time(end).instant(UTC))


def starts(
    rule: str,
    start: str,
    *,
    zone: dt.tzinfo = NEW_YORK,
    within: Window = EVER,
    first: int | None = 12,
    limit: int = 5000,
) -> list[str]:
    """The first instances as text."""
    found = occurrences(Rule.parse(rule), parse_time(start), window=within, default_zone=zone, limit=limit)
    return [str(time) for time in islice(found, first)]


def days(rule: str, start: str, first: int = 12) -> str:
    """The first instances as MMDD."""
    return " ".join(text[4:8] for text in starts(rule, start, first=first))


# --- the examples of RFC 5545 §3.8.5.3, from 2 September 1997 ---------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=DAILY;COUNT=4", "0902 0903 0904 0905"),
        ("FREQ=DAILY;INTERVAL=10;COUNT=5", "0902 0912 0922 1002 1012"),
        ("FREQ=WEEKLY;INTERVAL=2;WKST=SU", "0902 0916 0930 1014 1028 1111 1125 1209 1223 0106 0120 0203"),
        ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "0902 0904 0909 0911 0916 0918 0923 0925 0930 1002"),
        ("FREQ=MONTHLY;COUNT=4;BYDAY=1FR", "0902 0905 1003 1107"),
        ("FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU", "0902 0907 0928 1102 1130 0104"),
        ("FREQ=MONTHLY;COUNT=4;BYDAY=-2MO", "0902 0922 1020 1117"),
        ("FREQ=MONTHLY;BYMONTHDAY=-3", "0902 0928 1029 1128 1229 0129 0226 0329 0428 0529 0628 0729"),
        ("FREQ=MONTHLY;COUNT=5;BYMONTHDAY=2,15", "0902 0915 1002 1015 1102"),
        ("FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1", "0902 0930 1001 1031"),
        ("FREQ=MONTHLY;COUNT=4;BYDAY=FR;BYMONTHDAY=13", "0902 0213 0313 1113"),
        ("FREQ=MONTHLY;COUNT=4;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13", "0902 0913 1011 1108"),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "0902 0904 1007"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=4", "0902 0929 1030 1127"),
        ("FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "0902 0602 0702 0602"),
        ("FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200", "0902 0101 0409 0718"),
        ("FREQ=YEARLY;COUNT=4;BYDAY=20MO", "0902 0518 0517 0515"),
        ("FREQ=YEARLY;COUNT=4;BYWEEKNO=20;BYDAY=MO", "0902 0511 0517 0515"),
        ("FREQ=YEARLY;COUNT=3;BYMONTH=3;BYDAY=TH", "0902 0305 0312"),
        ("FREQ=YEARLY;INTERVAL=4;COUNT=2;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8", "0902 1104"),
    ],
)
def test_the_examples_of_the_rfc(rule: str, expected: str) -> None:
    assert days(rule, "19970902T090000") == expected


def test_the_begin_of_the_week_matters() -> None:
    assert days("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "19970805T090000") == "0805 0810 0819 0824"
    assert days("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "19970805T090000") == "0805 0817 0819 0831"


def test_invalid_dates_are_skipped() -> None:
    assert days("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "20070115T090000") == "0115 0130 0215 0315 0330"
    assert days("FREQ=YEARLY", "20240229T090000", 3) == "0229 0229 0229"
    assert starts("FREQ=YEARLY", "20240229T090000", first=2)[1] == "20280229T090000"


def test_times_of_a_day_expand() -> None:
    rule = "FREQ=DAILY;BYHOUR=9,10;BYMINUTE=0,20,40"
    assert [text[9:13] for text in starts(rule, "19970902T090000", first=7)] == [
        "0900", "0920", "0940", "1000", "1020", "1040", "0900",
    ]  # fmt: skip
    assert starts("FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10", "19970902T090000", first=7) == starts(
        rule, "19970902T090000", first=7
    )


def test_a_week_number_without_a_weekday_means_that_of_dtstart() -> None:
    assert days("FREQ=YEARLY;BYWEEKNO=20", "19970512T090000", 3) == "0512 0511 0517"


@pytest.mark.parametrize("number", [1, 2, 51, 52, 53, -1, -2, -52, -53])
def test_weeks_are_those_of_the_calendar(number: int) -> None:
    """dateutil is no help here: it counts the first days of 2011 to a week 53."""
    rule = f"FREQ=YEARLY;BYWEEKNO={number};BYDAY=MO,TU,WE,TH,FR,SA,SU"
    found = starts(rule, "19991231", within=window("20000101", "20300101"), first=None, zone=UTC)
    expected = []
    for n in range(dt.date(2000, 1, 1).toordinal(), dt.date(2030, 1, 1).toordinal()):
        year, week, _ = dt.date.fromordinal(n).isocalendar()
        weeks = dt.date(year, 12, 28).isocalendar().week
        if number in (week, week - weeks - 1):
            expected.append(f"{dt.date.fromordinal(n):%Y%m%d}")
    assert found == expected


# --- start, end and count ---------------------------------------------------------------------------------------------


def test_dtstart_is_always_the_first_and_counts() -> None:
    assert days("FREQ=WEEKLY;BYDAY=FR;COUNT=3", "20261124T100000") == "1124 1127 1204"


def test_an_exrule_excludes_dtstart_only_where_it_names_it() -> None:
    rule = Rule.parse("FREQ=WEEKLY;BYDAY=FR;COUNT=3")
    found = occurrences(rule, parse_time("20261124T100000"), window=EVER, default_zone=UTC, limit=9, start_counts=False)
    assert [f"{time.local:%m%d}" for time in found] == ["1127", "1204", "1211"]


@pytest.mark.parametrize(
    ("start", "until", "last"),
    [
        ("20261124T100000", "20261126T100000", "20261126T100000"),
        ("20261124T100000", "20261126T095959", "20261125T100000"),
        ("20261124T100000", "20261126", "20261126T100000"),
        ("20261124T100000", "20261126T150000Z", "20261126T100000"),
        ("20261124T100000", "20261126T145959Z", "20261125T100000"),
        ("20261124", "20261126", "20261126"),
        ("20261124", "20261126T000000Z", "20261126"),
        ("20261124", "20261126T045959Z", "20261125"),
        ("20261124", "20261126T120000", "20261126"),
        ("20261124T100000", "20200101T000000Z", "20261124T100000"),
        ("99991228T100000", "99991231T235959Z", "99991229T100000"),
    ],
)
def test_until_is_inclusive_in_whatever_form_it_comes(start: str, until: str, last: str) -> None:
    assert starts(f"FREQ=DAILY;UNTIL={until}", start, first=None)[-1] == last


def test_a_window_deep_in_a_series_counts_from_the_beginning() -> None:
    deep = window("20260105", "20260107")
    for rule, count in [
        ("FREQ=DAILY;COUNT=", 9_133),  # 2001-01-01 to 2026-01-02
        ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=", 9_133),
        ("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=", 9_133),
    ]:
        assert starts(f"{rule}{count + 3}", "20010101T100000", within=deep, first=None) == ["20260105T100000"]
        assert starts(f"{rule}{count + 2}", "20010101T100000", within=deep, first=None) == []


def test_nth_finds_the_end_of_long_counts() -> None:
    def instance(rule: str, count: int) -> str:
        return str(nth(Rule.parse(rule), parse_time("20200101T000000Z"), count, default_zone=UTC))

    assert instance("FREQ=DAILY", 1) == "20200101T000000Z"
    assert instance("FREQ=DAILY", 1_000_001) == "47571128T000000Z"
    assert instance("FREQ=SECONDLY", 10**9) == "20510909T014639Z"
    assert instance("FREQ=WEEKLY;BYDAY=MO,WE,FR", 4) == "20200108T000000Z"
    assert instance("FREQ=MONTHLY;BYMONTHDAY=31", 3) == "20200331T000000Z"
    assert instance("FREQ=DAILY;COUNT=5", 6) == "None"
    assert instance("FREQ=DAILY;UNTIL=20200103T000000Z", 4) == "None"
    assert instance("FREQ=YEARLY", 9_000) == "None"
    with pytest.raises(TooMany):
        instance("FREQ=DAILY;BYMONTH=1", 10**9)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(
        ["FREQ=WEEKLY;BYDAY=TU,SA", "FREQ=HOURLY;INTERVAL=5", "FREQ=DAILY;BYHOUR=1,2;BYSETPOS=-1", "FREQ=MONTHLY"]
    ),
    st.integers(1, 200),
)
def test_nth_is_the_nth_of_the_list(rule: str, count: int) -> None:
    start = parse_time("20260214T013000")
    listed = occurrences(Rule.parse(rule), start, window=EVER, default_zone=UTC, limit=500)
    assert nth(Rule.parse(rule), start, count, default_zone=UTC) == next(islice(listed, count - 1, None))


# --- zones ------------------------------------------------------------------------------------------------------------


def instants(rule: str, start: str, within: Window) -> list[str]:
    time = parse_time(start, tzid="Europe/Berlin", zones=lambda tzid: BERLIN)
    found = occurrences(Rule.parse(rule), time, window=within, default_zone=UTC, limit=100)
    return [f"{time.instant(UTC):%d %H:%M}" for time in found]


def test_local_time_stays_when_the_clock_changes() -> None:
    around = window("20261024", "20261027")
    assert instants("FREQ=DAILY", "20200101T100000", around) == ["24 08:00", "25 09:00", "26 09:00"]


def test_a_time_the_clock_skips_is_read_with_the_offset_before() -> None:
    assert instants("FREQ=DAILY", "20200101T023000", window("20260328", "20260331")) == [
        "28 01:30",
        "29 01:30",
        "30 00:30",
    ]


def test_a_time_that_comes_twice_is_the_first() -> None:
    assert instants("FREQ=DAILY", "20200101T023000", window("20261024", "20261027")) == [
        "24 00:30",
        "25 00:30",
        "26 01:30",
    ]


def test_a_window_that_ends_within_a_jump_misses_nothing() -> None:
    assert instants("FREQ=DAILY", "20200101T023000", window("20260329T011500", "20260329T020000")) == ["29 01:30"]
    assert instants("FREQ=DAILY", "20200101T023000", window("20261025T003000", "20261025T003001")) == ["25 00:30"]
    assert instants("FREQ=DAILY", "20200101T023000", window("20261025T013000", "20261025T020000")) == []


# --- the text of a rule -----------------------------------------------------------------------------------------------


def test_a_rule_is_written_in_the_order_of_the_original_with_its_values_as_they_came() -> None:
    text = "wkst=SU;bymonth=1,02;ByDay=mo,-1fr;interval=2;freq=Monthly;UNTIL=20260101T000000Z;X-OWN=1;BYSETPOS=1;"
    assert (
        Rule.parse(text).text
        == "FREQ=Monthly;INTERVAL=2;UNTIL=20260101T000000Z;BYMONTH=1,02;BYDAY=mo,-1fr;BYSETPOS=1;WKST=SU"
    )


def test_count_wins_over_until() -> None:
    rule = Rule.parse("FREQ=DAILY;UNTIL=20260101;COUNT=3")
    assert (rule.count, rule.until, rule.text) == (3, None, "FREQ=DAILY;COUNT=3")


@pytest.mark.parametrize(
    "text",
    [
        "", "FREQ", "FREQ=", "FREQ=OFTEN", "INTERVAL=2", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1",
        "FREQ=DAILY;INTERVAL=1.5", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=" + "9" * 5000, "FREQ=DAILY;COUNT=²",
        "FREQ=DAILY;BYHOUR=25", "FREQ=DAILY;BYMINUTE=60", "FREQ=DAILY;BYSECOND=61", "FREQ=DAILY;BYHOUR=-1",
        "FREQ=DAILY;BYMONTH=13", "FREQ=DAILY;BYMONTH=", "FREQ=DAILY;BYMONTHDAY=0", "FREQ=DAILY;BYMONTHDAY=32",
        "FREQ=DAILY;BYYEARDAY=367", "FREQ=DAILY;BYWEEKNO=54", "FREQ=DAILY;BYSETPOS=0", "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=WEEKLY;BYDAY=0MO", "FREQ=WEEKLY;BYDAY=54MO", "FREQ=WEEKLY;WKST=1", "FREQ=DAILY;UNTIL=20260230",
        "FREQ=DAILY;UNTIL=soon", "FREQ=DAILY;BYDAY=" + "MO," * 10_000, "FREQ=DAILY\\;BYDAY=MO",
        "FREQ=DAILY;UNTIL=-00010101",
    ],
    ids=lambda text: text[:30],
)  # fmt: skip
def test_rules_that_cannot_be_evaluated_are_refused(text: str) -> None:
    with pytest.raises(InvalidData):
        Rule.parse(text)


@settings(max_examples=200, deadline=None)
@given(st.text("FREQ=DAILYWBMOUNT;,-0123456789TZ ²", max_size=60) | st.text(max_size=20))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    for candidate in (text, f"FREQ=DAILY;{text}"):
        try:
            rule = Rule.parse(candidate)
        except InvalidData:
            continue
        assert Rule.parse(rule.text).text == rule.text


# --- rules made to hurt -----------------------------------------------------------------------------------------------

ALL = {
    "HOUR": ",".join(map(str, range(24))),
    "MINUTE": ",".join(map(str, range(60))),
    "MONTHDAY": ",".join(map(str, range(1, 32))),
    "YEARDAY": ",".join(map(str, [*range(1, 367), *range(-366, 0)])),
}
ALL_TIMES = f"BYHOUR={ALL['HOUR']};BYMINUTE={ALL['MINUTE']};BYSECOND={ALL['MINUTE']}"
DAY = window("20261101", "20261102")


@pytest.mark.parametrize("within", [DAY, EVER], ids=["a day", "all time"])
@pytest.mark.parametrize(
    "start", ["20200101T000000Z", "20200101", "00010101T000000", "99991231T235959", "20261101T000000Z"]
)
@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=SECONDLY;BYSETPOS=5",
        "FREQ=SECONDLY;COUNT=1000000000",
        "FREQ=SECONDLY;BYSECOND=1;COUNT=1000000000",
        "FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1",
        "FREQ=HOURLY;INTERVAL=24;BYHOUR=3",
        "FREQ=DAILY;COUNT=1000000000",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=DAILY;INTERVAL=10000000;BYMONTH=1",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;BYWEEKNO=53,-53;BYDAY=MO;BYMONTH=6",
        f"FREQ=YEARLY;BYYEARDAY={ALL['YEARDAY']};BYMONTH=2;BYMONTHDAY=30",
        f"FREQ=DAILY;{ALL_TIMES}",
        f"FREQ=YEARLY;BYMONTHDAY={ALL['MONTHDAY']};{ALL_TIMES};BYSETPOS=-1",
    ],
    ids=lambda text: text[:50],
)
def test_hostile_rules_cost_a_bounded_number_of_steps(rule: str, start: str, within: Window) -> None:
    found = occurrences(Rule.parse(rule), parse_time(start), window=within, default_zone=BERLIN, limit=1000)
    given = []
    with suppress(TooMany):
        given.extend(found)
    assert len(given) <= 1000


def test_a_secondly_series_of_years_ago_is_read_from_the_window_on() -> None:
    rule, start = "FREQ=SECONDLY", "20010101T000000Z"
    assert starts(rule, start, within=DAY, first=2) == ["20261101T000000Z", "20261101T000001Z"]
    once_a_day = "FREQ=SECONDLY;BYHOUR=9;BYMINUTE=0;BYSECOND=0"
    assert starts(once_a_day, start, within=DAY, first=None) == ["20261101T090000Z"]


def test_more_instances_than_the_limit_are_refused() -> None:
    with pytest.raises(TooMany):
        starts("FREQ=DAILY", "20260101T000000Z", first=None, limit=10)
    assert MAX_STEPS <= 20_000


# --- a second opinion -------------------------------------------------------------------------------------------------

_REACH = {
    "YEARLY": 3000, "MONTHLY": 500, "WEEKLY": 120, "DAILY": 60, "HOURLY": 4, "MINUTELY": 0.1, "SECONDLY": 0.005,
}  # fmt: skip


@st.composite
def _rules(draw: st.DrawFn, freq: str) -> str:
    """Rules that the RFC allows and that name some day at last (else dateutil walks to the year 9999)."""

    def values(choices: list[int], most: int = 3) -> str:
        return ",".join(map(str, draw(st.lists(st.sampled_from(choices), min_size=1, max_size=most, unique=True))))

    def maybe(part: str, value: object) -> None:
        if draw(st.integers(0, 3)) == 0:
            parts.append(f"{part}={value() if callable(value) else value}")

    parts = [f"FREQ={freq}"]
    maybe("INTERVAL", lambda: draw(st.sampled_from([1, 5, 7] if freq == "MONTHLY" else [1, 11, 13, 17])))
    sub_day = freq in ("HOURLY", "MINUTELY", "SECONDLY")
    shape = draw(st.sampled_from(["days", "months", "weekno", "yearday"])) if freq == "YEARLY" else "days"
    ordinals = freq in ("YEARLY", "MONTHLY") and shape != "weekno"
    if shape == "weekno":
        parts.append(f"BYWEEKNO={values([1, 2, 20, 50, -1, -3, -20])}")
        parts.append(f"BYDAY={','.join(draw(st.sets(st.sampled_from(DAYS), min_size=1, max_size=4)))}")
    elif shape == "yearday":
        parts.append(f"BYYEARDAY={values([1, 2, 59, 60, 61, 100, 200, 365, -1, -2, -60, -365])}")
    else:
        if not sub_day:
            maybe("BYMONTH", lambda: values(list(range(1, 13))))
        if freq not in ("WEEKLY", "SECONDLY", "MINUTELY"):
            maybe("BYMONTHDAY", lambda: values([*range(1, 29), *range(-28, 0)], 4))
        if freq != "SECONDLY":
            least = 3 if "BYMONTHDAY" in parts[-1] else 1
            plain = "," if not ordinals or draw(st.booleans()) else f",{draw(st.sampled_from([1, 2, 4, -1, -3]))}"
            maybe(
                "BYDAY", lambda: plain.join(["", *draw(st.sets(st.sampled_from(DAYS), min_size=least, max_size=4))])[1:]
            )
    if freq != "SECONDLY":
        maybe("BYHOUR", lambda: values(list(range(24))))
    if freq != "SECONDLY" or draw(st.booleans()):
        maybe("BYMINUTE", lambda: values(list(range(60)), 20))
    maybe("BYSECOND", lambda: values(list(range(60))))
    if freq != "WEEKLY":
        maybe("WKST", lambda: draw(st.sampled_from(DAYS)))
        if len(parts) > 2 and not any(part.startswith(("INTERVAL", "WKST")) for part in parts[-1:]):
            maybe("BYSETPOS", lambda: draw(st.sampled_from([1, -1])))
    maybe("COUNT", lambda: draw(st.sampled_from([1, 2, 7, 40])))
    return ";".join(parts)


@pytest.mark.parametrize("freq", sorted(_REACH))
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_dateutil_agrees(freq: str, data: st.DataObject) -> None:
    text = data.draw(_rules(freq))
    start = data.draw(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1)))
    start = start.replace(day=min(start.day, 28), microsecond=0)
    reach = dt.timedelta(days=_REACH[freq])
    begin = start + data.draw(st.sampled_from([-1.0, 0.0, 0.3, 1.0, 3.0])) * reach
    end = begin + reach
    theirs = takewhile(lambda local: local < end, rrulestr(text, dtstart=start))
    expected = [local for local in theirs if local >= begin]
    within = Window(begin.replace(tzinfo=UTC), end.replace(tzinfo=UTC))
    found = occurrences(
        Rule.parse(text), CalTime(start, Kind.UTC), window=within, default_zone=UTC, limit=200_000, start_counts=False
    )
    assert [time.local for time in found] == expected
