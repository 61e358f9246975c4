"""LOCK: a new lock, or more time for one (RFC 4918 §9.10)."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.codec.davxml.lockinfo import parse_lockinfo, parse_timeout
from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element
from sogo.dav.answer import xml_answer
from sogo.dav.context import DavRequest
from sogo.dav.locking import active_locks, failed_members
from sogo.dav.methods import Target, method
from sogo.dav.resources import Collection, Nowhere, Slot, lockable
from sogo.dav.texts import etag_of
from sogo.errors import Forbidden, InvalidRequest, LockConflict, LockTokenMismatch, ParentMissing, PreconditionFailed
from sogo.model.locks import Depth, Lock, Scope
from sogo.service.folders import FolderView
from sogo.service.locks import DEFAULT_SECONDS, LockRequest


@method("LOCK")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    if isinstance(target, Nowhere):
        raise ParentMissing("The collection does not exist.")
    place = lockable(target)
    if place is None:
        raise Forbidden("Only calendars, address books and what lies in them can be locked.")
    request.preconditions.check(None if isinstance(target, Slot) else etag_of(target))
    root = await request.xml()
    if root is None:
        return await _refresh(request, *place)
    exists = not isinstance(target, Slot) or target.reserved is not None
    try:
        return await _lock(request, *place, _wanted(request, root), exists=exists)
    except LockConflict as error:
        members = failed_members(error) if isinstance(target, Collection) else ()
        if not members:
            raise
        # What is locked below is told by name; the collection fails because of it (§9.10.9).
        return xml_answer(207, writer.multistatus([*members, writer.status_response(request.path.path, 424)]))


async def _lock(
    request: DavRequest, view: FolderView, name: str, wanted: LockRequest, *, exists: bool
) -> web.StreamResponse:
    lock = await request.services.locks.lock(view, name, wanted, exists=exists, tokens=request.tokens)
    # The folder was opened before it had this lock.
    view = replace(view, state=replace(view.state, locks=view.state.locks + 1))
    answer = await _told(request, view, name, status=200 if exists else 201)
    answer.headers["Lock-Token"] = f"<{lock.token}>"
    return answer


async def _refresh(request: DavRequest, view: FolderView, name: str) -> web.StreamResponse:
    if not request.tokens:
        raise InvalidRequest("A LOCK without a body refreshes the lock that the If header names.")
    try:
        await request.services.locks.refresh(view, name, request.tokens, _seconds(request))
    except LockTokenMismatch as error:
        raise PreconditionFailed(error.public) from error
    return await _told(request, view, name)


async def _told(request: DavRequest, view: FolderView, name: str, *, status: int = 200) -> web.Response:
    """All locks on the resource, as its property tells them."""
    shown = await request.services.locks.shown([view])
    locks: list[Lock] = [lock for lock in shown.get(view.folder.path, ()) if lock.covers(name)]
    discovery = writer.element(dav("lockdiscovery"), active_locks(request, locks))
    return xml_answer(status, writer.document(dav("prop"), discovery))


def _wanted(request: DavRequest, root: Element) -> LockRequest:
    info = parse_lockinfo(root)
    depth = request.depth("infinity")
    if depth == "1":
        raise InvalidRequest("The Depth of a LOCK is 0 or infinity.")
    return LockRequest(Scope(info.scope), Depth(depth), info.owner, _seconds(request))


def _seconds(request: DavRequest) -> int | None:
    return parse_timeout(request.http.headers.get("Timeout", ""), default=DEFAULT_SECONDS)
