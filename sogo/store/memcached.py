"""`interface.Cache` on memcached, shared by all workers and, if a site wants it, with SOGo 5.

Values are plain UTF-8 with flag 0 under the original's own keys (auth.md §6); with several servers a key goes to the
one libmemcached would choose. Keys with blanks go by the binary protocol. pymemcache blocks, so calls run in a few
threads. A server that fails is left alone for a moment: a dead memcached costs one short timeout now and then, and
every failure is a miss. Only a delete is tried all the same: a copy that outlives a change would be shown, and written
back, by whoever shares the server.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeVar

from pymemcache.client.base import PooledClient
from pymemcache.exceptions import MemcacheError, MemcacheUnexpectedCloseError

from sogo.errors import CacheUnavailable
from sogo.store.memcached_binary import BinaryClient
from sogo.store.memory_cache import Monotonic

log = logging.getLogger(__name__)

DEFAULT_PORT = 11211
MAX_KEY_BYTES = 250
MAX_VALUE_BYTES = 1_000_000
_MONTH_SECONDS = 30 * 24 * 3600
_NOT_TEXT = re.compile(rb"[\x00-\x20\x7f]")

_BROKEN = (ConnectionError, MemcacheUnexpectedCloseError, AttributeError)
"""A connection that is no more. AttributeError: another thread closed it under us, and the library has None for it."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MemcachedSettings:
    """`servers` is SOGoMemcachedHost as written: `host:port,host2`, or `/path/of/socket`."""

    servers: str = "localhost"
    default_ttl_seconds: float = 300
    timeout_seconds: float = 0.2
    threads: int = 4
    pause_seconds: float = 2.0
    """How long a failed server is left alone."""


def parse_servers(text: str) -> list[tuple[str, int] | str]:
    """The servers of a libmemcached list: host, host:port, host:port:weight (weights are not used) or a socket path.

    Nonsense is skipped: an unusable cache is no cache, not a failed start.
    """
    servers: list[tuple[str, int] | str] = []
    for part in re.split(r"[,\s]+", text.strip()):
        part = part.removeprefix("--SERVER=").removeprefix("--SOCKET=").strip('"')
        if part.startswith("/"):
            servers.append(part)
        elif found := re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:/\[\]]+)(?::(\d{1,5}))?(?::\d+|/.*)?", part):
            servers.append((found[1].strip("[]"), int(found[2] or DEFAULT_PORT)))
    return servers


def wire_key(key: str) -> bytes:
    """The key as sent. One that no protocol can carry, and the original therefore does not cache under, is replaced by
    its SHA-256."""
    data = key.encode("utf-8", errors="surrogatepass")
    if len(data) > MAX_KEY_BYTES or not data:
        return b"sha256:" + hashlib.sha256(data).hexdigest().encode()
    return data


def server_index(key: bytes, count: int) -> int:
    """libmemcached's choice: Jenkins' one-at-a-time hash over signed bytes, modulo the number of servers."""
    value = 0
    for octet in key:
        value = (value + (octet - 256 if octet > 127 else octet)) & 0xFFFFFFFF
        value = (value + (value << 10)) & 0xFFFFFFFF
        value ^= value >> 6
    value = (value + (value << 3)) & 0xFFFFFFFF
    value ^= value >> 11
    return ((value + (value << 15)) & 0xFFFFFFFF) % count


class Client:
    """One memcached by both protocols. Blocks; for several threads."""

    def __init__(self, address: tuple[str, int] | str, settings: MemcachedSettings) -> None:
        self._binary = BinaryClient(address, settings.timeout_seconds)
        self._text: Any = PooledClient(  # the library has no types
            address,
            timeout=settings.timeout_seconds,
            connect_timeout=settings.timeout_seconds,
            no_delay=not isinstance(address, str),
            max_pool_size=settings.threads,
            allow_unicode_keys=True,
        )

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        plain, odd = _by_protocol(keys)
        found: dict[bytes, bytes] = self._text.get_many(plain) if plain else {}
        return found | {key: value for key in odd if (value := self._binary.get(key)) is not None}

    def set(self, key: bytes, value: bytes, expire: int) -> bool:
        if _NOT_TEXT.search(key):
            return self._binary.set(key, value, expire)
        return bool(self._text.set(key, value, expire=expire, noreply=False))

    def add(self, key: bytes, value: bytes, expire: int) -> bool:
        if _NOT_TEXT.search(key):
            return self._binary.add(key, value, expire)
        return bool(self._text.add(key, value, expire=expire, noreply=False))

    def delete_many(self, keys: Sequence[bytes]) -> bool:
        plain, odd = _by_protocol(keys)
        if plain:
            self._text.delete_many(plain, noreply=False)
        for key in odd:
            self._binary.delete(key)
        return True

    def version(self) -> bool:
        return bool(self._text.version())

    def close(self) -> None:
        self._text.close()


def _by_protocol(keys: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Those that the text protocol carries, and the others."""
    odd = [key for key in keys if _NOT_TEXT.search(key)]
    return [key for key in keys if key not in odd] if odd else list(keys), odd


class _Server:
    """One memcached and whether it may be asked now."""

    def __init__(self, address: tuple[str, int] | str, settings: MemcachedSettings, clock: Monotonic) -> None:
        self.address = address
        self._clock = clock
        self._pause_seconds = settings.pause_seconds
        self._asleep_until = float("-inf")
        self._faults = 0
        self._lock = threading.Lock()
        self._client = Client(address, settings)

    @property
    def faults(self) -> int:
        """Calls that failed since the start."""
        return self._faults

    def is_asleep(self) -> bool:
        return self._clock() < self._asleep_until

    def call(self, work: Callable[[Client], T], missed: T, urgent: bool = False) -> T:
        """Do it, or give `missed` when the server is away. For a thread of the executor."""
        if self.is_asleep() and not urgent:
            return missed
        try:
            done = self._attempt(work)
            self._asleep_until = float("-inf")
            return done
        except (OSError, *_BROKEN) as error:
            self._asleep_until = self._clock() + self._pause_seconds
            log.warning("memcached %s does not answer: %s", self.address, error)
        except (MemcacheError, ValueError) as error:
            log.warning("memcached %s refused a request: %s", self.address, error)
        with self._lock:
            self._faults += 1
        return missed

    def _attempt(self, work: Callable[[Client], T]) -> T:
        """Connections kept from before a restart of the server break at once: then a new one is tried."""
        try:
            return work(self._client)
        except _BROKEN:
            self._client.close()
            return work(self._client)

    def close(self) -> None:
        self._client.close()


class MemcachedCache:
    """`interface.Cache` over one or several memcached servers."""

    def __init__(self, settings: MemcachedSettings, *, clock: Monotonic = time.monotonic) -> None:
        self._settings = settings
        self._servers = [_Server(address, settings, clock) for address in parse_servers(settings.servers)]
        self._executor = ThreadPoolExecutor(settings.threads, thread_name_prefix="memcached")
        self._timeouts = 0

    @property
    def faults(self) -> int:
        """Calls that failed or took too long since the start; each was a miss."""
        return self._timeouts + sum(server.faults for server in self._servers)

    async def get(self, key: str) -> str | None:
        return (await self.get_many([key])).get(key)

    async def get_many(self, keys: Sequence[str]) -> dict[str, str]:
        wanted = {wire_key(key): key for key in keys}
        found: dict[bytes, bytes] = {}
        for server, names in self._spread(list(wanted)):
            found |= await self._run(server, lambda client, names=names: client.get_many(names), {})  # type: ignore[misc]
        texts = {wanted[name]: _text(value) for name, value in found.items() if name in wanted}
        return {key: text for key, text in texts.items() if text is not None}

    async def set(self, key: str, value: str, *, ttl_seconds: float | None = None) -> None:
        await self._store("set", key, value, ttl_seconds)

    async def add(self, key: str, value: str, *, ttl_seconds: float | None = None) -> bool:
        return await self._store("add", key, value, ttl_seconds)

    async def delete(self, *keys: str) -> None:
        for server, names in self._spread([wire_key(key) for key in keys], asleep=True):
            await self._run(
                server,
                lambda client, names=names: client.delete_many(names),  # type: ignore[misc]
                True,
                urgent=True,
            )

    async def probe(self) -> None:
        """Raises CacheUnavailable when one of the servers does not answer."""
        for server in self._servers:
            if not await self._run(server, lambda client: client.version(), False):
                raise CacheUnavailable("memcached does not answer.", server=server.address)

    async def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        for server in self._servers:
            server.close()

    async def _store(self, command: str, key: str, value: str, ttl_seconds: float | None) -> bool:
        expire = self._expire(ttl_seconds)
        data = value.encode("utf-8", errors="replace")
        if expire is None or len(data) > MAX_VALUE_BYTES:  # an old value must not stay in its place
            if command == "set":
                await self.delete(key)
            return False
        name = wire_key(key)
        for server, _ in self._spread([name]):
            return await self._run(server, lambda client: _stored(client, command, name, data, expire), False)
        return False

    def _expire(self, ttl_seconds: float | None) -> int | None:
        """memcached's exptime, which beyond a month is a date; None for what has ended already.

        Its clock ticks in whole seconds, so one more keeps an entry from ending before its time.
        """
        ttl = self._settings.default_ttl_seconds if ttl_seconds is None else ttl_seconds
        if ttl <= 0:
            return None
        return ceil(ttl) + 1 if ttl < _MONTH_SECONDS else int(time.time() + ttl)

    def _spread(self, names: list[bytes], *, asleep: bool = False) -> list[tuple[_Server, list[bytes]]]:
        """The names by server, without the servers that are left alone now unless those are wanted too."""
        groups: dict[int, list[bytes]] = {}
        for name in names if self._servers else ():
            groups.setdefault(server_index(name, len(self._servers)), []).append(name)
        return [(self._servers[i], group) for i, group in groups.items() if asleep or not self._servers[i].is_asleep()]

    async def _run(self, server: _Server, work: Callable[[Client], T], missed: T, *, urgent: bool = False) -> T:
        loop = asyncio.get_running_loop()
        try:
            call = loop.run_in_executor(self._executor, server.call, work, missed, urgent)
            async with asyncio.timeout(5 * self._settings.timeout_seconds):
                return await call
        except (TimeoutError, RuntimeError):  # a queue of slow calls, or closed already
            self._timeouts += 1
            return missed


def _stored(client: Client, command: str, key: bytes, value: bytes, expire: int) -> bool:
    return client.add(key, value, expire) if command == "add" else client.set(key, value, expire)


def _text(value: object) -> str | None:
    try:
        return value.decode("utf-8") if isinstance(value, bytes) else None
    except UnicodeDecodeError:
        return None
