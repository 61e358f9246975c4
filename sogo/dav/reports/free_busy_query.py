"""free-busy-query (RFC 4791 §7.10) on a calendar, and on a home for all of its calendars that count."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from sogo.codec.contentline import parse
from sogo.codec.davxml.names import caldav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc4791 import parse_free_busy_query
from sogo.dav.context import DavRequest
from sogo.dav.pace import Pace
from sogo.dav.reports import report
from sogo.dav.resources import Collection, Home, On, Resource
from sogo.errors import CodecError
from sogo.model import folder_settings
from sogo.model.caltime import Window
from sogo.model.filters.time_range import window_of
from sogo.model.folder import FolderKind
from sogo.model.freebusy import Period, busy_periods, freebusy_calendar
from sogo.model.quick_filter import QuickFilter
from sogo.service.folders import FolderView
from sogo.service.preferences import preferences


@report(caldav("free-busy-query"), on=On.CALENDAR | On.CALENDAR_HOME)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    window = window_of(parse_free_busy_query(root).span)
    periods = [period for view in await _calendars(request, target) async for period in _busy(request, view, window)]
    text = freebusy_calendar(periods, window, now=request.services.site.clock())
    return web.Response(body=text.encode(), headers={"Content-Type": "text/calendar; charset=utf-8"})


async def _calendars(request: DavRequest, target: Resource) -> list[FolderView]:
    """The calendar that was asked, or those of a home whose owner lets them count (dav.md §5.4, transparency)."""
    if isinstance(target, Collection):
        return [target.view]
    assert isinstance(target, Home)
    views = await request.services.folders.home(request.actor, target.owner, FolderKind.CALENDAR)
    settings = (await request.profile(target.owner.user_id)).settings
    return [view for view in views if not folder_settings.read(settings, view.folder).transparent]


async def _busy(request: DavRequest, view: FolderView, window: Window) -> AsyncIterator[Period]:
    owner = await request.profile(view.owner.user_id)
    zone = preferences(request.services.config, view.owner, owner).zone
    where = QuickFilter(frozenset({"vevent"}), int(window.start.timestamp()), int(window.end.timestamp()))
    pace = Pace()
    async for batch in request.services.objects.entries(view, content=True, where=where):
        for entry in batch:
            await pace.breathe()
            try:
                for period in busy_periods(parse(entry.content or ""), window, default_zone=zone):
                    yield period
            except CodecError as error:
                request.services.unreadable.report(view.folder, entry, error.public)
