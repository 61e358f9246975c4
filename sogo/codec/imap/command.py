"""Commands as octets (RFC 9051 §6). Whatever is put into one stays one argument of it: nothing here takes raw text.

A command is a name and arguments; `Command.render` gives octets cut where the server must agree to a literal first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from sogo.codec.imap.sequence import NumberSet
from sogo.errors import CodecError

MAX_QUOTED_BYTES = 1000
LITERAL_MINUS_BYTES = 4096
"""What LITERAL- lets pass without asking (RFC 7888 §5)."""
_ATOM = re.compile(r"\\?[^\x00-\x20\x7f-\U0010ffff(){%*\"\\\]]+|\\\*", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9.=+_-]*(?: [A-Z]+)?", re.ASCII)
_ITEM = re.compile(r"[A-Z0-9.-]+(?:\[[A-Za-z0-9. ()-]*\](?:<\d{1,19}\.\d{1,10}>)?)?", re.ASCII)
_BARE = re.compile(rb"[A-Za-z0-9$&'+,./:;<=>?@^_`|~!#-]+")
_QUOTABLE = re.compile(rb"[^\x00\r\n\x80-\xff]*")


@dataclass(frozen=True, slots=True)
class Atom:
    """A keyword, a flag or a number. Raises CodecError when made of anything that could be more than one word."""

    text: str

    def __post_init__(self) -> None:
        if not _ATOM.fullmatch(self.text):
            raise CodecError("No atom.", excerpt=ascii(self.text)[:60])


@dataclass(frozen=True, slots=True)
class Item:
    """Something to fetch, such as `BODY.PEEK[HEADER.FIELDS (Date)]<0.100>`."""

    text: str

    def __post_init__(self) -> None:
        if not _ITEM.fullmatch(self.text):
            raise CodecError("Nothing that can be fetched.", excerpt=ascii(self.text)[:60])


@dataclass(frozen=True, slots=True)
class Text:
    """Any text or octets: bare where that is safe, else in quotes, else as a literal."""

    value: str | bytes = field(repr=False)

    @property
    def octets(self) -> bytes:
        return self.value if isinstance(self.value, bytes) else self.value.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A mailbox or pattern of LIST: in quotes even where it holds nothing but letters, `*` or `%`."""

    value: str


@dataclass(frozen=True, slots=True)
class Literal:
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Group:
    """Arguments in parentheses."""

    members: tuple[Argument, ...]


Argument: TypeAlias = "Atom | Item | Text | Pattern | Literal | NumberSet | Group"


@dataclass(frozen=True, slots=True)
class Piece:
    """Octets to send at once. `waits`: then the server has to say `+` before the next piece goes."""

    octets: bytes = field(repr=False)
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """`name` may be two words, such as UID FETCH. It is all that a log may say of a command."""

    name: str
    arguments: tuple[Argument, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not _WORD.fullmatch(self.name):
            raise CodecError("No command.", excerpt=ascii(self.name)[:60])

    def render(self, tag: str, *, literal_limit: int = 0) -> tuple[Piece, ...]:
        """`literal_limit` is the largest literal that need not wait: 0 without LITERAL+ and LITERAL-."""
        pieces: list[Piece] = []
        held = bytearray(f"{tag} {self.name}".encode("ascii"))
        for token in _tokens(self.arguments):
            if isinstance(token, bytes):
                held += token
                continue
            size, waits = len(token.octets), len(token.octets) > literal_limit
            held += f"{{{size}{'' if waits else '+'}}}\r\n".encode("ascii")
            if waits:
                pieces.append(Piece(bytes(held), waits=True))
                held = bytearray()
            held += token.octets
        held += b"\r\n"
        pieces.append(Piece(bytes(held)))
        return tuple(pieces)


def literal_limit(capabilities: Iterable[str]) -> int:
    """The largest literal that this server takes without being asked."""
    names = frozenset(capabilities)
    if "LITERAL+" in names:
        return 2**32
    return LITERAL_MINUS_BYTES if "LITERAL-" in names or "IMAP4REV2" in names else 0


def atoms(*words: str) -> tuple[Atom, ...]:
    return tuple(Atom(word) for word in words)


def items(*words: str) -> Group:
    return Group(tuple(Item(word) for word in words))


def _tokens(arguments: Iterable[Argument]) -> Iterator[bytes | Literal]:
    """Each argument after a blank; a literal stands by itself."""
    for argument in arguments:
        yield b" "
        yield from _token(argument)


def _token(argument: Argument) -> Iterator[bytes | Literal]:
    match argument:
        case Atom(text) | Item(text):
            yield text.encode("ascii")
        case NumberSet():
            yield argument.render().encode("ascii")
        case Literal():
            yield argument
        case Pattern(value):
            yield _string(value.encode("utf-8", "surrogateescape"), bare=False)
        case Text():
            yield _string(argument.octets, bare=True)
        case Group(members):
            yield b"("
            for number, member in enumerate(members):
                if number:
                    yield b" "
                yield from _token(member)
            yield b")"


def _string(octets: bytes, *, bare: bool) -> bytes | Literal:
    if bare and _BARE.fullmatch(octets) and octets.upper() != b"NIL":
        return octets
    if len(octets) <= MAX_QUOTED_BYTES and _QUOTABLE.fullmatch(octets):
        return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    if b"\0" in octets:
        raise CodecError("A NUL in an argument of IMAP.")
    return Literal(octets)
