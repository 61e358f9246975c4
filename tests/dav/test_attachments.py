"""Managed attachments (RFC 8607)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sogo.codec.contentline import parse
from sogo.model.folder import FolderKind
from tests.support.house import Answer, C, Client, House, event, open_house

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
EVENT = CAL + "e.ics"
LARGE = bytes(range(256)) * 2000
SERIES = event("e", "20260601T100000Z", "RRULE:FREQ=DAILY;COUNT=3", end="20260601T110000Z")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async for made in open_house(tmp_path, SOGoMaximumAttachmentSize="600", SOGoAttachmentQuota="1"):
        yield made


async def put(client: Client, text: str = "") -> None:
    await client.propfind(HOME, "D:displayname", depth="1")
    assert (await client.put(EVENT, text or event("e", end="20260601T110000Z"))).status in (201, 204)


async def add(client: Client, data: bytes = b"data", query: str = "", path: str = EVENT, **headers: str) -> Answer:
    sent = {"Content_Type": "text/plain", "Content_Disposition": 'attachment; filename="notes.txt"'} | headers
    return await client("POST", f"{path}?action=attachment-add{query}", data, **sent)


async def act(client: Client, action: str, query: str = "", data: bytes = b"", **headers: str) -> Answer:
    sent = {"Content_Type": "text/plain"} | headers
    return await client("POST", f"{EVENT}?action=attachment-{action}{query}", data, **sent)


async def lines(client: Client, path: str = EVENT) -> list[tuple[str, str, str, str, str]]:
    """(component's RECURRENCE-ID, MANAGED-ID, FILENAME, SIZE, path of the address) of each managed attachment."""
    answer = await client("GET", path)
    assert answer.status == 200
    return [
        (component.value("RECURRENCE-ID") or "", line.param("MANAGED-ID") or "", line.param("FILENAME") or "",
         line.param("SIZE") or "", urlsplit(line.value).path)
        for component in parse(answer.text).walk()
        for line in component.all("ATTACH")
    ]  # fmt: skip


# --- adding, changing, removing ---------------------------------------------------------------------------------------


async def test_a_file_is_attached_and_comes_back_octet_for_octet(anna: Client) -> None:
    await put(anna)
    made = await add(anna, LARGE)
    assert made.status == 201
    [(_, managed_id, name, size, path)] = await lines(anna)
    assert (managed_id, name, size) == (made.headers["Cal-Managed-ID"], "notes.txt", str(len(LARGE)))
    assert made.etag == (await anna("GET", EVENT)).etag
    read = await anna("GET", path)
    assert (read.status, read.body, read.headers["Content-Type"]) == (200, LARGE, "text/plain")
    assert read.headers["Content-Disposition"].startswith("attachment;")
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in read.headers["Content-Security-Policy"]
    assert (await anna("GET", path, If_None_Match=read.etag)).status == 304
    head = await anna("HEAD", path)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(LARGE)), b"")


async def test_the_event_is_told_at_once_to_who_prefers_that(anna: Client) -> None:
    await put(anna)
    made = await add(anna, Prefer="return=representation")
    assert (made.status, "MANAGED-ID" in made.text.replace("\r\n ", "")) == (201, True)
    assert made.headers["Cal-Managed-ID"] in made.text.replace("\r\n ", "")


async def test_a_changed_attachment_has_another_id_and_the_old_one_is_gone(house: House, anna: Client) -> None:
    await put(anna)
    old = (await add(anna)).headers["Cal-Managed-ID"]
    [(*_, old_path)] = await lines(anna)
    changed = await act(
        anna, "update", f"&managed-id={old}", b"other", Content_Disposition="attachment; filename=b.txt"
    )
    new = changed.headers["Cal-Managed-ID"]
    assert (changed.status, new != old) == (204, True)
    [(_, managed_id, name, size, path)] = await lines(anna)
    assert (managed_id, name, size) == (new, "b.txt", "5")
    assert (await anna("GET", path)).body == b"other"
    assert (await anna("GET", old_path)).status == 404
    assert await house.site.attachments.find(old) is None


async def test_a_removed_one_is_gone_from_event_and_disk(house: House, anna: Client) -> None:
    await put(anna)
    managed_id = (await add(anna)).headers["Cal-Managed-ID"]
    assert (await act(anna, "remove", f"&managed-id={managed_id}")).status == 204
    assert await lines(anna) == []
    assert await house.site.attachments.used_bytes("anna") == 0


async def test_instances_are_named_and_made(house: House, anna: Client) -> None:
    await put(anna, SERIES)
    made = await add(anna, query="&rid=20260602T100000Z")
    managed_id = made.headers["Cal-Managed-ID"]
    assert [(one[0], one[1]) for one in await lines(anna)] == [("20260602T100000Z", managed_id)]
    text = (await anna("GET", EVENT)).text
    assert "RECURRENCE-ID:20260602T100000Z" in text
    assert "DTEND:20260602T110000Z" in text
    assert text.count("RRULE") == 1
    everywhere = (await add(anna)).headers["Cal-Managed-ID"]
    assert [one[0] for one in await lines(anna) if one[1] == everywhere] == ["", "20260602T100000Z"]
    assert (await act(anna, "remove", f"&managed-id={everywhere}&rid=M")).status == 204
    assert [one[0] for one in await lines(anna) if one[1] == everywhere] == ["20260602T100000Z"]
    assert await house.site.attachments.find(everywhere) is not None


@pytest.mark.parametrize("rid", ["20260609T100000Z", "x", "", "M,,M", "20260601"])
async def test_instances_that_are_none_are_refused_and_nothing_is_kept(house: House, anna: Client, rid: str) -> None:
    await put(anna, SERIES)
    refused = await add(anna, query=f"&rid={rid}")
    assert (refused.status, refused.condition) == (403, C + "valid-rid")
    assert await house.site.attachments.used_bytes("anna") == 0


# --- refusals ---------------------------------------------------------------------------------------------------------

ID = "A" * 43


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ("action=attachment-burn", "valid-action"),
        ("action=", "valid-action"),
        (f"action=attachment-add&managed-id={ID}", "valid-managed-id"),
        ("action=attachment-update", "valid-managed-id"),
        (f"action=attachment-update&managed-id={ID}", "valid-managed-id"),
        (f"action=attachment-update&managed-id={ID}&rid=M", "valid-rid"),
        ("action=attachment-remove", "valid-managed-id"),
        (f"action=attachment-remove&managed-id={ID}", "valid-managed-id"),
        ("action=attachment-remove&managed-id=../../x", "valid-managed-id"),
    ],
)
async def test_what_is_asked_wrongly_is_named(house: House, anna: Client, query: str, condition: str) -> None:
    await put(anna)
    answer = await anna("POST", f"{EVENT}?{query}", b"x", Content_Type="text/plain")
    assert (answer.status, answer.condition) == (403, C + condition)
    assert await house.site.attachments.older(2**31 - 1, limit=10) == []


async def test_what_is_too_large_leaves_nothing(house: House, anna: Client) -> None:
    await put(anna)
    told = await anna.propfind(CAL, "C:max-attachment-size", "C:max-attachments-per-resource")
    assert told.prop_text(CAL, C + "max-attachment-size") == str(600 * 1024)
    refused = await add(anna, b"x" * (600 * 1024 + 1))
    assert (refused.status, refused.condition) == (403, C + "max-attachment-size")
    assert await house.site.attachments.older(2**31 - 1, limit=10) == []


async def test_a_user_has_room_for_so_much(house: House, anna: Client) -> None:
    await put(anna)
    assert [(await add(anna, b"x" * 500_000)).status for _ in range(3)] == [201, 201, 507]
    assert await house.site.attachments.used_bytes("anna") == 1_000_000


async def test_an_event_has_so_many(anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sogo.model.attachments.MAX_OF_OBJECT", 2)
    await put(anna)
    answers = [await add(anna) for _ in range(3)]
    assert [one.status for one in answers] == [201, 201, 403]
    assert answers[2].condition == C + "max-attachments-per-resource"


async def test_who_is_late_is_refused_and_nothing_is_kept(house: House, anna: Client) -> None:
    await put(anna)
    assert (await add(anna, If_Match='"gcs00000099"')).status == 412
    assert await house.site.attachments.used_bytes("anna") == 0
    assert (await add(anna, If_Match=(await anna("GET", EVENT)).etag)).status == 201


@pytest.mark.parametrize("path", [CAL + "none.ics", "/SOGo/dav/anna/Calendar/none/e.ics"])
async def test_nothing_is_attached_to_nothing(anna: Client, path: str) -> None:
    await put(anna)
    assert (await add(anna, path=path)).status == 404


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ('attachment; filename="../../etc/passwd"', "passwd"), ('attachment; filename="a\\\\b\\\\c.txt"', "c.txt"),
        ("attachment", "attachment"), ("", "attachment"), ("attachment; filename*=UTF-8''%E2%82%AC%20x.txt", "€ x.txt"),
        ('attachment; filename="a;b:c,d.txt"', "a;b_c,d.txt"), ("attachment; filename=" + "x" * 500, "x" * 150),
        ("attachment; filename*=UTF-8''a%0D%0AX-Evil%3A1%E2%80%AEtxt.exe", "a__X-Evil_1_txt.exe"),
    ],
    ids=["path", "windows", "none", "empty", "utf8", "special", "long", "lines"],
)  # fmt: skip
async def test_names_of_files_are_safe(anna: Client, sent: str, name: str) -> None:
    await put(anna)
    assert (await add(anna, Content_Disposition=sent)).status == 201
    [(_, _, found, _, path)] = await lines(anna)
    assert found == name
    assert (await anna("GET", path)).body == b"data"


async def test_types_that_are_none_are_octets(anna: Client) -> None:
    await put(anna)
    assert (await add(anna, Content_Type="text/html; charset=x")).status == 201
    assert (await add(anna, Content_Type="rubbish")).status == 201
    types = [(await anna("GET", path)).headers["Content-Type"] for *_, path in await lines(anna)]
    assert types == ["text/html", "application/octet-stream"]


# --- who reads --------------------------------------------------------------------------------------------------------


async def roles(house: House, *given: str) -> None:
    state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
    assert state is not None
    await house.site.acl.set_roles(state.folder, "ben", given)


async def test_others_read_it_by_their_right_to_the_event_and_masked_ones_never(
    house: House, anna: Client, ben: Client
) -> None:
    await put(anna)
    await add(anna)
    [(*_, path)] = await lines(anna)
    assert (await ben("GET", path)).status == 404
    await roles(house, "PublicViewer")
    assert (await ben("GET", path)).body == b"data"
    assert (await ben("POST", EVENT + "?action=attachment-add", b"x", Content_Type="text/plain")).status == 403
    await roles(house, "PublicDAndTViewer")
    assert (await ben("GET", path)).status == 404
    await roles(house, "PublicModifier")
    assert (await add(ben)).status == 201
    assert await house.site.attachments.used_bytes("anna") == 8
    await roles(house)
    assert (await ben("GET", path)).status == 404


async def test_who_is_invited_reads_it_until_not_invited_any_more(house: House, anna: Client, ben: Client) -> None:
    await ben.propfind("/SOGo/dav/ben/Calendar/", "D:displayname", depth="1")
    meeting = ("ORGANIZER:mailto:anna@example.org", "ATTENDEE:mailto:ben@example.org")
    await put(anna, event("e", "20260601T100000Z", *meeting, end="20260601T110000Z"))
    assert (await add(anna)).status == 201
    copy = "/SOGo/dav/ben/Calendar/personal/e.ics"
    [(_, managed_id, _, _, path)] = await lines(ben, copy)
    assert (await lines(anna))[0][4] == path
    assert (await ben("GET", path)).body == b"data"
    assert (await act(anna, "remove", f"&managed-id={managed_id}")).status == 204
    assert await lines(ben, copy) == []
    assert (await ben("GET", path)).status == 404


@pytest.mark.parametrize(
    "path", [f"attachments/{ID}/x", f"attachments/{ID}", "attachments/x/x", "attachments/", f"attachments/{ID}/x/y/z"]
)
async def test_what_is_not_there_is_not_found(anna: Client, path: str) -> None:
    assert (await anna("GET", f"/SOGo/dav/anna/{path}")).status == 404


# --- tidying ----------------------------------------------------------------------------------------------------------


async def test_what_no_event_names_goes_after_a_day(house: House, anna: Client) -> None:
    await put(anna)
    first = (await add(anna)).headers["Cal-Managed-ID"]
    await anna("DELETE", EVENT)
    assert await house.site.attachments.find(first) is not None
    house.clock.sleep(86_401)
    await put(anna)
    kept = (await add(anna)).headers["Cal-Managed-ID"]
    assert await house.site.attachments.find(first) is None
    house.clock.sleep(86_401)
    await add(anna)
    assert await house.site.attachments.find(kept) is not None


# --- announced --------------------------------------------------------------------------------------------------------


async def test_it_is_announced_and_the_method_allowed(anna: Client) -> None:
    await put(anna)
    for path in ("/SOGo/dav/anna/", HOME, CAL):
        assert "calendar-managed-attachments" in (await anna("OPTIONS", path)).headers["DAV"].split(", ")
    assert "POST" in (await anna("OPTIONS", EVENT)).headers["Allow"].split(", ")
    assert (await anna.propfind(HOME, "C:managed-attachments-server-URL")).prop_status(
        HOME, C + "managed-attachments-server-URL"
    ) == 200  # fmt: skip


async def test_a_site_may_keep_none(tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoMaximumAttachmentSize="0"):
        anna = house.client("anna")
        await put(anna)
        assert "managed-attachments" not in (await anna("OPTIONS", CAL)).headers["DAV"]
        assert (await anna.propfind(CAL, "C:max-attachment-size")).prop_status(CAL, C + "max-attachment-size") == 404
        refused = await add(anna)
        assert (refused.status, refused.condition) == (403, C + "valid-action")


async def test_a_page_of_another_site_attaches_nothing(anna: Client) -> None:
    await put(anna)
    refused = await add(anna, Origin="https://evil.example", Sec_Fetch_Site="cross-site")
    assert refused.status == 403
    assert await lines(anna) == []


async def test_who_does_not_log_in_reads_what_everybody_may_read(tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoEnablePublicAccess="YES"):
        anna, anybody = house.client("anna"), house.client(None)
        await put(anna)
        await add(anna)
        [(*_, path)] = await lines(anna)
        public = path.replace("/SOGo/dav/", "/SOGo/dav/public/")
        assert (await anybody("GET", path)).status == 401
        assert (await anybody("GET", public)).status in (401, 404)
        state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
        assert state is not None
        await house.site.acl.set_roles(state.folder, "anonymous", ["PublicViewer"])
        assert (await anybody("GET", public)).body == b"data"
        await house.site.acl.set_roles(state.folder, "anonymous", ["PublicDAndTViewer"])
        assert (await anybody("GET", public)).status in (401, 404)
