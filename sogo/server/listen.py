"""The listening sockets: bound by the supervisor once, or taken over from systemd; workers inherit them.

Because all workers share the very same sockets, a worker that dies takes no waiting connection with it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import stat
import time
from collections.abc import Mapping, MutableMapping

from sogo.errors import ConfigError
from sogo.server.settings import Listen, ServerSettings

logger = logging.getLogger(__name__)

FIRST_PASSED_FD = 3


class Listeners:
    """The sockets being served, by address. Those that systemd passed stay as they are whatever is configured."""

    def __init__(self) -> None:
        self._sockets: dict[Listen, socket.socket] = {}
        self._are_passed = False

    @property
    def sockets(self) -> list[socket.socket]:
        return list(self._sockets.values())

    @property
    def addresses(self) -> list[Listen]:
        """Where we listen in fact, the port of `auto` included."""
        return [describe(sock) for sock in self.sockets]

    def open(self, settings: ServerSettings, environ: MutableMapping[str, str]) -> None:
        """Take the sockets passed by systemd when there are any, else bind what is configured. Raises ConfigError."""
        passed = passed_sockets(environ)
        self._are_passed = bool(passed)
        if passed:
            self._sockets = {describe(sock): sock for sock in passed}
        else:
            self.follow(settings)

    def follow(self, settings: ServerSettings) -> None:
        """Bind addresses that are new, close those no longer wanted. Raises ConfigError with nothing changed when an
        address cannot be had. Processes forked before keep what they inherited."""
        if self._are_passed:
            return
        fresh: dict[Listen, socket.socket] = {}
        try:
            for address in settings.listen:
                if address not in self._sockets and address not in fresh:
                    fresh[address] = bind(address, settings)
        except ConfigError:
            _close(fresh)
            raise
        unwanted = {address: sock for address, sock in self._sockets.items() if address not in settings.listen}
        self._sockets = {address: self._sockets.get(address) or fresh[address] for address in settings.listen}
        _close(unwanted)

    def close(self) -> None:
        """Stop listening; the socket files we made go, too."""
        sockets, self._sockets = self._sockets, {}
        if self._are_passed:
            for sock in sockets.values():
                sock.close()
        else:
            _close(sockets)


def bind(address: Listen, settings: ServerSettings) -> socket.socket:
    """Bind and listen, with several tries: the port may still be in the hands of a predecessor that is going."""
    reason: OSError | None = None
    for turn in range(settings.bind_tries):
        if turn:
            time.sleep(settings.bind_pause_seconds)
        try:
            sock = _bind_once(address)
        except OSError as error:
            reason = error
            logger.warning("cannot listen on %s: %s (try %d)", address, error.strerror or error, turn + 1)
            continue
        sock.listen(settings.listen_queue)
        sock.setblocking(False)
        logger.info("listening on %s", describe(sock))
        return sock
    raise ConfigError(
        f"unable to listen on specified port {address}: {reason and reason.strerror}. Is another server running there?",
        key="WOPort",
    )


def _bind_once(address: Listen) -> socket.socket:
    if address.path:
        return _bind_unix(address.path)
    family, kind, protocol, _, target = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address.host != "::"))
        sock.bind(target)
    except BaseException:
        sock.close()
        raise
    return sock


def _bind_unix(path: str) -> socket.socket:
    """A socket file left behind is removed, one that somebody answers is not."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with contextlib.suppress(FileNotFoundError):
            if stat.S_ISSOCK(os.stat(path).st_mode) and not _is_answered(path):
                os.unlink(path)
        sock.bind(path)
        os.chmod(path, 0o660)
    except BaseException:
        sock.close()
        raise
    return sock


def _is_answered(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def passed_sockets(environ: MutableMapping[str, str]) -> list[socket.socket]:
    """The sockets of socket activation (sd_listen_fds(3)). The variables are used up, children shall not see them."""
    count, wanted = environ.pop("LISTEN_FDS", ""), environ.pop("LISTEN_PID", "")
    environ.pop("LISTEN_FDNAMES", None)
    if not count.isdigit() or not wanted.isdigit() or int(wanted) != os.getpid():
        return []
    sockets = []
    for fd in range(FIRST_PASSED_FD, FIRST_PASSED_FD + min(int(count), 64)):
        os.set_inheritable(fd, False)
        sock = socket.socket(fileno=fd)
        sock.setblocking(False)
        logger.info("listening on %s (passed by the service manager)", describe(sock))
        sockets.append(sock)
    return sockets


def describe(sock: socket.socket) -> Listen:
    """Where a socket really listens."""
    name = sock.getsockname()
    if sock.family == socket.AF_UNIX:
        return Listen(path=os.fsdecode(name) or "(unnamed)")
    return Listen(host=name[0], port=name[1])


def _close(sockets: Mapping[Listen, socket.socket]) -> None:
    for address, sock in sockets.items():
        sock.close()
        if address.path:
            with contextlib.suppress(OSError):
                os.unlink(address.path)
