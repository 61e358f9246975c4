"""From a greeting to a user who is logged in (mail.md §1.1, auth.md §20)."""

from __future__ import annotations

import ssl

from sogo.codec.imap.capability import Capabilities
from sogo.codec.imap.command import Atom, Command, Group, Text
from sogo.codec.imap.sasl import first_message
from sogo.codec.imap.status import Condition
from sogo.errors import CodecError, MailboxRefused, MailLoginRefused, MailServerUnavailable, SogoError
from sogo.mail.imap.connection import ImapConnection
from sogo.mail.imap.server import ImapLogin, ImapServer


async def log_in(
    server: ImapServer, login: ImapLogin, *, client: str = "", context: ssl.SSLContext | None = None
) -> ImapConnection:
    """A connection of this user. `client` is the address of who asks, told to servers that want to know (ID).
    Raises MailLoginRefused, and MailServerUnavailable."""
    connection = await ImapConnection.open(server, context)
    try:
        if connection.greeting.condition is not Condition.PREAUTH:
            await _authenticate(connection, login)
        await connection.require_capabilities()
        if client and "ID" in connection.capabilities:
            identity = Group((Text("x-originating-ip"), Text(client)))
            await connection.execute_all([Command("ID", (identity,))])
    except BaseException:
        connection.abort()
        raise
    return connection


async def _authenticate(connection: ImapConnection, login: ImapLogin) -> None:
    mechanism = _mechanism(connection.capabilities, login.mechanism)
    takes_initial = "SASL-IR" in connection.capabilities
    before, connection.capabilities = connection.capabilities, Capabilities(frozenset())
    try:
        if not mechanism:
            await connection.execute(Command("LOGIN", (Text(login.name), Text(login.secret.reveal()))))
            return
        message = first_message(mechanism, name=login.name, password=login.secret.reveal())
        arguments = (Atom(mechanism),)
        if takes_initial:
            await connection.execute(Command("AUTHENTICATE", (*arguments, Text(message))))
        else:
            await connection.execute(Command("AUTHENTICATE", arguments), replies=[message])
    except MailServerUnavailable:
        raise
    except (SogoError, CodecError) as error:
        connection.capabilities = before
        why = error.fields.get("why", "") if isinstance(error, MailboxRefused) else error.public
        raise MailLoginRefused("The mail server does not take the login.", why=why) from None


def _mechanism(capabilities: Capabilities, wanted: str) -> str:
    """ "" is LOGIN. Where LOGIN is switched off PLAIN says the same."""
    if wanted:
        return wanted.upper()
    if "LOGINDISABLED" in capabilities:
        if "PLAIN" not in capabilities.values("AUTH"):
            raise MailLoginRefused("The mail server takes no password.", why="LOGINDISABLED")
        return "PLAIN"
    return ""
