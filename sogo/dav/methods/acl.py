"""ACL (RFC 3744 §8.1): a list that says what is already so is taken, any other is refused with the rule it hurts."""

from __future__ import annotations

from aiohttp import web

from sogo.codec.davxml.acl import parse_acl
from sogo.dav.access import require_unchanged
from sogo.dav.context import DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.resources import Nowhere, Root, Slot
from sogo.errors import NotAllowedHere, NotFound


@method("ACL")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    if isinstance(target, Root):
        raise NotAllowedHere("The root is nobody's, and has no access control list.")
    await require_unchanged(request, target, parse_acl(await request.xml()))
    return web.Response(status=200)
