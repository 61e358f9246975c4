"""Calendars and address books as files, and freebusy.ifb."""

from __future__ import annotations

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientError
from lxml import etree

from sogo.codec.contentline import parse
from sogo.codec.xcal import NAMESPACE
from sogo.dav.downloads import disposition
from sogo.errors import StoreUnavailable
from sogo.model import quick_event
from sogo.model.folder import FolderKind
from sogo.service.exports import ExportService
from tests.support.house import C, Client, D, House, body, card, event, open_house, todo

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
FILE = HOME + "personal.ics"
BOOK = "/SOGo/dav/anna/Contacts/personal/"
IFB = "/SOGo/dav/anna/freebusy.ifb"
ALARM = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "END:VALARM")
APPLE = "macOS/14.2 (23C64) dataaccessd/1.0"


async def fill(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a", "20260601T100000", *ALARM, end="20260601T110000"))
    await anna.put(CAL + "b.ics", event("b", "20260602T100000", end="20260602T110000"))
    await anna.put(CAL + "t.ics", todo("t"))


async def put_odd(house: House, name: str, text: str) -> None:
    """An object no PUT would take, as an old version may have stored it."""
    state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
    assert state is not None
    [calendar] = parse(event("odd")).children
    row = quick_event.quick_row(calendar, default_zone=house.site.clock().tzinfo, now=house.site.clock())
    await house.site.folders.save(state.folder, name, text, row)


def names(text: str, kind: str = "VEVENT") -> list[str]:
    [calendar] = parse(text).children
    return [one.text("TZID" if kind == "VTIMEZONE" else "UID") for one in calendar.components(kind)]


async def test_a_calendar_is_one_published_file(anna: Client) -> None:
    await fill(anna)
    file = await anna("GET", FILE)
    assert (file.status, file.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    [calendar] = parse(file.text).children
    told = [calendar.text(name) for name in ("VERSION", "METHOD", "X-WR-CALNAME", "X-WR-TIMEZONE")]
    assert told == ["2.0", "PUBLISH", "Personal Calendar", "Europe/Paris"]
    assert (names(file.text), names(file.text, "VTODO")) == (["a", "b"], ["t"])
    assert names(file.text, "VTIMEZONE") == ["Europe/Paris"]
    assert file.text.index("BEGIN:VTIMEZONE") < file.text.index("BEGIN:VEVENT")
    assert (await anna("GET", CAL)).body == file.body


async def test_the_same_as_xml(anna: Client) -> None:
    await fill(anna)
    file = await anna("GET", HOME + "personal.xml")
    assert file.headers["Content-Type"] == "application/calendar+xml; charset=utf-8"
    space = "{" + NAMESPACE + "}"
    events = etree.fromstring(file.body).findall(f"{space}vcalendar/{space}components/{space}vevent")
    assert [event.findtext(f"{space}properties/{space}uid/{space}text") for event in events] == ["a", "b"]
    assert (await anna("GET", CAL, Accept="application/calendar+xml")).body == file.body


async def test_an_address_book_is_one_file_without_lists(anna: Client) -> None:
    await anna.put(BOOK + "a.vcf", card("a", "Zoë"))
    await anna.put(BOOK + "b.vcf", card("b", "Ben"))
    await anna.put(BOOK + "l.vlf", card("l", "List").replace("VCARD", "VLIST"))
    file = await anna("GET", "/SOGo/dav/anna/Contacts/personal.vcf")
    assert (file.text, file.headers["Content-Type"]) == (
        card("a", "Zoë") + card("b", "Ben"),
        "text/vcard; charset=utf-8",
    )
    assert (await anna("GET", BOOK)).body == file.body
    assert (await anna("GET", "/SOGo/dav/anna/Contacts/personal.ics")).status == 404


async def test_head_says_what_get_would(anna: Client) -> None:
    await fill(anna)
    got, head = await anna("GET", FILE), await anna("HEAD", FILE)
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "ETag", "Last-Modified", "Content-Disposition"):
        assert head.headers[name] == got.headers[name]


async def test_a_file_that_did_not_change_is_not_sent_again(anna: Client, ben: Client) -> None:
    await fill(anna)
    first = (await anna("GET", FILE)).etag
    assert first.startswith('"')
    assert (await anna("GET", FILE, If_None_Match=first)).status == 304
    assert (await anna("GET", FILE, If_Match='"other"')).status == 412
    listed = await anna.propfind(FILE, "D:getetag")
    assert listed.prop_text(FILE, D + "getetag") == first
    await anna.put(CAL + "a.ics", event("a", "20260603T100000Z"))
    second = await anna("GET", FILE, If_None_Match=first)
    assert second.status == 200
    await set_property(anna, "D:displayname", "New name")
    third = await anna("GET", FILE, If_None_Match=second.etag)
    assert (third.status, "X-WR-CALNAME:New name" in third.text) == (200, True)
    assert (await ben("GET", FILE, If_None_Match=third.etag)).status == 404


async def set_property(anna: Client, name: str, value: str) -> None:
    inner = f"<D:set><D:prop><{name}>{value}</{name}></D:prop></D:set>"
    assert (await anna("PROPPATCH", CAL, body("D:propertyupdate", inner))).status == 207


async def test_alarms_are_gone_where_the_reader_switched_them_off(anna: Client, house: House) -> None:
    await fill(anna)
    shown = await anna("GET", FILE)
    assert "VALARM" in shown.text
    await house.site.profiles.update(
        "anna", lambda profile: profile.settings.setdefault("Calendar", {}).update(FolderShowAlarms={"anna:Calendar/personal": 0})
    )  # fmt: skip
    hidden = await anna("GET", FILE, If_None_Match=shown.etag)
    assert (hidden.status, "VALARM" in hidden.text) == (200, False)


async def test_old_events_are_left_out_where_the_site_says_so(tmp_path) -> None:
    async for house in open_house(tmp_path, SOGoDAVCalendarStartTimeLimit=20):
        anna = house.client("anna")
        await anna.propfind(HOME, "D:displayname", depth="1")
        for day in ("20260520", "20260525", "20260610", "20260620"):
            await anna.put(f"{CAL}{day}.ics", event(day, f"{day}T100000Z", end=f"{day}T110000Z"))
        assert names((await anna("GET", FILE)).text) == ["20260525", "20260610"]


async def test_odd_objects_are_left_out_and_told_once(
    anna: Client, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(anna)
    for number, text in enumerate(["", "\x01\x02", "BEGIN:VCARD\r\nEND:VCARD\r\n", "BEGIN:X\r\n" * 200]):
        await put_odd(house, f"0{number}.ics", text)
    await put_odd(house, "c.ics", event("c").replace("SUMMARY", "END:VTODO\r\njunk\r\nSUMMARY"))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            text = (await anna("GET", FILE)).text
            assert names(text) == ["a", "b", "c"]
            assert "junk" not in text
    told = [record.message for record in caplog.records if "cannot be read" in record.message]
    assert sorted(message.split("/")[-1][:6] for message in told) == ["00.ics", "01.ics", "02.ics", "03.ics"]
    etree.fromstring((await anna("GET", HOME + "personal.xml")).body)


async def test_a_long_calendar_is_streamed_while_others_are_served(anna: Client, ben: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    many = "".join(event(f"u{n:04}", "20260601T100000Z", "X-FILL:" + "x" * 200)[44:-15] for n in range(1_500))
    sent = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{many}END:VCALENDAR\r\n"
    summary = await anna("POST", CAL, sent, Content_Type="text/calendar", Accept="application/json")
    assert '"created": 1500' in summary.text
    done: list[str] = []

    async def export() -> None:
        file = await anna("GET", FILE, Accept_Encoding="identity")
        assert len(names(file.text)) == 1_500
        assert file.headers["Transfer-Encoding"] == "chunked"
        done.append("export")

    async def others() -> None:
        for _ in range(3):
            await ben("OPTIONS", "/SOGo/dav/ben/")
        done.append("others")

    await asyncio.gather(export(), others())
    assert done == ["others", "export"]
    packed = await anna("GET", FILE, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip"


async def test_files_are_listed_after_their_calendar_but_not_for_apple(anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "work/")
    listed = await anna.propfind(HOME, "D:resourcetype", "D:getcontenttype", "D:owner", "D:displayname", depth="1")
    files = [HOME + name for name in ("personal/", "personal.ics", "personal.xml", "work/", "work.ics", "work.xml")]
    assert listed.hrefs == [HOME, *files]
    kind = listed.prop(FILE, D + "resourcetype")
    assert kind is not None
    assert len(kind) == 0
    assert listed.prop_text(FILE, D + "displayname") == "Personal Calendar"
    assert listed.prop_text(FILE, D + "getcontenttype").startswith("text/calendar")
    for agent in (APPLE, "DAVx5/4.3.10-ose (2023/12/01; okhttp/4.12.0) Android/14"):
        plain = await anna.as_agent(agent).propfind(HOME, "D:resourcetype", depth="1")
        boxes = [HOME + "inbox/", HOME + "outbox/"]
        assert plain.hrefs == [HOME, *boxes, HOME + "personal/", HOME + "work/"]
        assert (await anna.as_agent(agent)("GET", FILE)).status == 200


async def test_a_calendar_with_the_name_of_a_file_comes_first(anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "work.ics/")
    await anna("MKCALENDAR", HOME + "work/")
    await anna.put(HOME + "work.ics/x.ics", event("in-the-calendar"))
    await anna.put(HOME + "work/y.ics", event("in-the-other"))
    assert names((await anna("GET", HOME + "work.ics")).text) == ["in-the-calendar"]
    listed = (await anna.propfind(HOME, "D:resourcetype", depth="1")).hrefs
    assert (HOME + "work.ics/" in listed, HOME + "work.ics" in listed, HOME + "work.xml" in listed) == (
        True,
        False,
        True,
    )
    kind = (await anna.propfind(HOME + "work.ics", "D:resourcetype")).prop(HOME + "work.ics", D + "resourcetype")
    assert kind is not None
    assert kind.find(C + "calendar") is not None


@pytest.mark.parametrize("path", [FILE, IFB])
async def test_files_can_only_be_read(anna: Client, path: str) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    refused = await anna.put(path, event("a"))
    assert (refused.status, "GET" in refused.headers["Allow"]) == (405, True)
    assert (await anna("DELETE", path)).status == 403
    assert (await anna("POST", path, event("a"), Content_Type="text/calendar")).status == 405
    assert (await anna("MKCALENDAR", path)).status == 405
    privileges = await anna.propfind(path, "D:current-user-privilege-set", "D:principal-collection-set", "X:dead")
    assert "write" not in privileges.text
    assert privileges.prop_status(path, D + "principal-collection-set") == 200
    patch = "<D:set><D:prop><X:dead>1</X:dead></D:prop></D:set>"
    tried = await anna("PROPPATCH", path, body("D:propertyupdate", patch))
    assert (tried.status, " 200 " in tried.text) == (207, False)


async def test_a_name_from_right_to_left_is_a_safe_file_name(anna: Client) -> None:
    await fill(anna)
    await set_property(anna, "D:displayname", "יומן\u202egpj. /\\אישי")
    header = (await anna("GET", FILE)).headers["Content-Disposition"]
    assert header == (
        "attachment; filename=\"personal.ics\"; filename*=UTF-8''"
        "%D7%99%D7%95%D7%9E%D7%9Fgpj.%20__%D7%90%D7%99%D7%A9%D7%99.ics"
    )


@pytest.mark.parametrize(
    ("title", "fallback", "header"),
    [
        ('a"b\r\nX: y', "p", "attachment; filename=\"p.ics\"; filename*=UTF-8''a_bX_%20y.ics"),
        ("..", "é", "attachment; filename=\"export.ics\"; filename*=UTF-8''%C3%A9.ics"),
        ("\u202e", "\x00", "attachment; filename=\"export.ics\"; filename*=UTF-8''calendar.ics"),
    ],
)
def test_file_names_cannot_mislead(title: str, fallback: str, header: str) -> None:
    assert disposition(title, fallback, ".ics") == header


# --- freebusy.ifb -----------------------------------------------------------------------------------------------------


def busy(text: str) -> list[str]:
    return [line.partition(":")[2] for line in text.splitlines() if line.startswith("FREEBUSY")]


async def test_anybody_may_ask_when_somebody_is_busy(anna: Client, ben: Client) -> None:
    await fill(anna)
    await anna.put(CAL + "far.ics", event("far", "20260609T100000Z", end="20260609T110000Z"))
    told = await ben("GET", IFB)
    assert (told.status, told.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert busy(told.text) == ["20260601T080000Z/20260601T090000Z", "20260602T080000Z/20260602T090000Z"]
    assert "DTSTART:20260524T220000Z\r\nDTEND:20260607T220000Z" in told.text  # a week around today, in Paris
    assert "ATTENDEE:mailto:anna@example.org" in told.text
    assert not {"SUMMARY", "UID", "Event"} & set(told.text.replace(":", " ").split())
    assert (await ben("HEAD", IFB)).headers["Content-Length"] == str(len(told.body))
    assert (await ben("GET", "/SOGo/dav/nobody/freebusy.ifb")).status == 404


async def test_only_calendars_that_count_make_busy(anna: Client, ben: Client) -> None:
    await fill(anna)
    await set_property(anna, "C:schedule-calendar-transp", "<C:transparent/>")
    assert busy((await ben("GET", IFB)).text) == []


async def test_the_span_and_time_off_work_are_the_sites_to_say(tmp_path) -> None:
    async for house in open_house(tmp_path, SOGoFreeBusyDefaultInterval=["0", "1"], SOGoBusyOffHours="YES"):
        told = await house.client("ben")("GET", IFB)
        assert busy(told.text) == ["20260531T220000Z/20260601T060000Z", "20260601T160000Z/20260601T220000Z"]


async def test_the_free_busy_file_is_listed_and_has_properties(anna: Client) -> None:
    listed = await anna.propfind("/SOGo/dav/anna/", "D:resourcetype", "D:displayname", depth="1")
    assert IFB in listed.hrefs
    kind = listed.prop(IFB, D + "resourcetype")
    assert kind is not None
    assert len(kind) == 0
    own = await anna.propfind(IFB, "D:principal-collection-set", "D:displayname")
    assert own.hrefs == [IFB]
    assert own.prop_text(IFB, D + "displayname") == "freebusy.ifb"


async def test_a_gzipped_file_is_the_same(anna: Client, house: House) -> None:
    await anna.put(CAL + "a.ics", event("a", "20260601T100000Z", *(f"X-{n}:same words again" for n in range(200))))
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(
        f"GET {FILE} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n"
        "Authorization: Basic YW5uYTpzZWNyZXQ=\r\n\r\n".encode()
    )
    head, _, packed = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert b"Content-Encoding: gzip" in head
    assert names(gzip.decompress(packed).decode()) == ["a"]


async def test_an_export_that_breaks_off_is_not_taken_for_a_whole_one(
    anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(*args: object, **more: object) -> AsyncIterator[str]:
        yield "BEGIN:VCALENDAR\r\n" + "X:y\r\n" * 20_000
        raise StoreUnavailable("The database is away.")

    await fill(anna)
    monkeypatch.setattr(ExportService, "calendar", breaks)
    with pytest.raises(ClientError):
        await anna("GET", FILE, Accept_Encoding="identity")
    monkeypatch.undo()
    assert (await anna("GET", FILE)).status == 200
