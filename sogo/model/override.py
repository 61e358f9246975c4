"""Overrides: components with RECURRENCE-ID, each in the place of one instance or, with RANGE=THISANDFUTURE, of all that
follow (RFC 5545 §3.8.4.4).

An instance is named by its moment; TZID may differ from the master's, and a date names the instance of that day.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from dataclasses import dataclass

from sogo.codec.contentline import Component
from sogo.model.caltime import UTC, CalTime, Kind, ZoneLookup
from sogo.model.recurrence_set import day_of, like_start
from sogo.model.timing import Timing, time_of, timing

MAX_OVERRIDES = 5_000


@dataclass(frozen=True, slots=True)
class Override:
    """`recurrence_id` is None when it cannot be read, or for a second master: such an override replaces nothing."""

    component: Component
    timing: Timing
    recurrence_id: CalTime | None
    rules_future: bool

    def shift(self, default_zone: dt.tzinfo) -> dt.timedelta:
        """By how much, roughly, what follows is moved."""
        if self.recurrence_id is None or self.timing.start is None:
            return dt.timedelta()
        return self.timing.start.instant(default_zone) - self.recurrence_id.instant(default_zone)

    def moved(self, time: CalTime, default_zone: dt.tzinfo) -> CalTime:
        """Where an instance that the rules put at `time` goes: as far from there, by the local clock of this override,
        as this override is from the instance it names."""
        own, named = self.timing.start, self.recurrence_id
        if own is None or named is None:
            return time
        try:
            shift = own.local - _as_kind(named, own, default_zone)
            return own.at(_as_kind(time, own, default_zone) + shift)
        except (OverflowError, ValueError):
            return time


def _as_kind(time: CalTime, like: CalTime, default_zone: dt.tzinfo) -> dt.datetime:
    """The local time of `time` on the clock that `like` uses."""
    if like.is_date or time.is_date:
        return day_of(time, default_zone) if like.is_date else time.local
    if time.kind is like.kind and time.tzid == like.tzid:
        return time.local
    zone = UTC if like.kind is Kind.UTC else like.zone or default_zone
    return time.instant(default_zone).astimezone(zone).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Overrides:
    """All overrides in order of appearance, but of several for the same instance only the last. `rulers` are those
    with RANGE=THISANDFUTURE, by the moment they begin to rule. `has_excess`: there were more than MAX_OVERRIDES."""

    all: tuple[Override, ...]
    instants: frozenset[dt.datetime]
    rulers: tuple[Override, ...]
    ruled_from: tuple[dt.datetime, ...]
    has_excess: bool

    @staticmethod
    def of(components: list[Component], start: CalTime | None, zones: ZoneLookup, default_zone: dt.tzinfo) -> Overrides:
        """`start` is DTSTART of the master, if there is one."""
        by_instant: dict[object, Override] = {}
        for place, component in enumerate(components[:MAX_OVERRIDES]):
            override = _read(component, start, zones, default_zone)
            named = override.recurrence_id
            by_instant[named.instant(default_zone) if named is not None else place] = override
        rulers = sorted(
            (key, place)
            for place, (key, override) in enumerate(by_instant.items())
            if override.rules_future and isinstance(key, dt.datetime)
        )
        kept = tuple(by_instant.values())
        return Overrides(
            kept,
            frozenset(key for key in by_instant if isinstance(key, dt.datetime)),
            tuple(kept[place] for _, place in rulers),
            tuple(key for key, _ in rulers),
            len(components) > MAX_OVERRIDES,
        )

    def __len__(self) -> int:
        return len(self.all)

    def replaces(self, instant: dt.datetime) -> bool:
        return instant in self.instants

    def ruling(self, instant: dt.datetime) -> Override | None:
        """The override with RANGE=THISANDFUTURE that rules an instance."""
        place = bisect_right(self.ruled_from, instant)
        return self.rulers[place - 1] if place else None


def _read(component: Component, start: CalTime | None, zones: ZoneLookup, default_zone: dt.tzinfo) -> Override:
    named = time_of(component, "RECURRENCE-ID", zones)
    if named is not None and start is not None:
        named = like_start(named, start, default_zone)
    line = component.first("RECURRENCE-ID")
    future = line is not None and (line.param("RANGE") or "").upper() == "THISANDFUTURE"
    return Override(component, timing(component, zones, default_zone), named, future)
