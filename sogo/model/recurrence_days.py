"""The days a recurrence rule allows within one year, month, week or day (the table of RFC 5545 §3.3.10).

Every period first gets a small set of candidates, then one predicate decides; so a part that expands and a part that
limits need not be told apart. Days are proleptic ordinals as `datetime.date.toordinal` counts them.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Callable, Iterator

from sogo.model.recurrence_rule import Freq, Rule

LAST_DAY = dt.date.max.toordinal()
_ALL_MONTHS = tuple(range(1, 13))


def first_of_year(year: int) -> int:
    """1 January of any year, also of 10000."""
    before = year - 1
    return before * 365 + before // 4 - before // 100 + before // 400 + 1


def weekday(ordinal: int) -> int:
    return (ordinal + 6) % 7


def week_begin(ordinal: int, week_start: int) -> int:
    """The first day of the week this day is in."""
    return ordinal - (weekday(ordinal) - week_start) % 7


class Days:
    """The day parts of a rule, completed by what the RFC takes from DTSTART when they are silent. `spend` is told of
    the work that large sets of candidates make."""

    __slots__ = (
        "_freq",
        "_nth_scope",
        "_spend",
        "_week_start",
        "by_day",
        "month_days",
        "months",
        "week_nos",
        "year_days",
    )

    def __init__(self, rule: Rule, start: dt.date, freq: Freq, spend: Callable[[int], None]) -> None:
        self._freq, self._week_start, self._spend = freq, rule.week_start, spend
        self.months = frozenset(rule.by_month)
        self.month_days = frozenset(rule.by_month_day)
        self.year_days = frozenset(rule.by_year_day)
        self.week_nos = frozenset(rule.by_week_no)
        self.by_day = frozenset(rule.by_day)
        self._nth_scope = self._scope()
        if self._nth_scope is None:
            self.by_day = frozenset((0, day) for _, day in self.by_day)
        if not (self.by_day or self.month_days or self.year_days):
            self._take_from(start)

    def _scope(self) -> Freq | None:
        """What the number in BYDAY=-1FR counts in: the month, the year, or nothing (then it is ignored)."""
        if self._freq is Freq.MONTHLY or (self._freq is Freq.YEARLY and self.months):
            return Freq.MONTHLY
        return Freq.YEARLY if self._freq is Freq.YEARLY and not self.week_nos else None

    def _take_from(self, start: dt.date) -> None:
        if self._freq is Freq.WEEKLY or (self._freq is Freq.YEARLY and self.week_nos):
            self.by_day = frozenset({(0, start.weekday())})
        elif self._freq in (Freq.YEARLY, Freq.MONTHLY) and not self.week_nos:
            self.month_days = frozenset({start.day})
            if self._freq is Freq.YEARLY and not self.months:
                self.months = frozenset({start.month})

    @property
    def all_pass(self) -> bool:
        """Nothing is asked of a day but, perhaps, its weekday within a week."""
        asked = self.months or self.month_days or self.year_days or self.week_nos
        return not asked and (self._freq is Freq.WEEKLY or not self.by_day)

    def of_year(self, year: int) -> list[int]:
        first = first_of_year(year)
        length = first_of_year(year + 1) - first
        candidates: set[int] = set()
        if self.year_days:
            numbers = (n if n > 0 else length + n + 1 for n in self.year_days)
            candidates = {first + n - 1 for n in numbers if 1 <= n <= length}
        elif self.week_nos:
            candidates = {day for day in self._days_in_weeks(year) if first <= day < first + length}
        elif self.month_days or self.months:
            for month in self.months or _ALL_MONTHS:
                candidates.update(self._in_month(year, month))
        else:
            candidates.update(self._by_weekday(first, length))
        return self._passing(candidates)

    def of_month(self, year: int, month: int) -> list[int]:
        if self.months and month not in self.months:
            return []
        return self._passing(set(self._in_month(year, month)))

    def of_week(self, first: int) -> list[int]:
        return self._passing({day for day in range(max(first, 1), first + 7) if day <= LAST_DAY})

    def _passing(self, candidates: set[int]) -> list[int]:
        self._spend(len(candidates) // 4)
        return sorted(day for day in candidates if self.allows(day))

    def _in_month(self, year: int, month: int) -> Iterator[int]:
        length = monthrange(year, month)[1]
        first = dt.date(year, month, 1).toordinal()
        if self.month_days:
            for n in self.month_days:
                if n <= length and -n <= length:
                    yield first + (n - 1 if n > 0 else length + n)
        elif self.by_day and self._nth_scope is Freq.MONTHLY:
            yield from self._by_weekday(first, length)
        else:
            yield from range(first, first + length)

    def _by_weekday(self, first: int, length: int) -> Iterator[int]:
        """The days BYDAY names in a span of days; -1FR counts from its end."""
        for n, day in self.by_day:
            foremost = first + (day - weekday(first)) % 7
            hindmost = first + length - 1
            hindmost -= (weekday(hindmost) - day) % 7
            if n == 0:
                yield from range(foremost, first + length, 7)
            else:
                found = foremost + 7 * (n - 1) if n > 0 else hindmost + 7 * (n + 1)
                if first <= found < first + length:
                    yield found

    def _days_in_weeks(self, year: int) -> Iterator[int]:
        """The days of the wanted weeks of this year and of the weeks at both its ends that belong to its neighbours."""
        for week_year in (year - 1, year, year + 1):
            first = self._first_week(week_year)
            weeks = (self._first_week(week_year + 1) - first) // 7
            for n in self.week_nos:
                number = n if n > 0 else weeks + n + 1
                near = week_year == year or number in (1, weeks)
                if near and 1 <= number <= weeks:
                    yield from range(first + 7 * (number - 1), first + 7 * number)

    def _first_week(self, year: int) -> int:
        """The first day of week 1, the first with four days in the year."""
        return week_begin(first_of_year(year) + 3, self._week_start)

    def allows(self, ordinal: int) -> bool:
        """Whether every day part takes this day."""
        date = dt.date.fromordinal(ordinal)
        if self.months and date.month not in self.months:
            return False
        if self.by_day and not self._allows_weekday(date):
            return False
        if self.month_days and date.day not in self.month_days:
            length = monthrange(date.year, date.month)[1]
            if date.day - length - 1 not in self.month_days:
                return False
        if self.year_days:
            first, after = first_of_year(date.year), first_of_year(date.year + 1)
            if ordinal - first + 1 not in self.year_days and ordinal - after not in self.year_days:
                return False
        return not self.week_nos or self._allows_week(ordinal)

    def _allows_weekday(self, date: dt.date) -> bool:
        day = date.weekday()
        if (0, day) in self.by_day:
            return True
        if self._nth_scope is None:
            return False
        if self._nth_scope is Freq.MONTHLY:
            place, length = date.day, monthrange(date.year, date.month)[1]
        else:
            first, after = first_of_year(date.year), first_of_year(date.year + 1)
            place, length = date.toordinal() - first + 1, after - first
        return ((place + 6) // 7, day) in self.by_day or (-((length - place) // 7 + 1), day) in self.by_day

    def _allows_week(self, ordinal: int) -> bool:
        begin = week_begin(ordinal, self._week_start)
        year = dt.date.fromordinal(min(max(begin + 3, 1), LAST_DAY)).year
        first, after = self._first_week(year), self._first_week(year + 1)
        number = (begin - first) // 7 + 1
        return number in self.week_nos or number - (after - first) // 7 - 1 in self.week_nos

    def next_candidate(self, ordinal: int) -> int:
        """A later day before which no day is allowed: the next one, or the begin of the next allowed month."""
        if not self.months:
            return ordinal + 1
        date = dt.date.fromordinal(ordinal)
        if date.month in self.months:
            return ordinal + 1
        year, month = date.year, date.month
        while month not in self.months:
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        return dt.date(year, month, 1).toordinal() if year <= dt.MAXYEAR else LAST_DAY + 1
