"""Many stored objects as the parts of one calendar."""

from __future__ import annotations

import pytest

from sogo.codec.contentline import parse
from sogo.errors import InvalidData
from sogo.model.calendar_export import Parts, calendar_properties
from sogo.model.file_text import cards_of


def zone(tzid: str, offset: str = "+0100") -> str:
    return (
        f"BEGIN:VTIMEZONE\r\nTZID:{tzid}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:{offset}\r\n"
        f"TZOFFSETTO:{offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )


def calendar(uid: str, *, tzid: str = "", zones: str = "", more: str = "") -> str:
    start = f"DTSTART;TZID={tzid}:20260601T100000" if tzid else "DTSTART:20260601T100000"
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\n{zones}BEGIN:VEVENT\r\nUID:{uid}\r\n{start}\r\n{more}"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def told(parts: Parts, text: str) -> list[str]:
    """The components an object adds: a zone as its TZID, an event as its UID and the TZID of its start."""
    found = []
    for component in parts.of(text):
        start = component.first("DTSTART")
        if component.name == "VTIMEZONE":
            found.append(component.text("TZID"))
        else:
            found.append(f"{component.text('UID')} {start.param('TZID') if start else ''}")
    return found


def test_a_zone_is_told_before_its_first_use_and_once() -> None:
    parts = Parts()
    berlin = zone("Europe/Berlin")
    assert told(parts, calendar("a", tzid="Europe/Berlin", zones=berlin)) == ["Europe/Berlin", "a Europe/Berlin"]
    assert told(parts, calendar("b", tzid="Europe/Berlin", zones=berlin)) == ["b Europe/Berlin"]
    assert told(parts, calendar("c", zones=berlin)) == ["c None"]


def test_a_known_zone_without_definition_gets_one() -> None:
    assert told(Parts(), calendar("a", tzid="Europe/Berlin")) == ["Europe/Berlin", "a Europe/Berlin"]
    assert told(Parts(), calendar("a", tzid="Nowhere/At All")) == ["a Nowhere/At All"]


def test_one_name_for_two_zones_is_told_apart() -> None:
    """Exchange calls every zone of its own "Customized Time Zone"."""
    parts = Parts()
    east, west = zone("Custom", "+0300"), zone("Custom", "-0300")
    assert told(parts, calendar("a", tzid="Custom", zones=east)) == ["Custom", "a Custom"]
    assert told(parts, calendar("b", tzid="Custom", zones=west)) == ["Custom 2", "b Custom 2"]
    assert told(parts, calendar("c", tzid="Custom", zones=west)) == ["c Custom 2"]
    assert told(parts, calendar("d", tzid="Custom", zones=east)) == ["d Custom"]


def test_what_would_spoil_the_file_stays_out() -> None:
    bad = "no colon\r\nEND:VTODO\r\nBEGIN:\r\nSUMMARY:a\x00\x01b\rc\r\nBEGIN:VALARM\r\nEND:VTODO\r\nACTION:DISPLAY\r\n"
    [event] = Parts().of(calendar("a", more=bad))
    assert event.render() == (
        "BEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260601T100000\r\nSUMMARY:abc\r\n"
        "BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    )


def test_alarms_are_left_out_where_asked() -> None:
    text = calendar("a", more="BEGIN:VALARM\r\nACTION:DISPLAY\r\nEND:VALARM\r\n")
    assert "VALARM" in Parts().of(text)[0].render()
    assert "VALARM" not in Parts(with_alarms=False).of(text)[0].render()


@pytest.mark.parametrize(
    "text",
    ["", "\x00\x01\x02", "BEGIN:VCARD\r\nEND:VCARD\r\n", calendar("a", more="BEGIN:VEVENT\r\nUID:b\r\nEND:VEVENT\r\n")],
)
def test_what_no_file_can_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidData):
        Parts().of(text)


def test_a_name_cannot_break_out_of_its_line() -> None:
    lines = [line.render() for line in calendar_properties("a\r\nEND:VCALENDAR,\u202eb", "Europe/Paris")]
    assert "X-WR-CALNAME:a\\nEND:VCALENDAR\\,\u202eb" in lines
    assert len(parse("\r\n".join(lines)).lines) == len(lines)


def test_cards_are_tidied_and_whole() -> None:
    text = "BEGIN:VCARD\r\nFN:A\r\nrubbish\r\nEND:VLIST\r\n"
    assert cards_of(text) == "BEGIN:VCARD\r\nFN:A\r\nEND:VCARD\r\n"
    with pytest.raises(InvalidData):
        cards_of("BEGIN:VEVENT\r\nEND:VEVENT\r\n")
