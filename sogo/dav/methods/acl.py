"""ACL (RFC 3744 §8.1): gives roles on folders to others, as far as privileges stand for roles (`sogo.dav.grants`)."""

from __future__ import annotations

from aiohttp import web

from sogo.codec.davxml.acl import parse_acl
from sogo.dav.access import write_list
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
    await write_list(request, target, parse_acl(await request.xml()))
    return web.Response(status=200)
