"""Removes the revisions of folders that are gone: SOGo 5 removes folders and knows nothing of our tables."""

from __future__ import annotations

from sogo.store.sql.columns import read_columns
from sogo.store.sql.engine import Engine
from sogo.store.sql.layout import Layout
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME
from sogo.store.sql.values import chunks, in_list

AT_ONCE = 200
TABLES = (OBJECT_REVISION_NAME, FOLDER_REVISION_NAME)


async def remove_gone(engine: Engine, layout: Layout) -> int:
    """Remove them from one database; returns the number of folders.

    What is there is listed after what has revisions. So a folder that comes meanwhile is not taken for one that is
    gone: its row in the registry is older than its revisions.
    """
    if not await read_columns(engine, FOLDER_REVISION_NAME):
        return 0
    noted = await _folders(engine, " UNION ".join(f"SELECT c_folder_id AS id FROM {table}" for table in TABLES))
    there = await _folders(layout.info_engine, f"SELECT c_folder_id AS id FROM {layout.info}")
    gone = sorted(noted - there)
    for chunk in chunks(gone, AT_ONCE):
        listed, values = in_list("f", chunk)
        for table in TABLES:
            await engine.execute(f"DELETE FROM {table} WHERE c_folder_id IN ({listed})", **values)
    return len(gone)


async def _folders(engine: Engine, query: str) -> set[int]:
    return {int(row["id"]) for row in await engine.fetch(query)}
