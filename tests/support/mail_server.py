"""A mail server of the tests: aiosmtpd on the loop of the test. It keeps what it is given, and refuses what it is told to."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Received:
    sender: str
    recipients: list[str]
    octets: bytes
    login: str
    options: list[str]
    encrypted: bool

    @property
    def message(self) -> EmailMessage:
        found = email.message_from_bytes(self.octets, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found


@dataclass
class MailServer:
    """`answers` are given to RCPT by recipient, `to_data` to the message itself, instead of taking it."""

    received: list[Received] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    to_data: list[str] = field(default_factory=list)
    logins: dict[str, str] = field(default_factory=dict)
    connections: int = 0
    port: int = 0

    # --- aiosmtpd's hooks ---

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.to_data:
            return self.to_data.pop(0)
        content = envelope.original_content
        assert isinstance(content, bytes)
        self.received.append(
            Received(
                envelope.mail_from or "", list(envelope.rcpt_tos), content, str(session.auth_data or ""),
                list(envelope.mail_options), server.transport.get_extra_info("sslcontext") is not None,
            )
        )  # fmt: skip
        return "250 OK"

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        login, password = data.login.decode(), data.password.decode()
        return AuthResult(success=self.logins.get(login) == password, auth_data=login, handled=False)


@asynccontextmanager
async def mail_server(
    context: ssl.SSLContext | None = None, *, starttls: bool = False, port: int = 0, **options: Any
) -> AsyncIterator[MailServer]:
    """With a context TLS, by STARTTLS or from the start. `options` are those of `aiosmtpd.smtp.SMTP`."""
    server, loop = MailServer(), asyncio.get_running_loop()
    tls = {"tls_context": context, "require_starttls": True} if starttls else {}
    made = {"enable_SMTPUTF8": True, "authenticator": server.authenticate, "auth_require_tls": False} | tls | options
    listening = await loop.create_server(
        lambda: SMTP(server, loop=loop, **made), "127.0.0.1", port, ssl=None if starttls else context
    )
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
