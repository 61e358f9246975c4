"""Messages of strangers, read as the standard library reads them, and never at a cost that grows faster than they do."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sogo.codec.mime.authentication_results import parse
from sogo.codec.mime.fields import content_type
from sogo.codec.mime.mailbox import sole_address
from sogo.codec.mime.reader import MAX_DEPTH, MAX_FALSE_BOUNDARIES, MAX_PARTS, entity, leaves, octets_of, text_of

TEXTS = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\x00", exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
    max_size=300,
)


def leaf_types(octets: bytes) -> list[str]:
    return [part.type.kind for part in leaves(entity(octets))]


@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from(["base64", "quoted-printable", "8bit"]))
def test_parts_come_out_as_the_standard_library_put_them_in(texts: list[str], encoding: str) -> None:
    letter = EmailMessage(policy=email.policy.SMTP)
    letter["Subject"] = "x"
    letter.set_content("first")
    for text in texts:
        letter.add_attachment(
            text.encode(), maintype="text", subtype="calendar", cte=encoding, params={"charset": "utf-8"}
        )
    parts = [part for part in leaves(entity(letter.as_bytes())) if part.type.kind == "text/calendar"]
    assert [text_of(part).rstrip("\r\n") for part in parts] == texts


@pytest.mark.parametrize(
    "charset", ["utf-8", "iso-8859-1", "windows-1252", "iso-8859-15", "utf-16", "koi8-r", "shift_jis", "gb2312"]
)
def test_charsets(charset: str) -> None:
    said = {"koi8-r": "Встреча", "shift_jis": "会議", "gb2312": "会议"}.get(charset, "Réunion")
    part = MIMEBase("text", "calendar", charset=charset)
    part.set_payload(said.encode(charset))
    email.encoders.encode_base64(part)
    (leaf,) = leaves(entity(part.as_bytes()))
    assert text_of(leaf).lstrip("\ufeff") == said


@pytest.mark.parametrize(
    "charset", ["", "x-nothing", "punycode", "zip", "unicode_escape", "utf-7", "idna", "undefined"]
)
def test_a_charset_nobody_reads_is_read_as_calendars_are(charset: str) -> None:
    octets = f"Content-Type: text/calendar; charset={charset}\r\n\r\nR\\u00e9union é".encode()
    (leaf,) = leaves(entity(octets))
    assert text_of(leaf) == "R\\u00e9union é"


def test_nested_multiparts_are_read_in_their_order_and_messages_within_are_not() -> None:
    inner = MIMEMultipart("alternative")
    inner.attach(MIMEText("plain"))
    inner.attach(MIMEText("BEGIN", "calendar"))
    outer = MIMEMultipart("mixed")
    outer.attach(inner)
    forwarded = MIMEBase("message", "rfc822")
    forwarded.set_payload([EmailMessage()])
    outer.attach(forwarded)
    outer.attach(MIMEText("END", "calendar"))
    assert leaf_types(outer.as_bytes()) == ["text/plain", "text/calendar", "message/rfc822", "text/calendar"]


def test_a_report_of_a_mail_that_bounced_holds_nothing_that_was_said_to_us() -> None:
    report = MIMEMultipart("report")
    report.attach(MIMEText("BEGIN", "calendar"))
    assert leaf_types(report.as_bytes()) == []


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_lines_end_as_they_like_and_a_message_may_be_cut_off(end: str) -> None:
    lines = [
        "From a@b Tue Nov 24",
        "From: a@b",
        "Content-Type: multipart/mixed;",
        ' boundary="x y"',
        "",
        "before",
        "--x y",
        "",
        "one",
        "--x yz",
        "--x y ",
        "Content-Type: text/calendar",
        "",
        "two",
    ]
    parts = list(leaves(entity(end.join(lines).encode())))
    assert [(part.type.kind, part.body.decode().split(end)) for part in parts] == [
        ("text/plain", ["one", "--x yz"]),
        ("text/calendar", ["two"]),
    ]


@pytest.mark.parametrize(
    ("value", "kind", "parameters"),
    [
        ('text/calendar; charset="utf-8"; method=REQUEST', "text/calendar", {"charset": "utf-8", "method": "REQUEST"}),
        ('Text/Calendar ;name="a;b\\"c" ; method = REPLY', "text/calendar", {"name": 'a;b"c', "method": "REPLY"}),
        ("text/calendar; name*=utf-8''r%C3%A9union.ics", "text/calendar", {"name": "réunion.ics"}),
        ("text/calendar; name*0=a; name*1*=%20b; name*2=c", "text/calendar", {"name": "a bc"}),
        ("text/calendar; ; =x; method=CANCEL", "text/calendar", {"method": "CANCEL"}),
        ("text/calendar; method=A; method=B", "text/calendar", {"method": "A"}),
        ("nonsense", "text/plain", {}),
        ("", "text/plain", {}),
    ],
)  # fmt: skip
def test_content_types(value: str, kind: str, parameters: dict[str, str]) -> None:
    found = content_type(value)
    assert (found.kind, found.parameters) == (kind, parameters)


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("ann@example.org", "ann@example.org"),
        ("Ann <Ann@Example.ORG>", "ann@example.org"),
        ('"Bell, Ann (x) <b@c.org>" <ann@example.org>', "ann@example.org"),
        ("ann@example.org (Ann, <b@c.org>)", "ann@example.org"),
        ("=?utf-8?q?Ann?= <ann@bücher.example>", "ann@xn--bcher-kva.example"),
        ("a@example.org, b@example.org", None),
        ("A <a@example.org>, B <b@example.org>", None),
        ("team: a@example.org;", None),
        ("a@example.org <b@example.org> <c@example.org>", None),
        ("<a@example.org> b@example.org", None),
        ('"open <a@example.org>', None),
        ("(open a@example.org", None),
        ("a@example.org) x", None),
        ("<a@example.org", None),
        ("<@relay.example:a@example.org>", None),
        ("a\\@b@example.org", None),
        ("undisclosed", None),
        ("", None),
        ("(" * 3000 + "a@example.org", None),
    ],
    ids=str,
)  # fmt: skip
def test_from_has_one_address_or_none(value: str, address: str | None) -> None:
    assert sole_address(value) == address


def test_authentication_results_as_rfc_8601_shows_them() -> None:
    found = parse("example.com; auth=pass (cleartext) smtp.auth=sender@example.net; spf=pass smtp.mailfrom=example.net")
    assert found is not None
    assert found.server == "example.com"
    assert [(one.method, one.result, one.properties) for one in found.items] == [
        ("auth", "pass", {"smtp.auth": "sender@example.net"}), ("spf", "pass", {"smtp.mailfrom": "example.net"})
    ]  # fmt: skip
    found = parse(
        "Foo.Example.Net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462"
    )
    assert found is not None
    assert found.server == "foo.example.net"
    assert parse("example.org 1; none") == parse("example.org; none")
    assert parse("") is None
    assert parse("; dkim=pass") is None


@given(st.text(max_size=200))
@example("a;" * 100)
@example('x; dkim="pass')
def test_nothing_in_a_header_raises(text: str) -> None:
    parse(text)
    sole_address(text)
    content_type(text)
    entity(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=400))
@example(b"Content-Type: multipart/mixed; boundary=a\n\n--a--a\n--a\n")
@example(b"Content-Transfer-Encoding: base64\n\nA")
def test_nothing_in_a_body_raises(octets: bytes) -> None:
    for part in leaves(entity(octets)):
        octets_of(part)
        text_of(part)


def nested(depth: int) -> bytes:
    octets = b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR"
    for number in range(depth):
        octets = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n%s\r\n--b%d--\r\n" % (
            number,
            number,
            octets,
            number,
        )
    return octets


def test_what_lies_too_deep_is_not_looked_at() -> None:
    assert leaf_types(nested(MAX_DEPTH)) == ["text/calendar"]
    assert leaf_types(nested(MAX_DEPTH + 1)) == []
    assert leaf_types(nested(3_000)) == []


def test_of_many_parts_some_are_looked_at() -> None:
    many = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * 100_000
    assert len(leaf_types(many)) == MAX_PARTS - 1


def test_a_bomb_of_multiparts_that_share_a_boundary_ends() -> None:
    bomb = (
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
        + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 20_000
    )
    assert len(leaf_types(bomb)) < MAX_PARTS


def test_lines_that_only_begin_like_a_boundary_are_looked_at_so_far() -> None:
    """Sixty megabytes of them took ten seconds."""
    start = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\nx"
    lines = b"\r\n--aa" * (MAX_FALSE_BOUNDARIES + 10)
    (part,) = leaves(entity(start + lines + b"\r\n--a\r\n\r\ny"))
    assert part.body.startswith(b"x\r\n--aa")


@pytest.mark.parametrize("cut", range(9))
def test_base64_that_is_cut_off_says_what_is_whole(cut: int) -> None:
    encoded = b"QUJDREVG!"[:cut]
    (part,) = leaves(entity(b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded))
    assert octets_of(part) == b"ABCDEF"[: cut * 3 // 4]
