"""DELETE (RFC 4918 §9.6)."""

from __future__ import annotations

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.dav import mail_methods
from sogo.dav.answer import xml_answer
from sogo.dav.context import DavRequest
from sogo.dav.locking import failed_members
from sogo.dav.methods import Target, method
from sogo.dav.registrations import registration_at
from sogo.dav.resources import Collection, InboxMessage, MailBox, MailMessage, Notification, Nowhere, Slot, StoredObject
from sogo.dav.scheduling import wishes
from sogo.errors import Forbidden, InvalidRequest, NotFound, ResourceLocked
from sogo.service.folders import FolderView


@method("DELETE")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    match target:
        case Slot(Collection(view), name, reserved) if reserved is not None:
            await request.services.locks.release(view, name, request.tokens)
        case Nowhere() if (registration := registration_at(target)) is not None:
            await request.services.push.unregister(request.actor, registration)
        case Slot() | Nowhere():
            raise NotFound("There is no such resource.")
        case StoredObject(view, entry):
            expect = request.preconditions.expect(etag=entry.etag, version=entry.version)
            await request.services.objects.remove(
                view, entry.name, expect=expect, tokens=request.tokens, known=entry, wishes=wishes(request)
            )
        case Collection(view) if view.home is not None and request.client.unsubscribes_by_delete:
            await request.services.invitations.answer(view.home, view, accepted=False)
        case InboxMessage(inbox, item):
            await request.services.site.inbox.remove(inbox.owner.user_id, item.name)
        case Collection(view):
            if request.depth("infinity") != "infinity":
                raise InvalidRequest("A collection is deleted with all it holds (Depth: infinity).")
            return await _remove_folder(request, view)
        case Notification(_, notice):
            request.preconditions.check(notice.etag)
            await request.services.invitations.dismiss(notice)
        case MailBox() | MailMessage():
            return await mail_methods.remove(request, target)
        case _:
            raise Forbidden("This cannot be deleted.", right="unbind")
    return web.Response(status=204)


async def _remove_folder(request: DavRequest, view: FolderView) -> web.Response:
    """A locked member keeps the whole collection, and is told by name (RFC 4918 §9.6.1)."""
    try:
        await request.services.folders.remove(view, tokens=request.tokens)
    except ResourceLocked as error:
        members = failed_members(error)
        if not members:
            raise
        return xml_answer(207, writer.multistatus(members))
    return web.Response(status=204)
