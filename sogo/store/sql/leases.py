"""`sogo.store.leases.LeaseStore` as a row of `sogo_push_site`."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from sogo.errors import AlreadyExists
from sogo.store.leases import LeaseState
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Engine
from sogo.store.sql.tables import PUSH_SITE_NAME

_NOBODY = "-"


@dataclass(slots=True)
class SqlLease:
    engine: Engine
    name: str

    async def read_lease(self) -> LeaseState:
        row = await self._row()
        if row is None:
            await self._begin()
            row = await self._row()
        if row is None:
            return LeaseState("", 0)
        holder = str(row["c_value"])
        return LeaseState("" if holder == _NOBODY else holder, int(row["c_number"]))

    async def take_lease(self, seen: LeaseState, holder: str) -> LeaseState | None:
        taken = await self.engine.execute(
            f"UPDATE {PUSH_SITE_NAME} SET c_value = :holder, c_number = :next "
            "WHERE c_name = :name AND c_number = :beat",
            holder=holder or _NOBODY,
            next=seen.beat + 1,
            name=self.name,
            beat=seen.beat,
        )
        return LeaseState(holder, seen.beat + 1) if taken else None

    async def _row(self) -> Row | None:
        return await self.engine.fetch_one(
            f"SELECT c_value, c_number FROM {PUSH_SITE_NAME} WHERE c_name = :name", name=self.name
        )

    async def _begin(self) -> None:
        with contextlib.suppress(AlreadyExists):  # somebody else was first
            await self.engine.execute(
                f"INSERT INTO {PUSH_SITE_NAME} (c_name, c_value, c_number) VALUES (:name, :value, 0)",
                name=self.name,
                value=_NOBODY,
            )
