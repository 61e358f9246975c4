"""ACL, the properties around it, and acl-principal-prop-set (RFC 3744)."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from sogo.model.rights import standing_of
from tests.support.house import C, Client, D, House, body, card, event, open_house
from tests.support.people import person
from tests.support.sharing import state_of

USER = "/SOGo/dav/anna/"
CAL, BOOK = USER + "Calendar/personal/", USER + "Contacts/personal/"
EVENT, STAFF, FILE, BUSY = (
    CAL + "a.ics",
    USER + "Contacts/staff/",
    USER + "Calendar/personal.ics",
    USER + "freebusy.ifb",
)
OWNED = [USER, USER + "Calendar/", USER + "Contacts/", CAL, BOOK, EVENT]
OWNER, ME = "<D:property><D:owner/></D:property>", "<D:href>/SOGo/dav/anna/</D:href>"
BEN = "<D:href>/SOGo/dav/ben/</D:href>"


def ace(principal: str, *privileges: str, how: str = "grant", invert: bool = False) -> str:
    named = f"<D:principal>{principal}</D:principal>"
    given = "".join(f"<D:privilege><{name}/></D:privilege>" for name in privileges or ("D:read",))
    return f"<D:ace>{f'<D:invert>{named}</D:invert>' if invert else named}<D:{how}>{given}</D:{how}></D:ace>"


def acl(*aces: str) -> str:
    return body("D:acl", "".join(aces))


async def furnish(anna: Client) -> None:
    for home in ("Calendar/", "Contacts/"):
        await anna.propfind(USER + home, "D:displayname", depth="1")
    await anna.put(EVENT, event("a"))
    await anna.put(BOOK + "v.vcf", card("v", "Vera"))


@pytest.mark.parametrize("path", OWNED)
async def test_a_list_that_says_what_is_so_is_taken(anna: Client, root: Client, path: str) -> None:
    await furnish(anna)
    before = (await anna.propfind(path, "D:acl")).text
    for asked in (acl(), acl(ace(OWNER, "D:all")), acl(ace(ME, "D:read", "C:read-free-busy", "D:write-acl"))):
        assert (await anna("ACL", path, asked)).status == 200
    assert (await root("ACL", path, acl(ace(OWNER)))).status == 200
    assert (await anna.propfind(path, "D:acl")).text == before


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (acl(ace(OWNER, how="deny")), "no-protected-ace-conflict"), (acl(ace(ME, how="deny")), "no-protected-ace-conflict"),
        (acl(ace("<D:self/>", how="deny")), "no-protected-ace-conflict"),
        (acl(ace("<D:all/>", how="deny")), "grant-only"), (acl(ace(BEN, how="deny")), "grant-only"),
        (acl(ace(BEN, invert=True)), "no-invert"), (acl(ace(ME, invert=True)), "no-invert"),
        (acl(ace("<D:href>/SOGo/dav/nobody/</D:href>")), "recognized-principal"),
        (acl(ace("<D:href>/elsewhere/ben/</D:href>")), "recognized-principal"),
        (acl(ace("<D:href>http://[x/</D:href>")), "recognized-principal"), (acl(ace("<X:who/>")), "recognized-principal"),
        (acl(ace("<D:property><D:group/></D:property>")), "recognized-principal"),
        (acl(ace(ME, "D:unlock")), "not-supported-privilege"), (acl(ace(BEN, "X:odd")), "not-supported-privilege"),
        (acl(ace(BEN, "D:all")), "allowed-principal"), (acl(ace("<D:all/>")), "allowed-principal"),
        (acl(ace(BEN, "D:write-acl")), "allowed-principal"), (acl(ace(BEN), ace(BEN, "D:write-properties")), "allowed-principal"),
        (acl(ace("<D:unauthenticated/>")), "need-privileges"), (acl(ace(ME) * 1_001), "limited-number-of-aces"),
    ],
)  # fmt: skip
async def test_any_other_is_refused_by_the_rule_it_hurts(anna: Client, ben: Client, asked: str, rule: str) -> None:
    await furnish(anna)
    refused = await anna("ACL", CAL, asked)
    assert (refused.status, refused.condition) == (403, D + rule), refused.text
    assert (await ben("GET", EVENT)).status == 404


@pytest.mark.parametrize(
    "asked",
    [
        "", "<", body("D:propfind", ""), acl("<D:ace/>"), acl("<D:ace><D:principal/><D:grant/></D:ace>"),
        acl(ace(ME).replace("</D:grant>", "</D:grant><D:deny/>")), acl(ace(ME + BEN)), acl(ace("<D:property/>")),
        acl(f"<D:ace><D:principal>{ME}</D:principal><D:grant><D:privilege/></D:grant></D:ace>"),
    ],
)  # fmt: skip
async def test_what_is_no_list_is_a_bad_request(anna: Client, asked: str) -> None:
    await furnish(anna)
    assert (await anna("ACL", CAL, asked)).status == 400


@pytest.mark.parametrize(
    ("path", "status"),
    [("/SOGo/dav/", 405), (CAL + "none.ics", 404), (USER + "none/", 404), (USER + "Calendar/none/x", 404)],
)
async def test_there_is_no_list_where_nothing_or_nobody_is(anna: Client, path: str, status: int) -> None:
    await furnish(anna)
    assert (await anna("ACL", path, acl())).status == status


async def test_nobody_else_writes_the_list(anna: Client, ben: Client) -> None:
    await furnish(anna)
    assert (await ben("ACL", CAL, acl())).status == 404
    refused = await ben("ACL", USER + "Calendar/", acl(ace(OWNER)))
    assert (refused.status, refused.condition) == (403, D + "need-privileges")
    assert refused.xml.find(f".//{D}privilege/{D}write-acl") is not None


@pytest.mark.parametrize(("path", "status"), [(STAFF, 403), (STAFF + "anna", 403), (FILE, 403), (BUSY, 403)])
async def test_what_is_only_shown_can_be_read_and_no_more(anna: Client, path: str, status: int) -> None:
    await furnish(anna)
    refused = await anna("ACL", path, acl(ace(OWNER, "D:write")))
    assert (refused.status, refused.condition) == (status, D + "no-protected-ace-conflict")
    assert (await anna("ACL", path, acl(ace(OWNER, "D:read", "C:read-free-busy")))).status == 200


async def test_read_free_busy_is_part_of_read(anna: Client) -> None:
    await furnish(anna)
    answer = await anna.propfind(CAL, "D:supported-privilege-set", "D:current-user-privilege-set")
    tree = answer.prop(CAL, D + "supported-privilege-set")
    own = answer.prop(CAL, D + "current-user-privilege-set")
    assert tree is not None
    assert own is not None
    [read] = [item for item in tree.iter(D + "supported-privilege") if item.find(f"{D}privilege/{D}read") is not None]
    assert read.find(f"{D}supported-privilege/{D}privilege/{C}read-free-busy") is not None
    names = {str(item[0].tag) for item in tree.iter(D + "privilege")}
    assert {str(item[0].tag) for item in own} == names
    assert {D + "read-acl", D + "write-acl", D + "all"} <= names


@pytest.mark.parametrize("path", [*OWNED, STAFF, FILE])
async def test_the_people_of_a_list_come_once_with_their_properties(anna: Client, path: str) -> None:
    await furnish(anna)
    answer = await anna.report(path, body("D:acl-principal-prop-set", "<D:prop><D:displayname/><X:y/></D:prop>"))
    assert answer.hrefs == [USER]
    assert answer.prop_text(USER, D + "displayname") == "Anna Bell"
    assert answer.prop_status(USER, "{urn:example:x}y") == 404


async def test_a_list_of_everybody_names_nobody(anna: Client) -> None:
    await furnish(anna)
    answer = await anna.report(BUSY, body("D:acl-principal-prop-set", "<D:prop><D:displayname/></D:prop>"))
    assert (answer.status, answer.hrefs) == (207, [])
    assert (await anna.report("/SOGo/dav/", body("D:acl-principal-prop-set", "<D:prop/>"))).status == 403


I = "urn:inverse:params:xml:ns:inverse-dav"  # noqa: E741


def record(word: str) -> str:
    return f'I:{word} xmlns:I="{I}"'


@pytest.mark.parametrize(
    ("path", "privileges", "roles"),
    [
        (CAL, ["D:read"], {"PublicViewer", "PrivateViewer", "ConfidentialViewer"}),
        (CAL, ["D:write-content", "D:bind"], {"PublicModifier", "PrivateModifier", "ConfidentialModifier", "ObjectCreator"}),
        (CAL, ["D:read", "D:write"],
         {"PublicModifier", "PrivateModifier", "ConfidentialModifier", "ObjectCreator", "ObjectEraser"}),
        (CAL, ["D:unbind", record("viewdant-private-records"), record("respondto-public-records")],
         {"ObjectEraser", "PrivateDAndTViewer", "PublicResponder"}),
        (BOOK, ["D:read"], {"ObjectViewer"}), (BOOK, ["D:write"], {"ObjectEditor", "ObjectCreator", "ObjectEraser"}),
        (BOOK, ["D:read", "D:write-content"], {"ObjectViewer", "ObjectEditor"}),
    ],
)  # fmt: skip
async def test_privileges_that_stand_for_roles_are_given(
    house: House, anna: Client, path: str, privileges: list[str], roles: set[str]
) -> None:
    await furnish(anna)
    granted = await anna("ACL", path, acl(ace(BEN, *privileges), ace("<D:authenticated/>", "D:bind")))
    assert granted.status == 200, granted.text
    folder = (await state_of(house, path)).folder
    assert await house.site.acl.roles(folder) == {"ben": roles, "<default>": {"ObjectCreator"}}
    shown = await anna.propfind(path, "D:acl")
    element = shown.prop(path, D + "acl")
    assert element is not None
    again = b"".join(etree.tostring(one) for one in element if one.find(D + "protected") is None).decode()
    assert (await anna("ACL", path, acl(again))).status == 200
    standings = [standing_of(folder.kind, given) for given in (roles, (await house.site.acl.roles(folder))["ben"])]
    assert standings[0] == standings[1], "what is shown can be sent back"
    await house.site.acl.set_roles(folder, "carl", ())
    assert (await anna("ACL", path, acl())).status == 200
    assert await house.site.acl.roles(folder) == {"carl": {"None"}}


async def test_only_who_may_read_the_list_sees_what_others_were_given(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await anna("ACL", CAL, acl(ace(BEN), ace("<D:authenticated/>", "D:bind")))
    assert "/SOGo/dav/ben/" in (await anna.propfind(CAL, "D:acl")).text
    seen = (await ben.propfind(CAL, "D:acl")).prop(CAL, D + "acl")
    assert seen is not None
    assert len(seen) == 1


async def test_groups_are_given_rights_by_their_principals(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    house.people.users["staff"] = person("staff", is_group=True)
    house.people.groups["staff"] = ["ben"]
    assert (await anna("ACL", CAL, acl(ace("<D:href>/SOGo/dav/staff/</D:href>")))).status == 200
    assert "@staff" in await house.site.acl.roles((await state_of(house, CAL)).folder)
    assert (await ben("GET", EVENT)).status == 200


@pytest.mark.parametrize(
    ("config", "who", "status"),
    [
        ({"SOGoDisableSharing": ["Calendar"]}, BEN, 403), ({"SOGoDisableSharing": ["Contacts"]}, BEN, 200),
        ({"SOGoDisableSharingAnyAuthUser": ["Calendar"]}, "<D:authenticated/>", 403),
        ({"SOGoDisableSharingAnyAuthUser": ["Calendar"]}, BEN, 200),
        ({"SOGoEnablePublicAccess": "YES"}, "<D:unauthenticated/>", 200), ({}, "<D:unauthenticated/>", 403),
    ],
    ids=["calendars-stay", "books-stay", "not-for-everybody", "but-for-some", "for-the-world", "not-for-the-world"],
)  # fmt: skip
async def test_a_site_says_what_is_shared(tmp_path: Path, config: dict[str, object], who: str, status: int) -> None:
    async for house in open_house(tmp_path, **config):
        anna = house.client("anna")
        await furnish(anna)
        assert (await anna("ACL", CAL, acl(ace(who)))).status == status
        assert (await anna("ACL", CAL, acl(ace("<D:unauthenticated/>", "D:bind")))).status == 403
