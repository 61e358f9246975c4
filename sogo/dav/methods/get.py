"""GET and HEAD of objects (RFC 9110 §9.3.1)."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate

from aiohttp import web

from sogo.dav.context import DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.pace import is_long, maybe_apart
from sogo.dav.resources import DirectoryObject, Nowhere, Slot, StoredObject
from sogo.dav.texts import content_type, etag_of, quoted, text_of_object
from sogo.errors import NotAllowedHere, NotFound


@method("GET", "HEAD")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    if isinstance(target, Slot) and target.reserved is not None:
        return web.Response(status=200, body=b"")  # a locked name without an object (RFC 4918 §7.3)
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    if not isinstance(target, StoredObject | DirectoryObject):
        raise NotAllowedHere("A collection has no content of its own.")
    etag = etag_of(target)
    headers = {"ETag": quoted(etag), "X-Content-Type-Options": "nosniff"}
    if isinstance(target, StoredObject):
        headers["Last-Modified"] = formatdate(target.entry.modified, usegmt=True)
    conditions = request.preconditions
    replace(conditions, none_match=None).check(etag)
    if conditions.not_modified(etag):
        return web.Response(status=304, headers=headers)
    settings = await request.settings()
    long = isinstance(target, StoredObject) and is_long(target.entry)
    text = await maybe_apart(long, text_of_object, target, settings)
    return web.Response(status=200, headers=headers | {"Content-Type": content_type(target)}, body=text.encode())
