"""`sogo.store.sessions.SessionStore` over the original's table and memcached, so that a browser may change servers.

A value is read from `session:<key>` first, as the original does, and from the table only when it is not there; the time
of that read is the session's last sign of life. So a cache that is not shared must not stand in between: a worker would
go on with a session that another has ended.
"""

from __future__ import annotations

import base64
import re
import secrets

from sogo.codec.session_value import DISCARDED
from sogo.errors import AlreadyExists, InvalidData
from sogo.store.interface import Cache, Clock
from sogo.store.sql.engine import Engine
from sogo.store.sql.store import SqlStore
from sogo.store.sql.values import chunks, in_list

KEY_OCTETS = 12
MAX_VALUE_CHARS = 4096
"""The narrowest column that the original makes for a value."""
TOUCH_SECONDS = 60
"""A session seen within that time is not noted again."""
ATTEMPTS = 3
ROWS_AT_ONCE = 200
_KEY = re.compile(r"[A-Za-z0-9+/=_-]{8,255}")


class SqlSessionStore:
    """`table` is quoted. `cache` is one that all servers share, None without one."""

    def __init__(self, engine: Engine, table: str, cache: Cache | None, clock: Clock) -> None:
        self._engine, self._table, self._cache, self._clock = engine, table, cache, clock

    async def create(self, value: str) -> str:
        if not value or len(value) > MAX_VALUE_CHARS or value == DISCARDED:
            raise InvalidData("This session cannot be kept.", rule="")
        for attempt in range(1, ATTEMPTS + 1):
            key = base64.b64encode(secrets.token_bytes(KEY_OCTETS)).decode("ascii")
            try:
                await self._insert(key, value)
            except AlreadyExists:
                if attempt == ATTEMPTS:
                    raise
            else:
                break
        await self._remember(key, value)
        return key

    async def read(self, key: str) -> str | None:
        if not _KEY.fullmatch(key):
            return None
        value = await self._cache.get(_cached(key)) if self._cache is not None else None
        if value is None:
            value = await self._read_row(key)
        return None if value == DISCARDED else value

    async def touch(self, key: str) -> bool:
        return bool(_KEY.fullmatch(key)) and await self._touch(key) > 0

    async def discard(self, key: str) -> None:
        if not _KEY.fullmatch(key):
            return
        await self._engine.execute(f"DELETE FROM {self._table} WHERE c_id = :key", key=key)
        # Whoever has just read the row would put it back; the original takes this word for a session that is over.
        await self._remember(key, DISCARDED)

    async def expire(self, idle_seconds: float) -> int:
        limit = self._now() - int(idle_seconds)
        rows = await self._engine.fetch(f"SELECT c_id FROM {self._table} WHERE c_lastseen <= :limit", limit=limit)
        ended = 0
        for chunk in chunks([row["c_id"] for row in rows], ROWS_AT_ONCE):
            names, values = in_list("k", chunk)
            ended += await self._engine.execute(
                f"DELETE FROM {self._table} WHERE c_lastseen <= :limit AND c_id IN ({names})", limit=limit, **values
            )
            if self._cache is not None:
                await self._cache.delete(*(_cached(key) for key in chunk))
        return ended

    async def _insert(self, key: str, value: str) -> None:
        await self._engine.execute(
            f"INSERT INTO {self._table} (c_id, c_value, c_creationdate, c_lastseen) VALUES (:key, :value, :now, :now)",
            key=key,
            value=value,
            now=self._now(),
        )

    async def _read_row(self, key: str) -> str | None:
        row = await self._engine.fetch_one(
            f"SELECT c_id, c_value, c_lastseen FROM {self._table} WHERE c_id = :key", key=key
        )
        if row is None or row["c_id"] != key:  # some databases compare without case
            return None
        value = str(row["c_value"])
        if value != DISCARDED and self._now() - int(row["c_lastseen"]) >= TOUCH_SECONDS:
            await self._touch(key)
        if self._cache is not None:
            await self._cache.add(_cached(key), value)  # never over the word of somebody who has ended it meanwhile
        return value

    async def _touch(self, key: str) -> int:
        return await self._engine.execute(
            f"UPDATE {self._table} SET c_lastseen = :now WHERE c_id = :key", now=self._now(), key=key
        )

    async def _remember(self, key: str, value: str) -> None:
        if self._cache is not None:
            await self._cache.set(_cached(key), value)

    def _now(self) -> int:
        return int(self._clock().timestamp())


def open_sessions(store: SqlStore, cache: Cache | None) -> SqlSessionStore | None:
    """Those of a store, over its connections; None where the site has no OCSSessionsFolderURL. `cache` is one that all
    servers share, or None."""
    url = store.settings.sessions_url
    if url is None:
        return None
    engine = store.databases.engine(url)
    return SqlSessionStore(engine, engine.dialect.quote(url.table), cache, store.settings.clock)


def _cached(key: str) -> str:
    return f"session:{key}"
