"""The one aiohttp application of a worker: what every request passes through, whatever face answers it.

    begin      request id, context variable, in-flight list, metrics, the headers every answer has
    catch      refusals and bugs become answers
    health     /SOGo.index/, /healthz, /readyz, /metrics
    preflights whether the pages of another origin may ask (where the site has such)
    shed       503 when too much runs
    limits     URL, method, body size and coding, time
    count      429 for users who ask too often
    compress   gzip
    dispatch   the faces, by path (given by the wiring)

There are no routes: every request that can be read reaches `dispatch`, whatever its method and path. A face splits
`request.raw_path` itself; aiohttp decodes `%2F`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sogo.http import context as contexts
from sogo.http import security
from sogo.http.access_log import sent_bytes
from sogo.http.compress import compress
from sogo.http.connection import SAFE_METHODS, Connection
from sogo.http.context import CONTEXT
from sogo.http.cors import open_to, preflights
from sogo.http.deadline import Deadlines
from sogo.http.errors import catch
from sogo.http.health import Readiness, health
from sogo.http.limits import expectation, limits
from sogo.http.load import LOAD, Load, shed
from sogo.http.metrics import Metrics, Sampler
from sogo.http.process import resident_bytes
from sogo.http.request_count import request_count
from sogo.http.settings import HTTP_SETTINGS, HttpSettings
from sogo.store.interface import Cache, Probe

logger = logging.getLogger(__name__)

Dispatch = Callable[[web.Request], Awaitable[web.StreamResponse]]
METRICS = web.AppKey("metrics", Metrics)
SAMPLE_SECONDS = 5.0


def create_app(
    *,
    settings: HttpSettings,
    dispatch: Dispatch,
    probes: Mapping[str, Probe] | None = None,
    spare_probes: Mapping[str, Probe] | None = None,
    cache: Cache | None = None,
    metrics_directory: Path | None = None,
    worker_number: int = 0,
    samplers: Iterable[Sampler] = (),
    start_statement_count: Callable[[], Callable[[], int]] | None = None,
    is_draining: Callable[[], bool] = lambda: False,
) -> web.Application:
    """The application around `dispatch`.

    `probes` are what /readyz asks, by name, `spare_probes` those of back ends we can do without. `cache` carries the
    request counts shared by all workers. `samplers` are numbers of other parts for /metrics. `start_statement_count` is
    called at the start of each request and returns a function that tells how many SQL statements it has made since.
    """
    load, deadlines = Load(settings), Deadlines(settings.request_seconds)
    metrics = Metrics(metrics_directory, worker_number)
    metrics.add_samplers(samplers)
    app = web.Application(
        middlewares=[
            _begin(settings, load, metrics, start_statement_count),
            catch,
            health(settings, Readiness(probes or {}, spare_probes or {}, settings.probe_seconds), metrics, is_draining),
            *([preflights(settings.allowed_origins)] if settings.allowed_origins else ()),
            shed(settings, load),
            limits(settings, deadlines),
            *([request_count(settings, cache)] if settings.max_requests else ()),
            *([compress(settings)] if settings.gzip else ()),
            _to(dispatch),
        ],
        client_max_size=settings.body_limit_bytes,
    )
    app.router.add_route("*", "/{tail:.*}", _unreached, expect_handler=expectation(settings))
    app[LOAD], app[METRICS], app[HTTP_SETTINGS] = load, metrics, settings
    app.on_response_prepare.append(_dress(settings))
    app.cleanup_ctx.append(_sampling)
    app.on_cleanup.append(_closing(deadlines))
    return app


def _closing(deadlines: Deadlines) -> Callable[[web.Application], Awaitable[None]]:
    async def close(_: web.Application) -> None:
        deadlines.close()

    return close


async def _unreached(request: web.Request) -> web.StreamResponse:
    raise AssertionError("the last middleware answers")


def _to(dispatch: Dispatch) -> Middleware:
    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        return await dispatch(request)

    return middleware


def _begin(
    settings: HttpSettings,
    load: Load,
    metrics: Metrics,
    start_statement_count: Callable[[], Callable[[], int]] | None,
) -> Middleware:
    """The outermost layer: whatever happens further in, the request is listed, counted and unlisted."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        context = contexts.begin(request)
        context.resident_before = resident_bytes()
        if start_statement_count is not None:
            context.count_statements = start_statement_count()
        if settings.debug_requests:
            logger.info("starting method '%s' on uri '%s'", context.method, context.path[:2000])
        connection = request.protocol
        if isinstance(connection, Connection):
            connection.busy = asyncio.current_task() if request.method in SAFE_METHODS else None
            connection.body = request.content
        load.enter(context)
        try:
            response = await handler(request)
        except web.HTTPException as answer:
            _finish(request, metrics, answer)
            raise
        except asyncio.CancelledError:
            _finish(request, metrics, None)
            if isinstance(connection, Connection):
                connection.log_abandoned(request, context.seconds)
            raise
        finally:
            load.leave(context)
            if isinstance(connection, Connection):
                connection.busy = connection.body = None
            if request.content.exception() is not None:
                request.content.feed_eof()  # or aiohttp would go on to read what is broken
        _finish(request, metrics, response)
        return response

    return middleware


def _finish(request: web.Request, metrics: Metrics, response: web.StreamResponse | None) -> None:
    """Count what was answered; None when the client went away first, which is counted as 4xx."""
    if response is None:
        metrics.observe(request[CONTEXT], 499, 0)
    else:
        metrics.observe(request[CONTEXT], response.status, sent_bytes(request, response))


def _dress(settings: HttpSettings) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """The headers every answer has."""

    async def dress(request: web.Request, response: web.StreamResponse) -> None:
        security.harden(response)
        if settings.allowed_origins:
            open_to(request, response, settings.allowed_origins)
        context = request.get(CONTEXT)
        if context is None:
            return
        response.headers["X-Request-ID"] = context.request_id
        if settings.debug_requests:
            response.headers["SOGo-Request-Duration"] = f"{context.seconds:.3f}"
            logger.info("request took %.6f seconds to execute", context.seconds)

    return dress


async def _sampling(app: web.Application) -> AsyncIterator[None]:
    """Keep the gauges of this worker fresh while it lives."""
    load, metrics = app[LOAD], app[METRICS]

    async def sample_forever() -> None:
        while True:
            metrics.running.set(load.running)
            metrics.parked.set(load.parked)
            metrics.resident.set(resident_bytes())
            try:
                metrics.sample()
            except Exception:
                logger.exception("a number for /metrics could not be had")
            await asyncio.sleep(SAMPLE_SECONDS)

    task = asyncio.create_task(sample_forever())
    yield
    task.cancel()
