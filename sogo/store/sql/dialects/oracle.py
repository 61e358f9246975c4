"""Oracle through python-oracledb in its thin mode (server 12.1 or later); the driver is an optional dependency.

No server was at hand to run this against: `tests/store/test_oracle_text.py` holds the statements to their text only,
and docs/standards.md says so. Oracle has no triggers of ours, so sync uses the clock. Two habits to know: an empty text
is NULL, and lengths of CLOBs count characters, so sizes are too small for texts beyond ASCII.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

from sogo.errors import ConfigError
from sogo.store.sql.dialects.base import (
    Collation,
    Dialect,
    Mode,
    PlainDialect,
    PoolSettings,
    Row,
    checked_identifier,
    plain_create,
)
from sogo.store.sql.faults import Fault
from sogo.store.sql.placeholders import Statement, Style
from sogo.store.sql.tables import Column, Table
from sogo.store.sql.url import DatabaseUrl

_TYPES = {
    **{f"v{size}": f"VARCHAR2({size})" for size in (10, 80, 255, 1000, 2048)},
    **dict.fromkeys(("text", "mediumtext", "longtext"), "CLOB"),
    "int": "INTEGER",
    "bigint": "NUMBER(19)",
    "small": "INTEGER",
    "tiny": "SMALLINT",
    "serial": "INTEGER",
}

_FAULTS = {
    **dict.fromkeys((1, 955), Fault.DUPLICATE),
    **dict.fromkeys((54, 60, 8177), Fault.CONFLICT),
    **dict.fromkeys((942,), Fault.MISSING),
    **dict.fromkeys((1031,), Fault.DENIED),
    **dict.fromkeys((1438, 1461, 12899), Fault.UNFIT),
    **dict.fromkeys((1013, 3136), Fault.TIMEOUT),
    **dict.fromkeys((28, 1012, 1033, 1089, 3113, 3114, 3135), Fault.DISCONNECTED),
    **dict.fromkeys((1017, 12154, 12505, 12514, 12516, 12541, 28000), Fault.UNREACHABLE),
}


class Oracle(PlainDialect):
    name = "oracle"
    style = Style.COLON
    unites = False
    false_mark: int | None = 0
    probe_sql = "SELECT 1 AS one FROM dual"
    columns_sql = (
        "SELECT column_name, CASE WHEN char_length > 0 THEN char_length END AS max_chars, "
        "CASE WHEN char_length > 0 THEN data_length END AS max_octets FROM user_tab_columns WHERE table_name = :table"
    )
    trigger_sql = "SELECT trigger_name FROM user_triggers WHERE table_name = :table"
    index_sql = "SELECT index_name FROM user_indexes WHERE table_name = :table AND index_name = UPPER(:name)"

    async def connect(self, url: DatabaseUrl, settings: PoolSettings) -> OracleConnection:
        try:
            import oracledb
        except ImportError as error:
            raise ConfigError("an oracle:// URL needs the package oracledb: pip install 'sogo[oracle]'") from error
        oracledb.defaults.fetch_lobs = False
        raw = await oracledb.connect_async(
            user=url.user,
            password=url.password.reveal(),
            host=url.host or "localhost",
            port=url.port or 1521,
            service_name=url.database,
            tcp_connect_timeout=settings.connect_seconds,
        )
        raw.call_timeout = int(settings.statement_seconds * 1000)
        raw.autocommit = True
        return OracleConnection(raw)

    def classify(self, error: BaseException) -> Fault:
        if isinstance(error, UnicodeEncodeError):
            return Fault.UNFIT
        if isinstance(error, OSError | EOFError):
            return Fault.DISCONNECTED
        code = getattr(error.args[0], "code", None) if error.args else None
        full_code = str(getattr(error.args[0], "full_code", "")) if error.args else ""
        if full_code in ("DPY-4011", "DPY-1001"):
            return Fault.DISCONNECTED
        return _FAULTS.get(code, Fault.UNKNOWN) if isinstance(code, int) else Fault.UNKNOWN

    def quote(self, table: str) -> str:
        return ".".join(f'"{part.upper()}"' for part in checked_identifier(table))

    def octets(self, column: str) -> str:
        return f"DBMS_LOB.GETLENGTH({column})"

    def limit(self, name: str) -> str:
        return f" FETCH FIRST :{name} ROWS ONLY"

    def upsert(self, table: str, columns: Sequence[str], key: Sequence[str]) -> str:
        source = ", ".join(f":{column} AS {column}" for column in key)
        same = " AND ".join(f"t.{column} = s.{column}" for column in key)
        others = [column for column in columns if column not in key]
        changes = ", ".join(f"t.{column} = :{column}" for column in others)
        update = f"WHEN MATCHED THEN UPDATE SET {changes} " if others else ""
        values = ", ".join(f":{column}" for column in columns)
        return (
            f"MERGE INTO {table} t USING (SELECT {source} FROM dual) s ON ({same}) {update}"
            f"WHEN NOT MATCHED THEN INSERT ({', '.join(columns)}) VALUES ({values})"
        )

    def create_table(self, table: Table, name: str, collation: Collation | None = None) -> list[str]:
        quoted, bare = self.quote(name), checked_identifier(name)[-1].upper()
        statements = plain_create(_as_the_original(table), quoted, _TYPES)
        if any(column.type == "serial" for column in table.columns):
            statements += _autonumber(quoted, bare)
        return statements


def _as_the_original(table: Table) -> Table:
    """In a folder's own store table c_deleted is 0 instead of NULL (store.md §2.8)."""
    names = {column.name for column in table.columns}
    if "c_deleted" not in names or "c_folder_id" in names or "c_path" in names:
        return table
    marked = Column("c_deleted", "int", default="0")
    return replace(table, columns=tuple(marked if column.name == "c_deleted" else column for column in table.columns))


def _autonumber(quoted: str, bare: str) -> list[str]:
    return [
        f"CREATE SEQUENCE {bare}_SEQ",
        f"CREATE OR REPLACE TRIGGER {bare}_AUTONUMBER BEFORE INSERT ON {quoted} FOR EACH ROW "
        f"BEGIN SELECT {bare}_SEQ.NEXTVAL INTO :NEW.c_folder_id FROM dual; END;",
    ]


class OracleConnection:
    keeps_time = False

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    async def fetch(self, statement: Statement, values: Sequence[object]) -> list[Row]:
        with self._raw.cursor() as cursor:
            await cursor.execute(statement.text, list(values))
            return _rows(cursor, await cursor.fetchall())

    async def execute(self, statement: Statement, values: Sequence[object]) -> int:
        with self._raw.cursor() as cursor:
            await cursor.execute(statement.text, list(values))
            return int(cursor.rowcount)

    async def run(self, text: str) -> None:
        with self._raw.cursor() as cursor:
            await cursor.execute(text)

    async def stream(self, statement: Statement, values: Sequence[object], batch: int) -> AsyncIterator[list[Row]]:
        with self._raw.cursor() as cursor:
            cursor.arraysize = batch
            await cursor.execute(statement.text, list(values))
            while rows := await cursor.fetchmany(batch):
                yield _rows(cursor, rows)

    async def begin(self, mode: Mode) -> None:
        self._raw.autocommit = False
        if mode is Mode.SNAPSHOT:
            await self.run("SET TRANSACTION READ ONLY")

    async def commit(self) -> None:
        await self._raw.commit()
        self._raw.autocommit = True

    async def rollback(self) -> None:
        await self._raw.rollback()
        self._raw.autocommit = True

    def is_dead(self) -> bool:
        return not self._raw.is_healthy()

    async def close(self) -> None:
        await self._raw.close()

    def terminate(self) -> None:
        """The thin driver has no abrupt close; dropping the object closes its socket, and the server rolls back."""
        self._raw = _Gone()


class _Gone:
    """Stands in for a connection that was thrown away."""

    def is_healthy(self) -> bool:
        return False

    async def close(self) -> None:
        return None


def _rows(cursor: Any, rows: Sequence[Sequence[object]]) -> list[Row]:
    names = [column[0].lower() for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in rows]


DIALECT: Dialect = Oracle()
