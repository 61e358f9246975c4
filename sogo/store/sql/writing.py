"""Writes objects: content and index record together, guarded by version, never over a change it has not seen.

The original holds locks on two connections at once, so no database can see when it and we wait for each other in a
circle; and it takes them in one order when it writes (index, object) and in the other when it deletes. Hence we never
wait for an object while we hold something it could want: we let go and begin again.

1. write or delete the index record; a second writer of the same name waits here,
2. lock and read the object's row without waiting, compare it with what the caller expects,
3. write the row; the trigger locks the folder's revision, so from here on writers of one folder stand in line,
4. look for the UID under other names: whoever wrote it earlier has committed by now. An object that keeps its UID and
   has not changed since it was seen with it need not look: nobody else could take it meanwhile.

Step 3 also looks for locks that the writer had not seen when it began (`sogo.store.sql.seen_locks`).

Steps 1 to 3 are one statement where the database can (`sogo.store.sql.at_once`), and all four where its triggers look
for the UID: that needs no transaction around it. When it is stopped, the steps are taken apart and tell the reason.

Where index and store lie in two databases there are two transactions, committed as the original does: the store first.
A crash between the two leaves an index record that is one change behind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import NoReturn, TypeVar

from sogo.errors import AlreadyExists, InvalidData, InvalidRequest, NotFound, PreconditionFailed, StoreUnavailable
from sogo.model.folder import Folder, FolderKind, Written
from sogo.store.interface import Clock, Expect, QuickRow
from sogo.store.sql import at_once
from sogo.store.sql.at_once import Outcome
from sogo.store.sql.columns import ColumnCatalogue, fit
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Session, retrying
from sogo.store.sql.faults import Fault, fault_of, refusal
from sogo.store.sql.layout import FolderTables, Layout, live, missing_is_gone
from sogo.store.sql.seen_locks import SeenLocks
from sogo.store.sql.tables import DAV_LOCK_NAME
from sogo.store.sql.tracking import Tracking
from sogo.store.sql.uids import Places, UidQuestion, is_in_index_only, refuse_second_uid
from sogo.store.sql.values import is_same_name

T = TypeVar("T")

NAME_LENGTH = 255
_RULES = {FolderKind.CALENDAR: "valid-calendar-data", FolderKind.CONTACTS: "valid-address-data"}


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of the store as it was when we locked it."""

    version: int
    modified: int
    live: bool


@dataclass(frozen=True, slots=True)
class Target:
    """Where something is written, and what the writer believes about the place."""

    tables: FolderTables
    name: str
    expect: Expect
    locks: SeenLocks | None = None
    """None where nobody asked for locks, or they lie in another database."""


class ObjectWriter:
    """`missing` as in `FolderStates`."""

    def __init__(
        self, layout: Layout, catalogue: ColumnCatalogue, tracking: Tracking, clock: Clock, missing: Collection[str]
    ) -> None:
        self._layout, self._catalogue, self._tracking, self._clock = layout, catalogue, tracking, clock
        self._missing = missing

    async def save(
        self,
        folder: Folder,
        name: str,
        content: str,
        quick: QuickRow,
        *,
        expect: Expect,
        unique_uid: str | None,
        unindexed: bool,
        owned_at: int | None,
        seen: Collection[str] | None,
    ) -> Written:
        target = await self.target(folder, name, expect, seen)
        record = await self.record(target.tables, quick)
        look = _places(record, unindexed)
        uid = UidQuestion(target.tables.quick, unique_uid, owned_at) if unique_uid is not None else None
        alone = self._is_alone(target.tables) and (uid is None or is_in_index_only(target.tables, look))
        save_alone = partial(self._save_at_once, target=target, content=content, record=record, uid=uid, alone=True)

        async def once() -> Written:
            outcome = await _unless_stopped(target.tables, save_alone) if alone else None
            if outcome is not None:
                return _written(outcome)
            async with _both(target.tables) as (index, store):
                row, written = await self._save(index, store, target, content, record)
                await self._look_again(store, target)
                if owned_at is None or row is None or not row.live or row.version != owned_at:
                    await self._refuse_second_uid(index, store, target, unique_uid, look)
                return written

        return await _as_data_of(target.tables, once)

    async def remove(self, folder: Folder, name: str, *, expect: Expect, seen: Collection[str] | None) -> int:
        target = await self.target(folder, name, expect, seen)
        alone = self._is_alone(target.tables)
        remove_alone = partial(self._remove_at_once, target=target, alone=True)

        async def once() -> int:
            outcome = await _unless_stopped(target.tables, remove_alone) if alone else None
            if outcome is not None and outcome.modified is not None:
                return outcome.modified
            async with _both(target.tables) as (index, store):
                modified = await self._remove(index, store, target)
                await self._look_again(store, target)
                return modified

        return await _as_data_of(target.tables, once)

    async def move(
        self,
        source: Target,
        target: Target,
        content: str,
        quick: QuickRow,
        *,
        unique_uid: str | None,
        unindexed: bool,
    ) -> Written:
        record = await self.record(target.tables, quick)
        look = _places(record, unindexed)

        async def once() -> Written:
            async with _both(target.tables) as (index, store):
                await delete_record(index, source)
                await write_record(index, target, record)
                rows = {place: await lock_row(store, place) for place in sorted((source, target), key=_place)}
                old = _existing(rows[source], source.name)
                _compare(source.expect, old)
                _compare(target.expect, rows[target])
                # Folders are locked in the order of their ids, so that two opposite moves do not wait for each other.
                source_first = _place(source) < _place(target)
                if source_first:
                    await self.bury_row(store, source, old)
                written = await self.write_row(store, target, content, rows[target])
                if not source_first:
                    await self.bury_row(store, source, old)
                for place in sorted((source, target), key=_place):
                    await self._look_again(store, place)
                await self._refuse_second_uid(index, store, target, unique_uid, look)
                return written

        return await _as_data_of(target.tables, once)

    async def target(self, folder: Folder, name: str, expect: Expect, seen: Collection[str] | None) -> Target:
        """`seen` as in `FolderStore.save`. Raises InvalidRequest for a name the column cannot hold."""
        if not name or len(name) > NAME_LENGTH:
            raise InvalidRequest(f"The name of an object has 1 to {NAME_LENGTH} characters.")
        tables = self._layout.tables(folder)
        if not tables.single:
            # A table of its own is followed before the first change, or the change would be missed.
            await self._tracking.follow(tables)
        is_here = tables.store_engine is self._layout.info_engine and DAV_LOCK_NAME not in self._missing
        locks = SeenLocks(folder.path, name, seen, self._now()) if seen is not None and is_here else None
        return Target(tables, name, expect, locks)

    async def _save(
        self, index: Session, store: Session, target: Target, content: str, record: dict[str, int | str | None]
    ) -> tuple[StoredRow | None, Written]:
        """Steps 1 to 3: by one statement where the database can. The row that was there, and what it is now."""
        if not _is_at_once(target.tables):
            await write_record(index, target, record)
            row = await lock_row(store, target)
            _compare(target.expect, row)
            return row, await self.write_row(store, target, content, row)
        outcome = await self._save_at_once(store, target, content, record)
        row = _stored(outcome.found)
        _compare(target.expect, row)
        if outcome.version is None:
            await _refuse_unwritten(store, target)
        return row, _written(outcome)

    async def _save_at_once(
        self,
        session: Session,
        target: Target,
        content: str,
        record: dict[str, int | str | None],
        uid: UidQuestion | None = None,
        *,
        alone: bool = False,
    ) -> Outcome:
        return await at_once.save(
            session, target.tables, target.name, content, record,
            expect=target.expect, locks=target.locks, now=self._now(), uid=uid, alone=alone,
        )  # fmt: skip

    async def _remove(self, index: Session, store: Session, target: Target) -> int:
        if not _is_at_once(target.tables):
            await delete_record(index, target)
            row = _existing(await lock_row(store, target), target.name)
            _compare(target.expect, row)
            return await self.bury_row(store, target, row)
        outcome = await self._remove_at_once(store, target)
        _compare(target.expect, _existing(_stored(outcome.found), target.name))
        if outcome.modified is None:
            await _refuse_unwritten(store, target)
        return outcome.modified

    async def _remove_at_once(self, session: Session, target: Target, *, alone: bool = False) -> Outcome:
        return await at_once.bury(
            session, target.tables, target.name,
            expect=target.expect, locks=target.locks, now=self._now(), alone=alone,
        )  # fmt: skip

    def _is_alone(self, tables: FolderTables) -> bool:
        """Whether the triggers look for what a transaction is there for; they do where tracking was prepared."""
        return self._tracking.active and _is_at_once(tables) and tables.store_engine is self._layout.store_engine

    async def _look_again(self, store: Session, target: Target) -> None:
        """Without triggers nothing has put this writer and who grants a lock in line; the folder's row does."""
        if self._tracking.active or target.locks is None or not store.dialect.for_update:
            return
        await self._lock_folder(store, target)
        await target.locks.look(store)

    async def _lock_folder(self, store: Session, target: Target) -> None:
        await store.fetch(
            f"SELECT c_folder_id FROM {self._layout.info} WHERE c_folder_id = :folder{store.dialect.for_update}",
            folder=target.tables.folder.id,
        )

    def _now(self) -> int:
        return int(self._clock().timestamp())

    async def record(self, tables: FolderTables, quick: QuickRow) -> dict[str, int | str | None]:
        """The columns that the index has; none for an object that shall not be listed there."""
        columns = await self._catalogue.columns(tables.quick_engine, tables.quick_name)
        if not columns:
            raise NotFound("The folder is gone.")
        return {name: value for name, value in fit(quick, columns).items() if name not in ("c_folder_id", "c_name")}

    async def write_row(self, store: Session, target: Target, content: str, row: StoredRow | None) -> Written:
        now = max(self._now(), row.modified if row else 0)
        if row is None:
            await _insert_row(store, target, content, now)
            return Written(version=0, created=True, modified=now)
        was_live = live() if row.live else "c_deleted = 1"
        revived = "" if row.live else "c_name = :name, c_creationdate = :now, c_deleted = :alive, "
        matched = await store.execute(
            f"UPDATE {target.tables.store} SET {revived}c_content = :content, c_lastmodified = :now, "
            f"c_version = :version WHERE {_row_key(target)}c_version = :base AND {was_live}{_free(target)}",
            folder=target.tables.folder.id,
            name=target.name,
            content=content,
            now=now,
            version=row.version + 1,
            base=row.version,
            alive=store.dialect.false_mark,
            **_of(target),
        )
        if matched != 1:
            await _refuse_unwritten(store, target)
        return Written(version=row.version + 1, created=not row.live, modified=now)

    async def bury_row(self, store: Session, target: Target, row: StoredRow) -> int:
        """Leave a tombstone: content and version stay, as the original leaves them."""
        now = max(self._now(), row.modified)
        matched = await store.execute(
            f"UPDATE {target.tables.store} SET c_deleted = 1, c_lastmodified = :now "
            f"WHERE {_row_key(target)}c_version = :base AND {live()}{_free(target)}",
            folder=target.tables.folder.id,
            name=target.name,
            now=now,
            base=row.version,
            **_of(target),
        )
        if matched != 1:
            await _refuse_unwritten(store, target)
        return now

    async def _refuse_second_uid(
        self, index: Session, store: Session, target: Target, uid: str | None, places: Places
    ) -> None:
        if uid is None:
            return
        tables = target.tables
        if not self._tracking.active and tables.store_engine is self._layout.info_engine:
            # Without triggers nothing has locked the folder so far.
            await self._lock_folder(store, target)
        await refuse_second_uid(index, store, tables, target.name, uid, places)


def _places(record: dict[str, int | str | None], unindexed: bool) -> Places:
    """Where the UID of an object may be met: an object without an index record may meet one of either sort."""
    return Places(index=bool(record), texts=not record or unindexed)


@asynccontextmanager
async def _both(tables: FolderTables) -> AsyncIterator[tuple[Session, Session]]:
    """Sessions for the index and the store: one transaction where they share a database."""
    if tables.one_database:
        async with tables.store_engine.transaction() as session:
            yield session, session
    else:
        async with tables.quick_engine.transaction() as index, tables.store_engine.transaction() as store:
            yield index, store


async def _unless_stopped(tables: FolderTables, write: Callable[[Session], Awaitable[Outcome]]) -> Outcome | None:
    """Write by a statement that is its own transaction; None when it was stopped, or cannot be (DENIED: somebody took
    the triggers with their functions away), and nothing was written."""
    try:
        async with tables.store_engine.alone() as session:
            return await write(session)
    except StoreUnavailable as error:
        if fault_of(error) not in (Fault.STOPPED, Fault.DENIED):
            raise
        return None


async def _as_data_of(tables: FolderTables, once: Callable[[], Awaitable[T]]) -> T:
    """Run a whole write, again after a conflict; what the database cannot hold is the fault of the data."""

    async def attempt() -> T:
        try:
            return await once()
        except AlreadyExists as error:
            # Another writer inserted the same name a moment ago: with the next look it is an update.
            raise refusal(Fault.CONFLICT, error) from error

    try:
        with missing_is_gone(tables):
            return await retrying(attempt)
    except InvalidData as error:
        if fault_of(error) is not Fault.UNFIT:
            raise
        raise InvalidData(error.public, rule=_RULES[tables.folder.kind], cause=error.fields.get("cause")) from error


def _is_at_once(tables: FolderTables) -> bool:
    return tables.one_database and tables.dialect.writes_in_queries


def _row_key(target: Target) -> str:
    return f"{target.tables.of_folder()}c_name = :name AND "


def _place(target: Target) -> tuple[int, str]:
    return (target.tables.folder.id, target.name)


async def lock_row(store: Session, target: Target) -> StoredRow | None:
    row = await store.fetch_one(
        f"SELECT c_name, c_version, c_lastmodified, c_deleted FROM {target.tables.store} "
        f"WHERE {target.tables.of_folder()}c_name = :name{store.dialect.for_update_now}",
        folder=target.tables.folder.id,
        name=target.name,
    )
    found = _stored(row)
    if row is not None and found is not None and found.live and not is_same_name(target.name, row["c_name"]):
        raise InvalidRequest("The database cannot tell this name from that of another object.", name=row["c_name"])
    return found


def _written(outcome: Outcome) -> Written:
    """What became of a statement that has written."""
    row = _stored(outcome.found)
    if outcome.version is None or outcome.modified is None:
        raise AssertionError("nothing was written")
    return Written(version=outcome.version, created=row is None or not row.live, modified=outcome.modified)


def _stored(row: Row | None) -> StoredRow | None:
    if row is None:
        return None
    return StoredRow(int(row["c_version"]), int(row["c_lastmodified"]), live=row["c_deleted"] != 1)


async def _insert_row(store: Session, target: Target, content: str, now: int) -> None:
    columns = [*target.tables.key_columns, "c_content", "c_creationdate", "c_lastmodified", "c_version", "c_deleted"]
    values = ", ".join([*(f":{key}" for key in target.tables.key_columns), ":content", ":now", ":now", "0", ":alive"])
    # A list of values takes its types from the columns, and texts of any length; a query does not everywhere.
    in_query = target.locks is not None and store.dialect.unites and not store.dialect.typed_parameters
    source = f"SELECT {values} FROM ({store.dialect.probe_sql}) o WHERE 1 = 1{_free(target)}"
    matched = await store.execute(
        f"INSERT INTO {target.tables.store} ({', '.join(columns)}) {source if in_query else f'VALUES ({values})'}",
        c_folder_id=target.tables.folder.id,
        c_name=target.name,
        content=content,
        now=now,
        alive=store.dialect.false_mark,
        **_of(target),
    )
    if matched != 1:
        await _refuse_unwritten(store, target)
    if target.locks is not None and not in_query:
        await target.locks.look(store)


async def write_record(index: Session, target: Target, record: dict[str, int | str | None]) -> None:
    tables = target.tables
    if not record:
        await delete_record(index, target)
        return
    columns = [*tables.key_columns, *record]
    sql = index.dialect.upsert(tables.quick, columns, tables.key_columns)
    await index.execute(sql, c_folder_id=tables.folder.id, c_name=target.name, **record)


async def delete_record(index: Session, target: Target) -> None:
    await index.execute(
        f"DELETE FROM {target.tables.quick} WHERE {target.tables.of_folder()}c_name = :name",
        folder=target.tables.folder.id,
        name=target.name,
    )


def _existing(row: StoredRow | None, name: str) -> StoredRow:
    if row is None or not row.live:
        raise NotFound("There is no such object.", name=name)
    return row


def _compare(expect: Expect, row: StoredRow | None) -> None:
    """Raises PreconditionFailed when the stored row is not what the writer believes."""
    live = row if row is not None and row.live else None
    if expect.absent and live is not None:
        raise PreconditionFailed("The name is taken.")
    if (expect.present or expect.version is not None) and live is None:
        raise PreconditionFailed("The object does not exist.")
    if expect.version is not None and live is not None and live.version != expect.version:
        raise PreconditionFailed("The object has changed meanwhile.")


def _free(target: Target) -> str:
    return f" AND {target.locks.free}" if target.locks is not None else ""


def _of(target: Target) -> Mapping[str, object]:
    return target.locks.values if target.locks is not None else {}


async def _refuse_unwritten(store: Session, target: Target) -> NoReturn:
    """A guarded write that matched nothing: a lock was granted, or somebody changed the row, between our look and our
    write."""
    if target.locks is not None:
        await target.locks.look(store)
    raise refusal(Fault.CONFLICT)
