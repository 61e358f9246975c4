"""Filters of user sources: read as the original reads them, rendered so that data stays data."""

from __future__ import annotations

import re
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.qualifier import (
    And,
    Comparison,
    Key,
    Not,
    Null,
    Number,
    Operator,
    Or,
    Text,
    Truth,
    Variable,
    all_of,
    any_of,
    equals,
    parse,
)
from sogo.codec.qualifier_ldap import escape_data, ldap_filter
from sogo.codec.qualifier_sql import SqlTerms, escape_like, sql_condition
from sogo.errors import CodecError

A, B, C = (Comparison(key, Operator.EQUAL, Text("1", pattern=True)) for key in "abc")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a = '1'", A),
        ('a="1"', A),
        ("a == '1'", A),
        ("a='1' AND b='1'", And((A, B))),
        ("a='1' and b='1' And c='1'", And((A, B, C))),
        ("a='1' OR b='1' AND c='1'", And((Or((A, B)), C))),
        ("a='1' AND b='1' OR c='1'", Or((And((A, B)), C))),
        ("a='1' OR (b='1' AND c='1')", Or((A, And((B, C))))),
        ("a='1' b='1'", And((A, B))),
        ("(a='1')(b='1')", And((A, B))),
        ("NOT a='1' AND b='1'", And((Not(A), B))),
        ("not (a='1' AND b='1')", Not(And((A, B)))),
        ("NOT NOT a='1'", Not(Not(A))),
        ("((((a='1'))))", A),
        (" a\n=\t'1' ", A),
    ],
)
def test_combinations_bind_equally_and_to_the_left(text: str, tree: object) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "operator", "value"),
    [
        ("a != 'x'", Operator.NOT_EQUAL, Text("x", pattern=True)),
        ("a <> 5", Operator.NOT_EQUAL, Number("5")),
        ("a < -5.5", Operator.LESS, Number("-5.5")),
        ("a >= 5", Operator.AT_LEAST, Number("5")),
        ("a like '*x*'", Operator.LIKE, Text("*x*", pattern=True)),
        ("a caseInsensitiveLike 'x'", Operator.LIKE_ANY_CASE, Text("x", pattern=True)),
        ("a doesContain: 'x'", Operator.CONTAINS, Text("x", pattern=True)),
        ("a isEqualToSomething: 'x'", Operator.OTHER, Text("x", pattern=True)),
        ("a = NULL", Operator.EQUAL, Null()),
        ("a = nil", Operator.EQUAL, Null()),
        ("a = YES", Operator.EQUAL, Truth(True)),
        ("a = false", Operator.EQUAL, Truth(False)),
        ("a = $who", Operator.EQUAL, Variable("who")),
        ("a = (NSString)'x'", Operator.EQUAL, Text("x", pattern=True)),
        ("a = person", Operator.EQUAL, Key("person")),
        (r"a = 'it\'s'", Operator.EQUAL, Text("it's", pattern=True)),
        (r"a = 'back\slash'", Operator.EQUAL, Text(r"back\slash", pattern=True)),
        ("a = ''", Operator.EQUAL, Text("", pattern=True)),
    ],
)
def test_comparisons_take_every_operator_and_value(text: str, operator: Operator, value: object) -> None:
    assert parse(text) == Comparison("a", operator, value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("a", 1),
        ("a =", 3),
        ("a = 'x", 3),
        ("a = 'x' AND", 11),
        ("a = 'x' OR OR b = 'y'", 11),
        ("(a = 'x'", 8),
        ("a = 'x')", 7),
        ("= 'x'", 0),
        ("a = )", 4),
        ("AND a = 'x'", 0),
        ("a ! 'x'", 1),
    ],
)
def test_a_broken_filter_names_the_place(text: str, offset: int) -> None:
    with pytest.raises(CodecError) as caught:
        parse(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    "text", ["(" * 500 + "a='1'" + ")" * 500, "NOT " * 3000 + "a=1", "a=1 " * 4000, "a=1 OR " * 600 + "a=1"]
)
def test_depth_length_and_number_are_bounded(text: str) -> None:
    with pytest.raises(CodecError):
        parse(text)


@given(st.text(st.sampled_from("ab =<>!'\"()\\ANDORNOTlike$1*%\n"), max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_tree_or_a_codec_error(text: str) -> None:
    try:
        tree = parse(text)
    except CodecError:
        return
    try:
        rendered = ldap_filter(tree)
    except CodecError:
        return
    assert rendered.count("(") == rendered.count(")")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("objectClass = 'inetOrgPerson' AND mail = '*'", "(&(objectClass=inetOrgPerson)(mail=*))"),
        ("a='1' OR b='1' AND c='1'", "(&(|(a=1)(b=1))(c=1))"),
        ("a != 'x' OR NOT b = 'y'", "(|(!(a=x))(!(b=y)))"),
        ("a <= 5 AND b >= 7", "(&(a<=5)(b>=7))"),
        ("a < 5", "(&(a<=5)(!(a=5)))"),
        ("a like '*x*'", "(a=*x*)"),
        ("a doesContain: 'x'", "(a=*x)"),
        ("a hasPrefix: 'x'", "(a=x)"),
        ("a = NULL AND b != NULL", "(&(!(a=*))(b=*))"),
        ("active = TRUE", "(active=TRUE)"),
        ("objectClass = person", "(objectClass=person)"),
        ("memberOf = 'CN=Staff (all),DC=x'", r"(memberOf=CN=Staff \28all\29,DC=x)"),
        (r"a = 'tab\09and\back'", r"(a=tab\09and\back)"),
        (r"a = 'a\zback'", r"(a=a\5czback)"),
        ("memberOf:1.2.840.113556.1.4.1941:='CN=x'", "(memberOf:1.2.840.113556.1.4.1941:=CN=x)"),
    ],
)
def test_ldap_filters_keep_configured_wildcards(text: str, expected: str) -> None:
    assert ldap_filter(parse(text)) == expected


def test_data_never_becomes_ldap_syntax() -> None:
    hostile = "*)(uid=*))(|(uid=*\\\0é"
    assert ldap_filter(equals("uid", hostile)) == r"(uid=\2a\29\28uid=\2a\29\29\28|\28uid=\2a\5c\00é)"


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_escaped_data_holds_no_special_and_comes_back(text: str) -> None:
    escaped = escape_data(text)
    assert not re.search(r"[*()\x00]|\\(?![0-9a-f]{2})", escaped)
    assert re.sub(r"\\([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), escaped) == text


@pytest.mark.parametrize("text", ["a)(b = 'x'", "uid=*)(x = 'y'", "ä = 'x'", "-a = 'x'"])
def test_a_key_that_is_no_attribute_is_refused(text: str) -> None:
    with pytest.raises(CodecError):
        ldap_filter(parse(text))


def test_a_variable_has_no_value() -> None:
    with pytest.raises(CodecError):
        ldap_filter(parse("a = $b"))
    with pytest.raises(CodecError):
        _sql("a = $b")


def _sql(text: str, *, typed: bool = False) -> tuple[str, list[object]]:
    bound: list[object] = []

    def bind(value: object) -> str:
        bound.append(value)
        return f":p{len(bound)}"

    return sql_condition(parse(text), SqlTerms(quote=lambda name: f"`{name}`", bind=bind, typed=typed)), bound


@pytest.mark.parametrize(
    ("text", "condition", "bound"),
    [
        ("a = 'x' AND b != 5", "(`a` = :p1 AND `b` <> :p2)", ["x", 5]),
        ("NOT a = 1 OR b = YES", "(NOT (`a` = :p1) OR `b` = :p2)", [1, 1]),
        ("a like 'x*_y?'", "`a` LIKE :p1 ESCAPE '!'", ["x%!_y_"]),
        ("a caseInsensitiveLike 'x'", "UPPER(`a`) LIKE UPPER(:p1) ESCAPE '!'", ["x"]),
        ("a = NULL", "`a` IS NULL", []),
        ("a != NULL", "`a` IS NOT NULL", []),
        ("a = b", "`a` = `b`", []),
        ("a < 2.5", "`a` < :p1", [2.5]),
        ("a = 'x*'", "`a` = :p1", ["x*"]),
    ],
)
def test_sql_conditions_bind_every_value(text: str, condition: str, bound: list[object]) -> None:
    assert _sql(text) == (condition, bound)


def test_a_typed_driver_compares_as_text() -> None:
    assert _sql("a = 'x'", typed=True) == ("CAST(`a` AS text) = CAST(:p1 AS text)", ["x"])
    assert _sql("a = 1", typed=True) == ("CAST(`a` AS text) IN (CAST(:p1 AS text), CAST(:p2 AS text))", ["1", "true"])
    assert _sql("a > 5", typed=True)[0] == "CAST(`a` AS numeric) > CAST(CAST(:p1 AS text) AS numeric)"


@pytest.mark.parametrize("key", ["a;b", "a-b", "a`b", "1a", "a.b", "é", "a" * 200])
def test_an_identifier_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(CodecError):
        _sql(f"{key} = 'x'")


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12))
@settings(max_examples=80, deadline=None)
def test_an_escaped_like_matches_itself_only(text: str) -> None:
    database = sqlite3.connect(":memory:")
    row = database.execute("SELECT ? LIKE ? ESCAPE '!'", (text, escape_like(text))).fetchone()
    other = database.execute("SELECT ? LIKE ? ESCAPE '!'", (text + "x", escape_like(text))).fetchone()
    database.close()
    assert (row[0], other[0]) == (1, 0)


def test_builders_leave_a_single_part_alone() -> None:
    assert any_of([A]) == A == all_of([A])
    assert any_of([A, B]) == Or((A, B))
    assert all_of([A, B]) == And((A, B))
