"""Messages as we write them, read by the standard library's reader of mail."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.codec.mime.addresses import bare_address, needs_utf8
from sogo.codec.mime.headers import (
    Mailbox,
    address_field,
    date_field,
    message_id_field,
    one_line,
    structured_field,
    text_field,
)
from sogo.codec.mime.writer import Encoding, Multipart, Part, render_message, text_part

HOSTILE = [
    "a\r\nBcc: evil@example.org", "a\nSubject: other", "a\r\n\r\nbody", "a\x00b", "a\x0bb\x0cc", "\u202eevil\u202c", "\u2066x\u2069",
    "a\u2028Bcc: x\u2029y", "=?utf-8?q?fake?=", "x" * 10_000, "é" * 10_000, "\ud800 half", '"quoted" \\ back', "a, b <c@d>",
    "(comment)", "", " ", "\x85Bcc: x", "日本語の件名" * 40, "a " * 300, "😀" * 100, "x" * 63 + " " + "y" * 64,
]  # fmt: skip


def read(octets: bytes) -> EmailMessage:
    message = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def decoded(text: str) -> str:
    return str(make_header(decode_header(text)))


def raw(octets: bytes, name: str) -> str:
    """A field as it stands, unfolded: the newer reader of the standard library leaves blanks between encoded words."""
    return str(email.message_from_bytes(octets)[name]).replace("\r\n", "")


def check_lines(octets: bytes) -> None:
    assert b"\r" not in octets.replace(b"\r\n", b"")
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    assert b"\0" not in octets


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_text_is_one_field_whatever_is_in_it(number: int) -> None:
    octets = text_field("Subject", HOSTILE[number])
    check_lines(octets)
    assert max(map(len, octets.split(b"\r\n"))) <= 78
    message = read(octets + b"X: y\r\n\r\nbody")
    assert message.keys() == ["Subject", "X"]
    assert message.defects == []
    expected = one_line(HOSTILE[number])
    assert decoded(raw(octets, "Subject")).split() == expected.split()
    assert message.get_payload() == "body"


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_name_is_a_name_whatever_is_in_it(number: int) -> None:
    octets = address_field("To", [Mailbox(HOSTILE[number], "a@example.com"), Mailbox("B", "b@example.com")])
    check_lines(octets)
    message = read(octets + b"\r\nbody")
    assert message.keys() == ["To"]
    header = message["To"]
    assert isinstance(header, AddressHeader)
    assert [one.addr_spec for one in header.addresses] == ["a@example.com", "b@example.com"]
    (name, address), second = getaddresses([raw(octets, "To")])
    assert (address, second) == ("a@example.com", ("B", "b@example.com"))
    assert decoded(name).split() == one_line(HOSTILE[number], 200).split()
    assert list(header.defects) == []


@given(st.text(st.characters(codec="utf-8"), max_size=400))
def test_every_text_comes_back(text: str) -> None:
    octets = text_field("Subject", text)
    check_lines(octets)
    assert decoded(raw(octets, "Subject")).split() == one_line(text).split()


@given(st.text(st.characters(codec="utf-8"), max_size=150))
def test_every_name_comes_back(text: str) -> None:
    octets = address_field("From", [Mailbox(text, "a@example.com")])
    check_lines(octets)
    header = read(octets + b"\r\n")["From"]
    assert [one.addr_spec for one in header.addresses] == ["a@example.com"]
    ((name, address),) = getaddresses([raw(octets, "From")])
    assert address == "a@example.com"
    assert decoded(name).split() == one_line(text, 200).split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@example.com", "a@example.com"),
        ("MAILTO:A.b@Example.COM", "A.b@example.com"),
        ("  a@example.com ", "a@example.com"),
        ("a+tag@localhost", "a+tag@localhost"),
        ("zoë@bücher.example", "zoë@xn--bcher-kva.example"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("почта@пример.рф", "почта@xn--e1afmkfd.xn--p1ai"),
        ("a@example.com\r\nBcc: b@example.org", None),
        ("a@example.com, b@example.org", None),
        ("a@b@example.com", None),
        ("a b@example.com", None),
        ('"a b"@example.com', None),
        ("<a@example.com>", None),
        ("a@[127.0.0.1]", None),
        ("a@-example.com", None),
        ("a@example..com", None),
        (".a@example.com", None),
        ("a\u202e@example.com", None),
        ("a\u200b@example.com", None),
        ("a\x00@example.com", None),
        ("a@exam ple.com", None),
        ("@example.com", None),
        ("a@", None),
        ("a", None),
        ("", None),
        ("x" * 65 + "@example.com", None),
        ("a@" + "x" * 64 + ".com", None),
        ("a@" + "x." * 200 + "com", None),
        ("é" * 10_000 + "@example.com", None),
        ("urn:uuid:1", None),
    ],
)
def test_an_address_is_plain_or_none(text: str, expected: str | None) -> None:
    assert bare_address(text) == expected
    assert expected is None or bare_address(expected) == expected


def test_only_a_local_part_needs_utf8() -> None:
    assert needs_utf8("zoë@xn--bcher-kva.example")
    assert not needs_utf8("zoe@xn--bcher-kva.example")
    octets = address_field("To", [Mailbox("Zoë", "zoë@xn--bcher-kva.example")])
    assert "zoë@xn--bcher-kva.example".encode() in octets


def test_what_is_no_address_never_gets_into_a_field() -> None:
    for text in ("a@example.com\r\nBcc: b@c", "a b@example.com", "", "A@EXAMPLE.COM"):
        with pytest.raises(ValueError):
            address_field("To", [Mailbox("", text)])
    with pytest.raises(ValueError):
        text_field("Subject\r\nX", "a")
    for token in ("a\r\n", "a>", "a b", ""):
        with pytest.raises(ValueError):
            message_id_field(token, "example.com")


def test_parameters_are_quoted_or_encoded() -> None:
    octets = structured_field("Content-Type", "text/calendar", [("name", 'a "b".ics'), ("x", "é\r\nX: y"), ("y", "z")])
    assert octets.count(b"\r\n") - octets.count(b"\r\n ") == 1
    message = read(octets + b"\r\n")
    assert dict(message["Content-Type"].params) == {"name": 'a "b".ics', "x": "é X: y", "y": "z"}


def test_dates_and_ids_are_as_others_read_them() -> None:
    moment = dt.datetime(2026, 6, 1, 12, 5, 9, tzinfo=dt.UTC)
    message = read(date_field(moment) + message_id_field("ab.c-1", "example.com") + b"\r\n")
    assert message["Date"].datetime == moment
    assert message["Message-ID"] == "<ab.c-1@example.com>"


TEXT = "Grüße,\r\n.\r\nFrom me\r\n--=_abc\r\ntrailing \t\r\n" + "x" * 3000 + "\r\n"


@pytest.mark.parametrize("text", [TEXT, "日本語\n" * 30, "", "\n", "a", "=20", "a\rb\n"])
def test_bodies_come_back_as_they_were(text: str) -> None:
    calendar = Part("text/calendar", text.encode(), (("charset", "utf-8"), ("method", "REQUEST")))
    attached = Part("application/ics", text.encode(), (), Encoding.BASE64, "invite.ics")
    alternative = Multipart("alternative", (text_part("plain", text), text_part("html", text), calendar))
    octets = render_message([text_field("Subject", "x")], Multipart("mixed", (alternative, attached)), "abc")
    check_lines(octets)
    assert octets.isascii()
    assert max(map(len, octets.split(b"\r\n"))) <= 78
    message = read(octets)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics"
    ]  # fmt: skip
    assert [part.defects for part in message.walk()] == [[]] * 6
    plain, html, ics, file = list(message.walk())[2:]
    lines = re.sub(r"\r\n?|\n", "\r\n", text)
    for part in (plain, html, ics):
        found = part.get_payload(decode=True)
        assert isinstance(found, bytes)
        assert re.sub(rb"\r\n?|\n", b"\r\n", found).decode() == lines
    assert file.get_payload(decode=True) == text.encode()
    assert file.get_filename() == "invite.ics"
    assert file.get_content_disposition() == "attachment"


def test_half_a_character_does_not_stop_a_mail() -> None:
    assert b"?" in render_message([], text_part("plain", "a \ud800 b"), "abc")
