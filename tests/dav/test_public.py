"""The part of the tree for who does not log in (dav.md §20, 11-14, 38, 39)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from sogo.model.folder import FolderKind
from sogo.model.rights import ANONYMOUS
from tests.support.house import Client, D, House, body, event, open_house
from tests.support.sharing import CAL, furnish, share, unshare

PUBLIC = "/SOGo/dav/public/anna/Calendar/"
HERE = PUBLIC + "shared/"


@pytest_asyncio.fixture
async def opened(tmp_path: Path) -> AsyncIterator[House]:
    folder = tmp_path / "public"
    folder.mkdir()
    async for house in open_house(folder, SOGoEnablePublicAccess="YES"):
        await furnish(house.client("anna"))
        yield house


@pytest.fixture
def nobody(opened: House) -> Client:
    return opened.client(None)


async def test_it_is_there_only_where_a_site_opens_it(house: House, opened: House) -> None:
    for place, status in ((house, 404), (opened, 200)):
        stranger = place.client(None)
        assert (await stranger("OPTIONS", "/SOGo/dav/public")).status == status
        assert (await stranger("PROPFIND", PUBLIC, Depth="0")).status == (207 if status == 200 else 404)
        for path, expected in (("/SOGo/so/public", 404), ("/SOGo/public", 404), ("/SOGo/dav/anna", 401)):
            assert (await stranger("GET", path)).status == expected, path


async def test_who_does_not_log_in_has_the_rights_of_anonymous_and_no_others(opened: House, nobody: Client) -> None:
    ben = opened.client("ben")
    home = "/SOGo/dav/anna/Calendar/"
    await share(opened, "c", "<default>")
    assert (await nobody.propfind(PUBLIC, "D:displayname", depth="1")).hrefs == [PUBLIC]
    assert len((await ben.propfind(home, "D:displayname", depth="1")).hrefs) == 4
    await unshare(opened, "<default>")
    await share(opened, "c", ANONYMOUS)
    listed = (await nobody.propfind(PUBLIC, "D:displayname", depth="1")).hrefs
    assert listed == [PUBLIC, HERE, HERE.rstrip("/") + ".ics", HERE.rstrip("/") + ".xml"]
    assert (await ben.propfind(home, "D:displayname", depth="1")).hrefs == [home]


async def test_what_is_shared_with_everybody_is_read_by_its_public_address(opened: House, nobody: Client) -> None:
    await share(opened, "PUv PRd", ANONYMOUS)
    one = HERE + "event-PUBLIC.ics"
    assert "SECRET-PUBLIC" in (await nobody("GET", one)).text
    masked = await nobody("GET", HERE + "event-PRIVATE.ics")
    assert (masked.status, "SECRET" in masked.text) == (200, False)
    data = "<D:prop><D:getetag/></D:prop>"
    found = await nobody.report(HERE, body("D:sync-collection", f"<D:sync-token/><D:sync-level>1</D:sync-level>{data}"))
    assert one in found.hrefs
    assert all(href.startswith(HERE) for href in found.hrefs)
    got = await nobody.report(HERE, body("C:calendar-multiget", f"{data}<D:href>{one}</D:href>"))
    assert got.prop(one, D + "getetag") is not None
    listed = await nobody.propfind(HERE, "D:displayname", "D:current-user-principal")
    assert listed.prop_text(HERE, D + "displayname") == "shared"
    assert "anna@example.org" not in listed.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", HERE + "new.ics"), ("PUT", HERE + "event-PUBLIC.ics"), ("DELETE", HERE + "event-PUBLIC.ics"),
        ("GET", HERE + "event-CONFIDENTIAL.ics"), ("DELETE", HERE), ("MKCALENDAR", PUBLIC + "new/"), ("POST", HERE),
        ("PROPPATCH", HERE), ("LOCK", HERE + "event-PUBLIC.ics"), ("ACL", HERE), ("COPY", HERE + "event-PUBLIC.ics"),
        ("PROPFIND", "/SOGo/dav/public/anna/"), ("PROPFIND", "/SOGo/dav/public/anna/calendar-proxy-read/"), ("REPORT", "/SOGo/dav/public/"), ("REPORT", PUBLIC),
    ],
)  # fmt: skip
async def test_for_everything_else_one_logs_in(opened: House, nobody: Client, method: str, path: str) -> None:
    await share(opened, "PUv", ANONYMOUS)
    text = event("x") if method == "PUT" else body("D:principal-property-search", "") if method == "REPORT" else None
    refused = await nobody(method, path, text, Content_Type="text/calendar" if method == "PUT" else "text/xml")
    assert (refused.status, "WWW-Authenticate" in refused.headers) == (401, True), refused.text


async def test_reports_about_people_are_for_who_logs_in(opened: House, nobody: Client) -> None:
    await share(opened, "PUv", ANONYMOUS)
    for root in ("D:acl-principal-prop-set", "D:expand-property", "D:principal-match"):
        assert (await nobody.report(HERE, body(root, "<D:prop><D:displayname/></D:prop>"))).status == 401


@pytest.mark.parametrize(
    "path",
    ["anonymous/Calendar/", "anonymous/Calendar/personal/", "nobody/Calendar/", "public/", "ben/Calendar/personal/"],
)
async def test_nobody_has_a_home_of_nobody(opened: House, nobody: Client, path: str) -> None:
    for method in ("PROPFIND", "GET", "PUT"):
        assert (await nobody(method, "/SOGo/dav/public/" + path)).status in (404, 405, 409), method
    assert not await opened.site.folders.folders(ANONYMOUS, FolderKind.CALENDAR)


async def test_who_shares_something_with_the_world_tells_it_when_he_is_busy_too(opened: House, nobody: Client) -> None:
    files = {user: f"/SOGo/dav/public/{user}/freebusy.ifb" for user in ("anna", "ben")}
    for path in files.values():
        assert (await nobody("GET", path)).status == 404
        assert (await nobody("PROPFIND", path, Depth="0")).status == 404
    await share(opened, "PUv", ANONYMOUS)
    told = await nobody("GET", files["anna"])
    assert (told.status, "BEGIN:VFREEBUSY" in told.text, "SECRET" in told.text) == (200, True, False)
    assert (await nobody("GET", files["ben"])).status == 404
    assert (await opened.client("anna")("GET", "/SOGo/dav/ben/freebusy.ifb")).status == 200


async def test_an_invisible_calendar_is_not_there(opened: House, nobody: Client) -> None:
    for path in (HERE, HERE + "event-PUBLIC.ics", CAL.replace("/dav/", "/dav/public/")):
        assert (await nobody("GET", path)).status == 404
