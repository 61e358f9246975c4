"""A message of what a notice says: headers, the two forms of the text, and for scheduling the calendar.

    multipart/mixed
      multipart/alternative
        text/plain
        text/html
        text/calendar; method=REQUEST; component=VEVENT      what mail programs offer buttons for (RFC 6047)
      application/ics; name=invite.ics                        the same to be saved, for those that do not

docs/decisions.md has the reasons.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sogo.codec.mime.headers import (
    Mailbox,
    address_field,
    date_field,
    message_id_field,
    structured_field,
    text_field,
)
from sogo.codec.mime.writer import Encoding, Multipart, Part, render_message, text_part
from sogo.mail.notice import Notice, to_html, to_text

MAX_ATTACHED_BYTES = 128 * 1024
"""A larger calendar is in the message once only."""
_TOKEN = re.compile(r"[A-Za-z0-9]{8,80}")


@dataclass(frozen=True, slots=True)
class CalendarText:
    """A VCALENDAR with METHOD as text; `component` is VEVENT, VTODO or the like."""

    text: str
    method: str
    component: str


@dataclass(frozen=True, slots=True)
class Letter:
    """`kind` is the X-SOGo-Message-Type, "" for none. `agent` acts for the sender (RFC 5322 §3.6.2). `token` is a
    random word of letters and digits, by which this message is told from all others."""

    notice: Notice
    sender: Mailbox
    recipient: Mailbox
    moment: dt.datetime
    token: str
    kind: str = ""
    agent: Mailbox | None = None
    calendar: CalendarText | None = None
    extra_parts: tuple[Part, ...] = ()
    extra_fields: tuple[bytes, ...] = ()


def render(letter: Letter) -> bytes:
    """The message with CRLF. Raises ValueError for an address that `bare_address` did not give."""
    if not _TOKEN.fullmatch(letter.token):
        raise ValueError("a token is letters and digits")
    return render_message(_fields(letter), _body(letter), letter.token)


def _fields(letter: Letter) -> Sequence[bytes]:
    fields = [
        date_field(letter.moment),
        address_field("From", [letter.sender]),
    ]
    if letter.agent is not None and letter.agent.address != letter.sender.address:
        fields.append(address_field("Sender", [letter.agent]))
    fields += [
        address_field("To", [letter.recipient]),
        text_field("Subject", letter.notice.subject),
        message_id_field(letter.token, letter.sender.address.rpartition("@")[2]),
        structured_field("Content-Language", letter.notice.words.tag),
        structured_field("Auto-Submitted", "auto-generated"),
    ]
    if letter.kind:
        fields.append(text_field("X-SOGo-Message-Type", letter.kind))
    return [*fields, *letter.extra_fields]


def _body(letter: Letter) -> Part | Multipart:
    parts: list[Part] = [text_part("plain", to_text(letter.notice)), text_part("html", to_html(letter.notice))]
    calendar = letter.calendar
    if calendar is None:
        return Multipart("alternative", (*parts, *letter.extra_parts))
    octets = calendar.text.encode("utf-8", "replace")
    parts.append(_calendar_part(calendar, octets))
    alternative = Multipart("alternative", (*parts, *letter.extra_parts))
    if len(octets) > MAX_ATTACHED_BYTES:
        return alternative
    attached = Part("application/ics", octets, (("name", "invite.ics"),), Encoding.BASE64, "invite.ics")
    return Multipart("mixed", (alternative, attached))


def _calendar_part(calendar: CalendarText, octets: bytes) -> Part:
    parameters = (("charset", "utf-8"), ("method", calendar.method), ("component", calendar.component))
    field = structured_field("Content-Class", "urn:content-classes:calendarmessage")
    return Part("text/calendar", octets, parameters, Encoding.BASE64, fields=(field,))
