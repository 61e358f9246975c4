"""How locks read in answers: as D:activelock elements, and as the failures of members in a multistatus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sogo.codec.davxml import lockinfo, writer
from sogo.dav.context import DavRequest
from sogo.dav.failures import FOLDER_SEGMENTS, Place, condition, failure, root_path
from sogo.errors import LockConflict, ResourceLocked
from sogo.model.locks import Lock


def active_locks(request: DavRequest, locks: Iterable[Lock]) -> str:
    """The inside of D:lockdiscovery (RFC 4918 §15.8)."""
    now = int(request.services.site.clock().timestamp())
    return "".join(
        lockinfo.active_lock(
            scope=lock.scope.value,
            depth=lock.depth.value,
            owner=lock.owner,
            seconds=max(0, lock.expires - now),
            token=lock.token,
            root=request.path_of(lock.root, collection=len(lock.root) == FOLDER_SEGMENTS),
        )
        for lock in locks
    )


def failed_members(error: ResourceLocked | LockConflict) -> Sequence[str]:
    """The responses of the members of a collection that keep it from being removed or locked; none when the collection
    does so itself."""
    if any(len(root) <= FOLDER_SEGMENTS for root in error.roots):
        return ()
    return [_failed(type(error)("", roots=(root,)), root) for root in dict.fromkeys(error.roots)]


def _failed(error: ResourceLocked | LockConflict, root: tuple[str, ...]) -> str:
    path = root_path(root)
    return writer.status_response(path, failure(error).status, error=condition(error, Place(path, path)))
