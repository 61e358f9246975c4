"""MOVE and COPY hold to the rules of PUT where the object goes (RFC 4791 §5.3.2.1, RFC 6352 §6.3.2.1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sogo.model.folder import FolderKind
from tests.support.house import CR, C, Client, House, body, card, event, open_house

USER = "/SOGo/dav/anna/"
CAL, OTHER, TASKS = (f"{USER}Calendar/{name}/" for name in ("personal", "other", "tasks"))
BOOK = USER + "Contacts/personal/"
ODD = event("odd").replace("BEGIN:VEVENT", "BEGIN:VEVENT\r\nRRULE:FREQ=NEVER")

METHODS = pytest.mark.parametrize("method", ["MOVE", "COPY"])


async def furnish(anna: Client, house: House) -> None:
    only_tasks = '<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>'
    await anna("MKCALENDAR", OTHER)
    await anna("MKCALENDAR", TASKS, body("C:mkcalendar", f"<D:set><D:prop>{only_tasks}</D:prop></D:set>"))
    await anna.put(CAL + "a.ics", event("a"))
    await anna.put(OTHER + "b.ics", event("a"))
    await anna.put(BOOK + "v.vcf", card("v", "Vera"))
    state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
    assert state is not None
    await house.site.folders.save(state.folder, "odd.ics", ODD, {})


@METHODS
@pytest.mark.parametrize(
    ("source", "destination", "status", "rule"),
    [
        (CAL + "a.ics", BOOK + "a.vcf", 403, CR + "supported-address-data"),
        (BOOK + "v.vcf", CAL + "v.ics", 403, C + "supported-calendar-data"),
        (CAL + "a.ics", TASKS + "a.ics", 403, C + "supported-calendar-component"),
        (CAL + "odd.ics", OTHER + "odd.ics", 403, C + "valid-calendar-data"),
        (CAL + "a.ics", OTHER + "c.ics", 409, C + "no-uid-conflict"),
    ],
)
async def test_the_rules_of_the_destination_hold(
    house: House, method: str, source: str, destination: str, status: int, rule: str
) -> None:
    anna = house.client("anna")
    await furnish(anna, house)
    before = (await anna("GET", source)).text
    refused = await anna(method, source, Destination=destination)
    assert (refused.status, refused.condition) == (status, rule), refused.text
    assert (await anna("GET", source)).text == before
    assert (await anna("GET", destination)).status == 404
    if status == 409:
        assert refused.xml[0].findtext("{DAV:}href") == OTHER + "b.ics"


@METHODS
async def test_an_object_that_has_become_too_large_stays_where_it_is(tmp_path: Path, method: str) -> None:
    async for house in open_house(tmp_path, SOGoMaximumObjectSize="1"):
        anna = house.client("anna")
        await furnish(anna, house)
        state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
        assert state is not None
        await house.site.folders.save(state.folder, "big.ics", event("big", "20260601", "X-A:" + "x" * 2_000), {})
        refused = await anna(method, CAL + "big.ics", Destination=OTHER + "big.ics")
        assert (refused.status, refused.condition) == (403, C + "max-resource-size")
        assert (await anna("GET", CAL + "big.ics")).status == 200


@METHODS
async def test_what_may_not_be_seen_is_no_source_and_no_destination(house: House, method: str) -> None:
    anna, ben = house.client("anna"), house.client("ben")
    await furnish(anna, house)
    await ben.put("/SOGo/dav/ben/Calendar/personal/mine.ics", event("mine"))
    theft = await ben(method, CAL + "a.ics", Destination="/SOGo/dav/ben/Calendar/personal/a.ics")
    gift = await ben(method, "/SOGo/dav/ben/Calendar/personal/mine.ics", Destination=CAL + "mine.ics")
    assert (theft.status, gift.status) == (404, 409)
    assert (await anna("GET", CAL + "mine.ics")).status == 404
