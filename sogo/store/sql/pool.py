"""A bounded set of connections to one database, of any driver.

A connection that was interrupted (cancelled, timed out, lost) is never used again. Nothing is sent when a connection
comes back: whoever used it has ended its transaction, and no session state is ever changed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sogo.errors import SogoError
from sogo.store.sql.dialects.base import Connection
from sogo.store.sql.faults import Fault, refusal


@dataclass(frozen=True, slots=True)
class PoolUse:
    """How many connections work and how many rest, and how many callers wait for one."""

    in_use: int = 0
    idle: int = 0
    waiting: int = 0

    def __add__(self, other: PoolUse) -> PoolUse:
        return PoolUse(self.in_use + other.in_use, self.idle + other.idle, self.waiting + other.waiting)


class Pool:
    """At most `size` connections; the most recently used is used next, idle ones close after `idle_seconds`."""

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        *,
        size: int,
        acquire_seconds: float,
        connect_seconds: float,
        idle_seconds: float,
    ) -> None:
        self._connect = connect
        self._slots = asyncio.Semaphore(size)
        self._idle: list[tuple[Connection, float]] = []
        self._acquire_seconds, self._connect_seconds, self._idle_seconds = (
            acquire_seconds,
            connect_seconds,
            idle_seconds,
        )
        self._closed = False
        self._in_use = self._waiting = 0

    @property
    def use(self) -> PoolUse:
        return PoolUse(self._in_use, len(self._idle), self._waiting)

    async def acquire(self) -> Connection:
        """A live connection, to be given back by `release`. Raises StoreUnavailable (BUSY or UNREACHABLE)."""
        await self._take_slot()
        try:
            return self._take_idle() or await self._open()
        except BaseException:
            self._give_slot()
            raise

    def release(self, connection: Connection, *, healthy: bool) -> None:
        if healthy and not self._closed and not connection.is_dead():
            self._idle.append((connection, time.monotonic()))
        else:
            connection.terminate()
        self._give_slot()

    def purge(self) -> None:
        """Drop all idle connections: the server they belong to is gone."""
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.terminate()

    async def close(self) -> None:
        self._closed = True
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            await connection.close()

    async def _take_slot(self) -> None:
        if self._slots.locked():
            await self._wait_for_slot()
        else:
            await self._slots.acquire()  # at once: no clock is needed
        self._in_use += 1

    async def _wait_for_slot(self) -> None:
        self._waiting += 1
        try:
            async with asyncio.timeout(self._acquire_seconds):
                await self._slots.acquire()
        except TimeoutError as error:
            raise refusal(Fault.BUSY) from error
        finally:
            self._waiting -= 1

    def _give_slot(self) -> None:
        self._in_use -= 1
        self._slots.release()

    def _take_idle(self) -> Connection | None:
        self._drop_expired()
        while self._idle:
            connection, _ = self._idle.pop()
            if not connection.is_dead():
                return connection
            connection.terminate()
        return None

    def _drop_expired(self) -> None:
        limit = time.monotonic() - self._idle_seconds
        while self._idle and self._idle[0][1] < limit:
            self._idle.pop(0)[0].terminate()

    async def _open(self) -> Connection:
        if self._closed:
            raise refusal(Fault.UNREACHABLE)
        try:
            async with asyncio.timeout(self._connect_seconds):
                return await self._connect()
        except SogoError:
            raise
        except Exception as error:
            raise refusal(Fault.UNREACHABLE, error) from error
