"""Attachments are kept octet for octet, on every database."""

from __future__ import annotations

import pytest

from sogo.store.attachments import Attachment
from tests.support.stores import Site

PIECES = [bytes(range(256)) * 700, b"", b"\x00\xff" * 3]


def made(site: Site, number: int, owner: str) -> Attachment:
    return Attachment(f"{owner}-{number}-" + "x" * 20, owner, "uid", "ä b.bin", "application/x", 0, site.clock.seconds)


async def put(site: Site, one: Attachment, *, finish: bool = True) -> None:
    await site.store.attachments.begin(one)
    for number, piece in enumerate(PIECES):
        await site.store.attachments.add(one.id, number, piece)
    if finish:
        await site.store.attachments.finish(one.id, sum(map(len, PIECES)))


async def test_what_was_taken_in_is_given_out(site: Site) -> None:
    store, one = site.store.attachments, made(site, 1, site.fresh_owner())
    await put(site, one)
    found = await store.find(one.id)
    assert found is not None
    assert (found.name, found.type, found.uid, found.size_bytes) == (one.name, one.type, "uid", sum(map(len, PIECES)))
    assert b"".join([piece async for piece in store.content(one.id)]) == b"".join(PIECES)
    assert await store.find(one.id.upper()) is None
    await store.remove(one.id)
    await store.remove(one.id)
    assert await store.find(one.id) is None
    assert [piece async for piece in store.content(one.id)] == []


async def test_what_is_not_finished_is_not_there_and_counts(site: Site) -> None:
    store, owner = site.store.attachments, site.fresh_owner()
    one, two = made(site, 1, owner), made(site, 2, owner)
    assert await store.used_bytes(owner) == 0
    await put(site, one, finish=False)
    await put(site, two)
    assert await store.find(one.id) is None
    assert await store.used_bytes(owner) == 2 * sum(map(len, PIECES))


@pytest.mark.parametrize("limit", [1, 5])
async def test_old_ones_are_told_the_oldest_first(site: Site, limit: int) -> None:
    store, owner = site.store.attachments, site.fresh_owner()
    for number in range(3):
        await put(site, made(site, number, owner), finish=number != 1)
        site.clock.sleep(10)
    before = site.clock.seconds - 10
    found = await store.older(before, user_id=owner, limit=limit)
    assert [(one.id[len(owner) + 1], one.size_bytes < 0) for one in found] == [("0", False), ("1", True)][:limit]
    everybody = await store.older(before, limit=1000)
    assert {one.id for one in found} <= {one.id for one in everybody}
