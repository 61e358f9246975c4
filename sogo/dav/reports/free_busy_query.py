"""free-busy-query (RFC 4791 §7.10) on a calendar, and on a home for all of its calendars that count."""

from __future__ import annotations

from aiohttp import web

from sogo.codec.davxml.names import caldav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc4791 import parse_free_busy_query
from sogo.dav.context import DavRequest
from sogo.dav.reports import report
from sogo.dav.resources import Collection, Home, On, Resource
from sogo.model.caltime import Window
from sogo.model.filters.time_range import window_of
from sogo.model.freebusy import Period, freebusy_calendar
from sogo.service.folders import standing


@report(caldav("free-busy-query"), on=On.CALENDAR | On.CALENDAR_HOME)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    window = window_of(parse_free_busy_query(root).span)
    text = freebusy_calendar(await _periods(request, target, window), window, now=request.services.site.clock())
    return web.Response(body=text.encode(), headers={"Content-Type": "text/calendar; charset=utf-8"})


async def _periods(request: DavRequest, target: Resource, window: Window) -> list[Period]:
    """Of the calendar that was asked, or of all that count in a home. Of somebody else's home RFC 4791 §7.10 tells only
    the calendars of which the asking user may know the times; anybody's times are in the free-busy file."""
    service = request.services.free_busy
    if isinstance(target, Collection):
        return [period async for period in service.of_calendar(target.view, window)]
    assert isinstance(target, Home)
    if standing(request.actor, target.owner).owner:
        return await service.of_user(target.owner, window)
    views = await request.services.folders.home(request.actor, target.owner, target.folder_kind)
    return [period for view in views async for period in service.of_calendar(view, window)]
