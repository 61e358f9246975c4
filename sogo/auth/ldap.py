"""A directory as a source (auth.md §1).

    login -> base (%d filled in) -> DN (searched by the bind fields, or made from the login) -> bind
    name  -> filter with escaped values -> entries -> records

Stateless where the original is not: neither a domain nor a user of one request is left over for the next.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence

from sogo.auth.acting import acting
from sogo.auth.interface import REFUSED, Record, UserSource, Verdict
from sogo.auth.ldap_client import SUCCESS, Credentials, Entry, LdapClient, Outcome, Query
from sogo.auth.ldap_endpoint import endpoints
from sogo.auth.ldap_entry import record_of
from sogo.auth.ldap_groups import GroupReader
from sogo.auth.ldap_names import LdapNames
from sogo.auth.ldap_password import PasswordWriter
from sogo.auth.records import MAX_NAME_CHARACTERS, by_cn, is_usable_name, looks_like_another, same_name, values
from sogo.auth.settings import LdapSettings
from sogo.secret import Secret

LOOKUP_LIMIT = 20
NO_USER = "nobody"


class LdapSource:
    """`interface.UserSource` over one directory. Raises ConfigError for settings that cannot be served."""

    def __init__(self, settings: LdapSettings, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.id = settings.id
        self.domain = settings.domain
        self.display_name = settings.display_name or settings.id
        self.can_authenticate = settings.can_authenticate
        self.is_address_book = settings.is_address_book
        self.list_requires_dot = settings.list_requires_dot
        self.acts_as_user = settings.bind_as_current_user
        self.settings = settings
        self.names = LdapNames(settings)
        servers = endpoints(settings.hostname, port=settings.port, encryption=settings.encryption, tls=settings.tls)
        self.client = LdapClient(settings, servers, clock=clock)
        self._groups = GroupReader([self])
        self._writer = PasswordWriter(settings, self.client)

    def join(self, sources: Sequence[UserSource]) -> None:
        """Names in a group are read from the directories among the sources; others have no such names."""
        directories = (source for source in sources if isinstance(source, LdapSource))
        self._groups = GroupReader([self, *(source for source in directories if source is not self)])

    # --- logins -------------------------------------------------------------------------------------------------------

    async def check(self, login: str, password: Secret) -> Verdict:
        """A bind as the user. One that nobody has is tried as well, so that an unknown login takes the same steps."""
        if not _may_bind(login, password):
            return REFUSED
        who = await self._who(login)
        outcome = await self.client.bind(Credentials(who.dn if who else await self._nobody(login), password))
        if who is None:
            return REFUSED
        return _verdict(outcome, await self._whole(who) if outcome.code == SUCCESS else None)

    async def change_password(self, login: str, old: Secret | None, new: Secret) -> Verdict:
        if not _may_bind(login, new) or (old is not None and not _may_bind(login, old)):
            return REFUSED
        who = await self._who(login)
        if who is None:
            return REFUSED
        outcome = await self._writer.change(who.dn, old, new)
        return _verdict(outcome, await self._whole(who) if outcome.code == SUCCESS else None)

    async def _who(self, login: str) -> Record | None:
        """Whom to bind as, None when there is nobody. A domain is what follows the first `@`.

        Without bind fields the name is made up and nothing is known of the entry but that.
        """
        base = self.names.base(login.partition("@")[2])
        if base is None:
            return None
        if not self.settings.bind_fields:
            dn = self.names.direct_dn(login, base)
            return None if looks_like_another(login) else record_of(Entry(dn, {}), self.settings)
        for entry in await self.client.search(self._query(base, self.names.login(login), limit=LOOKUP_LIMIT)):
            found = record_of(entry, self.settings)
            if self._is_called(found, login):
                return found
        return None

    async def _whole(self, who: Record) -> Record | None:
        """The record of whom a bind was right for; None when the source's filter hides it."""
        if who.uid:
            return who
        entries = await self.read([who.dn])
        return record_of(entries[0], self.settings) if entries else None

    async def _nobody(self, login: str) -> str:
        base = self.names.base(login.partition("@")[2] or NO_USER) or ""
        return self.names.direct_dn(f"{NO_USER}-{secrets.token_hex(8)}", base)

    # --- people -------------------------------------------------------------------------------------------------------

    async def find(self, name: str, *, domains: Sequence[str] = ()) -> Record | None:
        base = self.names.base(name.partition("@")[2] or next(iter(domains), ""))
        if base is None or not is_usable_name(name):
            return None
        entries = await self._ask(self._query(base, self.names.lookup(name), limit=LOOKUP_LIMIT))
        found = [record_of(entry, self.settings) for entry in entries]
        called = [one for one in found if one.uid and self._is_called(one, name)]
        exact = [one for one in called if same_name(one.uid, name)]
        return next(iter(exact + called), None)

    def _is_called(self, one: Record, name: str) -> bool:
        logins = [value for field in self.settings.bind_fields for value in values(one.attributes, field)]
        return any(same_name(name, known) for known in [one.uid, *logins, *one.emails])

    async def entry(self, entry_id: str) -> Record | None:
        if not is_usable_name(entry_id):
            return None
        for base in self._bases(()):
            for entry in await self._ask(self._query(base, self.names.entry(entry_id), limit=LOOKUP_LIMIT)):
                found = record_of(entry, self.settings)
                if same_name(found.name, entry_id):
                    return found
        return None

    async def search(self, text: str, *, limit: int, domains: Sequence[str] = ()) -> list[Record]:
        text = text.replace("\0", "").strip()
        few = not text and self.list_requires_dot
        limit = min(limit, self.settings.query_limit or limit, self.settings.first_entries if few else limit)
        if limit <= 0 or len(text) > MAX_NAME_CHARACTERS:
            return []
        wanted = self.names.everything() if text in ("", ".") else self.names.containing(text)
        found: list[Record] = []
        for base in self._bases(domains):
            order = self.settings.cn_field if few else ""
            entries = await self._ask(self._query(base, wanted, limit=limit, order_by=order))
            found += [record_of(entry, self.settings) for entry in entries]
        return by_cn(found)[:limit]

    async def members(self, group: Record) -> list[str]:
        return await self._groups.members(group)

    async def probe(self) -> None:
        await self.client.search(Query("", "(objectClass=*)", "BASE", ("1.1",)))

    async def close(self) -> None:
        await self.client.close()

    # --- for groups ---------------------------------------------------------------------------------------------------

    async def read(self, dns: Sequence[str]) -> list[Entry]:
        """The entries of these names that match the source's filter; missing ones are left out."""
        queries = [Query(dn, self.names.any(), "BASE", self.settings.lookup_fields) for dn in dns]
        return [entry for answer in await self.client.search_all(queries) for entry in answer]

    async def with_uids(self, uids: Sequence[str]) -> list[Entry]:
        """The entries that have one of these uids."""
        found: list[Entry] = []
        for base in self._bases(()):
            found += await self.client.search(self._query(base, self.names.uids(uids)))
        return found

    # --- queries ------------------------------------------------------------------------------------------------------

    def _bases(self, domains: Sequence[str]) -> list[str]:
        """One base, or one for each domain where `%d` wants them."""
        wanted: Sequence[str | None] = domains if self.names.has_template else [None]
        own = [self.domain] if self.names.has_template and not domains and self.domain else []
        return [base for domain in [*wanted, *own] if (base := self.names.base(domain)) is not None]

    def _query(self, base: str, wanted: str, *, limit: int = 0, order_by: str = "") -> Query:
        settings = self.settings
        return Query(
            base=base,
            filter=wanted,
            scope=settings.scope.upper(),
            attributes=settings.lookup_fields,
            limit=limit or settings.query_limit,
            seconds=settings.query_timeout_seconds,
            order_by=order_by,
        )

    async def _ask(self, query: Query) -> list[Entry]:
        """Search as the user of this request where bindAsCurrentUser says so and there is one."""
        return await self.client.search(query, credentials=await self._user())

    async def _user(self) -> Credentials | None:
        user = acting.get() if self.settings.bind_as_current_user else None
        if user is None:
            return None
        who = await self._who(user.login)
        return Credentials(who.dn, user.password) if who is not None else None


def _may_bind(login: str, password: Secret) -> bool:
    """An empty password would be an anonymous bind, which servers answer with success (RFC 4513 §5.1.2)."""
    return is_usable_name(login) and bool(password) and _is_encodable(password.reveal())


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _verdict(outcome: Outcome, record: Record | None) -> Verdict:
    policy = outcome.policy
    bound = outcome.code == SUCCESS
    return Verdict(bound, policy=policy.error, expire=policy.expire, grace=policy.grace, record=record)
