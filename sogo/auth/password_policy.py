"""userPasswordPolicy of SQL sources (auth.md §4.2): what a password must contain, as regular expressions.

The same expressions go to the browser, so they stay in the original's form. One of them can take a machine for minutes
on a long text (`(.*[a-z].*){5}`), so the predefined ones are counted here instead, with the same result; a site's own
expression runs on a bounded text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sogo.errors import ConfigError

SYMBOLS = "%$&*(){}!?@#.,:;+=[]|<>/-_"
_MAX_CHECKED_CHARACTERS = 256

_COUNTED = {
    "POLICY_MIN_LOWERCASE_LETTER": ("(.*[a-z].*){%d}", frozenset("abcdefghijklmnopqrstuvwxyz")),
    "POLICY_MIN_UPPERCASE_LETTER": ("(.*[A-Z].*){%d}", frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")),
    "POLICY_MIN_DIGIT": ("(.*[0-9].*){%d}", frozenset("0123456789")),
    "POLICY_MIN_SPECIAL_SYMBOLS": (r"([%%$&*(){}!?\@#.,:;+=\[\]|<>\/\-_].*){%d,}", frozenset(SYMBOLS)),
    "POLICY_MIN_LENGTH": (".{%d,}", None),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry: its label, the expression shown to the browser, and for predefined ones the number wanted."""

    label: str
    regex: str
    count: int | None = None

    def allows(self, password: str) -> bool:
        if self.count is None:
            return re.search(self.regex, password[:_MAX_CHECKED_CHARACTERS]) is not None
        letters = _COUNTED[self.label][1]
        found = len(password) if letters is None else sum(1 for letter in password if letter in letters)
        return found >= self.count


def rule(label: str, *, regex: str = "", value: int | None = None) -> Rule:
    """An entry of the array. Raises ConfigError for one with neither a known label and a number nor an expression."""
    if label in _COUNTED and value is not None:
        return Rule(label, _COUNTED[label][0] % value, max(0, value))
    try:
        re.compile(regex)
    except re.error as error:
        raise ConfigError(f"{label}: no regular expression ({error})", key="userPasswordPolicy") from error
    if not regex:
        raise ConfigError(f"{label}: neither a known label with a value nor a regex", key="userPasswordPolicy")
    return Rule(label, regex)


def satisfies(rules: Sequence[Rule], password: str) -> bool:
    return all(rule.allows(password) for rule in rules)
