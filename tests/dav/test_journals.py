"""Journals (VJOURNAL): in calendars that were made for them, found by the rules of RFC 4791 §9.9, and never in the index
that the original reads."""

from __future__ import annotations

import pytest

from sogo.model.folder import FolderKind
from tests.support.house import C, Client, House, body, event

HOME = "/SOGo/dav/anna/Calendar/"
NOTES = HOME + "notes/"


def journal(uid: str, *lines: str) -> str:
    start = "DTSTART:20260601T100000Z"
    text = event(uid).replace("VEVENT", "VJOURNAL").replace(start + "\r\n", "")
    return text.replace("SUMMARY:", "".join(f"{line}\r\n" for line in lines) + "SUMMARY:")


async def make(anna: Client, *components: str) -> None:
    comps = "".join(f'<C:comp name="{name}"/>' for name in components)
    prop = f"<D:prop><C:supported-calendar-component-set>{comps}</C:supported-calendar-component-set></D:prop>"
    assert (await anna("MKCALENDAR", NOTES, body("C:mkcalendar", f"<D:set>{prop}</D:set>"))).status == 201


async def fill(anna: Client) -> None:
    await make(anna, "VJOURNAL", "VEVENT")
    for name, text in {
        "day": journal("day", "DTSTART;VALUE=DATE:20260601"),
        "moment": journal("moment", "DTSTART:20260601T100000Z"),
        "daily": journal("daily", "DTSTART:20260501T100000Z", "RRULE:FREQ=DAILY;COUNT=40"),
        "undated": journal("undated"),
        "event": event("event", "20260601T100000Z", end="20260601T110000Z"),
    }.items():
        made = await anna.put(f"{NOTES}{name}.ics", text)
        assert (made.status, "ETag" in made.headers) == (201, True)


def query(inner: str) -> str:
    wrapped = f'<C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter>'
    return body("C:calendar-query", f"<D:prop><D:getetag/></D:prop>{wrapped}")


def between(start: str, end: str, kind: str = "VJOURNAL") -> str:
    return f'<C:comp-filter name="{kind}"><C:time-range start="{start}" end="{end}"/></C:comp-filter>'


@pytest.mark.parametrize(
    ("inner", "names"),
    [
        ("", {"day", "moment", "daily", "undated", "event"}),
        ('<C:comp-filter name="VJOURNAL"/>', {"day", "moment", "daily", "undated"}),
        ('<C:comp-filter name="VEVENT"/>', {"event"}),
        ('<C:comp-filter name="VTODO"/>', set()),
        ('<C:comp-filter name="VJOURNAL"><C:is-not-defined/></C:comp-filter>', {"event"}),
        (between("20260601T000000Z", "20260602T000000Z"), {"day", "moment", "daily"}),
        (between("20260601T100000Z", "20260601T100001Z"), {"day", "moment", "daily"}),
        (between("20260601T100001Z", "20260601T110000Z"), {"day"}),
        (between("20260701T000000Z", "20260702T000000Z"), set()),
        (between("20260601T000000Z", "20260602T000000Z", "VEVENT"), {"event"}),
        ('<C:comp-filter name="VJOURNAL"><C:prop-filter name="UID"><C:text-match collation="i;octet">day</C:text-match></C:prop-filter></C:comp-filter>', {"day"}),
    ],
)  # fmt: skip
async def test_journals_are_found_as_the_rfc_says(anna: Client, inner: str, names: set[str]) -> None:
    await fill(anna)
    for _ in range(2):  # anew, and from what is remembered
        answer = await anna.report(NOTES, query(inner), Depth="1")
        assert (answer.status, set(answer.hrefs)) == (207, {f"{NOTES}{name}.ics" for name in names})


async def test_journals_are_listed_read_synchronised_and_removed_like_anything(anna: Client) -> None:
    await fill(anna)
    listed = await anna.propfind(NOTES, "D:getetag", "C:calendar-data", "C:supported-calendar-component-set", depth="1")
    assert 'name="VJOURNAL"' in listed.text
    assert "BEGIN:VJOURNAL" in listed.prop_text(NOTES + "undated.ics", C + "calendar-data")
    assert (await anna("GET", NOTES + "daily.ics")).text == journal(
        "daily", "DTSTART:20260501T100000Z", "RRULE:FREQ=DAILY;COUNT=40"
    )
    multiget = body("C:calendar-multiget", f"<D:prop><C:calendar-data/></D:prop><D:href>{NOTES}day.ics</D:href>")
    assert "UID:day" in (await anna.report(NOTES, multiget)).prop_text(NOTES + "day.ics", C + "calendar-data")

    def sync(token: str) -> str:
        return body(
            "D:sync-collection",
            f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>",
        )

    token = (await anna.report(NOTES, sync(""))).token
    assert (await anna.put(NOTES + "day.ics", journal("day", "DTSTART;VALUE=DATE:20260602"))).status == 204
    assert (await anna("DELETE", NOTES + "undated.ics")).status == 204
    changed = await anna.report(NOTES, sync(token))
    assert set(changed.hrefs) == {NOTES + "day.ics", NOTES + "undated.ics"}


async def test_expansion_and_free_busy_know_journals(anna: Client) -> None:
    await fill(anna)
    data = '<C:calendar-data><C:expand start="20260601T000000Z" end="20260603T000000Z"/></C:calendar-data>'
    text = body("C:calendar-multiget", f"<D:prop>{data}</D:prop><D:href>{NOTES}daily.ics</D:href>")
    expanded = (await anna.report(NOTES, text)).prop_text(NOTES + "daily.ics", C + "calendar-data")
    assert (expanded.count("BEGIN:VJOURNAL"), "RRULE" in expanded) == (2, False)
    busy = await anna.report(
        NOTES, body("C:free-busy-query", '<C:time-range start="20260601T000000Z" end="20260603T000000Z"/>')
    )
    assert busy.text.count("FREEBUSY") - busy.text.count("VFREEBUSY") == 1


async def test_the_index_of_the_original_never_holds_a_journal(anna: Client, house: House) -> None:
    """A worker of the original ends when it meets the row of one; without a row the journal is not there for it."""
    await fill(anna)
    state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "notes")
    assert state is not None
    batches = house.site.folders.entries(state.folder, quick=True)
    rows = {entry.name: entry.quick is not None async for batch in batches for entry in batch}
    assert rows == {"event.ics": True, "day.ics": False, "moment.ics": False, "daily.ics": False, "undated.ics": False}
    assert (await anna.put(NOTES + "event.ics", journal("event"))).status == 204
    batches = house.site.folders.entries(state.folder, quick=True, names=["event.ics"])
    assert [entry.quick async for batch in batches for entry in batch] == [None]


async def test_two_journals_of_one_uid_are_refused(anna: Client) -> None:
    await fill(anna)
    answer = await anna.put(NOTES + "other.ics", journal("day"))
    assert (answer.status, answer.condition) == (409, C + "no-uid-conflict")


async def test_an_event_does_not_take_the_uid_of_a_journal_nor_a_journal_that_of_an_event(anna: Client) -> None:
    await fill(anna)
    for name, text in (("other", event("day")), ("other", journal("event")), ("event", event("day"))):
        answer = await anna.put(f"{NOTES}{name}.ics", text)
        assert (answer.status, answer.condition) == (409, C + "no-uid-conflict"), name
    assert (await anna.put(NOTES + "event.ics", event("event", "20260701T100000Z"))).status == 204
    assert (await anna.put(NOTES + "day.ics", event("day"))).status == 204  # its own, as something else
    await anna.put(HOME + "personal/moment.ics", event("moment"))
    moved = await anna("MOVE", HOME + "personal/moment.ics", Destination=NOTES + "moved.ics")
    assert (moved.status, moved.condition) == (409, C + "no-uid-conflict")


async def test_a_calendar_made_without_a_word_takes_no_journals(anna: Client) -> None:
    answer = await anna.put(HOME + "personal/j.ics", journal("j"))
    assert (answer.status, answer.condition) == (403, C + "supported-calendar-component")
    await make(anna, "VJOURNAL")
    refused = await anna.put(NOTES + "e.ics", event("e"))
    assert (refused.status, refused.condition) == (403, C + "supported-calendar-component")
