"""The VTIMEZONE we write tells the time of every zone, read back by ourselves and by icalendar."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import pytest

from sogo.codec.contentline import Component
from sogo.model.caltime import UTC
from sogo.model.embedded_zone import embedded_zone
from sogo.model.tzif import Change, ZoneFile
from sogo.model.vtimezone import _made, vtimezone

EVERY = sorted(available_timezones() - {"Factory", "localtime", "posixrules"})
BEGIN, END = dt.datetime(2027, 1, 1, tzinfo=UTC), dt.datetime(2028, 1, 1, tzinfo=UTC)


def changes(zone: dt.tzinfo) -> list[dt.datetime]:
    """The instants in 2027 at which a zone changes, to the second."""
    found = []
    weeks = [BEGIN + dt.timedelta(days=7 * n) for n in range(54)]
    for low, high in pairwise(weeks):
        if low.astimezone(zone).utcoffset() == high.astimezone(zone).utcoffset():
            continue
        first = low.astimezone(zone).utcoffset()
        while high - low > dt.timedelta(seconds=1):
            middle = low + (high - low) // 2
            low, high = (middle, high) if middle.astimezone(zone).utcoffset() == first else (low, middle)
        found.append(high.replace(microsecond=0))
    return found


def written(tzid: str) -> Component:
    component = vtimezone(tzid)
    assert component is not None
    return component


@pytest.mark.parametrize("part", range(8))
def test_every_zone_is_told_as_zoneinfo_knows_it(part: int) -> None:
    for name in EVERY[part::8]:
        ours, theirs = embedded_zone(written(name)), ZoneInfo(name)
        assert ours is not None
        moments = changes(theirs)
        assert changes(ours) == moments, name
        for moment in [BEGIN, *moments]:
            assert moment.astimezone(ours).replace(tzinfo=None) == moment.astimezone(theirs).replace(tzinfo=None), name


def test_a_zone_with_rules_takes_two() -> None:
    text = written("Europe/Berlin").render()
    assert text == (
        "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nX-LIC-LOCATION:Europe/Berlin\r\n"
        "BEGIN:DAYLIGHT\r\nTZNAME:CEST\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nDTSTART:19700329T020000\r\n"
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n"
        "BEGIN:STANDARD\r\nTZNAME:CET\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nDTSTART:19701025T030000\r\n"
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )


@pytest.mark.parametrize("name", [*EVERY[::40], "Africa/Casablanca", "Africa/Cairo", "Asia/Gaza", "Europe/Dublin"])
def test_no_zone_takes_much_room(name: str) -> None:
    assert len(written(name).render()) < 800


def test_an_offset_of_more_than_a_day_is_told_by_days_of_the_month() -> None:
    rules = [child.value("RRULE") for child in written("Asia/Gaza").children]
    assert rules[0] == "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=24,25,26,27,28,29,30;BYDAY=SA"


def test_a_day_that_may_fall_into_the_next_month_takes_two_observances() -> None:
    rules = [child.value("RRULE") for child in written("Africa/Cairo").components("STANDARD")]
    assert rules == [
        "FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=26,27,28,29,30,31;BYDAY=FR",
        "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=1;BYDAY=FR",
    ]


def seconds(text: str) -> int:
    return int(dt.datetime.strptime(text, "%Y%m%d %H").replace(tzinfo=UTC).timestamp())


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Component]]:
    """The VTIMEZONE of a zone whose file lists these changes to an hour ahead and back, and ends in this rule."""

    def make(footer: str, *moments: str) -> Component:
        offsets = [(0, 3600, "S") if n % 2 == 0 else (3600, 0, "W") for n in range(len(moments))]
        changes = tuple(Change(seconds(text), *offset) for text, offset in zip(moments, offsets, strict=True))
        monkeypatch.setattr("sogo.model.vtimezone.load", lambda name: ZoneFile(changes, footer))
        _made.cache_clear()
        return written("Europe/Berlin")

    yield make
    _made.cache_clear()


def test_a_clock_that_follows_the_moon_is_listed(clock: Callable[..., Component]) -> None:
    made = clock("<+00>0", "20260322 02", "20270207 02", "20270314 02", "20280123 02")
    assert [child.value("RDATE") for child in made.children] == ["20270314T020000", "20280123T030000"]
    ours = embedded_zone(made)
    assert ours is not None
    assert changes(ours) == [dt.datetime(2027, 2, 7, 2, tzinfo=UTC), dt.datetime(2027, 3, 14, 2, tzinfo=UTC)]


def test_a_clock_that_makes_an_exception_returns_to_its_rule(clock: Callable[..., Component]) -> None:
    made = clock("W0S,M3.5.0/1,M10.5.0", "20260329 01", "20271031 01")  # no winter 2026
    ours, london = embedded_zone(made), ZoneInfo("Europe/London")
    assert ours is not None
    assert changes(ours) == [dt.datetime(2027, 10, 31, 1, tzinfo=UTC)]
    for week in range(60, 700):
        moment = BEGIN + dt.timedelta(days=7 * week)
        assert moment.astimezone(ours).utcoffset() == moment.astimezone(london).utcoffset()


def test_the_tzid_is_the_one_that_was_asked_for() -> None:
    assert written("W. Europe Standard Time").value("TZID") == "W. Europe Standard Time"
    assert written("US/Eastern").value("TZID") == "US/Eastern"
    assert vtimezone("Our Zone") is None


def test_what_is_given_may_be_changed() -> None:
    written("Europe/Berlin").items.clear()
    assert written("Europe/Berlin").items


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/New_York", "Australia/Sydney", "Asia/Tokyo", "America/Nuuk"]
)
def test_icalendar_reads_the_same(name: str) -> None:
    theirs = icalendar.Timezone.from_ical(written(name).render()).to_tz(lookup_tzid=False)
    zone = ZoneInfo(name)
    for week in range(53):
        moment = (BEGIN + dt.timedelta(days=7 * week, hours=11)).astimezone(zone).replace(tzinfo=None)
        assert moment.replace(tzinfo=theirs).utcoffset() == moment.replace(tzinfo=zone).utcoffset()
