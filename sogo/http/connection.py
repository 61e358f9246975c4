"""One client connection: aiohttp's protocol with our answers to malformed requests and our bounds.

The parser itself bounds the length of lines and the number of headers; a head that does not come to an end is closed
when the keep-alive time is over. Both CL.TE and duplicate framing headers are refused there, too (RFC 9112 §6.3).
"""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import StreamReader, http_exceptions, web

from sogo.http import security
from sogo.http.access_log import ACCESS, AccessLog
from sogo.http.context import peer_of_transport

logger = logging.getLogger(__name__)

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "PROPFIND", "REPORT", "SEARCH"))
"""Methods whose work is worthless once the client has gone: it is cancelled. Writes always run to their end."""

READ_BYTES = 32 * 1024
"""A connection is read until twice as much waits to be taken: a thousand slow uploads must not fill the memory."""

_UNKNOWN_METHOD = re.compile(r"b'[!#$%&*+.^_`|~0-9A-Za-z-]{1,64} \S+ HTTP/1\.")
_REFUSED = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 21\r\n\r\nToo many connections\n"
)


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """Bounds on one connection, and on their number in one worker."""

    keepalive_seconds: float = 75.0
    send_seconds: float = 120.0
    """WOHttpAdaptorSendTimeout: a client that takes nothing of its answer for so long is cut off."""
    header_bytes: int = 16 * 1024
    max_headers: int = 100
    max_connections: int = 8000
    lingering_seconds: float = 5.0


class Connection(web.RequestHandler):
    """`busy` is the task of a request that may be cancelled when the client goes away, None when there is none.
    `body` is what the running request reads from, `peer` the address at the other end."""

    __slots__ = ("_is_refused", "_max_connections", "_server", "body", "busy", "peer")

    def __init__(self, server: web.Server, settings: ConnectionSettings) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=settings.keepalive_seconds,
            logger=logger,
            access_log_class=AccessLog,
            access_log=ACCESS,
            access_log_format="",
            max_line_size=settings.header_bytes,
            max_field_size=settings.header_bytes,
            max_headers=settings.max_headers,
            lingering_time=settings.lingering_seconds,
            auto_decompress=False,
            read_bufsize=READ_BYTES,
        )
        self._max_connections = settings.max_connections
        self._is_refused = False
        self._server = server
        self.busy: asyncio.Task[Any] | None = None
        self.body: StreamReader | None = None
        self.peer = "-"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if len(self._server.connections) >= self._max_connections and isinstance(transport, asyncio.Transport):
            self._is_refused = True
            transport.write(_REFUSED)
            transport.close()
            return
        self.peer = peer_of_transport(transport)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        super().data_received(data)
        if self.body is not None and not self.body.is_eof() and self._has_broken():
            self.body.set_exception(web.RequestPayloadError("the body is malformed"))

    def _has_broken(self) -> bool:
        """Has the parser given up? It then queues its error behind the running request, which would wait in vain for
        the rest of its body."""
        return bool(self._messages) and getattr(self._messages[-1][0], "exc", None) is not None

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._is_refused:
            return
        busy = self.busy
        super().connection_lost(exc)
        if busy is not None:
            busy.cancel()

    def log_abandoned(self, request: web.Request, seconds: float) -> None:
        """The access line of a request whose client went away before the answer; 499 is what nginx calls that."""
        if self.access_logger is not None:
            self.access_logger.log(request, web.Response(status=499), seconds)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what the parser refused: the proper status, nothing of the input, one line in the log."""
        if isinstance(exc, http_exceptions.HttpProcessingError):
            response = _refuse(request, exc)
        else:
            response = super().handle_error(request, status, exc, message)
        security.harden(response)  # no application sees this answer
        return response


def _refuse(request: web.BaseRequest, exc: http_exceptions.HttpProcessingError) -> web.StreamResponse:
    status, text = parse_failure(exc)
    peer = request.remote or "local"
    logger.info("%s sent a malformed request: %s", peer, str(exc.message).partition("\n")[0][:200])
    response = web.Response(status=status, text=text)
    response.force_close()
    return response


def parse_failure(exc: http_exceptions.HttpProcessingError) -> tuple[int, str]:
    """Status and text for a head that could not be read."""
    message = str(exc.message)
    if isinstance(exc, http_exceptions.BadHttpMethod):
        if _UNKNOWN_METHOD.search(message):
            return 501, "This method is not known.\n"
        return 400, "This is not HTTP.\n"
    if isinstance(exc, http_exceptions.LineTooLong):
        if "bytearray(b'/" in message or "b'http" in message:
            return 414, "The URL is too long.\n"
        return 431, "A header is too long.\n"
    if "Too many headers" in message:
        return 431, "Too many headers.\n"
    return 400, "The request is malformed.\n"
