"""Finds what some hundred users have of a meeting: its copies, and what is in the way of one.

In one set of tables of one database that is one statement: folders, objects by UID and by name, documents, each row
with a tag that says what it is. Where folders have tables of their own, their objects are read by a union over the
tables of many folders; what cannot be united is read folder by folder.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sogo.errors import NotFound, StoreUnavailable
from sogo.model.folder import Entry, Folder, FolderKind, FolderState
from sogo.model.schedule_tag import KeptTag, schedule_tag
from sogo.store.interface import HeldObject, Holding, Profile
from sogo.store.sql.dialects.base import Dialect
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.layout import FolderTables, Layout, live, missing_is_gone
from sogo.store.sql.profile import SqlProfileStore, read_profile
from sogo.store.sql.reading import ObjectReader
from sogo.store.sql.schedule_tags import ScheduleTags
from sogo.store.sql.states import FolderStates
from sogo.store.sql.tables import SCHEDULE_TAG_NAME
from sogo.store.sql.uids import INDEXED_LENGTH
from sogo.store.sql.values import chunks, in_list, is_same_name

USERS_AT_ONCE = 200
TABLES_AT_ONCE = 40
FOLDER, PROFILE, OBJECT = range(3)
FOLDER_NUMBERS, TEXTS, MORE_NUMBERS = 4, 8, 3
_OF_OWNERS = "f.c_path1 = 'Users' AND f.c_path3 = :kind AND f.c_path2 IN ({owners})"


@dataclass(slots=True)
class _Found:
    folders: dict[str, list[FolderState]] = field(default_factory=lambda: defaultdict(list))
    profiles: dict[str, Profile] = field(default_factory=dict)
    objects: dict[int, list[tuple[Entry, KeptTag | None]]] = field(default_factory=lambda: defaultdict(list))

    def of(self, user_id: str) -> Holding:
        states = self.folders.get(user_id, [])
        objects = [
            HeldObject(state.folder, entry, schedule_tag(entry, kept))
            for state in states
            for entry, kept in self.objects.get(state.folder.id, ())
        ]
        return Holding(states, objects, self.profiles.get(user_id, Profile()))


class Holdings:
    """`interface.FolderStore.holdings`."""

    def __init__(
        self,
        layout: Layout,
        states: FolderStates,
        reader: ObjectReader,
        profiles: SqlProfileStore,
        tags: ScheduleTags,
    ) -> None:
        self._layout, self._states, self._reader = layout, states, reader
        self._profiles, self._tags = profiles, tags
        self._dialect = layout.info_engine.dialect
        self._united = self._dialect.unites and profiles.engine is layout.info_engine
        tables = layout.tables(Folder(0, "", FolderKind.CALENDAR, "", "")) if layout.single else None
        here = layout.info_engine
        self._all_in_one = self._united and tables is not None and tables.store_engine is here and tables.one_database

    async def of(self, user_ids: Collection[str], uid: str, name: str) -> dict[str, Holding]:
        found: dict[str, Holding] = {}
        for chunk in chunks(sorted(set(user_ids)), USERS_AT_ONCE):
            parts = await self._read(chunk, uid, name)
            found |= {user_id: parts.of(user_id) for user_id in chunk}
        return found

    async def _read(self, user_ids: Sequence[str], uid: str, name: str) -> _Found:
        owners, values = in_list("w", user_ids)
        values |= {"kind": FolderKind.CALENDAR.value, "uid": uid[:INDEXED_LENGTH], "object": name}
        found = _Found()

        def build() -> str:
            branches = [self._folder_branch(owners)]
            if self._united:
                branches.append(self._profile_branch(owners))
            if self._all_in_one:
                branches += self._object_branches(owners)
            return " UNION ALL ".join(branches)

        rows = await self._states.fetch(build, **values)
        folders = [row for row in rows if row["tag"] == FOLDER]
        for state in await self._states.read(folders):
            found.folders[state.folder.owner].append(state)
        for row in rows:
            values_of = list(row.values())
            if row["tag"] == PROFILE:
                user_id, *documents = values_of[1 + FOLDER_NUMBERS : 1 + FOLDER_NUMBERS + 3]
                found.profiles[user_id] = read_profile(user_id, *documents)
            elif row["tag"] == OBJECT:
                _take(found, values_of, uid, name)
        if not self._united:
            found.profiles |= {user_id: await self._profiles.load(user_id) for user_id in user_ids}
        if not self._all_in_one:
            await self._read_apart(found, uid, name)
        return found

    # --- one statement ------------------------------------------------------------------------------------------------

    def _folder_branch(self, owners: str) -> str:
        more = ", ".join(f"0 AS m{number}" for number in range(MORE_NUMBERS))
        return (
            f"SELECT {FOLDER} AS tag, {self._states.columns()}, {more} {self._states.source()} "
            f"AND f.c_path3 = :kind AND f.c_path2 IN ({owners})"
        )

    def _profile_branch(self, owners: str) -> str:
        texts = ["c_uid", "c_defaults", "c_settings"]
        return _branch(self._dialect, PROFILE, [], texts, [], f"FROM {self._profiles.table} WHERE c_uid IN ({owners})")

    def _object_branches(self, owners: str) -> Iterator[str]:
        """By UID, and by name where the UID is another one."""
        tables = self._layout.tables(Folder(0, "", FolderKind.CALENDAR, "", ""))
        registry, of_owners = self._layout.info, _OF_OWNERS.format(owners=owners)
        kept = self._kept_join("s.c_folder_id")
        yield self._object_branch(
            "s.c_folder_id",
            f"FROM {registry} f JOIN {tables.quick} q ON q.c_folder_id = f.c_folder_id AND q.c_uid = :uid "
            f"JOIN {tables.store} s ON s.c_folder_id = q.c_folder_id AND s.c_name = q.c_name {kept}"
            f"WHERE {of_owners} AND {live('s')}",
        )
        yield self._object_branch(
            "s.c_folder_id",
            f"FROM {registry} f JOIN {tables.store} s ON s.c_folder_id = f.c_folder_id AND s.c_name = :object "
            f"LEFT JOIN {tables.quick} q ON q.c_folder_id = s.c_folder_id AND q.c_name = s.c_name {kept}"
            f"WHERE {of_owners} AND {live('s')} AND (q.c_uid IS NULL OR q.c_uid <> :uid)",
        )

    def _object_branch(self, folder: str, rest: str) -> str:
        numbers = [folder, "s.c_version", "s.c_creationdate", "s.c_lastmodified"]
        texts = ["s.c_name", "s.c_content", "q.c_component", "q.c_uid"]
        more = [self._dialect.octets("s.c_content")]
        if self._keeps_tags:
            texts, more = [*texts, "t.c_tag"], [*more, "t.c_version", "t.c_modified"]
        return _branch(self._dialect, OBJECT, numbers, texts, more, rest)

    @property
    def _keeps_tags(self) -> bool:
        return SCHEDULE_TAG_NAME not in self._states.missing

    def _kept_join(self, folder: str) -> str:
        if not self._keeps_tags:
            return ""
        same = f"t.c_folder_id = {folder} AND t.c_name = {self._dialect.united('s.c_name')}"
        return f"LEFT JOIN {SCHEDULE_TAG_NAME} t ON {same} "

    # --- tables of each folder ----------------------------------------------------------------------------------------

    async def _read_apart(self, found: _Found, uid: str, name: str) -> None:
        states = [state for states in found.folders.values() for state in states]
        places = [self._layout.tables(state.folder) for state in states]
        together: list[FolderTables] = []
        for tables in places:
            if self._united and not tables.single and tables.one_database and self._is_here(tables):
                together.append(tables)
            else:
                await self._read_folder(found, tables, uid, name)
        for chunk in chunks(together, TABLES_AT_ONCE):
            await self._read_tables(found, chunk, uid, name)

    def _is_here(self, tables: FolderTables) -> bool:
        return tables.store_engine is self._layout.info_engine

    async def _read_tables(self, found: _Found, chunk: Sequence[FolderTables], uid: str, name: str) -> None:
        def build() -> str:
            return " UNION ALL ".join(branch for tables in chunk for branch in self._table_branches(tables))

        values = {"uid": uid[:INDEXED_LENGTH], "object": name}
        try:
            rows = await self._states.fetch(build, **values)
        except StoreUnavailable as error:
            if fault_of(error) is not Fault.MISSING:
                raise
            # A folder was removed meanwhile, and its tables with it.
            for tables in chunk:
                await self._read_folder(found, tables, uid, name)
            return
        for row in rows:
            _take(found, list(row.values()), uid, name)

    def _table_branches(self, tables: FolderTables) -> Iterator[str]:
        folder = str(tables.folder.id)
        kept = self._kept_join(folder)
        yield self._object_branch(
            folder,
            f"FROM {tables.quick} q JOIN {tables.store} s ON s.c_name = q.c_name {kept}"
            f"WHERE q.c_uid = :uid AND {live('s')}",
        )
        yield self._object_branch(
            folder,
            f"FROM {tables.store} s LEFT JOIN {tables.quick} q ON q.c_name = s.c_name {kept}"
            f"WHERE s.c_name = :object AND {live('s')} AND (q.c_uid IS NULL OR q.c_uid <> :uid)",
        )

    async def _read_folder(self, found: _Found, tables: FolderTables, uid: str, name: str) -> None:
        try:
            with missing_is_gone(tables):
                rows = await tables.quick_engine.fetch(
                    f"SELECT c_name FROM {tables.quick} WHERE {tables.of_folder()}c_uid = :uid",
                    folder=tables.folder.id,
                    uid=uid[:INDEXED_LENGTH],
                )
                names = [*(row["c_name"] for row in rows), name]
                entries = [entry async for page in self._pages(tables, names) for entry in page]
        except NotFound:
            return
        kept = await self._tags.kept(tables.folder, [entry.name for entry in entries])
        for entry in entries:
            _note(found, tables.folder.id, entry, kept.get(entry.name), uid, name)

    def _pages(self, tables: FolderTables, names: Sequence[str]):  # type: ignore[no-untyped-def]
        return self._reader.entries(tables.folder, content=True, quick=True, names=names, where=None, batch=100)


def _branch(
    dialect: Dialect, tag: int, numbers: Sequence[str], texts: Sequence[str], more: Sequence[str], rest: str
) -> str:
    def padded(items: Sequence[str], width: int, filler: str) -> list[str]:
        return [*items, *[filler] * (width - len(items))]

    columns = [f"{number} AS n{place}" for place, number in enumerate(padded(numbers, FOLDER_NUMBERS, "0"))]
    for place, text in enumerate(padded(texts, TEXTS, "NULL")):
        columns.append(f"{text if text == 'NULL' else dialect.united(text)} AS t{place}")
    columns += [f"{number} AS m{place}" for place, number in enumerate(padded(more, MORE_NUMBERS, "0"))]
    return f"SELECT {tag} AS tag, {', '.join(columns)} {rest}"


def _take(found: _Found, values: Sequence[object], uid: str, name: str) -> None:
    """Note the object of a row."""
    folder, version, created, modified = (_number(value) for value in values[1 : 1 + FOLDER_NUMBERS])
    texts = values[1 + FOLDER_NUMBERS : 1 + FOLDER_NUMBERS + TEXTS]
    stored, content, component, its_uid, tag, *_ = (value if isinstance(value, str) else None for value in texts)
    size, kept_version, kept_modified = (_number(value) for value in values[1 + FOLDER_NUMBERS + TEXTS :])
    entry = Entry(
        name=stored or "",
        version=version,
        created=created,
        modified=modified,
        component=component or "",
        size_bytes=size,
        content=content,
        quick={"c_uid": its_uid} if its_uid is not None else None,
    )
    _note(found, folder, entry, KeptTag(kept_version, kept_modified, tag) if tag else None, uid, name)


def _note(found: _Found, folder_id: int, entry: Entry, kept: KeptTag | None, uid: str, name: str) -> None:
    """Unless the database took another UID or name for the one asked for."""
    record: Mapping[str, object] = entry.quick or {}
    if record.get("c_uid") == uid[:INDEXED_LENGTH] or is_same_name(name, entry.name):
        found.objects[folder_id].append((entry, kept))


def _number(value: object) -> int:
    """MySQL makes a DECIMAL of what is unsigned in one branch and signed in another."""
    return 0 if value is None else int(str(value).partition(".")[0])
