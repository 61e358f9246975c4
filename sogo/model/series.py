"""A series: the components of one UID, and what of them falls into a window of time.

    components --Series.of--> master: RecurrenceSet      overrides by RECURRENCE-ID
                                 instances of the rules --replaced by--> overrides --> Occurrence

RFC 5545 §3.8.5 says what recurs, §3.8.4.4 what an override replaces, RFC 4791 §9.9 what overlaps a window. Everything
here takes objects as clients left them: overrides without a master, events without DTSTART, ends before starts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from sogo.codec.contentline import Component
from sogo.errors import TooMany
from sogo.model.caltime import BEGINNING, END_OF_TIME, CalTime, Kind, Window, ZoneLookup
from sogo.model.override import MAX_OVERRIDES, Override, Overrides
from sogo.model.recurrence import Budget
from sogo.model.recurrence_set import Instance, RecurrenceSet
from sogo.model.timing import Length, Timing, timing, undated_task_meets

_SECOND = dt.timedelta(seconds=1)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One happening of a series: the component that describes it, its own start and end (exclusive), and, within a
    recurrence, the start the rules gave it. A task without DTSTART starts and ends when it is due."""

    component: Component
    start: CalTime
    end: CalTime
    recurrence_id: CalTime | None


@dataclass(frozen=True, slots=True)
class Series:
    """The components of one UID: `master` (None when only overrides came) with its times and what it generates, and
    the overrides. Dates and floating times are read in `default_zone`."""

    master: Component | None
    timing: Timing | None
    recurrence: RecurrenceSet | None
    overrides: Overrides
    zones: ZoneLookup
    default_zone: dt.tzinfo

    @staticmethod
    def of(components: list[Component], zones: ZoneLookup, default_zone: dt.tzinfo) -> Series:
        """Read VEVENTs, VTODOs or VJOURNALs of one UID, in any order. Further masters are treated as overrides that
        replace nothing. Never raises for what is in them."""
        masters = [item for item in components if item.first("RECURRENCE-ID") is None]
        others = masters[1:] + [item for item in components if item.first("RECURRENCE-ID") is not None]
        master = masters[0] if masters else None
        times = timing(master, zones, default_zone) if master is not None else None
        start = times.start if times is not None else None
        recurrence = None
        if master is not None and start is not None:
            recurrence = RecurrenceSet.of(master, start, zones, default_zone)
        overrides = Overrides.of(others, start, zones, default_zone)
        return Series(master, times, recurrence, overrides, zones, default_zone)

    @property
    def recurs(self) -> bool:
        return self.recurrence is not None and self.recurrence.recurs

    @property
    def components(self) -> list[Component]:
        own = [self.master] if self.master is not None else []
        return own + [override.component for override in self.overrides.all]


def expand(series: Series, window: Window, *, limit: int, budget: Budget | None = None) -> list[Occurrence]:
    """List the occurrences that overlap the window, sorted by start, then recurrence id.

    `limit` counts occurrences, `budget` is what several calls may cost together. Undated tasks have none. Raises
    TooMany beyond `limit`, or when finding them would cost too much work.
    """
    found: list[tuple[dt.datetime, dt.datetime, int, Occurrence]] = []
    order = count()
    for begin, occurrence in _overlapping(series, window, limit, budget):
        original = occurrence.recurrence_id.instant(series.default_zone) if occurrence.recurrence_id else begin
        found.append((begin, original, next(order), occurrence))
        if len(found) > limit:
            raise TooMany("There are too many occurrences.", limit=limit)
    return [occurrence for *_, occurrence in sorted(found, key=lambda item: item[:3])]


def overlaps(series: Series, window: Window, *, limit: int, budget: Budget | None = None) -> bool:
    """Whether any occurrence overlaps the window; an undated task by its CREATED and COMPLETED, an event without a
    start that can be read always.

    Stops at the first one. Never raises: a series that cannot be judged with a bounded amount of work counts as
    overlapping, so that one hostile object spoils no report.
    """
    if series.master is not None and series.recurrence is None and _undated_meets(series, series.master, window):
        return True
    try:
        return next(_overlapping(series, window, limit, budget), None) is not None
    except TooMany:
        return True


def _undated_meets(series: Series, master: Component, window: Window) -> bool:
    if master.name == "VTODO":
        return undated_task_meets(master, window, series.zones, series.default_zone)
    return master.name == "VEVENT"


def _overlapping(
    series: Series, window: Window, limit: int, budget: Budget | None
) -> Iterator[tuple[dt.datetime, Occurrence]]:
    """(start in UTC, occurrence) of all that overlap, in no strict order."""
    if series.overrides.has_excess:
        raise TooMany("The series has too many overrides.", limit=MAX_OVERRIDES)
    if budget is not None:
        budget.spend(len(series.overrides))
    for override in series.overrides.all:
        times = override.timing
        if times.start is not None:
            occurrence = Occurrence(
                override.component,
                times.start,
                times.length.end_of(times.start, series.default_zone),
                override.recurrence_id,
            )
            yield from _if_meets(occurrence, times, window, series.default_zone)
    yield from _generated(series, window, limit, budget)


def _if_meets(
    occurrence: Occurrence, times: Timing, window: Window, zone: dt.tzinfo
) -> Iterator[tuple[dt.datetime, Occurrence]]:
    begin = occurrence.start.instant(zone)
    if times.meets(begin, occurrence.end.instant(zone), window):
        yield begin, occurrence


def _generated(
    series: Series, window: Window, limit: int, budget: Budget | None
) -> Iterator[tuple[dt.datetime, Occurrence]]:
    """The occurrences of the master, those that an override with RANGE=THISANDFUTURE moved included."""
    master, times, recurrence = series.master, series.timing, series.recurrence
    if master is None or times is None or recurrence is None:
        return
    for instance in recurrence.instances(_search(series, times, recurrence, window), limit=limit, budget=budget):
        if series.overrides.replaces(instance.instant):
            continue
        ruler = series.overrides.ruling(instance.instant)
        if ruler is not None and ruler.timing.start is not None:
            yield from _moved(series, instance, ruler, window)
            continue
        length = instance.length if instance.length is not None else times.length
        occurrence = Occurrence(
            master,
            instance.time,
            length.end_of(instance.time, series.default_zone),
            instance.time if recurrence.recurs else None,
        )
        yield from _if_meets(occurrence, times, window, series.default_zone)


def _moved(
    series: Series, instance: Instance, ruler: Override, window: Window
) -> Iterator[tuple[dt.datetime, Occurrence]]:
    start = ruler.moved(instance.time, series.default_zone)
    end = ruler.timing.length.end_of(start, series.default_zone)
    occurrence = Occurrence(ruler.component, start, end, instance.time)
    yield from _if_meets(occurrence, ruler.timing, window, series.default_zone)


def _search(series: Series, times: Timing, recurrence: RecurrenceSet, window: Window) -> Window:
    """The starts that can matter for a window: as far before it as the longest occurrence reaches, and as far around
    it as overrides move what follows them."""
    earlier = later = dt.timedelta()
    reaches: list[Length] = [times.length]
    for ruler in series.overrides.rulers:
        reaches.append(ruler.timing.length)
        shift = ruler.shift(series.default_zone)
        earlier, later = max(earlier, shift), max(later, -shift)
    if times.start is not None and times.start.kind is Kind.FLOATING and times.length.exact:
        earlier = _DAY  # by the clock of the reader it may last longer
    if series.overrides.rulers:
        earlier, later = earlier + _DAY, later + _DAY
    reach = max(recurrence.reach, *(length.reach for length in reaches), dt.timedelta())
    return Window(_minus(window.start, reach + earlier), _minus(window.end, -(later + _SECOND)))


def _minus(instant: dt.datetime, span: dt.timedelta) -> dt.datetime:
    try:
        return min(max(instant - span, BEGINNING), END_OF_TIME)
    except OverflowError:
        return BEGINNING if span > dt.timedelta() else END_OF_TIME
