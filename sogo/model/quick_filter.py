"""How a question narrows the objects of a folder by their quick columns, before anything is parsed."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.model.folder import Times

DAY_SECONDS = 86_400


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


def keeps(where: QuickFilter, component: str, times: Times | None) -> bool:
    """As the store narrows, for one object: `component` is "" without a quick row, and then nothing is known of it.

    All-day and floating times are noted as if they were UTC, hence the day at both ends; an override may lie before its
    master, so a recurring object is judged by the end of its cycle only. What needs another column is kept.
    """
    if not component:
        return True
    if where.components is not None and component not in where.components:
        return False
    if times is None:
        return True
    return _in_window(where, times) and _has_uid(where, times)


def _in_window(where: QuickFilter, times: Times) -> bool:
    recurs = times.is_cycle == 1
    if where.end is not None and not recurs and times.start is not None and times.start > where.end + DAY_SECONDS:
        return False
    last = times.cycle_end if recurs else times.end
    return where.start is None or last is None or last >= where.start - DAY_SECONDS


def _has_uid(where: QuickFilter, times: Times) -> bool:
    uid = times.uid or ""
    if where.uid is not None and uid != where.uid:
        return False
    if not where.contains or any(column != "c_uid" for column, _ in where.contains):
        return True
    return not uid.isascii() or any(text.casefold() in uid.casefold() for _, text in where.contains)
