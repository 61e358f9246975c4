"""Change order without triggers: the original's clock, read with an overlap.

A writer notes the second at which it writes and may commit later, up to `overlap` seconds; another may be faster. So
each answer goes back `overlap` seconds before the point it is asked from: it may tell a change twice, it never loses
one. The point itself moves on with the clock until `overlap` seconds after the last change and then stands still, so
that a client which polls sees an unchanged folder as unchanged.

A list that is cut goes on as a walk: its points carry the moment it began at in their generation, and once it is
through the client continues from that moment.
"""

from __future__ import annotations

import re

from sogo.errors import InvalidSyncToken
from sogo.model.folder import BY_THE_CLOCK, Changes, Entry, SyncPoint
from sogo.store.interface import Clock
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.layout import FolderTables, live
from sogo.store.sql.reading import component_column, entry_columns, join_apart, read_entry

GENERATION = BY_THE_CLOCK
_WALK = re.compile(r"walk([0-9]{1,12})")
FUTURE_SECONDS = 300


class ClockOrder:
    def __init__(self, clock: Clock, overlap_seconds: int) -> None:
        self._clock, self._overlap = clock, overlap_seconds

    def point(self, modified: int) -> SyncPoint:
        """The point of a folder whose latest change is noted at `modified` (-1: none)."""
        return SyncPoint(GENERATION, min(self.now(), modified + self._overlap + 1))

    async def modified(self, tables: FolderTables) -> int:
        """The latest c_lastmodified, tombstones included; -1 in an empty folder."""
        where = "WHERE c_folder_id = :folder" if tables.single else ""
        row = await tables.store_engine.fetch_one(
            f"SELECT MAX(c_lastmodified) AS modified FROM {tables.store} {where}",
            folder=tables.folder.id,
        )
        return -1 if row is None or row["modified"] is None else int(row["modified"])

    async def changes(
        self, tables: FolderTables, since: SyncPoint | None, *, content: bool, limit: int | None
    ) -> Changes:
        began, after = self._place(since)
        end = self.point(await self.modified(tables)) if began is None else SyncPoint(GENERATION, began)
        rows = await self._rows(tables, after, content=content, live_only=since is None)
        told, cut = _cut(rows, limit)
        changed, removed = _split(told)
        if not tables.one_database:
            changed = await join_apart(tables, changed)
        if cut:
            point = SyncPoint(f"walk{end.revision}", int(told[-1]["c_lastmodified"]))
            return Changes(changed, removed, point, truncated=True)
        return Changes(changed, removed, end, truncated=False)

    def _place(self, since: SyncPoint | None) -> tuple[int | None, int]:
        """The moment the walk began at (None: it begins now), and the second after which to tell."""
        if since is None:
            return None, -(2**31)
        if abs(since.revision) > self.now() + FUTURE_SECONDS:
            raise InvalidSyncToken("This sync token lies in the future.")
        walk = _WALK.fullmatch(since.generation)
        if walk is not None:
            return int(walk[1]), since.revision
        if since.generation != GENERATION:
            raise InvalidSyncToken("This sync token is not one of this collection.")
        return None, since.revision - self._overlap - 1

    async def _rows(self, tables: FolderTables, after: int, *, content: bool, live_only: bool) -> list[Row]:
        """Rows noted later than a second, in the order of their notes."""
        only = f"AND {live('s')} " if live_only else ""
        sql = (
            f"SELECT {entry_columns(tables, content=content)}{component_column(tables)}, s.c_deleted AS c_deleted "
            f"FROM {tables.store} s "
            f"WHERE {tables.of_folder('s')}s.c_lastmodified > :after {only}"
            "ORDER BY s.c_lastmodified, s.c_name"
        )
        return await tables.store_engine.fetch(sql, folder=tables.folder.id, after=after)

    def now(self) -> int:
        return int(self._clock().timestamp())


def _cut(rows: list[Row], limit: int | None) -> tuple[list[Row], bool]:
    """The first rows up to a whole second: at most `limit`, unless one second alone holds more."""
    if limit is None or len(rows) <= limit:
        return rows, False
    end = max(limit, 1)
    while end > 0 and rows[end - 1]["c_lastmodified"] == rows[end]["c_lastmodified"]:
        end -= 1
    if end == 0:
        first = rows[0]["c_lastmodified"]
        end = next((number for number, row in enumerate(rows) if row["c_lastmodified"] != first), len(rows))
    return rows[:end], end < len(rows)


def _split(rows: list[Row]) -> tuple[list[Entry], list[str]]:
    changed = [read_entry(row) for row in rows if row["c_deleted"] != 1]
    return changed, [row["c_name"] for row in rows if row["c_deleted"] == 1]
