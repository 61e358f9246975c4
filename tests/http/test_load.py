"""Too much at once: refused at once, and long polls never starve the rest."""

import asyncio

import pytest
from aiohttp import web

from sogo.http.context import CONTEXT, RequestContext
from sogo.http.load import LOAD, Load
from sogo.http.settings import HttpSettings
from tests.http.conftest import Serve


async def test_what_is_too_much_is_told_to_come_back(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    go_on = asyncio.Event()

    async def slow(request: web.Request) -> web.Response:
        await go_on.wait()
        return web.Response(text="done")

    served = await serve(slow, settings=HttpSettings(max_running=2, retry_after_seconds=7))
    running = [asyncio.create_task(served.ask()) for _ in range(2)]
    await _until(lambda: served.app[LOAD].total == 2)
    status, headers, _ = await served.ask()
    assert (status, headers["retry-after"], headers["connection"]) == (503, "7", "close")
    assert (await served.ask("/healthz"))[0] == 200
    await served.ask()
    assert caplog.text.count("No child available to handle incoming request!") == 1
    go_on.set()
    assert [body for _, _, body in await asyncio.gather(*running)] == [b"done", b"done"]


async def test_parked_requests_leave_room_for_the_others(serve: Serve) -> None:
    news = asyncio.Event()

    async def mixed(request: web.Request) -> web.Response:
        if request.path == "/poll":
            with request[CONTEXT].parked():
                await news.wait()
        return web.Response(text="done")

    served = await serve(mixed, settings=HttpSettings(max_running=2, max_parked=10))
    polls = []
    for count in range(1, 11):
        polls.append(asyncio.create_task(served.ask("/poll")))
        await _until(lambda wanted=count: served.app[LOAD].parked == wanted)
    assert (await served.ask("/hello"))[0] == 200
    polls.append(asyncio.create_task(served.ask("/poll")))
    await _until(lambda: served.app[LOAD].parked == 11)
    assert (await served.ask("/poll"))[0] == 503
    news.set()
    assert {status for status, _, _ in await asyncio.gather(*polls)} == {200}


def test_the_oldest_request_is_told_without_the_parked_ones() -> None:
    load, old, young = Load(), context(), context()
    assert load.oldest_seconds == 0.0
    old.active_since -= 100
    young.active_since -= 10
    load.enter(old)
    load.enter(young)
    assert load.oldest_seconds >= 100
    old.is_long_poll = True
    assert 10 <= load.oldest_seconds < 100
    assert (load.running, load.parked, load.total) == (1, 1, 2)
    load.leave(young)
    assert load.oldest_seconds == 0.0


def context() -> RequestContext:
    return RequestContext("id", "GET", "/", "10.0.0.5")


async def _until(what) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(30):
        while not what():
            await asyncio.sleep(0.005)
