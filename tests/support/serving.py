"""Starting the sample server as a real process and talking to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30.0
QUICK: dict[str, Any] = {
    "listen": "auto",
    "allow_root": True,
    "respawn_seconds": 0.1,
    "heartbeat_seconds": 0.05,
    "idle_seconds": 0.3,
    "bind_pause_seconds": 0.05,
}
T = TypeVar("T")


def eventually(what: Callable[[], T], *, but: str = "it never came true") -> T:
    """Ask again until the answer is truthy; only a failing test waits for long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        answer = what()
        if answer:
            return answer
        time.sleep(0.02)
    raise AssertionError(but)


class SampleServer:
    """One run of the sample server in a folder of its own; settings go to ServerSettings and HttpSettings."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.log_path = folder / "log"
        self._settings_path = folder / "settings.json"
        self.settings = QUICK | {"metrics_directory": str(folder / "metrics")} | settings
        self.write_settings()
        self.process: subprocess.Popen[bytes] | None = None
        self._address = ("", 0)

    def write_settings(self, **changes: Any) -> None:
        self.settings |= changes
        self._settings_path.write_text(json.dumps(self.settings))

    def start(self, *, wait: bool = True, environ: dict[str, str] | None = None, **popen: Any) -> SampleServer:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.sample_server", str(self._settings_path)],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                env=os.environ | (environ or {}),
                **popen,
            )
        if wait:
            self.wait_until_ready(self.settings.get("workers", 1))
        return self

    def wait_until_ready(self, workers: int) -> None:
        eventually(lambda: self.count("that we are ready") >= workers or self.has_ended(), but=self.log)
        assert not self.has_ended(), self.log

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def count(self, text: str) -> int:
        return self.log.count(text)

    def wait_for(self, text: str, times: int = 1) -> None:
        eventually(lambda: self.count(text) >= times, but=f"{text!r} is not in the log:\n{self.log}")

    @property
    def address(self) -> tuple[str, int]:
        """The address bound last, remembered when the log is gone."""
        for host, port in re.findall(r"listening on ([\d.]+|\[[^]]*\]):(\d+)", self.log):
            self._address = host.strip("[]"), int(port)
        return self._address

    def get(self, path: str, *, method: str = "GET", body: bytes | None = None) -> tuple[int, str]:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, path, body)
            response = connection.getresponse()
            return response.status, response.read().decode()

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=PATIENCE_SECONDS)

    def worker_pids(self) -> list[int]:
        """The living workers, oldest first."""
        pids = subprocess.run(["pgrep", "-P", str(self.pid)], capture_output=True, text=True, check=False).stdout
        return [int(pid) for pid in pids.split()]

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def wait(self) -> int:
        """The exit code, once it has ended by itself."""
        assert self.process is not None
        return self.process.wait(PATIENCE_SECONDS)

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def clean_up(self) -> None:
        if self.process is None or self.has_ended():
            return
        workers = self.worker_pids()
        self.process.kill()
        self.process.wait()
        for pid in workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def is_alive(pid: int) -> bool:
    """Does the process run (a zombie does not)?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def read_all(sock: socket.socket) -> bytes:
    """Everything until the other side closes."""
    parts = []
    while data := sock.recv(65536):
        parts.append(data)
    return b"".join(parts)
