"""What is ours in a database: tables, triggers with their functions, and indexes. Shown, and taken out again."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.errors import StoreUnavailable
from sogo.store.sql.columns import catalogue_name, read_columns
from sogo.store.sql.engine import Engine
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.schema import index_name, own_indexes, set_up
from sogo.store.sql.store import SqlStore
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME, OWN_TABLES

OF_TRACKING = (FOLDER_REVISION_NAME, OBJECT_REVISION_NAME)


@dataclass(frozen=True, slots=True)
class OwnTable:
    """A table of ours; `rows` is None where it is not there."""

    name: str
    rows: int | None


async def own_tables(store: SqlStore) -> list[OwnTable]:
    """Those in the database of the registry, and the revisions beside the store. Raises StoreUnavailable."""
    found = []
    for name in OWN_TABLES:
        engine = _home_of(store, name)
        rows = None
        if await read_columns(engine, name):
            row = await engine.fetch_one(f"SELECT COUNT(*) AS n FROM {name}")
            rows = int(row["n"]) if row is not None else 0
        found.append(OwnTable(name, rows))
    return found


async def remove_own_tables(store: SqlStore) -> list[str]:
    """Take everything of ours out of the databases, triggers first; returns the names of the tables that were dropped.
    No server of ours may run meanwhile. Raises StoreUnavailable."""
    there = [table.name for table in await own_tables(store) if table.rows is not None]
    if any(name in there for name in OF_TRACKING):
        await store.remove_tracking()
    for name in there:
        if name not in OF_TRACKING:
            await _run_unless_missing(_home_of(store, name), f"DROP TABLE {name}")
    await _remove_indexes(store)
    return there


def _home_of(store: SqlStore, name: str) -> Engine:
    settings = store.settings
    url = settings.store_url if name in OF_TRACKING else None
    return store.databases.engine(url or settings.folder_info_url)


async def _remove_indexes(store: SqlStore) -> None:
    """Those on the original's tables."""
    engine = store.databases.engine(store.settings.folder_info_url)
    for table, column in own_indexes(store.settings):
        bare, name = catalogue_name(engine.dialect, table), index_name(engine.dialect, table, column)
        if await engine.fetch(engine.dialect.index_sql, table=bare, name=name):
            await _run_unless_missing(engine, engine.dialect.drop_index(name, engine.dialect.quote(table)))


async def _run_unless_missing(engine: Engine, statement: str) -> None:
    try:
        async with set_up(engine) as session:
            await session.run(statement)
    except StoreUnavailable as error:
        if fault_of(error) is not Fault.MISSING:
            raise
