"""Calendars and address books of others in the home of who subscribed to them (dav.md §§2.1, 8.6)."""

from __future__ import annotations

import pytest

from tests.support.house import CR, ICAL, C, Client, D, House, body, event, propfind
from tests.support.sharing import BOOK, CAL, furnish, furnish_book, secret_event, share, unshare

HOME = "/SOGo/dav/ben/Calendar/"
HERE = HOME + "anna_shared/"
TOGETHER = ("D:displayname", "D:owner", "D:current-user-privilege-set", "ICAL:calendar-color", "D:sync-token",
            "CS:getctag", "D:resourcetype")  # fmt: skip


@pytest.fixture(params=[True, False], ids=["remembered", "asked"])
def remembered(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


async def subscribe(house: House, *references: str, user: str = "ben", kind: str = "Calendar", **more: object) -> None:
    def change(profile: object) -> None:
        settings = profile.settings  # type: ignore[attr-defined]
        settings.setdefault(kind, {}).update(SubscribedFolders=list(references), **more)

    await house.site.profiles.update(user, change)


async def prepared(house: House, anna: Client, ben: Client, given: str = "PUv PRd c") -> None:
    await furnish(anna)
    await share(house, given)
    await ben.propfind(HOME, "D:displayname", depth="1")
    await subscribe(house, "anna:Calendar/shared")


async def test_a_subscribed_calendar_is_in_the_home_under_a_name_of_its_own(
    house: House, anna: Client, ben: Client
) -> None:
    await prepared(house, anna, ben)
    listed = await ben.propfind(HOME, *TOGETHER, depth="1")
    calendars = [href for href in listed.hrefs if href.endswith("/")]
    assert calendars == [HOME, HOME + "personal/", HERE]
    assert listed.prop_text(HERE, D + "displayname") == "shared (Anna Bell <anna@example.org>)"
    assert listed.prop_text(HERE, ICAL + "calendar-color") == "#AAAAAAFF"
    owner = listed.prop(HERE, D + "owner")
    assert owner is not None
    assert owner.findtext(D + "href") == "/SOGo/dav/anna/"
    await subscribe(
        house, "anna:Calendar/shared", FolderDisplayNames={"anna:Calendar/shared": "Hers"},
        FolderColors={"anna:Calendar/shared": "#123456"},
    )  # fmt: skip
    listed = await ben.propfind(HOME, *TOGETHER, depth="1")
    assert listed.prop_text(HERE, D + "displayname") == "Hers"
    assert listed.prop_text(HERE, ICAL + "calendar-color") == "#123456FF"


async def test_everything_in_it_is_told_by_the_address_it_was_asked_by(house: House, anna: Client, ben: Client) -> None:
    await prepared(house, anna, ben)
    data = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    everything = '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>'
    one = HERE + "event-PUBLIC.ics"
    answers = [
        await ben.propfind(HERE, "D:getetag", depth="1"),
        await ben.report(HERE, body("C:calendar-query", data + everything)),
        await ben.report(HERE, body("D:sync-collection", f"<D:sync-token/><D:sync-level>1</D:sync-level>{data}")),
        await ben.report(HERE, body("C:calendar-multiget", f"{data}<D:href>{one}</D:href>")),
    ]
    for answer in answers:
        assert one in answer.hrefs
        assert all(href.startswith(HERE) for href in answer.hrefs)
    whole = (await anna("GET", CAL + "event-PUBLIC.ics")).text
    assert (await ben("GET", one)).text == whole
    assert (await ben("GET", HERE + "event-CONFIDENTIAL.ics")).status == 403
    assert "SECRET" not in (await ben("GET", HERE + "event-PRIVATE.ics")).text
    assert (await ben.put(HERE + "new.ics", event("new"))).status == 201
    assert (await anna("GET", CAL + "new.ics")).status == 200
    refused = await ben("DELETE", one)
    assert (refused.status, refused.xml.findtext(f".//{D}href")) == (403, HERE)
    assert C


async def test_without_a_right_or_a_subscription_there_is_nothing(house: House, anna: Client, ben: Client) -> None:
    await prepared(house, anna, ben)
    assert HERE in (await ben.propfind(HOME, "D:displayname", depth="1")).hrefs
    assert (await ben("PROPFIND", HERE, Depth="0")).status == 207
    await unshare(house)
    assert HERE not in (await ben.propfind(HOME, "D:displayname", depth="1")).hrefs
    assert (await ben("PROPFIND", HERE, Depth="0")).status == 404
    await share(house, "PUv")
    assert (await ben("PROPFIND", HERE, Depth="0")).status == 207
    await subscribe(house)
    assert HERE not in (await ben.propfind(HOME, "D:displayname", depth="1")).hrefs
    assert (await ben("PROPFIND", HERE, Depth="0")).status == 404
    assert (await ben("PROPFIND", CAL, Depth="0")).status == 207
    await subscribe(house, "anna:Calendar/shared")
    assert (await anna("DELETE", CAL)).status == 204
    assert (await ben("PROPFIND", HERE, Depth="0")).status == 404


@pytest.mark.parametrize(
    "reference",
    ["", "anna", "anna:Calendar", "anna:Calendar/", ":Calendar/shared", "anna:Contacts/shared", "nobody:Calendar/shared",
     "anna:Calendar/sha/red", "../anna:Calendar/shared", "anna:Calendar/../shared", "ben:Calendar/personal", "\0:\0/\0", "a" * 3000],
)  # fmt: skip
async def test_settings_that_make_no_sense_name_nothing(
    house: House, anna: Client, ben: Client, reference: str
) -> None:
    await prepared(house, anna, ben)
    await subscribe(house, reference)
    listed = (await ben.propfind(HOME, "D:displayname", depth="1")).hrefs
    assert [href for href in listed if href.endswith("/")] == [HOME, HOME + "personal/"]


async def test_subscriptions_are_shown_to_nobody_else(house: House, anna: Client, ben: Client, root: Client) -> None:
    await prepared(house, anna, ben)
    await share(house, "PUv", "j.doe@example.org")
    john = house.client("j.doe@example.org")
    assert (await john.propfind(HOME, "D:displayname", depth="1")).hrefs == [HOME]
    assert (await john("PROPFIND", HERE, Depth="0")).status == 404
    assert HERE in (await root.propfind(HOME, "D:displayname", depth="1")).hrefs


async def test_owners_are_written_as_identifiers(house: House, anna: Client, ben: Client) -> None:
    john = house.client("j.doe@example.org")
    path = "/SOGo/dav/j.doe@example.org/Calendar/shared/"
    await furnish(john, path)
    await share(house, "PUv", path=path)
    await subscribe(house, "j.doe@example.org:Calendar/shared")
    there = HOME + "j_D_doe_A_example_D_org_shared/"
    assert there in (await ben.propfind(HOME, "D:displayname", depth="1")).hrefs
    assert (await ben("GET", there + "event-PUBLIC.ics")).status == 200


async def test_address_books_too(house: House, anna: Client, ben: Client) -> None:
    await furnish_book(anna)
    await share(house, {"ObjectViewer"}, path=BOOK)
    await subscribe(house, "anna:Contacts/shared", kind="Contacts")
    home = "/SOGo/dav/ben/Contacts/"
    assert home + "anna_shared/" in (await ben.propfind(home, "D:displayname", depth="1")).hrefs
    found = await ben.report(
        home + "anna_shared/", body("CR:addressbook-query", "<D:prop><CR:address-data/></D:prop><CR:filter/>")
    )
    assert found.hrefs == [home + "anna_shared/old.vcf"]
    assert found.prop(found.hrefs[0], CR + "address-data") is not None


async def test_the_home_tells_who_follows_it_of_subscriptions_and_of_rights(
    house: House, anna: Client, ben: Client
) -> None:
    await prepared(house, anna, ben, "PUv")
    sync = "<D:sync-token>{}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:displayname/></D:prop>"

    async def changed(token: str) -> tuple[list[str], str]:
        answer = await ben.report(HOME, body("D:sync-collection", sync.format(token)))
        assert answer.status == 207
        return answer.hrefs, answer.token

    there, token = await changed("")
    assert HERE in there
    assert await changed(token) == ([], token)
    for change in (share(house, "PUd"), anna.put(CAL + "n.ics", secret_event("PUBLIC", uid="n")), unshare(house)):
        await change
        there, token = await changed(token)
        assert there == [HERE]


async def test_a_reader_has_a_name_and_a_colour_of_his_own(house: House, anna: Client, ben: Client) -> None:
    await prepared(house, anna, ben, "PUv")

    def patch(*values: str) -> str:
        return body("D:propertyupdate", f"<D:set><D:prop>{''.join(values)}</D:prop></D:set>")

    name, color = "<D:displayname>Mine</D:displayname>", "<ICAL:calendar-color>#123456</ICAL:calendar-color>"
    changed = await ben("PROPPATCH", HERE, patch(name, color))
    assert changed.prop_status(HERE, D + "displayname") == 200
    for path, reader, title in ((HERE, ben, "Mine"), (CAL, ben, "Mine"), (CAL, anna, "shared")):
        assert (await reader.propfind(path, "D:displayname")).prop_text(path, D + "displayname") == title
    colors = [
        (await one.propfind(CAL, "ICAL:calendar-color")).prop_text(CAL, ICAL + "calendar-color") for one in (anna, ben)
    ]
    assert colors == ["#AAAAAAFF", "#123456FF"]
    for value in ("<X:dead>for all</X:dead>", "<ICAL:calendar-order>1</ICAL:calendar-order>"):
        refused = await ben("PROPPATCH", HERE, patch("<D:displayname>Other</D:displayname>", value))
        assert refused.status == 207
        assert refused.prop_status(HERE, D + "displayname") == 424
        assert "need-privileges" in refused.text
    assert (await ben.propfind(HERE, "D:displayname")).prop_text(HERE, D + "displayname") == "Mine"
    await unshare(house)
    assert (await ben("PROPPATCH", CAL, patch(name))).status == 404


async def test_a_home_full_of_subscriptions_costs_one_statement(house: House, anna: Client, ben: Client) -> None:
    for number in range(30):
        assert (await anna("MKCALENDAR", f"/SOGo/dav/anna/Calendar/c{number}/")).status == 201
        await share(house, "PUv PRd", path=f"/SOGo/dav/anna/Calendar/c{number}/")
    await anna.put("/SOGo/dav/anna/Calendar/c1/a.ics", secret_event("PUBLIC"))
    await ben.propfind(HOME, "D:displayname", depth="1")
    await subscribe(house, *(f"anna:Calendar/c{number}" for number in range(30)))
    asked = [
        ("PROPFIND", HOME, propfind(*TOGETHER), "1"), ("PROPFIND", HOME + "anna_c1/", propfind(*TOGETHER), "0"),
        ("GET", HOME + "anna_c1/a.ics", None, "0"), ("PROPFIND", "/SOGo/dav/anna/Calendar/", propfind(*TOGETHER), "1"),
        ("PROPFIND", "/SOGo/dav/anna/Calendar/c1/", propfind(*TOGETHER), "0"),
        ("PROPFIND", "/SOGo/dav/anna/Calendar/c1/", propfind("D:getetag"), "1"),
        ("GET", "/SOGo/dav/anna/Calendar/c1/a.ics", None, "0"),
    ]  # fmt: skip
    costs = {}
    for method, path, text, depth in asked:
        for _ in range(2):
            before = house.statements
            answer = await ben(method, path, text, Depth=depth, Content_Type="text/xml")
            assert answer.status in (200, 207), (path, answer.text)
        costs[method, path, depth] = house.statements - before
    listing = costs.pop(("PROPFIND", "/SOGo/dav/anna/Calendar/c1/", "1"))
    assert set(costs.values()) == {1}, costs
    assert listing <= 2, "a listing that is not remembered is read"
