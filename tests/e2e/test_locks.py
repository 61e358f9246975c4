"""Locks of a server with two workers: granted once, kept by both, and still there when a worker is not."""

from __future__ import annotations

import asyncio
from collections import Counter

import aiohttp
import pytest

from tests.e2e.server import Server, login

pytestmark = pytest.mark.services

EVENT = "\r\n".join([
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT", "UID:one", "DTSTAMP:20260101T000000Z",
    "DTSTART:20260601T100000Z", "DTEND:20260601T110000Z", "SUMMARY:One", "END:VEVENT", "END:VCALENDAR", "",
])  # fmt: skip
LOCKINFO = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
AT_ONCE = 24


class Program:
    """Requests of one user, each on a connection of its own, so that they spread over the workers."""

    def __init__(self, server: Server, user: str) -> None:
        self._server, self._headers = server, login(user)
        self.calendar = server.calendar_url(user)

    async def __call__(self, method: str, name: str, body: str | None = None, **headers: str) -> tuple[int, str]:
        """The status, and the lock token if one was given."""
        async with (
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
            session.request(
                method, self.calendar + name, data=body, headers=self._headers | {k.replace("_", "-"): v for k, v in headers.items()}
            ) as response,
        ):  # fmt: skip
            await response.read()
            return response.status, response.headers.get("Lock-Token", "")

    async def put(self, name: str, **headers: str) -> int:
        return (await self("PUT", name, EVENT, Content_Type="text/calendar", **headers))[0]

    async def lock(self, name: str) -> tuple[int, str]:
        return await self("LOCK", name, LOCKINFO, Depth="infinity")


async def test_two_workers_never_both_grant_a_lock(server: Server, user: str) -> None:
    ask = Program(server, user)
    assert await ask.put("one.ics") == 201
    for _ in range(3):
        answers = await asyncio.gather(*(ask.lock("one.ics") for _ in range(AT_ONCE)))
        assert Counter(status for status, _ in answers) == {200: 1, 423: AT_ONCE - 1}
        [token] = [token for _, token in answers if token]
        refused = await asyncio.gather(*(ask.put("one.ics") for _ in range(AT_ONCE)))
        assert set(refused) == {423}
        assert await ask.put("one.ics", If=f"({token})") == 204
        assert (await ask("UNLOCK", "one.ics", Lock_Token=token))[0] == 204


async def test_a_calendar_and_something_in_it_are_not_both_locked(server: Server, user: str) -> None:
    ask = Program(server, user)
    await ask.put("one.ics")
    answers = await asyncio.gather(*(ask.lock(name) for name in ("", "one.ics") * (AT_ONCE // 2)))
    assert sum(status == 200 for status, _ in answers) == 1
    assert {status for status, token in answers if not token} <= {423, 207}


async def test_a_name_is_reserved_for_one(server: Server, user: str) -> None:
    ask = Program(server, user)
    answers = await asyncio.gather(*(ask.lock("free.ics") for _ in range(AT_ONCE)))
    assert Counter(status for status, _ in answers) == {201: 1, 423: AT_ONCE - 1}


async def test_a_lock_outlives_the_worker_that_granted_it(server: Server, user: str) -> None:
    ask = Program(server, user)
    await ask.put("one.ics")
    _, token = await ask.lock("one.ics")
    for _ in range(2):
        server.kill_worker()
        server.wait_for_workers(2)
    assert await ask.put("one.ics") == 423
    assert await ask.put("one.ics", If=f"({token})") == 204
