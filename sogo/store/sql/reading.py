"""Reads objects: content and index record joined in one statement, in pages of bounded size.

Pages go on from the last name instead of holding a cursor, so that a slow client never holds a database connection.
Pages are in the database's own order of names, which its collation decides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sogo.model.folder import Entry, Folder
from sogo.store.interface import QuickFilter
from sogo.store.sql.columns import ColumnCatalogue
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.layout import FolderTables, Layout, live, missing_is_gone
from sogo.store.sql.quick_filter import Condition, condition
from sogo.store.sql.values import chunks, in_list

NAMES_AT_ONCE = 250
MAX_BATCH = 5000


class ObjectReader:
    def __init__(self, layout: Layout, catalogue: ColumnCatalogue) -> None:
        self._layout, self._catalogue = layout, catalogue

    async def load(self, folder: Folder, name: str, *, quick: bool) -> Entry | None:
        async for entries in self.entries(folder, content=True, quick=quick, names=[name], where=None, batch=1):
            return entries[0]
        return None

    async def entries(
        self,
        folder: Folder,
        *,
        content: bool,
        quick: bool,
        names: Sequence[str] | None,
        where: QuickFilter | None,
        batch: int,
    ) -> AsyncIterator[list[Entry]]:
        tables = self._layout.tables(folder)
        columns = await self._catalogue.columns(tables.quick_engine, tables.quick_name) if quick or where else {}
        wanted = tuple(sorted(set(columns) - {"c_folder_id", "c_name"})) if quick else ()
        narrowed = condition(where, columns) if where is not None and tables.one_database else ("", {})
        pages = _Pages(tables, content=content, quick=wanted, narrowed=narrowed)
        if names is not None:
            for chunk in chunks(sorted(set(names)), min(NAMES_AT_ONCE, max(1, batch))):
                found = await pages.named(chunk)
                if found:
                    yield found
            return
        size, after = min(max(1, batch), MAX_BATCH), None
        while True:
            found = await pages.following(after, size)
            if found:
                yield found
            if len(found) < size:
                return
            after = found[-1].name


class _Pages:
    """The statement of one listing, and how its rows are read."""

    def __init__(self, tables: FolderTables, *, content: bool, quick: tuple[str, ...], narrowed: Condition) -> None:
        self._tables, self._content, self._quick = tables, content, quick
        self._where, values = narrowed
        self._values: dict[str, object] = {"folder": tables.folder.id, **values}

    async def named(self, names: Sequence[str]) -> list[Entry]:
        listed, values = in_list("n", names)
        rows = await self._fetch(f"AND s.c_name IN ({listed})", "", values)
        known = {name.casefold() for name in names}
        return sorted((row for row in rows if row.name.casefold() in known), key=lambda entry: entry.name)

    async def following(self, after: str | None, size: int) -> list[Entry]:
        more = "" if after is None else "AND s.c_name > :after "
        limit = self._tables.dialect.limit("size")
        return await self._fetch(more, f" ORDER BY s.c_name{limit}", {"after": after, "size": size})

    async def _fetch(self, more: str, tail: str, values: Mapping[str, object]) -> list[Entry]:
        tables = self._tables
        record, join = component_column(tables), ""
        if tables.one_database and (self._quick or self._where):
            record = ", q.c_component AS c_component" + "".join(f", q.{name} AS q_{name}" for name in self._quick)
            # "+ 0": looked up by both columns of the key, even where the planner takes a folder for a handful of rows.
            same = "q.c_folder_id = s.c_folder_id + 0 AND " if tables.single else ""
            join = f"LEFT JOIN {tables.quick} q ON {same}q.c_name = s.c_name "
        sql = (
            f"SELECT {entry_columns(tables, content=self._content)}{record} "
            f"FROM {tables.store} s {join}WHERE {tables.of_folder('s')}{live('s')} {more}{self._where}{tail}"
        )
        with missing_is_gone(tables):
            rows = await tables.store_engine.fetch(sql, **self._values, **values)
            entries = [read_entry(row, self._quick) for row in rows]
            return entries if tables.one_database else await join_apart(tables, entries, self._quick)


def entry_columns(tables: FolderTables, *, content: bool) -> str:
    """What an Entry is read from; the store is `s`, the index record `q` where it is joined."""
    columns = [
        *("s.c_name AS c_name", "s.c_version AS c_version", "s.c_creationdate AS c_creationdate"),
        *("s.c_lastmodified AS c_lastmodified", f"{tables.dialect.octets('s.c_content')} AS size_octets"),
    ]
    return ", ".join([*columns, "s.c_content AS c_content"] if content else columns)


def component_column(tables: FolderTables) -> str:
    """The component of `s`, looked up row by row; nothing where the index lies in another database.

    Not a join: while a database has no statistics of a freshly filled table, it may join 5,000 rows with 5,000 by
    looking at 25 million pairs.
    """
    if not tables.one_database:
        return ""
    return (
        f", (SELECT k.c_component FROM {tables.quick} k "
        f"WHERE {tables.same_folder('k', 's')}k.c_name = s.c_name) AS c_component"
    )


def read_entry(row: Row, quick: Sequence[str] = ()) -> Entry:
    component = row.get("c_component")
    record = {name: row[f"q_{name}"] for name in quick} if quick and component is not None else None
    return Entry(
        name=row["c_name"],
        version=int(row["c_version"]),
        created=int(row["c_creationdate"]),
        modified=int(row["c_lastmodified"]),
        component=component or "",
        size_bytes=int(row["size_octets"] or 0),
        content=row.get("c_content"),
        quick=record,
    )


async def join_apart(tables: FolderTables, entries: Sequence[Entry], quick: Sequence[str] = ()) -> list[Entry]:
    """Fetch the index records of entries from another database. A filter is not applied: more than asked is allowed."""
    records: dict[str, Mapping[str, Any]] = {}
    columns = ", ".join(dict.fromkeys(("c_name", "c_component", *quick)))
    for chunk in chunks([entry.name for entry in entries], NAMES_AT_ONCE):
        listed, values = in_list("n", chunk)
        sql = f"SELECT {columns} FROM {tables.quick} WHERE {tables.of_folder()}c_name IN ({listed})"
        for row in await tables.quick_engine.fetch(sql, folder=tables.folder.id, **values):
            records[row["c_name"]] = row
    return [_with_record(entry, records.get(entry.name), quick) for entry in entries]


def _with_record(entry: Entry, record: Mapping[str, Any] | None, quick: Sequence[str]) -> Entry:
    if record is None:
        return entry
    wanted = {name: record[name] for name in quick} if quick else None
    return replace(entry, component=record["c_component"] or "", quick=wanted)
