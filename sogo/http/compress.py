"""gzip of answers, by the original's rule (config.md §4.1) widened to what is text in fact.

ETags stay as they are: to a DAV client they name the version of the object, not of its transfer form.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from dataclasses import dataclass

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from sogo.codec import crc32
from sogo.http.context import CONTEXT
from sogo.http.settings import HttpSettings

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_ON_THE_SPOT_BYTES = 64 * 1024
"""Smaller bodies take less time to compress than to hand to a thread."""
_WORTH = re.compile(
    r"text/(?!event-stream)|application/(?:[\w.-]+\+)?(?:xml|json)\b|application/javascript\b|image/svg\+xml\b"
)


def compress(settings: HttpSettings) -> Middleware:
    """Compress whole answers on their way out. Streams are left alone; they may ask for it with `stream`."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if settings.gzip and isinstance(response, web.Response) and not response.prepared:
            await _shrink(request, response, settings)
        return response

    return middleware


def stream(request: web.Request, response: web.StreamResponse, settings: HttpSettings) -> None:
    """Let a streamed answer be compressed chunk by chunk; to be called before `prepare`. Never for a long poll.

    The answer to HEAD has no content, and a packed nothing would be something: its trailer follows the head and is read
    as the beginning of the next answer.
    """
    if not settings.gzip or not is_worthwhile(response.content_type):
        return
    add_vary(response)
    if request.method != hdrs.METH_HEAD and accepts_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
        response.enable_compression(web.ContentCoding.gzip)


async def _shrink(request: web.Request, response: web.Response, settings: HttpSettings) -> None:
    body = response.body
    if not isinstance(body, (bytes, bytearray)) or len(body) < settings.gzip_minimum_bytes:
        return
    if response.status in (204, 206, 304) or hdrs.CONTENT_ENCODING in response.headers:
        return
    if not is_worthwhile(response.headers.get(hdrs.CONTENT_TYPE, "")):
        return
    add_vary(response)
    if not accepts_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, "")):
        return
    if len(body) <= _ON_THE_SPOT_BYTES:
        packed = gzip_bytes(body, settings.gzip_level)
    else:
        packed = await asyncio.to_thread(gzip_bytes, body, settings.gzip_level)
    if len(packed) >= len(body):
        return
    request[CONTEXT].plain_bytes = len(body)
    response.body = packed
    response.headers.popall(hdrs.CONTENT_LENGTH, None)
    response.headers[hdrs.CONTENT_ENCODING] = "gzip"


def gzip_bytes(body: bytes | bytearray, level: int) -> bytes:
    """The gzip form, without a time in its head: the same bytes each time."""
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP_WINDOW)
    return packer.compress(body) + packer.flush()


@dataclass(frozen=True, slots=True)
class Packed:
    """Octets as deflate blocks that end at a byte, are not the last and refer to nothing outside (RFC 1951 §3.2): they
    can stand anywhere in a stream. With it what a stream has to know of the `size` octets that come out of them."""

    octets: bytes
    size: int
    crc: int
    shift: int

    @classmethod
    def of(cls, piece: bytes, level: int) -> Packed:
        return cls(_deflated(piece, level), len(piece), zlib.crc32(piece), crc32.shift(len(piece)))

    def unpacked(self) -> bytes:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(self.octets, self.size) if self.size else b""


class Gzip:
    """A gzip stream made piece by piece. A piece that was packed before is taken as it is, without a look inside."""

    def __init__(self, level: int) -> None:
        self._level = level
        self._crc = 0
        self._size = 0

    def begin(self) -> bytes:
        """The head (RFC 1952 §2.3), without a time: the same bytes each time."""
        return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

    def add(self, piece: bytes | Packed) -> bytes:
        """What to send for a piece."""
        if isinstance(piece, Packed):
            self._crc = crc32.joined(self._crc, piece.crc, piece.shift)
            self._size += piece.size
            return piece.octets
        self._crc = zlib.crc32(piece, self._crc)
        self._size += len(piece)
        return _deflated(piece, self._level)

    def end(self) -> bytes:
        """An empty last block and the trailer."""
        return b"\x03\x00" + self._crc.to_bytes(4, "little") + (self._size & 0xFFFFFFFF).to_bytes(4, "little")


def _deflated(piece: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH)


def wanted(request: web.Request, settings: HttpSettings) -> bool:
    """Whether the answer to a request may be gzip."""
    return settings.gzip and accepts_gzip(request.headers.get(hdrs.ACCEPT_ENCODING, ""))


def is_worthwhile(content_type: str) -> bool:
    return _WORTH.match(content_type.lower()) is not None


def add_vary(response: web.StreamResponse) -> None:
    """Tell caches that the answer depends on Accept-Encoding."""
    known = response.headers.get(hdrs.VARY)
    if known is None:
        response.headers[hdrs.VARY] = "Accept-Encoding"
    elif "accept-encoding" not in known.lower():
        response.headers[hdrs.VARY] = f"{known}, Accept-Encoding"


def accepts_gzip(header: str) -> bool:
    """RFC 9110 §12.5.3: gzip, x-gzip or * with a weight above zero; the named coding beats the star."""
    if not header:
        return False
    weights: dict[str, float] = {}
    for part in header[:1000].lower().split(","):
        coding, _, parameters = part.partition(";")
        weights[coding.strip()] = _weight(parameters)
    for coding in ("gzip", "x-gzip", "*"):
        if coding in weights:
            return weights[coding] > 0
    return False


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
