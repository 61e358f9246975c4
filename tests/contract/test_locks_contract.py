"""Write locks on every database and layout: granted once, whoever asks and from wherever (RFC 4918 §6)."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

import pytest

from sogo.errors import Forbidden, LockConflict, NotFound, QuotaExceeded
from sogo.model.folder import Folder
from sogo.model.locks import FOLDER, Depth, Lock, Scope
from sogo.store.sql import locks as sql_locks
from sogo.store.sql.tables import DAV_LOCK_NAME
from tests.support.stores import Site

_numbers = itertools.count(1)


def lock(
    site: Site,
    folder: Folder,
    name: str = "one.ics",
    *,
    scope: Scope = Scope.EXCLUSIVE,
    depth: Depth = Depth.ZERO,
    user: str = "anna",
    seconds: int = 600,
) -> Lock:
    now = site.clock.seconds
    owner = '<D:owner xmlns:D="DAV:">é 😀 & <D:href>mailto:a@example.org</D:href></D:owner>'
    return Lock(f"urn:x:{next(_numbers)}", folder.path, name, scope, depth, owner, user, now, now + seconds)


async def held(site: Site, folder: Folder) -> list[Lock]:
    return (await site.store.locks.held([folder])).get(folder.path, [])


async def test_a_lock_comes_back_as_it_was_granted(site: Site) -> None:
    folder, other = await site.fresh_folder(), await site.fresh_folder()
    one, shared = lock(site, folder), lock(site, folder, FOLDER, scope=Scope.SHARED)
    await site.store.locks.lock(folder, one)
    await site.store.locks.lock(folder, replace(shared, created=one.created + 1))
    assert await held(site, folder) == [one, replace(shared, created=one.created + 1)]
    assert await site.store.locks.held([other]) == {}
    assert await site.store.locks.held([]) == {}


async def test_of_many_who_want_one_lock_at_once_one_gets_it(site: Site) -> None:
    """Two stores with connections of their own, as two workers have them."""
    folder, second = await site.fresh_folder(), site.another()
    wanted = [lock(site, folder, user=f"user{number}") for number in range(12)]
    stores = [site.store, second]

    async def ask(number: int) -> bool:
        try:
            await stores[number % 2].locks.lock(folder, wanted[number])
        except LockConflict:
            return False
        return True

    granted = await asyncio.gather(*(ask(number) for number in range(len(wanted))))
    await second.close()
    assert granted.count(True) == 1
    assert await held(site, folder) == [wanted[granted.index(True)]]


async def test_a_deep_lock_and_one_inside_never_stand_together(site: Site) -> None:
    for _ in range(3):
        folder, second = await site.fresh_folder(), site.another()
        deep, inside = lock(site, folder, FOLDER, depth=Depth.INFINITY), lock(site, folder, "two.ics")
        answers = await asyncio.gather(
            site.store.locks.lock(folder, deep), second.locks.lock(folder, inside), return_exceptions=True
        )
        await second.close()
        assert sorted(type(one) for one in answers if one is not None) == [LockConflict]
        assert len(await held(site, folder)) == 1


async def test_the_shared_stand_together_and_keep_exclusive_ones_out(site: Site) -> None:
    folder, locks = await site.fresh_folder(), site.store.locks
    for user in ("anna", "ben"):
        await locks.lock(folder, lock(site, folder, scope=Scope.SHARED, user=user))
    with pytest.raises(LockConflict) as caught:
        await locks.lock(folder, lock(site, folder, user="anna"))
    assert set(caught.value.roots) == {(folder.owner, "Calendar", "personal", "one.ics")}
    with pytest.raises(LockConflict):
        await locks.lock(folder, lock(site, folder, FOLDER, depth=Depth.INFINITY))
    await locks.lock(folder, lock(site, folder, FOLDER, depth=Depth.ZERO))
    assert len(await held(site, folder)) == 3


async def test_a_lock_ends_at_its_time_and_its_row_goes_with_the_next_lock(site: Site) -> None:
    folder, locks = await site.fresh_folder(), site.store.locks
    first = lock(site, folder, seconds=10)
    await locks.lock(folder, first)
    site.clock.sleep(9)
    assert await held(site, folder) == [first]
    site.clock.sleep(1)
    assert await held(site, folder) == []
    assert await locks.refresh(folder, first.token, "anna", site.clock.seconds + 600) is None
    second = lock(site, folder, user="ben")
    await locks.lock(folder, second)
    rows = await site.engine.fetch(f"SELECT c_token FROM {DAV_LOCK_NAME} WHERE c_folder_path = :path", path=folder.path)
    assert [row["c_token"] for row in rows] == [second.token]


async def test_only_the_holder_makes_a_lock_last_longer(site: Site) -> None:
    folder, other, locks = await site.fresh_folder(), await site.fresh_folder(), site.store.locks
    one = lock(site, folder, seconds=10)
    await locks.lock(folder, one)
    later = site.clock.seconds + 900
    assert await locks.refresh(folder, one.token, "ben", later) is None
    assert await locks.refresh(other, one.token, "anna", later) is None
    assert await locks.refresh(folder, one.token, "anna", later) == replace(one, expires=later)
    assert await held(site, folder) == [replace(one, expires=later)]


async def test_a_lock_ends_when_it_is_taken_away(site: Site) -> None:
    folder, other, locks = await site.fresh_folder(), await site.fresh_folder(), site.store.locks
    one = lock(site, folder)
    await locks.lock(folder, one)
    await locks.unlock(other, one.token)
    assert await held(site, folder) == [one]
    await locks.unlock(folder, one.token)
    await locks.unlock(folder, one.token)
    assert await held(site, folder) == []


async def test_locks_of_what_is_gone_are_dropped(site: Site) -> None:
    folder, other, locks = await site.fresh_folder(), await site.fresh_folder(), site.store.locks
    kept = lock(site, folder, "Two.ics")
    for one in (lock(site, folder, "two.ics"), kept, lock(site, folder, FOLDER)):
        await locks.lock(folder, one)
    await locks.lock(other, lock(site, other, "two.ics"))
    await locks.drop(folder, ["two.ics", "three.ics"])
    assert {one.name for one in await held(site, folder)} == {"Two.ics", FOLDER}
    await locks.drop(folder)
    assert await held(site, folder) == []
    assert len(await held(site, other)) == 1


async def test_there_is_no_lock_in_a_folder_that_is_gone(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.store.folders.remove_folder(folder)
    with pytest.raises(NotFound):
        await site.store.locks.lock(folder, lock(site, folder))


@pytest.mark.parametrize("limit", ["LOCKS_OF_A_FOLDER", "LOCKS_OF_A_USER"])
async def test_there_are_so_many_locks_and_no_more(site: Site, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    folder, user = await site.fresh_folder(), site.fresh_owner()
    monkeypatch.setattr(sql_locks, limit, 3)
    for number in range(3):
        await site.store.locks.lock(folder, lock(site, folder, f"{number}.ics", user=user, seconds=60))
    with pytest.raises(QuotaExceeded):
        await site.store.locks.lock(folder, lock(site, folder, "more.ics", user=user))
    site.clock.sleep(60)
    await site.store.locks.lock(folder, lock(site, folder, "more.ics", user=user))


async def test_only_so_many_share_one_resource(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, locks = await site.fresh_folder(), site.store.locks
    monkeypatch.setattr(sql_locks, "LOCKS_OF_A_RESOURCE", 2)
    for name in ("one.ics", "one.ics", "two.ics"):
        await locks.lock(folder, lock(site, folder, name, scope=Scope.SHARED))
    with pytest.raises(QuotaExceeded):
        await locks.lock(folder, lock(site, folder, scope=Scope.SHARED))


async def test_a_site_without_the_table_has_no_locks(site: Site) -> None:
    folder = await site.fresh_folder()
    await site.engine.run(f"DROP TABLE {DAV_LOCK_NAME}")
    try:
        assert await site.store.locks.held([folder]) == {}
        await site.store.locks.drop(folder)
        with pytest.raises(Forbidden):
            await site.store.locks.lock(folder, lock(site, folder))
    finally:
        await site.store.start()
