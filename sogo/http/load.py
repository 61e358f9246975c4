"""What a worker is doing right now: requests that run, uploads still on their way, and long polls that only wait.

    running     counted by `shed`, which refuses what would be too much
    receiving   waits for its body: a slow upload keeps nobody else from being served
    parked      waits for news

Of all three one user may have only so many of each worker, so that nobody's program takes the place of everybody else.
The heartbeat tells the supervisor the age of the oldest.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sogo.errors import RateLimited, Unavailable
from sogo.http.context import CONTEXT, RequestContext
from sogo.http.settings import HttpSettings

logger = logging.getLogger(__name__)

COMPLAINT_SECONDS = 15.0
BUSY_TEXT = "Too busy, please try again."


@dataclass(slots=True, eq=False)
class Share:
    """What one user has of a worker, and the bytes of bodies that are being received. Strangers have one together."""

    user_id: str = ""
    working: int = 0
    parked: int = 0
    bytes: int = 0


class Load:
    """The requests of one worker."""

    def __init__(self, settings: HttpSettings) -> None:
        self._settings = settings
        self._strangers = Share()
        self._shares: dict[str, Share] = {}
        self._all: dict[RequestContext, Share] = {}
        self._parked = self._receiving = self._bytes = 0
        self._complain_due = 0.0

    def enter(self, context: RequestContext) -> None:
        self._all[context] = self._strangers
        self._strangers.working += 1
        context.when_parked.append(lambda is_parked: self._park(context, is_parked))

    def leave(self, context: RequestContext) -> None:
        self._drop(self._all.pop(context))

    def admit(self, context: RequestContext, user_id: str) -> None:
        """Note whose request it is. Raises RateLimited for a user who has too many at work."""
        limit, share = self._settings.max_running_per_user, self._shares.get(user_id)
        if share is None:
            share = self._shares[user_id] = Share(user_id)
        elif limit and share.working >= limit:
            wait = self._settings.retry_after_seconds
            raise RateLimited(f"More than {limit} requests at once.", retry_after_seconds=wait)
        share.working += 1
        self._drop(self._all[context])
        self._all[context] = share

    @contextmanager
    def receiving(self, context: RequestContext) -> Iterator[Receipt]:
        """While a body is on its way. Raises Unavailable when too many are, and when its request would now be one too
        many at work."""
        if self._receiving >= self._settings.max_receiving:
            raise self._too_much()
        receipt = Receipt(self, self._all[context])
        self._receiving += 1
        try:
            yield receipt
        finally:
            self._receiving -= 1
            receipt.end()
        if self.running > self._settings.max_running:
            raise self._too_much()

    def take(self, share: Share, size: int) -> None:
        """Some more of a body has come. Raises Unavailable when all of them, or those of one user, are too large."""
        self._bytes += size
        share.bytes += size
        limit = self._settings.max_receiving_bytes
        if size > 0 and (self._bytes > limit or share.bytes > limit // 2):
            raise self._too_much()

    def complain(self) -> None:
        """Log that there is too much to do, in the original's words, a few times a minute at most."""
        now = time.monotonic()
        if now >= self._complain_due:
            self._complain_due = now + COMPLAINT_SECONDS
            logger.warning("No child available to handle incoming request!")

    @property
    def total(self) -> int:
        return len(self._all)

    @property
    def parked(self) -> int:
        return self._parked

    @property
    def running(self) -> int:
        return len(self._all) - self._parked - self._receiving

    @property
    def users(self) -> int:
        """How many users have something at work."""
        return len(self._shares)

    @property
    def oldest_seconds(self) -> float:
        """Age of the oldest request that is not a long poll; 0 when none runs."""
        started = [context.active_since for context in self._all if not context.is_long_poll]
        return time.monotonic() - min(started) if started else 0.0

    def _park(self, context: RequestContext, is_parked: bool) -> None:
        share, change = self._all[context], 1 if is_parked else -1
        self._parked += change
        share.parked += change
        share.working -= change

    def _drop(self, share: Share) -> None:
        share.working -= 1
        if not share.working and not share.parked and share is not self._strangers:
            self._shares.pop(share.user_id, None)

    def _too_much(self) -> Unavailable:
        self.complain()
        return Unavailable(BUSY_TEXT, retry_after_seconds=self._settings.retry_after_seconds)


class Receipt:
    """What has come of one body so far."""

    __slots__ = ("_load", "_share", "_size")

    def __init__(self, load: Load, share: Share) -> None:
        self._load = load
        self._share = share
        self._size = 0

    def take(self, size: int) -> None:
        self._size += size
        self._load.take(self._share, size)

    def end(self) -> None:
        """It is all here, and counted no more: what is at work is bounded by its number."""
        self._load.take(self._share, -self._size)


LOAD = web.AppKey("load", Load)


def shed(settings: HttpSettings, load: Load) -> Middleware:
    """Answer 503 at once instead of queueing without bound; the answer says when to come back."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if load.running > settings.max_running or load.parked > settings.max_parked:
            request[CONTEXT].face = "shed"
            load.complain()
            return busy(settings.retry_after_seconds)
        return await handler(request)

    return middleware


def busy(retry_after_seconds: int) -> web.Response:
    """503, with the connection closed: the client may reach another worker next time."""
    headers = {"Retry-After": str(retry_after_seconds)}
    response = web.Response(status=503, text=f"{BUSY_TEXT}\n", headers=headers)
    response.force_close()
    return response
