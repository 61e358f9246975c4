"""The scheduling inboxes of users (RFC 6638 §2.2), in a table of ours. A message stays until its owner deletes it, or
newer ones take its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sogo.errors import NotFound, StoreUnavailable
from sogo.store.interface import Clock, InboxItem
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.tables import INBOX_ITEM_NAME
from sogo.store.sql.values import chunks

ITEMS_OF_A_USER = 200
"""The newest are shown; older ones go when the inbox is listed."""
ITEMS_AT_ONCE = 50
_COLUMNS = "c_uid, c_name, c_created, c_content"


@dataclass(frozen=True, slots=True)
class SqlInbox:
    """`interface.InboxStore`."""

    engine: Engine
    clock: Clock

    async def deliver(self, session: Session, items: Sequence[InboxItem]) -> None:
        """Inside a transaction of somebody else."""
        width = ITEMS_AT_ONCE if session.dialect.unites else 1
        for chunk in chunks(items, width):
            values: dict[str, object] = {}
            rows = []
            for number, item in enumerate(chunk):
                values |= {
                    f"u{number}": item.user_id,
                    f"n{number}": item.name,
                    f"d{number}": item.created or int(self.clock().timestamp()),
                    f"t{number}": item.content,
                }
                rows.append(f"(:u{number}, :n{number}, :d{number}, :t{number})")
            await session.execute(f"INSERT INTO {INBOX_ITEM_NAME} ({_COLUMNS}) VALUES {', '.join(rows)}", **values)

    async def items(self, user_id: str) -> list[InboxItem]:
        try:
            rows = await self.engine.fetch(
                f"SELECT {_COLUMNS} FROM {INBOX_ITEM_NAME} WHERE c_uid = :uid ORDER BY c_created, c_name", uid=user_id
            )
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
            return []
        found = [InboxItem(row["c_uid"], row["c_name"], row["c_content"], int(row["c_created"])) for row in rows]
        if len(found) > ITEMS_OF_A_USER:
            await self._drop_older(user_id, found[-ITEMS_OF_A_USER].created)
        return found[-ITEMS_OF_A_USER:]

    async def remove(self, user_id: str, name: str) -> None:
        matched = await self.engine.execute(
            f"DELETE FROM {INBOX_ITEM_NAME} WHERE c_uid = :uid AND c_name = :name", uid=user_id, name=name
        )
        if not matched:
            raise NotFound("There is no such message.")

    async def _drop_older(self, user_id: str, created: int) -> None:
        await self.engine.execute(
            f"DELETE FROM {INBOX_ITEM_NAME} WHERE c_uid = :uid AND c_created < :created", uid=user_id, created=created
        )
