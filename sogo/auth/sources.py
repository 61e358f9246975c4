"""From the entries of SOGoUserSources to sources. A new kind of source gets its line here."""

from __future__ import annotations

from collections.abc import Iterable

from sogo.auth.interface import UserSource
from sogo.auth.ldap import LdapSource
from sogo.auth.settings import LdapSettings, SourceSettings, SqlSettings
from sogo.auth.sql import open_sql_source
from sogo.errors import ConfigError
from sogo.store.sql.engine import Databases


def open_sources(settings: Iterable[SourceSettings], databases: Databases) -> list[UserSource]:
    """The sources in their order; nothing is connected yet. Raises ConfigError for one that cannot be served, and for
    two with one id."""
    sources: dict[str, UserSource] = {}
    for one in settings:
        if one.id in sources:
            raise ConfigError(f"two user sources have the id {one.id!r}", key="SOGoUserSources")
        sources[one.id] = _open(one, databases)
    return list(sources.values())


def _open(settings: SourceSettings, databases: Databases) -> UserSource:
    if isinstance(settings, LdapSettings):
        return LdapSource(settings)
    if isinstance(settings, SqlSettings):
        return open_sql_source(settings, databases)
    raise ConfigError(f"source {settings.id!r} is of no known type", key="SOGoUserSources")
