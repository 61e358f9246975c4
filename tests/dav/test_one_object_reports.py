"""Reports that are asked of one object (RFC 4791 §7, RFC 6352 §8)."""

from __future__ import annotations

import pytest

from sogo.model.folder import FolderKind
from tests.support.house import CR, C, Client, D, House, body, card, event

CAL = "/SOGo/dav/anna/Calendar/personal/"
BOOK = "/SOGo/dav/anna/Contacts/personal/"
EVENT, OTHER, CARD, PERSON = CAL + "a.ics", CAL + "b.ics", BOOK + "v.vcf", "/SOGo/dav/anna/Contacts/staff/anna"

IN_JUNE = '<C:comp-filter name="VEVENT"><C:time-range start="20260601T000000Z" end="20260701T000000Z"/></C:comp-filter>'
IN_JULY = IN_JUNE.replace("20260701", "20260801").replace("20260601", "20260701")
NAMED = '<CR:prop-filter name="FN"><CR:text-match>{}</CR:text-match></CR:prop-filter>'
EXPAND = '<C:calendar-data><C:expand start="20260601T000000Z" end="20260604T000000Z"/></C:calendar-data>'


def calendar_query(inner: str, props: str = "<D:getetag/>") -> str:
    wrapped = f'<C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter>'
    return body("C:calendar-query", f"<D:prop>{props}</D:prop>{wrapped}")


def card_query(inner: str) -> str:
    return body("CR:addressbook-query", f"<D:prop><D:getetag/></D:prop><CR:filter>{inner}</CR:filter>")


def multiget(kind: str, *hrefs: str, props: str = "<D:getetag/>") -> str:
    return body(kind, f"<D:prop>{props}</D:prop>" + "".join(f"<D:href>{href}</D:href>" for href in hrefs))


async def furnish(anna: Client) -> None:
    await anna.put(EVENT, event("a", "20260601T100000Z", "RRULE:FREQ=DAILY;COUNT=5", end="20260601T110000Z"))
    await anna.put(OTHER, event("b", "20260601T100000Z"))
    await anna.put(CARD, card("v", "Vera"))


@pytest.mark.parametrize("depth", ["0", "1", "infinity"])
@pytest.mark.parametrize(
    ("path", "asked", "found"),
    [
        (EVENT, calendar_query(IN_JUNE), True), (EVENT, calendar_query(IN_JULY), False),
        (EVENT, calendar_query(""), True), (EVENT, calendar_query('<C:comp-filter name="VTODO"/>'), False),
        (CARD, card_query(NAMED.format("vera")), True), (CARD, card_query(NAMED.format("paul")), False),
        (CARD, card_query(""), True),
        (PERSON, card_query(NAMED.format("bell")), True), (PERSON, card_query(NAMED.format("paul")), False),
    ],
)  # fmt: skip
async def test_a_query_of_an_object_finds_that_object_or_nothing(
    anna: Client, path: str, asked: str, found: bool, depth: str
) -> None:
    await furnish(anna)
    answer = await anna.report(path, asked, Depth=depth)
    assert (answer.status, answer.hrefs) == (207, [path] if found else [])


async def test_its_data_comes_in_the_form_asked_for(anna: Client) -> None:
    await furnish(anna)
    for asked in (calendar_query("", EXPAND), multiget("C:calendar-multiget", EVENT, props=EXPAND)):
        text = (await anna.report(EVENT, asked)).prop_text(EVENT, C + "calendar-data")
        assert (text.count("BEGIN:VEVENT"), "RRULE" in text) == (3, False)
    wanted = '<CR:address-data content-type="text/vcard" version="4.0"/>'
    for path in (CARD, PERSON):
        answer = await anna.report(path, multiget("CR:addressbook-multiget", path, props=wanted))
        assert "VERSION:4.0" in answer.prop_text(path, CR + "address-data")


@pytest.mark.parametrize(
    ("path", "asked", "status"),
    [
        (EVENT, multiget("C:calendar-multiget", EVENT), 207),
        (EVENT, multiget("C:calendar-multiget", "http://127.0.0.1" + EVENT), 207),
        (EVENT, multiget("C:calendar-multiget", OTHER), 400),
        (EVENT, multiget("C:calendar-multiget", EVENT, OTHER), 400),
        (EVENT, multiget("C:calendar-multiget", "http://[x/"), 400),
        (CARD, multiget("CR:addressbook-multiget", CARD), 207),
        (CARD, multiget("CR:addressbook-multiget", EVENT), 400),
        (EVENT, multiget("CR:addressbook-multiget", EVENT), 403), (CARD, calendar_query(""), 403),
    ],
)  # fmt: skip
async def test_a_multiget_of_an_object_names_that_object_only(anna: Client, path: str, asked: str, status: int) -> None:
    await furnish(anna)
    answer = await anna.report(path, asked)
    assert answer.status == status, answer.text
    if status == 207:
        assert answer.hrefs == [path]
    if status == 403:
        assert answer.condition == D + "supported-report"


async def test_what_is_not_there_cannot_be_asked(anna: Client) -> None:
    await furnish(anna)
    assert (await anna.report(CAL + "none.ics", calendar_query(""))).status == 404


async def test_when_somebody_is_busy_is_asked_of_collections_that_may_be_read(anna: Client, house: House) -> None:
    await furnish(anna)
    asked = body("C:free-busy-query", '<C:time-range start="20260601T000000Z" end="20260602T000000Z"/>')
    refused = await anna.report(EVENT, asked)
    assert (refused.status, refused.condition) == (403, D + "supported-report")
    assert "FREEBUSY" in (await anna.report(CAL, asked)).text
    assert (await house.client("ben").report(CAL, asked)).status == 404


@pytest.mark.parametrize(
    ("path", "names"),
    [
        (EVENT, {C + "calendar-query", C + "calendar-multiget", D + "expand-property", D + "acl-principal-prop-set"}),
        (CARD, {CR + "addressbook-query", CR + "addressbook-multiget", D + "expand-property"}),
        (PERSON, {CR + "addressbook-query", CR + "addressbook-multiget", D + "expand-property"}),
    ],
)
async def test_objects_list_the_reports_they_answer(anna: Client, path: str, names: set[str]) -> None:
    await furnish(anna)
    listed = (await anna.propfind(path, "D:supported-report-set")).prop(path, D + "supported-report-set")
    assert listed is not None
    assert names <= {str(item[0][0].tag) for item in listed}


@pytest.mark.parametrize("headers", [{}, {"Depth": "0"}, {"Depth": "1"}, {"Depth": "infinity"}])
async def test_a_collection_answers_with_its_members_whatever_the_depth(anna: Client, headers: dict[str, str]) -> None:
    await furnish(anna)
    assert set((await anna.report(CAL, calendar_query(IN_JUNE), **headers)).hrefs) == {EVENT, OTHER}
    assert (await anna.report(BOOK, card_query(""), **headers)).hrefs == [CARD]
    assert (await anna.report(CAL, multiget("C:calendar-multiget", EVENT), **headers)).hrefs == [EVENT]


SYNC = "<D:sync-token/>{}<D:prop><D:getetag/></D:prop>"


@pytest.mark.parametrize("headers", [{}, {"Depth": "0"}, {"Depth": "1"}, {"Depth": "infinity"}, {"Depth": "nonsense"}])
async def test_a_sync_with_a_level_is_answered_whatever_the_depth(anna: Client, headers: dict[str, str]) -> None:
    await furnish(anna)
    asked = body("D:sync-collection", SYNC.format("<D:sync-level>1</D:sync-level>"))
    answer = await anna.report(CAL, asked, **headers)
    assert set(answer.hrefs) == {EVENT, OTHER}
    home = await anna.report("/SOGo/dav/anna/Calendar/", asked, **headers)
    assert (home.status, CAL in home.hrefs) == (207, True)


async def test_the_depth_counts_where_a_sync_has_no_level(anna: Client) -> None:
    home = "/SOGo/dav/anna/Calendar/"
    asked = body("D:sync-collection", SYNC.format(""))
    assert (await anna.report(home, asked, Depth="1")).status == 207
    refused = await anna.report(home, asked, Depth="infinity")
    assert (refused.status, refused.condition) == (403, D + "sync-traversal-supported")


async def test_an_object_nobody_can_parse_matches_nothing(anna: Client, house: House) -> None:
    await furnish(anna)
    state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
    assert state is not None
    await house.site.folders.save(state.folder, "deep.ics", "BEGIN:X\r\n" * 50, {})
    answer = await anna.report(CAL + "deep.ics", calendar_query(IN_JUNE))
    assert (answer.status, answer.hrefs) == (207, [])
    got = await anna.report(CAL + "deep.ics", multiget("C:calendar-multiget", CAL + "deep.ics"))
    assert got.hrefs == [CAL + "deep.ics"]
