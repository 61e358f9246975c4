"""Who is who by its User-Agent, as sent by real programs, and what each of them gets."""

from __future__ import annotations

import pytest

from sogo.dav.quirks import Client as Program
from tests.support.house import C, Client, D, body, card, event

CAL = "/SOGo/dav/anna/Calendar/personal/"
BOOKS = "/SOGo/dav/anna/Contacts/"
BOOK = BOOKS + "personal/"

SNOW_LEOPARD = "DAVKit/4.0.1 (730); CalendarStore/4.0.1 (973); iCal/4.0.1 (1374); Mac OS X/10.6.2 (10C540)"
LION_CONTACTS = "AddressBook/6.1.2 (1090) CardDAVPlugin/200 CFNetwork/520.5.1 Mac_OS_X/10.7.5 (11G63)"
MAVERICKS = "Mac_OS_X/10.9.5 (13F34) CalendarAgent/176.2"
HIGH_SIERRA = "Mac+OS+X/10.13.6 (17G65) CalendarAgent/399.2.2"
HIGH_SIERRA_CONTACTS = "Mac OS X/10.13.6 (17G65) AddressBook/2451"
SONOMA = "macOS/14.4 (23E214) dataaccessd/1.0"
SONOMA_CONTACTS = "macOS/14.4 (23E214) AddressBookCore/2695.500.91"
SONOMA_REMINDERS = "macOS/14.4 (23E214) remindd/1.0"
OLD_IPHONE = "DAVKit/5.0 (767); iCalendar/5.0 (79); iPhone/4.2.1 8C148a"
IOS_7 = "iOS/7.0 (11A465) dataaccessd/1.0"
IOS_17 = "iOS/17.4.1 (21E236) dataaccessd/1.0"
DAVX5 = "DAVx5/4.3.14-ose (2024/03/18; dav4jvm; okhttp/4.12.0) Android/14"
THUNDERBIRD = "Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.8.1"
EVOLUTION = "Evolution/3.46.4"
OUTLOOK_IOS = "Outlook-iOS/729.2807.prod.iphone (4.2411.0)"
SOMEBODYS_APP = "SomeApp/12 CFNetwork/1410.0.3 Darwin/22.6.0"

WHO = {
    SNOW_LEOPARD: {"is_apple", "is_apple_like", "is_ical4_like"},
    LION_CONTACTS: {"is_apple", "is_apple_like", "is_macos_contacts"},
    MAVERICKS: {"is_apple", "is_apple_like", "is_ical4_like"},
    HIGH_SIERRA: {"is_apple", "is_apple_like", "is_ical4_like"},
    HIGH_SIERRA_CONTACTS: {"is_apple", "is_apple_like", "is_macos_contacts"},
    SONOMA: {"is_apple", "is_apple_like", "is_macos_calendar", "is_ios_contacts"},
    SONOMA_CONTACTS: {"is_apple", "is_apple_like", "is_macos_contacts"},
    SONOMA_REMINDERS: {"is_apple", "is_apple_like", "is_macos_calendar"},
    OLD_IPHONE: {"is_apple", "is_ios", "is_ical4_like"},
    IOS_7: {"is_apple", "is_ios", "is_ios_contacts"},
    IOS_17: {"is_apple", "is_ios", "is_ios_contacts"},
    DAVX5: {"is_apple_like"},
    THUNDERBIRD: {"is_thunderbird"},
    EVOLUTION: set(),
    OUTLOOK_IOS: set(),
    SOMEBODYS_APP: set(),
    "SecuredMIiOSEmail/1.0 iOS/15": set(),
    "iOS-Email+/3.1 iOS/15": set(),
    "Android dataaccessd/1.0": set(),
    "": set(),
}


@pytest.mark.parametrize("agent", WHO)
def test_programs_are_told_apart(agent: str) -> None:
    program = Program(agent)
    found = {name for name, kind in vars(Program).items() if name.startswith("is_") and getattr(program, name)}
    assert found == WHO[agent]


@pytest.mark.parametrize(
    ("agent", "plain"),
    [
        (SNOW_LEOPARD, True), (MAVERICKS, True), (SONOMA, True), (SONOMA_REMINDERS, True), (IOS_17, True),
        (OLD_IPHONE, True), (DAVX5, False), (THUNDERBIRD, False), (EVOLUTION, False), (OUTLOOK_IOS, False),
    ],
)  # fmt: skip
async def test_calendars_of_apples_programs_have_two_types_and_no_more(anna: Client, agent: str, plain: bool) -> None:
    kind = (await anna.as_agent(agent).propfind(CAL, "D:resourcetype")).prop(CAL, D + "resourcetype")
    assert kind is not None
    types = {str(item.tag) for item in kind}
    assert {D + "collection", C + "calendar"} <= types
    assert (len(types) == 2) is plain


@pytest.mark.parametrize("names", [["D:principal-URL"], ["D:principal-collection-set"], ["D:displayname"]])
@pytest.mark.parametrize(("agent", "reads"), [(SNOW_LEOPARD, True), (HIGH_SIERRA, True), (SONOMA, False), ("x", False)])
async def test_old_calendar_programs_of_apple_read_the_features_from_a_propfind(
    anna: Client, agent: str, reads: bool, names: list[str]
) -> None:
    answer = await anna.as_agent(agent).propfind("/SOGo/dav/anna/", *names)
    told = answer.headers.get("DAV", "")
    assert ("calendar-access" in told) is (reads and names != ["D:displayname"])


async def test_contacts_of_macos_see_one_book_and_find_the_others(anna: Client) -> None:
    assert (await anna("MKCOL", BOOKS + "work/")).status == 201
    for agent in (LION_CONTACTS, HIGH_SIERRA_CONTACTS, SONOMA_CONTACTS):
        mac = anna.as_agent(agent)
        assert (await mac.propfind(BOOKS, "D:displayname", depth="1")).hrefs == [BOOKS, BOOK]
        assert (await mac.propfind(BOOKS + "work/", "D:displayname")).status == 207
    for agent in (EVOLUTION, SOMEBODYS_APP):
        listed = await anna.as_agent(agent).propfind(BOOKS, "D:displayname", depth="1")
        assert {BOOKS, BOOK, BOOKS + "work/", BOOKS + "staff/"} == set(listed.hrefs)


@pytest.mark.parametrize("agent", [IOS_17, IOS_7, SONOMA, SONOMA_CONTACTS])
async def test_who_would_download_a_directory_is_not_shown_it(anna: Client, agent: str) -> None:
    client = anna.as_agent(agent)
    assert BOOKS + "staff/" not in (await client.propfind(BOOKS, "D:displayname", depth="1")).hrefs
    assert (await client.propfind(BOOKS + "staff/", "D:displayname")).status == 207


VLIST = "BEGIN:VLIST\r\nVERSION:1.0\r\nUID:team.vlf\r\nFN:Team\r\nCARD;FN=Ann:ann.vcf\r\nEND:VLIST\r\n"
ASK = "<D:prop><D:getetag/></D:prop>"


@pytest.mark.parametrize(("agent", "seen"), [(THUNDERBIRD, False), (SONOMA_CONTACTS, False), (EVOLUTION, True)])
async def test_lists_are_kept_from_who_takes_them_for_cards(anna: Client, agent: str, seen: bool) -> None:
    await anna.propfind(BOOKS, "D:displayname", depth="1")
    assert (await anna.put(BOOK + "ann.vcf", card("ann", "Ann"))).status == 201
    assert (await anna.put(BOOK + "team.vlf", VLIST)).status == 201
    client = anna.as_agent(agent)
    everything = "<CR:filter/>"
    answers = [
        await client.propfind(BOOK, "D:getetag", depth="1"),
        await client.report(BOOK, body("CR:addressbook-query", ASK + everything)),
        await client.report(BOOK, body("D:sync-collection", f"<D:sync-token/><D:sync-level>1</D:sync-level>{ASK}")),
    ]
    for answer in answers:
        assert BOOK + "ann.vcf" in answer.hrefs
        assert (BOOK + "team.vlf" in answer.hrefs) is seen
    hrefs = f"<D:href>{BOOK}team.vlf</D:href>"
    named = await client.report(BOOK, body("CR:addressbook-multiget", ASK + hrefs))
    assert (named.responses[BOOK + "team.vlf"].find(D + "propstat") is not None) is seen
    assert (await client("GET", BOOK + "team.vlf")).status == (200 if seen else 404)


async def test_an_event_is_shown_to_everybody(anna: Client) -> None:
    await anna.put(CAL + "a.ics", event("a"))
    for agent in (THUNDERBIRD, SONOMA, IOS_17, DAVX5):
        assert CAL + "a.ics" in (await anna.as_agent(agent).propfind(CAL, "D:getetag", depth="1")).hrefs
