"""Change order: keeps every folder under it, and says where a folder stands.

With the triggers of `sogo.store.sql.triggers` a folder's place is its revision, exact and cheap. Where they are
switched off or refused, it is a clock (`sogo.store.sql.clock`). Both give a `SyncPoint`; their generations differ, so a
token of one is never taken for one of the other.

The tables `sogo_folder_revision` and `sogo_object_revision` lie beside the store's table, in its database. An object
without a row there has not changed since tracking began: its revision counts as 0.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sogo.errors import AlreadyExists, StoreUnavailable
from sogo.model.folder import Folder, FolderKind
from sogo.store.sql import installing
from sogo.store.sql.columns import read_columns
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.installing import Place
from sogo.store.sql.layout import FolderTables, Layout, missing_is_gone
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME
from sogo.store.sql.tidying import remove_gone
from sogo.store.sql.url import EngineKey

log = logging.getLogger(__name__)

FOLLOWED = 5000
LOOK_SECONDS = 10.0
REFUSED = (
    "Change tracking is off: the database refuses its triggers ({why}). Sync falls back to a clock, which loses "
    "nothing but may tell a change twice. Grant the TRIGGER privilege (MySQL with binary logging: also "
    "log_bin_trust_function_creators=1), or set SOGoChangeTracking = off to silence this."
)


@dataclass(frozen=True, slots=True)
class TrackingStatus:
    """What a command shows: whether tracking is installed, and how many folders it follows; whether changes are told to
    whoever listens (`announced`), and what we keep with a folder goes when somebody else removes it (`tidied`)."""

    installed: bool
    folders: int = 0
    objects: int = 0
    announced: bool = False
    tidied: bool = False


class Tracking:
    """`active` says whether revisions count: settled by `start`, and changed when somebody installs tracking, takes it
    away or refuses a folder while we run. `announces` says whether the triggers also tell whoever listens of every
    change of objects and folders in the database of the registry."""

    def __init__(self, layout: Layout, *, wanted: bool, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._layout = layout
        self._monotonic = monotonic
        self._look_at = 0.0
        self._wanted = wanted
        self._prepared: set[EngineKey] = set()
        self._followed: set[tuple[EngineKey, str]] = set()
        self.active = False
        self.announces = False

    # --- the three commands -------------------------------------------------------------------------------------------

    async def start(self) -> list[str]:
        """Install where wanted and missing. Returns what the operator should know."""
        if not self._wanted:
            return ["Change tracking is off (SOGoChangeTracking): sync uses a clock and may tell a change twice."]
        dialect = self._layout.store_engine.dialect
        if dialect.triggers is None:
            return [REFUSED.format(why=f"{dialect.name} has none")]
        try:
            await self.install()
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.DENIED:
                raise
            return [REFUSED.format(why=error.fields.get("cause"))]
        return []

    async def install(self) -> None:
        """Make tables and triggers that are missing. Raises StoreUnavailable (DENIED) where that is refused."""
        engine = self._layout.store_engine
        await self._prepare(engine)
        if self._layout.single:
            await installing.follow_single_store(engine, self._single_table)
        self.active = True
        if engine is self._layout.info_engine:
            self.announces = await installing.announce_folders(engine, self._layout.info_name)
            await installing.tidy_folders(engine, self._layout.info_name)

    async def remove(self, folders: Sequence[Folder] = ()) -> None:
        """Take triggers and tables away again; `folders` are all of the three-table layout. Sync tokens end."""
        if self._layout.single:
            targets = [(self._layout.store_engine, self._single_table)]
        else:
            tables = [self._layout.tables(folder) for folder in folders]
            targets = [(entry.store_engine, entry.store_name) for entry in tables]
        for engine, table in targets:
            await installing.remove_triggers(engine, table)
        await installing.leave_folders_alone(self._layout.info_engine, self._layout.info_name)
        engines = {self._layout.store_engine, *(engine for engine, _ in targets)}
        for engine in engines:
            await installing.remove_tables(engine)
        self._prepared.clear()
        self._followed.clear()
        self.active = self.announces = False

    async def tidy(self, folders: Sequence[Folder] = ()) -> int:
        """Remove what was noted of folders that are gone; returns their number. `folders` as for `remove`."""
        apart = () if self._layout.single else folders
        engines = {self._layout.store_engine, *(self._layout.tables(folder).store_engine for folder in apart)}
        return sum([await remove_gone(engine, self._layout) for engine in engines])

    async def status(self) -> TrackingStatus:
        engine = self._layout.store_engine
        if not await self._is_installed():
            return TrackingStatus(installed=False)
        folders = await engine.fetch_one(f"SELECT COUNT(*) AS n FROM {FOLDER_REVISION_NAME}")
        objects = await engine.fetch_one(f"SELECT COUNT(*) AS n FROM {OBJECT_REVISION_NAME}")
        info, name = self._layout.info_engine, self._layout.info_name
        announced = await installing.is_announced(info, name)
        return TrackingStatus(
            True,
            int(folders["n"]) if folders else 0,
            int(objects["n"]) if objects else 0,
            announced=announced and engine is info,
            tidied=announced or await installing.is_tidied(info, name),
        )

    async def _is_installed(self) -> bool:
        engine = self._layout.store_engine
        if not await read_columns(engine, FOLDER_REVISION_NAME):
            return False
        return not self._layout.single or await installing.has_triggers(engine, self._single_table)

    # --- while we run -------------------------------------------------------------------------------------------------

    async def is_still_there(self) -> bool:
        """Look again after a table was missing. Where somebody took tracking away, the clock counts from here on."""
        if self.active and not await self._is_installed():
            log.warning(
                "Change tracking was removed while we run: sync goes on by the clock until it is installed again."
            )
            self._followed.clear()
            self._prepared.clear()
            self.active = self.announces = False
        return self.active

    async def is_announced(self) -> bool:
        """Look whether the triggers still tell everything, or do by now."""
        if await self.is_still_there() and self._layout.store_engine is self._layout.info_engine:
            self.announces = await installing.is_announced(self._layout.info_engine, self._layout.info_name)
        return self.announces

    async def look_again(self) -> None:
        """By the clock: look now and then whether somebody has installed tracking meanwhile."""
        now = self._monotonic()
        if self.active or not self._wanted or now < self._look_at or self._layout.store_engine.dialect.triggers is None:
            return
        self._look_at = now + LOOK_SECONDS
        if await self._is_installed():
            log.warning("Change tracking has been installed while we run: sync goes on by revision.")
            self.active = True
            await self.is_announced()

    # --- folders ------------------------------------------------------------------------------------------------------

    async def place(self, tables: FolderTables) -> Place | None:
        """Where a folder stands; tracking of it begins now if it had not. None when it cannot be tracked."""
        await self.look_again()
        if not self.active:
            return None
        try:
            found = await self._read_place(tables)
            if found is None:
                await self.begin(tables)
                found = await self._read_place(tables)
            return found
        except StoreUnavailable as error:
            if fault_of(error) is Fault.MISSING and not await self.is_still_there():
                return None
            if fault_of(error) is not Fault.DENIED:
                raise
            log.warning(REFUSED.format(why=error.fields.get("cause")))
            self.active = self._wanted = False
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
        if not tables.single:
            await self._prepare(tables.store_engine)
            await installing.follow_own_table(tables)
            return
        try:
            async with tables.store_engine.transaction() as session:
                await installing.insert_place(session, tables, installing.new_generation())
        except AlreadyExists:
            pass  # a trigger or another worker was faster

    async def forget(self, session: Session, folder_id: int) -> None:
        """A removed folder leaves no revisions behind."""
        for table in (OBJECT_REVISION_NAME, FOLDER_REVISION_NAME):
            await session.execute(f"DELETE FROM {table} WHERE c_folder_id = :folder", folder=folder_id)

    async def _read_place(self, tables: FolderTables) -> Place | None:
        try:
            return await installing.read_place(tables.store_engine, tables.folder.id)
        except StoreUnavailable as error:
            if fault_of(error) is Fault.MISSING and not tables.single:
                # A folder in a database of its own, where nothing of ours is yet.
                return None
            raise

    async def _prepare(self, engine: Engine) -> None:
        if engine.url.engine_key not in self._prepared:
            await installing.prepare(engine, like=self._single_table if self._layout.single else None)
            self._prepared.add(engine.url.engine_key)

    @property
    def _single_table(self) -> str:
        """The store's table in the single store, for which any folder will do."""
        return self._layout.tables(Folder(0, "", FolderKind.CALENDAR, "", "")).store_name
