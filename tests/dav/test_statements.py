"""How many SQL statements a request costs, once a worker is warm: few, and no more with more calendars.

The numbers are exact, so that a statement too many is noticed, and one less too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import pytest_asyncio

from sogo.store.sql import open_store
from sogo.store.sql.dialects.base import Mode
from sogo.store.sql.engine import Session
from tests.support.house import Client, House, HouseClock, body, card, event, house_over, propfind
from tests.support.stores import DATABASES, base_url, settings_for

HOMES = {"anna": 1, "ben": 40}
FOLDER = ("D:displayname", "D:resourcetype", "D:sync-token", "CS:getctag", "D:supported-report-set", "D:owner",
          "D:current-user-privilege-set", "ICAL:calendar-color", "C:calendar-description", "C:calendar-timezone",
          "C:supported-calendar-component-set", "C:schedule-calendar-transp", "D:lockdiscovery", "X:dead")  # fmt: skip
PRINCIPAL = ("D:displayname", "D:resourcetype", "C:calendar-home-set", "CR:addressbook-home-set",
             "C:calendar-user-address-set", "D:current-user-principal", "X:dead", "C:schedule-inbox-URL")  # fmt: skip
RANGE = '<C:time-range start="20260601T000000Z" end="20260701T000000Z"/>'


Costs = dict[str, int]
LEAST: Costs = {
    "principal": 1, "principal listed": 1, "home": 1, "home listed": 1, "home synchronised": 1, "calendar": 1, "calendar with its place": 2,
    "listing": 1, "query": 1, "query with data": 1, "multiget": 1, "first sync": 1, "later sync": 1, "get": 1,
    "put new": 2, "put changed": 2, "delete": 2, "not there": 1,
    "free-busy": 2, "listing with dead properties": 2, "listing of all properties": 2, "export": 3, "listing with locks": 1,
    "listing with a lock": 3, "book home": 1, "book": 1, "cards listed": 1, "cards found": 1, "cards by name": 1,
    "first sync of cards": 1, "later sync of cards": 1, "card": 1, "card put new": 2, "card put changed": 2, "card delete": 2,
}  # fmt: skip
"""PostgreSQL. A calendar's place among the others of its home needs the home. A PUT is the opening and the write, whose trigger
looks for the UID of a new object; address books look for none. A calendar read as a whole is listed and then
read. What clients keep with objects is read by a statement, locks only where the folder has any."""
WRITES = [f"{kind}transactions of {name}" for kind in ("", "card ") for name in ("put new", "put changed", "delete")]
LEAST |= dict.fromkeys(WRITES, 0)
"""There a write is one statement."""
OTHERS = LEAST | dict.fromkeys(WRITES, 1) | {
    "put new": 3, "put changed": 3, "delete": 3, "card put new": 3, "card put changed": 3, "card delete": 3,
}  # fmt: skip
"""Without queries that write, the index record and the object's row are a statement each (`sogo.store.sql.guarded`)."""
EXPECTED = {"postgresql": LEAST, "mariadb": OTHERS, "sqlite": OTHERS}


@pytest_asyncio.fixture(
    params=[
        pytest.param(f"{database}-{layout}", marks=[] if database == "sqlite" else [pytest.mark.services])
        for database in DATABASES
        for layout in ("single", "legacy")
    ]
)
async def placed(request: pytest.FixtureRequest) -> AsyncIterator[tuple[House, Costs]]:
    database, layout = request.param.split("-")
    base, _ = base_url(request, database)
    clock = HouseClock()
    store = open_store(replace(settings_for(base, single=layout == "single"), clock=clock))
    await store.start()
    async for house in house_over(store, clock):
        yield house, EXPECTED[database] | ({"free-busy": 3} if layout == "legacy" else {})
    await store.close()


async def measured(house: House, client: Client, *request: str, **headers: str) -> int:
    """Statements of the second of two equal requests."""
    for _ in range(2):
        before = house.statements
        answer = await client(*request, **headers)
        assert answer.status in (200, 207, 404), answer.text
    return house.statements - before


async def fill(client: Client, calendars: int) -> str:
    """Calendars with an event each, a property, and a document of the user; the path of one of them."""
    home = f"/SOGo/dav/{client.login}/Calendar/"
    await client.propfind(home, "D:displayname", depth="1")
    for number in range(1, calendars):
        assert (await client("MKCALENDAR", f"{home}c{number:02}/")).status == 201
    color = body("D:propertyupdate", "<D:set><D:prop><ICAL:calendar-color>#112233FF</ICAL:calendar-color>"
                 "<X:dead>kept</X:dead></D:prop></D:set>")  # fmt: skip
    assert (await client("PROPPATCH", home + "personal/", color)).status == 207
    assert (await client.put(home + "personal/a.ics", event("a"))).status == 201
    return home + "personal/"


async def costs_of(house: House, client: Client, path: str) -> Costs:
    home = path.removesuffix("personal/")
    everything = propfind(*FOLDER)
    data = "<D:getetag/><C:calendar-data/>"

    async def asked(*request: str, depth: str = "0") -> int:
        return await measured(house, client, *request, Depth=depth, Content_Type="text/xml")

    later = (await client.report(path, sync())).token
    costs = {
        "principal": await asked("PROPFIND", home.removesuffix("Calendar/"), propfind(*PRINCIPAL)),
        "principal listed": await asked("PROPFIND", home.removesuffix("Calendar/"), propfind(*PRINCIPAL), depth="1"),
        "home": await asked("PROPFIND", home, everything),
        "home listed": await asked("PROPFIND", home, propfind(*FOLDER, "ICAL:calendar-order"), depth="1"),
        "home synchronised": await asked("REPORT", home, sync()),
        "calendar": await asked("PROPFIND", path, everything),
        "calendar with its place": await asked("PROPFIND", path, propfind("ICAL:calendar-order")),
        "listing": await asked("PROPFIND", path, propfind("D:getetag", "D:getcontenttype"), depth="1"),
        "query": await asked("REPORT", path, query("<D:getetag/>"), depth="1"),
        "query with data": await asked("REPORT", path, query(data), depth="1"),
        "multiget": await asked("REPORT", path, multiget(f"{path}a.ics", data)),
        "first sync": await asked("REPORT", path, sync()),
        "later sync": await asked("REPORT", path, sync(later)),
        "get": await asked("GET", path + "a.ics"),
        "not there": await asked("GET", path + "nowhere.ics"),
    }
    costs |= await costs_of_writes(house, client, path + "new.ics", event("new"), event("new", "20260602T100000Z"))
    costs |= {
        "free-busy": await asked("REPORT", path, body("C:free-busy-query", RANGE), depth="1"),
        "listing with dead properties": await asked("PROPFIND", path, propfind("D:getetag", "X:dead"), depth="1"),
        "listing of all properties": await asked("PROPFIND", path, body("D:propfind", "<D:allprop/>"), depth="1"),
        "export": await asked("GET", path),
        "listing with locks": await asked("PROPFIND", path, propfind("D:getetag", "D:lockdiscovery"), depth="1"),
    }
    costs["listing with a lock"] = await with_a_lock(house, client, path)
    return costs | await costs_of_cards(house, client, path.replace("/Calendar/", "/Contacts/"))


async def costs_of_cards(house: House, client: Client, path: str) -> Costs:
    home = path.removesuffix("personal/")
    data = "<D:getetag/><CR:address-data/>"
    await client.propfind(home, "D:displayname", depth="1")
    assert (await client("PUT", path + "a.vcf", card("a", "Zoë"), Content_Type="text/vcard")).status == 201

    async def asked(*request: str, depth: str = "0") -> int:
        return await measured(house, client, *request, Depth=depth, Content_Type="text/xml")

    find = '<CR:filter><CR:prop-filter name="FN"><CR:text-match>zo</CR:text-match></CR:prop-filter></CR:filter>'
    later = (await client.report(path, sync())).token
    costs = {
        "book home": await asked(
            "PROPFIND", home, propfind("D:displayname", "D:resourcetype", "D:sync-token"), depth="1"
        ),
        "book": await asked("PROPFIND", path, propfind("D:displayname", "D:sync-token", "CR:supported-address-data")),
        "cards listed": await asked("PROPFIND", path, propfind("D:getetag", "D:getcontenttype"), depth="1"),
        "cards found": await asked(
            "REPORT", path, body("CR:addressbook-query", f"<D:prop>{data}</D:prop>{find}"), depth="1"
        ),
        "cards by name": await asked(
            "REPORT", path, body("CR:addressbook-multiget", f"<D:prop>{data}</D:prop><D:href>{path}a.vcf</D:href>")
        ),
        "first sync of cards": await asked("REPORT", path, sync()),
        "later sync of cards": await asked("REPORT", path, sync(later)),
        "card": await asked("GET", path + "a.vcf"),
    }
    writes = await costs_of_writes(house, client, path + "new.vcf", card("new", "Ada"), card("new", "Ada Byron"))
    return costs | {f"card {name}": cost for name, cost in writes.items()}


async def with_a_lock(house: House, client: Client, path: str) -> int:
    """A listing that tells locks, where one object is locked."""
    info = body("D:lockinfo", "<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>")
    locked = await client("LOCK", path + "a.ics", info, Timeout="Second-600")
    assert locked.status == 200, locked.text
    everything = propfind("D:getetag", "D:lockdiscovery")
    cost = await measured(house, client, "PROPFIND", path, everything, Depth="1", Content_Type="text/xml")
    assert (await client("UNLOCK", path + "a.ics", Lock_Token=locked.headers["Lock-Token"])).status == 204
    return cost


async def costs_of_writes(house: House, client: Client, path: str, first: str, second: str) -> Costs:
    """Each is one transaction or one statement: what was written is there whole or not at all, and nothing is committed
    twice."""
    costs = {}
    for name, method, text in (("put new", "PUT", first), ("put changed", "PUT", second), ("delete", "DELETE", None)):
        kind = "text/calendar" if path.endswith(".ics") else "text/vcard"
        before = house.statements
        with transactions() as begun:
            answer = await client(method, path, text, Content_Type=kind)
        assert answer.status in (201, 204), answer.text
        costs[name] = house.statements - before
        costs[f"transactions of {name}"] = len(begun)
    return costs


@contextmanager
def transactions() -> Iterator[list[Mode]]:
    """Those that begin meanwhile and may write."""
    begun: list[Mode] = []
    begin = Session.begin

    async def noted(session: Session, mode: Mode) -> None:
        if mode is Mode.WRITE:
            begun.append(mode)
        await begin(session, mode)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Session, "begin", noted)
        yield begun


def query(props: str) -> str:
    event_filter = (
        f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{RANGE}</C:comp-filter></C:comp-filter>'
    )
    return body("C:calendar-query", f"<D:prop>{props}</D:prop><C:filter>{event_filter}</C:filter>")


def multiget(href: str, props: str) -> str:
    return body("C:calendar-multiget", f"<D:prop>{props}</D:prop><D:href>{href}</D:href>")


def sync(token: str = "") -> str:
    inner = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>"
    return body("D:sync-collection", inner)


async def test_a_request_costs_few_statements_however_many_calendars_there_are(placed: tuple[House, Costs]) -> None:
    house, expected = placed
    surprises = {}
    for login, calendars in HOMES.items():
        client = house.client(login)
        found = await costs_of(house, client, await fill(client, calendars))
        assert found.keys() == expected.keys()
        surprises |= {
            (calendars, name): (cost, expected[name]) for name, cost in found.items() if cost != expected[name]
        }
    assert not surprises, f"(calendars, request): (statements, expected): {surprises}"
