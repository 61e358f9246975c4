"""What keeping web sessions asks of a store (store.md §13, auth.md §8). Beside `sogo.store.interface`, and held to by
`tests/contract/test_sessions_contract.py`."""

from __future__ import annotations

from typing import Protocol


class SessionStore(Protocol):
    """Sessions by their key. A value is what `sogo.codec.session_value` makes of a login; without the key of its own
    that only the browser has, it tells nothing. All methods raise StoreUnavailable."""

    async def create(self, value: str) -> str:
        """Keep a value under a new key, which is returned: 16 characters. Raises InvalidData for one too long."""

    async def read(self, key: str) -> str | None:
        """The value; None for a key that is unknown, discarded or no key at all. Now and then notes that the session
        was seen."""

    async def touch(self, key: str) -> bool:
        """Note that the session was seen, now; False when there is none."""

    async def discard(self, key: str) -> None:
        """End a session in every server, at once. No error when there is none."""

    async def expire(self, idle_seconds: float) -> int:
        """End all that were not seen for so long; how many."""
