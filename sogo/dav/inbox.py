"""Where an inbox stands, as text. Its messages only come and go, and there are few of them; so a sync token is the list
of their names, and nothing has to be kept to tell later what came and went (RFC 6578 §3.7)."""

from __future__ import annotations

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Sequence

from sogo.errors import InvalidSyncToken
from sogo.store.interface import InboxItem

_PREFIX = "data:,inbox-"
_MARK = "data:,inbox~"
_NAME = re.compile(r"([0-9a-f]{32})\.ics")
_OCTETS = 16
MAX_TOKEN_CHARS = 16_384


def mark_of(items: Sequence[InboxItem]) -> str:
    """Another one whenever other messages are there."""
    return hashlib.blake2b("\n".join(item.name for item in items).encode(), digest_size=16).hexdigest()


def token_of(items: Sequence[InboxItem]) -> str:
    """A URI. Where a name is of another form than scheduling gives, it tells only whether something changed."""
    found = [_NAME.fullmatch(item.name) for item in items]
    names = [match.group(1) for match in found if match is not None]
    if len(names) < len(items):
        return _MARK + mark_of(items)
    return _PREFIX + urlsafe_b64encode(bytes.fromhex("".join(names))).decode()


def known_names(token: str, items: Sequence[InboxItem]) -> list[str]:
    """The names a client knows by its token; none for an empty one. Raises InvalidSyncToken."""
    token = token.strip()
    if not token:
        return []
    if token == _MARK + mark_of(items):
        return [item.name for item in items]
    try:
        if not token.startswith(_PREFIX) or len(token) > MAX_TOKEN_CHARS:
            raise ValueError
        octets = urlsafe_b64decode(token.removeprefix(_PREFIX))
        if len(octets) % _OCTETS:
            raise ValueError
    except (ValueError, BadBase64) as error:
        raise InvalidSyncToken("This sync token was not given by this server.") from error
    return [octets[at : at + _OCTETS].hex() + ".ics" for at in range(0, len(octets), _OCTETS)]
