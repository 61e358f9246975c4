"""The objects of RFC 4791 appendix B and the queries of §7.8 over them: which objects are found, and in which form."""

from __future__ import annotations

import pytest

from tests.support.house import Answer, C, Client, body

CAL = "/SOGo/dav/anna/Calendar/bernard/"
EASTERN = """BEGIN:VTIMEZONE
LAST-MODIFIED:20040110T032845Z
TZID:US/Eastern
BEGIN:DAYLIGHT
DTSTART:20000404T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4
TZNAME:EDT
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20001026T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:EST
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE
"""


def calendar(inner: str, *, zone: bool = True) -> str:
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example Corp.//CalDAV Client//EN\n{EASTERN if zone else ''}{inner}END:VCALENDAR\n"
    return text.replace("\n", "\r\n")


OBJECTS = {
    "abcd1.ics": calendar("""BEGIN:VEVENT
DTSTAMP:20060206T001102Z
DTSTART;TZID=US/Eastern:20060102T100000
DURATION:PT1H
SUMMARY:Event #1
Description:Go Steelers!
UID:74855313FA803DA593CD579A@example.com
END:VEVENT
"""),
    "abcd2.ics": calendar("""BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART;TZID=US/Eastern:20060102T120000
DURATION:PT1H
RRULE:FREQ=DAILY;COUNT=5
SUMMARY:Event #2
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART;TZID=US/Eastern:20060104T140000
DURATION:PT1H
RECURRENCE-ID;TZID=US/Eastern:20060104T120000
SUMMARY:Event #2 bis
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
DTSTART;TZID=US/Eastern:20060106T140000
DURATION:PT1H
RECURRENCE-ID;TZID=US/Eastern:20060106T120000
SUMMARY:Event #2 bis bis
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
"""),
    "abcd3.ics": calendar("""BEGIN:VEVENT
ATTENDEE;PARTSTAT=ACCEPTED;ROLE=CHAIR:mailto:cyrus@example.com
ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:lisa@example.com
DTSTAMP:20060206T001220Z
DTSTART;TZID=US/Eastern:20060104T100000
DURATION:PT1H
LAST-MODIFIED:20060206T001330Z
ORGANIZER:mailto:cyrus@example.com
SEQUENCE:1
STATUS:TENTATIVE
SUMMARY:Event #3
UID:DC6C50A017428C5216A2F1CD@example.com
X-ABC-GUID:E1CX5Dr-0007ym-Hz@example.com
END:VEVENT
"""),
    "abcd4.ics": calendar("""BEGIN:VTODO
DTSTAMP:20060205T235335Z
DUE;VALUE=DATE:20060104
STATUS:NEEDS-ACTION
SUMMARY:Task #1
UID:DDDEEB7915FA61233B861457@example.com
BEGIN:VALARM
ACTION:AUDIO
TRIGGER;RELATED=START:-PT10M
END:VALARM
END:VTODO
""", zone=False),
    "abcd5.ics": calendar("""BEGIN:VTODO
DTSTAMP:20060205T235300Z
DUE:20060106T120000Z
LAST-MODIFIED:20060205T235308Z
SEQUENCE:1
STATUS:NEEDS-ACTION
SUMMARY:Task #2
UID:E10BA47467C5C69BB74E8720@example.com
BEGIN:VALARM
ACTION:AUDIO
TRIGGER;VALUE=DATE-TIME:20060106T100000Z
END:VALARM
END:VTODO
""", zone=False),
    "abcd6.ics": calendar("""BEGIN:VTODO
COMPLETED:20051223T122322Z
DTSTAMP:20060205T235400Z
DUE;VALUE=DATE:20051225
LAST-MODIFIED:20060205T235308Z
SEQUENCE:1
STATUS:COMPLETED
SUMMARY:Task #3
UID:E10BA47467C5C69BB74E8722@example.com
END:VTODO
""", zone=False),
    "abcd7.ics": calendar("""BEGIN:VTODO
DTSTAMP:20060205T235600Z
DUE;VALUE=DATE:20060101
LAST-MODIFIED:20060205T235308Z
SEQUENCE:1
STATUS:CANCELLED
SUMMARY:Task #4
UID:E10BA47467C5C69BB74E8725@example.com
END:VTODO
""", zone=False),
}  # fmt: skip
"""abcd8.ics, a VFREEBUSY, is no object that this calendar takes (supported-calendar-component-set)."""
WEEK = 'start="20060104T000000Z" end="20060105T000000Z"'


async def fill(anna: Client) -> None:
    assert (await anna("MKCALENDAR", CAL)).status == 201
    for name, text in OBJECTS.items():
        made = await anna.put(CAL + name, text)
        assert (made.status, "ETag" in made.headers) == (201, True), made.text


async def ask(anna: Client, inner: str, props: str = "<D:getetag/><C:calendar-data/>") -> Answer:
    await fill(anna)
    filters = f'<C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter>'
    answer = await anna.report(CAL, body("C:calendar-query", f"<D:prop>{props}</D:prop>{filters}"), Depth="1")
    assert answer.status == 207
    return answer


def found(answer: Answer) -> list[str]:
    return sorted(href.removeprefix(CAL) for href in answer.hrefs)


def data(answer: Answer, name: str) -> str:
    return answer.prop_text(CAL + name, C + "calendar-data")


def event(inner: str) -> str:
    return f'<C:comp-filter name="VEVENT">{inner}</C:comp-filter>'


def todo(inner: str) -> str:
    return f'<C:comp-filter name="VTODO">{inner}</C:comp-filter>'


@pytest.mark.parametrize(
    ("inner", "names"),
    [
        (event(f"<C:time-range {WEEK}/>"), ["abcd2.ics", "abcd3.ics"]),  # 7.8.1 to 7.8.3
        (event('<C:time-range start="20060102T000000Z" end="20060103T000000Z"/>'), ["abcd1.ics", "abcd2.ics"]),
        (todo('<C:comp-filter name="VALARM"><C:time-range start="20060106T100000Z" end="20060107T100000Z"/></C:comp-filter>'), ["abcd5.ics"]),  # 7.8.5
        (event('<C:prop-filter name="UID"><C:text-match collation="i;octet">DC6C50A017428C5216A2F1CD@example.com</C:text-match></C:prop-filter>'), ["abcd3.ics"]),  # 7.8.6
        (event('<C:prop-filter name="ATTENDEE"><C:text-match collation="i;ascii-casemap">mailto:lisa@example.com</C:text-match>'
               '<C:param-filter name="PARTSTAT"><C:text-match collation="i;ascii-casemap">NEEDS-ACTION</C:text-match></C:param-filter></C:prop-filter>'), ["abcd3.ics"]),  # 7.8.7
        (event(""), ["abcd1.ics", "abcd2.ics", "abcd3.ics"]),  # 7.8.8
        (todo('<C:prop-filter name="COMPLETED"><C:is-not-defined/></C:prop-filter><C:prop-filter name="STATUS"><C:text-match negate-condition="yes">CANCELLED</C:text-match></C:prop-filter>'),
         ["abcd4.ics", "abcd5.ics"]),  # 7.8.9
        (event('<C:prop-filter name="X-ABC-GUID"><C:text-match>ABC</C:text-match></C:prop-filter>'), []),  # 7.8.10
        (event('<C:prop-filter name="X-ABC-GUID"><C:text-match>E1CX5Dr-0007ym-Hz</C:text-match></C:prop-filter>'), ["abcd3.ics"]),
    ],
)  # fmt: skip
async def test_queries_find_what_the_rfc_says(anna: Client, inner: str, names: list[str]) -> None:
    answer = await ask(anna, inner)
    assert found(answer) == names
    for name in names:
        assert data(answer, name) == OBJECTS[name].replace("\r\n", "\n")


async def test_partial_retrieval_by_time_range(anna: Client) -> None:
    """§7.8.1"""
    props = "".join(
        f'<C:prop name="{name}"/>'
        for name in (
            "SUMMARY",
            "UID",
            "DTSTART",
            "DTEND",
            "DURATION",
            "RRULE",
            "RDATE",
            "EXRULE",
            "EXDATE",
            "RECURRENCE-ID",
        )
    )
    wanted = f'<C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VEVENT">{props}</C:comp><C:comp name="VTIMEZONE"/></C:comp>'
    answer = await ask(
        anna, event(f"<C:time-range {WEEK}/>"), f"<D:getetag/><C:calendar-data>{wanted}</C:calendar-data>"
    )
    assert found(answer) == ["abcd2.ics", "abcd3.ics"]
    assert data(answer, "abcd3.ics") == (
        f"BEGIN:VCALENDAR\nVERSION:2.0\n{EASTERN}BEGIN:VEVENT\nDTSTART;TZID=US/Eastern:20060104T100000\nDURATION:PT1H\n"
        "SUMMARY:Event #3\nUID:DC6C50A017428C5216A2F1CD@example.com\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    assert data(answer, "abcd2.ics").count("BEGIN:VEVENT") == 3


async def test_partial_retrieval_of_recurring_events(anna: Client) -> None:
    """§7.8.2: the override of the 6th is outside of the days asked for, and is left out."""
    span = '<C:limit-recurrence-set start="20060103T000000Z" end="20060105T000000Z"/>'
    answer = await ask(
        anna,
        event('<C:time-range start="20060103T000000Z" end="20060105T000000Z"/>'),
        f"<D:getetag/><C:calendar-data>{span}</C:calendar-data>",
    )
    assert found(answer) == ["abcd2.ics", "abcd3.ics"]
    text = data(answer, "abcd2.ics")
    assert text == OBJECTS["abcd2.ics"].replace("\r\n", "\n").replace(
        text_between(text_of("abcd2.ics"), "SUMMARY:Event #2 bis bis"), ""
    )


def text_of(name: str) -> str:
    return OBJECTS[name].replace("\r\n", "\n")


def text_between(text: str, inside: str) -> str:
    """The VEVENT that holds a line."""
    begin = text.rindex("BEGIN:VEVENT", 0, text.index(inside))
    return text[begin : text.index("END:VEVENT\n", begin) + len("END:VEVENT\n")]


async def test_expanded_retrieval_of_recurring_events(anna: Client) -> None:
    """§7.8.3: occurrences in UTC, each with the start it has in the series."""
    span = '<C:expand start="20060103T000000Z" end="20060105T000000Z"/>'
    answer = await ask(
        anna,
        event('<C:time-range start="20060103T000000Z" end="20060105T000000Z"/>'),
        f"<D:getetag/><C:calendar-data>{span}</C:calendar-data>",
    )
    assert found(answer) == ["abcd2.ics", "abcd3.ics"]
    lines = data(answer, "abcd2.ics").split("\n")
    told = [
        line for line in lines if line.startswith(("DTSTART", "RECURRENCE-ID", "SUMMARY", "RRULE", "BEGIN:VTIMEZONE"))
    ]
    assert sorted(told) == sorted([
        "DTSTART:20060103T170000Z", "RECURRENCE-ID:20060103T170000Z", "SUMMARY:Event #2",
        "DTSTART:20060104T190000Z", "RECURRENCE-ID:20060104T170000Z", "SUMMARY:Event #2 bis",
    ])  # fmt: skip
    assert "DTSTART:20060104T150000Z" in data(answer, "abcd3.ics").split("\n")


async def test_partial_retrieval_of_stored_free_busy_is_asked_of_what_has_none(anna: Client) -> None:
    """§7.8.4: a calendar here holds no VFREEBUSY, and says so."""
    span = '<C:limit-freebusy-set start="20060102T000000Z" end="20060103T000000Z"/>'
    answer = await ask(
        anna, '<C:comp-filter name="VFREEBUSY"><C:time-range start="20060102T000000Z" end="20060103T000000Z"/></C:comp-filter>',
        f"<D:getetag/><C:calendar-data>{span}</C:calendar-data>",
    )  # fmt: skip
    assert found(answer) == []
    busy = calendar(
        "BEGIN:VFREEBUSY\nDTSTAMP:20050530T123421Z\nUID:b\nFREEBUSY:20060103T100000Z/20060103T120000Z\nEND:VFREEBUSY\n",
        zone=False,
    )
    refused = await anna.put(CAL + "abcd8.ics", busy)
    assert (refused.status, refused.condition) == (403, C + "supported-calendar-component")


@pytest.mark.parametrize("kind", ["C:calendar-query", "C:calendar-multiget"])
@pytest.mark.parametrize(
    "attributes", ['content-type="text/plain"', 'content-type="text/calendar" version="1.0"', 'version="3.0"']
)
async def test_other_forms_of_calendar_data_are_refused(anna: Client, kind: str, attributes: str) -> None:
    await fill(anna)
    more = {
        "C:calendar-query": '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>',
        "C:calendar-multiget": f"<D:href>{CAL}abcd1.ics</D:href>",
    }
    for asked, status in ((attributes, 403), ('content-type="text/calendar" version="2.0"', 207)):
        answer = await anna.report(CAL, body(kind, f"<D:prop><C:calendar-data {asked}/></D:prop>{more[kind]}"))
        assert answer.status == status
        if status == 403:
            assert answer.condition == C + "supported-calendar-data"


async def test_free_busy_of_the_day(anna: Client) -> None:
    """§7.10.1, over the objects of appendix B: the 4th from 9 to 18 o'clock in New York."""
    await fill(anna)
    answer = await anna.report(
        CAL, body("C:free-busy-query", '<C:time-range start="20060104T140000Z" end="20060105T220000Z"/>')
    )
    lines = [line for line in answer.text.split("\r\n") if line.startswith("FREEBUSY")]
    assert lines == [
        "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060104T150000Z/20060104T160000Z",
        "FREEBUSY;FBTYPE=BUSY:20060104T190000Z/20060104T200000Z",
        "FREEBUSY;FBTYPE=BUSY:20060105T170000Z/20060105T180000Z",
    ]
