"""The original, SOGo 5 of the Debian package `sogo`, as a service like the others: to run beside it, to measure against.

It reads /etc/sogo/sogo.conf, which is nobody's to change. The configuration of a run is laid over that file in a mount
namespace of its own, so that several run at once; where root may not mount (a container without that right) it becomes
words of the command, which win over the file key by key. As root it runs as Debian's user `sogo`, otherwise as whoever
runs the tests, by a user namespace.

    with PostgreSQL() as database, Memcached() as cache:
        url = database.create_database("site")
        database.sql(people_script(), "site")
        with Original(configuration(url, memcached_port=cache.port), workers=3) as server:
            server.url
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from sogo.codec.plist import parse
from sogo.codec.plist_render import render_line
from tests.support.services import Service, ServiceError

PROGRAM = Path("/usr/sbin/sogod")
SYSTEM_FILE = Path("/etc/sogo/sogo.conf")
OVERLAY = f'mount --bind "$1" {SYSTEM_FILE} && shift && exec "$@"'
NAMESPACES = {True: ["unshare", "--mount"], False: ["unshare", "--user", "--map-root-user", "--mount"]}
"""By whether we are root."""


def is_installed() -> bool:
    return PROGRAM.exists()


class Original(Service):
    """`configuration` is the text of a sogo.conf; what concerns the process is said on the command line."""

    name = "original"
    account = "sogo"

    def __init__(self, configuration: str, *, workers: int = 3) -> None:
        if not is_installed():
            raise ServiceError("the original is not here: install Debian's package sogo")
        super().__init__()
        self.configuration, self.workers = configuration, workers

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def _file(self) -> Path:
        return self.folder / "sogo.conf"

    def prepare(self) -> None:
        self._file.write_text(self.configuration)

    def command(self) -> Sequence[str]:
        options = {
            "-WOPort": f"127.0.0.1:{self.port}",
            "-WOWorkersCount": str(self.workers),
            "-WOPidFile": str(self.folder / "pid"),
            "-WOLogFile": "-",
            "-WONoDetach": "YES",
            "-WOListenQueueSize": "64",
            "-WORespawnDelay": "1",
            "-SxVMemLimit": "1024",
        }
        environment = ["env", f"HOME={self.folder}", "LC_ALL=C.UTF-8"]
        is_root = os.geteuid() == 0
        enter = [*NAMESPACES[is_root], "sh", "-c", OVERLAY, "sh", str(self._file)]
        if not self._may(enter):
            if not is_root:
                raise ServiceError(f"only root can do without a user namespace to lay a file over {SYSTEM_FILE}")
            enter, options = [], self._as_options() | options
        words = [word for pair in options.items() for word in pair]
        return [*enter, *self._as_account(), *environment, str(PROGRAM), *words]

    @staticmethod
    def _may(enter: Sequence[str]) -> bool:
        return subprocess.run([*enter, "true"], capture_output=True, check=False).returncode == 0

    def _as_options(self) -> dict[str, str]:
        found = parse(self.configuration)
        assert isinstance(found, dict)
        return {f"-{key}": value if isinstance(value, str) else render_line(value) for key, value in found.items()}

    def _as_account(self) -> list[str]:
        """The original refuses to be root, which whoever makes a namespace is inside."""
        end = ["setpriv", "--pdeathsig", "TERM"]
        if os.geteuid() == 0:
            return [*end, f"--reuid={self.account}", f"--regid={self.account}", "--init-groups"]
        return ["unshare", "--user", f"--map-user={os.getuid()}", f"--map-group={os.getgid()}", *end]

    def _identity(self) -> dict[str, object]:
        """The command itself lets go of root, after it has mounted."""
        return {}

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("PROPFIND", "/SOGo/dav/", headers={"Depth": "0"})
            return connection.getresponse().status == 401
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def worker_pids(self) -> list[int]:
        """The processes that serve: the children of the watchdog."""
        assert self.process is not None
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        return [int(pid) for pid in found.stdout.split()]

    def kill_worker(self) -> int:
        """kill -9 one worker. Returns its pid."""
        pid = self.worker_pids()[0]
        os.kill(pid, signal.SIGKILL)
        return pid

    def _end(self, how: signal.Signals) -> None:
        """A worker in wait sees a polite signal many seconds later, and nobody ends it once the watchdog is gone."""
        workers = self.worker_pids() if self.process is not None else []
        super()._end(signal.SIGKILL)
        for pid in workers:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
