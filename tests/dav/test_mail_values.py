"""Mail over DAV, as far as it is a function of values: names, encoded words, subjects; and where there is no mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.codec.imap.bodystructure import Part, read_structure
from sogo.codec.imap.lexer import values_of
from sogo.codec.mime.words import decode_words
from sogo.dav.mail_names import level_of, mailbox_segments, uid_of, wire_level
from sogo.dav.properties.mail import has_attachment
from sogo.errors import InvalidRequest
from sogo.service.mail_search import base_subject
from tests.support.house import Client, House, propfind


def letter(
    subject: str,
    *,
    date: str = "Mon, 11 Jan 2027 09:00:00 +0200",
    sender: str = "One <one@example.com>",
    to: str = "two@example.com, =?utf-8?q?Caf=C3=A9?= <c@example.com>",
    cc: str | None = "three@example.com",
    body: str = "Body <text> & ]]>.\r\n",
) -> bytes:
    fields = [f"From: {sender}", f"To: {to}", *([f"Cc: {cc}"] if cc else []), f"Subject: {subject}", f"Date: {date}"]
    more = ["Message-ID: <rig-1@example.com>", "References: <a@b>\r\n <c@d>", "Content-Type: text/plain; charset=utf-8"]
    return ("\r\n".join([*fields, *more]) + "\r\n\r\n" + body).encode()


LETTER = letter("=?utf-8?q?Gr=C3=BC=C3=9Fe?= x")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain", "plain"), ("=?utf-8?q?Gr=C3=BC=C3=9Fe?= x", "Grüße x"), ("=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?utf-8?b?w7w=?=  =?utf-8?b?w7w=?=", "üü"), ("=?utf-8?b?w?=", "=?utf-8?b?w?="), ("=?utf-8?q?a=C3?=\r\n =?utf-8?q?=BC_b?=", "aü b"),
        ("=?iso-8859-1?q?caf=E9?= =?utf-8?q?=E2=82=AC?=", "café€"), ("a =?utf-8?q?b?= c =?utf-8?q?d?=", "a b c d"),
        ("=?nonsense?q?x?=", "=?nonsense?q?x?="), ("=?hex?q?x?=", "=?hex?q?x?="), ("=?utf-8?q?x", "=?utf-8?q?x"),
        ("=?utf-8*en?q?x?=", "x"), ("=?utf-8?x?x?=", "=?utf-8?x?x?="), ("", ""),
    ],
)  # fmt: skip
def test_encoded_words_are_read(raw: str, text: str) -> None:
    assert decode_words(raw) == text


@given(
    st.lists(st.sampled_from(["=?utf-8?q?", "=?utf-16?b?", "?=", "=", "C3", " ", "a", "\r\n", "é", "=?"]), max_size=30)
)
def test_any_header_is_some_text(parts: list[str]) -> None:
    assert isinstance(decode_words("".join(parts)), str)


@pytest.mark.parametrize(
    ("subject", "base"),
    [("Re: a", "a"), ("RE[2]: Fwd: [list] A b", "a b"), ("a (fwd)", "a"), ("[only]", "[only]"), ("re", "re"), ("  x  y ", "x y"), ("", "")],
)  # fmt: skip
def test_subjects_without_what_replies_put_around_them(subject: str, base: str) -> None:
    assert base_subject(subject) == base


def test_names_as_segments_and_back() -> None:
    for name in ("INBOX", "a b@c", "1.2", "Entw&APw-rfe", "R&-D", "x_y", "R&D"):
        (segment,) = mailbox_segments(name, "/")
        expected = name if name != "R&D" else "R&-D"
        assert level_of(segment, "/") == expected
    assert mailbox_segments("a.b c", ".") == ("foldera", "folderb_SP_c")
    assert level_of("folder", "/") is None
    assert level_of("x", "/") is None
    for text in ("a/b", "", "x" * 501, "a\r\nb", "a\0"):
        with pytest.raises(InvalidRequest):
            wire_level(text, "/")


@pytest.mark.parametrize(
    ("segment", "uid"),
    [("1.eml", 1), ("4294967295.eml", 2**32 - 1), ("4294967296.eml", None), ("0.eml", None), ("01.eml", None), ("1", None), ("1.EML", None), ("١.eml", None)],
)  # fmt: skip
def test_only_what_could_be_a_uid_is_one(segment: str, uid: int | None) -> None:
    assert uid_of(segment) == uid


def part(text: str) -> Part:
    (value,) = values_of(text.encode())
    return read_structure(value)


PLAIN = '("text" "plain" NIL NIL NIL "7bit" 3 1)'


@pytest.mark.parametrize(
    ("structure", "found"),
    [
        (PLAIN, False),
        (f'({PLAIN} ("application" "pdf" ("name" "x.pdf") NIL NIL "base64" 3) "mixed")', True),
        (f'({PLAIN} ("text" "plain" NIL NIL NIL "7bit" 3 1 NIL ("attachment" ("filename" "x"))) "mixed")', True),
        (f'({PLAIN} ("text" "plain" NIL NIL NIL "7bit" 3 1 NIL ("inline" ("filename" "x"))) "mixed")', False),
        (f'({PLAIN} ("image" "png" NIL NIL NIL "base64" 3 NIL ("inline" ("filename" "x"))) "mixed")', True),
        (f'({PLAIN} ("application" "pgp-signature" NIL NIL NIL "7bit" 3) "signed")', False),
        ("NIL", False),
    ],
)
def test_what_counts_as_an_attachment(structure: str, found: bool) -> None:
    assert has_attachment(part(structure)) is found


async def test_without_a_mail_server_there_is_no_mail(house: House, anna: Client) -> None:
    answer = await anna.propfind("/SOGo/dav/anna/", "D:displayname", depth="1")
    assert not [href for href in answer.hrefs if "Mail" in href]
    for path in ("Mail/", "Mail/0/", "Mail/0/folderINBOX/"):
        assert (await anna("PROPFIND", f"/SOGo/dav/anna/{path}", propfind("D:displayname"), Depth="0")).status == 404
