"""Reports on the scheduling inbox: its messages by name, by a filter, and what came and went (RFC 6638 §2.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence

from aiohttp import web

from sogo.codec.contentline import parse
from sogo.codec.davxml import writer
from sogo.codec.davxml.href import parse_href
from sogo.codec.davxml.names import caldav, dav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc4791 import parse_calendar_multiget, parse_calendar_query
from sogo.codec.davxml.rfc6578 import parse_sync_collection
from sogo.dav import answer, propfind
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.inbox import known_names, token_of
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.resources import Inbox, InboxMessage, On, Resource
from sogo.dav.truncation import limited, truncated
from sogo.errors import CodecError, DomainError
from sogo.model.filters.calendar import CalendarFilter, query_zone
from sogo.service.pace import Pace
from sogo.store.interface import InboxItem


@report(caldav("calendar-multiget"), on=On.INBOX)
async def multiget(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    assert isinstance(target, Inbox)
    wanted = parse_calendar_multiget(root)
    items = {item.name: item for item in await _items(request, target)}

    async def parts() -> AsyncIterator[str]:
        for href in wanted.hrefs:
            item = items.get(_name(request, target, href))
            if item is None:
                yield writer.status_response(href, 404)
                continue
            async for part in _told(request, target, [item], Selection(wanted.wanted)):
                yield part

    return await answer.multistatus(request.http, parts())


@report(caldav("calendar-query"), on=On.INBOX)
async def query(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    assert isinstance(target, Inbox)
    wanted = parse_calendar_query(root)
    condition = CalendarFilter(wanted.filter, query_zone(wanted.timezone, wanted.timezone_id, dt.UTC))
    found, pace = [], Pace()
    for item in await _items(request, target):
        await pace.breathe()
        if _matches(condition, item):
            found.append(item)
    parts = _told(request, target, found, Selection(wanted.wanted))
    return await answer.multistatus(request.http, limited(parts, wanted.limit, request.href(target)))


@report(dav("sync-collection"), on=On.INBOX)
async def sync(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    assert isinstance(target, Inbox)
    wanted = parse_sync_collection(root, depth=request.http.headers.get("Depth"))
    items = await _items(request, target)
    known = known_names(wanted.token, items)
    here = {item.name for item in items}
    new = [item for item in items if item.name not in set(known)]
    told = new[: wanted.limit] if wanted.limit else new
    untold = {item.name for item in new} - {item.name for item in told}

    async def parts() -> AsyncIterator[str]:
        async for part in _told(request, target, told, Selection(wanted.wanted)):
            yield part
        for name in known:
            if name not in here:
                yield writer.status_response(request.path_of((*target.segments, name)), 404)
        if untold:
            yield truncated(request.href(target))
        yield writer.sync_token(token_of([item for item in items if item.name not in untold]))

    return await answer.multistatus(request.http, parts())


async def _items(request: DavRequest, inbox: Inbox) -> Sequence[InboxItem]:
    return await request.services.site.inbox.items(inbox.owner.user_id)


async def _told(
    request: DavRequest, inbox: Inbox, items: Sequence[InboxItem], selection: Selection
) -> AsyncIterator[str]:
    resources: list[Resource] = [InboxMessage(inbox, item) for item in items]
    for one in await propfind.load(request, resources, selection.needs({On.MESSAGE})):
        yield await propfind.response(one, selection, href=request.href(one.resource))


def _matches(condition: CalendarFilter, item: InboxItem) -> bool:
    try:
        return condition.matches(parse(item.content))
    except (CodecError, DomainError):
        return False


def _name(request: DavRequest, inbox: Inbox, href: str) -> str:
    try:
        segments = parse_href(href).segments
    except CodecError:
        return ""
    return segments[-1] if segments[:-1] in ((*MOUNT, *inbox.segments), request.path.segments) else ""
