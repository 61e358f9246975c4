"""Sharing by SOGo's own documents, by POST and by REPORT (dav.md §§10, 13, 20: 24-46)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sogo.model.rights import ANYBODY
from tests.support.house import Answer, Client, D, House, body, card, event, open_house
from tests.support.people import person
from tests.support.sharing import BOOK, CAL, furnish, furnish_book, share, state_of

SPACE = 'xmlns="urn:inverse:params:xml:ns:inverse-dav"'
HOME = "/SOGo/dav/anna/Calendar/"
OURS = "/SOGo/dav/ben/Calendar/"
XML = '<?xml version="1.0" encoding="utf-8"?>\n'


async def acl(client: Client, inner: str, path: str = CAL, method: str = "POST") -> Answer:
    return await client(
        method, path, f'<?xml version="1.0"?><acl-query {SPACE}>{inner}</acl-query>', Content_Type="text/xml"
    )


async def posted(client: Client, root: str, path: str = CAL, inner: str = "") -> Answer:
    name = root.partition(" ")[0]
    return await client("POST", path, f"<{root} {SPACE}>{inner}</{name}>", Content_Type="text/xml; charset=utf-8")


async def rows(house: House, path: str = CAL) -> dict[str, set[str]]:
    found = await house.site.acl.roles((await state_of(house, path)).folder)
    return {uid: set(roles) for uid, roles in found.items()}


@pytest.fixture(params=["POST", "REPORT"])
def method(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_what_is_given_is_listed_told_and_taken_in_the_words_of_the_original(
    house: House, anna: Client, method: str
) -> None:
    await furnish(anna)
    empty = await acl(anna, "<user-list/>", method=method)
    assert (empty.status, empty.headers["Content-Type"]) == (207, 'application/xml; charset="utf-8"')
    assert empty.text == XML + "<user-list><default-user><id>&lt;default&gt;</id></default-user></user-list>"
    given = '<set-roles user="ben"><PublicViewer/><PrivateDAndTViewer/><ObjectCreator/></set-roles>'
    assert (await acl(anna, given, method=method)).status == 204
    assert await rows(house) == {"ben": {"PublicViewer", "PrivateDAndTViewer", "ObjectCreator"}}
    told = await acl(anna, '<roles user="ben"/>', method=method)
    assert (told.status, told.text) == (
        207,
        XML + "<roles><ObjectCreator/><PrivateDAndTViewer/><PublicViewer/></roles>",
    )
    assert (await acl(anna, '<add-user user="nobody-here"/>', method=method)).status == 204
    everybody = "<default-user><id>&lt;default&gt;</id></default-user>"
    listed = await acl(anna, "<user-list/>", method=method)
    assert listed.text == (
        f"{XML}<user-list>{everybody}<user><id>ben</id><displayName>Ben</displayName><email>ben@example.org</email></user>"
        "<user><id>nobody-here</id><displayName>nobody-here</displayName></user></user-list>"
    )
    short = await acl(anna, '<user-list params="nocn,noemail"/>', method=method)
    assert (
        short.text
        == f"{XML}<user-list>{everybody}<user><id>ben</id></user><user><id>nobody-here</id></user></user-list>"
    )
    assert (await acl(anna, '<remove-users users="ben,nobody-here"/>', method=method)).status == 204
    assert await rows(house) == {}
    assert (await acl(anna, '<roles user="ben"/>', method=method)).status == 204


async def test_no_role_keeps_somebody_out_whatever_everybody_may(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    assert (await acl(anna, '<set-roles user="&lt;default&gt;"><PublicViewer/></set-roles>')).status == 204
    assert (await acl(anna, '<roles user="ben"/>')).text.endswith("<roles><PublicViewer/></roles>")
    assert (await ben("PROPFIND", CAL, Depth="0")).status == 207
    assert (await acl(anna, '<set-roles user="ben"/>')).status == 204
    assert await rows(house) == {ANYBODY: {"PublicViewer"}, "ben": {"None"}}
    assert (await acl(anna, '<roles user="ben"/>')).text.endswith("<roles><None/></roles>")
    assert (await ben("PROPFIND", CAL, Depth="0")).status == 404


async def test_who_is_added_keeps_what_groups_and_defaults_gave(house: House, anna: Client) -> None:
    await furnish(anna)
    house.people.users["team"] = person("team", "The Team", is_group=True)
    house.people.groups["team"] = ["ben"]
    assert (await acl(anna, '<set-roles user="team"><PublicModifier/><ObjectEraser/></set-roles>')).status == 204
    assert await rows(house) == {"@team": {"PublicModifier", "ObjectEraser"}}
    assert (await acl(anna, '<add-users users="ben,j.doe@example.org"/>')).status == 204
    assert await rows(house) == {
        "@team": {"PublicModifier", "ObjectEraser"}, "ben": {"PublicModifier", "ObjectEraser"},
        "j.doe@example.org": {"None"},
    }  # fmt: skip
    assert "<user><id>team</id><displayName>The Team</displayName>" in (await acl(anna, "<user-list/>")).text
    assert (await acl(anna, '<remove-user user="@team"/>')).status == 204
    assert set(await rows(house)) == {"ben", "j.doe@example.org"}


async def test_only_the_owner_and_superusers_ask_and_give(
    house: House, anna: Client, ben: Client, root: Client
) -> None:
    await furnish(anna)
    assert (await acl(anna, '<set-roles user="ben"><PublicModifier/><ObjectEraser/></set-roles>')).status == 204
    for inner in (
        '<set-roles user="ben"><PrivateViewer/></set-roles>', '<add-user user="root"/>', '<remove-user user="ben"/>',
        '<remove-users users="ben"/>', "<user-list/>", '<roles user="anna"/>', '<roles user="&lt;default&gt;"/>',
    ):  # fmt: skip
        refused = await acl(ben, inner)
        assert (refused.status, refused.body) == (400, b""), inner
    assert await rows(house) == {"ben": {"PublicModifier", "ObjectEraser"}}
    assert (await acl(ben, '<roles user="ben"/>')).text.endswith("<roles><ObjectEraser/><PublicModifier/></roles>")
    assert (await acl(root, '<set-roles users="ben,j.doe@example.org"><PublicViewer/></set-roles>')).status == 204
    assert await rows(house) == {"ben": {"PublicViewer"}, "j.doe@example.org": {"PublicViewer"}}
    john = house.client("j.doe@example.org")
    await acl(anna, '<remove-users users="j.doe@example.org"/>')
    assert (await acl(john, '<roles user="j.doe@example.org"/>')).status == 404


@pytest.mark.parametrize(
    "inner",
    [
        "", "<bogus/>", '<set-roles user="anna"><PublicViewer/></set-roles>', "<set-roles><PublicViewer/></set-roles>",
        '<set-roles user="ben"><Foo/></set-roles>', '<set-roles user="ben"><ObjectViewer/></set-roles>',
        '<add-user user=""/>', '<add-user user="anna"/>', "<add-users/>", "<remove-user/>", "<roles/>",
        '<roles users="ben,root"/>', '<set-roles user="anonymous"><PublicViewer/></set-roles>',
        f'<add-user user="{"x" * 256}"/>', '<add-user user="a&#9;b"/>', '<set-roles user="anna@example.org"/>',
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_a_bare_400_and_gives_nothing(house: House, anna: Client, inner: str) -> None:
    await furnish(anna)
    refused = await acl(anna, inner)
    assert (refused.status, refused.body) == (400, b"")
    assert await rows(house) == {}


async def test_names_are_values_whatever_is_in_them(house: House, anna: Client) -> None:
    await furnish(anna)
    name = 'o\'hara "<b>" @ % :x ; -- é'
    escaped = name.replace("<", "&lt;").replace('"', "&quot;")
    assert (
        await acl(anna, f'<set-roles user="{escaped}"><PublicViewer/><PublicModifier/><None/></set-roles>')
    ).status == 204
    assert await rows(house) == {name: {"PublicModifier"}}
    listed = await acl(anna, "<user-list/>")
    assert [item.text for item in listed.xml.iter("id")] == [ANYBODY, name]
    assert (await acl(anna, f'<remove-user user="{escaped}"/>')).status == 204
    assert await rows(house) == {}


async def test_people_are_found_by_their_addresses_and_by_names_the_original_wrote(
    house: House, anna: Client, ben: Client
) -> None:
    await furnish(anna)
    await share(house, "PUv", "ben@example.org")
    assert (await ben("PROPFIND", CAL, Depth="0")).status == 404
    listed = await acl(anna, "<user-list/>")
    assert [item.text for item in listed.xml.iter("id")] == [ANYBODY, "ben@example.org"]
    assert (await acl(anna, '<roles user="ben@example.org"/>')).text.endswith("<roles><PublicViewer/></roles>")
    assert (await acl(anna, '<set-roles user="ben@example.org"><PublicModifier/></set-roles>')).status == 204
    assert await rows(house) == {"ben": {"PublicModifier"}}
    await share(house, "PUv", "ben@example.org")
    assert (await acl(anna, '<remove-user user="ben@example.org"/>')).status == 204
    assert await rows(house) == {}
    assert (await acl(anna, '<add-user user="a,b"/>')).status == 204
    assert await rows(house) == {"a,b": {"None"}}


async def test_who_follows_a_calendar_is_told_everything_anew_when_rights_change(
    house: House, anna: Client, ben: Client
) -> None:
    await furnish(anna)

    async def synced(token: str) -> Answer:
        inner = f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>"
        return await ben.report(CAL, body("D:sync-collection", inner))

    assert (await acl(anna, '<set-roles user="ben"><PublicViewer/></set-roles>')).status == 204
    first = await synced("")
    assert len(first.hrefs) == 2
    assert (await synced(first.token)).hrefs == []
    assert (await acl(anna, '<set-roles user="ben"><PublicViewer/><PrivateViewer/></set-roles>')).status == 204
    refused = await synced(first.token)
    assert (refused.status, refused.condition) == (403, D + "valid-sync-token")
    assert len((await synced("")).hrefs) == 4
    assert (await acl(anna, '<remove-user user="ben"/>')).status == 204
    assert (await synced("")).status == 404


async def test_domains_that_may_not_see_each_other_share_nothing_and_are_told_nothing(tmp_path: Path) -> None:
    domains = {"red": {"SOGoMailDomain": "red"}, "blue": {"SOGoMailDomain": "blue"}, "pink": {"SOGoMailDomain": "pink"}}
    async for house in open_house(tmp_path, domains=domains, SOGoDomainsVisibility=[["red", "pink"]]):
        for name in domains:
            house.people.users[name] = person(name, f"Secret {name}", domain=name)
        red, blue, pink = (house.client(name) for name in domains)
        path = "/SOGo/dav/red/Calendar/shared/"
        await furnish(red, path)
        for name in ("blue", "pink"):
            given = f'<set-roles user="{name}"><PublicViewer/></set-roles>'
            assert (await acl(red, given, path)).status == 204
        listed = (await acl(red, "<user-list/>", path)).text
        assert ("Secret pink" in listed, "Secret blue" in listed) == (True, False)
        assert (await pink("PROPFIND", path, Depth="0")).status == 207
        assert (await blue("PROPFIND", path, Depth="0")).status == 404
        assert (await posted(blue, "subscribe", path)).status == 404


async def test_a_thousand_get_their_roles_at_once_and_ten_thousand_do_not(house: House, anna: Client) -> None:
    await furnish(anna)
    names = [f"u{number}" for number in range(10_000)]
    roles = "<PublicViewer/><PrivateViewer/><ConfidentialDAndTViewer/><ObjectCreator/>"
    assert (await acl(anna, f'<set-roles users="{",".join(names)}">{roles}</set-roles>')).status == 400
    assert await rows(house) == {}
    before = house.statements
    assert (await acl(anna, f'<set-roles users="{",".join(names[:1000])}">{roles}</set-roles>')).status == 204
    assert house.statements - before < 60
    found = await rows(house)
    assert len(found) == 1000
    assert all(len(given) == 4 for given in found.values())


async def test_address_books_have_roles_of_their_own(house: House, anna: Client, ben: Client) -> None:
    await furnish_book(anna)
    assert (await acl(anna, '<set-roles user="ben"><PublicViewer/></set-roles>', BOOK)).status == 400
    for letters in ("v", "e", "c", "d", "cd", "vd", "ec", "ed"):
        words = {"v": "ObjectViewer", "e": "ObjectEditor", "c": "ObjectCreator", "d": "ObjectEraser"}
        given = "".join(f"<{words[letter]}/>" for letter in letters)
        assert (await acl(anna, f'<set-roles user="ben">{given}</set-roles>', BOOK)).status == 204
        new, old = BOOK + "new.vcf", BOOK + "old.vcf"
        made = await ben("PUT", new, card("new", "New"), Content_Type="text/vcard")
        assert made.status == (201 if "c" in letters else 403), letters
        assert (await ben("GET", old)).status == (200 if set("ve") & set(letters) else 403), letters
        changed = await ben("PUT", old, card("old", "Changed"), Content_Type="text/vcard")
        assert changed.status == (204 if "e" in letters else 403), letters
        assert (await ben("DELETE", old)).status == (204 if "d" in letters else 403), letters
        await anna("PUT", old, card("old", "Old"), Content_Type="text/vcard")
        await anna("DELETE", new)


async def test_one_subscribes_oneself_and_is_told_the_name(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    here = OURS + "anna_shared/"
    assert (await posted(ben, "subscribe")).status == 404
    await acl(anna, '<set-roles user="ben"><PublicViewer/></set-roles>')
    told = await posted(ben, "subscribe")
    assert (told.status, told.headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert told.text == "shared (Anna Bell <anna@example.org>)"
    settings = (await house.site.profiles.load("ben")).settings["Calendar"]
    assert settings == {
        "SubscribedFolders": ["anna:Calendar/shared"], "FolderShowAlarms": {"anna:Calendar/shared": 0}
    }  # fmt: skip
    assert here in (await ben.propfind(OURS, "D:displayname", depth="1")).hrefs
    assert (await posted(ben, "subscribe", here)).status == 200
    assert (await house.site.profiles.load("ben")).settings["Calendar"] == settings
    assert (await posted(ben, "unsubscribe", here)).text == "shared (Anna Bell <anna@example.org>)"
    assert here not in (await ben.propfind(OURS, "D:displayname", depth="1")).hrefs
    left = (await house.site.profiles.load("ben")).settings["Calendar"]
    assert left == {"SubscribedFolders": [], "FolderShowAlarms": {}}
    refused = await posted(anna, "subscribe")
    assert (refused.status, refused.text) == (403, "You cannot (un)subscribe to a folder that you own!")


async def test_only_a_superuser_subscribes_others_and_the_members_of_groups(
    house: House, anna: Client, ben: Client, root: Client
) -> None:
    await furnish(anna)
    house.people.users["team"] = person("team", "The Team", is_group=True)
    house.people.groups["team"] = ["j.doe@example.org", "anna"]
    await acl(anna, '<set-roles user="ben"><PublicViewer/></set-roles>')
    for client in (anna, ben):
        refused = await posted(client, 'subscribe users="ben"')
        assert refused.status == 403
        assert refused.text == "You cannot subscribe another user to any folder unless you are a super-user."
    assert (await posted(root, 'subscribe users="ben,team"')).status == 200
    for user, listed in (("ben", True), ("j.doe@example.org", True), ("anna", False)):
        settings = (await house.site.profiles.load(user)).settings.get("Calendar", {})
        assert (settings.get("SubscribedFolders") == ["anna:Calendar/shared"]) is listed, user
    assert (await posted(root, 'unsubscribe users="ben"')).status == 200
    assert (await house.site.profiles.load("ben")).settings["Calendar"]["SubscribedFolders"] == []
    assert (await posted(root, 'subscribe users="nobody"')).status == 400


async def test_people_are_asked_for_by_a_part_of_their_names(house: House, anna: Client, ben: Client) -> None:
    query = '<users match-name="be"/>'
    for method in ("POST", "REPORT"):
        found = await ben(
            method, "/SOGo/dav/ben/", f"<user-query {SPACE}>{query}</user-query>", Content_Type="text/xml"
        )
        assert (found.status, found.headers["Content-Type"]) == (207, 'text/xml; charset="utf-8"')
        person_ = "<user><id>anna</id><displayName>Anna Bell</displayName><email>anna@example.org</email></user>"
        assert found.text == f"{XML}<users>{person_}</users>"
    for inner in ('<users match-name="zzz"/>', '<users match-name=""/>', "<users/>", ""):
        assert (await posted(anna, "user-query", "/SOGo/dav/anna/", inner)).status == 400, inner


async def test_the_folders_of_somebody_that_one_may_see(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)

    async def asked(kind: str, owner: str) -> Answer:
        matches = f'<prop-match name="resource-type">{kind}</prop-match>'
        matches += f'<prop-match name="owner">{owner}</prop-match>' if owner else ""
        return await posted(ben, "collection-query", "/SOGo/dav/ben/", matches)

    assert (await asked("calendar", "/SOGo/dav/anna")).hrefs == []
    await acl(anna, '<set-roles user="ben"><PublicViewer/></set-roles>')
    for owner in ("/SOGo/dav/anna", "/SOGo/dav/users/anna", "/SOGo/dav/anna/"):
        found = await asked("calendar", owner)
        assert (found.status, found.hrefs) == (207, [CAL])
        name = "shared (Anna Bell <anna@example.org>)"
        assert found.prop_text(CAL, D + "displayname") == name
        answer = found.responses[CAL]
        told = [answer.findtext(D + "owner"), answer.findtext(D + "displayname")]
        assert told == ["/SOGo/dav/anna", name]
        assert answer.findtext("{urn:inverse:params:xml:ns:inverse-dav}ownerdisplayname") == "Anna Bell"
    assert (await asked("contact", "")).hrefs == ["/SOGo/dav/ben/Contacts/personal/"]
    for kind, owner in (("mail", ""), ("calendar", "/SOGo/dav/nobody"), ("calendar", "/elsewhere/anna/x")):
        assert (await asked(kind, owner)).status == 400


async def test_who_waits_for_a_shared_calendar_hears_of_new_rights(house: House, anna: Client) -> None:
    await furnish(anna)
    folder = (await state_of(house)).folder
    async with house.site.bus.watch(folder) as queue:
        await acl(anna, '<set-roles user="ben"><PublicViewer/></set-roles>')
        assert queue.get_nowait().folder.path == folder.path
        await acl(anna, '<set-roles user="ben"><PublicViewer/></set-roles>')
        assert queue.empty()


async def test_what_a_site_does_not_share_is_not_given_but_taken(tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoDisableSharing=["Calendar"]):
        anna = house.client("anna")
        await furnish(anna)
        await share(house, "PUv")
        assert (await acl(anna, '<set-roles user="ben"><PublicModifier/></set-roles>')).status == 400
        assert await rows(house) == {"ben": {"PublicViewer"}}
        assert (await acl(anna, '<set-roles user="ben"/>')).status == 204
        assert (await acl(anna, '<remove-user user="ben"/>')).status == 204
        assert await rows(house) == {}


async def test_everybody_and_the_world_are_told_apart(tmp_path: Path) -> None:
    """Items 36 to 40 of the reference."""
    public = "/SOGo/dav/public/anna/Calendar/"
    files = [CAL, CAL.rstrip("/") + ".ics", CAL.rstrip("/") + ".xml"]
    async for house in open_house(tmp_path, SOGoEnablePublicAccess="YES"):
        anna, ben, nobody = house.client("anna"), house.client("ben"), house.client(None)
        await furnish(anna)

        async def seen(house: House = house, ben: Client = ben, nobody: Client = nobody) -> tuple[list[str], list[str]]:
            own = (await ben.propfind(HOME, "D:displayname", depth="1")).hrefs
            return own, (await nobody.propfind(public, "D:displayname", depth="1")).hrefs

        for who in ("ben", "anonymous", "&lt;default&gt;"):
            assert (await acl(anna, f'<set-roles user="{who}"/>')).status == 204
        assert await seen() == ([HOME], [public])
        assert (await acl(anna, '<set-roles user="ben"><ObjectCreator/></set-roles>')).status == 204
        assert await seen() == ([HOME, *files], [public])
        assert (await acl(anna, '<remove-user user="ben"/>')).status == 204
        assert (await acl(anna, '<set-roles user="&lt;default&gt;"><ObjectCreator/></set-roles>')).status == 204
        assert await seen() == ([HOME, *files], [public])
        assert (await acl(anna, '<set-roles user="&lt;default&gt;"/>')).status == 204
        assert (await acl(anna, '<set-roles user="anonymous"><ObjectCreator/></set-roles>')).status == 204
        assert await seen() == ([HOME], [public, *(path.replace("dav/anna", "dav/public/anna") for path in files)])
        assert (await nobody.put(public + "shared/new.ics", event("new"))).status == 401
        for role in ("PublicModifier", "PublicResponder", "ObjectEraser"):
            assert (await acl(anna, f'<set-roles user="anonymous"><{role}/></set-roles>')).status == 400
        own = (await anna.propfind(HOME, "D:displayname", depth="1")).hrefs
        assert own[0] == HOME
        assert len(own) > 2
