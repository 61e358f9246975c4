"""A QuickFilter as SQL over the index record `q` (store.md §7.6). It may keep too much, never too little.

Why wider than the words of the filter: all-day and floating times are stored as if they were UTC, so a window is
widened by a day at both ends; an override may lie before its master, so a recurring object is judged by its cycle end
only; and an object without an index record is kept, since nothing is known about it.
"""

from __future__ import annotations

from collections.abc import Iterable

from sogo.store.interface import QuickFilter
from sogo.store.sql.columns import INT_MAX, INT_MIN, Columns
from sogo.store.sql.values import in_list, loose_pattern

DAY = 86_400

Condition = tuple[str, dict[str, object]]


def condition(where: QuickFilter, columns: Columns) -> Condition:
    """`AND (…)` and its values; an empty text when everything is wanted. `columns` are those the index really has: what
    asks for another one (a UID of cards, a column of a later version) keeps everything."""
    parts: list[Condition] = [*_lists(where, columns), *_texts(where, columns)]
    if "c_enddate" in columns:
        parts += _window(where)
    if not parts:
        return "", {}
    values = {name: value for _, bound in parts for name, value in bound.items()}
    wanted = " AND ".join(text for text, _ in parts)
    return f"AND (q.c_name IS NULL OR ({wanted})) ", values


def _lists(where: QuickFilter, columns: Columns) -> Iterable[Condition]:
    if where.components is not None:
        yield _one_of("q.c_component", "component", sorted(where.components))
    if where.classifications is not None and "c_classification" in columns:
        yield _one_of("q.c_classification", "classification", sorted(where.classifications))
    if where.uid is not None and "c_uid" in columns:
        yield "q.c_uid = :uid", {"uid": where.uid}


def _one_of(column: str, prefix: str, values: list[str] | list[int]) -> Condition:
    if not values:
        return "1 = 2", {}
    listed, bound = in_list(prefix, values)
    return f"{column} IN ({listed})", bound


def _window(where: QuickFilter) -> Iterable[Condition]:
    if where.end is not None:
        yield (
            "(q.c_iscycle = 1 OR q.c_startdate IS NULL OR q.c_startdate <= :before)",
            {"before": _int(where.end + DAY)},
        )
    if where.start is not None:
        single = "(q.c_iscycle IS NULL OR q.c_iscycle <> 1) AND (q.c_enddate IS NULL OR q.c_enddate >= :since)"
        cycle = "q.c_iscycle = 1 AND (q.c_cycleenddate IS NULL OR q.c_cycleenddate >= :since)"
        yield f"(({single}) OR ({cycle}))", {"since": _int(where.start - DAY)}


def _texts(where: QuickFilter, columns: Columns) -> Iterable[Condition]:
    if where.contains:
        found = [
            f"UPPER(q.{column}) LIKE UPPER(:text{number}) ESCAPE '!'"
            for number, (column, _) in enumerate(where.contains)
            if column in columns
        ]
        values: dict[str, object] = {
            f"text{number}": loose_pattern(text) for number, (_, text) in enumerate(where.contains)
        }
        if len(found) == len(where.contains):
            yield f"({' OR '.join(found)})", values


def _int(seconds: int) -> int:
    return min(max(seconds, INT_MIN), INT_MAX)
