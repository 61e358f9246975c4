"""The store as one thing: `open_store` gives it, `sogo.store.interface` says what its parts can do."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from functools import partial

from sogo.errors import NotFound, StoreUnavailable
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
from sogo.store.busy import BusyReading
from sogo.store.interface import (
    ANY,
    BatchWrite,
    Cache,
    Expect,
    Holding,
    InboxItem,
    Opening,
    QuickFilter,
    QuickRow,
    Stamp,
)
from sogo.store.mails import QueuedMail
from sogo.store.sql import revisions
from sogo.store.sql.acl import SqlAclStore
from sogo.store.sql.alarms import SqlAlarmStore
from sogo.store.sql.attachments import SqlAttachments
from sogo.store.sql.batch import BatchWriter
from sogo.store.sql.busy import BusyReader
from sogo.store.sql.clock import ClockOrder
from sogo.store.sql.columns import ColumnCatalogue
from sogo.store.sql.engine import Databases, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.folders import Registry
from sogo.store.sql.holdings import Holdings
from sogo.store.sql.home_notes import SqlHomeNotes
from sogo.store.sql.inbox import SqlInbox
from sogo.store.sql.installing import new_generation
from sogo.store.sql.invitations import SqlInvitations
from sogo.store.sql.layout import FolderTables, Layout, missing_is_gone
from sogo.store.sql.locks import SqlLockStore
from sogo.store.sql.mail_queue import SqlMailQueue
from sogo.store.sql.opening import Openings, Wanted
from sogo.store.sql.profile import SqlProfileStore
from sogo.store.sql.properties import SqlPropertyStore
from sogo.store.sql.property_editor import SqlPropertyEditor
from sogo.store.sql.pushes import SqlPushStore
from sogo.store.sql.reading import NAMES_AT_ONCE, ObjectReader
from sogo.store.sql.remembered import Remembered
from sogo.store.sql.schedule_tags import ScheduleTags
from sogo.store.sql.schema import add_index, create_missing, own_indexes, wanted_tables
from sogo.store.sql.settings import StoreSettings
from sogo.store.sql.sizes import read_sizes
from sogo.store.sql.snapshots import read_items, read_snapshot
from sogo.store.sql.states import FolderStates
from sogo.store.sql.tables import (
    ATTACHMENT_NAME,
    ATTACHMENT_PIECE_NAME,
    DAV_LOCK_NAME,
    DAV_PROPERTY_NAME,
    FOLDER_REVISION_NAME,
    HOME_MEMBER_NAME,
    INBOX_ITEM_NAME,
    INVITATION_NAME,
    MAIL_QUEUE_NAME,
    PUSH_SITE_NAME,
    PUSH_SUBSCRIPTION_NAME,
    SCHEDULE_TAG_NAME,
)
from sogo.store.sql.target import Target
from sogo.store.sql.tracking import Tracking
from sogo.store.sql.url import DatabaseUrl
from sogo.store.sql.values import chunks
from sogo.store.sql.writing import ObjectWriter

log = logging.getLogger(__name__)

_LOSSES = {
    DAV_PROPERTY_NAME: "DAV properties are not kept",
    DAV_LOCK_NAME: "nothing can be locked",
    HOME_MEMBER_NAME: "homes cannot be synchronised",
    PUSH_SUBSCRIPTION_NAME: "there is no push",
    PUSH_SITE_NAME: "there is no push, and no mail is sent",
    MAIL_QUEUE_NAME: "no mail is sent",
    SCHEDULE_TAG_NAME: "answers of attendees change the schedule tag",
    INVITATION_NAME: "nobody is told of being invited to a calendar",
    ATTACHMENT_NAME: "nothing is attached to events",
    ATTACHMENT_PIECE_NAME: "nothing is attached to events",
    INBOX_ITEM_NAME: "nothing is delivered to scheduling inboxes",
}
"""What a site has to do without when it does not let us make a table of ours."""


class SqlFolderStore:
    """`interface.FolderStore` over the SQL tables of either layout."""

    def __init__(
        self,
        layout: Layout,
        tracking: Tracking,
        settings: StoreSettings,
        profiles: SqlProfileStore,
        properties: SqlPropertyStore,
    ) -> None:
        catalogue = ColumnCatalogue()
        self._layout, self._tracking, self._remembered = layout, tracking, profiles.remembered
        self._clock = ClockOrder(settings.clock, settings.overlap_seconds)
        self._states = FolderStates(layout, tracking, self._clock)
        self._reader = ObjectReader(layout, catalogue)
        self._openings = Openings(layout, self._states, self._reader, profiles, properties)
        self._writer = ObjectWriter(layout, catalogue, tracking, settings.clock, self._states.missing)
        self._tags = ScheduleTags(layout.info_engine)
        self._holdings = Holdings(layout, self._states, self._reader, profiles, self._tags)
        self._busy = BusyReader(layout, self._states, self._reader, profiles, properties)
        self._batches = BatchWriter(layout, tracking, settings.clock, self._states.missing, self._writer, self._tags)
        self.registry = Registry(layout)

    # --- folders ------------------------------------------------------------------------------------------------------

    async def open_principal(self, user_id: str, *, users: Sequence[str]) -> Opening:
        return await self._openings.principal(user_id, users)

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
        return await self._openings.home(owner, kind, users, noted_for, reader=reader, also=also)

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
        wanted = None if object_name is None else Wanted(object_name, content)
        return await self._openings.folder(owner, kind, name, users, wanted, reader)

    async def folders(self, owner: str, kind: FolderKind) -> list[FolderState]:
        return await self._states.of_owner(owner, kind)

    async def find_folder(self, owner: str, kind: FolderKind, name: str) -> FolderState | None:
        return await self._states.of_path(Folder(0, owner, kind, name, "").path)

    async def create_folder(self, owner: str, kind: FolderKind, name: str, display_name: str) -> Folder:
        made = await self.registry.create(Folder(0, owner, kind, name, display_name))
        await self._remembered.forget_folder(made)
        await self._tracking.place(self._layout.tables(made))
        return made

    async def remove_folder(self, folder: Folder) -> None:
        await self.registry.unregister(folder)
        await self._remembered.forget_folder(folder)
        await self._tags.forget(folder)
        tables = self._layout.tables(folder)
        if tables.single:
            for engine, table in (
                (tables.store_engine, tables.store),
                (tables.quick_engine, tables.quick),
                (tables.acl_engine, tables.acl),
            ):
                await engine.execute(f"DELETE FROM {table} WHERE c_folder_id = :folder", folder=folder.id)
        else:
            await self.registry.drop_tables(folder)
        if self._tracking.active:

            async def forget(session: Session) -> None:
                await self._tracking.forget(session, folder.id)

            await tables.store_engine.in_transaction(forget)

    # --- objects ------------------------------------------------------------------------------------------------------

    async def entries(
        self,
        folder: Folder,
        *,
        content: bool = False,
        quick: bool = False,
        names: Sequence[str] | None = None,
        where: QuickFilter | None = None,
        batch: int = 500,
    ) -> AsyncIterator[list[Entry]]:
        pages = self._reader.entries(folder, content=content, quick=quick, names=names, where=where, batch=batch)
        async for page in pages:
            yield page

    async def load(self, folder: Folder, name: str, *, quick: bool = False) -> Entry | None:
        return await self._reader.load(folder, name, quick=quick)

    async def used_bytes(self, folders: Sequence[Folder]) -> dict[str, int]:
        return await read_sizes([self._layout.tables(folder) for folder in folders])

    async def point(self, folder: Folder) -> SyncPoint:
        return (await self._states.place(folder)).point

    async def changes(
        self, folder: Folder, since: SyncPoint | None, *, content: bool = False, limit: int | None = None
    ) -> Changes:
        tables = self._layout.tables(folder)
        limit = None if limit is None else max(1, limit)
        with missing_is_gone(tables):
            return await self._changes(tables, since, content=content, limit=limit)

    async def _changes(
        self, tables: FolderTables, since: SyncPoint | None, *, content: bool, limit: int | None
    ) -> Changes:
        for _ in range(2):
            if not self._tracking.active:
                break
            try:
                found = await revisions.changes(tables, since, content=content, limit=limit)
            except StoreUnavailable as error:
                if fault_of(error) is not Fault.MISSING or tables.single:
                    raise
                found = None
            if found is not None:
                return found
            # Not followed yet: begin now and look again.
            await self._tracking.place(tables)
        return await self._clock.changes(tables, since, content=content, limit=limit)

    async def snapshot(self, folder: Folder, since: SyncPoint | None) -> Snapshot | None:
        tables = self._layout.tables(folder)
        if not self._tracking.active or not tables.one_database:
            return None
        try:
            with missing_is_gone(tables):
                return await read_snapshot(tables, since)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING or await self._tracking.is_still_there():
                raise
            return None

    async def renew(self, folder: Folder, generation: str) -> None:
        tables = self._layout.tables(folder)
        log.warning("%s has gone back to an older state; its changes are counted anew.", folder.path)
        await tables.store_engine.execute(
            f"UPDATE {FOLDER_REVISION_NAME} SET c_generation = :new "
            "WHERE c_folder_id = :folder AND c_generation = :old",
            folder=folder.id,
            new=new_generation(),
            old=generation,
        )

    async def items(self, folder: Folder, names: Sequence[str], *, content: bool = True) -> list[Item]:
        tables = self._layout.tables(folder)
        found: list[Item] = []
        with missing_is_gone(tables):
            for chunk in chunks(names, NAMES_AT_ONCE):
                found += await read_items(tables, chunk, content=content)
        return found

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
        return await self._writer.save(
            folder, name, content, quick,
            expect=expect, unique_uid=unique_uid, unindexed=unindexed, owned_at=owned_at, found=found, seen=seen,
        )  # fmt: skip

    async def holdings(self, user_ids: Collection[str], uid: str, name: str) -> dict[str, Holding]:
        return await self._holdings.of(user_ids, uid, name)

    async def busy(self, user_ids: Collection[str], *, also: Collection[str] = (), start: int, end: int) -> BusyReading:
        return await self._busy.read(user_ids, also, start, end)

    async def stamps(self, states: Sequence[FolderState]) -> list[Stamp]:
        return await self._batches.stamps(states)

    async def write_all(
        self,
        writes: Sequence[BatchWrite],
        *,
        unchanged: Sequence[Stamp] = (),
        inbox: Sequence[InboxItem] = (),
        mails: Sequence[QueuedMail] = (),
    ) -> list[Written]:
        return await self._batches.write_all(writes, unchanged=unchanged, inbox=inbox, mails=mails)

    async def schedule_tags(self, folder: Folder, entries: Sequence[Entry]) -> dict[str, str]:
        return await self._tags.of(folder, entries)

    async def remove(
        self,
        folder: Folder,
        name: str,
        *,
        expect: Expect = ANY,
        found: int | None = None,
        seen: Collection[str] | None = None,
    ) -> int:
        return await self._writer.remove(folder, name, expect=expect, found=found, seen=seen)

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
        if source.id == target.id and name == target_name:
            return await self.save(
                source, name, content, quick, expect=expect, unique_uid=unique_uid, unindexed=unindexed, seen=seen
            )
        old = await self._writer.target(source, name, expect, seen)
        new = await self._writer.target(target, target_name, target_expect, seen)
        if _share_database(old, new):
            return await self._writer.move(old, new, content, quick, unique_uid=unique_uid, unindexed=unindexed)
        save = partial(self.save, unique_uid=unique_uid, unindexed=unindexed, seen=seen)
        return await self._move_apart(old, new, content, quick, save, seen)

    async def _move_apart(
        self,
        source: Target,
        target: Target,
        content: str,
        quick: QuickRow,
        save: Callable[..., Awaitable[Written]],
        locks: Collection[str] | None,
    ) -> Written:
        """Between two databases: written there first, removed here second. A crash in between leaves both."""
        entry = await self.load(source.tables.folder, source.name)
        if entry is None:
            raise NotFound("There is no such object.", name=source.name)
        seen = Expect(version=entry.version) if source.expect.version is None else source.expect
        folder = target.tables.folder
        written = await save(folder, target.name, content, quick, expect=target.expect)
        await self.remove(source.tables.folder, source.name, expect=seen, seen=locks)
        return written


class SqlStore:
    """Everything of one site. `start` before use, `close` at the end; both from the same event loop."""

    def __init__(self, settings: StoreSettings, databases: Databases | None = None, cache: Cache | None = None) -> None:
        self._owns_databases = databases is None
        self.settings = settings
        self.databases = databases or Databases(settings.pool)
        layout = Layout(self.databases, settings)
        self._info_engine = layout.info_engine
        profiles = self.databases.engine(settings.profile_url)
        self.tracking = Tracking(layout, wanted=settings.tracking)
        remembered = Remembered(cache)
        self.profiles = SqlProfileStore(profiles, profiles.dialect.quote(settings.profile_url.table), remembered)
        self.acl = SqlAclStore(layout, remembered)
        self.properties = SqlPropertyStore(layout.info_engine)
        self.folders = SqlFolderStore(layout, self.tracking, settings, self.profiles, self.properties)
        self.locks = SqlLockStore(layout, settings.clock)
        self.home_notes = SqlHomeNotes(layout.info_engine)
        self.inbox = SqlInbox(layout.info_engine, settings.clock)
        self.attachments = SqlAttachments(layout.info_engine, settings.clock)
        self.invitations = SqlInvitations(layout.info_engine, settings.clock)
        self.pushes = SqlPushStore(layout.info_engine, settings.clock)
        alarms = settings.alarms_url
        self.alarms = self._alarms(alarms) if alarms else SqlAlarmStore(None)
        self.mails = SqlMailQueue(layout.info_engine, settings.clock)
        self.editor = SqlPropertyEditor(self.folders.registry, self.profiles, self.properties)

    def _alarms(self, url: DatabaseUrl) -> SqlAlarmStore:
        engine = self.databases.engine(url)
        return SqlAlarmStore(engine, engine.dialect.quote(url.table))

    async def start(self) -> list[str]:
        """Make what is missing in the database. Returns what the operator should know, a sentence each; raises
        StoreUnavailable when the database is away or lacks a table it does not let us make."""
        warnings: list[str] = []
        for wanted in wanted_tables(self.databases, self.settings):
            try:
                await create_missing([wanted])
            except StoreUnavailable as error:
                loss = _LOSSES.get(wanted.name)
                if fault_of(error) is not Fault.DENIED or loss is None:
                    raise
                warnings.append(f"The table {wanted.name} cannot be made: {loss}.")
                if wanted.name in (PUSH_SITE_NAME, PUSH_SUBSCRIPTION_NAME):
                    self.pushes.is_there = False
                if wanted.name in (ATTACHMENT_NAME, ATTACHMENT_PIECE_NAME):
                    self.attachments.is_there = False
                if wanted.name in (PUSH_SITE_NAME, MAIL_QUEUE_NAME):
                    self.mails.is_there = False
        await self._add_indexes()
        return warnings + await self.tracking.start()

    async def _add_indexes(self) -> None:
        """Every request lists folders by their owner, and scheduling finds copies by their UID; the original has no
        index for either."""
        for table, column in own_indexes(self.settings):
            try:
                await add_index(self._info_engine, table, column)
            except StoreUnavailable as error:
                if fault_of(error) in (Fault.UNREACHABLE, Fault.DISCONNECTED):
                    raise
                log.info("no index on %s: %s", column, error.fields.get("cause"))

    async def remove_tracking(self) -> None:
        """Take change tracking out of the database again, in both layouts. Sync tokens end by that."""
        await self.tracking.remove(await self.folders.registry.all_folders())

    async def tidy_tracking(self) -> int:
        """Remove what change tracking noted of folders that are gone, in both layouts; returns their number."""
        return await self.tracking.tidy(await self.folders.registry.all_folders())

    async def probe(self) -> None:
        """Raises StoreUnavailable when the database does not answer."""
        await self._info_engine.probe()

    async def close(self) -> None:
        if self._owns_databases:
            await self.databases.close()


def open_store(settings: StoreSettings, databases: Databases | None = None, cache: Cache | None = None) -> SqlStore:
    """A store for a site. `databases` may be shared with SQL user sources; whoever made it closes it. `cache` is
    where an original beside us keeps its copies."""
    return SqlStore(settings, databases, cache)


def _share_database(source: Target, target: Target) -> bool:
    old, new = source.tables, target.tables
    return old.store_engine is new.store_engine and old.quick_engine is new.quick_engine
