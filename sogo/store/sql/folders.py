"""The registry of folders: rows of folder_info (store.md §§4-5)."""

from __future__ import annotations

import itertools
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sogo.errors import AlreadyExists, InvalidRequest, NotFound
from sogo.model.folder import PERSONAL, Folder, FolderKind
from sogo.store.sql.columns import read_columns
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Session
from sogo.store.sql.layout import Layout
from sogo.store.sql.schema import Wanted, create_missing, drop_tables, folder_tables
from sogo.store.sql.tables import DAV_LOCK_NAME, DAV_PROPERTY_NAME

COLUMNS = (
    "f.c_folder_id AS c_folder_id, f.c_path2 AS c_path2, f.c_path3 AS c_path3, f.c_path4 AS c_path4, "
    "f.c_foldername AS c_foldername, f.c_location AS c_location, f.c_quick_location AS c_quick_location, "
    "f.c_acl_location AS c_acl_location"
)
PATH_LENGTH = 255
DISPLAY_NAME_LENGTH = 255
NO_PART = "NULL"
"""What the original writes for a part of the path that is missing."""

_counter = itertools.count(1)


def new_table_name(owner: str) -> str:
    """A fresh name for a folder's tables: written in both layouts, used in one of them."""
    letters = re.sub(r"[^A-Za-z0-9]", "", owner)[:8].lower()
    return f"sogo{letters}{next(_counter) & 0xFFF:03x}{secrets.randbits(32):08x}"


@dataclass(frozen=True, slots=True)
class Registry:
    """Reads and writes folder_info. Listing is in `sogo.store.sql.states`, which joins it with where folders stand."""

    layout: Layout

    async def all_folders(self) -> list[Folder]:
        """Every folder of everybody, for maintenance."""
        rows = await self.layout.info_engine.fetch(f"SELECT {COLUMNS} FROM {self.layout.info} f")
        return [folder for row in rows if (folder := read_folder(row)) is not None]

    async def create(self, folder: Folder) -> Folder:
        """Register a folder and, in the three-table layout, make its tables. Raises AlreadyExists, InvalidRequest."""
        _check_name(folder)
        table = new_table_name(folder.owner)
        placed = _located(folder, self.layout, table)
        if not self.layout.single and not self.layout.info_engine.dialect.transactional_ddl:
            return await self._create_tables_first(placed)

        async def work(session: Session) -> Folder:
            made = await self._insert(session, placed)
            if not self.layout.single:
                for entry in self._tables_of(made):
                    for statement in session.dialect.create_table(entry.table, entry.name):
                        await session.run(statement)
            return made

        return await self.layout.info_engine.in_transaction(work)

    async def rename_in(self, session: Session, folder: Folder, display_name: str) -> None:
        """Change the display name inside a transaction of somebody else. Raises NotFound when the folder is gone."""
        matched = await session.execute(
            f"UPDATE {self.layout.info} SET c_foldername = :name WHERE c_path = :path",
            name=display_name[:DISPLAY_NAME_LENGTH],
            path=folder.path,
        )
        if matched == 0:
            raise NotFound("The folder is gone.")

    async def unregister(self, folder: Folder) -> None:
        """Take the row away, and what we kept with the folder; from here on nobody finds the folder."""

        async def work(session: Session) -> None:
            await session.execute(
                f"DELETE FROM {self.layout.info} WHERE c_path = :path AND c_folder_id = :folder",
                path=folder.path,
                folder=folder.id,
            )
            await _forget_kept(session, folder.path)

        await self.layout.info_engine.in_transaction(work)

    async def drop_tables(self, folder: Folder) -> None:
        await drop_tables(self._tables_of(folder))

    def _tables_of(self, folder: Folder) -> Sequence[Wanted]:
        return folder_tables(self.layout.tables(folder))

    async def _create_tables_first(self, folder: Folder) -> Folder:
        """Where DDL cannot be taken back, the row comes last: it must not promise tables that are not there."""
        tables = self._tables_of(folder)
        await create_missing(tables)
        try:
            return await self.layout.info_engine.in_transaction(lambda session: self._insert(session, folder))
        except BaseException:
            await drop_tables(tables)
            raise

    async def _insert(self, session: Session, folder: Folder) -> Folder:
        # The original may have removed a folder of this name, and known nothing of what we kept with it.
        await _forget_kept(session, folder.path)
        await session.execute(
            f"INSERT INTO {self.layout.info} (c_path, c_path1, c_path2, c_path3, c_path4, c_foldername, "
            "c_location, c_quick_location, c_acl_location, c_folder_type) VALUES (:path, 'Users', :owner, :kind, "
            ":name, :display_name, :location, :quick_location, :acl_location, :type)",
            path=folder.path,
            owner=folder.owner,
            kind=folder.kind.value,
            name=folder.name,
            display_name=folder.display_name[:DISPLAY_NAME_LENGTH],
            location=folder.location,
            quick_location=folder.quick_location,
            acl_location=folder.acl_location,
            type=folder.kind.stored_type,
        )
        row = await session.fetch_one(
            f"SELECT {COLUMNS} FROM {self.layout.info} f WHERE f.c_path = :path",
            path=folder.path,
        )
        made = read_folder(row) if row else None
        if made is None:
            raise AlreadyExists("The folder was taken by somebody else.")
        return made


async def _forget_kept(session: Session, path: str) -> None:
    """The DAV properties of a folder and of what lies in it, and the locks; a site may have refused us the tables."""
    below = path + "/"
    for table, condition in (
        (DAV_PROPERTY_NAME, "c_path = :path OR SUBSTR(c_path, 1, :length) = :below"),
        (DAV_LOCK_NAME, "c_folder_path = :path"),
    ):
        if await read_columns(session, table):
            await session.execute(f"DELETE FROM {table} WHERE {condition}", path=path, below=below, length=len(below))


def read_folder(row: Row) -> Folder | None:
    """A folder from its row; None for rows that are no folder of a user, such as those with missing path parts."""
    parts = (row["c_path2"], row["c_path3"], row["c_path4"])
    if any(part in (None, "", NO_PART) for part in parts):
        return None
    try:
        kind = FolderKind(row["c_path3"])
    except ValueError:
        return None
    return Folder(
        id=int(row["c_folder_id"]),
        owner=row["c_path2"],
        kind=kind,
        name=row["c_path4"],
        display_name=row["c_foldername"],
        location=row["c_location"],
        quick_location=row["c_quick_location"],
        acl_location=row["c_acl_location"],
    )


def sort_key(folder: Folder) -> tuple[bool, str, str]:
    """Personal first, then by display name without case; a letter with an accent follows the one without."""
    return (folder.name != PERSONAL, unicodedata.normalize("NFD", folder.display_name).casefold(), folder.name)


def _located(folder: Folder, layout: Layout, table: str) -> Folder:
    locations = [layout.info_url.location(table + suffix) for suffix in ("", "_quick", "_acl")]
    return Folder(0, folder.owner, folder.kind, folder.name, folder.display_name, *locations)


def _check_name(folder: Folder) -> None:
    for part in (folder.owner, folder.name):
        if not part or part in (".", NO_PART) or "/" in part or ".." in part or "~" in part or "\0" in part:
            raise InvalidRequest("This is not a possible name of a folder.")
    if len(folder.path) > PATH_LENGTH:
        raise InvalidRequest(f"The name of the folder is too long: its path may have {PATH_LENGTH} characters.")
