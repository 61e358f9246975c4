"""What a client says it prefers (RFC 7240, RFC 8144)."""

from __future__ import annotations

import pytest

from sogo.dav.prefer import Preferences, read
from tests.support.house import Client, D, body, card, event

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
BOOK = "/SOGo/dav/anna/Contacts/personal/"
MINIMAL = {"Prefer": "return=minimal"}
WHOLE = {"Prefer": "return=representation"}


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", Preferences()),
        ("return=minimal", Preferences(minimal=True)),
        (" RETURN = Minimal ", Preferences(minimal=True)),
        ('return="minimal"', Preferences(minimal=True)),
        ("return=minimal; foo=bar, depth-noroot", Preferences(minimal=True, noroot=True)),
        ("respond-async, wait=100, return=representation", Preferences(representation=True)),
        ("return=representation, return=minimal", Preferences(representation=True)),
        ("return=odd, return=minimal", Preferences()),
        ("depth-noroot=1,,;,", Preferences(noroot=True)),
        ('foo="a, return=minimal"', Preferences()),
        ('"', Preferences()),
        ("return", Preferences()),
        (("x=1," * 10_000) + "return=minimal", Preferences()),
    ],
)
def test_a_prefer_header_is_read_as_its_grammar_says(header: str, found: Preferences) -> None:
    assert read(header) == found


def test_brief_is_the_older_way_to_say_minimal() -> None:
    assert read("", " T ").short
    assert not read("", "f").short


@pytest.mark.parametrize("asked", ["propfind", "query", "multiget", "sync"])
async def test_minimal_answers_name_no_missing_properties(anna: Client, asked: str) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    names = "<D:prop><D:getetag/><X:nothing/></D:prop>"
    requests = {
        "propfind": ("PROPFIND", body("D:propfind", names)),
        "query": ("REPORT", body("C:calendar-query", names + '<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>')),
        "multiget": ("REPORT", body("C:calendar-multiget", names + f"<D:href>{CAL}a.ics</D:href>")),
        "sync": ("REPORT", body("D:sync-collection", f"<D:sync-token/><D:sync-level>1</D:sync-level>{names}")),
    }
    method, text = requests[asked]
    full = await anna(method, CAL, text, Depth="1")
    assert full.prop_status(CAL + "a.ics", "{urn:example:x}nothing") == 404
    assert "Preference-Applied" not in full.headers
    short = await anna(method, CAL, text, Depth="1", **MINIMAL)
    assert short.prop_status(CAL + "a.ics", D + "getetag") == 200
    assert "nothing" not in short.text
    assert short.headers["Preference-Applied"] == "return=minimal"
    assert "Prefer" in short.headers["Vary"]


async def test_a_listing_without_its_root_says_that_it_is_one(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    both = {"Prefer": "return=minimal, depth-noroot"}
    listed = await anna.propfind(CAL, "D:getetag", depth="1", **both)
    assert (listed.hrefs, listed.headers["Preference-Applied"]) == ([CAL + "a.ics"], "return=minimal, depth-noroot")
    alone = await anna.propfind(CAL, "D:getetag", depth="0", **both)
    assert (alone.hrefs, alone.headers["Preference-Applied"]) == ([CAL], "return=minimal")


def patch(inner: str) -> str:
    return body("D:propertyupdate", f"<D:set><D:prop>{inner}</D:prop></D:set>")


async def test_a_proppatch_that_was_done_needs_no_body_and_one_that_was_not_tells_why(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    done = await anna("PROPPATCH", CAL, patch("<D:displayname>New</D:displayname>"), **MINIMAL)
    assert (done.status, done.body, done.headers["Preference-Applied"]) == (200, b"", "return=minimal")
    assert (await anna.propfind(CAL, "D:displayname")).prop_text(CAL, D + "displayname") == "New"
    refused = await anna("PROPPATCH", CAL, patch("<D:getetag>x</D:getetag>"), **MINIMAL)
    assert (refused.status, refused.prop_status(CAL, D + "getetag")) == (207, 403)


@pytest.mark.parametrize("method", ["MKCALENDAR", "MKCOL"])
async def test_making_a_collection_says_nothing_more(anna: Client, method: str) -> None:
    kind = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"
    text = body("D:mkcol", f"<D:set><D:prop>{kind}</D:prop></D:set>") if method == "MKCOL" else ""
    made = await anna(method, HOME + "new/", text, **MINIMAL)
    assert (made.status, made.body, made.headers["Preference-Applied"]) == (201, b"", "return=minimal")


async def test_a_put_answers_with_what_was_made_of_it(anna: Client) -> None:
    floating = event("a", "20260601T100000")  # gets the user's zone: not what was sent
    for status in (201, 200):
        saved = await anna.put(CAL + "a.ics", floating, **WHOLE)
        assert saved.status == status
        assert saved.headers["Content-Location"] == CAL + "a.ics"
        assert saved.headers["Content-Type"].startswith("text/calendar")
        assert saved.headers["Preference-Applied"] == "return=representation"
        assert "BEGIN:VTIMEZONE" in saved.text
        got = await anna("GET", CAL + "a.ics")
        assert (got.text, got.etag) == (saved.text, saved.etag)


async def test_a_card_comes_back_as_a_card(anna: Client) -> None:
    saved = await anna("PUT", BOOK + "a.vcf", card("a", "Ann"), Content_Type="text/vcard", **WHOLE)
    assert (saved.status, saved.text) == (201, card("a", "Ann"))
    assert saved.headers["Content-Type"].startswith("text/vcard")


async def test_a_member_added_by_post_comes_back_as_well(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    made = await anna("POST", CAL, event("a"), Content_Type="text/calendar", **WHOLE)
    assert (made.status, made.text) == (201, event("a"))
    assert made.headers["Location"] == made.headers["Content-Location"]
    assert (await anna("GET", made.headers["Location"])).etag == made.etag


async def test_without_the_wish_a_put_has_no_body(anna: Client) -> None:
    saved = await anna.put(CAL + "a.ics", event("a"))
    assert (saved.status, saved.body) == (201, b"")
    assert "Content-Location" not in saved.headers


async def test_who_is_late_gets_what_was_first(anna: Client) -> None:
    first = await anna.put(CAL + "a.ics", event("a"))
    for headers in ({"If-None-Match": "*"}, {"If-Match": '"other"'}):
        late = await anna.put(CAL + "a.ics", event("a", "20260701T100000Z"), **headers, **WHOLE)
        assert (late.status, late.text, late.etag) == (412, event("a"), first.etag)
        assert late.headers["Content-Location"] == CAL + "a.ics"
        plain = await anna.put(CAL + "a.ics", event("a"), **headers)
        assert (plain.status, plain.xml.tag) == (412, D + "error")


async def test_who_is_late_and_finds_nothing_is_told_so(anna: Client) -> None:
    await anna.propfind(HOME, "D:displayname", depth="1")
    late = await anna.put(CAL + "none.ics", event("none"), If_Match='"x"', **WHOLE)
    assert (late.status, late.xml.tag) == (412, D + "error")
    assert "Preference-Applied" not in late.headers


async def test_a_wish_shows_nobody_what_is_not_theirs(anna: Client, ben: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    for headers in ({}, {"If-Match": '"x"'}):
        refused = await ben.put(CAL + "a.ics", event("a"), **headers, **WHOLE)
        assert refused.status in {403, 404, 409}
        assert "VEVENT" not in refused.text
