"""PROPPATCH (RFC 4918 §9.2)."""

from __future__ import annotations

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.codec.davxml.rfc4918 import parse_proppatch
from sogo.dav import prefer, propfind, proppatch
from sogo.dav.answer import xml_answer
from sogo.dav.context import DavRequest
from sogo.dav.failures import Place
from sogo.dav.methods import Target, method
from sogo.dav.properties import Need
from sogo.dav.resources import (
    Collection,
    Home,
    Inbox,
    Nowhere,
    Principal,
    ProxyGroup,
    Slot,
    StoredObject,
    is_collection,
)
from sogo.errors import Forbidden, NotFound
from sogo.model.rights import Deed
from sogo.service.folders import standing


@method("PROPPATCH")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    _require_right(request, target)
    changes = parse_proppatch(await request.xml())
    needs = Need.SETTINGS | Need.STORED | Need.OWNER
    if isinstance(target, Inbox):
        needs |= Need.CALENDARS
    [item] = await propfind.load(request, [target], needs)
    trial = proppatch.attempt(item, changes)
    if not trial.failed:
        await proppatch.apply(item, trial)
    if request.prefer.short and not trial.failed:
        # RFC 8144 §2.2: all is done, so there is nothing to tell.
        return web.Response(status=200, headers=prefer.applied("return=minimal"))
    path = request.path_of(target.segments, collection=request.path.collection and is_collection(target))
    answer = writer.response(path, *proppatch.propstats(trial, Place(path, path)))
    return xml_answer(207, writer.multistatus([answer]))


def _require_right(request: DavRequest, target: Target) -> None:
    match target:
        case Collection(view):
            view.require(Deed.SEE)  # what is the actor's own may be set; the rest is refused where it is tried
        case StoredObject(view, entry) if entry.mask is not None:
            view.require(Deed.SET_PROPERTIES)
        case Home(owner=user) | Principal(user) | ProxyGroup(user):
            if not standing(request.actor, user).owner:
                raise Forbidden("Only the owner can do this.", right=Deed.SET_PROPERTIES.privilege)
