"""LOCK, UNLOCK, the If header, and what locks keep out (RFC 4918 §§6, 7, 9.10, 9.11, 10.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from sogo.errors import Forbidden
from sogo.model.folder import FolderKind
from sogo.model.locks import Depth, Scope
from sogo.model.rights import Standing
from sogo.service.folders import FolderService
from sogo.service.locks import LockRequest, LockService
from sogo.store.sql.locks import SqlLockStore
from sogo.store.sql.properties import SqlPropertyStore
from sogo.store.sql.store import SqlFolderStore
from tests.support.house import Answer, Client, D, House, body, card, event, todo

HOME = "/SOGo/dav/anna/Calendar/"
CAL = HOME + "personal/"
ONE, TWO, FREE = CAL + "one.ics", CAL + "two.ics", CAL + "free.ics"
PATCH = body("D:propertyupdate", "<D:set><D:prop><X:d>1</X:d></D:prop></D:set>")
NO_LOCK = "Not <DAV:no-lock>"


def lockinfo(
    scope: str = "exclusive", owner: str = "<D:owner><D:href>mailto:anna@example.org</D:href></D:owner>"
) -> str:
    return body("D:lockinfo", f"<D:lockscope><D:{scope}/></D:lockscope><D:locktype><D:write/></D:locktype>{owner}")


async def lock(who: Client, path: str, scope: str = "exclusive", **headers: str) -> Answer:
    return await who("LOCK", path, lockinfo(scope), **({"Depth": "0"} | headers))


async def held(who: Client, path: str, scope: str = "exclusive", **headers: str) -> str:
    """The token of a lock that was granted, in angle brackets."""
    answer = await lock(who, path, scope, **headers)
    assert answer.status in (200, 201), answer.text
    return answer.headers["Lock-Token"]


@pytest.fixture
async def anna(house: House) -> Client:
    client = house.client("anna")
    for name in ("one", "two"):
        assert (await client.put(f"{CAL}{name}.ics", event(name))).status == 201
    return client


async def active(who: Client, path: str) -> list[dict[str, str]]:
    """What lockdiscovery says of each lock."""
    element = (await who.propfind(path, "D:lockdiscovery")).prop(path, D + "lockdiscovery")
    assert element is not None
    return [
        {
            "scope": str(one.find(D + "lockscope")[0].tag),
            "depth": one.findtext(D + "depth"),
            "timeout": one.findtext(D + "timeout"),
            "token": one.findtext(f"{D}locktoken/{D}href") or "",
            "root": one.findtext(f"{D}lockroot/{D}href"),
            "owner": one.findtext(f"{D}owner/{D}href") or "",
        }
        for one in element
    ]


# --- granted and told -------------------------------------------------------------------------------------------------


async def test_a_lock_is_granted_and_told_as_the_rfc_shows_it(anna: Client) -> None:
    answer = await lock(anna, ONE, Timeout="Infinite, Second-4100000000")
    token = answer.headers["Lock-Token"][1:-1]
    assert answer.status == 200
    assert token.startswith("urn:uuid:")
    assert answer.xml.tag == D + "prop"
    assert [child.tag for child in answer.xml[0][0]] == [
        D + name for name in ("locktype", "lockscope", "depth", "owner", "timeout", "locktoken", "lockroot")
    ]
    expected = {
        "scope": D + "exclusive", "depth": "0", "timeout": "Second-3600", "token": token, "root": ONE,
        "owner": "mailto:anna@example.org",
    }  # fmt: skip
    assert await active(anna, ONE) == [expected]
    assert await active(anna, TWO) == []
    assert await active(anna, CAL) == []


async def test_locks_can_be_had_of_collections_and_of_what_lies_in_them(anna: Client) -> None:
    for path in (CAL, ONE):
        entries = (await anna.propfind(path, "D:supportedlock")).prop(path, D + "supportedlock")
        assert entries is not None
        assert [str(entry[0][0].tag) for entry in entries] == [D + "exclusive", D + "shared"]
    for path in ("/SOGo/dav/", "/SOGo/dav/anna/", HOME):
        entries = (await anna.propfind(path, "D:supportedlock")).prop(path, D + "supportedlock")
        assert entries is not None
        assert len(entries) == 0
        assert (await lock(anna, path)).status == 403
    assert (await lock(anna, HOME + "none")).status == 403
    assert (await lock(anna, HOME + "none/x.ics")).status == 409


@pytest.mark.parametrize(
    ("timeout", "told"),
    [("", 600), ("Second-5", 5), ("Second-0", 1), ("Infinite", 3600), ("Second-99999", 3600), ("Extend, Second-7", 7), ("x", 600)],
)  # fmt: skip
async def test_the_time_of_a_lock_is_what_was_asked_within_bounds(anna: Client, timeout: str, told: int) -> None:
    assert (await lock(anna, ONE, **({"Timeout": timeout} if timeout else {}))).status == 200
    assert [one["timeout"] for one in await active(anna, ONE)] == [f"Second-{told}"]


@pytest.mark.parametrize(
    "text",
    [
        "<x", "<D:lockinfo/>", body("D:lockinfo", ""), lockinfo("private"), lockinfo().replace("D:write", "D:read"),
        body("D:propfind", ""), lockinfo(owner=f"<D:owner>{'x' * 5000}</D:owner>"),
        lockinfo().replace("<D:exclusive/>", "<D:exclusive/><D:shared/>"),
    ],
)  # fmt: skip
async def test_a_body_that_asks_for_no_possible_lock_is_refused(anna: Client, text: str) -> None:
    assert (await anna("LOCK", ONE, text, Depth="0")).status == 400
    assert await active(anna, ONE) == []


async def test_a_lock_of_depth_one_makes_no_sense(anna: Client) -> None:
    assert (await lock(anna, CAL, Depth="1")).status == 400


# --- what it keeps out ------------------------------------------------------------------------------------------------


async def refused(answer: Answer, *roots: str) -> None:
    assert answer.status == 423, answer.text
    assert answer.condition == D + "lock-token-submitted"
    assert [href.text for href in answer.xml[0]] == list(roots)


async def test_nobody_writes_to_a_locked_event_without_the_token(anna: Client, root: Client) -> None:
    token = await held(anna, ONE)
    for who in (anna, root):
        await refused(await who.put(ONE, event("one", "20270101T000000Z")), ONE)
        await refused(await who("DELETE", ONE), ONE)
        await refused(await who("PROPPATCH", ONE, PATCH), ONE)
        await refused(await who("MOVE", ONE, Destination=FREE), ONE)
        await refused(await who("COPY", TWO, Destination=ONE), ONE)
        await refused(await who("MOVE", TWO, Destination=ONE), ONE)
    await refused(await root.put(ONE, event("one"), If=f"({token})"), ONE)
    assert (await anna("GET", ONE)).text == event("one")
    assert (await anna.put(TWO, event("two"))).status == 204
    assert (await anna.put(ONE, event("one", "20270101T000000Z"), If=f"({token})")).status == 204
    assert (await anna("PROPPATCH", ONE, PATCH, If=f"<{ONE}> ({token})")).status == 207


async def test_a_locked_event_can_be_copied_and_the_copy_is_free(anna: Client) -> None:
    await held(anna, ONE)
    await anna("MKCALENDAR", HOME + "w/")
    assert (await anna("COPY", ONE, Destination=HOME + "w/one.ics")).status == 201
    assert await active(anna, HOME + "w/one.ics") == []


async def test_a_lock_ends_with_its_object_and_does_not_go_along(anna: Client) -> None:
    token = await held(anna, ONE)
    assert (await anna("DELETE", ONE, If=f"({token})")).status == 204
    assert (await anna.put(ONE, event("one"))).status == 201
    token = await held(anna, TWO)
    assert (await anna("MOVE", TWO, Destination=FREE, If=f"({token})")).status == 201
    assert await active(anna, FREE) == []
    assert (await anna.put(TWO, event("new"))).status == 201


async def test_a_locked_collection_keeps_its_members_and_properties(anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "w/")
    token = await held(anna, CAL)
    await refused(await anna.put(FREE, event("free")), CAL)
    await refused(await anna("DELETE", ONE), CAL)
    await refused(await anna("MOVE", ONE, Destination=HOME + "w/one.ics"), CAL)
    await refused(await anna("PROPPATCH", CAL, PATCH), CAL)
    await refused(await lock(anna, FREE), CAL)
    await anna.put(HOME + "w/there.ics", event("there"))
    await refused(await anna("MOVE", HOME + "w/there.ics", Destination=FREE), CAL)
    await refused(await anna("COPY", HOME + "w/there.ics", Destination=FREE), CAL)
    assert (await anna.put(ONE, event("one", "20270101T000000Z"))).status == 204, "what is in it is not locked"
    tagged = f"<{CAL}> ({token})"
    assert (await anna("MOVE", HOME + "w/there.ics", Destination=FREE, If=tagged)).status == 201
    assert (await anna("DELETE", FREE, If=tagged)).status == 204
    assert (await anna("PROPPATCH", CAL, PATCH, If=f"({token})")).status == 207


async def test_a_lock_of_a_collection_and_all_it_holds(anna: Client) -> None:
    token = await held(anna, CAL, Depth="infinity")
    assert [(one["depth"], one["root"]) for one in await active(anna, ONE)] == [("infinity", CAL)]
    await refused(await anna.put(ONE, event("one", "20270101T000000Z")), CAL)
    await refused(await anna.put(FREE, event("free")), CAL)
    assert (await anna.put(FREE, event("free"), If=f"<{CAL}> ({token})")).status == 201
    assert (await anna.put(ONE, event("one"), If=f"({token})")).status == 204
    assert [one["root"] for one in await active(anna, FREE)] == [CAL]
    assert (await lock(anna, TWO)).status == 423


async def test_a_listing_tells_of_each_object_which_locks_it_has(anna: Client) -> None:
    await held(anna, ONE, "shared")
    await held(anna, CAL, "shared", Depth="infinity")
    await held(anna, CAL, "shared")
    listed = await anna.propfind(CAL, "D:lockdiscovery", depth="1")
    path = f"{D}propstat/{D}prop/{D}lockdiscovery/{D}activelock/{D}lockroot/{D}href"
    roots = {href: [root.text for root in one.findall(path)] for href, one in listed.responses.items()}
    assert roots == {CAL: [CAL, CAL], ONE: [CAL, ONE], TWO: [CAL]}


async def test_a_collection_is_not_locked_over_locked_members(anna: Client) -> None:
    await held(anna, TWO)
    answer = await lock(anna, CAL, Depth="infinity")
    assert answer.status == 207
    assert answer.hrefs == [TWO, CAL]
    statuses = [one.findtext(D + "status") or "" for one in answer.responses.values()]
    assert [status.split()[1] for status in statuses] == ["423", "424"]
    assert answer.responses[TWO].find(f"{D}error/{D}no-conflicting-lock") is not None
    assert (await lock(anna, CAL)).status == 200, "the collection alone can be"


async def test_a_collection_with_locked_members_is_not_removed(anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "w/")
    await anna.put(HOME + "w/a.ics", event("a"))
    token = await held(anna, HOME + "w/a.ics")
    answer = await anna("DELETE", HOME + "w/")
    assert answer.status == 207
    assert answer.hrefs == [HOME + "w/a.ics"]
    assert "423" in (answer.xml[0].findtext(D + "status") or "")
    assert (await anna("GET", HOME + "w/a.ics")).status == 200
    own = await held(anna, HOME + "w/")
    both = f"<{HOME}w/a.ics> ({token}) <{HOME}w/> ({own})"
    await refused(await anna("DELETE", HOME + "w/", If=f"<{HOME}w/a.ics> ({token})"), HOME + "w/")
    assert (await anna("DELETE", HOME + "w/", If=both)).status == 204
    await anna("MKCALENDAR", HOME + "w/")
    assert (await anna.put(HOME + "w/a.ics", event("a"))).status == 201


async def test_shared_locks_let_each_holder_write_and_nobody_else(anna: Client, root: Client) -> None:
    mine, theirs = await held(anna, ONE, "shared"), await held(root, ONE, "shared")
    assert mine != theirs
    conflict = await lock(anna, ONE)
    assert conflict.status == 423
    assert conflict.condition == D + "no-conflicting-lock"
    assert {href.text for href in conflict.xml[0]} == {ONE}
    for who, token in ((anna, mine), (root, theirs)):
        assert (await who.put(ONE, event("one"), If=f"({token})")).status == 204
        assert (await who.put(ONE, event("one"))).status == 423
    await refused(await anna.put(ONE, event("one"), If=f"({theirs})"), ONE)


# --- names without an object ------------------------------------------------------------------------------------------


async def test_a_free_name_can_be_locked_until_something_is_put_there(anna: Client, root: Client) -> None:
    answer = await lock(anna, FREE)
    assert answer.status == 201
    token = answer.headers["Lock-Token"]
    found = await anna.propfind(FREE, "D:resourcetype", "D:getcontentlength", "D:getetag")
    assert found.prop_text(FREE, D + "getcontentlength") == "0"
    assert found.prop_status(FREE, D + "getetag") == 404
    empty = await anna("GET", FREE)
    assert (empty.status, empty.body) == (200, b"")
    assert [one["root"] for one in await active(anna, FREE)] == [FREE]
    assert FREE not in (await anna.propfind(CAL, "D:getetag", depth="1")).hrefs, "no event, so no client must see it"
    await refused(await root.put(FREE, event("theirs")), FREE)
    await refused(await root("MOVE", ONE, Destination=FREE), FREE)
    assert (await lock(root, FREE)).status == 423
    assert {"PUT", "UNLOCK"} <= set((await anna("OPTIONS", FREE)).headers["Allow"].split(", "))
    assert (await anna.put(FREE, event("free"), If=f"({token})")).status == 201
    assert (await anna("GET", FREE)).text == event("free")
    await refused(await anna("DELETE", FREE), FREE)


async def test_a_locked_name_is_gone_with_its_lock(house: House, anna: Client) -> None:
    token = await held(anna, FREE)
    assert (await anna("UNLOCK", FREE, Lock_Token=token)).status == 204
    assert (await anna("GET", FREE)).status == 404
    token = await held(anna, FREE)
    await refused(await anna("DELETE", FREE), FREE)
    assert (await anna("DELETE", FREE, If=f"({token})")).status == 204
    assert (await anna("PROPFIND", FREE)).status == 404
    await held(anna, FREE, Timeout="Second-10")
    house.clock.sleep(10)
    assert (await anna("GET", FREE)).status == 404
    assert (await anna.put(FREE, event("free"))).status == 201


async def test_what_cannot_be_put_there_leaves_the_name_locked(anna: Client) -> None:
    token = await held(anna, FREE)
    assert (await anna.put(FREE, "no event", If=f"({token})")).status == 403
    assert len(await active(anna, FREE)) == 1


# --- more time, and the end -------------------------------------------------------------------------------------------


async def test_a_lock_is_refreshed_by_its_holder_only(house: House, anna: Client, root: Client) -> None:
    token = await held(anna, CAL, Depth="infinity", Timeout="Second-100")
    house.clock.sleep(90)
    assert [one["timeout"] for one in await active(anna, ONE)] == ["Second-10"]
    assert (await root("LOCK", CAL, If=f"({token})")).status == 412
    refreshed = await anna("LOCK", ONE, If=f"({token})", Timeout="Second-200")
    assert refreshed.status == 200
    assert "Lock-Token" not in refreshed.headers
    assert refreshed.xml.findtext(f".//{D}timeout") == "Second-200"
    house.clock.sleep(200)
    assert await active(anna, CAL) == []
    assert (await anna("LOCK", CAL, If=f"({token})")).status == 412
    assert (await anna("LOCK", CAL)).status == 400
    assert (await anna("LOCK", CAL, If=f"({NO_LOCK})")).status == 412


async def test_unlock_ends_a_lock_of_this_resource(anna: Client, root: Client, ben: Client) -> None:
    token = await held(anna, ONE)
    assert (await anna("UNLOCK", ONE)).status == 400
    assert (await anna("UNLOCK", ONE, Lock_Token="urn:uuid:1")).status == 400
    for path, wrong in ((TWO, token), (ONE, "<urn:uuid:1>"), (HOME, token)):
        answer = await anna("UNLOCK", path, Lock_Token=wrong)
        assert answer.status == 409
        assert answer.condition == D + "lock-token-matches-request-uri"
    assert (await ben("UNLOCK", ONE, Lock_Token=token)).status == 409
    assert len(await active(anna, ONE)) == 1
    assert (await root("UNLOCK", ONE, Lock_Token=token)).status == 204, "whoever owns a folder can end any lock in it"
    assert await active(anna, ONE) == []
    deep = await held(anna, CAL, Depth="infinity")
    assert (await anna("UNLOCK", ONE, Lock_Token=deep)).status == 204
    assert await active(anna, CAL) == []


async def test_who_sees_nothing_can_lock_nothing(anna: Client, ben: Client) -> None:
    assert (await lock(ben, ONE)).status in (403, 404, 409)
    assert (await lock(ben, FREE)).status in (403, 404, 409)
    assert await active(anna, ONE) == []


# --- the If header ----------------------------------------------------------------------------------------------------


async def test_conditions_are_about_locks_and_etags(anna: Client) -> None:
    etag = (await anna("HEAD", ONE)).etag
    token = await held(anna, ONE)
    for header, status in (
        (f"({token})", 207),
        (f"({token} [{etag}])", 207),
        (f'({token} ["other"])', 412),
        (f"(Not {token})", 412),
        (f"(<urn:x:1>) ({token})", 207),
        (f"({NO_LOCK} [{etag}])", 423),
        (f"({token}) (<urn:x:1>)", 207),
        (f"(<urn:x:1>) ({NO_LOCK} {token} [{etag}])", 207),
        (f'({token} ["no"]) ({NO_LOCK} ["no"])', 412),
        (f'({token} ["no"]) ({NO_LOCK} [{etag}])', 207),
        (f"<{ONE}> ({token})", 207),
        (f"<http://elsewhere.example{ONE}> ({token})", 412),
        (f"<{TWO}> ({token})", 412),
        (f"<{TWO}> (Not {token})", 207),
        ("(<DAV:no-lock>)", 412),
        ("(garbage", 400),
        ("<x> (<a:b>)", 400),
    ):
        assert (await anna("PROPPATCH", ONE, PATCH, If=header)).status == status, header


async def test_conditions_on_what_is_not_locked(anna: Client) -> None:
    assert (await anna.put(TWO, event("two"), If="(<DAV:no-lock>)")).status == 412
    assert (await anna.put(TWO, event("two"), If=f"({NO_LOCK})")).status == 204
    assert (await anna("GET", TWO, If='(["other"])')).status == 412
    assert (await anna("GET", TWO, If="(Not <urn:x:1>)")).status == 200


async def test_whoever_wins_the_race_for_a_lock_is_alone(anna: Client) -> None:
    answers = await asyncio.gather(*(lock(anna, ONE) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [423] * 7
    assert len(await active(anna, ONE)) == 1


async def test_cards_and_tasks_are_locked_alike(anna: Client) -> None:
    book = "/SOGo/dav/anna/Contacts/personal/"
    for path, text in ((book + "a.vcf", card("a", "A")), (CAL + "t.ics", todo("t"))):
        assert (await anna.put(path, text)).status == 201
        token = await held(anna, path, Depth="infinity")
        assert (await anna.put(path, text)).status == 423
        assert (await anna.put(path, text, If=f"({token})")).status == 204


# --- who is told what, and what it costs ------------------------------------------------------------------------------


async def test_who_only_reads_is_told_of_a_lock_but_not_its_token(house: House, anna: Client) -> None:
    token = (await held(anna, ONE))[1:-1]
    mine, other = await house.site.directory.find_user("anna"), await house.site.directory.find_user("ben")
    assert mine is not None
    assert other is not None
    view = await FolderService(house.site).find(mine, mine, FolderKind.CALENDAR, "personal")
    locks = LockService(house.site)
    [seen] = (await locks.shown([view]))[view.folder.path]
    assert (seen.token, "mailto:anna@example.org" in seen.owner) == (token, True)
    stranger = replace(view, actor=other, standing=Standing(creates=True))
    [seen] = (await locks.shown([stranger]))[view.folder.path]
    assert (seen.name, seen.token, seen.owner) == ("one.ics", "", "")
    with pytest.raises(Forbidden) as caught:
        await locks.unlock(stranger, "one.ics", token)
    assert caught.value.right == "unlock"
    with pytest.raises(Forbidden):
        await locks.lock(stranger, "two.ics", LockRequest(Scope.SHARED, Depth.ZERO), exists=True, tokens=())


async def test_where_nothing_is_locked_and_kept_nobody_is_asked(anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise AssertionError("this costs a statement")

    for store, name in ((SqlLockStore, "held"), (SqlLockStore, "drop"), (SqlPropertyStore, "forget")):
        monkeypatch.setattr(store, name, fail)
    assert (await anna.put(ONE, event("one", "20270101T000000Z"))).status == 204
    assert (await anna.put(FREE, event("free"))).status == 201
    assert (await anna("MOVE", FREE, Destination=CAL + "moved.ics")).status == 201
    assert (await anna("DELETE", CAL + "moved.ics")).status == 204
    assert len((await anna.propfind(CAL, "D:lockdiscovery", depth="1")).hrefs) == 3


async def test_a_file_is_imported_past_a_lock_with_its_token_only(anna: Client) -> None:
    token = await held(anna, CAL)
    await refused(await anna("POST", CAL, event("new"), Content_Type="text/calendar"), CAL)
    added = await anna("POST", CAL, event("new"), Content_Type="text/calendar", If=f"({token})")
    assert added.status == 201


# --- granted while somebody writes ------------------------------------------------------------------------------------


def grants_before(
    monkeypatch: pytest.MonkeyPatch, method: str, grant: Callable[[], Awaitable[object]], times: int = 1
) -> None:
    """Grant a lock after a request has asked for locks and before the store writes."""
    write, left = getattr(SqlFolderStore, method), iter(range(times))

    async def after_a_grant(self: SqlFolderStore, *args: object, **values: object) -> object:
        if next(left, None) is not None:
            await grant()
        return await write(self, *args, **values)

    monkeypatch.setattr(SqlFolderStore, method, after_a_grant)


@pytest.mark.parametrize(
    ("method", "request_line"),
    [("save", ("PUT", ONE)), ("save", ("PUT", FREE)), ("remove", ("DELETE", ONE)), ("move", ("MOVE", ONE))],
)
async def test_a_write_stops_at_a_lock_granted_since_it_began(
    house: House, anna: Client, monkeypatch: pytest.MonkeyPatch, method: str, request_line: tuple[str, str]
) -> None:
    verb, path = request_line
    before = await anna("GET", path)
    grants_before(monkeypatch, method, lambda: held(house.client("anna", "another/1"), path))
    text = event("changed") if verb == "PUT" else None
    answer = await anna(verb, path, text, Content_Type="text/calendar", Destination=CAL + "moved.ics")
    assert answer.status == 423
    assert answer.condition == D + "lock-token-submitted"
    after = await anna("GET", path)
    assert after.status == (200 if path == FREE else before.status)
    assert after.text == ("" if path == FREE else before.text)
    assert (await anna("GET", CAL + "moved.ics")).status == 404


async def test_a_lock_granted_meanwhile_that_is_not_in_the_way_delays_only(
    anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await held(anna, ONE, "shared")
    grants_before(monkeypatch, "save", lambda: held(anna, ONE, "shared"), times=3)
    assert (await anna.put(ONE, event("one", "20260611T100000Z"), If=f"({mine})")).status == 204
    assert len(await active(anna, ONE)) == 4
    assert "20260611" in (await anna("GET", ONE)).text


async def test_a_write_that_new_locks_overtake_again_and_again_ends(
    anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = await held(anna, ONE, "shared")
    grants_before(monkeypatch, "save", lambda: held(anna, ONE, "shared"), times=9)
    assert (await anna.put(ONE, event("one", "20260611T100000Z"), If=f"({mine})")).status == 423
    assert len(await active(anna, ONE)) == 6
