"""When somebody is busy: periods out of calendars, and the VFREEBUSY that tells them (RFC 4791 §7.10, RFC 5545 §3.6.4).

An event makes busy unless it is transparent or cancelled; a tentative one makes tentatively busy. Nothing but times
leaves this module.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from sogo.codec.contentline import Component, Line
from sogo.model import timezone
from sogo.model.caltime import UTC, Window
from sogo.model.series import Occurrence, Series, expand

MAX_OCCURRENCES = 5_000
"""Of one object in one answer."""


class Busy(IntEnum):
    """The stronger covers the weaker where both hold."""

    TENTATIVE = 1
    BUSY = 2

    @property
    def fbtype(self) -> str:
        return "BUSY-TENTATIVE" if self is Busy.TENTATIVE else "BUSY"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """[start, end) in UTC."""

    start: dt.datetime
    end: dt.datetime
    kind: Busy


def busy_periods(document: Component, window: Window, *, default_zone: dt.tzinfo) -> Iterator[Period]:
    """The busy periods of one calendar object, cut to the window. Raises TooMany for a series beyond bounds."""
    for calendar in document.components("VCALENDAR"):
        zones = timezone.lookup(calendar)
        groups: dict[str, list[Component]] = {}
        for component in calendar.components("VEVENT"):
            groups.setdefault(component.text("UID"), []).append(component)
        for components in groups.values():
            series = Series.of(components, zones, default_zone)
            for occurrence in expand(series, window, limit=MAX_OCCURRENCES):
                yield from _period(occurrence, window, default_zone)


def _period(occurrence: Occurrence, window: Window, default_zone: dt.tzinfo) -> Iterator[Period]:
    kind = _kind(occurrence.component)
    start = max(occurrence.start.instant(default_zone), window.start)
    end = min(occurrence.end.instant(default_zone), window.end)
    if kind is not None and start < end:
        yield Period(start, end, kind)


def _kind(event: Component) -> Busy | None:
    status = event.text("STATUS").strip().upper()
    if event.text("TRANSP").strip().upper() == "TRANSPARENT" or status == "CANCELLED":
        return None
    return Busy.TENTATIVE if status == "TENTATIVE" else Busy.BUSY


def merged(periods: Iterable[Period]) -> list[Period]:
    """Sorted periods that do not overlap: what touches is one, and where kinds overlap the stronger holds."""
    edges: list[tuple[dt.datetime, int, Busy]] = []
    for period in periods:
        edges += [(period.start, 1, period.kind), (period.end, -1, period.kind)]
    open_now = {Busy.TENTATIVE: 0, Busy.BUSY: 0}
    found: list[Period] = []
    last: dt.datetime | None = None
    for moment, step, kind in sorted(edges, key=lambda edge: edge[0]):
        holding = max((one for one, count in open_now.items() if count), default=None)
        if last is not None and holding is not None and last < moment:
            _append(found, Period(last, moment, holding))
        open_now[kind] += step
        last = moment
    return found


def _append(found: list[Period], period: Period) -> None:
    if found and found[-1].end == period.start and found[-1].kind is period.kind:
        found[-1] = Period(found[-1].start, period.end, period.kind)
    else:
        found.append(period)


def freebusy_calendar(periods: Iterable[Period], window: Window, *, now: dt.datetime) -> str:
    """The iCalendar text of a VFREEBUSY for a window."""
    lines = [
        Line("DTSTAMP", _text(now)),
        Line("DTSTART", _text(window.start)),
        Line("DTEND", _text(window.end)),
        *(
            Line("FREEBUSY", f"{_text(one.start)}/{_text(one.end)}", params=(("FBTYPE", (one.kind.fbtype,)),))
            for one in merged(periods)
        ),
    ]
    head = [Line("VERSION", "2.0"), Line("PRODID", "-//SOGo//SOGo//EN")]
    return Component("", [Component("VCALENDAR", [*head, Component("VFREEBUSY", lines)])]).render()


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
