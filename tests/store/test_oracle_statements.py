"""Oracle: what the store would send it, seen on a connection that only writes down. No server was at hand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from sogo.model.folder import Folder, FolderKind
from sogo.model.listing import Noted
from sogo.model.locks import FOLDER, Depth, Lock, Scope
from sogo.store.sql import SqlStore, open_store
from sogo.store.sql import tables as all_tables
from sogo.store.sql.dialects import dialect
from sogo.store.sql.dialects.oracle import Oracle
from sogo.store.sql.placeholders import Statement
from sogo.store.sql.sessions import SqlSessionStore
from sogo.store.sql.tables import Table
from tests.support.stores import TestClock, event_row, settings_for

PERSONAL = Folder(7, "anna", FolderKind.CALENDAR, "personal", "Personal")
FOLDER_ROW = {
    "c_folder_id": 7, "revision": 0, "modified": 5, "locks": 0, "generation": "", "c_path2": "anna",
    "c_path3": "Calendar", "c_path4": "personal", "c_foldername": "Personal", "c_location": None,
    "c_quick_location": None, "c_acl_location": None,
}  # fmt: skip
COLUMNS = ("c_uid", "c_title", "c_component")
FOREIGN = [
    r"\bLIMIT\b", r"\bON CONFLICT\b", r"\bON DUPLICATE\b", r"\bRETURNING\b", r"\b(TRUE|FALSE)\b", "::", ";",
    r'(FROM|JOIN|UPDATE|INTO) "?\w+"? AS ', r"= ''(?! OR k\.c_name IS NULL)", r"\bTEXT\b", r"\bBIGINT\b",
]  # fmt: skip
"""What other databases say and Oracle does not know. An empty text is NULL there, which equals nothing."""


class Paper:
    """`dialects.base.Connection`: writes down what it is told, and answers as a site with one calendar would."""

    keeps_time = False

    def __init__(self) -> None:
        self.said: list[tuple[str, Sequence[object]]] = []

    async def fetch(self, statement: Statement, values: Sequence[object]) -> list[dict[str, Any]]:
        self.said.append((statement.text, values))
        if "user_tab_columns" in statement.text:
            return [{"column_name": name, "max_chars": 255, "max_octets": None} for name in COLUMNS]
        if "COUNT(*) AS locks FROM" in statement.text:
            return [{"locks": 0}]
        return [FOLDER_ROW] if '"SOGO_FOLDER_INFO"' in statement.text else []

    async def execute(self, statement: Statement, values: Sequence[object]) -> int:
        self.said.append((statement.text, values))
        return 1

    async def run(self, text: str) -> None:
        self.said.append((text, ()))

    async def begin(self, mode: object) -> None: ...

    async def commit(self) -> None: ...

    async def rollback(self) -> None: ...

    async def close(self) -> None: ...

    def terminate(self) -> None: ...

    def is_dead(self) -> bool:
        return False


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Paper:
    made = Paper()

    async def connect(*_: object) -> Paper:
        return made

    monkeypatch.setattr(Oracle, "connect", connect)
    return made


@pytest.fixture
def store(paper: Paper) -> SqlStore:
    return open_store(settings_for("oracle://sogo:sogo@127.0.0.1:1521/site", single=True))


def lock(name: str) -> Lock:
    now = TestClock().seconds
    return Lock("urn:x:1", PERSONAL.path, name, Scope.SHARED, Depth.ZERO, "", "anna", now, now + 600)


async def use_locks(store: SqlStore) -> None:
    for name in (FOLDER, "one.ics"):
        await store.locks.lock(PERSONAL, lock(name))
    await store.locks.held([PERSONAL])
    await store.locks.refresh(PERSONAL, "urn:x:1", "anna", 5)
    await store.locks.unlock(PERSONAL, "urn:x:1")
    await store.locks.drop(PERSONAL, ["one.ics"])
    await store.locks.drop(PERSONAL)


async def use_homes(store: SqlStore) -> None:
    await store.home_notes.load("/Users/anna/Calendar", "anna")
    await store.home_notes.note("/Users/anna/Calendar", "anna", Noted(), {"personal": "state"})


async def use_sessions(store: SqlStore) -> None:
    sessions = SqlSessionStore(
        store.databases.engine(store.settings.folder_info_url), '"SOGO_SESSIONS_FOLDER"', None, TestClock()
    )
    key = await sessions.create("value")
    await sessions.read(key)
    await sessions.touch(key)


async def use_openings(store: SqlStore) -> None:
    folders = store.folders
    await folders.open_principal("anna", users=["anna"])
    await folders.open_home("anna", FolderKind.CALENDAR, users=["anna"], noted_for="anna")
    await folders.open_folder("anna", FolderKind.CALENDAR, "personal", users=["anna"], object_name="one.ics")


async def use_objects(store: SqlStore) -> None:
    for seen in ((), ("urn:x:1", "urn:x:2", "urn:x:3")):
        await store.folders.save(PERSONAL, "one.ics", "text", event_row(), unique_uid="u", seen=seen)


@pytest.mark.parametrize("use", [use_locks, use_homes, use_sessions, use_openings, use_objects])
async def test_statements_are_in_oracles_words(store: SqlStore, paper: Paper, use: Any) -> None:
    await use(store)
    await store.close()
    assert paper.said
    for text, values in paper.said:
        foreign = [word for word in FOREIGN if re.search(word, text)]
        assert not foreign, f"{foreign} in {text}"
        assert len(re.findall(r"\bSELECT\b", text)) <= len(re.findall(r"\bFROM\b", text)), f"no FROM in {text}"
        assert [int(number) for number in re.findall(r":(\d+)", text)] == list(range(1, len(values) + 1))


async def test_a_long_text_is_bound_in_a_list_of_values_and_locks_are_looked_for_under_the_folders(
    store: SqlStore, paper: Paper
) -> None:
    """A query would take no text of more than 4,000 octets. Oracle goes by the clock: the folder's row puts writers in
    line."""
    await use_objects(store)
    await store.close()
    texts = [text for text, _ in paper.said]
    inserted = next(place for place, text in enumerate(texts) if text.startswith('INSERT INTO "SOGO_STORE"'))
    assert " VALUES (:1, :2, :3" in texts[inserted]
    after = texts[inserted + 1 :]
    in_line = next(place for place, text in enumerate(after) if text.endswith("FOR UPDATE"))
    assert any("FROM sogo_dav_lock k WHERE" in text for text in after[in_line + 1 :])


OURS = [
    (name.removesuffix("_NAME"), value) for name, value in vars(all_tables).items() if name.endswith("_NAME")
]  # the tables of our own have their names beside them


@pytest.mark.parametrize(("constant", "name"), OURS, ids=[name for _, name in OURS])
def test_tables_of_ours_are_in_oracles_words(constant: str, name: str) -> None:
    table = getattr(all_tables, constant)
    assert isinstance(table, Table)
    create, *indexes = dialect("oracle").create_table(table, name)
    assert create.startswith(f'CREATE TABLE "{name.upper()}" (')
    assert f"PRIMARY KEY ({', '.join(table.key)})" in create
    assert not re.search(r"\b(TEXT|BIGINT|MEDIUMTEXT|LONGTEXT|VARCHAR|TINYINT)\b", create)
    assert "CLOB" not in "".join(line for line in create.splitlines() if line.split()[0] in table.key)
    assert len(indexes) == len(table.indexes)
    assert all(f' ON "{name.upper()}" (' in index for index in indexes)
