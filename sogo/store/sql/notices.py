"""`sogo.store.notices.Notices`: how it is noticed that others write, the original among them.

On PostgreSQL with our triggers the database tells (`listener`). Elsewhere the waiters' folders are looked at: with
triggers their revisions, by the key; without them the latest c_lastmodified and what else an unseen change leaves
behind in sums, since several changes may bear one second.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from sogo.errors import StoreUnavailable
from sogo.model.change import Home, Notice, Seen, What
from sogo.model.folder import Folder, SyncPoint
from sogo.store.sql.clock import GENERATION
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Engine
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.folders import COLUMNS, read_folder
from sogo.store.sql.layout import FolderTables, Layout
from sogo.store.sql.listener import Listener
from sogo.store.sql.notice_text import parse_notice, render_notice
from sogo.store.sql.settings import StoreSettings
from sogo.store.sql.store import SqlStore
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME
from sogo.store.sql.tracking import Tracking
from sogo.store.sql.values import chunks, in_list

log = logging.getLogger(__name__)

AT_ONCE = 512
"""Values in one statement."""
TABLES_AT_ONCE = 64
NAMES_AT_ONCE = 500
CHECK_SECONDS = 3.5
"""So often it is looked whether the triggers still stand."""

_SUMS = (
    "MAX(c_lastmodified) AS modified, COUNT(*) AS number, SUM(c_version) AS versions, "
    "COUNT(CASE WHEN c_deleted = 1 THEN 1 END) AS deleted"
)


class SqlNotices:
    def __init__(self, layout: Layout, tracking: Tracking, settings: StoreSettings, origin: str) -> None:
        self._layout, self._tracking, self._settings, self._origin = layout, tracking, settings, origin
        self._notice: Callable[[Notice], None] = lambda notice: None
        self._ended: Callable[[], None] = lambda: None
        engine = layout.info_engine
        notifier = engine.dialect.notifier
        self._listener = Listener(engine, notifier, hear=self._heard, ended=self._end) if notifier else None
        self._publish_sql = notifier.publish_sql if notifier else ""
        self._check_at = 0.0
        self._elsewhere: set[int] = set()

    # --- being told ---------------------------------------------------------------------------------------------------

    def hear(self, notice: Callable[[Notice], None], ended: Callable[[], None]) -> None:
        self._notice, self._ended = notice, ended

    async def listen(self) -> bool:
        if self._listener is None or not await self._listener.keep():
            return False
        if time.monotonic() >= self._check_at:
            self._check_at = time.monotonic() + CHECK_SECONDS
            await self._tracking.is_announced()
        return self._tracking.announces and not self._elsewhere

    async def rest(self) -> None:
        self._elsewhere.clear()
        if self._listener is not None:
            await self._listener.close()

    def _heard(self, text: str) -> None:
        notice = parse_notice(text, self._origin)
        if notice is not None:
            self._notice(notice)

    def _end(self) -> None:
        self._ended()

    def is_wanted(self, what: What) -> bool:
        return bool(self._publish_sql) and (what is What.EDITED or not self._tracking.announces)

    async def publish(self, changes: Sequence[tuple[Folder, str, What]]) -> None:
        engine = self._layout.info_engine
        try:
            for folder, name, what in changes:
                text = render_notice(folder, name, what, self._origin)
                await engine.fetch(self._publish_sql, text=text)
        except StoreUnavailable as error:
            log.debug("a notice was not sent: %s", error)

    # --- looking ------------------------------------------------------------------------------------------------------

    async def look(self, paths: Sequence[str], homes: Sequence[Home]) -> list[Seen]:
        folders = await self._folders(paths, homes)
        await self._tracking.look_again()
        if self._tracking.active:
            found = await self._by_revision(folders)
            if found is not None:
                return found
        return await self._by_clock(folders)

    async def _folders(self, paths: Sequence[str], homes: Sequence[Home]) -> list[Folder]:
        found: dict[str, Folder] = {}
        wanted, wanted_homes = set(paths), set(homes)
        for column, texts in (("c_path", sorted(wanted)), ("c_path2", sorted({home.owner for home in homes}))):
            for chunk in chunks(texts, AT_ONCE):
                names, values = in_list("t", chunk)
                where = f"f.c_path1 = 'Users' AND f.{column} IN ({names})"
                sql = f"SELECT {COLUMNS} FROM {self._layout.info} f WHERE {where}"
                rows = await self._layout.info_engine.fetch(sql, **values)
                for folder in map(read_folder, rows):
                    # Some databases compare without case; we do not.
                    if folder and (folder.path in wanted or Home(folder.owner, folder.kind) in wanted_homes):
                        found[folder.path] = folder
        return list(found.values())

    async def _by_revision(self, folders: Sequence[Folder]) -> list[Seen] | None:
        """None when there are no revisions any more."""
        places: dict[int, SyncPoint] = {}
        tables = {folder.id: self._layout.tables(folder) for folder in folders}
        self._elsewhere |= {
            number for number, place in tables.items() if place.store_engine is not self._layout.info_engine
        }
        for engine, ids in _by_engine(tables).items():
            for chunk in chunks(ids, AT_ONCE):
                try:
                    places |= await _points(engine, chunk)
                except StoreUnavailable as error:
                    if fault_of(error) is not Fault.MISSING:
                        raise
                    if not await self._tracking.is_still_there():
                        return None
        for folder in folders:
            if folder.id not in places and not tables[folder.id].single:
                places |= await self._begun(tables[folder.id])
        return [Seen(folder, places.get(folder.id, SyncPoint("", 0))) for folder in folders]

    async def _begun(self, tables: FolderTables) -> dict[int, SyncPoint]:
        """A table of a folder's own that nobody follows yet: its triggers are made now."""
        try:
            place = await self._tracking.place(tables)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
            return {}  # just being removed
        return {tables.folder.id: place.point} if place else {}

    async def names_since(self, points: Mapping[int, SyncPoint]) -> dict[int, list[str]]:
        """Only of folders in the database of the registry, and only so many: who misses a name is told without one."""
        found: dict[int, list[str]] = {}
        for chunk in chunks(list(points.items()), AT_ONCE // 4):
            values: dict[str, object] = {}
            for number, (folder, point) in enumerate(chunk):
                values |= {f"f{number}": folder, f"r{number}": point.revision}
            parts = [f"(c_folder_id = :f{number} AND c_revision > :r{number})" for number in range(len(chunk))]
            engine = self._layout.store_engine
            rows = await engine.fetch(
                f"SELECT c_folder_id, c_name FROM {OBJECT_REVISION_NAME} WHERE {' OR '.join(parts)}"
                + engine.dialect.limit("size"),
                size=NAMES_AT_ONCE,
                **values,
            )
            if len(rows) < NAMES_AT_ONCE:
                for row in rows:
                    found.setdefault(int(row["c_folder_id"]), []).append(row["c_name"])
        return found

    # --- looking by the clock -----------------------------------------------------------------------------------------

    async def _by_clock(self, folders: Sequence[Folder]) -> list[Seen]:
        tables = {folder.id: self._layout.tables(folder) for folder in folders}
        sums: dict[int, Row] = {}
        for engine, ids in _by_engine(tables).items():
            if self._layout.single:
                for chunk in chunks(ids, AT_ONCE):
                    names, values = in_list("f", chunk)
                    rows = await engine.fetch(
                        f"SELECT c_folder_id, {_SUMS} FROM {tables[ids[0]].store} "
                        f"WHERE c_folder_id IN ({names}) GROUP BY c_folder_id",
                        **values,
                    )
                    sums |= {int(row["c_folder_id"]): row for row in rows}
            else:
                for chunk in chunks(ids, TABLES_AT_ONCE):
                    sums |= await _own_sums(engine, [tables[number] for number in chunk])
        return [self._summed(folder, sums.get(folder.id)) for folder in folders]

    def _summed(self, folder: Folder, row: Row | None) -> Seen:
        modified = -1 if row is None or row["modified"] is None else int(row["modified"])
        detail = () if row is None else (modified, int(row["number"]), int(row["versions"] or 0), int(row["deleted"]))
        settled = modified + self._settings.overlap_seconds + 1
        left = settled - self._settings.clock().timestamp()
        return Seen(folder, SyncPoint(GENERATION, settled), detail, modified, max(0.0, left))


def open_notices(store: SqlStore) -> SqlNotices:
    """Those of a store, over its connections; whoever waits closes them by `rest`."""
    return SqlNotices(store.folders.registry.layout, store.tracking, store.settings, store.databases.origin)


def _by_engine(tables: Mapping[int, FolderTables]) -> dict[Engine, list[int]]:
    engines: dict[Engine, list[int]] = {}
    for number, place in tables.items():
        engines.setdefault(place.store_engine, []).append(number)
    return engines


async def _points(engine: Engine, ids: Sequence[int]) -> dict[int, SyncPoint]:
    names, values = in_list("f", ids)
    rows = await engine.fetch(
        f"SELECT c_folder_id, c_generation, c_revision FROM {FOLDER_REVISION_NAME} WHERE c_folder_id IN ({names})",
        **values,
    )
    return {int(row["c_folder_id"]): SyncPoint(row["c_generation"], int(row["c_revision"])) for row in rows}


async def _own_sums(engine: Engine, tables: Sequence[FolderTables]) -> dict[int, Row]:
    """Of tables that belong to one folder each; one that is being removed is left out."""
    sql = " UNION ALL ".join(
        f"SELECT {place.folder.id:d} AS c_folder_id, {_SUMS} FROM {place.store}" for place in tables
    )
    try:
        rows = await engine.fetch(sql)
    except StoreUnavailable as error:
        if fault_of(error) is not Fault.MISSING:
            raise
        if len(tables) == 1:
            return {}
        half = len(tables) // 2
        return await _own_sums(engine, tables[:half]) | await _own_sums(engine, tables[half:])
    return {int(row["c_folder_id"]): row for row in rows}
