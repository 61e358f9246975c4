"""WOPort in all its forms, and settings that make no sense."""

import pytest

from sogo.errors import ConfigError
from sogo.server.settings import Listen, ServerSettings, parse_listen


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("127.0.0.1:20000", Listen("127.0.0.1", 20000)),
        ("localhost:20000", Listen("localhost", 20000)),
        ("[::1]:20000", Listen("::1", 20000)),
        ("[::]:80", Listen("::", 80)),
        ("20000", Listen("0.0.0.0", 20000)),
        (":20000", Listen("0.0.0.0", 20000)),
        ("*:20000", Listen("0.0.0.0", 20000)),
        ("auto", Listen("127.0.0.1", 0)),
        ("/run/sogo/socket", Listen(path="/run/sogo/socket")),
        ("unix:/run/sogo/socket", Listen(path="/run/sogo/socket")),
        (" 127.0.0.1:1 ", Listen("127.0.0.1", 1)),
        ("", Listen("127.0.0.1", 20000)),
    ],
)
def test_an_address_to_listen_on_is_read(text: str, wanted: Listen) -> None:
    assert parse_listen(text) == (wanted,)


def test_several_addresses_are_parted_by_commas() -> None:
    assert parse_listen("127.0.0.1:1, [::1]:1") == (Listen("127.0.0.1", 1), Listen("::1", 1))


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "::1:80", "[::1]", "0", "65536", "99999999999999999999", "a b:1", "x:y", ",", "-1", "unix:here"],
)
def test_nonsense_is_refused_with_the_name_of_the_parameter(text: str) -> None:
    with pytest.raises(ConfigError, match="WOPort"):
        parse_listen(text)


def test_a_path_too_long_for_a_socket_is_refused() -> None:
    with pytest.raises(ConfigError, match="too long"):
        parse_listen("/" + "x" * 120)


def test_an_address_is_shown_as_it_is_written() -> None:
    shown = [str(listen) for listen in parse_listen("1.2.3.4:5,[::1]:6,/a")]
    assert shown == ["1.2.3.4:5", "[::1]:6", "unix:/a"]


def test_a_server_without_workers_is_refused() -> None:
    with pytest.raises(ConfigError, match="WOWorkersCount"):
        ServerSettings(workers=0)


def test_a_listen_queue_of_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="WOListenQueueSize"):
        ServerSettings(listen_queue=0)
