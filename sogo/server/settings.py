"""What the supervisor and its workers can be told, and how WOPort is read (config.md §4.1, §6)."""

from __future__ import annotations

import datetime as dt
import logging
import re
from dataclasses import dataclass, field
from pathlib import Path

from sogo.errors import ConfigError
from sogo.http.connection import ConnectionSettings
from sogo.http.logs import LogStyle

_IPV6 = re.compile(r"\[([0-9A-Fa-f:.%\w]+)\]:(\d+)\Z")
_HOST = re.compile(r"([A-Za-z0-9._-]+|\*):(\d+)\Z")
_PORT = re.compile(r":?(\d+)\Z")
ALL_INTERFACES = "0.0.0.0"  # noqa: S104 - only where the configuration asks for it
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where to listen: `host` and `port` (0: any free one), or the `path` of a unix socket."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


DEFAULT_LISTEN = Listen(LOOPBACK, 20000)


def parse_listen(text: str) -> tuple[Listen, ...]:
    """Read WOPort. Raises ConfigError.

    `ip:port`, `[v6]:port`, `port` or `:port` or `*:port` (all interfaces), `auto` (a free port on loopback). Ours
    beyond the original: `unix:/path` or `/path`, `localhost:port`, and several of them separated by commas.
    """
    parts = [part.strip() for part in text.split(",")]
    return tuple(_listen(part) for part in parts) if text.strip() else (DEFAULT_LISTEN,)


def _listen(text: str) -> Listen:
    if text.lower() == "auto":
        return Listen(LOOPBACK, 0)
    path = text.removeprefix("unix:")
    if path.startswith("/"):
        if len(path.encode()) > 100:
            raise ConfigError(f"The path {path!r} is too long for a socket; at most 100 bytes.", key="WOPort")
        return Listen(path=path)
    if match := _IPV6.match(text):
        return Listen(match[1], _port(match[2], text))
    if match := _HOST.match(text):
        return Listen(ALL_INTERFACES if match[1] == "*" else match[1], _port(match[2], text))
    if match := _PORT.match(text):
        return Listen(ALL_INTERFACES, _port(match[1], text))
    raise ConfigError(
        f"{text!r} is no address to listen on. Write ip:port, [ipv6]:port, a port, *:port, auto or /path/of/socket.",
        key="WOPort",
    )


def _port(digits: str, text: str) -> int:
    port = int(digits[:6])
    if not 0 < port < 65536:
        raise ConfigError(f"{text!r}: a port is a number from 1 to 65535.", key="WOPort")
    return port


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """All the supervisor knows of the configuration. Parameter names in the comments are those of sogo.conf."""

    listen: tuple[Listen, ...] = (DEFAULT_LISTEN,)
    listen_queue: int = 1024
    """WOListenQueueSize. The original's default of 5 suits its one request per process, not us."""
    workers: int = 1
    """WOWorkersCount."""
    pid_file: Path | None = None
    """WOPidFile."""
    log_file: str = "-"
    """WOLogFile; "-" leaves standard output and error as they are."""
    log_style: LogStyle = LogStyle.TEXT
    log_zone: dt.tzinfo = dt.UTC
    """SOGoTimeZone."""
    log_level: int = logging.INFO
    detach: bool = False
    """Not WONoDetach."""
    use_watchdog: bool = True
    """WOUseWatchDog; False: one process, no supervisor."""
    user: str | None = None
    """--user: become this user after binding."""
    allow_root: bool = False
    """--allow-root: serve as root all the same."""

    watchdog_seconds: float = 600.0
    """WOWatchDogRequestTimeout. The worker cancels such a request by itself; the supervisor kills the worker when that
    did not help within `watchdog_grace_seconds`."""
    watchdog_grace_seconds: float = 15.0
    blocked_seconds: float = 60.0
    """A worker whose event loop does not answer for so long is killed: nobody it serves gets on."""
    respawn_seconds: float = 5.0
    """WORespawnDelay."""
    respawn_limit_seconds: float = 30.0
    memory_limit_mb: int = 384
    """SxVMemLimit, measured as resident memory; 0: none."""
    heartbeat_seconds: float = 1.0
    start_seconds: float = 120.0
    """How long a worker may take until it serves."""
    shutdown_seconds: float = 30.0
    """How long running requests may take to end when a worker is asked to go."""
    idle_seconds: float = 2.0
    """How long a leaving worker keeps idle connections, so that a request on its way is not lost."""
    bind_tries: int = 5
    bind_pause_seconds: float = 1.0
    connection: ConnectionSettings = field(default_factory=ConnectionSettings)
    metrics_directory: Path | None = None
    """Where the numbers for /metrics are shared, emptied at start; None: beside the pid file, or a temporary one."""
    use_uvloop: bool = True

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ConfigError("At least one worker is needed.", key="WOWorkersCount")
        if self.listen_queue < 1:
            raise ConfigError("The listen queue must hold at least one connection.", key="WOListenQueueSize")
        if not self.listen:
            raise ConfigError("There is no address to listen on.", key="WOPort")
