"""How much room things take (RFC 4331)."""

from __future__ import annotations

import pytest

from tests.support.house import Client, D, House, body, card, event

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
BOOKS = "/SOGo/dav/anna/Contacts/"
BOOK = BOOKS + "personal/"
USED = D + "quota-used-bytes"


async def used(client: Client, path: str) -> int:
    return int((await client.propfind(path, "D:quota-used-bytes")).prop_text(path, USED))


async def test_a_folder_takes_the_octets_of_its_objects_and_a_home_those_of_its_folders(anna: Client) -> None:
    assert await used(anna, HOME) == await used(anna, CAL) == 0
    await anna("MKCALENDAR", HOME + "work/")
    first, second = event("a", "20260601T100000Z", "DESCRIPTION:é ü 東京"), event("b")
    await anna.put(CAL + "a.ics", first)
    await anna.put(HOME + "work/b.ics", second)
    assert await used(anna, CAL) == len(first.encode())
    assert await used(anna, HOME + "work/") == len(second.encode())
    assert await used(anna, HOME) == len(first.encode()) + len(second.encode())
    await anna("DELETE", CAL + "a.ics")
    assert await used(anna, CAL) == 0
    assert await used(anna, HOME) == len(second.encode())


async def test_cards_count_as_well_and_not_for_calendars(anna: Client) -> None:
    await anna("PUT", BOOK + "a.vcf", card("a", "Ann"), Content_Type="text/vcard")
    assert await used(anna, BOOKS) == await used(anna, BOOK) == len(card("a", "Ann").encode())
    assert await used(anna, HOME) == 0


async def test_a_listing_counts_all_folders_at_once(house: House, anna: Client) -> None:
    async def cost() -> int:
        before = house.statements
        listed = await anna.propfind(HOME, "D:quota-used-bytes", depth="1")
        assert all(listed.prop(href, USED) is not None for href in listed.hrefs if href.endswith("/"))
        return house.statements - before

    await cost()
    few = await cost()
    for number in range(10):
        await anna("MKCALENDAR", f"{HOME}c{number}/")
    assert await cost() == few


@pytest.mark.parametrize("asked", ["<D:allprop/>", "<D:propname/>", "<D:prop><D:displayname/></D:prop>"])
async def test_nobody_counts_who_is_not_asked(
    house: House, anna: Client, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")

    async def never(folders: object) -> dict[str, int]:
        raise AssertionError("everything was counted")

    monkeypatch.setattr(house.site.folders, "used_bytes", never)
    answer = await anna("PROPFIND", HOME, body("D:propfind", asked), Depth="1")
    assert answer.status == 207
    assert ("quota-used-bytes" in answer.text) is ("propname" in asked)


async def test_others_learn_nothing_and_no_limit_is_told_where_there_is_none(anna: Client, ben: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    assert (await ben.propfind(HOME, "D:quota-used-bytes")).prop_status(HOME, USED) == 404
    read = await anna.propfind(CAL, "D:quota-available-bytes")
    assert read.prop_status(CAL, D + "quota-available-bytes") == 404


async def test_nobody_sets_what_is_counted(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    for name in ("quota-used-bytes", "quota-available-bytes"):
        inner = f"<D:set><D:prop><D:{name}>1</D:{name}></D:prop></D:set>"
        assert (await anna("PROPPATCH", CAL, body("D:propertyupdate", inner))).prop_status(CAL, D + name) == 403
