"""Change order: installs it, keeps every folder under it, and says where a folder stands.

With the triggers of `sogo.store.sql.triggers` a folder's place is its revision, exact and cheap. Where they are
switched off or refused, it is a clock (`sogo.store.sql.clock`). Both give a `SyncPoint`; their generations differ, so a
token of one is never taken for one of the other.

The tables `sogo_folder_revision` and `sogo_object_revision` lie beside the store's table, in its database. An object
without a row there has not changed since tracking began: its revision counts as 0.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sogo.errors import AlreadyExists, StoreUnavailable
from sogo.model.folder import Folder, FolderKind, SyncPoint
from sogo.store.sql.columns import catalogue_name, read_columns
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.layout import FolderTables, Layout, missing_is_gone
from sogo.store.sql.schema import create_table, set_up
from sogo.store.sql.tables import (
    FOLDER_REVISION,
    FOLDER_REVISION_NAME,
    OBJECT_REVISION,
    OBJECT_REVISION_NAME,
    STORE,
    Table,
)
from sogo.store.sql.triggers import (
    FUNCTION,
    SUPPORTED,
    Tracked,
    function_statements,
    install_statements,
    remove_statements,
    trigger_names,
)
from sogo.store.sql.url import EngineKey

log = logging.getLogger(__name__)

FOLLOWED = 5000
TRIAL = "sogo_revision_trial"
REFUSED = (
    "Change tracking is off: the database refuses its triggers ({why}). Sync falls back to a clock, which loses "
    "nothing but may tell a change twice. Grant the TRIGGER privilege (MySQL with binary logging: also "
    "log_bin_trust_function_creators=1), or set SOGoChangeTracking = NO to silence this."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a folder stands. `modified` is the latest c_lastmodified, -1 in an empty folder."""

    point: SyncPoint
    modified: int


@dataclass(frozen=True, slots=True)
class TrackingStatus:
    """What a command shows: whether tracking is installed, and how many folders it follows."""

    installed: bool
    folders: int
    objects: int


class Tracking:
    """`active` says whether revisions count; it is settled by `start` and may end for good when a folder is refused."""

    def __init__(self, layout: Layout, *, wanted: bool) -> None:
        self._layout = layout
        self._wanted = wanted
        self._prepared: set[EngineKey] = set()
        self._followed: set[tuple[EngineKey, str]] = set()
        self.active = False

    # --- the three commands -------------------------------------------------------------------------------------------

    async def start(self) -> list[str]:
        """Install where wanted and missing. Returns what the operator should know."""
        if not self._wanted:
            return ["Change tracking is off (SOGoChangeTracking): sync uses a clock and may tell a change twice."]
        if self._layout.store_engine.dialect.name not in SUPPORTED:
            return [REFUSED.format(why=f"{self._layout.store_engine.dialect.name} has none")]
        try:
            await self.install()
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.DENIED:
                raise
            return [REFUSED.format(why=error.fields.get("cause"))]
        return []

    async def install(self) -> None:
        """Make tables and triggers that are missing. Raises StoreUnavailable (DENIED) where that is refused."""
        await self._prepare(self._layout.store_engine)
        if self._layout.single:
            await self._install_single()
        self.active = True

    async def remove(self, folders: Sequence[Folder] = ()) -> None:
        """Take triggers and tables away again; `folders` are those of the three-table layout. Sync tokens end."""
        tables = {_store_key(self._layout, folder): self._layout.tables(folder) for folder in folders}
        targets = [(entry.store_engine, entry.store_name) for entry in tables.values()]
        if self._layout.single:
            any_folder = _nobody(self._layout)
            targets = [(any_folder.store_engine, any_folder.store_name)]
        for engine, table in targets:
            await self._remove_triggers(engine, table)
        for engine in {id(engine): engine for engine, _ in targets}.values() or [self._layout.store_engine]:
            await self._remove_tables(engine)
        self._prepared.clear()
        self._followed.clear()
        self.active = False

    async def status(self) -> TrackingStatus:
        engine = self._layout.store_engine
        if not await read_columns(engine, FOLDER_REVISION_NAME):
            return TrackingStatus(installed=False, folders=0, objects=0)
        if self._layout.single and not await _has_triggers(engine, _nobody(self._layout).store_name):
            return TrackingStatus(installed=False, folders=0, objects=0)
        folders = await engine.fetch_one(f"SELECT COUNT(*) AS n FROM {FOLDER_REVISION_NAME}")  # noqa: S608
        objects = await engine.fetch_one(f"SELECT COUNT(*) AS n FROM {OBJECT_REVISION_NAME}")  # noqa: S608
        return TrackingStatus(True, int(folders["n"]) if folders else 0, int(objects["n"]) if objects else 0)

    # --- folders ------------------------------------------------------------------------------------------------------

    async def place(self, tables: FolderTables) -> Place | None:
        """Where a folder stands; tracking of it begins now if it had not. None when it cannot be tracked."""
        if not self.active:
            return None
        try:
            found = await self._read_place(tables)
            if found is None:
                await self.begin(tables)
                found = await self._read_place(tables)
            return found
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.DENIED:
                raise
            log.warning(REFUSED.format(why=error.fields.get("cause")))
            self.active = False
            return None

    async def follow(self, tables: FolderTables) -> None:
        """Make sure that a change about to be written will be noticed; asked only once for each folder."""
        key = (tables.store_engine.url.engine_key, tables.store_name)
        if self.active and key not in self._followed:
            with missing_is_gone(tables):
                await self.place(tables)
            if len(self._followed) >= FOLLOWED:
                self._followed.clear()
            self._followed.add(key)

    async def begin(self, tables: FolderTables) -> None:
        """Follow a folder from now on. What is in it counts as unchanged."""
        if tables.single:
            await self._begin_single(tables)
            return
        await self._prepare(tables.store_engine)
        engine = tables.store_engine
        tracked = Tracked(tables.store_name, tables.folder.id, new_generation())
        async with set_up(engine) as session:
            if engine.dialect.name == "mysql":
                await self._begin_own_mysql(session, tables, tracked)
            elif not await _place_row(session, tables.folder.id):
                await _renew_triggers(session, tracked)
                await _insert_place(session, tables, tracked.generation)

    async def forget(self, session: Session, folder_id: int) -> None:
        """A removed folder leaves no revisions behind."""
        for table in (OBJECT_REVISION_NAME, FOLDER_REVISION_NAME):
            await session.execute(f"DELETE FROM {table} WHERE c_folder_id = :folder", folder=folder_id)  # noqa: S608

    async def _read_place(self, tables: FolderTables) -> Place | None:
        try:
            return await _place_row(tables.store_engine, tables.folder.id)
        except StoreUnavailable as error:
            if fault_of(error) is Fault.MISSING and not tables.single:
                # A folder in a database of its own, where nothing of ours is yet.
                return None
            raise

    async def _begin_single(self, tables: FolderTables) -> None:
        try:
            async with tables.store_engine.transaction() as session:
                await _insert_place(session, tables, new_generation())
        except AlreadyExists:
            pass  # a trigger or another worker was faster

    async def _begin_own_mysql(self, session: Session, tables: FolderTables, tracked: Tracked) -> None:
        """MySQL commits DDL at once, so a lock on the table keeps writers out until all three triggers stand."""
        locked = [tables.store, FOLDER_REVISION_NAME, OBJECT_REVISION_NAME]
        await session.run("LOCK TABLES " + ", ".join(f"{name} WRITE" for name in locked))
        try:
            if await _place_row(session, tables.folder.id):
                return
            await _renew_triggers(session, tracked)
            await _insert_place(session, tables, tracked.generation)
        finally:
            if session.healthy:
                await session.run("UNLOCK TABLES")

    # --- installing ---------------------------------------------------------------------------------------------------

    async def _prepare(self, engine: Engine) -> None:
        """Tables and function of one database, and a trial whether triggers are allowed there."""
        if engine.url.engine_key in self._prepared:
            return
        if not await self._is_prepared(engine):
            charset = await self._name_charset(engine)
            async with set_up(engine) as session:
                await _create_like(session, FOLDER_REVISION_NAME, FOLDER_REVISION, "")
                await _create_like(session, OBJECT_REVISION_NAME, OBJECT_REVISION, charset)
                for statement in function_statements(engine.dialect):
                    await session.run(statement)
                await _try_trigger(session)
        self._prepared.add(engine.url.engine_key)

    async def _is_prepared(self, engine: Engine) -> bool:
        if not await read_columns(engine, FOLDER_REVISION_NAME) or not await read_columns(engine, OBJECT_REVISION_NAME):
            return False
        if engine.dialect.name != "postgresql":
            return not await _trial_stands(engine)
        found = await engine.fetch("SELECT proname FROM pg_proc WHERE proname = :name", name=FUNCTION)
        return bool(found) and not await _trial_stands(engine)

    async def _name_charset(self, engine: Engine) -> str:
        """MySQL joins names only when both columns collate alike: ours then do as the store's do."""
        if engine.dialect.name != "mysql" or not self._layout.single:
            return ""
        table = catalogue_name(engine.dialect, _nobody(self._layout).store_name)
        for row in await engine.fetch(engine.dialect.columns_sql, table=table):
            if str(row["column_name"]).lower() == "c_name" and row["charset"] and row["collation"]:
                return f" CHARACTER SET {row['charset']} COLLATE {row['collation']}"
        return ""

    async def _install_single(self) -> None:
        engine, table = self._layout.store_engine, _nobody(self._layout).store_name
        if await _has_triggers(engine, table):
            return
        tracked = Tracked(table, None, new_generation())
        async with set_up(engine) as session:
            if await _has_triggers(session, table):
                return
            mysql = engine.dialect.name == "mysql"
            if mysql:
                locked = (engine.dialect.quote(table), FOLDER_REVISION_NAME, OBJECT_REVISION_NAME)
                await session.run("LOCK TABLES " + ", ".join(f"{name} WRITE" for name in locked))
            elif engine.dialect.name == "postgresql":
                await session.run(f"LOCK TABLE {engine.dialect.quote(table)} IN SHARE ROW EXCLUSIVE MODE")
            try:
                # Whatever was noted before the triggers stood, or while some were gone, cannot be trusted.
                for name in (OBJECT_REVISION_NAME, FOLDER_REVISION_NAME):
                    await session.execute(f"DELETE FROM {name}")  # noqa: S608
                await _renew_triggers(session, tracked)
            finally:
                if mysql and session.healthy:
                    await session.run("UNLOCK TABLES")

    async def _remove_triggers(self, engine: Engine, table: str) -> None:
        async with set_up(engine) as session:
            if await read_columns(session, table):
                for statement in remove_statements(engine.dialect, table):
                    await session.run(statement)

    async def _remove_tables(self, engine: Engine) -> None:
        async with set_up(engine) as session:
            if engine.dialect.name == "postgresql":
                await session.run(f"DROP FUNCTION IF EXISTS {FUNCTION}() CASCADE")
            for name in (OBJECT_REVISION_NAME, FOLDER_REVISION_NAME):
                await session.run(f"DROP TABLE IF EXISTS {name}")


def new_generation() -> str:
    return secrets.token_hex(4)


def _nobody(layout: Layout) -> FolderTables:
    """The tables of the single store, for which any folder will do."""
    return layout.tables(Folder(0, "", FolderKind.CALENDAR, "", ""))


def _store_key(layout: Layout, folder: Folder) -> tuple[EngineKey, str]:
    tables = layout.tables(folder)
    return (tables.store_engine.url.engine_key, tables.store_name)


async def _renew_triggers(session: Session, tracked: Tracked) -> None:
    for statement in remove_statements(session.dialect, tracked.table) + install_statements(session.dialect, tracked):
        await session.run(statement)


async def _has_triggers(database: Engine | Session, table: str) -> bool:
    dialect = database.dialect
    rows = await database.fetch(dialect.trigger_sql, table=catalogue_name(dialect, table))
    return {str(row["trigger_name"]).lower() for row in rows} >= set(trigger_names(dialect, table).values())


async def _place_row(database: Engine | Session, folder_id: int) -> Place | None:
    row = await database.fetch_one(
        f"SELECT c_generation, c_revision, c_modified FROM {FOLDER_REVISION_NAME} WHERE c_folder_id = :folder",  # noqa: S608
        folder=folder_id,
    )
    if row is None:
        return None
    return Place(SyncPoint(row["c_generation"], int(row["c_revision"])), int(row["c_modified"]))


async def _insert_place(session: Session, tables: FolderTables, generation: str) -> None:
    """The folder's row, at revision 0. Raises AlreadyExists."""
    where = "WHERE c_folder_id = :folder" if tables.single else ""
    newest = await session.fetch_one(
        f"SELECT MAX(c_lastmodified) AS modified FROM {tables.store} {where}",  # noqa: S608
        folder=tables.folder.id,
    )
    modified = -1 if newest is None or newest["modified"] is None else int(newest["modified"])
    await session.execute(
        f"INSERT INTO {FOLDER_REVISION_NAME} (c_folder_id, c_generation, c_revision, c_modified) "  # noqa: S608
        "VALUES (:folder, :generation, 0, :modified)",
        folder=tables.folder.id,
        generation=generation,
        modified=modified,
    )


async def _create_like(session: Session, name: str, table: Table, charset: str) -> None:
    """Make one of our tables; `charset` replaces the usual one of MySQL."""
    if await read_columns(session, name):
        return
    for statement in session.dialect.create_table(table, name):
        text = statement
        if charset and statement.startswith("CREATE TABLE"):
            text = statement.rpartition(" DEFAULT CHARSET=")[0] + f" DEFAULT{charset}"
        await session.run(text)


async def _try_trigger(session: Session) -> None:
    """Raises StoreUnavailable (DENIED) where this database user may not make triggers."""
    await create_table(session, TRIAL, STORE)
    dropped = f"DROP TABLE {TRIAL}"
    try:
        for statement in install_statements(session.dialect, Tracked(TRIAL, None, "trial")):
            await session.run(statement)
    except StoreUnavailable:
        if session.healthy and not session.dialect.transactional_ddl:
            await session.run(dropped)
        raise
    await session.run(dropped)


async def _trial_stands(engine: Engine) -> bool:
    """A trial that was cut short left its table: then nothing is proven yet."""
    return bool(await read_columns(engine, TRIAL))
