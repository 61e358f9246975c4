"""From an entry or a row to a `Record`: what LDAP and SQL sources have in common (auth.md §§1.5, 1.7, 2.1)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sogo.auth.interface import Record
from sogo.auth.settings import Constraints, SourceSettings

MAX_NAME_CHARACTERS = 512

Attributes = Mapping[str, str | tuple[str, ...]]
"""Lower-case names; a single value is a string, several are a tuple."""

_RESOURCE_KINDS = ("location", "thing", "group")


@dataclass(frozen=True, slots=True)
class Named:
    """What a source knows of an entry besides its attributes."""

    uid: str
    name: str
    cn: str
    emails: tuple[str, ...]
    domain: str | None
    is_group: bool = False
    is_resource: bool = False
    info: str = ""
    dn: str = ""


def record(attributes: Attributes, named: Named, settings: SourceSettings) -> Record:
    """The record of an entry. Modules it may not use, its kind and its own hosts are read from the attributes."""
    kind = first(attributes, settings.kind_field).lower()
    return Record(
        uid=named.uid,
        source=settings.id,
        cn=named.cn,
        emails=named.emails,
        domain=named.domain,
        name=named.name,
        is_group=named.is_group,
        is_resource=named.is_resource or kind in _RESOURCE_KINDS,
        kind=kind,
        bookings=_integer(first(attributes, settings.bookings_field)),
        calendar_access=may_use("Calendar", attributes, settings.modules),
        mail_access=may_use("Mail", attributes, settings.modules),
        activesync_access=may_use("ActiveSync", attributes, settings.modules),
        imap_host=first(attributes, settings.imap_host_field),
        imap_login=first(attributes, settings.imap_login_field),
        sieve_host=first(attributes, settings.sieve_host_field),
        info=named.info,
        dn=named.dn,
        attributes=attributes,
    )


def values(attributes: Attributes, name: str) -> tuple[str, ...]:
    """All values of an attribute, whatever the case of its name; none for an empty name."""
    found = attributes.get(name.lower(), ())
    return (found,) if isinstance(found, str) else found


def first(attributes: Attributes, name: str) -> str:
    found = values(attributes, name)
    return found[0] if found else ""


def may_use(module: str, attributes: Attributes, constraints: Constraints) -> bool:
    """ModulesConstraints: granted if for every attribute one value equals the wanted text without case. A module that
    is not mentioned is granted."""
    return all(
        any(value.casefold() == wanted.casefold() for value in values(attributes, name))
        for name, wanted in constraints.get(module, {}).items()
    )


def addresses(texts: Iterable[str]) -> tuple[str, ...]:
    """The texts without empty and repeated ones, in order; case does not make an address another one."""
    seen: dict[str, str] = {}
    for text in texts:
        if text and text.strip():
            seen.setdefault(text.strip().lower(), text.strip())
    return tuple(seen.values())


def is_usable_name(name: str) -> bool:
    """Whether a text can be a login or an address at all: not empty, not huge, printable, and no wildcard.

    What is refused here no back end is asked for: NUL and line ends (each treats them its own way), lone surrogates,
    and `*`, which the original hands to LDAP as it is.
    """
    return 0 < len(name) <= MAX_NAME_CHARACTERS and "*" not in name and name.isprintable() and name == name.strip()


def same_name(one: str, other: str) -> bool:
    """Equal but for case. Back ends find more (é for e, full-width letters): what only looks alike is another name."""
    return _plain(one) == _plain(other)


def looks_like_another(name: str) -> bool:
    """Whether a back end may take it for a name of other letters, such as full-width ones."""
    return unicodedata.normalize("NFKC", name) != unicodedata.normalize("NFC", name)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def by_cn(records: Sequence[Record]) -> list[Record]:
    return sorted(records, key=lambda found: (found.cn.casefold(), found.uid, found.name))


def _integer(text: str) -> int:
    text = text.strip()
    return int(text[:10]) if text.lstrip("+-").isdecimal() else 0
