"""Rights as rows: one row for each role of each uid on a folder (store.md §9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sogo.errors import StoreUnavailable
from sogo.model.folder import Folder
from sogo.store.sql.engine import Session
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.layout import FolderTables, Layout
from sogo.store.sql.reading_rights import read_rights
from sogo.store.sql.remembered import Remembered
from sogo.store.sql.values import chunks, in_list

NEVER_STORED = frozenset({"Authenticated", "Anonymous", "PublicUser", "AuthorizedSubscriber", "None"})
NO_ROLE = "None"
UIDS_AT_ONCE = 200
ROWS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class SqlAclStore:
    layout: Layout
    remembered: Remembered

    async def roles(self, folder: Folder) -> dict[str, frozenset[str]]:
        tables = self.layout.tables(folder)
        try:
            rows = await tables.acl_engine.fetch(
                f"SELECT c_uid, c_role FROM {tables.acl} WHERE {tables.of_folder()}c_object = :object",
                folder=folder.id,
                object=folder.acl_object,
            )
        except StoreUnavailable as error:
            if fault_of(error) is Fault.MISSING and not tables.single:
                return {}
            raise
        found: dict[str, set[str]] = {}
        for row in rows:
            found.setdefault(row["c_uid"], set()).add(row["c_role"])
        return {uid: frozenset(roles) for uid, roles in found.items()}

    async def roles_on(self, folders: Sequence[Folder]) -> dict[str, dict[str, frozenset[str]]]:
        found = await read_rights(self.layout, folders, None)
        wanted = {folder.path for folder in folders}
        return {path: dict(uids) for path, uids in found.items() if path in wanted}

    async def set_roles(self, folder: Folder, uid: str, roles: Iterable[str]) -> None:
        await self.replace(folder, {uid: roles}, ())

    async def remove(self, folder: Folder, uids: Iterable[str]) -> None:
        await self.replace(folder, {}, uids)

    async def replace(self, folder: Folder, roles: Mapping[str, Iterable[str]], remove: Iterable[str]) -> None:
        tables = self.layout.tables(folder)
        rows = [(uid, role) for uid, given in sorted(roles.items()) for role in _stored(given)]
        gone = sorted({*roles, *remove})

        async def work(session: Session) -> None:
            if rows:
                await self._lock(session, tables)
            if rows and len(gone) + len(rows) <= ROWS_AT_ONCE and session.dialect.writes_in_queries:
                await _insert(session, tables, rows, instead_of=gone)
                return
            for chunk in chunks(gone, UIDS_AT_ONCE):
                await _delete(session, tables, list(chunk))
            for some in chunks(rows, ROWS_AT_ONCE if session.dialect.unites else 1):
                await _insert(session, tables, some)

        await tables.acl_engine.in_transaction(work)
        await self.remembered.forget_rights(folder)

    async def _lock(self, session: Session, tables: FolderTables) -> None:
        """The table has no key that would stop two writers from adding the same rows; the folder's own row does."""
        if tables.acl_engine is self.layout.info_engine:
            await session.fetch(
                f"SELECT c_folder_id FROM {self.layout.info} WHERE c_folder_id = :folder{session.dialect.for_update}",
                folder=tables.folder.id,
            )


def _stored(roles: Iterable[str]) -> list[str]:
    """A grant of nothing is one too."""
    return sorted(set(roles) - NEVER_STORED) or [NO_ROLE]


async def _insert(
    session: Session, tables: FolderTables, rows: Sequence[tuple[str, str]], *, instead_of: Sequence[str] = ()
) -> None:
    """With `instead_of` the rows of these uids go in the same statement."""
    first, gone = _deletion(tables, instead_of) if instead_of else ("", {})
    first = f"WITH gone AS ({first}) " if first else ""
    folder = ", :folder" if tables.single else ""
    listed = ", ".join(f"(:object, :u{number}, :r{number}{folder})" for number in range(len(rows)))
    values = {f"{mark}{number}": text for number, row in enumerate(rows) for mark, text in zip("ur", row, strict=True)}
    columns = "c_object, c_uid, c_role" + (", c_folder_id" if tables.single else "")
    await session.execute(
        f"{first}INSERT INTO {tables.acl} ({columns}) VALUES {listed}",
        object=tables.folder.acl_object, folder=tables.folder.id, **values, **gone,
    )  # fmt: skip


async def _delete(session: Session, tables: FolderTables, uids: Sequence[str]) -> None:
    sql, values = _deletion(tables, uids)
    await session.execute(sql, folder=tables.folder.id, object=tables.folder.acl_object, **values)


def _deletion(tables: FolderTables, uids: Sequence[str]) -> tuple[str, dict[str, object]]:
    """It uses the values :object and :folder, too."""
    listed, values = in_list("g", uids)
    return (
        f"DELETE FROM {tables.acl} WHERE {tables.of_folder()}c_object = :object AND c_uid IN ({listed})",
        values,
    )
