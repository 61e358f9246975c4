"""Taking connections from a listening socket that several workers share.

Why not `loop.create_server`: it takes as many connections at once as the queue holds, which spreads them unevenly over
the workers, and closing it drops those it has accepted but not yet handed over (asyncio in Python 3.11), which a reload
must not. One connection is taken per turn of the loop; `stop` waits until those taken are in the hands of a protocol.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
_SHORTAGES = frozenset((errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM))
_NOTHING_THERE = (BlockingIOError, InterruptedError, ConnectionAbortedError)


class Acceptor:
    """Gives each connection of `sock` a protocol made by `make_protocol`. `send_seconds` is how long a peer may take
    nothing of what we send (TCP_USER_TIMEOUT, RFC 5482)."""

    def __init__(
        self, sock: socket.socket, make_protocol: Callable[[], asyncio.BaseProtocol], *, send_seconds: float
    ) -> None:
        self._sock = sock
        self._make_protocol = make_protocol
        self._send_seconds = send_seconds
        self._handing_over: set[asyncio.Task[Any]] = set()
        self._resume: asyncio.TimerHandle | None = None

    def start(self) -> None:
        self._sock.setblocking(False)
        self._resume = None
        asyncio.get_running_loop().add_reader(self._sock.fileno(), self._accept)

    async def stop(self) -> None:
        """Take no more, close our end of the socket, and see those home that were taken."""
        if self._resume is not None:
            self._resume.cancel()
        asyncio.get_running_loop().remove_reader(self._sock.fileno())
        self._sock.close()
        if self._handing_over:
            await asyncio.wait(self._handing_over)

    def _accept(self) -> None:
        try:
            connection, _ = self._sock.accept()
        except _NOTHING_THERE:
            return  # another worker was quicker
        except OSError as error:
            self._pause(error)
            return
        connection.setblocking(False)
        self._tune(connection)
        loop = asyncio.get_running_loop()
        task = loop.create_task(loop.connect_accepted_socket(self._make_protocol, connection))
        self._handing_over.add(task)
        task.add_done_callback(self._handed_over)

    def _handed_over(self, task: asyncio.Task[Any]) -> None:
        self._handing_over.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a connection was lost before it was served: %r", error)

    def _pause(self, error: OSError) -> None:
        """Leave the connection to other workers for a moment when this one cannot take it."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._sock.fileno())
        self._resume = loop.call_later(PAUSE_SECONDS, self.start)
        if error.errno in _SHORTAGES:
            logger.error("no connection can be taken: %s; is the limit of open files too low?", error.strerror)
        else:
            logger.error("no connection can be taken: %s", error)

    def _tune(self, connection: socket.socket) -> None:
        if connection.family == socket.AF_UNIX:
            return
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(self._send_seconds * 1000))
