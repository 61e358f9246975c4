"""Writes objects: content and index record together, guarded by version, never over a change it has not seen.

The original holds locks on two connections at once, so no database can see when it and we wait for each other in a
circle; and it takes them in one order when it writes (index, object) and in the other when it deletes. Hence we never
wait for an object while we hold something it could want: we let go and begin again. The order is always the same: the
index record, the object's row, the folder's revision.

There are three ways: one statement where the database can (`sogo.store.sql.at_once`), without a transaction around it
where its triggers look for the UID; two statements where the object is still as the request found it
(`sogo.store.sql.guarded`); and step by step (`sogo.store.sql.step_by_step`), which is always possible, and tells the
reason when one of the others has written nothing.

Where index and store lie in two databases there are two transactions, committed as the original does: the store first.
A crash between the two leaves an index record that is one change behind.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from typing import TypeVar

from sogo.errors import AlreadyExists, InvalidData, InvalidRequest, NotFound, StoreUnavailable
from sogo.model.folder import Folder, FolderKind, Written
from sogo.store.interface import Clock, Expect, QuickRow
from sogo.store.sql import at_once
from sogo.store.sql.at_once import Outcome
from sogo.store.sql.columns import ColumnCatalogue, fit
from sogo.store.sql.engine import Session, retrying
from sogo.store.sql.faults import Fault, fault_of, refusal
from sogo.store.sql.guarded import Attempt, GuardedWriter
from sogo.store.sql.layout import FolderTables, Layout, missing_is_gone
from sogo.store.sql.seen_locks import SeenLocks
from sogo.store.sql.step_by_step import StepByStep
from sogo.store.sql.tables import DAV_LOCK_NAME
from sogo.store.sql.target import Target, Upload, compare, existing, refuse_unwritten, stored
from sogo.store.sql.tracking import Tracking
from sogo.store.sql.uids import Places, UidQuestion, is_in_index_only, refuse_second_uid

T = TypeVar("T")

NAME_LENGTH = 255
_RULES = {FolderKind.CALENDAR: "valid-calendar-data", FolderKind.CONTACTS: "valid-address-data"}


class ObjectWriter:
    """`missing` as in `FolderStates`."""

    def __init__(
        self, layout: Layout, catalogue: ColumnCatalogue, tracking: Tracking, clock: Clock, missing: Collection[str]
    ) -> None:
        self._layout, self._catalogue, self._tracking, self._clock = layout, catalogue, tracking, clock
        self._missing = missing
        self.steps = StepByStep(layout, tracking, clock)
        self._guarded = GuardedWriter(layout, tracking, clock)

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
        found: int | None,
        seen: Collection[str] | None,
    ) -> Written:
        target = await self.target(folder, name, expect, seen, found)
        upload = await self._upload(target.tables, content, quick, unique_uid, unindexed, owned_at)

        async def once() -> Written:
            async with _both(target.tables) as (index, store):
                if _is_at_once(target.tables):
                    return await self._save_at_once(store, target, upload)
                return await self.steps.save(index, store, target, upload)

        return await _as_data_of(
            target.tables, once, self._alone_save(target, upload) or self._guarded.save(target, upload)
        )

    async def remove(
        self, folder: Folder, name: str, *, expect: Expect, found: int | None, seen: Collection[str] | None
    ) -> int:
        target = await self.target(folder, name, expect, seen, found)

        async def once() -> int:
            async with _both(target.tables) as (index, store):
                if _is_at_once(target.tables):
                    return await self._remove_at_once(store, target)
                return await self.steps.remove(index, store, target)

        return await _as_data_of(target.tables, once, self._alone_remove(target) or self._guarded.remove(target))

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
        upload = await self._upload(target.tables, content, quick, unique_uid, unindexed, None)

        async def once() -> Written:
            async with _both(target.tables) as (index, store):
                return await self.steps.move(index, store, source, target, upload)

        return await _as_data_of(target.tables, once)

    async def target(
        self, folder: Folder, name: str, expect: Expect, seen: Collection[str] | None, found: int | None = None
    ) -> Target:
        """`seen` and `found` as in `FolderStore.save`. Raises InvalidRequest for a name the column cannot hold."""
        if not name or len(name) > NAME_LENGTH:
            raise InvalidRequest(f"The name of an object has 1 to {NAME_LENGTH} characters.")
        tables = self._layout.tables(folder)
        if not tables.single:
            # A table of its own is followed before the first change, or the change would be missed.
            await self._tracking.follow(tables)
        is_here = tables.store_engine is self._layout.info_engine and DAV_LOCK_NAME not in self._missing
        locks = SeenLocks(folder.path, name, seen, self._now()) if seen is not None and is_here else None
        return Target(tables, name, expect, found, locks)

    # --- one statement ------------------------------------------------------------------------------------------------

    async def _save_at_once(self, store: Session, target: Target, upload: Upload) -> Written:
        outcome = await self._ask_to_save(store, target, upload)
        row = stored(outcome.found)
        compare(target.expect, row)
        if outcome.version is None:
            await refuse_unwritten(store, target)
        await self.steps.look_again(store, target)
        if upload.uid is not None and upload.brings_uid(row):
            await self.steps.stand_in_line_untracked(store, target)
            await refuse_second_uid(store, store, target.tables, target.name, upload.uid, upload.places)
        return _written(outcome)

    async def _remove_at_once(self, store: Session, target: Target) -> int:
        outcome = await self._ask_to_remove(store, target)
        compare(target.expect, existing(stored(outcome.found), target.name))
        if outcome.modified is None:
            await refuse_unwritten(store, target)
        await self.steps.look_again(store, target)
        return outcome.modified

    def _alone_save(self, target: Target, upload: Upload) -> Attempt[Written] | None:
        asked = upload.uid is None or is_in_index_only(target.tables, upload.places)
        if not asked or not self._is_alone(target.tables):
            return None
        uid = UidQuestion(target.tables.quick, upload.uid, upload.owned_at) if upload.uid is not None else None

        async def attempt() -> Written | None:
            save = partial(self._ask_to_save, target=target, upload=upload, uid=uid, alone=True)
            outcome = await _unless_stopped(target.tables, save)
            return _written(outcome) if outcome is not None else None

        return attempt

    def _alone_remove(self, target: Target) -> Attempt[int] | None:
        async def attempt() -> int | None:
            remove = partial(self._ask_to_remove, target=target, alone=True)
            outcome = await _unless_stopped(target.tables, remove)
            return outcome.modified if outcome is not None else None

        return attempt if self._is_alone(target.tables) else None

    async def _ask_to_save(
        self, session: Session, target: Target, upload: Upload, uid: UidQuestion | None = None, *, alone: bool = False
    ) -> Outcome:
        return await at_once.save(
            session, target.tables, target.name, upload.content, upload.record,
            expect=target.expect, locks=target.locks, now=self._now(), uid=uid, alone=alone,
        )  # fmt: skip

    async def _ask_to_remove(self, session: Session, target: Target, *, alone: bool = False) -> Outcome:
        return await at_once.bury(
            session, target.tables, target.name,
            expect=target.expect, locks=target.locks, now=self._now(), alone=alone,
        )  # fmt: skip

    def _is_alone(self, tables: FolderTables) -> bool:
        """Whether the triggers look for what a transaction is there for; they do where tracking was prepared."""
        return self._tracking.active and _is_at_once(tables) and tables.store_engine is self._layout.store_engine

    # --- what is written ----------------------------------------------------------------------------------------------

    async def _upload(
        self,
        tables: FolderTables,
        content: str,
        quick: QuickRow,
        unique_uid: str | None,
        unindexed: bool,
        owned_at: int | None,
    ) -> Upload:
        record = await self.record(tables, quick)
        # An object without an index record may meet one of either sort.
        return Upload(content, record, unique_uid, Places(index=bool(record), texts=not record or unindexed), owned_at)

    async def record(self, tables: FolderTables, quick: QuickRow) -> dict[str, int | str | None]:
        """The columns that the index has; none for an object that shall not be listed there."""
        columns = await self._catalogue.columns(tables.quick_engine, tables.quick_name)
        if not columns:
            raise NotFound("The folder is gone.")
        return {name: value for name, value in fit(quick, columns).items() if name not in ("c_folder_id", "c_name")}

    def _now(self) -> int:
        return int(self._clock().timestamp())


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


async def _as_data_of(tables: FolderTables, once: Callable[[], Awaitable[T]], first: Attempt[T] | None = None) -> T:
    """Run a whole write, again after a conflict: what is tried `first`, then `once`. What the database cannot hold is
    the fault of the data."""

    async def attempt() -> T:
        try:
            written = await first() if first is not None else None
            return written if written is not None else await once()
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


def _written(outcome: Outcome) -> Written:
    """What became of a statement that has written."""
    row = stored(outcome.found)
    if outcome.version is None or outcome.modified is None:
        raise AssertionError("nothing was written")
    return Written(version=outcome.version, created=row is None or not row.live, modified=outcome.modified)
