"""Headers that make a browser careful. Every answer gets the first set; pages add a content security policy."""

from __future__ import annotations

from aiohttp import web

ALWAYS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
NO_STORE = "no-store, no-cache, must-revalidate, max-age=0"
STRICT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)


def harden(response: web.StreamResponse, *, policy: str | None = None) -> None:
    """Set the headers every answer has, and `policy` as Content-Security-Policy. What is set already stays."""
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if policy is not None:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")


def no_store(response: web.StreamResponse) -> None:
    """For answers with personal data that no cache may keep."""
    response.headers["Cache-Control"] = NO_STORE
    response.headers["Pragma"] = "no-cache"
