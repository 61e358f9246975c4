"""What managed attachments (RFC 8607) ask of a store. Beside `sogo.store.interface`, and held to by
`tests/contract/test_attachments_contract.py`.

    begin --> add, piece by piece --> finish: there for everybody who knows of it
        whatever is not finished was given up
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Attachment:
    """`id` is the MANAGED-ID, `user_id` whose calendar it came with, `uid` that of the event. `created` in epoch
    seconds."""

    id: str
    user_id: str
    uid: str
    name: str
    type: str
    size_bytes: int
    created: int = 0


class AttachmentStore(Protocol):
    is_there: bool
    """Whether the database has the tables."""

    async def begin(self, attachment: Attachment) -> None: ...

    async def add(self, attachment_id: str, number: int, piece: bytes) -> None: ...

    async def finish(self, attachment_id: str, size_bytes: int) -> None: ...

    async def find(self, attachment_id: str) -> Attachment | None:
        """One that is finished."""

    def content(self, attachment_id: str) -> AsyncIterator[bytes]: ...

    async def remove(self, attachment_id: str) -> None:
        """No error when it is gone already."""

    async def used_bytes(self, user_id: str) -> int:
        """The octets of all attachments of a user, those that are on their way among them."""

    async def older(self, before: int, *, user_id: str | None = None, limit: int) -> list[Attachment]:
        """Some that were made before a moment, the oldest first, unfinished ones with a size of -1."""
