"""The one question every writer asks before it writes: is there a lock in the way (RFC 4918 §7)?

A lock keeps out everybody, its maker and superusers included, who does not submit its token. The original's own writes
know nothing of locks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sogo.auth.interface import User
from sogo.errors import ResourceLocked
from sogo.model.folder import FolderState
from sogo.model.locks import Lock, Touched, standing_in_the_way
from sogo.service.site import Site


async def locks_in(site: Site, state: FolderState) -> Sequence[Lock]:
    """The locks in a folder; whoever opened it knows already that there are none in most."""
    if not state.locks:
        return ()
    return (await site.locks.held([state.folder])).get(state.folder.path, ())


async def require_unlocked(
    site: Site, state: FolderState, actor: User, touched: Touched, tokens: Collection[str]
) -> None:
    """Raises ResourceLocked when a lock stands in the way whose token is not among those the actor submitted."""
    held = await locks_in(site, state)
    in_the_way = standing_in_the_way(held, touched, tokens=tokens, user_id=actor.user_id)
    if in_the_way:
        raise ResourceLocked(
            "This is locked; the token of the lock is needed.", roots=tuple(lock.root for lock in in_the_way)
        )
