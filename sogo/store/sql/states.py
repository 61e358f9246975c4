"""Lists folders together with where their changes stand and how many locks lie in them: one statement for a home."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sogo.errors import StoreUnavailable
from sogo.model.folder import Folder, FolderKind, FolderState, SyncPoint
from sogo.store.sql.clock import ClockOrder
from sogo.store.sql.columns import read_columns
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.folders import read_folder, sort_key
from sogo.store.sql.installing import Place
from sogo.store.sql.layout import Layout
from sogo.store.sql.tables import (
    DAV_LOCK_NAME,
    DAV_PROPERTY_NAME,
    FOLDER_REVISION_NAME,
    HOME_MEMBER_NAME,
    INBOX_ITEM_NAME,
    SCHEDULE_TAG_NAME,
)
from sogo.store.sql.tracking import Tracking
from sogo.store.sql.values import chunks, in_list

log = logging.getLogger(__name__)

PATHS_AT_ONCE = 400
TEXT_COLUMNS = ("c_path2", "c_path3", "c_path4", "c_foldername", "c_location", "c_quick_location", "c_acl_location")


@dataclass(frozen=True, slots=True)
class FolderStates:
    """`missing` are those tables of ours that the database does not have, as far as was noticed: a site may refuse
    them, and then does without what they keep."""

    layout: Layout
    tracking: Tracking
    clock: ClockOrder
    missing: set[str] = field(default_factory=set)

    async def of_owner(self, owner: str, kind: FolderKind) -> list[FolderState]:
        rows = await self.fetch(
            lambda: f"SELECT {self.columns()} {self.source()} AND f.c_path2 = :owner AND f.c_path3 = :kind",
            owner=owner,
            kind=kind.value,
        )
        return await self.read(rows)

    async def of_path(self, path: str) -> FolderState | None:
        rows = await self.fetch(
            lambda: f"SELECT {self.columns()} {self.source()} AND f.c_path = :path",
            path=path,
        )
        found = await self.read(rows)
        return found[0] if len(rows) == 1 and found else None

    async def of_paths(self, paths: Sequence[str]) -> list[FolderState]:
        """Those that are there, by statements of some hundreds each."""
        found: list[FolderState] = []
        for chunk in chunks(paths, PATHS_AT_ONCE):
            listed, values = in_list("s", chunk)
            build = partial(self._listing, f"f.c_path IN ({listed})")
            found += await self.read(await self.fetch(build, **values))
        return sorted(found, key=lambda state: sort_key(state.folder))

    def _listing(self, condition: str) -> str:
        return f"SELECT {self.columns()} {self.source()} AND {condition}"

    async def place(self, folder: Folder) -> Place:
        """Where a folder stands, by revision or by the clock."""
        tables = self.layout.tables(folder)
        place = await self.tracking.place(tables)
        if place is None:
            modified = await self.clock.modified(tables)
            place = Place(self.clock.point(modified), modified)
        return place

    # --- the parts of a statement -------------------------------------------------------------------------------------

    def columns(self) -> str:
        """What `read` needs of each folder: four numbers, then eight texts (None may be among them)."""
        united = self.layout.info_engine.dialect.united
        revision, modified, generation = "0", "NULL", "''"
        if self._is_joined:
            revision, modified, generation = "r.c_revision", "r.c_modified", united("r.c_generation")
        elif self.layout.single and self.layout.info_engine is self.layout.store_engine:
            table = self.layout.tables(Folder(0, "", FolderKind.CALENDAR, "", "")).store
            modified = (
                f"COALESCE((SELECT MAX(s.c_lastmodified) FROM {table} s WHERE s.c_folder_id = f.c_folder_id), -1)"
            )
        locks = "0"
        if DAV_LOCK_NAME not in self.missing:
            locks = (
                f"(SELECT COUNT(*) FROM {DAV_LOCK_NAME} k WHERE k.c_folder_path = {united('f.c_path')} "
                "AND k.c_expires > :moment)"
            )
        texts = ", ".join(f"{united(f'f.{column}')} AS {column}" for column in TEXT_COLUMNS)
        return (
            f"f.c_folder_id AS c_folder_id, {revision} AS revision, {modified} AS modified, {locks} AS locks, "
            f"{generation} AS generation, {texts}"
        )

    def source(self) -> str:
        """FROM and WHERE that go with `columns`; more conditions on `f` may follow."""
        join = f"LEFT JOIN {FOLDER_REVISION_NAME} r ON r.c_folder_id = f.c_folder_id " if self._is_joined else ""
        return f"FROM {self.layout.info} f {join}WHERE f.c_path1 = 'Users'"

    async def fetch(self, build: Callable[[], str], **values: object) -> list[Row]:
        """Rows of a statement made of those parts. Every request begins here; so here it is noticed when a table of
        ours was taken away meanwhile (the statement is built again without it), or that tracking has come."""
        await self.tracking.look_again()
        values["moment"] = self.clock.now()
        try:
            return await self.layout.info_engine.fetch(build(), **values)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING or not await self._has_lost_a_table():
                raise
            return await self.layout.info_engine.fetch(build(), **values)

    async def read(self, rows: Sequence[Row]) -> list[FolderState]:
        """The folders of rows, in the order in which they are shown; rows that are no folder of a user are left out."""
        states = [state for row in rows if (state := await self._state(row)) is not None]
        return sorted(states, key=lambda state: sort_key(state.folder)) if len(states) > 1 else states

    @property
    def _is_joined(self) -> bool:
        return self.tracking.active and self.layout.info_engine is self.layout.store_engine

    async def _has_lost_a_table(self) -> bool:
        was_tracked, known = self.tracking.active, set(self.missing)
        for name in (DAV_LOCK_NAME, DAV_PROPERTY_NAME, HOME_MEMBER_NAME, SCHEDULE_TAG_NAME, INBOX_ITEM_NAME):
            if name not in self.missing and not await read_columns(self.layout.info_engine, name):
                log.warning("the table %s is missing: we do without", name)
                self.missing.add(name)
        return self.missing != known or (was_tracked and not await self.tracking.is_still_there())

    def _is_at_home(self, folder: Folder) -> bool:
        """A folder of the three-table layout may live in another database; what the registry's notes is not its."""
        return self.layout.single or self.layout.tables(folder).store_engine is self.layout.info_engine

    async def _state(self, row: Row) -> FolderState | None:
        folder = read_folder(row)
        if folder is None:
            return None
        modified, locks = row["modified"], int(row["locks"])
        if modified is not None and self._is_at_home(folder):
            generation = row["generation"]
            point = SyncPoint(generation, int(row["revision"])) if generation else self.clock.point(int(modified))
            return FolderState(folder, point, int(modified), locks)
        try:
            place = await self.place(folder)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING or self.layout.single:
                raise
            # One folder without its tables must not hide the others.
            log.warning("the tables of %s are missing", folder.path)
            return None
        return FolderState(folder, place.point, place.modified, locks)
