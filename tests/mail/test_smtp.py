"""Mail to a real SMTP server: what arrives, what is refused for good, what for now."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from sogo.errors import ConfigError, MailDelayed, MailRefused
from sogo.mail.smtp import SmtpServer, SmtpTransport, Tls, parse_server
from sogo.mail.transport import Envelope, MailLogin
from sogo.secret import Secret
from tests.support.mail_server import MailServer, mail_server
from tests.support.tls import make_certificate

MESSAGE = b"From: a@example.com\r\nSubject: x\r\n\r\n.leading dot\r\n..two\r\nlast line\r\n"


def envelope(recipient: str = "b@example.org", message: bytes = MESSAGE, sender: str = "a@example.com") -> Envelope:
    return Envelope(sender, recipient, message)


def transport(server: MailServer, tls: Tls = Tls.NONE, **changes: object) -> SmtpTransport:
    return SmtpTransport(SmtpServer("127.0.0.1", server.port, tls), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mail.example.com", SmtpServer("mail.example.com", 25)),
        ("mail.example.com:2525", SmtpServer("mail.example.com", 2525)),
        ("smtp://localhost", SmtpServer("localhost", 25)),
        ("smtp://localhost:587/?tls=YES", SmtpServer("localhost", 587, Tls.STARTTLS)),
        ("smtp://m/?tls=YES", SmtpServer("m", 587, Tls.STARTTLS)),
        ("smtps://m", SmtpServer("m", 465, Tls.IMPLICIT)),
        ("smtps://m:4465/?tlsVerifyMode=none", SmtpServer("m", 4465, Tls.IMPLICIT, verifies=False)),
        ("smtps://[::1]/?tlsVerifyMode=allowInsecureLocalhost", SmtpServer("::1", 465, Tls.IMPLICIT, verifies=False)),
        ("smtps://m/?tlsVerifyMode=allowInsecureLocalhost", SmtpServer("m", 465, Tls.IMPLICIT)),
        ("smtps://m/?tlsVerifyMode=default", SmtpServer("m", 465, Tls.IMPLICIT)),
    ],
)
def test_a_server_is_read_as_the_original_reads_it(text: str, expected: SmtpServer) -> None:
    assert parse_server(text) == expected


@pytest.mark.parametrize(
    "text", ["", "http://m", "smtp://", "smtp://m:x", "smtp://m:99999", "smtps://m/?tlsVerifyMode=maybe"]
)
def test_what_is_no_server_is_said_at_once(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_server(text)


async def test_a_message_arrives_octet_for_octet() -> None:
    async with mail_server() as server:
        await transport(server).send(envelope(), None)
    (found,) = server.received
    assert (found.sender, found.recipients, found.octets) == ("a@example.com", ["b@example.org"], MESSAGE)
    assert not found.encrypted


async def test_addresses_that_are_not_in_ascii_go_by_smtputf8() -> None:
    message = "To: zoë@example.org\r\n\r\n".encode()
    async with mail_server() as server:
        await transport(server).send(envelope("zoë@example.org", message), None)
    (found,) = server.received
    assert found.recipients == ["zoë@example.org"]
    assert found.octets == message
    assert "SMTPUTF8" in found.options


async def test_a_server_without_smtputf8_never_gets_them() -> None:
    async with mail_server(enable_SMTPUTF8=False) as server:
        with pytest.raises(MailRefused):
            await transport(server).send(envelope("zoë@example.org"), None)
    assert server.received == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [("550 no such user", MailRefused), ("554 relay denied", MailRefused), ("450 greylisted", MailDelayed),
     ("452 full", MailDelayed), ("530 log in first", MailDelayed)],
)  # fmt: skip
async def test_a_recipient_is_refused_for_good_or_for_now(answer: str, error: type[MailRefused | MailDelayed]) -> None:
    async with mail_server() as server:
        server.answers["b@example.org"] = answer
        with pytest.raises(error) as caught:
            await transport(server).send(envelope(), None)
    assert answer[4:] in str(caught.value.fields["why"])
    assert server.received == []


@pytest.mark.parametrize(("answer", "error"), [("554 looks like spam", MailRefused), ("451 try later", MailDelayed)])
async def test_a_message_is_refused_for_good_or_for_now(answer: str, error: type[MailRefused | MailDelayed]) -> None:
    async with mail_server() as server:
        server.to_data.append(answer)
        with pytest.raises(error):
            await transport(server).send(envelope(), None)


async def test_what_is_larger_than_the_server_takes_is_refused() -> None:
    async with mail_server(data_size_limit=1000) as server:
        with pytest.raises(MailRefused):
            await transport(server).send(envelope(message=MESSAGE + b"x" * 2000), None)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_login_is_plain_and_a_wrong_one_can_be_mended() -> None:
    async with mail_server(auth_required=True) as server:
        server.logins["ada"] = "gehéim"
        await transport(server).send(envelope(), MailLogin("ada", Secret("gehéim")))
        with pytest.raises(MailDelayed) as caught:
            await transport(server).send(envelope(), MailLogin("ada", Secret("falsch")))
        assert "falsch" not in str(caught.value.fields)
        with pytest.raises(MailDelayed) as caught:
            await transport(server).send(envelope(), None)
        assert "530" in str(caught.value.fields["why"])
    assert [found.login for found in server.received] == ["ada"]


async def test_a_token_is_sent_as_one() -> None:
    """A server that does not know XOAUTH2 is no reason to give up a mail."""
    async with mail_server() as server:
        with pytest.raises(MailDelayed):
            await transport(server).send(envelope(), MailLogin("ada", Secret("token"), is_token=True))


@pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.IMPLICIT], ids=lambda tls: tls.value)
async def test_tls_wants_a_good_certificate(tls: Tls, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with mail_server(context, starttls=tls is Tls.STARTTLS) as server:
        with pytest.raises(MailDelayed):
            await transport(server, tls).send(envelope(), None)
        await transport(server, tls, context=trusting).send(envelope(), None)
        lax = SmtpTransport(SmtpServer("127.0.0.1", server.port, tls, verifies=False))
        await lax.send(envelope(), None)
    assert [found.encrypted for found in server.received] == [True, True]


async def test_starttls_is_not_done_without_when_the_server_has_none() -> None:
    async with mail_server() as server:
        with pytest.raises(MailDelayed):
            await transport(server, Tls.STARTTLS).send(envelope(), None)
    assert server.received == []


async def test_a_server_that_is_away_is_down() -> None:
    async with mail_server() as server:
        pass
    with pytest.raises(MailDelayed) as caught:
        await transport(server).send(envelope(), None)
    assert caught.value.is_down


@pytest.mark.parametrize(
    "greeting", [b"", b"220 hello\r\n", b"554 go away\r\n", b"nonsense\r\n", b"220-" + b"x" * 100_000]
)
async def test_a_server_that_talks_nonsense_or_not_at_all_is_down(greeting: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(MailDelayed):
        await SmtpTransport(SmtpServer("127.0.0.1", port), seconds=1.0).send(envelope(), None)
    server.close()


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        ("a@example.com", "b@example.org>\r\nRCPT TO:<c@example.org"),
        ("a@example.com\r\nDATA", "b@example.org"),
        ("a@example.com", "b@example.org NOTIFY=NEVER"),
        ("a@example.com", ""),
        ("", "b@example.org"),
        ("a@example.com", "-oQ/tmp/x"),
    ],
)
async def test_what_is_no_address_never_reaches_a_server(sender: str, recipient: str) -> None:
    async with mail_server() as server:
        with pytest.raises(MailRefused):
            await transport(server).send(envelope(recipient, sender=sender), None)
    assert server.connections == 0
