"""Parts of objects, expansions and limits (RFC 4791 §9.6, RFC 6352 §10.4)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from sogo.codec.contentline import Component, parse
from sogo.codec.davxml.calendar_filter import TimeRange
from sogo.codec.davxml.rfc4791 import CalendarData, SelectedComp, SelectedProp
from sogo.codec.davxml.rfc6352 import AddressData, SelectedCardProp
from sogo.errors import TooMany
from sogo.model.recurrence import Budget
from sogo.model.selection import calendar_text, card_text

PARIS = ZoneInfo("Europe/Paris")


def span(start: str, end: str) -> TimeRange:
    return TimeRange(*(dt.datetime.strptime(text, "%Y%m%d").replace(tzinfo=dt.UTC) for text in (start, end)))


def calendar(*lines: str) -> Component:
    return parse("\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "X-KEPT:as \\: is", *lines, "END:VCALENDAR", ""]))


def event(*lines: str) -> list[str]:
    return ["BEGIN:VEVENT", "UID:u", *lines, "END:VEVENT"]


WEEKLY = event(
    "DTSTART;TZID=Europe/Paris:20260601T100000",
    "DTEND;TZID=Europe/Paris:20260601T110000",
    "RRULE:FREQ=WEEKLY",
    "EXDATE;TZID=Europe/Paris:20260615T100000",
    "SUMMARY:master",
)
MOVED = event(
    "RECURRENCE-ID;TZID=Europe/Paris:20260608T100000",
    "DTSTART;TZID=Europe/Paris:20260609T120000",
    "DTEND;TZID=Europe/Paris:20260609T130000",
    "SUMMARY:moved",
)


def starts(text: str) -> list[str]:
    return [line.removeprefix("DTSTART:") for line in text.split("\r\n") if line.startswith("DTSTART")]


def test_nothing_asked_for_changes_nothing() -> None:
    document = calendar(*WEEKLY)
    assert calendar_text(document, CalendarData(), default_zone=PARIS) == document.render()


def test_an_expansion_has_each_occurrence_in_utc_and_no_rules() -> None:
    document = calendar(*WEEKLY, *MOVED)
    text = calendar_text(document, CalendarData(expand=span("20260601", "20260701")), default_zone=PARIS)
    assert starts(text) == ["20260601T080000Z", "20260609T100000Z", "20260622T080000Z", "20260629T080000Z"]
    assert text.count("RECURRENCE-ID:") == 4
    assert "RECURRENCE-ID:20260608T080000Z" in text
    assert not any(word in text for word in ("RRULE", "EXDATE", "TZID"))
    assert "X-KEPT:as \\: is" in text


def test_an_expansion_keeps_dates_and_floating_times_as_they_are() -> None:
    days = event("DTSTART;VALUE=DATE:20260601", "RRULE:FREQ=DAILY;COUNT=2")
    text = calendar_text(calendar(*days), CalendarData(expand=span("20260501", "20260701")), default_zone=PARIS)
    assert "DTSTART;VALUE=DATE:20260602" in text
    floating = event("DTSTART:20260601T100000", "RRULE:FREQ=DAILY;COUNT=2")
    text = calendar_text(calendar(*floating), CalendarData(expand=span("20260501", "20260701")), default_zone=PARIS)
    assert starts(text) == ["20260601T100000", "20260602T100000"]


def test_an_event_that_does_not_recur_gets_no_recurrence_id() -> None:
    single = event("DTSTART:20260601T100000Z", "DTEND:20260601T110000Z")
    text = calendar_text(calendar(*single), CalendarData(expand=span("20260501", "20260701")), default_zone=PARIS)
    assert "RECURRENCE-ID" not in text
    assert starts(text) == ["20260601T100000Z"]


def test_what_does_not_recur_is_never_expanded_away() -> None:
    task = ["BEGIN:VTODO", "UID:t", "SUMMARY:undated", "END:VTODO"]
    single = event("DTSTART;TZID=Europe/Paris:20200101T100000", "X-AT;TZID=Europe/Paris:20200102T100000")
    wanted = CalendarData(expand=span("20260601", "20260701"))
    text = calendar_text(calendar(*single, *task), wanted, default_zone=PARIS)
    assert "SUMMARY:undated" in text
    assert "DTSTART:20200101T090000Z" in text
    assert "X-AT:20200102T090000Z" in text


def test_what_is_written_again_for_each_occurrence_counts_by_its_length() -> None:
    daily = CalendarData(expand=span("20260601", "20260701"))
    short, long = (event("DTSTART:20260601T000000Z", "RRULE:FREQ=DAILY", f"X:{text}") for text in ("y", "y" * 99_999))
    calendar_text(calendar(*short), daily, default_zone=PARIS, budget=Budget(1_000))
    with pytest.raises(TooMany):
        calendar_text(calendar(*long), daily, default_zone=PARIS, budget=Budget(1_000))


def test_the_objects_of_one_answer_share_what_their_expansion_may_cost() -> None:
    hourly = calendar(*event("DTSTART:20260601T000000Z", "RRULE:FREQ=HOURLY"))
    budget, wanted = Budget(7_000), CalendarData(expand=span("20260601", "20260701"))
    calendar_text(hourly, wanted, default_zone=PARIS, budget=budget)
    with pytest.raises(TooMany):
        calendar_text(hourly, wanted, default_zone=PARIS, budget=budget)


def test_an_endless_expansion_is_refused() -> None:
    often = event("DTSTART:20200101T000000Z", "RRULE:FREQ=MINUTELY")
    with pytest.raises(TooMany):
        calendar_text(calendar(*often), CalendarData(expand=span("20200101", "20260101")), default_zone=PARIS)


@pytest.mark.parametrize(
    ("start", "end", "summaries"),
    [
        ("20260608", "20260609", ["master", "moved"]),  # replaces an occurrence of the span
        ("20260609", "20260610", ["master", "moved"]),  # lies in the span
        ("20260620", "20260630", ["master"]),
    ],
)
def test_a_limited_set_has_the_master_and_what_touches_the_span(start: str, end: str, summaries: list[str]) -> None:
    wanted = CalendarData(limit_recurrence_set=span(start, end))
    text = calendar_text(calendar(*WEEKLY, *MOVED), wanted, default_zone=PARIS)
    assert [word for word in ("master", "moved") if f"SUMMARY:{word}" in text] == summaries
    assert "RRULE:FREQ=WEEKLY" in text


def test_a_limit_on_an_endless_series_leaves_everything_in() -> None:
    often = event("DTSTART:20200101T000000Z", "RRULE:FREQ=MINUTELY")
    wanted = CalendarData(limit_recurrence_set=span("20200101", "20260101"))
    assert "RRULE:FREQ=MINUTELY" in calendar_text(calendar(*often), wanted, default_zone=PARIS)


def test_an_override_for_all_that_follows_is_never_left_out() -> None:
    future = [line.replace("RECURRENCE-ID;", "RECURRENCE-ID;RANGE=THISANDFUTURE;") for line in MOVED]
    wanted = CalendarData(limit_recurrence_set=span("20260801", "20260901"))
    assert "SUMMARY:moved" in calendar_text(calendar(*WEEKLY, *future), wanted, default_zone=PARIS)


def test_busy_periods_outside_of_the_span_are_left_out() -> None:
    busy = [
        "BEGIN:VFREEBUSY",
        "FREEBUSY:20260601T100000Z/PT1H,20260701T100000Z/20260701T110000Z",
        "FREEBUSY:odd",
        "END:VFREEBUSY",
    ]
    text = calendar_text(
        calendar(*busy), CalendarData(limit_freebusy_set=span("20260601", "20260602")), default_zone=PARIS
    )
    assert "FREEBUSY:20260601T100000Z/PT1H\r\n" in text
    assert "20260701" not in text
    assert "FREEBUSY:odd" in text


def test_only_named_parts_are_shown() -> None:
    wanted = SelectedComp(
        "VCALENDAR", props=(SelectedProp("VERSION"),),
        comps=(SelectedComp("VEVENT", props=(SelectedProp("UID"), SelectedProp("SUMMARY", novalue=True)), comps=()),),
    )  # fmt: skip
    alarm = ["BEGIN:VALARM", "ACTION:DISPLAY", "END:VALARM"]
    document = calendar(*WEEKLY[:-1], *alarm, WEEKLY[-1])
    text = calendar_text(document, CalendarData(selection=wanted), default_zone=PARIS)
    assert text.split("\r\n") == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:u", "SUMMARY:", "END:VEVENT", "END:VCALENDAR", ""
    ]  # fmt: skip


def test_a_card_keeps_what_makes_it_one() -> None:
    card = parse(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u\r\nFN:Name\r\nitem1.EMAIL:a@example.org\r\nNOTE:x\r\nEND:VCARD\r\n"
    )
    wanted = AddressData(props=(SelectedCardProp("EMAIL"), SelectedCardProp("NOTE", novalue=True)))
    assert card_text(card, wanted).split("\r\n") == [
        "BEGIN:VCARD", "VERSION:3.0", "UID:u", "item1.EMAIL:a@example.org", "NOTE:", "END:VCARD", ""
    ]  # fmt: skip
    assert card_text(card, AddressData()) == card.render()
