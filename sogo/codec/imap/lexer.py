"""The tokens of a response: atoms, strings, literals, NIL and lists (RFC 9051 §4), as nested Python lists.

Servers are read with tolerance where nothing is lost by it: 8-bit octets in strings and atoms, a backslash before any
character, any white space between tokens, brackets and braces inside of atoms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from sogo.errors import CodecError

EXCERPT_BYTES = 60


class Atom(bytes):
    """What stands without quotes: a name, a number, a flag. A quoted string or literal is plain bytes."""

    __slots__ = ()


Value: TypeAlias = "Atom | bytes | list[Value] | None"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one response may be. `line_bytes` bounds one line, of which a response has one more than literals."""

    line_bytes: int = 16 * 1024 * 1024
    literal_bytes: int = 64 * 1024 * 1024
    response_bytes: int = 96 * 1024 * 1024
    literals: int = 10_000
    items: int = 1_000_000
    depth: int = 64


DEFAULT_LIMITS = Limits()

LITERAL = re.compile(rb"~?\{(\d{1,12})\+?\}\r?\n")
_TOKEN = re.compile(
    rb"(?P<open>\()|(?P<close>\))"
    rb'|"(?P<quoted>[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*)"'
    rb"|(?P<literal>~?\{(?P<size>\d{1,12})\+?\}\r?\n)"
    rb'|(?P<atom>[^\s()"]+)'
)
_SPACE = re.compile(rb"[ \t]*")
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_SECTION = re.compile(rb"(?:BODY|BINARY|BINARY\.SIZE)\[", re.IGNORECASE)
_IN_SECTION = re.compile(
    rb'"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"|~?\{(\d{1,12})\+?\}\r?\n|(\])|[^"\]{~]+|.', re.DOTALL
)
_IN_CODE = re.compile(
    rb'"[^"\\\r\n]*(?:\\[^\r\n][^"\\\r\n]*)*"|~?\{(\d{1,12})\+?\}\r?\n|[()\]]|[^"()\]{~]+|.', re.DOTALL
)
_ORIGIN = re.compile(rb"<\d{1,20}>")


def values_of(data: bytes, at: int = 0, *, limits: Limits = DEFAULT_LIMITS, sections: bool = False) -> list[Value]:
    """All tokens from `at` to the end. `sections`: names in the first list may be body sections, such as
    `BODY[HEADER.FIELDS (To)]<0>`, each one atom. Raises CodecError."""
    stack: list[list[Value]] = [[]]
    left = limits.items
    while (at := _after_space(data, at)) < len(data):
        match = _TOKEN.match(data, at)
        if match is None:
            raise broken("A string without an end.", data, at)
        left -= 1
        if left < 0:
            raise broken("Too many items.", data, at)
        at = match.end()
        match match.lastgroup:
            case "open":
                if len(stack) > limits.depth:
                    raise broken("Lists too deep in each other.", data, at)
                inner: list[Value] = []
                stack[-1].append(inner)
                stack.append(inner)
            case "close":
                if len(stack) == 1:
                    raise broken("A list ends that did not begin.", data, at)
                stack.pop()
            case "quoted":
                stack[-1].append(_unquoted(match["quoted"]))
            case "atom":
                if sections and len(stack) == 2 and _SECTION.match(data, match.start()):
                    at = _section_end(data, match.start())
                stack[-1].append(_atom(data[match.start() : at]))
            case _:
                size = int(match["size"])
                if at + size > len(data):
                    raise broken("A literal that is cut short.", data, at)
                stack[-1].append(bytes(data[at : at + size]))
                at += size
    if len(stack) != 1:
        raise broken("A list without an end.", data, at)
    return stack[0]


def broken(why: str, data: bytes | bytearray, at: int) -> CodecError:
    start = max(0, at - EXCERPT_BYTES // 2)
    excerpt = bytes(data[start : start + EXCERPT_BYTES]).decode("ascii", "backslashreplace")
    return CodecError(why, offset=at, excerpt=excerpt)


def _after_space(data: bytes, at: int) -> int:
    match = _SPACE.match(data, at)
    return match.end() if match else at


def _atom(data: bytes) -> Value:
    return None if data.upper() == b"NIL" else Atom(data)


def _unquoted(data: bytes) -> bytes:
    return _ESCAPED.sub(rb"\1", data) if b"\\" in data else data


def _section_end(data: bytes, at: int) -> int:
    """Where `BODY[…]<…>` ends. A field name in it may be quoted, or even a literal."""
    at = data.index(b"[", at) + 1
    while at < len(data):
        match = _IN_SECTION.match(data, at)
        if match is None:
            break
        at = match.end() + int(match[1] or 0)
        if match[2]:
            origin = _ORIGIN.match(data, at)
            return origin.end() if origin else at
    raise broken("A section without an end.", data, min(at, len(data)))


def end_of_code(data: bytes) -> int | None:
    """Where `]` is that ends a [CODE …] at the beginning: one in no list and no string. None where it does not end."""
    depth, at = 0, 1
    while (match := _IN_CODE.match(data, at)) is not None:
        token = match[0]
        if token == b"]" and depth <= 0:
            return at
        depth += (token == b"(") - (token == b")")
        at = match.end() + int(match[1] or 0)
    return None


# --- what a value is taken for ----------------------------------------------------------------------------------------

MAX_NUMBER = 2**64 - 1
_MAX_DIGITS = 20


def number_of(value: Value) -> int:
    """An unsigned number of at most 64 bits, wherever it stands in quotes or not. Raises CodecError."""
    if isinstance(value, bytes) and value.isdigit() and len(value) <= _MAX_DIGITS:
        found = int(value)
        if found <= MAX_NUMBER:
            return found
    raise CodecError("A number was expected.", excerpt=repr(value)[:EXCERPT_BYTES])


def number_or_none(value: Value) -> int | None:
    try:
        return number_of(value)
    except CodecError:
        return None


def text_of(value: Value) -> str:
    """The text of an atom or string, "" for NIL and lists. Octets that are no UTF-8 are read as ISO 8859-1."""
    if not isinstance(value, bytes):
        return ""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def text_or_none(value: Value) -> str | None:
    return text_of(value) if isinstance(value, bytes) else None


def list_of(value: Value) -> list[Value]:
    """The members of a list; none where there is something else."""
    return value if isinstance(value, list) else []


def words_of(value: Value) -> tuple[str, ...]:
    """The atoms and strings of a list as texts."""
    return tuple(text_of(member) for member in list_of(value) if isinstance(member, bytes))
