"""What a worker remembers never lags behind what was acknowledged before it was asked, whoever wrote it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from sogo.errors import InvalidSyncToken, NotFound, PreconditionFailed, StoreUnavailable
from sogo.model.folder import Folder, FolderState, SyncPoint
from sogo.service.memory import FolderMemory, Held
from sogo.service.shelf import SharedMemory
from sogo.store.sql import SqlStore
from sogo.store.sql.tables import FOLDER_REVISION_NAME, OBJECT_REVISION_NAME
from tests.support.stores import Site, event_row

NAMES = tuple(f"{number}.ics" for number in range(12))
ROUNDS = 40


@dataclass
class Ledger:
    """What writers know to be committed: the version of each name, None once it is removed; and how often one of them
    began with a name."""

    versions: dict[str, int | None] = field(default_factory=dict)
    begun: Counter[str] = field(default_factory=Counter)
    locks: dict[str, asyncio.Lock] = field(default_factory=lambda: {name: asyncio.Lock() for name in NAMES})

    @contextlib.asynccontextmanager
    async def writing(self, name: str) -> AsyncIterator[None]:
        async with self.locks[name]:
            self.begun[name] += 1
            yield

    def quiet(self) -> dict[str, int]:
        """The names nobody writes to now, each with the number of writes so far."""
        return {name: self.begun[name] for name in NAMES if not self.locks[name].locked()}


@pytest.fixture
async def other(site: Site) -> AsyncIterator[SqlStore]:
    """Another worker."""
    store = site.another()
    await store.start()
    yield store
    await store.close()


def memory_of(site: Site) -> FolderMemory:
    return FolderMemory(site.store.folders, shared=SharedMemory(10_000_000), clock=site.clock)


async def state_of(site: Site, folder: Folder) -> FolderState:
    state = await site.store.folders.find_folder(folder.owner, folder.kind, folder.name)
    assert state is not None
    return state


async def our_writer(store: SqlStore, folder: Folder, ledger: Ledger, dice: random.Random) -> None:
    for _ in range(ROUNDS):
        name = dice.choice(NAMES)
        async with ledger.writing(name):
            with contextlib.suppress(NotFound, PreconditionFailed, StoreUnavailable):
                if ledger.versions.get(name) is not None and dice.random() < 0.3:
                    await store.folders.remove(folder, name)
                    ledger.versions[name] = None
                else:
                    written = await store.folders.save(folder, name, "", event_row(name))
                    ledger.versions[name] = written.version


async def original_writer(site: Site, folder: Folder, ledger: Ledger, dice: random.Random) -> None:
    """As the original updates: the index and the store in two transactions, the store committed first."""
    tables = site.tables(folder)
    key = tables.of_folder()
    for _ in range(ROUNDS):
        name = dice.choice(NAMES)
        async with ledger.writing(name):
            version = ledger.versions.get(name)
            if version is None:
                continue
            async with tables.store_engine.transaction() as session:
                await session.execute(
                    f"UPDATE {tables.store} SET c_version = :new, c_lastmodified = :now WHERE {key}c_name = :name",
                    folder=folder.id,
                    name=name,
                    new=version + 1,
                    now=site.clock.seconds,
                )
            async with tables.quick_engine.transaction() as session:
                await session.execute(
                    f"UPDATE {tables.quick} SET c_startdate = :start WHERE {key}c_name = :name",
                    folder=folder.id,
                    name=name,
                    start=version + 1,
                )
            ledger.versions[name] = version + 1


async def reader(site: Site, folder: Folder, ledger: Ledger, memory: FolderMemory, done: asyncio.Event) -> int:
    """Asks without a pause; every answer holds at least what was acknowledged before the question."""
    seen = 0
    token: SyncPoint | None = None
    mirror: dict[str, int] = {}
    while not done.is_set():
        before, quiet = dict(ledger.versions), ledger.quiet()
        state = await state_of(site, folder)
        held = await memory.at(state, floor=token.revision if token else None, settled=True)
        assert held is not None
        assert held.point.revision >= state.point.revision
        for name, number in quiet.items():
            item = held.items.get(name)
            shown = item.entry.version if item is not None else None
            assert shown == before.get(name) or ledger.begun[name] != number, (name, before.get(name), shown)
        token = follow(held, token, mirror)
        assert mirror == {name: item.entry.version for name, item in held.items.items()}
        seen += 1
    return seen


def follow(held: Held, token: SyncPoint | None, mirror: dict[str, int]) -> SyncPoint:
    changes = held.changes(token, None)
    assert changes is not None
    for entry in changes.changed:
        mirror[entry.name] = entry.version
    for name in changes.removed:
        mirror.pop(name, None)
    return changes.point


async def test_readers_never_see_less_than_was_acknowledged(site: Site, other: SqlStore) -> None:
    folder = await site.fresh_folder()
    memory, ledger, done = memory_of(site), Ledger(), asyncio.Event()
    state = await state_of(site, folder)
    if not site.tracked:
        assert await memory.at(state) is None
        return
    dice = [random.Random(seed) for seed in range(4)]
    readers = [asyncio.create_task(reader(site, folder, ledger, memory, done)) for _ in range(2)]
    try:
        await asyncio.gather(
            our_writer(site.store, folder, ledger, dice[0]),
            our_writer(other, folder, ledger, dice[1]),
            original_writer(site, folder, ledger, dice[2]),
        )
    finally:
        done.set()
        counts = await asyncio.gather(*readers)
    assert all(counts)
    held = await memory_of(site).at(await state_of(site, folder), settled=True)
    assert held is not None
    expected = {name: version for name, version in ledger.versions.items() if version is not None}
    assert {name: item.entry.version for name, item in held.items.items()} == expected
    entries = [entry async for page in site.store.folders.entries(folder, quick=True) for entry in page]
    assert {entry.name: entry.quick["c_startdate"] for entry in entries if entry.quick} == {
        name: item.times.start for name, item in held.items.items() if item.times
    }


async def test_content_comes_with_the_revision_it_has(site: Site) -> None:
    folder = await site.fresh_folder()
    for name in ("a", "b"):
        await site.store.folders.save(folder, name, f"text of {name}", event_row(name))
    if not site.tracked:
        return
    snapshot = await site.store.folders.snapshot(folder, None)
    assert snapshot is not None
    assert {item.entry.name for item in snapshot.items} == {"a", "b"}
    assert all(item.entry.content is None and item.times is not None for item in snapshot.items)
    await site.store.folders.save(folder, "a", "new", event_row("a"))
    items = {item.entry.name: item for item in await site.store.folders.items(folder, ["a", "b", "none"])}
    assert set(items) == {"a", "b"}
    assert items["a"].entry.content == "new"
    assert items["a"].revision > max(item.revision for item in snapshot.items)
    later = await site.store.folders.snapshot(folder, snapshot.point)
    assert later is not None
    assert [item.entry.name for item in later.items] == ["a"]
    await site.store.folders.remove(folder, "b")
    gone = await site.store.folders.snapshot(folder, later.point)
    assert gone is not None
    assert [name for _, name in gone.removed] == ["b"]


async def _rows(site: Site, folder: Folder) -> dict[str, list[dict[str, object]]]:
    """Everything a dump would hold of a folder."""
    tables = site.tables(folder)
    found = {
        table: await tables.store_engine.fetch(f"SELECT * FROM {table} WHERE c_folder_id = :folder", folder=folder.id)
        for table in (FOLDER_REVISION_NAME, OBJECT_REVISION_NAME)
    }
    where, values = ("WHERE c_folder_id = :folder", {"folder": folder.id}) if tables.single else ("", {})
    for table in (tables.store, tables.quick):
        found[table] = await tables.store_engine.fetch(f"SELECT * FROM {table} {where}", **values)
    return {table: [dict(row) for row in rows] for table, rows in found.items()}


async def _restore(site: Site, folder: Folder, dump: dict[str, list[dict[str, object]]]) -> None:
    """The tables of objects first: their triggers write into ours, which are then as they were dumped."""
    tables = site.tables(folder)
    for table in (tables.store, tables.quick, FOLDER_REVISION_NAME, OBJECT_REVISION_NAME):
        of_folder = tables.single or table in (FOLDER_REVISION_NAME, OBJECT_REVISION_NAME)
        where, values = ("WHERE c_folder_id = :folder", {"folder": folder.id}) if of_folder else ("", {})
        await tables.store_engine.execute(f"DELETE FROM {table} {where}", **values)
        for row in dump[table]:
            names = [name for name in row if name.startswith("c_")]
            marks = ", ".join(f":{name}" for name in names)
            await tables.store_engine.execute(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", **{name: row[name] for name in names}
            )


@pytest.mark.parametrize("goes_on", [False, True])
async def test_a_database_restored_from_an_older_dump_is_not_remembered_otherwise(
    site: Site, other: SqlStore, goes_on: bool
) -> None:
    if not site.tracked:
        return
    folder, memory = await site.fresh_folder(), memory_of(site)
    for name in ("a", "b"):
        await site.store.folders.save(folder, name, f"first {name}", event_row(name))
    dump = await _rows(site, folder)
    for name in ("c", "a"):
        await site.store.folders.save(folder, name, f"lost {name}", event_row(name))
    token = (await state_of(site, folder)).point
    held = await memory.at(await state_of(site, folder))
    assert held is None or set(held.items) == {"a", "b", "c"}
    await _restore(site, folder, dump)
    expected = {"a": 0, "b": 0}
    if goes_on:
        for name in ("d", "e", "f"):
            await other.folders.save(folder, name, "new", event_row(name))
            expected[name] = 0
    held = await memory.at(await state_of(site, folder))
    if held is None:
        return
    assert {name: item.entry.version for name, item in held.items.items()} == expected
    state = await state_of(site, folder)
    assert state.point.generation == held.point.generation != token.generation
    with pytest.raises(InvalidSyncToken):
        await other.folders.changes(folder, token)
