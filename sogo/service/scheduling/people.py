"""Who an address of ORGANIZER or ATTENDEE stands for, as far as the actor's domain may know (scheduling.md, terms)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sogo.auth.interface import User
from sogo.model.scheduling.people import Kind, Person
from sogo.service.site import Site

MAX_MEMBERS = 1_000
"""Of one group. A larger one stays an attendee of its own."""
_KINDS = {"location": Kind.ROOM, "thing": Kind.RESOURCE, "group": Kind.RESOURCE}


@dataclass(slots=True)
class Acquaintance:
    """The people of one deed. `users` by user_id, `people` by lower-case address."""

    site: Site
    actor: User
    users: dict[str, User] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)

    async def meet(self, addresses: Iterable[str]) -> None:
        """Look up addresses. Raises DirectoryUnavailable: a person nobody could ask for is no outsider."""
        for address in addresses:
            if address in self.people:
                continue
            user = await self.site.directory.find_user(address)
            if user is not None and self._is_known(user):
                self.people[address] = await self._person(user)

    def know(self, user: User) -> Person:
        """Somebody who need not be looked up: the actor, the owner."""
        self.users[user.user_id] = user
        person = _individual(user)
        for address in person.addresses:
            self.people[address] = person
        return person

    async def _person(self, user: User) -> Person:
        if not user.record.is_group:
            self.users[user.user_id] = user
            return _individual(user)
        members = [member for name in await self._member_names(user) if (member := await self._member(name))]
        return _person(user, kind=Kind.GROUP, members=tuple(members), user_id=None)

    async def _member_names(self, group: User) -> list[str]:
        names = await self.site.directory.group_members(group.record)
        return names if len(names) <= MAX_MEMBERS else []

    async def _member(self, name: str) -> Person | None:
        user = await self.site.directory.find_user(name)
        if user is None or user.record.is_group or not self._is_known(user):
            return None
        self.users[user.user_id] = user
        return _individual(user)

    def _is_known(self, user: User) -> bool:
        """People of other domains are outsiders, also on the same server, unless the site shows them to this one."""
        domain = self.actor.domain
        return user.domain is None or user.domain == domain or user.domain in self.site.config.visible_domains(domain)

    def local(self) -> Iterable[Person]:
        """Everybody who has a calendar here, members of groups included."""
        for person in self.people.values():
            yield from (one for one in (person, *person.members) if one.is_local)


def _individual(user: User) -> Person:
    record = user.record
    kind = _KINDS.get(record.kind, Kind.RESOURCE) if record.is_resource else Kind.INDIVIDUAL
    return _person(user, kind=kind, bookings=record.bookings if record.is_resource else 0, user_id=user.user_id)


def _person(
    user: User, *, kind: Kind, user_id: str | None, bookings: int = 0, members: tuple[Person, ...] = ()
) -> Person:
    addresses = frozenset(email.lower() for email in user.emails)
    return Person(
        address=user.email.lower(),
        cn=user.cn,
        user_id=user_id,
        addresses=addresses,
        kind=kind,
        bookings=max(bookings, -1),
        members=members,
    )
