"""Reading property lists: the decisions of GNUstep, values, and the places of errors."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from sogo.codec import plist
from sogo.errors import CodecError

VECTORS = Path(__file__).parent.parent / "vectors" / "plist"

DECISIONS: list[tuple[str, bool]] = json.loads((VECTORS / "gnustep-decisions.json").read_text())
"""[the octets as Latin-1, whether a sogo.conf of them was accepted]: recorded from GNUstep base 1.28."""

OURS = {
    "<plist><dict><key>key</key><string>x</string></dict></plist>": "the XML form without <?xml is plain enough",
    "<plist><dict><key>a</key></dict></plist>": "likewise",
    "<!DOCTYPE plist><plist><dict><key>key</key><string>x</string></dict></plist>": "likewise",
    '  <?xml version="1.0"?><plist><dict><key>key</key><string>x</string></dict></plist>': "likewise",
    '<?xml version="1.0"?><!DOCTYPE plist [<!ENTITY x "yy">]><plist><dict><key>key</key><string>&x;</string></dict>'
    "</plist>": "entities are refused, where GNUstep drops them without a word",
    "\xef\xbb\xbf": "a file that holds nothing but a BOM is empty",
}
"""Where we differ on purpose."""


def values(text: str) -> dict[str, plist.Value]:
    return plist.parse_document(text).values


def failure(text: str) -> tuple[str, object, object]:
    with pytest.raises(CodecError) as caught:
        plist.parse_document(text)
    return str(caught.value), caught.value.fields["line"], caught.value.fields["column"]


def accepts(data: bytes) -> bool:
    try:
        plist.parse_document(plist.decode(data))
    except CodecError:
        return False
    return True


def test_we_accept_and_refuse_what_gnustep_accepts_and_refuses() -> None:
    differing = {text for text, accepted in DECISIONS if accepts(text.encode("latin-1")) != accepted}
    assert differing == set(OURS)
    assert len(DECISIONS) > 250


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x", "x"),
        ("ldap://h:389", "ldap://h:389"),
        ("/var/log/sogo", "/var/log/sogo"),
        ("!#%&*+-./:?@^_|~$", "!#%&*+-./:?@^_|~$"),
        ("", ""),
        ("// no value\n", ""),
        ("/* first */ x /* then */", "x"),
        ("http:/*none*/y", "http:/*none*/y"),
        ('"a b"', "a b"),
        ('"över\u2028all"', "över\u2028all"),
        ('"two\nlines"', "two\nlines"),
        (r'"\n\t\r\a\b\f\v\"\\"', '\n\t\r\a\b\f\v"\\'),
        (r'"\q\e\x41\/"', "qex41/"),
        ('"a\\\nb"', "a\nb"),
        (r'"\101\12\1234\8\777\0"', "A\nS48\u01ff\x00"),
        (r'"\U00e9\u00E9\U12\U12345"', "éé\x12\u12345"),
        (r'"\Ug"', "\x00g"),
        (r'"\ud83d\ude00"', "😀"),
        ("( a, b, )", ["a", "b"]),
        ("(a,,b)", ["a", "", "b"]),
        ("(,)", [""]),
        ("()", []),
        ("{ }", {}),
        ("{ b = c; }", {"b": "c"}),
        ("( { b = (c); } )", [{"b": ["c"]}]),
        ("<48 65 6C>", b"Hel"),
        ("<4865 /* l */ 6c\n>", b"Hel"),
        ("<>", b""),
        ("<[SGVs]>", b"Hel"),
        ("<[SG\n Vs bA]>", b"Hell"),
        ("<*I5>", 5),
        ("<*I-5x>", -5),
        ("<*Ix>", 0),
        ('<*I"5">', 5),
        ("<*I99999999999999999999>", 2**64 - 1),
        ("<*R0.5>", 0.5),
        ("<*R1e3>", 1000.0),
        ("<*Rx>", 0.0),
        ("<*BY>", True),
        ("<*BN>", False),
        ("<*D2020-01-02 03:04:05 +0100>", dt.datetime(2020, 1, 2, 2, 4, 5, tzinfo=dt.UTC)),
    ],
)
def test_a_value_reads_as_what_it_says(text: str, value: plist.Value) -> None:
    assert values(f"{{ a = {text}; }}") == {"a": value}
    assert type(values(f"{{ a = {text}; }}")["a"]) is type(value)


def test_a_body_without_braces_takes_strings_only() -> None:
    assert values('SOGoMailDomain = acme; WOPort="1:2";\nalone;') == {
        "SOGoMailDomain": "acme",
        "WOPort": "1:2",
        "alone": "",
    }
    assert failure("SOGoMailDomain = acme;\nSOGoSuperUsernames = (a);") == (
        "'SOGoSuperUsernames' is an array; without '{' … '}' around the whole file it must be a string",
        2,
        22,
    )


def test_the_last_of_two_values_counts_and_is_remarked_on() -> None:
    document = plist.parse_document("{ a = 1;\n  a = 2; }")
    assert document.values == {"a": "2"}
    assert document.remarks == (plist.Remark("'a' is set twice; the last one counts", plist.Place(2, 3)),)


def test_a_missing_last_semicolon_is_remarked_on() -> None:
    document = plist.parse_document("{ a = 1;\n  b = { c = 2 }\n}")
    assert document.values == {"a": "1", "b": {"c": "2"}}
    assert [(remark.text, remark.place) for remark in document.remarks] == [
        ("';' is missing after the value of 'c'", plist.Place(2, 14)),
        ("';' is missing after the value of 'b'", plist.Place(2, 16)),
    ]


def test_keys_that_are_no_strings_are_left_out() -> None:
    document = plist.parse_document("{ (1) = x; a = y; }")
    assert document.values == {"a": "y"}
    assert len(document.remarks) == 1


def test_every_key_has_its_place() -> None:
    document = plist.parse_document("{\n a = 1;\n list = (\n  { id = x; },\n  { id = y; } );\n}")
    assert document.places["a",] == plist.Place(2, 2)
    assert document.places["list", 1, "id"] == plist.Place(5, 5)


@pytest.mark.parametrize(
    ("text", "reason", "line", "column"),
    [
        ("{\n  a = 1\n  b = 2;\n}", "';' is missing after the value of 'a', before 'b'", 2, 8),
        ("{\n  a = {\n    b = 1;\n", "the '{' that opens here is never closed", 2, 7),
        ("{\n  a = (1;\n}", "',' or ')' was expected in this array, not ';'", 2, 9),
        ('{\n  a = "x;\n}', "the string that opens here has no closing quote", 2, 7),
        ("{ a = 1; }\n;", "nothing may follow the end of the property list, but here is ';'", 2, 1),
        ("{ a; }", "'=' is missing after 'a', before ';'", 1, 4),
        ("{ a = 'x'; }", "\"'\" may only stand inside of double quotes; put the value of 'a' in them", 1, 7),
        ("{ a = x; b = grün; }", "'ü' may only stand inside of double quotes; put the value of 'b' in them", 1, 16),
        ("# x\n{ a = 1; }", "';' is missing after '#', before 'x'", 1, 2),
        ("(a)", "the file must be a dictionary: { key = value; … }", 1, 1),
        ("{ a = <4>; }", "data must be pairs of hexadecimal digits: <48 65>", 1, 7),
        ("{ a = <48; }", "the '<' that opens here is never closed by '>'", 1, 7),
        ("{ a = <[!]>; }", "this is not base64", 1, 7),
        ("{ a = <*Q1>; }", "after '<*' one of I, R, B and D was expected", 1, 7),
        ("{ a = <*BX>; }", "a typed boolean is <*BY> or <*BN>", 1, 7),
        ("{ a = <*D2020>; }", "a date must look like 2020-01-02 03:04:05 +0000", 1, 7),
        (r'{ a = "\ud83d"; }', "half a surrogate pair in this string", 1, 7),
        ('{ a = "é', "the string that opens here has no closing quote", 1, 7),
        ("{ é = 1; }", "'=' is missing after '', before 'é'", 1, 3),
    ],
)
def test_an_error_says_what_is_wrong_and_where(text: str, reason: str, line: int, column: int) -> None:
    assert failure(text) == (reason, line, column)


def test_an_error_quotes_no_more_than_one_character_of_a_value() -> None:
    with pytest.raises(CodecError) as caught:
        plist.parse_document("{ bindPassword = qwerty zu!tiop; }")
    assert "qwerty" not in f"{caught.value} {caught.value.fields}"
    assert "zu!" not in f"{caught.value} {caught.value.fields}"


def test_octets_that_are_no_utf8_are_refused_with_their_place() -> None:
    with pytest.raises(CodecError) as caught:
        plist.decode('{ a = ä;\n  b = "é"; }'.encode("latin-1"))
    assert (caught.value.offset, caught.value.fields["line"], caught.value.fields["column"]) == (6, 1, 7)


def test_byte_order_marks_are_taken() -> None:
    assert plist.decode("{ä}".encode("utf-8-sig")) == "{ä}"
    assert plist.decode("{ä}".encode("utf-16")) == "{ä}"


def test_size_and_depth_are_bounded() -> None:
    with pytest.raises(CodecError, match="larger than 100 bytes"):
        plist.decode(b"x" * 101, max_bytes=100)
    assert values("{a=" + "(" * 63 + ")" * 63 + ";}")
    reason, line, column = failure("{a=" + "(" * 100_000)
    assert (reason, line, column) == ("nested deeper than 64 levels", 1, 67)
    with pytest.raises(CodecError, match="deeper"):
        plist.parse("{a=" * 100_000)


@pytest.mark.parametrize(
    "text",
    ["/*" * 200_000, "// x\n" * 100_000, '"' + "\\a" * 200_000, "<" * 300_000, "a" * 500_000, "(" + "," * 300_000],
    ids=["comments", "lines", "escapes", "angles", "word", "commas"],
)
def test_hostile_input_is_read_in_one_pass(text: str) -> None:
    with pytest.raises(CodecError):
        plist.parse_document("{ a = " + text)


def test_any_value_can_be_the_root_of_an_argument() -> None:
    assert plist.parse("0.0.0.0:20000") == "0.0.0.0:20000"
    assert plist.parse("(a, b)") == ["a", "b"]
    assert plist.parse("<*I5>") == 5
    with pytest.raises(CodecError):
        plist.parse("a = b;")
