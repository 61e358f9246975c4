"""What strangers send to make one request cost the time, the memory or the data of everybody."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sogo.codec.davxml.reader import MAX_ELEMENTS
from sogo.model.folder import Entry, Item
from sogo.service import pace
from sogo.service.objects import by_size
from sogo.service.pace import Pace
from tests.support.house import C, Client, D, House, body, event, open_house, propfind

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
SPAN = 'start="20260601T000000Z" end="20260701T000000Z"'
ENDLESS = [
    "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
    "RRULE:FREQ=SECONDLY;COUNT=1000000000",
    "EXRULE:FREQ=SECONDLY",
]


def query(data: str = "") -> str:
    span = f'<C:comp-filter name="VEVENT"><C:time-range {SPAN}/></C:comp-filter>'
    return body(
        "C:calendar-query",
        f"<D:prop><D:getetag/>{data}</D:prop>"
        f'<C:filter><C:comp-filter name="VCALENDAR">{span}</C:comp-filter></C:filter>',
    )


EXPANDED = f"<C:calendar-data><C:expand {SPAN}/></C:calendar-data>"


# --- recurrences ------------------------------------------------------------------------------------------------------


async def test_objects_that_recur_without_end_spoil_no_query(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    for number in range(5):
        saved = await anna.put(f"{CAL}bomb{number}.ics", event(f"bomb{number}", "20200101T000000Z", *ENDLESS * 5))
        assert saved.status == 201
    await anna.put(CAL + "one.ics", event("one", end="20260601T110000Z"))
    found = await anna.report(CAL, query())
    assert CAL + "one.ics" in found.hrefs


async def test_what_cannot_be_expanded_says_so_and_leaves_the_others_alone(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    await anna.put(CAL + "bomb.ics", event("bomb", "20200101T000000Z", "RRULE:FREQ=SECONDLY"))
    await anna.put(CAL + "one.ics", event("one", end="20260601T110000Z"))
    found = await anna.report(CAL, query(EXPANDED))
    assert found.prop_status(CAL + "bomb.ics", C + "calendar-data") == 507
    assert found.prop_status(CAL + "bomb.ics", D + "getetag") == 200
    assert "DTSTART" in found.prop_text(CAL + "one.ics", C + "calendar-data")


async def test_the_expansions_of_one_answer_share_a_budget(anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sogo.dav.selection.ANSWER_STEPS", 10_000)
    await anna.propfind(HOME, "D:displayname", depth="1")
    for number in range(5):
        await anna.put(f"{CAL}{number}.ics", event(f"{number}", "20200101T000000Z", "RRULE:FREQ=HOURLY"))
    found = await anna.report(CAL, query(EXPANDED))
    told = [found.prop_status(f"{CAL}{number}.ics", C + "calendar-data") for number in range(5)]
    assert set(told) == {200, 507}


async def test_a_long_text_is_not_written_a_thousand_times(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    long = event("long", "20200101T000000Z", "RRULE:FREQ=HOURLY", "DESCRIPTION:" + "x" * 200_000)
    assert (await anna.put(CAL + "long.ics", long)).status == 201
    found = await anna.report(CAL, query(EXPANDED))
    assert found.prop_status(CAL + "long.ics", C + "calendar-data") == 507


# --- the loop ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ask", ["query", "propfind", "sync", "multiget"])
async def test_a_long_answer_gives_way_to_others(anna: Client, monkeypatch: pytest.MonkeyPatch, ask: str) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    for number in range(40):
        await anna.put(f"{CAL}{number}.ics", event(f"{number}", "20200101T000000Z", "RRULE:FREQ=DAILY;INTERVAL=2"))
    sync = "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>"
    hrefs = "".join(f"<D:href>{CAL}{number}.ics</D:href>" for number in range(40))
    bodies = {
        "query": ("REPORT", query()),
        "propfind": ("PROPFIND", propfind("D:getetag")),
        "sync": ("REPORT", body("D:sync-collection", sync)),
        "multiget": ("REPORT", body("C:calendar-multiget", f"<D:prop><D:getetag/></D:prop>{hrefs}")),
    }
    method, asked = bodies[ask]
    breaths: list[Pace] = []

    async def breathe(self: Pace) -> None:
        breaths.append(self)

    monkeypatch.setattr(Pace, "breathe", breathe)
    answer = await anna(method, CAL, asked, Depth="1")
    assert len(answer.hrefs) >= 40
    assert len(breaths) >= 40


async def test_a_breath_lets_others_run_when_the_slice_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[int] = []
    asyncio.get_running_loop().call_soon(turns.append, 1)
    await Pace().breathe()
    assert not turns
    monkeypatch.setattr(pace, "SLICE_SECONDS", -1.0)
    await Pace().breathe()
    assert turns


# --- memory -----------------------------------------------------------------------------------------------------------


def test_what_is_read_at_once_is_bounded_by_its_size() -> None:
    sizes = [5, 5, 1, 20, 1, 9]
    entries = [Entry(f"{place}", 0, 0, 0, "vevent", size) for place, size in enumerate(sizes)]
    assert [[entry.size_bytes for entry in group] for group in by_size(entries, 10)] == [[5, 5], [1], [20], [1, 9]]
    assert list(by_size([], 10)) == []


@pytest.mark.parametrize("remembered", [True, False])
async def test_objects_that_cannot_be_held_at_once_are_all_answered(
    anna: Client, house: House, remembered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    paths = [f"{CAL}{number}.ics" for number in (3, 1, 2)]
    for path in paths:
        await anna.put(path, event(path, "20260601T000000Z", "DESCRIPTION:" + "x" * 200_000))
    held: list[int] = []
    entries, items = house.site.folders.entries, house.site.folders.items

    async def watched_items(*args: Any) -> list[Item]:
        found = await items(*args)
        held.append(len(found))
        return found

    async def watched(*args: Any, content: bool, **kwargs: Any) -> AsyncIterator[list[Entry]]:
        async for batch in entries(*args, content=content, **kwargs):
            held.extend([len(batch)] if content else [])
            yield batch

    monkeypatch.setattr(house.site.folders, "entries", watched)
    monkeypatch.setattr(house.site.folders, "items", watched_items)
    monkeypatch.setattr("sogo.dav.rendered.FETCH_BYTES", 300_000)
    monkeypatch.setattr("sogo.service.objects.by_size", partial(by_size, limit_bytes=300_000))
    monkeypatch.setattr("sogo.dav.reports.multiget.CONTENT_BYTES", 300_000)
    sync = "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><C:calendar-data/></D:prop>"
    hrefs = "".join(f"<D:href>{path}</D:href>" for path in paths)
    told = [
        await anna("PROPFIND", CAL, propfind("C:calendar-data"), Depth="1"),
        await anna.report(CAL, query("<C:calendar-data/>")),
        await anna.report(CAL, body("D:sync-collection", sync)),
        await anna.report(CAL, body("C:calendar-multiget", f"<D:prop><C:calendar-data/></D:prop>{hrefs}")),
    ]
    assert set(held) == {1}
    assert all(len(answer.prop_text(path, C + "calendar-data")) > 200_000 for answer in told for path in paths)
    assert told[-1].hrefs == paths


# --- properties -------------------------------------------------------------------------------------------------------


async def test_namespaces_around_a_property_do_not_multiply(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    spaces = " ".join(f'xmlns:n{number}="urn:{number}"' for number in range(3_000))
    props = "".join(f"<n0:p{number}/>" for number in range(150))
    patch = f'<D:propertyupdate xmlns:D="DAV:" {spaces}><D:set><D:prop>{props}</D:prop></D:set></D:propertyupdate>'
    answer = await anna("PROPPATCH", CAL, patch)
    assert answer.prop_status(CAL, "{urn:0}p0") == 507
    assert len((await anna("PROPFIND", CAL, Depth="0")).body) < 10_000


async def test_a_body_of_too_many_elements_is_too_large_and_told_so(tmp_path: Path) -> None:
    """What was asked is too much, not what was found: no 507."""
    many = "<D:a/>" * (MAX_ELEMENTS + 1)
    async for house in open_house(tmp_path, SOGoMaximumDAVBodySize="4096"):
        anna = house.client("anna")
        for method, root in (
            ("PROPFIND", "D:propfind"),
            ("PROPPATCH", "D:propertyupdate"),
            ("REPORT", "C:calendar-query"),
        ):
            answer = await anna(method, CAL, body(root, many), Depth="0")
            assert (answer.status, f"{MAX_ELEMENTS} elements" in answer.text) == (413, True)


async def test_names_of_properties_that_are_books_are_refused(anna: Client) -> None:
    for names in ([f"<X:{'n' * 2_000}/>"], [f"<X:{'n' * 500}{number}/>" for number in range(300)]):
        asked = propfind().replace("<D:prop></D:prop>", f"<D:prop>{''.join(names)}</D:prop>")
        assert (await anna("PROPFIND", HOME, asked, Depth="1")).status == 507
        patch = body("D:propertyupdate", f"<D:set><D:prop>{''.join(names)}</D:prop></D:set>")
        assert (await anna("PROPPATCH", HOME, patch)).status == 507


# --- the request line -------------------------------------------------------------------------------------------------


async def test_a_target_may_be_a_whole_url(house: House) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    login = b64encode(b"anna:secret").decode()
    lines = ("Host: localhost", f"Authorization: Basic {login}", "Depth: 0", "Connection: close", "", "")
    writer.write(("PROPFIND http://localhost/SOGo/dav/anna/ HTTP/1.1\r\n" + "\r\n".join(lines)).encode())
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 207")
    assert b"<D:href>/SOGo/dav/anna/</D:href>" in answer
