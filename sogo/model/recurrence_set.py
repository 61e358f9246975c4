"""The instances one component generates: DTSTART, RRULE and RDATE without EXRULE and EXDATE (RFC 5545 §3.8.5).

Excluded dates are compared as text, not as values: 100,000 of them cost one set, and what clients write differs in
known ways only (local, UTC, or just the date). Rules that cannot be read are left out, so that the event is still
shown once.
"""

from __future__ import annotations

import datetime as dt
import heapq
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from sogo.codec.contentline import Component, Line
from sogo.errors import InvalidData, TooMany
from sogo.model.caltime import UTC, CalTime, Kind, Window, ZoneLookup, parse_time
from sogo.model.recurrence import MAX_STEPS, Budget, Rule, occurrences
from sogo.model.timing import Length, duration_length

MAX_RULES = 20
MAX_DATES = 10_000
MAX_EXCLUDED = 10_000
"""How many instances may be passed over because they are excluded or replaced."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A start the rules gave; `length` only where an RDATE period says its own."""

    time: CalTime
    instant: dt.datetime
    length: Length | None = None


@dataclass(frozen=True, slots=True)
class RecurrenceSet:
    """What recurs from `start`. `excluded` holds dates and times as text, see `_excluded_texts`."""

    start: CalTime
    rules: tuple[Rule, ...]
    exrules: tuple[Rule, ...]
    dates: tuple[Instance, ...]
    excluded: frozenset[str]
    has_excess: bool
    default_zone: dt.tzinfo

    @staticmethod
    def of(component: Component, start: CalTime, zones: ZoneLookup, default_zone: dt.tzinfo) -> RecurrenceSet:
        dates = list(_dates(component.all("RDATE"), start, zones, default_zone))
        rules, exrules = component.all("RRULE"), component.all("EXRULE")
        return RecurrenceSet(
            start,
            tuple(_rules(rules)),
            tuple(_rules(exrules)),
            tuple(sorted(dates[:MAX_DATES], key=_instant)),
            frozenset(_excluded_texts(component.all("EXDATE"), start, zones, default_zone)),
            len(dates) > MAX_DATES or len(rules) > MAX_RULES or len(exrules) > MAX_RULES,
            default_zone,
        )

    @property
    def recurs(self) -> bool:
        return bool(self.rules or self.dates)

    @property
    def reach(self) -> dt.timedelta:
        """The longest that an RDATE period lasts."""
        return max((date.length.reach for date in self.dates if date.length is not None), default=dt.timedelta())

    def instances(self, window: Window, *, limit: int, budget: Budget | None = None) -> Iterator[Instance]:
        """The instances that begin within the window, each moment once, nearly in order. Raises TooMany when a rule
        generates more than `limit` and what may be excluded, or all rules together need too much work: more than
        MAX_STEPS, or than is left of `budget`."""
        if self.has_excess:
            raise TooMany("The recurrence has too many parts.", limit=MAX_DATES)
        generate = partial(
            occurrences, window=window, default_zone=self.default_zone, limit=limit + MAX_EXCLUDED,
            budget=Budget(MAX_STEPS, budget),
        )  # fmt: skip
        streams: list[Iterable[Instance]] = [
            map(self._instance, generate(rule, self.start)) for rule in self.rules
        ] or [self._only_start(window)]
        streams.append(date for date in self.dates if window.start <= date.instant < window.end)
        dropped: set[dt.datetime] | None = None
        seen: set[dt.datetime] = set()
        for instance in heapq.merge(*streams, key=_instant):
            if instance.instant in seen:
                continue
            seen.add(instance.instant)
            if dropped is None:  # only now, for most windows hold nothing
                dropped = {
                    time.instant(self.default_zone)
                    for rule in self.exrules
                    for time in generate(rule, self.start, start_counts=False)
                }
            if instance.instant not in dropped and not self._excludes(instance):
                yield instance

    def _instance(self, time: CalTime) -> Instance:
        return Instance(time, time.instant(self.default_zone))

    def _only_start(self, window: Window) -> Iterator[Instance]:
        first = self._instance(self.start)
        if window.start <= first.instant < window.end:
            yield first

    def _excludes(self, instance: Instance) -> bool:
        if not self.excluded:
            return False
        local = str(instance.time).rstrip("Z")
        return local[:8] in self.excluded or local in self.excluded or utc_text(instance.instant) in self.excluded


def _instant(instance: Instance) -> dt.datetime:
    return instance.instant


def utc_text(instant: dt.datetime) -> str:
    """An instant as iCalendar writes it."""
    return str(CalTime(instant.replace(tzinfo=None), Kind.UTC))


def _rules(lines: list[Line]) -> Iterator[Rule]:
    for line in lines[:MAX_RULES]:
        try:
            yield Rule.parse(line.value)
        except InvalidData:
            continue


def _dates(lines: list[Line], start: CalTime, zones: ZoneLookup, default_zone: dt.tzinfo) -> Iterator[Instance]:
    """RDATE values, one more than MAX_DATES at most; a date in a timed series means that date at the time of DTSTART.

    A value without a zone is read in that of the series."""
    given = 0
    for line in lines:
        tzid = line.param("TZID") or ""
        for value in line.value.split(","):
            given += 1
            if given > MAX_DATES + 1:
                return
            begin, _, rest = value.strip().partition("/")
            try:
                time = like_start(parse_time(begin, tzid=tzid, zones=zones), start, default_zone)
            except InvalidData:
                continue
            instant = time.instant(default_zone)
            yield Instance(time, instant, _period_length(rest, instant, tzid, zones, default_zone) if rest else None)


def like_start(time: CalTime, start: CalTime, default_zone: dt.tzinfo) -> CalTime:
    """A value of RDATE or RECURRENCE-ID made comparable with DTSTART: of its kind (date or time), and read in its zone
    when it has none of its own."""
    if start.is_date:
        return start.at(day_of(time, default_zone))
    if time.is_date:
        return start.at(dt.datetime.combine(time.local.date(), start.local.time()))
    if time.kind is Kind.FLOATING and start.kind is Kind.ZONED:
        return start.at(time.local)
    return time


def day_of(time: CalTime, default_zone: dt.tzinfo) -> dt.datetime:
    """The day an all-day value means, as midnight; a UTC time that is not midnight is read in the zone of reading."""
    local = time.local
    if time.kind is Kind.UTC and local.time() != dt.time():
        with suppress(OverflowError, ValueError):
            local = time.instant(UTC).astimezone(default_zone).replace(tzinfo=None)
    return local.replace(hour=0, minute=0, second=0, fold=0)


def _period_length(
    end: str, begin: dt.datetime, tzid: str, zones: ZoneLookup, default_zone: dt.tzinfo
) -> Length | None:
    if end.lstrip("+-").upper().startswith("P"):
        return duration_length(end)
    try:
        until = parse_time(end, tzid=tzid, zones=zones).instant(default_zone)
    except InvalidData:
        return None
    return Length(exact=max(dt.timedelta(), until - begin))


def _excluded_texts(lines: list[Line], start: CalTime, zones: ZoneLookup, default_zone: dt.tzinfo) -> Iterator[str]:
    """EXDATE values as they will be looked for: of an all-day series the date; else a date, a local time of the series
    or a UTC time. A value without zone is read in that of the series; one in another zone is turned into UTC. Of those
    that must be understood for it, MAX_DATES are."""
    costly = MAX_DATES
    for line in lines:
        tzid = line.param("TZID") or ""
        foreign = bool(tzid) and tzid != start.tzid and zones(tzid) is not None
        for value in map(str.strip, line.value.split(",")):
            if start.is_date and (not value.endswith("Z") or value.endswith("T000000Z")):
                yield value[:8]
            elif start.is_date or foreign:
                costly -= 1
                if costly >= 0:
                    yield _understood(value, tzid, start, zones, default_zone)
            else:
                yield value


def _understood(value: str, tzid: str, start: CalTime, zones: ZoneLookup, default_zone: dt.tzinfo) -> str:
    try:
        time = parse_time(value, tzid=tzid, zones=zones)
    except InvalidData:
        return value
    if start.is_date:
        return str(CalTime(day_of(time, default_zone), Kind.DATE))
    return value if time.is_date else utc_text(time.instant(default_zone))
