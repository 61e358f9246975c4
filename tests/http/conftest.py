"""Applications served as a worker serves them, inside the test's own loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from sogo.http.acceptor import Acceptor
from sogo.http.app import create_app
from sogo.http.connection import Connection, ConnectionSettings
from sogo.http.settings import HttpSettings

PATIENCE_SECONDS = 30.0


class Served:
    """A running application. `raw` sends bytes on a connection of its own and reads until the server closes it."""

    def __init__(self, app: web.Application, connection: ConnectionSettings) -> None:
        self.app = app
        self._connection = connection
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        self.port = 0

    async def start(self) -> None:
        await self._runner.setup()
        server = self._runner.server
        assert server is not None
        sock = socket.create_server(("127.0.0.1", 0))
        self.port = sock.getsockname()[1]
        self._acceptor = Acceptor(
            sock, lambda: Connection(server, self._connection), send_seconds=self._connection.send_seconds
        )
        self._acceptor.start()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        assert self._runner.server is not None
        return len(self._runner.server.connections)

    async def stop(self) -> None:
        await self._acceptor.stop()
        await self._runner.cleanup()

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def raw(self, data: bytes) -> bytes:
        reader, writer = await self.open()
        try:
            writer.write(data)
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await reader.read()
        finally:
            writer.close()

    async def ask(
        self, path: str = "/", *, method: str = "GET", body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers with lower-case names, body (chunked coding undone)."""
        lines = {"Host": "localhost", "Connection": "close"} | (headers or {})
        if body:
            lines["Content-Length"] = str(len(body))
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {text}\r\n" for name, text in lines.items())
        return parse(await self.raw(head.encode() + b"\r\n" + body))


def parse(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = unchunk(body)
    return int(status.split()[1]), headers, body


def unchunk(data: bytes) -> bytes:
    parts = []
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        parts.append(data[:length])
        data = data[length + 2 :]
    return b"".join(parts)


Serve = Callable[..., Awaitable[Served]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """serve(dispatch, settings=…, connection=…, **create_app arguments) -> Served."""
    running: list[Served] = []

    async def start(
        dispatch: Callable[[web.Request], Awaitable[web.StreamResponse]],
        *,
        settings: HttpSettings | None = None,
        connection: ConnectionSettings | None = None,
        **others: Any,
    ) -> Served:
        app = create_app(settings=settings or HttpSettings(), dispatch=dispatch, **others)
        served = Served(app, connection or ConnectionSettings())
        await served.start()
        running.append(served)
        return served

    yield start
    for served in running:
        await served.stop()
