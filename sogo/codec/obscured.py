"""What the original's obscured texts have in common: a key XORed over octets, and base64 in lines (store.md §§11-13).

XOR with a key that is used more than once hides a text from a glance, not from an attacker. It is here because the
tables have it.
"""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress

from sogo.errors import CodecError

MAX_CHARS = 1_000_000


def xor(data: bytes, key: bytes) -> bytes:
    """Every octet XORed with the key's, which begins anew where it ends. Raises CodecError for an empty key."""
    if not key:
        raise CodecError("a text cannot be obscured with an empty key")
    repeated = (key * (len(data) // len(key) + 1))[: len(data)]
    return (int.from_bytes(data) ^ int.from_bytes(repeated)).to_bytes(len(data))


def fold(data: bytes, width: int) -> str:
    """Base64 in lines of `width` characters, a line feed between two."""
    text = base64.b64encode(data).decode("ascii")
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))


def unfold(text: str) -> bytes:
    """The octets of a base64 text, wherever its lines end. Raises CodecError, which never shows the text."""
    if len(text) > MAX_CHARS:
        raise CodecError(f"more than {MAX_CHARS} characters of base64")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise CodecError("this is not base64") from None


def octets(text: str, encoding: str) -> bytes:
    """A text encoded. Raises CodecError for half a surrogate pair; the error keeps no part of the text."""
    encoded = None
    with suppress(UnicodeEncodeError):  # it holds the text, so ours is not raised while it is handled
        encoded = text.encode(encoding)
    if encoded is None:
        raise CodecError("half a surrogate pair cannot be stored")
    return encoded


def text_of(data: bytes, encoding: str) -> str | None:
    """Octets decoded; None when they are no text, which with XOR is the sign of a wrong key."""
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
