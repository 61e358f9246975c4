"""acl-principal-prop-set (RFC 3744 §9.2): properties of the people an access control list names."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from sogo.codec.davxml.acl import Who
from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.report import parse_wanted
from sogo.dav import answer, propfind
from sogo.dav.access import entries, owner_of
from sogo.dav.context import DavRequest
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.resources import EVERYTHING, On, Principal, Resource


@report(dav("acl-principal-prop-set"), on=EVERYTHING & ~On.ROOT)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    return await answer.multistatus(request.http, _responses(request, target, Selection(parse_wanted(root))))


async def _responses(request: DavRequest, target: Resource, selection: Selection) -> AsyncIterator[str]:
    """Each person once, however many entries name it."""
    owner = owner_of(target)
    if owner is None or not any(ace.who is Who.PROPERTY for ace in entries(target)):
        return
    for item in await propfind.load(request, [Principal(owner)], selection.needs({On.PRINCIPAL})):
        yield propfind.render(item, selection, href=request.href(item.resource))
