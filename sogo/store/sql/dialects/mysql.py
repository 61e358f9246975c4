"""MySQL and MariaDB through aiomysql.

The connection always speaks utf8mb4, whatever MySQL4Encoding says: an emoji is stored where the table can hold it.
Where it cannot (a utf8 table), strict mode makes the server refuse the text instead of cutting it silently.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiomysql
import pymysql
from pymysql.constants import CLIENT

from sogo.store.sql.dialects.base import (
    Collation,
    Dialect,
    Mode,
    MysqlTls,
    PlainDialect,
    PoolSettings,
    Row,
    Triggers,
    checked_identifier,
    key_is,
    plain_create,
)
from sogo.store.sql.faults import Fault
from sogo.store.sql.placeholders import Statement, Style
from sogo.store.sql.tables import Table
from sogo.store.sql.triggers.mysql import MySQLTriggers
from sogo.store.sql.url import DatabaseUrl

DEFAULT_SOCKETS = ("/run/mysqld/mysqld.sock", "/var/lib/mysql/mysql.sock", "/tmp/mysql.sock")  # noqa: S108 - where some builds put it

_TYPES = {
    **{f"v{size}": f"VARCHAR({size})" for size in (10, 80, 255, 1000, 2048, 4096)},
    "text": "TEXT",
    "mediumtext": "MEDIUMTEXT",
    "longtext": "LONGTEXT",
    "int": "INT",
    "bigint": "BIGINT",
    "small": "TINYINT",
    "tiny": "TINYINT UNSIGNED",
    "serial": "SERIAL",
}

_FAULTS = {
    **dict.fromkeys((1062, 1050, 1061, 1359), Fault.DUPLICATE),
    **dict.fromkeys((1213, 1205, 3572, 1020), Fault.CONFLICT),
    **dict.fromkeys((1146, 1051), Fault.MISSING),
    **dict.fromkeys((1142, 1143, 1044, 1227, 1370, 1419), Fault.DENIED),
    **dict.fromkeys((1366, 1406, 1264, 3988), Fault.UNFIT),
    **dict.fromkeys((1969, 3024), Fault.TIMEOUT),
    **dict.fromkeys((0, 2006, 2013, 2014, 2055, 1053, 1077, 1317, 1927, 4031), Fault.DISCONNECTED),
    **dict.fromkeys((1021, 1040, 1045, 1047, 1049, 1114, 1203, 1290, 1836, 2002, 2003, 2005), Fault.UNREACHABLE),
}


SKIP_LOCKED = " SKIP LOCKED"
_MARIADB_SINCE = {" NOWAIT": (10, 3), SKIP_LOCKED: (10, 6)}
_MYSQL_SINCE = {" NOWAIT": (8, 0), SKIP_LOCKED: (8, 0)}


class MySQL(PlainDialect):
    name = "mysql"
    style = Style.FORMAT
    set_up_lock = "SELECT GET_LOCK('sogo-set-up', 30) AS locked"
    set_up_unlock = "SELECT RELEASE_LOCK('sogo-set-up') AS released"
    triggers: Triggers | None = MySQLTriggers()
    columns_sql = (
        "SELECT column_name AS column_name, character_maximum_length AS max_chars, "
        "character_octet_length AS max_octets, character_set_name AS charset, collation_name AS collation "
        "FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = :table"
    )
    trigger_sql = (
        "SELECT trigger_name AS trigger_name FROM information_schema.triggers "
        "WHERE event_object_schema = DATABASE() AND event_object_table = :table"
    )
    index_sql = (
        "SELECT index_name FROM information_schema.statistics "
        "WHERE table_schema = DATABASE() AND table_name = :table AND index_name = :name"
    )
    collation_sql = "SELECT @@character_set_database AS charset, @@collation_database AS collation"

    async def connect(self, url: DatabaseUrl, settings: PoolSettings) -> MySQLConnection:
        raw = await aiomysql.connect(
            **_place(url),
            user=url.user or None,
            password=url.password.reveal(),
            db=url.database,
            charset="utf8mb4",
            autocommit=True,
            connect_timeout=settings.connect_seconds,
            client_flag=CLIENT.FOUND_ROWS,
            ssl=_tls_context(settings.mysql_tls),
            program_name="sogo",
        )
        connection = MySQLConnection(raw)
        try:
            await _set_up(connection, settings)
        except BaseException:
            connection.terminate()
            raise
        return connection

    def classify(self, error: BaseException) -> Fault:
        if isinstance(error, pymysql.err.MySQLError):
            code = error.args[0] if error.args else 0
            return _FAULTS.get(code, Fault.UNKNOWN) if isinstance(code, int) else Fault.DISCONNECTED
        if isinstance(error, UnicodeEncodeError):
            return Fault.UNFIT
        if isinstance(error, OSError | EOFError | RuntimeError):
            return Fault.DISCONNECTED
        return Fault.UNKNOWN

    def quote(self, table: str) -> str:
        return ".".join(f"`{part}`" for part in checked_identifier(table))

    def octets(self, column: str) -> str:
        return f"LENGTH({column})"

    def united(self, column: str) -> str:
        return f"CONVERT({column} USING utf8mb4) COLLATE utf8mb4_bin"

    def upsert(self, table: str, columns: Sequence[str], key: Sequence[str]) -> str:
        values = ", ".join(f":{column}" for column in columns)
        changes = ", ".join(f"{column} = VALUES({column})" for column in columns if column not in key)
        return (
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) "
            f"ON DUPLICATE KEY UPDATE {changes or f'{key[0]} = {key[0]}'}"
        )

    def update_untaken(self, table: str, key: Sequence[str], changes: str, condition: str) -> str:
        """An UPDATE alone waits for the row. So it is locked by a query that does not, and read by what that gives."""
        columns = ", ".join(key)
        untaken = f"SELECT {columns} FROM {table} WHERE {key_is(key)} LIMIT 1 FOR UPDATE{SKIP_LOCKED}"
        same = " AND ".join(f"s.{column} = l.{column}" for column in key)
        return f"UPDATE ({untaken}) l STRAIGHT_JOIN {table} s ON {same} SET {changes} WHERE {condition}"

    def drop_index(self, name: str, table: str) -> str:
        return f"DROP INDEX {name} ON {table}"

    def create_table(self, table: Table, name: str, collation: Collation | None = None) -> list[str]:
        charset = "utf8mb4 COLLATE utf8mb4_bin" if table.binary else "utf8mb4"
        if collation is not None:
            charset = " COLLATE ".join(collation)
        suffix = f" ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT CHARSET={charset}"
        return plain_create(table, self.quote(name), _TYPES, suffix)


def _place(url: DatabaseUrl) -> dict[str, Any]:
    """Where to connect. Like the C library, "localhost" and no host at all mean the local socket, if there is one."""
    if url.host.startswith("/"):
        return {"unix_socket": url.host}
    if url.host in ("", "localhost"):
        for path in (os.environ.get("MYSQL_UNIX_PORT", ""), *DEFAULT_SOCKETS):
            if path and url.port in (0, 3306) and Path(path).exists():
                return {"unix_socket": path}
    return {"host": url.host or "localhost", "port": url.port or 3306}


def _tls_context(tls: MysqlTls) -> ssl.SSLContext | None:
    """The chain is checked when an authority is configured; host names are not, as in the original."""
    if not tls.enabled:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED if tls.authority else ssl.CERT_NONE
    if tls.authority:
        context.load_verify_locations(tls.authority)
    if tls.certificate:
        context.load_cert_chain(tls.certificate, tls.key)
    return context


async def _set_up(connection: MySQLConnection, settings: PoolSettings) -> None:
    lock_seconds, statement_seconds = max(1, int(settings.lock_seconds)), max(1, int(settings.statement_seconds))
    await connection.run("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
    await connection.run(
        f"SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES'), innodb_lock_wait_timeout = {lock_seconds}"
    )
    if "MariaDB" in connection.server_version:
        await connection.run(f"SET SESSION max_statement_time = {statement_seconds}")
    else:
        await connection.run(f"SET SESSION max_execution_time = {statement_seconds * 1000}")


class MySQLConnection:
    keeps_time = False

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._streaming = False
        self._unknown = _unknown_words(self.server_version)

    @property
    def server_version(self) -> str:
        return str(self._raw.get_server_info())

    async def fetch(self, statement: Statement, values: Sequence[object]) -> list[Row]:
        async with self._raw.cursor() as cursor:
            await cursor.execute(self._understood(statement), tuple(values))
            return _rows(cursor, await cursor.fetchall())

    async def execute(self, statement: Statement, values: Sequence[object]) -> int:
        async with self._raw.cursor() as cursor:
            await cursor.execute(self._understood(statement), tuple(values))
            return int(cursor.rowcount)

    def _understood(self, statement: Statement) -> str:
        """The text without the words that an older server does not know: it waits for a lock as long as
        innodb_lock_wait_timeout says."""
        text = statement.text
        for words in self._unknown:
            text = text.replace(words, "")
        return text

    async def run(self, text: str) -> None:
        await self._raw.query(text)

    async def stream(self, statement: Statement, values: Sequence[object], batch: int) -> AsyncIterator[list[Row]]:
        self._streaming = True
        cursor = await self._raw.cursor(aiomysql.SSCursor)
        await cursor.execute(statement.text, tuple(values))
        while rows := await cursor.fetchmany(batch):
            yield _rows(cursor, rows)
        await cursor.close()
        self._streaming = False

    async def begin(self, mode: Mode) -> None:
        if mode is Mode.SNAPSHOT:
            await self.run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            await self.run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        else:
            await self.run("START TRANSACTION")

    async def commit(self) -> None:
        await self.run("COMMIT")

    async def rollback(self) -> None:
        if self._streaming:
            # Rows are still on their way; nothing else can be asked on this connection.
            self.terminate()
        else:
            await self.run("ROLLBACK")

    def is_dead(self) -> bool:
        reader = self._raw._reader
        return bool(self._raw.closed or reader is None or reader.at_eof() or reader.exception() is not None)

    async def close(self) -> None:
        await self._raw.ensure_closed()

    def terminate(self) -> None:
        self._raw.close()


def _unknown_words(version: str) -> list[str]:
    """What a server is too old for."""
    numbers = tuple(int(part) for part in re.findall(r"\d+", version.removeprefix("5.5.5-"))[:2])
    since = _MARIADB_SINCE if "MariaDB" in version else _MYSQL_SINCE
    return [words for words, first in since.items() if numbers < first]


def _rows(cursor: Any, rows: Sequence[Sequence[object]]) -> list[Row]:
    names = [column[0].lower() for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows]


DIALECT: Dialect = MySQL()
