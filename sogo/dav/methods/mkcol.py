"""MKCOL, extended MKCOL (RFC 5689) and MKCALENDAR (RFC 4791 §5.3.1)."""

from __future__ import annotations

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.codec.davxml.names import CALDAV, DAV, caldav, carddav, dav
from sogo.codec.davxml.rfc5689 import MkcolRequest, parse_mkcol
from sogo.dav import mail_methods, prefer, proppatch
from sogo.dav.answer import xml_answer
from sogo.dav.context import DavRequest
from sogo.dav.failures import Place
from sogo.dav.methods import Target, method
from sogo.dav.properties import Loaded
from sogo.dav.proppatch import Trial
from sogo.dav.resources import Collection, Home, MailAccount, MailBox, Nowhere, Principal, Slot
from sogo.errors import AlreadyExists, Forbidden, InvalidData, ParentMissing
from sogo.model.folder import Folder, FolderKind, FolderState, SyncPoint
from sogo.model.rights import Deed
from sogo.service.folders import FolderView, standing
from sogo.store.interface import Profile

_TYPE = {FolderKind.CALENDAR: caldav("calendar"), FolderKind.CONTACTS: carddav("addressbook")}
_VAGUE_TYPES = frozenset({"text/plain", "application/octet-stream"})
_LOCATION = {
    FolderKind.CALENDAR: "calendar-collection-location-ok",
    FolderKind.CONTACTS: "addressbook-collection-location-ok",
}


@method("MKCOL", "MKCALENDAR")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    if _has_foreign_body(request):
        return web.Response(status=415, text="The body of this method is XML.\n")
    calendar = request.http.method == "MKCALENDAR"
    if not calendar and isinstance(target, Slot) and isinstance(target.parent, MailAccount | MailBox):
        return await mail_methods.make(request, target.parent, target.name)
    wanted = parse_mkcol(await request.xml())
    home, name = _place(target, FolderKind.CALENDAR if calendar else FolderKind.CONTACTS)
    if not standing(request.actor, home.owner).owner:
        raise Forbidden("Only the owner can create folders here.", right=Deed.CREATE_FOLDER.privilege)
    _check_type(home, wanted, calendar=calendar)
    trial = _try_properties(request, home, name, wanted)
    if trial.failed:
        path = request.path_of((*home.segments, name), collection=True)
        stats = proppatch.propstats(trial, Place(path, path))
        return xml_answer(424, writer.mkcol_response(CALDAV if calendar else DAV, *stats))
    view = await request.services.folders.create(
        request.actor, home.owner, home.folder_kind, name, trial.edit.display_name or name
    )
    edits = proppatch.property_edits(
        trial.edit, view.folder.path, actor=request.actor.user_id, owner=home.owner.user_id
    )
    await request.services.folders.edit(view, edits)
    fulfilled = ["return=minimal"] if request.prefer.minimal else []
    return web.Response(status=201, headers={"Cache-Control": "no-cache"} | prefer.applied(*fulfilled))


def _has_foreign_body(request: DavRequest) -> bool:
    """RFC 4918 §9.3.1: a body of another type is refused as such, not as bad XML. Types that say nothing pass."""
    kind = request.http.content_type
    return request.http.can_read_body and not (kind.endswith(("/xml", "+xml")) or kind in _VAGUE_TYPES)


def _place(target: Target, kind: FolderKind) -> tuple[Home, str]:
    """The home and the name of the new folder."""
    match target:
        case Slot(Home() as home, name):
            return home, name
        case Slot(parent=Principal()):
            raise Forbidden("Folders are made inside Calendar and Contacts.")
        case Slot(parent=Collection()):
            raise InvalidData("A folder cannot hold another folder.", rule=_LOCATION[kind])
        case Nowhere():
            raise ParentMissing("The parent collection does not exist.")
    raise AlreadyExists("There is a resource at this path.")


def _check_type(home: Home, wanted: MkcolRequest, *, calendar: bool) -> None:
    """A calendar only where calendars are, an address book where address books are. A bare MKCOL makes an address book,
    as it always did; a calendar it does not make, since no standard says it would."""
    type_name = _TYPE[home.folder_kind]
    if calendar:
        if home.folder_kind is not FolderKind.CALENDAR:
            raise InvalidData("Calendars are made inside Calendar.", rule=_LOCATION[FolderKind.CALENDAR])
        if wanted.types is not None and not wanted.types <= {dav("collection"), type_name}:
            raise InvalidData("MKCALENDAR makes calendars only.", rule="valid-resourcetype")
    elif wanted.types is None:
        if home.folder_kind is FolderKind.CALENDAR:
            raise InvalidData("Say that it shall be a calendar, or use MKCALENDAR.", rule="valid-resourcetype")
    elif type_name not in wanted.types or not wanted.types <= {dav("collection"), type_name}:
        raise InvalidData("This kind of collection cannot be made here.", rule="valid-resourcetype")


def _try_properties(request: DavRequest, home: Home, name: str, wanted: MkcolRequest) -> Trial:
    """Try the properties on a folder that is not there yet."""
    folder = Folder(0, home.owner.user_id, home.folder_kind, name, name)
    state = FolderState(folder, SyncPoint("", 0), -1)
    view = FolderView(state, home.owner, request.actor, standing(request.actor, home.owner))
    item = Loaded(request, Collection(view), Profile(), {}, Profile())
    return proppatch.attempt(item, wanted.changes, creating=True)
