"""Following many collections on one bus: nothing is overlooked, however much comes at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from sogo.model.change import folder_at
from sogo.service import bus as change_bus
from sogo.service.bus import Change, ChangeBus
from sogo.service.push_watch import GROUP, MAX_GROUPS, Watch
from sogo.store.pushes import Watched


def watched(number: int) -> Watched:
    return Watched(f"/Users/u{number}/Calendar/personal", f"/Users/u{number}/Calendar", False)


class Ears:
    def __init__(self) -> None:
        self.heard: set[str] = set()

    def hear(self, change: Change) -> None:
        self.heard.add(change.folder.path)

    def miss(self, group: Iterable[Watched]) -> None:
        self.heard |= {one.path for one in group}


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_comes_all_at_once_is_heard_of(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, ears = ChangeBus(), Ears()
    watch = Watch(bus, ears.hear, ears.miss)
    ones = [watched(number) for number in range(3 * GROUP)]
    assert await watch.follow(ones) == ones
    assert bus.waiters == 3
    for one in ones:
        for name in ("a", "b", "c"):  # more than a queue holds
            bus.announce(Change(folder_at(one.path), name))
    await settle()
    assert ears.heard == {one.path for one in ones}
    await watch.close()
    assert bus.waiters == 0


async def test_only_what_is_new_is_followed_anew_until_it_gets_crowded() -> None:
    bus, ears = ChangeBus(), Ears()
    watch = Watch(bus, ears.hear, ears.miss)
    ones: list[Watched] = []
    most = 0
    for number in range(MAX_GROUPS + 10):
        ones.append(watched(number))
        new = await watch.follow(ones)
        assert new in ([ones[-1]], ones)
        most = max(most, bus.waiters)
    assert most == MAX_GROUPS + 1
    assert bus.waiters < 10
    for one in ones:
        bus.announce(Change(folder_at(one.path), "a"))
    await settle()
    assert ears.heard == {one.path for one in ones}
    assert await watch.follow(ones[:5]) == ones[:5]
    assert bus.waiters == 1
    home = Watched("/Users/h/Calendar", "/Users/h/Calendar", False)
    assert await watch.follow([*ones[:5], home]) == [home]
    bus.announce(Change(folder_at("/Users/h/Calendar/new"), ""))
    await settle()
    assert "/Users/h/Calendar/new" in ears.heard
    await watch.close()


async def test_where_too_many_wait_it_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, ears = ChangeBus(), Ears()
    watch = Watch(bus, ears.hear, ears.miss)
    with monkeypatch.context() as patch:
        patch.setattr(change_bus, "MAX_WAITERS", 0)
        assert await watch.follow([watched(1)]) == [watched(1)]
        assert bus.waiters == 0
    await settle()
    assert watch.is_broken
    assert await watch.follow([watched(1)]) == [watched(1)]
    assert bus.waiters == 1
    await watch.close()
