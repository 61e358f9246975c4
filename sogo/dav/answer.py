"""Answers on the wire: a multistatus that is streamed once it grows, errors with their elements."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.dav.failures import Place, condition, failure
from sogo.dav.pace import Pace
from sogo.errors import RateLimited, SogoError, Unavailable
from sogo.http import compress
from sogo.http.settings import HTTP_SETTINGS

HOLD_BYTES = 64 * 1024
"""An answer up to this size is sent whole, with its length; a larger one as it comes."""

Part = str | bytes
"""One or more responses of a multistatus, or what follows them; bytes are UTF-8."""

_HEAD = writer.multistatus_head().encode()
_TAIL = writer.MULTISTATUS_TAIL.encode()
_HEADERS = {"Content-Type": 'text/xml; charset="utf-8"', "Cache-Control": "no-cache", "Pragma": "no-cache"}


def error_answer(error: SogoError, place: Place) -> web.Response:
    """The answer to an error of the house (RFC 4918 §16). AuthErrors are answered by the one who asks for a login."""
    headers = {}
    if isinstance(error, Unavailable | RateLimited):
        headers["Retry-After"] = str(max(1, error.retry_after_seconds))
    return web.Response(
        status=failure(error).status, headers=headers,
        body=writer.error_document(condition(error, place), description=error.public).encode(),
        content_type="application/xml", charset="utf-8",
    )  # fmt: skip


async def multistatus(request: web.Request, parts: AsyncIterator[Part]) -> web.StreamResponse:
    """Send the responses of a 207. `parts` are serialised responses and whatever follows them, such as a sync token.

    Errors that come before the first bytes went out reach the caller; later ones end the connection, so that no client
    takes half a list for a whole one.
    """
    held: list[bytes] = [_HEAD]
    size = 0
    stream: web.StreamResponse | None = None
    pace = Pace()
    async for part in parts:
        await pace.breathe()
        piece = part if isinstance(part, bytes) else part.encode()
        held.append(piece)
        size += len(piece)
        if size < HOLD_BYTES:
            continue
        if stream is None:
            stream = web.StreamResponse(status=207, headers=_HEADERS)
            compress.stream(request, stream, request.app[HTTP_SETTINGS])
            await stream.prepare(request)
        await stream.write(b"".join(held))
        held, size = [], 0
    held.append(_TAIL)
    if stream is None:
        return web.Response(status=207, headers=_HEADERS, body=b"".join(held))
    await stream.write_eof(b"".join(held))
    return stream


def xml_answer(status: int, text: str) -> web.Response:
    """A small XML document, whole."""
    return web.Response(status=status, headers=_HEADERS, body=text.encode())
