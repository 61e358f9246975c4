"""Answers on the wire: a multistatus that is streamed once it grows, errors with their elements."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.dav import prefer
from sogo.dav.failures import Place, condition, failure
from sogo.dav.memory import Piece
from sogo.errors import RateLimited, SogoError, Unavailable
from sogo.http import compress
from sogo.http.compress import Gzip
from sogo.http.context import CONTEXT
from sogo.http.settings import HTTP_SETTINGS
from sogo.service.pace import Pace, maybe_apart

HOLD_BYTES = 128 * 1024
"""An answer up to this size is sent whole, with its length; a larger one as it comes."""

PACK_HERE_BYTES = 64 * 1024
"""Less takes less time to pack than to hand to a thread."""

Part = str | bytes | Piece
"""One or more responses of a multistatus, or what follows them; bytes are UTF-8."""

_HEAD = Piece(writer.multistatus_head().encode())
_TAIL = Piece(writer.MULTISTATUS_TAIL.encode())
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
    out = _Out(request, _fulfilled(request, without_root=without_root))
    held: list[Piece] = [_HEAD]
    size = 0
    pace = Pace()
    async for part in parts:
        await pace.breathe()
        piece = part if isinstance(part, Piece) else Piece(part if isinstance(part, bytes) else part.encode())
        held.append(piece)
        size += piece.held_bytes(packed=out.packs)
        if size >= HOLD_BYTES:
            await out.send(held)
            held, size = [], 0
    held.append(_TAIL)
    return await out.finish(held)


class _Out:
    """An answer on its way: whole if it is all there at once, else as a stream."""

    def __init__(self, request: web.Request, headers: Mapping[str, str]) -> None:
        self._request, self._more = request, headers
        self._settings = request.app[HTTP_SETTINGS]
        self._gzip = Gzip(self._settings.gzip_level) if compress.wanted(request, self._settings) else None
        self._stream: web.StreamResponse | None = None

    @property
    def packs(self) -> bool:
        return self._gzip is not None

    async def send(self, pieces: Sequence[Piece]) -> None:
        if self._stream is None:
            self._stream = web.StreamResponse(status=207, headers=self._headers(self._gzip is not None))
            await self._stream.prepare(self._request)
            await self._stream.write(self._begin() + await self._pack(pieces))
        else:
            await self._stream.write(await self._pack(pieces))

    async def finish(self, pieces: Sequence[Piece]) -> web.StreamResponse:
        if self._stream is not None:
            await self._stream.write_eof(await self._pack(pieces) + self._end())
            return self._stream
        size = sum(piece.size for piece in pieces)
        if self._gzip is None or size < self._settings.gzip_minimum_bytes:
            return web.Response(status=207, headers=self._headers(False), body=_joined(pieces))
        self._request[CONTEXT].plain_bytes = size
        body = self._begin() + await self._pack(pieces) + self._end()
        return web.Response(status=207, headers=self._headers(True), body=body)

    def _headers(self, packed: bool) -> Mapping[str, str]:
        headers = {**_HEADERS, **self._more}
        if self._settings.gzip:
            headers["Vary"] = ", ".join(["Accept-Encoding", *([headers["Vary"]] if "Vary" in headers else [])])
        return {**headers, "Content-Encoding": "gzip"} if packed else headers

    def _begin(self) -> bytes:
        return self._gzip.begin() if self._gzip is not None else b""

    def _end(self) -> bytes:
        return self._gzip.end() if self._gzip is not None else b""

    async def _pack(self, pieces: Sequence[Piece]) -> bytes:
        """What goes out for these. What is large and not packed yet is packed outside the event loop."""
        if self._gzip is None:
            return _joined(pieces)
        size = sum(piece.size for piece in pieces if not piece.is_packed)
        return await maybe_apart(size > PACK_HERE_BYTES, _packed, pieces, self._gzip, self._settings.gzip_level)


def _joined(pieces: Sequence[Piece]) -> bytes:
    return b"".join([piece.raw for piece in pieces])


def _packed(pieces: Sequence[Piece], gzip: Gzip, level: int) -> bytes:
    """Neighbours that will not be seen again are packed together."""
    out: list[bytes] = []
    run: list[bytes] = []
    for piece in pieces:
        if not piece.kept:
            run.append(piece.raw)
            continue
        if run:
            out.append(gzip.add(b"".join(run)))
            run = []
        out.append(gzip.add(piece.packed(level)))
    if run:
        out.append(gzip.add(b"".join(run)))
    return b"".join(out)


def _fulfilled(request: web.Request, *, without_root: bool) -> dict[str, str]:
    wished = prefer.of(request)
    names = ["return=minimal"] if wished.minimal else []
    return prefer.applied(*names, *(["depth-noroot"] if wished.noroot and without_root else []))


def xml_answer(status: int, text: str) -> web.Response:
    """A small XML document, whole."""
    return web.Response(status=status, headers=_HEADERS, body=text.encode())
