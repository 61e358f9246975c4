"""Making, changing and removing collections: MKCALENDAR, MKCOL, PROPPATCH, DELETE."""

from __future__ import annotations

import pytest

from sogo.model.folder import FolderKind
from tests.support.house import CR, ICAL, C, Client, D, House, body, card, event, todo

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"


def patch(inner: str, remove: str = "") -> str:
    parts = (f"<D:set><D:prop>{inner}</D:prop></D:set>" if inner else "") + (
        f"<D:remove><D:prop>{remove}</D:prop></D:remove>" if remove else ""
    )
    return body("D:propertyupdate", parts)


def mkcol(types: str, inner: str = "") -> str:
    kind = f"<D:resourcetype>{types}</D:resourcetype>" if types else ""
    return body("D:mkcol", f"<D:set><D:prop>{kind}{inner}</D:prop></D:set>")


async def test_a_calendar_is_born_with_its_properties(anna: Client) -> None:
    made = await anna(
        "MKCALENDAR", HOME + "work/",
        body("C:mkcalendar", "<D:set><D:prop><D:displayname>Work &amp; play</D:displayname>"
             "<ICAL:calendar-color>#11223344</ICAL:calendar-color><C:calendar-description>what for</C:calendar-description>"
             "<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp><ICAL:calendar-order>7</ICAL:calendar-order>"
             "<X:dead>kept</X:dead></D:prop></D:set>"),
    )  # fmt: skip
    assert made.status == 201
    read = await anna.propfind(
        HOME + "work/", "D:displayname", "ICAL:calendar-color", "C:calendar-description", "C:schedule-calendar-transp",
        "ICAL:calendar-order", "X:dead",
    )  # fmt: skip
    path = HOME + "work/"
    assert read.prop_text(path, D + "displayname") == "Work & play"
    assert read.prop_text(path, ICAL + "calendar-color") == "#112233FF"
    assert read.prop_text(path, C + "calendar-description") == "what for"
    assert read.prop_text(path, ICAL + "calendar-order") == "7"
    assert read.prop_text(path, "{urn:example:x}dead") == "kept"
    transparency = read.prop(path, C + "schedule-calendar-transp")
    assert transparency is not None
    assert transparency[0].tag == C + "transparent"


async def test_a_new_calendar_is_kept_by_no_cache(anna: Client) -> None:
    made = await anna("MKCALENDAR", HOME + "work/")
    assert (made.status, made.headers["Cache-Control"]) == (201, "no-cache")


@pytest.mark.parametrize("method", ["MKCALENDAR", "MKCOL"])
async def test_what_is_there_cannot_be_made_again(anna: Client, method: str) -> None:
    await anna("MKCALENDAR", HOME + "work/")
    assert (await anna(method, HOME + "work/")).status == 405


async def test_an_extended_mkcol_makes_calendars_and_address_books(anna: Client) -> None:
    assert (await anna("MKCOL", HOME + "a/", mkcol("<D:collection/><C:calendar/>"))).status == 201
    book = "/SOGo/dav/anna/Contacts/b/"
    made = await anna("MKCOL", book, mkcol("<D:collection/><CR:addressbook/>", "<D:displayname>B</D:displayname>"))
    assert made.status == 201
    kind = (await anna.propfind(book, "D:resourcetype")).prop(book, D + "resourcetype")
    assert kind is not None
    assert kind.find(CR + "addressbook") is not None


@pytest.mark.parametrize(
    ("path", "types", "condition"),
    [
        (HOME + "x/", "<D:collection/><CR:addressbook/>", D + "valid-resourcetype"),
        ("/SOGo/dav/anna/Contacts/x/", "<D:collection/><C:calendar/>", D + "valid-resourcetype"),
        (HOME + "x/", "<D:collection/>", D + "valid-resourcetype"),
        (HOME + "x/", "", D + "valid-resourcetype"),
        (HOME + "x/", "<D:collection/><C:calendar/><X:more/>", D + "valid-resourcetype"),
        (CAL + "x/", "<D:collection/><CR:addressbook/>", CR + "addressbook-collection-location-ok"),
    ],
)
async def test_a_kind_that_does_not_belong_there_is_refused(
    anna: Client, path: str, types: str, condition: str
) -> None:
    refused = await anna("MKCOL", path, mkcol(types))
    assert (refused.status, refused.condition) == (403, condition)
    assert (await anna("PROPFIND", path, Depth="0")).status == 404


async def test_a_bare_mkcol_makes_an_address_book_but_no_calendar(anna: Client) -> None:
    assert (await anna("MKCOL", "/SOGo/dav/anna/Contacts/plain/", '<?xml version="1.0"?>')).status == 201
    assert (await anna("MKCOL", HOME + "plain/")).status == 403


async def test_a_property_that_cannot_be_set_makes_no_collection(anna: Client) -> None:
    made = await anna(
        "MKCOL",
        HOME + "w/",
        mkcol("<D:collection/><C:calendar/>", "<D:getetag>x</D:getetag><D:displayname>W</D:displayname>"),
    )
    assert made.status == 424
    assert made.xml.tag == D + "mkcol-response"
    assert (await anna("PROPFIND", HOME + "w/", Depth="0")).status == 404


async def test_parents_and_owners_are_looked_at(anna: Client, ben: Client, root: Client) -> None:
    assert (await anna("MKCALENDAR", "/SOGo/dav/anna/Nowhere/a/")).status == 409
    assert (await anna("MKCALENDAR", "/SOGo/dav/anna/a/")).status == 403
    assert (await ben("MKCALENDAR", HOME + "bens/")).status == 403
    assert (await root("MKCALENDAR", HOME + "roots/")).status == 201


@pytest.mark.parametrize("name", ["a~b", "NULL", "x..y", "%00", "%2F", "a" * 300])
async def test_a_name_that_cannot_be_a_folder_is_refused(anna: Client, name: str) -> None:
    assert (await anna("MKCALENDAR", f"{HOME}{name}/")).status in {400, 403, 409}


async def test_proppatch_sets_all_or_nothing(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    mixed = await anna(
        "PROPPATCH",
        CAL,
        patch(
            "<D:displayname>New</D:displayname><D:getctag/><ICAL:calendar-color>#010203</ICAL:calendar-color><D:getetag>x</D:getetag>"
        ),
    )
    assert mixed.status == 207
    assert mixed.prop_status(CAL, D + "getetag") == 403
    assert mixed.prop_status(CAL, D + "displayname") == 424
    assert mixed.prop_status(CAL, ICAL + "calendar-color") == 424
    assert "cannot-modify-protected-property" in mixed.text
    read = await anna.propfind(CAL, "D:displayname", "ICAL:calendar-color")
    assert read.prop_text(CAL, D + "displayname") == "Personal Calendar"
    assert read.prop_text(CAL, ICAL + "calendar-color") == "#AAAAAAFF"
    fine = await anna(
        "PROPPATCH", CAL, patch("<D:displayname>New</D:displayname><ICAL:calendar-color>#010203</ICAL:calendar-color>")
    )
    assert fine.prop_status(CAL, D + "displayname") == 200
    read = await anna.propfind(CAL, "D:displayname", "ICAL:calendar-color")
    assert read.prop_text(CAL, D + "displayname") == "New"
    assert read.prop_text(CAL, ICAL + "calendar-color") == "#010203FF"


@pytest.mark.parametrize(
    "inner",
    ["<D:displayname/>", "<ICAL:calendar-color>red</ICAL:calendar-color>", "<ICAL:calendar-order>x</ICAL:calendar-order>",
     "<C:schedule-calendar-transp><C:odd/></C:schedule-calendar-transp>", "<C:calendar-timezone>nonsense</C:calendar-timezone>",
     '<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>'],
)  # fmt: skip
async def test_values_that_make_no_sense_are_refused(anna: Client, inner: str) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    answer = await anna("PROPPATCH", CAL, patch(inner))
    assert answer.status == 207
    assert "HTTP/1.1 200" not in answer.text


async def test_a_name_another_folder_has_is_refused(anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "a/")
    await anna("MKCALENDAR", HOME + "b/")
    answer = await anna("PROPPATCH", HOME + "b/", patch("<D:displayname>a</D:displayname><X:y>1</X:y>"))
    assert answer.prop_status(HOME + "b/", D + "displayname") == 409
    assert answer.prop_status(HOME + "b/", "{urn:example:x}y") == 424


async def test_dead_properties_are_kept_as_they_came_and_can_be_removed(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    value = '<X:dead a="1" xml:lang="fr"><X:in xmlns:Y="urn:y"><Y:deep/>text</X:in>tail</X:dead>'
    assert (await anna("PROPPATCH", CAL, patch(value))).status == 207
    kept = (await anna.propfind(CAL, "X:dead")).prop(CAL, "{urn:example:x}dead")
    assert kept is not None
    assert kept.get("a") == "1"
    assert kept.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    assert kept.find("{urn:example:x}in/{urn:y}deep") is not None
    everything = await anna("PROPFIND", CAL, body("D:propfind", "<D:allprop/>"), Depth="0")
    assert everything.prop(CAL, "{urn:example:x}dead") is not None
    removed = await anna("PROPPATCH", CAL, patch("", "<X:dead/><X:never/>"))
    assert removed.prop_status(CAL, "{urn:example:x}dead") == 200
    assert (await anna.propfind(CAL, "X:dead")).prop_status(CAL, "{urn:example:x}dead") == 404


async def test_homes_and_principals_keep_dead_properties_of_their_owner_only(anna: Client, ben: Client) -> None:
    for path in (HOME, "/SOGo/dav/anna/"):
        assert (await anna("PROPPATCH", path, patch("<X:dead>1</X:dead>"))).prop_status(
            path, "{urn:example:x}dead"
        ) == 200
        assert (await anna.propfind(path, "X:dead")).prop_text(path, "{urn:example:x}dead") == "1"
        assert (await ben("PROPPATCH", path, patch("<X:dead>2</X:dead>"))).status == 403


async def test_a_flood_of_dead_properties_is_bounded(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    many = "".join(f"<X:p{n}>1</X:p{n}>" for n in range(300))
    answer = await anna("PROPPATCH", CAL, patch(many))
    assert answer.status == 207
    assert "HTTP/1.1 507" in answer.text
    long = await anna("PROPPATCH", CAL, patch(f"<X:long>{'x' * 100_000}</X:long>"))
    assert "HTTP/1.1 409" in long.text


X_D = "{urn:example:x}d"


async def test_objects_keep_dead_properties_as_long_as_they_live(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    await anna.put(CAL + "b.ics", event("b"))
    answer = await anna("PROPPATCH", CAL + "a.ics", patch('<X:d xml:lang="de">1 &amp; é</X:d>'))
    assert answer.prop_status(CAL + "a.ics", X_D) == 200
    listed = await anna.propfind(CAL, "X:d", "D:getetag", depth="1")
    assert listed.prop_text(CAL + "a.ics", X_D) == "1 & é"
    assert listed.prop_status(CAL + "b.ics", X_D) == 404
    everything = await anna("PROPFIND", CAL + "a.ics", Depth="0")
    assert everything.prop_text(CAL + "a.ics", X_D) == "1 & é"
    await anna.put(CAL + "a.ics", event("a", "20270101T000000Z"))
    assert (await anna.propfind(CAL + "a.ics", "X:d")).prop_text(CAL + "a.ics", X_D) == "1 & é"
    await anna("DELETE", CAL + "a.ics")
    await anna.put(CAL + "a.ics", event("a"))
    assert (await anna.propfind(CAL + "a.ics", "X:d")).prop_status(CAL + "a.ics", X_D) == 404


async def test_dead_properties_go_where_their_object_goes(anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "w/")
    for name in ("a", "b"):
        await anna.put(CAL + f"{name}.ics", event(name))
        await anna("PROPPATCH", CAL + f"{name}.ics", patch(f"<X:d>{name}</X:d>"))
    await anna("PROPPATCH", CAL + "b.ics", patch("<X:e>only b has it</X:e>"))
    assert (await anna("COPY", CAL + "a.ics", Destination=HOME + "w/a.ics")).status == 201
    assert (await anna("MOVE", CAL + "a.ics", Destination=CAL + "b.ics")).status == 204
    assert (await anna.propfind(CAL + "b.ics", "X:e")).prop_status(CAL + "b.ics", "{urn:example:x}e") == 404
    assert (await anna("MOVE", CAL + "b.ics", Destination=CAL + "c.ics")).status == 201
    for path in (HOME + "w/a.ics", CAL + "c.ics"):
        assert (await anna.propfind(path, "X:d")).prop_text(path, X_D) == "a"
    await anna.put(CAL + "a.ics", event("again"))
    assert (await anna.propfind(CAL + "a.ics", "X:d")).prop_status(CAL + "a.ics", X_D) == 404


async def test_what_was_kept_with_an_object_the_original_deleted_does_not_come_back(house: House, anna: Client) -> None:
    for name in ("a", "b"):
        await anna.put(CAL + f"{name}.ics", event(name))
        await anna("PROPPATCH", CAL + f"{name}.ics", patch(f"<X:d>{name}</X:d>"))
    state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
    assert state is not None
    await house.site.folders.remove(state.folder, "a.ics")
    assert (await anna.put(CAL + "a.ics", event("again"))).status == 201
    assert (await anna.propfind(CAL + "a.ics", "X:d")).prop_status(CAL + "a.ics", X_D) == 404
    assert (await anna.put(CAL + "b.ics", event("b", "20260611T100000Z"))).status == 204
    assert (await anna.propfind(CAL + "b.ics", "X:d")).prop_text(CAL + "b.ics", X_D) == "b"


async def test_what_is_overwritten_leaves_no_dead_properties(anna: Client) -> None:
    book = "/SOGo/dav/anna/Contacts/personal/"
    for name in ("a", "b"):
        await anna.put(f"{book}{name}.vcf", card(name, name))
    await anna("PROPPATCH", book + "b.vcf", patch("<X:d>b</X:d>"))
    assert (await anna("COPY", book + "a.vcf", Destination=book + "b.vcf")).status == 204
    assert (await anna.propfind(book + "b.vcf", "X:d")).prop_status(book + "b.vcf", X_D) == 404


async def test_only_so_much_is_kept_for_an_object(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    assert (await anna("PROPPATCH", CAL + "a.ics", patch(f"<X:d>{'x' * 40_000}</X:d>"))).prop_status(
        CAL + "a.ics", X_D
    ) == 200
    more = await anna("PROPPATCH", CAL + "a.ics", patch(f"<X:e>{'x' * 40_000}</X:e>"))
    assert more.prop_status(CAL + "a.ics", "{urn:example:x}e") == 507
    assert (await anna("PROPPATCH", CAL + "a.ics", patch(f"<X:d>{'y' * 50_000}</X:d>"))).prop_status(
        CAL + "a.ics", X_D
    ) == 200


async def test_a_removed_calendar_is_gone_with_what_was_set_for_it(anna: Client) -> None:
    await anna(
        "MKCALENDAR",
        HOME + "w/",
        body(
            "C:mkcalendar",
            "<D:set><D:prop><ICAL:calendar-color>#112233</ICAL:calendar-color><X:d>1</X:d></D:prop></D:set>",
        ),
    )
    await anna.put(HOME + "w/a.ics", event("a"))
    assert (await anna("DELETE", HOME + "w/")).status == 204
    assert (await anna("PROPFIND", HOME + "w/", Depth="0")).status == 404
    await anna("MKCALENDAR", HOME + "w/")
    again = await anna.propfind(HOME + "w/", "ICAL:calendar-color", "X:d", depth="1")
    assert again.hrefs == [HOME + "w/"]
    assert again.prop_text(HOME + "w/", ICAL + "calendar-color") == "#AAAAAAFF"
    assert again.prop_status(HOME + "w/", "{urn:example:x}d") == 404


@pytest.mark.parametrize("path", [CAL, HOME, "/SOGo/dav/anna/", "/SOGo/dav/", "/SOGo/dav/anna/Contacts/staff/"])
async def test_what_everybody_has_cannot_be_deleted(anna: Client, path: str) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    assert (await anna("DELETE", path)).status == 403
    assert (await anna("PROPFIND", path, Depth="0")).status == 207


INVERSE = 'xmlns:I="urn:inverse:params:xml:ns:inverse-dav"'


@pytest.mark.parametrize("name", ["events", "tasks"])
async def test_the_default_class_is_one_of_three_and_marks_new_objects(anna: Client, name: str) -> None:
    def wanted(value: str) -> str:
        return patch(f"<I:{name}-default-classification {INVERSE}>{value}</I:{name}-default-classification>")

    clark = f"{{urn:inverse:params:xml:ns:inverse-dav}}{name}-default-classification"
    for value in ("NONSENSE", ""):
        assert (await anna("PROPPATCH", HOME, wanted(value))).prop_status(HOME, clark) == 403
    assert (await anna("PROPPATCH", HOME, wanted("PRIVATE"))).prop_status(HOME, clark) == 200
    answer = await anna(
        "PROPFIND",
        HOME,
        f'<D:propfind xmlns:D="DAV:" {INVERSE}><D:prop><I:{name}-default-classification/></D:prop></D:propfind>',
        Depth="0",
    )
    assert answer.prop_text(HOME, clark) == "PRIVATE"
    text = event("a") if name == "events" else todo("a")
    await anna.put(CAL + "a.ics", text)
    assert "CLASS:PRIVATE" in (await anna("GET", CAL + "a.ics")).text


async def test_contact_categories_are_kept_for_the_owner_whoever_sets_them(anna: Client, root: Client) -> None:
    book = "/SOGo/dav/anna/Contacts/"
    clark = "{urn:inverse:params:xml:ns:inverse-dav}contacts-categories"
    ask = f'<D:propfind xmlns:D="DAV:" {INVERSE}><D:prop><I:contacts-categories/></D:prop></D:propfind>'
    for client, names in ((anna, ["a & b", "c"]), (root, ["d"]), (anna, [])):
        inner = "".join(f"<I:category>{name.replace('&', '&amp;')}</I:category>" for name in names)
        set_ = patch(f"<I:contacts-categories {INVERSE}>{inner}</I:contacts-categories>")
        assert (await client("PROPPATCH", book, set_)).prop_status(book, clark) == 200
        found = (await anna("PROPFIND", book, ask, Depth="0")).prop(book, clark)
        assert found is not None
        assert [item.text for item in found] == names


@pytest.mark.parametrize(
    "name", ["C:schedule-outbox-URL", "C:calendar-home-set", "CR:me-card", "D:owner", "D:invented"]
)
async def test_no_client_gives_a_standard_name_a_value_of_its_own(anna: Client, name: str) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    for path in (CAL, HOME, "/SOGo/dav/anna/"):
        answer = await anna("PROPPATCH", path, patch(f"<{name}>x</{name}>"))
        assert "HTTP/1.1 403" in answer.text, (path, answer.text)


async def test_apples_default_alarms_are_kept(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    alarm = "BEGIN:VALARM&#13;\nEND:VALARM"
    assert (
        await anna(
            "PROPPATCH", CAL, patch(f"<C:default-alarm-vevent-datetime>{alarm}</C:default-alarm-vevent-datetime>")
        )
    ).status == 207
    read = await anna.propfind(CAL, "C:default-alarm-vevent-datetime")
    assert read.prop_text(CAL, C + "default-alarm-vevent-datetime").startswith("BEGIN:VALARM")


async def test_the_order_of_a_calendar_is_told_alone_as_in_the_list(anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "zz/")
    listed = await anna.propfind(HOME, "ICAL:calendar-order", depth="1")
    alone = await anna.propfind(HOME + "zz/", "ICAL:calendar-order")
    assert (
        listed.prop_text(HOME + "zz/", ICAL + "calendar-order")
        == alone.prop_text(HOME + "zz/", ICAL + "calendar-order")
        == "2"
    )


async def test_preconditions_hold_for_every_change(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    named = patch("<D:displayname>New</D:displayname>")
    assert (await anna("PROPPATCH", CAL, named, If_Match='"x"')).status == 412
    assert (await anna("DELETE", CAL, If_Match='"x"')).status == 412
    assert (await anna("MKCALENDAR", HOME + "b/", If_Match="*")).status == 412
    assert (await anna("PROPPATCH", CAL, named, If_None_Match="*")).status == 412
    assert (await anna("GET", CAL + "a.ics", If='(["x"])')).status == 412
    assert (await anna("PROPPATCH", CAL, named, If_Match="*")).status == 207


async def test_the_acl_of_an_owner_cannot_be_changed_and_says_so(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    read = await anna.propfind(CAL, "D:acl", "D:acl-restrictions")
    acl = read.prop(CAL, D + "acl")
    assert acl is not None
    assert acl.find(f"{D}ace/{D}principal/{D}property/{D}owner") is not None
    assert acl.find(f"{D}ace/{D}protected") is not None


@pytest.mark.parametrize("path", [HOME + "x/", "/SOGo/dav/anna/Contacts/x/"])
async def test_a_body_that_is_no_xml_is_refused_as_such(anna: Client, path: str) -> None:
    assert (await anna("MKCOL", path, "anything", Content_Type="text/odd")).status == 415
    assert (await anna("PROPFIND", path, Depth="0")).status == 404
