"""The socket of one IMAP connection: responses as they come, pieces of commands as they go, TLS.

Every failure here ends the connection: after a lost octet nobody knows any more which answer belongs to what.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from sogo.codec.imap.framing import Framer
from sogo.codec.imap.lexer import Limits
from sogo.codec.imap.response import Response, Unreadable, parse_response
from sogo.errors import CodecError, MailServerUnavailable
from sogo.mail.imap.server import ImapServer, Tls

log = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
READ_BYTES = 64 * 1024
LIMITS = Limits(literal_bytes=32 * 1024 * 1024, response_bytes=40 * 1024 * 1024)


class Wire:
    """An open connection. All that waits here is bounded by whoever calls, with `asyncio.timeout`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader, self._writer, self._host = reader, writer, host
        self._framer = Framer(LIMITS)
        self.received_bytes = 0

    @classmethod
    async def open(cls, server: ImapServer, context: ssl.SSLContext | None = None) -> Wire:
        """Raises MailServerUnavailable. `context` replaces what `server.verifies` says, for tests."""
        tls = (context or make_context(server)) if server.tls is Tls.IMPLICIT else None
        with _as_unavailable(server.host):
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(
                    server.host, server.port, ssl=tls, server_hostname=server.host if tls else None
                )
        return cls(reader, writer, server.host)

    async def next(self) -> Response:
        """The next response. Raises MailServerUnavailable when the connection ends, or says what nobody can read."""
        with _as_unavailable(self._host):
            while (line := self._framer.next()) is None:
                data = await self._reader.read(READ_BYTES)
                if not data:
                    raise ConnectionResetError("the server hung up")
                self.received_bytes += len(data)
                self._framer.feed(data)
            response = parse_response(line, limits=LIMITS)
        if isinstance(response, Unreadable):
            log.info("imap: an unreadable %s from %s: %s", response.kind, self._host, response.why)
        return response

    async def send(self, octets: bytes) -> None:
        with _as_unavailable(self._host):
            self._writer.write(octets)
            await self._writer.drain()

    async def start_tls(self, server: ImapServer, context: ssl.SSLContext | None = None) -> None:
        """After the OK to STARTTLS. What came in the clear after that OK was put there by somebody else."""
        with _as_unavailable(self._host):
            await self._writer.start_tls(context or make_context(server), server_hostname=server.host)
        with suppress(TimeoutError):
            async with asyncio.timeout(0):
                if await self._reader.read(1):
                    raise MailServerUnavailable("The mail server cannot be trusted.", why="octets before TLS")
        if self._framer.held_bytes:
            raise MailServerUnavailable("The mail server cannot be trusted.", why="octets before TLS")

    def abort(self) -> None:
        """Close at once, whatever is under way."""
        self._writer.transport.abort()

    @property
    def is_closing(self) -> bool:
        return self._writer.is_closing() or self._reader.at_eof()


@contextmanager
def _as_unavailable(host: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ssl.SSLError, EOFError, TimeoutError) as error:
        why = f"{type(error).__name__}: {' '.join(str(error).split())}"[:300]
        raise MailServerUnavailable("The mail server cannot be reached.", host=host, why=why) from error
    except CodecError as error:
        raise MailServerUnavailable("The mail server cannot be understood.", host=host, why=error.public) from error


def make_context(server: ImapServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not server.verifies:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
