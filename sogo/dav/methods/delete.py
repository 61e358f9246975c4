"""DELETE (RFC 4918 §9.6)."""

from __future__ import annotations

from aiohttp import web

from sogo.dav.context import DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.resources import Collection, Nowhere, Slot, StoredObject
from sogo.errors import Forbidden, InvalidRequest, NotFound


@method("DELETE")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    match target:
        case Slot() | Nowhere():
            raise NotFound("There is no such resource.")
        case StoredObject(view, entry):
            expect = request.preconditions.expect(etag=entry.etag, version=entry.version)
            await request.services.objects.remove(view, entry.name, expect=expect)
        case Collection(view):
            if request.depth("infinity") != "infinity":
                raise InvalidRequest("A collection is deleted with all it holds (Depth: infinity).")
            await request.services.folders.remove(view)
        case _:
            raise Forbidden("This cannot be deleted.", right="unbind")
    return web.Response(status=204)
