"""The parts of a message that came from somewhere (RFC 2046 §5.1), and what they say (RFC 2045 §6).

    octets --leaves--> parts that are no multipart --octets_of--> without transfer encoding --text_of--> text

Nothing is raised: a message of a stranger is read as far as it can be. A message within a message is not looked into,
nor a report of one that could not be delivered: what they hold was not said to who reads this. Depth and number of
parts are bounded, and each level is read once, so a message costs no more than its size times MAX_DEPTH.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sogo.codec.contentline import decode
from sogo.codec.mime.fields import ContentType, Fields, content_type, parted

MAX_DEPTH = 16
MAX_PARTS = 200
MAX_BOUNDARY_CHARS = 300
MAX_FALSE_BOUNDARIES = 10_000
"""Lines of one multipart that only begin like its boundary."""
_OPAQUE = frozenset({"multipart/report", "multipart/digest"})
_CHARSET = re.compile(
    r"(?:utf-?8|utf-?16(?:le|be)?|us-ascii|ascii|iso-?8859-\d{1,2}|latin-?1|(?:windows-|cp)\d{3,4}|koi8-[ru]|gb2312|gbk"
    r"|gb18030|big5|shift_jis|euc-jp|iso-2022-jp|euc-kr|ks_c_5601-1987|tis-620|macintosh)",
    re.ASCII,
)
"""Encodings of text that are read in linear time; others are taken for UTF-8."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A message or a part of one."""

    fields: Fields
    type: ContentType
    body: bytes


def entity(octets: bytes) -> Entity:
    fields, body = parted(octets)
    return Entity(fields, content_type(fields.first("content-type")), body)


def leaves(message: Entity) -> Iterator[Entity]:
    """The parts that have no parts, in their order, as many as the limits allow."""
    waiting = [(message, 0)]
    number = 0
    while waiting and number < MAX_PARTS:
        one, depth = waiting.pop()
        number += 1
        boundary = one.type.parameters.get("boundary", "")
        if not one.type.is_multipart:
            yield one
        elif depth < MAX_DEPTH and one.type.kind not in _OPAQUE and 0 < len(boundary) <= MAX_BOUNDARY_CHARS:
            parts = _parts(one.body, boundary.encode("utf-8", "replace"), MAX_PARTS - number)
            waiting += reversed([(entity(part), depth + 1) for part in parts])


def _parts(body: bytes, boundary: bytes, limit: int) -> list[bytes]:
    """Without what is before the first boundary and behind the last."""
    mark = b"--" + boundary
    found: list[bytes] = []
    start, looks = -1, 0
    place = 0 if body.startswith(mark) else _next(body, mark, 0)
    while place >= 0 and len(found) < limit and looks < MAX_FALSE_BOUNDARIES:
        looks += 1
        end_of_line = body.find(b"\n", place)
        stop = len(body) if end_of_line < 0 else end_of_line
        rest = body[place + len(mark) : min(stop, place + len(mark) + 200)].rstrip()
        if rest in (b"", b"--"):
            if start >= 0:
                found.append(body[start : _before(body, place, start)])
            start = stop + 1
            if rest == b"--" or end_of_line < 0:
                return found
        place = _next(body, mark, place + 1)
    if start >= 0 and len(found) < limit:  # cut off
        found.append(body[start:])
    return found


def _next(body: bytes, mark: bytes, place: int) -> int:
    """The next boundary that stands at the beginning of a line, -1 for none."""
    found = body.find(b"\n" + mark, max(place - 1, 0))
    return found + 1 if found >= 0 else -1


def _before(body: bytes, place: int, start: int) -> int:
    """The end of a part: the end of line before a boundary belongs to the boundary."""
    end = place - 1
    return max(end - 1 if body[end - 1 : end] == b"\r" else end, start)


def octets_of(part: Entity) -> bytes:
    """The body without its transfer encoding. What is none of them is taken as it is."""
    encoding = part.fields.first("content-transfer-encoding").partition(";")[0].strip().lower()
    if encoding == "base64":
        try:
            return binascii.a2b_base64(part.body)
        except binascii.Error:
            return _cut_off(re.sub(rb"[^A-Za-z0-9+/]", b"", part.body))
    return binascii.a2b_qp(part.body) if encoding == "quoted-printable" else part.body


def _cut_off(letters: bytes) -> bytes:
    """Base64 without its end: as many octets as are whole."""
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def text_of(part: Entity) -> str:
    """The text of a part, by its charset; what a charset does not have is replaced. Without a charset, or with one
    that nobody reads, as calendars are read: UTF-8, else ISO-8859-1."""
    octets = octets_of(part)
    charset = part.type.parameters.get("charset", "").strip().lower()
    if _CHARSET.fullmatch(charset) and charset not in ("utf-8", "utf8"):
        try:
            return codecs.decode(octets, charset, "replace")
        except LookupError:
            pass
    return decode(octets)
