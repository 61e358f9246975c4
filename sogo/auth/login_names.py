"""What people type as a login, and whom it means (auth.md §3, config.md §9). Pure: nobody is asked here.

typed      DOMAIN\\user, user%40domain            -> user, user@domain
domain     what follows the last `@`, where the site has domains in its logins
user_id    the source's uid, with `@domain` behind it where the site's UIDs are domain-based
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sogo.auth.records import is_usable_name
from sogo.auth.settings import DirectorySettings, DomainSettings

NOT_LOGINS = ("anonymous", "freebusy")
"""Names with a meaning of their own, which nobody can log in with."""


@dataclass(frozen=True, slots=True)
class LoginName:
    """A typed name taken apart. `domain` is the key of `domains` behind the last `@`, or what stands there where UIDs
    are domain-based; else None. `local` is what is left without it."""

    name: str
    local: str
    domain: str | None
    is_defined: bool


class LoginRules:
    """The naming rules of a site."""

    def __init__(self, settings: DirectorySettings) -> None:
        self._settings = settings
        self._defined = {domain.lower(): domain for domain in settings.domains}
        self._allowed = {domain.lower() for domain in settings.allowed_domains}

    @staticmethod
    def clean(typed: str) -> str:
        """Without a Windows domain in front, and with `%40` as `@`."""
        return typed.rpartition("\\")[2].replace("%40", "@")

    def may_log_in(self, name: str) -> bool:
        """Whether a source should be asked at all: a usable name, no special one, and of a domain that is let in."""
        if not is_usable_name(name) or name.lower() in NOT_LOGINS:
            return False
        if not self._settings.forbid_unknown_domains:
            return True
        domain = name.partition("@")[2].lower()
        return domain in self._allowed or domain in self._defined

    def split(self, name: str) -> LoginName:
        local, _, behind = name.rpartition("@")
        defined = self._defined.get(behind.lower())
        uses_domains = self._settings.domain_based_uid or bool(self._settings.login_domains)
        if not uses_domains or not local or not behind:
            return LoginName(name, name, None, False)
        if defined is None and not self._settings.domain_based_uid:
            return LoginName(name, name, None, False)
        return LoginName(name, local, defined or behind, defined is not None)

    def user_id(self, uid: str, domain: str | None) -> str:
        if not self._settings.domain_based_uid or not domain or domain.lower() in uid.lower():
            return uid
        return f"{uid}@{domain}"

    def emails(self, emails: Sequence[str], uid: str, domain: str | None) -> tuple[str, ...]:
        """Never empty: somebody without an address has the uid at the mail domain."""
        if emails:
            return tuple(emails)
        if "@" in uid:
            return (uid,)
        mail_domain = self._of(domain).mail_domain or domain or "localhost"
        return (f"{uid}@{mail_domain}",)

    def is_superuser(self, names: Iterable[str], domain: str | None) -> bool:
        return not self._of(domain).superusers.isdisjoint(names)

    def visible(self, domain: str | None) -> tuple[str, ...]:
        """The domain itself and those in a group of SOGoDomainsVisibility with it; nothing for no domain."""
        if not domain:
            return ()
        seen = {domain: None}
        for group in self._settings.visibility:
            if domain.lower() in (member.lower() for member in group):
                seen |= {self._defined[member.lower()]: None for member in group if member.lower() in self._defined}
        return tuple(seen)

    def _of(self, domain: str | None) -> DomainSettings:
        key = self._defined.get((domain or "").lower())
        return self._settings.domains[key] if key is not None else self._settings.system
