"""WebDAV-Push over HTTP: registering by POST, ending a registration by DELETE, and who does not want to be told."""

from __future__ import annotations

import re
from email.utils import format_datetime

from aiohttp import web

from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.webdav_push import is_push_register, parse_push_register
from sogo.dav.context import DavRequest
from sogo.dav.methods import Target
from sogo.dav.resources import Collection, Home, Nowhere, Slot, StoredObject
from sogo.errors import NotFound, UnsupportedType
from sogo.http.forwarded import server_url
from sogo.model.folder import FolderKind, FolderState
from sogo.model.push import Quiet, Triggers
from sogo.service.push import Wish, not_available

REGISTRATIONS = "push-registrations"
"""/SOGo/dav/<user>/push-registrations/<id>"""
XML_TYPES = frozenset({"application/xml", "text/xml"})
QUIET_HEADER = "Push-Dont-Notify"
MAX_QUIET = 50
_REGISTRATION = re.compile(rf"/{REGISTRATIONS}/([A-Za-z0-9_-]{{43}})(?![A-Za-z0-9_-])")
_WRITES_ONE = frozenset({"PUT", "DELETE", "POST"})


async def register(request: DavRequest, target: Target, root: Element | None) -> web.StreamResponse:
    """POST of an XML document. Raises UnsupportedType for any other than a registration."""
    if not is_push_register(root):
        raise UnsupportedType("This document is not taken here.", rule=_refused_type(target))
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    services = request.services
    if not services.push.available:
        raise not_available()
    wish = _wish(root)
    match target:
        case Collection(view):
            made = await services.push.register_for_folder(view, wish)
        case Home(owner, kind):
            made = await services.push.register_for_home(request.actor, owner, kind, wish)
        case _:
            raise not_available()
    path = request.path_of((request.actor.user_id, REGISTRATIONS, made.id))
    return web.Response(
        status=201 if made.created else 204,
        headers={
            "Location": f"{server_url(request.http)}{path}",
            "Expires": format_datetime(made.expires, usegmt=True),
            "Cache-Control": "no-store",
        },
    )


def _refused_type(target: Target) -> str:
    """The rule that says of what type members are, where there are any."""
    match target:
        case Collection(view) if view.folder.kind is FolderKind.CONTACTS:
            return "supported-address-data"
        case Collection():
            return "supported-calendar-data"
    return ""


def _wish(root: Element | None) -> Wish:
    asked = parse_push_register(root)
    return Wish(
        asked.resource, asked.point, asked.auth_secret, Triggers(asked.sync_level, asked.properties), asked.expires
    )


def registration_at(target: Target) -> str | None:
    """The id in the address of a registration; whether there is one, only its user gets to know."""
    match target:
        case Nowhere((_, segment, registration)) if segment == REGISTRATIONS:
            return registration
    return None


def quiet_of(request: DavRequest) -> Quiet | None:
    """Which registrations of the actor shall hear nothing of this request, by its header: quoted addresses, or `*` for
    all of them. Those of others hear of it in any case."""
    header = request.http.headers.get(QUIET_HEADER, "").strip()
    if not header or not request.services.push.available:
        return None
    if header == "*":
        return Quiet(request.actor.user_id, everything=True)
    found = _REGISTRATION.findall(header)[:MAX_QUIET]
    return Quiet(request.actor.user_id, frozenset(found)) if found else None


def written_in(request: DavRequest, target: Target) -> FolderState | None:
    """The folder in which a request writes one object, as it stands before."""
    if request.http.method not in _WRITES_ONE:
        return None
    match target:
        case StoredObject(view, _) | Slot(Collection(view)):
            return view.state
        case Collection(view) if request.http.method == "POST":
            return view.state
    return None
