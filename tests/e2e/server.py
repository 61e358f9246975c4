"""The real daemon as a subprocess, over a database of its own, for clients to talk to."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from tests.support.services import MariaDB, PostgreSQL, die_with_parent, free_port
from tests.support.site import PASSWORD, USERS, configuration, people_script

__all__ = ["PASSWORD", "USERS", "Database", "Server", "login", "served_database", "sqlite_database"]

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 60.0
STOP_SECONDS = 30.0


@dataclass(frozen=True)
class Database:
    """An empty database: its URL without a table, and a way to run statements in it. `restart` is None for SQLite."""

    name: str
    url: str
    run: Callable[[str], object]
    restart: Callable[[], None] | None = None


def sqlite_database(folder: Path) -> Database:
    path = folder / "sogo.db"

    def run(script: str) -> None:
        with closing(sqlite3.connect(path)) as database:
            database.executescript(script)

    return Database("sqlite", f"sqlite:///{path}", run)


def served_database(service: PostgreSQL | MariaDB, name: str) -> Database:
    url = service.create_database(name)
    return Database(service.name, url, lambda script: service.sql(script, name), service.restart)


class Server:
    """`python -m sogo` on a free port. The `with` block starts it, waits until it answers, and ends it. `free_users`
    are logins that nobody has used yet. The site has a memcached if there is one on `memcached_port`. Configuration and
    log lie in `folder`, which goes at the end of the block unless that raised, or `keep` was set."""

    def __init__(
        self,
        database: Database,
        *,
        workers: int = 2,
        settings: str = "",
        single: bool = True,
        memcached_port: int | None = None,
        source: str = "",
    ) -> None:
        self.database, self.workers_count = database, workers
        self.folder = Path(tempfile.mkdtemp(prefix="sogo-e2e-"))
        self.log = self.folder / "sogo.log"
        self.keep = False
        self.port = free_port()
        self.free_users = iter(USERS)
        self.process: subprocess.Popen[bytes] | None = None
        database.run(people_script())
        self.configuration = configuration(
            database.url,
            memcached_port=memcached_port or free_port(),
            single=single,
            settings=settings,
            source=source,
        )
        (self.folder / "sogo.conf").write_text(self.configuration)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def calendar_url(self, user: str, folder: str = "personal") -> str:
        return f"{self.url}/SOGo/dav/{user}/Calendar/{folder}/"

    def contacts_url(self, user: str, folder: str = "personal") -> str:
        return f"{self.url}/SOGo/dav/{user}/Contacts/{folder}/"

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "sogo", "--config", str(self.folder / "sogo.conf"), "--allow-root"),
            *("-WOPort", f"127.0.0.1:{self.port}", "-WOWorkersCount", str(self.workers_count)),
            *("-WOPidFile", str(self.folder / "sogo.pid")),
            *("--foreground", "-WORespawnDelay", "1"),
        ]

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if error is not None:
            sys.stderr.write(self.log_end())
        elif not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{self.log_end()}")
            time.sleep(0.1)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/SOGo.index/", timeout=5) as response:
                return bool(response.status == 200)
        except urllib.error.HTTPError as error:
            error.close()
            return False
        except OSError:
            return False

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def worker_pids(self) -> list[int]:
        """The processes that serve: the children of the supervisor."""
        assert self.process is not None
        return [pid for pid in _all_pids() if _parent(pid) == self.process.pid]

    def wait_for_workers(self, count: int) -> list[int]:
        """The workers, once there are as many of them as there should be."""
        deadline = time.monotonic() + READY_SECONDS
        while len(pids := self.worker_pids()) != count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(pids)} workers instead of {count}:\n{self.log_end()}")
            time.sleep(0.1)
        return pids

    def kill_worker(self) -> int:
        """kill -9 one worker, as the kernel's memory killer would. Returns its pid."""
        pid = self.worker_pids()[0]
        os.kill(pid, signal.SIGKILL)
        return pid

    def log_end(self) -> str:
        return self.log.read_text(errors="replace")[-6000:] if self.log.exists() else ""


def login(user: str) -> dict[str, str]:
    """The headers of a request by one of the users."""
    return {"Authorization": aiohttp.encode_basic_auth(user, PASSWORD)}


def _all_pids() -> list[int]:
    return sorted(int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _parent(pid: int) -> int:
    """0 when the process has just ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    state, parent = text.rpartition(")")[2].split()[:2]
    return 0 if state == "Z" else int(parent)
