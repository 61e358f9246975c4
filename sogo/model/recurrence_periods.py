"""The periods of a recurrence rule, numbered from that of DTSTART, and what each of them yields.

Two walks: over years, months, weeks and days by sets of days; over hours, minutes and seconds by jumps to the next day,
hour or minute that is allowed. Times are naive and local; as numbers they are seconds, day ordinal * 86400 + second.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from sogo.errors import TooMany
from sogo.model.caltime import CalTime
from sogo.model.recurrence_days import LAST_DAY, Days, first_of_year, week_begin
from sogo.model.recurrence_rule import Freq, Rule

DAY_SECONDS = 86_400
_UNIT_SECONDS = {Freq.HOURLY: 3600, Freq.MINUTELY: 60, Freq.SECONDLY: 1}
_ORIGIN = dt.datetime(1, 1, 1)


@dataclass(slots=True)
class Budget:
    """Steps that are left, of a larger budget when there is one. `spend` raises TooMany when either is gone."""

    steps: int
    within: Budget | None = None

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise TooMany("The recurrence rule needs too much work.")
        if self.within is not None:
            self.within.spend(steps)

    def refund(self, steps: int) -> None:
        self.steps += steps
        if self.within is not None:
            self.within.refund(steps)


def as_seconds(local: dt.datetime) -> int:
    return local.toordinal() * DAY_SECONDS + local.hour * 3600 + local.minute * 60 + local.second


def from_seconds(seconds: int) -> dt.datetime:
    day, second = divmod(seconds, DAY_SECONDS)
    return _ORIGIN + dt.timedelta(days=day - 1, seconds=second)


@dataclass(frozen=True, slots=True)
class Times:
    """The times of a day, or of an hour or minute, that a rule expands to, as seconds from its begin. Never listed in
    full: three lists of 24, 60 and 60 stand for 86,400."""

    hours: tuple[int, ...]
    minutes: tuple[int, ...]
    seconds: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.hours) * len(self.minutes) * len(self.seconds)

    def __iter__(self) -> Iterator[int]:
        return (3600 * h + 60 * m + s for h in self.hours for m in self.minutes for s in self.seconds)

    def __getitem__(self, place: int) -> int:
        rest, second = divmod(place, len(self.seconds))
        hour, minute = divmod(rest, len(self.minutes))
        return 3600 * self.hours[hour] + 60 * self.minutes[minute] + self.seconds[second]


class Periods:
    """The periods of one rule over one DTSTART. For an all-day series time parts are ignored (RFC 5545 §3.3.10)."""

    __slots__ = ("_base", "_budget", "_days", "_rule", "_seconds", "_step", "_times", "freq", "start")

    def __init__(self, rule: Rule, start: CalTime, budget: Budget) -> None:
        self.freq, interval = _effective(rule, start)
        self.start = start.local
        self._rule, self._budget = rule, budget
        self._seconds = tuple(sorted({min(second, 59) for second in rule.by_second}))  # no leap seconds here
        self._days = Days(rule, start.local.date(), self.freq, budget.spend)
        self._times = self._expansion(start)
        self._base, self._step = self._origin(), interval
        if self.freq in _UNIT_SECONDS:
            self._step *= _UNIT_SECONDS[self.freq]
        elif self.freq is Freq.WEEKLY:
            self._step *= 7

    def _origin(self) -> int:
        start = self.start
        if self.freq is Freq.YEARLY:
            return start.year
        if self.freq is Freq.MONTHLY:
            return start.year * 12 + start.month - 1
        if self.freq is Freq.WEEKLY:
            return week_begin(start.toordinal(), self._rule.week_start)
        if self.freq is Freq.DAILY:
            return start.toordinal()
        seconds = as_seconds(start)
        return seconds - seconds % _UNIT_SECONDS[self.freq]

    def _expansion(self, start: CalTime) -> Times:
        if start.is_date:
            return Times((0,), (0,), (0,))
        rule, local = self._rule, start.local
        sub_day = self.freq in _UNIT_SECONDS
        hours = (0,) if sub_day else rule.by_hour or (local.hour,)
        minutes = (0,) if self.freq in (Freq.MINUTELY, Freq.SECONDLY) else rule.by_minute or (local.minute,)
        seconds = (0,) if self.freq is Freq.SECONDLY else self._seconds or (local.second,)
        return Times(hours, minutes, seconds)

    @property
    def even_yield(self) -> int | None:
        """How many instances every period but the first yields, or None when that differs."""
        rule = self._rule
        limits = {
            Freq.HOURLY: rule.by_hour,
            Freq.MINUTELY: rule.by_hour + rule.by_minute,
            Freq.SECONDLY: rule.by_hour + rule.by_minute + rule.by_second,
        }
        if self.freq in (Freq.YEARLY, Freq.MONTHLY) or not self._days.all_pass or limits.get(self.freq):
            return None
        days = len(self._days.by_day) if self.freq is Freq.WEEKLY else 1
        total = days * len(self._times)
        return len(self._places(total)) if rule.by_set_pos else total

    def index_of(self, local: dt.datetime) -> int:
        """The number of the last period that begins at or before this time; 0 for times before DTSTART."""
        if self.freq is Freq.YEARLY:
            place = local.year
        elif self.freq is Freq.MONTHLY:
            place = local.year * 12 + local.month - 1
        elif self.freq in (Freq.WEEKLY, Freq.DAILY):
            place = local.toordinal()
        else:
            place = as_seconds(local)
        return max(0, (place - self._base) // self._step)

    def walk(self, index: int, first: int, bound: dt.datetime) -> Iterator[dt.datetime]:
        """The instances from period `index` on, at or after `first` (seconds) and before `bound`, in order."""
        end = as_seconds(bound) + (1 if bound.microsecond else 0)
        numbers = self._sub_day_walk(index, end) if self.freq in _UNIT_SECONDS else self._day_walk(index, end)
        for seconds in numbers:
            if seconds >= end:
                return
            if seconds >= first:
                yield from_seconds(seconds)

    def period(self, index: int, first: int) -> Iterator[int]:
        """What one period yields at or after `first`."""
        place = self._base + index * self._step
        yield from (
            n for n in (self._sub_day(place) if self.freq in _UNIT_SECONDS else self._of_days(place)) if n >= first
        )

    # --- years to days ---

    def _day_walk(self, index: int, end: int) -> Iterator[int]:
        place = self._base + index * self._step
        while True:
            begin = self._begin(place)
            if begin > LAST_DAY or begin * DAY_SECONDS >= end:
                return
            self._budget.spend(1)
            found = False
            for seconds in self._of_days(place):
                found = True
                yield seconds
            if found:
                self._budget.refund(1)
            place = self._next(place, begin, found)

    def _next(self, place: int, begin: int, found: bool) -> int:
        if self.freq is not Freq.DAILY or found:
            return place + self._step
        return self._aligned(self._days.next_candidate(begin))

    def _aligned(self, place: int) -> int:
        """The first period at or after this place."""
        return place + (self._base - place) % self._step

    def _begin(self, place: int) -> int:
        """The ordinal of the first day of a period; beyond LAST_DAY when there is none."""
        if self.freq is Freq.YEARLY:
            return first_of_year(place)
        if self.freq is Freq.MONTHLY:
            year, month = divmod(place, 12)
            return dt.date(year, month + 1, 1).toordinal() if year <= dt.MAXYEAR else LAST_DAY + 1
        return place

    def _of_days(self, place: int) -> Iterator[int]:
        days = self._days_of(place)
        times = self._times
        if not self._rule.by_set_pos:
            return (day * DAY_SECONDS + time for day in days for time in times)
        per_day = len(times)
        places = self._places(len(days) * per_day)
        return (days[n // per_day] * DAY_SECONDS + times[n % per_day] for n in places)

    def _days_of(self, place: int) -> list[int]:
        if self.freq is Freq.YEARLY:
            return self._days.of_year(place)
        if self.freq is Freq.MONTHLY:
            year, month = divmod(place, 12)
            return self._days.of_month(year, month + 1)
        if self.freq is Freq.WEEKLY:
            return self._days.of_week(place)
        return [place] if self._days.allows(place) else []

    def _places(self, total: int) -> list[int]:
        """BYSETPOS as indexes into a set of this size."""
        numbers = {n - 1 if n > 0 else total + n for n in self._rule.by_set_pos}
        return sorted(n for n in numbers if 0 <= n < total)

    # --- hours to seconds ---

    def _sub_day_walk(self, index: int, end: int) -> Iterator[int]:
        place = self._base + index * self._step
        while place < end and place // DAY_SECONDS <= LAST_DAY:
            skip_to = self._refused_until(place)
            if skip_to is not None:
                self._budget.spend(1)
                place = self._aligned(skip_to)
                continue
            found = False
            for seconds in self._sub_day(place):
                found = True
                yield seconds
            if not found:
                self._budget.spend(1)
            place += self._step

    def _sub_day(self, place: int) -> Iterator[int]:
        if self._refused_until(place) is not None:
            return iter(())
        if not self._rule.by_set_pos:
            return (place + time for time in self._times)
        return (place + self._times[n] for n in self._places(len(self._times)))

    def _refused_until(self, place: int) -> int | None:
        """None when the limits take this period, else a later place before which they take none."""
        day, second = divmod(place, DAY_SECONDS)
        if not self._days.all_pass and not self._days.allows(day):
            return self._days.next_candidate(day) * DAY_SECONDS
        rule, hour, minute = self._rule, second // 3600, second // 60 % 60
        if rule.by_hour and hour not in rule.by_hour:
            return place - second + _following(rule.by_hour, hour, 24) * 3600
        if self.freq is Freq.HOURLY:
            return None
        if rule.by_minute and minute not in rule.by_minute:
            return place - second % 3600 + _following(rule.by_minute, minute, 60) * 60
        if self.freq is Freq.SECONDLY and self._seconds and second % 60 not in self._seconds:
            return place - second % 60 + _following(self._seconds, second % 60, 60)
        return None


def _following(values: tuple[int, ...], value: int, size: int) -> int:
    """The next of these sorted values, or the begin of the next round."""
    place = bisect_right(values, value)
    return values[place] if place < len(values) else size


def _effective(rule: Rule, start: CalTime) -> tuple[Freq, int]:
    """FREQ and INTERVAL as they are walked. For all-day series hours, minutes and seconds become days. Every day that
    is one of some weekdays ("on working days") becomes every week on these, which need not be counted day by day."""
    freq, interval = rule.freq, rule.interval
    if start.is_date and freq in _UNIT_SECONDS:
        freq, interval = Freq.DAILY, max(1, interval * _UNIT_SECONDS[freq] // DAY_SECONDS)
    others = rule.by_month or rule.by_month_day or rule.by_year_day or rule.by_week_no or rule.by_set_pos
    if freq is Freq.DAILY and interval == 1 and rule.by_day and not others:
        freq = Freq.WEEKLY
    return freq, interval
