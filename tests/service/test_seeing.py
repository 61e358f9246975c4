"""What a sync tells who does not see everything, through random stories with several workers: never too little, and
never a name that the reader was not shown."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from sogo.errors import InvalidSyncToken
from sogo.model.folder import FolderKind, SyncPoint
from sogo.service.folders import FolderService, FolderView
from sogo.service.memory import FolderMemory
from sogo.service.objects import ObjectService
from sogo.service.shelf import SharedMemory
from sogo.service.site import Site
from tests.support.house import House, event, open_house
from tests.support.sharing import roles

MB = 1024 * 1024
NAMES = [f"{number}.ics" for number in range(6)] + ["uid-6.ics", "uid-7.ics"]
CLASSES = ("PUBLIC", "PRIVATE", "CONFIDENTIAL")
RIGHTS = ["PUv", "PUd", "PUv PRd", "PUd PRv", "PUv PRv COd", "COv", "PUm PRr COv", "PUv PRv COv"]


class Worker:
    """A worker of the site with a memory of its own."""

    def __init__(self, house: House, megabytes: int = 1) -> None:
        memory = FolderMemory(house.site.folders, shared=SharedMemory(megabytes * MB), clock=house.clock)
        self.site: Site = replace(house.site, memory=memory)
        self.folders, self.objects = FolderService(self.site), ObjectService(self.site)

    async def view(self, actor: str) -> FolderView:
        users = self.site.directory.users  # type: ignore[attr-defined]
        return await self.folders.find(users[actor], users["anna"], FolderKind.CALENDAR, "personal")


class Follower:
    """A client: what it has by name, with ETags, and all the names it was ever told."""

    def __init__(self) -> None:
        self.has: dict[str, str] = {}
        self.told: set[str] = set()
        self.token: SyncPoint | None = None
        self.anew = 0

    async def follow(self, worker: Worker, limit: int | None) -> None:
        for _ in range(50):
            try:
                changes = await worker.objects.changes(await worker.view("ben"), self.token, limit=limit)
            except InvalidSyncToken:
                self.token, self.has = None, {}
                self.anew += 1
                limit = None
                continue
            for entry in changes.changed:
                self.has[entry.name] = entry.etag
                self.told.add(entry.name)
            for name in changes.removed:
                assert name in self.told, f"{name} was never shown"
                self.has.pop(name, None)
            self.token = changes.point
            if not changes.truncated:
                return
        raise AssertionError("it never came to an end")


async def shown(worker: Worker) -> dict[str, str]:
    found = [entry async for batch in worker.objects.entries(await worker.view("ben")) for entry in batch]
    return {entry.name: entry.etag for entry in found}


@pytest.mark.parametrize("remembers", [1, 0], ids=["remembered", "asked"])
@pytest.mark.parametrize("seed", range(4))
async def test_who_follows_has_what_is_shown_and_heard_of_nothing_else(
    tmp_path: Path, seed: int, remembers: int
) -> None:
    story = random.Random(seed)
    async for house in open_house(tmp_path):
        anna = house.client("anna")
        await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
        workers = [Worker(house, remembers) for _ in range(3)]
        folder = (await workers[0].view("anna")).folder
        await house.site.acl.set_roles(folder, "ben", roles(story.choice(RIGHTS)))
        followers = [Follower() for _ in range(3)]
        for step in range(60):
            writer, owner = story.choice(workers), await story.choice(workers).view("anna")
            name = story.choice(NAMES)
            if story.random() < 0.3 and await house.site.folders.load(folder, name) is not None:
                await writer.objects.remove(owner, name)
            elif story.random() < 0.9:
                text = event(
                    name.removesuffix(".ics"), "20260601T100000Z", f"CLASS:{story.choice(CLASSES)}", f"X-N:{step}"
                )
                await writer.objects.save(owner, name, text.encode())
            elif story.random() < 0.5:
                await house.site.acl.set_roles(folder, "ben", roles(story.choice(RIGHTS)))
            follower = story.choice(followers)
            if story.random() < 0.7:
                await follower.follow(story.choice(workers), story.choice([None, 1, 2, 5]))
                expected = await shown(story.choice(workers))
                assert follower.has == expected, step
        assert sum(len(one.told) for one in followers) > 0


async def test_a_worker_that_has_seen_everything_refuses_nothing(tmp_path: Path) -> None:
    async for house in open_house(tmp_path):
        anna = house.client("anna")
        await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
        worker, follower = Worker(house), Follower()
        owner = await worker.view("anna")
        await house.site.acl.set_roles(owner.folder, "ben", roles("PUv"))
        await follower.follow(worker, None)
        for number in range(12):
            for of in CLASSES:
                await worker.objects.save(
                    owner, f"{number % 5}.ics", event(f"{number % 5}", "20260601T100000Z", f"CLASS:{of}").encode()
                )
                await follower.follow(worker, None)
                assert follower.has == await shown(worker)
        await worker.objects.remove(owner, "1.ics")
        await follower.follow(worker, None)
        assert (follower.anew, follower.has) == (0, await shown(worker))


async def test_what_is_not_settled_is_told_when_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SOGo 5 writes the text, and a moment later the index with the class."""
    async for house in open_house(tmp_path):
        anna = house.client("anna")
        await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
        worker, writer, follower = Worker(house), Worker(house), Follower()
        owner = await writer.view("anna")
        await house.site.acl.set_roles(owner.folder, "ben", roles("PUv"))
        await writer.objects.save(owner, "old.ics", event("old").encode())
        await follower.follow(worker, None)
        real = house.site.folders.save

        async def late(*args: object, save: object = real, **more: object) -> object:
            folder, name, text, quick = args
            return await save(folder, name, text, {**quick, "c_classification": 0}, **more)  # type: ignore[operator,dict-item]

        monkeypatch.setattr(house.site.folders, "save", late)
        await writer.objects.save(owner, "new.ics", event("new", "20260601T100000Z", "CLASS:PRIVATE").encode())
        view = await worker.view("ben")
        assert [item.entry.name for item in await worker.objects.items(view, ["old.ics", "new.ics"])] == ["old.ics"]
        texts = [entry.name async for batch in worker.objects.entries(view, content=True) for entry in batch]
        assert texts == ["old.ics"], "the text says what it is"
        await follower.follow(worker, None)
        assert follower.has.keys() == {"old.ics"}
        monkeypatch.setattr(house.site.folders, "save", real)
        await writer.objects.save(owner, "new.ics", event("new", "20260601T100000Z", "CLASS:PUBLIC").encode())
        await follower.follow(worker, None)
        assert follower.has.keys() <= {"old.ics", "new.ics"}
