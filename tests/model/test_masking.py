"""What is shown instead of an event or task to those who may know when it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.codec.contentline import parse
from sogo.errors import CodecError
from sogo.model.labels import masked_title
from sogo.model.masking import Masking, class_of_text
from sogo.model.rights import EventClass

ENGLISH = Masking("f547992157eaae208f8dd956e0c553bd11472518", "English")
ALLOWED = {
    "DTSTAMP", "DTSTART", "DTEND", "DUE", "DURATION", "EXDATE", "EXRULE", "RDATE", "RRULE", "RECURRENCE-ID", "TRANSP",
    "SUMMARY", "UID", "X-SOGO-SECURE",
}  # fmt: skip
SERIES = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//x//EN
X-WR-CALNAME:SECRET
METHOD:PUBLISH
BEGIN:VTIMEZONE
TZID:Europe/Paris
X-LIC-LOCATION:SECRET
COMMENT:SECRET
BEGIN:STANDARD
DTSTART:19961027T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
COMMENT:SECRET
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:SECRET
SUMMARY:SECRET
DTSTART;TZID=Europe/Paris;X-NOTE=SECRET:20260601T100000
DTEND;TZID=Europe/Paris:20260601T110000
RRULE:FREQ=DAILY;COUNT=5
RDATE;VALUE=PERIOD;TZID=Europe/Paris:20260610T100000/PT1H
EXDATE;TZID=Europe/Paris:20260602T100000
EXRULE:FREQ=WEEKLY
TRANSP:TRANSPARENT
STATUS:TENTATIVE
SEQUENCE:7
CLASS:PRIVATE
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:SECRET
TRIGGER:-PT5M
END:VALARM
END:VEVENT
BEGIN:VEVENT
UID:SECRET
RECURRENCE-ID;TZID=Europe/Paris;RANGE=THISANDFUTURE:20260603T100000
DTSTART;TZID=Europe/Paris:20260603T120000
DURATION:PT30M
SUMMARY:SECRET too
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


def test_the_uid_is_the_one_that_sogo_5_shows() -> None:
    """Recorded of SOGo 5: salt and UID, and what it made of them."""
    digest = "fd75143b16eb404d50033a681612bb948c8e0885ceb2cdd87fbbc1dd2b3496b0"
    salt = "66353437393932313537656161653230386638646439353665306335353362643131343732353138"
    assert ENGLISH.uid("uid-PUBLIC") == digest + salt


def test_a_series_keeps_its_times_and_nothing_else() -> None:
    text = ENGLISH.text(SERIES, EventClass.PRIVATE)
    assert "SECRET" not in text
    calendar = parse(text).components("VCALENDAR")[0]
    assert [line.name for line in calendar.lines] == ["VERSION", "PRODID"]
    master, override = calendar.components("VEVENT")
    assert {line.name for line in master.lines} == ALLOWED - {"DTSTAMP", "DUE", "DURATION", "RECURRENCE-ID"}
    assert master.children == []
    assert master.text("SUMMARY") == "(Private event)"
    assert master.value("UID") == override.value("UID") == ENGLISH.uid("SECRET")
    stays = [
        line.render() for line in (*master.lines, *override.lines) if line.name in ("RDATE", "RECURRENCE-ID", "DTSTART")
    ]
    assert stays == [
        "DTSTART;TZID=Europe/Paris:20260601T100000",
        "RDATE;VALUE=PERIOD;TZID=Europe/Paris:20260610T100000/PT1H",
        "RECURRENCE-ID;TZID=Europe/Paris;RANGE=THISANDFUTURE:20260603T100000",
        "DTSTART;TZID=Europe/Paris:20260603T120000",
    ]
    zone = calendar.components("VTIMEZONE")[0]
    assert [line.name for line in zone.components("STANDARD")[0].lines] == [
        "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME", "RRULE",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["DTSTART:SECRET", "DURATION:PT1H SECRET", "RRULE:FREQ=DAILY;X-A=S E C R E T", "TRANSP:SECRET", "EXDATE:20260101,SECRET",
     "DTEND;VALUE=DATE:SECRET", "DTSTAMP:\\nSECRET", "RECURRENCE-ID:é", "DUE:", "DTSTART\x0b:SECRET"],
)  # fmt: skip
def test_a_value_that_is_no_time_is_not_told(line: str) -> None:
    text = ENGLISH.text(SERIES.replace("STATUS:TENTATIVE", line), EventClass.PUBLIC)
    assert "SECRET" not in text
    assert "S E C R E T" not in text
    assert "é" not in text


_LINES = st.lists(st.text(st.characters(exclude_characters="\r\n"), max_size=60), max_size=30)


@given(_LINES)
def test_whatever_an_object_holds_only_what_is_allowed_is_told(lines: list[str]) -> None:
    body = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:x", *lines, "END:VEVENT", "END:VCALENDAR", ""])
    try:
        text = ENGLISH.text(body, EventClass.CONFIDENTIAL)
    except CodecError:
        return
    for component in parse(text).walk():
        if component.name in ("VEVENT", "VTODO"):
            assert {one.name for one in component.lines} <= ALLOWED
            assert component.children == []


@pytest.mark.parametrize("language", ["English", "French", "German", "SpanishSpain", "BrazilianPortuguese", "Arabic"])
def test_titles_tell_the_classes_apart_in_every_language(language: str) -> None:
    titles = [masked_title(of, language, is_task=is_task) for of in EventClass for is_task in (False, True)]
    assert len(set(titles)) == 6
    assert all(title.startswith("(") and title.endswith(")") for title in titles)
    assert masked_title(EventClass.PUBLIC, "Klingon", is_task=True) == "(Public task)"


def test_a_name_is_shown_unless_it_holds_the_uid() -> None:
    assert ENGLISH.name("lunch.ics", "abc") == "lunch.ics"
    hidden = ENGLISH.name("x-ABC-y.ics", "abc")
    assert "abc" not in hidden.lower().removesuffix(".ics") or len(hidden) == 68
    assert hidden != ENGLISH.name("abc.ics", "abc")
    assert ENGLISH.name("lunch.ics", "") != "lunch.ics"


def test_etags_differ_by_version_class_language_and_salt_and_tell_none_of_them() -> None:
    of = EventClass.PUBLIC
    etags = {
        ENGLISH.etag("u", 1, of), ENGLISH.etag("u", 2, of), ENGLISH.etag("u", 1, EventClass.PRIVATE),
        Masking(ENGLISH.salt, "French").etag("u", 1, of), Masking("0" * 40, "English").etag("u", 1, of),
        ENGLISH.etag("v", 1, of), ENGLISH.etag("", 1, of),
    }  # fmt: skip
    assert len(etags) == 7
    assert ENGLISH.etag("u", 1, of) == ENGLISH.etag("u", 1, of)


@pytest.mark.parametrize(
    ("lines", "of"),
    [
        ([], EventClass.PUBLIC), (["CLASS:PUBLIC"], EventClass.PUBLIC), (["class:private"], EventClass.PRIVATE),
        (["CLASS;X-A=b:CONFIDENTIAL"], EventClass.CONFIDENTIAL), (["CL", " ASS:PRI", "\tVATE"], EventClass.PRIVATE),
        (["CLASS:X-OWN"], EventClass.PUBLIC), (["DESCRIPTION:CLASS:PRIVATE"], EventClass.PUBLIC),
        (["BEGIN:VALARM", "CLASS:PRIVATE", "END:VALARM"], EventClass.PUBLIC), (["CLASS: private "], EventClass.PRIVATE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\r\n", "\n"], ids=["crlf", "lf"])
def test_the_class_an_object_says_of_itself(lines: list[str], of: EventClass, end: str) -> None:
    text = end.join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:x", *lines, "END:VEVENT", "END:VCALENDAR", ""])
    assert class_of_text(text) is of


def test_the_class_is_that_of_the_master() -> None:
    override = "BEGIN:VEVENT\r\nUID:x\r\nRECURRENCE-ID:20260101T000000Z\r\nCLASS:PRIVATE\r\nEND:VEVENT\r\n"
    master = "BEGIN:VEVENT\r\nUID:x\r\nCLASS:CONFIDENTIAL\r\nEND:VEVENT\r\n"
    assert class_of_text(f"BEGIN:VCALENDAR\r\n{override}{master}END:VCALENDAR\r\n") is EventClass.CONFIDENTIAL
    assert class_of_text(f"BEGIN:VCALENDAR\r\n{override}END:VCALENDAR\r\n") is EventClass.PRIVATE
