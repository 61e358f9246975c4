"""One room that takes one booking at a time, and fifty people who book it at the same moment: one of them may get it."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import Counter
from collections.abc import Sequence

import aiohttp

from tests.bench.data import ICS, XML, Filler, calendar
from tests.bench.meetings import meeting
from tests.bench.shared import set_roles
from tests.support.site import PASSWORD, USERS

ROOMS = ("room1", "room2")
"""Logins of the directory; one for each server, so that neither meets the bookings of the other."""
BOOKERS = USERS[50:100]
ROUNDS = 3


async def fill(filler: Filler) -> None:
    """Whoever books a room must be given some right on its calendar."""
    for room in ROOMS:
        await filler.folders(room, [])
        given = set_roles("<default>", ("PublicDAndTViewer",))
        await filler.send(room, [("POST", calendar(room, "personal"), given, XML)])


async def book(base: str, room: str) -> list[tuple[Counter[int], int, float]]:
    """Of each round how often each status was answered, how many of the meetings are there, and the seconds until all
    were answered."""
    found = []
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(base, connector=connector) as session:
        await asyncio.gather(*(_ask(session, "GET", user, "none.ics") for user in BOOKERS))
        for number in range(ROUNDS):
            day = f"202706{1 + number:02d}"
            texts = [
                meeting(f"{room}-{number}-{user}", user, [room], f"{day}T100000Z", f"{day}T110000Z") for user in BOOKERS
            ]
            name = f"{room}-{number}.ics"
            began = time.perf_counter()
            told = await asyncio.gather(
                *(_ask(session, "PUT", user, name, text) for user, text in zip(BOOKERS, texts, strict=True))
            )
            took = time.perf_counter() - began
            there = await asyncio.gather(*(_ask(session, "GET", user, name) for user in BOOKERS))
            found.append((Counter(told), there.count(200), took))
    return found


async def _ask(session: aiohttp.ClientSession, method: str, user: str, name: str, text: str = "") -> int:
    """The status; 0 where the connection was closed without an answer."""
    login = base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {login}", **(ICS if text else {})}
    path = calendar(user, "personal") + name
    try:
        async with session.request(method, path, data=text.encode() or None, headers=headers) as answer:
            await answer.read()
            return answer.status
    except aiohttp.ClientError:
        return 0


def told(name: str, rounds: Sequence[tuple[Counter[int], int, float]]) -> list[str]:
    lines = []
    for number, (statuses, there, took) in enumerate(rounds, 1):
        got = sum(count for status, count in statuses.items() if 200 <= status < 300)
        other = sum(count for status, count in statuses.items() if status != 409 and not 200 <= status < 300)
        lines.append(
            f"one room, {len(BOOKERS)} at once, {name}, round {number}: {got} got it, {statuses[409]} were refused, "
            f"{other} failed; {there} meetings are there; {took * 1000:.0f} ms until all were answered"
        )
    return lines
