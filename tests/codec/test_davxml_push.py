"""Registrations and messages of WebDAV-Push."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from lxml import etree

from sogo.codec.davxml import webdav_push
from sogo.codec.davxml.reader import parse_xml
from sogo.codec.davxml.webdav_push import PushRegister, parse_push_register
from sogo.errors import CodecError, InvalidData, TooMany
from tests.support.push_service import CONTENT, DEEP_CONTENT, P, Receiver, properties

RECEIVER = Receiver("/x")
BASE = "https://push.example"


def read(body: str) -> PushRegister:
    return parse_push_register(parse_xml(body.encode(), max_bytes=100_000))


def test_a_registration_is_read_whole() -> None:
    body = RECEIVER.register(
        BASE, trigger=DEEP_CONTENT + properties("displayname", "owner"), expires="Wed, 20 Dec 2023 10:03:31 GMT"
    )
    found = read(body)
    assert found.resource == f"{BASE}/x"
    assert (len(found.point), found.auth_secret) == (65, RECEIVER.auth)
    assert found.sync_level == "infinite"
    assert found.properties == ("{DAV:}displayname", "{DAV:}owner")
    assert found.expires == dt.datetime(2023, 12, 20, 10, 3, 31, tzinfo=dt.UTC)
    assert "push.example" not in repr(found)
    assert RECEIVER.point not in repr(found)


def test_what_may_be_missing_is_missing() -> None:
    found = read(RECEIVER.register(BASE, encoding=False))
    assert (found.sync_level, found.properties, found.expires) == ("1", None, None)
    found = read(RECEIVER.register(BASE, trigger="<property-update/>"))
    assert (found.sync_level, found.properties) == ("", ())
    found = read(RECEIVER.register(BASE, trigger="<content-update/><other/>"))
    assert (found.sync_level, found.properties) == ("1", None)
    assert read(RECEIVER.register(BASE).replace(f"<trigger>{CONTENT}</trigger>", "")) == replace(
        read(RECEIVER.register(BASE)), sync_level=""
    )


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "99 Foo 99999", "Wed, 99 Dec 2023 10:03:31 GMT", "2027-01-01T00:00:00Z", "x" * 5000, "\u0663"],
)
def test_a_date_that_is_none_is_none(text: str) -> None:
    assert read(RECEIVER.register(BASE, expires=text or " ")).expires is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('type="p256dh"', 'type="x25519"'),
        (' type="p256dh"', ""),
        pytest.param(RECEIVER.point, RECEIVER.point[:-2], id="short point"),
        pytest.param(RECEIVER.point, "B" + "A" * 86, id="no point"),
        ("aes128gcm", "aesgcm"),
        ("<auth-secret>", "<auth-secret>AAAA"),
        ("auth-secret>", "secret>"),
        ("client-public-key", "public-key"),
        ("push-resource", "resource"),
        ("web-push-subscription", "fcm-subscription"),
        ("<subscription>", "<subscription><other/>"),
        ("</push-register>", "<subscription/></push-register>"),
        ("</push-register>", "<trigger/></push-register>"),
        ("subscription>", "sub>"),
    ],
)  # fmt: skip
def test_what_is_no_subscription_is_named_so(old: str, new: str) -> None:
    body = RECEIVER.register(BASE)
    assert old in body
    with pytest.raises(InvalidData) as caught:
        read(body.replace(old, new))
    assert caught.value.rule == "invalid-subscription"


def test_other_roots_and_endless_lists_are_refused() -> None:
    with pytest.raises(CodecError):
        read('<push-register xmlns="urn:other"/>')
    with pytest.raises(CodecError):
        parse_push_register(None)
    many = properties(*(f"p{number}" for number in range(webdav_push.MAX_PROPERTIES + 1)))
    with pytest.raises(TooMany):
        read(RECEIVER.register(BASE, trigger=many))
    with pytest.raises(CodecError):
        read(RECEIVER.register(BASE, trigger=properties("p" * 1000)))


def test_a_message_tells_the_topic_and_what_has_changed() -> None:
    root = etree.fromstring(
        webdav_push.push_message("T&1", content=True, sync_token="data:,a-1", properties=True).encode()
    )
    assert root.tag == P + "push-message"
    assert [str(item.tag) for item in root] == [P + "topic", P + "content-update", P + "property-update"]
    assert root.findtext(P + "topic") == "T&1"
    assert root.findtext(f"{P}content-update/{{DAV:}}sync-token") == "data:,a-1"
    root = etree.fromstring(webdav_push.push_message("T", content=False, properties=True).encode())
    assert [str(item.tag) for item in root] == [P + "topic", P + "property-update"]
    root = etree.fromstring(webdav_push.push_message("T", content=True).encode())
    assert len(root[1]) == 0
