"""Requests to places that others name: where they may not go, and how long and how large they may be.

The servers are real ones, on loopback, which the site of the test has allowed or not; names are answered by the test.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from sogo.errors import OutboundFailed, OutboundRefused
from sogo.outbound.addresses import is_public
from sogo.outbound.client import Outbound, OutboundSettings
from sogo.outbound.connections import Resolver
from tests.support.tls import make_certificate

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Names:
    """A name server: each question takes the next answer, the last one again and again."""

    def __init__(self, **names: list[str]) -> None:
        self._names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, family: int) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        answers = self._names.get(host)
        if answers is None:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        found = []
        for text in answer.split():
            version = socket.AF_INET6 if ":" in text else socket.AF_INET
            place = (text, port, 0, 0) if ":" in text else (text, port)
            found.append((version, socket.SOCK_STREAM, 6, "", place))
        return found


@asynccontextmanager
async def outbound(**changes: Any) -> AsyncIterator[Outbound]:
    made = Outbound(replace(OutboundSettings(), **changes))
    try:
        yield made
    finally:
        await made.close()


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server(ssl=tls)
    try:
        assert server.port is not None
        yield server.port
    finally:
        await server.close()


async def hello(request: web.Request) -> web.StreamResponse:
    return web.Response(text=f"{request.method} {request.path} {await request.text()}", headers={"Set-Cookie": "a=b"})


@pytest.mark.parametrize(
    "url",
    [
        "", "https://", "ftp://example.org/", "file:///etc/passwd", "http://example.org/", "gopher://example.org/",
        "//example.org/", "example.org", "https://user:pw@example.org/", "https://@127.0.0.1/", "https://a b/", "https://a\n/",
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest/meta-data/",
        "https://[fe80::1%25eth0]/", "https://[64:ff9b::7f00:1]/", "https://10.0.0.1:8443/", "https://0/", "https://127.1/",
        "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://[::]/", "https://example.org:99999/",
        "https://localhost/", "https://LOCALHOST/", "https://①②⑦.0.0.1/", "https://" + "a" * 5000 + "/",
    ],
)  # fmt: skip
async def test_hostile_addresses_are_not_asked(url: str) -> None:
    async with outbound() as client:
        with pytest.raises(OutboundRefused):
            await client.post(url, b"", {})


@pytest.mark.parametrize(
    "answer",
    [
        "127.0.0.1",
        "10.0.0.1 192.168.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "169.254.169.254",
        "fd00::1",
        "64:ff9b::7f00:1",
        "0.0.0.0",
    ],
)
async def test_a_name_that_leads_inside_is_refused(answer: str) -> None:
    async with outbound(lookup=Names(evil_example=[answer])) as client:
        with pytest.raises(OutboundRefused):
            await client.post("https://evil.example/", b"", {})


async def test_of_several_addresses_only_permitted_ones_are_tried() -> None:
    names = Names(mixed_example=["127.0.0.1 8.8.8.8 ::1 2600::1 10.0.0.1"], none_example=[""])
    with ThreadPoolExecutor(1) as threads:
        resolver = Resolver(is_public, names, threads)
        found = await resolver.resolve("mixed.example", 443)
        assert [(one["host"], one["port"]) for one in found] == [("8.8.8.8", 443), ("2600::1", 443)]
        assert await resolver.resolve("none.example", 443) == []


async def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    """What was looked at is what is connected to: the name is asked once for a connection, and the second answer, that
    leads inside, is refused by itself."""
    names = Names(rebind_example=["127.0.0.2", "10.0.0.1"])
    allowed = (ipaddress.ip_network("127.0.0.2/32"),)
    async with serving(hello) as port, outbound(lookup=names, allowed=allowed, connect_seconds=0.5) as client:
        with pytest.raises(OutboundFailed):  # nobody listens there
            await client.get(f"http://rebind.example:{port}/", {}, max_bytes=100)
        assert names.asked == ["rebind.example"]
        with pytest.raises(OutboundRefused):
            await client.get(f"http://rebind.example:{port}/", {}, max_bytes=100)


async def test_an_allowed_network_is_reached_by_http_and_by_name() -> None:
    async with serving(hello) as port, outbound(lookup=Names(push_lan=["127.0.0.1"]), allowed=LOOPBACK) as client:
        reply = await client.get(f"http://push.lan:{port}/a#b", {}, max_bytes=100)
        assert (reply.status, reply.body) == (200, b"GET /a ")
        assert (await client.post(f"http://127.0.0.1:{port}/", b"x", {})).body == b""


async def test_http_is_for_allowed_networks_only() -> None:
    async with outbound(lookup=Names(a_example=["8.8.8.8"]), allowed=LOOPBACK) as client:
        with pytest.raises(OutboundRefused):
            await client.post("http://a.example/", b"", {})


async def test_redirects_are_looked_at_again() -> None:
    seen: list[tuple[str, str | None]] = []

    async def lead(request: web.Request) -> web.StreamResponse:
        seen.append((request.path, request.headers.get("Authorization")))
        places = {
            "/inside": "http://10.0.0.1/", "/file": "file:///etc/passwd", "/loop": "/loop", "/ok": "/done",
            "/away": f"http://other.lan:{request.url.port}/done",
        }  # fmt: skip
        there = places.get(request.path)
        return web.Response(text="done") if there is None else web.Response(status=302, headers={"Location": there})

    names = Names(other_lan=["127.0.0.1"])
    async with serving(lead) as port, outbound(allowed=LOOPBACK, lookup=names) as client:
        base = f"http://127.0.0.1:{port}"
        for path in ("/inside", "/file"):
            with pytest.raises(OutboundRefused):
                await client.get(base + path, {}, max_bytes=100, max_redirects=5)
        assert (await client.get(base + "/loop", {}, max_bytes=100, max_redirects=3)).status == 302
        assert [path for path, _ in seen].count("/loop") == 4
        assert (await client.get(base + "/ok", {}, max_bytes=100, max_redirects=1)).body == b"done"
        assert (await client.get(base + "/ok", {}, max_bytes=100)).status == 302
        seen.clear()
        headers = {"Authorization": "Basic eHg6eXk="}
        assert (await client.get(base + "/away", headers, max_bytes=100, max_redirects=1)).body == b"done"
        assert seen == [("/away", "Basic eHg6eXk="), ("/done", None)]
        assert (await client.post(base + "/ok", b"", {})).status == 302


async def test_an_answer_that_is_too_long_or_too_slow_is_given_up() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        if request.path == "/slow":
            await asyncio.sleep(60)
        try:
            while True:
                await response.write(b"x" * 65536)
        except ConnectionError:
            return response

    async with serving(endless) as port, outbound(allowed=LOOPBACK, total_seconds=1) as client:
        base = f"http://127.0.0.1:{port}"
        with pytest.raises(OutboundFailed, match="too long"):
            await client.get(base + "/", {}, max_bytes=1_000_000)
        with pytest.raises(OutboundFailed, match="in time"):
            await client.get(base + "/slow", {}, max_bytes=1_000_000)
        assert (await client.post(base + "/", b"", {})).status == 200


async def test_cookies_and_proxies_are_nobodys_business(monkeypatch: pytest.MonkeyPatch) -> None:
    async def cookies(request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.headers.get("Cookie", "none"), headers={"Set-Cookie": "a=b"})

    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    async with serving(cookies) as port, outbound(allowed=LOOPBACK) as client:
        for _ in range(2):
            assert (await client.get(f"http://127.0.0.1:{port}/", {}, max_bytes=9)).body == b"none"


async def test_certificates_are_verified(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    async with serving(hello, server) as port:
        async with outbound(allowed=LOOPBACK) as client:
            with pytest.raises(OutboundFailed):
                await client.post(f"https://127.0.0.1:{port}/", b"", {})
        trusted = ssl.create_default_context(cafile=str(certificate))
        names = Names(wrong_example=["127.0.0.1"])
        async with outbound(allowed=LOOPBACK, tls=trusted, lookup=names) as client:
            assert (await client.post(f"https://127.0.0.1:{port}/", b"", {})).status == 200
            with pytest.raises(OutboundFailed):
                await client.post(f"https://wrong.example:{port}/", b"", {})


async def test_an_unknown_name_is_a_failure_and_not_a_refusal() -> None:
    async with outbound(lookup=Names()) as client:
        with pytest.raises(OutboundFailed):
            await client.post("https://nowhere.example/", b"", {})
