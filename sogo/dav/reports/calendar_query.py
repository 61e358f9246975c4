"""calendar-query (RFC 4791 §7.8): the quick columns narrow or decide, only what they leave open is parsed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable

from aiohttp import web

from sogo.codec.contentline import parse
from sogo.codec.davxml.names import caldav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc4791 import parse_calendar_query
from sogo.dav import answer, propfind
from sogo.dav.calendar_zone import calendar_zone
from sogo.dav.context import DavRequest
from sogo.dav.listing import listed
from sogo.dav.matching import Question, matching
from sogo.dav.memory import digest_of
from sogo.dav.properties import Need
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.resources import MEMBERS, Collection, On, Resource, StoredObject
from sogo.dav.selection import data_properties
from sogo.dav.start_limit import narrowed
from sogo.dav.truncation import limited
from sogo.errors import CodecError, DomainError
from sogo.model.filters.calendar import CalendarFilter, query_zone
from sogo.model.folder import Entry, Item
from sogo.model.quick_filter import keeps
from sogo.service.pace import Pace, is_long, maybe_apart


@report(caldav("calendar-query"), on=On.CALENDAR)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    assert isinstance(target, Collection)
    wanted = parse_calendar_query(root)
    own_zone, zone_key = await calendar_zone(request, target)
    zone = query_zone(wanted.timezone, wanted.timezone_id, own_zone)
    condition = CalendarFilter(wanted.filter, zone)
    selection = Selection(wanted.wanted, data_properties(request, wanted.data, None, zone))
    held = await request.services.objects.held(target.view, settled=True)
    if held is not None:
        question = _question(request, target, condition, (wanted.timezone, wanted.timezone_id, zone_key))
        parts = listed(
            request, target, held, matching(request, target, held, question), selection, question.key,
            limit=wanted.limit, is_sure=question.is_sure, still=question.look,
        )  # fmt: skip
        return await answer.multistatus(request.http, parts)
    unremembered = _responses(request, target, selection, condition)
    return await answer.multistatus(request.http, limited(unremembered, wanted.limit, request.href(target)))


def _question(request: DavRequest, target: Collection, condition: CalendarFilter, zone: Hashable) -> Question:
    """The filter for what is remembered. `zone` tells apart the zones in which floating times are read."""
    where, hint = narrowed(request, condition.hint.where), condition.hint

    def glance(item: Item) -> bool | None:
        if where is not None and not keeps(where, item.entry.component, item.times):
            return False
        return hint.decide(_quick(item))

    return Question(
        key=digest_of(condition.tree, zone, where),
        glance=glance,
        look=lambda entry: _matches(request, target, condition, entry),
        is_sure=lambda: condition.budget.steps > 0,
    )


def _quick(item: Item) -> dict[str, object]:
    times = item.times
    if times is None:
        return {"c_component": item.entry.component}
    return {
        "c_component": item.entry.component,
        "c_startdate": times.start,
        "c_enddate": times.end,
        "c_iscycle": times.is_cycle,
        "c_uid": times.uid,
    }


async def _responses(
    request: DavRequest, target: Collection, selection: Selection, condition: CalendarFilter
) -> AsyncIterator[str]:
    hint, pace = condition.hint, Pace()
    needs = selection.needs({MEMBERS[target.kind]})
    content = Need.CONTENT in needs or hint.reads_objects
    batches = request.services.objects.entries(
        target.view, content=content, quick=hint.reads_objects, where=narrowed(request, hint.where)
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
    decided = condition.hint.decide({**(entry.quick or {}), "c_component": entry.component})
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
