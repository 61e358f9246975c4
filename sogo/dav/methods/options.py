"""OPTIONS, and what a resource allows (RFC 9110 §9.3.7, RFC 4918 §10.1)."""

from __future__ import annotations

from aiohttp import web

from sogo.dav.context import DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.registrations import registration_at
from sogo.dav.resources import FILES, FOLDERS, HOMES, MAIL_COLLECTIONS, Nowhere, On, Slot

_BASE = ("1", "3", "access-control")
_LOCKS = ("1", "2", "3", "access-control")
_CALENDARS = ("calendar-access", "calendar-proxy", "calendar-no-timezone", "sync-collection")
_SHARING = "calendarserver-sharing"
_SCHEDULING = ("calendar-auto-schedule", "calendar-availability")
_ATTACHMENTS = "calendar-managed-attachments"
_SEARCH = "calendarserver-principal-search"
_READING = ("OPTIONS", "PROPFIND", "REPORT")
_ALWAYS = (*_READING, "ACL")
"""What is somebody's has an access control list."""

_FEATURES: dict[On, tuple[str, ...]] = {
    On.ROOT: (*_BASE, *_CALENDARS, *_SCHEDULING, "addressbook", "extended-mkcol", _SEARCH),
    On.PRINCIPAL: (*_BASE, *_CALENDARS, *_SCHEDULING, _SHARING, "addressbook", "extended-mkcol", _SEARCH),
    On.PROXY: (*_BASE, *_CALENDARS),
    On.CALENDAR_HOME: (*_BASE, *_CALENDARS, *_SCHEDULING, _SHARING, "extended-mkcol", _SEARCH),
    On.CONTACTS_HOME: (*_BASE, "addressbook", "sync-collection", "extended-mkcol", _SEARCH),
    On.CALENDAR: (*_LOCKS, *_CALENDARS, *_SCHEDULING, _SHARING, "extended-mkcol"),
    On.ADDRESS_BOOK: (*_LOCKS, "addressbook", "sync-collection", "extended-mkcol"),
    On.DIRECTORY: (*_BASE, "addressbook"),
    On.INBOX: (*_BASE, *_CALENDARS, *_SCHEDULING),
    On.OUTBOX: (*_BASE, "calendar-access", *_SCHEDULING),
    On.EVENT: _LOCKS,
    On.CARD: _LOCKS,
}
"""Class 2 is where locks are: in calendars and address books (RFC 4918 §18.2)."""


def allowed(target: Target) -> tuple[str, ...]:
    """The methods that make sense at a place, whoever asks."""
    if isinstance(target, Nowhere):
        return ("OPTIONS",) if registration_at(target) is None else ("OPTIONS", "DELETE")
    if isinstance(target, Slot):
        return ("OPTIONS", *_creating(target))
    if target.kind & On.EVENT:
        return (*_ALWAYS, "PROPPATCH", "GET", "HEAD", "PUT", "POST", "DELETE", "MOVE", "COPY", "LOCK", "UNLOCK")
    if target.kind & On.CARD:
        return (*_ALWAYS, "PROPPATCH", "GET", "HEAD", "PUT", "DELETE", "MOVE", "COPY", "LOCK", "UNLOCK")
    if target.kind & FOLDERS:
        return (*_ALWAYS, "PROPPATCH", "DELETE", "GET", "HEAD", "POST", "LOCK", "UNLOCK")
    if target.kind & On.NOTIFICATION:
        return (*_ALWAYS, "GET", "HEAD", "DELETE")
    if target.kind & On.MESSAGE:
        return (*_ALWAYS, "GET", "HEAD", "DELETE")
    if target.kind & On.OUTBOX:
        return (*_ALWAYS, "POST")
    if target.kind & On.INBOX:
        return (*_ALWAYS, "PROPPATCH")
    if target.kind & (On.DIRECTORY_CARD | FILES):
        return (*_ALWAYS, "GET", "HEAD")
    if target.kind & On.MAILBOX:
        return (*_ALWAYS, "DELETE", "POST", "PUT")
    if target.kind & On.MAIL_MESSAGE:
        return (*_ALWAYS, "GET", "HEAD", "DELETE")
    if target.kind & On.MAIL_HOME:
        return (*_ALWAYS, "PROPPATCH")
    if target.kind & (On.NOTIFICATIONS | MAIL_COLLECTIONS):
        return _ALWAYS
    if target.kind & HOMES:
        return (*_ALWAYS, "PROPPATCH", "POST")
    return (
        (*_ALWAYS, "PROPPATCH", "POST")
        if target.kind & On.PRINCIPAL
        else (*_ALWAYS, "PROPPATCH")
        if target.kind & On.PROXY
        else _READING
    )


def _creating(slot: Slot) -> tuple[str, ...]:
    """What can be done with a name that is free, or locked by somebody who is going to use it."""
    if slot.reserved is not None:
        return ("PROPFIND", "GET", "HEAD", "PUT", "DELETE", "LOCK", "UNLOCK")
    if slot.parent.kind & FOLDERS:
        return ("PUT", "LOCK")
    if slot.parent.kind & MAIL_COLLECTIONS:
        return ("MKCOL", "PUT") if slot.parent.kind & On.MAILBOX else ("MKCOL",)
    return ("MKCOL", "MKCALENDAR") if slot.parent.kind & HOMES else ()


def features(request: DavRequest, target: Target) -> tuple[str, ...]:
    """The compliance classes for the DAV header: only what is true."""
    found = _features(target)
    if "calendar-access" in found and request.services.attachments.limit_bytes:
        found = (*found, _ATTACHMENTS)
    if request.services.push.available and not isinstance(target, Slot | Nowhere) and target.kind & (HOMES | FOLDERS):
        return (*found, "webdav-push")
    return found


def of_server(request: DavRequest, target: Target) -> tuple[str, ...]:
    """The same for programs that take what they read of one place for what the server can do (dav.md §20, 42)."""
    return tuple(dict.fromkeys((*_LOCKS[:2], *features(request, target), *_SCHEDULING, "calendar-schedule")))


def _features(target: Target) -> tuple[str, ...]:
    if isinstance(target, Nowhere):
        return _BASE
    if isinstance(target, Slot):
        return _FEATURES.get(target.parent.kind, _BASE)
    return _FEATURES.get(target.kind, _BASE)


@method("OPTIONS")
async def options(request: DavRequest, target: Target) -> web.StreamResponse:
    return web.Response(
        status=200,
        headers={
            "Allow": ", ".join(allowed(target)),
            "DAV": ", ".join(features(request, target)),
            "MS-Author-Via": "DAV",
        },
    )
