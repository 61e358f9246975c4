"""The login inside a web session's row, and the token against forged requests (store.md §13).

    cookie: userKey, sessionKey            row: c_id = sessionKey, c_value = base64(userKey XOR "login:password")

The browser has the key and the table has the value; neither knows the password without the other. The plain text is
filled with NULs to the key's length, so its length does not show. Keys of the original have 1575 octets.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sogo.codec.obscured import fold, octets, text_of, unfold, xor
from sogo.errors import CodecError
from sogo.secret import Secret

DISCARDED = "discard"
"""The c_value of a session whose user has logged out: it holds no login."""

USER_KEY_OCTETS = 1575
LINE_CHARS = 1024


@dataclass(frozen=True, slots=True)
class SessionLogin:
    """`login` is as it was typed, perhaps `user@domain`."""

    login: str
    password: Secret


def render_session_value(login: SessionLogin, user_key: Secret) -> str:
    """The c_value of a login under a key in base64. Raises CodecError for what could not be read back."""
    if ":" in login.login or "\0" in login.login + login.password.reveal():
        raise CodecError("a login with a colon, or a login or password with a NUL, cannot be in a session")
    key = unfold(user_key.reveal())
    plain = octets(f"{login.login}:{login.password.reveal()}", "utf-8")
    return fold(xor(plain.ljust(len(key), b"\0"), key), LINE_CHARS)


def parse_session_value(value: str, user_key: Secret) -> SessionLogin:
    """The login in a c_value. Raises CodecError for a wrong key, and for the value of a discarded session."""
    if value == DISCARDED:
        raise CodecError("this session was discarded")
    plain = text_of(xor(unfold(value), unfold(user_key.reveal())).strip(b"\0"), "utf-8")
    if plain is None or ":" not in plain:
        raise CodecError("this session belongs to another key")
    login, _, password = plain.partition(":")
    return SessionLogin(login, Secret(password))


def xsrf_token(value: str) -> str:
    """What the cookie XSRF-TOKEN holds for a c_value: its SHA-1 in lower-case hexadecimal."""
    return hashlib.sha1(octets(value, "utf-8"), usedforsecurity=False).hexdigest()
