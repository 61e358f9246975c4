"""How many SQL statements it costs to look at what others share, once a worker is warm: as few as one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sogo.store.sql import open_store
from tests.support.house import Client, House, HouseClock, body, event, house_over, propfind
from tests.support.sharing import secret_event, share
from tests.support.stores import DATABASES, base_url, settings_for

NUMBER = 12
THEIRS, MINE = "/SOGo/dav/anna/Calendar/", "/SOGo/dav/ben/Calendar/"
FOLDER = ("D:displayname", "D:resourcetype", "D:sync-token", "CS:getctag", "D:owner", "D:current-user-privilege-set",
          "ICAL:calendar-color", "C:calendar-description")  # fmt: skip
DATA = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"


@pytest_asyncio.fixture(
    params=[
        pytest.param(f"{database}-{layout}", marks=[] if database == "sqlite" else [pytest.mark.services])
        for database in DATABASES
        for layout in ("single", "legacy")
    ]
)
async def placed(request: pytest.FixtureRequest) -> AsyncIterator[tuple[House, int]]:
    """With it how many statements more a home costs: where each folder has a table of its own for rights, one."""
    database, layout = request.param.split("-")
    base, _ = base_url(request, database)
    clock = HouseClock()
    store = open_store(replace(settings_for(base, single=layout == "single"), clock=clock))
    await store.start()
    async for house in house_over(store, clock):
        yield house, 0 if layout == "single" else 1
    await store.close()


async def cost(house: House, client: Client, method: str, path: str, text: str | None, depth: str) -> int:
    """Statements of the second of two equal requests."""
    for _ in range(2):
        before = house.statements
        answer = await client(method, path, text, Depth=depth, Content_Type="text/xml")
        assert answer.status in (200, 207), answer.text
    return house.statements - before


@pytest.mark.parametrize("given", ["PUv PRv COv", "PUd PRd COv"], ids=["whole", "masked"])
async def test_what_others_share_costs_no_more_than_ones_own(placed: tuple[House, int], given: str) -> None:
    house, more = placed
    anna, ben = house.client("anna"), house.client("ben")
    for number in range(NUMBER):
        path = f"{THEIRS}c{number}/"
        assert (await anna("MKCALENDAR", path)).status == 201
        assert (await anna.put(path + "a.ics", secret_event("PUBLIC"))).status == 201
        await share(house, given if number else "PUd", path=path)
    await ben.propfind(MINE, "D:displayname", depth="1")
    references = [f"anna:Calendar/c{number}" for number in range(NUMBER)]
    await house.site.profiles.update(
        "ben", lambda profile: profile.settings.update(Calendar={"SubscribedFolders": references})
    )
    everything = body("C:calendar-query", DATA + '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>')
    sync = body("D:sync-collection", f"<D:sync-token/><D:sync-level>1</D:sync-level>{DATA}")
    found, expected = {}, {}
    for home, name in ((THEIRS, "c1/"), (MINE, "anna_c1/")):
        multiget = body("C:calendar-multiget", f"{DATA}<D:href>{home}{name}a.ics</D:href>")
        for label, request, least in (
            ("home", ("PROPFIND", home, propfind(*FOLDER), "1"), 1 + more),
            ("folder", ("PROPFIND", home + name, propfind(*FOLDER), "0"), 1),
            ("listing", ("PROPFIND", home + name, propfind("D:getetag"), "1"), 1),
            ("query", ("REPORT", home + name, everything, "1"), 1),
            ("multiget", ("REPORT", home + name, multiget, "1"), 1),
            ("sync", ("REPORT", home + name, sync, "0"), 1),
            ("get", ("GET", home + name + "a.ics", None, "0"), 1),
        ):  # fmt: skip
            found[home, label] = await cost(house, ben, *request)
            expected[home, label] = least
    assert found == expected
    assert (await ben.put(f"{THEIRS}c1/new.ics", event("new"))).status == 403
