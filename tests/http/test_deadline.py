"""The time of a request: many requests, one timer."""

import asyncio
import os

import pytest
from aiohttp import web

from sogo.http.context import CONTEXT, RequestContext
from sogo.http.deadline import Deadlines, OutOfTime
from sogo.http.process import resident_bytes


class Request(dict[object, object]):
    """As much of a request as a deadline looks at."""

    def __init__(self) -> None:
        super().__init__({CONTEXT: RequestContext("id", "GET", "/", "10.0.0.5")})


async def run(deadlines: Deadlines, handler: object) -> object:
    return await deadlines.within(Request(), handler)  # type: ignore[arg-type]


async def endless(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError("unreached")


async def test_each_is_cancelled_in_its_turn_and_one_timer_does_it() -> None:
    loop = asyncio.get_running_loop()
    deadlines = Deadlines(0.1)
    first = asyncio.create_task(run(deadlines, endless))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(run(deadlines, endless))
    started = loop.time()
    with pytest.raises(OutOfTime):
        await first
    assert not second.done()
    with pytest.raises(OutOfTime):
        await second
    assert loop.time() - started >= 0.09
    deadlines.close()


async def test_what_ends_in_time_is_left_alone_and_later_ones_are_watched_still() -> None:
    async def quick(request: web.Request) -> web.Response:
        return web.Response(text="done")

    deadlines = Deadlines(0.05)
    for _ in range(3):
        assert isinstance(await run(deadlines, quick), web.Response)
        await asyncio.sleep(0.03)
    with pytest.raises(OutOfTime):
        await run(deadlines, endless)
    deadlines.close()


async def test_who_is_cancelled_by_others_is_not_out_of_time() -> None:
    deadlines = Deadlines(60)
    task = asyncio.create_task(run(deadlines, endless))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    deadlines.close()


async def test_after_waiting_for_news_the_time_begins_anew() -> None:
    seen: list[str] = []

    async def poll(request: web.Request) -> web.Response:
        with request[CONTEXT].parked():
            await asyncio.sleep(0.2)
        seen.append("news")
        return await endless(request)

    deadlines = Deadlines(0.1)
    with pytest.raises(OutOfTime):
        await run(deadlines, poll)
    assert seen == ["news"]
    deadlines.close()


def test_a_forked_process_sees_its_own_memory() -> None:
    before = resident_bytes()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        held = bytearray(b"x") * (64 * 1024 * 1024)
        os.write(writing, str(resident_bytes()).encode())
        os._exit(len(held) % 2)
    os.close(writing)
    with os.fdopen(reading) as file:
        childs = int(file.read())
    os.waitpid(pid, 0)
    assert before > 0
    assert childs > before + 32 * 1024 * 1024
