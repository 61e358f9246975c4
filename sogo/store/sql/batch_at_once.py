"""Writes many objects by one statement, where a query may write and its parts read each other's outcome (PostgreSQL).

The objects come as JSON, so that the statement is the same for any number of them; in the layout where each folder has
tables of its own there is a set of parts for each. Two batches that have folders in common wait for each other in one
order: index records by folder and name, then the objects without waiting, then the revisions by folder. Triggers run at
the end and meet revisions that are ours already. As in `sogo.store.sql.at_once` nothing is decided here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sogo.store.interface import BatchWrite, InboxItem
from sogo.store.sql.at_once import Outcome
from sogo.store.sql.dialects.base import Row
from sogo.store.sql.engine import Session
from sogo.store.sql.layout import FolderTables, live
from sogo.store.sql.schedule_tags import COLUMNS as TAG_COLUMNS
from sogo.store.sql.seen_locks import SETTING, SeenLocks
from sogo.store.sql.tables import FOLDER_REVISION_NAME, INBOX_ITEM, INBOX_ITEM_NAME, QUICK, SCHEDULE_TAG_NAME
from sogo.store.sql.values import in_list

FOLDERS_AT_ONCE = 50
"""So many folders with tables of their own share a statement."""
_FIELDS = (
    "n INTEGER, base INTEGER, live_ok INTEGER, dead_ok INTEGER, gone INTEGER, listed INTEGER, content TEXT, tag TEXT"
)
_RIGHT = f"CASE WHEN {live('s')} THEN g.live_ok = 1 AND (g.base IS NULL OR s.c_version = g.base) ELSE g.dead_ok = 1 END"


@dataclass(frozen=True, slots=True)
class Part:
    """One object of a batch; `number` is its place in it, `record` the index record, empty for none."""

    number: int
    tables: FolderTables
    write: BatchWrite
    record: Mapping[str, int | str | None]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of each object, by its number, and where the folders stood before, by id: generation and revision."""

    outcomes: Mapping[int, Outcome]
    places: Mapping[int, tuple[str, int]]


async def write(
    session: Session,
    parts: Sequence[Part],
    folders: Sequence[int],
    *,
    locks: SeenLocks | None,
    inbox: Sequence[InboxItem],
    keeps_tags: bool,
    now: int,
) -> Done:
    """`folders` are the ids of all folders to be held until the transaction ends, sorted; `keeps_tags`: our table of
    schedule tags lies here. Nothing is written when there are others than `locks` where those were looked at."""
    groups = list(_grouped(parts).values())
    values: dict[str, object] = {"now": now}
    texts: list[str] = []
    for place, group in enumerate(groups):
        values[f"rows{place}"] = _json([_given(part) for part in group])
        texts += _Group(place, group, locks, keeps_tags=keeps_tags).texts()
    if inbox:
        values["inbox"] = _json([_delivered(item, now) for item in inbox])
        texts.append(_delivery())
    listed, ids = in_list("f", list(folders))
    texts.append(_places(listed, len(groups)))
    if locks is not None:
        values |= {**locks.values, "locks": locks.setting}
    rows = await session.fetch(f"WITH {', '.join(texts)} {_told(len(groups), locks)}", **values, **ids)
    return _done(rows)


def _grouped(parts: Sequence[Part]) -> dict[tuple[str, str], list[Part]]:
    found: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        found.setdefault((part.tables.store, part.tables.quick), []).append(part)
    return found


@dataclass(frozen=True, slots=True)
class _Group:
    """The parts of the statement for objects that lie in the same tables; their names end in `place`."""

    place: int
    parts: Sequence[Part]
    locks: SeenLocks | None
    keeps_tags: bool

    def texts(self) -> list[str]:
        g, tables = self.place, self.parts[0].tables
        columns = list(dict.fromkeys(name for part in self.parts for name in part.record))
        found = [
            f"given{g} AS (SELECT * FROM json_to_recordset(CAST(:rows{g} AS JSON)) AS r({_FIELDS}, "
            f"c_folder_id INTEGER, c_name TEXT{_typed(tables, columns)}))",
            f"held{g} AS (SELECT q.c_name FROM {tables.quick} q JOIN given{g} g ON {_same(tables, 'q', 'g')} "
            f"ORDER BY {_key(tables, 'q')} FOR UPDATE OF q)",
            f"noted{g} AS ({self._noted(columns)} RETURNING 1 AS one)",
            f"unnoted{g} AS (DELETE FROM {tables.quick} q USING given{g} g WHERE {_same(tables, 'q', 'g')} "
            f"AND g.listed = 0 AND (SELECT COUNT(*) FROM noted{g}) >= 0 RETURNING 1 AS one)",
            f"locked{g} AS (SELECT g.n, g.gone, g.content, {_key(tables, 'g')}, s.c_version, s.c_lastmodified, "
            f"s.c_deleted, {_RIGHT} AS is_right FROM {tables.store} s JOIN given{g} g ON {_same(tables, 's', 'g')} "
            f"WHERE (SELECT COUNT(*) FROM unnoted{g}) >= 0 FOR UPDATE OF s NOWAIT)",
            f"updated{g} AS ({self._updated()})",
            f"inserted{g} AS ({self._inserted()})",
            f"written{g} AS (SELECT n, c_version, c_lastmodified FROM updated{g} UNION ALL SELECT g.n, i.c_version, "
            f"i.c_lastmodified FROM inserted{g} i JOIN given{g} g ON {_same(tables, 'i', 'g')})",
        ]
        return [*found, self._tagged()] if self.keeps_tags and self._has_tags else found

    @property
    def _has_tags(self) -> bool:
        return any(part.write.keeps_tag is not None for part in self.parts)

    def _noted(self, columns: Sequence[str]) -> str:
        tables, key = self.parts[0].tables, list(self.parts[0].tables.key_columns)
        names = ", ".join([*key, *columns])
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns)
        return (
            f"INSERT INTO {tables.quick} ({names}) SELECT {names} FROM given{self.place} WHERE listed = 1 "
            f"AND (SELECT COUNT(*) FROM held{self.place}) >= 0 ORDER BY {', '.join(key)} "
            f"ON CONFLICT ({', '.join(key)}) DO {f'UPDATE SET {changes}' if changes else 'NOTHING'}"
        )

    def _updated(self) -> str:
        tables = self.parts[0].tables
        return (
            f"UPDATE {tables.store} s SET c_content = CASE WHEN l.gone = 1 THEN s.c_content ELSE l.content END, "
            "c_version = CASE WHEN l.gone = 1 THEN l.c_version ELSE l.c_version + 1 END, "
            "c_lastmodified = GREATEST(CAST(:now AS INTEGER), l.c_lastmodified), "
            "c_creationdate = CASE WHEN l.c_deleted = 1 THEN CAST(:now AS INTEGER) ELSE s.c_creationdate END, "
            "c_deleted = CASE WHEN l.gone = 1 THEN 1 WHEN l.c_deleted = 1 THEN NULL ELSE s.c_deleted END "
            f"FROM locked{self.place} l WHERE {_same(tables, 's', 'l')} AND l.is_right{self._free} "
            "RETURNING l.n, s.c_version, s.c_lastmodified"
        )

    def _inserted(self) -> str:
        tables, key = self.parts[0].tables, self.parts[0].tables.key_columns
        return (
            f"INSERT INTO {tables.store} ({', '.join(key)}, c_content, c_creationdate, c_lastmodified, c_version, "
            f"c_deleted) SELECT {_key(tables, 'g')}, g.content, CAST(:now AS INTEGER), CAST(:now AS INTEGER), 0, NULL "
            f"FROM given{self.place} g WHERE g.dead_ok = 1 AND g.gone = 0 "
            f"AND NOT EXISTS (SELECT 1 FROM locked{self.place} l WHERE l.n = g.n){self._free} "
            f"ORDER BY {_key(tables, 'g')} RETURNING {', '.join(key)}, c_version, c_lastmodified"
        )

    def _tagged(self) -> str:
        columns = ", ".join(TAG_COLUMNS)
        return (
            f"tagged{self.place} AS (INSERT INTO {SCHEDULE_TAG_NAME} ({columns}) "
            "SELECT g.c_folder_id, g.c_name, w.c_version, w.c_lastmodified, g.tag "
            f"FROM written{self.place} w JOIN given{self.place} g ON g.n = w.n WHERE g.tag IS NOT NULL "
            "ON CONFLICT (c_folder_id, c_name) DO UPDATE SET c_version = excluded.c_version, "
            "c_modified = excluded.c_modified, c_tag = excluded.c_tag)"
        )

    @property
    def _free(self) -> str:
        return f" AND {self.locks.free}" if self.locks is not None else ""


def _places(listed: str, groups: int) -> str:
    """The revisions of all folders, held in one order, after the objects."""
    after = "".join(f" AND (SELECT COUNT(*) FROM locked{g}) >= 0" for g in range(groups))
    return (
        f"places AS (SELECT c_folder_id, c_generation, c_revision FROM {FOLDER_REVISION_NAME} "
        f"WHERE c_folder_id IN ({listed}){after} ORDER BY c_folder_id FOR UPDATE)"
    )


def _told(groups: int, locks: SeenLocks | None) -> str:
    """The answer: a row for each object, and one for each folder, with -1 for the number. The trigger is told on the
    way which locks were seen."""
    told = [
        f"SELECT g.n AS n, l.c_version AS c_version, l.c_lastmodified AS c_lastmodified, l.c_deleted AS c_deleted, "
        "w.c_version AS new_version, w.c_lastmodified AS new_modified, CAST(NULL AS TEXT) AS generation "
        f"FROM given{g} g LEFT JOIN locked{g} l ON l.n = g.n LEFT JOIN written{g} w ON w.n = g.n"
        for g in range(groups)
    ]
    told.append("SELECT -1, p.c_folder_id, p.c_revision, NULL, NULL, NULL, p.c_generation FROM places p")
    if locks is not None:
        told.append(f"SELECT -2, NULL, NULL, NULL, NULL, NULL, set_config('{SETTING}', CAST(:locks AS TEXT), TRUE)")
    return " UNION ALL ".join(told)


def _delivery() -> str:
    types = {"bigint": "BIGINT"}
    columns = ", ".join(column.name for column in INBOX_ITEM.columns)
    typed = ", ".join(f"{column.name} {types.get(column.type, 'TEXT')}" for column in INBOX_ITEM.columns)
    return (
        f"delivered AS (INSERT INTO {INBOX_ITEM_NAME} ({columns}) "
        f"SELECT {columns} FROM json_to_recordset(CAST(:inbox AS JSON)) AS r({typed}))"
    )


def _delivered(item: InboxItem, now: int) -> dict[str, object]:
    created = item.created or now
    return {"c_uid": item.user_id, "c_name": item.name, "c_created": created, "c_content": item.content}


def _given(part: Part) -> dict[str, object]:
    write, expect = part.write, part.write.expect
    gone = write.content is None
    return {
        "n": part.number,
        "base": expect.version,
        "live_ok": int(not expect.absent),
        "dead_ok": int(not gone and expect.version is None and not expect.present),
        "gone": int(gone),
        "listed": int(bool(part.record) and not gone),
        "content": write.content,
        "tag": write.keeps_tag,
        "c_folder_id": part.tables.folder.id,
        "c_name": write.name,
        **part.record,
    }


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    """NUL octets, which no text of PostgreSQL can hold, are left out as everywhere."""
    clean = [{name: _clean(value) for name, value in row.items()} for row in rows]
    return json.dumps(clean, ensure_ascii=False)


def _clean(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


def _typed(tables: FolderTables, columns: Sequence[str]) -> str:
    types = {column.name: column.type for column in QUICK[tables.folder.kind].columns}
    return "".join(f", {name} {'INTEGER' if types.get(name) == 'int' else 'TEXT'}" for name in columns)


def _same(tables: FolderTables, left: str, right: str) -> str:
    return " AND ".join(f"{left}.{column} = {right}.{column}" for column in tables.key_columns)


def _key(tables: FolderTables, alias: str) -> str:
    return ", ".join(f"{alias}.{column}" for column in tables.key_columns)


def _done(rows: Sequence[Row]) -> Done:
    outcomes: dict[int, Outcome] = {}
    places: dict[int, tuple[str, int]] = {}
    for row in rows:
        number = row["n"]
        if number >= 0:
            found = row if row["c_version"] is not None else None
            outcomes[number] = Outcome(found, row["new_version"], row["new_modified"])
        elif number == -1:
            places[int(row["c_version"])] = (row["generation"], int(row["c_lastmodified"]))
    return Done(outcomes, places)
