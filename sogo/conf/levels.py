"""The three levels of a configuration, and how one inherits from the next (config.md §3).

    config.system.workers_count                       S: the files
    config.domain("acme").mail_domain                 D: domains.acme, then the files
    config.user(profile.defaults, "acme").language    U: the profile, then domains.acme, then the files
    config.user_sources("acme")                       that domain's own entries; None gives the system's

An unknown domain, or none, is answered by the files. S parameters inside of a domain are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sogo.conf.parameters.activesync import ActiveSyncSystem
from sogo.conf.parameters.auth import AuthDomain, AuthSystem
from sogo.conf.parameters.calendar import CalendarDomain, CalendarSystem
from sogo.conf.parameters.database import DatabaseSystem
from sogo.conf.parameters.mail import MailDomain, MailSystem
from sogo.conf.parameters.preferences import CalendarUser, GeneralUser, MailUser
from sogo.conf.parameters.process import OursSystem, ProcessSystem
from sogo.conf.parameters.sieve import SieveDomain, SieveSystem
from sogo.conf.parameters.sope import DebugSystem, SopeSystem
from sogo.conf.parameters.sources import INHERITED, SOURCE_TYPES, LdapSource, SourceConfig, SourcesDomain
from sogo.conf.parameters.web import WebDomain, WebSystem
from sogo.conf.section import Layer

NOTHING: Layer = {}


class System(
    SopeSystem,
    DebugSystem,
    ActiveSyncSystem,
    WebSystem,
    CalendarSystem,
    SieveSystem,
    MailSystem,
    AuthSystem,
    DatabaseSystem,
    OursSystem,
    ProcessSystem,
):
    """Parameters that the whole system shares."""


class Domain(WebDomain, CalendarDomain, SieveDomain, MailDomain, SourcesDomain, AuthDomain):
    """Parameters that may differ by domain."""


class User(MailUser, CalendarUser, GeneralUser):
    """Parameters that may differ by user."""


@dataclass(frozen=True)
class Config:
    """Everything the files and the command line say. Never changes; a reload makes another one.

    `values` are the first-level keys after the merge, as they were written: they hold passwords, so they are for
    `sogo-tool dump-defaults` only. `warnings` are texts for the log, each with its file and line where there is one.
    """

    system: System
    domains: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    values: Mapping[str, object] = field(default_factory=dict, repr=False)
    _domains: dict[str | None, Domain] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls, values: Mapping[str, object], *, warnings: tuple[str, ...] = (), files: tuple[Path, ...] = ()
    ) -> Config:
        """A configuration made of these first-level keys, named as in sogo.conf."""
        system = System(values)
        domains = tuple(name for name, body in system.domains.items() if isinstance(body, Mapping))
        return cls(system, domains, warnings, files, values)

    def domain(self, name: str | None) -> Domain:
        """What holds in a domain; an unknown one, or None, gets what the system says."""
        known = name if name in self.domains else None
        if known not in self._domains:
            layers: tuple[Layer, ...] = (self.values,) if known is None else (self.domain_values(known), self.values)
            self._domains[known] = Domain(*layers)
        return self._domains[known]

    def user(self, profile_defaults: Mapping[str, object], domain: str | None) -> User:
        """What holds for a user with these c_defaults; {} for what a new user of the domain gets."""
        return User(profile_defaults, self.domain_values(domain), self.values)

    def domain_values(self, name: str | None) -> Layer:
        """A domain's own dictionary, as written."""
        body = self.system.domains.get(name) if name is not None else None
        return body if isinstance(body, Mapping) else NOTHING

    def visible_domains(self, name: str | None) -> frozenset[str]:
        """The other domains whose people may be seen from a domain: those in a group of SOGoDomainsVisibility with it,
        as far as they exist (config.md §9). A domain always sees itself, which is not said here."""
        groups = [group for group in self.system.domains_visibility if name in group]
        return frozenset(other for group in groups for other in group if other != name and other in self.domains)

    @property
    def time_zone(self) -> str:
        """The site's IANA zone: of floating times, all-day events and the log."""
        return self.user(NOTHING, None).time_zone

    def user_sources(self, domain: str | None) -> tuple[SourceConfig, ...]:
        """The sources of one domain, or with None those of the system, in the order they are written; not inherited."""
        own = self.values if domain is None else self.domain_values(domain)
        return tuple(self._sources(own, domain))

    def all_user_sources(self) -> tuple[SourceConfig, ...]:
        """The system's sources, then those of each domain."""
        return tuple(source for domain in (None, *self.domains) for source in self.user_sources(domain))

    def _sources(self, own: Layer, domain: str | None) -> Iterator[SourceConfig]:
        shared = [{key: layer[key] for key in INHERITED if key in layer} for layer in (own, self.values)]
        entries = own.get("SOGoUserSources", ())
        for entry in entries if isinstance(entries, list | tuple) else ():
            if isinstance(entry, Mapping):
                kind = SOURCE_TYPES.get(str(entry.get("type", "ldap")).lower(), LdapSource)
                yield kind(entry, *shared, domain=domain)
