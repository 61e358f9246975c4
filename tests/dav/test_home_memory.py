"""What is remembered of a home never shows: whatever changes in it is in the next answer."""

from __future__ import annotations

import pytest

from tests.support.house import Client, House, propfind

HOME = "/SOGo/dav/anna/Calendar/"
PROPS = ("D:displayname", "CS:getctag", "ICAL:calendar-color", "D:current-user-privilege-set", "X:note")


async def shown(client: Client, path: str = HOME) -> dict[str, str]:
    answer = await client("PROPFIND", path, propfind(*PROPS), Depth="1")
    found = {}
    for href in answer.hrefs:
        if href != path:
            found[href] = "|".join(stat.xpath("string()") for stat in answer.responses[href])
    return found


async def patched(client: Client, path: str, name: str, value: str) -> None:
    body = (
        '<D:propertyupdate xmlns:D="DAV:" xmlns:ICAL="http://apple.com/ns/ical/" xmlns:X="urn:example:x"><D:set>'
        f"<D:prop><{name}>{value}</{name}></D:prop></D:set></D:propertyupdate>"
    )
    assert (await client("PROPPATCH", path, body)).status == 207


@pytest.mark.parametrize("change", ["rename", "colour", "dead", "put", "new", "gone", "lock"])
async def test_a_change_is_in_the_next_answer(house: House, anna: Client, change: str) -> None:
    await anna("MKCALENDAR", f"{HOME}work/")
    await anna("MKCALENDAR", f"{HOME}play/")
    first = await shown(anna)
    assert await shown(anna) == first
    match change:
        case "rename":
            await patched(anna, f"{HOME}work/", "D:displayname", "Labour")
        case "colour":
            await patched(anna, f"{HOME}work/", "ICAL:calendar-color", "#123456FF")
        case "dead":
            await patched(anna, f"{HOME}work/", "X:note", "read me")
        case "put":
            answer = await anna("PUT", f"{HOME}work/a.ics", EVENT)
            assert answer.status == 201
        case "new":
            await anna("MKCALENDAR", f"{HOME}third/")
        case "gone":
            await anna("DELETE", f"{HOME}work/")
        case "lock":
            await anna("PROPFIND", HOME, propfind("D:lockdiscovery"), Depth="1")
            body = '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>'
            assert (await anna("LOCK", f"{HOME}work/", body)).status == 200
            answer = await anna("PROPFIND", HOME, propfind("D:lockdiscovery"), Depth="1")
            assert "opaquelocktoken" in answer.text or "urn:uuid" in answer.text
            return
    assert await shown(anna) != first


async def test_another_reader_and_another_client_have_answers_of_their_own(house: House, anna: Client) -> None:
    await anna("MKCALENDAR", f"{HOME}work/")
    own = await shown(anna)
    assert await shown(house.client("ben")) == {}
    assert set(await shown(house.client("root"))) == set(own)
    answer = await anna("PROPFIND", HOME, propfind(*PROPS), Depth="1", User_Agent="DAVx5/4.4-ose")
    assert len(answer.hrefs) < len(own) + 1, "without the files"
    assert await shown(anna) == own


EVENT = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\nBEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n"
    "DTSTART:20260601T100000Z\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
