"""Who is shown what: closed modules, other domains, resources, remote calendars, and the word of a front end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.house import Client, House, open_house
from tests.support.people import person


@pytest.mark.parametrize(
    ("switch", "closed", "still"),
    [
        ("SOGoCalendarDAVAccessEnabled", "Calendar", "Contacts"),
        ("SOGoAddressBookDAVAccessEnabled", "Contacts", "Calendar"),
    ],
)
async def test_a_closed_module_looks_as_if_it_did_not_exist(
    tmp_path: Path, switch: str, closed: str, still: str
) -> None:
    async for house in open_house(tmp_path, **{switch: "NO"}):
        anna = house.client("anna")
        assert (await anna("PROPFIND", f"/SOGo/dav/anna/{closed}/", Depth="0")).status == 404
        assert (await anna("PROPFIND", f"/SOGo/dav/anna/{closed}/personal/", Depth="0")).status == 404
        assert (await anna("PROPFIND", f"/SOGo/dav/anna/{still}/", Depth="0")).status == 207
        listed = await anna.propfind("/SOGo/dav/anna/", "D:resourcetype", depth="1")
        assert f"/SOGo/dav/anna/{closed}/" not in listed.hrefs


async def test_a_user_whose_directory_grants_no_calendar_has_none(house: House) -> None:
    house.people.users["ben"] = person("ben", calendar_access=False)
    ben = house.client("ben")
    assert (await ben("PROPFIND", "/SOGo/dav/ben/Calendar/", Depth="0")).status == 404
    assert (await ben("PROPFIND", "/SOGo/dav/ben/Contacts/", Depth="0")).status == 207


async def test_domains_see_each_other_only_where_the_site_says_so(tmp_path: Path) -> None:
    domains = {name: {"SOGoMailDomain": name} for name in ("one", "two", "three")}
    async for house in open_house(tmp_path, domains=domains, SOGoDomainsVisibility=[["one", "two"]]):
        for login, domain in (("a1", "one"), ("b1", "one"), ("a2", "two"), ("a3", "three")):
            house.people.users[login] = person(login, domain=domain)
        asked = {
            login: await house.client("a1")("PROPFIND", f"/SOGo/dav/{login}/", Depth="0")
            for login in ("b1", "a2", "a3")
        }
        assert {login: answer.status for login, answer in asked.items()} == {"b1": 207, "a2": 207, "a3": 404}
        assert (await house.client("root")("PROPFIND", "/SOGo/dav/a3/", Depth="0")).status == 207


async def test_a_resource_gets_its_calendar_when_somebody_first_looks(house: House, anna: Client) -> None:
    house.people.users["room"] = person("room", is_resource=True, kind="location")
    looked = await anna.propfind("/SOGo/dav/room/Calendar/", "D:displayname", depth="1")
    assert looked.hrefs == ["/SOGo/dav/room/Calendar/"]
    root = await house.client("root").propfind("/SOGo/dav/room/Calendar/", "D:displayname", depth="1")
    assert "/SOGo/dav/room/Calendar/personal/" in root.hrefs


async def test_a_subscription_to_a_remote_file_never_shows(house: House, anna: Client) -> None:
    path = "/SOGo/dav/anna/Calendar/remote/"
    await anna("MKCALENDAR", path)
    await house.site.profiles.update(
        "anna",
        lambda profile: profile.settings.update(Calendar={"WebCalendars": {"anna:Calendar/remote": "https://x"}}),
    )
    assert (await anna("PROPFIND", path, Depth="0")).status == 404
    assert path not in (await anna.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")).hrefs


async def test_a_trusted_front_end_is_believed_and_nobody_else(tmp_path: Path) -> None:
    header = {"x-webobjects-remote-user": "anna"}
    async for house in open_house(tmp_path, SOGoTrustProxyAuthentication="YES"):
        stranger = house.client(None)
        assert (await stranger("PROPFIND", "/SOGo/dav/anna/Calendar/", Depth="0", **header)).status == 207
        assert (await stranger("PROPFIND", "/SOGo/dav/ben/Calendar/personal/", Depth="0", **header)).status == 404
        unknown = await stranger("PROPFIND", "/SOGo/dav/", Depth="0", **{"x-webobjects-remote-user": "nobody"})
        assert (unknown.status, unknown.text) == (403, "Unauthorized\n")
        assert (await stranger("PROPFIND", "/SOGo/dav/", Depth="0", **{"x-webobjects-remote-user": ""})).status == 401
        assert (await house.client("ben")("PROPFIND", "/SOGo/dav/", Depth="0")).status == 207


async def test_without_that_setting_the_header_means_nothing(house: House) -> None:
    answer = await house.client(None)("PROPFIND", "/SOGo/dav/", Depth="0", **{"x-webobjects-remote-user": "anna"})
    assert answer.status == 401


async def test_a_superuser_is_recognised_by_the_directory_alone(house: House) -> None:
    house.people.users["ben"] = replace(house.people.users["ben"], is_superuser=True)
    assert (await house.client("ben")("PROPFIND", "/SOGo/dav/anna/Calendar/personal/", Depth="0")).status == 207
