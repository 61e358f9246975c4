"""A write and a lock of the same moment, on every database and layout: either the write is there when the lock's maker is
told of the lock, or it meets the lock (RFC 4918 §6.1)."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Collection

import pytest

from sogo.errors import ResourceLocked
from sogo.model.folder import Folder
from sogo.model.locks import FOLDER, Depth, Lock, Scope
from sogo.store.sql.counting import counted_statements
from sogo.store.sql.store import SqlStore
from tests.support.stores import Site, event_row

NAME = "one.ics"
ROUNDS = 12
WITHOUT_TRIGGERS = 2
"""Statements that put a writer and who grants a lock in line, where neither a trigger nor SQLite does: the folder's row
is locked, and then locks are looked for."""
_numbers = itertools.count(1)


def lock(site: Site, folder: Folder, name: str = NAME, *, scope: Scope = Scope.EXCLUSIVE, seconds: int = 600) -> Lock:
    depth = Depth.INFINITY if name == FOLDER else Depth.ZERO
    now = site.clock.seconds
    return Lock(f"urn:w:{next(_numbers)}", folder.path, name, scope, depth, "", "anna", now, now + seconds)


async def write(store: SqlStore, folder: Folder, text: str, name: str = NAME, *, seen: Collection[str] = ()) -> None:
    await store.folders.save(folder, name, text, event_row(f"uid-{name}"), unique_uid=f"uid-{name}", seen=seen)


async def text_of(site: Site, folder: Folder, name: str = NAME) -> str | None:
    entry = await site.store.folders.load(folder, name)
    return entry.content if entry is not None else None


@pytest.mark.parametrize("place", [NAME, FOLDER])
async def test_a_write_meets_a_lock_it_has_not_seen(site: Site, place: str) -> None:
    folder, other, store = await site.fresh_folder(), await site.fresh_folder(), site.store
    await write(store, folder, "before")
    await write(store, other, "elsewhere", "two.ics")
    new = lock(site, folder, place, scope=Scope.SHARED)
    await store.locks.lock(folder, new)
    refused = [
        write(store, folder, "after"),
        store.folders.remove(folder, NAME, seen=()),
        store.folders.move(folder, NAME, other, NAME, content="x", quick=event_row(), seen=()),
        store.folders.move(other, "two.ics", folder, NAME, content="x", quick=event_row(), seen=()),
    ]
    for attempt in refused:
        with pytest.raises(ResourceLocked) as caught:
            await attempt
        assert caught.value.roots == (new.root,)
    assert await text_of(site, folder) == "before"
    assert await text_of(site, other, "two.ics") == "elsewhere"
    index, _ = await site.rows(folder, NAME)
    assert index is not None
    another = lock(site, folder, place, scope=Scope.SHARED)
    await store.locks.lock(folder, another)
    with pytest.raises(ResourceLocked) as caught:
        await write(store, folder, "after", seen=[new.token])
    assert caught.value.roots == (another.root,)
    await write(store, folder, "after", seen=[another.token, new.token])
    assert await text_of(site, folder) == "after"
    await store.folders.remove(folder, NAME, seen=[another.token, new.token])
    assert await text_of(site, folder) is None


@pytest.mark.parametrize("place", ["new.ics", FOLDER])
async def test_nothing_is_made_under_a_lock_that_was_not_seen(site: Site, place: str) -> None:
    folder = await site.fresh_folder()
    new = lock(site, folder, place)
    await site.store.locks.lock(folder, new)
    with pytest.raises(ResourceLocked):
        await write(site.store, folder, "text", "new.ics")
    assert await site.rows(folder, "new.ics") == (None, None)
    await write(site.store, folder, "text", "new.ics", seen=[new.token])
    assert await text_of(site, folder, "new.ics") == "text"


async def test_other_locks_and_those_that_are_over_stop_nobody(site: Site) -> None:
    folder, other = await site.fresh_folder(), await site.fresh_folder()
    await site.store.locks.lock(folder, lock(site, folder, "One.ics"))
    await site.store.locks.lock(other, lock(site, other, FOLDER))
    await site.store.locks.lock(folder, lock(site, folder, seconds=10))
    site.clock.sleep(10)
    await write(site.store, folder, "text")
    await site.store.folders.remove(folder, NAME, seen=())


async def test_to_look_for_locks_costs_no_statement(site: Site) -> None:
    folder = await site.fresh_folder()
    await write(site.store, folder, "text", "first.ics")
    costs = []
    for seen in (None, ()):
        with counted_statements() as count:
            await site.store.folders.save(folder, NAME, "text", event_row("u"), seen=seen)
            await site.store.folders.save(folder, NAME, "other", event_row("u"), seen=seen)
            await site.store.folders.remove(folder, NAME, seen=seen)
        costs.append(count.value)
    alone = site.tracked or site.database == "sqlite"
    assert costs[1] - costs[0] == (0 if alone else 3 * WITHOUT_TRIGGERS)


@pytest.mark.parametrize("place", [NAME, FOLDER])
async def test_nobody_writes_after_a_lock_was_granted(site: Site, place: str) -> None:
    """Two stores with connections of their own, as two workers have them."""
    second = site.another()
    met = 0
    for number in range(ROUNDS):
        folder = await site.fresh_folder()
        await write(site.store, folder, "first")
        writers = [
            asyncio.create_task(write(store, folder, f"{number}.{turn}", seen=()))
            for turn, store in enumerate([second, site.store] * 3)
        ]
        for _ in range(number):
            await asyncio.sleep(0)
        await site.store.locks.lock(folder, lock(site, folder, place))
        told = await text_of(site, folder)
        answers = await asyncio.gather(*writers, return_exceptions=True)
        assert {type(answer) for answer in answers} <= {type(None), ResourceLocked}
        met += sum(answer is not None for answer in answers)
        assert await text_of(site, folder) == told
    await second.close()
    assert met, "no lock came in between"


async def test_a_write_that_waited_for_another_meets_the_lock_granted_meanwhile(site: Site) -> None:
    folder = await site.fresh_folder()
    await write(site.store, folder, "first")
    tables = site.tables(folder)
    second = site.another()
    async with tables.quick_engine.transaction() as session:
        await session.execute(
            f"UPDATE {tables.quick} SET c_title = 'mine' WHERE {tables.of_folder()}c_name = :name",
            folder=folder.id,
            name=NAME,
        )
        writing = asyncio.create_task(write(second, folder, "late", seen=()))
        locking = asyncio.create_task(site.store.locks.lock(folder, lock(site, folder)))
        await asyncio.wait([locking], timeout=0.3)  # SQLite has one writer, so both wait there
    await locking
    told = await text_of(site, folder)
    answers = await asyncio.gather(writing, return_exceptions=True)
    await second.close()
    assert await text_of(site, folder) == told
    assert told == ("first" if isinstance(answers[0], ResourceLocked) else "late")
