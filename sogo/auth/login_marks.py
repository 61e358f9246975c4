"""What the shared cache says against a remembered login: too many failures, or a password that was changed.

Both are rare, and asking for them at each request would cost more than the rest of it. So whoever leaves such a mark
also changes one text that all workers share, and each worker looks at that once a second at most; while it is the same,
what was found of a login still holds. The original leaves marks of failures too but knows nothing of our text: no
finding lives longer than STANDING_SECONDS.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from sogo.auth.failed_logins import FailedLogins
from sogo.auth.interface import User
from sogo.store.interface import Cache
from sogo.store.memory_cache import Monotonic

LOOK_SECONDS = 1.0
"""How late a worker may learn what another one was told."""
STANDING_SECONDS = 5.0
_STATE_KEY = "sogo+loginmarks"
_NEVER = float("-inf")


@dataclass(slots=True, eq=False)
class Remembered:
    """A password that was right, and what the marks said of it: `seen` is the shared text of that moment."""

    digest: bytes
    user: User
    seen: str | None = None
    stands_until: float = field(default=_NEVER)


class LoginMarks:
    """`mark_seconds` is how long a mark of a change lives."""

    def __init__(self, cache: Cache, failed: FailedLogins, *, mark_seconds: float, clock: Monotonic) -> None:
        self._cache = cache
        self._failed = failed
        self._mark_seconds = mark_seconds
        self._clock = clock
        self._state: str | None = None
        self._fresh_until = _NEVER
        self._told = 0

    def stands(self, found: Remembered) -> bool:
        """Nothing is known against it, and that was looked up recently enough."""
        now = self._clock()
        return now < self._fresh_until and now < found.stands_until and found.seen == self._state

    async def ask(self, name: str, found: Remembered | None) -> tuple[bool, bool]:
        """Whether the name is blocked, and whether the remembered user's password was changed meanwhile."""
        failed = self._failed.key(name)
        change = change_key(found.user.user_id) if found is not None else ""
        wanted = [key for key, use in ((failed, self._failed.is_on), (change, bool(change))) if use]
        if not wanted:
            return False, False
        before, asked = self._told, self._clock()
        marks = await self._cache.get_many([_STATE_KEY, *wanted])
        blocked, changed = self._failed.is_blocked(marks.get(failed)), change in marks
        if before == self._told:
            self._state, self._fresh_until = marks.get(_STATE_KEY), asked + LOOK_SECONDS
            if found is not None and not blocked and not changed:
                found.seen, found.stands_until = self._state, asked + STANDING_SECONDS
        return blocked, changed

    async def password_changed(self, user_id: str) -> None:
        """Nothing that is remembered of this user counts any more, in any worker."""
        await self._cache.set(change_key(user_id), secrets.token_hex(8), ttl_seconds=self._mark_seconds)
        await self.tell()

    async def tell(self) -> None:
        """A mark was left: here everything is looked up anew from now on, in other workers within LOOK_SECONDS."""
        lives = max(self._mark_seconds, STANDING_SECONDS)
        try:
            await self._cache.set(_STATE_KEY, secrets.token_hex(8), ttl_seconds=lives)
        finally:  # what was read meanwhile may be older than the mark
            self._told += 1
            self._fresh_until = _NEVER


def change_key(user_id: str) -> str:
    """Where the shared cache holds the mark of a change."""
    return f"{user_id}+passwordchange"
