"""What one request may cost at most, and hostile input on the wire."""

import asyncio
import contextlib
import gzip
import logging
import socket
import tempfile
from pathlib import Path

import pytest
from aiohttp import web

from sogo.http.connection import ConnectionSettings
from sogo.http.context import CONTEXT
from sogo.http.limits import UPLOAD_LIMIT_TEXT, read_body
from sogo.http.load import LOAD
from sogo.http.settings import HttpSettings
from tests.http.conftest import Serve, parse

OK = b"HTTP/1.1 200"


async def measure(request: web.Request) -> web.Response:
    """Answers the length of the body, read as the faces read it."""
    return web.Response(text=str(len(await read_body(request, 100_000))))


async def unreached(request: web.Request) -> web.Response:
    raise AssertionError("this request must not reach a face")


def head(*lines: str, method: str = "PUT", path: str = "/x") -> bytes:
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: a", *lines, "", "")).encode("latin-1")


# --- sizes ------------------------------------------------------------------------------------------------------------


async def test_a_body_beyond_the_upload_limit_is_refused_before_it_is_sent(serve: Serve) -> None:
    quick = ConnectionSettings(lingering_seconds=0.05)
    served = await serve(unreached, settings=HttpSettings(max_upload_bytes=1000), connection=quick)
    status, headers, body = parse(await served.raw(head("Content-Length: 1001", "Expect: 100-continue")))
    assert (status, body.decode()) == (413, UPLOAD_LIMIT_TEXT + "\n")
    assert headers["connection"] == "close"


async def test_a_body_that_will_be_taken_is_asked_for(serve: Serve) -> None:
    served = await serve(measure)
    reader, writer = await served.open()
    writer.write(head("Content-Length: 5", "Expect: 100-continue", "Connection: close"))
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(b"12345")
    assert parse(await reader.read())[2] == b"5"
    writer.close()


async def test_another_expectation_is_refused(serve: Serve) -> None:
    served = await serve(unreached)
    assert parse(await served.raw(head("Expect: a-miracle", "Connection: close")))[0] == 417


async def test_a_chunked_body_is_counted_as_it_comes(serve: Serve) -> None:
    served = await serve(measure)
    chunk = b"2710\r\n" + b"x" * 10_000 + b"\r\n"
    start = head("Transfer-Encoding: chunked", "Connection: close")
    assert parse(await served.raw(start + 10 * chunk + b"0\r\n\r\n"))[2] == b"100000"
    assert parse(await served.raw(start + 11 * chunk + b"0\r\n\r\n"))[0] == 413


async def test_a_whole_body_read_by_aiohttp_is_bounded_too(serve: Serve) -> None:
    async def read(request: web.Request) -> web.Response:
        return web.Response(text=str(len(await request.read())))

    served = await serve(read, settings=HttpSettings(max_body_bytes=15_000))
    chunk = b"2710\r\n" + b"x" * 10_000 + b"\r\n"
    start = head("Transfer-Encoding: chunked", "Connection: close")
    assert parse(await served.raw(start + chunk + b"0\r\n\r\n"))[2] == b"10000"
    assert parse(await served.raw(start + 2 * chunk + b"0\r\n\r\n"))[0] == 413


async def test_a_url_that_is_too_long_is_a_414(serve: Serve) -> None:
    served = await serve(unreached)
    for length in (9_000, 20_000, 200_000):
        answer = await served.raw(head("Connection: close", method="GET", path="/" + "x" * length))
        assert parse(answer)[0] == 414


async def test_a_header_that_is_too_long_is_a_431(serve: Serve) -> None:
    served = await serve(unreached)
    assert parse(await served.raw(head("Cookie: " + "x" * 20_000)))[0] == 431


async def test_a_long_if_header_is_taken(serve: Serve) -> None:
    served = await serve(measure)
    answer = await served.raw(head("If: " + "(<urn:x>)" * 1_500, "Content-Length: 1", "Connection: close") + b"x")
    assert answer.startswith(OK)


async def test_too_many_headers_are_a_431(serve: Serve) -> None:
    served = await serve(unreached)
    assert parse(await served.raw(head(*["X: y"] * 500)))[0] == 431


async def test_a_coded_body_is_refused_however_little_it_is(serve: Serve) -> None:
    served = await serve(unreached)
    bomb = gzip.compress(bytes(10_000_000))
    for coding in ("gzip", "deflate", "br", "zstd", "GZIP"):
        answer = await served.raw(head(f"Content-Encoding: {coding}", f"Content-Length: {len(bomb)}") + bomb)
        status, headers, _ = parse(answer)
        assert (status, headers["accept-encoding"]) == (415, "identity")


async def test_a_body_as_it_is_may_say_so(serve: Serve) -> None:
    served = await serve(measure)
    answer = await served.raw(head("Content-Encoding: identity", "Content-Length: 1", "Connection: close") + b"x")
    assert parse(answer)[2] == b"1"


# --- framing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_bytes",
    [
        head("Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        head("Transfer-Encoding: chunked", "Content-Length: 3") + b"0\r\n\r\n",
        head("Content-Length: 3", "Content-Length: 4") + b"abcd",
        head("Content-Length: +3") + b"abc",
        head("Content-Length: 3,3") + b"abc",
        head("Content-Length: -1"),
        head("Transfer-Encoding: chunked", "Transfer-Encoding: identity") + b"0\r\n\r\n",
        head("Transfer-Encoding : chunked") + b"0\r\n\r\n",
        head("Transfer-Encoding: chunked") + b"zz\r\nabc\r\n0\r\n\r\n",
        head("X: a\nContent-Length: 3"),
        head("X: a\0b"),
        head("Host: b"),
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x00\xff\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
async def test_ambiguous_or_broken_framing_is_a_400_and_closes(serve: Serve, request_bytes: bytes) -> None:
    served = await serve(measure)
    status, _, body = parse(await served.raw(request_bytes))
    assert status == 400
    assert b"chunked" not in body


async def test_an_unknown_transfer_coding_is_not_implemented(serve: Serve) -> None:
    served = await serve(unreached)
    assert parse(await served.raw(head("Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n"))[0] == 501


@pytest.mark.parametrize("line", [b"GET / HTTP/2.0", b"GET /"])
async def test_another_major_version_is_refused(serve: Serve, line: bytes) -> None:
    served = await serve(unreached)
    assert b" 505 " in (await served.raw(line + b"\r\nHost: a\r\n\r\n"))[:20]


async def test_a_body_whose_chunks_break_later_on_is_a_400(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    begun = asyncio.Event()

    async def read(request: web.Request) -> web.Response:
        begun.set()
        return await measure(request)

    served = await serve(read)
    reader, writer = await served.open()
    writer.write(head("Transfer-Encoding: chunked") + b"3\r\nabc\r\n")
    await begun.wait()
    writer.write(b"zz\r\n")
    assert parse(await reader.read())[0] == 400
    writer.close()
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("line", [b"FROBNICATE / HTTP/1.1", b"GET / HTTP/2.0", b"\x16\x03"])
async def test_a_refusal_of_the_parser_does_not_tell_what_we_are_made_of(serve: Serve, line: bytes) -> None:
    served = await serve(unreached)
    _, headers, _ = parse(await served.raw(line + b"\r\nHost: a\r\n\r\n"))
    assert headers["server"] == "SOGo"
    assert headers["x-content-type-options"] == "nosniff"


async def test_the_second_request_of_a_smuggled_pair_is_never_seen(serve: Serve) -> None:
    seen = []

    async def note(request: web.Request) -> web.Response:
        seen.append(request.path)
        await request.read()
        return web.Response()

    served = await serve(note)
    inner = b"GET /inner HTTP/1.1\r\nHost: a\r\n\r\n"
    await served.raw(head(f"Content-Length: {len(inner) + 5}", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + inner)
    assert seen == []


# --- time -------------------------------------------------------------------------------------------------------------


async def test_a_body_that_trickles_is_given_up(serve: Serve) -> None:
    served = await serve(measure, settings=HttpSettings(receive_seconds=0.1))
    reader, writer = await served.open()
    writer.write(head("Content-Length: 50000") + b"x")
    status, headers, _ = parse(await reader.read())
    assert (status, headers["connection"]) == (408, "close")
    writer.close()
    assert served.app[LOAD].total == 0


async def test_a_body_that_comes_steadily_is_not_given_up(serve: Serve) -> None:
    served = await serve(measure, settings=HttpSettings(receive_seconds=0.05))
    reader, writer = await served.open()
    writer.write(head("Content-Length: 40000", "Connection: close"))
    for _ in range(20):
        writer.write(b"x" * 2000)
        await asyncio.sleep(0.01)
    assert parse(await reader.read())[2] == b"40000"
    writer.close()


async def test_a_head_that_does_not_come_to_an_end_is_closed(serve: Serve) -> None:
    served = await serve(unreached, connection=ConnectionSettings(keepalive_seconds=0.2))
    reader, writer = await served.open()

    async def trickle() -> None:
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n")
        while not writer.is_closing():
            writer.write(b"X: y\r\n")
            await asyncio.sleep(0.02)

    trickling = asyncio.create_task(trickle())
    async with asyncio.timeout(30):
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
    trickling.cancel()
    writer.close()


async def test_a_silent_connection_is_closed(serve: Serve) -> None:
    served = await serve(unreached, connection=ConnectionSettings(keepalive_seconds=0.1))
    assert await served.raw(b"") == b""


async def test_a_client_that_does_not_take_its_answer_is_cut_off(serve: Serve) -> None:
    async def large(request: web.Request) -> web.Response:
        return web.Response(body=bytes(30_000_000))

    served = await serve(large, connection=ConnectionSettings(send_seconds=0.3))
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", served.port))
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        async with asyncio.timeout(30):
            while not served.connections:
                await asyncio.sleep(0.01)
            while served.connections:
                await asyncio.sleep(0.01)


async def test_more_connections_than_allowed_are_turned_away(serve: Serve) -> None:
    served = await serve(measure, connection=ConnectionSettings(max_connections=3))
    held = [await served.open() for _ in range(3)]
    for reader, writer in held:
        writer.write(head("Content-Length: 0", method="OPTIONS"))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(OK)
    status, headers, body = parse(await served.raw(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
    assert (status, headers["content-length"], len(body)) == (503, "21", 21)
    for _, writer in held:
        writer.close()


async def test_a_request_that_runs_too_long_is_cancelled(serve: Serve) -> None:
    async def endless(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    served = await serve(endless, settings=HttpSettings(request_seconds=0.05))
    assert (await served.ask())[0] == 503


async def test_the_clock_stands_while_a_request_waits_for_news(serve: Serve) -> None:
    async def poll(request: web.Request) -> web.Response:
        with request[CONTEXT].parked():
            await asyncio.sleep(0.3)
        return web.Response(text="news")

    served = await serve(poll, settings=HttpSettings(request_seconds=0.1))
    assert (await served.ask())[2] == b"news"


# --- uploads that are broken off (CVE-2016-6188) ----------------------------------------------------------------------


@pytest.mark.parametrize("content_type", ["text/calendar", "multipart/form-data; boundary=b"])
async def test_uploads_broken_off_leave_nothing_behind(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content_type: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    served = await serve(measure)
    part = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n' + b"x" * 50_000
    for _ in range(50):
        _, writer = await served.open()
        writer.write(head(f"Content-Type: {content_type}", "Content-Length: 90000") + part)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    async with asyncio.timeout(30):
        while served.app[LOAD].total:
            await asyncio.sleep(0.01)
    assert list(tmp_path.iterdir()) == []
    assert (await served.ask("/x", method="PUT", body=b"still here"))[2] == b"10"


async def test_an_upload_broken_off_is_no_fault_of_ours(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    served = await serve(measure)
    _, writer = await served.open()
    writer.write(head("Content-Length: 90000") + b"x" * 500)
    await writer.drain()
    async with asyncio.timeout(30):
        while not served.app[LOAD].total:
            await asyncio.sleep(0.01)
        writer.close()
        while not any(" 499 " in record.getMessage() for record in caplog.records):
            await asyncio.sleep(0.01)
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
