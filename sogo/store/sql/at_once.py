"""Writes an object by one statement, where a query may write and its parts read each other's outcome (PostgreSQL).

The parts keep the order of `sogo.store.sql.writing` by reading from the one before: the index record is written, and a
second writer of the name waits there; then the object's row is locked without waiting, in its latest version; then it
is written if it is what the writer expects. Triggers run at the end, after all of it. Nothing is decided here: the row
that was found is told along, and a transaction whose row was not written is given up by the caller.

Where the triggers look for what a writer cannot see, the statement needs no transaction around it and is `alone`: it
fails by itself, with STOPPED, when its row was not written, a UID is taken or the triggers do not stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sogo.store.interface import Expect
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Session
from sogo.store.sql.layout import FolderTables, live
from sogo.store.sql.seen_locks import SETTING as LOCKS
from sogo.store.sql.seen_locks import SeenLocks
from sogo.store.sql.triggers import stop_unless_tracked
from sogo.store.sql.uids import SETTING as UID
from sogo.store.sql.uids import UidQuestion

_LOCKED_IS_RIGHT = (
    f"CASE WHEN {live('l')} THEN CAST(:live_ok AS INTEGER) = 1 "
    "AND (CAST(:base AS INTEGER) IS NULL OR l.c_version = CAST(:base AS INTEGER)) "
    "ELSE CAST(:dead_ok AS INTEGER) = 1 END"
)
_FOUND = "l.c_version AS c_version, l.c_lastmodified AS c_lastmodified, l.c_deleted AS c_deleted"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The row as it was when it was locked, None when there was none; and the row as it was written, if it was."""

    found: Row | None
    version: int | None
    modified: int | None


async def save(
    session: Session,
    tables: FolderTables,
    name: str,
    content: str,
    record: Mapping[str, int | str | None],
    *,
    expect: Expect,
    locks: SeenLocks | None,
    now: int,
    uid: UidQuestion | None = None,
    alone: bool = False,
) -> Outcome:
    """Write content, and the index record or none for an empty one. A tombstone becomes an object again, and a name
    that is free a new one."""
    noted, guard = f"DELETE FROM {tables.quick} WHERE {_key(tables, '')}", _unindexed(tables) + _free(locks)
    if record:
        noted = session.dialect.upsert(tables.quick, [*tables.key_columns, *record], tables.key_columns)
        guard = _free(locks)
    may_be_new = expect.version is None and not expect.present
    sql = (
        f"WITH record AS ({noted} RETURNING 1 AS one), {_locked(session, tables)}, "
        f"updated AS (UPDATE {tables.store} s SET c_content = :content, c_version = l.c_version + 1, "
        "c_lastmodified = GREATEST(CAST(:now AS INTEGER), l.c_lastmodified), "
        "c_creationdate = CASE WHEN l.c_deleted = 1 THEN CAST(:now AS INTEGER) ELSE s.c_creationdate END, "
        "c_deleted = CASE WHEN l.c_deleted = 1 THEN NULL ELSE s.c_deleted END "
        f"FROM locked l WHERE {_key(tables)} AND {_LOCKED_IS_RIGHT}{guard} RETURNING s.c_version, s.c_lastmodified), "
        f"inserted AS (INSERT INTO {tables.store} ({_store_columns(tables)}) SELECT {_store_values(tables)} "
        f"WHERE CAST(:dead_ok AS INTEGER) = 1 AND NOT EXISTS (SELECT 1 FROM locked){_free(locks)} "
        "RETURNING c_version, c_lastmodified) "
        f"{_told(session, tables, '(SELECT * FROM updated UNION ALL SELECT * FROM inserted)', locks, uid, alone=alone)}"
    )
    row = await session.fetch_one(
        sql,
        c_folder_id=tables.folder.id,
        c_name=name,
        content=content,
        now=now,
        live_ok=int(not expect.absent),
        dead_ok=int(may_be_new),
        base=expect.version,
        **_of(locks),
        **(uid.values if uid is not None else {}),
        **record,
    )
    return _outcome(row)


async def bury(
    session: Session,
    tables: FolderTables,
    name: str,
    *,
    expect: Expect,
    locks: SeenLocks | None,
    now: int,
    alone: bool = False,
) -> Outcome:
    """Drop the index record and leave a tombstone; a tombstone that was there before stays as it is."""
    sql = (
        f"WITH record AS (DELETE FROM {tables.quick} WHERE {_key(tables, '')} RETURNING 1 AS one), "
        f"{_locked(session, tables)}, "
        f"buried AS (UPDATE {tables.store} s SET c_deleted = 1, "
        "c_lastmodified = GREATEST(CAST(:now AS INTEGER), l.c_lastmodified) "
        f"FROM locked l WHERE {_key(tables)} AND {_LOCKED_IS_RIGHT}{_unindexed(tables)}{_free(locks)} "
        "RETURNING s.c_version, s.c_lastmodified) "
        f"{_told(session, tables, 'buried', locks, None, alone=alone)}"
    )
    row = await session.fetch_one(
        sql,
        c_folder_id=tables.folder.id,
        c_name=name,
        now=now,
        live_ok=int(not expect.absent),
        dead_ok=0,
        base=expect.version,
        **_of(locks),
    )
    return _outcome(row)


def _locked(session: Session, tables: FolderTables) -> str:
    """The object's row, once the index record is written. The lock follows the row to its latest version."""
    return (
        f"locked AS (SELECT s.c_version, s.c_lastmodified, s.c_deleted FROM {tables.store} s WHERE {_key(tables)} "
        f"AND (SELECT COUNT(*) FROM record) >= 0{session.dialect.for_update_now})"
    )


def _free(locks: SeenLocks | None) -> str:
    return f" AND {locks.free}" if locks is not None else ""


def _unindexed(tables: FolderTables) -> str:
    """The condition that no index record is left behind. A DELETE does not see the record of who has committed since
    this statement began, though the lock follows the object to what that writer made of it."""
    return (
        " AND ((SELECT COUNT(*) FROM record) > 0 OR EXISTS (SELECT 1 FROM "
        f"{tables.store} b WHERE {_key(tables, 'b.')} AND b.c_version = l.c_version "
        "AND b.c_deleted IS NOT DISTINCT FROM l.c_deleted))"
    )


def _of(locks: SeenLocks | None) -> Mapping[str, object]:
    return {**locks.values, "locks": locks.setting} if locks is not None else {}


def _told(
    session: Session,
    tables: FolderTables,
    written: str,
    locks: SeenLocks | None,
    uid: UidQuestion | None,
    *,
    alone: bool,
) -> str:
    """The answer. On its way the trigger is told which locks were seen, and which UID nobody else may have: it looks
    when the folder is its own, and this statement, which may have waited for another writer, still sees what was there
    when it began."""
    columns = [_FOUND, "w.c_version AS new_version, w.c_lastmodified AS new_modified"]
    if locks is not None:
        columns.append(f"set_config('{LOCKS}', CAST(:locks AS TEXT), TRUE) AS told_locks")
    if uid is not None:
        owned = f"l.c_version = CAST(:owned_at AS INTEGER) AND {live('l')}"
        columns.append(
            f"set_config('{UID}', CASE WHEN {owned} THEN '' ELSE CAST(:asked AS TEXT) END, TRUE) AS told_uid"
        )
    if alone:
        columns.append(
            f"{stop_unless_tracked(session.dialect, tables.store_name, 'w.c_version IS NOT NULL')} AS stopped"
        )
    return f"SELECT {', '.join(columns)} FROM (SELECT 1) o LEFT JOIN locked l ON TRUE LEFT JOIN {written} w ON TRUE"


def _key(tables: FolderTables, alias: str = "s.") -> str:
    return " AND ".join(f"{alias}{column} = :{column}" for column in tables.key_columns)


def _store_columns(tables: FolderTables) -> str:
    return ", ".join([*tables.key_columns, "c_content", "c_creationdate", "c_lastmodified", "c_version", "c_deleted"])


def _store_values(tables: FolderTables) -> str:
    types = {"c_folder_id": "INTEGER", "c_name": "VARCHAR"}
    keys: Sequence[str] = [f"CAST(:{column} AS {types[column]})" for column in tables.key_columns]
    return ", ".join([*keys, "CAST(:content AS TEXT)", *["CAST(:now AS INTEGER)"] * 2, "0", "NULL"])


def _outcome(row: Row | None) -> Outcome:
    if row is None:
        return Outcome(None, None, None)
    found = row if row["c_version"] is not None else None
    return Outcome(found, row["new_version"], row["new_modified"])
