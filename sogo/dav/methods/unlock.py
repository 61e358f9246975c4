"""UNLOCK (RFC 4918 §9.11)."""

from __future__ import annotations

from aiohttp import web

from sogo.codec.davxml.lockinfo import parse_lock_token
from sogo.dav.context import DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.resources import lockable
from sogo.errors import InvalidRequest, LockTokenMismatch


@method("UNLOCK")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    header = request.http.headers.get("Lock-Token")
    if header is None:
        raise InvalidRequest("A Lock-Token is needed.")
    token = parse_lock_token(header)
    place = lockable(target)
    if place is None:
        raise LockTokenMismatch("There is no such lock here.")
    await request.services.locks.unlock(*place, token)
    return web.Response(status=204)
