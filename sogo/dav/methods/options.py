"""OPTIONS, and what a resource allows (RFC 9110 §9.3.7, RFC 4918 §10.1)."""

from __future__ import annotations

from aiohttp import web

from sogo.dav.context import DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.resources import FOLDERS, HOMES, Nowhere, On, Slot

_BASE = ("1", "3", "access-control")
_CALENDARS = ("calendar-access", "sync-collection")
_ALWAYS = ("OPTIONS", "PROPFIND", "REPORT")

_FEATURES: dict[On, tuple[str, ...]] = {
    On.ROOT: (*_BASE, *_CALENDARS, "addressbook", "extended-mkcol"),
    On.PRINCIPAL: (*_BASE, *_CALENDARS, "addressbook", "extended-mkcol"),
    On.CALENDAR_HOME: (*_BASE, *_CALENDARS, "extended-mkcol"),
    On.CONTACTS_HOME: (*_BASE, "addressbook", "extended-mkcol"),
    On.CALENDAR: (*_BASE, *_CALENDARS, "extended-mkcol"),
    On.ADDRESS_BOOK: (*_BASE, "addressbook", "sync-collection", "extended-mkcol"),
    On.DIRECTORY: (*_BASE, "addressbook"),
}


def allowed(target: Target) -> tuple[str, ...]:
    """The methods that make sense at a place, whoever asks."""
    if isinstance(target, Nowhere):
        return ("OPTIONS",)
    if isinstance(target, Slot):
        creates = (
            ("PUT",) if target.parent.kind & FOLDERS else ("MKCOL", "MKCALENDAR") if target.parent.kind & HOMES else ()
        )
        return ("OPTIONS", *creates)
    if target.kind & (On.EVENT | On.CARD):
        return (*_ALWAYS, "PROPPATCH", "GET", "HEAD", "PUT", "DELETE", "MOVE", "COPY")
    if target.kind & FOLDERS:
        return (*_ALWAYS, "PROPPATCH", "DELETE")
    if target.kind is On.DIRECTORY_CARD:
        return (*_ALWAYS, "GET", "HEAD")
    return (*_ALWAYS, "PROPPATCH") if target.kind & (HOMES | On.PRINCIPAL) else _ALWAYS


def features(target: Target) -> tuple[str, ...]:
    """The compliance classes for the DAV header: only what is true."""
    if isinstance(target, Nowhere):
        return _BASE
    if isinstance(target, Slot):
        return _FEATURES.get(target.parent.kind, _BASE)
    return _FEATURES.get(target.kind, _BASE)


@method("OPTIONS")
async def options(request: DavRequest, target: Target) -> web.StreamResponse:
    return web.Response(
        status=200,
        headers={"Allow": ", ".join(allowed(target)), "DAV": ", ".join(features(target)), "MS-Author-Via": "DAV"},
    )
