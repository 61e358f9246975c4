"""Who asks, and how the outside sees this server."""

import pytest
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from sogo.http.context import MAX_REMOTE, remote_of, request_id
from sogo.http.forwarded import server_url


@pytest.mark.parametrize(
    ("headers", "remote"),
    [
        ({"x-webobjects-remote-host": "10.0.0.5", "x-forward": "b", "x-forwarded-for": "c"}, "10.0.0.5"),
        ({"x-forward": "10.0.0.6", "x-forwarded-for": "c"}, "10.0.0.6"),
        ({"x-forwarded-for": "1.2.3.4, 5.6.7.8"}, "1.2.3.4, 5.6.7.8"),
        ({"x-webobjects-remote-host": " ", "x-forwarded-for": "::1"}, "::1"),
        ({"x-webobjects-remote-host": "1.2.3.4' for user 'x"}, "1.2.3.4 for user x"),
        ({"x-forwarded-for": "1" * 1000}, "1" * MAX_REMOTE),
    ],
)
def test_the_client_is_named_by_the_first_header_that_says_something(headers: dict[str, str], remote: str) -> None:
    assert remote_of(make_mocked_request("GET", "/", headers)) == remote


@given(st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=300))
def test_whatever_the_header_says_the_remote_is_harmless_in_a_log_line(text: str) -> None:
    remote = remote_of(make_mocked_request("GET", "/", {"x-forwarded-for": text}))
    assert len(remote) <= MAX_REMOTE
    assert remote.isprintable()
    assert not set(remote) & set("'\"\\<>")


@given(st.one_of(st.none(), st.text(max_size=100)))
def test_a_request_id_is_always_sane(offered: str | None) -> None:
    chosen = request_id(offered)
    assert 4 <= len(chosen) <= 64
    assert chosen.isascii()
    assert chosen.isprintable()
    assert " " not in chosen


@pytest.mark.parametrize(
    ("headers", "url"),
    [
        ({"Host": "mail.example.com"}, "http://mail.example.com"),
        ({"Host": "127.0.0.1:20000"}, "http://127.0.0.1:20000"),
        ({"Host": "mail.example.com:80"}, "http://mail.example.com"),
        ({"Host": "[::1]:20000"}, "http://[::1]:20000"),
        ({"Host": "a", "x-webobjects-server-url": "https://mail.example.com"}, "https://mail.example.com"),
        ({"Host": "a", "x-webobjects-server-url": "https://mail.example.com/"}, "https://mail.example.com"),
        ({"Host": "a", "x-webobjects-server-url": "https://mail.example.com:0"}, "https://mail.example.com"),
        ({"Host": "a", "x-webobjects-server-url": "http://mail.example.com:443"}, "https://mail.example.com"),
        ({"Host": "a", "x-webobjects-server-url": "https://mail.example.com:8443"}, "https://mail.example.com:8443"),
        ({"Host": "a:8443", "x-webobjects-server-url": "https://mail.example.com"}, "https://a:8443"),
        ({"Host": "a:443", "x-webobjects-server-url": "https://mail.example.com"}, "https://a"),
        ({"x-webobjects-server-name": "b", "x-webobjects-server-port": "8080"}, "http://b:8080"),
        ({"x-webobjects-server-name": "b", "x-webobjects-server-port": "0"}, "http://b"),
        ({"Host": "a", "x-webobjects-server-url": "javascript:alert(1)"}, "http://a"),
        ({"Host": "a", "x-webobjects-server-url": "https://evil.example/?"}, "http://a"),
        ({"Host": 'a"><script>'}, "http://localhost"),
        ({"Host": "user@evil.example"}, "http://localhost"),
        ({}, "http://localhost"),
    ],
)
def test_the_server_url_follows_the_front_end(headers: dict[str, str], url: str) -> None:
    assert str(server_url(make_mocked_request("GET", "/", headers))) == url


def test_only_https_is_secure() -> None:
    assert server_url(make_mocked_request("GET", "/", {"x-webobjects-server-url": "https://a"})).is_secure
    assert not server_url(make_mocked_request("GET", "/", {"Host": "a"})).is_secure
