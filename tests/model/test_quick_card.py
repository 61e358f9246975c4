"""The quick rows of cards, against rows that SOGo 5 wrote (tests/vectors/quick) and store.md §8."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.contentline import Component, parse
from sogo.model.quick_card import quick_row
from tests.model.quick_vectors import Row, Vector, differences, load, names, top

VECTORS = load(".vcf")

OURS: dict[str, Row] = {
    # The original takes TYPE="home,pref" for one type; RFC 6350 §5.6 makes it two.
    "311-email-pref-list": {"c_mail": "ada@home.test,ada@engines.test"},
    # The original knows TYPE=pref only, not PREF=1 of vCard 4 (RFC 6350 §5.3).
    "340-v4": {"c_mail": "ada@home.test,ada@engines.test"},
}
"""Where our row for the text as stored differs on purpose."""

OURS_AS_SENT: dict[str, Row] = {
    **OURS,
    # The original dropped what quoted-printable gave in another charset than UTF-8; we read Windows-1252.
    "343-v21-quoted-printable": {"c_o": "Société", "c_ou": "Dép"},
}
"""Where our row for the text as sent differs: we store it as sent, the original rewrites it."""

REFUSED = {
    "345-too-long-fn"  # longer than its column: the original fails with a database error
}


def card(*lines: str) -> Component:
    return parse("\r\n".join(["BEGIN:VCARD", *lines, "END:VCARD"])).children[0]


@pytest.mark.parametrize("vector", [v for v in VECTORS if v.row], ids=names(v for v in VECTORS if v.row))
def test_the_row_of_a_card_is_the_one_the_original_wrote(vector: Vector) -> None:
    assert vector.row is not None
    assert vector.stored is not None
    assert differences(quick_row(top(vector.stored)), vector.row) == OURS.get(vector.name, {})
    assert differences(quick_row(top(vector.sent)), vector.row) == OURS_AS_SENT.get(vector.name, {})


def test_what_the_original_could_not_store_has_a_row_here() -> None:
    refused = [vector for vector in VECTORS if vector.row is None]
    assert {vector.name for vector in refused} == REFUSED
    assert [quick_row(top(vector.sent))["c_cn"] for vector in refused] == ["F" * 255]


def test_long_values_are_cut_by_utf16_units_and_never_inside_a_character() -> None:
    row = quick_row(card("FN:x" + "😀" * 200, "N:" + "s" * 300 + ";" + "g" * 300, "ORG:" + "o" * 300 + ";" + "u" * 300))
    assert row["c_cn"] == "x" + "😀" * 127
    assert [len(str(row[column])) for column in ("c_sn", "c_givenname", "c_o", "c_ou")] == [255] * 4


def test_soft_line_breaks_of_quoted_printable_are_joined() -> None:
    row = quick_row(card("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Zo=C3=AB =", "and: some=", "one", "TEL:1"))
    assert row["c_cn"] == "Zoë and: someone"
    assert row["c_telephonenumber"] == "1"


def test_a_bare_quoted_printable_parameter_counts_as_encoding() -> None:
    assert quick_row(card("FN;QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Zo=EB"))["c_cn"] == "Zoë"


@pytest.mark.parametrize("charset", ["no-such-charset", "base64", "\0", "utf-16"])
def test_a_false_charset_costs_no_more_than_its_characters(charset: str) -> None:
    assert isinstance(quick_row(card(f"FN;ENCODING=QUOTED-PRINTABLE;CHARSET={charset}:Ad=61"))["c_cn"], str)


def test_the_lowest_pref_of_a_version_4_card_is_preferred() -> None:
    row = quick_row(card("TEL;PREF=50:50", "TEL;PREF=7:7", "TEL;PREF=100;TYPE=work:100"))
    assert row["c_telephonenumber"] == "7"


def test_ten_megabytes_of_addresses_end_in_a_text_column() -> None:
    row = quick_row(card(*(f"EMAIL:{'a' * 1000}{i}@x.test" for i in range(10_000))))
    assert len(str(row["c_mail"]).encode()) <= 65_535


def test_nul_never_reaches_the_database() -> None:
    row = quick_row(card("FN:a\0b", "N:\0;c\0", "EMAIL:\0d@x.test", "CATEGORIES:\0"))
    assert not any("\0" in value for value in row.values() if isinstance(value, str))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gives_a_row(text: str) -> None:
    for line in ("FN", "N", "EMAIL;PREF", "TEL;TYPE=", "ADR", "FN;ENCODING=QUOTED-PRINTABLE;CHARSET=x"):
        row = quick_row(card(f"{line}:{text}", text))
        assert all(len(str(value or "").encode("utf-16-le", "replace")) <= 2 * 65_535 for value in row.values())
