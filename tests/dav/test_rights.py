"""What others may do with a calendar or an address book, as SOGo 5 lets them (dav.md §11.5, §20)."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.support.house import CR, C, Client, D, House, body, card, event, open_house
from tests.support.sharing import BOOK, CAL, CLASSES, furnish, furnish_book, roles, secret_event, share


@pytest.fixture(params=[True, False], ids=["remembered", "asked"])
def remembered(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


COMBINATIONS = ["PUv", "PUm PRv COd", "c", "e", "c e PUd PRm", "c PUr", "PUr PRr COr", ""]
I = "{urn:inverse:params:xml:ns:inverse-dav}"  # noqa: E741
SCHEDULE = [
    "schedule", "schedule-post", *(f"schedule-{way}-{kind}" for way in ("post", "deliver") for kind in
    ("vevent", "vtodo", "vjournal", "vfreebusy")), "schedule-deliver", "schedule-respond", "schedule-respond-vevent",
    "schedule-respond-vtodo",
]  # fmt: skip


def level(given: str, of: str) -> str:
    """The letter of a class in a text of roles, "" for none."""
    return next((word[2:] for word in given.split() if word.startswith(of[:2])), "")


def names(answer_prop: object) -> set[str]:
    return {str(item[0].tag) for item in answer_prop}  # type: ignore[attr-defined]


@pytest.mark.parametrize("given", COMBINATIONS, ids=lambda given: given.replace(" ", "-") or "nothing")
async def test_a_calendar_is_used_as_far_as_the_rights_go(house: House, anna: Client, ben: Client, given: str) -> None:
    await furnish(anna)
    await share(house, given)
    sees = bool(given)
    words = given.split()
    new = await ben.put(CAL + "new.ics", event("new"))
    assert new.status == (201 if "c" in words else 403 if sees else 404)
    listed = await ben(
        "PROPFIND", CAL, body("D:propfind", "<D:prop><D:current-user-privilege-set/></D:prop>"), Depth="0"
    )
    assert listed.status == (207 if sees else 404)
    if sees:
        expected = {D + "read", D + "read-current-user-privilege-set", C + "read-free-busy"}
        expected |= {D + "bind", D + "write-content", *(C + name for name in SCHEDULE)} if "c" in words else set()
        expected |= {D + "unbind"} if "e" in words else set()
        for of in CLASSES:
            kinds = {"d": ["viewdant"], "v": ["viewwhole"], "r": ["viewwhole", "respondto"],
                     "m": ["viewwhole", "respondto", "modify"]}  # fmt: skip
            expected |= {f"{I}{word}-{of.lower()}-records" for word in kinds.get(level(given, of), [])}
        assert names(listed.prop(CAL, D + "current-user-privilege-set")) == expected
    for of in CLASSES:
        await check_class(anna, ben, of, level(given, of), sees=sees)
        removed = await ben("DELETE", f"{CAL}event-{of}.ics")
        assert removed.status == (204 if "e" in words else 403 if sees else 404)


async def check_class(anna: Client, ben: Client, of: str, right: str, *, sees: bool) -> None:
    path = f"{CAL}event-{of}.ics"
    whole = (await anna("GET", path)).text
    got = await ben("GET", path)
    privileges = await ben("PROPFIND", path, body("D:propfind", "<D:prop><D:current-user-privilege-set/></D:prop>"))
    assert got.status == (200 if right else 403 if sees else 404)
    assert privileges.status == (207 if right else 403 if sees else 404)
    if right:
        expected = {D + "read", D + "read-current-user-privilege-set", I + "view-date-and-time"}
        expected |= {I + "view-whole-component"} if right in "vrm" else set()
        expected |= {I + "respond-to-component", D + "write-content"} if right in "rm" else set()
        expected |= {D + "write", D + "write-properties"} if right == "m" else set()
        assert names(privileges.prop(path, D + "current-user-privilege-set")) == expected
    assert await texts(ben, path) == ([got.text] * 3 if right else [])
    assert (got.text == whole) == (right in tuple("vrm"))
    assert "SECRET" not in got.text or right in tuple("vrm")
    written = await ben.put(path, secret_event(of, "SEQUENCE:1"))
    assert written.status == (204 if right in tuple("rm") else 403 if sees else 404)
    after = (await anna("GET", path)).text
    assert (after == whole) == (right != "m")
    await anna.put(path, whole)


async def texts(ben: Client, path: str) -> list[str]:
    """The object as PROPFIND, multiget and sync-collection tell it."""
    found = [await ben("PROPFIND", path, body("D:propfind", "<D:prop><C:calendar-data/></D:prop>"), Depth="0")]
    data = "<D:prop><D:getetag/><C:calendar-data/></D:prop>"
    found.append(await ben.report(CAL, body("C:calendar-multiget", f"{data}<D:href>{path}</D:href>")))
    found.append(
        await ben.report(CAL, body("D:sync-collection", f"<D:sync-token/><D:sync-level>1</D:sync-level>{data}"))
    )
    elements = [answer.prop(path, C + "calendar-data") for answer in found
                if answer.status == 207 and path in answer.responses and answer.responses[path].find(D + "propstat") is not None]  # fmt: skip
    return [(element.text or "").replace("\n", "\r\n") for element in elements if element is not None]


@pytest.mark.parametrize("given", ["", "PUr", "PUm"], ids=["nothing", "respond", "modify"])
async def test_who_responds_changes_the_answer_of_the_owner_only(
    house: House, anna: Client, ben: Client, given: str
) -> None:
    await furnish(anna)
    await share(house, given)

    def invitation(organizer: str, state: str, *more: str) -> str:
        lines = (f"ORGANIZER:mailto:{organizer}", f"ATTENDEE;PARTSTAT={state}:mailto:anna@example.org", *more)
        return event("i", "20260601T100000Z", *lines)

    path = CAL + "i.ics"
    assert (await anna.put(path, invitation("ext@else.example", "NEEDS-ACTION"))).status == 201
    answered = await ben.put(path, invitation("other@else.example", "ACCEPTED", "LOCATION:elsewhere"))
    assert answered.status == (204 if given else 404)
    text = (await anna("GET", path)).text.replace("\r\n ", "")
    told = 'ATTENDEE;PARTSTAT=ACCEPTED;SENT-BY="MAILTO:ben@example.org":mailto:anna@example.org'
    assert (told in text) == bool(given)  # with who answered for her
    assert ("other@else.example" in text, "elsewhere" in text) == (given == "PUm", given == "PUm")
    if given == "PUr":
        assert "ETag" not in answered.headers
        assert (await ben.put(path, "BEGIN:nonsense")).status in (400, 403)
        assert (await anna("GET", path)).text.replace("\r\n ", "") == text


BOOKS = ["v", "e", "c", "d", "c d", "v d", "e c", "e d"]
BOOK_ROLES = {"v": "ObjectViewer", "e": "ObjectEditor", "c": "ObjectCreator", "d": "ObjectEraser"}


@pytest.mark.parametrize("given", BOOKS, ids=lambda given: given.replace(" ", "-"))
async def test_an_address_book_is_used_as_far_as_the_rights_go(
    house: House, anna: Client, ben: Client, given: str
) -> None:
    await furnish_book(anna)
    letters = given.split()
    await share(house, {BOOK_ROLES[letter] for letter in letters}, path=BOOK)
    reads = "v" in letters or "e" in letters

    async def put(name: str, fn: str) -> int:
        return (await ben("PUT", BOOK + name, card(name[:3], fn), Content_Type="text/vcard")).status

    assert await put("new.vcf", "New") == (201 if "c" in letters else 403)
    assert (await ben("GET", BOOK + "old.vcf")).status == (200 if reads else 403)
    assert await put("old.vcf", "Changed") == (204 if "e" in letters else 403)
    listed = await ben.propfind(BOOK, "D:getetag", "D:current-user-privilege-set", depth="1")
    assert (BOOK + "old.vcf" in listed.hrefs) == reads
    own = names(listed.prop(BOOK, D + "current-user-privilege-set"))
    assert (D + "read" in own, D + "unbind" in own, D + "bind" in own) == (reads, "d" in letters, "c" in letters)
    found = await ben.report(BOOK, body("CR:addressbook-query", "<D:prop><CR:address-data/></D:prop><CR:filter/>"))
    assert (BOOK + "old.vcf" in found.hrefs) == reads
    assert (await ben("DELETE", BOOK + "old.vcf")).status == (204 if "d" in letters else 403)


async def test_who_has_no_right_is_told_of_nothing(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    home = "/SOGo/dav/anna/Calendar/"
    assert (await ben.propfind(home, "D:displayname", depth="1")).hrefs == [home]
    for method, path in itertools.product(
        ("GET", "DELETE", "PROPFIND"), (CAL, CAL + "event-PUBLIC.ics", CAL + "none.ics")
    ):
        assert (await ben(method, path)).status == 404, (method, path)
    assert (await ben.put(CAL + "new.ics", event("new"))).status == 404
    assert (await ben.report(CAL, body("D:sync-collection", "<D:sync-token/><D:prop/>"))).status == 404


@pytest.mark.parametrize("uid", ["ben", "@staff", "<default>"])
async def test_a_right_shows_the_calendar_and_its_files(house: House, anna: Client, ben: Client, uid: str) -> None:
    """As in SOGo 5, exactly four addresses, whoever the right was given to."""
    await furnish(anna)
    house.people.groups["staff"] = ["ben"]
    await share(house, "c", uid)
    home = "/SOGo/dav/anna/Calendar/"
    listed = (await ben.propfind(home, "D:displayname", depth="1")).hrefs
    assert listed == [home, CAL, CAL.rstrip("/") + ".ics", CAL.rstrip("/") + ".xml"]
    await share(house, set(), "ben")
    assert (await ben.propfind(home, "D:displayname", depth="1")).hrefs == [home]
    assert (await ben("PROPFIND", CAL, Depth="0")).status == 404


async def test_the_domain_gives_rights_where_no_row_does(tmp_path: Path) -> None:
    config = {"SOGoCalendarDefaultRoles": ["PublicViewer"], "SOGoContactsDefaultRoles": ["ObjectViewer"]}
    async for house in open_house(tmp_path, **config):
        anna, ben = house.client("anna"), house.client("ben")
        await furnish(anna)
        await furnish_book(anna)
        assert (await ben("GET", CAL + "event-PUBLIC.ics")).status == 200
        assert (await ben("GET", CAL + "event-PRIVATE.ics")).status == 403
        assert (await ben("GET", BOOK + "old.vcf")).status == 200
        await share(house, {"None"}, "<default>")
        assert (await ben("PROPFIND", CAL, Depth="0")).status == 404


async def test_groups_are_asked_for_only_where_no_row_of_ones_own_decides(
    house: House, anna: Client, ben: Client
) -> None:
    await furnish(anna)
    house.people.groups["staff"] = ["ben"]
    await share(house, "PUv", "@staff")
    assert (await ben("GET", CAL + "event-PUBLIC.ics")).status == 200
    await share(house, "PUd", "ben")
    asked = house.people.asked_groups
    assert (await ben("GET", CAL + "event-PUBLIC.ics")).status == 200
    assert house.people.asked_groups == asked, "own rows decide: nobody asks of groups"


async def test_only_the_owner_and_superusers_make_and_remove_folders(
    house: House, anna: Client, ben: Client, root: Client
) -> None:
    await furnish(anna)
    await share(house, "c e PUm PRm COm")
    home = "/SOGo/dav/anna/Calendar/"
    assert (await ben("MKCALENDAR", home + "mine/")).status == 403
    removed = await ben("DELETE", CAL)
    assert (removed.status, removed.condition) == (403, D + "need-privileges")
    assert (await ben("ACL", CAL, body("D:acl", ""))).status == 403
    assert (await root("MKCALENDAR", home + "made/")).status == 201
    assert (await root.put(home + "made/a.ics", secret_event("PRIVATE"))).status == 201
    assert (await root("GET", home + "made/a.ics")).text == secret_event("PRIVATE")
    assert (await root("DELETE", home + "made/")).status == 204


async def test_a_refusal_names_the_privilege_that_is_missing(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await share(house, "PUv")
    for asked, privilege, place in (
        (ben.put(CAL + "event-PUBLIC.ics", event("x")), "write-content", CAL + "event-PUBLIC.ics"),
        (ben.put(CAL + "new.ics", event("x")), "bind", CAL),
        (ben("DELETE", CAL + "event-PUBLIC.ics"), "unbind", CAL),
        (ben("GET", CAL + "event-PRIVATE.ics"), "read", CAL + "event-PRIVATE.ics"),
    ):
        refused = await asked
        assert (refused.status, refused.condition) == (403, D + "need-privileges")
        assert refused.xml.findtext(f".//{D}href") == place
        assert refused.xml.find(f".//{D}privilege/{D}{privilege}") is not None


async def test_what_was_not_whole_cannot_be_copied_or_moved_away(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await share(house, "e PUd PRv")
    mine = "/SOGo/dav/ben/Calendar/personal/"
    await ben.propfind("/SOGo/dav/ben/Calendar/", "D:displayname", depth="1")
    for of, status in (("PUBLIC", 403), ("CONFIDENTIAL", 403), ("PRIVATE", 201)):
        for method in ("COPY", "MOVE"):
            moved = await ben(method, f"{CAL}event-{of}.ics", Destination=f"{mine}{of}-{method}.ics")
            assert moved.status == (409 if (of, method) == ("PRIVATE", "MOVE") else status), moved.text  # there already
    stolen = (await ben.propfind(mine, "C:calendar-data", depth="1")).text
    assert ("SECRET-PRIVATE" in stolen, "SECRET-PUBLIC" in stolen, "SECRET-CONF" in stolen) == (True, False, False)


async def test_who_may_add_is_not_told_which_hidden_object_has_a_uid(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await share(house, "c PUv")
    refused = await ben.put(CAL + "other.ics", secret_event("PUBLIC", uid="SECRET-PRIVATE"))
    assert (refused.status, refused.condition) == (409, C + "no-uid-conflict")
    assert "event-PRIVATE" not in refused.text
    assert CR not in refused.text


def test_roles_are_read_as_the_tests_write_them() -> None:
    assert roles("c e PUd PRm COr") == {
        "ObjectCreator", "ObjectEraser", "PublicDAndTViewer", "PrivateModifier", "ConfidentialResponder",
    }  # fmt: skip
