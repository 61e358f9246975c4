"""What was found in SOGo and its peers, tried on us: one test for each id, named after it. docs/security.md has the list
of all ids and where the others are tried."""

from __future__ import annotations

import asyncio
import logging
import os
from base64 import b64encode
from pathlib import Path

import pytest
from aiohttp import ClientSession

from sogo.codec.contentline import escape
from sogo.model.folder import FolderKind
from tests.support.house import Client, D, House, body, card, event, propfind

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
BOOK = "/SOGo/dav/anna/Contacts/personal/"
SCRIPT = "<script>alert(1)</script>\"'><svg onload=alert(1)>"
SECRET = "Appointment at the clinic"
WINDOW = '<C:time-range start="20260101T000000Z" end="20270101T000000Z"/>'


@pytest.fixture
async def anna(anna: Client) -> Client:
    """With her folders made, and one private and one confidential event."""
    for path in (HOME, "/SOGo/dav/anna/Contacts/"):
        await anna.propfind(path, "D:displayname", depth="1")
    for kind in ("PRIVATE", "CONFIDENTIAL"):
        text = event(f"uid-{kind}", "20260601T100000Z", f"CLASS:{kind}", f"LOCATION:{SECRET}", end="20260601T110000Z")
        assert (await anna.put(f"{CAL}{kind}.ics", text.replace("SUMMARY:", f"SUMMARY:{SECRET} "))).status == 201
    await anna.put(BOOK + "c.vcf", card("c", SECRET))
    return anna


# --- who sees what ----------------------------------------------------------------------------------------------------


async def test_cve_2004_1771_nobody_reads_anothers_private_events_by_any_way(anna: Client, ben: Client) -> None:
    hrefs = f"<D:prop><C:calendar-data/></D:prop><D:href>{CAL}PRIVATE.ics</D:href>"
    event_filter = (
        f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{WINDOW}</C:comp-filter></C:comp-filter>'
    )
    sync = "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><C:calendar-data/></D:prop>"
    reports = [
        body("C:calendar-multiget", hrefs),
        body("C:calendar-query", f"<D:prop><C:calendar-data/></D:prop><C:filter>{event_filter}</C:filter>"),
        body("D:sync-collection", sync),
        body("C:free-busy-query", WINDOW),
    ]
    tried = [("GET", path, None) for path in (f"{CAL}PRIVATE.ics", f"{CAL}CONFIDENTIAL.ics", CAL, f"{BOOK}c.vcf", BOOK)]
    tried += [("GET", path, None) for path in (HOME + "personal.ics", HOME + "personal.xml", BOOK.rstrip("/") + ".vcf")]
    tried += [("REPORT", path, text) for text in reports for path in (CAL, HOME, "/SOGo/dav/ben/Calendar/personal/")]
    tried += [
        ("PROPFIND", path, propfind("C:calendar-data", "D:displayname")) for path in (CAL, HOME, f"{CAL}PRIVATE.ics")
    ]
    for method, path, text in tried:
        answer = await ben(method, path, text, Depth="1", Content_Type="text/xml")
        assert SECRET.encode() not in answer.body, (method, path)
        assert b"uid-PRIVATE" not in answer.body, (method, path)
        asks_when_busy = text == reports[-1] and path != CAL  # which anybody may
        assert answer.status in ((200,) if asks_when_busy else (207, 403, 404)), (method, path, answer.status)
    for method, to in (("COPY", "b.ics"), ("MOVE", "c.ics")):
        answer = await ben(method, f"{CAL}PRIVATE.ics", Destination=f"/SOGo/dav/ben/Calendar/personal/{to}")
        assert answer.status in (403, 404)


async def test_cve_2016_6189_6190_free_busy_tells_times_and_nothing_else(anna: Client, ben: Client) -> None:
    answer = await ben("GET", "/SOGo/dav/anna/freebusy.ifb")
    assert answer.status == 200
    for hidden in (
        SECRET,
        "uid-PRIVATE",
        "uid-CONFIDENTIAL",
        "DTSTAMP:20260101T000000Z",
        "LOCATION",
        "SUMMARY",
        "CLASS",
    ):
        assert hidden not in answer.text
    assert "FREEBUSY" in answer.text
    assert "20260601T100000Z" in answer.text


async def test_bug_698_no_password_in_cookies_urls_or_logs(anna: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for method in ("GET", "PROPFIND", "OPTIONS"):
            answer = await anna(method, f"{CAL}PRIVATE.ics", Depth="0")
            told = repr(list(answer.headers.items())) + answer.text
            for text in ("secret", b64encode(b"anna:secret").decode()):
                assert text not in told
                assert text not in caplog.text
            assert "Set-Cookie" not in answer.headers


# --- text of strangers in our answers ---------------------------------------------------------------------------------


async def test_cve_2014_9905_hostile_text_in_any_field_is_told_as_text(anna: Client) -> None:
    """And its relatives 2022-4558 (folder names), 2025-71276 (categories), 2026-8496 (description)."""
    lines = [f"{name}:{SCRIPT}" for name in ("DESCRIPTION", "CATEGORIES", "LOCATION", "X-ALT-DESC", "COMMENT")]
    assert (await anna.put(CAL + "x.ics", event("x" + SCRIPT, "20260602T100000Z", *lines))).status == 201
    assert (await anna.put(BOOK + "x.vcf", card("x", SCRIPT, f"NOTE:{SCRIPT}", f"CATEGORIES:{SCRIPT}"))).status == 201
    escaped = SCRIPT.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    named = body("D:propertyupdate", f"<D:set><D:prop><D:displayname>{escaped}</D:displayname></D:prop></D:set>")
    assert (await anna("PROPPATCH", CAL, named)).status == 207
    sync = "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><C:calendar-data/></D:prop>"
    answers = [
        await anna.propfind(HOME, "D:displayname", "CS:getctag", depth="1"),
        await anna.report(CAL, body("D:sync-collection", sync)),
        await anna("GET", HOME + "personal.xml"),
        await anna("PROPFIND", f"{CAL}%3Cscript%3Ealert(1)%3C/script%3E.ics"),
        await anna("GET", "/SOGo/dav/%3Cscript%3E/"),
    ]
    for answer in answers:
        assert b"<script" not in answer.body
        assert b"<svg" not in answer.body
        assert answer.xml is not None
        assert "html" not in answer.headers["Content-Type"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_cve_2016_6191_an_object_is_no_page(anna: Client) -> None:
    await anna.put(CAL + "page.html", event("page", "20260602T100000Z", f"DESCRIPTION:{SCRIPT}"))
    for path, kind in ((CAL + "page.html", "text/calendar"), (BOOK + "c.vcf", "text/vcard"), (CAL, "text/calendar")):
        answer = await anna("GET", path)
        assert answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["userName", "theme", "hint", "x[]", "<script>"])
async def test_cve_2025_63498_63499_no_parameter_comes_back(anna: Client, name: str) -> None:
    """And the hint parameter of commit e821b20."""
    marker = "zq<script>zq"
    query = f"?{name}={marker}&{name}={marker}".replace("<", "%3C").replace(">", "%3E")
    for path in ("/SOGo", "/SOGo/", "/SOGo/so/x", "/SOGo/dav/anna/", "/SOGo/dav/nobody/", "/SOGo/api/x", "/x", CAL):
        for method in ("GET", "PROPFIND"):
            answer = await anna(method, path + query, Depth="0")
            assert answer.status < 500, (method, path)
            told = answer.text + repr(list(answer.headers.items()))
            assert marker not in told
            assert "zq%3C" not in told


async def test_cve_2024_31204_a_fault_does_not_tell_what_it_was(
    anna: Client, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"at /etc/secret {SCRIPT}")

    monkeypatch.setattr(house.site.folders, "load", fail)
    monkeypatch.setattr(house.site.folders, "open_folder", fail)
    answer = await anna("GET", f"{CAL}PRIVATE.ics")
    assert answer.status == 500
    for text in ("RuntimeError", "/etc/secret", "Traceback", "<script"):
        assert text not in answer.text


async def test_cve_2026_93453_links_do_not_come_from_the_clients_headers(anna: Client) -> None:
    lies = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    for method, path in (("PROPFIND", HOME), ("PUT", CAL + "new.ics"), ("POST", CAL), ("GET", "/SOGo/dav/anna")):
        text = event("new") if method != "PROPFIND" else propfind("D:owner", "CS:push-transports", "D:principal-URL")
        answer = await anna(method, path, text, Depth="1", Content_Type="text/calendar", **lies)
        assert "evil.example" not in answer.text + repr(list(answer.headers.items()))


# --- requests that others make ----------------------------------------------------------------------------------------

FORGED = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://blog.example.com"},
]


@pytest.mark.parametrize("headers", FORGED, ids=repr)
async def test_cve_2015_5395_the_page_of_another_site_imports_nothing(anna: Client, headers: dict[str, str]) -> None:
    """A form with enctype text/plain can hold a calendar, and the browser adds the password it knows."""
    answer = await anna("POST", CAL, event("forged"), Content_Type="text/plain", **headers)
    assert answer.status == 403
    assert "forged" not in (await anna("GET", CAL)).text


async def test_cve_2015_5395_own_pages_listed_ones_and_programs_may(tmp_path: Path, house: House) -> None:
    anna = house.client("anna")
    await anna.propfind(HOME, "D:displayname", depth="1")
    own = [
        {},
        {"Origin": f"http://127.0.0.1:{house.port}"},
        {"Origin": "https://front.example", "Sec-Fetch-Site": "same-origin"},
    ]
    for number, headers in enumerate(own):
        answer = await anna("POST", CAL, event(f"own{number}"), Content_Type="text/calendar", **headers)
        assert answer.status == 201


async def test_cve_2025_53603_a_parameter_in_query_and_body_is_no_trouble(anna: Client) -> None:
    for path in (CAL, HOME, "/SOGo/dav/anna/", "/SOGo", "/SOGo/connect", "/SOGo/api/x"):
        for query in ("?a=1&a=2", "?a[]=1&a=2", "?a", "?=&&=", "?" + "a=1&" * 500):
            answer = await anna("POST", path + query, "a=3&a[]=4", Content_Type="application/x-www-form-urlencoded")
            assert 400 <= answer.status < 500, (path, query[:20])
    assert (await anna("OPTIONS", CAL)).status == 200


# --- names and texts as data ------------------------------------------------------------------------------------------

INJECTIONS = [
    "'; DROP TABLE sogo_store; --", "x' OR '1'='1", "\\'; DELETE FROM sogo_store; --", '" OR ""="', "%", "_", "${x}", ":name", "$1",
    "x') UNION SELECT c_content FROM sogo_store --",
]  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
async def test_cve_2026_46445_sql_in_names_uids_and_values_is_text(anna: Client, house: House, text: str) -> None:
    """And the injection of 5.12.10 without an id."""
    name = "".join(f"%{octet:02X}" for octet in text.encode())
    before = await anna("GET", f"{CAL}PRIVATE.ics")
    assert (await anna.put(f"{CAL}{name}", event(escape(text)))).status == 201
    assert (await anna("GET", f"{CAL}{name}")).status == 200
    assert (await anna("MKCALENDAR", f"{HOME}{name}/")).status in (201, 403)
    value = text.replace("&", "&amp;").replace("<", "&lt;")
    patch = body(
        "D:propertyupdate",
        f"<D:set><D:prop><X:note>{value}</X:note><D:displayname>{value} mine</D:displayname></D:prop></D:set>",
    )
    assert (await anna("PROPPATCH", CAL, patch)).prop_status(CAL, D + "displayname") == 200
    assert (await anna.propfind(CAL, "X:note")).prop_text(CAL, "{urn:example:x}note") == text
    match = f'<C:prop-filter name="UID"><C:text-match>{value}</C:text-match></C:prop-filter>'
    inner = f'<C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{match}</C:comp-filter></C:comp-filter>'
    found = await anna.report(
        CAL, body("C:calendar-query", f"<D:prop><D:getetag/></D:prop><C:filter>{inner}</C:filter>")
    )
    assert f"{CAL}PRIVATE.ics" not in found.hrefs
    assert len(found.hrefs) == 1
    for method in ("PROPFIND", "GET"):
        assert (await anna(method, f"/SOGo/dav/{name}/", Depth="0")).status == 404
    lock = body(
        "D:lockinfo",
        f"<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>{value}</D:owner>",
    )
    assert (await anna("LOCK", f"{CAL}PRIVATE.ics", lock)).status == 200
    assert (await anna("UNLOCK", f"{CAL}PRIVATE.ics", Lock_Token=f"<{text}>".replace("\r", ""))).status in (400, 409)
    assert (await anna("GET", f"{CAL}PRIVATE.ics")).body == before.body


@pytest.mark.parametrize("uid", [*INJECTIONS, "zoë", "a" * 200])
async def test_cve_2026_8851_an_acl_uid_is_text(anna: Client, house: House, uid: str) -> None:
    state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
    assert state is not None
    await house.site.acl.set_roles(state.folder, "ben", ["PublicViewer"])
    await house.site.acl.set_roles(state.folder, uid, ["PublicViewer"])
    assert set(await house.site.acl.roles(state.folder)) == {"ben", uid}
    await house.site.acl.remove(state.folder, [uid])
    assert set(await house.site.acl.roles(state.folder)) == {"ben"}
    assert (await anna("GET", f"{CAL}PRIVATE.ics")).status == 200


@pytest.mark.parametrize("login", INJECTIONS)
async def test_cve_2025_8264_sql_in_the_name_of_a_login_is_a_name(anna: Client, house: House, login: str) -> None:
    assert (await house.client(login)("PROPFIND", CAL, Depth="0")).status == 401
    assert (await anna("GET", f"{CAL}PRIVATE.ics")).status == 200


async def test_radicale_paths_stay_in_the_tree(anna: Client) -> None:
    steps = [
        "..",
        "%2e%2e",
        ".%2e",
        "%2E.",
        "..%2f..%2fetc",
        "..%5c..",
        "%00",
        "%0d%0aX: y".replace(" ", "%20"),
        "%252e%252e",
        "%c0%ae%c0%ae",
    ]
    for step in steps:
        for path in (
            f"{CAL}{step}",
            f"{CAL}{step}/x.ics",
            f"/SOGo/dav/{step}/",
            f"/SOGo/dav/anna/{step}/{step}/etc/passwd",
        ):
            for method in ("GET", "PUT", "PROPFIND", "MKCALENDAR", "DELETE"):
                answer = await anna(method, path, event("s") if method == "PUT" else None, Depth="0")
                assert answer.status < 500, (method, path)
                assert b"root:" not in answer.body
                assert "X" not in answer.headers
    move = await anna("MOVE", f"{CAL}PRIVATE.ics", Destination="/SOGo/dav/anna/Calendar/personal/../../../ben/x.ics")
    assert move.status in (400, 403, 409)


# --- cost -------------------------------------------------------------------------------------------------------------


async def test_cve_2014_2055_nothing_is_fetched_for_an_entity(anna: Client, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("do not tell")
    for target in (secret.as_uri(), "http://127.0.0.1:1/x", "php://filter/resource=/etc/passwd"):
        for root, method in (("D:propfind", "PROPFIND"), ("D:propertyupdate", "PROPPATCH"), ("D:lockinfo", "LOCK")):
            text = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{target}">]><{root} xmlns:D="DAV:"><D:prop>&e;</D:prop></{root}>'
            answer = await anna(method, CAL, text, Depth="0")
            assert (answer.status, answer.condition) == (403, D + "no-external-entities")
            assert b"do not tell" not in answer.body


async def test_a_million_hrefs_are_refused_before_they_are_looked_up(anna: Client, house: House) -> None:
    hrefs = "".join(f"<D:href>/{number}</D:href>" for number in range(24_000))  # as many as the body may hold
    before = house.statements
    answer = await anna.report(CAL, body("C:calendar-multiget", f"<D:prop><D:getetag/></D:prop>{hrefs}"))
    assert answer.status in (403, 413, 507)
    assert house.statements - before < 20


async def test_the_lists_of_an_if_header_cost_no_more_than_one_look_each(anna: Client, house: House) -> None:
    lists = "".join(f'<{CAL}{number}.ics> (["x"])' for number in range(150))
    before = house.statements
    answer = await anna("PUT", CAL + "new.ics", event("new"), If=lists)
    assert answer.status in (400, 412)
    assert house.statements - before < 500
    assert (await anna("PUT", CAL + "new.ics", event("new"), If="(" * 3_000)).status == 400


async def test_range_requests_multiply_nothing(anna: Client) -> None:
    text = (await anna("GET", f"{CAL}PRIVATE.ics")).body
    answer = await anna("GET", f"{CAL}PRIVATE.ics", Range="bytes=" + ",".join(["0-"] * 1_000))
    assert answer.status in (200, 206, 416)
    assert len(answer.body) <= len(text)


@pytest.mark.parametrize(
    "lines",
    [
        ["RRULE:FREQ=DAILY", "EXDATE:" + ",".join(["20260101T000000Z"] * 100_000)],
        ["RRULE:FREQ=YEARLY;BYMONTH=1,2,3;BYDAY=MO,TU,WE;BYHOUR=1,2,3;BYMINUTE=1,2,3;BYSECOND=1,2;BYSETPOS=1;COUNT=1000000000"],
        ["RDATE:" + ",".join(["20260101T000000Z"] * 12_000)],
        ["DURATION:P99999999999D"], ["RRULE:FREQ=DAILY;INTERVAL=99999999999999"], ["RECURRENCE-ID:-00010101T000000"],
        ["ATTENDEE:mailto:a@b.c"] * 5_000,
    ],
    ids=["exdates", "parts", "rdates", "duration", "interval", "negative", "attendees"],
)  # fmt: skip
async def test_cve_2025_59045_objects_that_explode_leave_the_calendar_usable(anna: Client, lines: list[str]) -> None:
    answer = await anna.put(CAL + "bomb.ics", event("bomb", "20260101T000000Z", *lines))
    assert answer.status in (201, 403, 413)
    found = await anna.report(
        CAL,
        body(
            "C:calendar-query",
            f'<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{WINDOW}'
            "</C:comp-filter></C:comp-filter></C:filter>",
        ),
    )
    assert f"{CAL}PRIVATE.ics" in found.hrefs
    assert (await anna("GET", HOME + "personal.ics")).status == 200


async def test_a_listing_costs_as_many_statements_with_many_objects_as_with_few(anna: Client, house: House) -> None:
    """Radicale: listing that looked at every object for every object."""
    costs = []
    for count in (5, 60):
        for number in range(count):
            await anna.put(f"{CAL}n{number}.ics", event(f"n{number}"))
        before = house.statements
        answer = await anna.propfind(CAL, "D:getetag", "D:getcontenttype", "D:displayname", "CS:getctag", depth="1")
        assert len(answer.hrefs) >= count
        costs.append(house.statements - before)
    assert costs[1] <= costs[0] + 1


async def test_cve_2016_6188_uploads_that_are_given_up_leave_nothing(anna: Client, house: House) -> None:
    before = open_files()
    login = b64encode(b"anna:secret").decode()
    for _ in range(30):
        _, writer = await asyncio.open_connection("127.0.0.1", house.port)
        head = f"PUT {CAL}big.ics HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {login}\r\nContent-Length: 200000\r\n\r\n"
        writer.write(head.encode() + b"x" * 100_000)
        await writer.drain()
        writer.transport.abort()
    assert (await anna("GET", CAL + "big.ics")).status == 404
    async with asyncio.timeout(30):
        while open_files() > before + 2:
            await asyncio.sleep(0.05)


def open_files() -> int:
    """Sockets and files, without those of the database, which keeps its connections."""
    targets = (os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink())
    return sum(".db" not in target for target in targets)


async def test_a_head_in_two_lines_is_no_second_head(house: House) -> None:
    """Names of strangers in headers: Destination, If, Lock-Token and what we answer of them."""
    async with ClientSession() as session:
        with pytest.raises(ValueError):
            await session.get(f"http://127.0.0.1:{house.port}/", headers={"Destination": "a\r\nX: y"})
    anna = house.client("anna")
    await anna.propfind(HOME, "D:displayname", depth="1")
    answer = await anna("POST", CAL, event("a\\r\\nX-Evil: 1"), Content_Type="text/calendar")
    assert answer.status == 201
    assert "X-Evil" not in answer.headers
