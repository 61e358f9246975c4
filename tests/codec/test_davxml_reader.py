"""Request bodies: what is read, and what is refused without harm."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.davxml import reader
from sogo.codec.davxml.reader import Element, parse_xml
from sogo.errors import CodecError, SogoError, TooLarge

LIMIT = 1_000_000


def root_of(body: bytes | str, *, max_bytes: int = LIMIT) -> Element:
    root = parse_xml(body if isinstance(body, bytes) else body.encode(), max_bytes=max_bytes)
    assert root is not None
    return root


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \r\n",
        b'<?xml version="1.0" encoding="utf-8"?>',
        b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n',
        '<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16"),
    ],
)
def test_a_body_without_a_root_is_no_body(body: bytes) -> None:
    assert parse_xml(body, max_bytes=LIMIT) is None


@pytest.mark.parametrize(
    "body",
    [
        '<D:a xmlns:D="DAV:">é€</D:a>'.encode(),
        b'\xef\xbb\xbf<a xmlns="DAV:">\xc3\xa9\xe2\x82\xac</a>',
        b'\r\n <?xml version="1.0" encoding="utf-8"?><a xmlns="DAV:">\xc3\xa9&#8364;</a>\n',
        '<?xml version="1.0" encoding="UTF-16"?><x:a xmlns:x="DAV:">é€</x:a>'.encode("utf-16"),
        '<a xmlns="DAV:">é€</a>'.encode("utf-16-le"),
        '<?xml version="1.0"?><a xmlns="DAV:">é€</a>'.encode("utf-16-be"),
        '<?xml version="1.0" encoding="windows-1252"?><a xmlns="DAV:">é€</a>'.encode("cp1252"),
        '<a xmlns="DAV:"><![CDATA[é]]><!-- c -->€<?pi?></a>'.encode(),
    ],
)
def test_encodings_prefixes_and_cdata_read_alike(body: bytes) -> None:
    root = root_of(body)
    assert reader.name_of(root) == "{DAV:}a"
    assert reader.text_of(root) == "é€"


BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(9))
    + "]><l>&j;</l>"
)
QUADRATIC = f'<!DOCTYPE l [<!ENTITY a "{"x" * 50_000}">]><l a="{"&a;" * 5_000}"/>'
EXTERNAL = '<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><l xmlns="DAV:">&a;</l>'
PARAMETER = '<!DOCTYPE l [<!ENTITY % a SYSTEM "http://127.0.0.1:1/x.dtd"> %a;]><l/>'


@pytest.mark.parametrize(
    "body",
    [
        BILLION_LAUGHS,
        QUADRATIC,
        EXTERNAL,
        PARAMETER,
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<a>" * 100_000,
        "<a>" * 300 + "</a>" * 300,
        "<a>",
        "<D:a/>",
        '<a xmlns:b=""/>',
        '<a xmlns:b="u" xmlns:c="u" b:x="1" c:x="2"/>',
        '<a xmlns:b="u" xmlns:b="v"/>',
        "<a>&undefined;</a>",
        "<a>&#11;</a>",
        "<a/><b/>",
        "no xml",
        b"<a>\xff\xfe</a>",
        b"<a>\x00</a>",
        b'<?xml version="1.0" encoding="utf-7"?><a/>',
        b'<?xml version="1.0" encoding="cp037"?><a/>',
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        b"\xff\xfe<\x00a\x00/",
    ],
)
def test_unsound_and_hostile_bodies_are_codec_errors(body: bytes | str) -> None:
    with pytest.raises(CodecError):
        root_of(body)


def test_an_external_entity_never_shows_the_file() -> None:
    with pytest.raises(CodecError) as caught:
        root_of(EXTERNAL)
    assert "root:" not in str(caught.value)


def test_a_body_over_the_limit_is_too_large_before_it_is_parsed() -> None:
    with pytest.raises(TooLarge):
        root_of("<a/>" + " " * 100, max_bytes=50)


def test_too_many_elements_are_refused_before_they_are_parsed() -> None:
    with pytest.raises(TooLarge):
        parse_xml(b"<a>" + b"<b/>" * 301_000 + b"</a>", max_bytes=10_000_000)


def test_300000_attributes_are_read_without_harm() -> None:
    body = b"<a " + b" ".join(b'a%d="1"' % i for i in range(300_000)) + b"/>"
    assert len(root_of(body, max_bytes=10_000_000).attrib) == 300_000


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200))
def test_only_our_errors_come_out_of_noise(noise: bytes) -> None:
    for body in (noise, b"<a>" + noise + b"</a>", b"<?xml " + noise):
        with contextlib.suppress(SogoError):
            parse_xml(body, max_bytes=LIMIT)


def test_kept_values_mean_the_same_under_another_parent() -> None:
    root = root_of(
        '<D:prop xmlns:D="DAV:" xmlns:x="urn:x" xml:lang="fr"><x:p a="1">un &amp; <x:b>deux</x:b>\ttrois</x:p></D:prop>'
    )
    value = next(reader.elements(root))
    again = root_of(f"<other>{reader.whole_xml(value)}</other>")
    kept = next(reader.elements(again))
    assert reader.name_of(kept) == "{urn:x}p"
    assert kept.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    assert kept.get("a") == "1"
    inner = root_of(f"<other>{reader.inner_xml(value)}</other>")
    assert reader.text_of(inner) == "un & \ttrois"
    assert [reader.name_of(item) for item in reader.elements(inner)] == ["{urn:x}b"]
    assert value.get("{http://www.w3.org/XML/1998/namespace}lang") is None
