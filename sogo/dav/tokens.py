"""Sync tokens as text: a URI, as RFC 6578 §6.2 wants, around the store's point."""

from __future__ import annotations

from sogo.errors import InvalidSyncToken
from sogo.model.folder import SyncPoint

_PREFIX = "data:,"


def render_token(point: SyncPoint) -> str:
    return f"{_PREFIX}{point}"


def parse_token(text: str) -> SyncPoint | None:
    """The point a client has; None for an empty token (everything anew). Raises InvalidSyncToken for what this server
    never gave, the original's bare numbers among it: the client then starts afresh."""
    text = text.strip()
    if not text:
        return None
    generation, dash, revision = text.removeprefix(_PREFIX).rpartition("-")
    if not text.startswith(_PREFIX) or not dash or not generation or not revision.isdecimal() or len(revision) > 18:
        raise InvalidSyncToken("This sync token was not given by this server.")
    return SyncPoint(generation, int(revision))
