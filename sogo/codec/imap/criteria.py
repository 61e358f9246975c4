"""What SEARCH and SORT ask for (RFC 9051 §6.4.4, RFC 5256 §3), put together from values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from enum import Enum

from sogo.codec.imap.command import Argument, Atom, Group, Text
from sogo.codec.imap.dates import render_day
from sogo.codec.imap.sequence import NumberSet
from sogo.errors import CodecError

Key = tuple[Argument, ...]
"""One search key, with its arguments. Keys next to each other must all hold."""

_TEXT_KEYS = frozenset({"BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO"})
_DAY_KEYS = frozenset({"BEFORE", "ON", "SINCE", "SENTBEFORE", "SENTON", "SENTSINCE"})
_FLAG_KEYS = frozenset({
    "ALL", "ANSWERED", "DELETED", "DRAFT", "FLAGGED", "NEW", "OLD", "RECENT", "SEEN",
    "UNANSWERED", "UNDELETED", "UNDRAFT", "UNFLAGGED", "UNSEEN",
})  # fmt: skip


class SortKey(Enum):
    ARRIVAL = "ARRIVAL"
    CC = "CC"
    DATE = "DATE"
    FROM = "FROM"
    SIZE = "SIZE"
    SUBJECT = "SUBJECT"
    TO = "TO"


def flag(name: str) -> Key:
    return (Atom(_known(name, _FLAG_KEYS)),)


def keyword(name: str) -> Key:
    return (Atom("KEYWORD"), Atom(name))


def text(name: str, value: str) -> Key:
    """A substring, in any case."""
    return (Atom(_known(name, _TEXT_KEYS)), Text(value))


def header(name: str, value: str) -> Key:
    return (Atom("HEADER"), Text(name), Text(value))


def day(name: str, value: dt.date) -> Key:
    return (Atom(_known(name, _DAY_KEYS)), Atom(render_day(value)))


def larger(size_bytes: int) -> Key:
    return (Atom("LARGER"), Atom(str(_size(size_bytes))))


def smaller(size_bytes: int) -> Key:
    return (Atom("SMALLER"), Atom(str(_size(size_bytes))))


def uids(numbers: NumberSet) -> Key:
    return (Atom("UID"), numbers)


def negated(key: Key) -> Key:
    return (Atom("NOT"), Group(key))


def either(one: Key, other: Key) -> Key:
    return (Atom("OR"), Group(one), Group(other))


def all_of(keys: Sequence[Key]) -> Key:
    """ALL for none."""
    return tuple(argument for key in keys for argument in key) or flag("ALL")


def sort_program(keys: Sequence[tuple[SortKey, bool]]) -> Group:
    """Each key with whether it is the other way round."""
    words: list[Argument] = []
    for key, descends in keys:
        words += [Atom("REVERSE"), Atom(key.value)] if descends else [Atom(key.value)]
    return Group(tuple(words))


def is_ascii(arguments: Sequence[Argument]) -> bool:
    """Whether no CHARSET need be said."""
    return all(
        is_ascii(argument.members) if isinstance(argument, Group)
        else argument.octets.isascii() if isinstance(argument, Text) else True
        for argument in arguments
    )  # fmt: skip


def _known(name: str, names: frozenset[str]) -> str:
    if name not in names:
        raise CodecError("No search key.", excerpt=ascii(name)[:40])
    return name


def _size(size_bytes: int) -> int:
    if not 0 <= size_bytes < 2**32:
        raise CodecError("A size out of range.")
    return size_bytes
