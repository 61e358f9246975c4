"""Sharing as Calendar of macOS and iOS does it: the requests of caldav-sharing and caldav-notifications, replayed."""

from __future__ import annotations

import pytest

from tests.dav.test_proxies import ICAL4
from tests.dav.test_sharing import acl, posted, rows
from tests.support.house import CS, Answer, Client, D, House, body, event, open_house
from tests.support.people import person
from tests.support.sharing import CAL, furnish

HOME, HERE = "/SOGo/dav/ben/Calendar/", "/SOGo/dav/ben/Calendar/anna_shared/"
NOTICES = {user: f"/SOGo/dav/{user}/notifications/" for user in ("anna", "ben")}
ASKED = ("CS:invite", "CS:allowed-sharing-modes", "CS:shared-url", "D:resourcetype")
READS = {"PublicViewer", "PrivateViewer", "ConfidentialViewer"}
WRITES = {"PublicModifier", "PrivateModifier", "ConfidentialModifier", "ObjectCreator", "ObjectEraser"}


async def share(client: Client, inner: str, path: str = CAL) -> Answer:
    return await client("POST", path, body("CS:share", inner), Content_Type="application/xml; charset=utf-8")


def given(address: str, access: str = "read-write", summary: str = "Our plans") -> str:
    inner = f"<D:href>{address}</D:href><CS:summary>{summary}</CS:summary><CS:{access}/>"
    return f"<CS:set>{inner}</CS:set>"


def taken(address: str) -> str:
    return f"<CS:remove><D:href>{address}</D:href></CS:remove>"


BEN = "mailto:ben@example.org"


async def answer(client: Client, word: str, host: str = CAL, path: str = HOME) -> Answer:
    inner = f"<D:href>{BEN}</D:href><CS:invite-{word}/><CS:hosturl><D:href>{host}</D:href></CS:hosturl>"
    inner += "<CS:in-reply-to>x</CS:in-reply-to><CS:summary>Mine</CS:summary>"
    return await client("POST", path, body("CS:invite-reply", inner), Content_Type="text/xml")


async def notices(client: Client, user: str = "ben") -> list[Answer]:
    listed = await client.propfind(NOTICES[user], "D:getetag", "CS:notificationtype", depth="1")
    found = []
    for href in listed.hrefs[1:]:
        read = await client("GET", href)
        assert read.status == 200
        assert listed.prop_text(href, D + "getetag") == read.etag
        found.append(read)
    return found


async def invited(client: Client, path: str = CAL) -> dict[str, tuple[str, str]]:
    """Address -> answer and access, by CS:invite."""
    element = (await client.propfind(path, *ASKED)).prop(path, CS + "invite")
    assert element is not None
    found = {}
    for user in element.findall(CS + "user"):
        status = next(item for item in user if str(item.tag).startswith(CS + "invite-"))
        access = user.find(CS + "access")
        assert access is not None
        found[user.findtext(D + "href") or ""] = (str(status.tag)[len(CS) + 7 :], str(access[0].tag)[len(CS) :])
    return found


async def types(client: Client, path: str) -> set[str]:
    element = (await client.propfind(path, *ASKED)).prop(path, D + "resourcetype")
    assert element is not None
    return {str(item.tag) for item in element if str(item.tag).startswith(CS)}


async def test_a_calendar_is_shared_accepted_used_and_given_back(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    mac = ben.as_agent(ICAL4)
    modes = (await anna.propfind(CAL, *ASKED)).prop(CAL, CS + "allowed-sharing-modes")
    assert modes is not None
    assert [item.tag for item in modes] == [CS + "can-be-shared"]
    assert (await invited(anna), await types(anna, CAL)) == ({}, set())
    assert "calendarserver-sharing" in (await anna("OPTIONS", CAL)).headers["DAV"].split(", ")

    assert (await share(anna, given(BEN))).status == 200
    assert await rows(house) == {"ben": WRITES}
    assert (await invited(anna), await types(anna, CAL)) == ({BEN: ("noresponse", "read-write")}, {CS + "shared-owner"})
    [notice] = await notices(mac)
    found = notice.xml.find(CS + "invite-notification")
    assert found is not None
    assert found.find(CS + "invite-noresponse") is not None
    assert found.find(f"{CS}access/{CS}read-write") is not None
    assert found.findtext(f"{CS}hosturl/{D}href") == CAL
    assert found.findtext(f"{CS}organizer/{CS}common-name") == "Anna Bell"
    assert (found.findtext(CS + "summary"), found.findtext(D + "href")) == ("Our plans", BEN)
    assert notice.xml.findtext(CS + "dtstamp") == "20260601T120000Z"
    assert notice.headers["Content-Type"].startswith("application/xml")

    accepted = await answer(mac, "accepted")
    assert (accepted.status, accepted.xml.tag, accepted.xml.findtext(D + "href")) == (200, CS + "shared-as", HERE)
    assert await notices(mac) == []
    assert await types(mac, HERE) == {CS + "shared"}
    url = (await mac.propfind(HERE, *ASKED)).prop(HERE, CS + "shared-url")
    assert url is not None
    assert url.findtext(D + "href") == CAL
    assert await invited(mac, HERE) == {BEN: ("accepted", "read-write")}
    assert (await mac.put(HERE + "new.ics", event("new"))).status == 201
    assert await invited(anna) == {BEN: ("accepted", "read-write")}
    [told] = await notices(anna, "anna")
    assert told.xml.find(f"{CS}invite-reply/{CS}invite-accepted") is not None
    assert told.xml.findtext(f"{CS}invite-reply/{D}href") == BEN

    assert (await share(anna, given(BEN, "read"))).status == 200
    assert await rows(house) == {"ben": READS}
    assert await notices(mac) == []
    assert (await mac.put(HERE + "more.ics", event("more"))).status == 403
    assert (await mac("DELETE", HERE)).status == 204
    assert (await mac("PROPFIND", HERE, Depth="0")).status == 404
    assert await invited(anna) == {BEN: ("declined", "read")}
    assert (await anna("GET", CAL + "new.ics")).status == 200


async def test_an_invitation_is_declined_and_may_be_accepted_later(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await share(anna, given(BEN, "read"))
    assert (await answer(ben, "declined")).status == 204
    assert await invited(anna) == {BEN: ("declined", "read")}
    assert await notices(ben) == []
    [told] = await notices(anna, "anna")
    assert told.xml.find(f"{CS}invite-reply/{CS}invite-declined") is not None
    listed = (await anna.propfind(NOTICES["anna"], "D:getetag", depth="1")).hrefs
    assert (await anna("DELETE", listed[1])).status == 204
    assert await notices(anna, "anna") == []
    assert (await answer(ben, "accepted", f"http://elsewhere.example{CAL}")).status == 200
    assert await invited(anna) == {BEN: ("accepted", "read")}
    assert HERE in (await ben.propfind(HOME, "D:displayname", depth="1")).hrefs


async def test_what_is_taken_back_is_gone_and_said_so(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await share(anna, given(BEN))
    assert (await share(anna, taken(BEN))).status == 200
    assert (await rows(house), await notices(ben)) == ({}, [])
    await share(anna, given(BEN))
    await answer(ben, "accepted")
    assert (await share(anna, taken(BEN))).status == 200
    assert (await rows(house), await invited(anna), await types(anna, CAL)) == ({}, {}, set())
    assert (await ben("PROPFIND", HERE, Depth="0")).status == 404
    [notice] = await notices(ben)
    assert notice.xml.find(f"{CS}invite-notification/{CS}invite-deleted") is not None
    listed = (await ben.propfind(NOTICES["ben"], "D:getetag", depth="1")).hrefs
    assert (await ben("DELETE", listed[1])).status == 204
    assert await notices(ben) == []
    assert (await answer(ben, "accepted")).status == 404


async def test_it_is_one_view_of_rights_and_subscriptions_that_others_change_too(
    house: House, anna: Client, ben: Client
) -> None:
    await furnish(anna)
    fine = '<set-roles user="ben"><PublicViewer/><PrivateDAndTViewer/></set-roles>'
    assert (await acl(anna, fine)).status == 204
    assert await invited(anna) == {BEN: ("noresponse", "read")}
    [notice] = await notices(ben)
    assert notice.xml.findtext(f"{CS}invite-notification/{CS}summary") == "shared"
    await share(anna, given(BEN, "read"))
    assert await rows(house) == {"ben": {"PublicViewer", "PrivateDAndTViewer"}}
    assert (await posted(ben, "subscribe")).status == 200
    assert (await invited(anna), await notices(ben)) == ({BEN: ("accepted", "read")}, [])
    assert (await posted(ben, "unsubscribe")).status == 200
    assert await invited(anna) == {BEN: ("noresponse", "read")}
    await acl(anna, '<remove-user user="ben"/>')
    assert (await invited(anna), await notices(ben)) == ({}, [])
    await share(anna, given(BEN))
    assert (await anna("DELETE", CAL)).status == 204
    assert await notices(ben) == []
    assert await house.site.invitations.of_user("ben") == []


async def test_a_notice_put_away_stays_away(anna: Client, ben: Client) -> None:
    await furnish(anna)
    await share(anna, given(BEN))
    href = (await ben.propfind(NOTICES["ben"], "D:getetag", depth="1")).hrefs[1]
    assert (await ben("DELETE", href, If_Match='"other"')).status == 412
    assert (await ben("DELETE", href)).status == 204
    assert (await ben("GET", href)).status == 404
    await share(anna, given(BEN, "read-write", "Other words"))
    assert (await notices(ben), await invited(anna)) == ([], {BEN: ("noresponse", "read-write")})


async def test_groups_and_principals_are_invited_and_who_is_nobody_is_told(
    house: House, anna: Client, ben: Client
) -> None:
    await furnish(anna)
    house.people.users["team"] = person("team", "The Team", is_group=True)
    house.people.groups["team"] = ["ben"]
    nobody = "mailto:nobody@elsewhere.example"
    inner = (
        given("/SOGo/dav/team/", "read")
        + given("urn:uuid:j.doe@example.org")
        + given(nobody)
        + given("mailto:anna@example.org")
    )
    told = await share(anna, inner)
    assert (told.status, told.hrefs) == (207, [nobody, "mailto:anna@example.org"])
    assert await rows(house) == {"@team": READS, "j.doe@example.org": WRITES}
    assert await invited(anna) == {
        "/SOGo/dav/team/": ("accepted", "read"), "mailto:j.doe@example.org": ("noresponse", "read-write")
    }  # fmt: skip
    assert (await ben("PROPFIND", CAL, Depth="0")).status == 207


async def test_who_is_not_asked_is_told_nothing(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await share(anna, given("mailto:j.doe@example.org"))
    await share(anna, given(BEN, "read"))
    assert (await share(ben, given("mailto:root@example.org"))).status == 403
    element = (await ben.propfind(CAL, *ASKED)).responses[CAL]
    assert "j.doe" not in "".join(element.itertext())
    await answer(ben, "accepted")
    assert await invited(ben, HERE) == {BEN: ("accepted", "read")}
    for path in (NOTICES["anna"], NOTICES["anna"] + "x.xml"):
        assert (await ben("PROPFIND", path, Depth="0")).status == 404
    assert (await ben.propfind("/SOGo/dav/anna/", "CS:notification-URL")).prop_status(
        "/SOGo/dav/anna/", CS + "notification-URL"
    ) == 404
    own = (await ben.propfind("/SOGo/dav/ben/", "CS:notification-URL")).prop("/SOGo/dav/ben/", CS + "notification-URL")
    assert own is not None
    assert own.findtext(D + "href") == NOTICES["ben"]
    assert (await answer(ben, "accepted", path="/SOGo/dav/anna/Calendar/")).status in {403, 404}
    assert (await house.site.profiles.load("anna")).settings.get("Calendar", {}).get("SubscribedFolders") is None


@pytest.mark.parametrize(
    ("inner", "status"),
    [
        ("<CS:set/>", 400), (f"<CS:set><D:href>{BEN}</D:href></CS:set>", 400),
        (f"<CS:set><D:href>{BEN}</D:href><CS:read/><CS:read-write/></CS:set>", 400),
        ("<CS:set><CS:read/></CS:set>", 400), ("<CS:remove/>", 400), (given("http://["), 207), (given("mailto:"), 207),
        (given("mailto:&lt;x&gt;'"), 207), (given(BEN) * 101, 507), ("", 200), (taken("mailto:nobody@x.example"), 200),
    ],
    ids=range(11),
)  # fmt: skip
async def test_what_makes_no_sense_shares_nothing(house: House, anna: Client, inner: str, status: int) -> None:
    await furnish(anna)
    assert (await share(anna, inner)).status == status
    assert await rows(house) == {}


@pytest.mark.parametrize(
    ("host", "word", "status"),
    [
        ("/SOGo/dav/anna/Calendar/none/", "accepted", 404), ("/SOGo/dav/nobody/Calendar/x/", "accepted", 404),
        ("/elsewhere/", "accepted", 404), ("http://[", "accepted", 404), (CAL, "accepted", 404), (CAL, "perhaps", 400),
        ("/SOGo/dav/ben/Calendar/personal/", "accepted", 400), ("", "declined", 400),
    ],
    ids=range(8),
)  # fmt: skip
async def test_answers_to_what_was_never_asked_change_nothing(
    house: House, anna: Client, ben: Client, host: str, word: str, status: int
) -> None:
    await furnish(anna)
    await ben.propfind(HOME, "D:displayname", depth="1")
    assert (await answer(ben, word, host)).status == status
    assert (await house.site.profiles.load("ben")).settings.get("Calendar", {}).get("SubscribedFolders") is None


async def test_a_site_without_sharing_offers_none(tmp_path) -> None:  # type: ignore[no-untyped-def]
    async for house in open_house(tmp_path, SOGoDisableSharing=["Calendar"]):
        anna = house.client("anna")
        await furnish(anna)
        asked = await anna.propfind(CAL, *ASKED)
        assert asked.prop_status(CAL, CS + "allowed-sharing-modes") == 404
        assert (await share(anna, given(BEN))).status == 403
        assert await rows(house) == {}
