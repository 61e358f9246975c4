"""The user sources of a site in the order of its configuration: which of them to ask, and what their answers mean.

The first that accepts a password, or knows a name, wins. A source that is away does not make a password wrong nor a
person unknown: unless another one answers yes, the whole answer is DirectoryUnavailable.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from sogo.auth.interface import REFUSED, Record, User, UserSource, Verdict
from sogo.auth.login_names import LoginName, LoginRules
from sogo.auth.records import same_name
from sogo.auth.settings import DirectorySettings
from sogo.errors import DirectoryUnavailable

log = logging.getLogger(__name__)

T = TypeVar("T")
PUBLIC_USER = Record(uid="anonymous", source="", cn="Public User", emails=("anonymous",), domain=None, name="anonymous")


class SourceChain:
    def __init__(self, settings: DirectorySettings, rules: LoginRules, sources: Sequence[UserSource]) -> None:
        self._settings = settings
        self._rules = rules
        self.sources = tuple(sources)

    # --- logins -------------------------------------------------------------------------------------------------------

    async def first_accepting(self, login: LoginName, ask: Callable[[UserSource, str], Awaitable[Verdict]]) -> Verdict:
        """Ask one source after the other until one says the password is right, whatever its policy says then.

        All take the same steps for a stranger as for a wrong password. Raises DirectoryUnavailable.
        """
        refused = REFUSED
        away: DirectoryUnavailable | None = None
        for source in self._authenticating(login.domain if login.is_defined else None):
            for form in self._forms(source, login):
                try:
                    verdict = await ask(source, form)
                except DirectoryUnavailable as error:
                    away = away or error
                    break
                if verdict.bound:
                    return verdict
                if refused == REFUSED:  # a source that gives a reason says more than one that does not
                    refused = verdict
        if away is not None:
            raise away
        return refused

    def user_of(self, login: LoginName, verdict: Verdict) -> User | None:
        """Whom a source accepted. None for somebody its filter hides, or whose domain must be told and is not."""
        record = verdict.record
        if record is None or not record.uid:
            return None
        if self._settings.domain_based_uid and record.domain is None and login.domain is None:
            return None
        return self.user(record, login.domain)

    def _forms(self, source: UserSource, login: LoginName) -> list[str]:
        """The name as typed, and without its domain where the source is that domain's, or logins have dropped it."""
        drops = source.domain == login.domain if self._settings.domain_based_uid else True
        short = login.is_defined and drops and login.local != login.name
        return [login.name, login.local] if short else [login.name]

    def _authenticating(self, domain: str | None) -> list[UserSource]:
        return [
            source
            for source in self.sources
            if source.can_authenticate and (domain is None or source.domain in (None, domain))
        ]

    # --- people -------------------------------------------------------------------------------------------------------

    async def find(self, login: LoginName) -> User | None:
        """The first source that knows the name wins. `uid@domain` is the user of that uid before it is an address."""
        away: DirectoryUnavailable | None = None
        for source in self._authenticating(login.domain if login.is_defined else None):
            for form in reversed(self._forms(source, login)):
                try:
                    record = await source.find(form, domains=self._narrowed(login))
                except DirectoryUnavailable as error:
                    away = away or error
                    break
                if record is not None and (form == login.name or same_name(record.uid, form)):
                    return self.user(record, login.domain)
        if away is not None:
            raise away
        return None

    def user(self, record: Record, domain: str | None) -> User:
        """The user of a record. `domain` is what the name said; the record's own comes first."""
        domain = record.domain or (domain if self._settings.domain_based_uid else None)
        user_id = self._rules.user_id(record.uid, domain)
        return User(
            user_id=user_id,
            cn=record.cn or record.uid,
            emails=self._rules.emails(record.emails, record.uid, domain),
            domain=domain,
            record=record,
            is_superuser=self._rules.is_superuser((record.uid, user_id), domain),
        )

    async def search(self, text: str, *, limit: int, domain: str | None) -> list[User]:
        """All visible sources at once; those that are away are left out as long as one answers."""
        visible = self.visible(domain, (source for source in self.sources if source.can_authenticate))
        narrowed = self._rules.visible(domain)
        answers = await asyncio.gather(
            *(source.search(text, limit=limit, domains=narrowed) for source in visible), return_exceptions=True
        )
        records: list[Record] = []
        for source, answer in zip(visible, answers, strict=True):
            if isinstance(answer, DirectoryUnavailable):
                log.warning("user source %s is left out of a search: %s", source.id, answer)
            elif isinstance(answer, BaseException):
                raise answer
            else:
                records += answer
        away = next((answer for answer in answers if isinstance(answer, DirectoryUnavailable)), None)
        if away is not None and not records:
            raise away
        users = {user.user_id: user for user in (self.user(one, None) for one in reversed(records) if one.uid)}
        return sorted(users.values(), key=lambda user: (user.cn.casefold(), user.user_id))[:limit]

    def visible(self, domain: str | None, sources: Iterable[UserSource]) -> list[UserSource]:
        """Sources of no domain, of the viewer's, and of those it may see; all for a viewer without a domain."""
        seen = {name.lower() for name in self._rules.visible(domain)}
        return [source for source in sources if not seen or source.domain is None or source.domain.lower() in seen]

    def _narrowed(self, login: LoginName) -> tuple[str, ...]:
        return self._rules.visible(login.domain) if login.is_defined else ()

    def named(self, source_id: str) -> UserSource | None:
        return next((source for source in self.sources if source.id == source_id), None)
