"""Commands and their answers on one connection.

A connection runs one thing at a time. Whoever is cancelled, or waits too long, in the middle of a command loses the
connection: it is closed, so that the rest of that answer reaches nobody else.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from sogo.codec.imap.capability import Capabilities
from sogo.codec.imap.command import Command, Piece, literal_limit
from sogo.codec.imap.response import Response
from sogo.codec.imap.status import Condition, Continuation, Status
from sogo.errors import MailServerUnavailable
from sogo.mail.imap.refusals import refusal
from sogo.mail.imap.server import ImapServer, Tls
from sogo.mail.imap.wire import CONNECT_SECONDS, Wire

log = logging.getLogger(__name__)

COMMAND_SECONDS = 60.0
LOGOUT_SECONDS = 2.0
ANSWER_BYTES = 64 * 1024 * 1024
"""What the answers to one command, or to those sent together, may be in all."""

T = TypeVar("T")


@dataclass(slots=True)
class Answer:
    """`status` of the command, and what came before it, by whatever reason."""

    status: Status
    responses: list[Response] = field(default_factory=list)

    def of(self, kind: type[T]) -> list[T]:
        return [response for response in self.responses if isinstance(response, kind)]

    def first(self, kind: type[T]) -> T | None:
        return next((response for response in self.responses if isinstance(response, kind)), None)

    def code_number(self, name: str) -> int | None:
        """The number of a code such as UIDNEXT, in whichever OK it came."""
        for status in (*self.of(Status), self.status):
            if status.code is not None and status.code.name == name:
                return status.code.number
        return None


class ImapConnection:
    """`capabilities` are those of now: they change with TLS and with the login."""

    def __init__(self, wire: Wire, greeting: Status) -> None:
        self._wire = wire
        self._tags = count(1)
        self._busy = False
        self.greeting = greeting
        self.capabilities = Capabilities(frozenset())
        self.is_open = True
        self._learn(greeting)

    @classmethod
    async def open(cls, server: ImapServer, context: ssl.SSLContext | None = None) -> ImapConnection:
        """Connected, greeted, and with TLS if that is wanted; capabilities are known. Raises MailServerUnavailable."""
        wire = await Wire.open(server, context)
        try:
            async with _patience(CONNECT_SECONDS):
                greeting = await wire.next()
            if not isinstance(greeting, Status) or greeting.condition is Condition.BYE:
                raise MailServerUnavailable("The mail server does not let us in.", host=server.host)
            if server.tls is Tls.STARTTLS and greeting.condition is Condition.PREAUTH:
                raise MailServerUnavailable("The mail server cannot be trusted.", why="logged in before TLS")
            connection = cls(wire, greeting)
            if server.tls is Tls.STARTTLS:
                (answer,) = await connection.execute_all([Command("STARTTLS")])
                if answer.status.condition is not Condition.OK:
                    raise MailServerUnavailable("The mail server offers no TLS.", host=server.host)
                async with _patience(CONNECT_SECONDS):
                    await wire.start_tls(server, context)
                connection.capabilities = Capabilities(frozenset())
            await connection.require_capabilities()
        except BaseException:
            wire.abort()
            raise
        return connection

    async def require_capabilities(self) -> None:
        """Asks, unless the server has told already."""
        if not self.capabilities.names:
            await self.execute(Command("CAPABILITY"))

    async def execute(
        self, command: Command, *, replies: Sequence[bytes] = (), seconds: float = COMMAND_SECONDS
    ) -> Answer:
        """Run one command. `replies` are said to the server, one for each `+` that is not about a literal (SASL); an
        empty line follows where it wants more. Raises what `refusals` says for NO and BAD; MailServerUnavailable."""
        with self._undisturbed():
            async with _patience(seconds):
                answer = await self._run(command, list(replies))
        return _accepted(command, answer)

    async def execute_all(self, commands: Sequence[Command], *, seconds: float = COMMAND_SECONDS) -> list[Answer]:
        """Run commands that do not depend on each other, sent together where none of them has to wait. None is
        refused: each answer says how it went."""
        with self._undisturbed():
            async with _patience(seconds):
                rendered = [self._rendered(command) for command in commands]
                if any(piece.waits for _, pieces in rendered for piece in pieces):
                    return [await self._run(command, []) for command in commands]
                await self._wire.send(b"".join(piece.octets for _, pieces in rendered for piece in pieces))
                end = self._wire.received_bytes + ANSWER_BYTES
                return [await self._until(tag, [], end) for tag, _ in rendered]

    @asynccontextmanager
    async def idle(self) -> AsyncIterator[AsyncIterator[Response]]:
        """Hear of what happens in the selected mailbox (RFC 2177), until the block ends. The iterator waits without a
        limit of its own: a server hangs up after half an hour, so callers come back before."""
        with self._undisturbed():
            tag, (piece,) = self._rendered(Command("IDLE"))
            async with _patience(COMMAND_SECONDS):
                await self._wire.send(piece.octets)
                early = await self._until_continuation(tag)
            yield self._heard(early)
            async with _patience(COMMAND_SECONDS):
                await self._wire.send(b"DONE\r\n")
                answer = await self._until(tag, [], self._wire.received_bytes + ANSWER_BYTES)
        _accepted(Command("IDLE"), answer)

    async def close(self) -> None:
        """Say good-bye, for a moment, and hang up."""
        if self.is_open and not self._busy and not self._wire.is_closing:
            with suppress(MailServerUnavailable, TimeoutError):
                async with asyncio.timeout(LOGOUT_SECONDS):
                    await self.execute(Command("LOGOUT"))
        self.abort()

    def abort(self) -> None:
        self.is_open = False
        self._wire.abort()

    @property
    def is_usable(self) -> bool:
        """Nothing is under way, and nobody hung up so far as is known."""
        return self.is_open and not self._busy and not self._wire.is_closing

    # --- one command --------------------------------------------------------------------------------------------------

    def _rendered(self, command: Command) -> tuple[str, tuple[Piece, ...]]:
        tag = f"s{next(self._tags)}"
        log.debug("imap: %s %s", tag, command.name)
        return tag, command.render(tag, literal_limit=literal_limit(self.capabilities))

    async def _run(self, command: Command, replies: list[bytes]) -> Answer:
        tag, pieces = self._rendered(command)
        end = self._wire.received_bytes + ANSWER_BYTES
        told: list[Response] = []
        for piece in pieces:
            await self._wire.send(piece.octets)
            if piece.waits and (refused := await self._until_go_on(tag, told)) is not None:
                return Answer(refused, told)
        return await self._until(tag, replies, end, told)

    async def _until_go_on(self, tag: str, told: list[Response]) -> Status | None:
        """Wait for `+`; a server that will not take the literal ends the command instead."""
        while True:
            response = await self._next()
            if isinstance(response, Continuation):
                return None
            if isinstance(response, Status) and response.tag == tag:
                return response
            told.append(response)

    async def _until_continuation(self, tag: str) -> list[Response]:
        told: list[Response] = []
        refused = await self._until_go_on(tag, told)
        if refused is not None:
            raise refusal("IDLE", refused)
        return told

    async def _until(self, tag: str, replies: list[bytes], end: int, told: list[Response] | None = None) -> Answer:
        told = [] if told is None else told
        while True:
            response = await self._next()
            if self._wire.received_bytes > end:
                raise MailServerUnavailable("The mail server has too much to say.")
            if isinstance(response, Status) and response.tag is not None:
                if response.tag != tag:
                    raise MailServerUnavailable("The mail server cannot be understood.", why="an answer to nothing")
                return Answer(response, told)
            if isinstance(response, Continuation):
                await self._wire.send((replies.pop(0) if replies else b"") + b"\r\n")
            else:
                told.append(response)

    async def _heard(self, early: list[Response]) -> AsyncIterator[Response]:
        for response in early:
            yield response
        while True:
            yield await self._next()

    async def _next(self) -> Response:
        response = await self._wire.next()
        self._learn(response)
        return response

    def _learn(self, response: Response) -> None:
        if isinstance(response, Capabilities):
            self.capabilities = response
        elif isinstance(response, Status) and response.code is not None and response.code.name == "CAPABILITY":
            self.capabilities = Capabilities.of(response.code.words)

    @contextmanager
    def _undisturbed(self) -> Iterator[None]:
        if self._busy or not self.is_open:
            raise MailServerUnavailable("This connection to the mail server is of no use.")
        self._busy = True
        try:
            yield
        except BaseException:
            self.abort()
            raise
        finally:
            self._busy = False


@asynccontextmanager
async def _patience(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise MailServerUnavailable("The mail server does not answer.", why=f"{seconds} seconds") from error


def _accepted(command: Command, answer: Answer) -> Answer:
    if answer.status.condition is not Condition.OK:
        raise refusal(command.name, answer.status)
    return answer
