"""Preferences and settings of users: two JSON documents in one row (store.md §§10-12).

The original reads a whole document, changes it and writes it back, and the last writer wins. Here the row is locked in
between, and only a document that really changed is written, so that neither our workers nor the original's other
document lose anything to us.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sogo.errors import AlreadyExists, CodecError, InvalidData
from sogo.store.interface import Profile
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.documents import editable, read_document, render_document
from sogo.store.sql.engine import Engine, Session, retrying
from sogo.store.sql.faults import Fault, refusal
from sogo.store.sql.remembered import Remembered

log = logging.getLogger(__name__)

_COLUMNS = {"defaults": "c_defaults", "settings": "c_settings"}


@dataclass(frozen=True, slots=True)
class SqlProfileStore:
    """`table` is quoted. Both methods raise StoreUnavailable."""

    engine: Engine
    table: str
    remembered: Remembered

    async def load(self, user_id: str) -> Profile:
        row = await self.engine.fetch_one(self._select(), uid=user_id)
        return Profile() if row is None else _read(row, user_id)[0]

    async def update(self, user_id: str, change: Callable[[Profile], None]) -> Profile:
        """`change` may be called again, with a fresh Profile, when another writer was faster. Raises InvalidData when
        a document that cannot be read would be overwritten."""

        async def once() -> Profile:
            try:
                async with self.engine.transaction() as session:
                    return await self.update_in(session, user_id, change)
            except AlreadyExists as error:
                raise refusal(Fault.CONFLICT, error) from error

        try:
            return await retrying(once)
        finally:
            await self.remembered.forget_profile(user_id)

    async def update_in(self, session: Session, user_id: str, change: Callable[[Profile], None]) -> Profile:
        """As `update`, inside a transaction of somebody else, who also has to forget what is remembered."""
        row = await session.fetch_one(self._select() + session.dialect.for_update, uid=user_id)
        before, broken = (Profile(), frozenset[str]()) if row is None else _read(row, user_id)
        after = Profile(editable(before.defaults), editable(before.settings))
        change(after)
        changed = {name: getattr(after, name) for name in _COLUMNS if getattr(after, name) != getattr(before, name)}
        if broken & set(changed):
            raise InvalidData("The stored preferences cannot be read.", rule="readable-profile", user=user_id)
        if changed:
            await self._write(session, user_id, changed, insert=row is None)
        return after

    def _select(self) -> str:
        return f"SELECT c_defaults, c_settings FROM {self.table} WHERE c_uid = :uid"

    async def _write(self, session: Session, user_id: str, changed: dict[str, Any], *, insert: bool) -> None:
        values = {_COLUMNS[name]: render_document(document) for name, document in changed.items()}
        if insert:
            columns = ", ".join(("c_uid", *values))
            bound = ", ".join((":uid", *(f":{column}" for column in values)))
            sql = f"INSERT INTO {self.table} ({columns}) VALUES ({bound})"
        else:
            assignments = ", ".join(f"{column} = :{column}" for column in values)
            sql = f"UPDATE {self.table} SET {assignments} WHERE c_uid = :uid"
        await session.execute(sql, uid=user_id, **values)


def read_profile(user_id: str, defaults: str | None, settings: str | None) -> Profile:
    """A profile from its two columns, to be read only; a document that makes no sense counts as empty."""
    return _read({"c_defaults": defaults, "c_settings": settings}, user_id)[0]


def _read(row: Row, user_id: str) -> tuple[Profile, frozenset[str]]:
    """The profile, and which of its documents cannot be read (those are empty then)."""
    documents: dict[str, dict[str, Any]] = {}
    broken = set()
    for name, column in _COLUMNS.items():
        try:
            documents[name] = read_document(row[column])
        except CodecError as error:
            log.warning("%s of %s cannot be read: %s", column, user_id, error)
            documents[name] = {}
            broken.add(name)
    return Profile(**documents), frozenset(broken)
