"""How clients find people, and expand-property."""

from __future__ import annotations

import pytest

from tests.support.house import CS, C, Client, D, body

ROOT = "/SOGo/dav/"


def search(*searches: tuple[str, str], props: str = "<D:displayname/>", attributes: str = "") -> str:
    inner = "".join(
        f"<D:property-search><D:prop><{name}/></D:prop><D:match>{match}</D:match></D:property-search>"
        for name, match in searches
    )
    text = body("D:principal-property-search", f"{inner}<D:prop>{props}</D:prop>")
    return text.replace("<D:principal-property-search ", f"<D:principal-property-search {attributes} ")


@pytest.mark.parametrize("path", [ROOT, "/SOGo/dav", "/SOGo/dav/ben/"])
@pytest.mark.parametrize(
    "name", ["D:displayname", "CS:email-address-set", "C:calendar-user-address-set", "CS:last-name"]
)
async def test_people_are_found_by_what_clients_search(anna: Client, path: str, name: str) -> None:
    answer = await anna.report(
        path, search((name, "mailto:bell" if "address" in name and name[0] == "C" and name[1] == ":" else "bell"))
    )
    assert answer.hrefs == ["/SOGo/dav/anna/"]
    assert answer.prop_text("/SOGo/dav/anna/", D + "displayname") == "Anna Bell"


@pytest.mark.parametrize("match", ["/SOGo/dav/ben/Calendar", "/SOGo/dav/ben/Calendar/"])
async def test_the_owner_of_a_home_is_found_by_its_address(anna: Client, match: str) -> None:
    assert (await anna.report("/SOGo/dav", search(("C:calendar-home-set", match)))).hrefs == ["/SOGo/dav/ben/"]


async def test_several_searches_must_all_hold_unless_any_is_enough(anna: Client) -> None:
    both = (("D:displayname", "bell"), ("D:displayname", "ben"))
    assert (await anna.report(ROOT, search(*both))).hrefs == []
    found = await anna.report(ROOT, search(*both, attributes='test="anyof"'))
    assert set(found.hrefs) == {"/SOGo/dav/anna/", "/SOGo/dav/ben/"}


@pytest.mark.parametrize(
    "wanted",
    [("D:displayname", "b"), ("X:unknown", "bell"), ("C:calendar-home-set", "/elsewhere"), ("D:displayname", "")],
)
async def test_a_search_that_means_nothing_finds_nobody(anna: Client, wanted: tuple[str, str]) -> None:
    answer = await anna.report(ROOT, search(wanted))
    assert (answer.status, answer.hrefs) == (207, [])


async def test_what_can_be_searched_is_said(anna: Client) -> None:
    answer = await anna.report(ROOT, body("D:principal-search-property-set", ""))
    names = [str(item.find(D + "prop")[0].tag) for item in answer.xml.findall(D + "principal-search-property")]  # type: ignore[index]
    assert {D + "displayname", CS + "email-address-set", C + "calendar-user-address-set"} <= set(names)


async def test_who_asks_is_found_by_itself(anna: Client) -> None:
    answer = await anna.report(ROOT, body("D:principal-match", "<D:self/><D:prop><D:displayname/></D:prop>"))
    assert answer.hrefs == ["/SOGo/dav/anna/"]
    mine = await anna.report(
        "/SOGo/dav/anna/Calendar/", body("D:principal-match", "<D:principal-property><D:owner/></D:principal-property>")
    )
    assert mine.hrefs == [f"/SOGo/dav/anna/Calendar/personal{ending}" for ending in ("/", ".ics", ".xml")]
    others = await anna.report(
        "/SOGo/dav/ben/Calendar/", body("D:principal-match", "<D:principal-property><D:owner/></D:principal-property>")
    )
    assert others.hrefs == []
    assert (await anna.report(ROOT, body("D:principal-match", ""))).status == 400


def expand(inner: str) -> str:
    return body("D:expand-property", inner)


async def test_properties_of_what_is_pointed_to_come_in_one_answer(anna: Client) -> None:
    wanted = (
        '<D:property name="owner"><D:property name="displayname"/><D:property name="nothing"/></D:property>'
        '<D:property name="principal-collection-set"><D:property name="displayname"/></D:property>'
        '<D:property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"><D:property name="resourcetype"/></D:property>'
    )
    answer = await anna.report("/SOGo/dav/anna/", expand(wanted))
    owner = answer.prop("/SOGo/dav/anna/", D + "owner")
    assert owner is not None
    assert owner.findtext(f"{D}response/{D}href") == "/SOGo/dav/anna/"
    assert owner.findtext(f"{D}response/{D}propstat/{D}prop/{D}displayname") == "Anna Bell"
    assert len(owner.findall(f"{D}response/{D}propstat")) == 1
    collections = answer.prop("/SOGo/dav/anna/", D + "principal-collection-set")
    assert collections is not None
    assert collections.findtext(f"{D}response/{D}propstat/{D}prop/{D}displayname") == "SOGo"
    home = answer.prop("/SOGo/dav/anna/", C + "calendar-home-set")
    assert home is not None
    assert home.find(f"{D}response/{D}propstat/{D}prop/{D}resourcetype/{D}collection") is not None


async def test_an_expansion_that_would_never_end_is_bounded(anna: Client) -> None:
    deep = '<D:property name="owner">' * 30 + "</D:property>" * 30
    assert (await anna.report("/SOGo/dav/anna/", expand(deep))).status == 507
    wide = (
        "<D:property name='owner'>"
        + "<D:property name='owner'><D:property name='owner'/></D:property>" * 1
        + "</D:property>"
    )
    assert (await anna.report("/SOGo/dav/anna/", expand(wide))).status == 207


async def test_the_caldav_librarys_way_to_ask_is_understood(anna: Client) -> None:
    asked = "<D:property-search><D:prop><D:displayname/></D:prop><D:match>bell</D:match></D:property-search>"
    beside = "<D:prop/><C:calendar-home-set/><D:displayname/>"
    answer = await anna.report(ROOT, body("D:principal-property-search", asked + beside))
    assert answer.prop_text("/SOGo/dav/anna/", D + "displayname") == "Anna Bell"
    assert answer.prop_status("/SOGo/dav/anna/", C + "calendar-home-set") == 200
    everybody = await anna.report(ROOT, body("D:principal-property-search", beside))
    assert (everybody.status, everybody.hrefs) == (207, [])


def words(*tokens: str, more: str = "", context: str = "attendee") -> str:
    inner = "".join(f"<CS:search-token>{token}</CS:search-token>" for token in tokens)
    text = body("CS:calendarserver-principal-search", f"{inner}{more}<D:prop><D:displayname/></D:prop>")
    return text.replace("-search ", f'-search context="{context}" ', 1)


@pytest.mark.parametrize("path", [ROOT, "/SOGo/dav/anna/", "/SOGo/dav/anna/Calendar/", "/SOGo/dav/anna/Contacts/"])
@pytest.mark.parametrize(
    ("tokens", "context", "found"),
    [
        (["bell"], "attendee", ["anna"]), (["BELL", "an"], "user", ["anna"]), (["bell", "ben"], "attendee", []),
        (["bell"], "location", []), (["bell"], "resource", []), (["bell"], "group", []), (["bell"], "", ["anna"]),
        (["b"], "attendee", []), ([], "attendee", []), ([""], "attendee", []), (["bell", "na@"], "", ["anna"]),
    ],
)  # fmt: skip
async def test_people_are_found_by_words(
    anna: Client, path: str, tokens: list[str], context: str, found: list[str]
) -> None:
    answer = await anna.report(path, words(*tokens, context=context))
    assert (answer.status, answer.hrefs) == (207, [f"/SOGo/dav/{name}/" for name in found])
    assert "calendarserver-principal-search" in (await anna("OPTIONS", path)).headers["DAV"]


@pytest.mark.parametrize("prefix", ["D", "CS"])
async def test_a_search_by_words_can_be_limited_and_is_bounded(anna: Client, prefix: str) -> None:
    limit = f"<{prefix}:limit><{prefix}:nresults>1</{prefix}:nresults></{prefix}:limit>"
    assert (await anna.report(ROOT, words("be"))).hrefs == ["/SOGo/dav/anna/", "/SOGo/dav/ben/"]
    first = await anna.report(ROOT, words("be", more=limit))
    assert first.hrefs == ["/SOGo/dav/anna/", ROOT]
    assert " 507 " in (first.responses[ROOT].findtext(D + "status") or "")
    assert (await anna.report(ROOT, words(*map(str, range(30))))).status == 507
