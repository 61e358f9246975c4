"""Remembers for a moment that a password was right, so that a source is not asked for every request.

The original keeps the SHA-1 of passwords in memcached; here nothing leaves the process, and what is kept is an HMAC
under a key that dies with it. A password that does not match asks the source, so a new one works at once; an old one
works no longer than the entry lives, and not after a change through us: that leaves a mark (`auth.login_marks`), and
while it is there nothing remembered counts.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

from sogo.auth.interface import User
from sogo.auth.login_marks import Remembered
from sogo.secret import Secret
from sogo.store.memory_cache import Monotonic, TtlMap

MAX_ENTRIES = 10_000


class PasswordCache:
    """Nothing is remembered with a `ttl_seconds` of 0."""

    def __init__(self, ttl_seconds: float, *, clock: Monotonic = time.monotonic) -> None:
        self.ttl_seconds = ttl_seconds
        self._key = secrets.token_bytes(32)
        self._checked: TtlMap[str, Remembered] = TtlMap(max_entries=MAX_ENTRIES, clock=clock)

    def digest(self, name: str, password: Secret) -> bytes:
        text = f"{len(name)}:{name}{password.reveal()}"
        return hmac.digest(self._key, text.encode("utf-8", errors="surrogatepass"), hashlib.sha256)

    def find(self, name: str, password: Secret) -> Remembered | None:
        """Who it was when this very password was right a moment ago."""
        found = self._checked.get(name)
        if found is None or not hmac.compare_digest(found.digest, self.digest(name, password)):
            return None
        return found

    def remember(self, name: str, password: Secret, user: User) -> None:
        self._checked.set(name, Remembered(self.digest(name, password), user), ttl_seconds=self.ttl_seconds)

    def forget(self, name: str) -> None:
        self._checked.pop(name)

    def clear(self) -> None:
        self._checked.clear()

    @property
    def mark_seconds(self) -> float:
        """Twice an entry's life: one that a check left behind while the change was going on is gone before the mark."""
        return 2 * self.ttl_seconds
