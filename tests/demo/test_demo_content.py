"""The demo's texts are what a careful client would have written."""

from __future__ import annotations

import datetime as dt
import zlib
from collections import Counter
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
import vobject

from sogo.codec import contentline
from sogo.demo.contacts import BOOKS, contact_items
from sogo.demo.content import CALENDARS, Item, calendar_items
from sogo.demo.people import TEAM
from sogo.demo.picture import portrait
from sogo.model.folder import PERSONAL

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = [dt.date(2026, 11, 24), dt.date(2027, 1, 1), dt.date(2028, 2, 29), dt.date(2026, 3, 29), dt.date(2026, 12, 31)]


@pytest.mark.parametrize("today", DAYS)
def test_an_independent_parser_reads_every_event_and_task_on_any_day(today: dt.date) -> None:
    for item in calendar_items(today, BERLIN):
        parsed = icalendar.Calendar.from_ical(item.text)
        assert {component["UID"] for component in parsed.subcomponents if "UID" in component}, item.name


@pytest.mark.parametrize("item", contact_items(), ids=lambda item: f"{item.owner.login}-{item.name}")
def test_an_independent_parser_reads_every_card(item: Item) -> None:
    if item.name.endswith(".vcf"):
        assert vobject.readOne(item.text).fn.value
    else:
        assert item.text.startswith("BEGIN:VLIST\r\n")


def test_every_zone_that_is_named_is_described() -> None:
    for item in calendar_items(DAYS[0], BERLIN):
        calendar = contentline.parse(item.text).children[0]
        described = {zone.value("TZID") for zone in calendar.components("VTIMEZONE")}
        named = {line.param("TZID") for child in calendar.children for line in child.lines} - {None}
        assert named <= described, item.name


def test_the_same_day_gives_the_same_texts() -> None:
    assert calendar_items(DAYS[0], BERLIN) == calendar_items(DAYS[0], BERLIN)
    assert contact_items() == contact_items()


def test_names_are_unique_in_their_folder_and_folders_exist() -> None:
    items = [*calendar_items(DAYS[0], BERLIN), *contact_items()]
    counted = Counter((item.owner.login, item.kind, item.folder, item.name) for item in items)
    assert max(counted.values()) == 1
    shelves = {(shelf.owner, shelf.kind, shelf.name) for shelf in (*CALENDARS, *BOOKS)}
    assert all(item.folder == PERSONAL or (item.owner, item.kind, item.folder) in shelves for item in items)


@pytest.mark.parametrize("today", DAYS)
def test_the_week_looks_alive(today: dt.date) -> None:
    monday = today - dt.timedelta(days=today.weekday())
    for person in TEAM:
        busy = {
            occurrence["DTSTART"].dt.weekday() if isinstance(occurrence["DTSTART"].dt, dt.datetime) else None
            for item in calendar_items(today, BERLIN)
            if item.owner is person
            for occurrence in recurring_ical_events.of(icalendar.Calendar.from_ical(item.text)).between(
                monday, monday + dt.timedelta(days=7)
            )
        }
        assert {0, 1, 2, 3, 4} <= busy, person.login


@pytest.mark.parametrize("today", DAYS)
def test_every_series_starts_on_an_occurrence_of_its_rule(today: dt.date) -> None:
    for item in calendar_items(today, BERLIN):
        calendar = icalendar.Calendar.from_ical(item.text)
        for component in calendar.walk("VEVENT"):
            if "RRULE" not in component or "BYSETPOS" not in component["RRULE"]:
                continue
            start = component["DTSTART"].dt
            later = recurring_ical_events.of(calendar).between(start, start + dt.timedelta(days=27))
            assert len(later) == 1, f"{item.name} has an occurrence beside its start"


def test_a_portrait_is_a_png_of_the_right_size() -> None:
    picture = portrait(1, 2, 3)
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture[16:24] == bytes([0, 0, 0, 48, 0, 0, 0, 48])
    length = int.from_bytes(picture[33:37], "big")
    assert len(zlib.decompress(picture[41 : 41 + length])) == 48 * (48 * 3 + 1)
