"""OK, NO, BAD, BYE, PREAUTH and `+`, with the code in brackets (RFC 9051 §7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sogo.codec.imap.lexer import (
    Limits,
    Value,
    end_of_code,
    list_of,
    number_or_none,
    text_of,
    values_of,
    words_of,
)
from sogo.codec.imap.sequence import NumberSet
from sogo.errors import CodecError

MAX_TEXT_CHARS = 2000


class Condition(Enum):
    OK = "OK"
    NO = "NO"
    BAD = "BAD"
    BYE = "BYE"
    PREAUTH = "PREAUTH"


@dataclass(frozen=True, slots=True)
class Code:
    """`name` in capitals, and what follows it. Readers give None or nothing for arguments that are not as they should
    be: a code is news, and never a reason to fail."""

    name: str
    arguments: tuple[Value, ...] = ()

    @property
    def number(self) -> int | None:
        """Of UIDNEXT, UIDVALIDITY, UNSEEN, HIGHESTMODSEQ."""
        return number_or_none(self.arguments[0]) if self.arguments else None

    @property
    def words(self) -> tuple[str, ...]:
        """Of CAPABILITY, as they follow; of PERMANENTFLAGS and BADCHARSET, in a list."""
        if self.arguments and isinstance(self.arguments[0], list):
            return words_of(self.arguments[0])
        return words_of(list(self.arguments))

    @property
    def appended(self) -> tuple[int, NumberSet] | None:
        """UIDVALIDITY and UIDs of APPENDUID (RFC 4315)."""
        found = self._numbers(1, 2) if self.name == "APPENDUID" else None
        return (found[0], found[1][0]) if found else None

    @property
    def copied(self) -> tuple[int, NumberSet, NumberSet] | None:
        """UIDVALIDITY of the target, UIDs there were, UIDs there are now, of COPYUID (RFC 4315)."""
        found = self._numbers(1, 3) if self.name == "COPYUID" else None
        return (found[0], found[1][0], found[1][1]) if found else None

    def _numbers(self, first: int, last: int) -> tuple[int, list[NumberSet]] | None:
        validity = self.number
        if validity is None or len(self.arguments) < last:
            return None
        try:
            return validity, [NumberSet.parse(text_of(value)) for value in self.arguments[first:last]]
        except CodecError:
            return None


@dataclass(frozen=True, slots=True)
class Status:
    """`tag` of the command that this ends, None for what the server says by itself."""

    tag: str | None
    condition: Condition
    code: Code | None
    text: str


@dataclass(frozen=True, slots=True)
class Continuation:
    """`+`: the server waits for a literal, or says something of SASL in base64, or idles."""

    text: str


def parse_status(tag: str | None, condition: Condition, rest: bytes, *, limits: Limits) -> Status:
    code, text = _code(rest, limits)
    return Status(tag, condition, code, text_of(text)[:MAX_TEXT_CHARS])


def _code(rest: bytes, limits: Limits) -> tuple[Code | None, bytes]:
    """The code, if it is one, and the text after it."""
    if not rest.startswith(b"["):
        return None, rest
    end = end_of_code(rest)
    if end is None:
        end = rest.find(b"]")
    if end < 0:
        return None, rest
    try:
        first, *arguments = values_of(rest[1:end], limits=limits)
    except (CodecError, ValueError):
        return None, rest
    return Code(text_of(first).upper(), tuple(arguments)), rest[end + 1 :].lstrip(b" ")


def flags_of(value: Value) -> frozenset[str]:
    return frozenset(words_of(list_of(value)))
