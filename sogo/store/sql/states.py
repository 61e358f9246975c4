"""Lists folders together with where their changes stand: one statement for a user's home."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from sogo.errors import StoreUnavailable
from sogo.model.folder import Folder, FolderKind, FolderState, SyncPoint
from sogo.store.sql.clock import ClockOrder
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.folders import COLUMNS, read_folder, sort_key
from sogo.store.sql.installing import Place
from sogo.store.sql.layout import Layout
from sogo.store.sql.tables import FOLDER_REVISION_NAME
from sogo.store.sql.tracking import Tracking

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FolderStates:
    layout: Layout
    tracking: Tracking
    clock: ClockOrder

    async def of_owner(self, owner: str, kind: FolderKind) -> list[FolderState]:
        rows = await self._rows("f.c_path2 = :owner AND f.c_path3 = :kind", owner=owner, kind=kind.value)
        states = [state for row in rows if (state := await self._state(row)) is not None]
        return sorted(states, key=lambda state: sort_key(state.folder))

    async def of_path(self, path: str) -> FolderState | None:
        rows = await self._rows("f.c_path = :path", path=path)
        return await self._state(rows[0]) if len(rows) == 1 else None

    async def place(self, folder: Folder) -> Place:
        """Where a folder stands, by revision or by the clock."""
        tables = self.layout.tables(folder)
        place = await self.tracking.place(tables)
        if place is None:
            modified = await self.clock.modified(tables)
            place = Place(self.clock.point(modified), modified)
        return place

    def _is_at_home(self, folder: Folder) -> bool:
        """A folder of the three-table layout may live in another database; what the registry's notes is not its."""
        return self.layout.single or self.layout.tables(folder).store_engine is self.layout.info_engine

    async def _rows(self, where: str, **values: object) -> Sequence[Row]:
        """Every request begins here; so here it is noticed when tracking was taken away meanwhile, or has come."""
        await self.tracking.look_again()
        was_tracked = self.tracking.active
        try:
            return await self._read_rows(where, **values)
        except StoreUnavailable as error:
            if not was_tracked or fault_of(error) is not Fault.MISSING or await self.tracking.is_still_there():
                raise
            return await self._read_rows(where, **values)

    async def _read_rows(self, where: str, **values: object) -> Sequence[Row]:
        columns, joins = COLUMNS, ""
        if self.layout.info_engine is self.layout.store_engine:
            if self.tracking.active:
                columns += ", r.c_generation AS generation, r.c_revision AS revision, r.c_modified AS modified"
                joins = f" LEFT JOIN {FOLDER_REVISION_NAME} r ON r.c_folder_id = f.c_folder_id"
            elif self.layout.single:
                table = self.layout.tables(Folder(0, "", FolderKind.CALENDAR, "", "")).store
                columns += (
                    f", COALESCE((SELECT MAX(s.c_lastmodified) FROM {table} s "
                    "WHERE s.c_folder_id = f.c_folder_id), -1) AS modified"
                )
        sql = f"SELECT {columns} FROM {self.layout.info} f{joins} WHERE f.c_path1 = 'Users' AND {where}"
        return await self.layout.info_engine.fetch(sql, **values)

    async def _state(self, row: Row) -> FolderState | None:
        folder = read_folder(row)
        if folder is None:
            return None
        modified = row.get("modified")
        if modified is not None and self._is_at_home(folder):
            generation = row.get("generation")
            point = SyncPoint(generation, int(row["revision"])) if generation else self.clock.point(int(modified))
            return FolderState(folder, point, int(modified))
        try:
            place = await self.place(folder)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING or self.layout.single:
                raise
            # One folder without its tables must not hide the others.
            log.warning("the tables of %s are missing", folder.path)
            return None
        return FolderState(folder, place.point, place.modified)
