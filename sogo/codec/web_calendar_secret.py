"""Credentials of a subscribed web calendar, as WebCalendarsAuthentication has them (store.md §12.5).

`user:password` in UTF-16 XORed unit by unit with the subscriber's own password (or SOGoEncryptionKey where there is
none), little endian, in base64 of 72 characters a line. A user who changes the password cannot read them any more.
"""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.obscured import fold, octets, text_of, unfold, xor
from sogo.errors import CodecError
from sogo.secret import Secret

LINE_CHARS = 72


@dataclass(frozen=True, slots=True)
class WebCalendarLogin:
    """Whom the other server knows."""

    user: str
    password: Secret


def render_web_calendar_secret(login: WebCalendarLogin, key: Secret) -> str:
    """Raises CodecError for a user name with a colon, half a surrogate pair or an empty key."""
    if ":" in login.user:
        raise CodecError("a user name with a colon cannot be stored")
    plain = octets(f"{login.user}:{login.password.reveal()}", "utf-16-le")
    return fold(xor(plain, octets(key.reveal(), "utf-16-le")), LINE_CHARS)


def parse_web_calendar_secret(value: str, key: Secret) -> WebCalendarLogin:
    """Raises CodecError for what another key has made, as far as that shows."""
    plain = text_of(xor(unfold(value), octets(key.reveal(), "utf-16-le")), "utf-16-le")
    if plain is None or ":" not in plain:
        raise CodecError("these credentials belong to another key")
    user, _, password = plain.partition(":")
    return WebCalendarLogin(user, Secret(password))
