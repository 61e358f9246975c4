"""What a request begins with, read by one statement: rows of several tables, each with a tag that says what it is.

Every branch of the UNION has the columns tag, four numbers and eight texts; the folders' come first and give the names.
Where the tables lie in several databases, or the database does not unite long texts, there are several statements with
the same outcome.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sogo.errors import NotFound, StoreUnavailable
from sogo.model.folder import Entry, Folder, FolderKind, FolderState
from sogo.model.rights import ANONYMOUS
from sogo.store.interface import Opening, Profile
from sogo.store.sql import reading_rights
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.home_notes import read_notes
from sogo.store.sql.layout import FolderTables, Layout, live
from sogo.store.sql.profile import SqlProfileStore, read_profile
from sogo.store.sql.properties import SqlPropertyStore
from sogo.store.sql.reading import ObjectReader
from sogo.store.sql.states import FolderStates
from sogo.store.sql.tables import DAV_PROPERTY_NAME, HOME_MEMBER_NAME
from sogo.store.sql.values import in_list, is_same_name

FOLDER, PROFILE, PROPERTY, OBJECT, NOTE, OTHER, RIGHT = range(7)
NUMBERS, TEXTS = 4, 8
KNOWN_FOLDERS = 4096
KNOWN_TEXTS = 1024
_CLASSIFICATION = "CASE q.c_classification WHEN 0 THEN '0' WHEN 1 THEN '1' WHEN 2 THEN '2' END"
_PATHS = "f.c_path1 = 'Users' AND f.c_path2 = :owner AND f.c_path3 = :kind"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An object that is asked for along with its folder, by name."""

    name: str
    content: bool


@dataclass(slots=True)
class _Parts:
    """The rows of an opening, sorted out."""

    folders: list[Row]
    profiles: dict[str, Profile]
    properties: dict[str, dict[str, str]]
    notes: list[Row]
    others: list[Row]
    rights: list[tuple[str, str, str]]
    entry: Entry | None = None


class Openings:
    """`home`, `folder` and `principal` of `interface.FolderStore`."""

    def __init__(
        self,
        layout: Layout,
        states: FolderStates,
        reader: ObjectReader,
        profiles: SqlProfileStore,
        properties: SqlPropertyStore,
    ) -> None:
        self._layout, self._states, self._reader = layout, states, reader
        self._profiles, self._properties = profiles, properties
        self._dialect = layout.info_engine.dialect
        self._united = self._dialect.unites and profiles.engine is layout.info_engine
        self._shares_rights = reading_rights.are_shared(layout)
        self._known: OrderedDict[str, FolderTables] = OrderedDict()
        self._texts: dict[tuple[object, ...], str] = {}

    async def principal(self, user_id: str, users: Sequence[str]) -> Opening:
        paths = [f"/Users/{user_id}", *(f"/Users/{user_id}/{kind.value}" for kind in FolderKind)]
        if not self._united:
            return await self._apart([], users, paths)
        values = {f"p{number}": path for number, path in enumerate(paths)}
        shape = ("principal", len(users))

        def build() -> str:
            listed = ", ".join(f":{name}" for name in values)
            return _union([*self._profile_branches(users), *self._property_branches(f"p.c_path IN ({listed})")])

        parts = _sorted_out(await self._states.fetch(self._once(build, *shape), **values, **_named(users)), users)
        return _opening(parts, [], paths)

    async def home(
        self,
        owner: str,
        kind: FolderKind,
        users: Sequence[str],
        noted_for: str | None = None,
        *,
        reader: str | None = None,
        also: Sequence[str] = (),
    ) -> Opening:
        above = f"/Users/{owner}/{kind.value}"
        if not self._united:
            return await self._home_apart(owner, kind, users, reader, also)
        listed, values = in_list("s", also) if also else ("", {})

        def build() -> str:
            of_folders = f"SELECT {self._dialect.united('f.c_path')} FROM {self._layout.info} f WHERE {_PATHS}"
            return _union([
                f"SELECT {FOLDER} AS tag, {self._states.columns()} {self._states.source()} "
                "AND f.c_path2 = :owner AND f.c_path3 = :kind",
                *self._profile_branches(users),
                *self._property_branches("p.c_path = :above", f"p.c_path IN ({of_folders})"),
                *(self._note_branches() if noted_for is not None else ()),
                *(self._other_branches(listed) if also else ()),
                *self._right_branches(
                    reader, f"f.c_path IN ({listed})" if also else f"{_PATHS}"
                ),
            ])  # fmt: skip

        values |= {"owner": owner, "kind": kind.value, "above": above, "noted_for": noted_for or "", "reader": reader}
        shape = ("home", len(users), noted_for is not None, listed, *_manner(reader))
        parts = _sorted_out(await self._states.fetch(self._once(build, *shape), **values, **_named(users)), users)
        opening = _opening(parts, await self._states.read(parts.folders), [above])
        opening = await self._with_others(opening, parts, also)
        if reader is not None and not self._shares_rights:
            opening = await self._with_rights(opening, reader)
        return opening if noted_for is None or self._has_no_notes else replace(opening, noted=read_notes(parts.notes))

    async def folder(
        self,
        owner: str,
        kind: FolderKind,
        name: str,
        users: Sequence[str],
        wanted: Wanted | None,
        reader: str | None = None,
    ) -> Opening:
        path = Folder(0, owner, kind, name, "").path
        below = [f"{path}/{wanted.name}"] if wanted else []
        if not self._united:
            state = await self._states.of_path(path)
            opening = await self._apart([state] if state else [], users, below)
            return await self._with_rights(await self._with_object(opening, wanted), reader)
        tables = self._tables_of(path, kind) if wanted is not None or reader is not None else None
        parts = await self._folder_parts(path, users, wanted, tables, reader)
        if wanted is not None and parts.entry is not None and not is_same_name(wanted.name, parts.entry.name):
            parts.entry = None
        opening = _opening(parts, await self._states.read(parts.folders) if len(parts.folders) == 1 else [], below)
        were_right = self._were_right(opening, tables)
        if not were_right:
            opening = await self._with_object(opening, wanted)
        if self._shares_rights or (were_right and self._tells_rights(tables)):
            return opening
        return await self._with_rights(opening, reader)

    # --- statements ---------------------------------------------------------------------------------------------------

    async def _folder_parts(
        self,
        path: str,
        users: Sequence[str],
        wanted: Wanted | None,
        tables: FolderTables | None,
        reader: str | None,
    ) -> _Parts:
        def build(tables: FolderTables | None) -> str:
            return _union([
                f"SELECT {FOLDER} AS tag, {self._states.columns()} {self._states.source()} AND f.c_path = :path",
                *self._profile_branches(users),
                *self._property_branches(
                    f"p.c_path IN (SELECT {self._dialect.united('f.c_path')} FROM {self._layout.info} f "
                    "WHERE f.c_path = :path)",
                    *(["p.c_path = :below"] if wanted else ()),
                ),
                *([self._object_branch(tables, content=wanted.content)] if tables and wanted else ()),
                *self._right_branches(reader, "f.c_path = :path", tables),
            ])  # fmt: skip

        name = wanted.name if wanted else ""
        shape = ("folder", len(users), wanted and wanted.content, *_manner(reader))
        values: dict[str, object] = {"path": path, "object": name, "below": f"{path}/{name}", **_named(users)}
        values |= {"reader": reader, "acl_object": path.removeprefix("/Users")}

        def of(tables: FolderTables | None) -> Callable[[], str]:
            names = (tables.store_name, tables.quick_name, tables.acl_name) if tables else None
            return self._once(lambda: build(tables), *shape, names)

        if tables is not None and not tables.single:
            try:
                return _sorted_out(await self._states.fetch(of(tables), **values), users)
            except StoreUnavailable as error:
                if fault_of(error) is not Fault.MISSING:
                    raise
                # The folder was removed since we met it; whatever else is missing is noticed below.
                self._known.pop(path, None)
                tables = None
        return _sorted_out(await self._states.fetch(of(tables), **values), users)

    def _once(self, build: Callable[[], str], *shape: object) -> Callable[[], str]:
        """The statement of this shape, put together only once while the tables that are there stay the same."""

        def remembered() -> str:
            key = (*shape, self._states.tracking.active, len(self._states.missing))
            text = self._texts.get(key)
            if text is None:
                if len(self._texts) >= KNOWN_TEXTS:
                    self._texts.clear()
                text = self._texts[key] = build()
            return text

        return remembered

    def _profile_branches(self, users: Sequence[str]) -> list[str]:
        rest = f"FROM {self._profiles.table} WHERE c_uid = :u"
        return [
            self._branch(PROFILE, [str(number)], ["c_defaults", "c_settings"], f"{rest}{number}")
            for number in range(len(users))
        ]

    def _property_branches(self, *conditions: str) -> list[str]:
        if DAV_PROPERTY_NAME in self._states.missing:
            return []
        texts = ["p.c_path", "p.c_property", "p.c_value"]
        rest = f"FROM {DAV_PROPERTY_NAME} p WHERE p.c_uid = '' AND "
        return [self._branch(PROPERTY, [], texts, rest + condition) for condition in conditions]

    @property
    def _has_no_notes(self) -> bool:
        return HOME_MEMBER_NAME in self._states.missing

    def _note_branches(self) -> list[str]:
        """What was noted of the home for one user, as of the moment of its listing."""
        if self._has_no_notes:
            return []
        rest = f"FROM {HOME_MEMBER_NAME} m WHERE m.c_path = :above AND m.c_uid = :noted_for"
        return [self._branch(NOTE, ["m.c_revision", "m.c_gone"], ["m.c_name", "m.c_state"], rest)]

    def _other_branches(self, listed: str) -> list[str]:
        """Folders of other homes with their properties."""
        folders = f"SELECT {OTHER} AS tag, {self._states.columns()} {self._states.source()} AND f.c_path IN ({listed})"
        return [folders, *self._property_branches(f"p.c_path IN ({listed})")]

    def _right_branches(self, reader: str | None, folders: str, tables: FolderTables | None = None) -> list[str]:
        """The rights of a reader, where they can be told along: on all folders that the condition keeps."""
        if reader is None:
            return []
        if self._shares_rights:
            rest = reading_rights.shared(self._layout, reader, folders)
        elif tables is not None and self._tells_rights(tables):
            rest = reading_rights.of_tables(tables, reader)
        else:
            return []
        return [self._branch(RIGHT, [], reading_rights.COLUMNS, rest)]

    def _tells_rights(self, tables: FolderTables | None) -> bool:
        return tables is not None and tables.acl_engine is self._layout.info_engine

    def _object_branch(self, tables: FolderTables, *, content: bool) -> str:
        numbers = ["s.c_version", "s.c_creationdate", "s.c_lastmodified", self._dialect.octets("s.c_content")]
        texts = ["s.c_name", "s.c_content" if content else "NULL", "q.c_component"]
        texts += ["q.c_uid", _CLASSIFICATION] if tables.folder.kind is FolderKind.CALENDAR else []
        source, same, folder = f"{tables.store} s", "", ""
        if tables.single:
            source = f"{self._layout.info} f JOIN {tables.store} s ON s.c_folder_id = f.c_folder_id"
            same, folder = "q.c_folder_id = s.c_folder_id AND ", "f.c_path = :path AND "
        rest = (
            f"FROM {source} LEFT JOIN {tables.quick} q ON {same}q.c_name = s.c_name "
            f"WHERE {folder}s.c_name = :object AND {live('s')}"
        )
        return self._branch(OBJECT, numbers, texts, rest)

    def _branch(self, tag: int, numbers: Sequence[str], texts: Sequence[str], rest: str) -> str:
        columns = [
            f"{number} AS n{place}" for place, number in enumerate((*numbers, *["0"] * (NUMBERS - len(numbers))))
        ]
        for place, text in enumerate((*texts, *["NULL"] * (TEXTS - len(texts)))):
            columns.append(f"{text if text == 'NULL' else self._dialect.united(text)} AS t{place}")
        return f"SELECT {tag} AS tag, {', '.join(columns)} {rest}"

    # --- where an object lies -----------------------------------------------------------------------------------------

    def _tables_of(self, path: str, kind: FolderKind) -> FolderTables | None:
        """The tables of a folder, if its objects can be read along with it."""
        if self._layout.single:
            return self._if_at_hand(self._layout.tables(Folder(0, "", kind, "", "")))
        found = self._known.get(path)
        if found is not None:
            self._known.move_to_end(path)
        return found

    def _if_at_hand(self, tables: FolderTables) -> FolderTables | None:
        here = self._layout.info_engine
        return tables if tables.store_engine is here and tables.quick_engine is here else None

    def _were_right(self, opening: Opening, tables: FolderTables | None) -> bool:
        """Whether the object was looked for in the tables that the folder has."""
        if not opening.folders:
            return True
        return tables is not None and (tables.single or tables.folder == opening.folders[0].folder)

    async def _with_object(self, opening: Opening, wanted: Wanted | None) -> Opening:
        """The object by a statement of its own; the folder's tables are known from now on."""
        if wanted is None or not opening.folders:
            return opening
        folder = opening.folders[0].folder
        try:
            entry = await self._reader.load(folder, wanted.name, quick=folder.kind is FolderKind.CALENDAR)
        except NotFound:
            return Opening([], opening.profiles, opening.properties)
        self._meet(folder)
        return replace(opening, entry=entry)

    def _meet(self, folder: Folder) -> None:
        """The tables of this folder are known from now on."""
        if self._layout.single:
            return
        tables = self._if_at_hand(self._layout.tables(folder))
        if tables is not None:
            self._known[folder.path] = tables
            while len(self._known) > KNOWN_FOLDERS:
                self._known.popitem(last=False)

    async def _with_others(self, opening: Opening, parts: _Parts, also: Sequence[str]) -> Opening:
        if not also:
            return opening
        others = await self._states.read(parts.others)
        kept = {state.folder.path: parts.properties.get(state.folder.path, {}) for state in others}
        return replace(opening, others=others, properties={**opening.properties, **kept})

    async def _with_rights(self, opening: Opening, reader: str | None) -> Opening:
        """The rights by a statement of its own: in a home of the reader's those on others' folders."""
        if reader is None or not (opening.folders or opening.others):
            return opening
        folders = [state.folder for state in opening.others or opening.folders]
        rights = await reading_rights.read_rights(self._layout, folders, reader)
        if len(folders) == 1:
            self._meet(folders[0])
        return replace(opening, rights=rights)

    # --- several databases --------------------------------------------------------------------------------------------

    async def _home_apart(
        self, owner: str, kind: FolderKind, users: Sequence[str], reader: str | None, also: Sequence[str]
    ) -> Opening:
        above = f"/Users/{owner}/{kind.value}"
        opening = await self._apart(await self._states.of_owner(owner, kind), users, [above])
        others = await self._states.of_paths(also) if also else []
        if others:
            kept = await self._properties.load([state.folder.path for state in others])
            more = {state.folder.path: kept.get(state.folder.path, {}) for state in others}
            opening = replace(opening, others=others, properties={**opening.properties, **more})
        return await self._with_rights(opening, reader if others or not also else None)

    async def _apart(self, states: Sequence[FolderState], users: Sequence[str], above: Sequence[str]) -> Opening:
        profiles = {user_id: await self._profiles.load(user_id) for user_id in users}
        paths = [*above, *(state.folder.path for state in states)]
        stored = await self._properties.load(paths)
        return Opening(states, profiles, {path: stored.get(path, {}) for path in paths})


def _named(users: Sequence[str]) -> dict[str, str]:
    return {f"u{number}": user_id for number, user_id in enumerate(users)}


def _union(branches: Sequence[str]) -> str:
    return " UNION ALL ".join(branches)


def _sorted_out(rows: Sequence[Row], users: Sequence[str]) -> _Parts:
    parts = _Parts([], {user_id: Profile() for user_id in users}, {}, [], [], [])
    for row in rows:
        tag, *values = row.values()
        if tag in (FOLDER, OTHER):
            (parts.folders if tag == FOLDER else parts.others).append(row)
        elif tag == PROFILE:
            user_id = users[int(values[0])]
            parts.profiles[user_id] = read_profile(user_id, *values[NUMBERS : NUMBERS + 2])
        elif tag == PROPERTY:
            path, name, value = values[NUMBERS : NUMBERS + 3]
            parts.properties.setdefault(path, {})[name] = value or ""
        elif tag == RIGHT:
            place, uid, role = values[NUMBERS : NUMBERS + 3]
            parts.rights.append((place, uid, role))
        elif tag == NOTE:
            revision, gone = values[:2]
            name, state = values[NUMBERS : NUMBERS + 2]
            parts.notes.append({"c_name": name, "c_state": state, "c_revision": revision, "c_gone": gone})
        else:
            parts.entry = _entry(values)
    return parts


def _entry(values: Sequence[object]) -> Entry:
    version, created, modified, size, name, content, component, uid, classification, *_ = values
    return Entry(
        name=str(name),
        version=_number(version),
        created=_number(created),
        modified=_number(modified),
        component=_text(component) or "",
        size_bytes=_number(size),
        content=_text(content),
        quick={"c_uid": uid, "c_classification": None if classification is None else int(str(classification))}
        if uid is not None
        else None,
    )


def _number(value: Any) -> int:
    """MySQL makes a DECIMAL of what is unsigned in one branch and signed in another."""
    return 0 if value is None else int(value)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _opening(parts: _Parts, states: Sequence[FolderState], above: Sequence[str]) -> Opening:
    paths = [*above, *(state.folder.path for state in states)]
    properties: Mapping[str, Mapping[str, str]] = {path: parts.properties.get(path, {}) for path in paths}
    entry = parts.entry if states else None
    return Opening(states, parts.profiles, properties, entry, rights=reading_rights.gathered(parts.rights))


def _manner(reader: str | None) -> tuple[object, ...]:
    """What a statement's text depends on of its reader."""
    return (reader is None, reader == ANONYMOUS)
