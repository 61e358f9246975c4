"""The getters: how texts of sogo.conf and values of profiles become typed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.conf import kinds
from sogo.conf.kinds import Kind, WrongType
from sogo.secret import Secret

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KINDS: dict[str, Kind[object]] = {
    "boolean": kinds.boolean(),
    "integer": kinds.integer(minimum=1, zero=7),
    "number": kinds.number(minimum=1),
    "string": kinds.string(),
    "secret": kinds.secret(),
    "strings": kinds.strings(),
    "strings or text": kinds.strings_or_text(", "),
    "integers": kinds.integers(),
    "groups": kinds.string_groups(),
    "dictionaries": kinds.dictionaries(),
    "dictionary": kinds.dictionary(),
    "string map": kinds.string_map(),
    "strings map": kinds.strings_map(),
    "string maps": kinds.string_maps(),
    "string map list": kinds.string_map_list(),
}


@pytest.mark.parametrize("text", ["YES", "yes", "Y", "true", "T", "1", "9", " 01", "\t-5", "+1", "YESSIR", "0002"])
def test_these_texts_are_true(text: str) -> None:
    assert kinds.boolean().read(text) is True


@pytest.mark.parametrize("text", ["NO", "no", "0", "", "false", "on", "enabled", " ", "-0", "--1", "x1", "ja", "+ 1"])
def test_these_texts_are_false(text: str) -> None:
    assert kinds.boolean().read(text) is False


@pytest.mark.parametrize(
    ("value", "number"),
    [("5", 5), (" 5 MB", 5), ("-3", -3), ("08:00", 8), ("x", 0), ("", 0), ("300.9", 300), (5, 5), (5.9, 5), (True, 1)],
)
def test_an_integer_is_the_number_a_value_starts_with(value: object, number: int) -> None:
    assert kinds.integer().read(value) == number


def test_integers_stay_within_32_bits_and_their_own_bounds() -> None:
    assert kinds.integer().read("99999999999") == 2**31 - 1
    assert kinds.integer().read("-99999999999") == -(2**31)
    assert kinds.integer(minimum=1, maximum=9).read("12") == 9
    assert kinds.integer(minimum=1).read("-4") == 1
    assert kinds.integer(zero=300).read("0") == 300


@pytest.mark.parametrize(
    ("value", "number"), [("300.0", 300.0), ("1e2", 100.0), (".5x", 0.5), ("x", 0.0), ("1e999", 1.0), (3, 3.0)]
)
def test_a_number_is_read_like_strtod(value: object, number: float) -> None:
    assert kinds.number().read(value) == number


@pytest.mark.parametrize("value", [5, True, 0.5, ["x"], {}, b"x"])
def test_a_string_must_be_one(value: object) -> None:
    with pytest.raises(WrongType):
        kinds.string().read(value)


def test_a_lone_string_is_no_array_except_where_said() -> None:
    with pytest.raises(WrongType):
        kinds.strings().read("Mail")
    with pytest.raises(WrongType):
        kinds.strings().read(["Mail", 5])
    assert kinds.strings().read(["Mail"]) == ("Mail",)
    assert kinds.strings_or_text(", ").read("uid, mail  cn") == ("uid", "mail", "cn")


def test_secrets_do_not_print() -> None:
    read = kinds.database_url().read("mysql://sogo:hush@db/sogo/t")
    assert isinstance(read, Secret)
    assert "hush" not in repr(read)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@settings(max_examples=30, deadline=None)
@given(value=ANYTHING)
def test_any_value_is_read_or_refused_without_being_quoted(kind: Kind[object], value: object) -> None:
    try:
        kind.read(value)
    except WrongType as error:
        text = str(error)
    else:
        text = ""
    assert not text or text.startswith("must be ")
