"""What every store must do, as Protocols; `tests/contract/` holds each implementation to it.

Whoever stands above (`sogo.service`) sees only these names. SQL, table names and the two layouts stay below, in
`sogo.store.sql`. All methods raise StoreUnavailable when the database is away; it is always safe to retry a read.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sogo.model.folder import (
    Changes,
    Entry,
    Folder,
    FolderKind,
    FolderState,
    Item,
    Snapshot,
    SyncPoint,
    Written,
)
from sogo.model.listing import Noted
from sogo.model.locks import Lock
from sogo.model.quick_filter import QuickFilter as QuickFilter
from sogo.store.mails import QueuedMail

if TYPE_CHECKING:
    from sogo.store.busy import BusyReading

QuickRow = Mapping[str, int | str | None]
"""The columns of a quick table but c_folder_id and c_name: made by `sogo.model.quick_event` and `quick_card`.
Empty for an object that is not listed there, a journal: `sogo.model.components` has the reason."""


@dataclass(frozen=True, slots=True)
class Expect:
    """What a writer believes about the name it writes; the store answers PreconditionFailed when it is not so.

    `version` set: the live object must have exactly this version. `absent`: there must be no live object.
    `present`: there must be one, whatever its version. None of them: write in any case.
    """

    version: int | None = None
    absent: bool = False
    present: bool = False


ANY = Expect()

NOT_THERE = -1
"""In place of a version: there was no live object."""


@dataclass(slots=True)
class Profile:
    """The two JSON documents of a user (store.md §§10-12). Unknown keys are kept. Change them only inside
    `ProfileStore.update`: what was loaded is shared."""

    defaults: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opening:
    """What a request begins with, as it stood at one moment where one database holds it all.

    `profiles` has the documents of every user asked for. `properties` are the shared ones by path, with an entry for
    every path that was looked at. `entry` is the object asked for; of its index record at least c_uid and
    c_classification are there. `others` are folders of other homes, in their order. `rights` are the rows of the ACL
    that concern a reader, by c_path and uid: own ones, those of all groups and those for anybody.
    """

    folders: Sequence[FolderState]
    profiles: Mapping[str, Profile]
    properties: Mapping[str, Mapping[str, str]]
    entry: Entry | None = None
    noted: Noted | None = None
    others: Sequence[FolderState] = ()
    rights: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldObject:
    """A live object with its content and its schedule tag. Of its index record c_uid is there, if it has one."""

    folder: Folder
    entry: Entry
    schedule_tag: str

    @property
    def uid(self) -> str | None:
        found = self.entry.quick.get("c_uid") if self.entry.quick else None
        return found if isinstance(found, str) else None


@dataclass(frozen=True, slots=True)
class Holding:
    """What one user has of a meeting: the own calendars, personal first, what of them bears its UID or its name, and
    the user's documents."""

    folders: Sequence[FolderState]
    objects: Sequence[HeldObject]
    profile: Profile


@dataclass(frozen=True, slots=True)
class Stamp:
    """How a folder stood: any write in it, by whoever, gives it another `mark`. `by_revision`: the mark is a sync
    point."""

    folder: Folder
    mark: str
    by_revision: bool


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A message in the scheduling inbox of a user: calendar text with a METHOD. `created` in epoch seconds."""

    user_id: str
    name: str
    content: str
    created: int = 0


@dataclass(frozen=True, slots=True)
class BatchWrite:
    """One object of `FolderStore.write_all`; without `content` it is removed. `keeps_tag` is the schedule tag that it
    goes on with; without it, it gets a new one. The rest is as in `FolderStore.save`."""

    folder: Folder
    name: str
    content: str | None
    quick: QuickRow = field(default_factory=dict)
    expect: Expect = ANY
    unique_uid: str | None = None
    unindexed: bool = False
    seen: Collection[str] | None = None
    keeps_tag: str | None = None


class FolderStore(Protocol):
    """Folders and their objects."""

    async def open_principal(self, user_id: str, *, users: Sequence[str]) -> Opening:
        """The documents of `users`, and the properties of a user and of their homes; no folders."""

    async def open_home(
        self,
        owner: str,
        kind: FolderKind,
        *,
        users: Sequence[str],
        noted_for: str | None = None,
        reader: str | None = None,
        also: Sequence[str] = (),
    ) -> Opening:
        """The folders as `folders` gives them, the properties of the home and of each folder, documents of `users`,
        and what was noted of the listing for one user where that can be read along. `also`: c_paths of folders of
        other homes, some hundreds at most; they are told as `others`. `reader`: whose rights are told, on these folders
        if there are any, else on those of the home."""

    async def open_folder(
        self,
        owner: str,
        kind: FolderKind,
        name: str,
        *,
        users: Sequence[str],
        object_name: str | None = None,
        content: bool = True,
        reader: str | None = None,
    ) -> Opening:
        """One folder (or none) with its properties, documents of `users`, an object with its properties if one is
        named, and the rights of a reader."""

    async def folders(self, owner: str, kind: FolderKind) -> list[FolderState]:
        """A user's own folders of one kind, personal first, then by display name without case. One statement."""

    async def find_folder(self, owner: str, kind: FolderKind, name: str) -> FolderState | None: ...

    async def create_folder(self, owner: str, kind: FolderKind, name: str, display_name: str) -> Folder:
        """Register a folder (and make its tables in the three-table layout). Raises AlreadyExists."""

    async def remove_folder(self, folder: Folder) -> None:
        """Drop the folder with its objects, ACL rows and dead properties. No error when it is gone already."""

    def entries(
        self,
        folder: Folder,
        *,
        content: bool = False,
        quick: bool = False,
        names: Sequence[str] | None = None,
        where: QuickFilter | None = None,
        batch: int = 500,
    ) -> AsyncIterator[list[Entry]]:
        """Live objects in batches, in name order; missing names are left out. `names` may be of any length."""

    async def load(self, folder: Folder, name: str, *, quick: bool = False) -> Entry | None:
        """One live object with its content, or None."""

    async def snapshot(self, folder: Folder, since: SyncPoint | None) -> Snapshot | None:
        """All live objects, or what changed since a point, each with its revision and without content; one statement.
        None where the order of changes is not exact (no triggers, two databases) or `since` is of another one."""

    async def renew(self, folder: Folder, generation: str) -> None:
        """Begin the order of changes anew, so that no point of this generation means anything: the database has gone
        back, and will come by revisions that were told before. Nothing where it has been done already."""

    async def items(self, folder: Folder, names: Sequence[str], *, content: bool = True) -> list[Item]:
        """Objects with the revision of what is read, for a folder that gave a snapshot; any order, missing names left
        out. For some hundred names at a time."""

    async def used_bytes(self, folders: Sequence[Folder]) -> dict[str, int]:
        """The octets of the live objects of each folder, by its path; folders without any may be left out. Every
        object is looked at."""

    async def point(self, folder: Folder) -> SyncPoint:
        """Where the folder's changes stand now."""

    async def changes(
        self, folder: Folder, since: SyncPoint | None, *, content: bool = False, limit: int | None = None
    ) -> Changes:
        """What changed after a point, oldest change first; with None all live objects and nothing removed.

        Never loses a change: whatever commits later than the returned point is told next time. May tell a change twice
        only where change tracking is off. Raises InvalidSyncToken for a point this folder never gave.
        """

    async def save(
        self,
        folder: Folder,
        name: str,
        content: str,
        quick: QuickRow,
        *,
        expect: Expect = ANY,
        unique_uid: str | None = None,
        unindexed: bool = False,
        owned_at: int | None = None,
        found: int | None = None,
        seen: Collection[str] | None = None,
    ) -> Written:
        """Write content and quick row in one transaction. Raises PreconditionFailed when `expect` does not hold, and
        UidConflict when `unique_uid` lives under another name here. That is not looked for when the object still has
        the version `owned_at`, at which the caller saw it with this UID. `found` is the version at which the caller saw
        it, or NOT_THERE: no condition, but a write costs less when it is still so. `seen` are the tokens of all locks
        on the name and on the folder that the caller knows and may pass; raises ResourceLocked when there is another
        one, whoever made it. None: locks are not looked at. `unindexed`: the folder may hold objects without a quick
        row (journals), whose UIDs are looked for in their texts."""

    async def remove(
        self,
        folder: Folder,
        name: str,
        *,
        expect: Expect = ANY,
        found: int | None = None,
        seen: Collection[str] | None = None,
    ) -> int:
        """Leave a tombstone and drop the quick row; returns the time noted. `found` and `seen` as for `save`. Raises
        NotFound, PreconditionFailed, ResourceLocked as `save` does."""

    async def move(
        self,
        source: Folder,
        name: str,
        target: Folder,
        target_name: str,
        *,
        content: str,
        quick: QuickRow,
        expect: Expect = ANY,
        target_expect: Expect = ANY,
        unique_uid: str | None = None,
        unindexed: bool = False,
        seen: Collection[str] | None = None,
    ) -> Written:
        """Remove here and write there; one transaction where both folders share a database. `content` may differ from
        what was stored. Raises NotFound, PreconditionFailed (either end), UidConflict, ResourceLocked as `save` does,
        with the tokens of both ends."""

    async def holdings(self, user_ids: Collection[str], uid: str, name: str) -> dict[str, Holding]:
        """What each of some hundred users has of the UID or under the name, in calendars of their own; an entry for
        each of them. One statement where one database holds it all in one set of tables."""

    async def busy(self, user_ids: Collection[str], *, also: Collection[str] = (), start: int, end: int) -> BusyReading:
        """The events of people that may meet a window (epoch seconds), in all calendars of their own and in those whose
        paths are named, with their documents and properties. One statement for some hundred people, where one database
        holds it all in one set of tables. Raises TooMany."""

    async def stamps(self, states: Sequence[FolderState]) -> list[Stamp]:
        """How folders stand; no statement where their points count changes. Ask before what the write is decided on
        is read."""

    async def write_all(
        self,
        writes: Sequence[BatchWrite],
        *,
        unchanged: Sequence[Stamp] = (),
        inbox: Sequence[InboxItem] = (),
        mails: Sequence[QueuedMail] = (),
    ) -> list[Written]:
        """Write and remove objects of many folders, each as `save` and `remove` do, all or none, in the order given;
        `unchanged` are folders in which nobody else may have written since; with them goes what is put into inboxes and
        into the queue of mails. One transaction where all lie in one
        database, else several that are committed one right after the other. Of a removed object the version that it had
        and the time noted are told.

        Raises Overtaken when an `expect` or a stamp does not hold, UidConflict, ResourceLocked, NotFound when a folder
        is gone."""

    async def schedule_tags(self, folder: Folder, entries: Sequence[Entry]) -> dict[str, str]:
        """The schedule tag of each entry, by name."""


class ProfileStore(Protocol):
    async def load(self, user_id: str) -> Profile:
        """The user's documents; empty ones when there is no row. Old property-list rows are read too. Not to be
        changed."""

    async def update(self, user_id: str, change: Callable[[Profile], None]) -> Profile:
        """Load, let `change` edit in place, write the columns that differ; row locked, so no edit is lost."""


class AclStore(Protocol):
    """Raw rows (store.md §9). What they mean is decided in `sogo.model.rights`."""

    async def roles(self, folder: Folder) -> dict[str, frozenset[str]]:
        """uid (or @group, <default>, anonymous) -> its roles on the folder."""

    async def set_roles(self, folder: Folder, uid: str, roles: Iterable[str]) -> None:
        """Replace the roles of one uid; an empty set is stored as the single role None."""

    async def remove(self, folder: Folder, uids: Iterable[str]) -> None: ...

    async def roles_on(self, folders: Sequence[Folder]) -> dict[str, dict[str, frozenset[str]]]:
        """All rows of many folders, by c_path and uid; folders without rows are left out."""

    async def replace(self, folder: Folder, roles: Mapping[str, Iterable[str]], remove: Iterable[str]) -> None:
        """Set the roles of some and take the rows of others away, all or nothing."""


class PropertyStore(Protocol):
    """DAV properties that SOGo's tables have no place for: dead ones, and a few live ones of ours.

    `path` is the c_path of a folder, with an object's name after it, or /Users/<uid> and /Users/<uid>/Calendar for what
    lies above. `user_id` is "" for
    values shared by everybody. Names are Clark names, values serialised XML fragments.
    """

    async def load(self, paths: Sequence[str], *, user_id: str = "") -> dict[str, dict[str, str]]: ...

    async def update(
        self, path: str, *, user_id: str = "", store: Mapping[str, str] | None = None, remove: Iterable[str] = ()
    ) -> None: ...

    async def move(self, path: str, target: str, *, copy: bool = False) -> None:
        """What is kept under `path`, for all users, belongs to `target` instead of what was there; with `copy` to both
        (RFC 4918 §§9.8.2, 9.9.1)."""

    async def forget(self, path: str) -> None:
        """Drop what is kept under this very path, for all users."""


class InboxStore(Protocol):
    """Scheduling inboxes (RFC 6638 §2.2). Messages come by `FolderStore.write_all`."""

    async def items(self, user_id: str) -> list[InboxItem]:
        """The newest messages of a user, oldest first."""

    async def remove(self, user_id: str, name: str) -> None:
        """Raises NotFound."""


class HomeNotes(Protocol):
    """What users were shown of homes (`sogo.model.listing`). `path` is /Users/<owner>/Calendar, `user_id` who looks."""

    async def load(self, path: str, user_id: str) -> Noted | None:
        """What was noted last; None where nothing can be."""

    async def note(self, path: str, user_id: str, seen: Noted, present: Mapping[str, str]) -> Noted | None:
        """Note how what is there differs from what was seen. None when somebody else noted meanwhile: look again."""


class LockStore(Protocol):
    """Write locks (RFC 4918 §6), the same for all workers and nodes. A lock whose time is over is none."""

    async def lock(self, folder: Folder, wanted: Lock) -> None:
        """Grant a lock. Of two that conflict and come at once one is granted. Who writes with `seen` at the same moment
        has either written before this returns or meets the lock. Raises LockConflict, QuotaExceeded,
        NotFound when the folder is gone, Forbidden where no locks can be kept."""

    async def refresh(self, folder: Folder, token: str, user_id: str, expires: int) -> Lock | None:
        """Let a lock end at another time; None when this user has no such lock in the folder."""

    async def unlock(self, folder: Folder, token: str) -> None:
        """End a lock; no error when it is over already."""

    async def held(self, folders: Sequence[Folder]) -> dict[str, list[Lock]]:
        """The locks in folders by c_path, oldest first; folders without locks are left out."""

    async def drop(self, folder: Folder, names: Sequence[str] | None = None) -> None:
        """End the locks on objects that are gone; with None all of a folder, its own among them."""


@dataclass(frozen=True, slots=True)
class PropertyEdits:
    """All that one PROPPATCH writes. `rename`: a folder and its new display name. `profiles`: user id -> an edit as for
    `ProfileStore.update`. `path` None keeps no properties."""

    rename: tuple[Folder, str] | None = None
    profiles: Mapping[str, Callable[[Profile], None]] = field(default_factory=dict)
    path: str | None = None
    store: Mapping[str, str] = field(default_factory=dict)
    remove: Sequence[str] = ()


class PropertyEditor(Protocol):
    async def apply(self, edits: PropertyEdits) -> None:
        """All or nothing, where profiles and folders share a database (RFC 4918 §9.2). Raises NotFound when the folder
        is gone, InvalidData for what is too long or a document that cannot be read."""


class Cache(Protocol):
    """Shared short-lived texts (auth.md §6). Every failure is a miss: a cache that is down slows, never breaks."""

    async def get(self, key: str) -> str | None: ...

    async def get_many(self, keys: Sequence[str]) -> dict[str, str]: ...

    async def set(self, key: str, value: str, *, ttl_seconds: float | None = None) -> None: ...

    async def add(self, key: str, value: str, *, ttl_seconds: float | None = None) -> bool:
        """Set only if absent; False when it was there (or the cache is down)."""

    async def delete(self, *keys: str) -> None: ...

    async def close(self) -> None: ...


Clock = Callable[[], dt.datetime]
"""Now, with zone. An argument everywhere, so that tests own the time."""

Probe = Callable[[], Awaitable[None]]
"""Raises Unavailable when a back end is not ready; /readyz calls one per back end."""
