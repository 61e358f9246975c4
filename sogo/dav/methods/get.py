"""GET and HEAD of objects, and of what reads as a file (RFC 9110 §9.3.1)."""

from __future__ import annotations

from dataclasses import replace
from email.utils import formatdate

from aiohttp import web

from sogo.dav import apple_sharing, attachments, downloads, mail_methods
from sogo.dav.context import DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.negotiation import card_version
from sogo.dav.resources import (
    Collection,
    DirectoryObject,
    ExportFile,
    FreeBusyFile,
    InboxMessage,
    MailMessage,
    Notification,
    Nowhere,
    On,
    Slot,
    StoredObject,
)
from sogo.dav.scheduling import schedule_tag_of
from sogo.dav.selection import zone_form
from sogo.dav.texts import content_type, etag_of, quoted, text_of_object
from sogo.errors import NotAllowedHere, NotFound
from sogo.model.card_versions import in_version, version_of
from sogo.model.folder_settings import Document
from sogo.model.zone_form import text_in_zone_form
from sogo.service.pace import is_long, maybe_apart


@method("GET", "HEAD")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    if isinstance(target, Slot) and target.reserved is not None:
        return web.Response(status=200, body=b"")  # a locked name without an object (RFC 4918 §7.3)
    if (managed_id := attachments.attachment_at(target)) is not None:
        return await attachments.serve(request, managed_id)
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    if isinstance(target, MailMessage):
        return await mail_methods.get(request, target)
    if isinstance(target, Collection | ExportFile | FreeBusyFile):
        return await downloads.serve(request, target)
    if isinstance(target, Notification):
        return apple_sharing.notification(request, target)
    if isinstance(target, InboxMessage):
        return _message(request, target)
    if not isinstance(target, StoredObject | DirectoryObject):
        raise NotAllowedHere("A collection has no content of its own.")
    etag = etag_of(target)
    vary = "CalDAV-Timezones" if target.kind is On.EVENT else "Accept"
    headers = {"ETag": quoted(etag), "X-Content-Type-Options": "nosniff", "Vary": vary}
    if isinstance(target, StoredObject) and target.entry.mask is None:
        headers["Last-Modified"] = formatdate(target.entry.modified, usegmt=True)
        tag = await schedule_tag_of(request, target)
        headers |= {"Schedule-Tag": quoted(tag)} if tag else {}
    conditions = request.preconditions
    replace(conditions, none_match=None).check(etag)
    if conditions.not_modified(etag):
        return web.Response(status=304, headers=headers)
    settings = await request.settings()
    long = isinstance(target, StoredObject) and is_long(target.entry)
    text, kind = await maybe_apart(long, _form, request, target, settings)
    return web.Response(status=200, headers=headers | {"Content-Type": kind}, body=text.encode())


def _message(request: DavRequest, target: InboxMessage) -> web.Response:
    etag = etag_of(target)
    headers = {"ETag": quoted(etag), "X-Content-Type-Options": "nosniff"}
    conditions = request.preconditions
    replace(conditions, none_match=None).check(etag)
    if conditions.not_modified(etag):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = content_type(target)
    return web.Response(status=200, headers=headers, body=target.item.content.encode("utf-8", "replace"))


def _form(request: DavRequest, target: StoredObject | DirectoryObject, settings: Document) -> tuple[str, str]:
    """The text as it is asked for, and its media type."""
    text, kind = text_of_object(target, settings), content_type(target)
    if target.kind is On.EVENT:
        return text_in_zone_form(text, zone_form(request)), kind
    version = card_version(request.http.headers.get("Accept", ""), version_of(text))
    if version is None:
        return text, kind
    return in_version(text, version), f"{kind}; version={version}"
