"""Locking and unlocking (RFC 4918 §§6, 7). What a lock keeps out is asked by every writer in `lock_guard`."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sogo.errors import Forbidden, InvalidRequest, LockTokenMismatch
from sogo.model.locks import FOLDER, Depth, Lock, Scope, Touched
from sogo.model.rights import Deed, permits
from sogo.service.folders import FolderView, check_name
from sogo.service.lock_guard import locks_in, require_unlocked
from sogo.service.site import Site

MAX_SECONDS = 3600
DEFAULT_SECONDS = 600
MAX_OWNER_CHARS = 2048


@dataclass(frozen=True, slots=True)
class LockRequest:
    """What a client asks for. `owner` is a serialised D:owner element, "" for none; `seconds` is how long the lock
    shall last, None as long as it can."""

    scope: Scope
    depth: Depth
    owner: str = ""
    seconds: int | None = DEFAULT_SECONDS


class LockService:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def lock(
        self, view: FolderView, name: str, wanted: LockRequest, *, exists: bool, tokens: Collection[str]
    ) -> Lock:
        """Lock an object, a folder (name FOLDER), or a name that is free: a place where only the holder can put an
        object. Raises LockConflict, ResourceLocked when the folder is locked and would get a member, QuotaExceeded,
        InvalidRequest, Forbidden, NotFound."""
        if name != FOLDER:
            check_name(name)
        view.require(Deed.MODIFY if exists else Deed.CREATE)
        if len(wanted.owner) > MAX_OWNER_CHARS:
            raise InvalidRequest(f"The owner of a lock is described in at most {MAX_OWNER_CHARS} characters.")
        if not exists:
            await require_unlocked(self._site, view.state, view.actor, Touched(members=True), tokens)
        now = self._now()
        lock = Lock(
            f"urn:uuid:{uuid.uuid4()}", view.folder.path, name, wanted.scope, wanted.depth, wanted.owner,
            view.actor.user_id, now, now + lasting(wanted.seconds),
        )  # fmt: skip
        await self._site.locks.lock(view.folder, lock)
        return lock

    async def refresh(self, view: FolderView, name: str, tokens: Collection[str], seconds: int | None) -> Lock:
        """Let a lock of the actor's on this resource last anew (§9.10.2), as long as the actor may write. Raises
        LockTokenMismatch, Forbidden."""
        if not view.permits(Deed.MODIFY):
            view.require(Deed.CREATE)
        for lock in await self.on(view, name):
            if lock.token in tokens and lock.user_id == view.actor.user_id:
                expires = self._now() + lasting(seconds)
                found = await self._site.locks.refresh(view.folder, lock.token, lock.user_id, expires)
                if found is not None:
                    return found
        raise LockTokenMismatch("You hold no such lock here.")

    async def unlock(self, view: FolderView, name: str, token: str) -> None:
        """End a lock that covers this resource (§9.11). Raises LockTokenMismatch, Forbidden for somebody else's."""
        lock = next((one for one in await self.on(view, name) if one.token == token), None)
        if lock is None:
            raise LockTokenMismatch("There is no such lock here.")
        if lock.user_id != view.actor.user_id and not view.standing.owner:
            raise Forbidden("This is the lock of somebody else.", right="unlock")
        await self._site.locks.unlock(view.folder, token)

    async def release(self, view: FolderView, name: str, tokens: Collection[str]) -> None:
        """Give up a name that is locked and holds no object. Raises ResourceLocked, Forbidden."""
        view.require(Deed.REMOVE)
        await require_unlocked(self._site, view.state, view.actor, Touched((name,), members=True), tokens)
        await self._site.locks.drop(view.folder, [name])

    async def on(self, view: FolderView, name: str) -> list[Lock]:
        """The locks that cover a resource of a folder. Not for showing: `shown` is."""
        return [lock for lock in await locks_in(self._site, view.state) if lock.covers(name)]

    async def shown(self, views: Sequence[FolderView]) -> Mapping[str, Sequence[Lock]]:
        """The locks in folders by path, as the actor may see them (§6.8): tokens only of locks that are the actor's or
        the actor could end, owners only where the actor may read."""
        by_path = {view.folder.path: view for view in views if view.state.locks}
        if not by_path:
            return {}
        found = await self._site.locks.held([view.folder for view in by_path.values()])
        return {path: [_as_seen(lock, by_path[path]) for lock in locks] for path, locks in found.items()}

    def _now(self) -> int:
        return int(self._site.clock().timestamp())


def lasting(seconds: int | None) -> int:
    """How long a lock lasts when a client asks for so much."""
    return MAX_SECONDS if seconds is None else min(max(1, seconds), MAX_SECONDS)


def _as_seen(lock: Lock, view: FolderView) -> Lock:
    mine = view.standing.owner or lock.user_id == view.actor.user_id
    reads = mine or permits(view.standing, Deed.READ)
    return replace(lock, token=lock.token if mine else "", owner=lock.owner if reads else "")
