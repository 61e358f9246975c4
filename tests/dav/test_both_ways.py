"""What the quick columns, the look at the text and the memory answer is what parsing everything answers: a thousand
objects, some sixty filters, no difference."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from itertools import product

import pytest

from sogo.service.objects import ObjectService
from tests.support.both_ways import by_parsing, by_server, put_in
from tests.support.corpus import PARIS, calendar_texts, card_texts
from tests.support.filters import in_component, in_property, time_range
from tests.support.house import Client, House, open_house

CAL, BOOK = (f"/SOGo/dav/anna/{place}/" for place in ("Calendar/personal", "Contacts/personal"))

WINDOWS = [
    time_range("20260601T000000", "20260608T000000"), time_range("20260601T000000", "20260701T000000"), time_range("20260301T080000", "20260301T090000"),
    time_range("20261231T230000"), time_range("", "20260115T000000"), time_range("20240101T000000", "20280101T000000"), time_range("20260705T100000", "20260705T100001"),
]  # fmt: skip


def match(text: str, attributes: str = "") -> str:
    return f"<text-match {attributes}>{text}</text-match>"


OCTET, UNICODE, NOT = 'collation="i;octet"', 'collation="i;unicode-casemap"', 'negate-condition="yes"'
CALENDAR_FILTERS = [
    "", *(in_component(kind) for kind in ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE")),
    *(in_component(kind, "<is-not-defined/>") for kind in ("VEVENT", "VTODO", "VJOURNAL", "VTIMEZONE")),
    *(in_component(kind, window) for kind, window in product(("VEVENT", "VTODO", "VJOURNAL"), WINDOWS)),
    *(in_component(kind, in_component("VALARM", WINDOWS[1])) for kind in ("VEVENT", "VTODO")),
    *(in_component("VEVENT", WINDOWS[1] + in_property("SUMMARY", match(text))) for text in ("museum", "STRASSE", "a, b; c", "100%")),
    *(in_component("VEVENT", in_property("UID", match(text, how))) for text, how in (("m-1", OCTET), ("m-17", ""), ("M-17", OCTET), ("m-1", NOT), ("", ""))),
    *(in_component("VEVENT", WINDOWS[0] + in_property("UID", match(text))) for text in ("m-", "v-", "nothing of the kind")),
    in_component('VEVENT" test="anyof', WINDOWS[0] + in_property("UID", match("m-2"))),
    *(in_component("VTODO", in_property(name, "<is-not-defined/>")) for name in ("COMPLETED", "DUE", "DTSTART", "STATUS")),
    in_component("VTODO", in_property("COMPLETED", "<is-not-defined/>") + in_property("STATUS", match("CANCELLED", NOT))),
    *(in_component("VEVENT", in_property(name, "<is-not-defined/>")) for name in ("RRULE", "CLASS", "LOCATION")),
    in_component("VEVENT", in_property("CLASS", match("private"))), in_component("VEVENT", in_property("LOCATION", match("straße", UNICODE))),
    in_component("VEVENT", in_property("ATTENDEE", match("ada@") + '<param-filter name="PARTSTAT">' + match("ACCEPTED") + "</param-filter>")),
    in_component("VEVENT", in_property("ATTENDEE", '<param-filter name="RSVP"><is-not-defined/></param-filter>')),
    in_component("VEVENT", in_property("DTSTART", WINDOWS[1])), in_component("VTODO", in_property("COMPLETED", WINDOWS[5])),
    in_component("VEVENT") + in_component("VTIMEZONE"), in_property("PRODID", match("corpus")), in_property("VERSION"),
]  # fmt: skip
CARD_FILTERS = [
    "", *(in_property(name) for name in ("FN", "EMAIL", "TEL", "NOTE", "ITEM1.NOTE", "X-NOTHING", "ORG")),
    *(in_property(name, "<is-not-defined/>") for name in ("EMAIL", "NOTE", "KEY")),
    *(
        in_property(name, match(text, f'match-type="{how}" {collation}'))
        for name, text in (("FN", "zoë"), ("FN", "strasse"), ("EMAIL", "ada@example.com"), ("N", "o'neil, jr"), ("NOTE", "100%"))
        for how in ("contains", "equals", "starts-with", "ends-with")
        for collation in ("", OCTET)
    ),
    in_property("FN", match("ada", NOT)), in_property("TEL", '<param-filter name="TYPE">' + match("home") + "</param-filter>"),
    in_property("EMAIL", '<param-filter name="TYPE"><is-not-defined/></param-filter>'), in_property("FN", match("fine", UNICODE)),
    in_property('EMAIL" test="allof', match("bo") + match("org")), in_property("FN", match("ada")) + in_property("ORG", match("labs")),
]  # fmt: skip


@cache
def expected_events(request: str) -> set[str]:
    return by_parsing(request, calendar_texts(), zone=PARIS)


@cache
def expected_cards(request: str) -> set[str]:
    return by_parsing(request, card_texts(), zone=PARIS)


def calendar_query(inner: str) -> str:
    return (
        '<calendar-query xmlns="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop><filter>'
        f'<comp-filter name="VCALENDAR">{inner}</comp-filter></filter></calendar-query>'
    )


def card_query(inner: str) -> str:
    return (
        '<addressbook-query xmlns="urn:ietf:params:xml:ns:carddav" xmlns:D="DAV:"><D:prop><D:getetag/></D:prop>'
        f"<filter>{inner}</filter></addressbook-query>"
    )


@pytest.fixture(scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async for house in open_house(tmp_path_factory.mktemp("house")):
        anna = house.client("anna")
        await anna.propfind("/SOGo/dav/anna/", "D:displayname", depth="1")
        await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
        await anna.propfind("/SOGo/dav/anna/Contacts/", "D:displayname", depth="1")
        await put_in(house, ("anna", "personal"), calendar_texts(), rows=True, zone=PARIS)
        await put_in(house, ("anna", "personal"), card_texts(), rows=True, zone=PARIS)
        yield house


@pytest.fixture(params=["remembered", "read"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def anna(filled: House, way: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Asks a server that remembers folders, or one that reads them each time."""

    async def nothing(*_: object, **__: object) -> None:
        return None

    if way == "read":
        monkeypatch.setattr(ObjectService, "held", nothing)
    return filled.client("anna")


def test_the_corpus_is_large_and_varied() -> None:
    assert min(len(calendar_texts()), len(card_texts())) >= 1000
    assert min(len(set(CALENDAR_FILTERS)), len(set(CARD_FILTERS))) >= 50


def asked(filters: list[str], way: str) -> list[str]:
    """Reading each time takes long: there, every third has to do."""
    return filters if way == "remembered" else filters[::3]


async def test_calendar_queries_answer_as_parsing_everything_does(anna: Client, way: str) -> None:
    filters, count, found = asked(CALENDAR_FILTERS, way), len(calendar_texts()), 0
    for inner in filters:
        request = calendar_query(inner)
        expected = expected_events(request)
        assert await by_server(anna, CAL, request) == expected, inner
        found += bool(expected) and len(expected) < count
    assert found > 2 * len(filters) / 3  # most of them find something, and leave something out


async def test_card_queries_answer_as_parsing_everything_does(anna: Client, way: str) -> None:
    for inner in asked(CARD_FILTERS, way):
        request = card_query(inner)
        assert await by_server(anna, BOOK, request) == expected_cards(request), inner
