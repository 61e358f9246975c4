"""People as scheduling knows them: whoever an address of ORGANIZER or ATTENDEE stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

__all__ = ["UNLIMITED", "Directory", "Kind", "Person", "outsider"]

UNLIMITED = 0
"""`Person.bookings` of a resource that takes everything."""
ASKS_FIRST = -1
"""`Person.bookings` of a resource that takes everything, but shows conflicts as a person would (scheduling.md §6.1)."""


class Kind(Enum):
    """What an address stands for; the value is its CUTYPE (RFC 5545 §3.2.3)."""

    INDIVIDUAL = "INDIVIDUAL"
    GROUP = "GROUP"
    RESOURCE = "RESOURCE"
    ROOM = "ROOM"

    @property
    def is_booked(self) -> bool:
        return self in (Kind.RESOURCE, Kind.ROOM)


@dataclass(frozen=True, slots=True)
class Person:
    """`address` is the primary mail address, `addresses` all by which the person is known (with the primary one), all
    lower case, without `mailto:`. `user_id` is None for an outsider: only mail reaches him. `bookings` counts for
    resources: N at a time, UNLIMITED or ASKS_FIRST. `members` are those of a group, which may be groups again and may
    form loops of equal addresses. `blocks_invitations`: does not want to be invited by this actor (PreventInvitations,
    the white list applied). `is_closed`: a resource whose calendar gives the actor no right at all, so that it cannot
    be booked."""

    address: str
    cn: str = ""
    user_id: str | None = None
    addresses: frozenset[str] = frozenset()
    kind: Kind = Kind.INDIVIDUAL
    bookings: int = UNLIMITED
    members: tuple[Person, ...] = ()
    blocks_invitations: bool = False
    is_closed: bool = False

    @property
    def is_local(self) -> bool:
        return self.user_id is not None

    @property
    def key(self) -> str:
        """The same for all addresses of a user; no address looks like a user's."""
        return f"\0{self.user_id}" if self.user_id is not None else self.address

    def has(self, address: str) -> bool:
        """Whether this lower-case address is one of the person's."""
        return address == self.address or address in self.addresses

    def is_same(self, other: Person) -> bool:
        """The same user, or the same address of an outsider."""
        if self.user_id is not None or other.user_id is not None:
            return self.user_id == other.user_id
        return self.address == other.address


Directory = Mapping[str, Person]
"""By lower-case address, every address that was asked for. One that is missing is an outsider's."""


def outsider(address: str, cn: str = "") -> Person:
    return Person(address, cn or address, addresses=frozenset({address}))
