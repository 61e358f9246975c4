"""How a message leaves: what a mail server needs to know of it, and what can become of it.

A failure is either for now (MailDelayed: try again) or for good (MailRefused: this mail will never be taken).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from sogo.codec.mime.addresses import bare_address, needs_utf8
from sogo.errors import MailRefused
from sogo.secret import Secret


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message for one recipient. `message` is the whole of it, with CRLF."""

    sender: str
    recipient: str
    message: bytes = field(repr=False)

    @property
    def needs_utf8(self) -> bool:
        """An address or a header in the message is not in ASCII (RFC 6531)."""
        return needs_utf8(self.sender) or needs_utf8(self.recipient) or not self.message.isascii()

    def check(self) -> None:
        """Raises MailRefused for addresses that are none: nothing that reads as an option, a second command or a second
        recipient ever reaches a mail server."""
        for address in (self.sender, self.recipient):
            if bare_address(address) != address:
                raise MailRefused("An address cannot be used for mail.", address=address[:80])


@dataclass(frozen=True, slots=True)
class MailLogin:
    """Who logs in to a mail server. With `is_token` the secret is an OAuth 2 access token (XOAUTH2)."""

    name: str
    secret: Secret
    is_token: bool = False


class Transport(Protocol):
    async def send(self, envelope: Envelope, login: MailLogin | None) -> None:
        """Hand over one message. Raises MailRefused, MailDelayed."""
