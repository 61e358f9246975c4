"""The caldav library for Python: discovery, events, tasks, searches and sync tokens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import caldav
import pytest
from caldav.lib.error import AuthorizationError, NotFoundError

from tests.e2e.server import PASSWORD, Server

pytestmark = pytest.mark.services

UTC = dt.UTC


@pytest.fixture
def client(server: Server, user: str) -> Iterator[caldav.DAVClient]:
    with caldav.DAVClient(url=f"{server.url}/SOGo/dav/", username=user, password=PASSWORD) as opened:
        yield opened


@pytest.fixture
def calendar(client: caldav.DAVClient) -> caldav.Calendar:
    """The personal calendar of a user who has just been made."""
    return client.principal().calendars()[0]


def event(uid: str, start: str, end: str, *extra: str, summary: str = "Event") -> str:
    lines = [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", f"UID:{uid}"),
        *("DTSTAMP:20261101T100000Z", f"DTSTART{start}", f"DTEND{end}", f"SUMMARY:{summary}"),
        *extra,
        *("END:VEVENT", "END:VCALENDAR", ""),
    ]
    return "\r\n".join(lines)


def uids(objects: list[caldav.CalendarObjectResource]) -> list[str]:
    return sorted(str(one.icalendar_component["UID"]) for one in objects)


def test_a_new_user_has_a_personal_calendar(client: caldav.DAVClient, user: str) -> None:
    principal = client.principal()
    assert user in str(principal.url)
    calendars = principal.calendars()
    assert [calendar.url.path for calendar in calendars] == [f"/SOGo/dav/{user}/Calendar/personal/"]
    assert calendars[0].get_display_name()


def test_the_library_finds_its_way_from_the_bare_address(server: Server, user: str) -> None:
    with caldav.DAVClient(url=f"{server.url}/", username=user, password=PASSWORD) as client:
        assert client.principal().calendars()


def test_a_wrong_password_is_refused(server: Server, user: str) -> None:
    with (
        caldav.DAVClient(url=f"{server.url}/SOGo/dav/", username=user, password="wrong") as client,
        pytest.raises(AuthorizationError),
    ):
        client.principal()


def test_an_event_is_added_changed_and_deleted(calendar: caldav.Calendar) -> None:
    added = calendar.save_event(event("one", ":20261201T100000Z", ":20261201T110000Z", summary="First"))
    read = calendar.event_by_uid("one")
    assert str(read.icalendar_component["SUMMARY"]) == "First"
    read.icalendar_component["SUMMARY"] = "Second"
    read.save()
    assert str(calendar.event_by_uid("one").icalendar_component["SUMMARY"]) == "Second"
    added.delete()
    with pytest.raises(NotFoundError):
        calendar.event_by_uid("one")


def test_a_search_by_date_finds_what_overlaps_and_nothing_else(calendar: caldav.Calendar) -> None:
    calendar.save_event(event("before", ":20261130T100000Z", ":20261201T000000Z"))
    calendar.save_event(event("inside", ":20261201T100000Z", ":20261201T110000Z"))
    calendar.save_event(event("across", ":20261130T230000Z", ":20261201T010000Z"))
    calendar.save_event(event("whole-day", ";VALUE=DATE:20261201", ";VALUE=DATE:20261202"))
    calendar.save_event(event("after", ":20261202T100000Z", ":20261202T110000Z"))
    found = calendar.search(
        start=dt.datetime(2026, 12, 1, tzinfo=UTC), end=dt.datetime(2026, 12, 2, tzinfo=UTC), event=True, expand=False
    )
    assert uids(found) == ["across", "inside", "whole-day"]


def test_a_series_is_found_far_away_from_its_start_and_expanded_by_the_server(calendar: caldav.Calendar) -> None:
    calendar.save_event(event("weekly", ":20260105T080000Z", ":20260105T090000Z", "RRULE:FREQ=WEEKLY;BYDAY=MO"))
    # The library asks for a day more on both sides of what it is given.
    # The library asks for a day more on either side.
    window = {"start": dt.datetime(2027, 3, 1, tzinfo=UTC), "end": dt.datetime(2027, 3, 13, tzinfo=UTC)}
    assert uids(calendar.search(event=True, expand=False, **window)) == ["weekly"]
    expanded = calendar.search(event=True, server_expand=True, **window)
    starts = sorted(component["DTSTART"].dt for one in expanded for component in one.icalendar_instance.walk("VEVENT"))
    assert starts == [dt.datetime(2027, 3, 1, 8, tzinfo=UTC), dt.datetime(2027, 3, 8, 8, tzinfo=UTC)]


def test_tasks_are_kept_completed_and_told_from_events(calendar: caldav.Calendar) -> None:
    calendar.save_event(event("an-event", ":20261201T100000Z", ":20261201T110000Z"))
    calendar.save_todo(summary="Buy flour", uid="flour", due=dt.datetime(2026, 12, 1, 12, tzinfo=UTC))
    calendar.save_todo(summary="Some day", uid="some-day")
    assert uids(calendar.todos()) == ["flour", "some-day"]
    calendar.todo_by_uid("flour").complete()
    assert uids(calendar.todos()) == ["some-day"]
    assert uids(calendar.todos(include_completed=True)) == ["flour", "some-day"]
    assert uids(calendar.events()) == ["an-event"]


def test_a_sync_token_tells_every_change_once(calendar: caldav.Calendar) -> None:
    calendar.save_event(event("kept", ":20261201T100000Z", ":20261201T110000Z"))
    calendar.save_event(event("changed", ":20261202T100000Z", ":20261202T110000Z"))
    removed = calendar.save_event(event("removed", ":20261203T100000Z", ":20261203T110000Z"))
    known = calendar.objects_by_sync_token(load_objects=True)
    assert uids(list(known)) == ["changed", "kept", "removed"]
    nothing = calendar.objects_by_sync_token(sync_token=known.sync_token)
    assert list(nothing) == []
    calendar.save_event(event("changed", ":20261202T120000Z", ":20261202T130000Z"))
    calendar.save_event(event("added", ":20261204T120000Z", ":20261204T130000Z"))
    removed.delete()
    changes = calendar.objects_by_sync_token(sync_token=nothing.sync_token)
    assert len(list(changes)) == 3
    assert list(calendar.objects_by_sync_token(sync_token=changes.sync_token)) == []


def test_a_calendar_is_made_named_and_removed(client: caldav.DAVClient) -> None:
    principal = client.principal()
    made = principal.make_calendar(name="Résumé & Co. <日本>", cal_id="second")
    assert made.get_display_name() == "Résumé & Co. <日本>"
    made.save_event(event("in-second", ":20261201T100000Z", ":20261201T110000Z"))
    assert uids(made.events()) == ["in-second"]
    made.delete()
    assert len(principal.calendars()) == 1


def test_a_calendar_for_tasks_only_takes_no_events(client: caldav.DAVClient) -> None:
    made = client.principal().make_calendar(name="Tasks", cal_id="tasks", supported_calendar_component_set=["VTODO"])
    made.save_todo(summary="Fine", uid="fine")
    assert uids(made.todos()) == ["fine"]
    assert made.get_supported_components() == ["VTODO"]


def test_it_is_asked_when_others_are_busy(client: caldav.DAVClient, calendar: caldav.Calendar, user: str) -> None:
    calendar.save_event(event("busy", ":20261201T100000Z", ":20261201T110000Z"))
    principal = client.principal()
    address = next(one for one in principal.calendar_user_address_set() if one and one.startswith("mailto:"))
    start, end = (dt.datetime(2026, 12, day, tzinfo=UTC) for day in (1, 2))
    found = principal.freebusy_request(start, end, [caldav.Principal(client=client, url=principal.url)])
    [told] = [one for href, one in found.items() if href == address]
    assert "20261201T100000Z/20261201T110000Z" in str(told.data)


def test_its_inbox_is_found_and_empty(client: caldav.DAVClient, calendar: caldav.Calendar) -> None:
    inbox = client.principal().schedule_inbox()
    assert str(inbox.url).endswith("/Calendar/inbox/")
    assert list(inbox.get_items()) == []
