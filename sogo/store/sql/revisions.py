"""Change order by revision: what the triggers noted, read in one statement and so at one moment.

The revisions of one folder are distinct, but for the objects that have not changed since tracking began: they count
as 0. When a first listing has to be cut among those, they are numbered downwards from -1 first; negative numbers lie
before every point that was ever given, so nobody else is told anything new by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sogo.errors import InvalidSyncToken
from sogo.model.folder import Changes, SyncPoint
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Session
from sogo.store.sql.layout import FolderTables, live
from sogo.store.sql.reading import component_column, entry_columns, join_apart, read_entry
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME
from sogo.store.sql.values import chunks

LARGEST = 2**62
ROWS_AT_ONCE = 100


async def changes(tables: FolderTables, since: SyncPoint | None, *, content: bool, limit: int | None) -> Changes | None:
    """What changed after a point; None when the folder is not tracked (yet). Raises InvalidSyncToken."""
    if since is not None:
        if abs(since.revision) > LARGEST:
            raise InvalidSyncToken("This sync token is not one of this collection.")
        rows = await _later(tables, since.revision, content=content, limit=limit)
    else:
        rows = await _all(tables, content=content, limit=limit)
        if _cut_among_untracked(rows, limit):
            await tables.store_engine.in_transaction(lambda session: _number_untracked(session, tables))
            rows = await _all(tables, content=content, limit=limit)
    if not rows:
        return None
    head = SyncPoint(rows[0]["generation"], int(rows[0]["head"]))
    if since is not None and (since.generation != head.generation or since.revision > head.revision):
        raise InvalidSyncToken("This sync token is not one of this collection.")
    return await _told(tables, [row for row in rows if row["changed_name"] is not None], head, limit)


async def _told(tables: FolderTables, rows: Sequence[Row], head: SyncPoint, limit: int | None) -> Changes:
    cut = limit is not None and len(rows) > limit
    told = rows[:limit] if cut else rows
    changed = [read_entry(row) for row in told if row["c_name"] is not None]
    if not tables.one_database:
        changed = await join_apart(tables, changed)
    # MySQL keeps the name under which an object was first noted, though another one may have been made in its place.
    removed = [row["changed_name"] for row in told if row["c_name"] != row["changed_name"]]
    point = SyncPoint(head.generation, int(told[-1]["revision"])) if cut and told else head
    return Changes(changed, removed, point, truncated=cut)


async def _later(tables: FolderTables, since: int, *, content: bool, limit: int | None) -> list[Row]:
    """Rows of the changes after a revision; one row without a name when there are none."""
    sql = (
        "SELECT r.c_generation AS generation, r.c_revision AS head, o.c_revision AS revision, "
        f"o.c_name AS changed_name, {entry_columns(tables, content=content)}{component_column(tables)} "
        f"FROM {FOLDER_REVISION_NAME} r "
        f"LEFT JOIN {OBJECT_REVISION_NAME} o ON o.c_folder_id = r.c_folder_id AND o.c_revision > :since "
        f"LEFT JOIN {tables.store} s ON {tables.same_folder('s', 'r')}s.c_name = o.c_name AND {live('s')} "
        "WHERE r.c_folder_id = :folder ORDER BY o.c_revision"
    )
    return await _limited(tables, sql, limit, since=since)


async def _all(tables: FolderTables, *, content: bool, limit: int | None) -> list[Row]:
    """Rows of all live objects, those unchanged the longest first."""
    sql = (
        "SELECT r.c_generation AS generation, r.c_revision AS head, COALESCE(o.c_revision, 0) AS revision, "
        f"s.c_name AS changed_name, {entry_columns(tables, content=content)}{component_column(tables)} "
        f"FROM {FOLDER_REVISION_NAME} r "
        f"LEFT JOIN {tables.store} s ON {tables.same_folder('s', 'r')}{live('s')} "
        f"LEFT JOIN {OBJECT_REVISION_NAME} o ON o.c_folder_id = r.c_folder_id AND o.c_name = s.c_name "
        "WHERE r.c_folder_id = :folder ORDER BY COALESCE(o.c_revision, 0), s.c_name"
    )
    return await _limited(tables, sql, limit)


async def _limited(tables: FolderTables, sql: str, limit: int | None, **values: object) -> list[Row]:
    engine, folder = tables.store_engine, tables.folder.id
    if limit is None:
        return await engine.fetch(sql, folder=folder, **values)
    return await engine.fetch(sql + engine.dialect.limit("size"), folder=folder, size=limit + 1, **values)


def _cut_among_untracked(rows: Sequence[Row], limit: int | None) -> bool:
    return limit is not None and 0 < limit < len(rows) and int(rows[limit]["revision"]) == 0


async def _number_untracked(session: Session, tables: FolderTables) -> None:
    folder = tables.folder.id
    await session.fetch(
        f"SELECT c_revision FROM {FOLDER_REVISION_NAME} WHERE c_folder_id = :folder{session.dialect.for_update}",
        folder=folder,
    )
    lowest = await session.fetch_one(
        f"SELECT MIN(c_revision) AS lowest FROM {OBJECT_REVISION_NAME} WHERE c_folder_id = :folder",
        folder=folder,
    )
    number = min(0, int(lowest["lowest"] or 0)) if lowest else 0
    untracked = await session.fetch(
        f"SELECT s.c_name AS c_name FROM {tables.store} s LEFT JOIN {OBJECT_REVISION_NAME} o "
        f"ON o.c_folder_id = :folder AND o.c_name = s.c_name WHERE {tables.of_folder('s')}{live('s')} "
        "AND o.c_name IS NULL ORDER BY s.c_name",
        folder=folder,
    )
    for chunk in chunks(untracked, ROWS_AT_ONCE):
        number = await _insert_numbers(session, folder, [row["c_name"] for row in chunk], number)


async def _insert_numbers(session: Session, folder: int, names: Sequence[str], number: int) -> int:
    rows = ", ".join(f"(:folder, :n{index}, :r{index})" for index in range(len(names)))
    values: dict[str, object] = {}
    for index, name in enumerate(names):
        number -= 1
        values |= {f"n{index}": name, f"r{index}": number}
    await session.execute(
        f"INSERT INTO {OBJECT_REVISION_NAME} (c_folder_id, c_name, c_revision) VALUES {rows}",
        folder=folder,
        **values,
    )
    return number
