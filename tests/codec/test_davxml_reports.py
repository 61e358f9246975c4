"""Bodies of the CalDAV, CardDAV and sync reports, after the examples of their RFCs."""

from __future__ import annotations

import datetime as dt

import pytest

from sogo.codec.davxml.calendar_filter import CompFilter, PropFilter, TimeRange
from sogo.codec.davxml.names import caldav, carddav, dav
from sogo.codec.davxml.reader import Element, parse_xml
from sogo.codec.davxml.rfc4791 import (
    CalendarData,
    SelectedComp,
    SelectedProp,
    parse_calendar_multiget,
    parse_calendar_query,
    parse_free_busy_query,
)
from sogo.codec.davxml.rfc4918 import PropfindKind
from sogo.codec.davxml.rfc6352 import (
    AddressData,
    CardConditions,
    CardPropFilter,
    SelectedCardProp,
    parse_addressbook_multiget,
    parse_addressbook_query,
)
from sogo.codec.davxml.rfc6578 import parse_sync_collection
from sogo.codec.davxml.text_match import Collation, Junction, MatchType, ParamFilter, TextMatch
from sogo.errors import (
    CodecError,
    InvalidData,
    SogoError,
    TooMany,
    UnsupportedCollation,
    UnsupportedData,
    UnsupportedFilter,
)


def xml(body: str) -> Element | None:
    declared = ' xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:R="urn:ietf:params:xml:ns:carddav">'
    return parse_xml(body.replace(">", declared, 1).encode(), max_bytes=20_000_000)


def nested(tag: str, depth: int) -> str:
    return f'<{tag} name="X">' * depth + f"</{tag}>" * depth


def query(filter_body: str, *, data: str = "", more: str = "") -> Element | None:
    return xml(
        f"<C:calendar-query><D:prop><D:getetag/>{data}</D:prop><C:filter>{filter_body}</C:filter>{more}"
        "</C:calendar-query>"
    )


def in_event(inner: str) -> str:
    return f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{inner}</C:comp-filter></C:comp-filter>'


def with_text(inner: str) -> str:
    return in_event(f'<C:prop-filter name="A">{inner}</C:prop-filter>')


def event(**conditions: object) -> CompFilter:
    return CompFilter("VCALENDAR", comps=(CompFilter("VEVENT", **conditions),))  # type: ignore[arg-type]


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]


JANUARY = TimeRange(utc(2006, 1, 4), utc(2006, 1, 5))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            in_event('<C:time-range start="20060104T000000Z" end="20060105T000000Z"/>'),
            event(time_range=JANUARY),
        ),
        (in_event('<C:time-range end="20060105T000000Z"/>'), event(time_range=TimeRange(None, JANUARY.end))),
        (
            '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VTODO"><C:comp-filter name="VALARM"><C:time-range'
            ' start="20060104T000000Z"/></C:comp-filter></C:comp-filter></C:comp-filter>',
            CompFilter(
                "VCALENDAR",
                comps=(CompFilter("VTODO", comps=(CompFilter("VALARM", time_range=TimeRange(JANUARY.start, None)),)),),
            ),
        ),
        (
            in_event('<C:prop-filter name="UID"><C:text-match collation="i;octet">DC6C</C:text-match></C:prop-filter>'),
            event(props=(PropFilter("UID", texts=(TextMatch("DC6C", Collation.OCTET),)),)),
        ),
        (
            in_event(
                '<C:prop-filter name="ATTENDEE"><C:text-match collation="i;ascii-casemap">mailto:lisa@example.com'
                '</C:text-match><C:param-filter name="PARTSTAT"><C:text-match>NEEDS-ACTION</C:text-match>'
                "</C:param-filter></C:prop-filter>"
            ),
            event(
                props=(
                    PropFilter(
                        "ATTENDEE",
                        texts=(TextMatch("mailto:lisa@example.com", Collation.ASCII_CASEMAP),),
                        params=(ParamFilter("PARTSTAT", text=TextMatch("NEEDS-ACTION", Collation.ASCII_CASEMAP)),),
                    ),
                )
            ),
        ),
        (
            '<C:comp-filter name="VCALENDAR"><C:comp-filter name="VTODO"><C:prop-filter name="COMPLETED">'
            '<C:is-not-defined/></C:prop-filter><C:prop-filter name="STATUS"><C:text-match negate-condition="yes">'
            "CANCELLED</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter>",
            CompFilter(
                "VCALENDAR",
                comps=(
                    CompFilter(
                        "VTODO",
                        props=(
                            PropFilter("COMPLETED", absent=True),
                            PropFilter("STATUS", texts=(TextMatch("CANCELLED", Collation.ASCII_CASEMAP, negate=True),)),
                        ),
                    ),
                ),
            ),
        ),
        ('<C:comp-filter name="VCALENDAR"/>', CompFilter("VCALENDAR")),
        (
            '<C:comp-filter name="vcalendar" test="anyof"><C:comp-filter name="vtodo"><C:is-not-defined/>'
            "</C:comp-filter></C:comp-filter>",
            CompFilter("VCALENDAR", comps=(CompFilter("VTODO", absent=True),), test=Junction.ANY_OF),
        ),
    ],
)
def test_calendar_filters(body: str, expected: CompFilter) -> None:
    assert parse_calendar_query(query(body)).filter == expected


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", InvalidData),
        ('<C:comp-filter name="VEVENT"/>', InvalidData),
        ('<C:comp-filter name="VCALENDAR"/><C:comp-filter name="VCALENDAR"/>', InvalidData),
        ("<C:comp-filter/>", InvalidData),
        ('<C:prop-filter name="UID"/>', UnsupportedFilter),
        (in_event("<C:unheard-of/>"), UnsupportedFilter),
        (in_event('<D:time-range start="20060104T000000Z"/>'), UnsupportedFilter),
        (in_event("<C:time-range/>"), InvalidData),
        (in_event('<C:time-range start="20060104"/>'), InvalidData),
        (in_event('<C:time-range start="20060104T000000"/>'), InvalidData),
        (in_event('<C:time-range start="20060230T000000Z"/>'), InvalidData),
        (in_event('<C:time-range start="-00011130T000000Z"/>'), InvalidData),
        (in_event('<C:time-range start="20060105T000000Z" end="20060105T000000Z"/>'), InvalidData),
        (in_event('<C:is-not-defined/><C:prop-filter name="UID"/>'), InvalidData),
        (with_text('<C:text-match collation="i;x">a</C:text-match>'), UnsupportedCollation),
        (with_text('<C:text-match match-type="like">a</C:text-match>'), UnsupportedFilter),
        (in_event('<C:prop-filter name="A" test="none"/>'), UnsupportedFilter),
        (in_event(nested("C:comp-filter", 5)), UnsupportedFilter),
        (in_event('<C:prop-filter name="A"/>' * 300), UnsupportedFilter),
        (with_text(f"<C:text-match>{'a' * 5000}</C:text-match>"), UnsupportedFilter),
    ],
)
def test_filters_that_are_refused(body: str, error: type[SogoError]) -> None:
    with pytest.raises(error) as caught:
        parse_calendar_query(query(body))
    if isinstance(caught.value, InvalidData):
        assert caught.value.rule == "valid-filter"


def test_a_calendar_query_needs_its_filter() -> None:
    with pytest.raises(InvalidData):
        parse_calendar_query(xml("<C:calendar-query><D:prop/></C:calendar-query>"))


def test_a_query_tells_zone_limit_and_wanted_properties() -> None:
    found = parse_calendar_query(
        query(
            '<C:comp-filter name="VCALENDAR"/>',
            data="<C:calendar-data/>",
            more="<C:timezone>BEGIN:VCALENDAR\nEND:VCALENDAR</C:timezone><C:timezone-id>Europe/Paris</C:timezone-id>"
            "<C:limit><C:nresults>5</C:nresults></C:limit>",
        )
    )
    assert found.wanted.names == (dav("getetag"), caldav("calendar-data"))
    assert found.data == CalendarData()
    assert found.data.plain
    assert (found.timezone, found.timezone_id, found.limit) == ("BEGIN:VCALENDAR\nEND:VCALENDAR", "Europe/Paris", 5)
    assert parse_calendar_query(query('<C:comp-filter name="VCALENDAR"/>')).data is None


def test_partial_retrieval() -> None:
    data = (
        '<C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VEVENT">'
        '<C:prop name="SUMMARY"/><C:prop name="ATTACH" novalue="yes"/></C:comp><C:comp name="VTIMEZONE"/>'
        '<C:comp name="VTODO"><C:allprop/><C:allcomp/></C:comp></C:comp></C:calendar-data>'
    )
    assert parse_calendar_query(query('<C:comp-filter name="VCALENDAR"/>', data=data)).data == CalendarData(
        SelectedComp(
            "VCALENDAR",
            (SelectedProp("VERSION"),),
            (
                SelectedComp("VEVENT", (SelectedProp("SUMMARY"), SelectedProp("ATTACH", novalue=True)), ()),
                SelectedComp("VTIMEZONE"),
                SelectedComp("VTODO"),
            ),
        )
    )


@pytest.mark.parametrize("name", ["expand", "limit-recurrence-set", "limit-freebusy-set"])
def test_ranges_of_calendar_data(name: str) -> None:
    data = f'<C:calendar-data><C:{name} start="20060104T000000Z" end="20060105T000000Z"/></C:calendar-data>'
    found = parse_calendar_query(query('<C:comp-filter name="VCALENDAR"/>', data=data)).data
    assert found is not None
    assert getattr(found, name.replace("-", "_")) == JANUARY
    assert not found.plain


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ('<C:calendar-data content-type="application/calendar+json"/>', UnsupportedData),
        ('<C:calendar-data content-type="text/calendar" version="1.0"/>', UnsupportedData),
        ('<C:calendar-data><C:expand start="20060104T000000Z"/></C:calendar-data>', CodecError),
        ("<C:calendar-data><C:expand/></C:calendar-data>", CodecError),
        (
            '<C:calendar-data><C:expand start="20060104T000000Z" end="20060105T000000Z"/><C:limit-recurrence-set'
            ' start="20060104T000000Z" end="20060105T000000Z"/></C:calendar-data>',
            CodecError,
        ),
        ('<C:calendar-data><C:comp name="VEVENT"/></C:calendar-data>', CodecError),
        (
            f'<C:calendar-data><C:comp name="VCALENDAR">{nested("C:comp", 7)}</C:comp></C:calendar-data>',
            TooMany,
        ),
    ],
)
def test_calendar_data_that_is_refused(data: str, error: type[SogoError]) -> None:
    with pytest.raises(error):
        parse_calendar_query(query('<C:comp-filter name="VCALENDAR"/>', data=data))


def test_multiget_takes_hrefs_at_any_depth_once_and_in_order() -> None:
    found = parse_calendar_multiget(
        xml(
            "<C:calendar-multiget><D:prop><D:href/><C:calendar-data/></D:prop><D:href> /b.ics </D:href>"
            "<x><D:href>http://h/a.ics</D:href></x><D:href>/b.ics</D:href></C:calendar-multiget>"
        )
    )
    assert found.hrefs == ("/b.ics", "http://h/a.ics")
    assert found.wanted.names == (dav("href"), caldav("calendar-data"))
    assert found.data == CalendarData()


def test_a_hundred_thousand_hrefs_are_refused_with_the_limit() -> None:
    body = "".join(f"<D:href>/c/{i}.ics</D:href>" for i in range(100_000))
    with pytest.raises(TooMany) as caught:
        parse_calendar_multiget(xml(f"<C:calendar-multiget><D:prop/>{body}</C:calendar-multiget>"))
    assert caught.value.limit == 10_000


def test_a_multiget_without_hrefs_is_refused() -> None:
    with pytest.raises(CodecError):
        parse_calendar_multiget(xml("<C:calendar-multiget><D:prop/></C:calendar-multiget>"))


def test_free_busy_query_has_a_closed_range() -> None:
    body = '<C:free-busy-query><C:time-range start="20060104T000000Z" end="20060105T000000Z"/></C:free-busy-query>'
    assert parse_free_busy_query(xml(body)).span == JANUARY
    for bad in ("", '<C:time-range start="20060104T000000Z"/>', '<C:time-range start="x" end="y"/>'):
        with pytest.raises(CodecError):
            parse_free_busy_query(xml(f"<C:free-busy-query>{bad}</C:free-busy-query>"))


def book(filter_body: str, *, data: str = "", more: str = "") -> Element | None:
    return xml(f"<R:addressbook-query><D:prop><D:getetag/>{data}</D:prop>{filter_body}{more}</R:addressbook-query>")


def book_with(inner: str) -> Element | None:
    return book(f'<R:filter><R:prop-filter name="FN">{inner}</R:prop-filter></R:filter>')


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", CardConditions()),
        ("<R:filter/>", CardConditions()),
        (
            '<R:filter><R:prop-filter name="NICKNAME"><R:text-match collation="i;unicode-casemap" match-type="equals">'
            "me</R:text-match></R:prop-filter></R:filter>",
            CardConditions(
                (CardPropFilter("NICKNAME", texts=(TextMatch("me", Collation.UNICODE_CASEMAP, MatchType.EQUALS),)),)
            ),
        ),
        (
            '<R:filter test="allof"><R:prop-filter name="FN" test="allof"><R:text-match match-type="starts-with">a'
            '</R:text-match><R:text-match match-type="ends-with" negate-condition="yes">b</R:text-match>'
            "</R:prop-filter>"
            '<R:prop-filter name="EMAIL"><R:param-filter name="TYPE"><R:is-not-defined/></R:param-filter>'
            '</R:prop-filter><R:prop-filter name="item1.tel"><R:is-not-defined/></R:prop-filter></R:filter>',
            CardConditions(
                (
                    CardPropFilter(
                        "FN",
                        texts=(
                            TextMatch("a", Collation.UNICODE_CASEMAP, MatchType.STARTS_WITH),
                            TextMatch("b", Collation.UNICODE_CASEMAP, MatchType.ENDS_WITH, negate=True),
                        ),
                        test=Junction.ALL_OF,
                    ),
                    CardPropFilter("EMAIL", params=(ParamFilter("TYPE", absent=True),)),
                    CardPropFilter("ITEM1.TEL", absent=True),
                ),
                Junction.ALL_OF,
            ),
        ),
    ],
)
def test_address_book_filters(body: str, expected: CardConditions) -> None:
    assert parse_addressbook_query(book(body)).filter == expected


def test_address_data_selects_properties_and_versions() -> None:
    data = (
        '<R:address-data content-type="text/vcard" version="4.0"><R:prop name="FN"/>'
        '<R:prop name="photo" novalue="yes"/></R:address-data>'
    )
    found = parse_addressbook_query(book("", data=data, more="<R:limit><R:nresults>3</R:nresults></R:limit>"))
    assert found.data == AddressData((SelectedCardProp("FN"), SelectedCardProp("PHOTO", novalue=True)), "4.0")
    assert found.limit == 3
    assert parse_addressbook_query(book("", data="<R:address-data><R:allprop/></R:address-data>")).data == AddressData()


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (book("", data='<R:address-data content-type="application/vcard+json"/>'), UnsupportedData),
        (book("", data='<R:address-data version="2.1"/>'), UnsupportedData),
        (book_with("<R:time-range/>"), UnsupportedFilter),
        (book_with("<R:is-not-defined/><R:text-match>a</R:text-match>"), UnsupportedFilter),
        (book('<R:filter test="some"/>'), UnsupportedFilter),
        (book("<R:filter/><R:filter/>"), UnsupportedFilter),
        (book("", more="<R:limit><R:nresults>0</R:nresults></R:limit>"), CodecError),
        (book("", more="<R:limit><R:nresults>many</R:nresults></R:limit>"), CodecError),
        (book("", more="<D:allprop/>"), CodecError),
        (book("<R:filter>" + '<R:prop-filter name="FN"/>' * 201 + "</R:filter>"), UnsupportedFilter),
    ],
)
def test_address_book_queries_that_are_refused(body: Element | None, error: type[SogoError]) -> None:
    with pytest.raises(error):
        parse_addressbook_query(body)


def test_address_book_multiget() -> None:
    found = parse_addressbook_multiget(
        xml(
            "<R:addressbook-multiget><D:prop><R:address-data/></D:prop><D:href>/a.vcf</D:href></R:addressbook-multiget>"
        )
    )
    assert (found.hrefs, found.data, found.wanted.names) == (("/a.vcf",), AddressData(), (carddav("address-data"),))


def test_sync_collection() -> None:
    found = parse_sync_collection(
        xml(
            "<D:sync-collection><D:sync-token> t-1 </D:sync-token><D:sync-level>infinite</D:sync-level><D:limit>"
            "<D:nresults>99</D:nresults></D:limit><D:prop><D:getetag/><C:calendar-data/></D:prop></D:sync-collection>"
        )
    )
    assert (found.token, found.infinite, found.limit, found.calendar_data) == ("t-1", True, 99, CalendarData())
    assert found.wanted.kind is PropfindKind.PROP


@pytest.mark.parametrize(("depth", "infinite"), [(None, False), ("0", False), ("1", False), ("Infinity", True)])
def test_depth_counts_where_the_sync_level_is_missing(depth: str | None, infinite: bool) -> None:
    found = parse_sync_collection(xml("<D:sync-collection><D:sync-token/><D:prop/></D:sync-collection>"), depth=depth)
    assert (found.token, found.infinite) == ("", infinite)
    with pytest.raises(CodecError):
        parse_sync_collection(xml("<D:sync-collection><D:sync-level>2</D:sync-level></D:sync-collection>"))
