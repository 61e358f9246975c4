"""What a reader could learn, or keep, by side doors: locks, conditions, sizes, refusals, what clients note."""

from __future__ import annotations

import pytest

from tests.support.house import Client, D, House, body, event, propfind
from tests.support.meetings import ics
from tests.support.people import person
from tests.support.sharing import CAL, furnish, secret_event, share

LOCK = body(
    "D:lockinfo",
    "<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>SECRET</D:owner>",
)
SET = "<D:set><D:prop><X:kept>SECRET</X:kept><C:calendar-availability>SECRET</C:calendar-availability></D:prop></D:set>"


@pytest.mark.parametrize("given", ["e PUd", "c e PUd PRd COd"])
async def test_a_lock_in_the_way_does_not_tell_the_name_of_what_is_masked(
    house: House, anna: Client, ben: Client, given: str
) -> None:
    await anna("MKCALENDAR", CAL)
    await anna.put(CAL + "SECRET-named.ics", secret_event("PUBLIC", uid="SECRET-named"))
    assert (await anna("LOCK", CAL + "SECRET-named.ics", LOCK, Depth="0")).status == 200
    await share(house, given)
    [href] = [one for one in (await ben.propfind(CAL, "D:getetag", depth="1")).hrefs if one != CAL]
    own = "/SOGo/dav/ben/Calendar/personal/x.ics"
    for answer in (await ben("DELETE", href), await ben("MOVE", href, Destination=own)):
        assert (answer.status, answer.condition) == (423, D + "lock-token-submitted")
        assert answer.xml.findtext(f"{D}lock-token-submitted/{D}href") == href
        assert "SECRET" not in answer.text
    told = await anna("DELETE", CAL + "SECRET-named.ics")
    assert told.xml.findtext(f"{D}lock-token-submitted/{D}href") == CAL + "SECRET-named.ics"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "LOCK", "COPY", "MOVE"])
async def test_no_condition_tells_the_version_of_what_is_hidden(
    house: House, anna: Client, ben: Client, method: str
) -> None:
    await furnish(anna)
    await share(house, "c PUv")
    path = CAL + "event-PRIVATE.ics"
    sent = {"PUT": event("x"), "LOCK": LOCK}.get(method)
    more = {"Destination": "/SOGo/dav/ben/Calendar/personal/x.ics", "Content_Type": "text/calendar"}
    true = (await anna("GET", path)).etag
    answers = set()
    for etag in (true, '"gcs00000077"'):
        for condition in ({"If_Match": etag}, {"If": f"([{etag}])"}, {"If": f"<{path}> (Not [{etag}])"}):
            refused = await ben(method, path, sent, **more, **condition)
            answers.add((tuple(condition), "Not" in str(condition), refused.status))
    assert len(answers) == 3, "the true version and another one are told apart"
    assert (await anna("GET", path)).etag == true


async def test_how_long_hidden_objects_are_is_not_told(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    name, home = D + "quota-used-bytes", "/SOGo/dav/anna/Calendar/"
    for given, told in (("PUv", False), ("PUd PRd COd", False), ("c e", False), ("PUv PRv COv", True)):
        await share(house, given)
        answer = await ben.propfind(CAL, "D:quota-used-bytes")
        assert (answer.prop(CAL, name) is not None) == told, given
        assert int((await anna.propfind(CAL, "D:quota-used-bytes")).prop_text(CAL, name)) > 1000
        sum_told = (await ben.propfind(home, "D:quota-used-bytes")).prop(home, name)
        assert told or sum_told is None or sum_told.text == "0"


async def test_what_clients_note_with_a_home_or_a_person_is_for_its_owner(
    house: House, anna: Client, ben: Client, root: Client
) -> None:
    for path in ("/SOGo/dav/anna/Calendar/", "/SOGo/dav/anna/Contacts/", "/SOGo/dav/anna/"):
        assert (await anna("PROPPATCH", path, body("D:propertyupdate", SET))).status == 207
        for asked in (body("D:propfind", "<D:allprop/>"), body("D:propfind", "<D:propname/>"),
                      propfind("C:calendar-availability", "X:kept")):  # fmt: skip
            for depth in ("0", "1"):
                seen = (await anna("PROPFIND", path, asked, Depth=depth)).text
                other = (await ben("PROPFIND", path, asked, Depth=depth)).text
                assert ("SECRET" in seen) == ("propname" not in asked)
                assert "SECRET" not in other
                assert "kept" in seen
                assert ("kept" not in other) or "404" in other
        assert "SECRET" in (await root("PROPFIND", path, propfind("X:kept"), Depth="0")).text
    search = body(
        "D:principal-property-search",
        "<D:property-search><D:prop><D:displayname/></D:prop><D:match>anna</D:match></D:property-search>"
        "<D:prop><X:kept/><C:calendar-availability/></D:prop>",
    )
    found = await ben.report("/SOGo/dav/", search)
    assert "anna" in found.text
    assert "SECRET" not in found.text


async def test_a_lock_does_not_outlive_the_right_to_write(house: House, anna: Client, ben: Client) -> None:
    await anna("MKCALENDAR", CAL)
    await anna.put(CAL + "x.ics", event("x"))
    await share(house, "PUm PRm COm")
    locked = await ben("LOCK", CAL + "x.ics", LOCK, Depth="0")
    assert locked.status == 200
    renewed = {"If": f"({locked.headers['Lock-Token']})"}
    assert (await ben("LOCK", CAL + "x.ics", **renewed)).status == 200
    await share(house, "PUv PRv COv")
    assert (await ben("LOCK", CAL + "x.ics", **renewed)).status == 403
    assert (await ben("UNLOCK", CAL + "x.ics", Lock_Token=locked.headers["Lock-Token"])).status == 204


async def test_a_uid_in_another_calendar_of_the_owner_does_not_tell_where(
    house: House, anna: Client, ben: Client
) -> None:
    house.people.users["carl"] = person("carl")
    await anna("MKCALENDAR", "/SOGo/dav/anna/Calendar/unshared/")
    await anna("MKCALENDAR", CAL)
    hidden = "/SOGo/dav/anna/Calendar/unshared/named.ics"
    assert (await anna.put(hidden, ics("u", "anna", {"carl": "NEEDS-ACTION"}))).status == 201
    await share(house, "c PUm PRm COm")
    refused = await ben.put(CAL + "x.ics", ics("u", "anna", {"carl": "NEEDS-ACTION"}))
    assert (refused.status, "unshared" in refused.text, "named.ics" in refused.text) == (403, False, False)
    told = await anna.put(CAL + "x.ics", ics("u", "anna", {"carl": "NEEDS-ACTION"}))
    assert (told.status, hidden in told.text) == (403, True)
