"""The engine: the same statements, the same errors and the same bounds on every database."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from sogo.errors import AlreadyExists, InvalidData, StoreUnavailable
from sogo.model.folder import FolderKind
from sogo.store.sql import open_store
from sogo.store.sql.counting import counted_statements
from sogo.store.sql.dialects.base import Mode, PoolSettings
from sogo.store.sql.engine import Databases, Engine
from sogo.store.sql.faults import Fault, fault_of
from sogo.store.sql.url import DatabaseUrl
from tests.support.stores import base_url, event_row, settings_for

DATABASES = [
    "sqlite",
    pytest.param("postgresql", marks=pytest.mark.services),
    pytest.param("mariadb", marks=pytest.mark.services),
]


@pytest.fixture(params=DATABASES)
async def engine(request: pytest.FixtureRequest) -> AsyncIterator[Engine]:
    base, _ = base_url(request, request.param)
    databases = Databases(PoolSettings(size=4, acquire_seconds=5, statement_seconds=5))
    opened = databases.engine(DatabaseUrl.parse(f"{base}/things"))
    await opened.run("CREATE TABLE things (name VARCHAR(50) PRIMARY KEY, number INT)")
    yield opened
    await databases.close()


async def fill(engine: Engine, count: int) -> None:
    async with engine.transaction() as session:
        for number in range(count):
            await session.execute(
                "INSERT INTO things (name, number) VALUES (:name, :number)", name=f"n{number:03d}", number=number
            )


async def test_values_are_bound_whatever_they_hold(engine: Engine) -> None:
    for number, text in enumerate(["'; DROP TABLE things; --", "50% :x $1 ? %s", 'back\\slash "', "é😀", ""]):
        await engine.execute("INSERT INTO things (name, number) VALUES (:n, :i)", n=text, i=number)
        row = await engine.fetch_one(
            "SELECT name, number FROM things WHERE name = :n AND number = :i", n=text, i=number
        )
        assert row is not None
        assert dict(row) == {"name": text, "number": number}
    assert await engine.fetch_one("SELECT name FROM things WHERE name = :n", n="a\0b") is None
    assert len(await engine.fetch("SELECT name FROM things")) == 5


async def test_a_change_tells_how_many_rows_it_matched(engine: Engine) -> None:
    await fill(engine, 5)
    assert await engine.execute("UPDATE things SET number = number WHERE number < :n", n=3) == 3
    assert await engine.execute("UPDATE things SET number = 7 WHERE number = 7") == 0
    assert await engine.execute("DELETE FROM things WHERE name LIKE 'n%'") == 5


async def test_a_transaction_is_all_or_nothing(engine: Engine) -> None:
    class Stop(Exception):
        pass

    async def fail() -> None:
        async with engine.transaction() as session:
            await session.execute("INSERT INTO things (name) VALUES ('a')")
            assert len(await session.fetch("SELECT name FROM things")) == 1
            raise Stop

    with pytest.raises(Stop):
        await fail()
    assert await engine.fetch("SELECT name FROM things") == []


async def test_errors_have_one_meaning_everywhere(engine: Engine) -> None:
    await engine.execute("INSERT INTO things (name) VALUES ('a')")
    with pytest.raises(AlreadyExists):
        await engine.execute("INSERT INTO things (name) VALUES ('a')")
    with pytest.raises(StoreUnavailable) as refused:
        await engine.fetch("SELECT x FROM nowhere_at_all")
    assert fault_of(refused.value) is Fault.MISSING
    with pytest.raises(InvalidData):
        await engine.execute("INSERT INTO things (name) VALUES (:name)", name="\ud800")
    with pytest.raises(Exception) as bug:
        await engine.fetch("SELEC nonsense")
    assert not isinstance(bug.value, StoreUnavailable)
    await engine.probe()


async def test_rows_stream_in_batches_and_the_stream_can_be_left(engine: Engine) -> None:
    await fill(engine, 25)
    sizes = [len(rows) async for rows in engine.stream("SELECT name FROM things ORDER BY name", batch=10)]
    assert sizes == [10, 10, 5]
    for _ in range(10):
        rows = engine.stream("SELECT name FROM things ORDER BY name", batch=10)
        assert (await anext(rows))[0]["name"] == "n000"
        await rows.aclose()  # type: ignore[attr-defined]
    assert len(await engine.fetch("SELECT name FROM things")) == 25


async def test_a_snapshot_does_not_see_what_is_committed_meanwhile(engine: Engine) -> None:
    await fill(engine, 3)
    async with engine.transaction(Mode.SNAPSHOT) as session:
        assert len(await session.fetch("SELECT name FROM things")) == 3
        await engine.execute("INSERT INTO things (name) VALUES ('later')")
        assert len(await session.fetch("SELECT name FROM things")) == 3
    assert len(await engine.fetch("SELECT name FROM things")) == 4


async def test_statements_are_counted_for_whoever_asks(engine: Engine) -> None:
    with counted_statements() as outer:
        await engine.fetch("SELECT name FROM things")
        await asyncio.gather(*(engine.fetch("SELECT name FROM things") for _ in range(3)))
        with counted_statements() as inner:
            await engine.execute("DELETE FROM things")
    assert (outer.value, inner.value) == (4, 1)


async def test_more_callers_than_connections_wait_their_turn(engine: Engine) -> None:
    await fill(engine, 3)
    found = await asyncio.gather(*(engine.fetch("SELECT name FROM things") for _ in range(60)))
    assert all(len(rows) == 3 for rows in found)


async def test_cancelled_callers_leave_the_engine_whole(engine: Engine) -> None:
    await fill(engine, 3)
    for round_number in range(10):
        tasks = [asyncio.create_task(engine.fetch("SELECT name FROM things")) for _ in range(10)]
        await asyncio.sleep(0.0005 * round_number)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(10):
        await asyncio.gather(*(engine.fetch("SELECT name FROM things") for _ in range(20)))
        await engine.execute("DELETE FROM things")


async def test_urls_of_one_database_share_an_engine(engine: Engine) -> None:
    databases = Databases()
    url = DatabaseUrl.parse("mysql://u:p@127.0.0.1:1/db/a")
    assert databases.engine(url) is databases.engine(url.with_table("b"))
    await databases.close()


# --- one SQLite file, several processes -------------------------------------------------------------------------------


def write_until_killed(base: str, folder_name: str, log: str) -> None:
    """In a process of its own: save objects one by one and note each that was acknowledged."""

    async def write() -> None:
        store = open_store(settings_for(base, single=True))
        await store.start()
        state = await store.folders.find_folder("alice", FolderKind.CALENDAR, folder_name)
        assert state is not None
        with open(log, "a", buffering=1) as acknowledged:
            for number in range(100_000):
                name = f"{os.getpid()}-{number}"
                await store.folders.save(state.folder, name, name, event_row(name, c_title=name))
                acknowledged.write(f"{name}\n")

    asyncio.run(write())


async def test_killed_writers_of_one_file_lose_nothing_they_acknowledged(tmp_path: Path) -> None:
    base = f"sqlite:///{tmp_path}/site.db"
    store = open_store(settings_for(base, single=True))
    await store.start()
    folder = await store.folders.create_folder("alice", FolderKind.CALENDAR, "personal", "Personal")
    log = tmp_path / "acknowledged"
    log.touch()
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=write_until_killed, args=(base, "personal", str(log))) for _ in range(2)]
    for writer in writers:
        writer.start()
    for _ in range(300):
        await asyncio.sleep(0.05)
        if len(log.read_text().splitlines()) > 60:
            break
    for writer in writers:
        os.kill(writer.pid or 0, signal.SIGKILL)
        await asyncio.to_thread(writer.join)
    acknowledged = set(log.read_text().splitlines())
    live = {e.name: e async for page in store.folders.entries(folder, content=True, quick=True) for e in page}
    assert len(acknowledged) > 60
    assert acknowledged <= set(live)
    assert all(e.quick is not None and e.quick["c_title"] == e.content == name for name, e in live.items())
    await store.close()


async def test_an_sqlite_file_that_cannot_be_opened_is_not_now() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "broken.db"
        path.mkdir()
        databases = Databases(PoolSettings())
        with pytest.raises(StoreUnavailable) as refused:
            await databases.engine(DatabaseUrl.parse(f"sqlite:///{path}/t")).probe()
        assert fault_of(refused.value) is Fault.UNREACHABLE
        await databases.close()


async def test_an_sqlite_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    databases = Databases(PoolSettings())
    file = tmp_path / "state" / "site.db"
    engine = databases.engine(DatabaseUrl.parse(f"sqlite:///{file}/t"))
    await engine.run("CREATE TABLE t (a INTEGER)")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (file.parent, *file.parent.iterdir())}
    await databases.close()
    assert modes == {"state": 0o700, "site.db": 0o600, "site.db-wal": 0o600, "site.db-shm": 0o600}
    with closing(sqlite3.connect(file)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
