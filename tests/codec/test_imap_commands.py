"""Commands as octets: whatever goes into an argument stays one argument, and is read back as what it was."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sogo.codec.imap import criteria
from sogo.codec.imap.command import (
    Argument,
    Atom,
    Command,
    Group,
    Item,
    Literal,
    Pattern,
    Piece,
    Text,
    items,
    literal_limit,
)
from sogo.codec.imap.criteria import SortKey
from sogo.codec.imap.dates import parse_date_time, render_date_time
from sogo.codec.imap.framing import Framer
from sogo.codec.imap.lexer import Value, values_of
from sogo.codec.imap.response import Unreadable, parse_response
from sogo.codec.imap.sasl import first_message
from sogo.codec.imap.sequence import NumberSet
from sogo.codec.imap.utf7 import decode_name, encode_name
from sogo.errors import CodecError

PLUS = 2**32


def sent(*arguments: Argument, limit: int = PLUS) -> bytes:
    return b"".join(piece.octets for piece in Command("X", arguments).render("a1", literal_limit=limit))


def read_back(*arguments: Argument) -> list[Value]:
    """What a server makes of them: exactly one command."""
    framer = Framer()
    framer.feed(sent(*arguments))
    line = framer.next()
    assert line is not None
    assert framer.next() is None
    assert framer.held_bytes == 0
    return values_of(line)[2:]


@pytest.mark.parametrize(
    ("argument", "octets"),
    [
        (Text("INBOX"), b"INBOX"),
        (Text("a b"), b'"a b"'),
        (Text(""), b'""'),
        (Text("nil"), b'"nil"'),
        (Text('q"\\'), b'"q\\"\\\\"'),
        (Text("a\r\nb LOGOUT"), b"{11+}\r\na\r\nb LOGOUT"),
        (Text("é"), b"{2+}\r\n\xc3\xa9"),
        (Text("*"), b'"*"'),
        (Pattern("%"), b'"%"'),
        (Literal(b"x"), b"{1+}\r\nx"),
        (Atom("\\Seen"), b"\\Seen"),
        (NumberSet.of([1, 2, 5]), b"1:2,5"),
        (items("UID", "BODY.PEEK[HEADER.FIELDS (Date)]<0.10>"), b"(UID BODY.PEEK[HEADER.FIELDS (Date)]<0.10>)"),
        (Group((Atom("a"), Text("é"), Group(()))), b"(a {2+}\r\n\xc3\xa9 ())"),
    ],
    ids=str,
)
def test_an_argument_on_the_wire(argument: Argument, octets: bytes) -> None:
    assert sent(argument) == b"a1 X " + octets + b"\r\n"


@given(st.binary(max_size=1200).filter(lambda octets: b"\0" not in octets))
def test_any_octets_are_one_argument(octets: bytes) -> None:
    assert read_back(Text(octets), Atom("end")) == [octets, b"end"]


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20), max_size=5))
def test_any_texts_are_one_list(texts: list[str]) -> None:
    assert read_back(Group(tuple(Text(text) for text in texts))) == [[text.encode() for text in texts]]


@pytest.mark.parametrize("text", ["", "a b", "a\r\n", "a(", '"', "é", "a]", "\\", "*", "a\x7f", "{3}"])
def test_an_atom_is_one_word(text: str) -> None:
    with pytest.raises(CodecError):
        Atom(text)


@pytest.mark.parametrize("text", ["", "UID FLAGS", "BODY[]) X", "BODY[\r\n]", 'BODY[HEADER.FIELDS ("a")]', "BODY[]<1>"])
def test_only_what_can_be_fetched_is_asked_for(text: str) -> None:
    with pytest.raises(CodecError):
        Item(text)


@pytest.mark.parametrize("name", ["", "NOOP\r\nX", "A B C", " X"])
def test_a_command_has_a_name(name: str) -> None:
    with pytest.raises(CodecError):
        Command(name)


def test_a_nul_is_in_no_argument() -> None:
    with pytest.raises(CodecError):
        sent(Text("a\0b"))


def test_a_literal_waits_unless_the_server_lets_it_pass() -> None:
    command = Command("APPEND", (Text("x"), Literal(b"12345")))
    assert command.render("a", literal_limit=4) == (Piece(b"a APPEND x {5}\r\n", waits=True), Piece(b"12345\r\n"))
    assert command.render("a", literal_limit=5) == (Piece(b"a APPEND x {5+}\r\n12345\r\n"),)
    assert literal_limit(["IMAP4REV1"]) == 0
    assert literal_limit(["LITERAL-"]) == 4096
    assert literal_limit(["LITERAL+", "LITERAL-"]) > 2**30


def test_a_command_tells_no_log_what_it_holds() -> None:
    command = Command("LOGIN", (Text("ada"), Text("geheim")))
    assert "geheim" not in repr(command) + str(command.render("a"))
    assert "LOGIN" in repr(command)


# --- what is searched for ---------------------------------------------------------------------------------------------


def test_search_keys_on_the_wire() -> None:
    keys = [
        criteria.flag("UNSEEN"),
        criteria.negated(criteria.text("FROM", "a b")),
        criteria.either(criteria.day("SENTSINCE", dt.date(2027, 1, 5)), criteria.larger(10)),
        criteria.header("X-A", ""),
        criteria.keyword("$label1"),
        criteria.uids(NumberSet.parse("2:*")),
        criteria.smaller(5),
    ]
    assert sent(*criteria.all_of(keys)) == (
        b'a1 X UNSEEN NOT (FROM "a b") OR (SENTSINCE 5-Jan-2027) (LARGER 10) HEADER X-A "" KEYWORD $label1 UID 2:* '
        b"SMALLER 5\r\n"
    )
    assert sent(*criteria.all_of([])) == b"a1 X ALL\r\n"
    assert sent(criteria.sort_program([(SortKey.CC, True), (SortKey.SIZE, False)])) == b"a1 X (REVERSE CC SIZE)\r\n"


@pytest.mark.parametrize("name", ["ALL", "UID 1", "from", "X\r\nY"])
def test_unknown_text_keys_are_refused(name: str) -> None:
    with pytest.raises(CodecError):
        criteria.text(name, "x")


def test_whether_a_charset_must_be_said() -> None:
    assert criteria.is_ascii(criteria.negated(criteria.text("FROM", "a")))
    assert not criteria.is_ascii(criteria.negated(criteria.text("FROM", "é")))


# --- names, dates, logins ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", "INBOX"),
        ("R&D", "R&-D"),
        ("Entwürfe", "Entw&APw-rfe"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("a😀b", "a&2D3eAA-b"),
        ("", ""),
    ],
)
def test_names_in_modified_utf7(name: str, wire: str) -> None:
    assert encode_name(name) == wire
    assert decode_name(wire) == name


@pytest.mark.parametrize("wire", ["&", "a&b", "&AGE-", "&!-", "&2D0-", "&AAA-", "&A-", "&AA0ACg-", "x&AOk"])
def test_what_is_no_modified_utf7_stays(wire: str) -> None:
    assert decode_name(wire) == wire


@given(st.text(st.characters(exclude_characters="\0\r\n", exclude_categories=["Cs"])))
def test_every_name_comes_back(name: str) -> None:
    assert decode_name(encode_name(name)) == name
    assert encode_name(name).isascii()


@pytest.mark.parametrize("name", ["a\nb", "a\0", "\ud83d"], ids=ascii)
def test_no_mailbox_has_such_a_name(name: str) -> None:
    with pytest.raises(CodecError):
        encode_name(name)


@given(
    st.datetimes(min_value=dt.datetime(1901, 1, 1), timezones=st.just(dt.timezone(dt.timedelta(hours=-3, minutes=-30))))
)
def test_moments_come_back(moment: dt.datetime) -> None:
    assert parse_date_time(render_date_time(moment)) == moment.replace(microsecond=0)


def test_what_is_said_to_log_in() -> None:
    assert base64.b64decode(first_message("plain", name="ada", password="pä")) == "ada\0ada\0pä".encode()
    assert base64.b64decode(first_message("PLAIN", name="m", password="p", acts_as="ada")) == b"ada\0m\0p"
    assert base64.b64decode(first_message("XOAUTH2", name="a", password="t")) == b"user=a\x01auth=Bearer t\x01\x01"
    assert base64.b64decode(first_message("OAUTHBEARER", name="a,=", password="t")) == (
        b"n,a=a=2C=3D,\x01auth=Bearer t\x01\x01"
    )


@pytest.mark.parametrize(
    ("mechanism", "name", "password"),
    [("CRAM-MD5", "a", "p"), ("PLAIN", "a\0b", "p"), ("PLAIN", "a", "p\0"), ("XOAUTH2", "a\x01", "t")],
)
def test_a_login_that_would_be_another_one_is_refused(mechanism: str, name: str, password: str) -> None:
    with pytest.raises(CodecError):
        first_message(mechanism, name=name, password=password)


# --- anything ---------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from([
    b"* ", b"1 ", b"FETCH ", b"(", b")", b"[", b"]", b'"', b"\\", b"{3}\r\n", b"~{1}\r\n", b"NIL ", b"BODY[", b"BODYSTRUCTURE ",
    b"ENVELOPE ", b"LIST ", b"STATUS ", b"OK ", b"THREAD ", b"ESEARCH ", b"SEARCH ", b"\r\n", b"UID ", b"<0>", b"a1 ", b"+ ", b"\xe9",
])  # fmt: skip


@given(st.lists(WORDS | st.binary(max_size=4), max_size=40), st.integers(1, 9))
def test_anything_is_responses_or_refused_and_the_same_in_any_pieces(words: list[bytes], step: int) -> None:
    data = b"".join(words) + b"\r\n"
    assert outcome(data, step) == outcome(data, len(data))


def outcome(data: bytes, step: int) -> list[object]:
    framer, found = Framer(), list[object]()
    try:
        for at in range(0, len(data), step):
            framer.feed(data[at : at + step])
            while (line := framer.next()) is not None:
                response = parse_response(line)
                assert not isinstance(response, Unreadable) or len(response.kind) <= 40
                found.append(response)
    except CodecError as error:
        found.append(str(error))
    return found
