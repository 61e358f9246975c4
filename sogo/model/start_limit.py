"""SOGoDAVCalendarStartTimeLimit: how far around now a calendar is shown over DAV (dav.md §8.4).

Half of the days before now, half after. A span that is not longer than the limit is left alone; one that lies wholly in
the past or the future keeps its near end.
"""

from __future__ import annotations

import datetime as dt

from sogo.model.caltime import Window


def limited_span(
    start: dt.datetime | None, end: dt.datetime | None, *, now: dt.datetime, limit_days: int
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """The span a query may look at; None leaves a side open. `limit_days` 0 changes nothing."""
    if limit_days <= 0:
        return start, end
    limit = dt.timedelta(days=limit_days)
    if start is not None and end is not None and end - start <= limit:
        return start, end
    shown = shown_window(now, limit_days)
    if end is not None and end <= now:
        return max(end - limit, start) if start is not None else end - limit, end
    if start is not None and start >= now:
        return start, min(start + limit, end) if end is not None else start + limit
    return (
        max(start, shown.start) if start is not None else shown.start,
        min(end, shown.end) if end is not None else shown.end,
    )


def shown_window(now: dt.datetime, limit_days: int) -> Window:
    half = dt.timedelta(days=limit_days) / 2
    return Window(now - half, now + half)
