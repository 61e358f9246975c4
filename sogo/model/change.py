"""What can happen to folders and their objects, as values: said by whoever writes, told to whoever waits."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sogo.model.folder import Folder, FolderKind, SyncPoint


class What(Enum):
    """The kind of a change. The first three are of an object, the others of a folder."""

    WRITTEN = "written"
    REMOVED = "removed"
    CHANGED = "changed"
    """One of the two, and it is not known which; without a name it is not known either which objects."""
    CREATED = "created"
    RENAMED = "renamed"
    EDITED = "edited"
    """Properties of the folder other than its display name."""
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Home:
    """All calendars, or all address books, of one user."""

    owner: str
    kind: FolderKind

    @property
    def path(self) -> str:
        return f"/Users/{self.owner}/{self.kind.value}"


def home_path(path: str) -> str:
    """The path of the home in which the folder at a c_path is."""
    return path.rpartition("/")[0]


def folder_at(path: str) -> Folder:
    """A folder of which no more is known than its c_path, such as one that is gone. Raises ValueError."""
    _, _, owner, kind, name = path.split("/", 4)
    return Folder(0, owner, FolderKind(kind), name, "")


@dataclass(frozen=True, slots=True)
class Notice:
    """A change that the database told of. Of an object: `point` is where its folder stands since, None if not known.
    Of a folder: `path` is its c_path, else "". `own` says that a connection of this process wrote it."""

    folder_id: int
    what: What
    name: str = ""
    path: str = ""
    point: SyncPoint | None = None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A folder at one look. Its `point` or its `detail` differ at the next look if anything in it has changed.

    By the clock (`modified` is not None, the latest c_lastmodified) a point is exact only after `settles_seconds`:
    until then a change may hide behind it.
    """

    folder: Folder
    point: SyncPoint
    detail: tuple[int, ...] = ()
    modified: int | None = None
    settles_seconds: float = 0

    def is_same(self, other: Seen) -> bool:
        return (self.point, self.detail) == (other.point, other.detail)

    def is_beyond(self, known: SyncPoint) -> bool:
        """Something has changed since a point that was given to somebody, for sure."""
        if self.modified is None or known.generation != self.point.generation:
            return known != self.point
        return known.revision <= self.modified

    def may_be_beyond(self, known: SyncPoint) -> bool:
        """By the clock: the point was taken before the folder had settled."""
        return self.modified is not None and known.revision < self.point.revision
