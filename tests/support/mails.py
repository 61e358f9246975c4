"""Mails of a plan, made of a few words."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

from sogo.codec.contentline import Component, escape, parse
from sogo.model.scheduling.people import Person, outsider
from sogo.model.scheduling.plan import Correspondent, Mail, MailKind, Method

UMA = Correspondent("uma@example.org", "Uma Org", Person("uma@example.org", "Uma Org", "uma"))
ANN = Correspondent("ann@elsewhere.example", "Ann", outsider("ann@elsewhere.example", "Ann"), "REQ-PARTICIPANT")
PARIS = "DTSTART;TZID=Europe/Paris:20260504T100000\r\nDTEND;TZID=Europe/Paris:20260504T113000"


def event(
    summary: str = "Budget", times: str = PARIS, *more: str, kind: str = "VEVENT", method: str = "REQUEST"
) -> Component:
    """A VCALENDAR. `summary` is not escaped yet, `times` and `more` are lines."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", f"METHOD:{method}", f"BEGIN:{kind}", "UID:u1",
        "DTSTAMP:20260101T000000Z", f"SUMMARY:{escape(summary)}", *times.splitlines(),
        "ORGANIZER;CN=Uma Org:mailto:uma@example.org", *more, f"END:{kind}", "END:VCALENDAR", "",
    ]  # fmt: skip
    return parse("\r\n".join(lines)).children[0]


def plan_mail(
    kind: MailKind = MailKind.INVITATION,
    calendar: Component | None = None,
    former: Component | None = None,
    **more: object,
) -> Mail:
    """From Uma to Ann, but for an answer, which is from Ann to Uma."""
    calendar = calendar or event()
    method = {MailKind.CANCELLATION: Method.CANCEL, MailKind.REPLY: Method.REPLY}.get(kind, Method.REQUEST)
    ends = {"sender": ANN, "recipient": UMA} if kind is MailKind.REPLY else {"sender": UMA, "recipient": ANN}
    component = calendar.components("VEVENT", "VTODO")[0]
    old = former.components("VEVENT", "VTODO")[0] if former is not None else None
    values: dict[str, object] = {
        **ends, "vcalendar": calendar, "component": component, "uid": "u1", "former": old
    }  # fmt: skip
    return Mail(kind, method, **(values | more))  # type: ignore[arg-type]


def read(octets: bytes) -> EmailMessage:
    """By the standard library, which knows nothing of how we write."""
    found = email.message_from_bytes(octets, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    for part in found.walk():
        assert part.defects == []
    return found


def part(message: EmailMessage, media_type: str) -> EmailMessage:
    (found,) = (part for part in message.walk() if part.get_content_type() == media_type)
    assert isinstance(found, EmailMessage)
    return found


def text_of(message: EmailMessage, media_type: str = "text/plain") -> str:
    octets = part(message, media_type).get_payload(decode=True)
    assert isinstance(octets, bytes)
    return octets.decode().replace("\r\n", "\n")
