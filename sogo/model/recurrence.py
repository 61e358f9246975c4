"""What a recurrence rule generates (RFC 5545 §3.3.10, §3.8.5.3), within a bounded amount of work.

All arithmetic is local to the zone of DTSTART. Periods (years, months, ..., seconds) are numbered from that of DTSTART,
so the first that matters for a window is computed, not walked to: a series of 2001 costs what one of today costs. Only
a COUNT over periods of uneven yield must be counted from the beginning.

A period that brings nothing costs a step, and so does an instance. After MAX_STEPS of them the rules of a series are
given up (TooMany); those people write need a few dozen. A whole answer may spend ANSWER_STEPS, whatever it looks at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import islice

from sogo.errors import TooMany
from sogo.model.caltime import UTC, CalTime, Kind, Window
from sogo.model.recurrence_periods import Budget, Periods, as_seconds
from sogo.model.recurrence_rule import Freq, Rule

__all__ = ["ANSWER_STEPS", "MAX_STEPS", "Budget", "Freq", "Rule", "nth", "occurrences", "until_local"]

MAX_STEPS = 20_000
ANSWER_STEPS = 500_000
_DAY = dt.timedelta(days=1)
_LAST_SECOND = dt.datetime(9999, 12, 31, 23, 59, 59)


def occurrences(
    rule: Rule,
    start: CalTime,
    *,
    window: Window,
    default_zone: dt.tzinfo,
    limit: int,
    start_counts: bool = True,
    budget: Budget | None = None,
) -> Iterator[CalTime]:
    """The instances that begin within the window, in order, made as they are asked for.

    `start` is always the first instance, whether the rule names it or not; with `start_counts` off (an EXRULE) only if
    the rule names it. Instances that a jump of the clock makes coincide both come. Raises TooMany beyond `limit`
    instances or when `budget` (MAX_STEPS when None) is spent; several rules may share one.
    """
    budget = Budget(MAX_STEPS) if budget is None else budget
    given = 0
    for time in _instances(rule, start, window, default_zone, budget, start_counts):
        budget.spend(1)
        if window.start <= time.instant(default_zone) < window.end:
            given += 1
            if given > limit:
                raise TooMany("The recurrence has too many instances.", limit=limit)
            yield time


def _instances(
    rule: Rule, start: CalTime, window: Window, default_zone: dt.tzinfo, budget: Budget, start_counts: bool
) -> Iterator[CalTime]:
    zone = _zone(start, default_zone)
    low, high = _local_span(window, zone)
    if start_counts:
        yield start
    for local in _later(rule, start, low, high, default_zone, budget, start_counts):
        yield start.at(local)


def _later(
    rule: Rule,
    start: CalTime,
    low: dt.datetime,
    high: dt.datetime,
    default_zone: dt.tzinfo,
    budget: Budget,
    start_counts: bool,
) -> Iterator[dt.datetime]:
    """Local times after the start and in [low, high), in order."""
    bound = high if rule.until is None else min(high, _next_second(until_local(rule.until, start, default_zone)))
    low = max(low, _next_second(start.local) if start_counts else start.local)
    if bound <= low:
        return
    periods = Periods(rule, start, budget)
    index = periods.index_of(low)
    done = 1 if start_counts else 0
    if rule.count is not None:
        index, done = _counted(periods, index, done, start_counts)
    first = as_seconds(start.local) + (1 if start_counts else 0)
    for local in periods.walk(index, first, bound):
        if rule.count is not None and done >= rule.count:
            return
        done += 1
        if local >= low:
            yield local
        else:
            budget.spend(1)


def _counted(periods: Periods, index: int, done: int, start_counts: bool) -> tuple[int, int]:
    """Where to begin counting for a COUNT: at `index` when all periods yield the same, else at the beginning."""
    if index < 2 or periods.even_yield is None:
        return 0, done
    first = as_seconds(periods.start) + (1 if start_counts else 0)
    return index, done + sum(1 for _ in periods.period(0, first)) + (index - 1) * periods.even_yield


def nth(
    rule: Rule, start: CalTime, count: int, *, default_zone: dt.tzinfo, budget: Budget | None = None
) -> CalTime | None:
    """The count-th instance, `start` being the first; None when the rule or time ends before. Raises TooMany when
    finding it would cost more than `budget` (MAX_STEPS when None)."""
    if count <= 1:
        return start
    if rule.count is not None and count > rule.count:
        return None
    bound = dt.datetime.max if rule.until is None else _next_second(until_local(rule.until, start, default_zone))
    periods = Periods(rule, start, Budget(MAX_STEPS) if budget is None else budget)
    first = as_seconds(start.local) + 1
    index, skip = 0, count - 2
    if periods.even_yield:
        in_first = sum(1 for _ in periods.period(0, first))
        if skip >= in_first:
            index, skip = 1 + (skip - in_first) // periods.even_yield, (skip - in_first) % periods.even_yield
    elif skip > MAX_STEPS:
        raise TooMany("The recurrence has too many instances.", limit=MAX_STEPS)
    local = next(islice(periods.walk(index, first, bound), skip, None), None)
    return start.at(local) if local is not None else None


def until_local(until: CalTime, start: CalTime, default_zone: dt.tzinfo) -> dt.datetime:
    """The last local time (of the zone of `start`) that UNTIL allows.

    RFC 5545 wants UNTIL to be of the kind of DTSTART. Where it is not: a date bounds times by its whole day, a time
    bounds dates by its day, in UTC when it is midnight there, else in the zone of reading.
    """
    if start.is_date:
        at_midnight = until.local.time() == dt.time()
        local = until.local if until.kind is not Kind.UTC or at_midnight else _local(until, default_zone)
        return local.replace(hour=0, minute=0, second=0)
    if until.is_date:
        return until.local.replace(hour=23, minute=59, second=59)
    return _local(until, _zone(start, default_zone)) if until.kind is Kind.UTC else until.local


def _next_second(local: dt.datetime) -> dt.datetime:
    return local + dt.timedelta(seconds=1) if local < _LAST_SECOND else dt.datetime.max


def _local(time: CalTime, zone: dt.tzinfo) -> dt.datetime:
    return _to_local(time.instant(zone), zone)


def _to_local(instant: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    try:
        return instant.astimezone(zone).replace(tzinfo=None, fold=0)
    except (OverflowError, ValueError):
        return instant.replace(tzinfo=None)


def _zone(start: CalTime, default_zone: dt.tzinfo) -> dt.tzinfo:
    if start.kind is Kind.UTC:
        return UTC
    return start.zone if start.zone is not None else default_zone


def _local_span(window: Window, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime]:
    """The local times that can lie in the window. Where the clock jumps nearby, a little more on both sides."""
    low, high = _to_local(window.start, zone), _to_local(window.end, zone)
    try:
        return low - _jump(window.start, zone), high + _jump(window.end, zone)
    except OverflowError:
        return low, high


def _jump(instant: dt.datetime, zone: dt.tzinfo) -> dt.timedelta:
    """By how much the offset changes around this instant."""
    try:
        before = (instant - _DAY).astimezone(zone).utcoffset()
        after = (instant + _DAY).astimezone(zone).utcoffset()
    except (OverflowError, ValueError):
        return dt.timedelta()
    return abs(after - before) if before is not None and after is not None else dt.timedelta()
