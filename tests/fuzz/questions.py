"""What is asked of hostile objects, and the objects that hostile questions are asked of."""

from __future__ import annotations

from tests.support.filters import in_component, in_property, time_range

_YEAR = time_range("20260101T000000", "20270101T000000")


def _calendar_query(inner: str) -> str:
    return (
        '<calendar-query xmlns="urn:ietf:params:xml:ns:caldav"><filter><comp-filter name="VCALENDAR">'
        f"{inner}</comp-filter></filter></calendar-query>"
    )


def _card_query(inner: str) -> str:
    return f'<addressbook-query xmlns="urn:ietf:params:xml:ns:carddav"><filter>{inner}</filter></addressbook-query>'


CALENDAR_QUERIES = [
    _calendar_query(inner)
    for inner in (
        "",
        *(in_component(kind, _YEAR) for kind in ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")),
        in_component("VEVENT", in_component("VALARM", _YEAR)),
        in_component("VTODO", in_component("VALARM", "<is-not-defined/>")),
        in_component("VEVENT", in_property("SUMMARY", "<text-match>a</text-match>")),
        in_component("VEVENT", in_property("UID", '<text-match negate-condition="yes">x</text-match>')),
        in_component("VEVENT", in_property("DTSTART", _YEAR)),
        in_component(
            "VEVENT",
            in_property(
                "ATTENDEE",
                '<param-filter name="PARTSTAT"><text-match collation="i;octet">A</text-match></param-filter>',
            ),
        ),
    )
]
CARD_QUERIES = [
    _card_query(inner)
    for inner in (
        in_property("FN", "<text-match>a</text-match>"),
        in_property("EMAIL", '<text-match match-type="equals" collation="i;ascii-casemap">a@b</text-match>'),
        in_property("NOTE", "<is-not-defined/>"),
        in_property("TEL", '<param-filter name="TYPE"><text-match>home</text-match></param-filter>'),
    )
]

_HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//fuzz//EN\r\n"
CALENDARS = [
    _HEAD + inner + "END:VCALENDAR\r\n"
    for inner in (
        "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260601T100000Z\r\nDTEND:20260601T110000Z\r\nSUMMARY:Ada\r\n"
        "ATTENDEE;CN=Bo;PARTSTAT=ACCEPTED:mailto:bo@example.org\r\n"
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n",
        "BEGIN:VEVENT\r\nUID:b\r\nDTSTART;TZID=Europe/Paris:20260101T100000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\n"
        "EXDATE;TZID=Europe/Paris:20260105T100000\r\nEND:VEVENT\r\n"
        "BEGIN:VEVENT\r\nUID:b\r\nRECURRENCE-ID;TZID=Europe/Paris:20260112T100000\r\nDTSTART:20260113T100000Z\r\nEND:VEVENT\r\n",
        "BEGIN:VTODO\r\nUID:c\r\nDUE;VALUE=DATE:20260601\r\nSTATUS:NEEDS-ACTION\r\nEND:VTODO\r\n",
        "BEGIN:VJOURNAL\r\nUID:d\r\nSUMMARY:line\\nbreak\r\nEND:VJOURNAL\r\n",
    )
]
CARDS = [
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:a\r\nFN:Ada\r\nN:Ada;;;;\r\nEMAIL;TYPE=work:ada@example.org\r\nTEL;TYPE=home:1\r\n"
    "item1.NOTE:a\\, b\r\nEND:VCARD\r\n",
    "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:b\r\nFN:Bo\r\nKIND:group\r\nMEMBER:urn:uuid:a\r\nBDAY:--0203\r\nEND:VCARD\r\n",
]
