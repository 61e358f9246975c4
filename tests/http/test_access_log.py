"""The access line, against lines a running SOGo 5.8 wrote."""

import logging

import pytest
from aiohttp import web

from sogo.http.access_log import line, saved_percent, short_bytes
from sogo.http.app import Dispatch
from tests.http.conftest import Serve


def members(**changes: object) -> dict[str, object]:
    usual: dict[str, object] = {
        "remote": "10.0.0.5",
        "method": "GET",
        "uri": "/SOGo/",
        "version": "HTTP/1.1",
        "status": 200,
        "sent_bytes": 1030,
        "received_bytes": 0,
        "seconds": 0.006,
        "plain_bytes": 2497,
        "growth_bytes": 256 * 1024,
        "open_files": 13,
    }
    return usual | changes


def test_the_line_of_a_compressed_answer_is_the_original_s() -> None:
    wanted = '9.9.9.9, 8.8.8.8 "GET /SOGo/ HTTP/1.1" 200 1030/0 0.006 2497 58% 256K - 13'
    assert line(members(remote="9.9.9.9, 8.8.8.8")) == wanted


def test_the_line_of_a_plain_answer_is_the_original_s() -> None:
    changes = {"method": "PUT", "uri": "/SOGo/dav/", "status": 401, "sent_bytes": 0, "received_bytes": 12}
    wanted = '10.0.0.5 "PUT /SOGo/dav/ HTTP/1.1" 401 0/12 0.001 - - 0 - 13'
    assert line(members(**changes, seconds=0.001, plain_bytes=None, growth_bytes=0)) == wanted


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0"), (1023, "1023"), (1024, "1K"), (856 * 1024 + 5, "856K"), (6 * 1024 * 1024, "6M")]
)
def test_growth_is_shown_short(count: int, text: str) -> None:
    assert short_bytes(count) == text


def test_what_was_saved_is_rounded_down_and_nothing_divides_by_zero() -> None:
    assert saved_percent(2497, 1030) == 58
    assert saved_percent(0, 0) == 0


async def five_thousand(request: web.Request) -> web.StreamResponse:
    await request.read()
    return web.Response(text="x" * 5000)


async def logged(
    serve: Serve,
    caplog: pytest.LogCaptureFixture,
    path: str,
    method: str = "GET",
    answer: Dispatch = five_thousand,
    **ask: object,
) -> logging.LogRecord:
    served = await serve(answer)
    with caplog.at_level(logging.INFO, "sogo.access"):
        await served.ask(path, method=method, **ask)
    [record] = [record for record in caplog.records if record.name == "sogo.access"]
    return record


async def test_sizes_are_those_of_the_bodies(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    record = await logged(serve, caplog, "/x", "PUT", body=b"12345")
    assert '"PUT /x HTTP/1.1" 200 5000/5 ' in record.getMessage()


@pytest.mark.parametrize("status", [201, 204, 302, 304])
async def test_an_answer_without_a_body_has_sent_nothing(
    serve: Serve, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    async def bare(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.Response(status=status, headers={"Location": "/SOGo/"})

    record = await logged(serve, caplog, "/x", "PUT", bare, body=b"12345")
    assert f'"PUT /x HTTP/1.1" {status} 0/5 ' in record.getMessage()


async def test_what_head_leaves_out_was_not_sent(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    record = await logged(serve, caplog, "/x", "HEAD")
    assert '"HEAD /x HTTP/1.1" 200 0/0 ' in record.getMessage()


@pytest.mark.parametrize(
    ("length", "framing"), [("5000", 0), (None, len("1388\r\n\r\n0\r\n\r\n"))], ids=["with its length", "in chunks"]
)
async def test_of_a_stream_everything_but_the_head_was_sent(
    serve: Serve, caplog: pytest.LogCaptureFixture, length: str | None, framing: int
) -> None:
    async def streaming(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=207, headers={"Content-Length": length} if length else {})
        await response.prepare(request)
        await response.write(b"x" * 5000)
        await response.write_eof()
        return response

    record = await logged(serve, caplog, "/x", "REPORT", streaming)
    assert record.access["sent_bytes"] == 5000 + framing


async def test_a_compressed_answer_shows_both_sizes(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    record = await logged(serve, caplog, "/x", headers={"Accept-Encoding": "gzip"})
    assert record.access["plain_bytes"] == 5000
    assert record.access["sent_bytes"] < 100
    assert " 5000 9" in record.getMessage()


async def test_passwords_and_tickets_do_not_get_into_the_log(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    record = await logged(serve, caplog, "/x?userName=jdoe&password=hush&ticket=ST-1&newPassword=hush&a=b")
    assert '"GET /x?userName=jdoe&password=*&ticket=*&newPassword=*&a=b HTTP/1.1"' in record.getMessage()


async def test_the_json_form_carries_id_user_and_face(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    record = await logged(serve, caplog, "/x", headers={"X-Request-ID": "front-1", "User-Agent": "DAVx5"})
    access = record.access
    assert (access["request_id"], access["agent"], access["face"], access["user"]) == ("front-1", "DAVx5", "other", "")


async def test_a_malformed_request_has_its_line_too(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def unreached(request: web.Request) -> web.Response:
        raise AssertionError

    served = await serve(unreached)
    with caplog.at_level(logging.INFO):
        await served.raw(b"\x16\x03\x01\x02\x00")
    assert "127.0.0.1 sent a malformed request" in caplog.text
    assert "Traceback" not in caplog.text
    assert '127.0.0.1 "UNKNOWN / HTTP/1.0" 400 ' in caplog.text
