"""gzip where it pays."""

import gzip

import pytest
from aiohttp import web

from sogo.http.compress import Gzip, Packed, accepts_gzip, is_worthwhile, stream
from sogo.http.settings import HttpSettings
from tests.http.conftest import Serve

GZIP = {"Accept-Encoding": "gzip"}


@pytest.mark.parametrize(
    ("header", "is_accepted"),
    [
        ("gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("x-gzip", True),
        ("GZIP", True),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip ; q=0.5", True),
        ("gzip;q=x", False),
        ("deflate, br", False),
        ("", False),
    ],
)
def test_gzip_is_used_where_the_client_takes_it(header: str, is_accepted: bool) -> None:
    assert accepts_gzip(header) is is_accepted


@pytest.mark.parametrize(
    "kind",
    [
        "text/xml",
        "application/xml",
        "text/calendar",
        "text/vcard",
        "application/json",
        "application/vnd.x+json",
        "text/html",
        "image/svg+xml",
        "application/javascript",
    ],
)
def test_text_is_worth_compressing(kind: str) -> None:
    assert is_worthwhile(kind)


@pytest.mark.parametrize(
    "kind",
    [
        "image/png",
        "application/zip",
        "application/octet-stream",
        "text/event-stream",
        "application/vnd.ms-sync.wbxml",
        "application/xmlfoo",
    ],
)
def test_the_rest_is_not(kind: str) -> None:
    assert not is_worthwhile(kind)


def answering(size: int, **response: object):  # type: ignore[no-untyped-def]
    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=b"<a/>" * (size // 4), **{"content_type": "text/xml"} | response)

    return answer


@pytest.mark.parametrize("size", [1024, 200_000])
async def test_a_compressed_answer_is_the_same_text(serve: Serve, size: int) -> None:
    served = await serve(answering(size, headers={"ETag": '"gcs00000001"'}))
    status, headers, body = await served.ask(headers=GZIP)
    assert (status, headers["content-encoding"], headers["vary"]) == (200, "gzip", "Accept-Encoding")
    assert int(headers["content-length"]) == len(body) < size
    assert gzip.decompress(body) == b"<a/>" * (size // 4)
    assert headers["etag"] == '"gcs00000001"'


@pytest.mark.parametrize(
    ("dispatch", "headers", "settings"),
    [
        (answering(1020), GZIP, HttpSettings()),
        (answering(4000), {}, HttpSettings()),
        (answering(4000), GZIP, HttpSettings(gzip=False)),
        (answering(4000, content_type="image/png"), GZIP, HttpSettings()),
        (answering(4000, status=206), GZIP, HttpSettings()),
        (answering(4000, headers={"Content-Encoding": "br"}), GZIP, HttpSettings()),
    ],
)
async def test_what_does_not_pay_stays_plain(
    serve: Serve,
    dispatch,
    headers: dict[str, str],
    settings: HttpSettings,  # type: ignore[no-untyped-def]
) -> None:
    served = await serve(dispatch, settings=settings)
    _, answer, body = await served.ask(headers=headers)
    assert answer.get("content-encoding") in (None, "br")
    assert body.startswith(b"<a/>")


async def test_caches_are_told_though_this_client_takes_no_gzip(serve: Serve) -> None:
    served = await serve(answering(4000, headers={"Vary": "Brief"}))
    assert (await served.ask())[1]["vary"] == "Brief, Accept-Encoding"


async def streaming(request: web.Request) -> web.StreamResponse:
    """An answer to GET or HEAD that is written piece by piece."""
    response = web.StreamResponse(headers={"Content-Type": "application/xml"})
    stream(request, response, HttpSettings())
    await response.prepare(request)
    if request.method != "HEAD":
        for _ in range(10):
            await response.write(b"<a/>" * 1000)
    await response.write_eof()
    return response


async def test_a_stream_may_be_compressed_as_it_goes(serve: Serve) -> None:
    served = await serve(streaming)
    _, headers, body = await served.ask(headers=GZIP)
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == b"<a/>" * 10_000
    assert (await served.ask())[2] == b"<a/>" * 10_000


async def test_nothing_follows_the_head_of_a_stream_that_head_asks_for(serve: Serve) -> None:
    """Whatever did would be read as the beginning of the next answer."""
    served = await serve(streaming)
    asked = b"HEAD / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"
    answers = await served.raw(asked + asked.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    first, second, rest = answers.split(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200")
    assert second.startswith(b"HTTP/1.1 200")
    assert b"Vary: Accept-Encoding" in first
    assert rest == b""


async def test_head_tells_the_size_of_what_get_would_send(serve: Serve) -> None:
    served = await serve(answering(4000))
    _, got, body = await served.ask(headers=GZIP)
    _, told, nothing = await served.ask(headers=GZIP, method="HEAD")
    assert told["content-length"] == got["content-length"] == str(len(body))
    assert nothing == b""


def test_pieces_packed_before_make_one_stream_in_any_order() -> None:
    pieces = [b"head" * 50, b"", b"kept " * 5_000, bytes(range(256)) * 40, b"tail"]
    for order in ([0, 1, 2, 3, 4], [2, 2, 0, 3], []):
        stream = Gzip(2)
        sent = [stream.begin()]
        sent += [stream.add(Packed.of(pieces[n], 2) if n % 2 == 0 else pieces[n]) for n in order]
        sent.append(stream.end())
        assert gzip.decompress(b"".join(sent)) == b"".join(pieces[n] for n in order)
    assert [Packed.of(piece, 2).unpacked() for piece in pieces] == pieces
