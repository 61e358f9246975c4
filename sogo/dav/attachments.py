"""Managed attachments over HTTP (RFC 8607 §3): POST to an event with `?action=…`, and GET of what was attached."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from email.message import Message

from aiohttp import hdrs, web

from sogo.dav.context import DavRequest
from sogo.dav.downloads import disposition
from sogo.dav.methods import Target
from sogo.dav.representation import representation
from sogo.dav.resources import Nowhere, Slot, StoredObject
from sogo.dav.scheduling import wishes
from sogo.dav.texts import quoted
from sogo.errors import InvalidData, NotFound, TooLarge
from sogo.http.context import CONTEXT
from sogo.http.forwarded import server_url
from sogo.http.limits import chunks
from sogo.http.load import LOAD
from sogo.model.attachments import is_id, rids
from sogo.model.folder import FolderKind
from sogo.service import attachments
from sogo.service.attachments import Upload
from sogo.service.objects import Saved

SEGMENT = "attachments"
"""/SOGo/dav/<user>/attachments/<managed id>/<file name>"""
MAX_NAME_CHARS = 150
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]')


def action_of(request: DavRequest) -> str | None:
    return request.http.query.get("action")


async def handle(request: DavRequest, target: Target, action: str) -> web.StreamResponse:
    """Raises InvalidData (valid-action, valid-managed-id, valid-rid)."""
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    service = request.services.attachments
    is_event = isinstance(target, StoredObject) and target.view.folder.kind is FolderKind.CALENDAR
    if not isinstance(target, StoredObject) or not is_event or not service.limit_bytes or action not in _ACTIONS:
        raise InvalidData("There is no such action here.", rule="valid-action")
    return await _ACTIONS[action](request, target)


async def _add(request: DavRequest, target: StoredObject) -> web.StreamResponse:
    if "managed-id" in request.http.query:
        raise InvalidData("A new attachment has no id yet.", rule="valid-managed-id")
    named = rids(request.http.query.get("rid"))
    managed_id, saved = await request.services.attachments.add(
        _target(request, target), _upload(request, target), named
    )
    return await _told(request, target, saved, status=201, managed_id=managed_id)


async def _update(request: DavRequest, target: StoredObject) -> web.StreamResponse:
    if "rid" in request.http.query:
        raise InvalidData("An attachment is changed wherever it is.", rule="valid-rid")
    old = _managed_id(request)
    managed_id, saved = await request.services.attachments.update(
        _target(request, target), _upload(request, target), old
    )
    return await _told(request, target, saved, status=204, managed_id=managed_id)


async def _remove(request: DavRequest, target: StoredObject) -> web.StreamResponse:
    named = rids(request.http.query.get("rid"))
    saved = await request.services.attachments.remove(_target(request, target), _managed_id(request), named)
    return await _told(request, target, saved, status=204)


_ACTIONS = {"attachment-add": _add, "attachment-update": _update, "attachment-remove": _remove}


def _managed_id(request: DavRequest) -> str:
    found = request.http.query.get("managed-id", "")
    if not is_id(found):
        raise InvalidData("There is no such attachment.", rule="valid-managed-id")
    return found


def _target(request: DavRequest, target: StoredObject) -> attachments.Target:
    entry, conditions = target.entry, request.preconditions
    asks = conditions.match is not None or conditions.none_match is not None
    expect = conditions.expect(etag=entry.etag, version=entry.version) if asks else None
    return attachments.Target(target.view, entry, expect, request.tokens, wishes(request))


def _upload(request: DavRequest, target: StoredObject) -> Upload:
    owner = target.view.owner.user_id

    def url(managed_id: str, name: str) -> str:
        path = request.path_of((owner, SEGMENT, managed_id, name))
        return f"{server_url(request.http)}{path}"

    kind = request.http.content_type
    limit = request.services.attachments.limit_bytes
    return Upload(
        name=_file_name(request),
        type=kind if _TYPE.fullmatch(kind) else "application/octet-stream",
        pieces=_pieces(request, limit),
        url=url,
    )


async def _pieces(request: DavRequest, limit: int) -> AsyncIterator[bytes]:
    """The body as it comes. Raises InvalidData (max-attachment-size)."""
    with request.http.app[LOAD].receiving(request.http[CONTEXT]):
        try:
            async for piece in chunks(request.http, limit):
                yield piece
        except TooLarge as error:
            raise InvalidData("The attachment is too large.", rule="max-attachment-size") from error


def _file_name(request: DavRequest) -> str:
    """Of the Content-Disposition, without a path and what else no file should be called."""
    message = Message()
    message["Content-Disposition"] = request.http.headers.get("Content-Disposition", "attachment")[:2000]
    found = _UNSAFE.sub("_", (message.get_filename() or "").rpartition("/")[2].rpartition("\\")[2])
    return found.encode("utf-8", "ignore").decode().strip(" .")[:MAX_NAME_CHARS] or "attachment"


async def _told(
    request: DavRequest, target: StoredObject, saved: Saved, *, status: int, managed_id: str = ""
) -> web.StreamResponse:
    """The ETag is of what is stored, which the client does not have: it asks for it, or has it told at once."""
    headers = {"Cal-Managed-ID": managed_id} if managed_id else {}
    if request.prefer.representation:
        told = await representation(request, target.view, saved.name, status=201 if status == 201 else 200)
        told.headers.update(headers)
        return told
    headers["ETag"] = quoted(saved.etag)
    if saved.schedule_tag:
        headers["Schedule-Tag"] = quoted(saved.schedule_tag)
    return web.Response(status=status, headers=headers)


# --- reading ----------------------------------------------------------------------------------------------------------


def attachment_at(target: Target) -> str | None:
    """The id in the address of an attachment; whether there is one, only who may read it gets to know."""
    match target:
        case Nowhere((_, segment, managed_id, *_)) if segment == SEGMENT and is_id(managed_id):
            return managed_id
    return None


async def serve(request: DavRequest, managed_id: str) -> web.StreamResponse:
    """Raises NotFound."""
    service = request.services.attachments
    found = await service.find(request.actor, managed_id)
    headers = {
        "ETag": quoted(found.id),
        "Content-Type": found.type,
        "Content-Disposition": disposition(found.name, "attachment", ""),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, no-cache",
        "Content-Length": str(found.size_bytes),
    }
    if request.preconditions.not_modified(found.id):
        headers.pop("Content-Length")
        return web.Response(status=304, headers=headers)
    stream = web.StreamResponse(status=200, headers=headers)
    await stream.prepare(request.http)
    if request.http.method != hdrs.METH_HEAD:
        async for piece in service.content(found):
            await stream.write(piece)
    await stream.write_eof()
    return stream
