"""Bodies of PROPFIND, PROPPATCH, MKCOL, MKCALENDAR and expand-property."""

from __future__ import annotations

import pytest

from sogo.codec.davxml.names import APPLE_ICAL, caldav, carddav, clark, dav
from sogo.codec.davxml.reader import Element, parse_xml
from sogo.codec.davxml.rfc3253 import ExpandedProperty, parse_expand_property
from sogo.codec.davxml.rfc4918 import Action, PropfindKind, PropfindRequest, parse_propfind, parse_proppatch
from sogo.codec.davxml.rfc5689 import MkcolRequest, parse_mkcol
from sogo.errors import CodecError, TooMany


def xml(inner: str) -> Element | None:
    return parse_xml(
        inner.replace(
            ">", ' xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CR="urn:ietf:params:xml:ns:carddav">', 1
        ).encode(),
        max_bytes=1_000_000,
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<D:propfind><D:allprop/></D:propfind>", PropfindRequest(PropfindKind.ALLPROP)),
        ("<D:propfind><D:propname/></D:propfind>", PropfindRequest(PropfindKind.PROPNAME)),
        ("<D:propfind><D:prop/></D:propfind>", PropfindRequest(PropfindKind.PROP)),
        (
            "<D:propfind><D:prop><D:getetag/><C:x/></D:prop><D:prop><x/><D:getetag/></D:prop></D:propfind>",
            PropfindRequest(PropfindKind.PROP, (dav("getetag"), caldav("x"), "x")),
        ),
        (
            "<D:propfind><D:allprop/><D:include><D:acl/></D:include></D:propfind>",
            PropfindRequest(PropfindKind.ALLPROP, include=(dav("acl"),)),
        ),
        (
            "<D:propfind><ext/><D:prop><D:a/></D:prop><leave-out/></D:propfind>",
            PropfindRequest(PropfindKind.PROP, (dav("a"),)),
        ),
    ],
)
def test_propfind_bodies(body: str, expected: PropfindRequest) -> None:
    assert parse_propfind(xml(body)) == expected


def test_no_propfind_body_asks_for_everything() -> None:
    assert parse_propfind(None) == PropfindRequest(PropfindKind.ALLPROP)


@pytest.mark.parametrize(
    "body",
    [
        "<D:propfind></D:propfind>",
        "<D:propfind><expired-props/></D:propfind>",
        "<D:propfind><D:prop/><D:propname/></D:propfind>",
        "<D:propertyupdate></D:propertyupdate>",
        "<propfind></propfind>",
    ],
)
def test_propfind_bodies_without_one_question_are_refused(body: str) -> None:
    with pytest.raises(CodecError):
        parse_propfind(xml(body))


def test_too_many_properties_are_refused() -> None:
    names = "".join(f"<x{i}/>" for i in range(1001))
    with pytest.raises(TooMany):
        parse_propfind(xml(f"<D:propfind><D:prop>{names}</D:prop></D:propfind>"))


def test_proppatch_keeps_order_language_and_structure() -> None:
    changes = parse_proppatch(
        xml(
            '<D:propertyupdate><D:set><D:prop xml:lang="de"><D:displayname>Büro &amp; Heim</D:displayname></D:prop>'
            "</D:set><D:remove><D:prop><C:a/></D:prop></D:remove><D:set><D:prop><C:a><C:opaque/></C:a></D:prop>"
            "<D:prop><x/></D:prop></D:set></D:propertyupdate>"
        )
    )
    assert [(change.action, change.name) for change in changes] == [
        (Action.SET, dav("displayname")),
        (Action.REMOVE, caldav("a")),
        (Action.SET, caldav("a")),
        (Action.SET, "x"),
    ]
    assert changes[0].text == "Büro & Heim"
    assert changes[0].inner == "Büro &amp; Heim"
    assert 'xml:lang="de"' in changes[0].whole
    assert changes[2].inner.startswith("<C:opaque")


def test_proppatch_without_an_action_is_refused() -> None:
    for body in ("<D:propertyupdate></D:propertyupdate>", "<D:propfind></D:propfind>"):
        with pytest.raises(CodecError):
            parse_proppatch(xml(body))
    with pytest.raises(CodecError):
        parse_proppatch(None)


def test_extended_mkcol_tells_types_and_properties_apart() -> None:
    request = parse_mkcol(
        xml(
            "<D:mkcol><D:set><D:prop><D:resourcetype><D:collection/><CR:addressbook/></D:resourcetype>"
            "<D:displayname>Team</D:displayname></D:prop></D:set></D:mkcol>"
        )
    )
    assert request.types == {dav("collection"), carddav("addressbook")}
    assert [(change.name, change.text) for change in request.changes] == [(dav("displayname"), "Team")]


def test_mkcalendar_bodies() -> None:
    assert parse_mkcol(None) == MkcolRequest()
    assert parse_mkcol(xml("<C:mkcalendar><D:set><D:prop/></D:set></C:mkcalendar>")) == MkcolRequest()
    request = parse_mkcol(
        xml(
            '<C:mkcalendar><D:set><D:prop><i:calendar-color xmlns:i="http://apple.com/ns/ical/">#FF0000FF'
            "</i:calendar-color></D:prop></D:set></C:mkcalendar>"
        )
    )
    assert [(change.name, change.text) for change in request.changes] == [
        (clark(APPLE_ICAL, "calendar-color"), "#FF0000FF")
    ]
    with pytest.raises(CodecError):
        parse_mkcol(xml("<C:calendar></C:calendar>"))


def test_expand_property_nests() -> None:
    assert parse_expand_property(
        xml(
            '<D:expand-property><D:property name="owner" namespace="DAV:"><D:property name="displayname"/></D:property>'
            '<D:property name="x" namespace="urn:x"/></D:expand-property>'
        )
    ) == (
        ExpandedProperty(dav("owner"), (ExpandedProperty(dav("displayname")),)),
        ExpandedProperty("{urn:x}x"),
    )


def test_expand_property_is_bounded() -> None:
    deep = '<D:property name="a">' * 9 + "</D:property>" * 9
    wide = '<D:property name="a"/>' * 501
    for inner in (deep, wide):
        with pytest.raises(TooMany):
            parse_expand_property(xml(f"<D:expand-property>{inner}</D:expand-property>"))
    with pytest.raises(CodecError):
        parse_expand_property(xml("<D:expand-property><D:property/></D:expand-property>"))
