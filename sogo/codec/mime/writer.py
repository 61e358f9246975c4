"""Bodies of messages (RFC 2045, 2046): parts with their content encoded, and the message around them.

Every content is quoted-printable or base64, so that no relay changes it, no line is long, and no boundary can occur
in it: both write `=` otherwise.
"""

from __future__ import annotations

import quopri
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from sogo.codec.mime.headers import structured_field

Parameters = tuple[tuple[str, str], ...]


class Encoding(Enum):
    QUOTED_PRINTABLE = "quoted-printable"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf. `content` are the octets as they shall arrive; texts with any line ends."""

    media_type: str
    content: bytes
    parameters: Parameters = ()
    encoding: Encoding = Encoding.BASE64
    file_name: str = ""
    fields: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Multipart:
    """`subtype` is alternative or mixed."""

    subtype: str
    parts: tuple[Part | Multipart, ...]


def text_part(subtype: str, text: str) -> Part:
    """A text to be read. Quoted-printable where most of it is ASCII, which stays legible."""
    octets = text.encode("utf-8", "replace")
    mostly_ascii = sum(octet < 128 for octet in octets) >= len(octets) * 5 // 6
    encoding = Encoding.QUOTED_PRINTABLE if mostly_ascii else Encoding.BASE64
    return Part(f"text/{subtype}", octets, (("charset", "utf-8"),), encoding)


def render_message(fields: Sequence[bytes], body: Part | Multipart, boundary: str) -> bytes:
    """The message. `fields` are those of `headers`, without the ones that describe the body; `boundary` is a random
    word of letters and digits."""
    return b"".join(fields) + b"MIME-Version: 1.0\r\n" + _render(body, boundary)


def _render(part: Part | Multipart, boundary: str) -> bytes:
    return _leaf(part) if isinstance(part, Part) else _several(part, boundary)


def _several(part: Multipart, boundary: str) -> bytes:
    mark = f"=_{boundary}"
    head = structured_field("Content-Type", f"multipart/{part.subtype}", (("boundary", mark),))
    parts = [
        f"\r\n--{mark}\r\n".encode() + _render(inner, f"{boundary}.{number}") for number, inner in enumerate(part.parts)
    ]
    return head + b"".join(parts) + f"\r\n--{mark}--\r\n".encode()


def _leaf(part: Part) -> bytes:
    head = structured_field("Content-Type", part.media_type, part.parameters)
    head += structured_field("Content-Transfer-Encoding", part.encoding.value)
    if part.file_name:
        head += structured_field("Content-Disposition", "attachment", (("filename", part.file_name),))
    return head + b"".join(part.fields) + b"\r\n" + _encoded(part)


def _encoded(part: Part) -> bytes:
    content = part.content
    if part.media_type.startswith("text/"):
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if part.encoding is Encoding.BASE64:
        return encodebytes(content).replace(b"\n", b"\r\n")
    text = quopri.encodestring(content.replace(b"\r\n", b"\n"), quotetabs=True)
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
