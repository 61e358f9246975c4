"""Folders and what lies in them, as values: the nouns that the store returns and every face speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple


class FolderKind(Enum):
    """The value is the module's name in paths, URLs and settings."""

    CALENDAR = "Calendar"
    CONTACTS = "Contacts"

    @property
    def stored_type(self) -> str:
        """What `c_folder_type` holds."""
        return "Appointment" if self is FolderKind.CALENDAR else "Contact"


PERSONAL = "personal"
"""The name of the folder every user has and nobody can delete."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A calendar or address book as registered in folder_info. `name` is its last URL segment, `id` the c_folder_id.

    The three locations are database URLs with secrets inside; they matter only in the three-table layout and never
    leave `sogo.store`.
    """

    id: int
    owner: str
    kind: FolderKind
    name: str
    display_name: str
    location: str | None = field(default=None, repr=False)
    quick_location: str | None = field(default=None, repr=False)
    acl_location: str | None = field(default=None, repr=False)

    @property
    def path(self) -> str:
        """c_path, such as /Users/jdoe/Calendar/personal."""
        return f"/Users/{self.owner}/{self.kind.value}/{self.name}"

    @property
    def reference(self) -> str:
        """How settings and subscriptions name it: jdoe:Calendar/personal."""
        return f"{self.owner}:{self.kind.value}/{self.name}"

    @property
    def acl_object(self) -> str:
        """c_object of its ACL rows: /jdoe/Calendar/personal."""
        return f"/{self.owner}/{self.kind.value}/{self.name}"


BY_THE_CLOCK = "clock"
"""The generation of all points where changes are ordered by the original's clock, which knows no smaller step than a
second, instead of by revisions."""


@dataclass(frozen=True, slots=True)
class SyncPoint:
    """A place in the order of a folder's changes. `generation` changes when that order had to be begun anew; then
    older points are invalid. `str()` gives the opaque text that sync tokens and ctags are made of."""

    generation: str
    revision: int

    def __str__(self) -> str:
        return f"{self.generation}-{self.revision}"


@dataclass(frozen=True, slots=True)
class FolderState:
    """A folder and where its changes stand. `modified` is max(c_lastmodified) over all rows, -1 when there are none.
    `locks` is the number of write locks that lie in it and have not expired."""

    folder: Folder
    point: SyncPoint
    modified: int
    locks: int = 0


@dataclass(frozen=True, slots=True)
class Mask:
    """That an entry is shown to somebody who sees times only, and what is behind its other name and ETag. `size_bytes`
    and times of such an entry are those of the object: not for showing."""

    stored_name: str
    etag: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One live object of a folder. `component` is vevent, vtodo, vjournal, vcard or vlist, "" without a quick row.
    `content` is None unless it was asked for; `size_bytes` is its length in UTF-8. `quick` holds the quick columns by
    column name, when they were asked for. Times are epoch seconds."""

    name: str
    version: int
    created: int
    modified: int
    component: str
    size_bytes: int
    content: str | None = None
    quick: Mapping[str, object] | None = None
    mask: Mask | None = None

    @property
    def etag(self) -> str:
        """Bare; quoted at the edge. The original's form, so that clients keep their copies when a site moves."""
        return self.mask.etag if self.mask is not None else f"gcs{self.version:08d}"

    @property
    def stored_name(self) -> str:
        """The name the store has it under."""
        return self.mask.stored_name if self.mask is not None else self.name


class Times(NamedTuple):
    """What the quick row of an event or task says of its times (store.md §7), epoch seconds, its UID and
    c_classification."""

    start: int | None
    end: int | None
    cycle_end: int | None
    is_cycle: int | None
    uid: str | None
    classification: int | None = None


class Item(NamedTuple):
    """A live object with the revision of its last change (0: not since changes are followed). `times` is None for
    cards and for objects without a quick row. `is_whole`: both rows are known to be of one transaction."""

    entry: Entry
    revision: int
    times: Times | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The live objects of a folder at a point, or what changed since another one; lowest revision first. `removed` are
    revisions and names, known only for what was removed since the other point."""

    point: SyncPoint
    items: list[Item]
    removed: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened in a folder since a point: live objects changed or added, names removed, and the point to ask from
    next. `truncated` means that `limit` cut the list and asking again from `point` brings more."""

    changed: list[Entry]
    removed: list[str]
    point: SyncPoint
    truncated: bool


@dataclass(frozen=True, slots=True)
class Written:
    """The outcome of a save or a move: the version now stored, and whether the name is new."""

    version: int
    created: bool
    modified: int

    @property
    def etag(self) -> str:
        return f"gcs{self.version:08d}"
