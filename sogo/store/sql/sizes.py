"""How much the objects of folders take: one statement for all folders that share a table."""

from __future__ import annotations

from collections.abc import Sequence

from sogo.errors import StoreUnavailable
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.layout import FolderTables, live
from sogo.store.sql.values import chunks, in_list

FOLDERS_AT_ONCE = 200


async def read_sizes(folders: Sequence[FolderTables]) -> dict[str, int]:
    """path -> octets of live content. A folder whose tables are missing takes nothing."""
    found: dict[str, int] = {}
    for chunk in chunks([tables for tables in folders if tables.single], FOLDERS_AT_ONCE):
        found |= await _of_one_table(chunk)
    for tables in folders:
        if not tables.single:
            found[tables.folder.path] = await _of_own_table(tables)
    return found


async def _of_one_table(folders: Sequence[FolderTables]) -> dict[str, int]:
    paths = {tables.folder.id: tables.folder.path for tables in folders}
    tables, (listed, values) = folders[0], in_list("f", list(paths))
    rows = await tables.store_engine.fetch(
        f"SELECT s.c_folder_id AS folder, SUM({tables.dialect.octets('s.c_content')}) AS octets "
        f"FROM {tables.store} s WHERE s.c_folder_id IN ({listed}) AND {live('s')} GROUP BY s.c_folder_id",
        **values,
    )
    return {paths[int(row["folder"])]: int(row["octets"] or 0) for row in rows}


async def _of_own_table(tables: FolderTables) -> int:
    sql = f"SELECT SUM({tables.dialect.octets('s.c_content')}) AS octets FROM {tables.store} s WHERE {live('s')}"
    try:
        row = await tables.store_engine.fetch_one(sql)
    except StoreUnavailable as error:
        if fault_of(error) is not Fault.MISSING:
            raise
        return 0
    return int(row["octets"] or 0) if row is not None else 0
