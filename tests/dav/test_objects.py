"""PUT, GET, HEAD, DELETE and MOVE of events and cards."""

from __future__ import annotations

import asyncio

import pytest

from tests.support.house import CR, C, Client, D, House, card, event, open_house, todo

CAL = "/SOGo/dav/anna/Calendar/personal/"
BOOK = "/SOGo/dav/anna/Contacts/personal/"


async def test_an_event_is_stored_and_returned_octet_for_octet(anna: Client) -> None:
    text = event("a1", "20260601T100000Z", "X-ODD;X-P=1:kept \\: as is", end="20260601T110000Z")
    made = await anna.put(CAL + "a1.ics", text)
    assert made.status == 201
    read = await anna("GET", CAL + "a1.ics")
    assert (read.status, read.body) == (200, text.encode())
    assert read.etag == made.etag
    assert read.headers["Content-Type"].startswith("text/calendar")
    assert read.headers["X-Content-Type-Options"] == "nosniff"


async def test_head_says_what_get_would(anna: Client) -> None:
    text = event("a1")
    await anna.put(CAL + "a1.ics", text)
    head = await anna("HEAD", CAL + "a1.ics")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", str(len(text)))


async def test_no_etag_is_given_when_the_server_had_to_change_the_text(anna: Client) -> None:
    made = await anna.put(CAL + "a1.ics", event("a1", "20260601T100000"))  # floating: gets the user's zone
    assert made.status == 201
    assert "ETag" not in made.headers
    read = await anna("GET", CAL + "a1.ics")
    assert "TZID=Europe/Paris" in read.text
    assert "ETag" in read.headers


async def test_an_update_needs_the_etag_the_client_knows(anna: Client) -> None:
    first = (await anna.put(CAL + "a1.ics", event("a1"))).etag
    second = await anna.put(CAL + "a1.ics", event("a1", "20260602T100000Z"), If_Match=first)
    assert second.status == 204
    stale = await anna.put(CAL + "a1.ics", event("a1", "20260603T100000Z"), If_Match=first)
    assert stale.status == 412
    assert "20260602" in (await anna("GET", CAL + "a1.ics")).text


async def test_if_none_match_star_never_overwrites(anna: Client) -> None:
    assert (await anna.put(CAL + "a1.ics", event("a1"), If_None_Match="*")).status == 201
    assert (await anna.put(CAL + "a1.ics", event("a1", "20270101T000000Z"), If_None_Match="*")).status == 412


async def test_if_none_match_star_is_ignored_where_the_site_says_so(tmp_path) -> None:
    async for house in open_house(tmp_path, SOGoDAVLenientPreconditions="YES"):
        anna = house.client("anna")
        assert (await anna.put(CAL + "a1.ics", event("a1"), If_None_Match="*")).status == 201
        assert (await anna.put(CAL + "a1.ics", event("a1"), If_None_Match="*")).status == 204


async def test_if_match_on_nothing_creates_nothing(anna: Client) -> None:
    assert (await anna.put(CAL + "a1.ics", event("a1"), If_Match='"gcs00000000"')).status == 412
    assert (await anna("GET", CAL + "a1.ics")).status == 404


async def test_an_unchanged_object_is_not_sent_again(anna: Client) -> None:
    etag = (await anna.put(CAL + "a1.ics", event("a1"))).etag
    assert (await anna("GET", CAL + "a1.ics", If_None_Match=etag)).status == 304
    assert (await anna("GET", CAL + "a1.ics", If_Match='"other"')).status == 412


async def test_the_same_uid_under_another_name_is_refused_with_the_name_that_has_it(anna: Client) -> None:
    await anna.put(CAL + "a1.ics", event("a1"))
    refused = await anna.put(CAL + "copy.ics", event("a1"))
    assert (refused.status, refused.condition) == (409, C + "no-uid-conflict")
    assert refused.xml[0].findtext(D + "href") == CAL + "a1.ics"


async def test_two_puts_of_one_uid_at_once_leave_one_object(anna: Client) -> None:
    answers = await asyncio.gather(*(anna.put(f"{CAL}n{n}.ics", event("same")) for n in range(6)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409, 409]


async def test_two_cards_may_share_a_uid(anna: Client) -> None:
    assert (await anna("PUT", BOOK + "a.vcf", card("u", "One"))).status == 201
    assert (await anna("PUT", BOOK + "b.vcf", card("u", "Two"))).status == 201


async def test_an_object_may_be_written_over_with_one_of_another_uid(anna: Client) -> None:
    assert (await anna.put(CAL + "a.ics", event("one"))).status == 201
    assert (await anna.put(CAL + "a.ics", event("two"))).status == 204
    assert "UID:two" in (await anna("GET", CAL + "a.ics")).text
    assert (await anna.put(CAL + "b.ics", event("one"))).status == 201


async def test_nothing_but_the_text_of_a_description_is_kept(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    given = '<C:calendar-description xml:lang="fr">Pour tous</C:calendar-description>'
    asked = f'<D:propertyupdate xmlns:D="DAV:" xmlns:C="{C[1:-1]}"><D:set><D:prop>{given}</D:prop></D:set></D:propertyupdate>'
    assert (await anna("PROPPATCH", CAL, asked)).status == 207
    kept = (await anna.propfind(CAL, "C:calendar-description")).prop(CAL, C + "calendar-description")
    assert kept is not None
    assert (kept.text, dict(kept.attrib)) == ("Pour tous", {})


async def test_names_of_ones_own_come_back_in_objects_and_in_parts_of_them(anna: Client) -> None:
    own = ["X-ABC-PLACE;X-P=1:there", "BEGIN:X-ABC-PART", "X-ABC-IN:1", "END:X-ABC-PART"]
    await anna.put(CAL + "a.ics", event("a", "20260601T100000Z", *own))
    assert (await anna("GET", CAL + "a.ics")).text == event("a", "20260601T100000Z", *own)
    parts = '<C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="X-ABC-PLACE"/><C:comp name="X-ABC-PART"/></C:comp></C:comp>'
    asked = (
        f'<C:calendar-multiget xmlns:D="DAV:" xmlns:C="{C[1:-1]}"><D:prop><C:calendar-data>{parts}</C:calendar-data>'
        f"</D:prop><D:href>{CAL}a.ics</D:href></C:calendar-multiget>"
    )
    text = (await anna.report(CAL, asked)).prop_text(CAL + "a.ics", C + "calendar-data")
    assert ("X-ABC-PLACE;X-P=1:there" in text, "X-ABC-IN:1" in text, "SUMMARY" in text) == (True, True, False)
    await anna("PUT", BOOK + "v.vcf", card("v", "V", "X-ABC-PLACE;X-P=1:there"))
    assert (await anna("GET", BOOK + "v.vcf")).text == card("v", "V", "X-ABC-PLACE;X-P=1:there")


async def test_an_etag_never_comes_back_after_delete_and_create(anna: Client) -> None:
    first = (await anna.put(CAL + "a1.ics", event("a1"))).etag
    assert (await anna("DELETE", CAL + "a1.ics")).status == 204
    assert (await anna.put(CAL + "a1.ics", event("a1", "20270101T000000Z"))).etag != first


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", C + "valid-calendar-data"),
        ("this is not iCalendar", C + "valid-calendar-data"),
        ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", C + "valid-calendar-object-resource"),
        (event("a").replace("END:VEVENT\r\n", "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:b\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\n"), C + "valid-calendar-object-resource"),
        (event("a").replace("20260601T100000Z", "20260231T100000Z"), C + "valid-calendar-data"),
        (card("a", "A card"), None),
        (event("a").replace("VEVENT", "VFREEBUSY"), C + "supported-calendar-component"),
        (event("a").replace("VEVENT", "VJOURNAL"), C + "supported-calendar-component"),
    ],
)  # fmt: skip
async def test_what_is_no_calendar_object_is_refused_with_the_rule_it_breaks(
    anna: Client, text: str, condition: str | None
) -> None:
    refused = await anna.put(CAL + "x.ics", text)
    assert refused.status == 403
    if condition:
        assert refused.condition == condition
    assert (await anna("GET", CAL + "x.ics")).status == 404


@pytest.mark.parametrize("text", ["", "no card", "BEGIN:VCARD\r\n", event("a"), card("a", "A") + card("b", "B")])
async def test_what_is_no_card_is_refused(anna: Client, text: str) -> None:
    refused = await anna("PUT", BOOK + "x.vcf", text)
    if text == "BEGIN:VCARD\r\n":
        return
    assert refused.status == 403
    assert refused.condition in {CR + "valid-address-data", CR + "supported-address-data"}


async def test_invalid_utf8_is_kept_as_what_it_can_mean(anna: Client) -> None:
    data = event("a1").encode().replace(b"Event a1", b"Caf\xe9")
    assert (await anna("PUT", CAL + "a1.ics", data)).status == 201
    assert "SUMMARY:Café" in (await anna("GET", CAL + "a1.ics")).text


async def test_a_too_large_object_is_refused_and_nothing_is_stored(anna: Client) -> None:
    refused = await anna.put(CAL + "big.ics", event("big", "20260601T100000Z", "DESCRIPTION:" + "x" * 300_000))
    assert (refused.status, refused.condition) == (403, C + "max-resource-size")
    assert (await anna("GET", CAL + "big.ics")).status == 404


async def test_names_with_any_character_work(anna: Client) -> None:
    for name in ["a%20b.ics", "%C3%A9+x@y.ics", "100%25.ics", "it's.ics", "%E2%98%BA.ics", "semi;colon.ics"]:
        assert (await anna.put(CAL + name, event(name))).status == 201, name
        assert (await anna("GET", CAL + name)).status == 200, name
    listed = await anna.propfind(CAL, "D:getetag", depth="1")
    assert {CAL + "a b.ics", CAL + "é+x@y.ics", CAL + "100%.ics", CAL + "☺.ics"} <= set(listed.hrefs)


@pytest.mark.parametrize(
    "path",
    [
        "/SOGo/dav/anna/Calendar/../x",
        "/SOGo/dav/anna/Calendar/personal/a%00b.ics",
        "/SOGo/dav/%2e%2e/x",
        "/SOGo/dav/%FF/",
    ],
)
async def test_a_path_that_is_no_path_is_refused(anna: Client, path: str) -> None:
    assert (await anna("GET", path)).status in {400, 404}


async def test_put_into_nothing_is_a_conflict(anna: Client) -> None:
    assert (await anna.put("/SOGo/dav/anna/Calendar/missing/a.ics", event("a"))).status == 409


@pytest.mark.parametrize(
    "path",
    [
        "/SOGo/dav/anna/Calendar/personal/",
        "/SOGo/dav/anna/Calendar/",
        "/SOGo/dav/anna/",
        "/SOGo/dav/anna/Contacts/staff/x.vcf",
    ],
)
async def test_put_where_no_object_can_be_is_not_allowed(anna: Client, path: str) -> None:
    refused = await anna.put(path, event("a"))
    assert refused.status == 405
    assert "PUT" not in refused.headers["Allow"]


async def test_deleting_twice_is_not_found_and_a_stale_etag_deletes_nothing(anna: Client) -> None:
    etag = (await anna.put(CAL + "a1.ics", event("a1"))).etag
    await anna.put(CAL + "a1.ics", event("a1", "20270101T000000Z"))
    assert (await anna("DELETE", CAL + "a1.ics", If_Match=etag)).status == 412
    assert (await anna("DELETE", CAL + "a1.ics")).status == 204
    assert (await anna("DELETE", CAL + "a1.ics")).status == 404


async def test_others_see_nothing_and_may_do_nothing(anna: Client, ben: Client) -> None:
    await anna.put(CAL + "a1.ics", event("a1"))
    assert (await ben("GET", CAL + "a1.ics")).status == 404
    assert (await ben.put(CAL + "a1.ics", event("a1"))).status in {404, 409}
    assert (await ben.put(CAL + "b.ics", event("b"))).status in {404, 409}
    assert (await ben("DELETE", CAL + "a1.ics")).status == 404
    assert (await ben("DELETE", CAL)).status == 404
    assert (await ben("PROPFIND", CAL, Depth="1")).status == 404
    home = await ben.propfind("/SOGo/dav/anna/Calendar/", "D:displayname", depth="1")
    assert home.hrefs == ["/SOGo/dav/anna/Calendar/"]


async def test_a_superuser_acts_as_owner(anna: Client, root: Client) -> None:
    assert (await root.put(CAL + "r.ics", event("r"))).status == 201
    assert (await anna("GET", CAL + "r.ics")).status == 200


async def test_a_moved_event_is_gone_here_and_there_with_its_text(anna: Client) -> None:
    await anna("MKCALENDAR", "/SOGo/dav/anna/Calendar/other/")
    await anna.put(CAL + "a1.ics", event("a1"))
    moved = await anna("MOVE", CAL + "a1.ics", Destination="http://127.0.0.1/SOGo/dav/anna/Calendar/other/new.ics")
    assert moved.status == 201
    assert (await anna("GET", CAL + "a1.ics")).status == 404
    assert (await anna("GET", "/SOGo/dav/anna/Calendar/other/new.ics")).text == event("a1")


async def test_a_move_respects_overwrite_and_the_other_ends_rules(anna: Client) -> None:
    await anna("MKCALENDAR", "/SOGo/dav/anna/Calendar/other/")
    await anna.put(CAL + "a1.ics", event("a1"))
    await anna.put("/SOGo/dav/anna/Calendar/other/a1.ics", event("b1"))
    there = "/SOGo/dav/anna/Calendar/other/a1.ics"
    assert (await anna("MOVE", CAL + "a1.ics", Destination=there, Overwrite="F")).status == 412
    assert (await anna("MOVE", CAL + "a1.ics", Destination=there)).status == 204
    assert (await anna("GET", there)).text == event("a1")


@pytest.mark.parametrize(
    ("destination", "status"),
    [
        (None, 400), ("nonsense", 400), ("http://elsewhere.example/SOGo/dav/anna/Calendar/personal/b.ics", 502),
        ("/elsewhere/b.ics", 403), ("/SOGo/dav/anna/Calendar/missing/b.ics", 409), ("/SOGo/dav/ben/Calendar/personal/b.ics", 409),
        ("/SOGo/dav/anna/Contacts/personal/b.ics", 403), ("/SOGo/dav/anna/Calendar/personal/a1.ics", 403),
    ],
)  # fmt: skip
async def test_a_move_to_nowhere_is_refused(anna: Client, destination: str | None, status: int) -> None:
    await anna.put(CAL + "a1.ics", event("a1"))
    headers = {"Destination": destination} if destination is not None else {}
    assert (await anna("MOVE", CAL + "a1.ics", **headers)).status == status
    assert (await anna("GET", CAL + "a1.ics")).status == 200


async def test_alarms_are_left_out_for_who_switched_them_off(anna: Client) -> None:
    alarm = ["BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "DESCRIPTION:x", "END:VALARM"]
    await anna.put(CAL + "a1.ics", event("a1", "20260601T100000Z", *alarm))
    assert "VALARM" in (await anna("GET", CAL + "a1.ics")).text
    patch = (
        '<D:propertyupdate xmlns:D="DAV:" xmlns:I="urn:inverse:params:xml:ns:inverse-dav"><D:set><D:prop>'
        "<I:calendar-show-alarms>false</I:calendar-show-alarms></D:prop></D:set></D:propertyupdate>"
    )
    assert (await anna("PROPPATCH", CAL, patch)).status == 207
    assert "VALARM" not in (await anna("GET", CAL + "a1.ics")).text


async def test_a_calendar_made_for_tasks_takes_no_events(anna: Client) -> None:
    tasks = "/SOGo/dav/anna/Calendar/tasks/"
    made = await anna(
        "MKCALENDAR", tasks,
        '<C:mkcalendar xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:"><D:set><D:prop>'
        '<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>'
        "</D:prop></D:set></C:mkcalendar>",
    )  # fmt: skip
    assert made.status == 201, made.text
    assert (await anna.put(tasks + "t.ics", todo("t"))).status == 201
    refused = await anna.put(tasks + "e.ics", event("e"))
    assert (refused.status, refused.condition) == (403, C + "supported-calendar-component")
    await anna.put(CAL + "e.ics", event("e"))
    assert (await anna("MOVE", CAL + "e.ics", Destination=tasks + "e.ics")).status == 403


async def test_the_directory_is_read_only(house: House) -> None:
    anna = house.client("anna")
    got = await anna("GET", "/SOGo/dav/anna/Contacts/staff/zo%C3%AB")
    assert (got.status, "FN:Zoë Ångström" in got.text) == (200, True)
    assert got.etag.startswith('"')
    assert (await anna("DELETE", "/SOGo/dav/anna/Contacts/staff/zo%C3%AB")).status == 403
    assert (await anna("GET", "/SOGo/dav/ben/Contacts/staff/anna")).status == 404


async def test_doubled_slashes_count_as_one(anna: Client) -> None:
    await anna.put("/SOGo/dav//anna/Calendar//personal/a1.ics", event("a1"))
    assert (await anna("GET", CAL + "a1.ics")).status == 200


async def test_a_copied_event_is_in_both_calendars(anna: Client) -> None:
    there = "/SOGo/dav/anna/Calendar/other/a1.ics"
    await anna("MKCALENDAR", "/SOGo/dav/anna/Calendar/other/")
    await anna.put(CAL + "a1.ics", event("a1"))
    assert (await anna("COPY", CAL + "a1.ics", Destination=there)).status == 201
    assert (await anna("COPY", CAL + "a1.ics", Destination=there, Overwrite="F")).status == 412
    assert (await anna("COPY", CAL + "a1.ics", Destination=there)).status == 204
    for path in (CAL + "a1.ics", there):
        assert (await anna("GET", path)).text == event("a1")


async def test_a_copy_beside_itself_would_be_a_second_object_of_one_uid(anna: Client) -> None:
    await anna.put(CAL + "a1.ics", event("a1"))
    refused = await anna("COPY", CAL + "a1.ics", Destination=CAL + "a2.ics")
    assert (refused.status, refused.condition) == (409, C + "no-uid-conflict")
    assert (await anna("COPY", CAL + "a1.ics", Destination="/SOGo/dav/anna/Contacts/personal/a")).status == 403


@pytest.mark.parametrize("method", ["COPY", "MOVE"])
async def test_a_folder_keeps_its_address(anna: Client, method: str) -> None:
    await anna("MKCALENDAR", "/SOGo/dav/anna/Calendar/work/")
    await anna.put("/SOGo/dav/anna/Calendar/work/a.ics", event("a"))
    for depth in ("infinity", "0"):
        refused = await anna(
            method, "/SOGo/dav/anna/Calendar/work/", Destination="/SOGo/dav/anna/Calendar/x/", Depth=depth
        )
        assert (refused.status, method in refused.headers["Allow"]) == (405, False)
        assert "rename" in refused.text
    assert (await anna("GET", "/SOGo/dav/anna/Calendar/work/a.ics")).text == event("a")
    assert (await anna("PROPFIND", "/SOGo/dav/anna/Calendar/x/", Depth="0")).status == 404
