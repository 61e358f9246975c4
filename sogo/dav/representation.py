"""Answers that carry an object as it is now, for who prefers that to asking again (RFC 8144 §3, §4)."""

from __future__ import annotations

from aiohttp import web

from sogo.dav import prefer
from sogo.dav.context import DavRequest
from sogo.dav.resources import On, StoredObject
from sogo.dav.selection import zone_form
from sogo.dav.texts import content_type, quoted, text_of_object
from sogo.errors import DomainError, PreconditionFailed
from sogo.model.folder_settings import Document
from sogo.model.zone_form import text_in_zone_form
from sogo.service.folders import FolderView
from sogo.service.pace import is_long, maybe_apart


async def representation(request: DavRequest, view: FolderView, name: str, *, status: int) -> web.Response:
    """The answer to a write, with what is stored now. Raises NotFound, Forbidden."""
    entry = await request.services.objects.load(view, name)
    resource = StoredObject(view, entry)
    text = await maybe_apart(is_long(entry), _text, request, resource, await request.settings())
    headers = {
        "ETag": quoted(entry.etag),
        "Content-Location": request.path_of(resource.segments),
        "Content-Type": content_type(resource),
        "X-Content-Type-Options": "nosniff",
    }
    headers |= prefer.applied("return=representation")
    return web.Response(status=status, headers=headers, body=text.encode())


def _text(request: DavRequest, resource: StoredObject, settings: Document) -> str:
    text = text_of_object(resource, settings)
    return text_in_zone_form(text, zone_form(request)) if resource.kind is On.EVENT else text


async def or_what_is_there(request: DavRequest, view: FolderView, name: str, error: PreconditionFailed) -> web.Response:
    """The 412 of a writer who was late: with the object that was in the way, where that is wished and allowed; else
    raises the error."""
    if not request.prefer.representation:
        raise error
    try:
        return await representation(request, view, name, status=412)
    except DomainError:
        raise error from None
