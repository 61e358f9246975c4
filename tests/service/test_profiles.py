"""Profiles read once per request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sogo.service.profiles import RequestProfiles, begin_request
from sogo.store.interface import Profile


class Counting:
    def __init__(self) -> None:
        self.loads = 0

    async def load(self, user_id: str) -> Profile:
        self.loads += 1
        return Profile({"n": self.loads})

    async def update(self, user_id: str, change: Callable[[Profile], None]) -> Profile:
        profile = Profile({"n": 100})
        change(profile)
        return profile


async def asked_twice(profiles: RequestProfiles) -> list[object]:
    begin_request()
    return [(await profiles.load("anna")).defaults["n"] for _ in range(2)]


async def test_one_request_reads_a_profile_once_and_the_next_reads_it_anew() -> None:
    store = Counting()
    profiles = RequestProfiles(store)
    assert await asyncio.create_task(asked_twice(profiles)) == [1, 1]
    assert await asyncio.create_task(asked_twice(profiles)) == [2, 2]


async def test_outside_of_a_request_nothing_is_remembered() -> None:
    store = Counting()

    async def twice() -> None:
        for _ in range(2):
            await RequestProfiles(store).load("anna")

    await asyncio.create_task(twice())
    assert store.loads == 2


async def test_a_request_sees_what_it_wrote() -> None:
    profiles = RequestProfiles(Counting())

    async def write_and_read() -> object:
        begin_request()
        await profiles.load("anna")
        await profiles.update("anna", lambda profile: profile.defaults.update(n=7))
        return (await profiles.load("anna")).defaults["n"]

    assert await asyncio.create_task(write_and_read()) == 7
