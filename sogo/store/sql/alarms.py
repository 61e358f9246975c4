"""`sogo.store.alarms.AlarmStore` in the original's table."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.store.alarms import AlarmRow
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Engine, Session

_OF = "c_path = :path AND c_name = :name"


@dataclass(slots=True)
class SqlAlarmStore:
    """`engine` None: there is no table. `table` is quoted already."""

    engine: Engine | None
    table: str = ""

    @property
    def is_there(self) -> bool:
        return self.engine is not None

    async def put(self, row: AlarmRow) -> None:
        if self.engine is None:
            return
        values = {
            "path": row.path, "name": row.name, "uid": row.uid[:255], "recurrence": row.recurrence_id,
            "number": row.number, "moment": row.moment,
        }  # fmt: skip

        async def work(session: Session) -> None:
            changed = await session.execute(
                f"UPDATE {self.table} SET c_uid = :uid, c_recurrence_id = :recurrence, c_alarm_number = :number, "
                f"c_alarm_date = :moment WHERE {_OF}",
                **values,
            )
            if not changed:
                await session.execute(
                    f"INSERT INTO {self.table} (c_path, c_name, c_uid, c_recurrence_id, c_alarm_number, c_alarm_date) "
                    "VALUES (:path, :name, :uid, :recurrence, :number, :moment)",
                    **values,
                )

        await self.engine.in_transaction(work)

    async def drop(self, path: str, name: str) -> None:
        if self.engine is not None:
            await self.engine.execute(f"DELETE FROM {self.table} WHERE {_OF}", path=path, name=name)

    async def drop_folder(self, path: str) -> None:
        if self.engine is not None:
            await self.engine.execute(f"DELETE FROM {self.table} WHERE c_path = :path", path=path)

    async def due(self, until: int, limit: int) -> list[AlarmRow]:
        if self.engine is None:
            return []
        rows = await self.engine.fetch(
            f"SELECT * FROM {self.table} WHERE c_alarm_date <= :until ORDER BY c_alarm_date, c_path, c_name"
            + self.engine.dialect.limit("most"),
            until=until,
            most=limit,
        )
        return [_read(row) for row in rows]


def _read(row: Row) -> AlarmRow:
    return AlarmRow(
        row["c_path"],
        row["c_name"],
        row["c_uid"] or "",
        int(row["c_recurrence_id"] or 0),
        int(row["c_alarm_number"]),
        int(row["c_alarm_date"]),
    )
