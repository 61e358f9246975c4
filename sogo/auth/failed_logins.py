"""Blocks a login after too many wrong passwords (auth.md §11), counted in the cache that all workers share.

Key and value are the original's: `<login>+failedlogins`, {"InitialDate", "LastRequestDate", "FailedCount"}. Blocked
attempts are not counted, and a right password does not clear the count.
"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sogo.auth.settings import FailedLoginSettings
from sogo.store.interface import Cache

_STRIPES = 64


@dataclass(frozen=True, slots=True)
class _Count:
    first: int
    last: int
    failed: int


class FailedLogins:
    """`now` gives epoch seconds. Without a limit, or without a cache that answers, nobody is blocked."""

    def __init__(self, settings: FailedLoginSettings, cache: Cache, now: Callable[[], float]) -> None:
        self._settings = settings
        self._cache = cache
        self._now = now
        self._locks = [asyncio.Lock() for _ in range(_STRIPES)]
        self._turns = [asyncio.Lock() for _ in range(_STRIPES)]

    @property
    def is_on(self) -> bool:
        return self._settings.count > 0

    def key(self, login: str) -> str:
        """One for all spellings of a name: else each would have attempts of its own."""
        return f"{unicodedata.normalize('NFC', login).casefold()}+failedlogins"

    def is_blocked(self, text: str | None) -> bool:
        """By what the cache holds under `key`."""
        count = _read(text) if self.is_on else None
        if count is None or count.failed < self._settings.count:
            return False
        now = self._now()
        recent = now - count.last < (self._settings.interval_seconds or 10)
        return recent and now - count.first <= self._block_seconds

    @asynccontextmanager
    async def turn(self, login: str) -> AsyncIterator[bool]:
        """Wait for the attempts on this login before; gives whether they have blocked it. Without turns, a hundred
        passwords sent at once would all be tried before the first was counted."""
        if not self.is_on:
            yield False
            return
        key = self.key(login)
        async with self._turns[hash(key) % _STRIPES]:
            yield self.is_blocked(await self._cache.get(key))

    async def count(self, login: str) -> bool:
        """Note one more failure; says whether the login is blocked now. Within this process no two of them are lost in
        one another."""
        if not self.is_on:
            return False
        key = self.key(login)
        async with self._locks[hash(key) % _STRIPES]:
            now = int(self._now())
            found = _read(await self._cache.get(key))
            if found is None or now - found.first > self._block_seconds:
                found = _Count(now, now, 0)
            value = {"InitialDate": found.first, "LastRequestDate": now, "FailedCount": found.failed + 1}
            await self._cache.set(key, json.dumps(value), ttl_seconds=self._block_seconds + 60)
            return found.failed + 1 >= self._settings.count

    @property
    def _block_seconds(self) -> int:
        return self._settings.block_seconds or 300


def _read(text: str | None) -> _Count | None:
    """A count; None for what another program may have left there."""
    try:
        value = json.loads(text) if text else None
        return (
            _Count(int(value["InitialDate"]), int(value["LastRequestDate"]), int(value["FailedCount"]))
            if value
            else None
        )
    except (ValueError, TypeError, KeyError, OverflowError):
        return None
