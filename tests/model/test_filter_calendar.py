"""CalDAV filters on objects: the kinds of questions of RFC 4791 §7.8, and the tables of §9.9."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from sogo.codec.contentline import Component, parse
from sogo.errors import InvalidData, UnsupportedFilter
from sogo.model.filters.calendar import query_zone
from tests.support.filters import BERLIN, calendar_filter, in_component, in_property, time_range

NEW_YORK = ZoneInfo("America/New_York")


def calendar(*components: str) -> Component:
    """An object of components given as `NAME|line|line…`; `>` opens and `<` closes one inside."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN"]
    for component in components:
        name, *rest = component.split("|")
        lines += [f"BEGIN:{name}", *(line.replace(">", "BEGIN:").replace("<", "END:") for line in rest), f"END:{name}"]
    return parse("\r\n".join([*lines, "END:VCALENDAR", ""]))


ONCE = calendar("VEVENT|UID:once|DTSTART;TZID=America/New_York:20060102T120000|DURATION:PT1H|SUMMARY:Event #1")
SERIES = calendar(
    "VEVENT|UID:series|DTSTART;TZID=America/New_York:20060102T120000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=5"
    "|SUMMARY:Event #2",
    "VEVENT|UID:series|RECURRENCE-ID;TZID=America/New_York:20060104T120000|DURATION:PT1H"
    "|DTSTART;TZID=America/New_York:20060104T140000|SUMMARY:Event #2 bis",
)
MEETING = calendar(
    "VEVENT|UID:meeting|DTSTART;TZID=America/New_York:20060104T100000|DURATION:PT1H|SUMMARY:Event #3"
    "|ORGANIZER:mailto:cyrus@example.com|ATTENDEE;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:cyrus@example.com"
    "|ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:lisa@example.com|X-ABC-GUID:E1CX5Dr-0007ym-Hz@example.com"
)
TASK_DUE = calendar("VTODO|UID:due|DUE;VALUE=DATE:20060106|STATUS:NEEDS-ACTION|SUMMARY:Task #1")
TASK_ALARM = calendar(
    "VTODO|UID:alarm|DUE:20060106T150000Z|STATUS:NEEDS-ACTION|SUMMARY:Task #2|>VALARM|ACTION:AUDIO"
    "|TRIGGER;RELATED=START:-PT10M|<VALARM|>VALARM|ACTION:AUDIO|TRIGGER;RELATED=END:-PT30M|<VALARM"
)
TASK_DONE = calendar("VTODO|UID:done|COMPLETED:20051223T122322Z|DUE;VALUE=DATE:20051225|STATUS:COMPLETED")
TASK_CANCELLED = calendar("VTODO|UID:cancelled|DUE;VALUE=DATE:20060106|STATUS:CANCELLED")
BUSY = calendar(
    "VFREEBUSY|UID:busy|DTSTART:20060101T000000Z|DTEND:20060108T000000Z|FREEBUSY;FBTYPE=BUSY:20060102T150000Z/PT1H"
)
BOOK = {
    "once": ONCE,
    "series": SERIES,
    "meeting": MEETING,
    "due": TASK_DUE,
    "alarm": TASK_ALARM,
    "done": TASK_DONE,
    "cancelled": TASK_CANCELLED,
    "busy": BUSY,
}
NOON_6 = {"due", "cancelled"}
JAN_4 = time_range("20060104T000000", "20060105T000000")


def text(value: str, **attributes: str) -> str:
    written = "".join(f' {key.replace("_", "-")}="{item}"' for key, item in attributes.items())
    return f"<text-match{written}>{value}</text-match>"


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("", set(BOOK)),
        (in_component("VEVENT"), {"once", "series", "meeting"}),
        (in_component("VEVENT", JAN_4), {"series", "meeting"}),
        (in_component("VEVENT", time_range("20060102T180000", "20060103T000000")), set()),
        (in_component("VTODO"), {"due", "alarm", "done", "cancelled"}),
        (in_component("VFREEBUSY", time_range("20060102T000000", "20060103T000000")), {"busy"}),
        (in_component("VTODO", in_component("VALARM", time_range("20060106T140000", "20060107T000000"))), {"alarm"}),
        (in_component("VTODO", in_component("VALARM", time_range("20060106T143001", "20060107T000000"))), set()),
        (in_component("VTODO", in_component("VALARM", "<is-not-defined/>")), {"due", "done", "cancelled"}),
        (in_component("VEVENT", in_property("UID", text("meeting", collation="i;octet"))), {"meeting"}),
        (in_component("VEVENT", in_property("UID", text("MEETING", collation="i;octet"))), set()),
        (
            in_component(
                "VEVENT",
                in_property(
                    "ATTENDEE",
                    text("mailto:lisa@example.com")
                    + f'<param-filter name="PARTSTAT">{text("NEEDS-ACTION")}</param-filter>',
                ),
            ),
            {"meeting"},
        ),
        (
            in_component(
                "VEVENT",
                in_property(
                    "ATTENDEE",
                    text("mailto:lisa@example.com")
                    + f'<param-filter name="PARTSTAT">{text("ACCEPTED")}</param-filter>',
                ),
            ),
            set(),
        ),
        (
            in_component(
                "VEVENT", in_property("ATTENDEE", '<param-filter name="ROLE"><is-not-defined/></param-filter>')
            ),
            {"meeting"},
        ),
        (
            in_component(
                "VTODO",
                in_property("COMPLETED", "<is-not-defined/>")
                + in_property("STATUS", text("CANCELLED", negate_condition="yes")),
            ),
            {"due", "alarm"},
        ),
        (in_component("VEVENT", in_property("X-ABC-GUID", text("hz@example"))), {"meeting"}),
        (in_component("VEVENT", in_property("SUMMARY", text("#2 BIS"))), {"series"}),
        (in_component("VEVENT", in_property("TITLE", text("event #1"))), {"once"}),
        (in_component("VEVENT", in_property("LOCATION", "<is-not-defined/>")), {"once", "series", "meeting"}),
        (in_component("VEVENT", in_property("RRULE")), {"series"}),
        (in_component("VEVENT", "<is-not-defined/>"), {"due", "alarm", "done", "cancelled", "busy"}),
        (in_component("VTODO", in_property("COMPLETED", time_range("20051223T000000", "20051224T000000"))), {"done"}),
        (in_component("VTODO", in_property("DUE", time_range("20060106T110000", "20060106T120000"))), NOON_6),
        (in_property("PRODID", text("tests")), set(BOOK)),
        (in_property("METHOD"), set()),
        (in_component("VEVENT") + in_component("VTODO"), set()),
        (in_component("VUNKNOWN"), set()),
    ],
)  # fmt: skip
def test_questions_of_the_rfc(inner: str, expected: set[str]) -> None:
    asked = calendar_filter(inner)
    assert {name for name, document in BOOK.items() if asked.matches(document)} == expected
    assert {name for name, document in BOOK.items() if asked.may_match(document.render())} >= expected


def test_conditions_hold_for_one_and_the_same_component() -> None:
    """The series has "bis" only in the occurrence of January 4 (afternoon in UTC)."""

    def asks(day: str) -> bool:
        span = time_range(f"{day}T000000", f"{day}T235900")
        return calendar_filter(in_component("VEVENT", span + in_property("SUMMARY", text("bis")))).matches(SERIES)

    assert asks("20060104")
    assert not asks("20060103")
    plain = in_property("SUMMARY", text("bis", negate_condition="yes"))
    assert not calendar_filter(in_component("VEVENT", JAN_4 + plain)).matches(SERIES)


def test_anyof_joins_conditions_where_a_client_asks_for_it() -> None:
    inner = in_property("SUMMARY", text("#1")) + in_property("SUMMARY", text("#3"))
    asked = calendar_filter(f'<comp-filter name="VEVENT" test="anyof">{inner}</comp-filter>')
    assert {name for name, document in BOOK.items() if asked.matches(document)} == {"once", "meeting"}
    assert asked.may_match(ONCE.render())
    assert not asked.may_match(SERIES.render())


DAY = ("20060104T000000", "20060105T000000")
BEFORE = ("20060103T000000", "20060104T000000")
AFTER = ("20060105T000000", "20060106T000000")


@pytest.mark.parametrize(
    ("component", "before", "inside", "after"),
    [
        ("VEVENT|DTSTART:20060104T100000Z|DTEND:20060104T110000Z", False, True, False),
        ("VEVENT|DTSTART:20060104T000000Z|DTEND:20060105T000000Z", False, True, False),
        ("VEVENT|DTSTART:20060103T120000Z|DURATION:PT36H", True, True, False),
        ("VEVENT|DTSTART:20060104T000000Z", False, True, False),
        ("VEVENT|DTSTART:20060105T000000Z|DURATION:PT0S", False, False, True),
        ("VEVENT|DTSTART;VALUE=DATE:20060104", True, True, False),
        ("VEVENT|DTSTART;VALUE=DATE:20060104|DTEND;VALUE=DATE:20060104", True, True, False),
        ("VEVENT|DTSTART:20060104T003000|DTEND:20060104T010000", True, False, False),
        ("VEVENT|DTSTART:nonsense", True, True, True),
        ("VEVENT|SUMMARY:no start", True, True, True),
        ("VTODO|DTSTART:20060104T100000Z|DURATION:PT1H", False, True, False),
        ("VTODO|DTSTART:20060104T100000Z|DUE:20060105T100000Z", False, True, True),
        ("VTODO|DTSTART:20060104T000000Z|DUE:20060104T000000Z", True, True, False),
        ("VTODO|DTSTART:20060104T100000Z", False, True, False),
        ("VTODO|DUE:20060105T000000Z", False, True, False),
        ("VTODO|COMPLETED:20060104T120000Z|CREATED:20060103T120000Z", True, True, False),
        ("VTODO|COMPLETED:20060104T120000Z", False, True, False),
        ("VTODO|CREATED:20060104T120000Z", False, True, True),
        ("VTODO|SUMMARY:some day", True, True, True),
        ("VJOURNAL|DTSTART:20060104T120000Z", False, True, False),
        ("VJOURNAL|DTSTART;VALUE=DATE:20060104", True, True, False),
        ("VJOURNAL|SUMMARY:no date", False, False, False),
        ("VFREEBUSY|DTSTART:20060104T000000Z|DTEND:20060104T120000Z", False, True, False),
        ("VFREEBUSY|FREEBUSY:20060104T100000Z/20060104T110000Z,20060105T100000Z/PT1H", False, True, True),
        ("VFREEBUSY|SUMMARY:nothing", False, False, False),
        ("VEVENT|DTSTART:20051207T100000Z|DURATION:PT1H|RRULE:FREQ=WEEKLY", False, True, False),
        ("VEVENT|DTSTART:20051231T100000Z|DURATION:PT1H|RRULE:FREQ=DAILY|EXDATE:20060104T100000Z", True, False, True),
        ("VTODO|DTSTART:20051228T100000Z|DUE:20051228T110000Z|RRULE:FREQ=WEEKLY", False, True, False),
        ("VJOURNAL|DTSTART:20051228T100000Z|RRULE:FREQ=WEEKLY", False, True, False),
        ("VEVENT|DTSTART:20060104T100000Z|DURATION:PT1H|RRULE:FREQ=NEVER", False, True, False),
    ],
)  # fmt: skip
def test_time_ranges(component: str, before: bool, inside: bool, after: bool) -> None:
    document = calendar(component.replace("|", "|UID:x|", 1))
    name = component.partition("|")[0]
    found = [calendar_filter(in_component(name, time_range(*span))).matches(document) for span in (BEFORE, DAY, AFTER)]
    assert found == [before, inside, after]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("20060105T000000", "", False),
        ("", "20060104T100000", False),
        ("20060104T100000", "", True),
        ("", "20060104T100001", True),
    ],
)
def test_one_side_may_be_open(start: str, end: str, expected: bool) -> None:
    document = calendar("VEVENT|UID:x|DTSTART:20060104T100000Z|DTEND:20060104T110000Z")
    assert calendar_filter(in_component("VEVENT", time_range(start, end))).matches(document) is expected


def test_floating_and_all_day_times_are_read_in_the_zone_of_the_query() -> None:
    """Midnight to one on January 4 is January 3 (23:00) in Berlin and January 4 (05:00) in New York, in UTC."""
    document = calendar("VEVENT|UID:x|DTSTART:20060104T000000|DTEND:20060104T010000")
    asked = in_component("VEVENT", time_range("20060104T050000", "20060104T053000"))
    assert calendar_filter(asked, zone=NEW_YORK).matches(document)
    assert not calendar_filter(asked, zone=BERLIN).matches(document)


ALARMED = "|>VALARM|ACTION:DISPLAY|{}|<VALARM"


@pytest.mark.parametrize(
    ("component", "alarm", "expected"),
    [
        ("VEVENT|DTSTART:20060105T001000Z|DTEND:20060105T010000Z", "TRIGGER:-PT15M", True),
        ("VEVENT|DTSTART:20060105T001000Z|DTEND:20060105T010000Z", "TRIGGER:-PT10M", False),
        ("VEVENT|DTSTART:20060103T200000Z|DTEND:20060103T233000Z", "TRIGGER;RELATED=END:PT30M", True),
        ("VEVENT|DTSTART:20060103T200000Z|DTEND:20060103T233000Z", "TRIGGER;RELATED=END:PT29M", False),
        ("VEVENT|DTSTART:20060103T200000Z|DURATION:PT1H", "TRIGGER:PT0S|DURATION:PT1H|REPEAT:4", True),
        ("VEVENT|DTSTART:20060103T200000Z|DURATION:PT1H", "TRIGGER:PT0S|DURATION:PT1H|REPEAT:3", False),
        ("VEVENT|DTSTART:20070101T000000Z", "TRIGGER;VALUE=DATE-TIME:20060104T120000Z", True),
        ("VEVENT|DTSTART:20060104T120000Z", "TRIGGER;VALUE=DATE-TIME:20070104T120000Z", False),
        ("VEVENT|DTSTART:20051201T001000Z|DURATION:PT1H|RRULE:FREQ=DAILY", "TRIGGER:-PT15M", True),
        ("VEVENT|DTSTART:20051201T001000Z|DURATION:PT1H|RRULE:FREQ=YEARLY", "TRIGGER:-PT15M", False),
        ("VEVENT|DTSTART:20060101T100000Z|DURATION:PT1H|RRULE:FREQ=YEARLY", "TRIGGER:P3D", True),
        ("VEVENT|DTSTART:20060104T120000Z", "TRIGGER:nonsense", True),
        ("VTODO|DUE:20060104T120000Z", "TRIGGER;RELATED=END:-PT1H", True),
        ("VTODO|SUMMARY:no due", "TRIGGER;RELATED=END:-PT1H", False),
    ],
)
def test_alarms_ring_in_the_window(component: str, alarm: str, expected: bool) -> None:
    name, _, rest = component.partition("|")
    document = calendar(f"{name}|UID:x|{rest}{ALARMED.format(alarm)}")
    asked = calendar_filter(in_component(name, in_component("VALARM", time_range(*DAY))))
    assert asked.matches(document) is expected


def test_a_hostile_rule_costs_little_and_loses_nothing() -> None:
    rule = "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"
    document = calendar(f"VEVENT|UID:x|DTSTART:19700101T000000Z|DURATION:PT1S|RRULE:{rule}")
    calendar_filter(in_component("VEVENT", time_range(*DAY))).matches(document)
    event = "VEVENT|UID:x|DTSTART:19700101T000000Z|DURATION:PT1S|RRULE:FREQ=SECONDLY"
    endless = calendar(event + ALARMED.format("TRIGGER:-PT1S"))
    asked = calendar_filter(in_component("VEVENT", in_component("VALARM", time_range("20060104T000000"))))
    assert asked.matches(endless)


def test_a_time_range_where_there_is_none_is_unsupported() -> None:
    for inner in (JAN_4, in_component("VTIMEZONE", JAN_4)):
        with pytest.raises(UnsupportedFilter):
            calendar_filter(inner)


def test_values_are_compared_unescaped_and_unfolded() -> None:
    document = calendar("VEVENT|UID:x|SUMMARY:One\\, two\\; three\\nfour|DESCRIPTION:lo\r\n ng")
    for name, wanted in (("SUMMARY", "one, two; three\nfour"), ("DESCRIPTION", "long")):
        asked = calendar_filter(in_component("VEVENT", in_property(name, text(wanted))))
        assert asked.matches(document)
        assert asked.may_match(document.render())


def test_the_zone_of_a_query() -> None:
    assert query_zone(None, None, BERLIN) is BERLIN
    assert query_zone(None, "America/New_York", BERLIN) == NEW_YORK
    body = "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:America/New_York\nEND:VTIMEZONE\nEND:VCALENDAR"
    assert query_zone(body, None, BERLIN) == NEW_YORK
    with pytest.raises(InvalidData) as caught:
        query_zone(None, "Nowhere/Land", BERLIN)
    assert caught.value.rule == "valid-timezone"
    for bad in ("nonsense", "BEGIN:VCALENDAR\nEND:VCALENDAR", "BEGIN:VTIMEZONE\nEND:VTIMEZONE", "x\n" * 6000):
        with pytest.raises(InvalidData) as caught:
            query_zone(bad, None, BERLIN)
        assert caught.value.rule == "valid-calendar-data"


def test_one_filter_spends_a_bounded_amount_of_work_over_all_objects() -> None:
    wanted = calendar_filter(in_component("VEVENT", time_range("20280301T000000", "20280401T000000")))
    wanted.budget.steps = 50
    elsewhere = calendar("VEVENT|UID:1|DTSTART:20200601T000000Z|RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    matched = [wanted.matches(elsewhere) for _ in range(100)]
    assert not matched[0]
    assert matched[-1], "the budget is spent: what recurs may be there"
    assert not wanted.matches(calendar("VEVENT|UID:2|DTSTART:20200101T000000Z")), "what does not recur is still judged"


def test_alarms_that_ring_on_and_on_are_judged_with_bounded_work() -> None:
    alarm = "|>VALARM|TRIGGER:-PT5M|REPEAT:500|DURATION:PT1S|<VALARM" * 2_000
    rings = in_component("VALARM", time_range("20260301T003000", "20260301T003001"))
    wanted = calendar_filter(in_component("VEVENT", rings))
    wanted.budget.steps = 10_000
    assert wanted.matches(calendar("VEVENT|UID:1|DTSTART:20200101T000000Z|RRULE:FREQ=HOURLY" + alarm))
    assert wanted.budget.steps < 0
