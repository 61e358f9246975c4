"""What a machine asks about this server: `/SOGo.index/` (as the original's probe), /healthz, /readyz and /metrics.

The last three answer loopback only, and only directly: through a front end, which always adds a forwarding header,
they are a 404 like any unknown path.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sogo.errors import SogoError
from sogo.http.context import CONTEXT, peer_of
from sogo.http.metrics import Metrics
from sogo.http.settings import HttpSettings
from sogo.store.interface import Probe

logger = logging.getLogger(__name__)

FRESH_SECONDS = 1.0
_FORWARDING = ("forwarded", "via", "x-forward", "x-real-ip")
_FORWARDING_PREFIXES = ("x-forwarded-", "x-webobjects-")

Answer = Callable[[web.Request], Awaitable[web.Response]]


class Readiness:
    """Asks every back end, all at once, and remembers the answers for a second: however often somebody asks, a back
    end is asked once. The answers are "ok" or a short reason; of a back end we can do without, "degraded" and why."""

    def __init__(self, probes: Mapping[str, Probe], spare: Mapping[str, Probe], timeout_seconds: float) -> None:
        self._probes = {**spare, **probes}
        self._needed = frozenset(probes)
        self._timeout_seconds = timeout_seconds
        self._answers: dict[str, str] = {}
        self._fresh_until = -1.0
        self._lock = asyncio.Lock()

    async def ask(self) -> dict[str, str]:
        async with self._lock:
            if time.monotonic() >= self._fresh_until:
                answers = await asyncio.gather(*(self._one(name, probe) for name, probe in self._probes.items()))
                self._answers = dict(zip(self._probes, answers, strict=True))
                self._fresh_until = time.monotonic() + FRESH_SECONDS
            return self._answers

    def is_ready(self, answers: Mapping[str, str]) -> bool:
        return all(answers[name] == "ok" for name in self._needed)

    async def _one(self, name: str, probe: Probe) -> str:
        answer = await self._answer(probe)
        return answer if answer == "ok" or name in self._needed else f"degraded: {answer}"

    async def _answer(self, probe: Probe) -> str:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await probe()
        except TimeoutError:
            return "no answer in time"
        except SogoError as error:
            return error.public
        except Exception:
            logger.exception("a readiness probe failed")
            return "failed"
        return "ok"


def health(
    settings: HttpSettings, readiness: Readiness, metrics: Metrics, is_draining: Callable[[], bool]
) -> Middleware:
    """Answer the paths of this module before anything else may refuse the request."""

    async def probe_page(request: web.Request) -> web.Response:
        return web.Response(text=f"<!DOCTYPE html><title>{settings.app_name}</title>\n", content_type="text/html")

    async def alive(request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def ready(request: web.Request) -> web.Response:
        answers = await readiness.ask()
        state = "draining" if is_draining() else "ready" if readiness.is_ready(answers) else "unready"
        status = 200 if state == "ready" else 503
        return web.json_response({"status": state, "backends": answers}, status=status)

    async def exposition(request: web.Request) -> web.Response:
        text = await asyncio.to_thread(metrics.render)
        return web.Response(body=text, headers={"Content-Type": metrics.content_type})

    public: dict[str, Answer] = {f"/{settings.app_name}.index/": probe_page, f"/{settings.app_name}.index": probe_page}
    private: dict[str, Answer] = {"/healthz": alive, "/readyz": ready, "/metrics": exposition}

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        answer = public.get(path)
        if answer is None and path in private:
            answer = private[path] if is_direct_loopback(request) else _nothing_here
        if answer is None:
            return await handler(request)
        request[CONTEXT].face = "health"
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405, headers={"Allow": "GET, HEAD"})
        response = await answer(request)
        response.headers["Cache-Control"] = "no-store"
        return response

    return middleware


async def _nothing_here(request: web.Request) -> web.Response:
    return web.Response(status=404, text="Not found.\n")


def is_direct_loopback(request: web.BaseRequest) -> bool:
    """Did this machine itself ask, with no front end between? A unix socket counts as this machine."""
    for name in request.headers:
        lower = name.lower()
        if lower in _FORWARDING or lower.startswith(_FORWARDING_PREFIXES):
            return False
    peer = peer_of(request)
    if peer == "local":
        return True
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
