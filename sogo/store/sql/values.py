"""Lists and patterns as bound values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")

_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def in_list(prefix: str, items: Sequence[object]) -> tuple[str, dict[str, object]]:
    """The inside of `IN (…)` and its values. Padded to a power of two, so that drivers see few different statements."""
    width = 1
    while width < len(items):
        width *= 2
    padded = list(items) + [items[-1]] * (width - len(items)) if items else [None]
    names = [f"{prefix}{number}" for number in range(len(padded))]
    return ", ".join(f":{name}" for name in names), dict(zip(names, padded, strict=True))


def is_same_name(asked: str, found: str) -> bool:
    """Whether a row found by a name is the one that was asked for. MySQL takes names for equal that differ in case,
    which clients of the original are used to; and in accents, emoji or blanks at the end, where it is another one."""
    return asked == found or asked.casefold() == found.casefold()


def like_pattern(text: str) -> str:
    """A pattern for `LIKE … ESCAPE '!'` that finds a text anywhere."""
    return "%" + re.sub(r"([!%_])", r"!\1", text) + "%"


def loose_pattern(text: str) -> str:
    """The same for a comparison without case. What a database folds beyond ASCII depends on its locale, so there
    anything matches; whoever reads the rows looks again."""
    return _NOT_ASCII.sub("%", like_pattern(text))
