"""The only module that knows all concrete classes: from a configuration to a running application."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from aiohttp import web

from sogo.api.app import PREFIX as API_PREFIX
from sogo.api.app import ApiFace
from sogo.api.timezones import TimezoneFace, is_timezone_path
from sogo.auth.directory import SiteDirectory
from sogo.auth.interface import UserSource
from sogo.conf.levels import Config
from sogo.dav import discovery
from sogo.dav.app import DavFace
from sogo.dav.services import Services
from sogo.dav.tokens import render_token
from sogo.http.app import create_app
from sogo.http.context import CONTEXT
from sogo.http.login import Authenticator
from sogo.mail.imap.pool import ImapPool
from sogo.outbound.client import Outbound
from sogo.server import observing
from sogo.server.mapping import (
    http_settings,
    kept_mail_seconds,
    memcached_settings,
    outbound_settings,
    server_settings,
    site_zone,
    store_settings,
)
from sogo.server.source_mapping import directory_settings, open_sources
from sogo.server.worker import WorkerContext
from sogo.service.aftermath import Followed
from sogo.service.bus import ChangeBus
from sogo.service.folders import FolderService
from sogo.service.mail_post import MailPost
from sogo.service.mail_rendering import MailRendering
from sogo.service.mail_routes import MailRoutes
from sogo.service.mail_sender import MailSender
from sogo.service.memory import FolderMemory
from sogo.service.push_sender import PushSender
from sogo.service.request_scope import RequestEditor, RequestProfiles, RequestProperties, begin_request
from sogo.service.scheduling.scheduler import Scheduler
from sogo.service.shelf import SharedMemory
from sogo.service.site import Site
from sogo.store.interface import Cache
from sogo.store.memcached import MemcachedCache
from sogo.store.memory_cache import MemoryCache
from sogo.store.sql import SqlStore, open_store
from sogo.store.sql.counting import StatementCount, statements_executed
from sogo.store.sql.notices import open_notices
from sogo.web.landing import PAGE_PATHS, STYLE_PATH, LandingPage

__all__ = ["make_app", "open_site", "server_settings"]

log = logging.getLogger(__name__)

DAV_PREFIX = "/SOGo/dav"
MB = 1024 * 1024
Dispatch = Callable[[web.Request], Awaitable[web.StreamResponse]]


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """What one process is made of. Nothing is connected before `opened`."""

    site: Site
    store: SqlStore
    sources: tuple[UserSource, ...]


def build(config: Config) -> Parts:
    """Raises ConfigError for a configuration that cannot be served."""
    site_zone(config)
    cache = make_cache(config)
    store = open_store(store_settings(config), cache=cache)
    sources = open_sources(config, store.databases)
    site = Site(
        config=config,
        folders=store.folders,
        profiles=RequestProfiles(store.profiles),
        acl=store.acl,
        properties=RequestProperties(store.properties),
        editor=RequestEditor(store.editor),
        locks=store.locks,
        home_notes=store.home_notes,
        pushes=store.pushes,
        invitations=store.invitations,
        alarms=store.alarms,
        inbox=store.inbox,
        attachments=store.attachments,
        post=MailPost(store.mails, MailRoutes(config), utc_now),
        outbound=Outbound(outbound_settings(config)),
        imap=ImapPool(idle_seconds=kept_mail_seconds(config)),
        directory=SiteDirectory(directory_settings(config), sources, cache),
        cache=cache,
        memory=FolderMemory(store.folders, shared=SharedMemory(config.system.folder_memory * MB), clock=utc_now),
        bus=ChangeBus(open_notices(store)),
        clock=utc_now,
    )
    return Parts(
        replace(site, around=Followed(site, Scheduler(site, MailRendering(site).render))), store, tuple(sources)
    )


def check(config: Config) -> None:
    """Make what a worker would, and connect to nothing: workers that are forked later share the memory of what this
    imports. Raises ConfigError."""
    http_settings(config)
    dispatcher(build(config).site)


@asynccontextmanager
async def opened(parts: Parts) -> AsyncIterator[None]:
    """The store started, everything closed at the end. Raises StoreUnavailable when the database is away."""
    try:
        for warning in await parts.store.start():
            log.warning("store: %s", warning)
        yield
    finally:
        await parts.site.post.close()
        await parts.site.bus.close()
        await parts.site.outbound.close()
        await parts.site.imap.close()
        await parts.site.directory.close()
        await parts.site.cache.close()
        await parts.store.close()


@asynccontextmanager
async def open_site(config: Config) -> AsyncIterator[tuple[Site, SqlStore]]:
    """Everything the services need, opened and closed again: for a tool, or a test. Raises as `build` and `opened`."""
    parts = build(config)
    async with opened(parts):
        yield parts.site, parts.store


def make_cache(config: Config) -> Cache:
    settings = memcached_settings(config)
    if settings is not None:
        return MemcachedCache(settings)
    return MemoryCache(default_ttl_seconds=float(config.system.cache_cleanup_interval))


async def make_app(config: Config, context: WorkerContext) -> web.Application:
    """The application of one worker; its back ends close with it."""
    parts = build(config)
    site, databases = parts.site, parts.store.databases
    opening = opened(parts)
    await opening.__aenter__()
    mails = MailSender(site.post)
    app = create_app(
        settings=http_settings(config),
        dispatch=dispatcher(site),
        probes=observing.needed_probes(parts.store.settings, databases, parts.sources),
        spare_probes=observing.spare_probes(parts.sources, site.cache),
        cache=site.cache,
        metrics_directory=context.metrics_directory,
        worker_number=context.number,
        samplers=observing.samplers(databases, site.cache) + observing.mail_samplers(mails),
        start_statement_count=count_statements,
        is_draining=context.is_draining.is_set,
    )

    async def close(_: web.Application) -> None:
        await opening.__aexit__(None, None, None)

    app.on_cleanup.append(close)
    _send_push(app, site)
    _send_mails(app, site, mails)
    return app


def _send_push(app: web.Application, site: Site) -> None:
    """Every worker offers to send push messages; one of the site does."""
    if not (site.config.system.web_dav_push_enabled and site.pushes.is_there):
        return
    sender = PushSender(site, render_token)

    async def sending(_: web.Application) -> AsyncIterator[None]:
        sender.start()
        yield
        await sender.close()

    app.cleanup_ctx.append(sending)


def _send_mails(app: web.Application, site: Site, sender: MailSender) -> None:
    """As with push."""
    if not site.post.mails.is_there:
        return

    async def sending(_: web.Application) -> AsyncIterator[None]:
        sender.start()
        yield
        await sender.close()

    app.cleanup_ctx.append(sending)


def count_statements() -> Callable[[], int]:
    """Start a count for this request; the returned function tells it."""
    count = StatementCount()
    statements_executed.set(count)
    return lambda: count.value


def dispatcher(site: Site) -> Dispatch:
    """The faces by path. A face that is not there yet is a line that is not there yet."""
    authenticator = Authenticator(site.directory, trust_proxy=site.config.system.trust_proxy_authentication)
    dav = DavFace(Services.of(site), authenticator)
    api = ApiFace(FolderService(site), authenticator)
    timezones = TimezoneFace()
    landing = LandingPage()

    async def dispatch(request: web.Request) -> web.StreamResponse:
        path, context = request.path, request[CONTEXT]
        begin_request()
        if path == DAV_PREFIX or path.startswith(f"{DAV_PREFIX}/"):
            context.face = "dav"
            return await dav.handle(request)
        if discovery.is_well_known(path):
            return discovery.redirect()
        if discovery.is_root_alias(request.method, path):
            context.face = "dav"
            return await dav.discover(request)
        if path == API_PREFIX or path.startswith(f"{API_PREFIX}/"):
            context.face = "api"
            return await api.handle(request)
        if is_timezone_path(path):
            context.face = "timezone"
            return await timezones.handle(request)
        return _page(request, landing)

    return dispatch


def _page(request: web.Request, landing: LandingPage) -> web.Response:
    if request.method not in {"GET", "HEAD"}:
        return web.Response(status=405, headers={"Allow": "GET, HEAD"}, text="This method is not supported here.\n")
    if request.path == STYLE_PATH:
        return landing.style()
    if request.path in PAGE_PATHS:
        return landing.page(request)
    if request.path == "/":
        return web.Response(status=302, headers={"Location": "/SOGo/"})
    return web.Response(status=404, text="There is no such page.\n")
