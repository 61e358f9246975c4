"""Telling systemd how the service is (sd_notify(3)): one datagram per state. Silent where nobody asked for it."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """`watchdog_seconds` is how often the service manager wants a sign of life, None when it does not."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._alive_due = 0.0
        self.watchdog_seconds = _watchdog_seconds(environ) if address else None

    def ready(self, status: str) -> None:
        self.send(f"READY=1\nMAINPID={os.getpid()}\nSTATUS={status}")

    def reloading(self) -> None:
        """Needs the clock reading since systemd 253 (Type=notify-reload)."""
        self.send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        self.send("STOPPING=1")

    def status(self, text: str) -> None:
        self.send(f"STATUS={text}")

    def alive(self, now: float) -> None:
        """Say that we live, twice per interval at most."""
        if self.watchdog_seconds is not None and now >= self._alive_due:
            self._alive_due = now + self.watchdog_seconds / 2
            self.send("WATCHDOG=1")

    def send(self, text: str) -> None:
        if not self._address:
            return
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock,
        ):
            sock.connect(self._address)
            sock.send(text.encode())


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    try:
        seconds = int(environ["WATCHDOG_USEC"]) / 1e6
        wanted_from = int(environ.get("WATCHDOG_PID", os.getpid()))
    except (KeyError, ValueError):
        return None
    return seconds if seconds > 0 and wanted_from in (os.getpid(), os.getppid()) else None
