"""CardDAV filters on cards, after the questions of RFC 6352 §8.6."""

from __future__ import annotations

import pytest

from sogo.codec.contentline import Component, parse
from tests.support.filters import card_filter, in_property


def card(*lines: str, kind: str = "VCARD") -> Component:
    return parse("\r\n".join([f"BEGIN:{kind}", "VERSION:3.0", *lines, f"END:{kind}", ""]))


BOOK = {
    "ada": card(
        "FN:Ada Lovelace",
        "N:Lovelace;Ada;;Countess;",
        "NICKNAME:me",
        "EMAIL;TYPE=WORK:ada@example.com",
        "item1.EMAIL;TYPE=HOME:Lovelace@home.example",
        "item1.X-ABLABEL:castle",
        'TEL;TYPE="voice,cell":+44 1',
        "ORG:Analytical Engines\\, Ltd.;Programs",
    ),
    "charles": card("FN:Charles Babbage", "N:Babbage;Charles;;;", "EMAIL:charles@example.com", "NOTE:friend of Ada"),
    "zoe": card("FN:Zoë Müller", "N:Müller;Zoë;;;", "TEL;HOME:+49 2", "ADR:;;Hauptstraße 1;Köln;;50667;Germany"),
    "old": parse(
        "BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:J=C3=BCrgen\r\nTEL;WORK;VOICE:1\r\n"
        "END:VCARD\r\n"
    ),
    "list": card("FN:Team", "CARD;FN=Ada Lovelace:ada.vcf", kind="VLIST"),
}


def text(value: str, **attributes: str) -> str:
    written = "".join(f' {key.replace("_", "-")}="{item}"' for key, item in attributes.items())
    return f"<text-match{written}>{value}</text-match>"


def all_of(name: str, inner: str) -> str:
    return f'<prop-filter name="{name}" test="allof">{inner}</prop-filter>'


def param(name: str, inner: str = "") -> str:
    return f'<param-filter name="{name}">{inner}</param-filter>'


@pytest.mark.parametrize(
    ("inner", "test", "expected"),
    [
        ("", "", set(BOOK)),
        (in_property("NICKNAME", text("me", match_type="equals", collation="i;unicode-casemap")), "", {"ada"}),
        (in_property("NICKNAME", text("m", match_type="equals")), "", set()),
        (in_property("FN", text("ada")), "", {"ada"}),
        (in_property("FN", text("lovelace", match_type="starts-with")), "", set()),
        (in_property("FN", text("LACE", match_type="ends-with")), "", {"ada"}),
        (in_property("FN", text("zoe")), "", {"zoe"}),
        (in_property("FN", text("zoe", collation="i;ascii-casemap")), "", set()),
        (in_property("FN", text("ZOË", collation="i;ascii-casemap")), "", set()),
        (in_property("FN", text("jürgen")), "", {"old"}),
        (in_property("ADR", text("HAUPTSTRASSE")), "", {"zoe"}),
        (in_property("ADR", text("köln;;50667")), "", {"zoe"}),
        (in_property("ORG", text("Engines, Ltd.")), "", {"ada"}),
        (in_property("EMAIL", text("home.example")), "", {"ada"}),
        (in_property("MAIL", text("home.example")), "", {"ada"}),
        (in_property("item1.email", text("lovelace")), "", {"ada"}),
        (in_property("ITEM2.EMAIL"), "", set()),
        (in_property("ITEM1.EMAIL", text("ada@example.com")), "", set()),
        (in_property("EMAIL"), "", {"ada", "charles"}),
        (in_property("EMAIL", "<is-not-defined/>"), "", {"zoe", "old", "list"}),
        (in_property("TEL", param("TYPE", text("CELL"))), "", {"ada"}),
        (in_property("TEL", param("TYPE", text("home"))), "", {"zoe"}),
        (in_property("TEL", param("TYPE", text("WORK", collation="i;octet"))), "", {"old"}),
        (in_property("EMAIL", param("TYPE", "<is-not-defined/>")), "", {"charles"}),
        (in_property("EMAIL", param("TYPE")), "", {"ada"}),
        (in_property("FN", text("a", negate_condition="yes")), "", {"zoe", "old"}),
        (in_property("FN", text("ada") + text("charles")), "", {"ada", "charles"}),
        (all_of("FN", text("a") + text("babb")), "", {"charles"}),
        (all_of("EMAIL", text("love") + param("TYPE", text("home"))), "", {"ada"}),
        (all_of("EMAIL", text("ada@") + param("TYPE", text("home"))), "", set()),
        (in_property("FN", text("ada")) + in_property("EMAIL", text("charles")), "anyof", {"ada", "charles"}),
        (in_property("FN", text("ada")) + in_property("EMAIL", text("charles")), "allof", set()),
        (in_property("NOTE") + in_property("EMAIL"), "allof", {"charles"}),
        (in_property("CARD", param("FN", text("lovelace"))), "", {"list"}),
    ],
)  # fmt: skip
def test_questions_to_an_address_book(inner: str, test: str, expected: set[str]) -> None:
    asked = card_filter(inner, test=test)
    assert {name for name, document in BOOK.items() if asked.matches(document)} == expected
    assert {name for name, document in BOOK.items() if asked.may_match(document.render())} >= expected


def test_a_card_may_stand_alone() -> None:
    assert card_filter(in_property("FN")).matches(BOOK["ada"].components("VCARD")[0])


def test_the_look_at_the_text_spares_parsing() -> None:
    asked = card_filter(in_property("EMAIL", text("ada@example.com")))
    passed = {name for name, document in BOOK.items() if asked.may_match(document.render())}
    assert passed == {"ada", "old"}, "quoted-printable can hide anything"
    assert card_filter("").everything
