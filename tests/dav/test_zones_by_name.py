"""Time zones by reference (RFC 7809): standard definitions are left out for whoever knows them."""

from __future__ import annotations

import datetime as dt
from urllib.parse import quote

import pytest

from sogo.model.vtimezone import vtimezone
from tests.support.both_ways import put_in
from tests.support.house import C, Client, D, House, body, event

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
CUSTOM = "\r\n".join([
    "BEGIN:VTIMEZONE", "TZID:Our Yard", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0130",
    "TZOFFSETTO:+0130", "END:STANDARD", "END:VTIMEZONE", "",
])  # fmt: skip


def zone(tzid: str) -> str:
    made = vtimezone(tzid)
    assert made is not None
    return made.render()


def timed(uid: str, *tzids: str) -> str:
    """An event that starts in the first of the zones, all of them defined."""
    text = event(uid).replace("DTSTART:20260601T100000Z", f"DTSTART;TZID={tzids[0]}:20260601T100000")
    definitions = "".join(CUSTOM if tzid == "Our Yard" else zone(tzid) for tzid in tzids)
    return text.replace("BEGIN:VEVENT", definitions + "BEGIN:VEVENT")


async def fill(anna: Client) -> None:
    for name, zones in (
        ("iana", ["Europe/Berlin"]),
        ("own", ["Our Yard", "US/Eastern"]),
        ("windows", ["W. Europe Standard Time"]),
    ):
        assert (await anna.put(f"{CAL}{name}.ics", timed(name, *zones))).status == 201
    await anna.put(CAL + "utc.ics", event("utc"))


LEFT = {"iana": 0, "own": 1, "windows": 1, "utc": 0}
"""Definitions that remain: those whose name says nothing to others."""


async def test_the_feature_is_told(anna: Client) -> None:
    for path in (HOME, CAL):
        assert "calendar-no-timezone" in (await anna("OPTIONS", path)).headers["DAV"].split(", ")


async def test_the_names_that_are_left_out_are_those_of_the_service_that_is_announced(anna: Client) -> None:
    """Every zone of the service, asked for by its name, and none it does not have (§3.1.2, §3.1.3)."""
    found = await anna.propfind(HOME, "C:timezone-service-set")
    service = found.prop(HOME, C + "timezone-service-set")
    assert service is not None
    prefix = service.findtext(D + "href") or ""
    for tzid in ("Europe/Berlin", "US/Eastern", "Etc/UTC", "Our Yard", "W. Europe Standard Time", "europe/berlin"):
        answer = await anna("GET", f"{prefix}/zones/{quote(tzid, safe='')}")
        await anna.put(CAL + "one.ics", timed("one", tzid))
        short = await anna("GET", CAL + "one.ics", **{"CalDAV-Timezones": "F"})
        assert ("BEGIN:VTIMEZONE" in short.text) == (answer.status == 404), tzid


@pytest.mark.parametrize(
    ("method", "text"),
    [
        ("REPORT", body("C:calendar-query", '<D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter>')),
        ("REPORT", body("C:calendar-multiget", "<D:prop><C:calendar-data/></D:prop>" + "".join(f"<D:href>{CAL}{name}.ics</D:href>" for name in LEFT))),
        ("REPORT", body("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><C:calendar-data/></D:prop>")),
        ("PROPFIND", body("D:propfind", "<D:prop><C:calendar-data/></D:prop>")),
    ],
)  # fmt: skip
async def test_standard_zones_are_left_out_where_the_client_says_so(anna: Client, method: str, text: str) -> None:
    await fill(anna)
    for headers, left in (({"CalDAV-Timezones": "F"}, LEFT), ({"CalDAV-Timezones": "T"}, None), ({}, None)):
        answer = await anna(method, CAL, text, Depth="1", **headers)
        assert answer.status == 207
        for name, count in LEFT.items():
            data = answer.prop_text(f"{CAL}{name}.ics", C + "calendar-data")
            whole = await anna("GET", f"{CAL}{name}.ics")
            expected = count if left is not None else whole.text.count("BEGIN:VTIMEZONE")
            assert data.count("BEGIN:VTIMEZONE") == expected
            assert f"UID:{name}\n" in data


async def test_a_selection_of_parts_goes_together_with_it(anna: Client) -> None:
    await fill(anna)
    parts = '<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VTIMEZONE"/></C:comp></C:calendar-data>'
    text = body(
        "C:calendar-multiget", f"<D:prop>{parts}</D:prop><D:href>{CAL}iana.ics</D:href><D:href>{CAL}own.ics</D:href>"
    )
    answer = await anna.report(CAL, text, **{"CalDAV-Timezones": "F"})
    assert "VTIMEZONE" not in answer.prop_text(CAL + "iana.ics", C + "calendar-data")
    assert "TZID:Our Yard" in answer.prop_text(CAL + "own.ics", C + "calendar-data")


async def test_get_leaves_them_out_too_and_tells_caches(anna: Client) -> None:
    await fill(anna)
    whole = await anna("GET", CAL + "iana.ics")
    short = await anna("GET", CAL + "iana.ics", **{"CalDAV-Timezones": "F"})
    assert ("BEGIN:VTIMEZONE" in whole.text, "BEGIN:VTIMEZONE" in short.text) == (True, False)
    assert short.text.replace("\r\n", "\n") == whole.text.replace(zone("Europe/Berlin"), "").replace("\r\n", "\n")
    for answer in (whole, short, await anna("GET", CAL + "iana.ics", If_None_Match=whole.etag)):
        assert "CalDAV-Timezones" in answer.headers["Vary"].split(", ")
    assert "BEGIN:VTIMEZONE" in (await anna("GET", CAL + "own.ics", **{"CalDAV-Timezones": "F"})).text


NAMED = {"iana": ["Europe/Berlin"], "windows": ["W. Europe Standard Time"], "odd": ["Nowhere/Land"]}
"""Zones of events that another program stored without any definition."""


@pytest.fixture
async def bare(house: House, anna: Client) -> Client:
    await anna("GET", CAL)
    texts = {
        f"{name}.ics": event(name).replace("DTSTART:20260601T100000Z", f"DTSTART;TZID={tzid}:20260601T100000")
        for name, (tzid,) in NAMED.items()
    }
    await put_in(house, ("anna", "personal"), texts, rows=True, zone=dt.UTC)
    return anna


@pytest.mark.parametrize(
    ("header", "told"), [("T", {"iana", "windows"}), ("F", {"windows"}), ("", set()), ("x", set())]
)
@pytest.mark.parametrize("method", ["GET", "calendar-query", "calendar-multiget", "PROPFIND"])
async def test_definitions_that_nobody_stored_come_where_they_are_wanted(
    bare: Client, method: str, header: str, told: set[str]
) -> None:
    """With T all of them; with F those whose name is no help (§3.1.3). A zone nobody knows cannot be told."""
    for name, (tzid,) in NAMED.items():
        path, headers = f"{CAL}{name}.ics", {"CalDAV-Timezones": header} if header else {}
        if method == "GET":
            text = (await bare("GET", path, **headers)).text
        elif method == "PROPFIND":
            answer = await bare("PROPFIND", path, body("D:propfind", "<D:prop><C:calendar-data/></D:prop>"), **headers)
            text = answer.prop_text(path, C + "calendar-data")
        else:
            rest = {
                "calendar-query": '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>',
                "calendar-multiget": f"<D:href>{path}</D:href>",
            }[method]
            asked = body(f"C:{method}", f"<D:prop><C:calendar-data/></D:prop>{rest}")
            answer = await bare("REPORT", CAL, asked, Depth="1", **headers)
            text = answer.prop_text(path, C + "calendar-data")
        assert [line for line in text.splitlines() if line.startswith("TZID:")] == (
            [f"TZID:{tzid}"] if name in told else []
        )
        assert f"DTSTART;TZID={tzid}:" in text


async def test_a_whole_calendar_and_the_answer_to_a_put_leave_them_out_too(anna: Client) -> None:
    await fill(anna)
    for path in (CAL, HOME + "personal.ics", HOME + "personal.xml"):
        whole, short = await anna("GET", path), await anna("GET", path, **{"CalDAV-Timezones": "F"})
        for tzid, stays in (("Europe/Berlin", False), ("Our Yard", True), ("W. Europe Standard Time", True)):
            told = f"<properties><tzid><text>{tzid}<" if path.endswith("xml") else f"TZID:{tzid}\r\n"
            assert (told in whole.text, told in short.text) == (True, stays), path
        assert whole.etag != short.etag
        assert "CalDAV-Timezones" in short.headers["Vary"].split(", ")
    wish = {"Prefer": "return=representation", "CalDAV-Timezones": "F"}
    answer = await anna.put(CAL + "iana.ics", timed("iana", "Europe/Berlin"), **wish)
    assert ("BEGIN:VTIMEZONE" in answer.text, "TZID=Europe/Berlin" in answer.text) == (False, True)


async def test_an_event_without_the_definition_is_taken_and_read_with_it_by_others(anna: Client) -> None:
    text = event("bare").replace("DTSTART:20260601T100000Z", "DTSTART;TZID=Europe/Berlin:20260601T100000")
    made = await anna.put(CAL + "bare.ics", text, **{"CalDAV-Timezones": "F"})
    assert made.status == 201
    assert (await anna("GET", CAL + "bare.ics", **{"CalDAV-Timezones": "F"})).body == text.encode()
    assert "BEGIN:VTIMEZONE" in (await anna("GET", CAL + "bare.ics")).text


async def test_a_name_nobody_knows_is_refused_for_clients_that_rely_on_names(anna: Client) -> None:
    text = event("odd").replace("DTSTART:20260601T100000Z", "DTSTART;TZID=Nowhere/Land:20260601T100000")
    refused = await anna.put(CAL + "odd.ics", text, **{"CalDAV-Timezones": "F"})
    assert (refused.status, refused.condition) == (403, C + "valid-timezone")
    assert (await anna.put(CAL + "odd.ics", text)).status == 201  # as ever: others never heard of the rule
    assert (await anna.put(CAL + "own.ics", timed("own", "Our Yard"), **{"CalDAV-Timezones": "F"})).status == 201


async def proppatch(anna: Client, inner: str) -> int:
    answer = await anna("PROPPATCH", CAL, body("D:propertyupdate", inner))
    return int((answer.xml.findtext(f".//{D}status") or "").split()[1])


async def test_the_zone_of_a_calendar_has_a_name_and_a_definition_kept_in_step(anna: Client) -> None:
    async def told() -> tuple[str | None, str]:
        answer = await anna.propfind(CAL, "C:calendar-timezone-id", "C:calendar-timezone")
        name = answer.prop(CAL, C + "calendar-timezone-id")
        definition = answer.prop_text(CAL, C + "calendar-timezone")
        return (name.text if name is not None else None), definition

    assert (await told())[0] == "Europe/Paris"
    assert (
        await proppatch(
            anna, "<D:set><D:prop><C:calendar-timezone-id>America/New_York</C:calendar-timezone-id></D:prop></D:set>"
        )
        == 200
    )
    name, definition = await told()
    assert (name, "TZID:America/New_York" in definition) == ("America/New_York", True)
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{CUSTOM}END:VCALENDAR\r\n"
    assert (
        await proppatch(anna, f"<D:set><D:prop><C:calendar-timezone>{text}</C:calendar-timezone></D:prop></D:set>")
        == 200
    )
    name, definition = await told()
    assert (name, "TZID:Our Yard" in definition) == ("Our Yard", True)
    text = text.replace(CUSTOM, zone("Asia/Tokyo"))
    assert (
        await proppatch(anna, f"<D:set><D:prop><C:calendar-timezone>{text}</C:calendar-timezone></D:prop></D:set>")
        == 200
    )
    assert (await told())[0] == "Asia/Tokyo"
    assert await proppatch(anna, "<D:remove><D:prop><C:calendar-timezone-id/></D:prop></D:remove>") == 200
    assert (await told())[0] == "Europe/Paris"


async def test_an_unknown_name_is_refused_as_the_zone_of_a_calendar(anna: Client) -> None:
    inner = "<D:prop><C:calendar-timezone-id>Nowhere/Land</C:calendar-timezone-id></D:prop>"
    answer = await anna("PROPPATCH", CAL, body("D:propertyupdate", f"<D:set>{inner}</D:set>"))
    assert " 409 " in (answer.xml.findtext(f".//{D}status") or "")
    assert answer.xml.find(f".//{D}error/{C}valid-timezone") is not None
    made = await anna("MKCALENDAR", HOME + "new/", body("C:mkcalendar", f"<D:set>{inner}</D:set>"))
    assert made.status == 424
    inner = inner.replace("Nowhere/Land", "Europe/Lisbon")
    assert (await anna("MKCALENDAR", HOME + "new/", body("C:mkcalendar", f"<D:set>{inner}</D:set>"))).status == 201
    read = await anna.propfind(HOME + "new/", "C:calendar-timezone-id")
    assert read.prop_text(HOME + "new/", C + "calendar-timezone-id") == "Europe/Lisbon"


async def test_a_definition_without_a_name_is_no_zone_of_a_calendar(anna: Client) -> None:
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{CUSTOM}END:VCALENDAR\r\n".replace(
        "TZID:Our Yard", "X-NAME:y"
    )
    inner = f"<D:set><D:prop><C:calendar-timezone>{text}</C:calendar-timezone></D:prop></D:set>"
    assert await proppatch(anna, inner) == 409


async def test_neither_name_nor_definition_comes_unasked(anna: Client) -> None:
    answer = await anna("PROPFIND", CAL, Depth="0")
    for name in ("calendar-timezone-id", "calendar-timezone", "timezone-service-set"):
        assert answer.prop(CAL, C + name) is None


async def test_a_query_names_the_zone_of_floating_times(anna: Client) -> None:
    await anna.put(CAL + "day.ics", event("day", "20260603").replace("DTSTART:", "DTSTART;VALUE=DATE:"))
    span = '<C:time-range start="20260603T220000Z" end="20260603T230000Z"/>'
    filters = f'<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{span}</C:comp-filter></C:comp-filter></C:filter>'

    async def ask(zone: str) -> tuple[int, str | None, list[str]]:
        text = body("C:calendar-query", f"<D:prop><D:getetag/></D:prop>{filters}<C:timezone-id>{zone}</C:timezone-id>")
        answer = await anna.report(CAL, text)
        return answer.status, answer.condition, answer.hrefs

    assert (await ask("America/New_York"))[2] == [CAL + "day.ics"]
    assert (await ask("Europe/Paris"))[2] == []
    assert (await ask("Nowhere/Land"))[:2] == (403, C + "valid-timezone")


async def test_without_a_zone_in_the_query_that_of_the_calendar_counts(anna: Client) -> None:
    await anna.put(CAL + "day.ics", event("day", "20260603").replace("DTSTART:", "DTSTART;VALUE=DATE:"))
    span = '<C:time-range start="20260603T220000Z" end="20260603T230000Z"/>'
    filters = f'<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{span}</C:comp-filter></C:comp-filter></C:filter>'
    text = body("C:calendar-query", f"<D:prop><D:getetag/></D:prop>{filters}")
    assert (await anna.report(CAL, text)).hrefs == []  # the day of Paris is over
    definition = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{CUSTOM}END:VCALENDAR\r\n"
    for name, value, hrefs in (
        ("calendar-timezone-id", "America/New_York", [CAL + "day.ics"]),
        ("calendar-timezone", definition.replace("+0130", "+0230"), []),
        ("calendar-timezone", definition.replace("+0130", "-0130"), [CAL + "day.ics"]),
    ):
        assert await proppatch(anna, f"<D:set><D:prop><C:{name}>{value}</C:{name}></D:prop></D:set>") == 200
        assert (await anna.report(CAL, text)).hrefs == hrefs


async def test_free_and_busy_times_are_read_in_the_zone_of_the_calendar(anna: Client) -> None:
    """An all-day event is a day where the calendar is, in the report and in the file."""
    await anna.put(
        CAL + "day.ics", event("day", "20260603", "TRANSP:OPAQUE").replace("DTSTART:", "DTSTART;VALUE=DATE:")
    )
    window = body("C:free-busy-query", '<C:time-range start="20260602T000000Z" end="20260606T000000Z"/>')

    async def told() -> set[str]:
        texts = [(await anna.report(CAL, window)).text, (await anna("GET", "/SOGo/dav/anna/freebusy.ifb")).text]
        lines = [line for text in texts for line in text.replace("\r\n ", "").splitlines() if "FREEBUSY" in line]
        return {line.rpartition(":")[2] for line in lines if not line.startswith(("BEGIN", "END"))}

    assert await told() == {"20260602T220000Z/20260603T220000Z"}
    name = "<C:calendar-timezone-id>America/New_York</C:calendar-timezone-id>"
    assert await proppatch(anna, f"<D:set><D:prop>{name}</D:prop></D:set>") == 200
    assert await told() == {"20260603T040000Z/20260604T040000Z"}
