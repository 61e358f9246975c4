"""Puts change tracking into a database and takes it out: our tables and the triggers of `sogo.store.sql.triggers`.

Whoever was in the middle of writing when the triggers came is not followed. So they are made under a lock on the
store's table, which waits for all open writers, and a folder's row, which says that it is followed, is made under it
too.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sogo.errors import StoreUnavailable
from sogo.model.folder import SyncPoint
from sogo.store.sql.columns import catalogue_name, read_columns
from sogo.store.sql.dialects.base import Collation, Tracked
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.layout import FolderTables
from sogo.store.sql.schema import create_table, set_up
from sogo.store.sql.tables import (
    FOLDER_REVISION,
    FOLDER_REVISION_NAME,
    OBJECT_REVISION,
    OBJECT_REVISION_NAME,
    STORE,
)
from sogo.store.sql.triggers import (
    announcement_name,
    announcing,
    install_statements,
    remove_statements,
    tidying,
    tidying_name,
    trigger_names,
)

OURS = (OBJECT_REVISION_NAME, FOLDER_REVISION_NAME)
TRIAL = "sogo_revision_trial"
TRIAL_FOLDER = -1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a folder stands. `modified` is the latest c_lastmodified, -1 in an empty folder."""

    point: SyncPoint
    modified: int


def new_generation() -> str:
    return secrets.token_hex(4)


async def prepare(engine: Engine, *, like: str | None) -> None:
    """Make what triggers need, and try out whether they are allowed. Raises StoreUnavailable (DENIED).

    `like` is the store's table: MySQL joins names only when both columns collate alike, so ours then do as its do.
    """
    if await _is_prepared(engine):
        return
    collation = await _name_collation(engine, like) if like else None
    async with set_up(engine) as session:
        await create_table(session, FOLDER_REVISION_NAME, FOLDER_REVISION)
        await create_table(session, OBJECT_REVISION_NAME, OBJECT_REVISION, collation=collation)
        for statement in engine.dialect.triggers.shared if engine.dialect.triggers else ():
            await session.run(statement)
        try:
            await _try_triggers(session)
        except StoreUnavailable:
            if session.healthy and not session.dialect.transactional_ddl and not await _is_used(session):
                # Whoever starts next would take them for tracking that works.
                for name in OURS:
                    await session.run(f"DROP TABLE IF EXISTS {name}")
            raise


async def _is_prepared(engine: Engine) -> bool:
    for name in OURS:
        if not await read_columns(engine, name):
            return False
    if await read_columns(engine, TRIAL):
        return False  # a trial that was cut short left its table: nothing is proven yet
    shared = engine.dialect.triggers.shared_sql if engine.dialect.triggers else ""
    return bool(await engine.fetch(shared)) if shared else await _is_used(engine)


async def _is_used(database: Engine | Session) -> bool:
    """Some folder is followed, so triggers have been made here."""
    row = await database.fetch_one(f"SELECT MAX(c_folder_id) AS folder FROM {FOLDER_REVISION_NAME}")
    return row is not None and row["folder"] is not None


async def _name_collation(engine: Engine, table: str) -> Collation | None:
    if not engine.dialect.collation_sql:
        return None
    for row in await engine.fetch(engine.dialect.columns_sql, table=catalogue_name(engine.dialect, table)):
        if str(row["column_name"]).lower() == "c_name" and row["charset"] and row["collation"]:
            return str(row["charset"]), str(row["collation"])
    return None


async def _try_triggers(session: Session) -> None:
    await create_table(session, TRIAL, STORE)
    dropped = f"DROP TABLE {TRIAL}"
    try:
        for statement in install_statements(session.dialect, Tracked(TRIAL, None, "trial")):
            await session.run(statement)
        await _fire_triggers(session)
    except StoreUnavailable:
        if session.healthy and not session.dialect.transactional_ddl:
            await session.run(dropped)
        raise
    await session.run(dropped)


async def _fire_triggers(session: Session) -> None:
    """What they cannot do they must fail at here, and not under somebody's writes."""
    await session.execute(
        f"INSERT INTO {TRIAL} (c_folder_id, c_name, c_content, c_creationdate, c_lastmodified, c_version) "
        f"VALUES ({TRIAL_FOLDER}, 'trial', 'x', 0, 0, 0)"
    )
    await session.execute(f"UPDATE {TRIAL} SET c_name = 'another', c_version = 1")
    await session.execute(f"DELETE FROM {TRIAL}")
    for name in OURS:
        await session.execute(f"DELETE FROM {name} WHERE c_folder_id = {TRIAL_FOLDER}")


async def follow_single_store(engine: Engine, table: str) -> None:
    """Triggers on the one table of the single store, unless they are there."""
    if await has_triggers(engine, table):
        return
    async with set_up(engine) as session:
        if await has_triggers(session, table):
            return
        async with _writers_locked_out(session, engine.dialect.quote(table)):
            # Whatever was noted before the triggers stood, or while some were gone, cannot be trusted.
            for name in OURS:
                await session.execute(f"DELETE FROM {name}")
            await _renew_triggers(session, Tracked(table, None, new_generation()))


async def announce_folders(engine: Engine, table: str) -> bool:
    """Listeners are told of new, renamed and removed folders from now on; False where nobody can listen."""
    if engine.dialect.triggers is None or not announcing(engine.dialect, table):
        return False
    if not await is_announced(engine, table):
        async with set_up(engine) as session:
            if not await is_announced(session, table):
                for statement in announcing(engine.dialect, table):
                    await session.run(statement)
    return True


async def tidy_folders(engine: Engine, table: str) -> None:
    """What we keep with a folder goes with it from now on, whoever removes it."""
    statements = tidying(engine.dialect, table)
    if not statements or await is_tidied(engine, table):
        return
    async with set_up(engine) as session:
        if not await is_tidied(session, table):
            for statement in statements:
                await session.run(statement)


async def is_tidied(database: Engine | Session, table: str) -> bool:
    return await _has(database, table, tidying_name(database.dialect, table))


async def leave_folders_alone(engine: Engine, table: str) -> None:
    """Take that away again."""
    if tidying(engine.dialect, table):
        async with set_up(engine) as session:
            await session.run(f"DROP TRIGGER IF EXISTS {tidying_name(engine.dialect, table)}")


async def _has(database: Engine | Session, table: str, trigger: str) -> bool:
    rows = await database.fetch(database.dialect.trigger_sql, table=catalogue_name(database.dialect, table))
    return trigger in {str(row["trigger_name"]).lower() for row in rows}


async def is_announced(database: Engine | Session, table: str) -> bool:
    """The functions are of this version at least, and the table of folders has its trigger."""
    dialect = database.dialect
    shared = dialect.triggers.shared_sql if dialect.triggers else ""
    if not shared or not await database.fetch(shared):
        return False
    return await _has(database, table, announcement_name(dialect, table))


async def follow_own_table(tables: FolderTables) -> None:
    """Triggers and the row of a folder that has a table of its own, unless they are there."""
    tracked = Tracked(tables.store_name, tables.folder.id, new_generation())
    async with set_up(tables.store_engine) as session, _writers_locked_out(session, tables.store):
        if await read_place(session, tables.folder.id) is None:
            await _renew_triggers(session, tracked)
            await insert_place(session, tables, tracked.generation)


@asynccontextmanager
async def _writers_locked_out(session: Session, table: str) -> AsyncIterator[None]:
    """Wait until nobody writes to a table (quoted), and let nobody begin."""
    triggers = session.dialect.triggers
    lock, unlock = (triggers.lock(table, OURS), triggers.unlock) if triggers else ("", "")
    if lock:
        await session.run(lock)
    try:
        yield
    finally:
        if unlock and session.healthy:
            await session.run(unlock)


async def _renew_triggers(session: Session, tracked: Tracked) -> None:
    for statement in remove_statements(session.dialect, tracked.table) + install_statements(session.dialect, tracked):
        await session.run(statement)


async def has_triggers(database: Engine | Session, table: str) -> bool:
    dialect = database.dialect
    rows = await database.fetch(dialect.trigger_sql, table=catalogue_name(dialect, table))
    return {str(row["trigger_name"]).lower() for row in rows} >= set(trigger_names(dialect, table).values())


async def remove_triggers(engine: Engine, table: str) -> None:
    async with set_up(engine) as session:
        if await read_columns(session, table):
            for statement in remove_statements(engine.dialect, table):
                await session.run(statement)


async def remove_tables(engine: Engine) -> None:
    """Only after the triggers: without the tables they would refuse every write."""
    async with set_up(engine) as session:
        for statement in engine.dialect.triggers.unshared if engine.dialect.triggers else ():
            await session.run(statement)
        for name in OURS:
            await session.run(f"DROP TABLE IF EXISTS {name}")


async def read_place(database: Engine | Session, folder_id: int) -> Place | None:
    row = await database.fetch_one(
        f"SELECT c_generation, c_revision, c_modified FROM {FOLDER_REVISION_NAME} WHERE c_folder_id = :folder",
        folder=folder_id,
    )
    if row is None:
        return None
    return Place(SyncPoint(row["c_generation"], int(row["c_revision"])), int(row["c_modified"]))


async def insert_place(session: Session, tables: FolderTables, generation: str) -> None:
    """The folder's row, at revision 0. Raises AlreadyExists."""
    where = "WHERE c_folder_id = :folder" if tables.single else ""
    newest = await session.fetch_one(
        f"SELECT MAX(c_lastmodified) AS modified FROM {tables.store} {where}",
        folder=tables.folder.id,
    )
    modified = -1 if newest is None or newest["modified"] is None else int(newest["modified"])
    await session.execute(
        f"INSERT INTO {FOLDER_REVISION_NAME} (c_folder_id, c_generation, c_revision, c_modified) "
        "VALUES (:folder, :generation, 0, :modified)",
        folder=tables.folder.id,
        generation=generation,
        modified=modified,
    )
