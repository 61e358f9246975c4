"""Who asks, from where, since when: one RequestContext per request, found through a context variable.

It is filled in as the request travels: the outermost layer makes it, the face sets `face`, authentication sets
`user_id`, a long poll marks itself, the compressor notes sizes. The access line and the metrics read it at the end.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from aiohttp import web

REMOTE_HEADERS = ("x-webobjects-remote-host", "x-forward", "x-forwarded-for")
"""Config.md §8.1, in the order of trust. The front end must set or remove them; the original believes them too."""
MAX_REMOTE = 200

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:+/=-]{4,64}\Z")
_NOT_IN_REMOTE = re.compile(r"[^0-9A-Za-z.:,_\[\]% -]")


@dataclass(slots=True, eq=False)
class RequestContext:
    """One request. `remote` is the client as logged, it may be a comma list. `started` is monotonic, `active_since` too
    but renewed after a long poll. `plain_bytes` is the body before compression, None where nothing was compressed."""

    request_id: str
    method: str
    path: str
    remote: str
    started: float = field(default_factory=time.monotonic)
    active_since: float = 0.0
    face: str = "other"
    user_id: str = ""
    is_long_poll: bool = False
    is_overdue: bool = False
    """It ran for too long and is being cancelled (`sogo.http.deadline`)."""
    resident_before: int = 0
    plain_bytes: int | None = None
    count_statements: Callable[[], int] = lambda: 0
    when_parked: list[Callable[[bool], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.active_since = self.started

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def sql_statements(self) -> int:
        """How many SQL statements this request has made so far."""
        return self.count_statements()

    @contextmanager
    def parked(self) -> Iterator[None]:
        """Mark the time a request only waits for news: watchdog, time limit and bound on running requests leave it
        alone. Not to be nested."""
        self.is_long_poll = True
        for tell in self.when_parked:
            tell(True)
        try:
            yield
        finally:
            self.is_long_poll = False
            self.active_since = time.monotonic()
            for tell in self.when_parked:
                tell(False)


CONTEXT = web.RequestKey("context", RequestContext)
_current: ContextVar[RequestContext | None] = ContextVar("sogo_request", default=None)


def current() -> RequestContext | None:
    """The request this code works for, None outside of any."""
    return _current.get()


def begin(request: web.Request) -> RequestContext:
    """Make the context of a request and leave it where `current` and `request[CONTEXT]` find it."""
    context = RequestContext(
        request_id=request_id(request.headers.get("X-Request-ID")),
        method=request.method,
        path=request.raw_path,
        remote=remote_of(request),
    )
    request[CONTEXT] = context
    _current.set(context)
    return context


def request_id(offered: str | None) -> str:
    """The front end's id where it is a sane one, else a new one: no secret, only unlike the others."""
    if offered is not None and _REQUEST_ID.match(offered):
        return offered
    return f"{random.getrandbits(64):016x}"


def peer_of(request: web.BaseRequest) -> str:
    """The address at the other end of the socket; "local" for a unix socket."""
    peer = getattr(request.protocol, "peer", None)
    return peer if isinstance(peer, str) else peer_of_transport(request.transport)


def peer_of_transport(transport: asyncio.BaseTransport | None) -> str:
    """As `peer_of`; "-" for a connection that is gone."""
    if transport is None:
        return "-"
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family == socket.AF_UNIX:
        return "local"
    peername = transport.get_extra_info("peername")
    return str(peername[0]) if isinstance(peername, tuple) and peername else "-"


def remote_of(request: web.BaseRequest) -> str:
    """The client as the front end names it, else the peer. Never more than MAX_REMOTE harmless characters, since it
    goes into log lines that programs read."""
    headers = request.headers
    for name in REMOTE_HEADERS:
        told = headers.get(name)
        text = _NOT_IN_REMOTE.sub("", told).strip() if told else ""
        if text:
            return text[:MAX_REMOTE]
    return peer_of(request)
