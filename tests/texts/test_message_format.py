"""The reader of messages: what it takes, and what it does not."""

from __future__ import annotations

import pytest

from sogo.texts.message_format import MAX_DEPTH, MessageError, parse, render


def said(text: str, **values: str | int) -> str:
    return render(parse(text), values, lambda number: "one" if number == 1 else "other")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("l'événement d''{a}", "l'événement d'A"),
        ("it''s", "it's"),
        ("'{a}' {a}", "{a} A"),
        ("a # b", "a # b"),
        ("{n, plural, one {one #} other {# of {a}}}", "2 of A"),
        ("{n, plural, =2 {a pair} other {#}}", "a pair"),
        ("{a, select, A {yes} other {no}}", "yes"),
        ("{a, select, B {yes} other {no {n, plural, other {#}}}}!", "no 2!"),
        ("{n,plural,other{'#' #}}", "# 2"),
    ],
)
def test_a_message_is_filled(text: str, expected: str) -> None:
    assert said(text, a="A", n=2) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{", "}", "a}", "{}", "{a", "{a b}", "{a, number}", "{a, plural}", "{a, plural, one {x}}", "{a, select, other}",
        "{a, select, other {x}", "{a, select, {x}}", "'{ open", "d'{a}", "{a, select, other {x}} }", "{1}", "{a.b}",
        "{a,select,other{" * (MAX_DEPTH + 2) + "}}" * (MAX_DEPTH + 2),
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(MessageError):
        parse(text)


def test_a_value_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        said("{a} {b}", a="A")
