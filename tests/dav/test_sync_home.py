"""sync-collection, tokens and ctags of homes (RFC 6578): calendars that come, change and go, whoever did it."""

from __future__ import annotations

import pytest

from sogo.model.folder import FolderKind
from tests.support.house import CS, Answer, Client, D, House, body, card, event

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
BOOKS = "/SOGo/dav/anna/Contacts/"
BOOK = BOOKS + "personal/"


async def sync(
    client: Client, token: str = "", *, home: str = HOME, level: str = "1", more: str = "", status: int = 207
) -> Answer:
    names = "<D:prop><D:displayname/><D:resourcetype/><CS:getctag/></D:prop>"
    text = f"<D:sync-token>{token}</D:sync-token><D:sync-level>{level}</D:sync-level>{more}{names}"
    answer = await client.report(home, body("D:sync-collection", text))
    assert answer.status == status, answer.text
    return answer


def gone(answer: Answer) -> list[str]:
    return [href for href, item in answer.responses.items() if " 404 " in (item.findtext(D + "status") or "")]


def told(answer: Answer) -> list[str]:
    return [href for href, item in answer.responses.items() if item.find(D + "propstat") is not None]


async def test_the_first_sync_tells_all_and_the_next_nothing(anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "work/")
    first = await sync(anna)
    assert (set(told(first)), gone(first)) == ({CAL, HOME + "work/"}, [])
    assert first.prop_text(CAL, D + "displayname") == "Personal Calendar"
    again = await sync(anna, first.token)
    assert (again.hrefs, again.token) == ([], first.token)


async def test_new_changed_renamed_and_removed_calendars_are_told_once(anna: Client) -> None:
    token = (await sync(anna)).token
    steps = [
        (("MKCALENDAR", HOME + "work/"), [HOME + "work/"], []),
        (("PUT", HOME + "work/a.ics", event("a")), [HOME + "work/"], []),
        (("PUT", HOME + "work/a.ics", event("a", "20260701T100000Z")), [HOME + "work/"], []),
        (("PROPPATCH", HOME + "work/", patch("<D:displayname>Other</D:displayname>")), [HOME + "work/"], []),
        (("PROPPATCH", HOME + "work/", patch("<ICAL:calendar-color>#112233</ICAL:calendar-color>")), [HOME + "work/"], []),
        (("PROPPATCH", HOME + "work/", patch("<X:dead>1</X:dead>")), [HOME + "work/"], []),
        (("DELETE", HOME + "work/a.ics"), [HOME + "work/"], []),
        (("DELETE", HOME + "work/"), [], [HOME + "work/"]),
        (("MKCALENDAR", HOME + "work/"), [HOME + "work/"], []),
    ]  # fmt: skip
    for request, changed, removed in steps:
        assert (await anna(*request)).status < 300
        answer = await sync(anna, token)
        assert (told(answer), gone(answer)) == (changed, removed), request
        assert answer.token != token
        token = answer.token
        assert (await sync(anna, token)).hrefs == []


def patch(inner: str) -> str:
    return body("D:propertyupdate", f"<D:set><D:prop>{inner}</D:prop></D:set>")


async def test_what_came_and_went_between_two_looks_is_never_told_or_told_as_gone(anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "work/")
    token = (await sync(anna)).token
    await anna("DELETE", HOME + "work/")
    await anna("MKCALENDAR", HOME + "work/")
    back = await sync(anna, token)
    assert (told(back), gone(back)) == ([HOME + "work/"], [])  # another one under the same address (§3.5.1)
    await anna("MKCALENDAR", HOME + "short/")
    await anna("DELETE", HOME + "short/")
    assert (await sync(anna, back.token)).hrefs == []


async def test_changes_behind_our_back_are_told_too(house: House, anna: Client) -> None:
    """The original makes, renames and removes folders in the same tables, and knows nothing of our notes."""
    token = (await sync(anna)).token
    folder = await house.site.folders.create_folder("anna", FolderKind.CALENDAR, "theirs", "Theirs")
    made = await sync(anna, token)
    assert told(made) == [HOME + "theirs/"]
    await house.site.profiles.update(
        "anna", lambda profile: profile.settings.update(Calendar={"FolderColors": {folder.reference: "#123456"}})
    )
    coloured = await sync(anna, made.token)
    assert told(coloured) == [HOME + "theirs/"]
    await house.site.folders.remove_folder(folder)
    removed = await sync(anna, coloured.token)
    assert (told(removed), gone(removed)) == ([], [HOME + "theirs/"])
    late = await sync(anna, token)
    assert (told(late), gone(late)) == ([], [HOME + "theirs/"])


async def test_two_clients_follow_one_home_each_at_its_own_pace(anna: Client) -> None:
    slow = (await sync(anna)).token
    fast = slow
    for name in ("a", "b", "c"):
        await anna("MKCALENDAR", HOME + name + "/")
        answer = await sync(anna, fast)
        assert told(answer) == [f"{HOME}{name}/"]
        fast = answer.token
    answer = await sync(anna, slow)
    assert sorted(told(answer)) == [f"{HOME}{name}/" for name in ("a", "b", "c")]
    assert answer.token == fast


async def test_a_limited_sync_of_a_home_is_continued_to_the_same_end(anna: Client) -> None:
    for name in ("a", "b", "c", "d"):
        await anna("MKCALENDAR", HOME + name + "/")
    limit, token, seen = "<D:limit><D:nresults>2</D:nresults></D:limit>", "", []
    for _ in range(10):
        answer = await sync(anna, token, more=limit)
        seen += told(answer)
        token = answer.token
        if " 507 " not in answer.text:
            break
    assert sorted(seen) == sorted([CAL, *(f"{HOME}{name}/" for name in ("a", "b", "c", "d"))])
    assert token == (await sync(anna)).token


@pytest.mark.parametrize("token", ["x", "data:,", "data:,a-1", "data:,none-0", "1234", "http://x/1"])
async def test_a_token_of_somebody_else_is_refused(anna: Client, token: str) -> None:
    await sync(anna)
    answer = await sync(anna, token, status=403)
    assert answer.condition == D + "valid-sync-token"
    future = (await sync(anna)).token + "9"
    assert (await sync(anna, future, status=403)).condition == D + "valid-sync-token"


@pytest.mark.parametrize("home", [HOME, BOOKS])
async def test_a_token_of_a_folder_is_none_of_its_home(anna: Client, home: str) -> None:
    await sync(anna, home=home)
    folder = (await anna.propfind(home + "personal/", "D:sync-token")).prop_text(home + "personal/", D + "sync-token")
    assert (await sync(anna, folder, home=home, status=403)).condition == D + "valid-sync-token"


@pytest.mark.parametrize("level", ["infinite", "infinity"])
async def test_a_home_is_not_followed_to_its_depths(anna: Client, level: str) -> None:
    answer = await sync(anna, level=level, status=403)
    assert answer.condition == D + "sync-traversal-supported"


async def test_the_token_of_a_listing_goes_on_in_a_sync(anna: Client) -> None:
    read = await anna.propfind(HOME, "D:sync-token", "CS:getctag", "D:supported-report-set", depth="1")
    reports = read.prop(HOME, D + "supported-report-set")
    assert reports is not None
    assert D + "sync-collection" in {str(report[0][0].tag) for report in reports}
    token = read.prop_text(HOME, D + "sync-token")
    assert (await sync(anna, token)).hrefs == []
    await anna.put(CAL + "a.ics", event("a"))
    assert told(await sync(anna, token)) == [CAL]


async def test_the_ctag_of_a_home_changes_with_what_it_holds_and_only_then(anna: Client) -> None:
    async def ctag() -> str:
        return (await anna.propfind(HOME, "CS:getctag", depth="1")).prop_text(HOME, CS + "getctag")

    seen = [await ctag()]
    assert await ctag() == seen[0]
    for request in (
        ("MKCALENDAR", HOME + "w/"), ("PUT", HOME + "w/a.ics", event("a")), ("DELETE", HOME + "w/a.ics"),
        ("PROPPATCH", HOME + "w/", patch("<D:displayname>W</D:displayname>")), ("DELETE", HOME + "w/"),
    ):  # fmt: skip
        await anna(*request)
        seen.append(await ctag())
    assert len(set(seen[:-1])) == len(seen) - 1
    assert seen[-1] == seen[0]


async def test_address_books_and_directories_are_followed_alike(anna: Client) -> None:
    first = await sync(anna, home=BOOKS)
    assert set(told(first)) == {BOOK, BOOKS + "staff/"}
    await anna("PUT", BOOK + "a.vcf", card("a", "Ann"), Content_Type="text/vcard")
    assert told(await sync(anna, first.token, home=BOOKS)) == [BOOK]
    phone = anna.as_agent("iOS/17.4.1 (21E236) dataaccessd/1.0")
    assert told(await sync(phone, home=BOOKS)) == [BOOK]


async def test_a_remote_calendar_is_no_member(house: House, anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "remote/")
    token = (await sync(anna)).token
    await house.site.profiles.update(
        "anna",
        lambda profile: profile.settings.update(Calendar={"WebCalendars": {"anna:Calendar/remote": "https://x"}}),
    )
    assert gone(await sync(anna, token)) == [HOME + "remote/"]


async def test_others_are_shown_nothing_and_nothing_is_noted_for_them(house: House, anna: Client, ben: Client) -> None:
    await sync(anna)
    answer = await sync(ben)
    assert (answer.hrefs, answer.token) == ([], "data:,none-0")
    assert (await sync(ben, answer.token)).hrefs == []
    assert (await ben.propfind(HOME, "D:sync-token", "CS:getctag")).prop_status(HOME, D + "sync-token") == 404
    assert (await house.site.home_notes.load("/Users/anna/Calendar", "ben")) is not None
    noted = await house.site.home_notes.load("/Users/anna/Calendar", "ben")
    assert noted is not None
    assert not noted.members


async def test_a_superuser_follows_a_home_with_a_token_of_their_own(anna: Client, root: Client) -> None:
    mine, theirs = await sync(anna), await sync(root)
    assert told(theirs) == [CAL]
    await sync(root, mine.token, status=403)
    await anna("MKCALENDAR", HOME + "w/")
    assert told(await sync(root, theirs.token)) == [HOME + "w/"]


async def test_a_home_that_has_not_changed_costs_two_statements_and_no_write(house: House, anna: Client) -> None:
    for number in range(5):
        await anna("MKCALENDAR", f"{HOME}c{number}/")
    token = (await sync(anna)).token
    before = house.statements
    assert (await sync(anna, token)).hrefs == []
    assert house.statements - before <= 3  # what was noted, what is there, and the users behind it
