"""`sogo.store.attachments.AttachmentStore` in two tables of our own. The octets are text (base64) in pieces, which
every database keeps alike, and of which none is long."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from sogo.store.attachments import Attachment
from sogo.store.interface import Clock
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Engine, Session
from sogo.store.sql.tables import ATTACHMENT_NAME, ATTACHMENT_PIECE_NAME

_COLUMNS = "c_id, c_uid, c_event, c_name, c_type, c_size, c_created"
UNFINISHED = -1
_TEXT_CHARS = 255


@dataclass(slots=True)
class SqlAttachments:
    engine: Engine
    clock: Clock
    is_there: bool = True

    async def begin(self, attachment: Attachment) -> None:
        await self.engine.execute(
            f"INSERT INTO {ATTACHMENT_NAME} ({_COLUMNS}) VALUES (:id, :uid, :event, :name, :type, :size, :created)",
            id=attachment.id,
            uid=attachment.user_id,
            event=attachment.uid[:_TEXT_CHARS],
            name=attachment.name[:_TEXT_CHARS],
            type=attachment.type[:_TEXT_CHARS],
            size=UNFINISHED,
            created=int(self.clock().timestamp()),
        )

    async def add(self, attachment_id: str, number: int, piece: bytes) -> None:
        await self.engine.execute(
            f"INSERT INTO {ATTACHMENT_PIECE_NAME} (c_id, c_number, c_octets, c_content) "
            "VALUES (:id, :number, :octets, :content)",
            id=attachment_id,
            number=number,
            octets=len(piece),
            content=b64encode(piece).decode("ascii"),
        )

    async def finish(self, attachment_id: str, size_bytes: int) -> None:
        await self.engine.execute(
            f"UPDATE {ATTACHMENT_NAME} SET c_size = :size WHERE c_id = :id", size=size_bytes, id=attachment_id
        )

    async def find(self, attachment_id: str) -> Attachment | None:
        row = await self.engine.fetch_one(
            f"SELECT {_COLUMNS} FROM {ATTACHMENT_NAME} WHERE c_id = :id AND c_size >= 0", id=attachment_id
        )
        return _attachment(row) if row is not None and row["c_id"] == attachment_id else None

    async def content(self, attachment_id: str) -> AsyncIterator[bytes]:
        number = 0
        while True:
            row = await self.engine.fetch_one(
                f"SELECT c_content FROM {ATTACHMENT_PIECE_NAME} WHERE c_id = :id AND c_number = :number",
                id=attachment_id,
                number=number,
            )
            if row is None:
                return
            yield b64decode(row["c_content"])
            number += 1

    async def remove(self, attachment_id: str) -> None:
        async def work(session: Session) -> None:
            await session.execute(f"DELETE FROM {ATTACHMENT_NAME} WHERE c_id = :id", id=attachment_id)
            await session.execute(f"DELETE FROM {ATTACHMENT_PIECE_NAME} WHERE c_id = :id", id=attachment_id)

        await self.engine.in_transaction(work)

    async def used_bytes(self, user_id: str) -> int:
        row = await self.engine.fetch_one(
            f"SELECT SUM(p.c_octets) AS used FROM {ATTACHMENT_NAME} a "
            f"JOIN {ATTACHMENT_PIECE_NAME} p ON p.c_id = a.c_id WHERE a.c_uid = :uid",
            uid=user_id,
        )
        return _number(row["used"]) if row is not None else 0

    async def older(self, before: int, *, user_id: str | None = None, limit: int) -> list[Attachment]:
        whose = "" if user_id is None else " AND c_uid = :uid"
        rows = await self.engine.fetch(
            f"SELECT {_COLUMNS} FROM {ATTACHMENT_NAME} WHERE c_created < :before{whose} "
            f"ORDER BY c_created{self.engine.dialect.limit('most')}",
            before=before,
            most=limit,
            **({} if user_id is None else {"uid": user_id}),
        )
        return [_attachment(row) for row in rows]


def _attachment(row: Row) -> Attachment:
    return Attachment(
        id=row["c_id"],
        user_id=row["c_uid"],
        uid=row["c_event"],
        name=row["c_name"],
        type=row["c_type"],
        size_bytes=int(row["c_size"]),
        created=int(row["c_created"]),
    )


def _number(value: Any) -> int:
    return 0 if value is None else int(value)
