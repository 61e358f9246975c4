"""Too much at once: refused at once, and long polls never starve the rest."""

import asyncio

import pytest
from aiohttp import web

from sogo.errors import RateLimited
from sogo.http.context import CONTEXT, RequestContext
from sogo.http.limits import read_body
from sogo.http.load import LOAD, Load
from sogo.http.settings import HttpSettings
from tests.http.conftest import Serve, Served, parse


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
    load, old, young = Load(HttpSettings()), context(), context()
    assert load.oldest_seconds == 0.0
    old.active_since -= 100
    young.active_since -= 10
    load.enter(old)
    load.enter(young)
    assert load.oldest_seconds >= 100
    with old.parked():
        assert 10 <= load.oldest_seconds < 100
        assert (load.running, load.parked, load.total) == (1, 1, 2)
        load.leave(young)
        assert load.oldest_seconds == 0.0
    assert (load.running, load.parked, load.total) == (1, 0, 1)


# --- one user among others --------------------------------------------------------------------------------------------


def test_a_user_has_a_share_and_what_only_waits_is_not_in_it() -> None:
    load = Load(HttpSettings(max_running_per_user=2, retry_after_seconds=7))
    first, second, third, other = (entered(load) for _ in range(4))
    load.admit(first, "jdoe")
    load.admit(second, "jdoe")
    with pytest.raises(RateLimited) as refused:
        load.admit(third, "jdoe")
    assert refused.value.retry_after_seconds == 7
    load.admit(other, "ann")
    with first.parked():
        load.admit(third, "jdoe")
    load.leave(second)
    with pytest.raises(RateLimited):
        load.admit(entered(load), "jdoe")
    load.leave(first)
    load.admit(entered(load), "jdoe")


def test_nothing_is_kept_of_users_who_have_gone() -> None:
    load = Load(HttpSettings())
    for number in range(100):
        one = entered(load)
        load.admit(one, f"user{number}")
        with one.parked():
            two = entered(load)
            load.admit(two, f"user{number}")
            load.leave(two)
            assert load.users == 1
        load.leave(one)
    assert (load.users, load.total, load.parked) == (0, 0, 0)


async def test_uploads_on_their_way_keep_nobody_else_waiting(serve: Serve) -> None:
    served = await serve(swallow, settings=HttpSettings(max_running=2))
    uploads = [await begin_upload(served, 100) for _ in range(20)]
    await _until(lambda: served.app[LOAD].total == 20)
    assert served.app[LOAD].running == 0
    assert (await served.ask("/hello", method="PUT", body=b"12345"))[2] == b"5"
    for reader, writer in uploads:
        writer.write(b"x" * 90)
        assert b"\r\n\r\n100" in await reader.read()
        writer.close()


async def test_an_upload_that_ends_when_too_much_runs_is_told_to_come_back(serve: Serve) -> None:
    go_on = asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/slow":
            await go_on.wait()
        return await swallow(request)

    served = await serve(answer, settings=HttpSettings(max_running=1))
    reader, writer = await begin_upload(served, 100)
    await _until(lambda: served.app[LOAD].total == 1)
    slow = asyncio.create_task(served.ask("/slow"))
    await _until(lambda: served.app[LOAD].total == 2)
    writer.write(b"x" * 90)
    status, headers, _ = parse(await reader.read())
    assert (status, headers["retry-after"]) == (503, "5")
    go_on.set()
    assert (await slow)[0] == 200
    writer.close()


async def test_bodies_on_their_way_are_bounded_by_number_and_size(serve: Serve) -> None:
    few = await serve(swallow, settings=HttpSettings(max_receiving=1))
    _, held = await begin_upload(few, 100)
    await _until(lambda: few.app[LOAD].total == 1)
    reader, writer = await begin_upload(few, 100)
    assert parse(await reader.read())[0] == 503
    small = await serve(swallow, settings=HttpSettings(max_receiving_bytes=50_000))
    for size, status in ((20_000, 200), (40_000, 503), (20_000, 200)):
        reader, writer = await begin_upload(small, size)
        await _until(lambda: small.app[LOAD].total == 1)
        writer.write(b"x" * (size - 10))
        assert parse(await reader.read())[0] == status
        writer.close()
    held.close()


async def swallow(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await read_body(request, 1_000_000))))


async def begin_upload(served: Served, size: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """The head of a PUT and its first ten bytes."""
    reader, writer = await served.open()
    writer.write(b"PUT /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n0123456789" % size)
    await writer.drain()
    return reader, writer


def entered(load: Load) -> RequestContext:
    made = context()
    load.enter(made)
    return made


def context() -> RequestContext:
    return RequestContext("id", "GET", "/", "10.0.0.5")


async def _until(what) -> None:  # type: ignore[no-untyped-def]
    async with asyncio.timeout(30):
        while not what():
            await asyncio.sleep(0.005)
