"""A series: the components of one UID, and what of them falls into a window of time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sogo.codec.contentline import Component
from sogo.model.caltime import CalTime, Window, ZoneLookup


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One happening of a series: the component that describes it, its own start and end, and, within a recurrence, the
    start the rules gave it."""

    component: Component
    start: CalTime
    end: CalTime
    recurrence_id: CalTime | None


@dataclass(frozen=True, slots=True)
class Series:
    """The components of one UID, the master first."""

    master: Component | None
    overrides: tuple[Component, ...]
    zones: ZoneLookup
    default_zone: dt.tzinfo

    @staticmethod
    def of(components: list[Component], zones: ZoneLookup, default_zone: dt.tzinfo) -> Series:
        masters = [item for item in components if item.first("RECURRENCE-ID") is None]
        overrides = [item for item in components if item.first("RECURRENCE-ID") is not None]
        return Series(masters[0] if masters else None, tuple(overrides), zones, default_zone)


def expand(series: Series, window: Window, *, limit: int) -> list[Occurrence]:
    """List the occurrences that overlap the window."""
    return []


def overlaps(series: Series, window: Window, *, limit: int) -> bool:
    """Whether any occurrence overlaps the window."""
    return bool(expand(series, window, limit=limit))
