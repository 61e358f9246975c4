"""Which one of all workers and nodes sends push messages, or mail: whoever has the lease, a row that goes on while
they live.

Nobody compares clocks of two machines. Who wants the lease watches it, and takes it when it has stood still for long
by their own clock; who has it stops in time by theirs when the database could not be told.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from sogo.store.leases import LeaseState, LeaseStore


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """The holder goes on every `renew_seconds` and stops `valid_seconds` after the last time; others take over after
    `stale_seconds`, which is more."""

    renew_seconds: float = 8.0
    valid_seconds: float = 20.0
    stale_seconds: float = 30.0


class Lease:
    def __init__(self, store: LeaseStore, times: LeaseTimes, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store, self._times, self._monotonic = store, times, monotonic
        self._holder = secrets.token_hex(8)
        self._held: LeaseState | None = None
        self._renewed = 0.0
        self._seen: LeaseState | None = None
        self._seen_since = 0.0

    @property
    def is_held(self) -> bool:
        return self._held is not None and self._monotonic() - self._renewed < self._times.valid_seconds

    async def look(self) -> bool:
        """Take the lease if it is free; True when we have it."""
        seen, now = await self._store.read_lease(), self._monotonic()
        if seen != self._seen:
            self._seen, self._seen_since = seen, now
        if seen.holder and now - self._seen_since < self._times.stale_seconds:
            return False
        self._held, self._renewed = await self._store.take_lease(seen, self._holder), now
        return self._held is not None

    async def keep(self) -> bool:
        """Go on, where it is time for that; False when somebody else has the lease now."""
        now = self._monotonic()
        if self._held is not None and now - self._renewed >= self._times.renew_seconds:
            self._held, self._renewed = await self._store.take_lease(self._held, self._holder), now
        return self._held is not None

    async def give_up(self) -> None:
        """Somebody else may send at once."""
        held, self._held = self._held, None
        if held is not None:
            await self._store.take_lease(held, "")
