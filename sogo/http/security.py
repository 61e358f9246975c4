"""Headers that make a browser careful. Every answer gets the first set; pages add a content security policy."""

from __future__ import annotations

from aiohttp import web

SERVER_NAME = "SOGo"
"""All we say of ourselves: neither a version nor what we are made of."""
ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


def harden(response: web.StreamResponse, *, policy: str | None = None) -> None:
    """Set the headers every answer has, and `policy` as Content-Security-Policy. What is set already stays."""
    response.headers["Server"] = SERVER_NAME
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if policy is not None:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
