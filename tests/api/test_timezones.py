"""The time zone distribution service, as its clients use it (RFC 7808): over HTTP, without a login."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import icalendar
import orjson
import pytest
from lxml import etree

from sogo.api import timezones
from sogo.codec.contentline import parse
from sogo.model.embedded_zone import embedded_zone
from sogo.model.timezone import is_standard
from tests.support.house import Answer, C, Client, D, open_house

PREFIX = "/SOGo/timezone"
ERROR = "urn:ietf:params:tzdist:error:"
EVERY = sorted(available_timezones() - {"Factory", "localtime", "posixrules"})
X = "{urn:ietf:params:xml:ns:icalendar-2.0}"


@pytest.fixture
async def anybody(tmp_path: Path) -> AsyncIterator[Client]:
    async for house in open_house(tmp_path):
        yield house.client(None)


async def told(anybody: Client, path: str) -> dict[str, object]:
    answer = await anybody("GET", PREFIX + path)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8"), answer.text
    document = orjson.loads(answer.body)
    assert isinstance(document, dict)
    return document


async def listed(anybody: Client, query: str = "") -> dict[str, dict[str, object]]:
    document = await told(anybody, f"/zones{query}")
    zones = document["timezones"]
    assert isinstance(zones, list)
    return {zone["tzid"]: zone for zone in zones}


def problem(answer: Answer) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json; charset=utf-8"
    document = orjson.loads(answer.body)
    assert document["status"] == answer.status
    assert document["title"]
    assert document["type"].startswith(ERROR)
    return answer.status, document["type"].removeprefix(ERROR)


def seconds(year: int, month: int = 1, day: int = 1) -> int:
    return int(dt.datetime(year, month, day, tzinfo=dt.UTC).timestamp())


def offset(zone: dt.tzinfo, moment: int) -> float:
    found = dt.datetime.fromtimestamp(moment, zone).utcoffset()
    assert found is not None
    return found.total_seconds()


# --- where it is ------------------------------------------------------------------------------------------------------


async def test_it_is_found_from_the_well_known_place(anybody: Client) -> None:
    for path in ("/.well-known/timezone", "/.well-known/timezone/"):
        answer = await anybody("GET", path)
        assert (answer.status, answer.headers["Location"]) == (301, PREFIX)
        assert "max-age" in answer.headers["Cache-Control"]


async def test_calendar_homes_and_calendars_say_where_it_is(tmp_path: Path) -> None:
    async for house in open_house(tmp_path):
        anna = house.client("anna")
        for path in ("/SOGo/dav/anna/Calendar/", "/SOGo/dav/anna/Calendar/personal/"):
            service = (await anna.propfind(path, "C:timezone-service-set")).prop(path, C + "timezone-service-set")
            assert service is not None
            (href,) = service
            assert (href.tag, href.text) == (D + "href", PREFIX)
            assert (await house.client(None)("GET", f"{href.text}/capabilities")).status == 200
            everything = await anna("PROPFIND", path, Depth="0")
            assert everything.prop(path, C + "timezone-service-set") is None, "not for allprop (RFC 7809 §5.1)"


async def test_it_says_what_it_can_do_and_does_it(anybody: Client) -> None:
    document = await told(anybody, "/capabilities")
    assert document["version"] == 1
    info, actions = document["info"], document["actions"]
    assert isinstance(info, dict)
    assert isinstance(actions, list)
    assert info["primary-source"].startswith("IANA:20")
    assert info["truncated"] == {"any": True, "untruncated": True}
    for kind in info["formats"]:
        answer = await anybody("GET", f"{PREFIX}/zones/Europe%2FParis", Accept=kind)
        assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8"
    assert [action["name"] for action in actions] == ["capabilities", "list", "get", "expand", "find", "leapseconds"]
    span = "start=2026-01-01T00:00:00Z&end=2027-01-01T00:00:00Z"
    for action in actions:
        path = action["uri-template"].replace("{/tzid}", "/Europe%2FParis").replace("{?start,end}", f"?{span}")
        path = path.replace("{?changedsince}", "?changedsince=x").replace("{?pattern}", "?pattern=x")
        assert (await anybody("GET", path)).status == 200, action
        for parameter in action["parameters"]:
            assert parameter.keys() == {"name", "required", "multi"}
            assert parameter["name"] in action["uri-template"]


# --- list and find ----------------------------------------------------------------------------------------------------


async def test_every_name_that_clients_may_leave_undefined_is_listed(anybody: Client) -> None:
    zones = await listed(anybody)
    names = [name for zone in zones.values() for name in (zone["tzid"], *zone["aliases"])]  # type: ignore[misc]
    assert sorted(names) == EVERY
    assert all(is_standard(name) for name in names)
    assert zones["America/New_York"]["aliases"] == ["US/Eastern"]
    for zone in zones.values():
        assert zone["publisher"] == "IANA"
        assert dt.datetime.fromisoformat(str(zone["last-modified"])).tzinfo is not None


async def test_only_what_has_changed_is_listed_again(anybody: Client) -> None:
    first = await told(anybody, "/zones")
    token = str(first["synctoken"])
    assert await told(anybody, f"/zones?changedsince={token}") == {"synctoken": token, "timezones": []}
    assert await told(anybody, "/zones?changedsince=2009a-1") == first, "an unknown token is as good as none"
    twice = await anybody("GET", f"{PREFIX}/zones?changedsince={token}&changedsince={token}")
    assert problem(twice) == (400, "invalid-changedsince")


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("Europe/Paris", {"Europe/Paris"}),
        ("us/eastern", {"America/New_York"}),
        ("US%2FEastern", {"America/New_York"}),
        ("*New%20York*", {"America/New_York"}),
        ("*new_york", {"America/New_York"}),
        ("america/new y*", {"America/New_York"}),
        ("new york", set()),
        ("*\\*", set()),
        ("%5C*Test%5C%5CTime%5C*Zone%5C*", set()),
        ("Europe/Par\u00eds", set()),
    ],
)
async def test_zones_are_found_by_name_and_alias(anybody: Client, pattern: str, names: set[str]) -> None:
    query = pattern.replace(" ", "%20").replace("\\", "%5C").replace("\u00ed", "%C3%AD")
    assert (await listed(anybody, f"?pattern={query}")).keys() == names


async def test_a_star_finds_all_and_a_beginning_its_zones(anybody: Client) -> None:
    zones = await listed(anybody)
    assert await listed(anybody, "?pattern=*") == zones
    wanted = {
        tzid for tzid, zone in zones.items()
        if any(name.startswith("Indian/") for name in (tzid, *zone["aliases"]))  # type: ignore[misc]
    }  # fmt: skip
    assert (await listed(anybody, "?pattern=indian/*")).keys() == wanted
    assert len(wanted) > 3


@pytest.mark.parametrize(
    "query",
    ["pattern=", "pattern=a&pattern=a", "pattern=Eu*rope", "pattern=*Eu*rope*", "pattern=a%5Cb", "pattern=a%5C",
     "pattern=***", f"pattern={'x' * 201}"],
)  # fmt: skip
async def test_a_pattern_that_breaks_the_rules_is_refused(anybody: Client, query: str) -> None:
    assert problem(await anybody("GET", f"{PREFIX}/zones?{query}")) == (400, "invalid-pattern")


# --- get --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", range(6))
async def test_every_zone_is_got_and_icalendar_reads_it(anybody: Client, part: int) -> None:
    moments = [seconds(year, month, 11) for year in (1890, 1943, 1970, 2004, 2026, 2037) for month in (2, 8)]
    for name in EVERY[part::6]:
        answer = await anybody("GET", f"{PREFIX}/zones/{name.replace('/', '%2F')}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
        (zone,) = icalendar.Calendar.from_ical(answer.body).walk("VTIMEZONE")
        assert zone["TZID"] == name
        theirs, real = zone.to_tz(lookup_tzid=False), ZoneInfo(name)
        assert theirs is not real
        for moment in moments:
            wall = dt.datetime.fromtimestamp(moment, real).replace(tzinfo=None)
            read = wall.replace(tzinfo=theirs).utcoffset()
            assert read is not None
            assert abs(read.total_seconds() - offset(real, moment)) < 60, (name, wall)  # dateutil rounds to minutes


@pytest.mark.parametrize("part", range(6))
async def test_every_zone_is_got_to_the_second_of_every_change(anybody: Client, part: int) -> None:
    """Whole, and cut off in one of four ways: by what our own reader makes of it."""
    cuts = [(2010, 2020, "?start=2010-01-01T00:00:00Z&end=2020-01-01T00:00:00Z"),
            (2026, 2099, "?start=2026-07-05T00:00:00Z"), (1900, 1990, "?end=1990-01-01T00:00:00Z"),
            (2040, 2060, "?start=2040-07-04T05:06:07Z&end=2060-01-01T00:00:00Z")]  # fmt: skip
    for place, name in enumerate(EVERY[part::6]):
        real = ZoneInfo(name)
        for first, last, query in ((1900, 2099, ""), cuts[place % 4]):
            answer = await anybody("GET", f"{PREFIX}/zones/{name.replace('/', '%2F')}{query}")
            (zone,) = parse(answer.text).components("VCALENDAR")[0].components("VTIMEZONE")
            ours = embedded_zone(zone)
            assert ours is not None
            begin = seconds(first, 7, 5) if "start" in query else seconds(first)
            months = range(begin, seconds(last), 86_400 * 91)
            edges = [] if query else [moment + side for moment in changes(real) for side in (-1, 0)]
            for moment in [*months, *edges]:
                assert offset(ours, moment) == offset(real, moment), (name, query, moment)


@lru_cache(maxsize=1000)
def changes(zone: dt.tzinfo) -> list[int]:
    """The moments between 1965 and 2045 at which the offset changes, to the second."""
    found = []
    for low, high in pairwise(range(seconds(1965), seconds(2045), 86_400 * 14)):
        before = offset(zone, low)
        if before != offset(zone, high):
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(zone, middle) == before else (low, middle)
            found.append(high)
    return found


async def test_a_zone_that_is_cut_off_says_so(anybody: Client) -> None:
    """The example of §5.3.4, with the local time of the start (§3.9)."""
    span = "start=2010-01-01T00:00:00Z&end=2020-01-01T00:00:00Z"
    text = (await anybody("GET", f"{PREFIX}/zones/America%2FNew_York?{span}")).text
    assert "TZUNTIL:20200101T000000Z" in text
    first = "TZOFFSETFROM:-0500\r\nTZOFFSETTO:-0500\r\nDTSTART:20091231T190000\r\n"
    assert text.count(first) == 1
    exact = (await anybody("GET", f"{PREFIX}/zones/America%2FNew_York?start=2010-03-14T07:00:00Z")).text
    assert "TZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nDTSTART:20100314T020000\r\n" in exact
    assert "TZUNTIL" not in exact


async def test_an_alias_is_got_under_its_own_name(anybody: Client) -> None:
    alias = (await anybody("GET", f"{PREFIX}/zones/US%2FEastern")).text
    assert "TZID:US/Eastern\r\n" in alias
    zone = (await anybody("GET", f"{PREFIX}/zones/America/New_York")).text
    assert alias.replace("US/Eastern", "America/New_York") == zone


async def test_a_zone_has_the_tag_of_the_list_and_is_not_sent_again(anybody: Client) -> None:
    tag = (await listed(anybody))["Europe/Paris"]["etag"]
    path = f"{PREFIX}/zones/Europe%2FParis"
    span = "?start=2026-01-01T00:00:00Z&end=2027-01-01T00:00:00Z"
    for place in (path, f"{path}/observances{span}"):
        answer = await anybody("GET", place)
        assert answer.etag == f'"{tag}"'
        assert answer.headers["Cache-Control"] == "public, max-age=3600"
        again = await anybody("GET", place, If_None_Match=answer.etag)
        assert (again.status, again.body, again.etag) == (304, b"", answer.etag)
        assert (await anybody("GET", place, If_None_Match='"other"')).status == 200
    for place in ("/zones", "/capabilities", "/leapseconds"):
        answer = await anybody("GET", PREFIX + place)
        assert (await anybody("GET", PREFIX + place, If_None_Match=answer.etag)).status == 304
    head = await anybody("HEAD", path)
    assert (head.status, head.body, head.etag) == (200, b"", f'"{tag}"')


async def test_accept_chooses_the_form(anybody: Client) -> None:
    path = f"{PREFIX}/zones/US%2FEastern?end=2030-01-01T00:00:00Z"
    for accept, kind in (
        ("*/*", "text/calendar"), ("text/*;q=0.2, application/*", "application/calendar+xml"),
        ("application/calendar+xml;q=0.5, text/calendar", "text/calendar"), ("x,,;q=,text/calendar", "text/calendar"),
        ("text/calendar;q=0, */*;q=0.1", "application/calendar+xml"),
    ):  # fmt: skip
        answer = await anybody("GET", path, Accept=accept)
        assert answer.headers["Content-Type"] == f"{kind}; charset=utf-8", accept
        assert "Accept" in answer.headers["Vary"].split(", ")
    for accept in ("application/calendar+json", "text/html", "text/calendar;q=0", "text/calendar;q=nonsense"):
        assert problem(await anybody("GET", path, Accept=accept)) == (406, "invalid-format")
    xml = etree.fromstring((await anybody("GET", path, Accept="application/calendar+xml")).body)
    assert xml.findtext(f".//{X}vtimezone/{X}properties/{X}tzid/{X}text") == "US/Eastern"
    assert xml.findtext(f".//{X}tzuntil/{X}date-time") == "2030-01-01T00:00:00Z"


async def test_answers_come_compressed(anybody: Client) -> None:
    answer = await anybody("GET", f"{PREFIX}/zones", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(orjson.loads(answer.body)["timezones"]) > 300


# --- expand -----------------------------------------------------------------------------------------------------------


async def test_the_example_of_an_expansion(anybody: Client) -> None:
    """§5.4.1, with the abbreviations of the zone for names."""
    span = "start=2008-01-01T00:00:00Z&end=2009-01-01T00:00:00Z"
    document = await told(anybody, f"/zones/America%2FNew_York/observances?{span}")
    rows = [("EST", "2008-01-01T00:00:00Z", -18000, -18000), ("EDT", "2008-03-09T07:00:00Z", -18000, -14400),
            ("EST", "2008-11-02T06:00:00Z", -14400, -18000)]  # fmt: skip
    names = ("name", "onset", "utc-offset-from", "utc-offset-to")
    assert document == {"tzid": "America/New_York", "observances": [dict(zip(names, row, strict=True)) for row in rows]}
    span = "start=2008-03-09T07:00:00Z&end=2008-03-09T07:00:01Z"
    document = await told(anybody, f"/zones/US%2FEastern/observances?{span}")
    assert document == {"tzid": "US/Eastern", "observances": [dict(zip(names, rows[1], strict=True))]}


@pytest.mark.parametrize("part", range(4))
async def test_expansions_agree_with_zoneinfo(anybody: Client, part: int) -> None:
    for name in EVERY[part::4]:
        path = f"/zones/{name.replace('/', '%2F')}/observances?start=1700-01-01T00:00:00Z&end=2101-01-01T00:00:00Z"
        zone, document = ZoneInfo(name), await told(anybody, path)
        rows = document["observances"]
        assert isinstance(rows, list)
        assert "end" not in document
        assert rows[0]["onset"] == "1700-01-01T00:00:00Z"
        onsets = [int(dt.datetime.fromisoformat(row["onset"]).timestamp()) for row in rows]
        assert onsets == sorted(set(onsets))
        for row, onset in zip(rows, onsets, strict=True):
            assert offset(zone, onset) == row["utc-offset-to"], (name, row)
            assert offset(zone, onset - 1) == row["utc-offset-from"], (name, row)
            assert dt.datetime.fromtimestamp(onset, zone).tzname() == row["name"], (name, row)
        assert set(changes(zone)) <= set(onsets), name


async def test_a_long_expansion_ends_sooner_and_says_so(anybody: Client) -> None:
    span = "start=2026-01-01T00:00:00Z&end=9899-01-01T00:00:00Z"
    document = await told(anybody, f"/zones/Europe%2FParis/observances?{span}")
    rows = document["observances"]
    assert isinstance(rows, list)
    assert len(rows) == 2000
    assert rows[-1]["onset"] < str(document["end"]) < "3100"
    rest = await told(anybody, f"/zones/Europe%2FParis/observances?start={document['end']}&end=9899-01-01T00:00:00Z")
    assert rest["observances"][0]["utc-offset-from"] == rows[-1]["utc-offset-to"]  # type: ignore[index]
    still = await told(anybody, f"/zones/Etc%2FUTC/observances?{span}")
    assert "end" not in still


# --- leap seconds -----------------------------------------------------------------------------------------------------


async def test_leap_seconds_are_those_of_the_database(anybody: Client) -> None:
    document = await told(anybody, "/leapseconds")
    rows = document["leapseconds"]
    assert isinstance(rows, list)
    assert rows[:2] == [{"utc-offset": 10, "onset": "1972-01-01"}, {"utc-offset": 11, "onset": "1972-07-01"}]
    assert {"utc-offset": 36, "onset": "2015-07-01"} in rows
    assert {"utc-offset": 37, "onset": "2017-01-01"} in rows
    assert dt.date.fromisoformat(str(document["expires"])) > dt.date.fromisoformat(rows[-1]["onset"])
    assert document["publisher"] == "IANA"


# --- refusals ---------------------------------------------------------------------------------------------------------

PARIS = "/zones/Europe%2FParis"
START, END = "start=2026-01-01T00:00:00Z", "end=2027-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/zones/Nowhere%2FLand", (404, "tzid-not-found")),
        ("/zones/europe%2Fparis", (404, "tzid-not-found")),
        ("/zones/Romance%20Standard%20Time", (404, "tzid-not-found")),
        ("/zones/Factory", (404, "tzid-not-found")),
        ("/zones/..%2F..%2Ftzdata.zi", (404, "tzid-not-found")),
        ("/zones/%2e%2e/zones", (404, "tzid-not-found")),
        ("/zones/%00", (404, "tzid-not-found")),
        ("/zones/%FF%FE", (404, "tzid-not-found")),
        ("/zones/" + "x" * 4000, (404, "tzid-not-found")),
        ("/zones/observances", (404, "tzid-not-found")),
        (f"/zones/Nowhere/observances?{START}&{END}", (404, "tzid-not-found")),
        (f"{PARIS}?start=now", (400, "invalid-start")),
        (f"{PARIS}?start=2026-01-01", (400, "invalid-start")),
        (f"{PARIS}?start=2026-13-01T00:00:00Z", (400, "invalid-start")),
        (f"{PARIS}?start=2026-01-01T00:00:00%2B01:00", (400, "invalid-start")),
        (f"{PARIS}?start=0001-01-01T00:00:00Z", (400, "invalid-start")),
        (f"{PARIS}?start=9999-12-31T23:59:59Z", (400, "invalid-start")),
        (f"{PARIS}?start=\u0662026-01-01T00:00:00Z", (400, "invalid-start")),
        (f"{PARIS}?{START}&{START}", (400, "invalid-start")),
        (f"{PARIS}?end=", (400, "invalid-end")),
        (f"{PARIS}?{END}&{END}", (400, "invalid-end")),
        (f"{PARIS}?{START}&end=2026-01-01T00:00:00Z", (400, "invalid-end")),
        (f"{PARIS}/observances", (400, "invalid-start")),
        (f"{PARIS}/observances?{START}", (400, "invalid-end")),
        (f"{PARIS}/observances?{END}", (400, "invalid-start")),
        (f"{PARIS}/observances?{START}&end=2025-01-01T00:00:00Z", (400, "invalid-end")),
        ("/zones?pattern=a&changedsince=b", (400, "invalid-action")),
        ("", (404, "invalid-action")),
        ("/", (404, "invalid-action")),
        ("/nonsense", (404, "invalid-action")),
        ("/capabilities/more", (404, "invalid-action")),
    ],
)
async def test_every_refusal_has_its_name(anybody: Client, path: str, expected: tuple[int, str]) -> None:
    assert problem(await anybody("GET", PREFIX + path.replace("\u0662", "%D9%A2"))) == expected


async def test_nothing_is_written_here(anybody: Client) -> None:
    for method in ("POST", "PUT", "DELETE", "PROPFIND", "OPTIONS"):
        answer = await anybody(method, f"{PREFIX}/zones", "x")
        assert problem(answer) == (405, "invalid-action")
        assert answer.headers["Allow"] == "GET, HEAD"


async def test_what_nobody_foresaw_is_told_to_the_log_alone(
    anybody: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr(timezones, "_read", broken)
    answer = await anybody("GET", f"{PREFIX}/zones")
    assert problem(answer) == (500, "invalid-action")
    assert "secret" not in answer.text
    assert answer.headers["X-Request-ID"] in caplog.text


async def test_many_at_once_read_the_database_once(anybody: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    reads, read = [], timezones._read

    def counted() -> object:
        reads.append(1)
        return read()

    monkeypatch.setattr(timezones, "_read", counted)
    answers = await asyncio.gather(*(anybody("GET", f"{PREFIX}/zones") for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    assert len(reads) == 1
