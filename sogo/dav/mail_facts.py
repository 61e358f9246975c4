"""What properties of mailboxes and messages are made of, fetched for a whole answer at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sogo.codec.imap.fetch import Fetched
from sogo.codec.imap.mailbox import MailboxStatus
from sogo.dav.resources import MailBox, MailMessage, Resource
from sogo.errors import NotFound
from sogo.mail.imap.session import ImapSession
from sogo.service.mailboxes import MailDoor

REFERENCES = "HEADER.FIELDS (REFERENCES)"
HEADERS = ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE", f"BODY.PEEK[{REFERENCES}]")
MAX_TEXT_BYTES = 8 * 1024 * 1024
MAX_TEXTS_BYTES = 32 * 1024 * 1024
"""Messages that are longer, and those after so many octets in one portion, have no textdescription."""


@dataclass(frozen=True, slots=True)
class MailFacts:
    """None for what was not asked, or is not there."""

    headers: Fetched | None = None
    text: bytes | None = None
    status: MailboxStatus | None = None


NO_FACTS = MailFacts()


async def mail_facts(
    door: MailDoor, resources: Sequence[Resource], *, statuses: bool, headers: bool, texts: bool
) -> Mapping[tuple[str, ...], MailFacts]:
    """By the segments of resources. Those asked for together lie in one mailbox."""
    found: dict[tuple[str, ...], MailFacts] = {}
    boxes = [one for one in resources if isinstance(one, MailBox)]
    messages = [one for one in resources if isinstance(one, MailMessage)]
    if statuses and boxes:
        session = await door.session()
        told = await session.statuses([one.name for one in boxes if one.selectable])
        found |= {one.segments: MailFacts(status=told.get(one.name)) for one in boxes}
    if messages and (headers or texts):
        session = await door.session()
        await session.select(messages[0].box.name)
        read = await _headers(session, messages) if headers else {}
        bodies = await _texts(session, messages) if texts else {}
        found |= {one.segments: MailFacts(read.get(one.uid), bodies.get(one.uid)) for one in messages}
    return found


async def _headers(session: ImapSession, messages: Sequence[MailMessage]) -> dict[int, Fetched]:
    return {one.uid or 0: one async for one in session.fetch([message.uid for message in messages], *HEADERS)}


async def _texts(session: ImapSession, messages: Sequence[MailMessage]) -> dict[int, bytes]:
    left = MAX_TEXTS_BYTES
    found: dict[int, bytes] = {}
    for message in messages:
        limit = min(MAX_TEXT_BYTES, left)
        text = await _text(session, message.uid, limit)
        if text is not None:
            found[message.uid] = text
            left -= len(text)
    return found


async def _text(session: ImapSession, uid: int, limit_bytes: int) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    try:
        async for part in session.message(uid):
            size += len(part)
            if size > limit_bytes:
                return None
            parts.append(part)
    except NotFound:
        return None
    return b"".join(parts)
