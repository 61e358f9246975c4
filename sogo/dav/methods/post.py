"""POST to a collection: of one object, which becomes a new member (RFC 5995), of many, which are imported, or of a
registration for push (`sogo.dav.registrations`)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from aiohttp import web

from sogo.auth.interface import User
from sogo.codec.davxml import writer
from sogo.codec.davxml.names import caldav, carddav
from sogo.codec.davxml.reader import local
from sogo.dav import answer, attachments, inverse_dav, outbox
from sogo.dav.context import DavRequest
from sogo.dav.failures import Place, condition, failure
from sogo.dav.methods import Target, method
from sogo.dav.methods.put import accepted_components
from sogo.dav.registrations import XML_TYPES, register
from sogo.dav.representation import representation
from sogo.dav.resources import Collection, Nowhere, Outbox, Slot
from sogo.dav.texts import quoted
from sogo.errors import InvalidData, NotAllowedHere, NotFound, UidConflict, UnsupportedType
from sogo.http.forgery import refuse_forged
from sogo.http.limits import read_body
from sogo.model.folder import FolderKind
from sogo.model.import_file import ImportFile
from sogo.service.folders import FolderView
from sogo.service.imports import ImportResult

_TYPES = {
    FolderKind.CALENDAR: frozenset({"text/calendar", "text/x-vcalendar", "application/ics"}),
    FolderKind.CONTACTS: frozenset({"text/vcard", "text/x-vcard", "text/directory", "text/x-vlist"}),
}
_VAGUE_TYPES = frozenset({"application/octet-stream", "text/plain"})
_REFUSED_TYPE = {
    FolderKind.CALENDAR: caldav("supported-calendar-data"),
    FolderKind.CONTACTS: carddav("supported-address-data"),
}
MAX_TOLD = 100
"""So many refused objects a summary names."""


@method("POST")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    refuse_forged(request.http)
    action = attachments.action_of(request)
    if action is not None and not isinstance(target, Collection):
        return await attachments.handle(request, target, action)
    if request.http.content_type in XML_TYPES:
        return await _document(request, target)
    match target:
        case Slot() | Nowhere():
            raise NotFound("There is no such resource.")
        case Outbox(owner):
            return await _message(request, owner)
        case Collection(view):
            return await _take(request, target, view)
    raise NotAllowedHere("Files are taken by calendars and address books.")


async def _message(request: DavRequest, owner: User) -> web.StreamResponse:
    if request.http.content_type not in _TYPES[FolderKind.CALENDAR] | _VAGUE_TYPES:
        raise UnsupportedType("An outbox takes iCalendar.", rule="supported-calendar-data")
    return await outbox.handle(request, await read_body(request.http, outbox.MAX_MESSAGE_BYTES), owner)


async def _document(request: DavRequest, target: Target) -> web.StreamResponse:
    """A document that asks for something; its root says what."""
    root = await request.xml()
    answers = inverse_dav.posted(target, local(root)) if root is not None else None
    if root is None or answers is None:
        return await register(request, target, root)
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    return await answers(request, target, root)


async def _take(request: DavRequest, target: Collection, view: FolderView) -> web.StreamResponse:
    kind = view.folder.kind
    if request.http.content_type not in _TYPES[kind] | _VAGUE_TYPES:
        error = writer.error_document(writer.element(_REFUSED_TYPE[kind]), description="This type is not taken here.")
        return answer.xml_answer(415, error)
    limit = request.services.config.system.maximum_import_size * 1024
    imports = request.services.imports
    body = await read_body(request.http, limit)
    if kind is FolderKind.CALENDAR and outbox.is_message(body):
        return await outbox.handle(request, body, view.owner)
    file = await imports.read(body, kind)
    _require_no_message(file)
    components = await accepted_components(request, view)
    if _wants_summary(request):
        return await _summary(request, imports.run(view, file, components=components, tokens=request.tokens))
    if len(file.objects) == 1:
        try:
            name, saved = await imports.add(view, file, components=components, tokens=request.tokens)
        except UidConflict as error:
            return answer.error_answer(error, _place(request, target, request.href(target)))
        if request.prefer.representation:
            made = await representation(request, view, name, status=201)
            made.headers["Location"] = _path(request, target, name)
            return made
        # Without the ETag the client fetches what was made of its upload (RFC 4791 §5.3.4).
        headers = {"ETag": quoted(saved.etag)} if saved.verbatim else {}
        return web.Response(status=201, headers=headers | {"Location": _path(request, target, name)})
    results = imports.run(view, file, components=components, tokens=request.tokens)
    parts = _responses(request, target, results)
    return await answer.multistatus(request.http, parts)


def _require_no_message(file: ImportFile) -> None:
    """A calendar with a METHOD is a message to somebody; nobody here would deliver it. And an empty file was not meant
    to be stored."""
    if file.method:
        raise InvalidData(
            f"A calendar with METHOD:{file.method[:40]} is a message, which a calendar does not take.",
            rule="valid-calendar-object-resource",
        )
    if not file.objects:
        raise InvalidData("There is no event, task or journal in this file.", rule="valid-calendar-object-resource")


def _wants_summary(request: DavRequest) -> bool:
    return "application/json" in request.http.headers.get("Accept", "").lower()


def _path(request: DavRequest, target: Collection, name: str) -> str:
    return request.path_of((*target.segments, name))


def _place(request: DavRequest, target: Collection, path: str) -> Place:
    return Place(path, request.href(target), target.view.folder.kind is FolderKind.CONTACTS)


async def _responses(
    request: DavRequest, target: Collection, results: AsyncIterator[ImportResult]
) -> AsyncIterator[str]:
    async for result in results:
        path = _path(request, target, result.name)
        if result.error is None:
            yield writer.status_response(path, 201 if result.created else 204)
        else:
            error = condition(result.error, _place(request, target, path))
            status = failure(result.error).status
            yield writer.status_response(path, status, error=error, description=result.error.public)


async def _summary(request: DavRequest, results: AsyncIterator[ImportResult]) -> web.Response:
    """How many objects were made, changed and refused, and why those were."""
    counts = {"created": 0, "updated": 0, "refused": 0}
    errors: list[dict[str, object]] = []
    async for result in results:
        if result.error is None:
            counts["created" if result.created else "updated"] += 1
            continue
        counts["refused"] += 1
        if len(errors) < MAX_TOLD:
            status = failure(result.error).status
            errors.append({"uid": result.uid[:200], "status": status, "reason": result.error.public})
    text = json.dumps({**counts, "errors": errors})
    return web.Response(status=200, text=text, content_type="application/json")
