"""How a question narrows the objects of a folder by their quick columns, before anything is parsed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuickFilter:
    """Narrows `entries` by quick columns. The answer may hold more than what matches, never less.

    `components`: lower-case component names. `start`, `end`: epoch seconds of a window; recurring objects are kept by
    their cycle end (store.md §7.6). `uid`: c_uid. `classifications`: c_classification values the reader may see.
    `contains`: column -> text that must occur in it, compared without case (contacts: c_cn, c_mail, …); the pairs are
    OR-ed.
    """

    components: frozenset[str] | None = None
    start: int | None = None
    end: int | None = None
    uid: str | None = None
    classifications: frozenset[int] | None = None
    contains: tuple[tuple[str, str], ...] = ()
