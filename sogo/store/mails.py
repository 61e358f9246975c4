"""What the sending of mail asks of a store; `sogo.service.mail_sender` and whoever writes mails are who asks. Beside
`sogo.store.interface`, and held to by `tests/contract/test_mail_queue_contract.py`.

    put ---> WAITING <--> SENDING ---> SENT
                |                       (kept for a while as the mark of what was sent, without its text)
                +--> FAILED, after days or when the mail server says never
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from sogo.store.leases import LeaseStore


class MailState(Enum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MailKey:
    """What keeps a mail from being sent twice. Mails of one `thread` follow each other; one that has the `digest` of
    the last of its thread says nothing new and is left out. Both are hexadecimal, made by `mail_key`."""

    thread: str
    digest: str


def mail_key(thread: Sequence[str], content: Sequence[str]) -> MailKey:
    """`thread` is what it is about, from whom and to whom (kind of mail, UID, RECURRENCE-ID, sender, recipient);
    `content` is what it says of that (method, SEQUENCE, what matters of the text). An invitation that follows a
    cancellation is another one than the last, and is sent, though the same was sent before."""
    return MailKey(_digest(thread)[:32], _digest(content))


def _digest(words: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(word.replace("\0", " ") for word in words).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class QueuedMail:
    """One message for one recipient. `sender` and `recipient` are bare addresses, those of the envelope; `message` is
    the whole of it, with CRLF (RFC 5322), in ASCII but for addresses that are none. `kind` is its X-SOGo-Message-Type
    or the like, for logs. `user_id` and `domain` say by whose settings, and in whose name, it is sent."""

    key: MailKey
    sender: str
    recipient: str
    message: bytes
    kind: str
    user_id: str = ""
    domain: str | None = None


@dataclass(frozen=True, slots=True)
class WaitingMail:
    """A row of the queue without its message. `id` tells it from all others. `tries` have been made, the last one at
    `due` for a mail that is being sent; else `due` is when it is tried next, or was sent or given up. Moments are epoch
    seconds of the site's clock."""

    id: str
    state: MailState
    kind: str
    sender: str
    recipient: str
    user_id: str
    domain: str | None
    created: int
    due: int
    tries: int
    holder: str
    error: str


class MailQueue(Protocol):
    """Mails that are to be sent, the same for all workers and nodes.

    To put mails into a transaction of the store, there is `sogo.store.sql.mail_queue.put_mails`.
    """

    @property
    def lease(self) -> LeaseStore:
        """Who sends for the site."""

    @property
    def is_there(self) -> bool:
        """False where the site has not let us make the table; then all else raises StoreUnavailable."""

    async def put(self, items: Sequence[QueuedMail]) -> list[str]:
        """Keep mails, all or none; the ids of those that say something new. They may be written as they are looked at:
        a few at a time are in memory. Raises TooLarge, StoreUnavailable."""

    async def due(self, limit: int, without: Sequence[str | None] = ()) -> list[WaitingMail]:
        """Mails whose time has come, but for those of some domains, and all that are being sent; oldest first. A mail
        waits for those of its thread that come before it."""

    async def of_user(self, user_id: str, limit: int) -> list[WaitingMail]:
        """The waiting mails of one user, due or not; the first of each thread, oldest first."""

    async def claim(self, seen: WaitingMail, holder: str) -> QueuedMail | None:
        """Begin to send one, as it was seen; None when somebody else has begun or ended meanwhile."""

    async def sent(self, mail_id: str, holder: str) -> None:
        """It is on its way; its text is dropped."""

    async def postponed(self, mail_id: str, holder: str, until: dt.datetime, error: str) -> None:
        """It could not be sent for now."""

    async def failed(self, mail_id: str, holder: str, error: str) -> None:
        """It is given up, and kept to be looked at."""

    async def counts(self) -> Mapping[MailState, int]: ...

    async def listed(self, state: MailState, limit: int) -> list[WaitingMail]:
        """Oldest first."""

    async def retry(self, ids: Sequence[str] | None) -> int:
        """Try failed and waiting mails now, as if they were new; with None all of them. How many there were."""

    async def drop(self, ids: Sequence[str] | None) -> int:
        """Forget failed and waiting mails, with None all failed ones; how many there were."""

    async def trim(self, before: dt.datetime) -> int:
        """Forget what was sent or given up before a moment; how many there were."""
