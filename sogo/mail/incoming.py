"""A mail as it is handed over for delivery: who sent it, and which messages of scheduling it brings (RFC 6047).

Octets in, values out; nothing is decided here. A calendar without METHOD is a file that somebody attached and no
message; where the part says another method than the calendar, it is neither (RFC 6047 §2.4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sogo.codec.mime.fields import Fields
from sogo.codec.mime.reader import Entity, entity, leaves, octets_of, text_of
from sogo.errors import CodecError
from sogo.mail.senders import Sender, sender_of

MAX_MESSAGES = 10
"""Of one mail."""
_KINDS = frozenset({"text/calendar", "application/ics"})
_METHOD = re.compile(r"^METHOD(?:;[^:\r\n]*)?:[ \t]*([A-Za-z-]{1,40})[ \t]*\r?$", re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CalendarMessage:
    """`text` is a calendar with this METHOD (upper case), not yet looked into."""

    text: str
    method: str


@dataclass(frozen=True, slots=True)
class IncomingMail:
    """`is_automatic`: a program wrote it, so no mail may be sent because of it (RFC 3834 §2). `id` is its Message-ID,
    for the log. `is_cut`: there were larger calendars in it, or more of them, than are looked at."""

    sender: Sender
    id: str
    is_automatic: bool
    messages: tuple[CalendarMessage, ...]
    is_cut: bool = False


def read(octets: bytes, *, trusted: Collection[str], max_calendar_bytes: int) -> IncomingMail:
    """`trusted` as in `senders.sender_of`. Raises CodecError for what is no mail."""
    mail = entity(octets)
    if not any(mail.fields.first(name) for name in ("from", "date", "message-id", "received", "to", "subject")):
        raise CodecError("This is no mail.")
    found, is_cut = _messages(mail, max_calendar_bytes)
    sender = sender_of(mail.fields, trusted)
    return IncomingMail(sender, mail.fields.first("message-id")[:200], _is_automatic(mail.fields), tuple(found), is_cut)


def _messages(mail: Entity, max_bytes: int) -> tuple[list[CalendarMessage], bool]:
    """Each once: programs send a calendar again as a file."""
    found: dict[str, CalendarMessage] = {}
    for part in _calendars(mail):
        if len(part.body) > max_bytes * 2 or len(octets_of(part)) > max_bytes:
            return list(found.values()), True
        text = text_of(part)
        methods = {match.upper() for match in _METHOD.findall(text)}
        said = part.type.parameters.get("method", "").strip().upper()
        if len(methods) == 1 and (not said or said in methods):
            found.setdefault(_essence(text), CalendarMessage(text, methods.pop()))
        if len(found) > MAX_MESSAGES:
            return list(found.values())[:MAX_MESSAGES], True
    return list(found.values()), False


def _calendars(mail: Entity) -> Iterator[Entity]:
    return (part for part in leaves(mail) if part.type.kind in _KINDS)


def _essence(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _is_automatic(fields: Fields) -> bool:
    said = fields.first("auto-submitted").partition(";")[0].strip().lower()
    is_bulk = fields.first("precedence").strip().lower() in ("bulk", "junk", "list") or bool(fields.first("list-id"))
    return said not in ("", "no") or is_bulk or fields.first("return-path").strip() == "<>"
