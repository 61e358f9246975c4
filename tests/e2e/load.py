"""Many writers at once who remember what the server acknowledged, and look afterwards whether all of it is there."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

from tests.e2e.server import Server, login

WRITERS = 8
PATIENCE_SECONDS = 60.0
ACKNOWLEDGED = {201, 204}
AGAIN = {503}

SYNC = b"""<?xml version="1.0"?><sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level>
<prop><getetag/></prop></sync-collection>"""
QUERY = b"""<?xml version="1.0"?><C:calendar-query xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">
<prop><getetag/></prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter>
</C:filter></C:calendar-query>"""
LIST = b"""<?xml version="1.0"?><propfind xmlns="DAV:"><prop><getetag/></prop></propfind>"""


@dataclass
class Ledger:
    """`acknowledged` is name -> the text whose PUT was answered; `lost` counts requests that broke off or were refused
    for now, which the writer repeated."""

    acknowledged: dict[str, bytes] = field(default_factory=dict)
    lost: int = 0
    statuses: set[int] = field(default_factory=set)


def body(number: int) -> bytes:
    text = (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//load//EN\r\nBEGIN:VEVENT\r\nUID:load-{number}\r\n"
        "DTSTAMP:20261101T100000Z\r\nDTSTART:20261201T100000Z\r\nDTEND:20261201T110000Z\r\n"
        f"SUMMARY:Number {number}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    return text.encode()


async def write_many(
    server: Server,
    user: str,
    count: int,
    *,
    disturb_after: int,
    disturb: Callable[[], Awaitable[None]],
    acknowledged: dict[str, bytes] | None = None,
) -> Ledger:
    """PUT `count` events; once `disturb_after` of them are acknowledged, `disturb` runs while the writers go on.

    A writer repeats what broke off until it is acknowledged, as a client does at its next sync. Others may watch
    `acknowledged` grow.
    """
    ledger = Ledger(acknowledged if acknowledged is not None else {})
    numbers, reached = iter(range(count)), asyncio.Event()

    async def writer(http: aiohttp.ClientSession) -> None:
        for number in numbers:
            await _put_until_acknowledged(http, server, user, number, ledger)
            if len(ledger.acknowledged) >= disturb_after:
                reached.set()

    async def disturber() -> None:
        await reached.wait()
        await disturb()

    async with aiohttp.ClientSession(headers=login(user)) as http, asyncio.TaskGroup() as group:
        group.create_task(disturber())
        for _ in range(WRITERS):
            group.create_task(writer(http))
    return ledger


async def _put_until_acknowledged(
    http: aiohttp.ClientSession, server: Server, user: str, number: int, ledger: Ledger
) -> None:
    name, text = f"load-{number}.ics", body(number)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                async with http.put(server.calendar_url(user) + name, data=text) as answer:
                    ledger.statuses.add(answer.status)
                    if answer.status in ACKNOWLEDGED:
                        ledger.acknowledged[name] = text
                        return
                    assert answer.status in AGAIN, f"{answer.status}: {await answer.text()}"
            except aiohttp.ClientError:
                pass
            ledger.lost += 1
            await asyncio.sleep(0.05)


async def assert_all_there(server: Server, user: str, ledger: Ledger) -> None:
    """Every acknowledged object is served as written, and three kinds of listing agree on what there is."""
    url = server.calendar_url(user)
    async with aiohttp.ClientSession(headers=login(user)) as http:
        for name, text in ledger.acknowledged.items():
            async with http.get(url + name) as answer:
                assert answer.status == 200, f"{name} was acknowledged and is gone"
                assert await answer.read() == text
        expected = sorted(ledger.acknowledged)
        assert await _names(http, "REPORT", url, SYNC, 1) == expected
        assert await _names(http, "REPORT", url, QUERY, 1) == expected
        assert await _names(http, "PROPFIND", url, LIST, 1) == expected


async def _names(http: aiohttp.ClientSession, method: str, url: str, xml: bytes, depth: int) -> list[str]:
    headers = {"Depth": str(depth), "Content-Type": "application/xml"}
    async with http.request(method, url, data=xml, headers=headers) as answer:
        assert answer.status == 207, await answer.text()
        return sorted(re.findall(r"/([^/<]+\.ics)</", await answer.text()))
