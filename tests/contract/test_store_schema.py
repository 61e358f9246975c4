"""The tables we make are those the original makes: compared with its own, as two databases showed them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from sogo.model.folder import FolderKind
from sogo.store.sql import open_store
from tests.support.services import MariaDB, PostgreSQL
from tests.support.stores import settings_for

pytestmark = pytest.mark.services

VECTORS = Path(__file__).parents[1] / "vectors" / "schema"

Columns = dict[str, tuple[str, bool]]
"""Column -> its type and whether it may be NULL."""

WIDER = {("sogo_sessions_folder", "c_value"), ("sogo_user_profile", "c_defaults"), ("sogo_user_profile", "c_settings")}
"""Where later versions of the original made the column wider, and so do we (store.md §§2.2, 2.7)."""


def recorded(file: str) -> tuple[dict[str, Columns], dict[str, list[str]]]:
    """Tables and primary keys of a recorded schema."""
    text = (VECTORS / file).read_text()
    tables: dict[str, Columns] = {}
    keys = {name: columns.split(", ") for name, columns in re.findall(r"^-- key (\w+) \((.*)\)", text, re.M)}
    for name, body in re.findall(r"CREATE TABLE `?(\w+)`? \(\n(.*?)\n\)", text, re.S):
        tables[name] = {}
        for line in body.splitlines():
            column = re.match(r"\s+`?(c_\w+)`? ([a-z ]+(?:\(\d+\))?(?: unsigned)?)", line)
            key = re.match(r"\s+PRIMARY KEY \((.*)\)", line)
            if column:
                kind = column[2].replace(" unsigned", "").strip()
                tables[name][column[1]] = (re.sub(r"(int)\(\d+\)", r"\1", kind), "NOT NULL" not in line)
            elif key:
                keys[name] = key[1].replace("`", "").split(",")
    return tables, keys


def words_of_postgresql(row: Any) -> str:
    width = f"({row['character_maximum_length']})" if row["character_maximum_length"] else ""
    return f"{row['data_type']}{width}"


async def shown_by_postgresql(engine: Any, table: str) -> Columns:
    rows = await engine.fetch(
        "SELECT column_name, data_type, character_maximum_length, is_nullable FROM information_schema.columns "
        "WHERE table_name = :table AND table_schema = 'public'",
        table=table,
    )
    return {row["column_name"]: (words_of_postgresql(row), row["is_nullable"] == "YES") for row in rows}


async def shown_by_mariadb(engine: Any, table: str) -> Columns:
    rows = await engine.fetch(
        "SELECT column_name AS name, column_type AS kind, is_nullable AS empty FROM information_schema.columns "
        "WHERE table_schema = DATABASE() AND table_name = :table",
        table=table,
    )
    plain = {row["name"]: re.sub(r"(int)\(\d+\)", r"\1", row["kind"].replace(" unsigned", "")) for row in rows}
    return {row["name"]: (plain[row["name"]], row["empty"] == "YES") for row in rows}


async def key_of(engine: Any, table: str) -> list[str]:
    rows = await engine.fetch(
        "SELECT k.column_name AS name FROM information_schema.table_constraints c "
        "JOIN information_schema.key_column_usage k ON k.constraint_name = c.constraint_name "
        "AND k.table_name = c.table_name AND k.table_schema = c.table_schema "
        "WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_name = :table "
        f"AND c.table_schema = {'DATABASE()' if engine.dialect.name == 'mysql' else 'current_schema()'} "
        "ORDER BY k.ordinal_position",
        table=table,
    )
    return [row["name"] for row in rows]


def without_wider(table: str, columns: Columns) -> Columns:
    return {name: shape for name, shape in columns.items() if (table, name) not in WIDER}


async def test_the_nine_tables_on_postgresql_are_the_originals(postgresql_server: PostgreSQL) -> None:
    store = open_store(settings_for(postgresql_server.create_database("schema_single"), single=True))
    await store.start()
    engine = store.databases.engine(store.settings.folder_info_url)
    tables, keys = recorded("postgresql-single.sql")
    assert len(tables) == 9
    for table, columns in tables.items():
        assert without_wider(table, await shown_by_postgresql(engine, table)) == without_wider(table, columns), table
        assert await key_of(engine, table) == keys.get(table, []), table
    await store.close()


async def test_the_tables_of_one_folder_on_postgresql_are_the_originals(postgresql_server: PostgreSQL) -> None:
    store = open_store(settings_for(postgresql_server.create_database("schema_legacy"), single=False))
    await store.start()
    engine = store.databases.engine(store.settings.folder_info_url)
    tables, keys = recorded("postgresql-legacy.sql")
    for kind in FolderKind:
        folder = await store.folders.create_folder("alice", kind, "personal", "Title")
        mine = str(folder.location).rpartition("/")[2]
        for suffix in ("", "_quick", "_acl"):
            theirs = kind.value.lower() + suffix
            assert await shown_by_postgresql(engine, mine + suffix) == tables[theirs]
            assert await key_of(engine, mine + suffix) == keys.get(theirs, [])
    await store.close()


async def test_the_nine_tables_on_mariadb_are_the_originals(mariadb_server: MariaDB) -> None:
    store = open_store(settings_for(mariadb_server.create_database("schema_single"), single=True))
    await store.start()
    engine = store.databases.engine(store.settings.folder_info_url)
    tables, keys = recorded("mariadb-single.sql")
    assert len(tables) == 9
    for table, columns in tables.items():
        assert without_wider(table, await shown_by_mariadb(engine, table)) == without_wider(table, columns), table
        assert await key_of(engine, table) == keys.get(table, []), table
    await store.close()


@pytest.mark.parametrize("single", [True, False])
async def test_a_second_start_finds_everything_there(postgresql_server: PostgreSQL, single: bool) -> None:
    base = postgresql_server.create_database(f"second_start_{single:d}")
    for _ in range(2):
        store = open_store(settings_for(base, single=single))
        assert await store.start() == []
        await store.close()
