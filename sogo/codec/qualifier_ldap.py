"""A qualifier as an LDAP search filter (RFC 4515)."""

from __future__ import annotations

import re

from sogo.codec.qualifier import And, Comparison, Key, Not, Null, Number, Operator, Or, Qualifier, Text, Truth, Value
from sogo.errors import CodecError

_ATTRIBUTE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.;:_-]{0,254}\Z", re.ASCII)
_DATA_SPECIAL = re.compile(r"[*()\\\x00]")
_PATTERN_SPECIAL = re.compile(r"[()\x00]|\\(?![0-9A-Fa-f]{2})")


def escape_data(text: str) -> str:
    """Text as an assertion value that stands for itself: `*`, parentheses, backslash and NUL are escaped (§3)."""
    return _DATA_SPECIAL.sub(_escape, text)


def ldap_filter(qualifier: Qualifier) -> str:
    """The filter. Raises CodecError for an attribute name LDAP cannot have and for a `$variable`.

    `*` in a configured text stays a wildcard. `<` and `>`, which LDAP lacks, and NULL, which it knows as absence, get
    the filters they mean; the original sends what no server takes.
    """
    if isinstance(qualifier, And | Or):
        sign = "&" if isinstance(qualifier, And) else "|"
        return f"({sign}{''.join(ldap_filter(part) for part in qualifier.parts)})"
    if isinstance(qualifier, Not):
        return f"(!{ldap_filter(qualifier.part)})"
    return _comparison(qualifier)


def is_attribute(name: str) -> bool:
    """Whether a configured name can be an attribute description."""
    return _ATTRIBUTE.match(name) is not None


def _comparison(comparison: Comparison) -> str:
    key, operator = comparison.key, comparison.operator
    if not is_attribute(key):
        raise CodecError(f"{key[:40]!r} is no attribute name")
    if isinstance(comparison.value, Null):
        return f"({key}=*)" if operator is Operator.NOT_EQUAL else f"(!({key}=*))"
    value = _value(comparison.value)
    if operator is Operator.NOT_EQUAL:
        return f"(!({key}={value}))"
    if operator in (Operator.AT_MOST, Operator.AT_LEAST):
        return f"({key}{operator.value}{value})"
    if operator in (Operator.LESS, Operator.GREATER):
        return f"(&({key}{operator.value}={value})(!({key}={value})))"
    return f"({key}=*{value})" if operator is Operator.CONTAINS else f"({key}={value})"


def _value(value: Value) -> str:
    if isinstance(value, Text):
        return _PATTERN_SPECIAL.sub(_escape, value.text) if value.pattern else escape_data(value.text)
    if isinstance(value, Number):
        return value.text
    if isinstance(value, Truth):
        return "TRUE" if value.value else "FALSE"
    if isinstance(value, Key):  # people write objectClass = person without quotes
        return _PATTERN_SPECIAL.sub(_escape, value.name)
    raise CodecError(f"{value} has no value here")


def _escape(found: re.Match[str]) -> str:
    return f"\\{ord(found[0]):02x}"
