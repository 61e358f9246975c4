"""Long files cut into components without being read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.codec import pieces
from sogo.codec.pieces import OUTSIDE, readable, scan
from sogo.errors import CodecError, TooMany

FILE = (
    b"BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nPRODID:-//x//\r\n y//EN\r\n"
    b"BEGIN:VTIMEZONE\r\nTZID:Europe/\r\n Berlin\r\nBEGIN:STANDARD\r\nTZID:not this\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    b"BEGIN:VEVENT\r\nUID;X=1:one\\, two\r\nRECURRENCE-ID:20260601\r\n"
    b"BEGIN:VALARM\r\nUID:alarm\r\nEND:VALARM\r\nEND:VEVENT\r\n"
    b"begin:vtodo\r\nuid:three\r\nend:vtodo\r\nX-WR-CALNAME:late\r\nEND:VCALENDAR\r\n"
)


def cut(data: bytes) -> list[bytes]:
    data = readable(data)
    return [data[piece.start : piece.end] for piece in scan(data)[1]]


def test_components_are_found_with_what_names_them() -> None:
    heads, found = scan(readable(FILE))
    assert [head.lines for head in heads] == [{"METHOD": "PUBLISH", "PRODID": "-//x//y//EN"}]
    assert [(piece.name, piece.lines, piece.calendar, piece.is_closed) for piece in found] == [
        ("VTIMEZONE", {"TZID": "Europe/Berlin"}, 0, True),
        ("VEVENT", {"UID": "one, two", "RECURRENCE-ID": "20260601"}, 0, True),
        ("VTODO", {"UID": "three"}, 0, True),
    ]
    assert cut(FILE)[2] == b"begin:vtodo\r\nuid:three\r\nend:vtodo"


@pytest.mark.parametrize("window", [1, 7, 40, 200])
def test_it_does_not_matter_where_a_window_ends(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    whole = scan(FILE)
    monkeypatch.setattr(pieces, "_WINDOW_BYTES", window)
    assert scan(FILE) == whole


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"BEGIN:VCARD\nUID:1\nEND:VCARD\nBEGIN:VCARD\nUID:2\nEND:VCARD\n", ["1", "2"]),
        (b"BEGIN:VCARD\rUID:1\rEND:VCARD\r", ["1"]),
        ("BEGIN:VCARD\r\nUID:é\r\nEND:VCARD\r\n".encode("utf-16"), ["é"]),
        (b"\xef\xbb\xbfBEGIN:VCARD\nUID:1\nEND:VCARD", ["1"]),
        (b"BEGIN:VCARD\nUID:1\nBEGIN:VCARD\nUID:2\n", ["1", "2"]),  # neither has its END
        (b"BEGIN:VCARD\nUID:1\nAGENT:\nBEGIN:VCARD\nUID:in\nEND:VCARD\nEND:VCARD\nBEGIN:VCARD\nUID:2\nEND:VCARD", ["1", "2"]),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nBEGIN:VEVENT\nUID:2\nEND:VEVENT\nEND:VCALENDAR", ["1", "2"]),
        (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nBEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:2\nEND:VEVENT", ["1", "2"]),
        (b"END:VEVENT\nBEGIN:VCALENDAR\nEND:VTODO\nBEGIN:VEVENT\nEND:VTODO\nUID:1\nEND:VEVENT", ["1"]),
    ],
)  # fmt: skip
def test_broken_files_are_read_as_far_as_they_make_sense(sent: bytes, expected: list[str]) -> None:
    assert [piece.lines.get("UID") for piece in scan(readable(sent))[1]] == expected


def test_calendars_in_one_file_are_told_apart() -> None:
    one = b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n"
    heads, found = scan(one + b"BEGIN:VCARD\nEND:VCARD\n" + one)
    assert len(heads) == 2
    assert [piece.calendar for piece in found] == [0, OUTSIDE, 1]


def test_what_is_nested_too_deep_or_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CodecError):
        scan(b"BEGIN:X\n" * 100_000)
    monkeypatch.setattr(pieces, "MAX_PIECES", 10)
    with pytest.raises(TooMany):
        scan(b"BEGIN:VCARD\nEND:VCARD\n" * 11)


@given(
    st.lists(
        st.sampled_from(
            [
                b"BEGIN:VCALENDAR",
                b"END:VCALENDAR",
                b"BEGIN:VEVENT",
                b"END:VEVENT",
                b"UID:1",
                b" x",
                b"BEGIN:VCARD",
                b"END:VCARD",
                b"BEGIN:VALARM",
                b"END:VALARM",
                b"\xff",
                b"AGENT:",
            ]
        )
    )
)
def test_pieces_never_overlap_and_keep_their_order(lines: list[bytes]) -> None:
    data = readable(b"\n".join(lines))
    heads, found = scan(data)
    place = 0
    for piece in found:
        assert place <= piece.start < piece.end <= len(data)
        assert data[piece.start : piece.start + 6].upper() == b"BEGIN:"
        assert piece.calendar < len(heads)
        place = piece.end


def test_binary_junk_holds_nothing() -> None:
    assert scan(readable(bytes(range(256)) * 1000)) == ([], [])
