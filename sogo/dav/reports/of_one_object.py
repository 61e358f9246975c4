"""The reports of calendars and address books, asked of one object (RFC 4791 §7, RFC 6352 §8): the same question, with
the scope of that object."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress

from aiohttp import web

from sogo.codec.contentline import Component, parse
from sogo.codec.davxml.href import parse_href
from sogo.codec.davxml.names import caldav, carddav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc4791 import parse_calendar_multiget, parse_calendar_query
from sogo.codec.davxml.rfc6352 import parse_addressbook_multiget, parse_addressbook_query
from sogo.dav import answer, propfind
from sogo.dav.calendar_zone import calendar_zone
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.resources import Collection, DirectoryObject, On, Resource, StoredObject
from sogo.dav.selection import data_properties
from sogo.errors import CodecError, DomainError, InvalidRequest
from sogo.model.filters.calendar import CalendarFilter, query_zone
from sogo.model.filters.card import CardFilter
from sogo.service.pace import is_long, maybe_apart

_CARDS = On.CARD | On.DIRECTORY_CARD


@report(caldav("calendar-query"), on=On.EVENT)
async def calendar_query(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    assert isinstance(target, StoredObject)
    wanted = parse_calendar_query(root)
    own_zone, _ = await calendar_zone(request, Collection(target.view))
    zone = query_zone(wanted.timezone, wanted.timezone_id, own_zone)
    condition = CalendarFilter(wanted.filter, zone)
    selection = Selection(wanted.wanted, data_properties(request, wanted.data, None, zone))
    found = [target] if await _matches(request, target, condition.matches) else []
    return await answer.multistatus(request.http, _responses(request, found, selection))


@report(carddav("addressbook-query"), on=_CARDS)
async def addressbook_query(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    wanted = parse_addressbook_query(root)
    condition = CardFilter(wanted.filter)
    selection = Selection(wanted.wanted, data_properties(request, None, wanted.data, None))
    found = [target] if condition.everything or await _matches(request, target, condition.matches) else []
    return await answer.multistatus(request.http, _responses(request, found, selection))


@report(caldav("calendar-multiget"), on=On.EVENT)
async def calendar_multiget(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    assert isinstance(target, StoredObject)
    wanted = parse_calendar_multiget(root)
    _require_itself(request, target, wanted.hrefs)
    zone, _ = await calendar_zone(request, Collection(target.view))
    selection = Selection(wanted.wanted, data_properties(request, wanted.data, None, zone))
    return await answer.multistatus(request.http, _responses(request, [target], selection))


@report(carddav("addressbook-multiget"), on=_CARDS)
async def addressbook_multiget(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    wanted = parse_addressbook_multiget(root)
    _require_itself(request, target, wanted.hrefs)
    selection = Selection(wanted.wanted, data_properties(request, None, wanted.data, None))
    return await answer.multistatus(request.http, _responses(request, [target], selection))


async def _matches(request: DavRequest, target: Resource, matches: Callable[[Component], bool]) -> bool:
    """Whether the object passes. One that nobody can parse matches no filter, as in its collection."""
    match target:
        case StoredObject(view, entry):
            if entry.content is None:
                entry = await request.services.objects.load(view, entry.name)
            text = entry.content or ""
            try:
                return await maybe_apart(is_long(entry), lambda: matches(parse(text)))
            except (CodecError, DomainError) as error:
                request.services.unreadable.report(view.folder, entry, error.public)
        case DirectoryObject(card=card):
            with suppress(CodecError):
                return matches(parse(card.text))
    return False


def _require_itself(request: DavRequest, target: Resource, hrefs: Sequence[str]) -> None:
    """A multiget of an object names that object and nothing else (RFC 4791 §7.9)."""
    try:
        named = [parse_href(href).segments for href in hrefs]
    except CodecError as error:
        raise InvalidRequest(f"The href cannot be read: {error}") from error
    if len(named) != 1 or named[0] not in ((*MOUNT, *target.segments), request.path.segments):
        raise InvalidRequest("A multiget that is sent to an object names this object only.")


async def _responses(request: DavRequest, found: Sequence[Resource], selection: Selection) -> AsyncIterator[str]:
    for item in await propfind.load(request, found, selection.needs({one.kind for one in found})):
        yield await propfind.response(item, selection, href=request.href(item.resource))
