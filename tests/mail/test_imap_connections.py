"""Connections to IMAP servers that behave, that do not, and that are somebody else."""

from __future__ import annotations

import asyncio
import base64
import logging
import ssl
from pathlib import Path

import pytest

from sogo.codec.imap.command import Command, Text
from sogo.errors import (
    AlreadyExists,
    ConfigError,
    Forbidden,
    MailboxRefused,
    MailLoginRefused,
    MailServerUnavailable,
    NotFound,
    QuotaExceeded,
    SogoError,
)
from sogo.mail.imap import connection as connections
from sogo.mail.imap.connection import ImapConnection
from sogo.mail.imap.login import log_in
from sogo.mail.imap.pool import ImapPool
from sogo.mail.imap.server import ImapLogin, ImapServer, Tls, parse_server
from sogo.mail.imap.session import ImapSession
from sogo.secret import Secret
from tests.support.imap_server import HANG_UP, SILENCE, scripted
from tests.support.services import free_port
from tests.support.tls import make_certificate

ADA = ImapLogin("ada", Secret("geheim"))


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("mail.example", ImapServer("mail.example", 143)),
        ("mail.example:1143", ImapServer("mail.example", 1143)),
        ("imap://[::1]/", ImapServer("::1", 143)),
        ("imaps://mail.example", ImapServer("mail.example", 993, Tls.IMPLICIT)),
        ("imap://mail.example/?tls=YES", ImapServer("mail.example", 143, Tls.STARTTLS)),
        ("imaps://mail.example/?tls=yes", ImapServer("mail.example", 143, Tls.STARTTLS)),
        ("imaps://m:1/?tlsVerifyMode=none", ImapServer("m", 1, Tls.IMPLICIT, verifies=False)),
        ("imaps://localhost/?tlsVerifyMode=allowInsecureLocalhost", ImapServer("localhost", 993, Tls.IMPLICIT, False)),
        ("imaps://m/?tlsVerifyMode=allowInsecureLocalhost", ImapServer("m", 993, Tls.IMPLICIT)),
    ],
)
def test_servers_as_they_are_configured(text: str, server: ImapServer) -> None:
    assert parse_server(text) == server


@pytest.mark.parametrize("text", ["", "http://x", "imap://", "imap://x:port", "imaps://x/?tlsVerifyMode=maybe"])
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_server(text)


# --- logging in -------------------------------------------------------------------------------------------------------


async def test_login_goes_by_the_mechanism_wanted() -> None:
    async with scripted() as mail:
        await logged_in(mail.server, ImapLogin("ada", Secret('p"w')))
        await logged_in(mail.server, ImapLogin("ada", Secret("pw"), "plain"))
        await logged_in(mail.server, ImapLogin("ada", Secret("token"), "xoauth2"))
    said = [line.split(b" ", 1)[1] for line in mail.heard if b"LOGIN" in line or b"AUTH" in line]
    assert said == [
        b'LOGIN ada "p\\"w"',
        b"AUTHENTICATE PLAIN " + base64.b64encode(b"ada\0ada\0pw"),
        b"AUTHENTICATE XOAUTH2 " + base64.b64encode(b"user=ada\x01auth=Bearer token\x01\x01"),
    ]


async def logged_in(server: ImapServer, login: ImapLogin) -> None:
    connection = await log_in(server, login)
    await connection.close()


async def test_without_sasl_ir_the_message_waits_for_the_server() -> None:
    answers = {"AUTHENTICATE": b"+ \r\n", base64.b64encode(b"ada\0ada\0geheim").decode(): b"", "": b"s1 OK in\r\n"}
    async with scripted(answers, greeting=b"* OK [CAPABILITY IMAP4rev1] hi\r\n") as mail:
        await logged_in(mail.server, ImapLogin("ada", Secret("geheim"), "PLAIN"))
    assert mail.heard[:2] == [b"s1 AUTHENTICATE PLAIN", base64.b64encode(b"ada\0ada\0geheim")]


async def test_a_refused_token_ends_with_an_empty_line() -> None:
    answers = {"AUTHENTICATE": b"+ eyJzdGF0dXMiOiI0MDAifQ==\r\n", "": b"s1 NO [AUTHENTICATIONFAILED] no\r\n"}
    async with scripted(answers) as mail:
        with pytest.raises(MailLoginRefused):
            await log_in(mail.server, ImapLogin("ada", Secret("t"), "xoauth2"))
    assert mail.heard[1] == b""


async def test_a_login_that_is_switched_off_is_said_by_plain() -> None:
    async with scripted(greeting=b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN SASL-IR] hi\r\n") as mail:
        await logged_in(mail.server, ADA)
    assert mail.heard[0].startswith(b"s1 AUTHENTICATE PLAIN ")
    async with scripted(greeting=b"* OK [CAPABILITY IMAP4rev1 LOGINDISABLED] hi\r\n") as mail:
        with pytest.raises(MailLoginRefused):
            await log_in(mail.server, ADA)
    assert not [line for line in mail.heard if b"geheim" in line]


@pytest.mark.parametrize(
    "answer", [b"TAG NO [AUTHENTICATIONFAILED] wrong geheim\r\n", b"TAG BAD what\r\n"], ids=["no", "bad"]
)
async def test_a_refused_login_tells_no_secret(answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with scripted({"LOGIN": answer}) as mail:
        with pytest.raises(MailLoginRefused) as caught:
            await log_in(mail.server, ADA)
    assert "geheim" not in str(caught.value) + caplog.text + repr(ADA)
    assert caught.value.__cause__ is None


async def test_capabilities_of_before_the_login_count_no_more() -> None:
    async with scripted({"CAPABILITY": b"* CAPABILITY IMAP4rev1 SORT\r\nTAG OK x\r\n"}) as mail:
        connection = await log_in(mail.server, ADA)
        assert "SORT" in connection.capabilities
        assert "LITERAL+" not in connection.capabilities
        await connection.close()


async def test_a_server_that_wants_to_know_hears_whose_client_it_is() -> None:
    answers = {"LOGIN": b"TAG OK [CAPABILITY IMAP4rev1 ID] in\r\n", "ID": b"TAG BAD no\r\n"}
    async with scripted(answers) as mail:
        connection = await log_in(mail.server, ADA, client="192.0.2.7")
        await connection.close()
    assert mail.heard[1] == b"s2 ID (x-originating-ip 192.0.2.7)"


# --- servers that do not behave ---------------------------------------------------------------------------------------


async def test_a_server_that_is_not_there_is_said_to_be_away() -> None:
    with pytest.raises(MailServerUnavailable):
        await log_in(ImapServer("127.0.0.1", free_port()), ADA)


@pytest.mark.parametrize(
    "greeting",
    [b"* BYE full\r\n", b"220 smtp.example ESMTP\r\n", b"", b"* 5 EXISTS\r\n", b"\x16\x03\x01\n", b"x" * 100 + b"\r\n"],
    ids=["bye", "smtp", "nothing", "untagged", "tls", "noise"],
)
async def test_what_does_not_greet_is_no_mail_server(greeting: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CONNECT_SECONDS", 0.2)
    async with scripted(greeting=greeting) as mail:
        with pytest.raises(MailServerUnavailable):
            await ImapConnection.open(mail.server)


@pytest.mark.parametrize(
    "answer",
    [
        HANG_UP,
        b"other OK done\r\n",
        b"what\r\n",
        b"* BYE bye\r\n" + b"\xff\r\n",
        b"* 1 FETCH (BODY[] {99999999999}\r\n",
        SILENCE,
    ],
    ids=["hangs up", "other tag", "noise", "bye", "huge", "silent"],
)
async def test_a_connection_that_goes_wrong_is_closed(answer: bytes) -> None:
    async with scripted({"NOOP": answer}) as mail:
        connection = await log_in(mail.server, ADA)
        with pytest.raises(MailServerUnavailable):
            await connection.execute(Command("NOOP"), seconds=0.2)
        assert not connection.is_usable
        with pytest.raises(MailServerUnavailable):
            await connection.execute(Command("NOOP"))
        await asyncio.wait_for(mail.closed.wait(), 5)


async def test_an_answer_without_an_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "ANSWER_BYTES", 100_000)
    async with scripted({"NOOP": b"* OK still here\r\n" * 20_000}) as mail:
        connection = await log_in(mail.server, ADA)
        with pytest.raises(MailServerUnavailable):
            await connection.execute(Command("NOOP"))


async def test_who_is_cancelled_leaves_no_answer_to_the_next_one() -> None:
    async with scripted({"NOOP": SILENCE}) as mail:
        connection = await log_in(mail.server, ADA)
        task = asyncio.create_task(connection.execute(Command("NOOP")))
        while not any(b"NOOP" in line for line in mail.heard):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not connection.is_usable
        await asyncio.wait_for(mail.closed.wait(), 5)


async def test_two_at_once_do_not_mix() -> None:
    async with scripted({"NOOP": SILENCE}) as mail:
        connection = await log_in(mail.server, ADA)
        first = asyncio.create_task(connection.execute(Command("NOOP")))
        await asyncio.sleep(0)
        with pytest.raises(MailServerUnavailable):
            await connection.execute(Command("CHECK"))
        first.cancel()


async def test_an_odd_response_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    odd = b'* LIST (\\X "/" geheim\r\n* XUNKNOWN 1\r\n* LIST () "/" b\r\nTAG OK done\r\n'
    async with scripted({"LIST": odd}) as mail:
        session = ImapSession(await log_in(mail.server, ADA))
        with caplog.at_level(logging.INFO):
            assert [one.name for one in await session.mailboxes("*")] == ["b"]
    assert "unreadable LIST" in caplog.text
    assert "geheim" not in caplog.text


async def test_a_literal_waits_where_the_server_wants_it() -> None:
    answers = {"X": b"+ go\r\n", "": b"s3 OK done\r\n"}
    async with scripted(answers, greeting=b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n") as mail:
        connection = await log_in(mail.server, ADA)
        answer = asyncio.create_task(connection.execute(Command("X", (Text("é"),)), seconds=0.3))
        with pytest.raises(MailServerUnavailable):  # the scripted one does not know that the command goes on
            await answer
    assert mail.heard == [b"s1 X {2}", "é".encode()]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (b"[ALREADYEXISTS]", AlreadyExists), (b"[NONEXISTENT]", NotFound), (b"[TRYCREATE]", NotFound), (b"[NOPERM]", Forbidden),
        (b"[OVERQUOTA]", QuotaExceeded), (b"[UNAVAILABLE]", MailServerUnavailable), (b"[OTHER 1]", MailboxRefused), (b"", MailboxRefused),
    ],
)  # fmt: skip
async def test_a_no_is_an_error_of_the_house(code: bytes, error: type[SogoError]) -> None:
    async with scripted({"NOOP": b"TAG NO " + code + b" because\r\n"}) as mail:
        connection = await log_in(mail.server, ADA)
        with pytest.raises(error) as caught:
            await connection.execute(Command("NOOP"))
        assert "because" not in str(caught.value)
        assert "because" in str(caught.value.fields["why"])
        assert connection.is_usable
        await connection.close()


# --- TLS --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


async def test_a_certificate_is_looked_at_unless_the_site_says_no(certificate: tuple[Path, Path]) -> None:
    async with scripted(tls=server_context(certificate)) as mail:
        with pytest.raises(MailServerUnavailable):
            await log_in(ImapServer("127.0.0.1", mail.port, Tls.IMPLICIT), ADA)
        assert mail.heard == []
        await logged_in(ImapServer("127.0.0.1", mail.port, Tls.IMPLICIT, verifies=False), ADA)
        trusting = ssl.create_default_context(cafile=str(certificate[0]))
        connection = await log_in(ImapServer("127.0.0.1", mail.port, Tls.IMPLICIT), ADA, context=trusting)
        await connection.close()


@pytest.mark.parametrize(
    ("greeting", "answer"),
    [
        (b"* OK hi\r\n", b"TAG NO not here\r\n"),
        (b"* OK hi\r\n", b"TAG OK go\r\n* CAPABILITY AUTH=PLAIN\r\n"),
        (b"* OK hi\r\n", b"TAG OK go\r\n* CAPA"),
        (b"* PREAUTH hi\r\n", b"TAG OK go\r\n"),
    ],
    ids=["refused", "answer before TLS", "octets before TLS", "logged in before TLS"],
)
async def test_no_password_goes_out_where_tls_is_not_what_it_should_be(greeting: bytes, answer: bytes) -> None:
    async with scripted({"STARTTLS": answer}, greeting=greeting) as mail:
        server = ImapServer("127.0.0.1", mail.port, Tls.STARTTLS, verifies=False)
        with pytest.raises(MailServerUnavailable):
            await log_in(server, ADA)
    assert not [line for line in mail.heard if b"geheim" in line]


# --- the pool ---------------------------------------------------------------------------------------------------------


async def test_without_a_pool_each_request_has_a_connection() -> None:
    pool = ImapPool()
    async with scripted() as mail:
        for _ in range(2):
            async with pool.session(mail.server, ADA):
                pass
        await pool.close()
        assert mail.connections == 2
        assert [line.split(b" ")[1] for line in mail.heard].count(b"LOGOUT") == 2


async def test_a_kept_connection_is_for_the_same_login_only() -> None:
    pool = ImapPool(idle_seconds=60)
    async with scripted() as mail:
        for login in (ADA, ADA, ImapLogin("ada", Secret("other")), ImapLogin("ben", Secret("geheim"))):
            async with pool.session(mail.server, login):
                pass
        assert (mail.connections, pool.kept) == (3, 3)
        await pool.close()
        assert pool.kept == 0


async def test_a_connection_after_which_somebody_failed_or_that_died_is_not_used_again() -> None:
    pool = ImapPool(idle_seconds=60)
    async with scripted({"NOOP": HANG_UP}) as mail:
        with pytest.raises(ZeroDivisionError):
            async with pool.session(mail.server, ADA):
                raise ZeroDivisionError
        assert pool.kept == 0
        for _ in range(2):
            async with pool.session(mail.server, ADA):
                pass
        assert mail.connections == 3
        await pool.close()


async def test_an_idle_connection_is_closed_after_its_time() -> None:
    pool = ImapPool(idle_seconds=0.01)
    async with scripted() as mail:
        async with pool.session(mail.server, ADA):
            pass
        await asyncio.wait_for(mail.closed.wait(), 5)
        assert pool.kept == 0
        await pool.close()


async def test_a_user_has_so_many_connections_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sogo.mail.imap.pool.WAIT_SECONDS", 0.05)
    pool = ImapPool(at_once=1)
    async with scripted() as mail:
        async with pool.session(mail.server, ADA):
            with pytest.raises(MailServerUnavailable):
                async with pool.session(mail.server, ADA):
                    pass
            async with pool.session(mail.server, ImapLogin("ben", Secret("b"))):
                pass
        async with pool.session(mail.server, ADA):
            pass
        await pool.close()
