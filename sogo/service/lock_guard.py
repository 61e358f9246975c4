"""The one question every writer asks before it writes: is there a lock in the way (RFC 4918 §7)?

A lock keeps out everybody, its maker and superusers included, who does not submit its token. The original's own writes
know nothing of locks. A lock may be granted between the question and the write: the store refuses a write under a lock
that is not among those the writer has seen, and then it is asked again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar

from sogo.auth.interface import User
from sogo.errors import ResourceLocked
from sogo.model.folder import FolderState
from sogo.model.locks import FOLDER, Lock, Touched, standing_in_the_way
from sogo.service.site import Site

T = TypeVar("T")

LOOKS = 4
"""So often a writer looks again for locks that were granted meanwhile."""

Seen = frozenset[str]
"""Tokens of locks that do not stand in the way of a write."""


async def locks_in(site: Site, state: FolderState, *, again: bool = False) -> Sequence[Lock]:
    """The locks in a folder; whoever opened it knows already that there are none in most, unless it looks `again`."""
    if not state.locks and not again:
        return ()
    return (await site.locks.held([state.folder])).get(state.folder.path, ())


async def require_unlocked(
    site: Site, state: FolderState, actor: User, touched: Touched, tokens: Collection[str], *, again: bool = False
) -> Seen:
    """The locks on the folder and on what is touched, all of which the actor may pass. Raises ResourceLocked when one
    stands in the way whose token is not among those the actor submitted."""
    held = await locks_in(site, state, again=again)
    in_the_way = standing_in_the_way(held, touched, tokens=tokens, user_id=actor.user_id)
    if in_the_way:
        raise ResourceLocked(
            "This is locked; the token of the lock is needed.", roots=tuple(lock.root for lock in in_the_way)
        )
    return frozenset(lock.token for lock in held if lock.name == FOLDER or lock.name in touched.names)


async def under_locks(
    seen: Seen, look_again: Callable[[], Awaitable[Seen]], write: Callable[[Seen], Awaitable[T]]
) -> T:
    """Write, and when a lock was granted meanwhile, look again first. Raises ResourceLocked."""
    for _ in range(LOOKS):
        try:
            return await write(seen)
        except ResourceLocked:
            seen = await look_again()
    return await write(seen)
