"""What a writer knows of locks, as conditions of the statements that write: a lock granted since it asked stops it.

A lock and a write of the same moment meet in this order: who grants commits the lock and then waits for those that are
writing already (`sogo.store.sql.locks`); who writes looks for locks it has not seen in the writing statement, after it
has got the object's row. So a write is either there when the lock's maker is told of the lock, or it meets the lock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sogo.errors import ResourceLocked
from sogo.model.locks import Lock
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.locks import read_lock, select_locks
from sogo.store.sql.tables import DAV_LOCK_NAME
from sogo.store.sql.values import in_list

SETTING = "sogo.locks"
"""Tells the trigger of PostgreSQL what a writer has seen: path, moment, name and tokens, with SEPARATOR between."""
SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class SeenLocks:
    """The locks on the name and the folder `path` that a writer has seen, by token, at a `moment` in epoch seconds."""

    path: str
    name: str
    seen: Collection[str]
    moment: int

    @property
    def free(self) -> str:
        """The condition that there are no others."""
        return f"NOT EXISTS (SELECT 1 FROM {DAV_LOCK_NAME} k WHERE {self._others})"

    def free_once(self, is_there: str) -> str:
        """The same, looked at no earlier than a row of which `is_there` holds: what a query needs no row for, it may do
        before it has waited for its rows."""
        return f"NOT EXISTS (SELECT 1 FROM {DAV_LOCK_NAME} k WHERE {self._others} AND {is_there})"

    @property
    def values(self) -> Mapping[str, object]:
        _, tokens = self._tokens
        return {"lock_path": self.path, "lock_name": self.name, "lock_moment": self.moment, **tokens}

    @property
    def setting(self) -> str:
        return SEPARATOR.join([self.path, str(self.moment), self.name, *sorted(self.seen)])

    async def look(self, database: Engine | Session) -> None:
        """Raises ResourceLocked when there are others."""
        rows = await database.fetch(f"{select_locks('k')} WHERE {self._others}", **self.values)
        found: list[Lock] = [read_lock(row) for row in rows]
        if found:
            raise ResourceLocked("A lock was granted meanwhile.", roots=tuple(lock.root for lock in found))

    @property
    def _others(self) -> str:
        listed, _ = self._tokens
        return (
            "k.c_folder_path = :lock_path AND k.c_expires > :lock_moment "
            "AND (k.c_name = :lock_name OR k.c_name = '' OR k.c_name IS NULL)"
            + (f" AND k.c_token NOT IN ({listed})" if self.seen else "")
        )

    @property
    def _tokens(self) -> tuple[str, Mapping[str, object]]:
        return in_list("t", sorted(self.seen))
