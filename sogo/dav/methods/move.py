"""MOVE of an object to another name or another folder (RFC 4918 §9.9)."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from sogo.codec.davxml.href import Href, parse_href
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.methods import Target, method
from sogo.dav.methods.put import accepted_components
from sogo.dav.resources import Collection, Nowhere, Slot, StoredObject
from sogo.dav.texts import quoted
from sogo.errors import (
    CodecError,
    Forbidden,
    InvalidRequest,
    NotAllowedHere,
    NotFound,
    ParentMissing,
    PreconditionFailed,
)
from sogo.service.folders import FolderView
from sogo.store.interface import Expect


@method("MOVE")
async def handle(request: DavRequest, target: Target) -> web.StreamResponse:
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    if not isinstance(target, StoredObject):
        raise NotAllowedHere("Only objects can be moved.")
    destination = await request.tree.resolve(_destination(request))
    view, name, target_expect = _place(destination, _overwrite(request))
    if view.folder.path == target.view.folder.path and name == target.entry.name:
        raise Forbidden("Source and destination are the same.")
    expect = request.preconditions.expect(etag=target.entry.etag, version=target.entry.version)
    written = await request.services.objects.move(
        target.view, target.entry.name, view, name, expect=expect, target_expect=target_expect,
        components=await accepted_components(request, view),
    )  # fmt: skip
    return web.Response(
        status=201 if written.created else 204,
        headers={"ETag": quoted(written.etag), "Location": request.path_of((*_folder(view), name))},
    )


def _folder(view: FolderView) -> tuple[str, str, str]:
    return view.folder.owner, view.folder.kind.value, view.folder.name


def _destination(request: DavRequest) -> tuple[str, ...]:
    """The segments below the mount that Destination names. Raises InvalidRequest, Forbidden for another server."""
    header = request.http.headers.get("Destination")
    if not header:
        raise InvalidRequest("MOVE needs a Destination.")
    try:
        href = parse_href(header)
    except CodecError as error:
        raise InvalidRequest(f"The Destination cannot be read: {error}") from error
    if href.origin and urlsplit(href.origin).hostname != _host(request):
        raise Forbidden("The destination is on another server.")
    if href.segments[: len(MOUNT)] != MOUNT:
        raise Forbidden("The destination is outside of this tree.")
    return _below_mount(href)


def _below_mount(href: Href) -> tuple[str, ...]:
    return href.segments[len(MOUNT) :]


def _host(request: DavRequest) -> str | None:
    return urlsplit(f"//{request.http.host}").hostname


def _overwrite(request: DavRequest) -> bool:
    return request.http.headers.get("Overwrite", "T").strip().upper() != "F"


def _place(destination: Target, overwrite: bool) -> tuple[FolderView, str, Expect]:
    match destination:
        case StoredObject(view, entry):
            if not overwrite:
                raise PreconditionFailed("There is an object at the destination (Overwrite: F).")
            return view, entry.name, Expect()
        case Slot(Collection(view), name):
            return view, name, Expect() if overwrite else Expect(absent=True)
        case Nowhere():
            raise ParentMissing("The destination collection does not exist.")
    raise NotAllowedHere("Objects can only be moved into calendars and address books.")
