"""What is read once per request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence

from sogo.service.request_scope import (
    RequestEditor,
    RequestProfiles,
    RequestProperties,
    begin_request,
    request_scope,
)
from sogo.store.interface import Opening, Profile, PropertyEdits


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


class Kept:
    """A property store and an editor of a single table in memory."""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, str]] = {"/a": {"{x}p": "1"}}
        self.asked: list[list[str]] = []

    async def load(self, paths: Sequence[str], *, user_id: str = "") -> dict[str, dict[str, str]]:
        self.asked.append(list(paths))
        return {path: dict(self.values[path]) for path in paths if path in self.values}

    async def update(
        self, path: str, *, user_id: str = "", store: Mapping[str, str] | None = None, remove: Iterable[str] = ()
    ) -> None:
        self.values.setdefault(path, {}).update(store or {})

    async def move(self, path: str, target: str, *, copy: bool = False) -> None:
        self.values[target] = dict(self.values[path]) if copy else self.values.pop(path)

    async def forget(self, path: str) -> None:
        self.asked.append([f"forget {path}"])
        self.values.pop(path, None)

    async def apply(self, edits: PropertyEdits) -> None:
        await self.update(edits.path or "", store=edits.store)


async def test_properties_are_read_once_and_anew_after_a_change() -> None:
    kept = Kept()
    properties, editor = RequestProperties(kept), RequestEditor(kept)
    begin_request()
    for _ in range(2):
        assert await properties.load(["/a", "/b"]) == {"/a": {"{x}p": "1"}}
    assert kept.asked == [["/a", "/b"]]
    await editor.apply(PropertyEdits(path="/b", store={"{x}q": "2"}))
    await properties.update("/a", store={"{x}p": "3"})
    assert await properties.load(["/a", "/b"]) == {"/a": {"{x}p": "3"}, "/b": {"{x}q": "2"}}


async def test_what_an_opening_brought_is_not_read_and_what_was_written_stays() -> None:
    kept = Kept()
    properties, profiles = RequestProperties(kept), RequestProfiles(Counting())
    begin_request()
    await profiles.update("ben", lambda profile: profile.defaults.update(n=7))
    request_scope().learn(Opening([], {"anna": Profile({"n": 5}), "ben": Profile()}, {"/a": {}, "/c": {"{x}r": "4"}}))
    assert await properties.load(["/a", "/c"]) == {"/c": {"{x}r": "4"}}
    assert kept.asked == []
    assert [(await profiles.load(name)).defaults["n"] for name in ("anna", "ben")] == [5, 7]


async def test_what_is_known_not_to_be_kept_is_not_dropped() -> None:
    kept = Kept()
    properties = RequestProperties(kept)
    begin_request()
    await properties.load(["/a", "/b"])
    for path in ("/a", "/b", "/c"):
        await properties.forget(path)
    assert kept.asked[1:] == [["forget /a"], ["forget /c"]]
    assert await properties.load(["/a"]) == {}


async def test_properties_that_moved_are_read_where_they_are() -> None:
    kept = Kept()
    properties = RequestProperties(kept)
    begin_request()
    await properties.load(["/a", "/b"])
    await properties.move("/a", "/b")
    assert await properties.load(["/a", "/b"]) == {"/b": {"{x}p": "1"}}
