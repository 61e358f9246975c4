"""When an event makes busy, out of its quick row where that says enough (store.md §7), else out of its text.

    BusyRow --from_quick--> periods, or None: the row does not say it
            --from_text---> periods, as `sogo.model.freebusy` reads them; bounded by blocks of time, so that what a
                            series does in one can be remembered whatever window is asked for

A single event with plain times needs no text: that is nearly all of a calendar. `tests/service/test_free_busy.py` does
both ways and compares.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from typing import NamedTuple

from sogo.codec.contentline import Component, parse
from sogo.model.caltime import UTC, Window
from sogo.model.freebusy import Busy, Period, busy_periods, kind_of_answer

DAY_SECONDS = 86_400
BLOCK_DAYS = 64
MAX_BLOCKS = 8
"""A longer window is looked through as it is."""
MAX_TEXTS = 100
"""So many documents are kept while one question is answered."""
SURE_CHARS = 200
"""A list of attendees shorter than this was cut by no table."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
_ANSWERS = {
    -1: "NEEDS-ACTION", 0: "NEEDS-ACTION", 1: "ACCEPTED", 2: "DECLINED", 3: "TENTATIVE", 4: "DELEGATED",
}  # fmt: skip
_CANCELLED, _CONFIRMED, _TENTATIVE = 0, 1, 2


class BusyRow(NamedTuple):
    """What the index says of an event. `start` and `end` are epoch seconds; of whole days they are midnights of UTC,
    and the last second. `attendees` and `answers` are lines, one for each attendee. `text` is there where the row
    cannot say it: a series, a time that floats, more than one component."""

    name: str
    uid: str
    title: str
    start: int | None
    end: int | None
    is_all_day: bool
    is_opaque: bool
    status: int
    organizer: str
    attendees: str
    answers: str
    text: str | None = None
    classification: int | None = None


def from_quick(
    row: BusyRow, window: Window, *, default_zone: dt.tzinfo, addresses: Collection[str]
) -> list[Period] | None:
    """The busy periods of a single event, cut to the window; None where its text is needed. `addresses` as in
    `freebusy.busy_periods`."""
    if row.text is not None or row.start is None or row.end is None or row.end < row.start:
        return None
    if not row.is_opaque or row.status == _CANCELLED:
        return []
    answer = _answer(row, addresses)
    if answer is None:
        return None
    span = _days(row.start, row.end, default_zone) if row.is_all_day else (_at(row.start), _at(row.end))
    if span is None:
        return None
    kind = kind_of_answer("TENTATIVE" if row.status == _TENTATIVE else "", answer)
    return list(_cut(*span, kind, window)) if kind is not None else []


def _answer(row: BusyRow, addresses: Collection[str]) -> str | None:
    """The answer of these people; None where the columns may have been cut, or say what only the text explains."""
    if row.organizer and row.organizer.lower() in addresses:
        return ""
    if not row.attendees:
        return ""
    attendees, answers = [*map(str.strip, row.attendees.lower().split("\n"))], row.answers.split("\n")
    if len(attendees) != len(answers):
        return None
    places = [attendees.index(address) for address in addresses if address in attendees]
    if not places:
        return "" if len(row.attendees) < SURE_CHARS else None
    answer = answers[min(places)]
    return _ANSWERS.get(int(answer), "OTHER") if answer.removeprefix("-").isdecimal() else None


def _days(start: int, last: int, zone: dt.tzinfo) -> tuple[dt.datetime, dt.datetime] | None:
    """Whole days on the clock of a zone."""
    if start % DAY_SECONDS or (last + 1) % DAY_SECONDS:
        return None
    begin, end = (_at(seconds).replace(tzinfo=zone) for seconds in (start, last + 1))
    return begin.astimezone(UTC), end.astimezone(UTC)


def _at(seconds: int) -> dt.datetime:
    return _EPOCH + dt.timedelta(seconds=seconds)


def _cut(start: dt.datetime, end: dt.datetime, kind: Busy, window: Window) -> Iterator[Period]:
    start, end = max(start, window.start), min(end, window.end)
    if start < end:
        yield Period(start, end, kind)


class Texts:
    """Documents that were read for one question: the copies that many have of a meeting are one as long as they are the
    same."""

    def __init__(self) -> None:
        self._read: dict[str, Component] = {}

    def parse(self, text: str) -> Component:
        """Raises CodecError."""
        document = self._read.get(text)
        if document is None:
            document = parse(text)
            if len(self._read) < MAX_TEXTS:
                self._read[text] = document
        return document


def from_text(
    text: str, window: Window, *, default_zone: dt.tzinfo, addresses: Collection[str], texts: Texts | None = None
) -> tuple[Period, ...]:
    """The busy periods in a window, or a block. Raises CodecError, TooMany."""
    document = texts.parse(text) if texts is not None else parse(text)
    return tuple(busy_periods(document, window, default_zone=default_zone, addresses=addresses))


def blocks(window: Window) -> list[Window]:
    """The blocks of time that cover a window, the same for all windows; the window itself where these were many."""
    size = BLOCK_DAYS * DAY_SECONDS
    first = int((window.start - _EPOCH).total_seconds()) // size
    last = -(int((_EPOCH - window.end).total_seconds()) // size)
    if last - first > MAX_BLOCKS:
        return [window]
    try:
        return [Window(_at(number * size), _at((number + 1) * size)) for number in range(first, last)]
    except OverflowError:
        return [window]


def within(periods: Collection[Period], window: Window) -> Iterator[Period]:
    """What of the periods of a block lies in the window."""
    for period in periods:
        yield from _cut(period.start, period.end, period.kind, window)
