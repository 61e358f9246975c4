"""The supervisor: binds, forks workers, replaces those that die, hang or grow too big, reloads, ends.

    open log -> detach -> pid file -> bind -> drop root -> imports, gc.freeze -> fork workers -> watch

It runs no event loop and no threads, so forking is safe; workers inherit the listening sockets and whatever was
imported. One turn of its loop: spawn what is due, sleep until a signal, a heartbeat or the next deadline, look at
everybody. The log texts are the original's (config.md §6) where it has one.

Signals: TERM, INT end (a second one at once), HUP reloads, USR1 opens the log file anew.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import resource
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from aiohttp import web

import sogo
from sogo.errors import ConfigError, SogoError
from sogo.http import logs, metrics
from sogo.server import daemon, logfile
from sogo.server.children import Child, Slot, Verdict, free_number, pause_seconds
from sogo.server.listen import Listeners
from sogo.server.notify import Notifier
from sogo.server.settings import ServerSettings
from sogo.server.worker import (
    EXIT_CONFIG,
    EXIT_FAILED,
    LAST_WORDS_SIGNAL,
    MakeApp,
    WorkerContext,
    import_uvloop,
    run_worker,
)

logger = logging.getLogger(__name__)

Reload = Callable[[], tuple[ServerSettings, MakeApp]]
"""Reads the configuration again. Raises ConfigError when it is not fit to serve; then all stays as it is."""

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGCHLD)
KILL_GRACE_SECONDS = 5.0
EXIT_REFUSED = 255
LAST_WORDS_SECONDS = 0.3
"""Between the order to dump all stacks and the kill."""
MAX_OPEN_FILES = 65_536
_LONGEST_SLEEP_SECONDS = 1.0


def run(settings: ServerSettings, make_app: MakeApp, *, reload: Reload | None = None) -> int:
    """Serve until told to end; returns the exit code, 255 when we cannot serve (the log and the terminal say why).

    Raises ConfigError for root and for a log file that cannot be written. `make_app` is awaited in each worker.
    `reload` is called on SIGHUP; without it SIGHUP renews the workers only.
    """
    daemon.refuse_root(user=settings.user, allow_root=settings.allow_root)
    console = Console(settings.log_file)
    logfile.redirect(settings.log_file)
    _set_up_logging(settings)
    announce = daemon.detach() if settings.detach else _nothing
    pid_file = daemon.PidFile(settings.pid_file) if settings.pid_file is not None else None
    listeners = Listeners()
    try:
        if pid_file is not None:
            pid_file.write()
        logger.info("version %s -- starting", sogo.__version__)
        logger.info("vmem size check: replacing workers above %d MB", settings.memory_limit_mb)
        listeners.open(settings, os.environ)
        if settings.user is not None:
            daemon.become(settings.user)
        console.close()
        _allow_many_files()
        announce()
        if not settings.use_watchdog:
            return _run_alone(settings, listeners, make_app)
        with _metrics_directory(settings) as directory:
            return Supervisor(settings, make_app, reload, listeners, directory).run()
    except ConfigError as error:
        logger.critical("%s", error)
        console.say(f"sogod: {error}\n")
        return EXIT_REFUSED
    finally:
        listeners.close()
        if pid_file is not None:
            pid_file.remove()


def _allow_many_files() -> None:
    """Every connection is an open file: use what the system lets us have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Console:
    """The terminal we were started from, kept while the log goes to a file, to say there why we do not start."""

    def __init__(self, log_file: str) -> None:
        self._fd = -1 if log_file == logfile.CONSOLE else os.dup(2)

    def say(self, text: str) -> None:
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.write(self._fd, text.encode())

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _run_alone(settings: ServerSettings, listeners: Listeners, make_app: MakeApp) -> int:
    """WOUseWatchDog = NO: this very process serves."""
    notifier = Notifier(os.environ)

    async def make_and_tell(context: WorkerContext) -> web.Application:
        app = await make_app(context)
        notifier.ready("serving in one process")
        return app

    return run_worker(WorkerContext(1, settings), listeners.sockets, make_and_tell, None)


def _set_up_logging(settings: ServerSettings) -> None:
    logs.set_up(style=settings.log_style, zone=settings.log_zone, level=settings.log_level)


@contextlib.contextmanager
def _metrics_directory(settings: ServerSettings) -> Iterator[Path]:
    """Where workers share their numbers, emptied; it goes at the end.

    Beside the pid file when nothing else is said, so that a server that was killed leaves no litter: the next one uses
    the same place. Without a pid file, or where nothing can be made beside it, a temporary folder.
    """
    wanted = settings.metrics_directory
    if wanted is None and settings.pid_file is not None:
        wanted = settings.pid_file.with_suffix(".metrics")
    try:
        directory = wanted or Path(tempfile.mkdtemp(prefix="sogo-metrics-"))
        metrics.empty(directory)
    except OSError as error:
        logger.info("metrics cannot be kept in %s (%s), taking a temporary folder", wanted, error.strerror)
        directory = Path(tempfile.mkdtemp(prefix="sogo-metrics-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _nothing() -> None:
    return None


class Supervisor:
    """The loop over signals, heartbeats and deadlines."""

    def __init__(
        self,
        settings: ServerSettings,
        make_app: MakeApp,
        reload: Reload | None,
        listeners: Listeners,
        metrics_directory: Path,
    ) -> None:
        self._settings = settings
        self._make_app = make_app
        self._reload = reload
        self._listeners = listeners
        self._metrics_directory = metrics_directory
        self._metrics = metrics.Metrics(metrics_directory, number=0)
        self._notifier = Notifier(os.environ)
        self._generation = 1
        self._slots = [Slot() for _ in range(settings.workers)]
        self._children: dict[int, Child] = {}
        self._selector = selectors.DefaultSelector()
        self._signals_in, self._signals_out = socket.socketpair()
        self._is_ending = False
        self._is_announced = False
        self._is_reloading = False
        self._exit_code = 0

    def run(self) -> int:
        self._catch_signals()
        logger.info("watchdog process pid: %d", os.getpid())
        logger.info("watchdog request timeout set to %d minutes", self._settings.watchdog_seconds // 60)
        logger.info("preparing %d children", len(self._slots))
        if self._settings.use_uvloop:
            import_uvloop()
        gc.collect()
        gc.freeze()
        while not (self._is_ending and not self._children):
            self._turn()
        logger.info("all children exited. We now terminate.")
        return self._exit_code

    def _turn(self) -> None:
        self._spawn_due()
        self._sleep()
        self._bury()
        now = time.monotonic()
        for child in list(self._children.values()):
            self._watch(child, now)
        if not self._is_ending:
            self._hand_over()
            self._announce()
        self._notifier.alive(now)

    # --- signals and heartbeats ---------------------------------------------------------------------------------------

    def _catch_signals(self) -> None:
        self._signals_in.setblocking(False)
        self._signals_out.setblocking(False)
        signal.set_wakeup_fd(self._signals_out.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            signal.signal(number, lambda number, frame: None)
        self._selector.register(self._signals_in, selectors.EVENT_READ, None)

    def _sleep(self) -> None:
        """Until something happens or the next deadline."""
        for key, _ in self._selector.select(self._sleep_seconds()):
            child: Child | None = key.data
            if child is None:
                self._handle_signals()
            else:
                self._hear(child)

    def _sleep_seconds(self) -> float:
        now = time.monotonic()
        seconds = min(_LONGEST_SLEEP_SECONDS, self._settings.heartbeat_seconds)
        if not self._is_ending:
            dues = [slot.due for slot in self._slots if slot.wants(self._generation)]
            seconds = min([seconds, *(due - now for due in dues)])
        return max(seconds, 0.0)

    def _handle_signals(self) -> None:
        with contextlib.suppress(BlockingIOError):
            for number in self._signals_in.recv(4096):
                if number in (signal.SIGTERM, signal.SIGINT):
                    self._end()
                elif number == signal.SIGHUP and not self._is_ending:
                    self._handle_reload()
                elif number == signal.SIGUSR1:
                    self._reopen_log()

    def _hear(self, child: Child) -> None:
        try:
            data = child.pulse_socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            child.hear(data, time.monotonic())
        else:
            self._unplug(child)

    def _unplug(self, child: Child) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(child.pulse_socket)
        child.pulse_socket.close()

    # --- spawning -----------------------------------------------------------------------------------------------------

    def _spawn_due(self) -> None:
        if self._is_ending:
            return
        now = time.monotonic()
        for slot in self._slots:
            if slot.wants(self._generation) and now >= slot.due:
                pause = min(pause_seconds(slot.quick_deaths + 1, self._settings), self._settings.start_seconds / 2)
                stand_in = pause if slot.current is None else 0.0
                slot.take(self._spawn(stand_in), self._settings)

    def _spawn(self, stand_in_seconds: float) -> Child:
        if threading.active_count() > 1:
            names = [thread.name for thread in threading.enumerate()]
            logger.error("forking with threads running (%s): something imported too eagerly", ", ".join(names))
        ours, theirs = socket.socketpair()
        number = free_number(list(self._children.values()))
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                self._be_worker(number, ours, theirs, stand_in_seconds)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        theirs.close()
        ours.setblocking(False)
        now = time.monotonic()
        child = Child(pid, number, self._generation, ours, self._settings, spawned=now, heard=now)
        self._children[pid] = child
        self._selector.register(ours, selectors.EVENT_READ, child)
        logger.info("child spawned with pid %d", pid)
        return child

    def _be_worker(self, number: int, ours: socket.socket, theirs: socket.socket, stand_in_seconds: float) -> None:
        """In the new process: let go of all that is the supervisor's, serve, never return."""
        code = EXIT_FAILED
        try:
            signal.set_wakeup_fd(-1)
            for known in SIGNALS:
                signal.signal(known, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
            self._selector.close()
            for sock in (ours, self._signals_in, self._signals_out):
                sock.close()
            for child in self._children.values():
                child.pulse_socket.close()
            context = WorkerContext(number, self._settings, self._metrics_directory, stand_in_seconds)
            code = run_worker(context, self._listeners.sockets, self._make_app, theirs)
        except BaseException:
            logger.exception("the worker failed")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    # --- deaths -------------------------------------------------------------------------------------------------------

    def _bury(self) -> None:
        """Take note of every process that has ended."""
        while self._children:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            child = self._children.pop(pid, None)
            if child is not None:
                self._bury_one(child, status)

    def _bury_one(self, child: Child, status: int) -> None:
        self._unplug(child)
        with contextlib.suppress(OSError):
            metrics.forget(self._metrics_directory, child.number)
        reason = "signal" if os.WIFSIGNALED(status) else "exit"
        if os.WIFSIGNALED(status):
            logger.warning("child %d exited, terminated due to signal %d", child.pid, os.WTERMSIG(status))
        else:
            logger.info("child %d exited with code %d", child.pid, os.WEXITSTATUS(status))
        self._metrics.worker_ends.labels(child.end or reason).inc()
        for slot in self._slots:
            if slot.holds(child):
                slot.lose(child)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == EXIT_CONFIG and not self._is_announced:
            logger.critical("the configuration cannot be served, terminating")
            self._exit_code = EXIT_FAILED
            self._end()

    def _watch(self, child: Child, now: float) -> None:
        """Log what hangs, kill what is stuck. A stuck worker first writes into the log where it is stuck."""
        self._tell_of_hanging(child, now)
        verdict = child.judge(now)
        if verdict is Verdict.FINE:
            return
        if verdict is Verdict.OVERSTAYED:
            logger.error("sending SIGKILL to pid %d", child.pid)
            child.end = child.end or verdict.value
            child.kill_at = now + KILL_GRACE_SECONDS
            _signal(child, signal.SIGKILL)
            return
        if verdict is Verdict.NEVER_STARTED:
            logger.error("pid %d did not start within %d seconds", child.pid, now - child.spawned)
        else:
            self._log_hanging(child, max(child.oldest_seconds(now), child.silent_seconds(now)))
        child.end = verdict.value
        child.kill_at = now + LAST_WORDS_SECONDS
        _signal(child, LAST_WORDS_SIGNAL)

    def _tell_of_hanging(self, child: Child, now: float) -> None:
        """Once a minute for as long as a request runs."""
        minutes = int(child.oldest_seconds(now) // 60)
        if minutes > child.told_minutes:
            self._log_hanging(child, minutes * 60)
        child.told_minutes = minutes

    def _log_hanging(self, child: Child, seconds: float) -> None:
        logger.warning("pid %d has been hanging in the same request for %d minutes", child.pid, seconds // 60)

    # --- replacing, reloading, ending ---------------------------------------------------------------------------------

    def _hand_over(self) -> None:
        for slot in self._slots:
            leaving = slot.hand_over()
            if leaving is not None:
                self._send_away(leaving)

    def _send_away(self, child: Child) -> None:
        if not child.is_leaving:
            settings = child.settings
            child.kill_at = time.monotonic() + 2 * settings.shutdown_seconds + KILL_GRACE_SECONDS
            _signal(child, signal.SIGTERM)

    def _announce(self) -> None:
        """Tell systemd when the first worker serves, and when a reload is through."""
        ready = sum(slot.current is not None and slot.current.is_ready for slot in self._slots)
        if not self._is_announced and ready:
            self._is_announced = True
            self._notifier.ready(f"serving, {ready} of {len(self._slots)} workers are up")
        if self._is_reloading and not any(slot.wants(self._generation) or slot.successor for slot in self._slots):
            self._is_reloading = False
            logger.info("reload finished, %d workers", len(self._slots))
            self._notifier.ready(f"serving, {len(self._slots)} workers")

    def _handle_reload(self) -> None:
        """New configuration, new workers; the old ones serve until these do."""
        logger.info("received SIGHUP")
        self._notifier.reloading()
        if self._reload is not None and not self._take_configuration(self._reload):
            self._notifier.ready("the new configuration was refused, serving with the old one")
            return
        self._generation += 1
        self._is_reloading = True
        self._resize(self._settings.workers)
        now = time.monotonic()
        for slot in self._slots:
            slot.due, slot.quick_deaths = now, 0

    def _take_configuration(self, reload: Reload) -> bool:
        try:
            settings, make_app = reload()
            self._listeners.follow(settings)
            logfile.redirect(settings.log_file)
        except SogoError as error:
            logger.error("the new configuration is refused, going on with the old one: %s", error)
            return False
        except Exception:
            logger.exception("the new configuration cannot be read, going on with the old one")
            return False
        self._settings, self._make_app = settings, make_app
        _set_up_logging(settings)
        return True

    def _resize(self, workers: int) -> None:
        surplus = self._slots[workers:]
        self._slots = self._slots[:workers] + [Slot() for _ in range(workers - len(self._slots))]
        for slot in surplus:
            for child in (slot.current, slot.successor):
                if child is not None:
                    self._send_away(child)

    def _reopen_log(self) -> None:
        try:
            logfile.redirect(self._settings.log_file)
        except ConfigError as error:
            logger.error("%s", error)
        for child in self._children.values():
            _signal(child, signal.SIGUSR1)

    def _end(self) -> None:
        """Send everybody away. Asked a second time, do not wait."""
        if self._is_ending:
            for child in self._children.values():
                _signal(child, signal.SIGKILL)
            return
        logger.info("Terminating with SIGINT or SIGTERM")
        self._is_ending = True
        self._notifier.stopping()
        self._listeners.close()
        for child in self._children.values():
            self._send_away(child)


def _signal(child: Child, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, number)
