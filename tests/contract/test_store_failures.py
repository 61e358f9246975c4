"""What happens when the database goes away, refuses, or is older than we are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from sogo.errors import InvalidRequest, InvalidSyncToken, PreconditionFailed, SogoError, StoreUnavailable
from sogo.model.folder import Folder, FolderKind
from sogo.service.memory import FolderMemory, Held
from sogo.service.shelf import SharedMemory
from sogo.store.interface import Expect
from sogo.store.sql import SqlStore, open_store
from sogo.store.sql.dialects.base import MysqlTls, PoolSettings
from sogo.store.sql.engine import Databases
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.schema import create_missing, folder_tables, wanted_tables
from sogo.store.sql.url import DatabaseUrl
from sogo.tool import change_order
from tests.support.services import MariaDB, PostgreSQL
from tests.support.stores import TestClock, card_row, event_row, settings_for

pytestmark = pytest.mark.services

ICS = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.fixture(scope="module", params=[PostgreSQL, MariaDB], ids=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A server of these tests' own, since they stop it."""
    with request.param() as running:
        yield running


@pytest.fixture
async def store(server: Any, request: pytest.FixtureRequest) -> AsyncIterator[SqlStore]:
    name = f"t{abs(hash(request.node.name)) % 10**8}"
    base = server.create_database(name)
    opened = open_store(settings_for(base, single=True))
    assert await opened.start() == []
    yield opened
    await opened.close()
    server.drop_database(name)


async def calendar(store: SqlStore) -> Any:
    return await store.folders.create_folder("alice", FolderKind.CALENDAR, "personal", "Personal")


async def pairs(store: SqlStore, folder: Any) -> tuple[set[str], set[str]]:
    """Names in the store and in the index, by a fresh connection."""
    databases = Databases(PoolSettings(size=2))
    engine = databases.engine(store.settings.folder_info_url)
    try:
        live = await engine.fetch(
            "SELECT c_name, c_content FROM sogo_store WHERE c_folder_id = :id AND c_deleted IS NULL", id=folder.id
        )
        index = await engine.fetch(
            "SELECT c_name, c_title FROM sogo_quick_appointment WHERE c_folder_id = :id", id=folder.id
        )
        return {f"{r['c_name']}={r['c_content']}" for r in live}, {f"{r['c_name']}={r['c_title']}" for r in index}
    finally:
        await databases.close()


async def test_a_restart_under_load_loses_nothing_acknowledged(server: Any, store: SqlStore) -> None:
    folder = await calendar(store)
    acknowledged: list[str] = []
    refused = 0
    stop = asyncio.Event()

    async def write(writer: int) -> None:
        nonlocal refused
        number = 0
        while not stop.is_set():
            name = f"{writer}-{number}"
            number += 1
            try:
                await store.folders.save(folder, name, name, event_row(name, c_title=name))
                acknowledged.append(f"{name}={name}")
            except StoreUnavailable:
                refused += 1
                await asyncio.sleep(0.02)

    writers = [asyncio.create_task(write(number)) for number in range(4)]
    await asyncio.sleep(0.3)
    await asyncio.to_thread(server.stop)
    await asyncio.sleep(0.2)
    with pytest.raises(StoreUnavailable):
        await store.probe()
    await asyncio.to_thread(server.start)
    before = len(acknowledged)
    for _ in range(200):
        if len(acknowledged) > before + 20:
            break
        await asyncio.sleep(0.05)
    stop.set()
    await asyncio.gather(*writers)
    await store.probe()
    assert len(acknowledged) > before + 20
    assert refused > 0
    live, index = await pairs(store, folder)
    assert set(acknowledged) <= live
    assert live == index


async def test_reads_after_a_restart_notice_nothing(server: Any, store: SqlStore) -> None:
    folder = await calendar(store)
    await store.folders.save(folder, "a", "text", event_row())
    await asyncio.gather(*(store.folders.load(folder, "a") for _ in range(8)))
    await asyncio.to_thread(server.restart)
    entries = await asyncio.gather(*(store.folders.load(folder, "a") for _ in range(8)))
    assert [entry.content for entry in entries if entry] == ["text"] * 8
    assert (await store.folders.save(folder, "a", "new", event_row(), expect=Expect(version=0))).version == 1


async def test_a_power_cut_leaves_both_rows_or_neither(server: Any, store: SqlStore) -> None:
    folder = await calendar(store)
    acknowledged: list[str] = []

    async def write(writer: int) -> None:
        for number in range(500):
            name = f"{writer}-{number}"
            try:
                await store.folders.save(folder, name, name, event_row(name, c_title=name))
            except StoreUnavailable:
                return
            acknowledged.append(f"{name}={name}")

    writers = [asyncio.create_task(write(number)) for number in range(6)]
    await asyncio.sleep(0.25)
    await asyncio.to_thread(server.kill)
    await asyncio.gather(*writers)
    await asyncio.to_thread(server.start)
    live, index = await pairs(store, folder)
    assert live == index
    assert set(acknowledged) <= live


async def test_a_connection_killed_inside_a_transaction_leaves_nothing_half_written(
    server: Any, store: SqlStore
) -> None:
    folder = await calendar(store)
    engine = store.databases.engine(store.settings.folder_info_url)

    async def half_a_write() -> None:
        async with engine.transaction() as session:
            await session.execute(
                "INSERT INTO sogo_quick_appointment (c_folder_id, c_name, c_uid, c_title, c_classification, c_isopaque, "
                "c_status, c_component) VALUES (:id, 'half', 'half', '', 0, 0, 0, 'vevent')",
                id=folder.id,
            )
            await kill_session(engine, session)
            await session.execute("DELETE FROM sogo_acl WHERE c_folder_id = :id", id=folder.id)

    with pytest.raises(StoreUnavailable) as refused:
        await half_a_write()
    assert fault_of(refused.value) is Fault.DISCONNECTED
    assert await pairs(store, folder) == (set(), set())


async def test_a_killed_connection_costs_a_writer_one_silent_repetition(server: Any, store: SqlStore) -> None:
    engine = store.databases.engine(store.settings.folder_info_url)
    runs = 0

    async def work(session: Any) -> int:
        nonlocal runs
        runs += 1
        await session.fetch("SELECT c_uid FROM sogo_user_profile")
        if runs == 1:
            await kill_session(engine, session)
        await session.execute("INSERT INTO sogo_user_profile (c_uid) VALUES ('once')")
        return runs

    assert await engine.in_transaction(work) == 2
    assert len(await engine.fetch("SELECT c_uid FROM sogo_user_profile")) == 1


async def kill_session(engine: Any, session: Any) -> None:
    """End a session's connection from the server's side."""
    if engine.dialect.name == "postgresql":
        (row,) = await session.fetch("SELECT pg_backend_pid() AS pid")
        await engine.fetch("SELECT pg_terminate_backend(:pid) AS done", pid=row["pid"])
    else:
        (row,) = await session.fetch("SELECT CONNECTION_ID() AS pid")
        await engine.run(f"KILL {row['pid']}")
    await asyncio.sleep(0.05)


async def test_a_cancelled_writer_leaves_nothing_half_written_and_the_pool_whole(server: Any, store: SqlStore) -> None:
    folder = await calendar(store)
    for round_number in range(12):
        tasks = [
            asyncio.create_task(store.folders.save(folder, f"{round_number}-{n}", "x", event_row(c_title="x")))
            for n in range(8)
        ]
        await asyncio.sleep(0.001 * round_number)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(10):
        await asyncio.gather(*(store.probe() for _ in range(20)))
    live, index = await pairs(store, folder)
    assert live == index


async def test_a_statement_that_takes_too_long_is_given_up(server: Any, store: SqlStore) -> None:
    databases = Databases(PoolSettings(size=1, statement_seconds=0.3))
    engine = databases.engine(store.settings.folder_info_url)
    sleep = "SELECT pg_sleep(5) AS x" if engine.dialect.name == "postgresql" else "SELECT SLEEP(5) AS x"
    with pytest.raises(StoreUnavailable) as refused:
        await engine.fetch(sleep)
    assert fault_of(refused.value) is Fault.TIMEOUT
    await engine.probe()
    await databases.close()


async def test_waiting_for_a_free_connection_ends(server: Any, store: SqlStore) -> None:
    databases = Databases(PoolSettings(size=1, acquire_seconds=0.1))
    engine = databases.engine(store.settings.folder_info_url)
    async with engine.transaction():
        with pytest.raises(StoreUnavailable) as refused:
            await engine.probe()
    assert fault_of(refused.value) is Fault.BUSY
    await engine.probe()
    await databases.close()


async def test_deadlocked_writers_are_tried_again_and_both_succeed(server: Any, store: SqlStore) -> None:
    engine = store.databases.engine(store.settings.folder_info_url)
    for uid in ("a", "b"):
        await engine.execute("INSERT INTO sogo_user_profile (c_uid, c_defaults) VALUES (:uid, '')", uid=uid)
    meet = asyncio.Barrier(2)
    first_runs = 0

    async def work(order: tuple[str, str]) -> None:
        nonlocal first_runs

        async def once(session: Any) -> None:
            nonlocal first_runs
            first_runs += 1
            first = first_runs <= 2
            for uid in order:
                await session.execute(
                    "UPDATE sogo_user_profile SET c_defaults = :text WHERE c_uid = :uid", uid=uid, text="".join(order)
                )
                if first and uid == order[0]:
                    await meet.wait()

        await engine.in_transaction(once)

    await asyncio.gather(work(("a", "b")), work(("b", "a")))
    assert first_runs == 3


async def test_a_wrong_password_or_database_is_not_now_and_shows_no_secret(server: Any, store: SqlStore) -> None:
    bad = f"{server.scheme}://nobody:hush-hush@127.0.0.1:{server.port}/nowhere/table"
    databases = Databases(PoolSettings(connect_seconds=2))
    with pytest.raises(StoreUnavailable) as refused:
        await databases.engine(DatabaseUrl.parse(bad)).probe()
    assert fault_of(refused.value) is Fault.UNREACHABLE
    assert "hush" not in repr(refused.value.fields) + str(refused.value)
    nowhere = DatabaseUrl.parse(f"{server.scheme}://u:hush@127.0.0.1:1/d/t")
    with pytest.raises(StoreUnavailable):
        await databases.engine(nowhere).probe()


# --- databases that are not as new as we are ---------------------------------------------------------------------------


async def test_a_database_of_an_older_version_is_served(server: Any) -> None:
    base = server.create_database("older")
    settings = settings_for(base, single=True)
    first = open_store(settings)
    await first.start()
    engine = first.databases.engine(settings.folder_info_url)
    for column in ("c_hascertificate", "c_categories"):
        await engine.run(f"ALTER TABLE sogo_quick_contact DROP COLUMN {column}")
    await engine.run("ALTER TABLE sogo_quick_appointment DROP COLUMN c_description")
    mail = "TYPE VARCHAR(255)" if engine.dialect.name == "postgresql" else None
    await engine.run(
        f"ALTER TABLE sogo_quick_contact ALTER COLUMN c_mail {mail}"
        if mail
        else "ALTER TABLE sogo_quick_contact MODIFY c_mail VARCHAR(255)"
    )
    await first.close()
    store = open_store(settings)
    assert await store.start() == []
    cards = await store.folders.create_folder("alice", FolderKind.CONTACTS, "personal", "Cards")
    await store.folders.save(cards, "a.vcf", "card", card_row(c_mail="x" * 400))
    entry = await store.folders.load(cards, "a.vcf", quick=True)
    assert entry is not None
    assert entry.quick is not None
    assert len(str(entry.quick["c_mail"])) == 255
    assert "c_categories" not in entry.quick
    events = await store.folders.create_folder("alice", FolderKind.CALENDAR, "personal", "Events")
    await store.folders.save(events, "a.ics", ICS, event_row())
    await store.close()
    server.drop_database("older")


async def test_content_the_table_cannot_hold_is_refused_not_cut(server: Any) -> None:
    if server.scheme != "mysql":
        return  # PostgreSQL databases here are UTF-8
    base = server.create_database("narrow")
    settings = settings_for(base, single=True)
    store = open_store(settings)
    await store.start()
    engine = store.databases.engine(settings.folder_info_url)
    await engine.run("ALTER TABLE sogo_store CONVERT TO CHARACTER SET utf8mb3")
    folder = await calendar(store)
    with pytest.raises(SogoError) as refused:
        await store.folders.save(folder, "a.ics", "emoji 😀", event_row())
    assert getattr(refused.value, "rule", "") == "valid-calendar-data"
    await store.folders.save(folder, "a.ics", "grüße", event_row())
    entry = await store.folders.load(folder, "a.ics")
    assert entry is not None
    assert (entry.content, entry.size_bytes) == ("grüße", 7)
    await store.close()
    server.drop_database("narrow")


async def test_tracking_works_beside_a_store_of_another_collation(server: Any) -> None:
    if server.scheme != "mysql":
        return
    base = server.create_database("collated")
    settings = settings_for(base, single=True, tracking=False)
    first = open_store(settings)
    await first.start()
    engine = first.databases.engine(settings.folder_info_url)
    for table in ("sogo_store", "sogo_quick_appointment", "sogo_quick_contact"):
        await engine.run(f"ALTER TABLE {table} CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    await first.close()
    store = open_store(replace(settings, tracking=True))
    assert await store.start() == []
    folder = await calendar(store)
    point = await store.folders.point(folder)
    await store.folders.save(folder, "a.ics", ICS, event_row())
    assert [entry.name for entry in (await store.folders.changes(folder, point)).changed] == ["a.ics"]
    await store.close()
    server.drop_database("collated")


async def test_folders_of_a_database_with_a_collation_of_its_own_are_followed(server: Any) -> None:
    if server.scheme != "mysql":
        return
    server.sql("CREATE DATABASE polish CHARACTER SET utf8mb4 COLLATE utf8mb4_polish_ci")
    store = open_store(settings_for(server.url("polish"), single=False))
    assert await store.start() == []
    ours = await calendar(store)
    engine = store.databases.engine(store.settings.folder_info_url)
    theirs = await store.folders.create_folder("alice", FolderKind.CALENDAR, "theirs", "Made by the original")
    table = str(theirs.location).rpartition("/")[2]
    await engine.run(f"DROP TABLE {table}")
    await engine.execute("DELETE FROM sogo_folder_revision WHERE c_folder_id = :id", id=theirs.id)
    await engine.run(
        f"CREATE TABLE {table} (c_name VARCHAR(255) NOT NULL PRIMARY KEY, c_content MEDIUMTEXT NOT NULL, "
        "c_creationdate INT NOT NULL, c_lastmodified INT NOT NULL, c_version INT NOT NULL, c_deleted INT NULL)"
    )
    for folder in (ours, theirs):
        point = await store.folders.point(folder)
        await store.folders.save(folder, "a.ics", ICS, event_row())
        assert [entry.name for entry in (await store.folders.changes(folder, point)).changed] == ["a.ics"]
        assert [entry.name for entry in (await store.folders.changes(folder, None)).changed] == ["a.ics"]
    await store.close()
    server.drop_database("polish")


@pytest.mark.parametrize("single", [True, False], ids=["single", "legacy"])
async def test_where_triggers_are_refused_the_start_says_so_and_the_clock_takes_over(server: Any, single: bool) -> None:
    name = f"guarded{single:d}"
    base = server.create_database(name)
    open_first = open_store(settings_for(base, single=single, tracking=False))
    assert len(await open_first.start()) == 1
    await open_first.close()
    guarded = f"{server.scheme}://guest:guest@127.0.0.1:{server.port}/{name}"
    grant_without_triggers(server, name)
    clock = TestClock()
    store = open_store(settings_for(guarded, single=single, clock=clock))
    (warning,) = await store.start()
    assert "triggers" in warning
    folder = await calendar(store)
    first = await store.folders.changes(folder, None)
    await store.folders.save(folder, "a.ics", ICS, event_row())
    changes = await store.folders.changes(folder, first.point)
    assert [entry.name for entry in changes.changed] == ["a.ics"]
    assert changes.point.generation == "clock"
    await store.close()
    again = open_store(settings_for(guarded, single=single, clock=clock))
    assert await again.start() == [warning], "what the refused attempt left behind is no tracking"
    assert (await again.folders.point(folder)).generation == "clock"
    await again.close()
    allowed = open_store(settings_for(base, single=single, clock=clock))
    assert await allowed.start() == []
    new = await allowed.folders.create_folder(folder.owner, folder.kind, "new", "New")
    point = await allowed.folders.point(new)
    assert point.generation != "clock"
    await allowed.folders.save(new, "b.ics", ICS, event_row("b"))
    assert [entry.name for entry in (await allowed.folders.changes(new, point)).changed] == ["b.ics"]
    await allowed.close()
    server.drop_database(name)


@pytest.mark.parametrize("single", [True, False], ids=["single", "legacy"])
async def test_the_command_installs_shows_and_removes(
    server: Any, capsys: pytest.CaptureFixture[str], single: bool
) -> None:
    name = f"command{single:d}"
    store = open_store(settings_for(server.create_database(name), single=single))

    async def says(*words: str) -> str:
        code = await change_order.run(store, words)
        out = capsys.readouterr()
        return f"{code} {out.out}{out.err}"

    await create_missing(wanted_tables(store.databases, store.settings))
    assert await says("status") == "0 Change tracking is not installed.\n"
    for _ in range(2):
        said = await says("install")
        assert said.startswith("0 Change tracking is installed and follows")
        assert ("are told by the database" in said) is (server.scheme == "postgresql")
        assert "a folder that SOGo 5 removes go with it" in said
    await calendar(store)
    assert "follows 1 folders" in await says("status")
    assert "of 0 folders that are gone" in await says("tidy")
    assert "is removed" in await says("remove")
    assert "of 0 folders that are gone" in await says("tidy")
    assert await says("status") == "0 Change tracking is not installed.\n"
    left = await store.databases.engine(store.settings.folder_info_url).fetch(LEFT[server.scheme])
    assert left == []
    for words in ((), ("install", "now"), ("else",)):
        said = await says(*words)
        assert said.startswith("255 usage: sogo-tool change-order status|install|tidy|remove")
        assert "on the table of folders" in " ".join(said.split())
    await store.close()
    server.drop_database(name)


LEFT = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    "mysql": "SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = DATABASE()",
}
"""The triggers in a database."""


def grant_without_triggers(server: Any, name: str) -> None:
    if server.scheme == "mysql":
        server.sql("CREATE USER IF NOT EXISTS 'guest'@'%' IDENTIFIED BY 'guest'")
        rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, LOCK TABLES"
        server.sql(f"GRANT {rights} ON `{name}`.* TO 'guest'@'%'")
    else:
        server.sql("DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
        server.sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest", name)
        server.sql("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO guest", name)
        # New tables yes, functions no: the language is what a guarded site takes away.
        server.sql("GRANT CREATE ON SCHEMA public TO guest; REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC", name)


@pytest.mark.parametrize("single", [True, False], ids=["single", "legacy"])
async def test_a_server_goes_on_by_the_clock_when_tracking_is_taken_away_under_it(server: Any, single: bool) -> None:
    name = f"under{single:d}"
    base = server.create_database(name)
    clock = TestClock()
    store, tool = (open_store(settings_for(base, single=single, clock=clock)) for _ in range(2))
    await store.start()
    folder = await calendar(store)
    await store.folders.save(folder, "a.ics", ICS, event_row())
    point = await store.folders.point(folder)
    await tool.remove_tracking()
    state = await store.folders.find_folder(folder.owner, folder.kind, folder.name)
    assert state is not None
    assert state.point.generation == "clock"
    await store.folders.save(folder, "b.ics", ICS, event_row("b"))
    with pytest.raises(InvalidSyncToken):
        await store.folders.changes(folder, point)
    assert {entry.name for entry in (await store.folders.changes(folder, state.point)).changed} == {"a.ics", "b.ics"}
    await store.folders.remove(folder, "b.ics")
    await store.folders.remove_folder(folder)
    await store.close()
    await tool.close()
    server.drop_database(name)


@pytest.mark.parametrize("single", [True, False], ids=["single", "legacy"])
async def test_tracking_is_removed_without_a_trace_and_can_come_again(server: Any, single: bool) -> None:
    name = f"traceless{single:d}"
    base = server.create_database(name)
    settings = settings_for(base, single=single)
    store = open_store(settings)
    await store.start()
    folder = await calendar(store)
    await store.folders.save(folder, "a.ics", ICS, event_row())
    old = await store.folders.point(folder)
    status = await store.tracking.status()
    assert (status.installed, status.folders, status.objects) == (True, 1, 1)
    await store.remove_tracking()
    assert not (await store.tracking.status()).installed
    engine = store.databases.engine(settings.folder_info_url)
    for table in ("sogo_folder_revision", "sogo_object_revision"):
        with pytest.raises(StoreUnavailable):
            await engine.fetch(f"SELECT 1 AS x FROM {table}")
    # The tables of the original work on as if nothing had ever been there.
    await store.folders.save(folder, "a.ics", ICS, event_row(), expect=Expect(version=0))
    assert (await store.folders.point(folder)).generation == "clock"
    await store.tracking.install()
    new = await store.folders.point(folder)
    assert new.generation not in (old.generation, "clock")
    await store.folders.save(folder, "b.ics", ICS, event_row())
    assert [entry.name for entry in (await store.folders.changes(folder, new)).changed] == ["b.ics"]
    await store.close()
    server.drop_database(name)


async def test_index_and_store_in_two_databases_are_served_together(server: Any) -> None:
    info, other = server.create_database("two_info"), server.create_database("two_store")
    settings = settings_for(info, single=True)
    settings = replace(settings, store_url=DatabaseUrl.parse(f"{other}/sogo_store"))
    store = open_store(settings)
    assert await store.start() == []
    folder = await calendar(store)
    point = await store.folders.point(folder)
    await store.folders.save(folder, "a.ics", ICS, event_row("u", c_title="One"), unique_uid="u")
    with pytest.raises(PreconditionFailed):
        await store.folders.save(folder, "a.ics", "x", event_row("u", c_title="Two"), expect=Expect(absent=True))
    entry = await store.folders.load(folder, "a.ics", quick=True)
    assert entry is not None
    assert entry.quick is not None
    assert (entry.component, entry.quick["c_title"]) == ("vevent", "One")
    (changed,) = (await store.folders.changes(folder, point)).changed
    assert changed.component == "vevent"
    (state,) = await store.folders.folders("alice", FolderKind.CALENDAR)
    assert state.point == await store.folders.point(folder)
    await store.folders.remove_folder(folder)
    await store.close()
    server.drop_database("two_info")
    server.drop_database("two_store")


async def test_a_move_between_databases_arrives_before_it_leaves(server: Any) -> None:
    here, there = server.create_database("move_here"), server.create_database("move_there")
    settings = settings_for(here, single=False)
    store = open_store(settings)
    await store.start()
    source = await calendar(store)
    target = await store.folders.create_folder("alice", FolderKind.CALENDAR, "far", "Far")
    engine = store.databases.engine(settings.folder_info_url)
    for column, suffix in (("c_location", ""), ("c_quick_location", "_quick"), ("c_acl_location", "_acl")):
        await engine.execute(
            f"UPDATE sogo_folder_info SET {column} = :url WHERE c_folder_id = :id",
            url=f"{there}/far{suffix}",
            id=target.id,
        )
    assert await store.folders.find_folder("alice", FolderKind.CALENDAR, "far") is None
    moved = replace(
        target, location=f"{there}/far", quick_location=f"{there}/far_quick", acl_location=f"{there}/far_acl"
    )
    await create_missing(folder_tables(store.folders._layout.tables(moved)))
    state = await store.folders.find_folder("alice", FolderKind.CALENDAR, "far")
    assert state is not None
    await store.folders.save(source, "a.ics", ICS, event_row("m"))
    await store.folders.move(source, "a.ics", state.folder, "a.ics", content="moved", quick=event_row("m"))
    assert await store.folders.load(source, "a.ics") is None
    entry = await store.folders.load(state.folder, "a.ics")
    assert entry is not None
    assert entry.content == "moved"
    changes = await store.folders.changes(state.folder, state.point)
    assert [entry.name for entry in changes.changed] == ["a.ics"]
    await store.close()
    server.drop_database("move_here")
    server.drop_database("move_there")


async def test_a_folder_whose_tables_are_missing_does_not_hide_the_others(server: Any) -> None:
    base = server.create_database("holes")
    store = open_store(settings_for(base, single=False))
    await store.start()
    whole = await calendar(store)
    broken = await store.folders.create_folder("alice", FolderKind.CALENDAR, "broken", "Broken")
    await store.folders.registry.drop_tables(broken)
    engine = store.databases.engine(store.settings.folder_info_url)
    await engine.execute("DELETE FROM sogo_folder_revision WHERE c_folder_id = :id", id=broken.id)
    states = await store.folders.folders("alice", FolderKind.CALENDAR)
    assert [state.folder for state in states] == [whole]
    await store.close()
    server.drop_database("holes")


async def test_mysql_speaks_tls_and_checks_the_chain(mariadb_server: MariaDB) -> None:
    url = DatabaseUrl.parse(mariadb_server.create_database("tls") + "/t")
    databases = Databases(PoolSettings(mysql_tls=MysqlTls(enabled=True, authority=mariadb_server.ca_path)))
    (row,) = await databases.engine(url).fetch("SHOW STATUS LIKE 'Ssl_cipher'")
    assert row["value"]
    await databases.close()


async def test_mysql_is_reached_over_its_socket(mariadb_server: MariaDB) -> None:
    socket = str(mariadb_server.socket_path).replace("/", "%2F")
    url = DatabaseUrl.parse(f"mysql://sogo:sogo@{socket}/mysql/user")
    databases = Databases(PoolSettings())
    await databases.engine(url).probe()
    await databases.close()


async def test_postgresql_is_reached_over_its_socket(postgresql_server: PostgreSQL) -> None:
    folder = str(postgresql_server.folder).replace("/", "%2F")
    url = DatabaseUrl.parse(f"postgresql://sogo:sogo@{folder}:{postgresql_server.port}/postgres/t")
    databases = Databases(PoolSettings())
    await databases.engine(url).probe()
    await databases.close()


async def test_names_on_mysql_ignore_case_as_its_collation_does(mariadb_server: MariaDB) -> None:
    """Documented, not chosen: the original's tables compare names that way, and both servers share them."""
    store = open_store(settings_for(mariadb_server.create_database("cases"), single=True))
    await store.start()
    folder = await calendar(store)
    await store.folders.save(folder, "A.ics", "one", event_row("1"))
    written = await store.folders.save(folder, "a.ics", "two", event_row("2"))
    assert (written.version, written.created) == (1, False)
    entry = await store.folders.load(folder, "a.ics")
    assert entry is not None
    assert (entry.name, entry.content) == ("A.ics", "two")
    await store.close()


async def test_a_name_that_only_mysql_takes_for_another_is_not_that_object(mariadb_server: MariaDB) -> None:
    """Accents, emoji and blanks at the end: whoever asks for one gets no other, nor writes over it."""
    store = open_store(settings_for(mariadb_server.create_database("accents"), single=True))
    await store.start()
    folder = await calendar(store)
    for first, second in (("jose.ics", "josé.ics"), ("😀.ics", "😁.ics"), ("b.ics", "b.ics ")):
        await store.folders.save(folder, first, "one", event_row(first))
        assert await store.folders.load(folder, second) is None
        opening = await store.folders.open_folder(folder.owner, folder.kind, folder.name, users=(), object_name=second)
        assert opening.folders
        assert opening.entry is None
        with pytest.raises(InvalidRequest):
            await store.folders.save(folder, second, "two", event_row(second))
        with pytest.raises(InvalidRequest):
            await store.folders.remove(folder, second)
        entry = await store.folders.load(folder, first)
        assert entry is not None
        assert (entry.content, entry.version) == ("one", 0)
    await store.close()


async def test_a_name_that_comes_back_in_another_spelling_is_told_as_two_on_mysql(mariadb_server: MariaDB) -> None:
    store = open_store(settings_for(mariadb_server.create_database("spellings"), single=True))
    await store.start()
    folder = await calendar(store)
    await store.folders.save(folder, "e.ics", "one", event_row("1"))
    memory = FolderMemory(store.folders, shared=SharedMemory(1_000_000), clock=TestClock())
    before = await held_now(store, memory, folder)
    await store.folders.remove(folder, "e.ics")
    await store.folders.save(folder, "É.ics", "two", event_row("2"))
    changes = await store.folders.changes(folder, before.point, content=False)
    assert ([entry.name for entry in changes.changed], changes.removed) == (["É.ics"], ["e.ics"])
    after = await held_now(store, memory, folder)
    assert set(after.items) == {"É.ics"}
    assert after.point.generation == before.point.generation
    for limit in (None, 1):
        told = after.changes(before.point, limit)
        assert told is not None
        assert ([entry.name for entry in told.changed], told.removed) == (["É.ics"], ["e.ics"])
    await store.close()


async def held_now(store: SqlStore, memory: FolderMemory, folder: Folder) -> Held:
    state = await store.folders.find_folder(folder.owner, folder.kind, folder.name)
    assert state is not None
    held = await memory.at(state)
    assert held is not None
    return held
