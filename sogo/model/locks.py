"""Write locks as values, and what they forbid (RFC 4918 §§6, 7). Pure.

A lock lies in one folder: on the folder itself, or on one name in it, whether there is an object of that name or not.
Folders hold no folders, so depth infinity reaches exactly the folder and the names in it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

FOLDER = ""
"""The name under which a folder itself is locked."""


class Scope(Enum):
    EXCLUSIVE = "exclusive"
    SHARED = "shared"


class Depth(Enum):
    ZERO = "0"
    INFINITY = "infinity"


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock that was granted. `path` is the c_path of its folder, `name` the object's or FOLDER: its root (§6.2).
    `owner` is the D:owner element as the client gave it, "" for none; `user_id` is who made the lock. Times are epoch
    seconds."""

    token: str
    path: str
    name: str
    scope: Scope
    depth: Depth
    owner: str
    user_id: str
    created: int
    expires: int

    @property
    def root(self) -> tuple[str, ...]:
        """Where it lies: owner, kind and name of the folder, and the object's name unless the folder is locked."""
        return (*self.path.split("/")[2:], *((self.name,) if self.name != FOLDER else ()))

    @property
    def is_deep(self) -> bool:
        """Does it lock whatever lies in the folder?"""
        return self.name == FOLDER and self.depth is Depth.INFINITY

    def covers(self, name: str) -> bool:
        """Is the object of this name (or the folder itself, for FOLDER) locked by it?"""
        return self.name == name or self.is_deep


@dataclass(frozen=True, slots=True)
class Touched:
    """What an operation changes in one folder (§7): the objects `names`, their content or properties; `members`: which
    names the folder holds; `folder`: its properties; `everything`: it is removed with all it holds."""

    names: tuple[str, ...] = ()
    members: bool = False
    folder: bool = False
    everything: bool = False


def conflicting(wanted: Lock, held: Iterable[Lock]) -> list[Lock]:
    """The locks that keep another one from being granted: they meet it somewhere, and one of the two is exclusive."""
    return [
        lock
        for lock in held
        if (lock.covers(wanted.name) or wanted.covers(lock.name)) and Scope.EXCLUSIVE in (lock.scope, wanted.scope)
    ]


def standing_in_the_way(held: Sequence[Lock], touched: Touched, *, tokens: Collection[str], user_id: str) -> list[Lock]:
    """The locks whose token should have been submitted (§16 lock-token-submitted); none when the operation may go on.

    A resource that several share is free for each of them, so one token of those that cover it is enough. A token
    counts only for who made the lock (§6.4): anybody may have read it.
    """
    if not held:
        return []
    in_the_way: dict[str, Lock] = {}
    for covering in _by_resource(held, touched):
        if covering and not any(lock.token in tokens and lock.user_id == user_id for lock in covering):
            in_the_way |= {lock.token: lock for lock in covering}
    return list(in_the_way.values())


def _by_resource(held: Sequence[Lock], touched: Touched) -> Iterable[list[Lock]]:
    """For each resource that is changed, the locks on it."""
    names = touched.names
    if touched.everything:
        names = tuple(dict.fromkeys(lock.name for lock in held if lock.name != FOLDER))
    for name in names:
        yield [lock for lock in held if lock.covers(name)]
    if touched.members or touched.folder or touched.everything:
        yield [lock for lock in held if lock.name == FOLDER]
