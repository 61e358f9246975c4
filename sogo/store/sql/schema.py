"""Makes the tables that are missing, on the first start and whenever a new one comes along (store.md §§1-2).

Several workers, or the original, may do the same at the same moment: whoever comes second finds the table there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sogo.errors import AlreadyExists, StoreUnavailable
from sogo.model.folder import FolderKind
from sogo.store.sql.columns import catalogue_name, read_columns
from sogo.store.sql.dialects.base import Collation, Dialect
from sogo.store.sql.engine import Databases, Engine, Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.layout import FolderTables
from sogo.store.sql.settings import StoreSettings
from sogo.store.sql.tables import (
    ACL,
    ADMIN,
    ALARMS,
    ATTACHMENT,
    ATTACHMENT_NAME,
    ATTACHMENT_PIECE,
    ATTACHMENT_PIECE_NAME,
    CACHE_FOLDER,
    DAV_LOCK,
    DAV_LOCK_NAME,
    DAV_PROPERTY,
    DAV_PROPERTY_NAME,
    FOLDER_INFO,
    HOME_MEMBER,
    HOME_MEMBER_NAME,
    INBOX_ITEM,
    INBOX_ITEM_NAME,
    INVITATION,
    INVITATION_NAME,
    MAIL_QUEUE,
    MAIL_QUEUE_NAME,
    OPENID,
    PUSH_SITE,
    PUSH_SITE_NAME,
    PUSH_SUBSCRIPTION,
    PUSH_SUBSCRIPTION_NAME,
    QUICK,
    QUICK_NAMES,
    SCHEDULE_TAG,
    SCHEDULE_TAG_NAME,
    SESSIONS,
    STORE,
    USER_PROFILE,
    Table,
)
from sogo.store.sql.url import DatabaseUrl

ATTEMPTS = 4
OWNER_COLUMN = "c_path2"
"""The column of the table of folders that holds their owners, and for which the original has no index."""
UID_COLUMN = "c_uid"
"""The column of the index of calendars by which the copies of a meeting are found; it has no index of the original
either."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A table that has to exist."""

    engine: Engine
    name: str
    table: Table


def wanted_tables(databases: Databases, settings: StoreSettings) -> list[Wanted]:
    """All tables of a site but those that belong to single folders."""
    info = settings.folder_info_url

    def at(url: DatabaseUrl | None, table: Table) -> list[Wanted]:
        return [Wanted(databases.engine(url), url.table, table)] if url else []

    wanted = at(settings.profile_url, USER_PROFILE) + at(info, FOLDER_INFO)
    if settings.single_store:
        wanted += at(settings.store_url, STORE) + at(settings.acl_url, ACL)
        wanted += at(settings.cache_folder_url, CACHE_FOLDER)
        wanted += [table for kind in FolderKind for table in at(info.with_table(QUICK_NAMES[kind]), QUICK[kind])]
    wanted += at(settings.sessions_url, SESSIONS) + at(settings.alarms_url, ALARMS)
    wanted += at(settings.admin_url, ADMIN) + at(settings.openid_url, OPENID)
    wanted += at(info.with_table(DAV_PROPERTY_NAME), DAV_PROPERTY)
    wanted += at(info.with_table(HOME_MEMBER_NAME), HOME_MEMBER)
    wanted += at(info.with_table(PUSH_SUBSCRIPTION_NAME), PUSH_SUBSCRIPTION)
    wanted += at(info.with_table(PUSH_SITE_NAME), PUSH_SITE)
    wanted += at(info.with_table(MAIL_QUEUE_NAME), MAIL_QUEUE)
    wanted += at(info.with_table(SCHEDULE_TAG_NAME), SCHEDULE_TAG)
    wanted += at(info.with_table(INBOX_ITEM_NAME), INBOX_ITEM)
    wanted += at(info.with_table(INVITATION_NAME), INVITATION)
    wanted += at(info.with_table(ATTACHMENT_NAME), ATTACHMENT)
    wanted += at(info.with_table(ATTACHMENT_PIECE_NAME), ATTACHMENT_PIECE)
    return wanted + at(info.with_table(DAV_LOCK_NAME), DAV_LOCK)


async def is_missing(engine: Engine, name: str) -> bool:
    try:
        await engine.fetch(f"SELECT 1 AS one FROM {engine.dialect.quote(name)} WHERE 1 = 2")
    except StoreUnavailable as error:
        if fault_of(error) is Fault.MISSING:
            return True
        raise
    return False


async def create_missing(wanted: Sequence[Wanted]) -> list[str]:
    """Make what is not there; returns the names of the tables made. Raises StoreUnavailable where that is refused."""
    made: list[str] = []
    for entry in wanted:
        for attempt in range(1, ATTEMPTS + 1):
            if not await is_missing(entry.engine, entry.name):
                break
            try:
                async with set_up(entry.engine) as session:
                    made += await create_table(session, entry.name, entry.table)
            except AlreadyExists:
                # Somebody else was making it; look again.
                if attempt == ATTEMPTS:
                    raise
    return made


async def create_table(session: Session, name: str, table: Table, *, collation: Collation | None = None) -> list[str]:
    """Make one table unless it exists; returns its name if it was made.

    `collation` is that of its texts, where tables have one. Without it they are as in the tables that the original
    makes in the same database, if that is utf8mb4; texts of two collations cannot be joined.
    """
    if await read_columns(session, name):
        return []
    usual = session.dialect.collation_sql
    if usual and collation is None and not table.binary:
        row = await session.fetch_one(usual)
        if row is not None and row["charset"] == "utf8mb4":
            collation = (row["charset"], row["collation"])
    for statement in session.dialect.create_table(table, name, collation):
        await session.run(statement)
    return [name]


@asynccontextmanager
async def set_up(engine: Engine) -> AsyncIterator[Session]:
    """A session for DDL that only one of our processes has at a time; a transaction where DDL can be one."""
    lock, unlock = engine.dialect.set_up_lock, engine.dialect.set_up_unlock
    async with engine.transaction() if engine.dialect.transactional_ddl else engine.session() as session:
        if lock:
            await session.fetch(lock)
        try:
            yield session
        finally:
            if unlock and session.healthy:
                await session.fetch(unlock)


def folder_tables(tables: FolderTables) -> list[Wanted]:
    """The three tables of one folder in the three-table layout."""
    return [
        Wanted(tables.store_engine, tables.store_name, STORE.without_folder()),
        Wanted(tables.quick_engine, tables.quick_name, QUICK[tables.folder.kind].without_folder()),
        Wanted(tables.acl_engine, tables.acl_name, ACL.without_folder()),
    ]


async def drop_tables(wanted: Sequence[Wanted]) -> None:
    for entry in wanted:
        try:
            await entry.engine.run(f"DROP TABLE {entry.engine.dialect.quote(entry.name)}")
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise


def own_indexes(settings: StoreSettings) -> list[tuple[str, str]]:
    """Tables of the original in the database of the registry, and the column of each that gets an index of ours."""
    found = [(settings.folder_info_url.table, OWNER_COLUMN)]
    return [*found, (QUICK_NAMES[FolderKind.CALENDAR], UID_COLUMN)] if settings.single_store else found


def index_name(dialect: Dialect, table: str, column: str) -> str:
    return f"{catalogue_name(dialect, table)}_{column}_idx"


async def add_index(engine: Engine, table: str, column: str) -> None:
    """An index that the original never made and does not mind. Raises StoreUnavailable where it is refused."""
    bare = catalogue_name(engine.dialect, table)
    name = index_name(engine.dialect, table, column)
    if await engine.fetch(engine.dialect.index_sql, table=bare, name=name):
        return
    try:
        async with set_up(engine) as session:
            await session.run(f"CREATE INDEX {name} ON {engine.dialect.quote(table)} ({column})")
    except AlreadyExists:
        pass
