"""What is measured: each operation is a list of requests that are sent in turn."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.bench.data import BENCH, BIG, CARDS, EVENTS, ICS, MANY, ONE, TWENTY, XML, book, calendar, event
from tests.bench.load import Request
from tests.support.dav_client import DavUser
from tests.support.site import PASSWORD

CAL, CARD = "urn:ietf:params:xml:ns:caldav", "urn:ietf:params:xml:ns:carddav"
_SPACES = f'xmlns:D="DAV:" xmlns:C="{CAL}" xmlns:R="{CARD}" xmlns:S="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/"'
VARIANTS = 40
SECOND = 2.2
"""The original counts changes by seconds: so long a pause keeps them apart."""


@dataclass(frozen=True)
class Operation:
    """`requests` makes them for a server, `prepare` is done before each run. `listing`: the goal for it is higher. `needs`
    names the data, `slow` what may take the original seconds."""

    name: str
    requests: Callable[[str, str], Sequence[Request]]
    listing: bool = False
    big: bool = False
    prepare: str = ""
    needs: str = "basics"
    slow: bool = False


def _dav(user: str, method: str, path: str, body: str, depth: str) -> Request:
    return Request(user, method, path, body, XML | {"Depth": depth})


def _propfind(props: str) -> str:
    return f'<?xml version="1.0"?><D:propfind {_SPACES}><D:prop>{props}</D:prop></D:propfind>'


def _report(name: str, props: str, rest: str) -> str:
    return f'<?xml version="1.0"?><{name} {_SPACES}><D:prop>{props}</D:prop>{rest}</{name}>'


def _principal(base: str, tag: str) -> list[Request]:
    props = (
        "<D:displayname/><C:calendar-home-set/><D:current-user-principal/><R:addressbook-home-set/><D:resourcetype/>"
    )
    return [_dav(user, "PROPFIND", f"/SOGo/dav/{user}/", _propfind(props), "0") for user in BENCH]


def home(user: str) -> Callable[[str, str], list[Request]]:
    props = "<D:displayname/><D:resourcetype/><S:getctag/><D:sync-token/><A:calendar-color/><C:supported-calendar-component-set/>"
    return lambda base, tag: [_dav(user, "PROPFIND", f"/SOGo/dav/{user}/Calendar/", _propfind(props), "1")]


def _members(users: Sequence[str]) -> Callable[[str, str], list[Request]]:
    props = "<D:getetag/><D:getcontenttype/><D:resourcetype/>"
    return lambda base, tag: [_dav(user, "PROPFIND", calendar(user), _propfind(props), "1") for user in users]


def _multiget(count: int) -> Callable[[str, str], list[Request]]:
    def make(base: str, tag: str) -> list[Request]:
        dice = random.Random(count)
        found = []
        for number in range(VARIANTS if count < 200 else 8):
            user = BENCH[number % len(BENCH)]
            names = dice.sample(range(EVENTS), count)
            hrefs = "".join(f"<D:href>{calendar(user)}e{name:04d}.ics</D:href>" for name in names)
            body = _report("C:calendar-multiget", "<D:getetag/><C:calendar-data/>", hrefs)
            found.append(_dav(user, "REPORT", calendar(user), body, "1"))
        return found

    return make


def _book_multiget(base: str, tag: str) -> list[Request]:
    dice = random.Random(1)
    found = []
    for number in range(VARIANTS):
        user = BENCH[number % len(BENCH)]
        hrefs = "".join(f"<D:href>{book(user)}c{name:04d}.vcf</D:href>" for name in dice.sample(range(CARDS), 100))
        body = _report("R:addressbook-multiget", "<D:getetag/><R:address-data/>", hrefs)
        found.append(_dav(user, "REPORT", book(user), body, "1"))
    return found


def _month(users: Sequence[str], props: str) -> Callable[[str, str], list[Request]]:
    def make(base: str, tag: str) -> list[Request]:
        found = []
        for month in range(1, 12):
            for user in users:
                span = f'<C:time-range start="2027{month:02d}01T000000Z" end="2027{month + 1:02d}01T000000Z"/>'
                events = f'<C:comp-filter name="VEVENT">{span}</C:comp-filter>'
                condition = f'<C:filter><C:comp-filter name="VCALENDAR">{events}</C:comp-filter></C:filter>'
                found.append(_dav(user, "REPORT", calendar(user), _report("C:calendar-query", props, condition), "1"))
        return found

    return make


def sync_body(token: str) -> str:
    head = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>"
    return f'<?xml version="1.0"?><D:sync-collection {_SPACES}>{head}<D:prop><D:getetag/></D:prop></D:sync-collection>'


def _token(base: str, user: str) -> str:
    answer = DavUser("bench", base, user, PASSWORD)("REPORT", "Calendar/bench/", sync_body(""), **_HEADERS)
    found = re.search(rb"sync-token>([^<]+)<", answer.body)
    assert found is not None, answer.body[:300]
    return found[1].decode()


_HEADERS = {"Content_Type": "text/xml", "Depth": "1"}


def _sync_initial(base: str, tag: str) -> list[Request]:
    return [_dav(user, "REPORT", calendar(user), sync_body(""), "1") for user in BENCH]


def _sync_nothing(base: str, tag: str) -> list[Request]:
    time.sleep(SECOND)
    return [_dav(user, "REPORT", calendar(user), sync_body(_token(base, user)), "1") for user in BENCH]


def _sync_ten(base: str, tag: str) -> list[Request]:
    time.sleep(SECOND)
    tokens = {user: _token(base, user) for user in BENCH}
    time.sleep(SECOND)
    for user in BENCH:
        person = DavUser("bench", base, user, PASSWORD)
        for number in range(10):
            person(
                "PUT",
                f"Calendar/bench/e{number:04d}.ics",
                event(f"{user}-{number}", number),
                Content_Type="text/calendar",
            )
    time.sleep(SECOND)
    return [_dav(user, "REPORT", calendar(user), sync_body(tokens[user]), "1") for user in BENCH]


def _get(base: str, tag: str) -> list[Request]:
    dice = random.Random(2)
    return [
        Request(user, "GET", f"{calendar(user)}e{dice.randrange(EVENTS):04d}.ics") for user in BENCH for _ in range(100)
    ]


def _put_new(base: str, tag: str) -> list[Request]:
    return [
        Request(user, "PUT", f"{calendar(user, 'put')}n@SERIAL@.ics", event(f"new-{user}-@SERIAL@", 1 + number), ICS)
        for number, user in enumerate(BENCH)
    ]


def _put_update(base: str, tag: str) -> list[Request]:
    return [
        Request(user, "PUT", f"{calendar(user)}e{number:04d}.ics", event(f"{user}-{number}", number), ICS)
        for number in range(500, 600)
        for user in BENCH
    ]


def spare_names(tag: str, count: int) -> list[str]:
    return [f"d{tag}{number}.ics" for number in range(count)]


def _directory(base: str, tag: str) -> list[Request]:
    found = []
    for number in range(VARIANTS):
        user = BENCH[number % len(BENCH)]
        text = f'<R:prop-filter name="FN"><R:text-match>person {number * 97 + 1000}</R:text-match></R:prop-filter>'
        body = _report("R:addressbook-query", "<D:getetag/><R:address-data/>", f"<R:filter>{text}</R:filter>")
        found.append(_dav(user, "REPORT", f"/SOGo/dav/{user}/Contacts/people/", body, "1"))
    return found


ETAGS, DATA = "<D:getetag/>", "<D:getetag/><C:calendar-data/>"
OPERATIONS = (
    Operation("PROPFIND 0, principal", _principal),
    Operation("PROPFIND 1, home of 1 calendar", home(ONE)),
    Operation("PROPFIND 1, home of 20", home(TWENTY)),
    Operation("PROPFIND 1, home of 200", home(MANY)),
    Operation("PROPFIND 1, 1,000 events", _members(BENCH), listing=True),
    Operation("PROPFIND 1, 10,000 events", _members([BIG]), listing=True, big=True),
    Operation("multiget 5", _multiget(5)),
    Operation("multiget 75", _multiget(75)),
    Operation("multiget 500", _multiget(500)),
    Operation("month of 1,000, etags", _month(BENCH, ETAGS), listing=True),
    Operation("month of 1,000, data", _month(BENCH, DATA), listing=True),
    Operation("month of 10,000, etags", _month([BIG], ETAGS), listing=True, big=True),
    Operation("month of 10,000, data", _month([BIG], DATA), listing=True, big=True),
    Operation("sync, all of 1,000", _sync_initial, listing=True),
    Operation("sync, nothing changed", _sync_nothing, listing=True),
    Operation("sync, 10 changed", _sync_ten, listing=True),
    Operation("GET", _get),
    Operation("PUT, new", _put_new),
    Operation("PUT, update", _put_update),
    Operation("DELETE", lambda base, tag: [], prepare="spare"),
    Operation("address-book multiget 100", _book_multiget),
    Operation("directory search, 100,000 entries", _directory),
)
