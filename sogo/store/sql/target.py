"""Where an object is written, what is written there, and what the writer believes about the place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from sogo.errors import NotFound, PreconditionFailed
from sogo.store.interface import Expect
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Session
from sogo.store.sql.faults import Fault, refusal
from sogo.store.sql.layout import FolderTables
from sogo.store.sql.seen_locks import SeenLocks
from sogo.store.sql.uids import Places


@dataclass(frozen=True, slots=True)
class StoredRow:
    """A row of the store as it was when we locked it."""

    version: int
    modified: int
    live: bool


@dataclass(frozen=True, slots=True)
class Target:
    """A name in a folder. `found` as in `FolderStore.save`."""

    tables: FolderTables
    name: str
    expect: Expect
    found: int | None = None
    locks: SeenLocks | None = None
    """None where nobody asked for locks, or they lie in another database."""

    @property
    def place(self) -> tuple[int, str]:
        """By this are targets locked in order."""
        return (self.tables.folder.id, self.name)

    @property
    def row_key(self) -> str:
        """The condition that keeps the object's row, ending in AND; it uses the values :folder and :name."""
        return f"{self.tables.of_folder()}c_name = :name AND "

    @property
    def keys(self) -> Mapping[str, object]:
        """The values of the columns that are the key."""
        return {"c_folder_id": self.tables.folder.id, "c_name": self.name}

    @property
    def free(self) -> str:
        """What a condition goes on with, so that no lock is there that the writer has not seen."""
        return f" AND {self.locks.free}" if self.locks is not None else ""

    def free_once(self, is_there: str) -> str:
        """The same, as `SeenLocks.free_once`."""
        return f" AND {self.locks.free_once(is_there)}" if self.locks is not None else ""

    @property
    def lock_values(self) -> Mapping[str, object]:
        return self.locks.values if self.locks is not None else {}


@dataclass(frozen=True, slots=True)
class Upload:
    """What is written: content and index record (empty for what is not listed there), and the UID that no other name
    may have, which is looked for in `places`. `owned_at` as in `FolderStore.save`."""

    content: str
    record: Mapping[str, int | str | None]
    uid: str | None
    places: Places
    owned_at: int | None = None

    def brings_uid(self, row: StoredRow | None) -> bool:
        """Whether the UID has to be looked for, given the row that is written over."""
        if self.uid is None:
            return False
        return self.owned_at is None or row is None or not row.live or row.version != self.owned_at


def stored(row: Row | None) -> StoredRow | None:
    if row is None:
        return None
    return StoredRow(int(row["c_version"]), int(row["c_lastmodified"]), live=row["c_deleted"] != 1)


def existing(row: StoredRow | None, name: str) -> StoredRow:
    """Raises NotFound when nothing live is there."""
    if row is None or not row.live:
        raise NotFound("There is no such object.", name=name)
    return row


def compare(expect: Expect, row: StoredRow | None) -> None:
    """Raises PreconditionFailed when the stored row is not what the writer believes."""
    live = row if row is not None and row.live else None
    if expect.absent and live is not None:
        raise PreconditionFailed("The name is taken.")
    if (expect.present or expect.version is not None) and live is None:
        raise PreconditionFailed("The object does not exist.")
    if expect.version is not None and live is not None and live.version != expect.version:
        raise PreconditionFailed("The object has changed meanwhile.")


async def refuse_unwritten(store: Session, target: Target) -> NoReturn:
    """A guarded write that matched nothing: a lock was granted, or somebody changed the row, between our look and our
    write."""
    if target.locks is not None:
        await target.locks.look(store)
    raise refusal(Fault.CONFLICT)
