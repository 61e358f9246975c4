"""Files taken apart into objects."""

from __future__ import annotations

import pytest

from sogo.errors import InvalidData, UnsupportedData
from sogo.model.calendar_object import check
from sogo.model.folder import FolderKind
from sogo.model.import_file import ImportFile

ZONE = "BEGIN:VTIMEZONE\r\nTZID:{}\r\nX-N:{}\r\nEND:VTIMEZONE\r\n"


def component(uid: str, *lines: str, name: str = "VEVENT") -> str:
    head = [f"UID:{uid}"] if uid else []
    return "\r\n".join([f"BEGIN:{name}", *head, *lines, f"END:{name}", ""])


def calendar(*inner: str, head: str = "") -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{''.join(inner)}END:VCALENDAR\r\n".encode()


def read(*data: bytes) -> ImportFile:
    return ImportFile.of(b"".join(data), FolderKind.CALENDAR)


def texts(file: ImportFile) -> list[str]:
    return [file.text_of(item).decode() for item in file.objects]


def test_a_series_and_its_overrides_become_one_object_with_its_zones() -> None:
    file = read(
        calendar(
            component("a", "RECURRENCE-ID;TZID=X:20260602T100000", "DTSTART;TZID=X:20260602T110000"),
            ZONE.format("X", 1),
            ZONE.format("Unused", 1),
            component("b", "DTSTART:20260601T100000Z"),
            component("a", "DTSTART;TZID=\r\n X:20260601T100000", "RRULE:FREQ=DAILY"),
        )
    )
    first, second = texts(file)
    assert check(first).master is not None
    assert (first.count("BEGIN:VEVENT"), first.count("TZID:X"), first.count("Unused")) == (2, 1, 0)
    assert (second.count("BEGIN:VEVENT"), second.count("VTIMEZONE")) == (1, 0)


def test_of_two_with_the_same_uid_the_later_counts() -> None:
    file = read(calendar(component("a", "SUMMARY:old"), component("a", "SUMMARY:new")))
    [text] = texts(file)
    assert ("old" in text, "new" in text) == (False, True)


def test_the_zones_of_two_calendars_in_one_file_do_not_mix() -> None:
    one, two = (
        calendar(ZONE.format("X", number), component(uid, "DTSTART;TZID=X:20260601T100000"))
        for number, uid in ((1, "a"), (2, "b"))
    )
    first, second = texts(read(one, two))
    assert ("X-N:1" in first, "X-N:2" in first) == (True, False)
    assert ("X-N:1" in second, "X-N:2" in second) == (False, True)


def test_what_has_no_uid_gets_the_same_one_each_time() -> None:
    data = calendar(component("", "SUMMARY:x"), component("", "SUMMARY:y"))
    first, second = read(data), read(data)
    assert [item.uid for item in first.objects] == [item.uid for item in second.objects]
    assert len({item.uid for item in first.objects}) == 2
    assert [check(text).uid for text in texts(first)] == [item.uid for item in first.objects]


def test_a_lost_end_costs_one_object_nothing_more() -> None:
    file = read(
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTART:20260601\r\nBEGIN:VEVENT\r\nUID:b\r\nEND:VEVENT\r\n"
    )
    assert [check(text).uid for text in texts(file)] == ["a", "b"]


def test_components_no_calendar_keeps_are_named_and_foreign_ones_left() -> None:
    file = read(calendar(component("f", name="VFREEBUSY"), component("x", name="X-THING"), component("a")))
    assert [item.uid for item in file.objects] == ["f", "a"]
    with pytest.raises(UnsupportedData):
        file.text_of(file.objects[0])


@pytest.mark.parametrize(
    ("head", "method"),
    [("", ""), ("METHOD:publish\r\n", ""), ("METHOD:REQUEST\r\n", "REQUEST"), ("METHOD: cancel \r\n", "CANCEL")],
)
def test_a_message_is_known_by_its_method(head: str, method: str) -> None:
    assert read(calendar(component("a"), head=head)).method == method


@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 100, b"BEGIN:VCARD\r\nEND:VCARD\r\n"])
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidData):
        read(data)


def test_cards_stay_alone_and_as_they_are() -> None:
    data = (
        b"BEGIN:VCARD\nVERSION:2.1\nUID:1\nEND:VCARD\nBEGIN:VCARD\nFN:no uid\nEND:VCARD\nBEGIN:VLIST\nUID:l\nEND:VLIST"
    )
    file = ImportFile.of(data, FolderKind.CONTACTS)
    first, second, third = texts(file)
    assert first == "BEGIN:VCARD\nVERSION:2.1\nUID:1\nEND:VCARD\r\n"
    assert f"UID:{file.objects[1].uid}" in second
    assert third.startswith("BEGIN:VLIST")
    with pytest.raises(InvalidData):
        ImportFile.of(calendar(component("a")), FolderKind.CONTACTS)
