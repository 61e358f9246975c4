"""What memcached must not do to us: be down, hang, or be asked for what it cannot hold."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from sogo.store.memcached import MemcachedCache, MemcachedSettings, parse_servers, server_index, wire_key
from tests.support.services import Memcached, free_port


class Listener:
    """Accepts connections, counts them and says `answer` (or nothing) to whatever comes."""

    def __init__(self, answer: bytes = b"") -> None:
        self.accepted = 0
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.accepted += 1
            self._open.append(connection)
            if self._answer:
                connection.sendall(self._answer)

    def close(self) -> None:
        for connection in [self._socket, *self._open]:
            connection.close()


@pytest.fixture
def silent() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("localhost", [("localhost", 11211)]),
        ("a:1234,b", [("a", 1234), ("b", 11211)]),
        (" a:1 , b:2 ", [("a", 1), ("b", 2)]),
        ("a:1:10", [("a", 1)]),
        ("a:1/?2", [("a", 1)]),
        ("[::1]:5,[fe80::1]", [("::1", 5), ("fe80::1", 11211)]),
        ("/var/run/memcached.sock", ["/var/run/memcached.sock"]),
        ("--SERVER=a:1 --SERVER=b:2", [("a", 1), ("b", 2)]),
        ("", []),
        (":::", []),
    ],
)
def test_the_server_list_is_read_as_libmemcached_does(text: str, servers: list[object]) -> None:
    assert parse_servers(text) == servers


@pytest.mark.parametrize(
    ("key", "hashed"), [("abc", 3977453403), ("é+attributes", 3687172522), ("sogo-tests1+attributes", 369816380)]
)
def test_the_server_of_a_key_is_the_one_libmemcached_takes(key: str, hashed: int) -> None:
    assert server_index(key.encode(), 2**32) == hashed
    assert server_index(key.encode(), 3) == hashed % 3


def test_keys_of_the_original_are_sent_as_they_are() -> None:
    assert wire_key("jdoe@example.com+attributes") == b"jdoe@example.com+attributes"
    assert wire_key("/Users/jdoe/Calendar/personal+acl") == b"/Users/jdoe/Calendar/personal+acl"
    assert wire_key("zoë+attributes") == "zoë+attributes".encode()
    assert wire_key("/Users/jdoe/Calendar/my folder") == b"/Users/jdoe/Calendar/my folder"
    assert len(wire_key("x" * 300)) < 250


async def test_a_dead_server_is_a_miss() -> None:
    cache = MemcachedCache(MemcachedSettings(f"127.0.0.1:{free_port()}"))
    await cache.set("a", "1")
    assert await cache.get("a") is None
    assert await cache.add("a", "1") is False
    await cache.delete("a")
    await cache.close()
    assert await cache.get("a") is None


async def test_a_hanging_server_is_asked_once_and_then_left_alone(silent: Listener) -> None:
    now = [100.0]
    settings = MemcachedSettings(f"127.0.0.1:{silent.port}", timeout_seconds=0.1, pause_seconds=5, threads=2)
    cache = MemcachedCache(settings, clock=lambda: now[0])
    assert await cache.get("a") is None
    asked = silent.accepted
    for _ in range(50):
        assert await cache.get("a") is None
    assert silent.accepted == asked == 1
    now[0] += 5.1
    assert await cache.get("a") is None
    assert silent.accepted == asked + 1
    await cache.close()


async def test_a_crowd_before_a_hanging_server_goes_on_within_its_timeout(silent: Listener) -> None:
    settings = MemcachedSettings(f"127.0.0.1:{silent.port}", timeout_seconds=0.2, threads=2)
    cache = MemcachedCache(settings)
    found = await asyncio.gather(*(cache.get(f"key{number}") for number in range(200)))
    assert found == [None] * 200
    assert silent.accepted <= 2
    await cache.close()


async def test_nonsense_from_a_server_is_a_miss() -> None:
    listener = Listener(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    cache = MemcachedCache(MemcachedSettings(f"127.0.0.1:{listener.port}"))
    assert await cache.get("a") is None
    await cache.close()
    listener.close()


async def test_no_server_at_all_is_no_cache() -> None:
    cache = MemcachedCache(MemcachedSettings(""))
    await cache.set("a", "1")
    assert await cache.get("a") is None
    await cache.close()


@pytest.mark.services
async def test_a_server_that_comes_back_is_used_again() -> None:
    now = [100.0]
    with Memcached() as server:
        settings = MemcachedSettings(f"127.0.0.1:{server.port}", timeout_seconds=2)
        cache = MemcachedCache(settings, clock=lambda: now[0])
        await cache.set("a", "1")
        server.stop()
        assert await cache.get("a") is None
        server.start()
        now[0] += 60
        await cache.set("a", "2")
        assert await cache.get("a") == "2"
        await cache.close()


@pytest.mark.services
async def test_connections_from_before_a_restart_cost_nothing() -> None:
    with Memcached() as server:
        cache = MemcachedCache(MemcachedSettings(f"127.0.0.1:{server.port}", timeout_seconds=2))
        await asyncio.gather(*(cache.set(f"key{number}", "1") for number in range(8)))
        server.restart()
        await cache.set("a", "2")
        assert await cache.get("a") == "2"
        assert cache.faults == 0
        await cache.close()


@pytest.mark.services
async def test_what_is_deleted_is_gone_from_a_server_that_is_left_alone_for_now() -> None:
    """Another server of the site may have filled it again, and would show and write back what was before."""
    now = [100.0]
    with Memcached() as server:
        settings = MemcachedSettings(f"127.0.0.1:{server.port}", timeout_seconds=2)
        cache, other = MemcachedCache(settings, clock=lambda: now[0]), MemcachedCache(settings)
        server.stop()
        assert await cache.get("a") is None
        server.start()
        await other.set("a", "old")
        assert await cache.get("a") is None, "it is left alone"
        await cache.delete("a")
        assert await other.get("a") is None
        await cache.set("a", "new")
        assert await other.get("a") == "new"
        await cache.close()
        await other.close()


@pytest.mark.services
async def test_several_servers_share_the_keys_and_one_may_die() -> None:
    with Memcached() as first, Memcached() as second:
        servers = f"127.0.0.1:{first.port},127.0.0.1:{second.port}"
        cache = MemcachedCache(MemcachedSettings(servers, timeout_seconds=2))
        keys = [f"user{number}+attributes" for number in range(40)]
        for key in keys:
            await cache.set(key, key)
        assert await cache.get_many(keys) == {key: key for key in keys}
        second.stop()
        assert set(await cache.get_many(keys)) == {key for key in keys if server_index(key.encode(), 2) == 0}
        await cache.close()


@pytest.mark.services
async def test_values_are_stored_as_plain_text_with_flag_zero(memcached_server: Memcached) -> None:
    cache = MemcachedCache(MemcachedSettings(f"127.0.0.1:{memcached_server.port}", timeout_seconds=2))
    await cache.set("flags+attributes", "é")
    await cache.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", memcached_server.port)
    writer.write(b"get flags+attributes\r\n")
    assert await reader.readline() == b"VALUE flags+attributes 0 2\r\n"
    assert await reader.readline() == "é\r\n".encode()
    writer.close()


def _binary(operation: int, key: bytes, extras: bytes = b"", value: bytes = b"") -> bytes:
    """A request of memcached's binary protocol, as libmemcached sends it for the original."""
    length = len(extras) + len(key) + len(value)
    header = struct.pack(">BBHBBHIIQ", 0x80, operation, len(key), len(extras), 0, 0, length, 0, 0)
    return header + extras + key + value


async def _asked(port: int, request: bytes) -> tuple[int, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    fields = struct.unpack(">BBHBBHIIQ", await reader.readexactly(24))
    body = await reader.readexactly(fields[6])
    writer.close()
    return fields[5], body


@pytest.mark.services
@pytest.mark.parametrize("name", ["my folder", " ", "tab\t", "café au lait"])
async def test_a_key_with_blanks_is_the_originals(memcached_server: Memcached, name: str) -> None:
    key = f"/Users/jdoe/Calendar/{name}"
    cache = MemcachedCache(MemcachedSettings(f"127.0.0.1:{memcached_server.port}", timeout_seconds=2))
    kept = struct.pack(">II", 0, 300)
    assert (await _asked(memcached_server.port, _binary(1, key.encode(), kept, b"theirs")))[0] == 0
    assert await cache.get_many([key, "plain"]) == {key: "theirs"}
    assert await cache.add(key, "ours") is False
    await cache.delete("plain", key)
    assert (await _asked(memcached_server.port, _binary(0, key.encode())))[0] == 1
    assert await cache.add(key, "ours") is True
    assert (await _asked(memcached_server.port, _binary(0, key.encode()))) == (0, b"\0\0\0\0ours")
    await cache.set(key, "é")
    assert await cache.get(key) == "é"
    await cache.delete(key)
    assert cache.faults == 0
    await cache.close()


@pytest.mark.services
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0", " ", "\t", "\x0b", "\x85", "\u2028", "\r\n" * 200])
async def test_no_name_is_a_command(memcached_server: Memcached, end: str) -> None:
    """CVE-2022-27924 of a peer: what stands after the line end in a login or a folder's name is one for memcached."""
    cache = MemcachedCache(MemcachedSettings(f"127.0.0.1:{memcached_server.port}", timeout_seconds=2))
    hostile = f"jdoe{end}set injected 0 0 5{end}value{end}"
    await cache.set("injected", "before")
    await cache.set(hostile, f"mine{end}set injected 0 0 5{end}value")
    assert await cache.add(f"{hostile}2", "x") is True
    assert await cache.get_many([hostile, "injected"]) == {
        hostile: f"mine{end}set injected 0 0 5{end}value",
        "injected": "before",
    }
    await cache.delete(hostile, f"{hostile}2")
    assert await cache.get_many([hostile, f"{hostile}2", "injected"]) == {"injected": "before"}
    assert cache.faults == 0
    await cache.close()


@pytest.mark.parametrize(
    "answer", [b"", b"ERROR\r\n" * 9, b"\x81\x00" + b"\xff" * 60, b"\x81\x04\0\0\0\0\0\x20" + b"\0" * 60]
)
async def test_nonsense_for_a_key_with_blanks_is_a_miss(answer: bytes) -> None:
    listener = Listener(answer)
    cache = MemcachedCache(MemcachedSettings(f"127.0.0.1:{listener.port}", timeout_seconds=0.1))
    assert await cache.get("a b") is None
    await cache.delete("a b")
    assert cache.faults == 2
    await cache.close()
    listener.close()


@pytest.mark.services
async def test_a_server_that_dies_under_load_slows_nobody_for_long() -> None:
    """Every call comes back with what is there or with a miss; none raises, none waits longer than the time limits."""
    with Memcached() as server:
        settings = MemcachedSettings(f"127.0.0.1:{server.port}", timeout_seconds=0.2)
        cache = MemcachedCache(settings)
        await cache.set("a", "1")
        found: list[str | None] = []

        async def ask() -> None:
            for _ in range(30):
                found.append(await cache.get("a"))
                await cache.delete("b", "c d")
                await asyncio.sleep(0.001)

        askers = [asyncio.create_task(ask()) for _ in range(20)]
        while len(found) < 40:
            await asyncio.sleep(0.001)
        await asyncio.to_thread(server.kill)
        async with asyncio.timeout(30):
            await asyncio.gather(*askers)
        assert len(found) == 600
        assert set(found) == {"1", None}
        assert found[-1] is None
        await cache.close()
