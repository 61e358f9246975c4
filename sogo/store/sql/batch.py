"""Writes objects of many folders together: all or none, each as `sogo.store.sql.writing` writes one.

1. all index records, by folder and name; a second writer of a name waits here, holding nothing that we could want,
2. lock all objects without waiting, compare them with what the caller expects,
3. lock where the folders stand, in their order, and compare those in which nobody else may have written,
4. write the objects, 5. look for their UIDs under other names.

Steps 1 to 4 are one statement where the database can (`sogo.store.sql.batch_at_once`). So no two batches wait for each
other in a circle, and none waits for a single writer that waits for it. Whatever is not as expected gives up all of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from sogo.errors import (
    AlreadyExists,
    InvalidData,
    NotFound,
    Overtaken,
    PreconditionFailed,
    StoreUnavailable,
)
from sogo.model.folder import BY_THE_CLOCK, FolderState, SyncPoint, Written
from sogo.store.interface import BatchWrite, Clock, InboxItem, Stamp
from sogo.store.mails import QueuedMail
from sogo.store.sql import batch_at_once
from sogo.store.sql.batch_at_once import Part
from sogo.store.sql.engine import Engine, Session, retrying
from sogo.store.sql.faults import Fault, fault_of, refusal
from sogo.store.sql.inbox import SqlInbox
from sogo.store.sql.layout import FolderTables, Layout
from sogo.store.sql.mail_queue import put_mails
from sogo.store.sql.records import write_record
from sogo.store.sql.schedule_tags import ScheduleTags
from sogo.store.sql.step_by_step import lock_row
from sogo.store.sql.tables import FOLDER_REVISION_NAME, INBOX_ITEM_NAME, SCHEDULE_TAG_NAME
from sogo.store.sql.target import StoredRow, Target
from sogo.store.sql.tracking import Tracking
from sogo.store.sql.uids import Places, refuse_second_uid, refuse_second_uids
from sogo.store.sql.values import chunks, in_list
from sogo.store.sql.writing import ObjectWriter

_GONE = "The folder is gone."
_CHANGED = "The object has changed meanwhile."


@dataclass(frozen=True, slots=True)
class _Task:
    """One write, with its place in the batch."""

    number: int
    write: BatchWrite
    target: Target
    record: dict[str, int | str | None]

    @property
    def tables(self) -> FolderTables:
        return self.target.tables

    @property
    def place(self) -> tuple[int, str]:
        return (self.tables.folder.id, self.write.name)


Sessions = Mapping[Engine, Session]


class BatchWriter:
    """`write_all` and `stamps` of `interface.FolderStore`. `missing` as in `FolderStates`."""

    def __init__(
        self,
        layout: Layout,
        tracking: Tracking,
        clock: Clock,
        missing: Collection[str],
        writer: ObjectWriter,
        tags: ScheduleTags,
    ) -> None:
        self._layout, self._tracking, self._clock, self._missing = layout, tracking, clock, missing
        self._writer, self._tags = writer, tags

    async def stamps(self, states: Sequence[FolderState]) -> list[Stamp]:
        return [
            Stamp(state.folder, str(state.point), by_revision=True)
            if state.point.generation != BY_THE_CLOCK
            else Stamp(state.folder, await self._counted(self._layout.tables(state.folder)), by_revision=False)
            for state in states
        ]

    async def write_all(
        self,
        writes: Sequence[BatchWrite],
        *,
        unchanged: Sequence[Stamp],
        inbox: Sequence[InboxItem],
        mails: Sequence[QueuedMail],
    ) -> list[Written]:
        tasks = sorted([await self._task(number, write) for number, write in enumerate(writes)], key=lambda t: t.place)
        if len({task.place for task in tasks}) < len(tasks):
            raise ValueError("a batch writes each object once")
        delivered = inbox if INBOX_ITEM_NAME not in self._missing else ()
        stamps = sorted(unchanged, key=lambda stamp: stamp.folder.id)

        async def once() -> dict[int, Written]:
            async with self._transactions(tasks, stamps, told=bool(delivered or mails)) as sessions:
                done = await self._write(sessions, tasks, stamps, delivered)
                if mails:
                    await put_mails(sessions[self._layout.info_engine], mails, self._now())
                return done

        written = await _as_data_of(tasks, once)
        await self._keep_apart(tasks, written)
        return [written[number] for number in range(len(writes))]

    async def _task(self, number: int, write: BatchWrite) -> _Task:
        target = await self._writer.target(write.folder, write.name, write.expect, write.seen)
        record = await self._writer.record(target.tables, write.quick) if write.content is not None else {}
        return _Task(number, write, target, record)

    # --- transactions -------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _transactions(
        self, tasks: Sequence[_Task], stamps: Sequence[Stamp], *, told: bool
    ) -> AsyncIterator[Sessions]:
        """One for each database. Stores are committed before indexes, as with single writes."""
        stores = [task.tables.store_engine for task in tasks]
        stores += [self._layout.tables(stamp.folder).store_engine for stamp in stamps]
        engines = dict.fromkeys([task.tables.quick_engine for task in tasks if not task.tables.one_database])
        engines |= dict.fromkeys([self._layout.info_engine] if told else [])
        for engine in sorted(set(stores), key=lambda engine: str(engine.url)):
            engines.pop(engine, None)
            engines[engine] = None
        async with AsyncExitStack() as stack:
            yield {engine: await stack.enter_async_context(engine.transaction()) for engine in engines}

    async def _write(
        self, sessions: Sessions, tasks: Sequence[_Task], stamps: Sequence[Stamp], inbox: Sequence[InboxItem]
    ) -> dict[int, Written]:
        written: dict[int, Written] = {}
        here = self._layout.info_engine
        for engine, session in sessions.items():
            its_tasks = [task for task in tasks if task.tables.store_engine is engine]
            its_stamps = [stamp for stamp in stamps if self._layout.tables(stamp.folder).store_engine is engine]
            if self._is_at_once(its_tasks):
                delivered = inbox if engine is here else ()
                written |= await self._at_once(session, its_tasks, its_stamps, delivered)
                inbox = () if delivered else inbox
            elif its_tasks or its_stamps:
                written |= await self._step_by_step(sessions, session, its_tasks, its_stamps)
            await self._refuse_second_uids(sessions, session, its_tasks)
        if inbox:
            await SqlInbox(here, self._clock).deliver(sessions[here], inbox)
        return written

    def _is_at_once(self, tasks: Sequence[_Task]) -> bool:
        return (
            bool(tasks)
            and self._tracking.active
            and tasks[0].tables.dialect.writes_in_queries
            and all(task.tables.one_database for task in tasks)
        )

    # --- one statement ------------------------------------------------------------------------------------------------

    async def _at_once(
        self, session: Session, tasks: Sequence[_Task], stamps: Sequence[Stamp], inbox: Sequence[InboxItem]
    ) -> dict[int, Written]:
        written: dict[int, Written] = {}
        width = len(tasks) if self._layout.single else batch_at_once.FOLDERS_AT_ONCE
        places: dict[int, tuple[str, int]] = {}
        waiting = list(stamps)
        for chunk in chunks(tasks, width):
            locked = [task for task in chunk if task.target.locks is not None]
            parts = [Part(task.number, task.tables, task.write, task.record) for task in chunk]
            ids = {task.tables.folder.id for task in chunk} | {stamp.folder.id for stamp in waiting}
            done = await batch_at_once.write(
                session, parts, sorted(ids), locks=locked[0].target.locks if locked else None, inbox=inbox,
                keeps_tags=self._keeps_tags(chunk[0].tables), now=self._now(),
            )  # fmt: skip
            places |= {folder: place for folder, place in done.places.items() if folder not in places}
            inbox, waiting = (), []
            unwritten = any(outcome.version is None for outcome in done.outcomes.values())
            for task in locked if unwritten else locked[1:]:
                await _look(session, task)
            written |= {task.number: _outcome(task, done) for task in chunk}
        marks = {folder: str(SyncPoint(*place)) for folder, place in places.items()}
        _compare_stamps(stamps, marks, by_revision=True)
        return written

    def _keeps_tags(self, tables: FolderTables) -> bool:
        return SCHEDULE_TAG_NAME not in self._missing and tables.store_engine is self._layout.info_engine

    # --- step by step -------------------------------------------------------------------------------------------------

    async def _step_by_step(
        self, sessions: Sessions, store: Session, tasks: Sequence[_Task], stamps: Sequence[Stamp]
    ) -> dict[int, Written]:
        for task in tasks:
            await write_record(_index(sessions, task), task.target, task.record)
        rows: dict[int, StoredRow | None] = {}
        for task in tasks:
            rows[task.number] = await lock_row(store, task.target)
            _compare(task, rows[task.number])
        await self._compare_places(store, tasks, stamps)
        written: dict[int, Written] = {}
        for task in tasks:
            written[task.number] = await self._write_row(store, task, rows[task.number])
        for task in tasks:
            if task.target.locks is not None and not self._tracking.active:
                await _look(store, task)
        for task in tasks:
            if task.write.keeps_tag is not None and self._keeps_tags(task.tables):
                done = written[task.number]
                await self._tags.keep(store, task.tables.folder, task.write.name, done, task.write.keeps_tag)
        return written

    async def _write_row(self, store: Session, task: _Task, row: StoredRow | None) -> Written:
        if task.write.content is not None:
            return await self._writer.steps.write_row(store, task.target, task.write.content, row)
        if row is None:
            raise Overtaken(_CHANGED, name=task.write.name)
        return Written(row.version, created=False, modified=await self._writer.steps.bury_row(store, task.target, row))

    async def _compare_places(self, store: Session, tasks: Sequence[_Task], stamps: Sequence[Stamp]) -> None:
        """Hold the folders, in the order of their ids, until the transaction ends."""
        ids = sorted({task.tables.folder.id for task in tasks} | {stamp.folder.id for stamp in stamps})
        listed, values = in_list("f", ids)
        if store.dialect.for_update and self._is_beside_registry(tasks, stamps):
            await store.fetch(
                f"SELECT c_folder_id FROM {self._layout.info} WHERE c_folder_id IN ({listed}) "
                f"ORDER BY c_folder_id{store.dialect.for_update}",
                **values,
            )
        if self._tracking.active:
            rows = await store.fetch(
                f"SELECT c_folder_id, c_generation, c_revision FROM {FOLDER_REVISION_NAME} "
                f"WHERE c_folder_id IN ({listed}) ORDER BY c_folder_id{store.dialect.for_update}",
                **values,
            )
            points = {
                int(row["c_folder_id"]): str(SyncPoint(row["c_generation"], int(row["c_revision"]))) for row in rows
            }
            _compare_stamps(stamps, points, by_revision=True)
            return
        marks = {stamp.folder.id: await _count(store, self._layout.tables(stamp.folder)) for stamp in stamps}
        _compare_stamps(stamps, marks, by_revision=False)

    def _is_beside_registry(self, tasks: Sequence[_Task], stamps: Sequence[Stamp]) -> bool:
        tables = [task.tables for task in tasks] or [self._layout.tables(stamp.folder) for stamp in stamps]
        return tables[0].store_engine is self._layout.info_engine

    async def _counted(self, tables: FolderTables) -> str:
        return await _count(tables.store_engine, tables)

    # --- what follows -------------------------------------------------------------------------------------------------

    async def _refuse_second_uids(self, sessions: Sessions, store: Session, tasks: Sequence[_Task]) -> None:
        looking = [task for task in tasks if task.write.unique_uid is not None and task.write.content is not None]
        indexed = [task for task in looking if task.record]
        together = [task for task in indexed if task.tables.one_database]
        uids = [(task.tables, task.write.name, task.write.unique_uid or "") for task in together]
        await refuse_second_uids(store, uids)
        for task in looking:
            apart = bool(task.record) and not task.tables.one_database
            places = Places(index=apart, texts=not task.record or task.write.unindexed)
            if places.index or places.texts:
                index, uid = _index(sessions, task), task.write.unique_uid or ""
                await refuse_second_uid(index, store, task.tables, task.write.name, uid, places)

    async def _keep_apart(self, tasks: Sequence[_Task], written: Mapping[int, Written]) -> None:
        """Schedule tags of objects that lie in another database than our table."""
        for task in tasks:
            tag = task.write.keeps_tag
            if tag is None or self._keeps_tags(task.tables) or SCHEDULE_TAG_NAME in self._missing:
                continue
            with suppress(StoreUnavailable):  # it is then a new tag, which costs a client one question more
                await self._tags.keep(self._tags.engine, task.tables.folder, task.write.name, written[task.number], tag)

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _index(sessions: Sessions, task: _Task) -> Session:
    return sessions[task.tables.quick_engine]


def _outcome(task: _Task, done: batch_at_once.Done) -> Written:
    """Raises Overtaken when the object was not written."""
    outcome = done.outcomes[task.number]
    row = outcome.found
    was_live = row is not None and row["c_deleted"] != 1
    if outcome.version is None or outcome.modified is None:
        raise Overtaken(_CHANGED, name=task.write.name)
    created = not was_live and task.write.content is not None
    return Written(outcome.version, created=created, modified=outcome.modified)


async def _look(session: Session, task: _Task) -> None:
    if task.target.locks is not None:
        await task.target.locks.look(session)


def _compare(task: _Task, row: StoredRow | None) -> None:
    expect, live = task.write.expect, row is not None and row.live
    wanted = expect.present or expect.version is not None or task.write.content is None
    if (
        (expect.absent and live)
        or (wanted and not live)
        or (row is not None and live and expect.version not in (None, row.version))
    ):
        raise Overtaken(_CHANGED, name=task.write.name)


def _compare_stamps(stamps: Iterable[Stamp], marks: Mapping[int, str], *, by_revision: bool) -> None:
    for stamp in stamps:
        if stamp.by_revision is not by_revision or marks.get(stamp.folder.id) != stamp.mark:
            raise Overtaken("A folder has changed meanwhile.", folder=stamp.folder.path)


async def _count(database: Engine | Session, tables: FolderTables) -> str:
    """Where changes are not counted: a new object is one more, a change raises a version, a removal a mark."""
    row = await database.fetch_one(
        "SELECT COUNT(*) AS n, SUM(c_version) AS versions, MAX(c_lastmodified) AS modified, "
        f"SUM(CASE WHEN c_deleted = 1 THEN 1 ELSE 0 END) AS gone FROM {tables.store} "
        f"WHERE {tables.of_folder()}1 = 1",
        folder=tables.folder.id,
    )
    return "-".join(str(int(value or 0)) for value in row.values()) if row is not None else ""


async def _as_data_of(tasks: Sequence[_Task], once: Callable[[], Awaitable[dict[int, Written]]]) -> dict[int, Written]:
    """Run the whole batch, again after a conflict."""

    async def attempt() -> dict[int, Written]:
        try:
            return await once()
        except AlreadyExists as error:
            raise refusal(Fault.CONFLICT, error) from error

    try:
        return await retrying(attempt)
    except PreconditionFailed as error:
        raise Overtaken(error.public) from error
    except StoreUnavailable as error:
        if fault_of(error) is Fault.MISSING and any(not task.tables.single for task in tasks):
            raise NotFound(_GONE) from error
        raise
    except InvalidData as error:
        if fault_of(error) is not Fault.UNFIT:
            raise
        raise InvalidData(error.public, rule="valid-calendar-data", cause=error.fields.get("cause")) from error
