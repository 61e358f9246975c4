"""MOVE and COPY of an object to another name or another folder (RFC 4918 §§9.8, 9.9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
    OtherServer,
    ParentMissing,
    PreconditionFailed,
    UidConflict,
)
from sogo.service.folders import FolderView
from sogo.store.interface import Expect


@method("MOVE")
async def move(request: DavRequest, target: Target) -> web.StreamResponse:
    source, view, name, target_expect = await _ends(request, target)
    expect = request.preconditions.expect(etag=source.entry.etag, version=source.entry.version)
    with _naming(request, view):
        written = await request.services.objects.move(
            source.view, source.entry.name, view, name, expect=expect, target_expect=target_expect,
            components=await accepted_components(request, view), tokens=request.tokens,
        )  # fmt: skip
    return web.Response(
        status=201 if written.created else 204,
        headers={"ETag": quoted(written.etag), "Location": request.path_of((*_folder(view), name))},
    )


@method("COPY")
async def copy(request: DavRequest, target: Target) -> web.StreamResponse:
    source, view, name, target_expect = await _ends(request, target)
    request.preconditions.check(source.entry.etag)
    with _naming(request, view):
        saved = await request.services.objects.copy(
            source.view, source.entry.name, view, name, target_expect=target_expect,
            components=await accepted_components(request, view), tokens=request.tokens,
        )  # fmt: skip
    return web.Response(
        status=201 if saved.created else 204,
        headers={"ETag": quoted(saved.etag), "Location": request.path_of((*_folder(view), name))},
    )


async def _ends(request: DavRequest, target: Target) -> tuple[StoredObject, FolderView, str, Expect]:
    """The object, the folder and name it goes to, and what must be true there."""
    if isinstance(target, Slot | Nowhere):
        raise NotFound("There is no such resource.")
    if isinstance(target, Collection):
        raise NotAllowedHere(
            "A folder keeps its address, by which rights and subscriptions name it; rename it instead."
        )
    if not isinstance(target, StoredObject):
        raise NotAllowedHere("Only objects can be moved and copied.")
    destination = await request.tree.resolve(_destination(request))
    view, name, expect = _place(destination, _overwrite(request))
    if view.folder.path == target.view.folder.path and name == target.entry.name:
        raise Forbidden("Source and destination are the same.")
    return target, view, name, expect


@contextmanager
def _naming(request: DavRequest, view: FolderView) -> Iterator[None]:
    """The other object of a UID is named where it is: in the folder the object goes to (RFC 4791 §5.3.2.1)."""
    try:
        yield
    except UidConflict as error:
        error.fields["collection"] = request.path_of(_folder(view), collection=True)
        raise


def _folder(view: FolderView) -> tuple[str, str, str]:
    return view.segments


def _destination(request: DavRequest) -> tuple[str, ...]:
    """The segments below the mount that Destination names. Raises InvalidRequest, Forbidden for another server."""
    header = request.http.headers.get("Destination")
    if not header:
        raise InvalidRequest("A Destination is needed.")
    try:
        href = parse_href(header)
    except CodecError as error:
        raise InvalidRequest(f"The Destination cannot be read: {error}") from error
    if href.origin and urlsplit(href.origin).hostname != request.hostname:
        raise OtherServer("The destination is on another server.")
    if href.segments[: len(MOUNT)] != MOUNT:
        raise Forbidden("The destination is outside of this tree.")
    return _below_mount(href)


def _below_mount(href: Href) -> tuple[str, ...]:
    return href.segments[len(MOUNT) :]


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
    raise NotAllowedHere("Objects can only be put into calendars and address books.")
