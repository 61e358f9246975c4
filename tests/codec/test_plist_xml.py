"""The XML form of property lists."""

from __future__ import annotations

import datetime as dt

import pytest

from sogo.codec import plist
from sogo.errors import CodecError

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE plist PUBLIC "-//GNUstep//DTD plist 0.9//EN" "http://www.gnustep.org/plist-0_9.xml">\n'
    '<plist version="0.9">\n'
)


def document(body: str) -> plist.Document:
    return plist.parse_document(HEAD + body + "\n</plist>\n")


def refusal(body: str) -> tuple[str, object]:
    with pytest.raises(CodecError) as caught:
        document(body)
    return str(caught.value), caught.value.fields["line"]


def test_typed_elements_become_typed_values() -> None:
    body = (
        "<dict><key>s</key><string>a &amp; &#xe9; </string><key>i</key><integer>5</integer><key>r</key><real>0.5</real>"
        "<key>t</key><true/><key>f</key><false/><key>d</key><data>SG Vs</data><key>e</key><string/>"
        "<key>w</key><date>2020-01-02T03:04:05Z</date><key>a</key><array><string>x</string><dict/></array></dict>"
    )
    assert document(body).values == {
        "s": "a & é ",
        "i": 5,
        "r": 0.5,
        "t": True,
        "f": False,
        "d": b"Hel",
        "e": "",
        "w": dt.datetime(2020, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        "a": ["x", {}],
    }


def test_what_mailcow_writes_reads_like_the_other_form() -> None:
    body = """<dict>
    <key>domains</key>
    <dict>
        <key>acme.example</key>
        <dict>
            <key>SOGoMailDomain</key><string>acme.example</string>
            <key>SOGoUserSources</key>
            <array><dict><key>type</key><string>sql</string><key>id</key><string>acme</string></dict></array>
        </dict>
    </dict>
    </dict>"""
    read = document(body)
    assert read.values == plist.parse(
        "{ domains = { acme.example = { SOGoMailDomain = acme.example;"
        " SOGoUserSources = ({ type = sql; id = acme; }); }; }; }"
    )
    assert read.places["domains", "acme.example", "SOGoUserSources", 0, "id"].line == 11


def test_doubled_keys_are_remarked_on() -> None:
    read = document("<dict><key>a</key><string>1</string>\n<key>a</key><string>2</string></dict>")
    assert read.values == {"a": "2"}
    assert [remark.place.line for remark in read.remarks] == [5]


@pytest.mark.parametrize(
    ("body", "reason", "line"),
    [
        ("<array/>", "the file must be a dictionary: <plist><dict>…</dict></plist>", 1),
        ("<dict>\n<bogus/></dict>", "<bogus> is not an element of a property list", 5),
        ("<dict><string>x</string></dict>", "a value without a <key> before it", 4),
        ("<key>x</key>", "<key> stands outside of <dict>", 4),
        ("<dict><key>a<true/></key></dict>", "<true> may not stand inside <key>", 4),
        ("<dict/><dict/>", "a property list holds one value", 4),
        ("<dict><key>a</key><data>!</data></dict>", "this is not base64", 4),
        ("<dict><key>a</key><date>soon</date></dict>", "a date must look like 2020-01-02T03:04:05Z", 4),
        ("<dict><key>a</key></array>", "this XML is broken (mismatched tag)", 4),
        ("<array>" * 65, "nested deeper than 64 levels", 4),
    ],
)
def test_what_is_no_property_list_is_refused(body: str, reason: str, line: int) -> None:
    assert refusal(body) == (reason, line)


def test_entities_are_refused_before_they_grow() -> None:
    bomb = '<!DOCTYPE plist [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><plist><dict/></plist>'
    with pytest.raises(CodecError, match="entity declarations are not accepted"):
        plist.parse_document('<?xml version="1.0"?>\n' + bomb)
    outside = '<!DOCTYPE plist [<!ENTITY a SYSTEM "file:///etc/passwd">]><plist><dict/></plist>'
    with pytest.raises(CodecError, match="entity declarations are not accepted"):
        plist.parse_document(outside)


def test_a_declared_encoding_does_not_count_once_the_text_is_decoded() -> None:
    text = '<?xml version="1.0" encoding="ISO-8859-1"?><plist><dict><key>ä</key><true/></dict></plist>'
    assert plist.parse_document(text).values == {"ä": True}
