"""Statements against one database: pooled, bounded in time, counted, and with one vocabulary of errors.

`Databases` shares an `Engine` among all URLs of one database. SQL is written once with `:name` placeholders; a dialect
turns it into what its driver takes. Values are only ever bound, never written into the text. NUL octets, which
PostgreSQL cannot hold, are stripped from all texts.
"""

from __future__ import annotations

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any, TypeVar

from sogo.errors import SogoError, StoreUnavailable
from sogo.store.sql.counting import count_statement
from sogo.store.sql.dialects import dialect as dialect_of
from sogo.store.sql.dialects.base import Connection, Dialect, Mode, PoolSettings, Row
from sogo.store.sql.faults import Fault, fault_of, refusal
from sogo.store.sql.placeholders import Statement, translate
from sogo.store.sql.pool import Pool, PoolUse
from sogo.store.sql.url import DatabaseUrl, EngineKey

T = TypeVar("T")

CONFLICT_ATTEMPTS = 9
CONFLICT_SECONDS = 12.0
SQLITE_READERS = 4


class Session:
    """A connection in use, inside a transaction or on its own. Not for two tasks at once."""

    def __init__(self, dialect: Dialect, connection: Connection, statement_seconds: float) -> None:
        self.dialect = dialect
        self._connection = connection
        self._seconds = statement_seconds
        self.healthy = True

    async def fetch(self, sql: str, /, **values: object) -> list[Row]:
        statement, bound = self._prepare(sql, values)
        return await self._bounded(self._connection.fetch(statement, bound))

    async def fetch_one(self, sql: str, /, **values: object) -> Row | None:
        rows = await self.fetch(sql, **values)
        return rows[0] if rows else None

    async def execute(self, sql: str, /, **values: object) -> int:
        """Run a change; the number of rows it matched."""
        statement, bound = self._prepare(sql, values)
        return await self._bounded(self._connection.execute(statement, bound))

    async def run(self, text: str) -> None:
        """Run DDL as it stands."""
        count_statement()
        await self._bounded(self._connection.run(text))

    async def stream(self, sql: str, /, *, batch: int = 500, **values: object) -> AsyncIterator[list[Row]]:
        statement, bound = self._prepare(sql, values)
        rows = self._connection.stream(statement, bound, batch)
        while (found := await self._bounded(anext(rows, None))) is not None:
            yield found

    async def begin(self, mode: Mode) -> None:
        await self._bounded(self._connection.begin(mode))

    async def commit(self) -> None:
        try:
            await self._bounded(self._connection.commit())
        except StoreUnavailable as error:
            if fault_of(error) in (Fault.DISCONNECTED, Fault.TIMEOUT):
                raise refusal(Fault.UNCERTAIN, error.__cause__) from error
            raise

    async def abandon(self) -> None:
        """Roll back; a connection that cannot do even that is thrown away."""
        if self.healthy:
            with suppress(SogoError):
                await self._bounded(self._connection.rollback())

    def _prepare(self, sql: str, values: dict[str, object]) -> tuple[Statement, list[object]]:
        count_statement()
        statement = translate(sql, self.dialect.style)
        return statement, [_clean(values[name]) for name in statement.names]

    async def _bounded(self, call: Awaitable[T]) -> T:
        """Await the driver within the time limit; afterwards the connection is known to be sound or not to be."""
        try:
            if self._connection.keeps_time:
                return await call
            async with asyncio.timeout(self._seconds):
                return await call
        except TimeoutError as error:
            self.healthy = False
            raise refusal(Fault.TIMEOUT, error) from error
        except Exception as error:
            fault = self.dialect.classify(error)
            if fault is Fault.UNKNOWN:
                raise
            self.healthy = self.healthy and fault not in (Fault.DISCONNECTED, Fault.UNREACHABLE)
            raise refusal(fault, error) from error
        except BaseException:
            # Cancelled in the middle of an exchange: nobody can say what the connection would answer next.
            self.healthy = False
            raise


class _Lease:
    """`async with` a connection of a pool. A class, since every statement on its own goes through here."""

    __slots__ = ("_connection", "_dialect", "_pool", "_seconds", "_session")

    def __init__(self, pool: Pool, dialect: Dialect, seconds: float) -> None:
        self._pool, self._dialect, self._seconds = pool, dialect, seconds

    async def __aenter__(self) -> Session:
        self._connection = await self._pool.acquire()
        self._session = Session(self._dialect, self._connection, self._seconds)
        return self._session

    async def __aexit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, StoreUnavailable) and fault_of(error) is Fault.DISCONNECTED:
            self._pool.purge()
        self._pool.release(self._connection, healthy=self._session.healthy)


class Engine:
    """One database. All methods raise StoreUnavailable when it is away."""

    def __init__(self, url: DatabaseUrl, settings: PoolSettings) -> None:
        self.url = url.without_table()
        self.dialect = dialect_of(url.scheme)
        self.settings = settings
        split = self.dialect.split_readers
        self._writers = self._make_pool(1 if split else settings.size)
        self._readers = self._make_pool(SQLITE_READERS) if split else self._writers

    def _make_pool(self, size: int) -> Pool:
        settings = self.settings
        return Pool(
            lambda: self.dialect.connect(self.url, settings),
            size=size,
            acquire_seconds=settings.acquire_seconds,
            connect_seconds=settings.connect_seconds,
            idle_seconds=settings.idle_seconds,
        )

    # --- single statements --------------------------------------------------------------------------------------------

    async def fetch(self, sql: str, /, **values: object) -> list[Row]:
        """Rows of a SELECT. Asked again once when the connection turns out to be dead."""
        for attempt in (1, 2):
            try:
                async with self._session(self._readers) as session:
                    return await session.fetch(sql, **values)
            except StoreUnavailable as error:
                if fault_of(error) is not Fault.DISCONNECTED or attempt == 2:
                    raise
        raise AssertionError

    async def fetch_one(self, sql: str, /, **values: object) -> Row | None:
        rows = await self.fetch(sql, **values)
        return rows[0] if rows else None

    async def execute(self, sql: str, /, **values: object) -> int:
        """Run one change on its own; the number of rows it matched. Never repeated by itself."""
        async with self._session(self._writers) as session:
            return await session.execute(sql, **values)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Session]:
        """A connection for one change that is its own transaction. Lost under it, nobody knows what was committed."""
        try:
            async with self._session(self._writers) as session:
                yield session
        except StoreUnavailable as error:
            if fault_of(error) is Fault.DISCONNECTED:
                raise refusal(Fault.UNCERTAIN, error.__cause__) from error
            raise

    async def run(self, text: str) -> None:
        """Run DDL as it stands, outside of any transaction."""
        async with self._session(self._writers) as session:
            await session.run(text)

    async def stream(self, sql: str, /, *, batch: int = 500, **values: object) -> AsyncIterator[list[Row]]:
        """Rows of a SELECT through a cursor; holds a connection until the last batch was taken."""
        async with self.transaction(Mode.SNAPSHOT) as session:
            async for rows in session.stream(sql, batch=batch, **values):
                yield rows

    @property
    def use(self) -> PoolUse:
        return self._writers.use if self._readers is self._writers else self._writers.use + self._readers.use

    async def probe(self) -> None:
        await self.fetch(self.dialect.probe_sql)

    # --- transactions -------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def transaction(self, mode: Mode = Mode.WRITE) -> AsyncIterator[Session]:
        """BEGIN … COMMIT, or ROLLBACK when the block raises."""
        pool = self._writers if mode is Mode.WRITE else self._readers
        async with self._session(pool) as session:
            await session.begin(mode)
            try:
                yield session
            except BaseException:
                await session.abandon()
                raise
            try:
                await session.commit()
            except BaseException:
                await session.abandon()
                raise

    async def in_transaction(self, work: Callable[[Session], Awaitable[T]], mode: Mode = Mode.WRITE) -> T:
        """Run `work` in a transaction, again from the start when the database says so (deadlock, lost connection)."""

        async def once() -> T:
            async with self.transaction(mode) as session:
                return await work(session)

        return await retrying(once)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """A connection of one's own without a transaction, for statements that need to share one."""
        async with self._session(self._writers) as session:
            yield session

    def _session(self, pool: Pool) -> _Lease:
        return _Lease(pool, self.dialect, self.settings.statement_seconds)

    async def close(self) -> None:
        await self._writers.close()
        await self._readers.close()


class Databases:
    """The engines of one worker, one for each database, whatever tables its URLs name."""

    def __init__(self, settings: PoolSettings | None = None) -> None:
        self.origin = secrets.token_hex(4)
        """A word for what these connections write, where a database tells listeners who wrote."""
        self._settings = replace(settings or PoolSettings(), origin=self.origin)
        self._engines: dict[EngineKey, Engine] = {}

    def engine(self, url: DatabaseUrl) -> Engine:
        engine = self._engines.get(url.engine_key)
        if engine is None:
            engine = self._engines[url.engine_key] = Engine(url, self._settings)
        return engine

    def use(self) -> dict[str, PoolUse]:
        """How busy each database is, by its URL without password and table."""
        return {str(engine.url): engine.use for engine in self._engines.values()}

    async def close(self) -> None:
        engines, self._engines = list(self._engines.values()), {}
        for engine in engines:
            await engine.close()


async def retrying(attempt: Callable[[], Awaitable[T]]) -> T:
    """Run a whole transaction again after a conflict (several times, after a short wait) or a lost connection (once).

    A connection lost under COMMIT is no reason to repeat: it may have been committed.
    """
    lost, began = 0, time.monotonic()
    for number in range(1, CONFLICT_ATTEMPTS + 1):
        try:
            return await attempt()
        except StoreUnavailable as error:
            fault = fault_of(error)
            lost += fault is Fault.DISCONNECTED
            again = fault is Fault.CONFLICT or (fault is Fault.DISCONNECTED and lost == 1)
            if not again or number == CONFLICT_ATTEMPTS or time.monotonic() - began > CONFLICT_SECONDS:
                raise
        await asyncio.sleep(random.uniform(0.005, 0.02) * 2**number)  # noqa: S311 - spreads writers, keeps no secret
    raise AssertionError


def _clean(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) and "\0" in value else value
