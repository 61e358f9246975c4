"""The columns a table really has: databases of older versions lack some and have narrower ones (store.md §§2.6, 17)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from sogo.store.interface import QuickRow
from sogo.store.sql.dialects.base import Dialect
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.url import EngineKey

KNOWN_TABLES = 2000
INT_MIN, INT_MAX = -(2**31), 2**31 - 1


@dataclass(frozen=True, slots=True)
class Width:
    """How much text a column takes; None is no limit."""

    chars: int | None
    octets: int | None


Columns = Mapping[str, Width]


def catalogue_name(dialect: Dialect, table: str) -> str:
    """A table's name as the database's own catalogue writes it."""
    return dialect.quote(table).rpartition(".")[2].strip('"`')


async def read_columns(database: Engine | Session, table: str) -> Columns:
    """The columns of a table by lower-case name; empty when there is no such table."""
    dialect = database.dialect
    rows = await database.fetch(dialect.columns_sql, table=catalogue_name(dialect, table))
    return {str(row["column_name"]).lower(): Width(row["max_chars"], row["max_octets"]) for row in rows}


class ColumnCatalogue:
    """Remembers the columns of the tables asked for lately; a table that was missing is asked for again."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[EngineKey, str], Columns] = OrderedDict()

    async def columns(self, engine: Engine, table: str) -> Columns:
        key = (engine.url.engine_key, table)
        found = self._known.get(key)
        if found is None:
            found = await read_columns(engine, table)
            if found:
                self._known[key] = found
                while len(self._known) > KNOWN_TABLES:
                    self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        return found


def fit(row: QuickRow, columns: Columns) -> dict[str, int | str | None]:
    """An index record cut down to what a table can hold: only its columns, no text too long, no number too large.

    The index serves searching; the whole text stays in the object itself.
    """
    return {name: _fit_value(value, columns[name]) for name, value in row.items() if name in columns}


def _fit_value(value: int | str | None, width: Width) -> int | str | None:
    if isinstance(value, int):
        return min(max(int(value), INT_MIN), INT_MAX)
    if isinstance(value, str):
        return _cut(value, width)
    return None


def _cut(text: str, width: Width) -> str:
    if width.chars is not None and len(text) > width.chars:
        text = text[: width.chars]
    if width.octets is not None and len(text) * 4 > width.octets:
        octets = text.encode("utf-8", "replace")
        if len(octets) > width.octets:
            text = octets[: width.octets].decode("utf-8", "ignore")
    return text
