"""A user's documents, read once per request however many services ask for them."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from sogo.store.interface import Profile, ProfileStore

_seen: ContextVar[dict[str, Profile] | None] = ContextVar("sogo_profiles_seen", default=None)


def begin_request() -> None:
    """From here on, in this task, a profile that was read is not read again."""
    _seen.set({})


class RequestProfiles:
    """`ProfileStore` over another one. Outside of a request it only passes on."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store

    async def load(self, user_id: str) -> Profile:
        seen = _seen.get()
        if seen is None:
            return await self._store.load(user_id)
        if user_id not in seen:
            seen[user_id] = await self._store.load(user_id)
        return seen[user_id]

    async def update(self, user_id: str, change: Callable[[Profile], None]) -> Profile:
        profile = await self._store.update(user_id, change)
        seen = _seen.get()
        if seen is not None:
            seen[user_id] = profile
        return profile
