"""Who is in an LDAP group (auth.md §1.6): `member` and `uniqueMember` by name, `memberUid` by login, groups in groups.

A name is read from the source whose base it lies under, the group's own first, so groups and people may be two sources.
Level by level; a group met before is not opened again, so cycles end.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from sogo.auth.interface import Record
from sogo.auth.ldap_client import Entry
from sogo.auth.ldap_entry import record_of
from sogo.auth.ldap_names import LdapNames, is_below, normal_dn
from sogo.auth.records import is_usable_name, values
from sogo.auth.settings import LdapSettings

log = logging.getLogger(__name__)

MAX_MEMBERS = 20_000
MAX_LEVELS = 20
_BATCH = 50


class MemberSource(Protocol):
    settings: LdapSettings
    names: LdapNames

    async def read(self, dns: Sequence[str]) -> list[Entry]: ...

    async def with_uids(self, uids: Sequence[str]) -> list[Entry]: ...


class GroupReader:
    """`sources[0]` is the group's own."""

    def __init__(self, sources: Sequence[MemberSource]) -> None:
        self._sources = sources

    async def members(self, group: Record) -> list[str]:
        """The uids, in the order they are met, each once. Raises DirectoryUnavailable."""
        own = self._sources[0]
        uids: dict[str, str] = {}
        seen = {normal_dn(group.dn)}
        level = [record_of(entry, own.settings) for entry in await own.read([group.dn])]
        for _ in range(MAX_LEVELS):
            level = await self._open(level, seen, uids)
            if not level or not own.settings.expand_subgroups:
                break
        return list(uids.values())[:MAX_MEMBERS]

    async def _open(self, groups: list[Record], seen: set[str], uids: dict[str, str]) -> list[Record]:
        """Note the people of these groups, and give the groups found in them."""
        names: list[str] = []
        logins: list[str] = []
        for group in groups:
            names += [*values(group.attributes, "member"), *values(group.attributes, "uniquemember")]
            logins += values(group.attributes, "memberuid")
        found = [*await self._by_name(names, seen), *await self._by_login(logins, seen)]
        for member in found:
            if not member.is_group and member.uid:
                uids.setdefault(member.uid.lower(), member.uid)
        return [member for member in found if member.is_group]

    async def _by_name(self, names: list[str], seen: set[str]) -> list[Record]:
        fresh: dict[str, str] = {}
        for name in names:
            if normal_dn(name) not in seen:
                fresh.setdefault(normal_dn(name), name)
        if len(seen) + len(fresh) > MAX_MEMBERS:
            log.warning("user source %s: a group has more than %d members", self._sources[0].settings.id, MAX_MEMBERS)
            fresh = dict(list(fresh.items())[: max(0, MAX_MEMBERS - len(seen))])
        seen.update(fresh)
        found: list[Record] = []
        for source in self._sources:
            mine = [name for name in fresh.values() if self._home(name) is source]
            for start in range(0, len(mine), _BATCH):
                entries = await source.read(mine[start : start + _BATCH])
                found += [record_of(entry, source.settings) for entry in entries]
        return found

    def _home(self, name: str) -> MemberSource:
        """The source with the longest base above a name; the group's own when several are equal, or none."""
        own = self._sources[0]
        above = [source for source in self._sources if is_below(name, source.settings.base_dn.replace("%d", ""))]
        return max(above, key=lambda source: len(source.settings.base_dn), default=own)

    async def _by_login(self, logins: list[str], seen: set[str]) -> list[Record]:
        missing = list(dict.fromkeys(login for login in logins if is_usable_name(login)))[:MAX_MEMBERS]
        found: list[Record] = []
        for source in self._sources:
            for start in range(0, len(missing), _BATCH):
                entries = await source.with_uids(missing[start : start + _BATCH])
                found += [record_of(entry, source.settings) for entry in entries]
            known = {one.uid.lower() for one in found}
            missing = [login for login in missing if login.lower() not in known]
        fresh = [one for one in found if not one.is_group or normal_dn(one.dn) not in seen]
        seen.update(normal_dn(one.dn) for one in found)
        return fresh
