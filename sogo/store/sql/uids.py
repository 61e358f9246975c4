"""Finds a UID that lives under another name of the same folder (RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1).

Events have their UID in the index. Cards and what is not indexed have not, so candidates are found by their text and
looked at closely.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass

from sogo.errors import UidConflict
from sogo.model.folder import FolderKind
from sogo.store.sql.engine import Session
from sogo.store.sql.layout import FolderTables, live
from sogo.store.sql.values import chunks, in_list, like_pattern

INDEXED_LENGTH = 255
UNFOLDED_LENGTH = 40
FOLDERS_AT_ONCE = 100
_FOLD = re.compile(r"\r?\n[ \t]")
_UID_LINE = re.compile(r"^(?:[A-Za-z0-9-]+\.)?UID(?:;[^:\r\n]*)?:([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Places:
    """Where to look, in a calendar; the UIDs of cards are in their texts alone."""

    index: bool
    texts: bool


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


async def _indexed(index: Session, store: Session, tables: FolderTables, name: str, uid: str) -> AsyncIterator[str]:
    objects = (
        f"JOIN {tables.store} s ON {tables.same_folder('s', 'q')}s.c_name = q.c_name AND {live('s')} "
        if tables.one_database
        else ""
    )
    indexed = uid[:INDEXED_LENGTH]
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
    wanted = {(tables.folder.id, uid.replace("\0", "")[:INDEXED_LENGTH]): name for tables, name, uid in written}
    for chunk in _chunked(written):
        uids, values = in_list("u", sorted({uid.replace("\0", "")[:INDEXED_LENGTH] for _, _, uid in chunk}))
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
