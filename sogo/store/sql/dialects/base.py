"""What a database must bring along: connections, and its way of saying the few things SQL says differently.

A new database is one file beside this one, called as its URLs begin, with a `PlainDialect` that differs where it does;
it then has to pass `tests/contract/`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from sogo.errors import ConfigError
from sogo.store.sql.faults import Fault
from sogo.store.sql.placeholders import Statement, Style
from sogo.store.sql.tables import Table
from sogo.store.sql.url import DatabaseUrl

Row = Mapping[str, Any]
"""One result row by lower-case column name."""


class Mode(Enum):
    """What a transaction is for. WRITE sees what others commit meanwhile; SNAPSHOT sees one moment and only reads."""

    WRITE = "write"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class MysqlTls:
    """MySQL4SSL*: paths of key, certificate and authority; the authority alone checks the server's chain."""

    enabled: bool = False
    key: Path | None = None
    certificate: Path | None = None
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """Limits of one worker against each database. `size` bounds its connections; times are seconds. `origin` is a word
    by which a worker knows its own writes again where the database passes it on."""

    size: int = 10
    acquire_seconds: float = 10
    connect_seconds: float = 10
    statement_seconds: float = 60
    lock_seconds: float = 5
    idle_seconds: float = 180
    mysql_tls: MysqlTls = MysqlTls()
    origin: str = ""


class Connection(Protocol):
    """One connection of a driver. Any method may raise the driver's exceptions; `Dialect.classify` reads them."""

    keeps_time: bool
    """The driver itself ends each call after `PoolSettings.statement_seconds`, with TimeoutError."""

    async def fetch(self, statement: Statement, values: Sequence[object]) -> list[Row]: ...

    async def execute(self, statement: Statement, values: Sequence[object]) -> int:
        """Run a change; the number of rows it matched."""

    async def run(self, text: str) -> None:
        """Run DDL as it stands, without placeholders."""

    def stream(self, statement: Statement, values: Sequence[object], batch: int) -> AsyncIterator[list[Row]]:
        """Rows in batches, inside a transaction."""

    async def begin(self, mode: Mode) -> None: ...

    async def commit(self) -> None: ...

    async def rollback(self) -> None: ...

    def is_dead(self) -> bool:
        """Known to be closed, without asking the server."""

    async def close(self) -> None: ...

    def terminate(self) -> None:
        """Close at once, whatever is running; never raises."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A store table to be tracked. `folder_id` is None for the single store, whose rows name their folder."""

    table: str
    folder_id: int | None
    generation: str


class Listening(Protocol):
    """A connection over which the database tells what happens."""

    def is_dead(self) -> bool:
        """Known to be closed, without asking the server."""

    async def beat(self) -> None:
        """Ask the server for a sign of life. Raises the driver's exceptions."""

    async def outlasts_earlier_writers(self, seconds: float) -> bool:
        """Wait until whoever was writing when this began has ended, and so need not know of it. False when somebody has
        not in time."""

    async def close(self) -> None: ...


class Notifier(Protocol):
    """How a database passes short texts between its clients."""

    publish_sql: str
    """Sends the text :text to all who listen, after the commit; at most PUBLISH_OCTETS of UTF-8."""

    async def listen(
        self, url: DatabaseUrl, settings: PoolSettings, hear: Callable[[str], None], ended: Callable[[], None]
    ) -> Listening:
        """Begin to listen. `hear` gets each text, `ended` is called when the connection ends; both on the loop."""


PUBLISH_OCTETS = 7900


class Triggers(Protocol):
    """How a database writes the triggers of `sogo.store.sql.triggers`. Tables come quoted; `names` has the trigger of
    each operation (INSERT, UPDATE, DELETE)."""

    @property
    def shared(self) -> Sequence[str]:
        """What makes that which the triggers of all tables share, or puts it into the place of an older version."""

    @property
    def shared_sql(self) -> str:
        """A row when that is there in this version or a later one; "" where nothing is shared."""

    @property
    def unshared(self) -> Sequence[str]:
        """What takes it away."""

    @property
    def unlock(self) -> str:
        """What ends `lock`; "" where the end of the transaction does."""

    def create(self, table: str, tracked: Tracked, names: Mapping[str, str]) -> list[str]: ...

    def drop(self, table: str, names: Mapping[str, str]) -> list[str]:
        """Does not mind triggers that are missing."""

    def announce(self, table: str, name: str) -> list[str]:
        """What makes a trigger on the table of folders that tells listeners of new, renamed and removed ones; nothing
        where nobody can listen. It goes with `unshared`."""

    def stop_unless(self, condition: str, table: str, names: Sequence[str]) -> str:
        """An expression that ends its statement with STOPPED unless a condition is true and the triggers `names` of a
        table stand, in a version that looks for what a writer asks; asked where `Dialect.writes_in_queries`."""

    def tidy(self, table: str, name: str) -> list[str]:
        """What makes a trigger on the table of folders that takes away what we kept with a folder when somebody else
        removes it; nothing where `announce` makes that too, or nobody else is."""

    def lock(self, table: str, ours: Sequence[str]) -> str:
        """Waits until nobody writes to a table and lets nobody begin; `ours` are written meanwhile. "" where whoever
        makes triggers is alone anyway."""


Collation = tuple[str, str]
"""Charset and collation of texts."""


class Dialect(Protocol):
    """One kind of database."""

    name: str
    style: Style
    for_update: str
    """What to add to a SELECT that locks its rows; "" where the transaction locks everything anyway."""
    for_update_now: str
    """The same, but fails at once (CONFLICT) when somebody else has a lock."""
    typed_parameters: bool
    """The driver insists on a value of the column's own type."""
    split_readers: bool
    """One connection writes at a time, a few others read."""
    transactional_ddl: bool
    set_up_lock: str
    """A query that waits until no other process of ours makes tables; "" where DDL needs none."""
    set_up_unlock: str
    """What ends it; "" where the end of the transaction does."""
    writes_in_queries: bool
    """Parts of a query may write, read what earlier ones wrote, and lock: WITH … (INSERT … RETURNING …)."""
    unites: bool
    """Rows of several tables, long texts among them, may stand in one UNION ALL once each text was `united`."""
    triggers: Triggers | None
    """None where there are none of ours: change order is then that of a clock."""
    notifier: Notifier | None
    """None where clients cannot listen: whoever waits has to look from time to time."""
    false_mark: int | None
    """What c_deleted holds in a live row."""
    transaction_mark: str
    """A column every row has, equal in rows that one transaction wrote; "" where nothing tells."""
    probe_sql: str
    columns_sql: str
    """Columns of the table :table as column_name, max_chars, max_octets (NULL: no limit)."""
    trigger_sql: str
    """The names of the triggers on the table :table, as trigger_name."""
    index_sql: str
    """A row when there is an index :name on the table :table."""
    collation_sql: str
    """The charset and collation that tables get as charset, collation. "" where tables have none of their own, else
    `columns_sql` tells those of a column by the same names."""

    async def connect(self, url: DatabaseUrl, settings: PoolSettings) -> Connection: ...

    def classify(self, error: BaseException) -> Fault: ...

    def quote(self, table: str) -> str:
        """A table name as an identifier, folded as the original's unquoted use would be. Raises ConfigError."""

    def octets(self, column: str) -> str:
        """The length of a text column in octets of UTF-8."""

    def united(self, column: str) -> str:
        """A text column so that it can be compared and united with those of other tables, whatever they collate by."""

    def limit(self, name: str) -> str:
        """The clause that keeps the first :name rows."""

    def upsert(self, table: str, columns: Sequence[str], key: Sequence[str]) -> str:
        """INSERT columns from :column, or UPDATE the row of the same key. `table` is quoted already."""

    def update_untaken(self, table: str, key: Sequence[str], changes: str, condition: str) -> str:
        """UPDATE the row `s` that has :column in each column of a key, if a condition on it holds. A row that somebody
        else has locked is none: it is not waited for, where the database knows how. `table` is quoted already."""

    def drop_index(self, name: str, table: str) -> str:
        """`table` is quoted already."""

    def create_table(self, table: Table, name: str, collation: Collation | None = None) -> list[str]:
        """The statements that make a table and its indexes, its texts in a collation where tables have one."""


def key_is(key: Sequence[str], alias: str = "") -> str:
    """The condition that each column of a key has the value :column."""
    return " AND ".join(f"{alias}{column} = :{column}" for column in key)


_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_$]{0,127}")


def checked_identifier(text: str) -> list[str]:
    """The parts of a table name, schema first where there is one. Raises ConfigError for anything but identifiers."""
    parts = text.split(".")
    if len(parts) > 2 or not all(_IDENTIFIER.fullmatch(part) for part in parts):
        raise ConfigError(f"{text!r} is not the name of a table")
    return parts


class PlainDialect:
    """What most databases say alike; each says only where it differs."""

    for_update = " FOR UPDATE"
    for_update_now = " FOR UPDATE NOWAIT"
    typed_parameters = False
    split_readers = False
    transactional_ddl = False
    set_up_lock = ""
    set_up_unlock = ""
    writes_in_queries = False
    unites = True
    triggers: Triggers | None = None
    notifier: Notifier | None = None
    false_mark: int | None = None
    transaction_mark = ""
    probe_sql = "SELECT 1 AS one"
    collation_sql = ""

    def united(self, column: str) -> str:
        return column

    def limit(self, name: str) -> str:
        return f" LIMIT :{name}"

    def drop_index(self, name: str, table: str) -> str:
        return f"DROP INDEX {name}"

    def upsert(self, table: str, columns: Sequence[str], key: Sequence[str]) -> str:
        """As PostgreSQL and SQLite have it."""
        values = ", ".join(f":{column}" for column in columns)
        changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in key)
        action = f"UPDATE SET {changes}" if changes else "NOTHING"
        return (
            f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) ON CONFLICT ({', '.join(key)}) DO {action}"
        )

    def update_untaken(self, table: str, key: Sequence[str], changes: str, condition: str) -> str:
        """For who is the only writer anyway."""
        return f"UPDATE {table} AS s SET {changes} WHERE {key_is(key, 's.')} AND {condition}"


def plain_create(table: Table, name: str, types: Mapping[str, str], suffix: str = "") -> list[str]:
    """CREATE TABLE and its indexes in the form that all databases share. `name` is quoted already."""
    lines = [
        f"{column.name} {types[column.type]}"
        + (f" DEFAULT {column.default}" if column.default is not None else "")
        + ("" if column.null else " NOT NULL")
        for column in table.columns
    ]
    if table.key:
        lines.append(f"PRIMARY KEY ({', '.join(table.key)})")
    body = ",\n  ".join(lines)
    return [f"CREATE TABLE {name} (\n  {body}\n){suffix}", *plain_indexes(table, name)]


def plain_indexes(table: Table, name: str) -> list[str]:
    bare = name.strip('`"').rpartition(".")[2].strip('`"')
    return [f"CREATE INDEX {bare}_{'_'.join(index)}_idx ON {name} ({', '.join(index)})" for index in table.indexes]
