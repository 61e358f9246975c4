"""Writes an object by two statements, when it is still as the request found it: the index record, then the row.

The order is that of `sogo.store.sql.step_by_step`. What is asked there step by step are conditions of the statement
that writes the row, and none of them is looked at before what it depends on is ours:

- a change or removal takes the row only if nobody else has it (we never wait for an object while we hold its index
  record), at the version that was found; then locks are looked for,
- a new object first locks the folder in the registry. There those stand in line who bring a UID, and who grants a lock
  passes through it; then UID and locks are looked for. The row comes after: by its trigger it waits for the folder's
  revision, and whoever holds that waits for nothing of ours. That the name is free, the index record has told.

Which condition failed nobody can say: the transaction is given up, and the steps say the reason. Only where triggers
keep change order, and registry, index and store are one database; where queries write, `sogo.store.sql.at_once` costs
less.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sogo.errors import AlreadyExists
from sogo.model.folder import Written
from sogo.store.interface import NOT_THERE, Clock
from sogo.store.sql.engine import Session
from sogo.store.sql.layout import Layout, live
from sogo.store.sql.records import add_record, delete_record, write_record
from sogo.store.sql.target import StoredRow, Target, Upload
from sogo.store.sql.tracking import Tracking
from sogo.store.sql.uids import is_in_index_only, no_second_uid, uid_values

T = TypeVar("T")

_FOLDER_IS_OURS = "r.c_path <> ''"
_ROW_IS_OURS = "s.c_lastmodified >= 0"
"""Conditions that always hold and that no database can know to hold before it has read the row."""

Attempt = Callable[[], Awaitable[T | None]]
"""A transaction of its own that is tried before the steps are taken: None where nothing was written."""


class _Missed(Exception):
    """A condition did not hold."""


class GuardedWriter:
    """`save` and `remove` give what may be tried first, or None where only the steps will do."""

    def __init__(self, layout: Layout, tracking: Tracking, clock: Clock) -> None:
        self._layout, self._tracking, self._clock = layout, tracking, clock

    def save(self, target: Target, upload: Upload) -> Attempt[Written] | None:
        if not self._is_possible(target) or target.found is None:
            return None
        if target.found == NOT_THERE:
            if not _may_be_added(target, upload):
                return None
            return self._trying(target, lambda store: self._add(store, target, upload))
        seen = StoredRow(target.found, 0, live=True)
        if not _is_expected(target, target.found) or upload.brings_uid(seen):
            return None
        version = target.found
        return self._trying(target, lambda store: self._change(store, target, upload, version))

    def remove(self, target: Target) -> Attempt[int] | None:
        if not self._is_possible(target) or target.found is None or not _is_expected(target, target.found):
            return None
        version = target.found
        return self._trying(target, lambda store: self._bury(store, target, version))

    def _is_possible(self, target: Target) -> bool:
        tables = target.tables
        is_here = tables.one_database and tables.store_engine is self._layout.info_engine
        return self._tracking.active and is_here and not tables.dialect.writes_in_queries

    def _trying(self, target: Target, work: Callable[[Session], Awaitable[T]]) -> Attempt[T]:
        async def attempt() -> T | None:
            try:
                async with target.tables.store_engine.transaction() as store:
                    return await work(store)
            except (_Missed, AlreadyExists):
                return None

        return attempt

    async def _add(self, store: Session, target: Target, upload: Upload) -> Written:
        tables, now = target.tables, self._now()
        await add_record(store, target, upload.record)
        columns = [*tables.key_columns, "c_content", "c_creationdate", "c_lastmodified", "c_version", "c_deleted"]
        values = [*(f":{key}" for key in tables.key_columns), ":content", ":now", ":now", "0", ":alive"]
        folder = f"SELECT c_path FROM {self._layout.info} WHERE c_folder_id = :c_folder_id{store.dialect.for_update}"
        alone = f" AND {no_second_uid(tables, _FOLDER_IS_OURS)}" if upload.uid is not None else ""
        matched = await store.execute(
            f"INSERT INTO {tables.store} ({', '.join(columns)}) SELECT {', '.join(values)} FROM ({folder}) r "
            f"WHERE {_FOLDER_IS_OURS}{alone}{target.free_once(_FOLDER_IS_OURS)}",
            **{**target.keys, **target.lock_values, **uid_values(upload.uid)},
            content=upload.content,
            now=now,
            alive=store.dialect.false_mark,
        )
        _require(matched)
        return Written(version=0, created=True, modified=now)

    async def _change(self, store: Session, target: Target, upload: Upload, version: int) -> Written:
        now = self._now()
        await write_record(store, target, upload.record)
        changes = "c_content = :content, c_lastmodified = :now, c_version = :version"
        await self._update(store, target, changes, version, now, content=upload.content, version=version + 1)
        return Written(version=version + 1, created=False, modified=now)

    async def _bury(self, store: Session, target: Target, version: int) -> int:
        now = self._now()
        await delete_record(store, target)
        await self._update(store, target, "c_deleted = 1, c_lastmodified = :now", version, now)
        return now

    async def _update(
        self, store: Session, target: Target, changes: str, base: int, now: int, **values: object
    ) -> None:
        """A row that is newer than our clock keeps its time, which is read step by step."""
        tables = target.tables
        condition = f"s.c_version = :base AND {live('s')} AND s.c_lastmodified <= :now{target.free_once(_ROW_IS_OURS)}"
        sql = store.dialect.update_untaken(tables.store, tables.key_columns, changes, condition)
        matched = await store.execute(sql, **{**target.keys, **target.lock_values}, base=base, now=now, **values)
        _require(matched)

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _is_expected(target: Target, version: int) -> bool:
    expect = target.expect
    return version >= 0 and not expect.absent and expect.version in (None, version)


def _may_be_added(target: Target, upload: Upload) -> bool:
    """The index record tells at once when the name is taken, before we wait for an object that is there after all."""
    expected = not target.expect.present and target.expect.version is None
    return expected and bool(upload.record) and (upload.uid is None or is_in_index_only(target.tables, upload.places))


def _require(matched: int) -> None:
    if matched != 1:
        raise _Missed
