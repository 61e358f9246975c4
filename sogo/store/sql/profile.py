"""Preferences and settings of users: two JSON documents in one row (store.md §§10-12).

The original reads a whole document, changes it and writes it back, and the last writer wins. Here the row is locked in
between, and only a document that really changed is written, so that neither our workers nor the original's other
document lose anything to us.
"""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sogo.codec import plist
from sogo.errors import AlreadyExists, CodecError, InvalidData
from sogo.store.interface import Profile
from sogo.store.sql.dialects.base import Row
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
        after = copy.deepcopy(before)
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


def _read(row: Row, user_id: str) -> tuple[Profile, frozenset[str]]:
    """The profile, and which of its documents cannot be read (those are empty then)."""
    documents: dict[str, dict[str, Any]] = {}
    broken = set()
    for name, column in _COLUMNS.items():
        try:
            documents[name] = parse_document(row[column])
        except CodecError as error:
            log.warning("%s of %s cannot be read: %s", column, user_id, error)
            documents[name] = {}
            broken.add(name)
    return Profile(**documents), frozenset(broken)


def parse_document(text: str | None) -> dict[str, Any]:
    """The object in a profile column: JSON, or the property list of very old rows. Raises CodecError."""
    if text is None or not text.strip():
        return {}
    value = _parse_json(text)
    if value is None:
        value = _parse_json(text.replace("\\\\", "\\"))
    if value is None:
        value = _parse_property_list(text)
    if not isinstance(value, dict):
        raise CodecError("This is no object.", excerpt=text[:40])
    return value


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _parse_property_list(text: str) -> Any:
    return plist.parse(text)


def render_document(document: dict[str, Any]) -> str:
    """JSON as the original reads it: no ASCII escapes, no lone surrogates, no NaN."""
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidData("These preferences cannot be stored.", rule="json-value", why=str(error)) from error
    return text.encode("utf-8", "replace").decode("utf-8")
