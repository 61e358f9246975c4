"""From what a person types to their calendars and address books, request by request as clients do it."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest

from tests.e2e.server import Server, login

pytestmark = pytest.mark.services

PRINCIPAL = b"""<?xml version="1.0"?><propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>"""
HOMES = b"""<?xml version="1.0"?><propfind xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"
 xmlns:A="urn:ietf:params:xml:ns:carddav"><prop><C:calendar-home-set/><A:addressbook-home-set/>
 <C:calendar-user-address-set/><displayname/></prop></propfind>"""
KINDS = b"""<?xml version="1.0"?><propfind xmlns="DAV:"><prop><resourcetype/><displayname/></prop></propfind>"""


@dataclass
class Client:
    """Follows redirects by itself, with the same method and body, as DAV clients do."""

    http: aiohttp.ClientSession
    url: str

    async def propfind(self, path: str, body: bytes, depth: int = 0) -> str:
        for _ in range(4):
            headers = {"Depth": str(depth), "Content-Type": "application/xml"}
            async with self.http.request(
                "PROPFIND", self.url + path, data=body, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status not in (301, 302, 307, 308):
                    assert answer.status == 207, f"{path}: {answer.status}"
                    return await answer.text()
                path = answer.headers["Location"].removeprefix(self.url)
        raise AssertionError("too many redirects")


@pytest.fixture
async def client(server: Server, user: str) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(headers=login(user)) as http:
        yield Client(http, server.url)


def hrefs(text: str, element: str) -> list[str]:
    """The hrefs inside an element, whatever its prefix."""
    inside = re.search(rf"<(?:\w+:)?{element}\b[^>]*>(.*?)</(?:\w+:)?{element}>", text, re.DOTALL)
    return re.findall(r"<(?:\w+:)?href[^>]*>([^<]*)<", inside[1]) if inside else []


@pytest.mark.parametrize(
    "start",
    ["/.well-known/caldav", "/.well-known/carddav", "/", "/principals/", "/SOGo/dav/", "/SOGo/dav/{user}/"],
)
async def test_every_place_to_start_from_leads_to_both_homes(client: Client, user: str, start: str) -> None:
    principals = hrefs(await client.propfind(start.format(user=user), PRINCIPAL), "current-user-principal")
    assert principals == [f"/SOGo/dav/{user}/"]
    homes = await client.propfind(principals[0], HOMES)
    assert hrefs(homes, "calendar-home-set") == [f"/SOGo/dav/{user}/Calendar/"]
    assert hrefs(homes, "addressbook-home-set") == [f"/SOGo/dav/{user}/Contacts/"]
    assert f"mailto:{user}@example.org" in hrefs(homes, "calendar-user-address-set")
    calendars = await client.propfind(f"/SOGo/dav/{user}/Calendar/", KINDS, depth=1)
    assert f"/SOGo/dav/{user}/Calendar/personal/" in calendars
    assert re.search(r"<(?:\w+:)?calendar\s*/>", calendars)
    books = await client.propfind(f"/SOGo/dav/{user}/Contacts/", KINDS, depth=1)
    assert f"/SOGo/dav/{user}/Contacts/personal/" in books
    assert re.search(r"<(?:\w+:)?addressbook\s*/>", books)


async def test_without_a_login_the_answer_asks_for_one(server: Server, user: str) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.request("PROPFIND", server.calendar_url(user), headers={"Depth": "0"}) as answer,
    ):
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].lower().startswith("basic ")


async def test_options_tells_what_is_there(client: Client, server: Server, user: str) -> None:
    for address, kind in ((server.calendar_url(user), "calendar-access"), (server.contacts_url(user), "addressbook")):
        async with client.http.options(address) as answer:
            classes = {name.strip() for name in answer.headers["DAV"].split(",")}
            assert {"1", "3", kind} <= classes
            assert "PROPFIND" in answer.headers["Allow"]


async def test_somebody_else_is_not_let_in(client: Client, server: Server) -> None:
    stranger = next(server.free_users)
    async with client.http.request("PROPFIND", server.calendar_url(stranger), headers={"Depth": "1"}) as answer:
        assert answer.status in (403, 404)


async def test_what_is_put_is_got_octet_for_octet(client: Client, server: Server, user: str) -> None:
    body = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:kept\r\nDTSTAMP:20261101T100000Z\r\n"
        'DTSTART:20261201T100000Z\r\nDTEND:20261201T110000Z\r\nSUMMARY:Grüße 👋\r\nX-OWN;X-P="a:b":1\\,2\r\n'
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()
    address = server.calendar_url(user) + "kept.ics"
    async with client.http.put(address, data=body, headers={"Content-Type": "text/calendar"}) as put:
        assert put.status == 201
        etag = put.headers["ETag"]
    async with client.http.get(address) as got:
        assert (got.status, got.headers["ETag"], await got.read()) == (200, etag, body)
    async with client.http.get(address, headers={"If-None-Match": etag}) as unchanged:
        assert unchanged.status == 304
    async with client.http.put(address, data=body, headers={"If-None-Match": "*"}) as refused:
        assert refused.status == 412


@pytest.mark.parametrize("path", ["/SOGo/dav/", "/SOGo/SOGoAPI/UserFolder"])
async def test_every_refused_login_writes_the_line_that_fail2ban_reads(server: Server, path: str) -> None:
    name = f"stranger{path.count('/')}{len(path)}"
    headers = {"Authorization": "Basic " + b64encode(f"{name}:wrong' or 1=1".encode()).decode()}
    method = "PROPFIND" if path.endswith("/") else "GET"
    async with aiohttp.ClientSession() as http, http.request(method, server.url + path, headers=headers) as answer:
        assert answer.status == 401
    line = re.compile(
        rf" sogod \[\d+\]: SOGoRootPage Login from '127\.0\.0\.1' for user '{name}' might not have worked"
        r" - password policy: \d+  grace: -?\d+  expire: -?\d+  bound: [01]$",
        re.MULTILINE,
    )
    log = server.log_end()
    assert line.search(log), log
    assert "1=1" not in log
