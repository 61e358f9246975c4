"""A mail server of somebody else in a thread of its own: what the daemon sends arrives here."""

from __future__ import annotations

import email
import email.policy
import time
from dataclasses import dataclass, field
from email.message import EmailMessage
from types import TracebackType
from typing import Self

import icalendar
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.services import free_port

PATIENCE_SECONDS = 40.0


@dataclass
class Letter:
    """One mail as it came, read by readers that are not ours."""

    sender: str
    recipients: list[str]
    message: EmailMessage

    @property
    def calendar(self) -> icalendar.Calendar:
        parts = [part for part in self.message.walk() if part.get_content_type() == "text/calendar"]
        assert len(parts) == 1
        found = icalendar.Calendar.from_ical(parts[0].get_payload(decode=True))
        assert isinstance(found, icalendar.Calendar)
        assert str(found["METHOD"]) == parts[0].get_param("method")
        return found


@dataclass
class PostOffice:
    """Runs for the `with` block."""

    letters: list[Letter] = field(default_factory=list)
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def settings(self) -> str:
        """Lines of a sogo.conf that sends here."""
        return (
            'SOGoAppointmentSendEMailNotifications = YES; SOGoMailingMechanism = "smtp"; '
            f'SOGoSMTPServer = "smtp://127.0.0.1:{self.port}";'
        )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.letters.append(Letter(envelope.mail_from or "", list(envelope.rcpt_tos), message))
        return "250 OK"

    def wait(self, recipient: str, number: int = 1, *, about: str = "") -> list[Letter]:
        """All letters to somebody, once there are so many of them; only those whose calendar holds the UID `about`,
        since one that was sent late may be of an earlier meeting."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (
            len(found := [one for one in self.letters if recipient in one.recipients and _holds(one, about)]) < number
        ):
            assert time.monotonic() < deadline, f"{len(found)} letters to {recipient}, not {number}"
            time.sleep(0.05)
        return found


def _holds(letter: Letter, about: str) -> bool:
    parts = (part for part in letter.message.walk() if part.get_content_type() == "text/calendar")
    return not about or any(about.encode() in (part.get_payload(decode=True) or b"") for part in parts)
