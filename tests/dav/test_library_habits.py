"""What the JavaScript library tsdav sends, which the original's own tests are written with (dav.md §20.0)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.house import C, Client, D, body, event, open_house

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'


@pytest.mark.parametrize(("lenient", "status"), [("YES", 204), ("NO", 412)])
async def test_an_update_that_says_there_is_nothing_is_taken_where_the_site_wants_it(
    tmp_path: Path, lenient: str, status: int
) -> None:
    async for house in open_house(tmp_path, SOGoDAVLenientPreconditions=lenient):
        anna = house.client("anna")
        for expected in (201, status):
            assert (await anna.put(CAL + "a.ics", event("a"), If_None_Match="*")).status == expected


@pytest.mark.parametrize("method", ["MKCALENDAR", "OPTIONS", "PROPFIND"])
async def test_a_declaration_alone_is_no_body(anna: Client, method: str) -> None:
    answer = await anna(method, HOME + ("new/" if method == "MKCALENDAR" else ""), DECLARATION, Content_Type="text/xml")
    assert answer.status in {200, 201, 207}


async def test_an_empty_set_makes_a_calendar(anna: Client) -> None:
    assert (await anna("MKCALENDAR", HOME + "new/", body("C:mkcalendar", "<D:set><D:prop/></D:set>"))).status == 201


@pytest.mark.parametrize("prefix", ["d", "ca", "x"])
async def test_any_prefix_and_none_will_do(anna: Client, prefix: str) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    hrefs = f'<{prefix}:href xmlns:{prefix}="DAV:">http://127.0.0.1:1{CAL}a.ics</{prefix}:href>'
    asked = (
        f'<calendar-multiget xmlns="urn:ietf:params:xml:ns:caldav"><{prefix}:prop xmlns:{prefix}="DAV:">'
        f"<{prefix}:getetag/><calendar-data/></{prefix}:prop>{hrefs}</calendar-multiget>"
    )
    found = await anna("REPORT", CAL, asked)  # no Depth, no Content-Type
    assert found.hrefs == [CAL + "a.ics"]
    assert "BEGIN:VEVENT" in found.prop_text(CAL + "a.ics", C + "calendar-data")


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/octet-stream", "application/xml; charset=utf-8", "x/y"]
)
async def test_a_report_is_read_whatever_its_content_type_says(anna: Client, kind: str) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    asked = body("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>")
    answer = await anna("REPORT", CAL, asked, **({"Content-Type": kind} if kind else {}))
    assert answer.hrefs == [CAL + "a.ics"]


async def test_a_response_has_a_status_or_propstats_and_never_both(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    hrefs = "".join(f"<D:href>{CAL}{name}.ics</D:href>" for name in ("a", "missing"))
    found = await anna.report(CAL, body("C:calendar-multiget", f"<D:prop><D:getetag/><X:y/></D:prop>{hrefs}"))
    for response in found.responses.values():
        assert (response.find(D + "status") is None) is (response.find(D + "propstat") is not None)


async def test_a_list_of_privileges_has_two_at_least(anna: Client) -> None:
    for path in (CAL, HOME, "/SOGo/dav/anna/", "/SOGo/dav/anna/Contacts/personal/"):
        found = (await anna.propfind(path, "D:current-user-privilege-set")).prop(path, D + "current-user-privilege-set")
        assert found is not None
        assert len(found) >= 2


async def test_the_value_of_transparency_may_come_in_the_wrong_namespace(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    for value in ("transparent", "opaque"):
        inner = f"<C:schedule-calendar-transp><D:{value}/></C:schedule-calendar-transp>"
        set_ = body("D:propertyupdate", f"<D:set><D:prop>{inner}</D:prop></D:set>")
        assert (await anna("PROPPATCH", CAL, set_)).prop_status(CAL, C + "schedule-calendar-transp") == 200
        read = (await anna.propfind(CAL, "C:schedule-calendar-transp")).prop(CAL, C + "schedule-calendar-transp")
        assert read is not None
        assert [str(item.tag) for item in read] == [C + value]


async def test_properties_side_by_side_read_as_one_list(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    asked = body("D:propfind", "<D:prop><D:displayname/></D:prop><D:prop><D:owner/></D:prop>")
    answer = await anna("PROPFIND", CAL, asked, Depth="0")
    assert answer.prop_status(CAL, D + "displayname") == answer.prop_status(CAL, D + "owner") == 200


async def test_a_superuser_who_empties_a_home_leaves_the_personal_folder(anna: Client, root: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    listed = await root("PROPFIND", HOME, body("D:propfind", "<D:prop/>"))
    assert {HOME, CAL, CAL + "a.ics"} <= set(listed.hrefs)
    statuses = {path: (await root("DELETE", path)).status for path in listed.hrefs if path != HOME}
    assert (statuses[CAL], statuses[CAL + "a.ics"]) == (403, 204)
    assert (await root("PROPFIND", CAL, body("D:propfind", "<D:prop/>"))).hrefs == [CAL]


async def test_a_home_is_found_without_slashes_and_told_with_one(anna: Client) -> None:
    search = (
        "<D:property-search><D:prop><C:calendar-home-set/></D:prop><D:match>/SOGo/dav/anna/Calendar</D:match>"
        "</D:property-search><D:prop><D:displayname/></D:prop>"
    )
    found = await anna.report("/SOGo/dav", body("D:principal-property-search", search))
    assert found.hrefs == ["/SOGo/dav/anna/"]
    assert found.prop_text("/SOGo/dav/anna/", D + "displayname") == "Anna Bell"
