"""What the user sources and the directory are told about a site: filled from sogo.conf by the wiring.

Field names follow the keys of auth.md §1.1 and §2.2. Texts that have a grammar of their own (filters, host lists, URLs)
are taken as written; the source that uses them refuses bad ones with ConfigError.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sogo.auth.password_policy import Rule
from sogo.secret import Secret

Constraints = Mapping[str, Mapping[str, str]]
"""ModulesConstraints: module ("Calendar", "Mail", "ActiveSync") -> attribute -> wanted value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSettings:
    """What every kind of source has. `domain` is the key of `domains` it stands under, None at the top level."""

    id: str
    domain: str | None = None
    display_name: str = ""
    can_authenticate: bool = False
    is_address_book: bool = False
    list_requires_dot: bool = True
    first_entries: int = -1
    """globalAddressBookFirstEntriesCount; not set: -1."""
    imap_host_field: str = ""
    imap_login_field: str = ""
    sieve_host_field: str = ""
    kind_field: str = ""
    bookings_field: str = ""
    modules: Constraints = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlSettings(SourceSettings):
    """A view or table of users (auth.md §2). `login_fields` replaces c_uid; `key` is what the file of keyPath
    holds, read as Latin-1."""

    view_url: Secret
    algorithm: str = "none"
    prepend_scheme: bool = False
    key: Secret = field(default_factory=lambda: Secret(""), repr=False)
    policy: tuple[Rule, ...] = ()
    authentication_filter: str = ""
    login_fields: tuple[str, ...] = ()
    mail_fields: tuple[str, ...] = ()
    search_fields: tuple[str, ...] = ("c_cn", "mail")
    domain_field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """How certificates of LDAP servers are checked; an LDAP URL may say otherwise for its host."""

    verify: bool = True
    ca_file: Path | None = None
    ca_folder: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LdapSettings(SourceSettings):
    """A directory (auth.md §1). `base_dn` may hold `%d`; `query_limit` and `query_timeout_seconds` are 0 for none."""

    hostname: str
    port: int | None = None
    encryption: str = ""
    bind_dn: str = ""
    bind_password: Secret = field(default_factory=lambda: Secret(""), repr=False)
    bind_as_current_user: bool = False
    base_dn: str
    scope: str = "SUB"
    filter: str = ""
    id_field: str = "cn"
    cn_field: str = "cn"
    uid_field: str = "uid"
    mail_fields: tuple[str, ...] = ("mail",)
    search_fields: tuple[str, ...] = ("name", "mail", "telephonenumber")
    bind_fields: tuple[str, ...] = ()
    lookup_fields: tuple[str, ...] = ("*",)
    info_field: str = "description"
    group_classes: tuple[str, ...] = ("group", "groupofnames", "groupofuniquenames", "posixgroup")
    expand_subgroups: bool = True
    mapping: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    query_limit: int = 0
    query_timeout_seconds: int = 0
    password_policy: bool = False
    update_samba_passwords: bool = False
    algorithm: str = "none"
    tls: TlsSettings = TlsSettings()
    connections: int = 4
    connect_seconds: int = 5
    receive_seconds: int = 10
    pause_seconds: float = 5
    """How long a directory that did not answer is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedLoginSettings:
    """SOGoMaximumFailedLoginCount (0: off), …Interval, SOGoFailedLoginBlockInterval, in seconds (auth.md §11)."""

    count: int = 0
    interval_seconds: int = 10
    block_seconds: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainSettings:
    """What differs by domain: the mail domain of default addresses, and SOGoSuperUsernames."""

    mail_domain: str = ""
    superusers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectorySettings:
    """The multi-domain rules of config.md §9. `system` holds for users of no domain, and for domains not listed."""

    system: DomainSettings = DomainSettings()
    domains: Mapping[str, DomainSettings] = field(default_factory=dict)
    domain_based_uid: bool = False
    login_domains: tuple[str, ...] = ()
    visibility: tuple[tuple[str, ...], ...] = ()
    forbid_unknown_domains: bool = False
    allowed_domains: tuple[str, ...] = ()
    failed_logins: FailedLoginSettings = FailedLoginSettings()
    cache_seconds: float = 300
    """SOGoCacheCleanupInterval: how long users and groups are remembered."""
    password_cache_seconds: float = 60
    """How long a checked password is remembered, at most `cache_seconds`."""
    negative_cache_seconds: float = 60
    keeps_login: bool = False
    """Something of the site asks in the user's own name: `auth.acting` has the login while a request runs."""
