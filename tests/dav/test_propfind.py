"""Discovery, OPTIONS and PROPFIND."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.house import CR, CS, ICAL, C, Client, D, House, body, event, open_house, propfind

CAL = "/SOGo/dav/anna/Calendar/personal/"


@pytest.mark.parametrize("path", ["/.well-known/caldav", "/.well-known/carddav", "/.well-known/caldav/"])
@pytest.mark.parametrize("method", ["GET", "PROPFIND", "OPTIONS"])
async def test_well_known_leads_to_the_tree_without_a_login(house: House, method: str, path: str) -> None:
    answer = await house.client(None)(method, path)
    assert (answer.status, answer.headers["Location"]) == (301, "/SOGo/dav/")


@pytest.mark.parametrize("path", ["/", "/SOGo/", "/SOGo", "/principals/", "/SOGo/dav", "/SOGo/dav/"])
async def test_every_place_a_client_guesses_tells_who_it_is(anna: Client, path: str) -> None:
    answer = await anna.propfind(path, "D:current-user-principal", "D:resourcetype")
    [href] = answer.hrefs
    assert href.rstrip("/") == path.rstrip("/")
    principal = answer.prop(href, D + "current-user-principal")
    assert principal is not None
    assert principal.findtext(D + "href") == "/SOGo/dav/anna/"


async def test_without_a_login_there_is_a_challenge_and_nothing_else(house: House) -> None:
    for path in ["/SOGo/dav/", "/SOGo/dav/anna/", "/", CAL]:
        answer = await house.client(None)("PROPFIND", path)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith('Basic realm="SOGo"')


@pytest.mark.parametrize("header", ["Basic !!!", "Basic", "Bearer x", "Basic YW5uYQ==", "Basic YW5uYTo=", "Digest a=b"])
async def test_a_login_that_cannot_be_read_is_a_challenge(house: House, header: str) -> None:
    assert (await house.client(None)("PROPFIND", "/SOGo/dav/", Authorization=header)).status == 401


async def test_a_wrong_password_and_an_unknown_user_look_alike(house: House) -> None:
    wrong = await house.client(None)("PROPFIND", "/SOGo/dav/", Authorization="Basic YW5uYTp4")
    unknown = await house.client(None)("PROPFIND", "/SOGo/dav/", Authorization="Basic bm9ib2R5Ong=")
    assert (wrong.status, wrong.body) == (unknown.status, unknown.body) == (401, wrong.body)


async def test_a_directory_that_is_away_is_not_a_wrong_password(house: House) -> None:
    house.people.away = True
    answer = await house.client("anna")("PROPFIND", "/SOGo/dav/")
    assert (answer.status, "Retry-After" in answer.headers) == (503, True)


async def test_the_principal_leads_to_the_homes(anna: Client) -> None:
    answer = await anna.propfind(
        "/SOGo/dav/anna/", "C:calendar-home-set", "CR:addressbook-home-set", "D:displayname", "D:resourcetype",
        "C:calendar-user-address-set", "D:principal-URL", "D:owner", "CS:email-address-set", "C:calendar-user-type",
    )  # fmt: skip
    [href] = answer.hrefs
    for name, target in ((C + "calendar-home-set", "Calendar"), (CR + "addressbook-home-set", "Contacts")):
        element = answer.prop(href, name)
        assert element is not None
        assert element.findtext(D + "href") == f"/SOGo/dav/anna/{target}/"
    assert answer.prop_text(href, D + "displayname") == "Anna Bell"
    addresses = answer.prop(href, C + "calendar-user-address-set")
    assert addresses is not None
    assert [item.text for item in addresses] == ["mailto:anna@example.org", "/SOGo/dav/anna/"]
    assert answer.prop_text(href, C + "calendar-user-type") == "INDIVIDUAL"


async def test_a_login_with_an_at_sign_works_in_every_spelling(house: House) -> None:
    client = house.client("j.doe@example.org")
    for path in ["/SOGo/dav/j.doe@example.org/", "/SOGo/dav/j.doe%40example.org/", "/SOGo/dav/j.doe%2540example.org/"]:
        answer = await client.propfind(path, "D:displayname")
        assert answer.hrefs == ["/SOGo/dav/j.doe@example.org/"]


async def test_an_unknown_user_is_not_found(anna: Client) -> None:
    assert (await anna("PROPFIND", "/SOGo/dav/nobody/")).status == 404


async def test_the_first_look_makes_the_personal_folders(anna: Client) -> None:
    calendars = await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", "D:resourcetype", depth="1")
    files = [f"/SOGo/dav/anna/Calendar/personal{ending}" for ending in (".ics", ".xml")]
    assert calendars.hrefs == ["/SOGo/dav/anna/Calendar/", CAL, *files]
    assert calendars.prop_text(CAL, D + "displayname") == "Personal Calendar"
    books = await anna.propfind("/SOGo/dav/anna/Contacts/", "D:displayname", "D:resourcetype", depth="1")
    assert set(books.hrefs) == {f"/SOGo/dav/anna/Contacts/{name}" for name in ("", "personal/", "staff/")}
    kind = books.prop("/SOGo/dav/anna/Contacts/staff/", D + "resourcetype")
    assert kind is not None
    assert kind.find(CR + "directory") is not None


async def test_hrefs_end_in_a_slash_as_the_request_did(anna: Client) -> None:
    with_slash = await anna.propfind("/SOGo/dav/anna/", "D:resourcetype", depth="1")
    assert [href for href in with_slash.hrefs if not href.endswith("/")] == ["/SOGo/dav/anna/freebusy.ifb"]
    without = await anna.propfind("/SOGo/dav/anna", "D:resourcetype", depth="1")
    assert not any(href.endswith("/") for href in without.hrefs)


async def test_unknown_properties_are_404_unless_the_client_wants_it_brief(anna: Client) -> None:
    await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
    full = await anna.propfind(CAL, "D:displayname", "X:nothing")
    assert full.prop_status(CAL, "{urn:example:x}nothing") == 404
    for headers in ({"Brief": "t"}, {"Prefer": "return=minimal"}):
        brief = await anna.propfind(CAL, "D:displayname", "X:nothing", **headers)
        assert "nothing" not in brief.text


async def test_allprop_has_no_404_and_propname_no_values(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    for request in ("", body("D:propfind", "<D:allprop/>")):
        answer = await anna("PROPFIND", CAL + "a.ics", request, Depth="0")
        assert answer.prop_status(CAL + "a.ics", D + "getetag") == 200
        assert " 404 " not in answer.text
    names = await anna("PROPFIND", CAL, body("D:propfind", "<D:propname/>"), Depth="0")
    element = names.prop(CAL, D + "displayname")
    assert element is not None
    assert element.text is None


async def test_a_body_of_only_a_declaration_is_no_body(anna: Client) -> None:
    assert (await anna("PROPFIND", "/SOGo/dav/anna/", '<?xml version="1.0"?>', Depth="0")).status == 207


async def test_an_empty_prop_without_depth_lists_the_hrefs(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    answer = await anna("PROPFIND", CAL, body("D:propfind", "<D:prop/>"))
    assert answer.hrefs == [CAL, CAL + "a.ics"]


async def test_infinity_reaches_the_objects(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    answer = await anna("PROPFIND", "/SOGo/dav/anna/", propfind("D:getetag"), Depth="infinity")
    assert {"/SOGo/dav/anna/", "/SOGo/dav/anna/Calendar/", CAL, CAL + "a.ics"} <= set(answer.hrefs)


@pytest.mark.parametrize("depth", ["2", "x", "-1"])
async def test_a_depth_that_is_none_is_a_bad_request(anna: Client, depth: str) -> None:
    assert (await anna("PROPFIND", "/SOGo/dav/anna/", Depth=depth)).status == 400


async def test_the_collection_itself_can_be_left_out(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    for headers in ({"Depth": "1,noroot"}, {"Depth": "1", "Prefer": "depth-noroot"}):
        answer = await anna("PROPFIND", CAL, propfind("D:getetag"), **headers)
        assert answer.hrefs == [CAL + "a.ics"]


@pytest.mark.parametrize(
    "bad",
    [
        "<",
        "not xml",
        "<D:propfind xmlns:D='DAV:'>",
        "<wrong/>",
        '<!DOCTYPE x [<!ENTITY a "b">]><D:propfind xmlns:D="DAV:"><D:prop>&a;</D:prop></D:propfind>',
        "<D:propfind xmlns:D='DAV:'/>",
    ],
)
async def test_bad_xml_is_a_bad_request(anna: Client, bad: str) -> None:
    assert (await anna("PROPFIND", "/SOGo/dav/anna/", bad, Depth="0")).status == 400


async def test_an_entity_bomb_and_a_huge_body_get_an_answer(anna: Client) -> None:
    bomb = (
        '<!DOCTYPE b [<!ENTITY a0 "x">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)) + "]>"
    )
    assert (await anna("PROPFIND", "/SOGo/dav/", bomb + "<b>&a11;</b>", Depth="0")).status == 400
    assert (await anna("PROPFIND", "/SOGo/dav/", "<a>" * 100_000, Depth="0")).status == 400
    assert (await anna("PROPFIND", "/SOGo/dav/", "x" * 600_000, Depth="0")).status == 413


async def test_options_says_what_there_is(anna: Client) -> None:
    for path, classes, methods in (
        ("/SOGo/dav/", {"1", "3", "access-control", "calendar-access", "addressbook"}, {"PROPFIND"}),
        (
            CAL,
            {"1", "2", "3", "calendar-access", "sync-collection"},
            {"PROPPATCH", "REPORT", "DELETE", "LOCK", "UNLOCK"},
        ),
        (CAL + "x.ics", {"1", "2"}, {"PUT", "LOCK"}),
        ("/SOGo/dav/anna/Contacts/personal/", {"2", "addressbook"}, {"REPORT", "LOCK"}),
    ):
        answer = await anna("OPTIONS", path)
        assert answer.status == 200
        assert classes <= set(answer.headers["DAV"].split(", ")), path
        assert methods <= set(answer.headers["Allow"].split(", ")), path
        assert ("calendar-auto-schedule" in answer.headers["DAV"]) == (path in ("/SOGo/dav/", CAL, CAL + "x.ics")), path


@pytest.mark.parametrize("method", ["SEARCH", "PATCH"])
async def test_a_method_nobody_handles_is_405_with_what_is_allowed(anna: Client, method: str) -> None:
    answer = await anna(method, CAL)
    assert answer.status == 405
    assert "PROPFIND" in answer.headers["Allow"]


async def test_the_table_of_a_calendar_is_complete(anna: Client) -> None:
    names = [
        "D:displayname", "D:resourcetype", "D:sync-token", "CS:getctag", "C:supported-calendar-component-set",
        "C:calendar-timezone", "C:schedule-calendar-transp", "ICAL:calendar-color", "C:max-resource-size",
        "D:supported-report-set", "D:current-user-privilege-set", "D:owner", "D:resource-id", "C:supported-calendar-data",
        "C:supported-collation-set", "D:supported-privilege-set", "D:current-user-principal",
    ]  # fmt: skip
    answer = await anna.propfind(CAL, *names)
    assert " 404 " not in answer.text
    assert answer.prop_text(CAL, ICAL + "calendar-color") == "#AAAAAAFF"
    assert answer.prop_text(CAL, D + "sync-token").startswith("data:,")
    assert "BEGIN:VTIMEZONE" in answer.prop_text(CAL, C + "calendar-timezone")
    reports = answer.prop(CAL, D + "supported-report-set")
    assert reports is not None
    found = {str(report.find(D + "report")[0].tag) for report in reports}
    assert {D + "sync-collection", C + "calendar-query", C + "calendar-multiget"} <= found
    components = answer.prop(CAL, C + "supported-calendar-component-set")
    assert components is not None
    assert [item.get("name") for item in components] == ["VEVENT", "VTODO"]


async def test_ctag_and_token_change_with_every_write_even_within_a_second(anna: Client) -> None:
    seen = set()
    for step in range(5):
        await anna.put(CAL + "a.ics", event("a", f"2026060{step + 1}T100000Z"))
        answer = await anna.propfind(CAL, "CS:getctag", "D:sync-token")
        seen.add((answer.prop_text(CAL, CS + "getctag"), answer.prop_text(CAL, D + "sync-token")))
    assert len(seen) == 5


async def test_apple_sees_plain_calendars_and_ios_no_directories(anna: Client) -> None:
    apple = anna.as_agent("macOS/14.0 (23A344) dataaccessd/1.0")
    kind = (await apple.propfind(CAL, "D:resourcetype")).prop(CAL, D + "resourcetype")
    assert kind is not None
    assert {str(item.tag) for item in kind} == {D + "collection", C + "calendar"}
    books = await apple.propfind("/SOGo/dav/anna/Contacts/", "D:resourcetype", depth="1")
    assert "/SOGo/dav/anna/Contacts/staff/" not in books.hrefs
    assert (await apple.propfind("/SOGo/dav/anna/Contacts/staff/", "D:displayname")).status == 207


@pytest.mark.parametrize(
    ("hide", "shown"), [("NO", ["a@x.org", "b@x.org", "sys@x.org"]), ("YES", ["a@x.org", "b@x.org"])]
)
async def test_a_site_can_keep_the_systems_own_address_to_itself(tmp_path: Path, hide: str, shown: list[str]) -> None:
    async for house in open_house(tmp_path, SOGoHideSystemEMail=hide):
        anna = house.people.users["anna"]
        house.people.users["anna"] = replace(anna, emails=("a@x.org", "b@x.org", "sys@x.org"))
        answer = await house.client("anna").propfind("/SOGo/dav/anna/", "C:calendar-user-address-set")
        element = answer.prop("/SOGo/dav/anna/", C + "calendar-user-address-set")
        assert element is not None
        assert [item.text for item in element] == [*(f"mailto:{email}" for email in shown), "/SOGo/dav/anna/"]


async def test_a_home_costs_no_more_statements_with_more_calendars(anna: Client, house: House) -> None:
    async def cost() -> int:
        before = house.statements
        await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", "CS:getctag", "ICAL:calendar-color", depth="1")
        return house.statements - before

    await cost()
    few = await cost()
    for number in range(10):
        await anna("MKCALENDAR", f"/SOGo/dav/anna/Calendar/c{number}/")
    assert await cost() == few <= 3  # folders, the profile, what the home keeps
