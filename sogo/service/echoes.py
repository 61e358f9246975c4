"""Keeps a change of this worker from being told twice: when it is announced, and when the database tells of it.

Either may come first. Whatever is in doubt is told twice rather than never: a waiter that wakes for nothing looks once.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence

HOLD_SECONDS = 1.0
"""So long the database's word waits for the announcement of the same change."""
KEEP_SECONDS = 5.0
MAX_KEPT = 10_000

Key = tuple[str, str]
"""The path of a folder and the name of an object, "" for the folder itself."""


class Echoes:
    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told: dict[Key, tuple[int, float]] = {}
        self._held: dict[Key, float] = {}
        self._early: dict[Key, float] = {}

    @property
    def hold_any(self) -> bool:
        return bool(self._held)

    def announced(self, key: Key) -> None:
        """A change was told by us; the database will tell of it, or has."""
        if self._held.pop(key, None) is not None or self._early.pop(key, None) is not None:
            return
        if len(self._told) >= MAX_KEPT:
            self._told.clear()
        count, _ = self._told.get(key, (0, 0.0))
        self._told[key] = (count + 1, self._monotonic())

    def is_echo(self, key: Key) -> bool:
        """The database tells of a change; True when we have told of it. One telling answers one announcement."""
        count, since = self._told.pop(key, (0, 0.0))
        if since <= self._monotonic() - KEEP_SECONDS:
            return False
        if count > 1:
            self._told[key] = (count - 1, since)
        return count > 0

    def hold(self, key: Key) -> None:
        """The database tells of our own change before we have: wait a moment for the announcement."""
        if len(self._held) < MAX_KEPT:
            self._held.setdefault(key, self._monotonic() + HOLD_SECONDS)

    def overdue(self) -> list[Key]:
        """What was held and never announced, as when the request ended under its commit: it is to be told now."""
        now = self._monotonic()
        found = [key for key, deadline in self._held.items() if deadline <= now]
        for key in found:
            del self._held[key]
        return found

    def others(self, path: str, names: Sequence[str], revisions: int) -> list[str]:
        """A look found that a folder went on by so many revisions, and these objects with changes: those that are not
        ours alone. [""] where somebody has changed one of ours too, or which objects changed is not known."""
        self.forget_old()
        ours = Counter({name: self._told.get((path, name), (0, 0.0))[0] for name in names})
        if names and 0 < revisions <= ours.total():
            left: list[str] = []
        else:
            left = [name for name in names if not ours[name]] or [""]
        now = self._monotonic()
        for name in names:
            if not ours[name]:
                self._early[path, name] = now
            self._told.pop((path, name), None)
        return left

    def forget_old(self) -> None:
        """What the database never told of, and what was never announced."""
        limit = self._monotonic() - KEEP_SECONDS
        self._told = {key: entry for key, entry in self._told.items() if entry[1] > limit}
        self._early = {key: since for key, since in self._early.items() if since > limit}
