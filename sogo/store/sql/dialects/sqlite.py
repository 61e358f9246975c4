"""SQLite through aiosqlite: the embedded default, one file, WAL, one writer and a few readers.

Every connection has a thread of its own, so nothing here blocks the event loop.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import aiosqlite

from sogo.store.sql.dialects.base import (
    Collation,
    Dialect,
    Mode,
    PlainDialect,
    PoolSettings,
    Row,
    Triggers,
    checked_identifier,
    plain_create,
    plain_indexes,
)
from sogo.store.sql.faults import Fault
from sogo.store.sql.placeholders import Statement, Style
from sogo.store.sql.tables import Table
from sogo.store.sql.triggers.sqlite import SQLiteTriggers
from sogo.store.sql.url import DatabaseUrl

# At DEBUG the library writes every value it binds: contents and passwords do not belong into a log.
logging.getLogger("aiosqlite").setLevel(logging.WARNING)

_TYPES = {
    **{f"v{size}": f"VARCHAR({size})" for size in (10, 80, 255, 1000, 2048, 4096)},
    **dict.fromkeys(("text", "mediumtext", "longtext"), "TEXT"),
    **dict.fromkeys(("int", "bigint", "small", "tiny"), "INTEGER"),
    # Folder ids must never be used again, which a plain INTEGER PRIMARY KEY does not promise.
    "serial": "INTEGER PRIMARY KEY AUTOINCREMENT",
}

_MESSAGES = (
    ("UNIQUE constraint failed", Fault.DUPLICATE),
    ("already exists", Fault.DUPLICATE),
    ("no such table", Fault.MISSING),
    ("database is locked", Fault.CONFLICT),
    ("database table is locked", Fault.CONFLICT),
    ("string or blob too big", Fault.UNFIT),
    ("interrupted", Fault.TIMEOUT),
    ("readonly database", Fault.DENIED),
    ("unable to open", Fault.UNREACHABLE),
    ("disk I/O error", Fault.UNREACHABLE),
    ("database or disk is full", Fault.UNREACHABLE),
    ("no active connection", Fault.DISCONNECTED),
    ("Connection closed", Fault.DISCONNECTED),
    ("Cannot operate on a closed", Fault.DISCONNECTED),
)

WAL_SECONDS = 0.02


class SQLite(PlainDialect):
    name = "sqlite"
    style = Style.QUESTION
    for_update = ""
    for_update_now = ""
    split_readers = True
    transactional_ddl = True
    triggers: Triggers | None = SQLiteTriggers()
    columns_sql = (
        "SELECT name AS column_name, CASE WHEN upper(type) LIKE 'VARCHAR(%' "
        "THEN CAST(substr(type, 9) AS INTEGER) END AS max_chars, NULL AS max_octets FROM pragma_table_info(:table)"
    )
    trigger_sql = "SELECT name AS trigger_name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
    index_sql = "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = :table AND name = :name"

    async def connect(self, url: DatabaseUrl, settings: PoolSettings) -> SQLiteConnection:
        opened: list[sqlite3.Connection] = []

        def open_file() -> sqlite3.Connection:
            connection = _open(url.database, settings.lock_seconds)
            opened.append(connection)
            return connection

        wrapped = aiosqlite.Connection(open_file, iter_chunk_size=500)
        try:
            await wrapped
        except BaseException:
            wrapped.stop()
            raise
        return SQLiteConnection(wrapped, opened[0])

    def classify(self, error: BaseException) -> Fault:
        if isinstance(error, UnicodeEncodeError | OverflowError | sqlite3.DataError):
            return Fault.UNFIT
        if isinstance(error, sqlite3.Error | ValueError):
            text = str(error)
            return next((fault for words, fault in _MESSAGES if words in text), Fault.UNKNOWN)
        return Fault.UNKNOWN

    def quote(self, table: str) -> str:
        return ".".join(f'"{part}"' for part in checked_identifier(table))

    def octets(self, column: str) -> str:
        return f"length(CAST({column} AS BLOB))"

    def create_table(self, table: Table, name: str, collation: Collation | None = None) -> list[str]:
        quoted = self.quote(name)
        if not any(column.type == "serial" for column in table.columns):
            return plain_create(table, quoted, _TYPES)
        keyless = Table(table.columns, indexes=table.indexes)
        create, *_ = plain_create(keyless, quoted, _TYPES)
        create = create.removesuffix("\n)") + f",\n  UNIQUE ({', '.join(table.key)})\n)"
        return [create, *plain_indexes(table, quoted)]


def _open(path: str, lock_seconds: float) -> sqlite3.Connection:
    """In the connection's thread. Folder and file are made when they are missing, readable by their owner only."""
    Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_private(Path(path))
    connection = sqlite3.connect(path, isolation_level=None, timeout=lock_seconds, check_same_thread=False)
    connection.row_factory = _row
    _write_ahead(connection, time.monotonic() + lock_seconds)
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _write_ahead(connection: sqlite3.Connection, until: float) -> None:
    """Turn to write-ahead logging. A new database is turned by whoever comes first, and SQLite does not let the others
    wait for it, however long they would."""
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                connection.close()
                raise
        time.sleep(WAL_SECONDS)


def make_private(path: Path) -> None:
    """Make the empty file of a new database, readable by its owner only; SQLite gives its -wal and -shm the same mode.

    A file that exists is not even opened: closing it would drop the locks this process has on it.
    """
    with suppress(OSError):  # what is wrong with the place, SQLite will say
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _row(cursor: sqlite3.Cursor, values: tuple[object, ...]) -> dict[str, object]:
    return {column[0].lower(): value for column, value in zip(cursor.description, values, strict=True)}


class SQLiteConnection:
    keeps_time = False

    def __init__(self, wrapped: aiosqlite.Connection, raw: sqlite3.Connection) -> None:
        self._wrapped, self._raw = wrapped, raw
        self._dead = False

    async def fetch(self, statement: Statement, values: Sequence[object]) -> list[Row]:
        return list(await self._wrapped.execute_fetchall(statement.text, tuple(values)))

    async def execute(self, statement: Statement, values: Sequence[object]) -> int:
        cursor = await self._wrapped.execute(statement.text, tuple(values))
        return int(cursor.rowcount)

    async def run(self, text: str) -> None:
        await self._wrapped.execute(text)

    async def stream(self, statement: Statement, values: Sequence[object], batch: int) -> AsyncIterator[list[Row]]:
        async with self._wrapped.execute(statement.text, tuple(values)) as cursor:
            while rows := list(await cursor.fetchmany(batch)):
                yield rows

    async def begin(self, mode: Mode) -> None:
        await self.run("BEGIN IMMEDIATE" if mode is Mode.WRITE else "BEGIN")

    async def commit(self) -> None:
        await self.run("COMMIT")

    async def rollback(self) -> None:
        if self._raw.in_transaction:
            await self.run("ROLLBACK")

    def is_dead(self) -> bool:
        return self._dead

    async def close(self) -> None:
        self._dead = True
        await self._wrapped.close()

    def terminate(self) -> None:
        """Interrupt what runs and let the thread close the file: an open transaction is rolled back by that."""
        self._dead = True
        with suppress(sqlite3.Error):
            self._raw.interrupt()
        self._wrapped.stop()


DIALECT: Dialect = SQLite()
