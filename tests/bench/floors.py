"""The floors: what the machine and the libraries cost when nothing else is done.

Two tiny applications on as many workers as the servers have: an empty answer, and one prepared SELECT through our pool.
And the speed at which bytes of an answer are made.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.server.worker import new_loop
from sogo.store.sql.engine import Databases
from sogo.store.sql.url import DatabaseUrl


async def _serve(sock: socket.socket, url: str) -> None:
    engine = Databases().engine(DatabaseUrl.parse(f"{url}/none"))

    async def empty(_: web.Request) -> web.Response:
        return web.Response(status=204)

    async def select(_: web.Request) -> web.Response:
        row = await engine.fetch_one(
            "SELECT c_content FROM sogo_store WHERE c_folder_id = :f AND c_name = :n", f=1, n="x"
        )
        return web.Response(text=row["c_content"] if row else "")

    app = web.Application()
    app.router.add_get("/empty", empty)
    app.router.add_get("/select", select)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    await asyncio.Event().wait()


@contextmanager
def floor_server(url: str, workers: int) -> Iterator[tuple[str, int]]:
    """(base URL, pid of the parent of the workers)."""
    sock = socket.create_server(("127.0.0.1", 0), backlog=512)
    base = f"http://127.0.0.1:{sock.getsockname()[1]}"
    parent = os.fork()
    if parent == 0:
        children = [_worker(sock, url) for _ in range(workers)]
        signal.signal(signal.SIGTERM, lambda *_: [os.kill(child, signal.SIGKILL) for child in children])
        for child in children:
            os.waitpid(child, 0)
        os._exit(0)
    sock.close()
    try:
        yield base, parent
    finally:
        os.kill(parent, signal.SIGTERM)
        os.waitpid(parent, 0)


def _worker(sock: socket.socket, url: str) -> int:
    child = os.fork()
    if child == 0:
        loop = new_loop(use_uvloop=True)
        asyncio.set_event_loop(loop)
        loop.run_until_complete(_serve(sock, url))
        os._exit(0)
    return child


def bytes_per_second() -> float:
    """How fast responses with an ETag are written, in octets."""
    began, size = time.perf_counter(), 0
    while time.perf_counter() - began < 0.5:
        for number in range(1000):
            stat = writer.propstat(200, [("{DAV:}getetag", f"&quot;gcs{number:08d}&quot;")])
            size += len(writer.response(f"/SOGo/dav/user/Calendar/personal/{number}.ics", stat))
    return size / (time.perf_counter() - began)
