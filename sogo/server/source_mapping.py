"""From sogo.conf to user sources: SOGoUserSources of the system and of each domain, and the multi-domain rules."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sogo.auth.interface import UserSource
from sogo.auth.ldap import LdapSource
from sogo.auth.ldap_endpoint import tls_from_ldap_conf
from sogo.auth.password_policy import Rule, rule
from sogo.auth.settings import (
    DirectorySettings,
    DomainSettings,
    FailedLoginSettings,
    LdapSettings,
    SqlSettings,
)
from sogo.auth.sql import open_sql_source
from sogo.conf.levels import Config, Domain
from sogo.conf.parameters.sources import LdapSource as LdapRows
from sogo.conf.parameters.sources import SourceConfig
from sogo.conf.parameters.sources import SqlSource as SqlRows
from sogo.errors import ConfigError
from sogo.secret import Secret
from sogo.service.mail_routes import MailRoutes
from sogo.store.sql.engine import Databases

MAX_KEY_BYTES = 4096
LDAP_CONF = Path("/etc/ldap/ldap.conf")
"""Where libldap keeps its TLS options, which the original obeys without saying so."""
MAX_LDAP_CONF_CHARS = 65_536


def directory_settings(config: Config) -> DirectorySettings:
    """The rules of config.md §9, and how long users are remembered."""
    system = config.system
    return DirectorySettings(
        system=_domain(config, None),
        domains={name: _domain(config, name) for name in config.domains},
        domain_based_uid=system.enable_domain_based_uid,
        login_domains=system.login_domains,
        visibility=system.domains_visibility,
        forbid_unknown_domains=system.forbid_unknown_domains_auth,
        allowed_domains=system.domain_allowed,
        failed_logins=FailedLoginSettings(
            count=system.maximum_failed_login_count,
            interval_seconds=system.maximum_failed_login_interval,
            block_seconds=system.failed_login_block_interval,
        ),
        cache_seconds=float(system.cache_cleanup_interval),
        keeps_login=MailRoutes(config).wants_users or _reads_mail(config),
    )


def _reads_mail(config: Config) -> bool:
    """Some users have mail here, which they read by their own login."""
    named = any(config.domain(name).is_set(Domain.imap_server) for name in (None, *config.domains))
    return named or any(row.imap_host_field_name for row in config.all_user_sources())


def _domain(config: Config, name: str | None) -> DomainSettings:
    domain = config.domain(name)
    return DomainSettings(mail_domain=domain.mail_domain, superusers=frozenset(domain.super_usernames))


def open_sources(config: Config, databases: Databases) -> list[UserSource]:
    """All user sources in the order they are written: the system's, then each domain's. Raises ConfigError."""
    sources: list[UserSource] = []
    seen: set[str] = set()
    for row in config.all_user_sources():
        identity = row.id or f"source{len(sources) + 1}"
        if identity in seen:
            raise ConfigError(f"two user sources have the id {identity!r}; ids are unique.", key="SOGoUserSources")
        seen.add(identity)
        if isinstance(row, SqlRows):
            sources.append(open_sql_source(_sql(row, identity), databases))
        else:
            sources.append(LdapSource(_ldap(row, identity)))
    return sources


def _shared(row: SourceConfig, identity: str) -> dict[str, Any]:
    """What both kinds have."""
    return {
        "id": identity,
        "domain": row.domain,
        "display_name": row.display_name,
        "can_authenticate": row.can_authenticate,
        "is_address_book": row.is_address_book,
        "list_requires_dot": row.list_requires_dot,
        "first_entries": row.global_address_book_first_entries_count,
        "imap_host_field": row.imap_host_field_name,
        "imap_login_field": row.imap_login_field_name,
        "sieve_host_field": row.sieve_host_field_name,
        "kind_field": row.kind_field_name,
        "bookings_field": row.multiple_bookings_field_name,
        "modules": row.modules_constraints,
    }


def _sql(row: SqlRows, identity: str) -> SqlSettings:
    if not row.view_url:
        raise ConfigError(f"the user source {identity!r} has no viewURL.", key="SOGoUserSources")
    return SqlSettings(
        **_shared(row, identity),
        **_set(search_fields=row.search_field_names),
        view_url=row.view_url,
        algorithm=row.user_password_algorithm,
        prepend_scheme=row.prepend_password_scheme,
        key=_key(row.key_path),
        policy=tuple(_rules(row.user_password_policy)),
        authentication_filter=row.authentication_filter,
        login_fields=row.login_field_names,
        mail_fields=row.mail_field_names,
        domain_field=row.domain_field_name,
    )


def _ldap(row: LdapRows, identity: str) -> LdapSettings:
    if not row.hostname:
        raise ConfigError(f"the user source {identity!r} has no hostname.", key="SOGoUserSources")
    return LdapSettings(
        **_shared(row, identity),
        **_set(mail_fields=row.mail_field_names, search_fields=row.search_field_names),
        hostname=row.hostname,
        port=row.port or None,
        encryption=row.encryption,
        bind_dn=row.bind_dn,
        bind_password=row.bind_password,
        bind_as_current_user=row.bind_as_current_user,
        base_dn=row.base_dn,
        scope=row.scope.upper(),
        filter=row.filter,
        id_field=row.id_field_name,
        cn_field=row.cn_field_name,
        uid_field=row.uid_field_name,
        bind_fields=row.bind_fields,
        lookup_fields=row.lookup_fields,
        info_field=row.contact_info_attribute,
        group_classes=row.group_object_classes,
        expand_subgroups=not row.disable_subgroups,
        mapping=row.mapping,
        query_limit=row.query_limit,
        query_timeout_seconds=row.query_timeout,
        password_policy=row.password_policy,
        update_samba_passwords=row.update_samba_ntlm_passwords,
        algorithm=row.user_password_algorithm,
        tls=tls_from_ldap_conf(_text(LDAP_CONF), os.environ),
    )


def _text(path: Path) -> str:
    """A file of the system that need not be there."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(MAX_LDAP_CONF_CHARS)
    except OSError:
        return ""


def _set(**values: tuple[str, ...]) -> dict[str, Any]:
    """Only those that say something: the others keep the default of the back end."""
    return {name: value for name, value in values.items() if value}


def _rules(entries: tuple[Mapping[str, str], ...]) -> Iterator[Rule]:
    for entry in entries:
        value = entry.get("value", "").strip()
        yield rule(
            entry.get("label", ""), regex=entry.get("regex", ""), value=int(value) if value.isdecimal() else None
        )


def _key(path: str) -> Secret:
    """The key of sym-aes-128-cbc passwords; read once, at the start."""
    if not path:
        return Secret("")
    try:
        with Path(path).open("rb") as file:
            return Secret(file.read(MAX_KEY_BYTES).decode("latin-1"))
    except OSError as error:
        raise ConfigError(f"the key file cannot be read ({error.strerror})", key="keyPath", file=path) from error
