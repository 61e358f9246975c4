"""Writes an object by a statement for each step, and so knows the reason of what it refuses.

1. write or delete the index record; a second writer of the same name waits here,
2. lock and read the object's row without waiting, compare it with what the caller expects,
3. who brings a UID locks the folder in the registry, where those stand in line who look for UIDs by the statement that
   writes (`sogo.store.sql.guarded`),
4. write the row; the trigger locks the folder's revision, so from here on all writers of one folder stand in line,
5. look for the UID under other names: whoever wrote it earlier has committed by now. An object that keeps its UID and
   has not changed since it was seen with it need not look: nobody else could take it meanwhile.

Step 4 also looks for locks that the writer had not seen when it began (`sogo.store.sql.seen_locks`). Without triggers
the registry's row is the only line.
"""

from __future__ import annotations

from sogo.errors import InvalidRequest
from sogo.model.folder import Written
from sogo.store.interface import Clock
from sogo.store.sql.engine import Session
from sogo.store.sql.layout import Layout, live
from sogo.store.sql.records import delete_record, write_record
from sogo.store.sql.target import StoredRow, Target, Upload, compare, existing, refuse_unwritten, stored
from sogo.store.sql.tracking import Tracking
from sogo.store.sql.uids import refuse_second_uid
from sogo.store.sql.values import is_same_name


class StepByStep:
    """`index` and `store` are sessions in a transaction; one and the same where one database holds both."""

    def __init__(self, layout: Layout, tracking: Tracking, clock: Clock) -> None:
        self._layout, self._tracking, self._clock = layout, tracking, clock

    async def save(self, index: Session, store: Session, target: Target, upload: Upload) -> Written:
        await write_record(index, target, upload.record)
        row = await lock_row(store, target)
        compare(target.expect, row)
        if upload.brings_uid(row):
            await self._stand_in_line(store, target)
        written = await self.write_row(store, target, upload.content, row)
        await self.look_again(store, target)
        await self._refuse_second_uid(index, store, target, upload, row)
        return written

    async def remove(self, index: Session, store: Session, target: Target) -> int:
        await delete_record(index, target)
        row = existing(await lock_row(store, target), target.name)
        compare(target.expect, row)
        modified = await self.bury_row(store, target, row)
        await self.look_again(store, target)
        return modified

    async def move(self, index: Session, store: Session, source: Target, target: Target, upload: Upload) -> Written:
        await delete_record(index, source)
        await write_record(index, target, upload.record)
        ordered = sorted((source, target), key=lambda place: place.place)
        rows = {place: await lock_row(store, place) for place in ordered}
        old = existing(rows[source], source.name)
        compare(source.expect, old)
        compare(target.expect, rows[target])
        if upload.brings_uid(rows[target]):
            await self._stand_in_line(store, target)
        written = await self._carry(store, source, old, target, upload.content, rows[target])
        for place in ordered:
            await self.look_again(store, place)
        await self._refuse_second_uid(index, store, target, upload, rows[target])
        return written

    async def look_again(self, store: Session, target: Target) -> None:
        """Without triggers nothing has put this writer and who grants a lock in line; the folder's row does."""
        if self._tracking.active or target.locks is None or not store.dialect.for_update:
            return
        await self._lock_folder(store, target)
        await target.locks.look(store)

    async def stand_in_line_untracked(self, store: Session, target: Target) -> None:
        """Without triggers nothing has locked the folder so far."""
        if not self._tracking.active:
            await self._stand_in_line(store, target)

    async def _stand_in_line(self, store: Session, target: Target) -> None:
        """Wait for those who look for UIDs before they write. Where nobody does, the trigger's line is enough."""
        if not store.dialect.for_update or target.tables.store_engine is not self._layout.info_engine:
            return
        if self._tracking.active and store.dialect.writes_in_queries:
            return
        await self._lock_folder(store, target)

    async def _lock_folder(self, store: Session, target: Target) -> None:
        await store.fetch(
            f"SELECT c_folder_id FROM {self._layout.info} WHERE c_folder_id = :folder{store.dialect.for_update}",
            folder=target.tables.folder.id,
        )

    async def _carry(
        self, store: Session, source: Target, old: StoredRow, target: Target, content: str, row: StoredRow | None
    ) -> Written:
        """Folders are locked in the order of their ids, so that two opposite moves do not wait for each other."""
        source_first = source.place < target.place
        if source_first:
            await self.bury_row(store, source, old)
        written = await self.write_row(store, target, content, row)
        if not source_first:
            await self.bury_row(store, source, old)
        return written

    async def write_row(self, store: Session, target: Target, content: str, row: StoredRow | None) -> Written:
        now = max(self._now(), row.modified if row else 0)
        if row is None:
            await _insert_row(store, target, content, now)
            return Written(version=0, created=True, modified=now)
        was_live = live() if row.live else "c_deleted = 1"
        revived = "" if row.live else "c_name = :name, c_creationdate = :now, c_deleted = :alive, "
        matched = await store.execute(
            f"UPDATE {target.tables.store} SET {revived}c_content = :content, c_lastmodified = :now, "
            f"c_version = :version WHERE {target.row_key}c_version = :base AND {was_live}{target.free}",
            folder=target.tables.folder.id,
            name=target.name,
            content=content,
            now=now,
            version=row.version + 1,
            base=row.version,
            alive=store.dialect.false_mark,
            **target.lock_values,
        )
        if matched != 1:
            await refuse_unwritten(store, target)
        return Written(version=row.version + 1, created=not row.live, modified=now)

    async def bury_row(self, store: Session, target: Target, row: StoredRow) -> int:
        """Leave a tombstone: content and version stay, as the original leaves them."""
        now = max(self._now(), row.modified)
        matched = await store.execute(
            f"UPDATE {target.tables.store} SET c_deleted = 1, c_lastmodified = :now "
            f"WHERE {target.row_key}c_version = :base AND {live()}{target.free}",
            folder=target.tables.folder.id,
            name=target.name,
            now=now,
            base=row.version,
            **target.lock_values,
        )
        if matched != 1:
            await refuse_unwritten(store, target)
        return now

    async def _refuse_second_uid(
        self, index: Session, store: Session, target: Target, upload: Upload, row: StoredRow | None
    ) -> None:
        if upload.uid is not None and upload.brings_uid(row):
            await refuse_second_uid(index, store, target.tables, target.name, upload.uid, upload.places)

    def _now(self) -> int:
        return int(self._clock().timestamp())


async def lock_row(store: Session, target: Target) -> StoredRow | None:
    row = await store.fetch_one(
        f"SELECT c_name, c_version, c_lastmodified, c_deleted FROM {target.tables.store} "
        f"WHERE {target.tables.of_folder()}c_name = :name{store.dialect.for_update_now}",
        folder=target.tables.folder.id,
        name=target.name,
    )
    found = stored(row)
    if row is not None and found is not None and found.live and not is_same_name(target.name, row["c_name"]):
        raise InvalidRequest("The database cannot tell this name from that of another object.", name=row["c_name"])
    return found


async def _insert_row(store: Session, target: Target, content: str, now: int) -> None:
    columns = [*target.tables.key_columns, "c_content", "c_creationdate", "c_lastmodified", "c_version", "c_deleted"]
    values = ", ".join([*(f":{key}" for key in target.tables.key_columns), ":content", ":now", ":now", "0", ":alive"])
    # A list of values takes its types from the columns, and texts of any length; a query does not everywhere.
    in_query = target.locks is not None and store.dialect.unites and not store.dialect.typed_parameters
    source = f"SELECT {values} FROM ({store.dialect.probe_sql}) o WHERE 1 = 1{target.free}"
    matched = await store.execute(
        f"INSERT INTO {target.tables.store} ({', '.join(columns)}) {source if in_query else f'VALUES ({values})'}",
        **target.keys,
        content=content,
        now=now,
        alive=store.dialect.false_mark,
        **target.lock_values,
    )
    if matched != 1:
        await refuse_unwritten(store, target)
    if target.locks is not None and not in_query:
        await target.locks.look(store)
