"""Connections that go where they may: names are resolved here, every address is looked at, and the connection is made
to the very address that was looked at. So a name that answers something else a moment later gains nothing by it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from sogo.errors import OutboundRefused
from sogo.outbound.addresses import Address, parse_address

Permits = Callable[[Address], bool]
Lookup = Callable[[str, int, int], Sequence[tuple[Any, ...]]]
"""(host, port, family) -> what socket.getaddrinfo gives. Blocks; raises OSError."""

KEPT_SECONDS = 15.0


def system_lookup(host: str, port: int, family: int) -> Sequence[tuple[Any, ...]]:
    return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)


class Resolver(AbstractResolver):
    """Gives only the addresses that are permitted. `lookup` runs in threads of its own: a name server that hangs keeps
    nobody else waiting."""

    def __init__(self, permits: Permits, lookup: Lookup, threads: Executor) -> None:
        self._permits, self._lookup, self._threads = permits, lookup, threads

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises OutboundRefused when there are addresses, but none where we connect to; OSError for no answer."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._lookup, host, port, int(family))
        results: list[ResolveResult] = []
        for kind, _, proto, _, place in found:
            address = parse_address(str(place[0]))
            if address is not None and self._permits(address):
                results.append(
                    ResolveResult(
                        hostname=host, host=str(place[0]), port=port, family=kind, proto=proto,
                        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                    )
                )  # fmt: skip
        if found and not results:
            raise OutboundRefused("This server does not connect to where that name leads.")
        return results

    async def close(self) -> None:
        pass


class NotPermitted(OSError):
    """An address that is not permitted was about to be connected to."""


def make_connector(
    permits: Permits, lookup: Lookup, threads: Executor, *, limit: int, tls: ssl.SSLContext
) -> aiohttp.TCPConnector:
    """A connector of aiohttp for `limit` connections. The last look at an address is taken when its socket is made:
    that holds for addresses in URLs too, for which no resolver is asked."""

    def make_socket(info: tuple[Any, ...]) -> socket.socket:
        family, kind, proto, _, place = info
        address = parse_address(str(place[0]))
        if address is None or not permits(address):
            raise NotPermitted("not permitted")
        return socket.socket(family=family, type=kind, proto=proto)

    return aiohttp.TCPConnector(
        resolver=Resolver(permits, lookup, threads),
        use_dns_cache=False,
        limit=limit,
        ssl=tls,
        keepalive_timeout=KEPT_SECONDS,
        socket_factory=make_socket,
    )
