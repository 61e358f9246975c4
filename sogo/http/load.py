"""What a worker is doing right now: the requests that run, and the long polls that only wait.

The heartbeat tells the supervisor the age of the oldest; `shed` refuses what would be too much.
"""

from __future__ import annotations

import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sogo.http.context import CONTEXT, RequestContext
from sogo.http.settings import HttpSettings

logger = logging.getLogger(__name__)

COMPLAINT_SECONDS = 15.0


class Load:
    """The running requests of one worker."""

    def __init__(self) -> None:
        self._running: set[RequestContext] = set()
        self._complain_due = 0.0

    def enter(self, context: RequestContext) -> None:
        self._running.add(context)

    def leave(self, context: RequestContext) -> None:
        self._running.discard(context)

    def complain(self) -> None:
        """Log that there is too much to do, in the original's words, a few times a minute at most."""
        now = time.monotonic()
        if now >= self._complain_due:
            self._complain_due = now + COMPLAINT_SECONDS
            logger.warning("No child available to handle incoming request!")

    @property
    def total(self) -> int:
        return len(self._running)

    @property
    def parked(self) -> int:
        return sum(context.is_long_poll for context in self._running)

    @property
    def running(self) -> int:
        return self.total - self.parked

    @property
    def oldest_seconds(self) -> float:
        """Age of the oldest request that is not a long poll; 0 when none runs."""
        started = [context.active_since for context in self._running if not context.is_long_poll]
        return time.monotonic() - min(started) if started else 0.0


LOAD = web.AppKey("load", Load)


def shed(settings: HttpSettings, load: Load) -> Middleware:
    """Answer 503 at once instead of queueing without bound; the answer says when to come back."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if load.total > settings.max_running:
            parked = load.parked
            if load.total - parked > settings.max_running or parked > settings.max_parked:
                request[CONTEXT].face = "shed"
                load.complain()
                return busy(settings.retry_after_seconds)
        return await handler(request)

    return middleware


def busy(retry_after_seconds: int) -> web.Response:
    """503, with the connection closed: the client may reach another worker next time."""
    headers = {"Retry-After": str(retry_after_seconds)}
    response = web.Response(status=503, text="Too busy, please try again.\n", headers=headers)
    response.force_close()
    return response
