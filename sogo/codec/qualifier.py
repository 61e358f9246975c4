"""The filter language of user sources (auth.md §1.4), read into values.

    objectClass = 'inetOrgPerson' AND (mail = '*' OR NOT c_active = 0)

AND and OR bind equally and to the left, as the original reads them: `a OR b AND c` is `(a OR b) AND c`. Two comparisons
side by side are ANDed, NOT takes the next element only. `sogo.codec.qualifier_ldap` and `qualifier_sql` render a tree;
trees for look-ups are built from the classes here, never by pasting text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from sogo.errors import CodecError

MAX_LENGTH = 16_384
MAX_DEPTH = 32
MAX_COMPARISONS = 500


class Operator(Enum):
    EQUAL = "="
    NOT_EQUAL = "!="
    LESS = "<"
    GREATER = ">"
    AT_MOST = "<="
    AT_LEAST = ">="
    LIKE = "like"
    LIKE_ANY_CASE = "caseinsensitivelike"
    CONTAINS = "doescontain"
    OTHER = ""
    """An Objective-C selector we do not know; the original takes it for `=`."""


@dataclass(frozen=True, slots=True)
class Text:
    """`pattern`: the text comes from the configuration and a `*` in it stands for anything; else it is data."""

    text: str
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written, such as "-1" or "2.5"."""

    text: str


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool


@dataclass(frozen=True, slots=True)
class Null:
    pass


@dataclass(frozen=True, slots=True)
class Key:
    """A bare word as value: another attribute."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`$name`; nothing in a user source gives it a value."""

    name: str


Value = Text | Number | Truth | Null | Key | Variable


@dataclass(frozen=True, slots=True)
class Comparison:
    key: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Qualifier, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Qualifier, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Qualifier


Qualifier = Comparison | And | Or | Not


def equals(key: str, text: str) -> Comparison:
    """`key` holds exactly this text, wildcards and all."""
    return Comparison(key, Operator.EQUAL, Text(text))


def any_of(parts: list[Qualifier]) -> Qualifier:
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def all_of(parts: list[Qualifier]) -> Qualifier:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def parse(text: str) -> Qualifier:
    """Read a filter. Raises CodecError with the offset of what is wrong, and beyond the limits of this module."""
    if len(text) > MAX_LENGTH:
        raise CodecError(f"the filter is longer than {MAX_LENGTH} characters", offset=MAX_LENGTH)
    parser = _Parser(_tokens(text))
    qualifier = parser.expression(0)
    parser.expect("end")
    return qualifier


# --- words ------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<open>\() | (?P<close>\))
    | (?P<string>'(?:\\'|[^'])*' | "(?:\\"|[^"])*")
    | (?P<operator>==|!=|<>|<=|>=|=<|=>|=|<|>)
    | (?P<variable>\$[\w.-]+)
    | (?P<word>[^\s()'"<>=!]+)
    | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?$", re.ASCII)
_SPELLINGS = {"==": "=", "<>": "!=", "=<": "<=", "=>": ">="}
_TRUTHS = {"yes": True, "true": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    offset: int

    @property
    def keyword(self) -> str:
        return self.text.lower() if self.kind == "word" else ""


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    offset = 0
    while not tokens or tokens[-1].kind != "end":
        found = _TOKEN.match(text, offset)
        if found is None or found.lastgroup is None:
            raise CodecError("neither a word nor a closed string", offset=offset, excerpt=text[offset : offset + 20])
        tokens.append(_Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
        offset = found.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._comparisons = 0

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._peek
        self._next += token.kind != "end"
        return token

    def expect(self, kind: str) -> _Token:
        token = self._take()
        if token.kind != kind:
            raise CodecError(f"{kind} expected", offset=token.offset, excerpt=token.text[:20])
        return token

    def expression(self, depth: int) -> Qualifier:
        if depth > MAX_DEPTH:
            raise CodecError("too many levels", offset=self._peek.offset)
        left = self._element(depth)
        while self._peek.kind not in ("close", "end"):
            joined_by_or = self._peek.keyword == "or"
            if self._peek.keyword in ("and", "or"):
                self._take()
            left = _join(left, self._element(depth), Or if joined_by_or else And)
        return left

    def _element(self, depth: int) -> Qualifier:
        if depth > MAX_DEPTH:
            raise CodecError("too many levels", offset=self._peek.offset)
        if self._peek.keyword == "not":
            self._take()
            return Not(self._element(depth + 1))
        if self._peek.kind == "open":
            self._take()
            inner = self.expression(depth + 1)
            self.expect("close")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        key = self.expect("word")
        self._comparisons += 1
        if key.keyword in ("and", "or") or self._comparisons > MAX_COMPARISONS:
            raise CodecError("a comparison expected, or too many of them", offset=key.offset, excerpt=key.text[:20])
        return Comparison(key.text, self._operator(), self._value())

    def _operator(self) -> Operator:
        token = self._take()
        if token.kind == "operator":
            return Operator(_SPELLINGS.get(token.text, token.text))
        if token.kind != "word" or token.keyword in ("and", "or", "not"):
            raise CodecError("an operator expected", offset=token.offset, excerpt=token.text[:20])
        name = token.keyword.rstrip(":")
        return Operator(name) if name in ("like", "caseinsensitivelike", "doescontain") else Operator.OTHER

    def _value(self) -> Value:
        token = self._take()
        if token.kind == "open":  # a cast such as (NSString)'text'; the type says nothing we need
            self.expect("word")
            self.expect("close")
            token = self._take()
        if token.kind == "string":
            quote = token.text[0]
            return Text(token.text[1:-1].replace("\\" + quote, quote), pattern=True)
        if token.kind == "variable":
            return Variable(token.text[1:])
        if token.kind != "word" or token.keyword in ("and", "or"):
            raise CodecError("a value expected", offset=token.offset, excerpt=token.text[:20])
        return _word_value(token)


def _word_value(token: _Token) -> Value:
    if token.keyword in ("null", "nil"):
        return Null()
    if token.keyword in _TRUTHS:
        return Truth(_TRUTHS[token.keyword])
    return Number(token.text) if _NUMBER.match(token.text) else Key(token.text)


def _join(left: Qualifier, right: Qualifier, kind: type[And] | type[Or]) -> Qualifier:
    return kind((*left.parts, right)) if isinstance(left, kind) else kind((left, right))
