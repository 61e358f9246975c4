"""What a home lists, and what of it changed since somebody looked (RFC 6578 §3.5, for members that are collections).

Nobody tells us when a calendar is made, renamed or removed: the original may do it beside us. So whoever looks notes
what was there, each difference with the next number of the home; a token is the last number. The members are compared
by a state, a short text that differs whenever the member does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from sogo.errors import InvalidSyncToken
from sogo.model.folder import SyncPoint

NOWHERE = SyncPoint("none", 0)
"""Where a listing stands of which nothing was ever noted."""


@dataclass(frozen=True, slots=True)
class NotedMember:
    """`revision` is the number of its last change; `state` is "" for one that is gone."""

    state: str
    revision: int
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """A listing as it was when it was last looked at, with the members that had been there before."""

    point: SyncPoint = NOWHERE
    members: Mapping[str, NotedMember] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ListingChanges:
    """Names of members that are new or changed, of those that are gone, and the point to ask from next."""

    changed: list[str]
    removed: list[str]
    point: SyncPoint
    truncated: bool


def state_of(*parts: object) -> str:
    """A short text that differs when one of the parts does."""
    return hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()


def differences(noted: Noted, present: Mapping[str, str]) -> dict[str, str | None]:
    """The state of every member that is new or another than noted; None for one that is gone."""
    found: dict[str, str | None] = {
        name: state
        for name, state in present.items()
        if name not in noted.members or noted.members[name].gone or noted.members[name].state != state
    }
    found |= {name: None for name, member in noted.members.items() if not member.gone and name not in present}
    return found


def changes(noted: Noted, since: SyncPoint | None, *, limit: int | None = None) -> ListingChanges:
    """What changed after a point, in the order of the changes; with None all that is there. Raises InvalidSyncToken
    for a point this listing never gave."""
    if since is not None and (since.generation != noted.point.generation or since.revision > noted.point.revision):
        raise InvalidSyncToken("This sync token is not one of this collection.")
    after = since.revision if since is not None else 0
    later = sorted(
        ((member.revision, name, member.gone) for name, member in noted.members.items() if member.revision > after),
    )
    if since is None:
        later = [one for one in later if not one[2]]
    told = later if limit is None else later[: max(1, limit)]
    cut = len(told) < len(later)
    return ListingChanges(
        changed=[name for _, name, gone in told if not gone],
        removed=[name for _, name, gone in told if gone],
        point=SyncPoint(noted.point.generation, told[-1][0]) if cut else noted.point,
        truncated=cut,
    )
