"""CAPABILITY and ENABLED (RFC 9051 §7.2, RFC 5161), ID (RFC 2971)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sogo.codec.imap.lexer import Value, list_of, text_of, words_of


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What the server can do. Names count in any case."""

    names: frozenset[str]

    @classmethod
    def of(cls, words: Iterable[str]) -> Capabilities:
        return cls(frozenset(word.upper() for word in words))

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.upper() in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def values(self, name: str) -> frozenset[str]:
        """What follows `name=`: {"PLAIN", "XOAUTH2"} for AUTH, {"REFERENCES"} for THREAD."""
        start = f"{name.upper()}="
        return frozenset(word.removeprefix(start) for word in self.names if word.startswith(start))


@dataclass(frozen=True, slots=True)
class Enabled:
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a server says of itself; names in small letters."""

    fields: Mapping[str, str]


def read_capabilities(values: list[Value]) -> Capabilities:
    return Capabilities.of(words_of(values))


def read_enabled(values: list[Value]) -> Enabled:
    return Enabled(frozenset(word.upper() for word in words_of(values)))


def read_identity(values: list[Value]) -> Identity:
    words = list_of(values[0]) if values else []
    pairs = zip(words[::2], words[1::2], strict=False)
    return Identity({text_of(name).lower(): text_of(value) for name, value in pairs})
