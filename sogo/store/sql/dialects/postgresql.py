"""PostgreSQL through asyncpg."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import cast

import asyncpg

from sogo.store.sql.dialects.base import (
    Collation,
    Dialect,
    Mode,
    Notifier,
    PlainDialect,
    PoolSettings,
    Row,
    Triggers,
    checked_identifier,
    plain_create,
)
from sogo.store.sql.faults import Fault
from sogo.store.sql.placeholders import Statement, Style
from sogo.store.sql.tables import FOLDER_REVISION_NAME, Table
from sogo.store.sql.triggers.postgresql import CHANNEL, LISTENERS, STOPPED, PostgreSQLTriggers
from sogo.store.sql.url import DatabaseUrl

LOCK_NUMBER = 0x736F676F  # "sogo"

_TYPES = {
    **{f"v{size}": f"VARCHAR({size})" for size in (10, 80, 255, 1000, 2048, 4096)},
    **dict.fromkeys(("text", "mediumtext", "longtext"), "TEXT"),
    "int": "INT",
    "bigint": "BIGINT",
    "small": "SMALLINT",
    "tiny": "SMALLINT",
    "serial": "SERIAL",
}

_BEGIN = {
    Mode.WRITE: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    Mode.SNAPSHOT: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
}

_FAULTS = {
    **dict.fromkeys(("23505", "42P07", "42710", "42723"), Fault.DUPLICATE),
    **dict.fromkeys(("40001", "40P01", "55P03"), Fault.CONFLICT),
    **dict.fromkeys(("42P01", "3F000"), Fault.MISSING),
    **dict.fromkeys(("42501", "42883"), Fault.DENIED),  # the latter: a function that older servers do not have
    STOPPED: Fault.STOPPED,
    **dict.fromkeys(("57014",), Fault.TIMEOUT),
    **dict.fromkeys(("57P01", "57P02", "57P03", "57P05"), Fault.DISCONNECTED),
    **dict.fromkeys(("28000", "28P01", "3D000", "25006"), Fault.UNREACHABLE),
}

_FAULT_CLASSES = {"08": Fault.DISCONNECTED, "22": Fault.UNFIT, "53": Fault.UNREACHABLE, "58": Fault.UNREACHABLE}


async def _connect(
    url: DatabaseUrl, settings: PoolSettings, *, command_seconds: float | None = None
) -> asyncpg.Connection:
    return await asyncpg.connect(
        host=url.host or None,
        port=url.port or None,
        user=url.user or None,
        password=url.password.reveal() or None,
        database=url.database,
        timeout=settings.connect_seconds,
        command_timeout=command_seconds,
        server_settings={"application_name": "sogo"},
    )


_WRITERS = (
    "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
    f"AND relation = to_regclass('{FOLDER_REVISION_NAME}')"
)
"""The transactions whose triggers have begun to note a change."""
POLL_SECONDS = 0.02


def _word(text: str) -> str:
    return text if text.isalnum() and text.isascii() else ""


class PostgreSQLNotifier:
    """`dialects.base.Notifier` by LISTEN."""

    publish_sql = f"SELECT pg_notify('{CHANNEL}', :text) AS sent"

    async def listen(
        self, url: DatabaseUrl, settings: PoolSettings, hear: Callable[[str], None], ended: Callable[[], None]
    ) -> PostgreSQLListening:
        raw = await _connect(url, settings)
        try:
            raw.add_termination_listener(lambda _: ended())
            await raw.add_listener(CHANNEL, lambda _, pid, channel, text: hear(text))
            await raw.execute(f"SELECT pg_advisory_lock_shared({LISTENERS})")
        except BaseException:
            raw.terminate()
            raise
        return PostgreSQLListening(raw)


class PostgreSQLListening:
    def __init__(self, raw: asyncpg.Connection) -> None:
        self._raw = raw

    def is_dead(self) -> bool:
        return bool(self._raw.is_closed())

    async def beat(self) -> None:
        await self._raw.execute("SELECT 1")

    async def outlasts_earlier_writers(self, seconds: float) -> bool:
        began = {row["virtualtransaction"] for row in await self._raw.fetch(_WRITERS)}
        try:
            async with asyncio.timeout(seconds):
                while began:
                    await asyncio.sleep(POLL_SECONDS)
                    began &= {row["virtualtransaction"] for row in await self._raw.fetch(_WRITERS)}
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        self._raw.terminate()


class PostgreSQL(PlainDialect):
    name = "postgresql"
    style = Style.DOLLAR
    typed_parameters = True
    transactional_ddl = True
    set_up_lock = f"SELECT pg_advisory_xact_lock({LOCK_NUMBER}) AS locked"
    writes_in_queries = True
    triggers: Triggers | None = PostgreSQLTriggers()
    notifier: Notifier | None = PostgreSQLNotifier()
    transaction_mark = "xmin"
    columns_sql = (
        "SELECT column_name, character_maximum_length AS max_chars, NULL AS max_octets FROM information_schema.columns "
        "WHERE table_name = :table AND table_schema = ANY(current_schemas(false))"
    )
    trigger_sql = (
        "SELECT t.tgname AS trigger_name FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "WHERE c.relname = :table AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND pg_table_is_visible(c.oid)"
    )
    index_sql = "SELECT indexname FROM pg_indexes WHERE indexname = :name AND tablename = :table"

    async def connect(self, url: DatabaseUrl, settings: PoolSettings) -> PostgreSQLConnection:
        raw = await _connect(url, settings, command_seconds=settings.statement_seconds)
        # Not as start-up parameters, which pgbouncer refuses. Whoever dies or hangs on our side must not hold locks
        # for long: the original would wait for them without end. A change on its own sees what others have committed
        # while it waited, as one in a transaction does.
        lock, rest = int(settings.lock_seconds * 1000), int(settings.statement_seconds * 1000)
        await raw.execute(
            f"SET lock_timeout = {lock}; SET statement_timeout = {rest}; "
            f"SET idle_in_transaction_session_timeout = {rest}; "
            f"SET default_transaction_isolation = 'read committed'; SET sogo.origin = '{_word(settings.origin)}'"
        )
        return PostgreSQLConnection(raw)

    def classify(self, error: BaseException) -> Fault:
        if isinstance(error, asyncpg.InvalidCachedStatementError):
            return Fault.CONFLICT  # a table was altered under a prepared statement, which is forgotten by now
        if isinstance(error, asyncpg.PostgresError):
            state = error.sqlstate or ""
            return _FAULTS.get(state) or _FAULT_CLASSES.get(state[:2], Fault.UNKNOWN)
        if isinstance(error, UnicodeEncodeError):
            return Fault.UNFIT
        if isinstance(error, (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, EOFError)):
            return Fault.DISCONNECTED
        return Fault.UNKNOWN

    def quote(self, table: str) -> str:
        return ".".join(f'"{part.lower()}"' for part in checked_identifier(table))

    def octets(self, column: str) -> str:
        return f"octet_length({column})"

    def create_table(self, table: Table, name: str, collation: Collation | None = None) -> list[str]:
        return plain_create(table, self.quote(name), _TYPES)


class PostgreSQLConnection:
    keeps_time = True

    def __init__(self, raw: asyncpg.Connection) -> None:
        self._raw = raw

    async def fetch(self, statement: Statement, values: Sequence[object]) -> list[Row]:
        # A Record is read like a mapping; making one of each would take longer than all the rest.
        return cast("list[Row]", await self._raw.fetch(statement.text, *values))

    async def execute(self, statement: Statement, values: Sequence[object]) -> int:
        status = await self._raw.execute(statement.text, *values)
        last = status.rpartition(" ")[2]
        return int(last) if last.isdigit() else 0

    async def run(self, text: str) -> None:
        await self._raw.execute(text)

    async def stream(self, statement: Statement, values: Sequence[object], batch: int) -> AsyncIterator[list[Row]]:
        cursor = await self._raw.cursor(statement.text, *values)
        while records := await cursor.fetch(batch):
            yield cast("list[Row]", records)

    async def begin(self, mode: Mode) -> None:
        await self._raw.execute(_BEGIN[mode])

    async def commit(self) -> None:
        await self._raw.execute("COMMIT")

    async def rollback(self) -> None:
        await self._raw.execute("ROLLBACK")

    def is_dead(self) -> bool:
        return bool(self._raw.is_closed())

    async def close(self) -> None:
        await self._raw.close(timeout=2)

    def terminate(self) -> None:
        self._raw.terminate()


DIALECT: Dialect = PostgreSQL()
