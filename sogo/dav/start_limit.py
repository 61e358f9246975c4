"""SOGoDAVCalendarStartTimeLimit applied to queries and syncs (dav.md §8.4); superusers see everything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sogo.dav.context import DavRequest
from sogo.dav.resources import Collection, On
from sogo.model.folder import Entry
from sogo.model.quick_filter import QuickFilter
from sogo.model.start_limit import limited_span, shown_window


def limit_days(request: DavRequest) -> int:
    if request.actor.is_superuser:
        return 0
    return request.services.config.domain(request.actor.domain).dav_calendar_start_time_limit


def narrowed(request: DavRequest, where: QuickFilter | None) -> QuickFilter | None:
    """A query's filter with the span it may look at."""
    days = limit_days(request)
    if not days:
        return where
    where = where or QuickFilter()
    start, end = limited_span(
        _moment(where.start), _moment(where.end), now=request.services.site.clock(), limit_days=days
    )
    return replace(where, start=_epoch(start), end=_epoch(end))


async def shown(request: DavRequest, target: Collection, entries: Sequence[Entry]) -> list[Entry]:
    """Of the objects a sync would tell, those that are not too old."""
    days = limit_days(request)
    if not days or target.kind is not On.CALENDAR or not entries:
        return list(entries)
    oldest = QuickFilter(start=_epoch(shown_window(request.services.site.clock(), 2 * days).start))
    names = [entry.name for entry in entries]
    batches = request.services.objects.entries(target.view, names=names, where=oldest)
    kept = {entry.name async for batch in batches for entry in batch}
    return [entry for entry in entries if entry.name in kept]


def _moment(seconds: int | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC) if seconds is not None else None


def _epoch(moment: dt.datetime | None) -> int | None:
    return int(moment.timestamp()) if moment is not None else None
