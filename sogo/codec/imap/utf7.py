"""Names of mailboxes on the wire: modified UTF-7 (RFC 3501 §5.1.3), or UTF-8 after ENABLE UTF8=ACCEPT (RFC 6855)."""

from __future__ import annotations

import base64
import binascii
import re

from sogo.errors import CodecError

_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")
_FOREIGN = re.compile(r"[^\x20-\x7e]+")


def decode_name(wire: str) -> str:
    """The name as people read it. What is no modified UTF-7 is left as it is, so that it can be told and found again:
    `encode_name` of it may then be another name."""
    return _SHIFTED.sub(_unshift, wire)


def encode_name(name: str) -> str:
    """The name on the wire, in ASCII. Raises CodecError for a NUL or a line end, which no mailbox may have."""
    if any(char in name for char in "\0\r\n"):
        raise CodecError("A mailbox name of one line is needed.", excerpt=ascii(name)[:60])
    return _FOREIGN.sub(_shift, name.replace("&", "&-"))


def _unshift(match: re.Match[str]) -> str:
    packed = match[1]
    if not packed:
        return "&"
    try:
        octets = base64.b64decode(packed.replace(",", "/") + "=" * (-len(packed) % 4), validate=True)
        text = octets.decode("utf-16-be")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return match[0]
    return text if _FOREIGN.fullmatch(text) and not any(char in text for char in "\0\r\n") else match[0]


def _shift(match: re.Match[str]) -> str:
    try:
        packed = base64.b64encode(match[0].encode("utf-16-be"))
    except UnicodeEncodeError as error:
        raise CodecError("A mailbox name with half a character.", excerpt=ascii(match[0])[:60]) from error
    return f"&{packed.decode().rstrip('=').replace('/', ',')}-"
