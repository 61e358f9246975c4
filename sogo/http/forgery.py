"""Requests that a page of another site makes in the name of whoever looks at it (CVE-2015-5395).

A browser that knows a password by Basic login sends it with the forms of every page. A form can only GET and POST, so
whoever takes a POST asks `refuse_forged` first. Programs that are no browsers send neither header, and are not meant.
"""

from __future__ import annotations

from aiohttp import hdrs, web

from sogo.errors import Forbidden
from sogo.http.settings import HTTP_SETTINGS

_OWN = frozenset({"same-origin", "none"})


def refuse_forged(request: web.Request) -> None:
    """Raises Forbidden for what a page asks whose origin is neither this server nor listed (SOGoAllowedOrigins).

    Sec-Fetch-Site is the browser's own word. Where it is missing, the origin has to have the host the request was sent
    to: the scheme is not compared, since it is the front end that knows it.
    """
    origin = request.headers.get(hdrs.ORIGIN)
    site = request.headers.get("Sec-Fetch-Site")
    if (origin is None and site is None) or site in _OWN:
        return
    if origin in request.app[HTTP_SETTINGS].allowed_origins:
        return
    if site is None and origin is not None and origin.partition("://")[2] == request.headers.get(hdrs.HOST, ""):
        return
    raise Forbidden("A page of another site asked for this.")
