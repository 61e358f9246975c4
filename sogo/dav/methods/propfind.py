"""PROPFIND (RFC 4918 §9.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc4918 import PropfindKind, parse_propfind
from sogo.dav import answer, home_members, listing, propfind
from sogo.dav.context import DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.methods.options import of_server
from sogo.dav.properties import Need
from sogo.dav.propfind import Asked, Selection
from sogo.dav.resources import (
    MAIL_COLLECTIONS,
    OBJECTS,
    STORED_OBJECTS,
    Collection,
    Home,
    MailHome,
    Nowhere,
    On,
    Resource,
    Slot,
    is_collection,
)
from sogo.dav.selection import listed_data_properties
from sogo.errors import InvalidData, NotFound

_FEATURES_WITH = frozenset({dav("principal-collection-set"), dav("principal-URL")})


def _asked(root: Element | None) -> Asked:
    return Asked(parse_propfind(root))


@method("PROPFIND")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    if isinstance(target, Slot) and target.reserved is not None:
        target = target.reserved
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    selection = (await request.read_xml(_asked)).selection(listed_data_properties(request))
    depth = request.depth("1" if target.kind & (On.ROOT | On.PRINCIPAL | MAIL_COLLECTIONS) else "infinity")
    if depth == "infinity" and target.kind & MAIL_COLLECTIONS:
        raise InvalidData("Mail is listed one level at a time.", rule="propfind-finite-depth")
    parts = _responses(request, target, selection, depth)
    response = await answer.multistatus(request.http, parts, without_root=depth != "0")
    if not response.prepared and _asks_for_features(request, selection):
        response.headers["DAV"] = ", ".join(of_server(request, target))
    return response


def _asks_for_features(request: DavRequest, selection: Selection) -> bool:
    """Old clients of Apple read the DAV header here; others ask with OPTIONS (dav.md §3.2)."""
    return request.client.wants_features_with_properties and not _FEATURES_WITH.isdisjoint(selection.wanted.names)


async def _responses(
    request: DavRequest, root: Resource, selection: Selection, depth: str
) -> AsyncIterator[answer.Part]:
    if not (request.without_root and depth != "0"):
        async for part in _render(request, [root], selection):
            yield part
    if depth == "0" or not is_collection(root):
        return
    if isinstance(root, Collection):
        held = await request.services.objects.held(root.view)
        if held is not None:
            async for piece in listing.listed(request, root, held, listing.all_of(held), selection, b"members"):
                yield piece
            return
    if isinstance(root, Home) and depth == "1" and not selection.overrides:
        async for member in home_members.members(request, root, selection, _render):
            yield member
        return
    async for batch in _below(request, root, _wants_content(selection), deeper=depth == "infinity"):
        async for part in _render(request, batch, selection):
            yield part


async def _below(
    request: DavRequest, resource: Resource, content: bool, *, deeper: bool
) -> AsyncIterator[list[Resource]]:
    """The members, and with `deeper` what lies below them, parents first."""
    async for batch in request.tree.members(resource, content=content):
        yield batch
        for member in batch if deeper else ():
            if is_collection(member) and not isinstance(member, MailHome):  # which is asked for by itself
                async for lower in _below(request, member, content, deeper=True):
                    yield lower


async def _render(request: DavRequest, batch: list[Resource], selection: Selection) -> AsyncIterator[str]:
    needs = selection.needs({resource.kind for resource in batch})
    slash = request.path.collection
    for item in await propfind.load(request, batch, needs):
        path = request.path_of(item.resource.segments, collection=slash and is_collection(item.resource))
        yield await propfind.response(item, selection, href=path)


def _wants_content(selection: Selection) -> bool:
    if selection.wanted.kind is PropfindKind.PROPNAME:
        return False
    return any(Need.CONTENT in selection.needs({kind}) for kind in STORED_OBJECTS & OBJECTS)
