"""Who may know when something is, and nothing else, learns nothing else: by no way that there is."""

from __future__ import annotations

import hashlib

import pytest

from tests.support.house import Client, D, House, body, event
from tests.support.sharing import CAL, CLASSES, furnish, secret_event, share, unshare

SALT = "0123456789012345678901234567890123456789"
DATA = "<D:prop><D:getetag/><D:displayname/><D:getcontentlength/><D:getlastmodified/><D:creationdate/><C:calendar-data/></D:prop>"


@pytest.fixture(params=[True, False], ids=["remembered", "asked"])
def remembered(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


def query(inner: str) -> str:
    return body(
        "C:calendar-query",
        f'{DATA}<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">{inner}</C:comp-filter>'
        "</C:comp-filter></C:filter>",
    )


def text_filter(name: str, text: str) -> str:
    return query(f'<C:prop-filter name="{name}"><C:text-match>{text}</C:text-match></C:prop-filter>')


def sync(token: str = "", inner: str = DATA) -> str:
    return body("D:sync-collection", f"<D:sync-token>{token}</D:sync-token><D:sync-level>1</D:sync-level>{inner}")


async def set_salt(house: House, salt: str = SALT) -> None:
    await house.site.profiles.update("anna", lambda profile: profile.settings.update(General={"Salt": salt}))


async def test_a_masked_event_is_that_of_sogo_5(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await set_salt(house)
    await share(house, "PUd")
    text = (await ben("GET", CAL + "event-PUBLIC.ics")).text.replace("\r\n ", "")
    uid = hashlib.sha256(b"SECRET-PUBLIC" + SALT.encode()).hexdigest() + SALT.encode().hex()
    assert text.split("\r\n") == [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//tests//EN", "BEGIN:VEVENT", "DTSTAMP:20260101T000000Z",
        "DTSTART:20260601T100000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT", "SUMMARY:(Public event)", f"UID:{uid}",
        "X-SOGO-SECURE:YES", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip


async def test_the_salt_is_made_once_and_kept_in_the_settings_of_the_owner(
    house: House, anna: Client, ben: Client
) -> None:
    await furnish(anna)
    await share(house, "PUd")
    first = (await ben("GET", CAL + "event-PUBLIC.ics")).text
    salt = (await house.site.profiles.load("anna")).settings["General"]["Salt"]
    assert len(salt) == 40
    assert salt.encode().hex() in first.replace("\r\n ", "")
    assert (await ben("GET", CAL + "event-PUBLIC.ics")).text == first


async def test_titles_are_in_the_readers_language_and_no_reader_gets_anothers(
    house: House, anna: Client, ben: Client
) -> None:
    await furnish(anna)
    for uid in ("ben", "j.doe@example.org"):
        await share(house, "PUd", uid)
    john = house.client("j.doe@example.org")
    await house.site.profiles.update("ben", lambda profile: profile.defaults.update(SOGoLanguage="German"))
    for _ in range(2):
        for reader, title in ((ben, "(Öffentlicher Termin)"), (john, "(Public event)")):
            answers = [
                await reader.report(CAL, query("")),
                await reader.report(CAL, sync()),
                await reader.propfind(CAL, "C:calendar-data", depth="1"),
            ]
            assert [title in answer.text for answer in answers] == [True] * 3
    etags = {(await reader("GET", CAL + "event-PUBLIC.ics")).etag for reader in (anna, ben, john)}
    assert len(etags) == 3


async def test_nothing_that_is_hidden_is_in_any_answer(house: House, anna: Client, ben: Client) -> None:
    """Every way to read, with every class masked, and with some hidden."""
    await furnish(anna)
    named = CAL + "SECRET-named.ics"
    await anna.put(named, secret_event("PUBLIC", uid="SECRET-named"))
    await anna(
        "PROPPATCH",
        CAL + "event-PUBLIC.ics",
        body("D:propertyupdate", "<D:set><D:prop><X:dead>SECRET</X:dead></D:prop></D:set>"),
    )
    for given in ("PUd PRd COd", "PUd", "c e COd"):
        await share(house, given)
        hrefs = "".join(f"<D:href>{CAL}event-{of}.ics</D:href>" for of in CLASSES)
        answers = [
            await ben.propfind(CAL, "D:getetag", "C:calendar-data", "X:dead", "D:displayname", depth="1"),
            await ben("PROPFIND", CAL, body("D:propfind", "<D:allprop/>"), Depth="1"),
            await ben("PROPFIND", CAL, body("D:propfind", "<D:propname/>"), Depth="1"),
            await ben.report(CAL, query("")),
            await ben.report(CAL, sync()),
            await ben.report(CAL, body("C:calendar-multiget", DATA + hrefs)),
            await ben("GET", CAL),
            await ben("GET", CAL.rstrip("/") + ".ics"),
            await ben("GET", CAL.rstrip("/") + ".xml"),
            *[await ben("GET", f"{CAL}event-{of}.ics") for of in CLASSES],
            *[await ben.put(f"{CAL}event-{of}.ics", event("x")) for of in CLASSES],
        ]
        for number, answer in enumerate(answers):
            assert "SECRET" not in answer.text, (given, number, answer.text)
            assert answer.status in (200, 207, 403)
        if given != "c e COd":
            shown = set(answers[3].hrefs)
            assert len(shown) == (4 if "PR" in given else 2)
            assert named not in shown
            for href in shown:
                got = await ben("GET", href)
                assert (got.status, got.etag) == (200, answers[3].prop_text(href, D + "getetag"))
                assert answers[3].prop_status(href, D + "getlastmodified") == 404


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("SUMMARY", "Event SECRET", 0), ("DESCRIPTION", "SECRET", 0), ("LOCATION", "SECRET", 0), ("UID", "SECRET", 0),
        ("X-SECRET", "SECRET", 0), ("ATTENDEE", "SECRET", 0), ("TITLE", "SECRET", 0), ("SUMMARY", "(Public", 1),
        ("SUMMARY", "event)", 3),
    ],
)  # fmt: skip
async def test_a_filter_sees_no_more_than_the_reader(
    house: House, anna: Client, ben: Client, name: str, text: str, found: int
) -> None:
    await furnish(anna)
    await share(house, "PUd PRd COd")
    for _ in range(2):
        assert len((await anna.report(CAL, text_filter(name, text))).hrefs) == (3 if "SECRET" in text else 0)
        assert len((await ben.report(CAL, text_filter(name, text))).hrefs) == found
        one = await ben.report(CAL + "event-PUBLIC.ics", text_filter(name, text))
        assert len(one.hrefs) == min(found, 1)


async def test_an_eraser_removes_by_the_name_and_the_etag_that_are_shown(
    house: House, anna: Client, ben: Client
) -> None:
    assert (await anna("MKCALENDAR", CAL)).status == 201
    await anna.put(CAL + "SECRET-1.ics", secret_event("PUBLIC", uid="SECRET-1"))
    await share(house, "e PUd")
    [href] = (await ben.report(CAL, query(""))).hrefs
    etag = (await ben("GET", href)).etag
    assert (await ben("DELETE", href, If_Match='"gcs00000000"')).status == 412
    assert (await ben("DELETE", href, If_Match=etag)).status == 204
    assert (await anna("GET", CAL + "SECRET-1.ics")).status == 404


async def test_when_somebody_is_busy_is_told_of_all_classes(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await anna.put(CAL + "busy.ics", event("busy", "20260601T150000Z", "CLASS:PRIVATE", "DURATION:PT1H"))
    window = '<C:time-range start="20260601T000000Z" end="20260602T000000Z"/>'
    await share(house, "PUd")
    for path in (CAL, "/SOGo/dav/anna/Calendar/"):
        busy = await ben.report(path, body("C:free-busy-query", window), Depth="1")
        assert (busy.status, "20260601T150000Z" in busy.text, "SECRET" in busy.text) == (200, True, False)
    await unshare(house)
    assert (await ben.report(CAL, body("C:free-busy-query", window), Depth="1")).status == 404
    assert (
        "20260601T150000Z"
        not in (await ben.report("/SOGo/dav/anna/Calendar/", body("C:free-busy-query", window), Depth="1")).text
    )


# --- what a sync tells --------------------------------------------------------------------------------------------------


async def changes(client: Client, token: str) -> tuple[list[str], list[str], str]:
    """Names of what is there and of what is gone since a token, and the next one."""
    answer = await client.report(CAL, sync(token, "<D:prop><D:getetag/></D:prop>"))
    assert answer.status == 207, answer.text
    gone = [href for href, one in answer.responses.items() if "404" in (one.findtext(D + "status") or "")]
    there = [href for href in answer.hrefs if href not in gone]
    return sorted(name(href) for href in there), sorted(name(href) for href in gone), answer.token


def name(href: str) -> str:
    return href.rpartition("/")[2]


async def refreshed(client: Client, token: str) -> tuple[list[str], list[str], str]:
    """As a client does: everything anew where the token is refused."""
    answer = await client.report(CAL, sync(token, "<D:prop><D:getetag/></D:prop>"))
    return await changes(client, token if answer.status == 207 else "")


async def test_a_change_of_class_reaches_those_who_follow(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await share(house, "PUv")
    there, _, token = await changes(ben, "")
    assert there == ["event-PUBLIC.ics", "task-PUBLIC.ics"]
    await anna.put(CAL + "event-PUBLIC.ics", secret_event("PRIVATE", uid="SECRET-PUBLIC"))
    there, gone, token = await refreshed(ben, token)
    assert "event-PUBLIC.ics" in gone or "event-PUBLIC.ics" not in there
    await anna.put(CAL + "event-CONFIDENTIAL.ics", secret_event("PUBLIC", uid="SECRET-CONFIDENTIAL"))
    there, gone, token = await refreshed(ben, token)
    assert "event-CONFIDENTIAL.ics" in there


async def test_what_was_never_shown_is_not_told_to_be_gone(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    await share(house, "PUv")
    _, _, token = await changes(ben, "")
    await anna.put(CAL + "event-PRIVATE.ics", secret_event("PRIVATE", "SEQUENCE:1"))
    await anna("DELETE", CAL + "event-CONFIDENTIAL.ics")
    there, gone, token = await refreshed(ben, token)
    assert gone == []
    assert set(there) <= {"event-PUBLIC.ics", "task-PUBLIC.ics"}
    await anna("DELETE", CAL + "event-PUBLIC.ics")
    there, gone, _ = await refreshed(ben, token)
    assert gone == ["event-PUBLIC.ics"] or (gone == [] and there == ["task-PUBLIC.ics"])


async def test_a_change_of_rights_makes_followers_begin_anew(house: House, anna: Client, ben: Client) -> None:
    await furnish(anna)
    tokens, seen = [], []
    for given in ("PUv", "PUd", "PUv PRd", "PUv PRv COv", "PUm PRv COv"):
        await share(house, given)
        for old in tokens:
            refused = await ben.report(CAL, sync(old))
            assert (refused.status, refused.condition) == (403, D + "valid-sync-token"), given
        there, gone, token = await changes(ben, "")
        assert gone == []
        assert (await changes(ben, token))[:2] == ([], [])
        tokens.append(token)
        seen.append(len(there))
        assert (await ben.propfind(CAL, "D:sync-token")).prop_text(CAL, D + "sync-token") == token
    assert seen == [2, 2, 4, 6, 6]
    await unshare(house)
    assert (await ben.report(CAL, sync(tokens[-1]))).status == 404
    await share(house, "PUv")
    assert (await changes(ben, tokens[0]))[:2] == ([], []), "the same rights again show the same"


async def test_a_long_first_sync_comes_in_parts(house: House, anna: Client, ben: Client) -> None:
    assert (await anna("MKCALENDAR", CAL)).status == 201
    for number in range(9):
        await anna.put(f"{CAL}{number}.ics", secret_event("PUBLIC" if number % 3 else "PRIVATE", uid=f"u{number}"))
    await share(house, "PUv")
    token, seen = "", []
    for _ in range(20):
        inner = "<D:limit><D:nresults>2</D:nresults></D:limit><D:prop><D:getetag/></D:prop>"
        answer = await ben.report(CAL, sync(token, inner))
        assert answer.status == 207
        seen += [name(href) for href in answer.hrefs if href != CAL]
        token = answer.token
        if CAL not in answer.hrefs:
            break
    assert sorted(seen) == ["1.ics", "2.ics", "4.ics", "5.ics", "7.ics", "8.ics"]
    assert (await changes(ben, token))[:2] == ([], [])


# --- what is remembered for one reader reaches no other -----------------------------------------------------------------


async def test_no_reader_gets_what_was_remembered_for_another(house: House, anna: Client, ben: Client) -> None:
    """All ask the same, in every order, while the rights of one change under their feet."""
    await furnish(anna)
    john = house.client("j.doe@example.org")
    steps = [("PUv", "PUd"), ("PUd PRd COd", "PUv PRv COv"), ("PUv PRv COv", "PUd"), ("e", "PUm PRm COm"), ("PUd", "e")]
    asked = [
        lambda one: one.report(CAL, query("")),
        lambda one: one.report(CAL, text_filter("SUMMARY", "e")),
        lambda one: one.report(CAL, sync()),
        lambda one: one.propfind(CAL, "D:getetag", "C:calendar-data", depth="1"),
        lambda one: one.report(CAL, body("C:calendar-multiget", f"{DATA}<D:href>{CAL}event-PUBLIC.ics</D:href>")),
        lambda one: one("GET", CAL.rstrip("/") + ".ics"),
        lambda one: one.propfind("/SOGo/dav/anna/Calendar/", "D:current-user-privilege-set", "D:displayname", depth="1"),
    ]  # fmt: skip
    expected: dict[tuple[str, int], str] = {}
    for given in steps:
        for reader, rights in zip(("ben", "j.doe@example.org"), given, strict=True):
            await share(house, rights, reader)
        for client, rights in (
            (anna, "owner"),
            *zip((ben, john), given, strict=True),
            (ben, given[0]),
            (anna, "owner"),
        ):
            for number, ask in enumerate(asked):
                answer = await ask(client)
                text = answer.text.replace("j.doe@example.org", "ben")
                key = (rights, number)
                assert expected.setdefault(key, text) == text, key
                whole = {word[:2] for word in rights.split() if word[2:] in tuple("vrm")}
                if rights != "owner":
                    for of in CLASSES:
                        assert (f"SECRET-{of}" in text) <= (of[:2] in whole), (key, of)
    assert len({text for (rights, number), text in expected.items() if number == 0}) >= 5
