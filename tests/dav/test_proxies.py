"""Proxies of CalendarServer as a view on rights and subscriptions (dav.md §§12, 20: 42-46)."""

from __future__ import annotations

import pytest

from tests.dav.test_sharing import acl, posted
from tests.support.house import CS, Answer, Client, D, House, body
from tests.support.people import person
from tests.support.sharing import furnish, state_of

ICAL4 = "DAVKit/4.0.1 (730); CalendarStore/4.0.1 (973); iCal/4.0.1 (1374); Mac OS X/10.6.2 (10C540)"
ANNA, BEN = "/SOGo/dav/anna/", "/SOGo/dav/ben/"
GROUPS = {kind: f"{ANNA}calendar-proxy-{kind}" for kind in ("read", "write")}
ONE, TWO = ANNA + "Calendar/one/", ANNA + "Calendar/two/"


def hrefs(answer: Answer, path: str, name: str) -> list[str]:
    element = answer.prop(path, name)
    assert element is not None, name
    return [item.text or "" for item in element.iter(D + "href")]


async def set_members(client: Client, kind: str, *members: str) -> Answer:
    inner = "".join(f"<D:href>{member}</D:href>" for member in members)
    set_ = f"<D:set><D:prop><D:group-member-set>{inner}</D:group-member-set></D:prop></D:set>"
    return await client("PROPPATCH", GROUPS[kind], body("D:propertyupdate", set_))


async def told(client: Client) -> tuple[list[str], list[str], list[str]]:
    """Ben's groups, and for whom he reads and writes."""
    names = ("D:group-membership", "CS:calendar-proxy-read-for", "CS:calendar-proxy-write-for")
    found = await client.propfind(BEN, *names)
    return (
        hrefs(found, BEN, D + "group-membership"), hrefs(found, BEN, CS + "calendar-proxy-read-for"),
        hrefs(found, BEN, CS + "calendar-proxy-write-for"),
    )  # fmt: skip


def proxy(kind: str) -> tuple[list[str], list[str], list[str]]:
    return [GROUPS[kind] + "/"], [ANNA] if kind == "read" else [], [ANNA] if kind == "write" else []


NONE: tuple[list[str], list[str], list[str]] = ([], [], [])


@pytest.fixture
async def apple(anna: Client, root: Client) -> Client:
    """A superuser with iCal, as the reference asks; two calendars are there."""
    await anna.propfind(ANNA + "Calendar/", "D:displayname", depth="1")
    assert (await anna("MKCALENDAR", ONE)).status == 201
    assert (await anna("MKCALENDAR", TWO)).status == 201
    return root.as_agent(ICAL4)


async def test_members_are_set_and_told_on_both_sides(house: House, apple: Client, ben: Client) -> None:
    for kind in ("read", "write"):
        assert (await set_members(apple, kind)).status == 207
    assert await told(apple) == NONE
    for kind in ("read", "write", "read"):
        answer = await set_members(apple, kind, "/SOGo/dav/ben")
        assert (answer.status, answer.prop_status(GROUPS[kind], D + "group-member-set")) == (207, 200)
        assert await told(apple) == proxy(kind)
        assert await told(ben) == proxy(kind)
        for other in ("read", "write"):
            members = await apple.propfind(GROUPS[other], "D:group-member-set")
            assert hrefs(members, GROUPS[other], D + "group-member-set") == ([BEN] if other == kind else [])
    rows = await house.site.acl.roles((await state_of(house, ONE)).folder)
    assert rows == {"ben": {"PublicViewer", "PrivateViewer", "ConfidentialViewer"}}
    listed = (await ben.propfind(BEN + "Calendar/", "D:displayname", depth="1")).hrefs
    assert {f"{BEN}Calendar/anna_{name}/" for name in ("one", "two", "personal")} <= set(listed)
    assert (await set_members(apple, "read")).status == 207
    assert await told(apple) == NONE
    assert await house.site.acl.roles((await state_of(house, ONE)).folder) == {}
    assert (await house.site.profiles.load("ben")).settings["Calendar"]["SubscribedFolders"] == []


async def give(client: Client, roles: str, path: str = ONE) -> None:
    words = {"c": "ObjectCreator", "e": "ObjectEraser", "v": "PublicViewer", "m": "PrivateModifier",
             "r": "ConfidentialResponder", "d": "PublicDAndTViewer"}  # fmt: skip
    inner = "".join(f"<{words[letter]}/>" for letter in roles)
    assert (await acl(client, f'<set-roles user="ben">{inner}</set-roles>', path)).status == 204


async def test_rights_and_subscriptions_make_a_proxy(apple: Client) -> None:
    await give(apple, "v")
    assert await told(apple) == NONE
    assert (await posted(apple, 'subscribe users="ben"', ONE)).status == 200
    cases = {"cv": "write", "ev": "write", "m": "write", "r": "write", "d": "read", "v": "read"}
    for roles, kind in cases.items():
        await give(apple, roles)
        assert await told(apple) == proxy(kind), roles
    await give(apple, "")
    assert await told(apple) == NONE
    await give(apple, "v")
    await give(apple, "r", TWO)
    assert (await posted(apple, 'subscribe users="ben"', TWO)).status == 200
    assert await told(apple) == proxy("write")
    assert (await posted(apple, 'unsubscribe users="ben"', TWO)).status == 200
    assert await told(apple) == proxy("read")
    assert (await posted(apple, 'unsubscribe users="ben"', ONE)).status == 200
    assert await told(apple) == NONE


async def test_a_calendar_that_goes_takes_its_subscriptions_along(house: House, apple: Client, anna: Client) -> None:
    await give(apple, "r")
    await posted(apple, 'subscribe users="ben"', ONE)
    assert await told(apple) == proxy("write")
    assert (await anna("DELETE", ONE)).status == 204
    assert await told(apple) == NONE
    assert (await house.site.profiles.load("ben")).settings["Calendar"]["SubscribedFolders"] == []
    assert (await anna("MKCALENDAR", ONE)).status == 201
    assert await told(apple) == NONE


async def test_a_group_is_a_member_by_those_of_it_who_subscribed(house: House, apple: Client, ben: Client) -> None:
    house.people.users["team"] = person("team", "The Team", is_group=True)
    house.people.groups["team"] = ["ben", "j.doe@example.org"]
    assert (await set_members(apple, "write", "/SOGo/dav/team/")).status == 207
    members = await apple.propfind(GROUPS["write"], "D:group-member-set")
    assert hrefs(members, GROUPS["write"], D + "group-member-set") == ["/SOGo/dav/team/"]
    assert await told(ben) == proxy("write")
    assert (await set_members(apple, "write")).status == 207
    assert await told(ben) == NONE


async def test_only_the_owner_sets_members_and_strangers_are_told_of_nobody(
    apple: Client, anna: Client, ben: Client, house: House
) -> None:
    refused = await set_members(ben, "write", BEN)
    assert refused.status == 403
    assert await told(ben) == NONE
    assert (await set_members(anna, "write", BEN)).status == 207
    john = house.client("j.doe@example.org")
    assert await told(john) == NONE
    for client, seen in ((john, []), (ben, [BEN]), (anna, [BEN])):
        members = await client.propfind(GROUPS["write"], "D:group-member-set")
        assert hrefs(members, GROUPS["write"], D + "group-member-set") == seen
    assert await told(anna) == proxy("write")


@pytest.mark.parametrize(
    "members",
    [["/SOGo/dav/nobody/"], [ANNA], ["/"], ["http://["], ["/SOGo/dav/%00/"], [BEN, "/SOGo/dav/<x"]],
    ids=["nobody", "oneself", "root", "broken", "nul", "one-of-two"],
)  # fmt: skip
async def test_who_is_nobody_is_no_member_and_nothing_is_set(apple: Client, members: list[str]) -> None:
    escaped = [member.replace("<", "&lt;") for member in members]
    answer = await set_members(apple, "write", *escaped)
    assert (answer.status, answer.prop_status(GROUPS["write"], D + "group-member-set")) == (207, 409)
    assert await told(apple) == NONE


async def test_properties_of_owners_come_through_their_groups(apple: Client, ben: Client) -> None:
    await set_members(apple, "read", BEN)
    asked = (
        '<D:property name="calendar-proxy-read-for" namespace="http://calendarserver.org/ns/">'
        '<D:property name="displayname"/></D:property>'
        '<D:property name="group-membership"><D:property name="resourcetype"/>'
        '<D:property name="group-member-set"><D:property name="displayname"/></D:property></D:property>'
    )
    found = await ben.report(BEN, body("D:expand-property", asked))
    assert found.status == 207
    inner = {item.findtext(D + "href"): item for item in found.xml.iter(D + "response")}
    assert inner[ANNA].find(f".//{D}displayname").text == "Anna Bell"
    group = inner[GROUPS["read"] + "/"]
    assert group.find(f".//{D}resourcetype/{CS}calendar-proxy-read") is not None
    assert [item.text for item in group.iter(D + "displayname")] == ["Ben"]


async def test_apple_is_shown_the_groups_and_of_others_what_the_user_subscribed_to(
    apple: Client, anna: Client, ben: Client
) -> None:
    seen = (await anna.propfind(ANNA, "D:resourcetype", depth="1")).hrefs
    assert not [href for href in seen if "proxy" in href]
    seen = (await anna.as_agent(ICAL4).propfind(ANNA, "D:resourcetype", depth="1")).hrefs
    assert {group + "/" for group in GROUPS.values()} <= set(seen)
    await give(apple, "v", ONE)
    await give(apple, "v", TWO)
    await posted(ben, "subscribe", TWO)
    home = ANNA + "Calendar/"
    assert (await ben.as_agent(ICAL4).propfind(home, "D:resourcetype", depth="1")).hrefs == [home, TWO]
    assert {ONE, TWO} <= set((await ben.propfind(home, "D:resourcetype", depth="1")).hrefs)
    features = (await ben("OPTIONS", home)).headers["DAV"].split(", ")
    assert "calendar-proxy" in features


async def test_ical_reads_what_the_server_can_do_from_the_answer_to_a_propfind(apple: Client) -> None:
    """Item 42: beside the two properties it wants for that, and for no other program."""
    wanted = {
        "1",
        "2",
        "access-control",
        "calendar-access",
        "calendar-schedule",
        "calendar-auto-schedule",
        "calendar-proxy",
    }
    for name in ("D:principal-collection-set", "D:principal-URL"):
        told = (await apple.propfind(ANNA, name)).headers["DAV"].split(", ")
        assert wanted <= set(told)
        assert len(told) == len(set(told))
        assert "DAV" not in (await apple.as_agent("DAVx5/4.3").propfind(ANNA, name)).headers
    assert "DAV" not in (await apple.propfind(ANNA, "D:displayname")).headers


async def test_a_group_of_proxies_is_a_principal_without_members_of_its_own(anna: Client) -> None:
    await furnish(anna)
    path = GROUPS["write"] + "/"
    found = await anna.propfind(path, "D:principal-URL", "D:owner", "D:resourcetype", "D:displayname", depth="1")
    assert found.hrefs == [path]
    assert hrefs(found, path, D + "principal-URL") == [path]
    assert hrefs(found, path, D + "owner") == [ANNA]
    assert (await anna("GET", path)).status == 405
    assert (await anna("MKCALENDAR", path)).status == 405
    assert (await anna("DELETE", path)).status in {403, 405}
    assert (await anna("PROPFIND", path, Depth="0")).status == 207
    assert (await anna("PROPFIND", ANNA + "calendar-proxy-write/x", Depth="0")).status == 404
    assert (await anna("PROPFIND", ANNA + "calendar-proxy-else/", Depth="0")).status == 404
