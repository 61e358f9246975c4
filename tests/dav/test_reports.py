"""calendar-query, addressbook-query, the multigets and sync-collection."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.house import CR, C, Client, D, House, body, card, event, open_house, todo
from tests.support.people import Book, person

CAL = "/SOGo/dav/anna/Calendar/personal/"
BOOK = "/SOGo/dav/anna/Contacts/personal/"


@pytest.fixture(params=[True, False], ids=["remembered", "read"])
def remembered(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def query(inner: str, props: str = "<D:getetag/>") -> str:
    wrapped = f'<C:filter><C:comp-filter name="VCALENDAR">{inner}</C:comp-filter></C:filter>'
    return body("C:calendar-query", f"<D:prop>{props}</D:prop>{wrapped}")


def events_between(start: str, end: str) -> str:
    return f'<C:comp-filter name="VEVENT"><C:time-range start="{start}" end="{end}"/></C:comp-filter>'


def multiget(kind: str, hrefs: list[str], props: str) -> str:
    return body(kind, f"<D:prop>{props}</D:prop>" + "".join(f"<D:href>{href}</D:href>" for href in hrefs))


def sync(token: str = "", more: str = "", props: str = "<D:getetag/>") -> str:
    return body(
        "D:sync-collection",
        f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{more}<D:prop>{props}</D:prop>",
    )


async def fill(anna: Client) -> None:
    await anna.put(CAL + "one.ics", event("one", "20260601T100000Z", end="20260601T110000Z"))
    await anna.put(CAL + "late.ics", event("late", "20260701T100000Z", end="20260701T110000Z"))
    await anna.put(CAL + "day.ics", event("day", "20260603").replace("DTSTART:", "DTSTART;VALUE=DATE:"))
    await anna.put(CAL + "weekly.ics", event("weekly", "20260105T090000Z", "RRULE:FREQ=WEEKLY", end="20260105T093000Z"))
    await anna.put(
        CAL + "ended.ics", event("ended", "20260105T090000Z", "RRULE:FREQ=WEEKLY;COUNT=3", end="20260105T093000Z")
    )
    await anna.put(CAL + "task.ics", todo("task"))


@pytest.mark.parametrize(
    ("inner", "names"),
    [
        ("", {"one", "late", "day", "weekly", "ended", "task"}),
        ('<C:comp-filter name="VTODO"/>', {"task"}),
        ('<C:comp-filter name="VEVENT"/>', {"one", "late", "day", "weekly", "ended"}),
        (events_between("20260601T000000Z", "20260608T000000Z"), {"one", "day", "weekly"}),
        (events_between("20260601T110000Z", "20260601T120000Z"), set()),
        (events_between("20260601T100000Z", "20260601T100001Z"), {"one"}),
        (events_between("20260602T215900Z", "20260602T220001Z"), {"day"}),  # midnight in Paris
        ('<C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match>EVENT LATE</C:text-match></C:prop-filter></C:comp-filter>', {"late"}),
        ('<C:comp-filter name="VEVENT"><C:prop-filter name="TITLE"><C:text-match>late</C:text-match></C:prop-filter></C:comp-filter>', {"late"}),
        ('<C:comp-filter name="VEVENT"><C:prop-filter name="RRULE"><C:is-not-defined/></C:prop-filter></C:comp-filter>', {"one", "late", "day"}),
        ('<C:comp-filter name="VEVENT"><C:prop-filter name="UID"><C:text-match collation="i;octet">weekly</C:text-match></C:prop-filter></C:comp-filter>', {"weekly"}),
    ],
)  # fmt: skip
async def test_a_query_finds_what_the_rfc_says(anna: Client, inner: str, names: set[str]) -> None:
    await fill(anna)
    answer = await anna.report(CAL, query(inner), Depth="1")
    assert answer.status == 207
    assert set(answer.hrefs) == {f"{CAL}{name}.ics" for name in names}


async def test_a_query_without_a_filter_element_is_refused_clearly(anna: Client) -> None:
    answer = await anna.report(CAL, body("C:calendar-query", "<D:prop><D:getetag/></D:prop>"))
    assert answer.status in {207, 400, 403}
    if answer.status != 207:
        assert "filter" in answer.text


async def test_expanded_data_has_the_occurrences_in_utc(anna: Client) -> None:
    await fill(anna)
    data = '<C:calendar-data><C:expand start="20260601T000000Z" end="20260615T000000Z"/></C:calendar-data>'
    answer = await anna.report(CAL, query(events_between("20260601T000000Z", "20260615T000000Z"), data))
    text = answer.prop_text(CAL + "weekly.ics", C + "calendar-data")
    assert text.count("BEGIN:VEVENT") == 2
    assert "RRULE" not in text
    assert "DTSTART:20260608T090000Z" in text


async def test_partial_data_has_only_what_was_asked_for(anna: Client) -> None:
    await fill(anna)
    data = '<C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VEVENT"><C:prop name="UID"/></C:comp></C:comp></C:calendar-data>'
    answer = await anna.report(CAL, query(events_between("20260601T000000Z", "20260602T000000Z"), data))
    text = answer.prop_text(CAL + "one.ics", C + "calendar-data")
    assert "UID:one" in text
    assert "SUMMARY" not in text


async def test_an_object_that_cannot_be_parsed_takes_no_query_down(anna: Client, house: House) -> None:
    await fill(anna)
    state = await house.site.folders.find_folder("anna", _calendar(), "personal")
    assert state is not None
    quick = {"c_uid": "bad", "c_title": "", "c_isallday": 0, "c_iscycle": 1, "c_startdate": 0, "c_enddate": 1,
             "c_cycleenddate": 2147483647, "c_classification": 0, "c_isopaque": 1, "c_status": 1, "c_component": "vevent"}  # fmt: skip
    await house.site.folders.save(state.folder, "bad.ics", "BEGIN:VCALENDAR\r\nRRULE\x0b:;;;\r\nDTSTART:::", quick)
    for request in (
        query(events_between("20260601T000000Z", "20260608T000000Z"), "<D:getetag/><C:calendar-data/>"),
        query(""),
    ):
        answer = await anna.report(CAL, request)
        assert answer.status == 207
        assert CAL + "one.ics" in answer.hrefs
    listed = await anna.propfind(CAL, "D:getetag", "C:calendar-data", depth="1")
    assert CAL + "bad.ics" in listed.hrefs
    assert (await anna.report(CAL, sync())).status == 207


async def test_an_object_nobody_can_read_is_reported_once_with_its_path(
    anna: Client, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
    state = await house.site.folders.find_folder("anna", _calendar(), "personal")
    assert state is not None
    quick = {"c_uid": "deep", "c_title": "", "c_isallday": 0, "c_iscycle": 1, "c_startdate": 0, "c_enddate": 1,
             "c_cycleenddate": 2147483647, "c_classification": 0, "c_isopaque": 1, "c_status": 1, "c_component": "vevent"}  # fmt: skip
    await house.site.folders.save(state.folder, "deep.ics", "BEGIN:X\r\n" * 50, quick)
    for _ in range(3):
        await anna.report(CAL, query(events_between("20260601T000000Z", "20260608T000000Z")))
    told = [record.getMessage() for record in caplog.records if "deep.ics" in record.getMessage()]
    assert len(told) == 1
    assert "/Users/anna/Calendar/personal/deep.ics" in told[0]


def _calendar():  # type: ignore[no-untyped-def]
    from sogo.model.folder import FolderKind

    return FolderKind.CALENDAR


async def test_a_multiget_answers_in_the_order_asked_whatever_the_spelling(anna: Client) -> None:
    await fill(anna)
    hrefs = ["http://host.example:1/SOGo/dav/anna/Calendar/personal/late.ics", CAL + "missing.ics", CAL + "%6Fne.ics",
             "/SOGo/dav/ben/Calendar/personal/x.ics", "not a path"]  # fmt: skip
    answer = await anna.report(CAL, multiget("C:calendar-multiget", hrefs, "<D:getetag/><C:calendar-data/>"))
    assert answer.status == 207
    assert answer.hrefs == [CAL + "late.ics", CAL + "missing.ics", CAL + "one.ics", hrefs[3], hrefs[4]]
    assert "UID:one" in answer.prop_text(CAL + "one.ics", C + "calendar-data")
    for missing in (CAL + "missing.ics", hrefs[3], hrefs[4]):
        assert "404" in (answer.responses[missing].findtext(D + "status") or "")


async def test_a_name_that_looks_escaped_is_not_the_one_its_escape_means(anna: Client) -> None:
    await anna.put(CAL + "a%2520b.ics", event("literal"))
    await anna.put(CAL + "a%20b.ics", event("blank"))
    await anna.put(CAL + "a%3Fb.ics", event("question"))
    await anna.put(CAL + "a", event("short"))
    hrefs = [CAL + "a%20b.ics", CAL + "a%2520b.ics", CAL + "a?b.ics", CAL + "a%3Fb.ics"]
    for href, uid in zip(hrefs, ("blank", "literal", "short", "question"), strict=True):
        answer = await anna.report(CAL, multiget("C:calendar-multiget", [href], "<C:calendar-data/>"))
        assert f"UID:{uid}" in answer.text


async def test_a_multiget_under_the_mail_address_finds_the_same(anna: Client) -> None:
    await fill(anna)
    alias = "/SOGo/dav/anna%40example.org/Calendar/personal/"
    answer = await anna.report(
        alias, multiget("C:calendar-multiget", [alias + "one.ics", CAL + "late.ics"], "<D:getetag/>")
    )
    assert answer.hrefs == [f"/SOGo/dav/anna@example.org/Calendar/personal/{name}.ics" for name in ("one", "late")]


async def test_answers_stay_in_the_address_space_of_the_request(anna: Client) -> None:
    await fill(anna)
    home = "/SOGo/dav/anna@example.org/"
    listed = await anna.propfind(home + "Calendar/", "D:owner", depth="1")
    assert all(href.startswith(home) for href in listed.hrefs)
    synced = await anna.report(home + "Calendar/personal/", sync())
    assert len(synced.hrefs) == 6
    assert all(href.startswith(home) for href in synced.hrefs)


async def test_a_flood_of_hrefs_is_refused(anna: Client) -> None:
    hrefs = [f"/a{n}" for n in range(11_000)]
    answer = await anna.report(CAL, multiget("C:calendar-multiget", hrefs, "<D:getetag/>"))
    assert (answer.status, answer.condition) == (507, D + "number-of-matches-within-limits")


async def test_any_property_can_be_asked_of_found_objects(anna: Client) -> None:
    await fill(anna)
    answer = await anna.report(
        CAL, multiget("C:calendar-multiget", [CAL + "one.ics"], "<D:getcontenttype/><D:getlastmodified/><X:no/>")
    )
    assert answer.prop_status(CAL + "one.ics", D + "getcontenttype") == 200
    assert answer.prop_status(CAL + "one.ics", "{urn:example:x}no") == 404


async def test_sync_tells_every_change_once_and_nothing_when_nothing_changed(anna: Client) -> None:
    await fill(anna)
    first = await anna.report(CAL, sync())
    assert len(first.hrefs) == 6
    quiet = await anna.report(CAL, sync(first.token))
    assert (quiet.hrefs, quiet.token) == ([], first.token)
    await anna.put(CAL + "one.ics", event("one", "20260602T100000Z"))
    await anna.put(CAL + "new.ics", event("new"))
    await anna("DELETE", CAL + "late.ics")
    second = await anna.report(CAL, sync(first.token))
    assert set(second.hrefs) == {CAL + "one.ics", CAL + "new.ics", CAL + "late.ics"}
    assert "404" in (second.responses[CAL + "late.ics"].findtext(D + "status") or "")
    assert (await anna.report(CAL, sync(second.token))).hrefs == []


async def test_sync_tells_of_an_object_deleted_and_made_again(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    token = (await anna.report(CAL, sync())).token
    await anna("DELETE", CAL + "a.ics")
    await anna.put(CAL + "a.ics", event("a", "20270101T000000Z"))
    answer = await anna.report(CAL, sync(token, props="<C:calendar-data/>"))
    assert answer.hrefs == [CAL + "a.ics"]
    assert "20270101" in answer.prop_text(CAL + "a.ics", C + "calendar-data")


async def test_a_limited_sync_is_continued_to_the_same_end(anna: Client) -> None:
    await fill(anna)
    seen: list[str] = []
    token = ""
    for _ in range(10):
        answer = await anna.report(CAL, sync(token, "<D:limit><D:nresults>2</D:nresults></D:limit>"))
        token = answer.token
        found = [href for href in answer.hrefs if href != CAL]
        seen += found
        if CAL not in answer.hrefs:
            break
        assert "507" in (answer.responses[CAL].findtext(D + "status") or "")
        assert len(found) == 2
    assert sorted(seen) == sorted(f"{CAL}{name}.ics" for name in ("one", "late", "day", "weekly", "ended", "task"))


@pytest.mark.parametrize("token", ["1795347316", "-1", "data:,x-1", "data:,garbage", "urn:foreign"])
async def test_a_token_we_never_gave_is_refused_so_that_the_client_starts_anew(anna: Client, token: str) -> None:
    await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
    answer = await anna.report(CAL, sync(token))
    assert (answer.status, answer.condition) == (403, D + "valid-sync-token")


async def test_a_token_from_the_future_is_refused(anna: Client) -> None:
    await fill(anna)
    token = (await anna.report(CAL, sync())).token
    head, _, revision = token.rpartition("-")
    assert (await anna.report(CAL, sync(f"{head}-{int(revision) + 1000}"))).status == 403


async def fill_book(anna: Client) -> None:
    await anna("PUT", BOOK + "a.vcf", card("a", "Carla Jones", "EMAIL:carla@example.com", "item1.TEL;TYPE=home:+1 555"))
    await anna("PUT", BOOK + "b.vcf", card("b", "Bruno Åkesson", "EMAIL;TYPE=work:b@example.net", "NICKNAME:Jones"))
    await anna("PUT", BOOK + "c.vcf", card("c", "Zed"))


@pytest.mark.parametrize(
    ("filter_xml", "names"),
    [
        ('<CR:filter><CR:prop-filter name="FN"><CR:text-match>jones</CR:text-match></CR:prop-filter></CR:filter>', {"a"}),
        ('<CR:filter><CR:prop-filter name="FN"><CR:text-match match-type="starts-with">åKESSON</CR:text-match></CR:prop-filter></CR:filter>', set()),
        ('<CR:filter><CR:prop-filter name="FN"><CR:text-match match-type="ends-with">åKESSON</CR:text-match></CR:prop-filter></CR:filter>', {"b"}),
        ('<CR:filter test="anyof"><CR:prop-filter name="FN"><CR:text-match>zed</CR:text-match></CR:prop-filter><CR:prop-filter name="NICKNAME"/></CR:filter>', {"b", "c"}),
        ('<CR:filter test="allof"><CR:prop-filter name="EMAIL"/><CR:prop-filter name="TEL"/></CR:filter>', {"a"}),
        ('<CR:filter><CR:prop-filter name="EMAIL"><CR:is-not-defined/></CR:prop-filter></CR:filter>', {"c"}),
        ('<CR:filter><CR:prop-filter name="EMAIL"><CR:param-filter name="TYPE"><CR:text-match>work</CR:text-match></CR:param-filter></CR:prop-filter></CR:filter>', {"b"}),
        ("<CR:filter/>", {"a", "b", "c"}),
        ("", {"a", "b", "c"}),
    ],
)  # fmt: skip
async def test_a_card_query_finds_what_the_rfc_says(anna: Client, filter_xml: str, names: set[str]) -> None:
    await fill_book(anna)
    answer = await anna.report(
        BOOK, body("CR:addressbook-query", f"<D:prop><D:getetag/><CR:address-data/></D:prop>{filter_xml}")
    )
    assert answer.status == 207
    assert set(answer.hrefs) == {f"{BOOK}{name}.vcf" for name in names}


async def test_a_limited_card_query_says_that_there_is_more(anna: Client) -> None:
    await fill_book(anna)
    answer = await anna.report(
        BOOK,
        body(
            "CR:addressbook-query",
            "<D:prop><D:getetag/></D:prop><CR:filter/><CR:limit><CR:nresults>2</CR:nresults></CR:limit>",
        ),
    )
    assert len(answer.hrefs) == 3
    assert "507" in (answer.responses[BOOK].findtext(D + "status") or "")


async def test_directories_are_searched_and_fetched(anna: Client) -> None:
    staff = "/SOGo/dav/anna/Contacts/staff/"
    found = await anna.report(
        staff,
        body("CR:addressbook-query", "<D:prop><CR:address-data/></D:prop>"
             '<CR:filter><CR:prop-filter name="FN"><CR:text-match>bell</CR:text-match></CR:prop-filter></CR:filter>'),
    )  # fmt: skip
    assert found.hrefs == [staff + "anna"]
    fetched = await anna.report(
        staff, multiget("CR:addressbook-multiget", [staff + "zo%C3%AB", staff + "nobody"], "<CR:address-data/>")
    )
    assert "FN:Zoë Ångström" in fetched.prop_text(staff + "zoë", CR + "address-data")
    assert "404" in (fetched.responses[staff + "nobody"].findtext(D + "status") or "")


@pytest.mark.parametrize("root", ["D:version-tree", "X:unknown"])
async def test_a_report_nobody_answers_names_the_rule(anna: Client, root: str) -> None:
    await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
    answer = await anna.report(CAL, body(root, ""))
    assert (answer.status, answer.condition) == (403, D + "supported-report")


async def test_a_report_without_a_body_is_a_bad_request(anna: Client) -> None:
    await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
    assert (await anna.report(CAL, "")).status == 400


async def test_a_collation_nobody_knows_is_refused(anna: Client) -> None:
    await fill(anna)
    inner = '<C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY"><C:text-match collation="i;klingon">x</C:text-match></C:prop-filter></C:comp-filter>'
    answer = await anna.report(CAL, query(inner))
    assert (answer.status, answer.condition) == (403, C + "supported-collation")


async def test_a_site_can_hide_the_past_from_its_users_but_not_from_a_superuser(tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoDAVCalendarStartTimeLimit="20"):
        anna, root = house.client("anna"), house.client("root")
        await fill(anna)
        await anna.put(CAL + "old.ics", event("old", "20250101T100000Z", end="20250101T110000Z"))
        shown = {f"{CAL}{name}.ics" for name in ("one", "day", "weekly", "task")}
        everything = query('<C:comp-filter name="VEVENT"/>')
        assert set((await anna.report(CAL, everything)).hrefs) == shown - {CAL + "task.ics"}
        assert set((await anna.report(CAL, sync())).hrefs) == shown | {CAL + "late.ics"}
        assert len((await root.report(CAL, everything)).hrefs) == 6
        old = events_between("20241201T000000Z", "20250201T000000Z")
        assert (await anna.report(CAL, query(old))).hrefs == []
        assert (await root.report(CAL, query(old))).hrefs == [CAL + "old.ics"]


async def test_a_directory_that_wants_to_be_searched_is_not_listed(house: House) -> None:
    house.people.books = [Book("big", [person("anna").record], list_requires_dot=True)]
    anna, path = house.client("anna"), "/SOGo/dav/anna/Contacts/big/"
    assert (await anna.propfind(path, "D:getetag", depth="1")).hrefs == [path]
    assert (await anna.report(path, body("CR:addressbook-query", "<D:prop><D:getetag/></D:prop>"))).hrefs == []


async def test_a_directory_is_not_asked_for_a_text_that_is_too_short(anna: Client) -> None:
    def asked(text: str) -> str:
        return body(
            "CR:addressbook-query",
            "<D:prop><D:getetag/></D:prop>"
            f'<CR:filter><CR:prop-filter name="FN"><CR:text-match>{text}</CR:text-match></CR:prop-filter></CR:filter>',
        )

    assert (await anna.report("/SOGo/dav/anna/Contacts/staff/", asked("b"))).hrefs == []
    assert len((await anna.report("/SOGo/dav/anna/Contacts/staff/", asked("be"))).hrefs) == 1


def free_busy(start: str, end: str) -> str:
    return body("C:free-busy-query", f'<C:time-range start="{start}" end="{end}"/>')


async def test_a_free_busy_query_tells_times_and_nothing_else(anna: Client) -> None:
    await fill(anna)
    answer = await anna.report(CAL, free_busy("20260601T000000Z", "20260605T000000Z"))
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert "FREEBUSY;FBTYPE=BUSY:20260601T090000Z/20260601T093000Z" in answer.text
    assert "FREEBUSY;FBTYPE=BUSY:20260601T100000Z/20260601T110000Z" in answer.text
    assert "SUMMARY" not in answer.text


async def test_a_home_is_busy_with_all_calendars_but_the_transparent_ones(anna: Client, ben: Client) -> None:
    home, other = "/SOGo/dav/anna/Calendar/", "/SOGo/dav/anna/Calendar/other/"
    await anna.put(CAL + "a.ics", event("a", "20260601T100000Z", end="20260601T110000Z"))
    await anna("MKCALENDAR", other)
    await anna.put(other + "b.ics", event("b", "20260601T140000Z", end="20260601T150000Z"))
    asked = free_busy("20260601T000000Z", "20260602T000000Z")
    assert (await anna.report(home, asked)).text.count("FREEBUSY;") == 2
    hide = body(
        "D:propertyupdate",
        "<D:set><D:prop><C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp></D:prop></D:set>",
    )
    await anna("PROPPATCH", other, hide)
    assert (await anna.report(home, asked)).text.count("FREEBUSY;") == 1
    assert (await ben.report(CAL, asked)).status == 404
    assert "FREEBUSY;" not in (await ben.report(home, asked)).text


@pytest.mark.parametrize("inner", ["", '<C:time-range start="20260601T000000Z"/>', '<C:time-range start="x" end="y"/>'])
async def test_a_free_busy_query_needs_both_ends(anna: Client, inner: str) -> None:
    await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
    assert (await anna.report(CAL, body("C:free-busy-query", inner))).status == 400
