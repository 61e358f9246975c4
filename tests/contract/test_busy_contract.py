"""When people are busy is read for all of them at once, on every database, layout and kind of change order."""

from __future__ import annotations

import datetime as dt

import pytest

from sogo.codec.contentline import parse
from sogo.errors import TooMany
from sogo.model.availability import AVAILABILITY, inbox_path
from sogo.model.folder import Folder, FolderKind
from sogo.model.quick_event import quick_row
from sogo.store.sql import busy
from sogo.store.sql.counting import counted_statements
from tests.support.house import event
from tests.support.stores import Site

START, END = (int(dt.datetime(2026, 6, day, tzinfo=dt.UTC).timestamp()) for day in (1, 8))
PLAIN = event("plain", "20260602T100000Z", end="20260602T110000Z")
SERIES = event("series", "20200601T100000Z", "RRULE:FREQ=WEEKLY", end="20200601T110000Z")
OVER = event("over", "20200601T100000Z", "RRULE:FREQ=WEEKLY;COUNT=3", end="20200601T110000Z")
LATER = event("later", "20260702T100000Z", end="20260702T110000Z")
FLOATING = event("floating", "20260602T100000", end="20260602T110000")
DAY = event("day", "X", end="Y").replace("DTSTART:X", "DTSTART;VALUE=DATE:20260603").replace(
    "DTEND:Y", "DTEND;VALUE=DATE:20260604")  # fmt: skip
ENDLESS = event("endless", "20260602T100000Z")
TWICE = PLAIN.replace("UID:plain", "UID:twice").replace(
    "END:VCALENDAR", "BEGIN:VEVENT\r\nUID:twice\r\nRECURRENCE-ID:20260603T100000Z\r\nDTSTART:20260603T120000Z\r\n"
    "DTEND:20260603T130000Z\r\nEND:VEVENT\r\nEND:VCALENDAR")  # fmt: skip
ALL = {"plain": PLAIN, "series": SERIES, "over": OVER, "later": LATER, "floating": FLOATING, "day": DAY,
       "endless": ENDLESS, "twice": TWICE}  # fmt: skip


async def put(site: Site, folder: Folder, uid: str) -> None:
    row = quick_row(parse(ALL[uid]).components("VCALENDAR")[0], default_zone=dt.UTC, now=site.clock())
    await site.store.folders.save(folder, f"{uid}.ics", ALL[uid], row)


async def filled(site: Site) -> Folder:
    folder = await site.fresh_folder()
    for uid in ALL:
        await put(site, folder, uid)
    return folder


async def test_a_row_says_enough_of_single_events_and_the_others_come_with_their_text(site: Site) -> None:
    folder = await filled(site)
    await site.store.folders.remove(folder, "later.ics")
    reading = await site.store.folders.busy([folder.owner], start=START, end=END)
    rows = {row.uid: row for row in reading.calendars[folder.path].rows}
    assert rows.keys() == {"plain", "series", "floating", "day", "endless", "twice"}
    assert {uid for uid, row in rows.items() if row.text is None} == {"plain", "day"}
    assert rows["series"].text == SERIES
    assert (rows["plain"].start, rows["plain"].end) == (START + 34 * 3600, START + 35 * 3600)
    assert (rows["plain"].is_all_day, rows["day"].is_all_day, rows["plain"].status) == (False, True, 1)


async def test_of_many_people_all_is_read_at_once(site: Site) -> None:
    some = [await filled(site) for _ in range(3)]
    await site.store.folders.busy([some[0].owner], start=START, end=END)
    with counted_statements() as count:
        reading = await site.store.folders.busy([folder.owner for folder in some] * 2, start=START, end=END)
    assert count.value == (1 if site.single else 2)
    assert [len(reading.calendars[folder.path].rows) for folder in some] == [6, 6, 6]
    assert reading.profiles.keys() == {folder.owner for folder in some}


async def test_documents_properties_and_calendars_of_others_come_along(site: Site) -> None:
    one, two = await filled(site), await filled(site)
    zone = "{urn:ietf:params:xml:ns:caldav}calendar-timezone-id"
    await site.store.properties.update(two.path, store={zone: "Europe/Paris", "{x:}other": "x"})
    await site.store.properties.update(inbox_path(one.owner), store={AVAILABILITY: "text"})
    await site.store.profiles.update(one.owner, lambda profile: profile.settings.update(Calendar={"x": 1}))
    reading = await site.store.folders.busy(
        [one.owner], also=[two.path, "/Users/x/Calendar/none"], start=START, end=END
    )
    assert reading.calendars.keys() == {one.path, two.path}
    assert reading.calendars[two.path].properties[zone] == "Europe/Paris"
    assert reading.availability == {one.owner: "text"}
    assert reading.profiles[one.owner].settings == {"Calendar": {"x": 1}}


async def test_who_has_nothing_and_nobody_at_all_are_answered(site: Site) -> None:
    reading = await site.store.folders.busy(["nobody"], start=START, end=END)
    assert (reading.calendars, reading.availability, list(reading.profiles)) == ({}, {}, ["nobody"])
    assert (await site.store.folders.busy([], start=START, end=END)).calendars == {}
    book = await site.fresh_folder(FolderKind.CONTACTS)
    assert (await site.store.folders.busy([book.owner], start=START, end=END)).calendars == {}


async def test_more_than_a_worker_can_hold_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = await filled(site)
    monkeypatch.setattr(busy, "MAX_ROWS", 5)
    with pytest.raises(TooMany):
        await site.store.folders.busy([folder.owner], start=START, end=END)
