"""Reads a folder's objects together with the revision of each: all of them, or what changed since a point.

One statement, so at one moment. What it returns can be kept as long as the folder's point stays where it is, and
brought up to date with the few rows that changed since (`sogo.service.memory`). Only where revisions count and index
and store share a database; elsewhere there is nothing a memory could be sure of.
"""

from __future__ import annotations

from collections.abc import Sequence

from sogo.model.folder import Entry, FolderKind, Item, Snapshot, SyncPoint, Times
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.layout import FolderTables, live
from sogo.store.sql.reading import entry_columns, read_entry
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME
from sogo.store.sql.values import in_list

_TIMES = ("c_startdate", "c_enddate", "c_cycleenddate", "c_iscycle", "c_uid", "c_classification")


async def read_snapshot(tables: FolderTables, since: SyncPoint | None) -> Snapshot | None:
    """None when the folder is not followed (yet), or is of another generation than `since`."""
    rows = await _all(tables) if since is None else await _later(tables, since.revision)
    if not rows:
        return None
    point = SyncPoint(rows[0]["generation"], int(rows[0]["head"]))
    if since is not None and (since.generation != point.generation or since.revision > point.revision):
        return None
    told = [row for row in rows if row["changed_name"] is not None]
    items = [_item(row) for row in told if row["c_name"] is not None]
    removed = [(int(row["revision"]), row["changed_name"]) for row in told if row["c_name"] != row["changed_name"]]
    return Snapshot(point, items, removed)


async def read_items(tables: FolderTables, names: Sequence[str], *, content: bool) -> list[Item]:
    """Objects, each with the revision its content has; missing ones are left out."""
    listed, values = in_list("n", names)
    columns = entry_columns(tables, content=content) + _quick_columns(tables)
    sql = (
        f"SELECT COALESCE(o.c_revision, 0) AS revision, {columns} "
        f"FROM {tables.store} s {_quick_join(tables)}"
        f"LEFT JOIN {OBJECT_REVISION_NAME} o ON o.c_folder_id = :folder AND o.c_name = s.c_name "
        f"WHERE {tables.of_folder('s')}s.c_name IN ({listed}) AND {live('s')}"
    )
    rows = await tables.store_engine.fetch(sql, folder=tables.folder.id, **values)
    return [_item(row) for row in rows]


async def _later(tables: FolderTables, since: int) -> Sequence[Row]:
    sql = (
        "SELECT r.c_generation AS generation, r.c_revision AS head, o.c_revision AS revision, "
        f"o.c_name AS changed_name, {entry_columns(tables, content=False)}{_quick_columns(tables)} "
        f"FROM {FOLDER_REVISION_NAME} r "
        f"LEFT JOIN {OBJECT_REVISION_NAME} o ON o.c_folder_id = r.c_folder_id AND o.c_revision > :since "
        f"LEFT JOIN {tables.store} s ON {tables.same_folder('s', 'r')}s.c_name = o.c_name AND {live('s')} "
        f"{_quick_join(tables)}"
        "WHERE r.c_folder_id = :folder ORDER BY o.c_revision"
    )
    return await tables.store_engine.fetch(sql, folder=tables.folder.id, since=since)


async def _all(tables: FolderTables) -> Sequence[Row]:
    sql = (
        "SELECT r.c_generation AS generation, r.c_revision AS head, COALESCE(o.c_revision, 0) AS revision, "
        f"s.c_name AS changed_name, {entry_columns(tables, content=False)}{_quick_columns(tables)} "
        f"FROM {FOLDER_REVISION_NAME} r "
        f"LEFT JOIN {tables.store} s ON {tables.same_folder('s', 'r')}{live('s')} "
        f"LEFT JOIN {OBJECT_REVISION_NAME} o ON o.c_folder_id = r.c_folder_id AND o.c_name = s.c_name "
        f"{_quick_join(tables)}"
        "WHERE r.c_folder_id = :folder ORDER BY COALESCE(o.c_revision, 0), s.c_name"
    )
    return await tables.store_engine.fetch(sql, folder=tables.folder.id)


def _quick_columns(tables: FolderTables) -> str:
    columns = ", q.c_component AS c_component"
    if tables.folder.kind is FolderKind.CALENDAR:
        columns += "".join(f", q.{name} AS {name}" for name in _TIMES)
    mark = tables.dialect.transaction_mark
    return f"{columns}, CASE WHEN q.{mark} = s.{mark} THEN 1 ELSE 0 END AS is_whole" if mark else columns


def _quick_join(tables: FolderTables) -> str:
    # "+ 0": looked up by both columns of the key, even where the planner takes a folder for a handful of rows.
    same = "q.c_folder_id = s.c_folder_id + 0 AND " if tables.single else ""
    return f"LEFT JOIN {tables.quick} q ON {same}q.c_name = s.c_name "


def _item(row: Row) -> Item:
    entry: Entry = read_entry(row)
    times = None
    if entry.component and "c_iscycle" in row:
        times = Times(*(row[name] for name in _TIMES))
    return Item(entry, max(0, int(row["revision"])), times, row.get("is_whole") == 1)
