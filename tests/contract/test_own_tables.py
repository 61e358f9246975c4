"""Whatever is ours in a database can be shown and taken out, and leaves the tables of the original as they are."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sogo.model.folder import FolderKind
from sogo.store.interface import PropertyEdits
from sogo.store.sql import SqlStore, open_store
from sogo.store.sql.own import own_tables, remove_own_tables
from sogo.store.sql.tables import OWN_TABLES
from sogo.tool import own_tables as tool
from tests.support.stores import DATABASES, base_url, event_row, settings_for

EVERYTHING = {
    "sqlite": "SELECT name AS n FROM sqlite_master",
    "postgresql": (
        "SELECT relname::text AS n FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "UNION ALL SELECT tgname::text FROM pg_trigger "
        "UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    ),
    "mariadb": (
        "SELECT table_name AS n FROM information_schema.tables WHERE table_schema = DATABASE() "
        "UNION ALL SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE() "
        "UNION ALL SELECT index_name FROM information_schema.statistics WHERE table_schema = DATABASE()"
    ),
}
"""The names of all that was ever made in a database."""
TRIGGERS = {
    "sqlite": "SELECT name AS n FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": (
        "SELECT tgname::text AS n FROM pg_trigger "
        "UNION ALL SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    ),
    "mariadb": "SELECT trigger_name AS n FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
}
"""The original has none."""


@pytest_asyncio.fixture(
    params=[
        pytest.param(f"{database}-{layout}", marks=[] if database == "sqlite" else [pytest.mark.services])
        for database in DATABASES
        for layout in ("single", "legacy")
    ]
)
async def fresh(request: pytest.FixtureRequest) -> AsyncIterator[tuple[SqlStore, str]]:
    database, layout = request.param.split("-")
    base, _ = base_url(request, database)
    store = open_store(settings_for(base, single=layout == "single"))
    await store.start()
    yield store, database
    await store.close()


async def names(store: SqlStore, sql: str) -> set[str]:
    engine = store.databases.engine(store.settings.folder_info_url)
    return {str(row["n"]) for row in await engine.fetch(sql)}


async def test_everything_of_ours_can_be_taken_out(fresh: tuple[SqlStore, str]) -> None:
    store, database = fresh
    folder = await store.folders.create_folder("ada", FolderKind.CALENDAR, "personal", "Personal")
    await store.folders.save(folder, "a.ics", "text", event_row("a"))
    await store.editor.apply(PropertyEdits(rename=(folder, "Other")))
    before = await store.folders.point(folder)
    assert before.generation != "clock"
    assert await names(store, TRIGGERS[database])
    assert {table.name for table in await own_tables(store) if table.rows is not None} == OWN_TABLES.keys()
    assert await remove_own_tables(store) == list(OWN_TABLES)
    assert {table.rows for table in await own_tables(store)} == {None}
    assert await names(store, TRIGGERS[database]) == set()
    left = await names(store, EVERYTHING[database])
    assert "sogo_folder_info" in left
    assert {name for name in left if name.startswith(tuple(OWN_TABLES)) or name.endswith("_c_path2_idx")} == set()
    assert await remove_own_tables(store) == []
    entry = await store.folders.load(folder, "a.ics")
    assert entry is not None
    assert entry.content == "text"
    await store.folders.save(folder, "a.ics", "as SOGo 5 would, without triggers", event_row("a"))


async def test_a_start_makes_all_of_it_again(fresh: tuple[SqlStore, str]) -> None:
    store, database = fresh
    folder = await store.folders.create_folder("ada", FolderKind.CALENDAR, "personal", "Personal")
    before, point = await names(store, EVERYTHING[database]), await store.folders.point(folder)
    await remove_own_tables(store)
    assert await store.start() == []
    again = await store.folders.point(folder)
    assert await names(store, EVERYTHING[database]) == before
    assert again.generation not in {"clock", point.generation}


async def test_the_command_says_what_there_is(fresh: tuple[SqlStore, str], capsys: pytest.CaptureFixture[str]) -> None:
    store, _ = fresh
    assert await tool.run(store, ["status"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{name}: 0 rows" for name in OWN_TABLES]
    assert await tool.run(store, ["remove"]) == 0
    assert capsys.readouterr().out == f"Removed: {', '.join(OWN_TABLES)}.\n"
    assert await tool.run(store, ["status"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{name}: not there" for name in OWN_TABLES]
    assert await tool.run(store, ["remove"]) == 0
    assert capsys.readouterr().out == "There was nothing to remove.\n"
    assert await tool.run(store, []) == 255
    assert await tool.run(store, ["remove", "everything"]) == 255
