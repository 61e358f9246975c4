"""A worker: one event loop that serves the inherited sockets until it is asked to go, then finishes what runs.

    STARTING   make_app builds the application; when it cannot, everybody is answered 503 until the next try
    SERVING    accepts, tells the supervisor once a second how it is
    DRAINING   accepts no more, closes each connection after its answer, ends when the last is gone or time is up

It leaves on SIGTERM, SIGINT, SIGHUP and SIGQUIT, and when its supervisor is gone (the socket pair reads end of file).
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from aiohttp import web

from sogo.errors import ConfigError, SogoError
from sogo.http.acceptor import Acceptor
from sogo.http.connection import Connection
from sogo.http.load import LOAD, Load
from sogo.http.process import resident_bytes
from sogo.http.settings import HttpSettings
from sogo.server import logfile
from sogo.server.memory import Trimmer
from sogo.server.pulse import Pulse, State
from sogo.server.settings import ServerSettings
from sogo.server.stand_in import stand_in_app

logger = logging.getLogger(__name__)

EXIT_CONFIG = 78
"""EX_CONFIG of sysexits.h: trying again with the same configuration is no use."""
EXIT_FAILED = 1
LAST_WORDS_SIGNAL = signal.SIGUSR2
"""Writes the stacks of all threads to the log, even when the loop is blocked."""
LEAVING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_DRAIN_LOOK_SECONDS = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class WorkerContext:
    """What an application gets to know of its worker. No two live workers have the same `number`; it starts at 1.
    `is_draining` is set when the worker shall go: long polls answer then. `metrics_directory` is None in a server of
    one process. `stand_in_seconds` is how long to answer 503 when the application cannot start; 0 for a worker that
    comes while another still serves."""

    number: int
    settings: ServerSettings
    metrics_directory: Path | None = None
    stand_in_seconds: float = 0.0
    is_draining: asyncio.Event = field(default_factory=asyncio.Event)


MakeApp = Callable[[WorkerContext], Awaitable[web.Application]]


def run_worker(
    context: WorkerContext, sockets: Sequence[socket.socket], make_app: MakeApp, pulse: socket.socket | None
) -> int:
    """Serve until asked to go; returns the exit code of the process. Nothing of asyncio may exist before."""
    faulthandler.register(LAST_WORDS_SIGNAL, all_threads=True)
    loop = new_loop(use_uvloop=context.settings.use_uvloop)
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(Worker(context, sockets, make_app, pulse).serve())
    except ConfigError as error:
        logger.critical("%s", error)
        return EXIT_CONFIG
    except Exception as error:
        _log_failure(error)
        return EXIT_FAILED


def _log_failure(error: Exception) -> None:
    if isinstance(error, SogoError):
        logger.error("the worker cannot start: %s %s", error.public, error.fields)
    else:
        logger.error("the worker failed", exc_info=error)


def new_loop(*, use_uvloop: bool) -> asyncio.AbstractEventLoop:
    """A uvloop where there is one, else asyncio's own."""
    uvloop = import_uvloop() if use_uvloop else None
    if uvloop is not None:
        loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
        return loop
    return asyncio.new_event_loop()


def import_uvloop() -> ModuleType | None:
    """The module, where it is installed. The supervisor asks before it forks, so that all workers share its memory."""
    try:
        import uvloop
    except ImportError:
        logger.info("uvloop is not installed, going on with asyncio's own event loop")
        return None
    module: ModuleType = uvloop
    return module


class Worker:
    """The life of one worker inside its loop."""

    def __init__(
        self,
        context: WorkerContext,
        sockets: Sequence[socket.socket],
        make_app: MakeApp,
        pulse: socket.socket | None,
    ) -> None:
        self._context = context
        self._settings = context.settings
        self._sockets = sockets
        self._make_app = make_app
        self._pulse = pulse
        self._state = State.STARTING
        self._load = Load(HttpSettings())
        self._acceptors: list[Acceptor] = []
        self._trimmer = Trimmer()

    async def serve(self) -> int:
        """The whole life. Raises whatever make_app raises."""
        self._listen_to_the_world()
        beating = asyncio.create_task(self._beat())
        try:
            app = await self._until_asked_to_go(self._make_app(self._context))
            if app is None:
                return 0
            runner = await self._start(app)
            self._state = State.SERVING
            self._send_pulse()
            logger.info("notified the watchdog that we are ready")
            await self._context.is_draining.wait()
            await self._drain(runner)
        except ConfigError:
            raise
        except Exception as error:
            if not self._context.stand_in_seconds:
                raise
            _log_failure(error)
            await self._stand_in(error)
            return EXIT_FAILED
        finally:
            beating.cancel()
        return 0

    async def _stand_in(self, error: Exception) -> None:
        """Answer 503 for a while, so that clients need not guess."""
        seconds = self._context.stand_in_seconds
        runner = await self._start(stand_in_app(error, retry_after_seconds=seconds))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._context.is_draining.wait()
        self._context.is_draining.set()
        await self._drain(runner)

    def _listen_to_the_world(self) -> None:
        loop = asyncio.get_running_loop()
        for number in LEAVING_SIGNALS:
            loop.add_signal_handler(number, self._go)
        loop.add_signal_handler(signal.SIGUSR1, self._reopen_log)
        if self._pulse is not None:
            self._pulse.setblocking(False)
            loop.add_reader(self._pulse.fileno(), self._supervisor_gone)

    def _go(self) -> None:
        self._context.is_draining.set()

    def _reopen_log(self) -> None:
        try:
            logfile.redirect(self._settings.log_file)
        except ConfigError as error:
            logger.error("%s", error)

    def _supervisor_gone(self) -> None:
        """The socket pair only becomes readable by its end."""
        assert self._pulse is not None
        asyncio.get_running_loop().remove_reader(self._pulse.fileno())
        if not self._context.is_draining.is_set():
            logger.error("the supervisor is gone, going too")
        self._go()

    async def _until_asked_to_go(self, starting: Awaitable[web.Application]) -> web.Application | None:
        """The application; None when we are to go before it is there."""
        build = asyncio.ensure_future(starting)
        asked = asyncio.ensure_future(self._context.is_draining.wait())
        await asyncio.wait((build, asked), return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if build.done():
            return build.result()
        build.cancel()
        await asyncio.wait((build,), timeout=self._settings.shutdown_seconds)
        return None

    async def _start(self, app: web.Application) -> web.AppRunner:
        app.on_response_prepare.append(self._close_when_draining)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        self._load = app.get(LOAD, self._load)
        server = runner.server
        assert server is not None
        settings = self._settings.connection
        for sock in self._sockets:
            acceptor = Acceptor(sock, lambda: Connection(server, settings), send_seconds=settings.send_seconds)
            acceptor.start()
            self._acceptors.append(acceptor)
        return runner

    async def _close_when_draining(self, request: web.Request, response: web.StreamResponse) -> None:
        if self._context.is_draining.is_set():
            response.force_close()
            response.headers["Connection"] = "close"

    async def _drain(self, runner: web.AppRunner) -> None:
        """Finish what runs. Connections that are idle get a moment: a request may be on its way."""
        self._state = State.DRAINING
        for acceptor in self._acceptors:
            await acceptor.stop()
        loop = asyncio.get_running_loop()
        begin, settings = loop.time(), self._settings
        assert runner.server is not None
        while runner.server.connections:
            waited = loop.time() - begin
            if waited >= settings.shutdown_seconds or (waited >= settings.idle_seconds and not self._load.total):
                break
            await asyncio.sleep(_DRAIN_LOOK_SECONDS)
        if self._load.total:
            logger.warning("giving up %d requests that did not end in time", self._load.total)
        try:
            async with asyncio.timeout(settings.shutdown_seconds):
                await runner.cleanup()
        except TimeoutError:
            logger.error("the application did not close in time")

    async def _beat(self) -> None:
        while True:
            if self._state is State.SERVING:
                self._trimmer.look()
            self._watch_memory()
            self._send_pulse()
            await asyncio.sleep(self._settings.heartbeat_seconds)

    def _watch_memory(self) -> None:
        limit, now = self._settings.memory_limit_mb, resident_bytes() // (1024 * 1024)
        if limit and now > limit and self._state is State.SERVING:
            self._state = State.TOO_BIG
            logger.warning("terminating app, vMem size limit (%d MB) has been reached (currently %d MB)", limit, now)
            if self._pulse is None:
                logger.warning("there is no supervisor to replace it: it goes on")

    def _send_pulse(self) -> None:
        if self._pulse is None:
            return
        load = self._load
        pulse = Pulse(self._state, load.running, load.parked, round(load.oldest_seconds, 3))
        try:
            self._pulse.send(pulse.render())
        except BlockingIOError:
            pass  # the supervisor is behind; it will see that we lived
        except OSError:
            self._go()
