"""A recurrence rule as a value (RFC 5545 §3.3.10). What it generates is `sogo.model.recurrence`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TypeVar

from sogo.errors import InvalidData
from sogo.model.caltime import CalTime, parse_time

MAX_RULE_TEXT = 20_000
MAX_INTERVAL = 10_000_000

PART_ORDER = (
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYHOUR",
    "BYMINUTE", "BYSECOND", "BYSETPOS", "WKST",
)  # fmt: skip
"""The order in which SOGo writes the parts of a rule."""

_Item = TypeVar("_Item", int, tuple[int, int])
_WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d{1,10}")


class Freq(Enum):
    """From long to short; the value is how iCalendar writes it."""

    YEARLY = "YEARLY"
    MONTHLY = "MONTHLY"
    WEEKLY = "WEEKLY"
    DAILY = "DAILY"
    HOURLY = "HOURLY"
    MINUTELY = "MINUTELY"
    SECONDLY = "SECONDLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """RRULE or EXRULE. The BY tuples are sorted and free of doubles, empty when the part is absent. Weekdays count from
    Monday = 0; `by_day` holds (n, weekday), n = 0 for every one. `parts` is the text as written, by upper-case name.

    A rule with COUNT and UNTIL, which the RFC forbids, keeps the COUNT, as SOGo does.
    """

    freq: Freq
    interval: int = 1
    count: int | None = None
    until: CalTime | None = None
    by_month: tuple[int, ...] = ()
    by_week_no: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[tuple[int, int], ...] = ()
    by_hour: tuple[int, ...] = ()
    by_minute: tuple[int, ...] = ()
    by_second: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    week_start: int = 0
    parts: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def parse(text: str) -> Rule:
        """Read a RECUR value. Unknown parts are ignored, of a part given twice the last counts. Raises InvalidData
        (valid-calendar-data) for anything that cannot be evaluated: no FREQ, INTERVAL=0, BYHOUR=25, an odd UNTIL."""
        if len(text) > MAX_RULE_TEXT:
            raise InvalidData("The recurrence rule is too long.", rule="valid-calendar-data")
        return _parse(text)

    @property
    def text(self) -> str:
        """The rule in SOGo's order of parts (store.md §7.4); values as they were written."""
        parts = dict(self.parts)
        return ";".join(f"{name}={parts[name]}" for name in PART_ORDER if name in parts)


@lru_cache(maxsize=1024)
def _parse(text: str) -> Rule:
    parts: dict[str, str] = {}
    for piece in text.split(";"):
        name, equals, value = piece.partition("=")
        if equals:
            parts[name.strip().upper()] = value.strip()
        elif piece.strip():
            raise _invalid(piece)
    if "COUNT" in parts:
        parts.pop("UNTIL", None)
    return Rule(
        freq=_freq(parts.get("FREQ", "")),
        interval=_integer(parts, "INTERVAL", 1, MAX_INTERVAL) or 1,
        count=_integer(parts, "COUNT", 1, 2**62),
        until=parse_time(parts["UNTIL"]) if "UNTIL" in parts else None,
        by_month=_numbers(parts, "BYMONTH", 1, 12),
        by_week_no=_numbers(parts, "BYWEEKNO", 1, 53, signed=True),
        by_year_day=_numbers(parts, "BYYEARDAY", 1, 366, signed=True),
        by_month_day=_numbers(parts, "BYMONTHDAY", 1, 31, signed=True),
        by_day=_days(parts),
        by_hour=_numbers(parts, "BYHOUR", 0, 23),
        by_minute=_numbers(parts, "BYMINUTE", 0, 59),
        by_second=_numbers(parts, "BYSECOND", 0, 60),
        by_set_pos=_numbers(parts, "BYSETPOS", 1, 366, signed=True),
        week_start=_week_start(parts.get("WKST", "MO")),
        parts=tuple(parts.items()),
    )


def _invalid(text: str) -> InvalidData:
    return InvalidData(f"{text[:60]!r} is not part of a recurrence rule.", rule="valid-calendar-data")


def _freq(value: str) -> Freq:
    try:
        return Freq(value.upper())
    except ValueError:
        raise _invalid(f"FREQ={value}") from None


def _week_start(value: str) -> int:
    if value.upper() not in _WEEKDAYS:
        raise _invalid(f"WKST={value}")
    return _WEEKDAYS[value.upper()]


def _integer(parts: dict[str, str], name: str, low: int, high: int) -> int | None:
    if name not in parts:
        return None
    value = parts[name]
    if not value.isascii() or not value.isdigit() or not low <= int(value[:30]) <= high:
        raise _invalid(f"{name}={value}")
    return int(value)


def _numbers(parts: dict[str, str], name: str, low: int, high: int, *, signed: bool = False) -> tuple[int, ...]:
    def number(text: str) -> int:
        if not _NUMBER.fullmatch(text.strip()):
            raise ValueError
        value = int(text)
        if not (low <= value <= high or (signed and low <= -value <= high)):
            raise ValueError
        return value

    return _list(parts, name, number)


def _days(parts: dict[str, str]) -> tuple[tuple[int, int], ...]:
    def day(text: str) -> tuple[int, int]:
        match = _BY_DAY.fullmatch(text.strip())
        if match is None:
            raise ValueError
        number = int(match.group(1) or 0)
        if abs(number) > 53 or (match.group(1) and number == 0):
            raise ValueError
        return number, _WEEKDAYS[match.group(2).upper()]

    return _list(parts, "BYDAY", day)


def _list(parts: dict[str, str], name: str, read: Callable[[str], _Item]) -> tuple[_Item, ...]:
    if name not in parts:
        return ()
    try:
        return tuple(sorted({read(item) for item in parts[name].split(",")}))
    except ValueError:
        raise _invalid(f"{name}={parts[name]}") from None
