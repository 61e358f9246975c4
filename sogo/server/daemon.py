"""Becoming a service: leaving the terminal, the pid file, dropping root."""

from __future__ import annotations

import contextlib
import os
import pwd
import sys
from collections.abc import Callable
from pathlib import Path

from sogo.errors import ConfigError

ROOT_REFUSAL = (
    "Don't run SOGo as root! Start it as the user sogo, or with --user NAME to become that user once the port is bound;"
    " --allow-root serves as root all the same."
)


def refuse_root(*, user: str | None, allow_root: bool) -> None:
    """Raises ConfigError when we would go on serving as root."""
    if os.geteuid() == 0 and user is None and not allow_root:
        raise ConfigError(ROOT_REFUSAL)


def become(user: str) -> None:
    """Take on a user's id, groups and home for good. Raises ConfigError when there is no such user or we may not."""
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise ConfigError(f"There is no user {user!r} on this machine.", key="--user") from None
    if os.geteuid() == entry.pw_uid:
        return
    try:
        os.initgroups(user, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    except PermissionError:
        raise ConfigError(f"Only root can become the user {user!r}.", key="--user") from None
    os.environ["HOME"] = entry.pw_dir
    os.environ["USER"] = os.environ["LOGNAME"] = user


def detach() -> Callable[[], None]:
    """Go to the background: new session, no terminal, working directory /. Returns in the daemon only.

    The process that was started waits until the daemon calls the returned function, then ends with 0; it ends with 1
    when the daemon dies before. So whoever starts us knows whether we came up.
    """
    reader, writer = os.pipe()
    if os.fork():
        os.close(writer)
        _leave(0 if os.read(reader, 1) else 1)
    os.close(reader)
    os.setsid()
    if os.fork():
        _leave(0)
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    if os.isatty(1):
        os.dup2(null, 1)
    if os.isatty(2):
        os.dup2(null, 2)
    os.close(null)

    def announce() -> None:
        with contextlib.suppress(OSError):
            os.write(writer, b"1")
            os.close(writer)

    return announce


def _leave(code: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class PidFile:
    """The pid of the supervisor, decimal, without a line end. Removed only while it still names us."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self) -> None:
        """Raises ConfigError when the file cannot be written or names a living server."""
        try:
            self._refuse_second_server()
            self._path.write_text(str(os.getpid()), encoding="ascii")
        except OSError as error:
            raise ConfigError(
                f"The pid file {str(self._path)!r} cannot be written: {error.strerror}. Create its folder and give it"
                " to the user SOGo runs as.",
                key="WOPidFile",
            ) from error

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            if self._path.read_text(encoding="ascii") == str(os.getpid()):
                self._path.unlink()

    def _refuse_second_server(self) -> None:
        try:
            pid = int(self._path.read_text(encoding="ascii").strip() or "0")
            program = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return
        if pid > 0 and pid != os.getpid() and b"sogo" in program:
            raise ConfigError(f"Another server is running with pid {pid}.", key="WOPidFile", file=str(self._path))
