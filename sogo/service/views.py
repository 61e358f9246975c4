"""A folder as one actor may use it: what services are given instead of a folder."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sogo.auth.interface import User
from sogo.errors import InvalidSyncToken
from sogo.model.css_identifier import subscribed_name
from sogo.model.folder import Entry, Folder, FolderState, SyncPoint
from sogo.model.rights import ANONYMOUS, NOBODY, OWNER, Deed, EventClass, Standing, permits, require


@dataclass(frozen=True, slots=True)
class FolderView:
    """Whoever holds a view acts as its actor. `home` is who subscribed to the folder, where it is shown in that user's
    home instead of its owner's."""

    state: FolderState
    owner: User
    actor: User
    standing: Standing
    home: User | None = None

    @property
    def folder(self) -> Folder:
        return self.state.folder

    @property
    def name(self) -> str:
        """The last segment of its address."""
        folder = self.folder
        return folder.name if self.home is None else subscribed_name(folder.owner, folder.name)

    @property
    def segments(self) -> tuple[str, str, str]:
        """Its address: whose home, the kind, the name."""
        owner = self.folder.owner if self.home is None else self.home.user_id
        return (owner, self.folder.kind.value, self.name)

    @property
    def mark(self) -> str:
        """What a listing depends on beside the folder itself: what the actor is to it, and whose it is said to be."""
        if self.standing.owner:
            return self.standing.key
        return "\0".join((self.standing.key, self.name, self.owner.cn, self.owner.email))

    @property
    def point(self) -> SyncPoint:
        """Where the changes stand that the actor is told of. Whose rights change is told everything anew: the point is
        one of these very rights."""
        return self.marked(self.state.point)

    def marked(self, point: SyncPoint) -> SyncPoint:
        """A point of the folder as one of the actor's rights."""
        if self.standing.owner:
            return point
        return SyncPoint(f"{point.generation}.{self.standing.key}", point.revision)

    def without_mark(self, point: SyncPoint | None) -> SyncPoint | None:
        """The point of the folder that is meant. Raises InvalidSyncToken for one of other rights."""
        if point is None or self.standing.owner:
            return point
        generation = point.generation.removesuffix(f".{self.standing.key}")
        if generation == point.generation:
            raise InvalidSyncToken("This sync token was given when you had other rights here.")
        return SyncPoint(generation, point.revision)

    def permits(self, deed: Deed, of_class: EventClass | None = None) -> bool:
        return permits(self.standing, deed, of_class)

    def require(self, deed: Deed, of_class: EventClass | None = None) -> None:
        """Raises NotFound, LoginNeeded or Forbidden unless the actor may do this here."""
        require(self.standing, deed, of_class)

    def as_owner(self) -> FolderView:
        """The same folder as its owner has it: for what is read for everybody, such as when somebody is busy."""
        return replace(self, actor=self.owner, standing=OWNER)


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder, and the object that was asked for along with it."""

    view: FolderView
    entry: Entry | None


def standing(actor: User, owner: User) -> Standing:
    """What an actor is to somebody's home itself (auth.md §12: superusers act as owner everywhere)."""
    is_own = actor.user_id == owner.user_id and actor.user_id != ANONYMOUS
    return OWNER if is_own or actor.is_superuser else NOBODY
