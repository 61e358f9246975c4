"""PUT of events, tasks and cards (RFC 4791 §5.3.2, RFC 6352 §6.3.2)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sogo.codec import contentline
from sogo.dav import mail_methods
from sogo.dav.context import DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.preconditions import Preconditions
from sogo.dav.properties.rfc4791 import COMPONENT_SET
from sogo.dav.representation import or_what_is_there, representation
from sogo.dav.resources import Collection, MailMessage, Nowhere, Slot, StoredObject
from sogo.dav.scheduling import wishes
from sogo.dav.selection import knows_zones_by_name
from sogo.dav.texts import quoted
from sogo.errors import CodecError, NotAllowedHere, NotFound, ParentMissing, PreconditionFailed, UnsupportedType
from sogo.model.calendar_rules import zones_told
from sogo.model.components import components_of
from sogo.model.folder import FolderKind
from sogo.service.folders import FolderView
from sogo.store.interface import Expect

_TYPES = frozenset({
    "text/calendar", "text/x-vcalendar", "application/ics", "text/vcard", "text/x-vcard", "text/directory",
    "text/x-vlist", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded",
})  # fmt: skip


@method("PUT")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    try:
        return await _save(request, target)
    except PreconditionFailed as error:
        match target:
            case StoredObject(view, entry):
                return await or_what_is_there(request, view, entry.name, error)
            case Slot(Collection(view), name):  # another writer was first
                return await or_what_is_there(request, view, name, error)
        raise


async def _save(request: DavRequest, target: Target) -> web.StreamResponse:
    box = mail_methods.mailbox_for(target)
    if box is not None:
        return await mail_methods.put(request, box)
    if isinstance(target, MailMessage):
        mail_methods.refuse_to_overwrite()
    if isinstance(target, Nowhere) and not _is_at_home(request, target):
        raise NotFound("There is no such resource.")  # as if there were a folder that the actor may not know of
    view, name, expect = _place(target, _preconditions(request))
    _check_type(request.http.content_type, view.folder.kind)
    body = await request.body()
    if knows_zones_by_name(request) and view.folder.kind is FolderKind.CALENDAR:
        await asyncio.to_thread(_require_zones, body)
    saved = await request.services.objects.save(
        view, name, body, expect=expect, tokens=request.tokens,
        known=target.entry if isinstance(target, StoredObject) else None, is_new=isinstance(target, Slot),
        wishes=wishes(request),
        components=await accepted_components(request, view),
        all_day_transparent=request.client.is_ios
        and request.services.config.domain(request.actor.domain).iphone_force_all_day_transparency,
    )  # fmt: skip
    if request.prefer.representation:
        return await representation(request, view, name, status=201 if saved.created else 200)
    # Without the ETag the client fetches what was made of its upload (RFC 4791 §5.3.4).
    headers = {"ETag": quoted(saved.etag)} if saved.verbatim else {}
    if saved.schedule_tag:
        headers["Schedule-Tag"] = quoted(saved.schedule_tag)
    return web.Response(status=201 if saved.created else 204, headers=headers)


def _check_type(content_type: str, kind: FolderKind) -> None:
    """Refuses what says that it is something else (RFC 9110 §15.5.16); whoever says nothing, or little, is believed.
    Calendars and cards in each other's place are left to who reads them."""
    if content_type not in _TYPES:
        rule = "supported-calendar-data" if kind is FolderKind.CALENDAR else "supported-address-data"
        raise UnsupportedType(f"Nothing of the type {content_type[:80]} is stored here.", rule=rule)


def _require_zones(body: bytes) -> None:
    """Raises InvalidData (valid-timezone); what is no calendar at all is refused by who stores it."""
    try:
        calendars = contentline.parse(contentline.decode(body)).components("VCALENDAR")
    except CodecError:
        return
    for calendar in calendars:
        zones_told(calendar)


def _preconditions(request: DavRequest) -> Preconditions:
    found = request.preconditions
    lenient = request.services.config.system.dav_lenient_preconditions
    if lenient and found.none_match is not None and found.none_match.any:
        return Preconditions(found.match, None, found.if_header)
    return found


def _is_at_home(request: DavRequest, target: Nowhere) -> bool:
    return request.actor.is_superuser or target.segments[:1] == (request.actor.user_id,)


def _place(target: Target, preconditions: Preconditions) -> tuple[FolderView, str, Expect]:
    """Where to write and what must be true there."""
    match target:
        case StoredObject(view, entry):
            return view, entry.name, preconditions.expect(etag=entry.etag, version=entry.version)
        case Slot(Collection(view), name):
            return view, name, preconditions.expect(etag=None, version=None)
        case Nowhere():
            raise ParentMissing("The collection does not exist.")
    raise NotAllowedHere("Objects can only be put into calendars and address books.")


async def accepted_components(request: DavRequest, view: FolderView) -> frozenset[str] | None:
    """The kinds of objects a calendar takes; None for address books. Hidden tasks are still taken: hiding is a view."""
    if view.folder.kind is not FolderKind.CALENDAR:
        return None
    stored = await request.services.site.properties.load([view.folder.path])
    return frozenset(components_of(stored.get(view.folder.path, {}).get(COMPONENT_SET)))
