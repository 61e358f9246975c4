"""To an SMTP server (RFC 5321), as SOGoSMTPServer names it: plain, with STARTTLS, or with TLS from the start."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from urllib.parse import parse_qs, urlsplit

import aiosmtplib

from sogo.errors import ConfigError, MailDelayed, MailRefused
from sogo.mail.transport import Envelope, MailLogin

SEND_SECONDS = 120.0
CONNECT_SECONDS = 20.0
QUIT_SECONDS = 3.0
ANSWER_CHARS = 300
_PORTS = {"smtp": 25, "smtps": 465}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Tls(Enum):
    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """`verifies`: its certificate must be good."""

    host: str
    port: int
    tls: Tls = Tls.NONE
    verifies: bool = True


def parse_server(text: str) -> SmtpServer:
    """Read SOGoSMTPServer: a host, host:port, or smtp(s)://host:port/?tls=YES&tlsVerifyMode=none. Without a port 25,
    with smtps 465, with tls=YES 587. Raises ConfigError."""
    text = text.strip()
    url = text if "://" in text else f"smtp://{text}"
    try:
        parts = urlsplit(url)
        host, port, scheme = parts.hostname or "", parts.port, parts.scheme.lower()
    except ValueError:
        host, port, scheme = "", None, ""
    if not host or scheme not in _PORTS:
        raise ConfigError(f"{text[:80]!r} is no SMTP server.", key="SOGoSMTPServer")
    query = {key.lower(): values[-1] for key, values in parse_qs(parts.query).items()}
    starts_tls = query.get("tls", "").lower() in {"yes", "true", "1"}
    tls = Tls.IMPLICIT if scheme == "smtps" else Tls.STARTTLS if starts_tls else Tls.NONE
    default = 587 if tls is Tls.STARTTLS else _PORTS[scheme]
    return SmtpServer(host, port or default, tls, _verifies(query.get("tlsverifymode", "default"), host))


def _verifies(mode: str, host: str) -> bool:
    match mode.lower():
        case "none":
            return False
        case "allowinsecurelocalhost":
            return host not in _LOOPBACK
        case "default" | "":
            return True
    raise ConfigError(
        f"{mode[:40]!r} is no tlsVerifyMode: default, allowInsecureLocalhost or none.", key="SOGoSMTPServer"
    )


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """One connection for one message. `context` replaces what `server.verifies` says, for tests."""

    server: SmtpServer
    seconds: float = SEND_SECONDS
    context: ssl.SSLContext | None = None

    async def send(self, envelope: Envelope, login: MailLogin | None) -> None:
        envelope.check()
        client = self._client()
        try:
            async with asyncio.timeout(self.seconds):
                await self._connect(client)
                await self._log_in(client, login)
                await _hand_over(client, envelope)
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ssl.SSLError) as error:
            raise MailDelayed("The mail server cannot be reached.", why=_why(error), is_down=True) from error
        finally:
            await _leave(client)

    def _client(self) -> aiosmtplib.SMTP:
        server = self.server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=socket.gethostname(),  # without it the name service would be asked each time
            timeout=min(self.seconds, CONNECT_SECONDS),
            use_tls=server.tls is Tls.IMPLICIT,
            start_tls=server.tls is Tls.STARTTLS,
            tls_context=self.context or (_context(verifies=server.verifies) if server.tls is not Tls.NONE else None),
        )

    async def _connect(self, client: aiosmtplib.SMTP) -> None:
        try:
            await client.connect()
        except aiosmtplib.SMTPResponseException as error:  # 554 to everybody: no fault of this mail
            raise MailDelayed("The mail server does not let us in.", why=_why(error), is_down=True) from error
        client.timeout = self.seconds

    async def _log_in(self, client: aiosmtplib.SMTP, login: MailLogin | None) -> None:
        """What a login fails by can be mended by the operator, so that no mail is given up for it."""
        if login is None:
            return
        log_in = client.auth_xoauth2 if login.is_token else client.auth_plain
        try:
            await client.ehlo()
            await log_in(login.name, login.secret.reveal())
        except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPNotSupported) as error:
            raise MailDelayed("The mail server does not take the login.", why=_why(error)) from error


async def _hand_over(client: aiosmtplib.SMTP, envelope: Envelope) -> None:
    if client.is_ehlo_or_helo_needed:
        await client.ehlo()
    options = []
    if envelope.needs_utf8:
        if not client.supports_extension("smtputf8"):
            raise MailRefused("The mail server takes no addresses that are not in ASCII.")
        options.append("SMTPUTF8")
    if client.supports_extension("8bitmime"):
        options.append("BODY=8BITMIME")
    if client.supports_extension("size"):
        options.append(f"SIZE={len(envelope.message)}")
    encoding = "utf-8" if envelope.needs_utf8 else "ascii"
    try:
        await client.mail(envelope.sender, options=options, encoding=encoding)
        await client.rcpt(envelope.recipient, encoding=encoding)
    except aiosmtplib.SMTPResponseException as error:
        if error.code == 530:  # a login is wanted that we do not have
            raise MailDelayed("The mail server wants a login.", why=_why(error)) from error
        raise
    await client.data(envelope.message)


def _refusal(code: int, answer: str) -> MailRefused | MailDelayed:
    """5yz is for good, all else for now (RFC 5321 §4.2.1)."""
    why = f"{code} {' '.join(answer.split())}"[:ANSWER_CHARS]
    if 500 <= code <= 599:
        return MailRefused("The mail server refuses the message.", why=why)
    return MailDelayed("The mail server does not take the message now.", why=why)


def _why(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:ANSWER_CHARS]


def _context(*, verifies: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verifies:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


async def _leave(client: aiosmtplib.SMTP) -> None:
    """The message is taken or not by now, whatever becomes of the connection."""
    with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        async with asyncio.timeout(QUIT_SECONDS):
            if client.is_connected:
                await client.quit()
    client.close()
