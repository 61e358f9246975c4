"""The change bus when the database goes away, refuses, is of an older version, or cannot tell by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from sogo.model.change import Home, What
from sogo.model.folder import FolderKind
from sogo.service import waker
from sogo.service.bus import Change, ChangeBus, Origin
from sogo.store.sql import installing, listener, notices, open_store
from sogo.store.sql.notices import open_notices
from sogo.store.sql.triggers.postgresql import CHANNEL, FOLDER_FUNCTION, FUNCTION, PostgreSQLTriggers
from tests.support.bus import PATIENCE_SECONDS, Worker, next_change, the_original_writes
from tests.support.services import PostgreSQL
from tests.support.stores import Site, TestClock, event_row, settings_for

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A server of these tests' own, since they stop it."""
    with PostgreSQL() as running:
        yield running


@pytest.fixture
async def site(server: PostgreSQL, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    name = f"b{abs(hash(request.node.name)) % 10**8}"
    base = server.create_database(name)
    clock = TestClock()
    settings = settings_for(base, single=True, clock=clock)
    store = open_store(settings)
    assert await store.start() == []
    yield Site("postgresql-single-tracked", base, settings, store, clock, server)
    await store.close()
    server.drop_database(name)


async def _save_somehow(worker: Worker, folder: Any, name: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await worker.save(folder, name)
                return
            except Exception:
                await asyncio.sleep(0.1)


async def test_waiters_survive_a_restart_of_the_database(
    site: Site, here: Worker, there: Worker, server: PostgreSQL, caplog: pytest.LogCaptureFixture
) -> None:
    folder, quiet = await site.fresh_folder(), await site.fresh_folder()
    with caplog.at_level(logging.INFO):
        async with here.bus.watch(folder) as queue, here.bus.watch(quiet) as quiet_queue:
            await asyncio.to_thread(server.stop)
            await asyncio.sleep(2)
            await asyncio.to_thread(server.start)
            # Before anything listens again: what happened meanwhile is found by looking.
            await _save_somehow(there, folder, "a.ics")
            assert (await next_change(queue)).folder.path == folder.path
            await here.settle()
            await there.save(folder, "b.ics")
            assert (await next_change(queue)).name == "b.ics"
            assert quiet_queue.empty()
    told = [record.message for record in caplog.records if record.name == "sogo.service.waker"]
    assert [text.partition(":")[0] for text in told] == [
        "Who waits for changes is not woken by others for now",
        "Who waits for changes is woken by others again.",
    ]


async def test_a_killed_listening_connection_is_opened_again(site: Site, here: Worker, there: Worker) -> None:
    folder = await site.fresh_folder()
    async with here.bus.watch(folder) as queue:
        killed = await site.engine.fetch(
            "SELECT pg_terminate_backend(pid) AS gone FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ShareLock' "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert len(killed) == 1
        await there.save(folder, "a.ics")
        assert (await next_change(queue)).folder.path == folder.path
        await here.settle()
        await there.save(folder, "b.ics")
        assert (await next_change(queue)).name == "b.ics"


async def test_who_comes_while_the_database_is_away_is_told_when_it_is_back(
    site: Site, here: Worker, server: PostgreSQL
) -> None:
    folder = await site.fresh_folder()
    await asyncio.to_thread(server.stop)
    async with here.bus.watch(folder) as queue:
        assert queue.empty()
        await asyncio.to_thread(server.start)
        change = await next_change(queue)
        assert (change.folder.path, change.origin) == (folder.path, Origin.ELSEWHERE)


async def test_triggers_that_somebody_drops_are_missed_soon(
    site: Site, here: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written between their end and the next look at them is told too."""
    monkeypatch.setattr(waker, "REST_SECONDS", 0.3)
    monkeypatch.setattr(notices, "CHECK_SECONDS", 0.2)
    folder = await site.fresh_folder()
    async with here.bus.watch(folder) as queue:
        assert here.store.tracking.announces
        await installing.remove_triggers(site.engine, site.tables(folder).store_name)
        await the_original_writes(site, folder, "INSERT", "a.ics")
        assert (await next_change(queue)).folder.path == folder.path
        assert not here.store.tracking.announces


async def test_nobody_waits_and_nothing_is_sent(site: Site, here: Worker, there: Worker) -> None:
    folder = await site.fresh_folder()
    for number in range(5):
        await here.save(folder, f"{number}.ics")
    assert here.statements == 0
    async with here.bus.watch(folder) as queue:
        began = here.statements
        for number in range(20):
            await there.save(folder, f"{number}.ics")
            assert (await next_change(queue)).name == f"{number}.ics"
        assert here.statements == began
    ended = here.statements
    await there.save(folder, "0.ics")
    assert here.statements == ended


async def test_functions_of_an_older_version_are_replaced_and_revisions_go_on(site: Site) -> None:
    folder = await site.fresh_folder()
    point = await site.store.folders.point(folder)
    for name in (FUNCTION, FOLDER_FUNCTION):
        await site.engine.run(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            "$body$ BEGIN RETURN NULL; END $body$"
        )
    async with Worker.of(site) as here, Worker.of(site) as there, here.bus.watch(folder) as queue:
        await there.save(folder, "a.ics")
        assert (await next_change(queue)).name == "a.ics"
        assert [entry.name for entry in (await here.store.folders.changes(folder, point)).changed] == ["a.ics"]


async def test_a_newer_version_is_left_alone(site: Site) -> None:
    await site.engine.run(
        f"CREATE OR REPLACE FUNCTION {FOLDER_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
        "$body$ -- version 999\n BEGIN RETURN NULL; END $body$"
    )
    async with Worker.of(site):
        rows = await site.engine.fetch("SELECT prosrc FROM pg_proc WHERE proname = :name", name=FOLDER_FUNCTION)
        assert "version 999" in rows[0]["prosrc"]


async def test_where_notices_do_not_arrive_the_tables_are_looked_at(
    site: Site, there: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A pooler that gives each transaction another session: LISTEN succeeds and is deaf."""
    monkeypatch.setattr("sogo.store.sql.listener.PROOF_SECONDS", 0.2)
    monkeypatch.setattr("sogo.store.sql.listener.Listener._told", lambda self, text: None)
    folder = await site.fresh_folder()
    async with Worker.of(site) as here, here.bus.watch(folder) as queue:
        await there.save(folder, "a.ics")
        assert (await next_change(queue)).name == "a.ics"
    assert sum("LISTEN does not reach us" in record.message for record in caplog.records) == 1


async def test_a_stranger_on_the_channel_does_no_harm(site: Site, here: Worker, there: Worker) -> None:
    folder = await site.fresh_folder()
    hostile = [
        "", "x", "proof", "proof\tdeadbeef", "written", "written\t\t\t\t\t", "written\t\t-1\tg\t1\ta", "gone\t\t1\t/etc",
        f"written\t\t{folder.id}\tg\tNaN\ta", f"written\t\t{10**30}\tg\t1\ta", "created\t\t1\t/Users/x/Nothing/y",
        f"gone\t\t{folder.id}\t{folder.path}", f"renamed\t\t{folder.id}\t{folder.path}", "edited\t\t1\t/Users/", "\t" * 50,
    ]  # fmt: skip
    async with here.bus.watch(folder) as queue, here.bus.watch(Home(folder.owner, folder.kind)):
        for text in hostile:
            await site.engine.fetch("SELECT pg_notify('sogo_changes', :text) AS sent", text=text)
        await here.settle()
        assert queue.empty()
        await there.save(folder, "a.ics")
        assert (await next_change(queue)).name == "a.ics"


async def test_properties_are_told_across_workers(site: Site, here: Worker, there: Worker) -> None:
    folder = await site.fresh_folder()
    async with here.bus.watch(Home(folder.owner, folder.kind)) as queue:
        there.bus.announce(Change(folder, "", what=What.EDITED))
        change = await next_change(queue)
        assert (change.folder.path, change.what) == (folder.path, What.EDITED)


@pytest.mark.parametrize("single", [True, False], ids=["single", "legacy"])
async def test_a_running_worker_notices_that_tracking_comes_and_goes(server: PostgreSQL, single: bool) -> None:
    base = server.create_database(f"comes{single:d}")
    settings = settings_for(base, single=single)
    tool, running = open_store(settings), open_store(settings)
    try:
        await tool.start()
        await running.start()
        now = 1000.0
        running.tracking._monotonic = lambda: now
        folder = await running.folders.create_folder("ada", FolderKind.CALENDAR, "personal", "Personal")
        tracked = await running.folders.point(folder)
        await tool.remove_tracking()
        assert (await running.folders.point(folder)).generation == "clock"
        await tool.tracking.install()
        now += 60
        state = await running.folders.find_folder(folder.owner, folder.kind, folder.name)
        assert state is not None
        again = state.point
        assert again.generation not in {"clock", tracked.generation}
        bus = ChangeBus(open_notices(running), look_seconds=0.1)
        async with bus.watch(folder, known={folder.path: again}) as queue:
            assert queue.empty()
            assert running.tracking.announces
        await bus.close()
    finally:
        await running.close()
        await tool.close()
        server.drop_database(f"comes{single:d}")


async def test_triggers_that_would_fail_are_found_out_before_they_are_made(
    server: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a server that lacks a function they call, the writes of the original would fail: there the clock counts."""
    base = server.create_database("older")
    shared = [text.replace("current_setting(", "function_of_tomorrow(") for text in PostgreSQLTriggers.shared]
    monkeypatch.setattr(PostgreSQLTriggers, "shared", tuple(shared))
    store = open_store(settings_for(base, single=True))
    (warning,) = await store.start()
    assert "Change tracking is off" in warning
    folder = await store.folders.create_folder("ada", FolderKind.CALENDAR, "personal", "Personal")
    await store.folders.save(folder, "a.ics", "x", event_row("a"))
    assert (await store.folders.point(folder)).generation == "clock"
    await store.close()
    server.drop_database("older")


async def test_without_triggers_workers_tell_each_other(server: PostgreSQL) -> None:
    """Before the next look, which is far away here."""
    base = server.create_database("untracked")
    settings = settings_for(base, single=True, tracking=False)
    stores = [open_store(settings) for _ in range(2)]
    for store in stores:
        await store.start()
    here, there = (ChangeBus(open_notices(store), look_seconds=3600) for store in stores)
    folder = await stores[1].folders.create_folder("ada", FolderKind.CALENDAR, "personal", "Personal")
    async with here.watch(Home("ada", FolderKind.CALENDAR)) as queue:
        await stores[1].folders.save(folder, "a.ics", "x", event_row("a"))
        there.announce(Change(folder, "a.ics", what=What.WRITTEN))
        change = await next_change(queue)
        assert (change.name, change.what, change.origin) == ("a.ics", What.WRITTEN, Origin.ELSEWHERE)
        made = await stores[1].folders.create_folder("ada", FolderKind.CALENDAR, "work", "Work")
        there.announce(Change(made, "", what=What.CREATED))
        change = await next_change(queue)
        assert (change.folder.path, change.what) == (made.path, What.CREATED)
    for bus, store in zip((here, there), stores, strict=True):
        await bus.close()
        await store.close()
    server.drop_database("untracked")


async def test_nobody_is_told_where_nobody_listens(site: Site, here: Worker, there: Worker) -> None:
    """A stranger on the channel does not count: commits that tell stand in one line, whoever hears them."""
    folder = await site.fresh_folder()
    heard: list[str] = []
    stranger = await asyncpg.connect(site.base)
    try:
        await stranger.add_listener(CHANNEL, lambda _, pid, channel, text: heard.append(text))
        await there.save(folder, "a.ics")
        await the_original_writes(site, folder, "INSERT", "b.ics")
        await stranger.execute("SELECT 1")
        assert [text for text in heard if "written" in text] == []
        async with here.bus.watch(folder) as queue:
            await the_original_writes(site, folder, "INSERT", "c.ics")
            assert (await next_change(queue)).name == "c.ics"
            await stranger.execute("SELECT 1")
            assert [text.rpartition("\t")[2] for text in heard if "written" in text] == ["c.ics"]
    finally:
        await stranger.close()


async def test_who_begins_to_listen_waits_for_those_who_did_not_know_of_it(site: Site, here: Worker) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.save(folder, "a.ics", "x", event_row("a"))
    point = await site.store.folders.point(folder)

    async def told() -> Change:
        async with here.bus.watch(folder, known={folder.path: point}) as queue:
            return await next_change(queue)

    async with site.engine.transaction() as session:
        table = site.tables(folder).store
        await session.execute(f"UPDATE {table} SET c_version = 7 WHERE c_folder_id = :folder", folder=folder.id)
        waiting = asyncio.create_task(told())
        await asyncio.sleep(0.3)
        assert not waiting.done()
    assert (await waiting).folder.path == folder.path


async def test_where_somebody_writes_without_end_the_tables_are_looked_at(
    site: Site, here: Worker, there: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "WRITERS_SECONDS", 0.1)
    monkeypatch.setattr(listener, "HELD_UP_PAUSE_SECONDS", 0.5)
    folder, other = await site.fresh_folder(), await site.fresh_folder()
    await site.store.folders.save(other, "a.ics", "x", event_row("a"))
    async with here.bus.watch(folder) as queue:
        async with site.engine.transaction() as session:
            await here.notices.rest()
            table = site.tables(other).store
            await session.execute(f"UPDATE {table} SET c_version = 7 WHERE c_folder_id = :folder", folder=other.id)
            assert not await here.notices.listen()
            await there.save(folder, "a.ics")
            assert (await next_change(queue)).folder.path == folder.path
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await here.notices.listen():
                await asyncio.sleep(0.05)
