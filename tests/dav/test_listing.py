"""Long lists are remembered in blocks: what did not change is sent again as it was, what did is never shown again."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from sogo.dav import listing, matching
from sogo.dav.memory import RenderedMemory
from sogo.http.compress import Packed
from sogo.model.folder import Item, SyncPoint
from sogo.service.shelf import SharedMemory
from tests.support.house import Answer, Client, House, body, event, propfind

CAL = "/SOGo/dav/anna/Calendar/personal/"
NAMES = [f"e{number:02d}.ics" for number in range(40)]
SPAN = '<C:time-range start="20260601T000000Z" end="20260701T000000Z"/>'
EVENTS = f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{SPAN}</C:comp-filter></C:comp-filter>'
MONTH = body("C:calendar-query", f"<D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter>{EVENTS}</C:filter>")
POINT = SyncPoint("g", 1)


async def month(client: Client, **headers: str) -> Answer:
    answer = await client.report(CAL, MONTH, Depth="1", **headers)
    assert answer.status == 207, answer.text
    return answer


def text(name: str, summary: str = "first", day: int = 10) -> str:
    return event(name, f"202606{day:02d}T100000Z", f"SUMMARY:{summary}")


@pytest.fixture
async def blocks(house: House, anna: Client, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The names in each block that is made from now on; about four objects in each."""
    monkeypatch.setattr(listing, "BLOCK_OBJECTS", 4)
    await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
    for name in NAMES:
        await anna.put(CAL + name, text(name))
    house.clock.sleep(1_000)
    made: list[list[str]] = []
    make = listing._made

    async def noted(request: Any, target: Any, items: Sequence[Item], *rest: Any) -> listing.Block:
        made.append([item.entry.name for item in items])
        return await make(request, target, items, *rest)

    monkeypatch.setattr(listing, "_made", noted)
    return made


async def test_a_list_is_made_once_and_sent_again_as_it_was(anna: Client, blocks: list[list[str]]) -> None:
    first = await month(anna)
    assert sorted(name for block in blocks for name in block) == NAMES
    assert len(blocks) >= 40 / 8
    blocks.clear()
    assert (await month(anna)).body == first.body
    assert not blocks


async def test_packed_and_unpacked_say_the_same(anna: Client, blocks: list[list[str]]) -> None:
    first = (await month(anna, Accept_Encoding="identity")).body
    for coding in ("gzip", "identity", "gzip"):
        assert (await month(anna, Accept_Encoding=coding)).body == first


async def test_one_change_makes_one_block_anew(anna: Client, blocks: list[list[str]]) -> None:
    await month(anna)
    blocks.clear()
    before = (await month(anna)).responses
    assert (await anna.put(f"{CAL}e17.ics", text("e17.ics", "second"))).status == 204
    after = await month(anna)
    assert [block for block in blocks if "e17.ics" in block] == blocks
    assert len(blocks) == 1
    assert "SUMMARY:second" in after.text
    assert set(after.responses) == set(before)
    changed = [
        href for href in before if str(before[href].xpath("string()")) != after.responses[href].xpath("string()")
    ]
    assert changed == [f"{CAL}e17.ics"]


async def test_what_moves_away_or_is_removed_or_new_is_told_right(anna: Client, blocks: list[list[str]]) -> None:
    await month(anna)
    blocks.clear()
    await anna.put(f"{CAL}e03.ics", event("e03.ics", "20260801T100000Z"))
    await anna("DELETE", f"{CAL}e21.ics")
    await anna.put(f"{CAL}new.ics", text("new.ics"))
    expected = {CAL + name for name in (*NAMES, "new.ics")} - {f"{CAL}e03.ics", f"{CAL}e21.ics"}
    assert set((await month(anna)).hrefs) == expected
    assert 1 <= len(blocks) <= 5, "the others were left as they are"
    await anna.put(f"{CAL}e03.ics", text("e03.ics", "back"))
    assert set((await month(anna)).hrefs) == expected | {f"{CAL}e03.ics"}


async def test_many_who_miss_the_same_at_once_let_one_make_it(
    house: House, anna: Client, blocks: list[list[str]]
) -> None:
    answers = await asyncio.gather(*[month(anna) for _ in range(8)])
    assert sorted(name for block in blocks for name in block) == NAMES, "each block was made once"
    assert {answer.body for answer in answers} == {answers[0].body}


async def test_a_filter_is_asked_again_only_of_what_changed(
    anna: Client, blocks: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    glanced = matching._glanced

    async def noted(
        candidates: Iterator[tuple[Item, bool]], question: matching.Question
    ) -> tuple[list[Item], list[Item]]:
        found = list(candidates)
        asked.append(sorted(item.entry.name for item, is_sure in found if not is_sure))
        return await glanced(iter(found), question)

    monkeypatch.setattr(matching, "_glanced", noted)
    await month(anna)
    await month(anna)
    await anna.put(f"{CAL}e03.ics", event("e03.ics", "20260801T100000Z"))
    await anna.put(f"{CAL}e05.ics", text("e05.ics", "second"))
    await anna.put(f"{CAL}new.ics", text("new.ics"))
    await anna("DELETE", f"{CAL}e21.ics")
    found = await month(anna)
    assert asked == [NAMES, ["e03.ics", "e05.ics", "new.ics"]]
    assert set(found.hrefs) == {CAL + name for name in (*NAMES, "new.ics")} - {f"{CAL}e03.ics", f"{CAL}e21.ics"}


async def test_what_could_not_be_read_at_its_revision_is_not_remembered(
    house: House, anna: Client, blocks: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An object that is removed while a list is made is left out of it, and of nothing that is remembered."""
    items = house.site.folders.items

    async def without(*args: Any, **kwargs: Any) -> list[Item]:
        return [item for item in await items(*args, **kwargs) if item.entry.name != "e08.ics"]

    with monkeypatch.context() as patched:
        patched.setattr(house.site.folders, "items", without)
        assert set((await month(anna)).hrefs) == {CAL + name for name in NAMES} - {f"{CAL}e08.ics"}
    blocks.clear()
    assert set((await month(anna)).hrefs) == {CAL + name for name in NAMES}
    assert len(blocks) == 1


async def test_members_and_their_data_share_no_block(anna: Client, blocks: list[list[str]]) -> None:
    listed = await anna("PROPFIND", CAL, propfind("D:getetag"), Depth="1")
    found = await month(anna)
    assert set(found.hrefs) | {CAL} == set(listed.hrefs)
    assert "calendar-data" in found.text
    assert "calendar-data" not in listed.text


def test_a_list_of_which_a_block_is_gone_is_not_there() -> None:
    shared = SharedMemory(20_000)
    memory = RenderedMemory(shared)
    block = Packed.of(gzip.compress(bytes(range(256)) * 4), 1)
    for key in (b"a", b"b"):
        memory.keep_block(7, b"form", key, block)
    memory.keep_list(7, b"form", b"list", POINT, [b"a", b"b"])
    assert memory.listed(7, b"form", b"list", POINT) == [block, block]
    assert memory.listed(7, b"form", b"list", SyncPoint("g", 2)) is None
    assert memory.listed(7, b"form", b"list", SyncPoint("h", 1)) is None
    assert memory.listed(7, b"other", b"list", POINT) is None
    assert memory.listed(8, b"form", b"list", POINT) is None
    for number in range(100):
        memory.listed(7, b"form", b"list", POINT)
        memory.keep_block(7, b"form", b"%d" % number, block)
        assert shared.bytes <= 20_000
    assert memory.listed(7, b"form", b"list", POINT) == [block, block], "what is used stays"
    for number in range(100):
        memory.keep_block(7, b"form", b"%d" % number, block)
    assert memory.listed(7, b"form", b"list", POINT) is None


def test_single_responses_of_one_form_take_a_part_of_the_memory_at_most() -> None:
    shared = SharedMemory(200_000)
    memory = RenderedMemory(shared)
    memory.keep_block(7, b"form", b"a", Packed.of(b"x" * 100, 1))
    for number in range(2_000):
        memory.keep(7, b"form", f"{number}", 1, b"x" * 300)
        assert shared.bytes <= 200_000 / 2
    assert "1999" in memory.parts(7, b"form")
    assert "0" not in memory.parts(7, b"form")
    assert memory.block(7, b"form", b"a") is not None
