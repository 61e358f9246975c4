"""Which keys there are, and what is odd about those that were written.

Works on raw dictionaries before anything is read, gives texts for the log, never refuses.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sogo.codec.plist_document import Path
from sogo.conf.kinds import WrongType
from sogo.conf.levels import Domain, System, User
from sogo.conf.parameters.sope import SILENT_NAMES, SILENT_PREFIXES
from sogo.conf.parameters.sources import SOURCE_TYPES, LdapSource, SqlSource
from sogo.conf.section import Level, Parameter, Section

Say = Callable[[str, Path], None]
"""Takes a text and the path of the key it is about."""

GONE = {
    "SOGoMailPollingIntervals": "SOGoRefreshViewIntervals",
    "SOGoMailMessageCheck": "SOGoRefreshViewCheck",
    "SOGoGlobalAddressBookFirstEntries": "globalAddressBookFirstEntriesCount in the user source",
    "SOGoAuthenticationMethod": "SOGoUserSources",
}
"""Names of older versions that the original does not read any more, and what took their place."""


def _index(*sections: type[Section]) -> dict[str, Parameter[Any]]:
    return {row.name: row for section in sections for row in section.parameters()}


SITE = _index(System, Domain, User)
SOURCES: Mapping[str, dict[str, Parameter[Any]]] = {"ldap": _index(LdapSource), "sql": _index(SqlSource)}
ALIASES = {alias: row for row in SITE.values() for alias in row.aliases}
_ALL = (*SITE, *ALIASES)
_FOLDED = {name.lower(): name for name in _ALL}


def nearest(name: str, names: Mapping[str, object] | None = None) -> str | None:
    """The known name that looks most like this one, or None when nothing does."""
    folded = _FOLDED if names is None else {known.lower(): known for known in names}
    found = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.82)
    return folded[found[0]] if found else None


def migrate(values: dict[str, object], say: Say, path: Path = ()) -> None:
    """Give values under old names their new ones, where these are absent; here and in every domain."""
    for alias, row in ALIASES.items():
        if alias in values and row.name not in values:
            values[row.name] = values[alias]
            say(f"{alias} is the old name of {row.name}", (*path, alias))
    _fork_count(values, say, path)
    domains = values.get("domains")
    if not path and isinstance(domains, Mapping):
        moved = {name: dict(body) if isinstance(body, Mapping) else body for name, body in domains.items()}
        values["domains"] = moved
        for name, body in moved.items():
            if isinstance(body, dict):
                migrate(body, say, ("domains", name))


def _fork_count(values: dict[str, object], say: Say, path: Path) -> None:
    """WOHttpAdaptorForkCount beats WOWorkersCount when it is not zero: the one old name that wins (config.md §5)."""
    old = values.get("WOHttpAdaptorForkCount")
    if not path and old is not None and str(old).strip() not in ("", "0") and old != values.get("WOWorkersCount"):
        values["WOWorkersCount"] = old
        say("WOHttpAdaptorForkCount is the old name of WOWorkersCount and wins over it", ("WOHttpAdaptorForkCount",))


def remarks(values: Mapping[str, object], say: Say) -> None:
    """Unknown names, values that cannot be read, and keys at a level where they mean nothing."""
    for key, value in values.items():
        _check(key, value, (key,), say)
    _check_sources(values, (), say)
    domains = values.get("domains")
    for name, body in domains.items() if isinstance(domains, Mapping) else ():
        if not isinstance(body, Mapping):
            say(f"the domain {name} must be a dictionary; it is left out", ("domains", name))
            continue
        for key, value in body.items():
            _check_in_domain(name, key, value, say)
        _check_sources(body, ("domains", name), say)


def _check(key: str, value: object, path: Path, say: Say) -> None:
    row = SITE.get(key)
    if row is not None:
        for text in _value_remarks(row, value):
            say(text, path)
    elif key in GONE:
        say(f"{key} is not read any more; see {GONE[key]}", path)
    elif key not in ALIASES and not _silent(key):
        say(f"{key} is not a parameter we know" + _hint(nearest(key)), path)


def _silent(key: str) -> bool:
    """Whether a key belongs to a family nobody cares about; but WOLogfile is a slip for WOLogFile, SoGoX for SOGoX."""
    if key in SILENT_NAMES:
        return True
    return key.startswith(SILENT_PREFIXES) and not key.startswith("SoGo") and key.lower() not in _FOLDED


def _check_in_domain(domain: str, key: str, value: object, say: Say) -> None:
    path: Path = ("domains", domain, key)
    row = SITE.get(key)
    if row is not None and row.level is Level.SYSTEM:
        say(f"{key} holds for the whole system; it is not looked at inside of a domain", path)
    else:
        _check(key, value, path, say)


def _value_remarks(row: Parameter[Any], value: object) -> Iterator[str]:
    try:
        read = row.kind.read(value)
    except WrongType as error:
        yield f"{row.name} {error}; it counts as unset"
        return
    if row.kind.choices and read not in row.kind.choices:
        yield f"{row.name} should be one of {', '.join(choice or 'empty' for choice in row.kind.choices)}"


def _check_sources(values: Mapping[str, object], path: Path, say: Say) -> None:
    entries = values.get("SOGoUserSources")
    for number, entry in enumerate(entries if isinstance(entries, list) else ()):
        where: Path = (*path, "SOGoUserSources", number)
        if not isinstance(entry, Mapping):
            say("an entry of SOGoUserSources must be a dictionary; it is left out", where)
            continue
        for text, key in _source_remarks(entry):
            say(f"{text} (user source {entry.get('id', number + 1)})", (*where, key))


def _source_remarks(entry: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """(text, key) for each oddity of one entry."""
    kind = str(entry.get("type", "ldap")).lower()
    if "type" not in entry or kind not in SOURCE_TYPES:
        yield "type should be ldap or sql; the source is taken as ldap", "type"
    if not entry.get("id"):
        yield "a user source needs an id", "id"
    rows = SOURCES.get(kind, SOURCES["ldap"])
    for key, value in entry.items():
        row = rows.get(key)
        if row is not None and key != "type":
            yield from ((text, key) for text in _value_remarks(row, value))
        elif row is None and not any(key in other for other in SOURCES.values()):
            yield f"{key} is not a key we know" + _hint(nearest(key, rows)), key


def _hint(name: str | None) -> str:
    return f"; did you mean {name}?" if name else ""
