"""Change buses for tests: each with a store of its own on the site's database, as another worker would have."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sogo.model.change import Home, Seen, What
from sogo.model.folder import Folder, FolderKind, SyncPoint
from sogo.service.bus import Change, ChangeBus
from sogo.store.interface import PropertyEdits
from sogo.store.notices import Notices
from sogo.store.sql import SqlStore
from sogo.store.sql.counting import StatementCount, counted_statements
from sogo.store.sql.notices import open_notices
from tests.support.stores import Site, event_row

ICS = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
PATIENCE_SECONDS = 20.0


class CountedNotices:
    """Passes everything on and counts the statements behind it."""

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self.count = StatementCount()
        self.looked = StatementCount()
        self.looks = 0

    def hear(self, notice: Any, ended: Any) -> None:
        self._notices.hear(notice, ended)

    def is_wanted(self, what: What) -> bool:
        return self._notices.is_wanted(what)

    async def rest(self) -> None:
        await self._notices.rest()

    async def listen(self) -> bool:
        return await self._counted(self._notices.listen())

    async def look(self, paths: Sequence[str], homes: Sequence[Home]) -> list[Seen]:
        self.looks += 1
        before = self.count.value
        try:
            return await self._counted(self._notices.look(paths, homes))
        finally:
            self.looked.value += self.count.value - before

    async def names_since(self, points: Mapping[int, SyncPoint]) -> dict[int, list[str]]:
        return await self._counted(self._notices.names_since(points))

    async def publish(self, changes: Sequence[tuple[Folder, str, What]]) -> None:
        await self._counted(self._notices.publish(changes))

    async def _counted(self, call: Any) -> Any:
        with counted_statements() as count:
            try:
                return await call
            finally:
                self.count.value += count.value


class Worker:
    """A store and a bus over it; writes as the services do, the announcement after the commit."""

    def __init__(self, site: Site, store: SqlStore, **seconds: float) -> None:
        self.site, self.store = site, store
        self.notices = CountedNotices(open_notices(store))
        self.bus = ChangeBus(self.notices, **({"look_seconds": 0.1} | seconds))

    @classmethod
    @asynccontextmanager
    async def of(cls, site: Site, **seconds: float) -> AsyncIterator[Worker]:
        """`seconds` are those of `ChangeBus`."""
        store = site.another()
        await store.start()
        worker = cls(site, store, **seconds)
        yield worker
        await worker.bus.close()
        await store.close()

    @property
    def statements(self) -> int:
        """Sent so far by the bus."""
        return self.notices.count.value

    async def save(self, folder: Folder, name: str, *, announce: bool = True) -> None:
        await self.store.folders.save(folder, name, ICS, event_row(name))
        if announce:
            self.bus.announce(Change(folder, name, what=What.WRITTEN))

    async def remove(self, folder: Folder, name: str) -> None:
        await self.store.folders.remove(folder, name)
        self.bus.announce(Change(folder, name, what=What.REMOVED))

    async def create(self, owner: str, name: str, display_name: str) -> Folder:
        folder = await self.store.folders.create_folder(owner, FolderKind.CALENDAR, name, display_name)
        self.bus.announce(Change(folder, "", what=What.CREATED))
        return folder

    async def rename(self, folder: Folder, display_name: str) -> None:
        await self.store.editor.apply(PropertyEdits(rename=(folder, display_name)))
        self.bus.announce(Change(folder, "", what=What.RENAMED))

    async def drop(self, folder: Folder) -> None:
        await self.store.folders.remove_folder(folder)
        self.bus.announce(Change(folder, "", what=What.GONE))

    def look_now(self) -> None:
        """As if the next look were due."""
        waker = self.bus._waker
        assert waker is not None
        waker._must_look = True
        waker._news.set()

    async def settle(self) -> None:
        """Until everything written so far has been told or will never be: somebody else's later change has come."""
        fence = await self.site.fresh_folder()
        async with self.bus.watch(fence) as queue:
            await the_original_writes(self.site, fence, "INSERT", "fence.ics")
            await next_change(queue)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while self.bus._waker is not None and self.bus._waker._echoes.hold_any:
                await asyncio.sleep(0.05)


@pytest.fixture
async def here(site: Site) -> AsyncIterator[Worker]:
    async with Worker.of(site) as worker:
        yield worker


@pytest.fixture
async def there(site: Site) -> AsyncIterator[Worker]:
    async with Worker.of(site) as worker:
        yield worker


async def next_change(queue: asyncio.Queue[Change]) -> Change:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await queue.get()


def drained(queue: asyncio.Queue[Change]) -> list[Change]:
    found = []
    while not queue.empty():
        found.append(queue.get_nowait())
    return found


async def the_original_writes(site: Site, folder: Folder, operation: str, name: str) -> None:
    """A statement of the original on the row of an object, at the time of the site's clock: INSERT, UPDATE, or DELETE,
    which leaves a tombstone."""
    tables, now = site.tables(folder), site.clock.seconds
    key, value = ("c_folder_id, ", f"{folder.id}, ") if tables.single else ("", "")
    sql = {
        "INSERT": (
            f"INSERT INTO {tables.store} ({key}c_name, c_content, c_creationdate, c_lastmodified, c_version) "
            f"VALUES ({value}:name, 'x', {now}, {now}, 0)"
        ),
        "UPDATE": (
            f"UPDATE {tables.store} SET c_content = 'y', c_version = c_version + 1, c_lastmodified = {now} "
            f"WHERE {tables.of_folder()}c_name = :name"
        ),
        "DELETE": (
            f"UPDATE {tables.store} SET c_deleted = 1, c_lastmodified = {now} WHERE {tables.of_folder()}c_name = :name"
        ),
    }[operation]
    await site.engine.execute(
        sql, **({"folder": folder.id} if tables.single and operation != "INSERT" else {}), name=name
    )
