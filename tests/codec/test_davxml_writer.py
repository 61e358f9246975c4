"""Answers: always well-formed, whatever is put in."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.davxml import reader, writer
from sogo.codec.davxml.names import ROOT_PREFIXES, caldav, dav, prefix_for
from sogo.codec.davxml.reader import Element, parse_xml
from sogo.codec.davxml.writer import Whole, escape, propstat, response, status_response


def parsed(text: str) -> Element:
    root = parse_xml(text.encode(), max_bytes=10_000_000)
    assert root is not None
    return root


def test_a_multistatus_has_the_shape_of_the_rfc_and_the_prefix_d() -> None:
    text = writer.multistatus(
        [
            response(
                "/a/b%20c.ics",
                propstat(200, [(dav("getetag"), escape('"gcs00000001"')), (dav("resourcetype"), None)]),
                propstat(404, [(caldav("calendar-data"), None), ("{urn:odd}x", None), ("plain", "1")]),
            ),
            status_response("/gone", 404),
        ],
        token="t-1",
    )
    assert text.startswith('<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:" xmlns:C=')
    assert (
        "<D:response><D:href>/a/b%20c.ics</D:href><D:propstat><D:prop><D:getetag>&quot;gcs00000001&quot;</D:getetag>"
        "<D:resourcetype/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
    ) in text
    assert "<D:response><D:href>/gone</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>" in text
    assert text.endswith("<D:sync-token>t-1</D:sync-token></D:multistatus>")
    names = [reader.name_of(item) for item in parsed(text).iter()]
    assert "{urn:odd}x" in names
    assert "plain" in names


def test_every_known_prefix_is_declared_once() -> None:
    assert prefix_for("DAV:") == "D"
    assert len(set(ROOT_PREFIXES.values())) == len(ROOT_PREFIXES)
    root = parsed(writer.multistatus([], extra=["urn:schemas:httpmail:", "DAV:", "urn:unknown"]))
    assert root.nsmap["HM"] == "urn:schemas:httpmail:"
    assert set(ROOT_PREFIXES) <= set(root.nsmap.values())


def test_dead_properties_come_back_with_their_own_element() -> None:
    whole = Whole('<x:p xmlns:x="urn:x" xml:lang="fr">oui</x:p>')
    assert propstat(200, [("{urn:x}p", whole)]).count(whole) == 1


def test_truncation_and_errors_carry_their_conditions() -> None:
    text = status_response("/c/", 507, error="<D:number-of-matches-within-limits/>", description="more")
    assert "HTTP/1.1 507 Insufficient Storage" in text
    assert "<D:error><D:number-of-matches-within-limits/></D:error>" in text
    error = parsed(
        writer.error_document(writer.element(caldav("no-uid-conflict"), writer.href("/x")), description="a<b")
    )
    assert [reader.name_of(item) for item in reader.elements(error)] == [caldav("no-uid-conflict")]
    assert reader.text_of(error) == "a<b"


def test_attributes_are_escaped() -> None:
    text = writer.document(dav("prop"), writer.element(caldav("comp"), name='a"<&\n'))
    assert next(reader.elements(parsed(text))).get("name") == 'a"<&\n'


def test_mkcol_answers_have_their_own_root() -> None:
    assert reader.name_of(parsed(writer.mkcol_response("DAV:", propstat(200, [])))) == dav("mkcol-response")
    assert reader.local(parsed(writer.mkcol_response("urn:ietf:params:xml:ns:caldav"))) == "mkcalendar-response"


def test_calendar_text_keeps_lines_but_not_carriage_returns() -> None:
    assert writer.escape_lines("A:1\r\nB:<2>\r\n") == "A:1\nB:&lt;2&gt;\n"


def test_chunks_hold_everything_in_order() -> None:
    parts = [f"<{i}é>" for i in range(1000)]
    pieces = list(writer.chunks(parts, chars=100))
    assert b"".join(pieces).decode() == "".join(parts)
    assert len(pieces) > 10


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_survives_but_for_what_xml_cannot_hold(text: str) -> None:
    back = parsed(writer.document(dav("x"), escape(text)))
    forbidden = {*map(chr, range(32))} - {"\t", "\n", "\r"} | {"\ufffe", "\uffff"}
    expected = "".join(c for c in text if c not in forbidden and not "\ud800" <= c <= "\udfff")
    assert reader.text_of(back) == expected
