"""Hrefs, as clients write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sogo.codec.davxml.href import join_path, parse_href, quote_segment
from sogo.errors import CodecError


@pytest.mark.parametrize(
    ("text", "segments", "collection"),
    [
        ("/", (), True),
        ("/SOGo/dav/jdoe/", ("SOGo", "dav", "jdoe"), True),
        ("/SOGo/dav/jdoe", ("SOGo", "dav", "jdoe"), False),
        ("/a/jdoe%40example.com/x", ("a", "jdoe@example.com", "x"), False),
        ("/a/jdoe%2540example.com/x", ("a", "jdoe@example.com", "x"), False),
        ("/a/name%20%C3%A9%2Bx@y.ics", ("a", "name é+x@y.ics"), False),
        ("/a/name é.ics", ("a", "name é.ics"), False),
        ("/a/100%25.ics", ("a", "100%.ics"), False),
        ("/a/x%2Fy.ics", ("a", "x/y.ics"), False),
        ("/a/b.ics?x=1#y", ("a", "b.ics"), False),
        (" /a/b.ics\n", ("a", "b.ics"), False),
        ("https://Cloud.example.com:8443/a/b", ("a", "b"), False),
        ("http://cloud.example.com", (), True),
    ],
)
def test_what_clients_send_is_understood(text: str, segments: tuple[str, ...], collection: bool) -> None:
    href = parse_href(text)
    assert (href.segments, href.collection) == (segments, collection)


def test_the_origin_of_an_absolute_url_is_told() -> None:
    assert parse_href("HTTPS://Cloud.example.com:8443/a").origin == "https://cloud.example.com:8443"
    assert parse_href("/a").origin == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a/b",
        "mailto:a@example.com",
        "ftp://host/a",
        "/a/../b",
        "/a/%2e%2E/b",
        "/./a",
        "/a//b",
        "//host/a",
        "/a/%00",
        "/a/b\x00",
        "/a/%0d%0aX",
        "/a/%ff",
        "/a/\udcff",
        "/" + "a" * 10_000,
    ],
)
def test_what_no_resource_can_have_is_refused(text: str) -> None:
    with pytest.raises(CodecError):
        parse_href(text)


def test_we_write_names_as_the_original_does() -> None:
    assert quote_segment("name é+x@y.ics") == "name%20%C3%A9%2Bx@y.ics"
    assert join_path(["a", "b/c"], collection=True) == "/a/b%2Fc/"
    assert join_path([]) == "/"


SEGMENT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=12).filter(
    lambda text: text not in (".", "..") and "%40" not in text
)


@settings(max_examples=150, deadline=None)
@given(st.lists(SEGMENT, min_size=1, max_size=4), st.booleans())
def test_what_we_write_we_read(segments: list[str], collection: bool) -> None:
    href = parse_href(join_path(segments, collection=collection))
    assert (list(href.segments), href.collection) == (segments, collection)
