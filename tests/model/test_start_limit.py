"""SOGoDAVCalendarStartTimeLimit (dav.md §8.4)."""

from __future__ import annotations

import datetime as dt

import pytest

from sogo.model.start_limit import limited_span

NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def day(number: int | None) -> dt.datetime | None:
    return None if number is None else NOW + dt.timedelta(days=number)


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [
        (-3, 3, (-3, 3)),  # short enough
        (-100, 100, (-5, 5)),
        (-100, 2, (-5, 2)),
        (-2, 100, (-2, 5)),
        (-100, -50, (-60, -50)),  # wholly in the past
        (50, 100, (50, 60)),  # wholly in the future
        (None, None, (-5, 5)),
        (None, -50, (-60, -50)),
        (50, None, (50, 60)),
        (-1, None, (-1, 5)),
    ],
)
def test_a_span_is_cut_around_now(start: int | None, end: int | None, wanted: tuple[int, int]) -> None:
    assert limited_span(day(start), day(end), now=NOW, limit_days=10) == (day(wanted[0]), day(wanted[1]))


def test_no_limit_changes_nothing() -> None:
    assert limited_span(None, day(1), now=NOW, limit_days=0) == (None, day(1))
