"""The rows of the ACL that concern one reader, for many folders at once (store.md §9).

Where all folders share a table the rows come along with the folders themselves: `shared` and `of_tables` are branches
of that statement. A folder with tables of its own has one for its rights as well: those of a whole home are read by
a statement that unites them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence

from sogo.errors import StoreUnavailable
from sogo.model.folder import Folder, FolderKind
from sogo.model.rights import ANONYMOUS, ANYBODY, GROUP_MARK
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Engine
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.layout import FolderTables, Layout
from sogo.store.sql.values import chunks, in_list

log = logging.getLogger(__name__)

FOLDERS_AT_ONCE = 200
TABLES_AT_ONCE = 100
"""How many folders one statement asks for, and how many tables one unites."""

_ANY = Folder(0, "", FolderKind.CALENDAR, "", "")
COLUMNS = ("a.c_object", "a.c_uid", "a.c_role")
Rights = Mapping[str, Mapping[str, frozenset[str]]]
"""c_path -> uid -> roles. Folders without rows are left out."""


def concerns(reader: str | None) -> str:
    """The condition on the rows `a` for a reader, for None all of them; it uses the value :reader."""
    if reader is None:
        return "a.c_uid IS NOT NULL"
    if reader == ANONYMOUS:
        return "a.c_uid = :reader"
    return f"(a.c_uid = :reader OR a.c_uid = '{ANYBODY}' OR a.c_uid LIKE '{GROUP_MARK}%')"


def are_shared(layout: Layout) -> bool:
    """Whether rights can be read along with the folders: one table for all, beside the registry."""
    return layout.single and layout.tables(_ANY).acl_engine is layout.info_engine


def shared(layout: Layout, reader: str, folders: str) -> str:
    """FROM and WHERE for all folders that a condition on `f` keeps, where they share a table."""
    acl = layout.tables(_ANY).acl
    return f"FROM {layout.info} f JOIN {acl} a ON a.c_folder_id = f.c_folder_id WHERE {folders} AND {concerns(reader)}"


def of_tables(tables: FolderTables, reader: str) -> str:
    """FROM and WHERE for one folder that has a table of its own; it uses the value :acl_object."""
    return f"FROM {tables.acl} a WHERE a.c_object = :acl_object AND {concerns(reader)}"


def gathered(rows: Iterable[tuple[str, str, str]]) -> Rights:
    """Objects, uids and roles as rights by path. Rows on single objects are under the paths of these: no folder's."""
    found: dict[str, dict[str, set[str]]] = {}
    for place, uid, role in rows:
        found.setdefault(f"/Users{place}", {}).setdefault(uid, set()).add(role)
    return {path: {uid: frozenset(roles) for uid, roles in uids.items()} for path, uids in found.items()}


async def read_rights(layout: Layout, folders: Sequence[Folder], reader: str | None) -> Rights:
    """The rights on folders, by statements of their own; of all with None."""
    rows: list[Row] = []
    by_engine: dict[Engine, list[FolderTables]] = {}
    for folder in folders:
        tables = _tables(layout, folder)
        if tables is not None:
            by_engine.setdefault(tables.acl_engine, []).append(tables)
    for engine, some in by_engine.items():
        for chunk in chunks(some, FOLDERS_AT_ONCE if layout.single else TABLES_AT_ONCE):
            rows += await (_of_rows if layout.single else _of_many)(engine, chunk, reader)
    return gathered((row["c_object"], row["c_uid"], row["c_role"]) for row in rows)


async def _of_rows(engine: Engine, tables: Sequence[FolderTables], reader: str | None) -> Sequence[Row]:
    listed, values = in_list("f", [one.folder.id for one in tables])
    sql = f"SELECT {', '.join(COLUMNS)} FROM {tables[0].acl} a WHERE a.c_folder_id IN ({listed}) AND {concerns(reader)}"
    return await engine.fetch(sql, reader=reader, **values)


async def _of_many(engine: Engine, tables: Sequence[FolderTables], reader: str | None) -> Sequence[Row]:
    """A folder whose table is gone has no rights to tell, and hides nobody else's."""
    united = engine.dialect.united
    columns = ", ".join(f"{united(name)} AS {name.removeprefix('a.')}" for name in COLUMNS)
    values: dict[str, object] = {f"o{number}": one.folder.acl_object for number, one in enumerate(tables)}
    sql = " UNION ALL ".join(
        f"SELECT {columns} FROM {one.acl} a WHERE a.c_object = :o{number} AND {concerns(reader)}"
        for number, one in enumerate(tables)
    )
    try:
        return await engine.fetch(sql, reader=reader, **values)
    except StoreUnavailable as error:
        if fault_of(error) is not Fault.MISSING:
            raise
    if len(tables) == 1:
        log.warning("the table of rights of %s is missing", tables[0].folder.path)
        return []
    half = len(tables) // 2
    return [*await _of_many(engine, tables[:half], reader), *await _of_many(engine, tables[half:], reader)]


def _tables(layout: Layout, folder: Folder) -> FolderTables | None:
    """None for a folder that does not say where its tables are: nobody else is given a right there."""
    try:
        return layout.tables(folder)
    except StoreUnavailable:
        log.warning("the tables of %s cannot be found", folder.path)
        return None
