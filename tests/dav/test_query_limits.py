"""What a query may ask for: how far time goes, and how much a filter may say (RFC 4791 §7.8, RFC 6352 §8.6)."""

from __future__ import annotations

import pytest

from tests.support.house import CR, C, Client, body, event

CAL = "/SOGo/dav/anna/Calendar/personal/"
BOOK = "/SOGo/dav/anna/Contacts/personal/"
EARLY, LATE = "00000101T000000Z", "99991230T000001Z"


def query(inner: str, data: str = "<D:getetag/>") -> str:
    wrapped = f'<C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter>'
    return body("C:calendar-query", f"<D:prop>{data}</D:prop>{wrapped}")


def between(start: str, end: str, where: str = "VEVENT") -> str:
    return f'<C:comp-filter name="{where}"><C:time-range start="{start}" end="{end}"/></C:comp-filter>'


def data(kind: str, start: str, end: str) -> str:
    return f'<C:calendar-data><C:{kind} start="{start}" end="{end}"/></C:calendar-data>'


@pytest.mark.parametrize(("start", "end", "rule"), [
    (EARLY, "20260101T000000Z", "min-date-time"), ("20260101T000000Z", LATE, "max-date-time"),
    ("99991230T100000Z", "99991230T110000Z", "max-date-time"),
])  # fmt: skip
async def test_a_range_beyond_time_is_refused_with_the_limit_it_passes(
    anna: Client, start: str, end: str, rule: str
) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    asked = [
        query(between(start, end)),
        query(f'<C:comp-filter name="VEVENT">{between(start, end, "VALARM")}</C:comp-filter>'),
        query(
            f'<C:comp-filter name="VEVENT"><C:prop-filter name="DTSTAMP"><C:time-range start="{start}" end="{end}"/>'
            "</C:prop-filter></C:comp-filter>"
        ),
        *(query("", data(kind, start, end)) for kind in ("expand", "limit-recurrence-set", "limit-freebusy-set")),
        body("C:free-busy-query", f'<C:time-range start="{start}" end="{end}"/>'),
    ]
    for one in asked:
        refused = await anna.report(CAL, one, Depth="1")
        assert (refused.status, refused.condition) == (403, C + rule), refused.text


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("00010101T000000Z", "99991231T235959Z"), ("19000101T000000Z", "99991231T235959Z"),
        ("00010102T000000Z", "99991230T000000Z"), ("00010101T000000Z", "20270101T000000Z"),
        ("19700101T000000Z", "20380119T031407Z"),
    ],
)  # fmt: skip
async def test_ranges_that_mean_ever_find_everything(anna: Client, start: str, end: str) -> None:
    await anna.put(CAL + "a.ics", event("a", end="20260601T110000Z"))
    answer = await anna.report(CAL, query(between(start, end), data("expand", start, end)), Depth="1")
    assert answer.hrefs == [CAL + "a.ics"]
    assert "SUMMARY:Event a" in answer.prop_text(CAL + "a.ics", C + "calendar-data")


DEEP = '<C:comp-filter name="VEVENT">' + '<C:comp-filter name="X-DEEP">' * 9 + "</C:comp-filter>" * 10
WIDE = '<C:comp-filter name="VEVENT">' + '<C:prop-filter name="SUMMARY"/>' * 300 + "</C:comp-filter>"
STRANGE = '<C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><X:odd/></C:prop-filter></C:comp-filter>'
UNTIMED = between("20260101T000000Z", "20260201T000000Z", "VTIMEZONE")


@pytest.mark.parametrize(
    ("inner", "kind", "name"),
    [
        (DEEP, "comp-filter", "X-DEEP"), (WIDE, "comp-filter", "VCALENDAR"), (STRANGE, "prop-filter", "SUMMARY"),
        (UNTIMED, "comp-filter", "VTIMEZONE"),
    ],
)  # fmt: skip
async def test_a_filter_that_is_not_supported_is_named(anna: Client, inner: str, kind: str, name: str) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    refused = await anna.report(CAL, query(inner), Depth="1")
    assert (refused.status, refused.condition) == (403, C + "supported-filter")
    [[[named]]] = [[list(item) for item in refused.xml if item.tag == C + "supported-filter"]]
    assert (named.tag, named.get("name")) == (C + kind, name)


@pytest.mark.parametrize(
    "inner",
    [
        '<C:comp-filter name="VTODO"><C:comp-filter name="VEVENT"/></C:comp-filter>',
        '<C:comp-filter name="VCALENDAR"/>',
        '<C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:time-range start="20260101T000000Z"/>'
        "</C:prop-filter></C:comp-filter>",
    ],
)
async def test_a_filter_of_what_can_never_be_is_invalid(anna: Client, inner: str) -> None:
    for path in (CAL, CAL + "a.ics"):
        await anna.put(CAL + "a.ics", event("a"))
        refused = await anna.report(path, query(inner), Depth="1")
        assert (refused.status, refused.condition) == (403, C + "valid-filter")


@pytest.mark.parametrize(
    "inner", ['<CR:prop-filter name="FN"/>' * 300, '<CR:prop-filter name="FN"><X:odd/></CR:prop-filter>']
)
async def test_so_it_is_with_cards(anna: Client, inner: str) -> None:
    asked = body("CR:addressbook-query", f"<D:prop><D:getetag/></D:prop><CR:filter>{inner}</CR:filter>")
    refused = await anna.report(BOOK, asked, Depth="1")
    assert (refused.status, refused.condition) == (403, CR + "supported-filter")
    [[[named]]] = [[list(item) for item in refused.xml if item.tag == CR + "supported-filter"]]
    assert (named.tag, named.get("name")) == (CR + "prop-filter", "FN")
