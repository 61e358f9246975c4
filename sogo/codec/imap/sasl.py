"""What a client says in AUTHENTICATE: PLAIN (RFC 4616), OAUTHBEARER (RFC 7628), XOAUTH2."""

from __future__ import annotations

import base64

from sogo.errors import CodecError

MECHANISMS = frozenset({"PLAIN", "XOAUTH2", "OAUTHBEARER"})


def first_message(mechanism: str, *, name: str, password: str, acts_as: str = "") -> bytes:
    """The one message of a mechanism, in base64. `password` is a token where the mechanism wants one; `acts_as` is
    the user whose mail is meant, by default the one who logs in, as the original says it. Raises CodecError for a
    mechanism nobody here speaks, and for a NUL or a separator in a name."""
    if any(char in name + acts_as for char in "\0\x01\r\n") or any(char in password for char in "\0\x01"):
        raise CodecError("A login of one line is needed.")
    match mechanism.upper():
        case "PLAIN":
            message = f"{acts_as or name}\0{name}\0{password}"
        case "XOAUTH2":
            message = f"user={name}\x01auth=Bearer {password}\x01\x01"
        case "OAUTHBEARER":
            quoted = (acts_as or name).replace("=", "=3D").replace(",", "=2C")
            message = f"n,a={quoted},\x01auth=Bearer {password}\x01\x01"
        case _:
            raise CodecError("A SASL mechanism nobody here speaks.", excerpt=ascii(mechanism)[:40])
    return base64.b64encode(message.encode("utf-8", "surrogateescape"))
