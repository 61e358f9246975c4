"""Sessions with Dovecot, with all it can do and with as little as servers have."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Iterator

import pytest

from sogo.codec.imap import criteria
from sogo.codec.imap.criteria import SortKey
from sogo.codec.imap.response import MessageCount
from sogo.codec.imap.sequence import NumberSet
from sogo.codec.imap.utf7 import encode_name
from sogo.errors import AlreadyExists, MailLoginRefused, NotFound
from sogo.mail.imap import session as sessions
from sogo.mail.imap.login import log_in
from sogo.mail.imap.pool import ImapPool
from sogo.mail.imap.server import ImapLogin, ImapServer, Tls, parse_server
from sogo.mail.imap.session import ImapSession
from sogo.secret import Secret
from tests.support.dovecot import PASSWORD, Dovecot

pytestmark = pytest.mark.services
FEW = (
    "LITERAL+",
    "SASL-IR",
    "UIDPLUS",
    "ESEARCH",
    "ESORT",
    "SORT",
    "UNSELECT",
    "NAMESPACE",
    "CONDSTORE",
    "QRESYNC",
    "ACL",
)
ADA = ImapLogin("ada", Secret(PASSWORD))


@pytest.fixture(scope="module")
def poor_server() -> Iterator[Dovecot]:
    with Dovecot(["ada"], without=FEW) as server:
        yield server


@pytest.fixture(params=["all", "few"])
async def ada(
    request: pytest.FixtureRequest, dovecot_server: Dovecot, poor_server: Dovecot
) -> AsyncIterator[ImapSession]:
    """A session with an empty mailbox `box`."""
    server = dovecot_server if request.param == "all" else poor_server
    pool = ImapPool()
    async with pool.session(parse_server(server.url), ADA) as session:
        for one in await session.mailboxes("*"):
            if one.name != "INBOX":
                await session.remove(one.name)
        await session.create("box")
        yield session
    await pool.close()


def letter(subject: str, body: str = "x", sender: str = "one@example.com") -> bytes:
    return f"From: {sender}\r\nTo: b@example.com\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode()


async def test_mailboxes_of_any_name_come_and_go(ada: ImapSession) -> None:
    for name in ("a b", 'quo"te\\', "&-amp", "100%", encode_name("Entwürfe 日本"), "deep/er/still", "[x]{3}", "NIL"):
        await ada.create(name)
        assert (await ada.find(name)).name == name
        with pytest.raises(AlreadyExists):
            await ada.create(name)
        assert (await ada.status(name)).numbers["MESSAGES"] == 0
        await ada.remove(name)
        with pytest.raises(NotFound):
            await ada.find(name)
        with pytest.raises(NotFound):
            await ada.select(name)
        with pytest.raises(NotFound):
            await ada.remove(name)
    assert {one.name for one in await ada.mailboxes("*")} >= {"INBOX", "box"}


async def test_what_is_appended_is_read_octet_for_octet(ada: ImapSession) -> None:
    octets = letter("Grüße {3}", "é\r\n.\r\na1 OK done\r\n" + ")" * 50)
    moment = dt.datetime(2021, 1, 11, 9, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    uid = await ada.append("box", octets, flags=["\\Seen", "$label1"], moment=moment)
    second = await ada.append("box", octets)
    assert (uid, second) == (1, 2)
    await ada.select("box")
    assert b"".join([part async for part in ada.message(1)]) == octets
    (found,) = [one async for one in ada.fetch([1], "FLAGS", "INTERNALDATE", "RFC822.SIZE", "BODYSTRUCTURE")]
    assert found.flags is not None
    assert {"\\Seen", "$label1"} <= found.flags
    assert (found.internal_date, found.size_bytes) == (moment, len(octets))
    assert found.structure is not None


async def test_a_long_message_comes_in_parts(ada: ImapSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "CHUNK_BYTES", 1000)
    for size in (999, 1000, 1001, 5300):
        head = b"Subject: x\r\n\r\n"
        octets = head + (b"0123456789abcdef" * 400)[: size - len(head)]
        uid = await ada.append("box", octets)
        assert uid is not None
        await ada.leave()
        await ada.select("box")
        parts = [part async for part in ada.message(uid)]
        assert b"".join(parts) == octets
        assert all(len(part) <= 1000 for part in parts)
    with pytest.raises(NotFound):
        await anext(ada.message(77))


async def test_messages_are_found_by_any_text(ada: ImapSession) -> None:
    for subject in ("plain", "Grüße", 'quo"te', "two"):
        await ada.append("box", letter(subject))
    await ada.select("box")
    for text, uids in (("GRÜSSE", []), ("grüße", [2]), ('o"t', [3]), ("", [1, 2, 3, 4]), ("zzz", [])):
        found = await ada.search([criteria.text("SUBJECT", text)])
        assert found == uids or (text == "GRÜSSE" and found == [2]), text
    assert await ada.search([]) == [1, 2, 3, 4]
    assert await ada.search([criteria.negated(criteria.uids(NumberSet.parse("2:3")))]) == [1, 4]


async def test_servers_sort_or_say_that_they_do_not(ada: ImapSession) -> None:
    for subject in ("b", "c", "a"):
        await ada.append("box", letter(subject))
    await ada.select("box")
    found = await ada.sort([criteria.flag("ALL")], [(SortKey.SUBJECT, True)])
    assert found == ([2, 1, 3] if ada.can("SORT") else None)


async def test_one_message_is_removed_and_no_other(ada: ImapSession) -> None:
    for subject in ("a", "b", "c"):
        await ada.append("box", letter(subject), flags=["\\Deleted"] if subject == "c" else [])
    await ada.select("box", writable=True)
    await ada.expunge(1)
    assert await ada.search([]) == [2, 3]
    (kept,) = [one async for one in ada.fetch([3], "FLAGS")]
    assert kept.flags is not None
    assert "\\Deleted" in kept.flags
    with pytest.raises(NotFound):
        await ada.expunge(1)


async def test_leaving_a_mailbox_removes_nothing(ada: ImapSession) -> None:
    await ada.append("box", letter("a"), flags=["\\Deleted"])
    await ada.select("box", writable=True)
    await ada.leave()
    assert (await ada.status("box")).numbers["MESSAGES"] == 1


async def test_order_and_gaps_of_what_is_fetched(ada: ImapSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "FETCH_AT_ONCE", 2)
    for subject in ("a", "b", "c", "d"):
        await ada.append("box", letter(subject))
    await ada.select("box", writable=True)
    await ada.expunge(2)
    found = [one async for one in ada.fetch([4, 2, 1, 3], "ENVELOPE")]
    assert [(one.uid, one.envelope.subject if one.envelope else "") for one in found] == [(4, "d"), (1, "a"), (3, "c")]


async def test_rights_and_namespaces_where_the_server_tells(ada: ImapSession) -> None:
    rights, acl = await ada.rights("box"), await ada.acl("box")
    if ada.can("ACL"):
        assert rights is not None
        assert {"l", "r", "a"} <= set(rights)
        assert acl is not None
        assert set(acl.rights["ada"]) >= {"l", "r"}
    else:
        assert (rights, acl) == (None, None)
    assert (await ada.namespaces("/")).personal[0].delimiter == "/"


async def test_nothing_is_used_that_the_server_does_not_tell_of(poor_server: Dovecot) -> None:
    """The tests before this one ran here as well."""
    said = poor_server.said()
    assert "UID SEARCH" in said
    for word in ("UID EXPUNGE", "RETURN", "UID SORT", "UNSELECT", "NAMESPACE", "HIGHESTMODSEQ", "MYRIGHTS", "+}"):
        assert word not in said, word


# --- logins, TLS, IDLE ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mechanism", ["", "plain"])
@pytest.mark.parametrize("name", ["ada", "zoë@example.com"])
async def test_logins(dovecot_server: Dovecot, mechanism: str, name: str) -> None:
    connection = await log_in(parse_server(dovecot_server.url), ImapLogin(name, Secret(PASSWORD), mechanism))
    assert "UIDPLUS" in connection.capabilities
    await connection.close()
    with pytest.raises(MailLoginRefused):
        await log_in(parse_server(dovecot_server.url), ImapLogin(name, Secret("wrong"), mechanism))


@pytest.mark.parametrize("tls", [Tls.IMPLICIT, Tls.STARTTLS], ids=lambda tls: tls.value)
async def test_tls(dovecot_server: Dovecot, tls: Tls) -> None:
    port = dovecot_server.tls_port if tls is Tls.IMPLICIT else dovecot_server.port
    trusting = ssl.create_default_context(cafile=str(dovecot_server.ca_path))
    connection = await log_in(ImapServer("127.0.0.1", port, tls), ADA, context=trusting)
    assert "UIDPLUS" in connection.capabilities
    await connection.close()


async def test_who_idles_hears_of_new_mail(dovecot_server: Dovecot) -> None:
    server, pool = parse_server(dovecot_server.url), ImapPool()
    async with pool.session(server, ADA) as waiting, pool.session(server, ADA) as writing:
        before = (await waiting.select("INBOX")).messages
        async with waiting.connection.idle() as heard:
            await writing.append("INBOX", letter("new"))
            async with asyncio.timeout(20):
                async for response in heard:
                    if isinstance(response, MessageCount) and response.kind == "EXISTS":
                        break
        assert response == MessageCount("EXISTS", before + 1)
        assert waiting.connection.is_usable
        assert len(await waiting.search([])) == before + 1
    await pool.close()
