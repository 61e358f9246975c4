"""Bounds on what one request may cost: URL, body size, body coding, the time a body takes, the time it all takes.

Header lines and their number are bounded by the parser (`sogo.http.connection`), requests at once by `sogo.http.load`.
Whoever reads a body does so with `read_body` or `chunks`: aiohttp itself counts only what `request.read()` reads.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from sogo.errors import TooLarge
from sogo.http.context import CONTEXT
from sogo.http.deadline import Deadlines, OutOfTime
from sogo.http.load import LOAD
from sogo.http.settings import HttpSettings

UPLOAD_LIMIT_TEXT = "File size upload limit reached"
"""The original's words."""
SLOW_BYTES = 1024
Expectation = Callable[[web.Request], Awaitable[web.StreamResponse | None]]
_HTTP = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")  # RFC 9110, 5789
_WEBDAV = ("PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK")  # RFC 4918
_EXTENSIONS = ("REPORT", "ACL", "MKCALENDAR", "SEARCH", "BIND", "UNBIND", "REBIND")  # RFC 3253, 3744, 4791, 5323, 5842
SUPPORTED_METHODS = frozenset((*_HTTP, *_WEBDAV, *_EXTENSIONS))
"""What some face may answer; everything else the parser lets through ends here with 501 (RFC 9110 §15.6.2)."""


async def read_body(request: web.Request, limit_bytes: int) -> bytes:
    """The whole body. Raises TooLarge beyond `limit_bytes`, as soon as that is known, and Unavailable when too many
    bodies are on their way."""
    content = request.content
    if content.is_eof() and content.exception() is None and content.total_bytes <= limit_bytes:
        return content.read_nowait()  # a small body mostly comes with its head
    parts: list[bytes] = []
    with request.app[LOAD].receiving(request[CONTEXT]) as receipt:
        async for chunk in chunks(request, limit_bytes):
            receipt.take(len(chunk))
            parts.append(chunk)
    return b"".join(parts)


async def chunks(request: web.Request, limit_bytes: int) -> AsyncIterator[bytes]:
    """The body piece by piece, as it comes. Raises TooLarge beyond `limit_bytes`."""
    if (request.content_length or 0) > limit_bytes:
        raise TooLarge(UPLOAD_LIMIT_TEXT, limit_bytes=limit_bytes)
    taken = 0
    async for chunk in request.content.iter_any():
        taken += len(chunk)
        if taken > limit_bytes:
            raise TooLarge(UPLOAD_LIMIT_TEXT, limit_bytes=limit_bytes)
        yield chunk


def limits(settings: HttpSettings, deadlines: Deadlines) -> Middleware:
    """Refuse what is too long or coded, and bound the time of what is let in."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        refusal = refuse(request, settings)
        if refusal is not None:
            return refusal
        guard = None if request.content.is_eof() else BodyGuard(request, settings.receive_seconds)
        try:
            return await deadlines.within(request, handler)
        except BodyTooSlow:
            return _refused(408, "The body came too slowly.\n")
        except OutOfTime:
            return _refused(503, "The request took too long and was given up.\n", {"Retry-After": "30"})
        finally:
            if guard is not None:
                guard.stop()

    return middleware


def refuse(request: web.Request, settings: HttpSettings) -> web.Response | None:
    """The answer to a request whose head alone shows that it will not do; None when it may pass."""
    if request.version.major != 1:
        return _refused(505, "HTTP/1.1 is spoken here.\n")
    if request.method not in SUPPORTED_METHODS:
        return _refused(501, "This method is not known.\n")
    if len(request.raw_path) > settings.max_url_bytes:
        return _refused(414, "The URL is too long.\n")
    if request.headers.get(hdrs.TRANSFER_ENCODING, "chunked").strip().lower() != "chunked":
        return _refused(501, "This transfer coding is not known.\n")
    coding = request.headers.get(hdrs.CONTENT_ENCODING, "").strip().lower()
    if coding not in ("", "identity") and request.can_read_body:
        return _refused(415, "Send the body as it is, without content coding.\n", {"Accept-Encoding": "identity"})
    if (request.content_length or 0) > settings.body_limit_bytes:
        return _refused(413, f"{UPLOAD_LIMIT_TEXT}\n")
    return None


def expectation(settings: HttpSettings) -> Expectation:
    """How to answer `Expect: 100-continue`: only a body that will be taken is asked for."""

    async def answer(request: web.Request) -> web.StreamResponse | None:
        if request.headers.get(hdrs.EXPECT, "").lower() != "100-continue":
            raise web.HTTPExpectationFailed(text="Only 100-continue can be expected.\n")
        if refuse(request, settings) is None:
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        return None

    return answer


class BodyTooSlow(TimeoutError):
    """What the reader of a trickling body gets; it becomes a 408."""


class BodyGuard:
    """Gives up a body that trickles: less than SLOW_BYTES within `seconds`, while there is more to come. Its reader
    gets BodyTooSlow."""

    def __init__(self, request: web.Request, seconds: float) -> None:
        self._content = request.content
        self._seconds = seconds
        self._seen = 0
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        if self._content.is_eof():
            return
        if self._content.total_bytes - self._seen < SLOW_BYTES:
            self._content.set_exception(BodyTooSlow())
            return
        self._seen = self._content.total_bytes
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._look)

    def stop(self) -> None:
        self._timer.cancel()


def _refused(status: int, text: str, headers: dict[str, str] | None = None) -> web.Response:
    response = web.Response(status=status, text=text, headers=headers)
    response.force_close()
    return response
