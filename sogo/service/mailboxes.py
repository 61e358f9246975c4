"""A user's mail account: which server, whose login, and one session for as long as a request takes (mail.md §1.1).

Nobody reaches anybody's mail but his own: the login is that of the request, and nothing keeps it.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from sogo.auth.acting import Acting, acting, passed_on
from sogo.auth.interface import User
from sogo.conf.levels import Config
from sogo.errors import MailLoginRefused
from sogo.mail.imap.pool import ImapPool
from sogo.mail.imap.server import ImapLogin, ImapServer, parse_server
from sogo.mail.imap.session import ImapSession
from sogo.model.rights import ANONYMOUS


@dataclass(frozen=True, slots=True)
class MailService:
    config: Config
    pool: ImapPool

    def offers(self, actor: User) -> bool:
        """Somebody with mail: the module is open to him, and a server is named, for the site or for him."""
        domain = self.config.domain(actor.domain)
        named = domain.is_set(type(domain).imap_server) or bool(actor.record.imap_host)
        return named and actor.record.mail_access and actor.user_id != ANONYMOUS

    def door(self, actor: User, client: str = "") -> MailDoor:
        """`client` is the address of the program that asks."""
        return MailDoor(self, actor, client)

    @property
    def separator(self) -> str:
        """Of servers that do not tell theirs."""
        return self.config.system.ng_imap4_connection_string_separator

    def server(self, actor: User) -> ImapServer:
        """That of the user's source wins, with the site's port and TLS unless it is a URL. Raises ConfigError."""
        site = parse_server(self.config.domain(actor.domain).imap_server)
        own = actor.record.imap_host
        if not own:
            return site
        named = parse_server(own)
        return named if "://" in own or ":" in own else replace(site, host=named.host)

    def login_name(self, user: User) -> str:
        """How the mail server names somebody: by the login of his source, by address with
        SOGoForceExternalLoginWithEmail, else by user id (auth.md §3)."""
        by_email = self.config.domain(user.domain).force_external_login_with_email
        return user.record.imap_login or (user.email if by_email else user.user_id)

    def login(self, actor: User, known: Acting) -> ImapLogin:
        """A password is no token: where tokens are wanted, it is said by PLAIN all the same."""
        mechanism = self.config.system.ng_imap4_auth_mechanism
        return ImapLogin(self.login_name(actor), known.password, "PLAIN" if mechanism else "")


class MailDoor:
    """Opens the session when it is first asked for; `close` at the end of the request."""

    def __init__(self, service: MailService, actor: User, client: str) -> None:
        self._service, self._actor, self._client = service, actor, client
        self._stack = AsyncExitStack()
        self._session: ImapSession | None = None

    async def session(self) -> ImapSession:
        """Raises MailServerUnavailable, MailLoginRefused."""
        if self._session is None:
            known = acting.get() or passed_on.get()
            if known is None:
                raise MailLoginRefused("There is no password for the mail server.")
            service, actor = self._service, self._actor
            entering = service.pool.session(service.server(actor), service.login(actor, known), client=self._client)
            self._session = await self._stack.enter_async_context(entering)
        return self._session

    async def delimiter(self) -> str:
        return await (await self.session()).delimiter(self._service.separator)

    async def close(self) -> None:
        self._session = None
        await self._stack.aclose()
