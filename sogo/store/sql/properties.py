"""DAV properties in a table of our own, beside the original's: `sogo_dav_property`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sogo.errors import InvalidData, StoreUnavailable
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.tables import DAV_PROPERTY_NAME
from sogo.store.sql.values import chunks, in_list

log = logging.getLogger(__name__)

_FORGET = f"DELETE FROM {DAV_PROPERTY_NAME} WHERE c_path = :path"
_COPY = (
    f"INSERT INTO {DAV_PROPERTY_NAME} (c_path, c_uid, c_property, c_value) "
    f"SELECT :target, c_uid, c_property, c_value FROM {DAV_PROPERTY_NAME} WHERE c_path = :path"
)

AT_ONCE = 200
NAME_LENGTH = 255
VALUE_OCTETS = 1 << 20


@dataclass(slots=True)
class SqlPropertyStore:
    engine: Engine
    _told: bool = field(default=False, init=False)

    async def load(self, paths: Sequence[str], *, user_id: str = "") -> dict[str, dict[str, str]]:
        """path -> name -> value; paths without properties are left out."""
        found: dict[str, dict[str, str]] = {}
        for chunk in chunks(sorted(set(paths)), AT_ONCE):
            listed, values = in_list("p", chunk)
            for row in await self._rows(listed, values, user_id):
                found.setdefault(row[0], {})[row[1]] = row[2]
        return found

    async def update(
        self, path: str, *, user_id: str = "", store: Mapping[str, str] | None = None, remove: Iterable[str] = ()
    ) -> None:
        """All or nothing. Raises InvalidData for a name or value that is too long."""
        kept = dict(store or {})
        check_lengths(path, kept)

        async def work(session: Session) -> None:
            await self.update_in(session, path, user_id, kept, remove)

        await self.engine.in_transaction(work)

    async def update_in(
        self, session: Session, path: str, user_id: str, store: Mapping[str, str], remove: Iterable[str]
    ) -> None:
        """As `update`, inside a transaction of somebody else, after `check_lengths`."""
        for chunk in chunks(sorted(set(remove) - set(store)), AT_ONCE):
            listed, values = in_list("n", chunk)
            await session.execute(
                f"DELETE FROM {DAV_PROPERTY_NAME} WHERE c_path = :path AND c_uid = :uid AND c_property IN ({listed})",
                path=path,
                uid=user_id,
                **values,
            )
        columns, key = ("c_path", "c_uid", "c_property", "c_value"), ("c_path", "c_uid", "c_property")
        sql = session.dialect.upsert(DAV_PROPERTY_NAME, columns, key)
        for name, value in sorted(store.items()):
            await session.execute(sql, c_path=path, c_uid=user_id, c_property=name, c_value=value)

    async def move(self, path: str, target: str, *, copy: bool = False) -> None:
        async def work(session: Session) -> None:
            await session.execute(_FORGET, path=target)
            sql = _COPY if copy else f"UPDATE {DAV_PROPERTY_NAME} SET c_path = :target WHERE c_path = :path"
            await session.execute(sql, target=target, path=path)

        await self._if_kept(self.engine.in_transaction(work))

    async def forget(self, path: str) -> None:
        await self._if_kept(self.engine.execute(_FORGET, path=path))

    async def _if_kept(self, work: Awaitable[object]) -> None:
        try:
            await work
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise

    async def _rows(self, listed: str, values: Mapping[str, object], user_id: str) -> list[tuple[str, str, str]]:
        try:
            rows = await self.engine.fetch(
                f"SELECT c_path, c_property, c_value FROM {DAV_PROPERTY_NAME} "
                f"WHERE c_uid = :uid AND c_path IN ({listed})",
                uid=user_id,
                **values,
            )
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
            if not self._told:
                self._told = True
                log.warning("the table %s is missing: DAV properties are not kept", DAV_PROPERTY_NAME)
            return []
        return [(row["c_path"], row["c_property"], row["c_value"] or "") for row in rows]


def check_lengths(path: str, store: Mapping[str, str]) -> None:
    """Raises InvalidData for a name or value that is too long."""
    if len(path) > NAME_LENGTH or any(len(name) > NAME_LENGTH for name in store):
        raise InvalidData(f"The name of a property has at most {NAME_LENGTH} characters.", rule="property-name")
    if any(len(value) > VALUE_OCTETS for value in store.values()):
        raise InvalidData(f"The value of a property has at most {VALUE_OCTETS} octets.", rule="property-value")
