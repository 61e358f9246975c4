"""The one connection of a worker over which a database tells what happens, outside of the pool.

It is opened when somebody begins to wait and kept up by being asked to: no task of its own. Before it counts, a text
sent over the pool has to come back by it, and whoever was writing already has to come to an end: writers tell only
where somebody listens. Behind a pooler that gives each transaction another session it never does,
and then whoever waits has to look.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable

from sogo.errors import DomainError
from sogo.store.sql.dialects.base import Listening, Notifier
from sogo.store.sql.engine import Engine
from sogo.store.sql.faults import Fault, refusal

log = logging.getLogger(__name__)

PROOF = "proof"
PROOF_SECONDS = 3.0
BEAT_SECONDS = 30.0
UNPROVEN_PAUSE_SECONDS = 300.0
WRITERS_SECONDS = 2.0
HELD_UP_PAUSE_SECONDS = 10.0


class Listener:
    """`hear` gets every text but our own proofs; `ended` is called when the connection ends by itself."""

    def __init__(
        self,
        engine: Engine,
        notifier: Notifier,
        *,
        hear: Callable[[str], None],
        ended: Callable[[], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._notifier = engine, notifier
        self._hear, self._ended, self._monotonic = hear, ended, monotonic
        self._connection: Listening | None = None
        self._turn = asyncio.Lock()
        self._proof, self._proven = "", asyncio.Event()
        self._beat_at = self._retry_at = 0.0

    async def keep(self) -> bool:
        """Open the connection, or see whether it lives. False where listening is of no use for now. Raises
        StoreUnavailable when the database is away."""
        async with self._turn:
            if self._connection is not None and not await self._lives():
                await self.close()
                log.info("The connection over which the database tells of changes is lost.")
            if self._connection is None and self._monotonic() >= self._retry_at:
                await self._open()
            return self._connection is not None

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _lives(self) -> bool:
        connection = self._connection
        if connection is None or connection.is_dead():
            return False
        if self._monotonic() < self._beat_at:
            return True
        self._beat_at = self._monotonic() + BEAT_SECONDS
        try:
            async with asyncio.timeout(self._engine.settings.connect_seconds):
                await connection.beat()
        except Exception as error:  # whatever the driver says: this connection is not to be relied upon
            log.debug("no sign of life: %r", error)
            return False
        return True

    async def _open(self) -> None:
        settings = self._engine.settings
        try:
            async with asyncio.timeout(settings.connect_seconds):
                self._connection = await self._notifier.listen(self._engine.url, settings, self._told, self._lost)
        except Exception as error:
            raise refusal(Fault.UNREACHABLE, error) from error
        self._beat_at = self._monotonic() + BEAT_SECONDS
        try:
            proven = await self._is_proven()
            is_known = await self._connection.outlasts_earlier_writers(WRITERS_SECONDS)
        except BaseException as error:
            await self.close()
            if isinstance(error, DomainError) or not isinstance(error, Exception):
                raise
            raise refusal(Fault.UNREACHABLE, error) from error  # whatever the driver says of a connection that broke
        if not proven:
            await self.close()
            self._retry_at = self._monotonic() + UNPROVEN_PAUSE_SECONDS
            log.warning(
                "LISTEN does not reach us, as behind a pooler in transaction mode: whoever waits for changes is woken "
                "by looking at the tables every two seconds."
            )
        elif not is_known:
            await self.close()
            self._retry_at = self._monotonic() + HELD_UP_PAUSE_SECONDS
            log.info("Somebody has been writing for long, and need not tell: whoever waits for changes looks for now.")

    async def _is_proven(self) -> bool:
        self._proof, self._proven = f"{PROOF}\t{secrets.token_hex(8)}", asyncio.Event()
        await self._engine.fetch(self._notifier.publish_sql, text=self._proof)
        try:
            async with asyncio.timeout(PROOF_SECONDS):
                await self._proven.wait()
        except TimeoutError:
            return False
        return True

    def _told(self, text: str) -> None:
        if text.startswith(PROOF):
            if text == self._proof:
                self._proven.set()
            return
        self._hear(text)

    def _lost(self) -> None:
        if self._connection is not None:
            self._ended()
