"""Web clients of other origins (the CORS protocol of the Fetch standard): only those that SOGoAllowedOrigins names.

A preflight carries no login, so it is answered before anybody asks for one. Whatever else a listed origin asks is
answered as usual, with the headers that let its page read the answer. Nobody else gets any of them.
"""

from __future__ import annotations

import re

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from sogo.http.context import CONTEXT
from sogo.http.limits import SUPPORTED_METHODS

ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?\Z")
"""As a browser writes one: lower case, no path, no slash at the end."""
_METHODS = ", ".join(sorted(SUPPORTED_METHODS))
_ASKED = ", ".join((
    "Accept", "Authorization", "Brief", "CalDAV-Timezones", "Content-Type", "Depth", "Destination", "If", "If-Match",
    "If-Modified-Since", "If-None-Match", "If-Schedule-Tag-Match", "Lock-Token", "Overwrite", "Prefer",
    "Push-Dont-Notify",
    "Schedule-Reply", "Timeout", "User-Agent", "X-Client", "X-HTTP-Method-Override", "X-Request-ID", "X-Requested-With",
))  # fmt: skip
_TOLD = ", ".join((
    "Allow", "Content-Length", "DAV", "ETag", "Last-Modified", "Location", "Lock-Token", "Preference-Applied",
    "Retry-After", "Schedule-Tag", "WWW-Authenticate", "X-Request-ID", "Expires",
))  # fmt: skip
_PREFLIGHT_SECONDS = "7200"


def preflights(allowed: frozenset[str]) -> Middleware:
    """Answer OPTIONS of a listed origin that asks whether it may."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        headers = request.headers
        if (
            request.method != hdrs.METH_OPTIONS
            or hdrs.ACCESS_CONTROL_REQUEST_METHOD not in headers
            or headers.get(hdrs.ORIGIN) not in allowed
        ):
            return await handler(request)
        request[CONTEXT].face = "preflight"
        answer = {
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: _METHODS,
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: _ASKED,
            hdrs.ACCESS_CONTROL_MAX_AGE: _PREFLIGHT_SECONDS,
        }
        return web.Response(status=204, headers=answer)

    return middleware


def open_to(request: web.Request, response: web.StreamResponse, allowed: frozenset[str]) -> None:
    """Let the page of a listed origin read this answer; caches are told that it depends on who asks."""
    headers = response.headers
    known = headers.get(hdrs.VARY)
    headers[hdrs.VARY] = f"{known}, Origin" if known else "Origin"
    origin = request.headers.get(hdrs.ORIGIN)
    if origin in allowed:
        headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        headers[hdrs.ACCESS_CONTROL_ALLOW_CREDENTIALS] = "true"
        headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = _TOLD
