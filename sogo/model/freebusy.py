"""When somebody is busy: periods out of calendars, and the VFREEBUSY that tells them (RFC 4791 §7.10, RFC 5545 §3.6.4).

An event makes busy unless it is transparent or cancelled; a tentative one makes tentatively busy. Of an invitation the
answer counts: declined or handed on to somebody else is free, not answered yet is tentatively busy. Nothing but times
leaves this module.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from sogo.codec.contentline import Component, Line
from sogo.model import timezone
from sogo.model.caltime import UTC, Window
from sogo.model.product import PRODID
from sogo.model.series import Occurrence, Series, expand

MAX_OCCURRENCES = 5_000
"""Of one object in one answer."""
_FREE = frozenset({"DECLINED", "DELEGATED"})
_SATURDAY = 5


class Busy(IntEnum):
    """The stronger covers the weaker where both hold. `UNAVAILABLE` is somebody who does not work then (RFC 7953)."""

    TENTATIVE = 1
    UNAVAILABLE = 2
    BUSY = 3

    @property
    def fbtype(self) -> str:
        return _FBTYPES[self]


_FBTYPES = {Busy.TENTATIVE: "BUSY-TENTATIVE", Busy.UNAVAILABLE: "BUSY-UNAVAILABLE", Busy.BUSY: "BUSY"}


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """[start, end) in UTC."""

    start: dt.datetime
    end: dt.datetime
    kind: Busy


def busy_periods(
    document: Component, window: Window, *, default_zone: dt.tzinfo, addresses: Collection[str] = ()
) -> Iterator[Period]:
    """The busy periods of one calendar object, cut to the window. `addresses` are the mail addresses, in lower case, of
    the person in whose calendar it lies. Raises TooMany for a series beyond bounds."""
    for calendar in document.components("VCALENDAR"):
        zones = timezone.lookup(calendar)
        groups: dict[str, list[Component]] = {}
        for component in calendar.components("VEVENT"):
            groups.setdefault(component.text("UID"), []).append(component)
        for components in groups.values():
            series = Series.of(components, zones, default_zone)
            for occurrence in expand(series, window, limit=MAX_OCCURRENCES):
                yield from _period(occurrence, window, default_zone, addresses)


def _period(
    occurrence: Occurrence, window: Window, default_zone: dt.tzinfo, addresses: Collection[str]
) -> Iterator[Period]:
    kind = _kind(occurrence.component, addresses)
    start = max(occurrence.start.instant(default_zone), window.start)
    end = min(occurrence.end.instant(default_zone), window.end)
    if kind is not None and start < end:
        yield Period(start, end, kind)


def _kind(event: Component, addresses: Collection[str]) -> Busy | None:
    status = event.text("STATUS").strip().upper()
    if event.text("TRANSP").strip().upper() == "TRANSPARENT" or status == "CANCELLED":
        return None
    return kind_of_answer(status, _answer(event, addresses))


def kind_of_answer(status: str, answer: str) -> Busy | None:
    """What an opaque event that is not cancelled makes of the time of who answered so; "" is who was not asked."""
    if answer in _FREE:
        return None
    return Busy.TENTATIVE if "TENTATIVE" in (status, answer) or answer == "NEEDS-ACTION" else Busy.BUSY


def _answer(event: Component, addresses: Collection[str]) -> str:
    """The PARTSTAT of one of these addresses; "" for who organizes the event or is not invited."""
    organizer = event.first("ORGANIZER")
    if organizer is not None and _address(organizer) in addresses:
        return ""
    for attendee in event.all("ATTENDEE") if addresses else ():
        if _address(attendee) in addresses:
            return (attendee.param("PARTSTAT") or "NEEDS-ACTION").strip().upper()
    return ""


def _address(line: Line) -> str:
    return line.value.strip().lower().removeprefix("mailto:")


def off_hours(window: Window, zone: dt.tzinfo, *, day_start_hour: int, day_end_hour: int) -> Iterator[Period]:
    """The times off work as busy: nights from Monday to Friday, and whole Saturdays and Sundays, on the clock of
    `zone` (SOGoBusyOffHours)."""
    day = window.start.astimezone(zone).date()
    last = window.end.astimezone(zone).date()
    while day <= last:
        if day.weekday() >= _SATURDAY or day_end_hour <= day_start_hour:
            spans = [(0, 24)]
        else:
            spans = [(0, day_start_hour), (day_end_hour, 24)]
        for begin, end in spans:
            start, stop = max(_at(day, begin, zone), window.start), min(_at(day, end, zone), window.end)
            if start < stop:
                yield Period(start, stop, Busy.BUSY)
        day += dt.timedelta(days=1)


def _at(day: dt.date, hour: int, zone: dt.tzinfo) -> dt.datetime:
    """An hour of a day, 24 being the beginning of the next, as an instant."""
    local = dt.datetime.combine(day, dt.time()) + dt.timedelta(hours=hour)
    return local.replace(tzinfo=zone).astimezone(UTC)


def merged(periods: Iterable[Period]) -> list[Period]:
    """Sorted periods that do not overlap: what touches is one, and where kinds overlap the stronger holds."""
    edges: list[tuple[dt.datetime, int, Busy]] = []
    for period in periods:
        edges += [(period.start, 1, period.kind), (period.end, -1, period.kind)]
    open_now = dict.fromkeys(Busy, 0)
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


def at_once(periods: Iterable[Period], number: int) -> list[Period]:
    """When so many things go on at once: a room for two is busy when both places are taken. The weakest of those that
    go on then counts, and of a resource without bounds (0) there is no such time (scheduling.md §9)."""
    if number <= 0:
        return []
    edges = sorted(
        [(edge, step, period.kind) for period in periods for edge, step in ((period.start, 1), (period.end, -1))],
        key=lambda one: one[0],
    )
    open_now: list[Busy] = []
    found: list[Period] = []
    last: dt.datetime | None = None
    for moment, step, kind in edges:
        if last is not None and last < moment and len(open_now) >= number:
            _append(found, Period(last, moment, sorted(open_now)[-number]))
        if step > 0:
            open_now.append(kind)
        else:
            open_now.remove(kind)
        last = moment
    return found


def freebusy_calendar(
    periods: Iterable[Period],
    window: Window,
    *,
    now: dt.datetime,
    attendee: str = "",
    method: str = "",
    reply_to: Collection[Line] = (),
) -> str:
    """The iCalendar text of a VFREEBUSY for a window. `attendee` is the mail address of the person it is about; no
    name, which one of Apple's programs does not take (scheduling.md §9). `method` and `reply_to`: it answers a request
    that had these lines."""
    lines = [
        *reply_to,
        *([Line("ATTENDEE", f"mailto:{attendee}")] if attendee else []),
        Line("DTSTAMP", _text(now)),
        Line("DTSTART", _text(window.start)),
        Line("DTEND", _text(window.end)),
        *(_line(one) for one in merged(periods)),
    ]
    head = [Line("VERSION", "2.0"), Line("PRODID", PRODID), *([Line("METHOD", method)] if method else [])]
    return Component("", [Component("VCALENDAR", [*head, Component("VFREEBUSY", lines)])]).render()


def _line(period: Period) -> Line:
    """There are many of them, and none is long enough to be folded."""
    value, kind = f"{_text(period.start)}/{_text(period.end)}", period.kind.fbtype
    return Line("FREEBUSY", value, params=(("FBTYPE", (kind,)),), raw=f"FREEBUSY;FBTYPE={kind}:{value}")


def _text(moment: dt.datetime) -> str:
    written = moment.astimezone(UTC).isoformat(timespec="seconds")
    return written[:19].replace("-", "").replace(":", "") + "Z"
