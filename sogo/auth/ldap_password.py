"""Setting a password in a directory (auth.md §1.9): as Active Directory wants it, by RFC 3062, or by hand."""

from __future__ import annotations

from sogo.auth import password as schemes
from sogo.auth.ldap_client import (
    CONSTRAINT_VIOLATION,
    INSUFFICIENT_ACCESS,
    SUCCESS,
    Change,
    Credentials,
    LdapClient,
    Outcome,
)
from sogo.auth.ppolicy import NO_POLICY, PolicyResponse
from sogo.auth.samba import lm_hash, nt_hash
from sogo.auth.settings import LdapSettings
from sogo.errors import ConfigError
from sogo.secret import Secret

ACTIVE_DIRECTORY = "1.2.840.113556.1.4.800"
EXPIRED, MUST_CHANGE, NOT_ALLOWED, INSUFFICIENT_QUALITY = 0, 2, 3, 5
_ASK_SERVICE = (EXPIRED, MUST_CHANGE, NOT_ALLOWED)

_PREFIXES = {
    **dict.fromkeys(("", "none", "plain", "cleartext"), ("none", "")),
    **dict.fromkeys(("md5", "plain-md5", "ldap-md5"), ("ldap-md5", "{MD5}")),
    "sha": ("sha.b64", "{SHA}"),
}
"""Scheme -> what makes the hash, and what LDAP servers call it (RFC 2307 §5.3); others by `_ldap_scheme`."""


class PasswordWriter:
    """Raises ConfigError for a userPasswordAlgorithm nobody knows."""

    def __init__(self, settings: LdapSettings, client: LdapClient) -> None:
        if settings.algorithm and not schemes.is_known_scheme(settings.algorithm):
            raise ConfigError(f"unknown password scheme {settings.algorithm!r}", key="userPasswordAlgorithm")
        self._settings = settings
        self._client = client
        self._is_active_directory: bool | None = None

    async def change(self, dn: str, old: Secret | None, new: Secret) -> Outcome:
        """Set the password of an entry; without `old` as the service account (a recovery)."""
        outcome = await self._change(dn, old, new)
        if outcome.code == CONSTRAINT_VIOLATION and outcome.policy.error == NO_POLICY:
            outcome = Outcome(outcome.code, PolicyResponse(error=INSUFFICIENT_QUALITY))
        if outcome.code == SUCCESS and self._settings.update_samba_passwords:
            await self._write_samba(dn, new)
        return outcome

    async def _change(self, dn: str, old: Secret | None, new: Secret) -> Outcome:
        if await self._asks_unicode_pwd():
            return await self._write_unicode_pwd(dn, old, new)
        if self._settings.password_policy:
            return await self._modify(dn, old, new)
        return await self._write_user_password(dn, old, new)

    async def _modify(self, dn: str, old: Secret | None, new: Secret) -> Outcome:
        """As the user if possible, since a change by somebody else may count as a reset that wants another change; else
        (expired, or no right to write it) as the service account, which is all the original does."""
        if old is not None:
            own = Credentials(dn, old)
            outcome = await self._client.modify_password(dn, old, new, credentials=own)
            if outcome.code != INSUFFICIENT_ACCESS and outcome.policy.error not in _ASK_SERVICE:
                return outcome
        return await self._client.modify_password(dn, old, new, credentials=None)

    async def _asks_unicode_pwd(self) -> bool:
        if self._is_active_directory is None:
            self._is_active_directory = ACTIVE_DIRECTORY in await self._client.capabilities()
        return self._is_active_directory

    async def _write_unicode_pwd(self, dn: str, old: Secret | None, new: Secret) -> Outcome:
        written = Change("add" if old else "replace", "unicodePwd", (_unicode_pwd(new),))
        if old is None:
            return await self._client.modify(dn, [written], credentials=None)
        changes = [Change("delete", "unicodePwd", (_unicode_pwd(old),)), written]
        return await self._client.modify(dn, changes, credentials=Credentials(dn, old))

    async def _write_user_password(self, dn: str, old: Secret | None, new: Secret) -> Outcome:
        scheme, prefix = _ldap_scheme(self._settings.algorithm.strip().lower())
        try:
            text = prefix + await self._client.compute(lambda: schemes.make(new.reveal(), scheme))
        except ConfigError:  # the scheme is known, so it is this password that it cannot take
            return Outcome(CONSTRAINT_VIOLATION, PolicyResponse(error=INSUFFICIENT_QUALITY))
        change = Change("replace", "userPassword", (text.encode(),))
        return await self._client.modify(dn, [change], credentials=Credentials(dn, old) if old else None)

    async def _write_samba(self, dn: str, new: Secret) -> None:
        changes = [
            Change("replace", "sambaNTPassword", (nt_hash(new.reveal()).encode(),)),
            Change("replace", "sambaLMPassword", (lm_hash(new.reveal()).encode(),)),
        ]
        await self._client.modify(dn, changes, credentials=None)


def _ldap_scheme(algorithm: str) -> tuple[str, str]:
    if algorithm in _PREFIXES:
        return _PREFIXES[algorithm]
    if algorithm.endswith("crypt"):
        return algorithm, "{CRYPT}"
    return algorithm, "{ARGON2}" if algorithm.startswith("argon2") else f"{{{algorithm.upper()}}}"


def _unicode_pwd(password: Secret) -> bytes:
    return f'"{password.reveal()}"'.encode("utf-16-le")
