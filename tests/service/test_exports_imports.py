"""Files out of folders and into them, without a face."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sogo.errors import Forbidden, NotFound, StoreUnavailable
from sogo.model.folder import FolderKind
from sogo.model.rights import Standing
from sogo.service.exports import XCAL, ExportService
from sogo.service.folders import FolderService, FolderView
from sogo.service.imports import ImportResult, ImportService
from sogo.service.objects import ObjectService
from sogo.service.unreadable import Unreadable
from tests.support.house import House, card, event, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async for made in open_house(tmp_path):
        yield made


async def folder(house: House, kind: FolderKind = FolderKind.CALENDAR) -> FolderView:
    anna = await house.site.directory.find_user("anna")
    assert anna is not None
    return await FolderService(house.site).find(anna, anna, kind, "personal")


def exports(house: House) -> ExportService:
    return ExportService(house.site, ObjectService(house.site), Unreadable())


def imports(house: House) -> ImportService:
    return ImportService(ObjectService(house.site))


def many(count: int) -> bytes:
    inner = "".join(event(f"u{n:05}").partition("PRODID:-//tests//EN\r\n")[2][:-15] for n in range(count))
    return f"BEGIN:VCALENDAR\r\n{inner}END:VCALENDAR\r\n".encode()


async def run(house: House, view: FolderView, data: bytes) -> list[ImportResult]:
    file = await imports(house).read(data, view.folder.kind)
    return [result async for result in imports(house).run(view, file)]


async def test_objects_come_in_and_out_piece_by_piece(house: House) -> None:
    view = await folder(house)
    results = await run(house, view, many(1_200))
    assert [result.name for result in results[:2]] == ["u00000.ics", "u00001.ics"]
    assert all(result.created and result.error is None for result in results)
    pieces = [piece async for piece in exports(house).calendar(await folder(house), title="All")]
    assert len(pieces) == 1_202  # head, one for each object, end
    assert "X-WR-CALNAME:All" in pieces[0]
    assert max(len(piece) for piece in pieces) < 1_000
    xml = [piece async for piece in exports(house).calendar(await folder(house), XCAL)]
    assert "".join(xml).count("<vevent>") == 1_200


async def test_an_export_reads_on_only_when_more_is_wanted(house: House) -> None:
    await run(house, await folder(house), many(1_200))
    view, read = await folder(house), 0
    objects = ObjectService(house.site)
    whole = objects.entries

    async def counted(*args: object, **more: object) -> AsyncIterator[list[object]]:
        nonlocal read
        async for batch in whole(*args, **more):  # type: ignore[arg-type]
            read += len(batch)
            yield list(batch)

    objects.entries = counted  # type: ignore[method-assign, assignment]
    pieces = ExportService(house.site, objects, Unreadable()).calendar(view)
    for _ in range(10):
        await anext(pieces)
    assert 10 <= read < 1_200


async def test_lists_are_for_those_who_know_them(house: House) -> None:
    view = await folder(house, FolderKind.CONTACTS)
    await run(house, view, (card("a", "A") + card("l", "L").replace("VCARD", "VLIST")).encode())

    async def text(*, with_lists: bool) -> str:
        return "".join([piece async for piece in exports(house).cards(view, with_lists=with_lists)])

    assert "VLIST" not in await text(with_lists=False)
    whole = await text(with_lists=True)
    assert (whole.count("BEGIN:VCARD"), whole.count("BEGIN:VLIST")) == (1, 1)


async def test_cards_are_known_by_the_uid_in_their_text(house: House) -> None:
    view = await folder(house, FolderKind.CONTACTS)
    await ObjectService(house.site).save(view, "phone.vcf", card("a", "Old").encode())
    [result] = await run(house, view, card("a", "New").encode())
    assert (result.name, result.created, result.error) == ("phone.vcf", False, None)
    assert "FN:New" in ((await ObjectService(house.site).load(view, "phone.vcf")).content or "")


async def test_who_may_not_write_imports_nothing(house: House) -> None:
    own = await folder(house)
    for standing, refusal in ((Standing(erases=True), Forbidden), (Standing(), NotFound)):
        view = FolderView(own.state, own.owner, own.actor, standing)
        with pytest.raises(refusal):
            await run(house, view, many(2))
    assert [piece async for piece in exports(house).calendar(own)][1:-1] == []


async def test_when_the_database_goes_away_nothing_more_is_tried(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    view, tried, real = await folder(house), 0, house.site.folders.save

    async def fails(*args: object, **more: object) -> object:
        nonlocal tried
        tried += 1
        if tried > 3:
            raise StoreUnavailable("The database does not answer.")
        return await real(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(house.site.folders, "save", fails)
    results = await run(house, view, many(10))
    assert ([result.error is None for result in results], tried) == ([True] * 3 + [False] * 7, 4)
    assert [result.name for result in results] == [f"u{n:05}.ics" for n in range(10)]


async def test_somebody_else_may_store_the_same_meanwhile(house: House) -> None:
    view = await folder(house)
    objects, service = ObjectService(house.site), imports(house)
    file = await service.read(many(3), FolderKind.CALENDAR)
    results = service.run(view, file)
    await anext(results)
    await objects.save(view, "other.ics", event("u00001").encode())
    await objects.save(view, "u00002.ics", event("not-u00002").encode())
    second, third = [result async for result in results]
    assert (second.name, second.created, second.error) == ("other.ics", False, None)
    assert (third.created, third.error, third.name == "u00002.ics") == (True, None, False)
    assert "UID:not-u00002" in ((await objects.load(view, "u00002.ics")).content or "")
