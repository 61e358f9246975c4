"""Connections are taken one by one, and none that was taken is lost."""

import asyncio
import errno
import socket

import pytest

from sogo.http import acceptor
from sogo.http.acceptor import Acceptor


class Greeter(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(b"hello")
        transport.close()


class ShortOfFiles:
    """A listening socket that cannot give anything the first time it is asked."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.failures = 1

    def accept(self) -> object:
        if self.failures:
            self.failures -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return self._sock.accept()

    def __getattr__(self, name: str) -> object:
        return getattr(self._sock, name)


async def test_a_connection_taken_in_the_last_moment_is_still_served() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    taking = Acceptor(listener, Greeter, send_seconds=10)
    taking.start()
    for _ in range(20):
        with socket.create_connection(listener.getsockname()) as client:
            taking._accept()
            if _ == 19:
                await taking.stop()
            client.setblocking(False)
            assert await asyncio.get_running_loop().sock_recv(client, 100) == b"hello"


async def test_a_shortage_of_files_only_makes_a_pause(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(acceptor, "PAUSE_SECONDS", 0.01)
    listener = socket.create_server(("127.0.0.1", 0))
    taking = Acceptor(ShortOfFiles(listener), Greeter, send_seconds=10)  # type: ignore[arg-type]
    taking.start()
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    assert await reader.read() == b"hello"
    assert "is the limit of open files too low?" in caplog.text
    writer.close()
    await taking.stop()
