"""What of a calendar object is refused, what is mended, and that everything else stays octet for octet (RFC 4791 §4.1,
§5.3.2.1; dav.md §14.2)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.contentline import Component, decode, parse
from sogo.errors import DomainError, InvalidData, UnsupportedData
from sogo.model.calendar_object import CalendarObject, Limits, PutSettings, amend, check
from tests.model.quick_vectors import load

SETTINGS = PutSettings(
    zone=ZoneInfo("Europe/Paris"),
    zone_name="Europe/Paris",
    now=dt.datetime(2027, 1, 11, 15, 30, tzinfo=dt.UTC),
    day_start_hour=8,
    new_uid=lambda: "made-here",
)
EVENT = ("UID:u", "DTSTAMP:20270101T000000Z", "DTSTART:20270111T090000Z", "DTEND:20270111T100000Z", "SUMMARY:x")


def component(*lines: str, kind: str = "VEVENT") -> str:
    return "\r\n".join([f"BEGIN:{kind}", *lines, f"END:{kind}"])


def calendar(*parts: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN", *parts, "END:VCALENDAR", ""])


def event(*lines: str) -> str:
    return calendar(component(*lines))


def amended(text: str, **changes: object) -> CalendarObject:
    return amend(check(text), settings=dataclasses.replace(SETTINGS, **changes))  # type: ignore[arg-type]


def values(obj: CalendarObject, name: str) -> list[str]:
    """The lines of this name in all components, unfolded, from the text that is to be stored."""
    lines = [line for part in parse(obj.text).walk() for line in part.lines if line.name == name]
    return [line.with_value(line.value).render().replace("\r\n ", "") for line in lines]


# --- what is read -----------------------------------------------------------------------------------------------------


def test_an_object_is_its_components_and_one_master() -> None:
    text = calendar(component("UID:u", "RECURRENCE-ID:20270112T090000Z", "DTSTART:20270112T100000Z"), component(*EVENT))
    obj = check(text)
    assert (obj.kind, obj.uid, len(obj.components)) == ("vevent", "u", 2)
    assert obj.master is obj.components[1]
    assert obj.calendar.name == "VCALENDAR"


def test_single_occurrences_without_master_are_an_object() -> None:
    obj = check(calendar(component("UID:u", "RECURRENCE-ID:20270112T090000Z", "DTSTART:20270112T100000Z")))
    assert obj.master is None


@pytest.mark.parametrize("kind", ["VEVENT", "VTODO", "VJOURNAL"])
def test_each_kind_tells_its_name(kind: str) -> None:
    assert check(calendar(component("UID:u", kind=kind))).kind == kind.lower()


# --- what is refused, by rule -----------------------------------------------------------------------------------------

ANOTHER = component("UID:u", "DTSTART:20270112T100000Z")
REFUSED = {
    "valid-calendar-data": [
        "",
        "hello",
        "BEGIN:VCARD\r\nEND:VCARD\r\n",
        calendar(component(*EVENT)) * 2,
        "hello\r\n" + event(*EVENT),
        event(*EVENT) + "goodbye",
        event("UID:u", "DTSTART:yesterday"),
        event("UID:u", "DTSTART:20270230"),
        event("UID:u", "DTSTART:"),
        event("UID:u", "DTSTART:00000101T000000Z"),
        event("UID:u", "DTSTART:20270111T090000Z", "DTEND:never"),
        event("UID:u", "DTSTART:20270111T090000Z", "DURATION:long"),
        event("UID:u", "DTSTART:20270111T090000Z", "DURATION:-PT1H"),
        event("UID:u", "DTSTART:20270111T090000Z", "RECURRENCE-ID:first"),
        event(*EVENT, "RRULE:FREQ=SOMETIMES"),
        event(*EVENT, "RRULE:COUNT=3"),
        event(*EVENT, "RRULE:FREQ=DAILY;INTERVAL=0"),
        calendar("BEGIN:VEVENT", *EVENT, component(*EVENT)),
        "BEGIN:VCALENDAR\r\n" * 30,
    ],
    "valid-calendar-object-resource": [
        calendar(),
        calendar(component("TZID:x", kind="VTIMEZONE")),
        calendar(component(*EVENT), component("UID:u", kind="VTODO")),
        calendar(component(*EVENT), component("UID:u", kind="VFREEBUSY")),
        calendar(component(*EVENT), component("UID:other", "RECURRENCE-ID:20270112T090000Z")),
        calendar(component(*EVENT), ANOTHER),
    ],
    "supported-calendar-component": [
        calendar(component("UID:u", kind="VFREEBUSY")),
        calendar(component("UID:u", kind="VAVAILABILITY")),
        calendar(component("UID:u", kind="X-SOMETHING")),
    ],
    "supported-calendar-data": [event(*EVENT).replace("VERSION:2.0", "VERSION:1.0")],
    "min-date-time": [event("UID:u", "DTSTART:00010101T000000Z")],
    "max-date-time": [event("UID:u", "DTSTART:99991231T000000Z"), event("UID:u", "DTSTART;VALUE=DATE:99991231")],
}


@pytest.mark.parametrize(("rule", "text"), [(rule, text) for rule, texts in REFUSED.items() for text in texts])
def test_what_cannot_be_stored_is_refused_by_its_rule(rule: str, text: str) -> None:
    with pytest.raises((InvalidData, UnsupportedData)) as caught:
        check(text)
    assert caught.value.fields["rule"] == rule


def test_limits_are_refused_by_their_rules() -> None:
    def rule(text: str, limits: Limits) -> str:
        with pytest.raises(InvalidData) as caught:
            check(text, limits=limits)
        return caught.value.rule

    overrides = [component("UID:u", f"RECURRENCE-ID:2027011{day}T090000Z") for day in range(3)]
    people = ["ATTENDEE:mailto:a@x.test"] * 3
    assert rule(event(*EVENT, "DESCRIPTION:" + "ä" * 1000), Limits(octets=2000)) == "max-resource-size"
    assert rule(calendar(*overrides), Limits(components=2)) == "number-of-parts"
    assert rule(event(*EVENT, "EXDATE:20270111,20270112", "RDATE:20270113"), Limits(dates=2)) == "number-of-parts"
    assert rule(event(*EVENT, *["RRULE:FREQ=DAILY"] * 3), Limits(rules=2)) == "number-of-parts"
    assert rule(event(*EVENT, *people), Limits(attendees=2)) == "max-attendees-per-instance"


def test_a_hundred_thousand_attendees_are_too_many() -> None:
    with pytest.raises(InvalidData) as caught:
        check(event(*EVENT, *(f"ATTENDEE:mailto:a{i}@x.test" for i in range(100_000))))
    assert caught.value.rule == "max-attendees-per-instance"


def test_ten_megabytes_of_description_are_only_text() -> None:
    obj = check(event(*EVENT, "DESCRIPTION:" + "x" * 10_000_000))
    assert amend(obj, settings=SETTINGS) is obj


def test_five_thousand_zones_nobody_defined_are_looked_up_once() -> None:
    parts = [
        component("UID:u", f"RECURRENCE-ID:2027011{i % 9}T090000Z", f"DTSTART;TZID=zone {i}:20270111T090000")
        for i in range(4_000)
    ]
    obj = check(calendar(*parts))
    assert amend(obj, settings=SETTINGS) is obj


# --- what stays as it is ----------------------------------------------------------------------------------------------

UNTOUCHED = [
    event(*EVENT),
    event(*EVENT).replace("\r\n", "\n"),
    event(*EVENT, "DESCRIPTION:folded where", " nobody else would, and", "\twith a tab"),
    event("uid:u", "dtstart;tzid=Nowhere/At all:20270111T090000", 'X-ODD;A=b;C="d,e":f'),
    event("UID:u", "DTSTART;VALUE=DATE:20270111"),
    event("UID:u", "DTSTART:20270111T090000Z"),
    event(*EVENT, "CLASS:X-ODD", "STATUS:whatever", "RRULE:FREQ=DAILY;COUNT=3;X-PART=1", "a line without colon"),
    event(*EVENT, "ATTENDEE:mailto:a@x.test", "ORGANIZER:mailto:b@x.test", "SEQUENCE:7"),
    calendar(
        component("TZID:Europe/Paris", kind="VTIMEZONE"),
        component("UID:u", "DTSTART;TZID=Europe/Paris:20270111T090000"),
    ),
    calendar(component(*EVENT), component("X:y", kind="X-THING")),
    calendar(component("UID:t", "DUE:20270111T090000", kind="VTODO")),
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_needs_no_rewrite_is_stored_as_sent(text: str) -> None:
    obj = check(text)
    assert amend(obj, settings=SETTINGS) is obj
    assert obj.render() == text


# --- what is mended ---------------------------------------------------------------------------------------------------


def test_a_method_is_dropped() -> None:
    obj = amended(event(*EVENT).replace("PRODID", "METHOD:REQUEST\r\nPRODID"))
    assert obj.text == event(*EVENT)


def test_a_missing_version_is_stated_first() -> None:
    obj = amended(event(*EVENT).replace("VERSION:2.0\r\n", ""))
    assert obj.text == event(*EVENT)


def test_a_lost_end_is_found_again() -> None:
    assert amended(event(*EVENT).replace("END:VEVENT\r\n", "")).text == event(*EVENT)
    assert amended(event(*EVENT).removesuffix("END:VCALENDAR\r\n")).text == event(*EVENT)


def test_characters_no_answer_could_carry_are_dropped() -> None:
    assert amended(event(*EVENT) + "\x1a").text == event(*EVENT)
    assert amended(event(*EVENT, "X-A:\0b\x0bc\ufffe")).text == event(*EVENT, "X-A:bc")


def test_an_object_without_uid_gets_one_and_the_same() -> None:
    override = component("RECURRENCE-ID:20270112T090000Z", "DTSTART:20270112T100000Z")
    obj = amended(calendar(component(*EVENT[1:]), override))
    assert obj.uid == "made-here"
    assert values(obj, "UID") == ["UID:made-here"] * 2
    assert values(amended(calendar(component(*EVENT), override)), "UID") == ["UID:u"] * 2
    assert values(amended(event("UID: ", *EVENT[1:])), "UID") == ["UID:made-here"]


def test_made_uids_differ() -> None:
    fresh = PutSettings(zone=SETTINGS.zone, zone_name=SETTINGS.zone_name, now=SETTINGS.now)
    uids = {amend(check(event(*EVENT[1:])), settings=fresh).uid for _ in range(10)}
    assert len(uids) == 10


@pytest.mark.parametrize(
    ("lines", "start"),
    [
        (["DTEND:20270111T080000Z"], "DTSTART:20270111T070000Z"),
        (["DTEND;TZID=Europe/Rome:20270111T080000"], "DTSTART;TZID=Europe/Rome:20270111T070000"),
        (["DTEND;VALUE=DATE:20270112"], "DTSTART;VALUE=DATE:20270111"),
        (["SUMMARY:x"], "DTSTART;TZID=Europe/Paris:20270111T080000"),
        (["RECURRENCE-ID;RANGE=THISANDFUTURE:20270112T090000Z"], "DTSTART:20270112T090000Z"),
    ],
)
def test_an_event_without_start_gets_one(lines: list[str], start: str) -> None:
    obj = amended(event("UID:u", *lines))
    assert start in values(obj, "DTSTART")


def test_a_task_needs_no_start() -> None:
    obj = check(calendar(component("UID:t", kind="VTODO")))
    assert amend(obj, settings=SETTINGS) is obj


def test_floating_times_get_the_users_zone_and_its_definition() -> None:
    obj = amended(
        event(
            "UID:u",
            "DTSTART:20270111T090000",
            "DTEND;VALUE=DATE-TIME:20270111T100000",
            "RRULE:FREQ=DAILY",
            "EXDATE:20270112T090000,20270113T090000",
        )
    )
    assert "DTSTART;TZID=Europe/Paris:20270111T090000" in values(obj, "DTSTART")
    assert values(obj, "DTEND") == ["DTEND;VALUE=DATE-TIME;TZID=Europe/Paris:20270111T100000"]
    assert values(obj, "EXDATE") == ["EXDATE;TZID=Europe/Paris:20270112T090000,20270113T090000"]
    assert [zone.value("TZID") for zone in obj.calendar.components("VTIMEZONE")] == ["Europe/Paris"]


def test_a_floating_end_takes_the_zone_of_the_start() -> None:
    obj = amended(event("UID:u", "DTSTART;TZID=Asia/Tokyo:20270111T090000", "DTEND:20270111T100000"))
    assert values(obj, "DTEND") == ["DTEND;TZID=Asia/Tokyo:20270111T100000"]


def test_tasks_may_float() -> None:
    obj = check(calendar(component("UID:t", "DTSTART:20270111T090000", "DUE:20270111T100000", kind="VTODO")))
    assert amend(obj, settings=SETTINGS) is obj


def test_a_reversed_span_is_turned_round_with_its_zones() -> None:
    obj = amended(event("UID:u", "DTSTART:20270111T100000Z", "DTEND;TZID=No/Where:20270111T090000"))
    assert values(obj, "DTSTART") == ["DTSTART;TZID=No/Where:20270111T090000"]
    assert values(obj, "DTEND") == ["DTEND:20270111T100000Z"]


def test_an_order_that_only_zones_explain_stays() -> None:
    text = event("UID:u", "DTSTART;TZID=Asia/Tokyo:20270111T180000", "DTEND;TZID=Europe/Paris:20270111T130000")
    obj = amended(text)
    assert "DTSTART;TZID=Asia/Tokyo:20270111T180000" in values(obj, "DTSTART")


def test_a_day_that_ends_when_it_starts_gets_its_day() -> None:
    obj = amended(event("UID:u", "DTSTART;VALUE=DATE:20271231", "DTEND;VALUE=DATE:20271231"))
    assert values(obj, "DTEND") == ["DTEND;VALUE=DATE:20280101"]


def test_of_count_and_until_the_count_stays() -> None:
    obj = amended(event(*EVENT, "RRULE:FREQ=DAILY;until=20270120T000000Z;COUNT=3;BYDAY=MO"))
    assert values(obj, "RRULE") == ["RRULE:FREQ=DAILY;COUNT=3;BYDAY=MO"]


def test_a_missing_class_becomes_the_users_default_unless_that_says_nothing() -> None:
    assert "CLASS" not in amended(event(*EVENT), event_class="PUBLIC").text
    assert values(amended(event(*EVENT), event_class="PRIVATE"), "CLASS") == ["CLASS:PRIVATE"]
    assert values(amended(event(*EVENT, "CLASS:"), event_class="CONFIDENTIAL"), "CLASS") == ["CLASS:CONFIDENTIAL"]
    assert values(amended(event(*EVENT, "CLASS:PUBLIC"), event_class="PRIVATE"), "CLASS") == ["CLASS:PUBLIC"]
    task = calendar(component("UID:t", kind="VTODO"))
    assert values(amended(task, event_class="PRIVATE", task_class="CONFIDENTIAL"), "CLASS") == ["CLASS:CONFIDENTIAL"]


def test_whole_days_are_free_where_the_domain_wants_it() -> None:
    day = event("UID:u", "DTSTART;VALUE=DATE:20270111", "TRANSP:OPAQUE")
    assert "TRANSP:OPAQUE" in amended(day).text
    assert values(amended(day, all_day_transparent=True), "TRANSP") == ["TRANSP:TRANSPARENT"]
    assert "TRANSP" not in amended(event(*EVENT), all_day_transparent=True).text


def test_a_known_zone_without_definition_is_defined_under_the_clients_name() -> None:
    obj = amended(event("UID:u", "DTSTART;TZID=US/Eastern:20270111T090000", "DTEND;TZID=Nowhere:20270111T100000"))
    assert [zone.value("TZID") for zone in obj.calendar.components("VTIMEZONE")] == ["US/Eastern"]
    assert isinstance(obj.calendar.items[2], Component)


def test_a_line_that_was_not_touched_keeps_its_folds_beside_one_that_was() -> None:
    odd = "DESCRIPTION:folded where\r\n nobody else would"
    assert odd in amended(event(*EVENT, odd).replace("PRODID", "METHOD:X\r\nPRODID")).text


# --- and in general ---------------------------------------------------------------------------------------------------


def test_mending_twice_changes_nothing_more() -> None:
    for vector in load(".ics"):
        try:
            once = amend(check(vector.sent), settings=SETTINGS)
        except InvalidData:
            continue
        again = check(once.text)
        assert amend(again, settings=SETTINGS) is again, vector.name


def test_octets_that_are_not_utf_8_are_refused_or_stored_but_never_a_crash() -> None:
    obj = amended(decode(event(*EVENT, "SUMMARY:caf\xe9").encode("latin-1")))
    assert "café" in obj.text


SNIPPETS = st.sampled_from(
    [
        "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTODO", "BEGIN:VALARM", "END:VALARM",
        "DTSTART:20270111T090000", "DTEND;VALUE=DATE:20270111", "DTSTART;VALUE=DATE:20270111", "UID:u", "METHOD:X",
        "RRULE:FREQ=DAILY;COUNT=2;UNTIL=20280101", "DURATION:P1D", "RECURRENCE-ID:20270111", "DTEND:00010102T000001Z",
        "DTSTART;TZID=US/Eastern:99991229T000000", "VERSION:2.0", ":", ";", " folded",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(SNIPPETS, st.text(max_size=12)), max_size=14))
def test_whatever_comes_is_refused_or_becomes_an_object_that_stays(lines: list[str]) -> None:
    text = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines])
    try:
        once = amend(check(text), settings=SETTINGS)
    except DomainError:
        return
    again = check(once.text)
    assert amend(again, settings=SETTINGS) is again
    assert again.uid == once.uid != ""
