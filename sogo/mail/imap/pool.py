"""Connections of users: how many somebody has at once, and those that wait for the user's next request.

A connection is given to nobody but who logs in with the same name and the same secret at the same server. Secrets are
not kept: connections are found by a keyed digest, with a key of this process.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sogo.codec.imap.command import Command
from sogo.codec.imap.status import Condition
from sogo.errors import MailServerUnavailable
from sogo.mail.imap.connection import ImapConnection
from sogo.mail.imap.login import log_in
from sogo.mail.imap.server import ImapLogin, ImapServer
from sogo.mail.imap.session import ImapSession

WAIT_SECONDS = 30.0
MAX_WAITING = 500
"""Connections of all users that are kept."""
KEPT_A_USER = 2


@dataclass(slots=True)
class _Account:
    """The connections of one login. `users` are the requests that have, or wait for, one."""

    slots: asyncio.Semaphore
    kept: list[ImapConnection] = field(default_factory=list)
    users: int = 0


class ImapPool:
    """`idle_seconds` is how long a connection waits for its user; 0 closes it with the request, as the original does by
    default. `at_once` is what one login may have: servers count them too."""

    def __init__(self, *, idle_seconds: float = 0, at_once: int = 4, context: ssl.SSLContext | None = None) -> None:
        self._idle_seconds, self._at_once, self._context = idle_seconds, at_once, context
        self._key = os.urandom(32)
        self._accounts: dict[bytes, _Account] = {}
        self._kept = 0
        self._closing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def session(self, server: ImapServer, login: ImapLogin, *, client: str = "") -> AsyncIterator[ImapSession]:
        """A session for one request. Raises MailServerUnavailable, MailLoginRefused."""
        name = self._name(server, login)
        account = self._accounts.get(name)
        if account is None:
            account = self._accounts[name] = _Account(asyncio.Semaphore(self._at_once))
        account.users += 1
        try:
            async with _slot(account.slots):
                connection = await self._kept_one(account) or await log_in(
                    server, login, client=client, context=self._context
                )
                session = ImapSession(connection)
                try:
                    yield session
                    await self._keep(name, account, session)
                finally:
                    if connection not in account.kept:
                        self._close_soon(connection)
        finally:
            account.users -= 1
            self._forget(name, account)

    async def close(self) -> None:
        for account in self._accounts.values():
            for connection in account.kept:
                self._close_soon(connection)
            account.kept.clear()
        self._kept = 0
        if self._closing:
            await asyncio.wait(self._closing)

    @property
    def kept(self) -> int:
        return self._kept

    async def _kept_one(self, account: _Account) -> ImapConnection | None:
        """One that still answers."""
        while account.kept:
            connection = account.kept.pop()
            self._kept -= 1
            if connection.is_usable:
                try:
                    (answer,) = await connection.execute_all([Command("NOOP")])
                except MailServerUnavailable:
                    continue
                if answer.status.condition is Condition.OK:
                    return connection
            connection.abort()
        return None

    async def _keep(self, name: bytes, account: _Account, session: ImapSession) -> None:
        connection = session.connection
        if not self._idle_seconds or not connection.is_usable:
            return
        if len(account.kept) >= KEPT_A_USER or self._kept >= MAX_WAITING:
            return
        try:
            await session.leave()
        except MailServerUnavailable:
            return
        account.kept.append(connection)
        self._kept += 1
        asyncio.get_running_loop().call_later(self._idle_seconds, self._let_go, name, account, connection)

    def _let_go(self, name: bytes, account: _Account, connection: ImapConnection) -> None:
        if connection in account.kept:
            account.kept.remove(connection)
            self._kept -= 1
            self._close_soon(connection)
            self._forget(name, account)

    def _close_soon(self, connection: ImapConnection) -> None:
        """Nobody waits for the good-bye."""
        task = asyncio.get_running_loop().create_task(connection.close())
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def _forget(self, name: bytes, account: _Account) -> None:
        if not account.users and not account.kept:
            self._accounts.pop(name, None)

    def _name(self, server: ImapServer, login: ImapLogin) -> bytes:
        told = "\0".join((server.host, str(server.port), server.tls.value, str(server.verifies), login.mechanism))
        digest = hashlib.blake2b(told.encode("utf-8", "surrogatepass"), key=self._key)
        for part in (login.name, login.secret.reveal()):
            octets = part.encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(octets) + octets)
        return digest.digest()


@asynccontextmanager
async def _slot(slots: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            await slots.acquire()
    except TimeoutError as error:
        raise MailServerUnavailable("Too many requests for this mailbox at once.") from error
    try:
        yield
    finally:
        slots.release()
