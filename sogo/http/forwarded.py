"""How the outside sees this server: scheme and host for the absolute URLs it makes (config.md §8.1).

The front end tells in x-webobjects-*; without it the Host header is all there is. Never use it for a link that is
mailed to somebody: such links start with a configured address, since these headers are the client's word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]{1,253})\Z")
_SERVER_URL = re.compile(r"(https?)://([^/:@\[\]\s]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?/?\Z", re.IGNORECASE)
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """`host` has brackets when it is an IPv6 address; `port` is None for the scheme's default port."""

    scheme: str
    host: str
    port: int | None = None

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}" + (f":{self.port}" if self.port is not None else "")


def server_url(request: web.BaseRequest) -> ServerUrl:
    """Scheme and host of this server as its users type it.

    A Host header with a port wins over the host of x-webobjects-server-url, which gives the scheme. A trailing `:0` of
    that header means nothing, and `http://…:443` is https. Whatever is no host name is passed over.
    """
    told = _told(request)
    host, port = _split_host(request.headers.get("Host", ""))
    if told is None:
        name, _ = _split_host(request.headers.get("x-webobjects-server-name", ""))
        if not host:
            host, port = name or "localhost", _port(request.headers.get("x-webobjects-server-port", ""))
        return _made("http", host, port)
    if host and port is not None:
        return _made(told.scheme, host, port)
    return told


def _told(request: web.BaseRequest) -> ServerUrl | None:
    match = _SERVER_URL.match(request.headers.get("x-webobjects-server-url", "").strip())
    if match is None:
        return None
    scheme, host, port = match[1].lower(), match[2], _port(match[3] or "")
    if not _HOST.match(host):
        return None
    return _made("https" if port == _DEFAULT_PORTS["https"] else scheme, host, port)


def _made(scheme: str, host: str, port: int | None) -> ServerUrl:
    return ServerUrl(scheme, host, None if port == _DEFAULT_PORTS[scheme] else port)


def _split_host(text: str) -> tuple[str, int | None]:
    head, colon, tail = text.strip().rpartition(":")
    host, port = (head, _port(tail)) if colon and tail.isdigit() else (text.strip(), None)
    return (host, port) if _HOST.match(host) else ("", None)


def _port(text: str) -> int | None:
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    return port if 0 < port < 65536 else None
