"""The predefined rules count as the expressions would, without their appetite."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.auth.password_policy import rule, satisfies
from sogo.errors import ConfigError

LABELS = [
    "POLICY_MIN_LOWERCASE_LETTER",
    "POLICY_MIN_UPPERCASE_LETTER",
    "POLICY_MIN_DIGIT",
    "POLICY_MIN_SPECIAL_SYMBOLS",
    "POLICY_MIN_LENGTH",
]


@given(
    label=st.sampled_from(LABELS),
    count=st.integers(1, 3),
    password=st.text(st.sampled_from("aBc1%-_]\\/. é"), max_size=8),
)
@settings(max_examples=150, deadline=None)
def test_counting_agrees_with_the_expression(label: str, count: int, password: str) -> None:
    made = rule(label, value=count)
    assert made.allows(password) == (re.search(made.regex, password) is not None)


def test_all_rules_must_hold() -> None:
    rules = [rule("POLICY_MIN_LENGTH", value=8), rule("POLICY_MIN_DIGIT", value=1), rule("no spaces", regex=r"^\S+$")]
    assert satisfies(rules, "longenough1")
    assert not satisfies(rules, "longenough")
    assert not satisfies(rules, "long enough1")
    assert satisfies([], "")


def test_a_long_password_is_counted_at_once() -> None:
    assert not rule("POLICY_MIN_LOWERCASE_LETTER", value=20).allows("A" * 4000)


def test_a_rule_that_means_nothing_is_refused() -> None:
    with pytest.raises(ConfigError):
        rule("broken", regex="(")
    with pytest.raises(ConfigError):
        rule("POLICY_MIN_LENGTH")
