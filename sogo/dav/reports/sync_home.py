"""sync-collection on homes (RFC 6578): which calendars or address books are new, changed or gone since a token.

A member counts as changed when anything in it or about it is: a client that follows the home asks only those that are
told. Of what lies deeper nothing is told, so sync-level is 1 (§3.3).
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc6578 import parse_sync_collection
from sogo.dav import answer, propfind
from sogo.dav.context import DavRequest
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.resources import HOMES, Home, Resource
from sogo.dav.tokens import parse_token, render_token
from sogo.dav.truncation import truncated
from sogo.errors import Forbidden, InvalidData
from sogo.model.listing import ListingChanges, changes


@report(dav("sync-collection"), on=HOMES)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    assert isinstance(target, Home)
    wanted = parse_sync_collection(root, depth=request.http.headers.get("Depth"))
    if wanted.infinite:
        raise InvalidData("A home is synchronised level by level.", rule="sync-traversal-supported")
    since = parse_token(wanted.token)
    await request.services.folders.open_home(request.actor, target.owner, target.folder_kind, noted=True)
    noted = await request.services.homes.noted(request.actor, target.owner, target.folder_kind)
    if noted is None:
        raise Forbidden("This site keeps no order of the changes of homes.")
    found = changes(noted, since, limit=wanted.limit)
    return await answer.multistatus(request.http, _responses(request, target, found, Selection(wanted.wanted)))


async def _responses(
    request: DavRequest, target: Home, found: ListingChanges, selection: Selection
) -> AsyncIterator[str]:
    changed = set(found.changed)
    async for batch in request.tree.members(target, content=False):
        told = [resource for resource in batch if resource.segments[-1] in changed]
        for item in await propfind.load(request, told, selection.needs({resource.kind for resource in told})):
            yield await propfind.response(item, selection, href=request.href(item.resource))
    for name in found.removed:
        yield writer.status_response(request.path_of((*target.segments, name), collection=True), 404)
    if found.truncated:
        yield truncated(request.href(target))
    yield writer.sync_token(render_token(found.point))
