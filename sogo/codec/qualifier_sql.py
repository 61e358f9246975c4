"""A qualifier as an SQL condition: values become parameters, names are checked, nothing else gets into the text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from sogo.codec.qualifier import And, Comparison, Key, Not, Null, Number, Operator, Or, Qualifier, Text, Truth, Value
from sogo.errors import CodecError

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,127}\Z", re.ASCII)
_LIKE_SPECIAL = re.compile(r"[%_!]")
_SIGNS = {Operator.NOT_EQUAL: "<>"} | {
    operator: operator.value for operator in (Operator.LESS, Operator.GREATER, Operator.AT_MOST, Operator.AT_LEAST)
}
_BOOLEAN_SPELLINGS = {"1": "true", "0": "false"}

Parameter = str | int | float


@dataclass(frozen=True, slots=True)
class SqlTerms:
    """What a database wants. `quote` makes an identifier of a checked name, `bind` a placeholder of a value.

    `typed`: the driver insists on a parameter of the column's own type (asyncpg), which a configured filter does not
    know; columns and parameters are then compared as text.
    """

    quote: Callable[[str], str]
    bind: Callable[[Parameter], str]
    typed: bool = False

    def column(self, name: str) -> str:
        return self.quote(check_identifier(name))


def check_identifier(name: str) -> str:
    """The name itself. Raises CodecError unless it is letters, digits, `_` and `$`, and no longer than 128."""
    if not _IDENTIFIER.match(name):
        raise CodecError(f"{name[:40]!r} is no column or table name")
    return name


def escape_like(text: str) -> str:
    """Text that stands for itself in `LIKE … ESCAPE '!'`, whatever a backslash means to the server."""
    return _LIKE_SPECIAL.sub(r"!\g<0>", text)


def sql_condition(qualifier: Qualifier, terms: SqlTerms) -> str:
    """The condition, in parentheses where it has parts. Raises CodecError for a bad name and for a `$variable`."""
    if isinstance(qualifier, And | Or):
        word = " AND " if isinstance(qualifier, And) else " OR "
        return f"({word.join(sql_condition(part, terms) for part in qualifier.parts)})"
    if isinstance(qualifier, Not):
        return f"NOT ({sql_condition(qualifier.part, terms)})"
    return _comparison(qualifier, terms)


def _comparison(comparison: Comparison, terms: SqlTerms) -> str:
    column, operator, value = terms.column(comparison.key), comparison.operator, comparison.value
    if isinstance(value, Null):
        return f"{column} IS NOT NULL" if operator is Operator.NOT_EQUAL else f"{column} IS NULL"
    if isinstance(value, Key):
        return f"{column} {_SIGNS.get(operator, '=')} {terms.column(value.name)}"
    if operator in (Operator.LIKE, Operator.LIKE_ANY_CASE, Operator.CONTAINS):
        return _like(column, operator, _text(value), terms)
    return _compare_typed(column, operator, value, terms) if terms.typed else _compare(column, operator, value, terms)


def _like(column: str, operator: Operator, text: str, terms: SqlTerms) -> str:
    pattern = escape_like(text).replace("*", "%").replace("?", "_")
    pattern = f"%{pattern}%" if operator is Operator.CONTAINS else pattern
    left = f"CAST({column} AS text)" if terms.typed else column
    right = f"CAST({terms.bind(pattern)} AS text)" if terms.typed else terms.bind(pattern)
    if operator is Operator.LIKE_ANY_CASE:
        left, right = f"UPPER({left})", f"UPPER({right})"
    return f"{left} LIKE {right} ESCAPE '!'"


def _compare(column: str, operator: Operator, value: Value, terms: SqlTerms) -> str:
    return f"{column} {_SIGNS.get(operator, '=')} {terms.bind(_parameter(value))}"


def _compare_typed(column: str, operator: Operator, value: Value, terms: SqlTerms) -> str:
    text = _text(value)
    sign = _SIGNS.get(operator, "=")
    if sign not in ("=", "<>") and isinstance(value, Number):
        return f"CAST({column} AS numeric) {sign} CAST(CAST({terms.bind(text)} AS text) AS numeric)"
    spellings = [text] if sign not in ("=", "<>") else [text, *filter(None, [_BOOLEAN_SPELLINGS.get(text)])]
    placeholders = [f"CAST({terms.bind(spelling)} AS text)" for spelling in spellings]
    if len(placeholders) == 1:
        return f"CAST({column} AS text) {sign} {placeholders[0]}"
    return f"CAST({column} AS text) {'IN' if sign == '=' else 'NOT IN'} ({', '.join(placeholders)})"


def _parameter(value: Value) -> Parameter:
    if isinstance(value, Number):
        return float(value.text) if "." in value.text else int(value.text)
    return int(value.value) if isinstance(value, Truth) else _text(value)


def _text(value: Value) -> str:
    if isinstance(value, Text | Number):
        return value.text
    if isinstance(value, Truth):
        return "1" if value.value else "0"
    raise CodecError(f"{value} has no value here")
