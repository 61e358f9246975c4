"""Which messages: SEARCH, ESEARCH, SORT and THREAD (RFC 9051 §7.3.4, RFC 4731, RFC 5256), VANISHED (RFC 7162)."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.imap.lexer import Atom, Limits, Value, broken, number_of, number_or_none, text_of
from sogo.codec.imap.sequence import NumberSet


@dataclass(frozen=True, slots=True)
class Found:
    """SEARCH or SORT, in the order told; `modseq` is the highest one of what was found (RFC 7162 §3.1.5)."""

    kind: str
    numbers: tuple[int, ...]
    modseq: int | None = None


@dataclass(frozen=True, slots=True)
class FoundExtended:
    """ESEARCH. `all` is None where nothing was found, or where it was not asked for."""

    tag: str | None
    is_uid: bool
    smallest: int | None = None
    largest: int | None = None
    count: int | None = None
    all: NumberSet | None = None
    modseq: int | None = None


@dataclass(frozen=True, slots=True)
class Threads:
    """Each thread as its messages in the order told, each with its depth from 0; number 0 stands for a parent that is
    not here."""

    threads: tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Vanished:
    earlier: bool
    uids: NumberSet


def read_found(kind: str, values: list[Value]) -> Found:
    modseq = None
    if values and isinstance(values[-1], list):
        name, *rest = [*values[-1], None]
        modseq = number_or_none(rest[0]) if text_of(name).upper() == "MODSEQ" else None
        values = values[:-1]
    return Found(kind, tuple(number_of(value) for value in values), modseq)


def read_found_extended(values: list[Value]) -> FoundExtended:
    tag = None
    if values and isinstance(values[0], list):
        pair = [*values[0], None, None]
        tag = text_of(pair[1]) if text_of(pair[0]).upper() == "TAG" else None
        values = values[1:]
    is_uid = bool(values) and isinstance(values[0], Atom) and values[0].upper() == b"UID"
    items = values[1:] if is_uid else values
    told = {text_of(name).upper(): value for name, value in zip(items[::2], items[1::2], strict=False)}
    return FoundExtended(
        tag, is_uid,
        smallest=number_or_none(told.get("MIN")), largest=number_or_none(told.get("MAX")),
        count=number_or_none(told.get("COUNT")), modseq=number_or_none(told.get("MODSEQ")),
        all=NumberSet.parse(text_of(told["ALL"])) if "ALL" in told else None,
    )  # fmt: skip


def read_vanished(values: list[Value]) -> Vanished:
    earlier = isinstance(values[0], list)
    return Vanished(earlier, NumberSet.parse(text_of(values[1] if earlier else values[0])))


def parse_threads(data: bytes, *, limits: Limits) -> Threads:
    """Read without recursion: a thread may be as deep as it is long. `(1 2 (3)(4 5))` is 1, below it 2, below that 3
    and 4, and 5 below 4."""
    threads: list[tuple[tuple[int, int], ...]] = []
    members: list[tuple[int, int]] = []
    levels: list[int] = []
    level = 0
    for count, word in enumerate(data.replace(b"(", b" ( ").replace(b")", b" ) ").split()):
        if count > limits.items:
            raise broken("Too many items.", data, 0)
        if word == b"(":
            if levels and not members:
                members.append((0, 0))  # `((3)(4))`: their parent is missing
                level = 1
            levels.append(level)
        elif not levels:
            raise broken("A thread is a list.", data, 0)
        elif word == b")":
            level = levels.pop()
            if not levels:
                threads.append(tuple(members))
                members, level = [], 0
        else:
            members.append((number_of(word), level))
            level += 1
    if levels:
        raise broken("A thread without an end.", data, len(data))
    return Threads(tuple(threads))
