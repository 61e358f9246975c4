"""Answers on the wire: a multistatus that is streamed once it grows, errors with their elements."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.dav import prefer
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


async def multistatus(
    request: web.Request, parts: AsyncIterator[Part], *, without_root: bool = False
) -> web.StreamResponse:
    """Send the responses of a 207. `parts` are serialised responses and whatever follows them, such as a sync token.

    Says which preferences the answer fulfils; `without_root`: it leaves the collection itself out.
    Errors that come before the first bytes went out reach the caller; later ones end the connection, so that no client
    takes half a list for a whole one.
    """
    held: list[bytes] = [_HEAD]
    size = 0
    stream: web.StreamResponse | None = None
    pace = Pace()
    headers = _HEADERS | _fulfilled(request, without_root=without_root)
    async for part in parts:
        await pace.breathe()
        piece = part if isinstance(part, bytes) else part.encode()
        held.append(piece)
        size += len(piece)
        if size < HOLD_BYTES:
            continue
        if stream is None:
            stream = web.StreamResponse(status=207, headers=headers)
            compress.stream(request, stream, request.app[HTTP_SETTINGS])
            await stream.prepare(request)
        await stream.write(b"".join(held))
        held, size = [], 0
    held.append(_TAIL)
    if stream is None:
        return web.Response(status=207, headers=headers, body=b"".join(held))
    await stream.write_eof(b"".join(held))
    return stream


def _fulfilled(request: web.Request, *, without_root: bool) -> dict[str, str]:
    wished = prefer.of(request)
    names = ["return=minimal"] if wished.minimal else []
    return prefer.applied(*names, *(["depth-noroot"] if wished.noroot and without_root else []))


def xml_answer(status: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
    """A small XML document, whole."""
    return web.Response(status=status, headers=_HEADERS | dict(headers or {}), body=text.encode())
