"""Calendars and address books as files: what a GET of them answers, under their own address or that of the file."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from email.utils import formatdate
from urllib.parse import quote

from aiohttp import hdrs, web

from sogo import __version__
from sogo.auth.interface import User
from sogo.dav.context import DavRequest
from sogo.dav.resources import Collection, ExportFile, ExportForm, FreeBusyFile
from sogo.dav.selection import zone_form
from sogo.dav.start_limit import limit_days, narrowed
from sogo.http import compress
from sogo.http.settings import HTTP_SETTINGS
from sogo.model import folder_settings
from sogo.model.folder import FolderKind
from sogo.model.freebusy import freebusy_calendar
from sogo.model.zone_form import ZoneForm
from sogo.service.exports import ICALENDAR, XCAL
from sogo.service.folders import FolderView
from sogo.service.pace import Pace
from sogo.service.preferences import preferences
from sogo.service.titles import title_of
from sogo.store.interface import Profile

HOLD_CHARS = 32 * 1024
"""A file up to this size is sent whole, with its length; a larger one as it is made."""
MAX_NAME_CHARS = 100
_CACHING = "private, no-cache"
_FORBIDDEN = frozenset('/\\:*?"<>|')
_JOINERS = "\u200c\u200d"
"""Format characters that some scripts need inside of words."""


@dataclass(frozen=True, slots=True)
class Download:
    """A folder in one form, as one reader gets it. `title` is the reader's name for it."""

    view: FolderView
    form: ExportForm
    title: str
    with_alarms: bool
    zones: ZoneForm
    etag: str
    """Bare. Whatever shapes the file is in it: the state of the folder, and what the reader and the owner chose."""

    @property
    def headers(self) -> dict[str, str]:
        found = {
            "Content-Type": self.form.content_type,
            "Content-Disposition": disposition(self.title, self.view.folder.name, self.form.suffix),
            "ETag": f'"{self.etag}"',
            "Cache-Control": _CACHING,
            "X-Content-Type-Options": "nosniff",
        }
        if self.form is not ExportForm.VCF:
            found["Vary"] = "CalDAV-Timezones, Accept"
        if self.view.state.modified >= 0:
            found["Last-Modified"] = formatdate(self.view.state.modified, usegmt=True)
        return found


async def serve(request: DavRequest, target: Collection | ExportFile | FreeBusyFile) -> web.StreamResponse:
    """The answer to GET and HEAD. Raises PreconditionFailed."""
    match target:
        case FreeBusyFile(person):
            return await _free_busy(request, person)
        case ExportFile(view, form):
            wanted = await _wanted(request, view, form)
        case Collection(view):
            wanted = await _wanted(request, view, _form(request, view))
    conditions = request.preconditions
    replace(conditions, none_match=None).check(wanted.etag)
    if conditions.not_modified(wanted.etag):
        return web.Response(status=304, headers={"ETag": wanted.headers["ETag"], "Cache-Control": _CACHING})
    return await _send(request, wanted)


def _form(request: DavRequest, view: FolderView) -> ExportForm:
    """What a collection itself reads as: a calendar as iCalendar, unless xCal is all that the client takes."""
    if view.folder.kind is FolderKind.CONTACTS:
        return ExportForm.VCF
    accept = request.http.headers.get("Accept", "").lower()
    return ExportForm.XML if "application/calendar+xml" in accept and "text/calendar" not in accept else ExportForm.ICS


async def _free_busy(request: DavRequest, person: User) -> web.StreamResponse:
    """When somebody is busy in the days around now (scheduling.md §9). It has no version: now is in it."""
    service = request.services.free_busy
    window = await service.default_window(request.actor)
    periods = await service.of_user(person, window)
    text = freebusy_calendar(periods, window, now=request.services.site.clock(), attendee=person.emails[0])
    headers = {"Content-Type": "text/calendar; charset=utf-8", "Cache-Control": _CACHING}
    return web.Response(body=text.encode(), headers=headers)


def download(request: DavRequest, view: FolderView, form: ExportForm, *, reader: Profile, owner: Profile) -> Download:
    """A folder as a file, with the profiles of the reader and of the folder's owner."""
    settings, masked = reader.settings, not view.standing.sees_everything
    language = preferences(request.services.config, view.actor, reader).language if masked else ""
    chosen = folder_settings.read(settings, view.folder)
    title = title_of(request.services.config, view, settings)
    zone = preferences(request.services.config, view.owner, owner).zone_name
    days = limit_days(request) if form is not ExportForm.VCF else 0
    today = request.services.site.clock().date() if days else None  # what is shown moves on with the days
    zones = zone_form(request) if form is not ExportForm.VCF else ZoneForm.STORED
    shape = (__version__, form.name, title, chosen.show_alarms, zone, days, today, zones.name, language)
    digest = hashlib.sha256(repr(shape).encode()).hexdigest()[:10]
    return Download(view, form, title, chosen.show_alarms, zones, f"{view.point}-{digest}")


async def _wanted(request: DavRequest, view: FolderView, form: ExportForm) -> Download:
    owner = await request.profile(view.owner.user_id)
    return download(request, view, form, reader=await request.profile(), owner=owner)


def _pieces(request: DavRequest, wanted: Download) -> AsyncIterator[str]:
    exports = request.services.exports
    if wanted.form is ExportForm.VCF:
        return exports.cards(wanted.view)
    return exports.calendar(
        wanted.view,
        XCAL if wanted.form is ExportForm.XML else ICALENDAR,
        title=wanted.title,
        with_alarms=wanted.with_alarms,
        with_standard_zones=wanted.zones is not ZoneForm.BY_NAME,
        where=narrowed(request, None),
    )


async def _send(request: DavRequest, wanted: Download) -> web.StreamResponse:
    """The file, made while it is sent: no faster than the client takes it, no slower for everybody else.

    Errors before the first bytes reach the caller; later ones end the connection, so that nobody takes half a calendar
    for a whole one.
    """
    http = request.http
    if http.method == hdrs.METH_HEAD:
        return await _started(http, wanted)
    held: list[str] = []
    size = 0
    stream: web.StreamResponse | None = None
    pace = Pace()
    async for piece in _pieces(request, wanted):
        await pace.breathe()
        held.append(piece)
        size += len(piece)
        if size < HOLD_CHARS:
            continue
        if stream is None:
            stream = await _started(http, wanted)
        await stream.write("".join(held).encode("utf-8", "replace"))
        held, size = [], 0
    body = "".join(held).encode("utf-8", "replace")
    if stream is None:
        return web.Response(status=200, headers=wanted.headers, body=body)
    await stream.write_eof(body)
    return stream


async def _started(http: web.Request, wanted: Download) -> web.StreamResponse:
    stream = web.StreamResponse(status=200, headers=wanted.headers)
    compress.stream(http, stream, http.app[HTTP_SETTINGS])
    await stream.prepare(http)
    return stream


def disposition(title: str, fallback: str, suffix: str) -> str:
    """A Content-Disposition with a name that is safe to save under (RFC 6266 §4.3): no path, no control characters,
    none that turn the direction of what follows and so hide the suffix."""
    name = _safe(title) or _safe(fallback) or "calendar"
    plain = "".join(char for char in _safe(fallback) if char.isascii()) or "export"
    return f"attachment; filename=\"{plain}{suffix}\"; filename*=UTF-8''{quote(name + suffix, safe='')}"


def _safe(name: str) -> str:
    kept = "".join(
        "_" if char in _FORBIDDEN else char
        for char in name
        if char in _JOINERS or not unicodedata.category(char).startswith("C")
    )
    return " ".join(kept.split())[:MAX_NAME_CHARS].strip(" .")
