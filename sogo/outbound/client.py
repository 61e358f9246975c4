"""One request to a place that somebody else named: a push service, a calendar on the web.

Such a place may be chosen to make this server ask its own neighbours. So: https alone, but for networks the site has
named; public addresses alone, but for the same networks; no cookies, no proxies, no redirects that are not looked at
again; bounded in time and size. Whatever the other side does, what is raised is OutboundRefused or OutboundFailed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from sogo.errors import OutboundFailed, OutboundRefused
from sogo.outbound.addresses import Address, Network, is_in, is_public, parse_address
from sogo.outbound.connections import Lookup, NotPermitted, make_connector, system_lookup

MAX_URL_CHARS = 4096
RESOLVING_THREADS = 4
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OWN = ("authorization", "cookie", "proxy-authorization")
"""Headers that are for one server only."""


@dataclass(frozen=True, slots=True)
class OutboundSettings:
    """`allowed` are networks that may be reached although they are not public, by http as well. `tls` None: verified
    against what the system trusts."""

    allowed: tuple[Network, ...] = ()
    connect_seconds: float = 5.0
    total_seconds: float = 15.0
    max_connections: int = 32
    user_agent: str = "SOGo"
    tls: ssl.SSLContext | None = None
    lookup: Lookup = system_lookup


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` is empty unless it was asked for. `url` is where it came from at last."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    url: str = field(default="", repr=False)


class Outbound:
    """For one event loop; nothing is opened before the first request."""

    def __init__(self, settings: OutboundSettings | None = None) -> None:
        self._settings = settings or OutboundSettings()
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._threads = ThreadPoolExecutor(RESOLVING_THREADS, "outbound-names")

    def check(self, text: str) -> URL:
        """The URL, if a request to it could be permitted as far as its text tells. Raises OutboundRefused."""
        if not text or len(text) > MAX_URL_CHARS or any(char <= " " or char == "\x7f" for char in text):
            raise OutboundRefused("This is no address that can be asked.")
        try:
            url = URL(text)
            host, _ = url.host, url.port
        except ValueError as error:
            raise OutboundRefused("This is no address that can be asked.") from error
        if url.scheme not in self._schemes() or not host:
            raise OutboundRefused("Only https addresses are asked.")
        if url.user is not None or url.password is not None:
            raise OutboundRefused("An address with a login in it is not asked.")
        address = parse_address(host)
        if address is not None and not self._permits(url.scheme, address):
            raise OutboundRefused("This server does not connect to that address.")
        return url.with_fragment(None)

    async def post(self, url: str, data: bytes, headers: Mapping[str, str]) -> Reply:
        """Send, and learn what became of it; the answer's body is not read, redirects are not followed."""
        return await self._ask("POST", self.check(url), headers, data, max_bytes=0)

    async def get(self, url: str, headers: Mapping[str, str], *, max_bytes: int, max_redirects: int = 0) -> Reply:
        """Fetch up to `max_bytes`; more is OutboundFailed. Each redirect is looked at as the first address was; beyond
        `max_redirects` of them the redirect itself is the reply. All of it in the time of one request."""
        place, sent = self.check(url), dict(headers)
        try:
            async with asyncio.timeout(self._settings.total_seconds):
                for left in range(max_redirects, -1, -1):
                    reply = await self._ask("GET", place, sent, None, max_bytes=max_bytes)
                    location = reply.headers.get("Location")
                    if not left or reply.status not in _REDIRECTS or not location:
                        return reply
                    there = self._next(place, location)
                    if there.origin() != place.origin():
                        sent = {name: value for name, value in sent.items() if name.lower() not in _OWN}
                    place = there
        except TimeoutError as error:
            raise OutboundFailed("The other server did not answer in time.") from error
        raise AssertionError

    def _next(self, place: URL, location: str) -> URL:
        if len(location) > MAX_URL_CHARS:
            raise OutboundRefused("This is no address that can be asked.")
        try:
            there = place.join(URL(location))
        except ValueError as error:
            raise OutboundRefused("This is no address that can be asked.") from error
        return self.check(str(there))

    async def _ask(
        self, method: str, url: URL, headers: Mapping[str, str], data: bytes | None, *, max_bytes: int
    ) -> Reply:
        try:
            session = self._session(url.scheme)
            async with session.request(method, url, data=data, headers=headers, allow_redirects=False) as answer:
                body = await _read(answer, max_bytes) if max_bytes and answer.status not in _REDIRECTS else b""
                return Reply(answer.status, answer.headers.copy(), body, str(url))
        except TimeoutError as error:
            raise OutboundFailed("The other server did not answer in time.") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if _is_refusal(error):
                raise OutboundRefused("This server does not connect to that address.") from None
            raise OutboundFailed("The other server cannot be asked.", cause=type(error).__name__) from error

    def _session(self, scheme: str) -> aiohttp.ClientSession:
        found = self._sessions.get(scheme)
        if found is None:
            settings = self._settings
            found = self._sessions[scheme] = aiohttp.ClientSession(
                connector=make_connector(
                    lambda address: self._permits(scheme, address),
                    settings.lookup,
                    self._threads,
                    limit=settings.max_connections,
                    tls=settings.tls or ssl.create_default_context(),
                ),
                timeout=aiohttp.ClientTimeout(
                    total=settings.total_seconds,
                    sock_connect=settings.connect_seconds,
                    sock_read=settings.total_seconds,
                ),
                headers={"User-Agent": settings.user_agent, "Accept-Encoding": "identity"},
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,
            )
        return found

    def _schemes(self) -> frozenset[str]:
        return frozenset({"https", "http"} if self._settings.allowed else {"https"})

    def _permits(self, scheme: str, address: Address) -> bool:
        return is_in(address, self._settings.allowed) or (scheme == "https" and is_public(address))

    async def close(self) -> None:
        sessions, self._sessions = list(self._sessions.values()), {}
        for session in sessions:
            await session.close()
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _read(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.content.iter_any():
        size += len(part)
        if size > max_bytes:
            raise OutboundFailed("The answer of the other server is too long.")
        parts.append(part)
    return b"".join(parts)


def _is_refusal(error: BaseException | None) -> bool:
    """Whether the last look at the address said no; several addresses make a group of errors."""
    if error is None or isinstance(error, NotPermitted):
        return error is not None
    if isinstance(error, aiohttp.InvalidUrlClientError):
        return True
    if isinstance(error, BaseExceptionGroup):
        return any(map(_is_refusal, error.exceptions))
    return isinstance(error, aiohttp.ClientConnectorError) and (
        _is_refusal(error.os_error) or _is_refusal(error.__cause__)
    )
