"""The VTIMEZONE a client sent along (RFC 5545 §3.6.5) as a tzinfo. Used only when nobody knows the name of the zone.

Each STANDARD or DAYLIGHT gives onsets: its DTSTART, its RDATEs and what its RRULE generates, all in the local time that
ends there. The latest onset at or before a moment rules it; before the first one its TZOFFSETFROM does. Rules are laid
out from 1900 to 2100 once; later years read the offsets of a year before 2100 with the same calendar.

Made by strangers: whatever cannot be read is left out, work and size are bounded, and the outcome is cached by text.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice

from sogo.codec.contentline import Component, parse
from sogo.errors import SogoError
from sogo.model.caltime import UTC, CalTime, Kind, Window, parse_time
from sogo.model.recurrence import Budget, Rule, occurrences
from sogo.model.recurrence_days import first_of_year, weekday
from sogo.model.recurrence_periods import as_seconds

MAX_DEFINITION = 65_536
MAX_OBSERVANCES = 100
MAX_ONSETS = 1_000
MAX_STEPS = 2_000
_FIRST_YEAR, _END_YEAR = 1900, 2100
_LAID_OUT = Window(dt.datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC), dt.datetime(_END_YEAR, 1, 1, tzinfo=UTC))
_OFFSET = re.compile(r"([+-]?)(\d\d):?(\d\d)(?::?(\d\d))?")
_ALWAYS = dt.datetime(1601, 1, 1)


@dataclass(frozen=True, slots=True)
class Onset:
    """From this moment (seconds, see recurrence_periods) on the offset (seconds) is `after`."""

    moment: int
    before: int
    after: int
    name: str
    is_daylight: bool


class EmbeddedZone(dt.tzinfo):
    """Never raises and never gives None, whatever the definition says."""

    def __init__(self, name: str, onsets: tuple[Onset, ...]) -> None:
        self._name = name
        self._onsets = onsets
        self._moments = [onset.moment for onset in onsets]
        # A local time comes twice or not at all between these two: fold 0 is the offset before the onset.
        self._walls = (
            [onset.moment + max(onset.before, onset.after) for onset in onsets],
            [onset.moment + min(onset.before, onset.after) for onset in onsets],
        )

    def _onset(self, times: list[int], seconds: int) -> int:
        return bisect_right(times, seconds) - 1

    def _offset(self, place: int) -> int:
        return self._onsets[place].after if place >= 0 else self._onsets[0].before

    def utcoffset(self, when: dt.datetime | None) -> dt.timedelta:
        return dt.timedelta(seconds=self._offset(self._at(when)))

    def dst(self, when: dt.datetime | None) -> dt.timedelta:
        place = self._at(when)
        if place < 0 or not self._onsets[place].is_daylight:
            return dt.timedelta()
        return dt.timedelta(seconds=max(0, self._onsets[place].after - self._onsets[place].before))

    def tzname(self, when: dt.datetime | None) -> str:
        place = self._at(when)
        return (self._onsets[place].name if place >= 0 else "") or self._name

    def _at(self, when: dt.datetime | None) -> int:
        if when is None:
            return -1
        return self._onset(self._walls[when.fold], _within(when))

    def fromutc(self, when: dt.datetime) -> dt.datetime:
        seconds = _within(when)
        place = self._onset(self._moments, seconds)
        local = when + dt.timedelta(seconds=self._offset(place))
        shrinks = self._onsets[place].before - self._onsets[place].after if place >= 0 else 0
        again = shrinks > 0 and seconds - self._moments[place] < shrinks
        return local.replace(fold=1) if again else local

    def __repr__(self) -> str:
        return f"EmbeddedZone({self._name!r})"

    def __deepcopy__(self, memo: object) -> EmbeddedZone:
        return self


@lru_cache(maxsize=1)
def _same_calendar() -> dict[tuple[int, int], int]:
    """(length, weekday of 1 January) -> a year of the last 28 that are laid out."""
    years = range(_END_YEAR - 28, _END_YEAR)
    return {(first_of_year(year + 1) - first_of_year(year), weekday(first_of_year(year))): year for year in years}


def _within(when: dt.datetime) -> int:
    """Seconds of a time; that of a year beyond the last laid out is moved to one with the same calendar."""
    seconds = as_seconds(when)
    if when.year < _END_YEAR:
        return seconds
    first = first_of_year(when.year)
    year = _same_calendar()[first_of_year(when.year + 1) - first, weekday(first)]
    return seconds - (first - first_of_year(year)) * 86_400


def embedded_zone(definition: Component) -> dt.tzinfo | None:
    """The zone a VTIMEZONE defines, or None when it defines nothing that can be used."""
    text = definition.render()
    return _zone_of(text) if len(text) <= MAX_DEFINITION else None


@lru_cache(maxsize=256)
def _zone_of(text: str) -> EmbeddedZone | None:
    definition = parse(text).children[0]
    onsets: list[Onset] = []
    budget = Budget(MAX_STEPS)
    for observance in definition.components("STANDARD", "DAYLIGHT")[:MAX_OBSERVANCES]:
        onsets.extend(islice(_onsets(observance, budget), MAX_ONSETS - len(onsets)))
    if not onsets:
        return None
    onsets.sort(key=lambda onset: onset.moment)
    return EmbeddedZone((definition.value("TZID") or "").strip(), tuple(onsets))


def _onsets(observance: Component, budget: Budget) -> Iterator[Onset]:
    after = _seconds(observance.value("TZOFFSETTO"))
    if after is None:
        return
    before = _seconds(observance.value("TZOFFSETFROM"))
    before = after if before is None else before
    name, is_daylight = observance.text("TZNAME")[:40], observance.name == "DAYLIGHT"
    for local in dict.fromkeys(chain(_explicit(observance), _by_rules(observance, before, budget))):
        yield Onset(as_seconds(local) - before, before, after, name, is_daylight)


def _seconds(value: str | None) -> int | None:
    match = _OFFSET.fullmatch((value or "").strip())
    if match is None:
        return None
    hours, minutes, seconds = int(match[2]), int(match[3]), int(match[4] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        return None
    total = hours * 3600 + minutes * 60 + seconds
    return -total if match[1] == "-" else total


def _explicit(observance: Component) -> Iterator[dt.datetime]:
    yield _local(observance.value("DTSTART")) or _ALWAYS
    for line in observance.all("RDATE"):
        for value in line.value.split(",")[:MAX_ONSETS]:
            local = _local(value.partition("/")[0])
            if local is not None:
                yield local


def _local(value: str | None) -> dt.datetime | None:
    try:
        return parse_time(value or "").local
    except SogoError:
        return None


def _by_rules(observance: Component, before: int, budget: Budget) -> Iterator[dt.datetime]:
    """What the rules generate, in the local time that ends there; a rule that costs too much is cut short."""
    start = _local(observance.value("DTSTART"))
    if start is None:
        return
    reading = dt.timezone(dt.timedelta(seconds=before))
    for line in observance.all("RRULE"):
        with suppress(SogoError):
            rule, first = Rule.parse(line.value), CalTime(start, Kind.FLOATING)
            for time in occurrences(
                rule, first, window=_LAID_OUT, default_zone=reading, limit=MAX_ONSETS, budget=budget
            ):
                yield time.local
