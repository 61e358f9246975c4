"""POST of files to calendars and address books."""

from __future__ import annotations

import json

import pytest

from tests.support.house import CR, Answer, C, Client, D, House, card, event, open_house, todo

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
BOOK = "/SOGo/dav/anna/Contacts/personal/"
ICS, VCF = "text/calendar; charset=utf-8", "text/vcard"


def inner(text: str) -> str:
    """The components of a calendar."""
    return text.split("PRODID:-//tests//EN\r\n")[1].removesuffix("END:VCALENDAR\r\n")


def calendar(*objects: str, head: str = "") -> str:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\n{head}{''.join(map(inner, objects))}END:VCALENDAR\r\n"


async def post(client: Client, path: str, text: str | bytes, kind: str = ICS, **headers: str) -> Answer:
    return await client("POST", path, text, Content_Type=kind, **headers)


def statuses(answer: Answer) -> dict[str, int]:
    """The last segment of each href -> its status."""
    assert answer.status == 207, answer.text
    found = answer.xml.findall(D + "response")
    return {
        (one.findtext(D + "href") or "").rpartition("/")[2]: int((one.findtext(D + "status") or "").split()[1])
        for one in found
    }


async def test_one_object_becomes_a_new_member(anna: Client) -> None:
    listed = await anna.propfind(CAL, "D:add-member")
    element = listed.prop(CAL, D + "add-member")
    assert element is not None
    assert element.findtext(D + "href") == CAL
    made = await post(anna, CAL, event("a b", "20260601T100000Z"))
    assert made.status == 201
    read = await anna("GET", made.headers["Location"])
    assert (read.text, read.etag) == (event("a b", "20260601T100000Z"), made.etag)
    again = await post(anna, CAL, event("a b"))
    assert (again.status, again.condition) == (409, C + "no-uid-conflict")
    assert again.xml[0].findtext(D + "href") == made.headers["Location"]


async def test_a_new_member_does_not_take_the_place_of_another(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("other"))
    made = await post(anna, CAL, event("a"))
    assert (made.status, made.headers["Location"] == CAL + "a.ics") == (201, False)
    assert "UID:other" in (await anna("GET", CAL + "a.ics")).text
    cards = [await post(anna, BOOK, card("c", "Zoë"), VCF) for _ in range(2)]
    assert [one.status for one in cards] == [201, 409]
    assert cards[1].condition == CR + "no-uid-conflict"


async def test_no_etag_is_given_when_the_server_had_to_change_the_text(anna: Client) -> None:
    made = await post(anna, CAL, event("a", "20260601T100000"))  # floating: gets the user's zone
    assert (made.status, "ETag" in made.headers) == (201, False)
    assert "TZID=Europe/Paris" in (await anna("GET", made.headers["Location"])).text


async def test_a_file_is_imported_object_by_object(anna: Client) -> None:
    await anna.put(CAL + "old-name.ics", event("known"))
    await anna.put(CAL + "taken.ics", event("somebody"))
    override = event("series", "20260602T120000Z", "RECURRENCE-ID:20260602T100000Z")
    file = calendar(
        override, event("known", "20260701T100000Z"), event("taken"), todo("task"), event("", "20260601T100000Z"),
        event("series", "20260601T100000Z", "RRULE:FREQ=DAILY;COUNT=3"), event("bad", "yesterday"),
        event("fb").replace("VEVENT", "VFREEBUSY"), head="METHOD:PUBLISH\r\nX-WR-CALNAME:Import\r\n",
    )  # fmt: skip
    answer = await post(anna, CAL, file)
    found = statuses(answer)
    assert found["old-name.ics"] == 204
    assert {found[f"{name}.ics"] for name in ("series", "task")} == {201}
    assert {found[f"{name}.ics"] for name in ("bad", "fb")} == {403}
    assert "taken.ics" not in found  # that name is another object's
    assert sorted(found.values()) == [201, 201, 201, 201, 204, 403, 403]
    for name, rule in (("bad", "valid-calendar-data"), ("fb", "supported-calendar-component")):
        assert answer.responses[f"{CAL}{name}.ics"].find(f"{D}error/{C}{rule}") is not None
    assert "20260701" in (await anna("GET", CAL + "old-name.ics")).text
    assert "UID:somebody" in (await anna("GET", CAL + "taken.ics")).text
    series = (await anna("GET", CAL + "series.ics")).text
    assert (series.count("BEGIN:VEVENT"), "METHOD" in series) == (2, False)


async def test_the_same_file_twice_makes_nothing_twice(anna: Client) -> None:
    file = calendar(event("a"), event("", "20260601T100000Z"), event("x/y z"))
    first, second = [statuses(await post(anna, CAL, file)) for _ in range(2)]
    assert first.keys() == second.keys()
    assert ({*first.values()}, {*second.values()}) == ({201}, {204})
    cards = card("a", "Zoë") + card("b", "Ben")
    assert [{*statuses(await post(anna, BOOK, cards, VCF)).values()} for _ in range(2)] == [{201}, {204}]


async def test_what_has_not_changed_is_not_written_again(anna: Client) -> None:
    """Not even where the server had to mend what came: the others would fetch all of it again."""
    texts = [event("a"), event("floats", "20260601T100000"), todo("t")]
    cards = [card("a", "Zoë"), card("b", "Ben")]
    await post(anna, CAL, calendar(*texts))
    await post(anna, BOOK, "".join(cards), VCF)

    async def tags(place: str) -> dict[str, str]:
        listed = await anna.propfind(place, "D:getetag", depth="1")
        return {href: listed.prop_text(href, D + "getetag") for href in listed.hrefs if href != place}

    before, cards_before, ctag = await tags(CAL), await tags(BOOK), await anna.propfind(CAL, "CS:getctag")
    assert {*statuses(await post(anna, CAL, calendar(*texts))).values()} == {204}
    assert {*statuses(await post(anna, BOOK, "".join(cards), VCF)).values()} == {204}
    assert (await tags(CAL), await tags(BOOK)) == (before, cards_before)
    assert (await anna.propfind(CAL, "CS:getctag")).text == ctag.text
    await post(anna, CAL, calendar(texts[0].replace("Event a", "Another"), *texts[1:]))
    changed = await tags(CAL)
    assert {href for href in before if changed[href] != before[href]} == {CAL + "a.ics"}


@pytest.mark.parametrize(
    ("told", "zone"),
    [("America/New_York", "America/New_York"), ("W. Europe Standard Time", "Europe/Berlin"),
     ("Nowhere/Land", "Europe/Paris"), ("", "Europe/Paris"), ("x" * 5000, "Europe/Paris"), (None, "Europe/Paris")],
)  # fmt: skip
async def test_floating_times_are_in_the_zone_the_file_names(anna: Client, told: str | None, zone: str) -> None:
    head = "" if told is None else f"X-WR-TIMEZONE:{told}\r\n"
    floats = event("floats", "20260601T100000", end="20260601T110000")
    fixed, day = event("fixed"), event("day", "20260601").replace("DTSTART:", "DTSTART;VALUE=DATE:")
    for place, texts in ((CAL, (floats, fixed, day)), (HOME + "alone/", (floats,))):
        await anna("MKCALENDAR", HOME + "alone/")
        assert (await post(anna, place, calendar(*texts, head=head))).status in (201, 207)
        text = (await anna("GET", place + "floats.ics")).text
        assert f"DTSTART;TZID={zone}:20260601T100000\r\n" in text
        assert f"DTEND;TZID={zone}:20260601T110000\r\n" in text
        assert f"TZID:{zone}\r\n" in text
    assert "DTSTART:20260601T100000Z" in (await anna("GET", CAL + "fixed.ics")).text
    assert "DTSTART;VALUE=DATE:20260601" in (await anna("GET", CAL + "day.ics")).text


async def test_each_calendar_of_a_file_has_its_own_zone(anna: Client) -> None:
    parts = [
        calendar(event(uid, "20260601T100000"), head=f"X-WR-TIMEZONE:{zone}\r\n")
        for uid, zone in (("a", "Asia/Tokyo"), ("b", "America/New_York"))
    ]
    assert {*statuses(await post(anna, CAL, "".join(parts))).values()} == {201}
    assert "TZID=Asia/Tokyo:" in (await anna("GET", CAL + "a.ics")).text
    assert "TZID=America/New_York:" in (await anna("GET", CAL + "b.ics")).text


async def test_exported_imported_and_exported_it_is_the_same(anna: Client, ben: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    await anna.put(CAL + "a.ics", event("a", "20260601T100000", 'SUMMARY;X="a;b":תור \\, 😀\\n2'))
    await anna.put(CAL + "b.ics", event("b", "20260602", "RRULE:FREQ=DAILY", "DESCRIPTION:" + "long " * 100))
    await anna.put(CAL + "c.ics", todo("c").replace("20260601T100000Z", "20260601T100000"))  # floats
    exported = (await anna("GET", HOME + "personal.ics")).text
    await anna("MKCALENDAR", HOME + "copy/")
    assert {*statuses(await post(anna, HOME + "copy/", exported)).values()} == {201}
    again = (await anna("GET", HOME + "copy.ics")).text
    assert again.replace("X-WR-CALNAME:copy", "X-WR-CALNAME:Personal Calendar") == exported
    for number, version in enumerate(("2.1", "3.0", "4.0")):
        text = card(f"v{number}", "Zoë", "NOTE:\u202eright to left").replace("VERSION:3.0", f"VERSION:{version}")
        await anna.put(f"{BOOK}v{number}.vcf", text)
    book = (await anna("GET", BOOK)).text
    await ben.propfind("/SOGo/dav/ben/Contacts/", "D:displayname", depth="1")
    assert {*statuses(await post(ben, "/SOGo/dav/ben/Contacts/personal/", book, VCF)).values()} == {201}
    assert (await ben("GET", "/SOGo/dav/ben/Contacts/personal.vcf")).text == book


async def test_a_summary_for_who_asks_for_json(anna: Client) -> None:
    file = calendar(event("a"), event("b"), event("bad", "never"))
    answer = await post(anna, CAL, file, Accept="application/json")
    summary = json.loads(answer.text)
    assert [summary[key] for key in ("created", "updated", "refused")] == [2, 0, 1]
    assert [(error["uid"], error["status"]) for error in summary["errors"]] == [("bad", 403)]
    again = json.loads((await post(anna, CAL, calendar(event("a")), Accept="application/json")).text)
    assert (again["created"], again["updated"]) == (0, 1)


@pytest.mark.parametrize(
    ("text", "kind", "status", "condition"),
    [
        (calendar(event("a"), head="METHOD:ADD\r\n"), ICS, 403, "valid-calendar-object-resource"),
        (calendar(event("a"), event("b"), head="METHOD:COUNTER\r\n"), ICS, 403, "valid-calendar-object-resource"),
        (calendar(), ICS, 403, "valid-calendar-object-resource"),
        ("", ICS, 403, "valid-calendar-data"),
        (b"\x00\xff" * 5_000, ICS, 403, "valid-calendar-data"),
        (card("a", "Zoë"), ICS, 403, "valid-calendar-data"),
        (card("a", "Zoë"), "text/vcard", 415, "supported-calendar-data"),
        ("<x/>", "text/xml", 415, "supported-calendar-data"),
        (event("a").replace("VERSION:2.0", "VERSION:1.0"), ICS, 403, "supported-calendar-data"),
    ],
)
async def test_what_is_not_taken_is_refused_with_the_rule(
    anna: Client, text: str | bytes, kind: str, status: int, condition: str
) -> None:
    answer = await post(anna, CAL, text, kind)
    assert (answer.status, answer.condition) == (status, C + condition)


async def test_a_mixture_of_kinds_under_one_uid_costs_that_object_only(anna: Client) -> None:
    found = statuses(
        await post(anna, CAL, calendar(event("x"), todo("x", "RECURRENCE-ID:20260601T100000Z"), event("y")))
    )
    assert found == {"x.ics": 403, "y.ics": 201}


async def test_a_calendar_of_tasks_takes_no_events(anna: Client) -> None:
    inside = '<D:set><D:prop><C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set></D:prop></D:set>'
    made = await anna(
        "MKCALENDAR", HOME + "tasks/", f'<C:mkcalendar xmlns:C="{C[1:-1]}" xmlns:D="DAV:">{inside}</C:mkcalendar>'
    )
    assert made.status == 201
    assert statuses(await post(anna, HOME + "tasks/", calendar(event("e"), todo("t")))) == {"e.ics": 403, "t.ics": 201}


async def test_a_file_of_many_lines_is_taken_and_an_object_too_large_is_not(anna: Client) -> None:
    lines = "".join(f"X-L:{number}\r\n" for number in range(100_000))
    huge = event("huge").replace("END:VEVENT", lines + "END:VEVENT")
    found = statuses(await post(anna, CAL, calendar(event("a"), huge, event("b"))))
    assert found == {"a.ics": 201, "huge.ics": 403, "b.ics": 201}


async def test_a_file_beyond_the_limit_is_refused(tmp_path) -> None:
    async for house in open_house(tmp_path, SOGoMaximumImportSize="10"):
        anna = house.client("anna")
        assert (await post(anna, CAL, calendar(event("a", "20260601T100000Z", "X:" + "x" * 11_000)))).status == 413
        assert (await anna("GET", CAL + "a.ics")).status == 404


async def test_others_cannot_import(anna: Client, ben: Client, house: House) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    assert (await post(ben, CAL, calendar(event("a"), event("b")))).status == 404
    assert (await post(anna, HOME, calendar(event("a")))).status == 405
    assert (await post(anna, HOME + "nowhere/", calendar(event("a")))).status == 404
    assert (await anna("GET", CAL + "a.ics")).status == 404


async def test_one_object_that_breaks_us_leaves_the_others(
    anna: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from sogo.model import quick_event

    real = quick_event.quick_row

    def breaks(calendar, **more):  # type: ignore[no-untyped-def]
        if "UID:odd" in calendar.render():
            raise ZeroDivisionError
        return real(calendar, **more)

    monkeypatch.setattr(quick_event, "quick_row", breaks)
    found = statuses(await post(anna, CAL, calendar(event("a"), event("odd"), event("b"))))
    assert found == {"a.ics": 201, "odd.ics": 500, "b.ics": 201}
    assert "import of 'odd'" in caplog.text
