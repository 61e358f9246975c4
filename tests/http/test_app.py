"""What every request passes through."""

import asyncio
import logging

import pytest
from aiohttp import web

from sogo.errors import NotFound, RateLimited, StoreUnavailable, TooLarge
from sogo.http.context import CONTEXT, current
from sogo.http.limits import SUPPORTED_METHODS
from sogo.http.load import LOAD
from sogo.http.settings import HttpSettings
from tests.http.conftest import Serve


async def echo(request: web.Request) -> web.Response:
    return web.Response(text=f"{request.method} {request.raw_path}")


@pytest.mark.parametrize("method", sorted(SUPPORTED_METHODS - {"HEAD"}))
async def test_every_known_method_reaches_the_faces(serve: Serve, method: str) -> None:
    served = await serve(echo)
    assert (await served.ask("/SOGo/dav/x", method=method))[2] == f"{method} /SOGo/dav/x".encode()


async def test_head_has_no_body(serve: Serve) -> None:
    served = await serve(echo)
    status, headers, body = await served.ask("/x", method="HEAD")
    assert (status, headers["content-length"], body) == (200, "7", b"")


@pytest.mark.parametrize(
    "path", ["/a%2Fb/c%20d", "//a/../b", "/%0a", "/x?y=%26&y=2", "*", "/é".encode().decode("latin-1")]
)
async def test_the_faces_see_the_path_as_it_was_sent(serve: Serve, path: str) -> None:
    served = await serve(echo)
    status, _, body = await served.ask(path, method="OPTIONS")
    assert (status, body) == (200, f"OPTIONS {path}".encode()) or status == 400


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "SUBSCRIBE", "M-SEARCH", "X-FOO", "VERSION-CONTROL", "UPDATE"])
async def test_a_method_nobody_knows_is_not_implemented(serve: Serve, method: str) -> None:
    served = await serve(echo)
    target = "localhost:80" if method == "CONNECT" else "/"
    assert (await served.ask(target, method=method))[0] == 501


async def test_every_answer_has_an_id_and_careful_headers(serve: Serve) -> None:
    served = await serve(echo)
    _, headers, _ = await served.ask()
    assert len(headers["x-request-id"]) == 16
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["server"] == "SOGo"


async def test_a_request_id_of_the_front_end_is_kept_and_nonsense_is_not(serve: Serve) -> None:
    served = await serve(echo)
    assert (await served.ask(headers={"X-Request-ID": "front-1234"}))[1]["x-request-id"] == "front-1234"
    for odd in ("a b", "x" * 65, "<script>", '"', ""):
        assert (await served.ask(headers={"X-Request-ID": odd}))[1]["x-request-id"] not in (odd, "")


async def test_a_bug_is_a_500_that_tells_only_the_request_id(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def broken(request: web.Request) -> web.Response:
        raise KeyError("the secret of the house")

    served = await serve(broken)
    status, headers, body = await served.ask("/x")
    assert status == 500
    assert body.decode() == f"Internal server error. Request {headers['x-request-id']}\n"
    assert headers["x-request-id"] in caplog.text
    assert "the secret of the house" in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (StoreUnavailable("The database does not answer.", retry_after_seconds=7), 503, "7"),
        (RateLimited("Too often.", retry_after_seconds=9), 429, "9"),
        (TooLarge("Too much.", limit_bytes=1), 413, None),
        (NotFound("A refusal that its face forgot."), 500, None),
        (TimeoutError(), 503, "5"),
        (web.HTTPForbidden(), 403, None),
    ],
)
async def test_refusals_the_faces_did_not_answer_get_a_status(
    serve: Serve, error: Exception, status: int, retry_after: str | None
) -> None:
    async def refuse(request: web.Request) -> web.Response:
        raise error

    served = await serve(refuse)
    answer, headers, _ = await served.ask()
    assert (answer, headers.get("retry-after")) == (status, retry_after)


async def test_the_context_is_found_from_anywhere_and_is_each_request_s_own(serve: Serve) -> None:
    arrived = asyncio.Barrier(2)

    async def whoami(request: web.Request) -> web.Response:
        await arrived.wait()
        context = current()
        assert context is request[CONTEXT]
        return web.Response(text=context.path)

    served = await serve(whoami)
    answers = await asyncio.gather(served.ask("/a"), served.ask("/b"))
    assert [body for _, _, body in answers] == [b"/a", b"/b"]
    assert current() is None


async def test_work_for_a_reader_who_has_gone_is_cancelled(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        begun.set()
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return web.Response()

    served = await serve(slow)
    caplog.set_level(logging.INFO, "sogo.access")
    _, writer = await served.open()
    writer.write(b"PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n")
    await begun.wait()
    writer.close()
    async with asyncio.timeout(30):
        await cancelled.wait()
    await asyncio.sleep(0)
    assert '"PROPFIND / HTTP/1.1" 499 ' in caplog.text


async def test_a_write_runs_to_its_end_though_the_writer_has_gone(serve: Serve) -> None:
    begun, go_on, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        begun.set()
        await go_on.wait()
        done.set()
        return web.Response()

    served = await serve(slow)
    _, writer = await served.open()
    writer.write(b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
    await begun.wait()
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0)
    go_on.set()
    async with asyncio.timeout(30):
        await done.wait()


async def test_nothing_is_left_in_the_list_of_running_requests(serve: Serve) -> None:
    async def mixed(request: web.Request) -> web.Response:
        assert served.app[LOAD].total == 1
        if request.path == "/bug":
            raise ValueError
        if request.path == "/refusal":
            raise web.HTTPNotFound
        return web.Response()

    served = await serve(mixed)
    for path in ("/", "/bug", "/refusal"):
        await served.ask(path)
    assert served.app[LOAD].total == 0


async def test_the_duration_is_told_when_requests_are_debugged(serve: Serve) -> None:
    served = await serve(echo, settings=HttpSettings(debug_requests=True))
    assert float((await served.ask())[1]["sogo-request-duration"]) >= 0


async def test_statements_are_counted_per_request(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    total = 0

    def start() -> "object":
        begin = total
        return lambda: total - begin

    async def asks(request: web.Request) -> web.Response:
        nonlocal total
        total += 3
        return web.Response(text=str(request[CONTEXT].sql_statements))

    served = await serve(asks, start_statement_count=start)
    assert (await served.ask())[2] == (await served.ask())[2] == b"3"
