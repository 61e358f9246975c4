"""Cards in the version a client asks for (RFC 6352 §§5.1.1, 10.4), whatever version they were stored in."""

from __future__ import annotations

import pytest

from tests.support.house import CR, Client, body, card

BOOK = "/SOGo/dav/anna/Contacts/personal/"
FOUR = "\r\n".join([
    "BEGIN:VCARD", "VERSION:4.0", "UID:urn:uuid:4", "FN:Mia Four", "N:Four;Mia;;;", "TEL;VALUE=uri;PREF=1:tel:+49-30-1234",
    "KIND:group", "X-ODD;P=\"a:b\":as it  is", "END:VCARD", "",
])  # fmt: skip
THREE = card(
    "3", "Joe Three", "TEL;TYPE=pref:+49-30-1", "X-ADDRESSBOOKSERVER-KIND:group", "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4A=="
)


async def fill(anna: Client) -> None:
    assert (await anna.put(BOOK + "4.vcf", FOUR)).etag
    assert (await anna.put(BOOK + "3.vcf", THREE)).etag


def asking(kind: str, data: str) -> str:
    more = {
        "CR:addressbook-query": '<CR:filter><CR:prop-filter name="FN"/></CR:filter>',
        "CR:addressbook-multiget": f"<D:href>{BOOK}4.vcf</D:href><D:href>{BOOK}3.vcf</D:href>",
        "D:sync-collection": "<D:sync-token/><D:sync-level>1</D:sync-level>",
    }[kind]
    return body(kind, f"<D:prop><D:getetag/>{data}</D:prop>{more}")


@pytest.mark.parametrize("kind", ["CR:addressbook-query", "CR:addressbook-multiget", "D:sync-collection"])
@pytest.mark.parametrize(
    ("data", "version"),
    [
        ('<CR:address-data content-type="text/vcard" version="4.0"/>', "4.0"),
        ('<CR:address-data content-type="text/vcard" version="3.0"/>', "3.0"),
        ("<CR:address-data/>", "3.0"),  # the default of RFC 6352 §10.4
    ],
)
async def test_reports_answer_in_the_version_asked_for(anna: Client, kind: str, data: str, version: str) -> None:
    await fill(anna)
    answer = await anna.report(BOOK, asking(kind, data))
    texts = {href: answer.prop_text(href, CR + "address-data") for href in (BOOK + "3.vcf", BOOK + "4.vcf")}
    assert all(f"\nVERSION:{version}\n" in text for text in texts.values())
    group = "\nKIND:group\n" if version == "4.0" else "\nX-ADDRESSBOOKSERVER-KIND:group\n"
    assert all(group in text for text in texts.values())
    assert ("data:image/jpeg;base64,/9j/4A==" if version == "4.0" else "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4A==") in texts[
        BOOK + "3.vcf"
    ]
    assert all('X-ODD;P="a:b":as it  is' in text for href, text in texts.items() if href.endswith("4.vcf"))


async def test_selected_properties_are_those_of_the_version_asked_for(anna: Client) -> None:
    await fill(anna)
    data = '<CR:address-data version="4.0"><CR:prop name="KIND"/><CR:prop name="TEL" novalue="yes"/></CR:address-data>'
    answer = await anna.report(BOOK, asking("CR:addressbook-multiget", data))
    text = answer.prop_text(BOOK + "3.vcf", CR + "address-data")
    assert text.split("\n") == [
        "BEGIN:VCARD",
        "VERSION:4.0",
        "UID;VALUE=text:3",
        "TEL;VALUE=uri;PREF=1:",
        "KIND:group",
        "END:VCARD",
        "",
    ]


async def test_a_listing_has_version_3(anna: Client) -> None:
    await fill(anna)
    answer = await anna.propfind(BOOK, "CR:address-data", depth="1")
    assert "\nVERSION:3.0\n" in answer.prop_text(BOOK + "4.vcf", CR + "address-data")


@pytest.mark.parametrize(
    "data", ['<CR:address-data version="2.1"/>', '<CR:address-data content-type="application/vcard+json"/>']
)
@pytest.mark.parametrize("kind", ["CR:addressbook-query", "CR:addressbook-multiget", "D:sync-collection"])
async def test_other_forms_are_refused(anna: Client, kind: str, data: str) -> None:
    await fill(anna)
    answer = await anna.report(BOOK, asking(kind, data))
    assert (answer.status, answer.condition) == (403, CR + "supported-address-data")


@pytest.mark.parametrize(
    ("name", "accept", "version"),
    [
        ("4.vcf", "text/vcard; version=3.0", "3.0"),
        ("3.vcf", "text/vcard;version=4.0", "4.0"),
        ("3.vcf", 'text/vcard; version="4.0"; q=0.8, text/vcard; version=3.0; q=0.4', "4.0"),
        ("3.vcf", "text/vcard; version=4.0, */*;q=0.1", "4.0"),
        ("3.vcf", "text/x-vcard;version=2.1, text/vcard;version=4.0;q=0.5", "4.0"),
    ],
)
async def test_get_answers_in_the_version_asked_for(anna: Client, name: str, accept: str, version: str) -> None:
    await fill(anna)
    answer = await anna("GET", BOOK + name, Accept=accept)
    assert answer.status == 200
    assert f"\r\nVERSION:{version}\r\n" in answer.text
    assert answer.headers["Content-Type"] == f"text/vcard; charset=utf-8; version={version}"
    assert "Accept" in answer.headers["Vary"].split(", ")
    head = await anna("HEAD", BOOK + name, Accept=accept)
    assert head.headers["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize(
    "accept", ["*/*", "text/vcard", "text/calendar", "", "text/vcard;version=4.0;q=0", "text/vcard;version=4.0",
               "text/vcard;version=2.1, */*;q=0.1", "text/vcard;version=3.0;q=0.1, text/vcard", ";;=;q=x,version"],
)  # fmt: skip
async def test_get_answers_what_was_stored_when_nothing_else_is_preferred(anna: Client, accept: str) -> None:
    await fill(anna)
    answer = await anna("GET", BOOK + "4.vcf", Accept=accept)
    assert (answer.status, answer.body) == (200, FOUR.encode())
    assert "Accept" in answer.headers["Vary"].split(", ")


async def test_get_of_a_version_nobody_makes_is_refused(anna: Client) -> None:
    await fill(anna)
    answer = await anna("GET", BOOK + "4.vcf", Accept="text/vcard;version=2.1")
    assert (answer.status, answer.condition) == (403, CR + "supported-address-data-conversion")


async def test_a_card_of_version_2_1_is_stored_as_sent_and_read_in_what_is_asked_for(anna: Client) -> None:
    old = "BEGIN:VCARD\r\nVERSION:2.1\r\nUID:2\r\nFN:Zo\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Zo=C3=AB\r\nTEL;HOME:1\r\nEND:VCARD\r\n"
    assert (await anna.put(BOOK + "2.vcf", old)).etag
    assert (await anna("GET", BOOK + "2.vcf")).body == old.encode()
    listed = await anna.propfind(BOOK + "2.vcf", "CR:address-data")
    text = listed.prop_text(BOOK + "2.vcf", CR + "address-data")
    assert ("N:Zoë\n" in text, "TEL;TYPE=HOME:1\n" in text, "VERSION:3.0" in text) == (True, True, True)


async def test_a_card_nobody_can_convert_is_served_as_it_is(anna: Client) -> None:
    odd = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:odd\r\nFN:\r\nTEL;PREF:\r\n:\r\n;\r\nBDAY;=:\\\r\nEND:VCARD\r\n"
    await anna.put(BOOK + "odd.vcf", odd)
    listed = await anna.propfind(BOOK + "odd.vcf", "CR:address-data", "D:getetag")
    assert "UID:odd" in listed.prop_text(BOOK + "odd.vcf", CR + "address-data")
    assert (await anna("GET", BOOK + "odd.vcf")).body == odd.encode()


async def test_each_version_is_remembered_apart_from_the_other(anna: Client) -> None:
    await fill(anna)
    for version in ("4.0", "3.0", "4.0", "3.0"):
        answer = await anna.report(BOOK, asking("CR:addressbook-multiget", f'<CR:address-data version="{version}"/>'))
        texts = [answer.prop_text(href, CR + "address-data") for href in answer.hrefs]
        assert [f"\nVERSION:{version}\n" in text for text in texts] == [True, True]
    await anna.put(BOOK + "3.vcf", THREE.replace("Joe Three", "Joe Changed"))
    answer = await anna.report(BOOK, asking("CR:addressbook-multiget", '<CR:address-data version="4.0"/>'))
    assert "FN:Joe Changed" in answer.prop_text(BOOK + "3.vcf", CR + "address-data")
