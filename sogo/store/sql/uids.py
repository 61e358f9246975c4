"""Finds a UID that lives under another name of the same folder (RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1).

Events have their UID in the index. Cards and what is not indexed have not, so candidates are found by their text and
looked at closely.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sogo.errors import UidConflict
from sogo.model.folder import FolderKind
from sogo.store.sql.engine import Session
from sogo.store.sql.layout import FolderTables, live
from sogo.store.sql.values import chunks, in_list, like_pattern

INDEXED_LENGTH = 255
UNFOLDED_LENGTH = 40
FOLDERS_AT_ONCE = 100
SETTING = "sogo.uid"
"""Tells the trigger of PostgreSQL which UID nobody else may have: the table of the index and the UID, with SEPARATOR
between."""
SEPARATOR = "\x1f"
_FOLD = re.compile(r"\r?\n[ \t]")
_UID_LINE = re.compile(r"^(?:[A-Za-z0-9-]+\.)?UID(?:;[^:\r\n]*)?:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look, in a calendar; the UIDs of cards are in their texts alone."""

    index: bool
    texts: bool


def is_in_index_only(tables: FolderTables, places: Places) -> bool:
    """Whether a UID can be met in the index alone, so that a trigger finds it."""
    return not places.texts and tables.folder.kind is FolderKind.CALENDAR


@dataclass(frozen=True, slots=True)
class UidQuestion:
    """What a writer has the trigger look for once the folder is its own, instead of `refuse_second_uid`: whether the
    index `quick` has the UID under another name. Not asked of an object that is still in the version `owned_at`."""

    quick: str
    uid: str
    owned_at: int | None

    @property
    def values(self) -> Mapping[str, object]:
        return {"asked": SEPARATOR.join([self.quick, _indexed_form(self.uid)]), "owned_at": self.owned_at}


async def refuse_second_uid(
    index: Session, store: Session, tables: FolderTables, name: str, uid: str, places: Places
) -> None:
    """Raises UidConflict. Runs inside the writer's transaction, after it has locked the folder."""
    uid = uid.replace("\0", "")
    if places.index and tables.folder.kind is FolderKind.CALENDAR:
        async for other in _indexed(index, store, tables, name, uid):
            raise UidConflict(uid, other)
    if places.texts or tables.folder.kind is not FolderKind.CALENDAR:
        async for other in _in_texts(index, store, tables, name, uid):
            raise UidConflict(uid, other)


def no_second_uid(tables: FolderTables, is_there: str) -> str:
    """The condition that no other index record has the UID, for a query that has the values of `uid_values` and the key
    columns of the record; `is_there` as in `SeenLocks.free_once`. It minds more than `refuse_second_uid`: records whose
    object is gone, and UIDs that a database takes for the same."""
    same_folder = "q.c_folder_id = :c_folder_id AND " if tables.single else ""
    return (
        f"NOT EXISTS (SELECT 1 FROM {tables.quick} q "
        f"WHERE {same_folder}q.c_uid = :unique_uid AND q.c_name <> :c_name AND {is_there})"
    )


def uid_values(uid: str | None) -> Mapping[str, object]:
    return {"unique_uid": _indexed_form(uid or "")}


async def _indexed(index: Session, store: Session, tables: FolderTables, name: str, uid: str) -> AsyncIterator[str]:
    objects = (
        f"JOIN {tables.store} s ON {tables.same_folder('s', 'q')}s.c_name = q.c_name AND {live('s')} "
        if tables.one_database
        else ""
    )
    indexed = _indexed_form(uid)
    rows = await index.fetch(
        f"SELECT q.c_name AS c_name, q.c_uid AS c_uid FROM {tables.quick} q {objects}"
        f"WHERE {tables.of_folder('q')}q.c_uid = :uid AND q.c_name <> :name",
        folder=tables.folder.id,
        uid=indexed,
        name=name,
    )
    for row in rows:
        if row["c_uid"] == indexed:
            yield row["c_name"]


def _indexed_form(uid: str) -> str:
    return uid.replace("\0", "")[:INDEXED_LENGTH]


async def _in_texts(index: Session, store: Session, tables: FolderTables, name: str, uid: str) -> AsyncIterator[str]:
    rows = await store.fetch(
        f"SELECT c_name, c_content FROM {tables.store} WHERE {tables.of_folder()}c_name <> :name "
        f"AND {live()} AND c_content LIKE :pattern ESCAPE '!'",
        folder=tables.folder.id,
        name=name,
        pattern=like_pattern(uid[:UNFOLDED_LENGTH]),
    )
    for row in rows:
        if uid in (found.strip() for found in _UID_LINE.findall(_FOLD.sub("", row["c_content"]))):
            yield row["c_name"]


async def refuse_second_uids(store: Session, written: Sequence[tuple[FolderTables, str, str]]) -> None:
    """The same for many objects that are in the index, each with its name and UID; index and store are one database.
    Raises UidConflict."""
    wanted = {(tables.folder.id, _indexed_form(uid)): name for tables, name, uid in written}
    for chunk in _chunked(written):
        uids, values = in_list("u", sorted({_indexed_form(uid) for _, _, uid in chunk}))
        folders, ids = in_list("f", sorted({tables.folder.id for tables, _, _ in chunk}))
        places = {tables.quick: tables for tables, _, _ in chunk}.values()
        sql = " UNION ALL ".join(_of_uids(tables, folders, uids) for tables in places)
        for row in await store.fetch(sql, **values, **ids):
            name = wanted.get((int(row["folder"]), row["c_uid"]))
            if name is not None and row["c_name"] != name:
                raise UidConflict(row["c_uid"], row["c_name"])


def _chunked(written: Sequence[tuple[FolderTables, str, str]]) -> Iterator[Sequence[tuple[FolderTables, str, str]]]:
    """As many as one statement looks for: fewer where each folder has tables of its own."""
    together = bool(written) and (written[0][0].single or written[0][0].dialect.unites)
    return chunks(written, FOLDERS_AT_ONCE if together else 1)


def _of_uids(tables: FolderTables, folders: str, uids: str) -> str:
    folder, condition = str(tables.folder.id), ""
    if tables.single:
        folder, condition = "q.c_folder_id", f"q.c_folder_id IN ({folders}) AND "
    return (
        f"SELECT {folder} AS folder, {tables.dialect.united('q.c_name')} AS c_name, "
        f"{tables.dialect.united('q.c_uid')} AS c_uid FROM {tables.quick} q "
        f"JOIN {tables.store} s ON {tables.same_folder('s', 'q')}s.c_name = q.c_name AND {live('s')} "
        f"WHERE {condition}q.c_uid IN ({uids})"
    )
