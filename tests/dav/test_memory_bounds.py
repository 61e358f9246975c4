"""What clients choose the length of does not make a worker's memory grow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sogo.dav import answer
from sogo.dav.memory import HomeMemory, Known, MatchedMemory, Piece, RenderedMemory, digest_of
from sogo.model.folder import Item, SyncPoint
from sogo.service.shelf import SharedMemory
from tests.support.house import Client, House, body, event

HOME = "/SOGo/dav/anna/Calendar/"
CAL = f"{HOME}personal/"
POINT = SyncPoint("g", 1)


def query(text: str, props: str = "<D:getetag/>") -> str:
    """Events with this text in their description."""
    prop = f'<C:prop-filter name="DESCRIPTION"><C:text-match>{text}</C:text-match></C:prop-filter>'
    comps = f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{prop}</C:comp-filter></C:comp-filter>'
    return body("C:calendar-query", f"<D:prop>{props}</D:prop><C:filter>{comps}</C:filter>")


def test_what_is_asked_at_length_is_not_told_apart() -> None:
    assert digest_of("a", 1) == digest_of("a", 1)
    assert digest_of("a", 1) != digest_of("a", 2)
    assert digest_of("x" * 5_000) is None


def test_memories_forget_what_was_used_longest_ago() -> None:
    shared = SharedMemory(20_000)
    matched = MatchedMemory(shared)
    for number in range(100):
        matched.keep(b"%d" % number, Known(POINT, ["name"] * 10))
    assert matched.known(b"0") is None
    assert matched.known(b"99") is not None
    assert shared.bytes <= 20_000
    homes = HomeMemory(shared)
    for number in range(100):
        homes.keep(b"%d" % number, b"basis", Piece(b"x" * 1_000))
    assert matched.known(b"99") is None, "what was used longest ago goes first, whoever remembers it"
    assert homes.get(b"0", b"basis") is None
    assert homes.get(b"99", b"basis") is not None
    assert homes.get(b"99", b"other") is None
    assert shared.bytes <= 20_000
    rendered = RenderedMemory(shared)
    for number in range(100):
        rendered.keep(7, b"%d" % number, "name", 1, b"x" * 100)
    assert not rendered.parts(7, b"0")
    assert rendered.parts(7, b"99")
    assert shared.bytes <= 20_000


async def test_filters_and_agents_of_any_length_leave_little_behind(
    anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    homes: set[bytes] = set()
    keep = HomeMemory.keep

    def watched(self: HomeMemory, key: bytes, basis: bytes, piece: Piece) -> None:
        homes.add(key)
        keep(self, key, basis, piece)

    def refused(self: MatchedMemory, key: bytes, known: Known) -> None:
        raise AssertionError("a filter of this length is not to be remembered")

    monkeypatch.setattr(HomeMemory, "keep", watched)
    monkeypatch.setattr(MatchedMemory, "keep", refused)
    await anna.propfind(HOME, "D:displayname", depth="1")
    for number in range(20):
        assert (await anna.report(CAL, query(f"{number}{'y' * 4_080}"), Depth="1")).status == 207
        assert (await anna.as_agent(f"agent/{number}").propfind(HOME, "D:displayname", depth="1")).status == 207
    assert len(homes) == 1, "programs of the same traits share an answer"


async def test_the_first_responses_go_out_before_everything_was_read(
    anna: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query that must look into every object answers portion by portion, from the text it has looked at."""
    await anna.propfind(HOME, "D:displayname", depth="1")
    for number in range(12):
        await anna.put(f"{CAL}{number}.ics", event(f"{number}", "20260601T100000Z", f"DESCRIPTION:{'z' * 30_000}"))
    read: list[int] = []
    sent_after: list[int] = []
    items, send = house.site.folders.items, answer._Out.send

    async def counted(*args: Any, **kwargs: Any) -> list[Item]:
        found = await items(*args, **kwargs)
        read.append(len(found))
        return found

    async def noted(self: answer._Out, pieces: Sequence[Piece]) -> None:
        sent_after.append(len(read))
        await send(self, pieces)

    monkeypatch.setattr(house.site.folders, "items", counted)
    monkeypatch.setattr(answer._Out, "send", noted)
    monkeypatch.setattr("sogo.dav.rendered.FETCH_BYTES", 70_000)
    found = await anna.report(CAL, query("zzz", "<C:calendar-data/>"), Depth="1")
    assert len(found.hrefs) == 12
    assert len(read) == 6
    assert sum(read) == 12, "each text is read once, to look and to answer"
    assert sent_after[0] <= 3
