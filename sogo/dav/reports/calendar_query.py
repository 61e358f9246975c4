"""calendar-query (RFC 4791 §7.8): the quick columns narrow or decide, only what they leave open is parsed."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from sogo.codec.contentline import parse
from sogo.codec.davxml.names import caldav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc4791 import parse_calendar_query
from sogo.dav import answer, propfind
from sogo.dav.context import DavRequest
from sogo.dav.pace import Pace, is_long, maybe_apart
from sogo.dav.properties import Need
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.reports.limits import limited
from sogo.dav.resources import MEMBERS, Collection, On, Resource, StoredObject
from sogo.dav.selection import data_properties
from sogo.dav.start_limit import narrowed
from sogo.errors import CodecError, DomainError
from sogo.model.filters.calendar import CalendarFilter, query_zone
from sogo.model.folder import Entry
from sogo.service.preferences import preferences


@report(caldav("calendar-query"), on=On.CALENDAR)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    assert isinstance(target, Collection)
    wanted = parse_calendar_query(root)
    own_zone = preferences(request.services.config, request.actor, await request.profile()).zone
    zone = query_zone(wanted.timezone, wanted.timezone_id, own_zone)
    condition = CalendarFilter(wanted.filter, zone)
    selection = Selection(wanted.wanted, data_properties(request, wanted.data, None, zone))
    parts = _responses(request, target, selection, condition)
    return await answer.multistatus(request.http, limited(parts, wanted.limit, request.href(target)))


async def _responses(
    request: DavRequest, target: Collection, selection: Selection, condition: CalendarFilter
) -> AsyncIterator[str]:
    hint, pace = condition.hint, Pace()
    needs = selection.needs({MEMBERS[target.kind]})
    content = Need.CONTENT in needs or not hint.sufficient
    batches = request.services.objects.entries(
        target.view, content=content, quick=not hint.sufficient, where=narrowed(request, hint.where)
    )
    async for batch in batches:
        found: list[Resource] = []
        for one in batch:
            await pace.breathe()
            if await maybe_apart(is_long(one), _matches, request, target, condition, one):
                found.append(StoredObject(target.view, one))
        for item in await propfind.load(request, found, needs):
            yield await propfind.response(item, selection, href=request.href(item.resource))


def _matches(request: DavRequest, target: Collection, condition: CalendarFilter, entry: Entry) -> bool:
    """An object nobody can parse matches nothing; it is reported once and leaves the others alone."""
    decided = condition.hint.decide(entry.quick or {})
    if decided is not None:
        return decided
    text = entry.content or ""
    if not condition.may_match(text):
        return False
    try:
        return condition.matches(parse(text))
    except (CodecError, DomainError) as error:
        request.services.unreadable.report(target.view.folder, entry, error.public)
        return False
