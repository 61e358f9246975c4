"""SOGoMaximumRequestCount: 429 for a user whose clients ask too often (auth.md §11).

The user is the first path segment after the handler key, whoever is logged in; `/SOGo/` itself is not counted. The
count is shared through the cache under the original's key, so both servers of a mixed site count together. Without a
cache each worker counts for itself.
"""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sogo.http.settings import HttpSettings
from sogo.store.interface import Cache

MAX_USER = 200
MAX_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Tally:
    """Requests since `since` (epoch seconds)."""

    since: int
    count: int

    def render(self) -> str:
        return json.dumps({"InitialDate": self.since, "RequestCount": self.count})

    @classmethod
    def parse(cls, text: str | None) -> Tally | None:
        """A stored tally; None for nothing and for nonsense, which is forgotten."""
        try:
            members = json.loads(text) if text else None
            return cls(int(members["InitialDate"]), int(members["RequestCount"])) if members else None
        except (ValueError, TypeError, KeyError):
            return None


def decide(tally: Tally | None, now: int, settings: HttpSettings) -> Tally | None:
    """The tally after one more request, None when that request is one too many."""
    if tally is None or not 0 <= now - tally.since <= settings.request_block_seconds:
        return Tally(now, 1)
    if tally.count >= settings.max_requests and now - tally.since < settings.request_interval_seconds:
        return None
    return Tally(tally.since, tally.count + 1)


class LocalTallies:
    """The tallies of one worker, the least recent forgotten first."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()

    def get(self, key: str) -> str | None:
        return self._texts.get(key)

    def set(self, key: str, text: str) -> None:
        self._texts[key] = text
        self._texts.move_to_end(key)
        if len(self._texts) > MAX_REMEMBERED:
            self._texts.popitem(last=False)


def request_count(settings: HttpSettings, cache: Cache | None, clock: Callable[[], float] = time.time) -> Middleware:
    """Count per user and refuse beyond the limit with an empty 429."""
    local = LocalTallies()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        user = counted_user(request.raw_path) if settings.max_requests else ""
        if not user:
            return await handler(request)
        key = f"{user}+requestcount"
        now = int(clock())
        tally = Tally.parse(local.get(key) if cache is None else await cache.get(key))
        counted = decide(tally, now, settings)
        if counted is None:
            return web.Response(status=429, headers={"Retry-After": str(_wait(tally, now, settings))})
        if cache is None:
            local.set(key, counted.render())
        else:
            await cache.set(key, counted.render(), ttl_seconds=settings.request_block_seconds)
        return await handler(request)

    return middleware


def counted_user(raw_path: str) -> str:
    """`/SOGo/dav/jdoe/Calendar/` -> jdoe; "" where nobody is named."""
    segments = raw_path.partition("?")[0].split("/", 4)
    return unquote(segments[3])[:MAX_USER] if len(segments) > 3 else ""


def _wait(tally: Tally | None, now: int, settings: HttpSettings) -> int:
    """Seconds until the block ends: when the interval since its start is over."""
    since = tally.since if tally is not None else now
    return max(1, int(since + settings.request_interval_seconds - now))
