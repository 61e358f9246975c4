"""The time zone data distribution service (RFC 7808): every zone of our zone database, for whoever asks.

    <prefix>/capabilities                             what this service can do
    <prefix>/zones?changedsince=                      list
    <prefix>/zones?pattern=                           find
    <prefix>/zones/<tzid>?start=&end=                 get: iCalendar, xCal
    <prefix>/zones/<tzid>/observances?start=&end=     expand
    <prefix>/leapseconds

Nobody logs in: it tells nothing of this site, and caches may keep it. What it costs is bounded by the database: the
list is made once, a zone in a millisecond.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

import orjson
from aiohttp import ETag, web

from sogo.api import timezone_documents as documents
from sogo.api.failures import status
from sogo.api.timezone_requests import offered_type, one_value, pattern_of, span_of
from sogo.errors import InvalidData, InvalidRequest, NotAllowedHere, NotFound, SogoError, UnsupportedType
from sogo.http.context import CONTEXT
from sogo.http.places import TIMEZONE_SERVICE
from sogo.model.zone_catalogue import Catalogue, catalogue, leap_seconds, tag

log = logging.getLogger(__name__)

WELL_KNOWN = "/.well-known/timezone"
_ERROR = "urn:ietf:params:tzdist:error:"
_CACHE = "public, max-age=3600"
"""Clients look once a day (§4.1.4), secondary servers once an hour."""
_MAX_NAME = 200


def is_timezone_path(path: str) -> bool:
    return path == TIMEZONE_SERVICE or path.startswith(f"{TIMEZONE_SERVICE}/") or path.rstrip("/") == WELL_KNOWN


@dataclass(frozen=True, slots=True)
class _Known:
    """The database, and its list as it is sent."""

    catalogue: Catalogue
    listed: bytes


def _read() -> _Known:
    known = catalogue()
    return _Known(known, documents.zones(known, known.zones.values()))


class TimezoneFace:
    def __init__(self) -> None:
        self._reading = asyncio.Lock()
        self._known: _Known | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.method not in {"GET", "HEAD"}:
                raise NotAllowedHere(f"{request.method} is not possible here.")
            if request.path.rstrip("/") == WELL_KNOWN:
                return _redirect()
            return await self._run(request)
        except SogoError as error:
            return _problem(error)
        except (web.HTTPException, ConnectionError):
            raise
        except Exception:
            log.exception("time zones: request %s failed", request[CONTEXT].request_id)
            return _told(500, "invalid-action", "The server failed.")

    async def _run(self, request: web.Request) -> web.StreamResponse:
        path = request.raw_path.split("?", 1)[0].removeprefix(TIMEZONE_SERVICE)
        segments = [unquote(segment) for segment in path.split("/") if segment]
        everything = await self._read()
        known = everything.catalogue
        match segments:
            case ["capabilities"]:
                return _cached(request, known.token, documents.capabilities(known))
            case ["leapseconds"]:
                return _cached(request, known.token, documents.leapseconds(known, leap_seconds()))
            case ["zones"]:
                return _list(request, everything)
            case ["zones", *name, "observances"] if name:
                return _expand(request, known, "/".join(name))
            case ["zones", *name]:
                return _get(request, known, "/".join(name))
        raise NotFound("There is no such action.")

    async def _read(self) -> _Known:
        async with self._reading:
            if self._known is None:
                self._known = await asyncio.to_thread(_read)
            return self._known


def _list(request: web.Request, everything: _Known) -> web.Response:
    """list and find. A token of another edition is one we know nothing about: it is answered in full."""
    known = everything.catalogue
    if "pattern" in request.query:
        if "changedsince" in request.query:
            raise InvalidRequest("Either list what has changed or find a name.")
        matches = pattern_of(request)
        return _json(documents.zones(known, [one for one in known.zones.values() if matches(one)]))
    since = one_value(request, "changedsince")
    if since is None:
        return _cached(request, known.token, everything.listed)
    return _json(documents.zones(known, ()) if since == known.token else everything.listed)


def _get(request: web.Request, known: Catalogue, tzid: str) -> web.Response:
    name = _known_name(known, tzid)
    span = span_of(request, required=False)
    kind = offered_type(request.headers.getall("Accept", []), documents.FORMATS)
    response = _cached(request, tag(name), lambda: documents.zone(name, span, kind), f"{kind}; charset=utf-8")
    response.headers["Vary"] = "Accept"
    return response


def _expand(request: web.Request, known: Catalogue, tzid: str) -> web.Response:
    name = _known_name(known, tzid)
    span = span_of(request, required=True)
    return _cached(request, tag(name), lambda: documents.observances(name, span))


def _known_name(known: Catalogue, tzid: str) -> str:
    if len(tzid) > _MAX_NAME or known.resolve(tzid) is None:
        raise InvalidData("This server knows no such time zone.", rule="tzid-not-found")
    return tzid


# --- answers ----------------------------------------------------------------------------------------------------------


def _cached(
    request: web.Request, etag: str, body: bytes | Callable[[], bytes], kind: str = "application/json; charset=utf-8"
) -> web.Response:
    """The answer with its entity tag, or 304; `body` is made only if it is sent."""
    tags = request.if_none_match or ()
    if any(one.value in (etag, "*") for one in tags):
        return web.Response(status=304, headers={"ETag": f'"{etag}"', "Cache-Control": _CACHE})
    response = _answer(200, kind, body() if callable(body) else body)
    response.headers["Cache-Control"] = _CACHE
    response.etag = ETag(etag)
    return response


def _json(body: bytes) -> web.Response:
    response = _answer(200, "application/json; charset=utf-8", body)
    response.headers["Cache-Control"] = _CACHE
    return response


def _answer(code: int, kind: str, body: bytes) -> web.Response:
    return web.Response(status=code, body=body, headers={"Content-Type": kind})


def _redirect() -> web.Response:
    return web.Response(status=301, headers={"Location": TIMEZONE_SERVICE, "Cache-Control": _CACHE})


def _problem(error: SogoError) -> web.Response:
    """A problem document (RFC 7807) with the urn of RFC 7808 §10.1."""
    rule, code, headers = "invalid-action", status(error), {}
    if isinstance(error, InvalidData):
        rule, code = error.rule, 404 if error.rule == "tzid-not-found" else 400
    elif isinstance(error, UnsupportedType):
        rule, code = error.rule, 406
    elif isinstance(error, NotAllowedHere):
        code, headers = 405, {"Allow": "GET, HEAD"}
    response = _told(code, rule, error.public)
    response.headers.update(headers)
    return response


def _told(code: int, rule: str, title: str) -> web.Response:
    body = orjson.dumps({"type": f"{_ERROR}{rule}", "title": title, "status": code})
    response = _answer(code, "application/problem+json; charset=utf-8", body)
    response.headers["Content-Language"] = "en"
    return response
