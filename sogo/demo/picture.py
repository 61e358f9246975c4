"""A small PNG drawn from nothing: a coloured square with a lighter disc, so that contacts have a photo."""

from __future__ import annotations

import struct
import zlib

SIDE = 48


def portrait(red: int, green: int, blue: int) -> bytes:
    """A PNG of 48 by 48 pixels in this colour (0 to 255 each)."""
    dark, light = bytes((red, green, blue)), bytes((255 + part) // 2 for part in (red, green, blue))
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)  # no filter on this row
        for x in range(SIDE):
            head = (x - 24) ** 2 + (y - 18) ** 2 < 90
            shoulders = (x - 24) ** 2 + (y - 46) ** 2 < 300
            rows += light if head or shoulders else dark
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(rows), 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
