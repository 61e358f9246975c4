"""iCalendar written as XML."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sogo.codec import xcal
from sogo.codec.contentline import Component, Line, parse

SPACE = f'xmlns="{xcal.NAMESPACE}"'


def written(line: str) -> str:
    """The property of an event as XML."""
    [event] = parse(f"BEGIN:VEVENT\r\n{line}\r\nEND:VEVENT\r\n").children
    return xcal.component(event).removeprefix("<vevent><properties>").removesuffix("</properties></vevent>")


@pytest.mark.parametrize(
    ("line", "xml"),
    [
        ("DTSTART:20260601T100000Z", "<dtstart><date-time>2026-06-01T10:00:00Z</date-time></dtstart>"),
        ("DTSTART;VALUE=DATE:20260601", "<dtstart><date>2026-06-01</date></dtstart>"),
        ("DTSTART:20260601", "<dtstart><date>2026-06-01</date></dtstart>"),
        (
            "DTSTART;TZID=Europe/Berlin:20260601T100000",
            "<dtstart><parameters><tzid><text>Europe/Berlin</text></tzid></parameters>"
            "<date-time>2026-06-01T10:00:00</date-time></dtstart>",
        ),
        ("SUMMARY:a\\, <b>\\n&c", "<summary><text>a, &lt;b&gt;\n&amp;c</text></summary>"),
        ("CATEGORIES:a\\,b,c", "<categories><text>a,b</text><text>c</text></categories>"),
        ("GEO:1.5;-2", "<geo><latitude>1.5</latitude><longitude>-2</longitude></geo>"),
        ("GEO:1.5\\;-2", "<geo><latitude>1.5</latitude><longitude>-2</longitude></geo>"),
        ("TZOFFSETTO:+0530", "<tzoffsetto><utc-offset>+05:30</utc-offset></tzoffsetto>"),
        ("TZOFFSETTO:-001730", "<tzoffsetto><utc-offset>-00:17:30</utc-offset></tzoffsetto>"),
        (
            "RRULE:FREQ=WEEKLY;BYDAY=MO,-1TU;UNTIL=20270101T000000Z",
            "<rrule><recur><freq>WEEKLY</freq><byday>MO</byday><byday>-1TU</byday>"
            "<until>2027-01-01T00:00:00Z</until></recur></rrule>",
        ),
        ("TRIGGER:-PT5M", "<trigger><duration>-PT5M</duration></trigger>"),
        ("TRIGGER;VALUE=DATE-TIME:20260601T100000Z", "<trigger><date-time>2026-06-01T10:00:00Z</date-time></trigger>"),
        (
            "FREEBUSY:20260601T100000Z/PT1H,20260601T100000Z/20260601T120000Z",
            "<freebusy><period><start>2026-06-01T10:00:00Z</start><duration>PT1H</duration></period>"
            "<period><start>2026-06-01T10:00:00Z</start><end>2026-06-01T12:00:00Z</end></period></freebusy>",
        ),
        ("EXDATE;VALUE=DATE:20260601,20260602", "<exdate><date>2026-06-01</date><date>2026-06-02</date></exdate>"),
        (
            "REQUEST-STATUS:2.8;Success\\, nearly;X;Y",
            "<request-status><code>2.8</code><description>Success, nearly</description><data>X;Y</data></request-status>",
        ),
        ("REQUEST-STATUS:2.0", "<request-status><code>2.0</code><description></description></request-status>"),
        ("SEQUENCE:3", "<sequence><integer>3</integer></sequence>"),
        ("X-ODD:a\\,b", "<x-odd><unknown>a\\,b</unknown></x-odd>"),
        ("X-ODD;VALUE=BOOLEAN:TRUE", "<x-odd><boolean>TRUE</boolean></x-odd>"),
        ("X/Y:no name of XML has a slash", "<vevent></vevent>"),
        ("DTSTART:tomorrow", "<dtstart><date-time>tomorrow</date-time></dtstart>"),
    ],
)
def test_each_type_has_its_form(line: str, xml: str) -> None:
    assert written(line) == xml


def test_parameters_have_types_too() -> None:
    xml = written('ATTENDEE;CN="Bell, Anna";RSVP=TRUE;MEMBER="mailto:a@x","mailto:b@x";9X=y:mailto:anna@example.org')
    assert xml == (
        "<attendee><parameters><cn><text>Bell, Anna</text></cn><rsvp><boolean>true</boolean></rsvp>"
        "<member><cal-address>mailto:a@x</cal-address><cal-address>mailto:b@x</cal-address></member></parameters>"
        "<cal-address>mailto:anna@example.org</cal-address></attendee>"
    )


def test_a_calendar_is_one_document_with_its_components_nested() -> None:
    alarm = Component("VALARM", [Line("ACTION", "DISPLAY")])
    event = Component("VEVENT", [Line("UID", "u"), alarm])
    text = xcal.head([Line("VERSION", "2.0")]) + xcal.component(event) + xcal.component(Component("X/Y")) + xcal.TAIL
    root = etree.fromstring(text.encode())
    assert root.tag == f"{{{xcal.NAMESPACE}}}icalendar"
    path = "vcalendar/components/vevent/components/valarm/properties/action/text"
    assert root.findtext("/".join(f"{{{xcal.NAMESPACE}}}{name}" for name in path.split("/"))) == "DISPLAY"


@given(st.text(), st.text(max_size=20), st.sampled_from(["SUMMARY", "DTSTART", "RRULE", "GEO", "FREEBUSY", "X-A"]))
def test_whatever_stands_there_the_document_is_well_formed(value: str, param: str, name: str) -> None:
    event = Component("VEVENT", [Line(name, value, params=(("X-P", (param,)), ("VALUE", (param,))))])
    etree.fromstring((xcal.head([]) + xcal.component(event) + xcal.TAIL).encode("utf-8", "replace"))
