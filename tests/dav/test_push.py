"""WebDAV-Push over HTTP: what is offered, who may register for what, and how a registration ends."""

from __future__ import annotations

import datetime as dt
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sogo.codec.davxml.webdav_push import push
from sogo.model.folder import FolderKind
from sogo.model.push import Subscription
from tests.support.house import Answer, Client, House, body, event, open_house
from tests.support.push_service import CONTENT, DEEP_CONTENT, P, Receiver, properties

ANNA = "/SOGo/dav/anna/Calendar/personal/"
CARDS = "/SOGo/dav/anna/Contacts/personal/"
HOME = "/SOGo/dav/anna/Calendar/"
BASE = "https://push.example"
PROPS = f'<propfind xmlns="DAV:" xmlns:P="{P[1:-1]}"><prop><P:transports/><P:topic/><P:supported-triggers/></prop></propfind>'


async def register(client: Client, path: str, document: str, **headers: str) -> Answer:
    headers.setdefault("Content_Type", 'application/xml; charset="utf-8"')
    return await client("POST", path, document, **headers)


async def offered(client: Client, path: str) -> Answer:
    answer = await client("PROPFIND", path, PROPS, Depth="0")
    assert answer.status == 207
    return answer


async def subscriptions(house: House, home: str = "/Users/anna/Calendar") -> list[Subscription]:
    return await house.site.pushes.of_home(home)  # type: ignore[no-any-return]


def path_of(answer: Answer) -> str:
    return urlsplit(answer.headers["Location"]).path


async def test_collections_say_how_to_be_told(house: House, anna: Client) -> None:
    topics = set()
    for path, level, depth in (
        (ANNA, "1", "0"),
        (CARDS, "1", "0"),
        (HOME, "infinite", None),
        ("/SOGo/dav/anna/Contacts/", "infinite", None),
    ):
        answer = await offered(anna, path)
        transports = answer.prop(path, push("transports"))
        key = transports.find(f"{P}web-push/{P}vapid-public-key") if transports is not None else None
        assert key is not None
        assert (key.get("type"), len(key.text or "")) == ("p256ecdsa", 87)
        triggers = answer.prop(path, push("supported-triggers"))
        assert triggers is not None
        assert triggers.findtext(f"{P}content-update/{{DAV:}}sync-level") == level
        assert triggers.findtext(f"{P}property-update/{{DAV:}}depth") == depth
        topics.add(answer.prop_text(path, push("topic")))
        assert answer.prop_text(path, push("topic")) == (await offered(anna, path)).prop_text(path, push("topic"))
        options = await anna("OPTIONS", path)
        assert "webdav-push" in options.headers["DAV"].split(", ")
        assert "POST" in options.headers["Allow"].split(", ")
    assert {len(topic) for topic in topics} == {32}
    assert len(topics) == 4
    keys = await house.site.pushes.keys()
    answer = await offered(anna, ANNA)
    assert keys.topic.reveal() not in answer.text
    assert keys.vapid.reveal() not in answer.text
    for path in ("/SOGo/dav/", "/SOGo/dav/anna/"):
        assert "webdav-push" not in (await anna("OPTIONS", path)).headers["DAV"]
        assert (await offered(anna, path)).prop_status(path, push("topic")) == 404
    allprop = await anna("PROPFIND", ANNA, Depth="0")
    assert "vapid" not in allprop.text


async def test_a_registration_has_an_address_and_an_end(house: House, anna: Client) -> None:
    receiver = Receiver()
    answer = await register(anna, ANNA, receiver.register(BASE))
    assert (answer.status, answer.body) == (201, b"")
    assert answer.headers["Location"].startswith("http://127.0.0.1:")
    assert parsedate_to_datetime(answer.headers["Expires"]) == house.clock.now + dt.timedelta(days=14)
    (one,) = await subscriptions(house)
    assert (one.path, one.user_id, one.resource.reveal()) == (
        "/Users/anna/Calendar/personal",
        "anna",
        BASE + receiver.path,
    )
    assert path_of(answer) == f"/SOGo/dav/anna/push-registrations/{one.id}"
    assert (await anna("OPTIONS", path_of(answer))).headers["Allow"] == "OPTIONS, DELETE"
    assert (await anna("DELETE", path_of(answer))).status == 204
    assert await subscriptions(house) == []
    assert (await anna("DELETE", path_of(answer))).status == 404


async def test_a_second_registration_of_one_device_is_the_first_one_changed(house: House, anna: Client) -> None:
    receiver = Receiver()
    first = await register(anna, ANNA, receiver.register(BASE))
    (before,) = await subscriptions(house)
    house.clock.sleep(3600)
    await anna.put(ANNA + "a.ics", event("a"))
    receiver.auth = b"another secret.."
    second = await register(anna, ANNA, receiver.register(BASE, trigger=properties("displayname")))
    assert (second.status, second.body, path_of(second)) == (204, b"", path_of(first))
    (after,) = await subscriptions(house)
    assert (after.id, after.told) == (before.id, before.told)
    assert (after.triggers.sync_level, after.triggers.properties) == ("", ("{DAV:}displayname",))
    assert after.auth_secret != before.auth_secret
    assert after.expires == before.expires + 3600
    assert (await register(anna, CARDS, receiver.register(BASE))).status == 201
    assert (await register(anna, HOME, receiver.register(BASE, trigger=DEEP_CONTENT))).status == 201


@pytest.mark.parametrize(
    ("days", "granted"), [(3, 3), (30, 30), (31, 30), (365 * 1000, 30), (-5, 1 / 24), (0, 1 / 24), (1, 1)]
)
async def test_how_long_a_subscription_lasts_is_bounded(house: House, anna: Client, days: int, granted: float) -> None:
    wanted = (house.clock.now + dt.timedelta(days=days)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    answer = await register(anna, ANNA, Receiver().register(BASE, expires=wanted))
    assert parsedate_to_datetime(answer.headers["Expires"]) == house.clock.now + dt.timedelta(days=granted)


async def test_after_its_end_there_is_nothing_left(house: House, anna: Client) -> None:
    answer = await register(anna, ANNA, Receiver().register(BASE))
    house.clock.sleep(14 * 24 * 3600)
    assert await subscriptions(house) == []
    assert (await anna("DELETE", path_of(answer))).status == 404


async def test_unfit_triggers_are_lowered_or_refused(house: House, anna: Client) -> None:
    deep = DEEP_CONTENT + "<property-update><D:depth>infinite</D:depth></property-update>"
    assert (await register(anna, ANNA, Receiver().register(BASE, trigger=deep))).status == 201
    (one,) = await subscriptions(house)
    assert (one.triggers.sync_level, one.triggers.properties) == ("1", ())
    for path, trigger in (
        (ANNA, " "),
        (ANNA, "<other/>"),
        (ANNA, properties("getetag", "sync-token")),
        (HOME, properties("displayname")),
    ):
        answer = await register(anna, path, Receiver().register(BASE, trigger=trigger))
        assert (answer.status, answer.condition) == (403, push("no-supported-trigger"))
    assert (await register(anna, HOME, Receiver().register(BASE, trigger=DEEP_CONTENT + properties("x")))).status == 201
    home = next(one for one in await subscriptions(house) if one.path == "/Users/anna/Calendar")
    assert (home.triggers.sync_level, home.triggers.properties) == ("infinite", None)


async def test_nobody_registers_for_what_he_may_not_read(house: House, anna: Client, ben: Client, root: Client) -> None:
    await anna("PROPFIND", ANNA, Depth="0")
    assert (await register(ben, ANNA, Receiver().register(BASE))).status == 404
    answer = await register(ben, HOME, Receiver().register(BASE))
    assert (answer.status, answer.condition) == (403, push("push-not-available"))
    for path in (HOME, "/SOGo/dav/anna/Contacts/"):
        assert (await offered(ben, path)).prop_status(path, push("topic")) == 404
    assert await subscriptions(house) == []
    assert (await register(house.client(None), ANNA, Receiver().register(BASE))).status == 401
    for path in ("/SOGo/dav/anna/", "/SOGo/dav/", "/SOGo/dav/anna/Contacts/staff/"):
        answer = await register(anna, path, Receiver().register(BASE))
        assert (answer.status, answer.condition) == (403, push("push-not-available")), path
    for path in (ANNA + "no.ics", "/SOGo/dav/anna/Calendar/none/", "/SOGo/dav/nobody/Calendar/"):
        assert (await register(anna, path, Receiver().register(BASE))).status == 404
    assert (await register(root, ANNA, Receiver().register(BASE))).status == 201
    (one,) = await subscriptions(house)
    assert one.user_id == "root"


async def test_only_who_made_a_registration_ends_it(house: House, anna: Client, ben: Client) -> None:
    path = path_of(await register(anna, ANNA, Receiver().register(BASE)))
    assert (await ben("DELETE", path)).status == 404
    assert (await ben("DELETE", path.replace("/anna/", "/ben/"))).status == 404
    for other in ("x", "A" * 43, "..", "%00" * 43, "é" * 43, "'" * 43):
        assert (await anna("DELETE", f"/SOGo/dav/anna/push-registrations/{other}")).status in {400, 404}
    assert (await anna("PROPFIND", path, Depth="0")).status == 404
    assert len(await subscriptions(house)) == 1


@pytest.mark.parametrize(
    "resource",
    [
        "", "push", "http://8.8.8.8/", "ftp://push.example/", "file:///etc/passwd", "javascript:alert(1)", "https://",
        "https://10.0.0.1/x", "https://[::1]/x", "https://[fe80::1]/", "https://169.254.169.254/latest/", "https://u:p@push.example/",
        "https://push.example/ x", "https://push.example:99999/", "https://push.example/" + "x" * 2000, "//push.example/x",
        "https://[::ffff:10.0.0.1]/", "https://0.0.0.0/", "https:push.example",
    ],
)  # fmt: skip
async def test_resources_nobody_could_be_told_at_are_refused(house: House, anna: Client, resource: str) -> None:
    answer = await register(anna, ANNA, Receiver().register(BASE, resource=resource or " "))
    assert (answer.status, answer.condition) == (403, push("invalid-subscription"))
    assert await subscriptions(house) == []


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ("", 415),
        ("<", 400),
        ("<push-register/>", 415),
        ('<push-register xmlns="https://bitfire.at/webdav-push"/>', 403),
        ('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><push-register xmlns="https://bitfire.at/webdav-push">&e;</push-register>', 403),
        ('<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><push-register xmlns="https://bitfire.at/webdav-push">&b;</push-register>', 400),
        ('<push-register xmlns="https://bitfire.at/webdav-push">' + "<a>" * 5000 + "</a>" * 5000 + "</push-register>", 400),
        ('<push-register xmlns="https://bitfire.at/webdav-push">' + "x" * 600_000 + "</push-register>", 413),
        (Receiver().register(BASE, trigger=properties(*(f"p{number}" for number in range(500)))), 507),
        (Receiver().register(BASE, trigger=properties("p" * 1000)), 400),
    ],
)  # fmt: skip
async def test_hostile_bodies_register_nothing(house: House, anna: Client, document: str, status: int) -> None:
    assert (await register(anna, ANNA, document)).status == status
    assert await subscriptions(house) == []


async def test_one_user_has_not_more_than_the_site_allows(tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoWebDAVPushMaximumSubscriptions="2"):
        anna = house.client("anna")
        first = Receiver()
        assert (await register(anna, ANNA, first.register(BASE))).status == 201
        assert (await register(anna, CARDS, first.register(BASE))).status == 201
        answer = await register(anna, ANNA, Receiver().register(BASE))
        assert (answer.status, answer.condition) == (507, "{DAV:}quota-not-exceeded")
        assert (await register(anna, ANNA, first.register(BASE))).status == 204
        assert (
            await register(house.client("ben"), "/SOGo/dav/ben/Calendar/personal/", first.register(BASE))
        ).status == 201


async def test_switched_off_there_is_nothing_of_it(tmp_path: Path) -> None:
    async for house in open_house(tmp_path, SOGoWebDAVPushEnabled="NO"):
        anna = house.client("anna")
        answer = await register(anna, ANNA, Receiver().register(BASE))
        assert (answer.status, answer.condition) == (403, push("push-not-available"))
        for path in (ANNA, HOME):
            assert "webdav-push" not in (await anna("OPTIONS", path)).headers["DAV"]
            found = await offered(anna, path)
            assert {found.prop_status(path, push(name)) for name in ("transports", "topic", "supported-triggers")} == {
                404
            }
        assert (await anna("DELETE", f"/SOGo/dav/anna/push-registrations/{'A' * 43}")).status == 404


async def test_other_posts_go_on_as_ever(anna: Client) -> None:
    assert (await anna("POST", ANNA, event("posted"), Content_Type="text/calendar")).status == 201
    assert (await register(anna, ANNA, body("D:propfind", ""))).status == 415
    assert (await register(anna, HOME, body("D:propfind", ""), Content_Type="text/xml")).status == 415
    assert (await register(anna, ANNA, Receiver().register(BASE), Content_Type="text/xml")).status == 201


async def test_a_folder_takes_its_subscriptions_with_it(house: House, anna: Client) -> None:
    await anna("MKCALENDAR", HOME + "work/")
    await register(anna, HOME + "work/", Receiver().register(BASE))
    await register(anna, ANNA, Receiver().register(BASE))
    assert (await anna("DELETE", HOME + "work/")).status == 204
    assert [one.path for one in await subscriptions(house)] == ["/Users/anna/Calendar/personal"]


# --- Push-Dont-Notify -------------------------------------------------------------------------------------------------


async def told(house: House) -> dict[str, bool]:
    """Of each registration, whether it counts as told of the calendar as it is."""
    state = await house.site.folders.find_folder("anna", FolderKind.CALENDAR, "personal")
    assert state is not None
    return {one.id: one.told == str(state.point) for one in await subscriptions(house)}


@pytest.fixture
async def devices(anna: Client) -> list[str]:
    """The addresses of two registrations for Anna's calendar."""
    return [(await register(anna, ANNA, Receiver().register(BASE))).headers["Location"] for _ in range(2)]


async def test_who_wrote_is_not_told_of_it(house: House, anna: Client, devices: list[str]) -> None:
    own, other = (address.rpartition("/")[2] for address in devices)
    quiet = {"Push_Dont_Notify": f'"{devices[0]}"'}
    assert (await anna.put(ANNA + "a.ics", event("a"), **quiet)).status == 201
    assert await told(house) == {own: True, other: False}
    assert (await anna.put(ANNA + "a.ics", event("a", "20260602T100000Z"), **quiet)).status == 204
    assert (await anna("POST", ANNA, event("b"), Content_Type="text/calendar", **quiet)).status == 201
    assert (await anna("DELETE", ANNA + "a.ics", **quiet)).status == 204
    assert await told(house) == {own: True, other: False}


async def test_a_star_is_for_all_of_ones_own(house: House, anna: Client, devices: list[str], root: Client) -> None:
    answer = await register(root, ANNA, Receiver().register(BASE))
    foreign = path_of(answer).rpartition("/")[2]
    await anna.put(ANNA + "a.ics", event("a"), Push_Dont_Notify="*")
    assert {name for name, is_told in (await told(house)).items() if not is_told} == {foreign}
    everybody = ", ".join(f'"{address}"' for address in [*devices, answer.headers["Location"]])
    await anna.put(ANNA + "b.ics", event("b"), Push_Dont_Notify=everybody)
    assert {name for name, is_told in (await told(house)).items() if not is_told} == {foreign}


async def test_what_others_wrote_is_told_all_the_same(house: House, anna: Client, devices: list[str]) -> None:
    own = devices[0].rpartition("/")[2]
    await anna.put(ANNA + "other.ics", event("other"))
    await anna.put(ANNA + "a.ics", event("a"), Push_Dont_Notify=f'"{devices[0]}"')
    assert (await told(house))[own] is False


@pytest.mark.parametrize(
    "header", ["", "nonsense", '"', "*, *", '"https://elsewhere.example/x"', "a" * 7000, "push-registrations/" * 200]
)
async def test_other_headers_keep_nobody_quiet(house: House, anna: Client, devices: list[str], header: str) -> None:
    assert (await anna.put(ANNA + "a.ics", event("a"), Push_Dont_Notify=header)).status == 201
    assert set((await told(house)).values()) == {False}


async def test_edits_of_properties_are_noted_for_who_follows_them(house: House, anna: Client) -> None:
    async def proppatch(inner: str, **headers: str) -> None:
        document = body("D:propertyupdate", f"<D:set><D:prop>{inner}</D:prop></D:set>")
        assert (await anna("PROPPATCH", ANNA, document, **headers)).status == 207

    paths = {}
    for name, trigger in (
        ("name", properties("displayname")), ("any", "<property-update/>"), ("content", CONTENT), ("quiet", "<property-update/>")
    ):  # fmt: skip
        paths[(await register(anna, ANNA, Receiver().register(BASE, trigger=trigger))).headers["Location"]] = name

    async def edits() -> dict[str, int]:
        by_id = {path.rpartition("/")[2]: name for path, name in paths.items()}
        return {by_id[one.id]: one.edits - one.edits_told for one in await subscriptions(house)}

    quiet = next(path for path, name in paths.items() if name == "quiet")
    await proppatch("<ICAL:calendar-color>#FF0000FF</ICAL:calendar-color>", Push_Dont_Notify=f'"{quiet}"')
    assert await edits() == {"name": 0, "any": 1, "content": 0, "quiet": 0}
    await proppatch("<D:displayname>Work</D:displayname>", Push_Dont_Notify=f'"{quiet}"')
    assert await edits() == {"name": 1, "any": 2, "content": 0, "quiet": 0}
    await proppatch("<X:thing>1</X:thing>")
    assert await edits() == {"name": 1, "any": 3, "content": 0, "quiet": 1}
