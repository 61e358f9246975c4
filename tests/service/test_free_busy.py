"""When people are busy: what is told out of rows and memory is what parsing every text tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sogo.auth.interface import User
from sogo.codec.contentline import parse
from sogo.model.availability import AVAILABILITY, inbox_path
from sogo.model.caltime import Window
from sogo.model.folder import Folder, FolderKind
from sogo.model.freebusy import Busy, Period, at_once, busy_periods, merged
from sogo.model.quick_busy import blocks
from sogo.model.quick_event import quick_row
from sogo.model.vtimezone import vtimezone
from sogo.service.free_busy import FreeBusyService
from sogo.service.site import Site
from sogo.service.unreadable import Unreadable
from sogo.store.interface import Profile
from sogo.store.sql.counting import counted_statements
from tests.support.house import House, event, open_house
from tests.support.people import person

ZONE = ZoneInfo("Europe/Paris")
DAY = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
WINDOW = Window(DAY, DAY + dt.timedelta(days=20))
ANNA = person("anna")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async for made in open_house(tmp_path):
        yield made


@pytest.fixture
def site(house: House) -> Site:
    return house.site


@pytest.fixture
def service(site: Site) -> FreeBusyService:
    return FreeBusyService(site, Unreadable())


async def calendar(site: Site, owner: str, name: str = "personal") -> Folder:
    return await site.folders.create_folder(owner, FolderKind.CALENDAR, name, name)


async def put(site: Site, folder: Folder, name: str, text: str) -> None:
    row = quick_row(parse(text).components("VCALENDAR")[0], default_zone=ZONE, now=site.clock())
    await site.folders.save(folder, name, text, row)


def hours(periods: Sequence[Period]) -> list[tuple[float, float, Busy]]:
    def hour(moment: dt.datetime) -> float:
        return (moment - DAY).total_seconds() / 3600

    return [(hour(one.start), hour(one.end), one.kind) for one in merged(periods)]


# --- random calendars -----------------------------------------------------------------------------------------------

ZONES = {"UTC": "Z", "floating": "", "Paris": "Europe/Paris", "New York": "America/New_York"}


@st.composite
def times(draw: st.DrawFn) -> tuple[list[str], str]:
    """DTSTART with an end, and the definition of a zone."""
    begin = DAY.replace(tzinfo=None) + dt.timedelta(hours=draw(st.integers(-100, 24 * 22)))
    length = dt.timedelta(hours=draw(st.integers(0, 60)))
    kind = draw(st.sampled_from([*ZONES, "days"]))
    if kind == "days":
        end = begin + dt.timedelta(days=draw(st.integers(0, 3)))
        ends = draw(st.sampled_from([[], [f"DTEND;VALUE=DATE:{end:%Y%m%d}"], ["DURATION:P2D"]]))
        return [f"DTSTART;VALUE=DATE:{begin:%Y%m%d}", *ends], ""
    zone = ZONES[kind]
    definition = vtimezone(zone).render() if "/" in zone else ""  # type: ignore[union-attr]
    param, mark = (f";TZID={zone}", "") if "/" in zone else ("", zone)
    end_line = f"DTEND{param}:{begin + length:%Y%m%dT%H%M%S}{mark}"
    ends = draw(st.sampled_from([[end_line]] * 4 + [[], [f"DURATION:PT{length.seconds // 3600 + 1}H"]]))
    return [f"DTSTART{param}:{begin:%Y%m%dT%H%M%S}{mark}", *ends], definition


@st.composite
def objects(draw: st.DrawFn) -> str:
    lines, definition = draw(times())
    lines += draw(st.sampled_from([[]] * 4 + [["STATUS:TENTATIVE"], ["STATUS:CANCELLED"], ["STATUS:CONFIRMED"]]))
    lines += draw(st.sampled_from([[]] * 4 + [["TRANSP:TRANSPARENT"], ["TRANSP:OPAQUE"]]))
    lines += draw(st.sampled_from([[]] * 4 + [["RRULE:FREQ=DAILY;COUNT=3"], ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE"],
                                              ["RDATE:20260610T100000Z"], ["EXDATE:20260601T000000Z"]]))  # fmt: skip
    if draw(st.booleans()):
        lines.append(f"ORGANIZER:mailto:{draw(st.sampled_from(['anna', 'boss']))}@example.org")
        for name in draw(st.sampled_from([["anna"], ["ben"], ["ben", "Anna"], [f"p{one}" for one in range(30)]])):
            state = draw(st.sampled_from(
                ["", ";PARTSTAT=ACCEPTED", ";PARTSTAT=DECLINED", ";PARTSTAT=TENTATIVE", ";PARTSTAT=DELEGATED",
                 ";PARTSTAT=NEEDS-ACTION", ";PARTSTAT=X-ODD"]))  # fmt: skip
            lines.append(f"ATTENDEE{state}:mailto:{name}@example.org")
    own = ["BEGIN:VEVENT", "UID:u", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT"]
    if any(line.startswith("RRULE") for line in lines) and draw(st.booleans()):  # else the index knows of none
        more, _ = draw(times())
        own += ["BEGIN:VEVENT", "UID:u", "RECURRENCE-ID:20260610T100000Z", *more, "END:VEVENT"]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *definition.splitlines(), *own, "END:VCALENDAR", ""])


def by_parsing(texts: Sequence[str]) -> list[Period]:
    addresses = {address.lower() for address in ANNA.emails}
    return [
        period for text in texts for period in busy_periods(parse(text), WINDOW, default_zone=ZONE, addresses=addresses)
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(objects(), min_size=1, max_size=8))
async def test_rows_and_memory_tell_what_parsing_every_text_tells(
    site: Site, service: FreeBusyService, texts: list[str]
) -> None:
    states = await site.folders.folders("anna", FolderKind.CALENDAR)
    for state in states:
        await site.folders.remove_folder(state.folder)
    folder = await calendar(site, "anna")
    for number, text in enumerate(texts):
        await put(site, folder, f"{number}.ics", text)
    wanted = merged(by_parsing(texts))
    for _ in range(2):  # read, and remembered
        assert merged(await service.of_user(ANNA, WINDOW)) == wanted


# --- what counts ----------------------------------------------------------------------------------------------------

TEN = event("ten", "20260601T100000Z", end="20260601T110000Z")
TWELVE = event("twelve", "20260601T120000Z", end="20260601T130000Z")


async def test_calendars_left_out_and_those_of_elsewhere_do_not_count(site: Site, service: FreeBusyService) -> None:
    for name in ("personal", "left-out", "web"):
        await put(site, await calendar(site, "anna", name), "a.ics", TEN if name == "personal" else TWELVE)
    assert len(hours(await service.of_user(ANNA, WINDOW))) == 2

    def choose(profile: Profile) -> None:
        profile.settings["Calendar"] = {
            "FreeBusyExclusions": {"anna:Calendar/left-out": 1}, "WebCalendars": {"anna:Calendar/web": "https://x.test/"}
        }  # fmt: skip

    await site.profiles.update("anna", choose)
    assert hours(await service.of_user(ANNA, WINDOW)) == [(10, 11, Busy.BUSY)]


async def test_a_calendar_of_somebody_else_counts_when_it_was_said_and_may_be_known(
    site: Site, service: FreeBusyService
) -> None:
    folder = await calendar(site, "ben")
    await put(site, folder, "a.ics", TEN)
    reference = "ben:Calendar/personal"

    def choose(profile: Profile) -> None:
        profile.settings["Calendar"] = {"SubscribedFolders": [reference], "FreeBusyExclusions": {reference: 0}}

    await site.profiles.update("anna", choose)
    assert hours(await service.of_user(ANNA, WINDOW)) == []
    await site.acl.set_roles(folder, "anna", ["PublicViewer"])
    assert hours(await service.of_user(ANNA, WINDOW)) == [(10, 11, Busy.BUSY)]
    await site.profiles.update("anna", lambda profile: profile.settings["Calendar"].pop("FreeBusyExclusions"))
    assert hours(await service.of_user(ANNA, WINDOW)) == []


async def test_of_a_hundred_people_the_store_is_asked_once(site: Site, service: FreeBusyService) -> None:
    people = [person(f"p{number}") for number in range(100)]
    for one in people[:5]:
        await put(site, await calendar(site, one.user_id), "a.ics", TEN)
    await service.of_people(people[:1], WINDOW)
    with counted_statements() as count:
        found = await service.of_people(people, WINDOW)
    assert (count.value, len(found), sum(len(one) for one in found.values())) == (1, 100, 5)


async def test_the_meeting_that_is_moved_takes_nobodys_time(site: Site, service: FreeBusyService) -> None:
    folder = await calendar(site, "anna")
    await put(site, folder, "a.ics", TEN)
    await put(site, folder, "b.ics", TWELVE)
    found = await service.of_people([ANNA], WINDOW, masked_uid="ten")
    assert hours(found["anna"]) == [(12, 13, Busy.BUSY)]


def room(bookings: int) -> User:
    made = person("room")
    return replace(made, record=replace(made.record, is_resource=True, kind="location", bookings=bookings))


@pytest.mark.parametrize(
    ("bookings", "wanted"), [(-1, [(10, 13)]), (0, []), (1, [(10, 13)]), (2, [(11, 12)]), (3, [])], ids=str
)
async def test_a_room_for_several_is_busy_when_all_its_places_are_taken(
    site: Site, service: FreeBusyService, bookings: int, wanted: list[tuple[int, int]]
) -> None:
    folder = await calendar(site, "room")
    await put(site, folder, "a.ics", event("a", "20260601T100000Z", end="20260601T120000Z"))
    await put(site, folder, "b.ics", event("b", "20260601T110000Z", end="20260601T130000Z"))
    found = hours(await service.of_user(room(bookings), WINDOW))
    assert [(start, end) for start, end, _ in found] == wanted


async def test_hours_off_work_and_absence_are_told(site: Site, service: FreeBusyService) -> None:
    await put(site, await calendar(site, "anna"), "a.ics", TEN)
    window = Window(DAY, DAY + dt.timedelta(days=1))
    text = (
        "BEGIN:VCALENDAR\r\nBEGIN:VAVAILABILITY\r\nDTSTART:20260601T080000Z\r\nDTEND:20260601T120000Z\r\n"
        "BEGIN:AVAILABLE\r\nUID:a\r\nDTSTART:20260601T090000Z\r\nDTEND:20260601T113000Z\r\nEND:AVAILABLE\r\n"
        "END:VAVAILABILITY\r\nEND:VCALENDAR\r\n"
    )
    await site.properties.update(inbox_path("anna"), store={AVAILABILITY: text})
    gone = [(8, 9, Busy.UNAVAILABLE), (10, 11, Busy.BUSY), (11.5, 12, Busy.UNAVAILABLE)]
    assert hours(await service.of_user(ANNA, window)) == gone
    await site.profiles.update("anna", lambda profile: profile.defaults.update(SOGoBusyOffHours=1))
    assert hours(await service.of_user(ANNA, window)) == [(0, 6, Busy.BUSY), *gone, (16, 24, Busy.BUSY)]


async def test_what_cannot_be_read_takes_no_time_and_hides_nothing_else(site: Site, service: FreeBusyService) -> None:
    folder = await calendar(site, "anna")
    rule = "RRULE:FREQ=SECONDLY"
    await put(site, folder, "a.ics", event("a", "20260601T100000Z", rule, end="20260601T110000Z"))
    await put(site, folder, "b.ics", TEN)
    await site.properties.update(inbox_path("anna"), store={AVAILABILITY: "\0" * 100_000})
    assert hours(await service.of_user(ANNA, WINDOW)) == [(10, 11, Busy.BUSY)]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=10), st.integers(1, 4))
def test_so_many_at_once_means_every_moment(raw: list[tuple[int, int]], number: int) -> None:
    periods = [
        Period(DAY + dt.timedelta(hours=start), DAY + dt.timedelta(hours=start + length), Busy.BUSY)
        for start, length in raw
    ]
    found = at_once(periods, number)
    for hour in range(60):
        moment = DAY + dt.timedelta(hours=hour, minutes=30)
        count = sum(one.start <= moment < one.end for one in periods)
        assert any(one.start <= moment < one.end for one in found) == (count >= number)


async def test_what_lasts_over_a_block_of_time_is_one_booking(site: Site, service: FreeBusyService) -> None:
    folder = await calendar(site, "anna")
    seam = next(block.end for block in blocks(WINDOW) if WINDOW.start < block.end)
    start, end = seam - dt.timedelta(hours=2), seam + dt.timedelta(hours=2)
    text = event("long", f"{start:%Y%m%dT%H%M%SZ}", "RRULE:FREQ=MONTHLY;COUNT=2", end=f"{end:%Y%m%dT%H%M%SZ}")
    await put(site, folder, "a.ics", text)
    window = Window(seam - dt.timedelta(days=1), seam + dt.timedelta(days=1))
    assert len(blocks(window)) == 2
    [(_, row, period)] = await service.occurrences(ANNA, window)
    assert (row.uid, period) == ("long", Period(start, end, Busy.BUSY))
