"""A waiter of ours on the twins' database: it must hear what the original stores, and soon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sogo.conf.load import load_config
from sogo.model.folder import FolderKind
from sogo.server.wiring import open_site
from sogo.service.bus import Change, ChangeBus, Origin
from sogo.store.sql import SqlStore
from tests.support.dav_client import DavUser, sample
from tests.twin.ledger import BROKEN, Ledger
from tests.twin.site import Twins

HEARD_WITHIN_SECONDS = 5.0
AT_LEAST, ATTEMPTS = 12, 60
"""So often it hears of something, also after the story; and so often it tries."""
FOLDER = "Calendar/personal"


@dataclass
class Listener:
    """As a worker that pushes would: its own connections, its own bus, nothing of the two servers."""

    twins: Twins
    user: str
    ledger: Ledger
    heard: int = 0
    tried: int = 0
    slowest_seconds: float = 0.0
    _writer: DavUser = field(init=False)

    def run(self, is_over: Callable[[], bool]) -> None:
        """The original stores one object after the other until the story is over, and enough was heard of."""
        self._writer, ours = self.twins.people(self.user)
        self._writer.folders("Calendar")
        ours.folders("Calendar")

        def is_enough() -> bool:
            return is_over() and (self.heard >= AT_LEAST or self.tried >= ATTEMPTS)

        asyncio.run(self._run(is_enough))

    async def _run(self, is_over: Callable[[], bool]) -> None:
        config = load_config([], environ={}, config_file=self.twins.ours.folder / "sogo.conf")
        async with open_site(config) as (site, store):
            while not is_over():
                await self._follow(site.bus, store, is_over)

    async def _follow(self, bus: ChangeBus, store: SqlStore, is_over: Callable[[], bool]) -> None:
        state = await store.folders.find_folder(self.user, FolderKind.CALENDAR, "personal")
        assert state is not None
        async with bus.watch(state.folder) as queue:
            for _ in range(5):
                if is_over():
                    return
                await self._once(queue)
                await asyncio.sleep(0.3)

    async def _once(self, queue: asyncio.Queue[Change]) -> None:
        while not queue.empty():
            queue.get_nowait()
        name = f"{FOLDER}/heard-{self.heard}.ics"
        self.tried += 1
        began = time.monotonic()
        try:
            answer = await asyncio.to_thread(self._writer.put, name, sample(name, f"heard-{self.heard}", str(began)))
        except BROKEN:
            self.ledger.broken += 1
            return
        if answer.status not in (201, 204):
            self.ledger.wrong(f"{name}: the original answered {answer.status} while somebody of ours listened")
            return
        stored = time.monotonic()
        try:
            async with asyncio.timeout(HEARD_WITHIN_SECONDS):
                change = await queue.get()
        except TimeoutError:
            self.ledger.wrong(f"{name}: nobody of ours heard of it within {HEARD_WITHIN_SECONDS} s")
            return
        if change.origin is not Origin.ELSEWHERE:
            self.ledger.wrong(f"{name}: heard as {change}")
        self.heard += 1
        self.slowest_seconds = max(self.slowest_seconds, time.monotonic() - stored)
