"""How a client that knows only the host finds the tree (RFC 6764 §5, dav.md §22)."""

from __future__ import annotations

from aiohttp import web

from sogo.codec.davxml.href import join_path
from sogo.dav.context import MOUNT

WELL_KNOWN = frozenset({"/.well-known/caldav", "/.well-known/carddav"})
ROOT_ALIASES = frozenset({"/", "/SOGo", "/SOGo/", "/principals", "/principals/"})
DISCOVERY_METHODS = frozenset({"PROPFIND", "OPTIONS", "REPORT"})


def is_well_known(path: str) -> bool:
    return path.rstrip("/") in WELL_KNOWN


def is_root_alias(method: str, path: str) -> bool:
    """A DAV request to a path where a client guesses the server to be."""
    return method in DISCOVERY_METHODS and path in ROOT_ALIASES


def redirect() -> web.Response:
    """To the tree. 301 keeps the method of everything but POST in every client we know."""
    return web.Response(
        status=301, headers={"Location": join_path(MOUNT, collection=True), "Cache-Control": "max-age=3600"}
    )
