"""Checks a password against what a user table stores, and makes what it should store (auth.md §5).

    {scheme}data   or   data in the source's own scheme; `.hex`, `.b64` or `.base64` after the name overrides encoding

Both functions compute for as long as the scheme is meant to take: call them in a bounded executor.
"""

from __future__ import annotations

import re
import secrets

from sogo.auth.password_schemes import SCHEMES, Encoding, RandomBytes, Scheme, decode, encode
from sogo.errors import ConfigError

MAX_PASSWORD_BYTES = 4096
MAX_STORED_BYTES = 16_384

_PREFIX = re.compile(r"\{([^{}]*)\}")
_ENCODINGS = {"hex": Encoding.HEX, "b64": Encoding.BASE64, "base64": Encoding.BASE64}


def verify(stored: str, password: str, default_scheme: str = "none", *, key: bytes = b"") -> bool:
    """Whether `stored` is the password's. Never raises: an unknown scheme, a broken value or an absurdly long password
    is a no. `key` is what the file of keyPath holds, for sym-aes-128-cbc."""
    name, data = split_scheme(stored)
    found = _scheme(default_scheme if name is None else name)
    try:
        given, kept = password.encode("utf-8"), data.encode("utf-8")
        if found is None or is_unfit(given) or len(kept) > MAX_STORED_BYTES:
            return False
        scheme, encoding = found
        return scheme.check(given, decode(kept, encoding), key)
    except (ValueError, OverflowError, MemoryError):
        return False


def make(
    password: str,
    scheme: str,
    *,
    prepend: bool = False,
    key: bytes = b"",
    random: RandomBytes = secrets.token_bytes,
) -> str:
    """What to store for a password; with `{scheme}` in front when `prepend` says so.

    A bare text that would be read as a scheme prefix of its own gets one in any case, else it would never verify.
    Raises ConfigError for an unknown scheme, and where the scheme cannot take this password or lacks its key.
    """
    found = _scheme(scheme)
    if found is None:
        raise ConfigError(f"unknown password scheme {scheme!r}", key="userPasswordAlgorithm")
    try:
        given = password.encode("utf-8")
        if is_unfit(given):
            raise ValueError("too long, or with a NUL")
        text = encode(found[0].make(given, key, random), found[1]).decode("utf-8")
    except ValueError as error:
        raise ConfigError(f"no {scheme} password can be made of this", key="userPasswordAlgorithm") from error
    return f"{{{scheme}}}{text}" if prepend or _PREFIX.match(text) else text


def split_scheme(stored: str) -> tuple[str | None, str]:
    """`{SSHA}abc` -> ("SSHA", "abc"); without a prefix the name is None."""
    prefix = _PREFIX.match(stored)
    return (prefix[1], stored[prefix.end() :]) if prefix else (None, stored)


def is_known_scheme(name: str) -> bool:
    return _scheme(name) is not None


def is_unfit(password: bytes) -> bool:
    """Too long, or with a NUL, which ends a C string and pads a key in HMAC: crypt and pbkdf2 could not tell it."""
    return len(password) > MAX_PASSWORD_BYTES or b"\x00" in password


def _scheme(name: str) -> tuple[Scheme, Encoding] | None:
    base, dot, suffix = name.strip().lower().partition(".")
    scheme, override = SCHEMES.get(base), _ENCODINGS.get(suffix)
    if scheme is None or (dot and override is None):
        return None
    return scheme, override or scheme.encoding
