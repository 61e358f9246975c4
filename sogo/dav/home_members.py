"""The members of a home in one answer, remembered as long as all of it is that it was made of: the folders with their
points, the documents and properties that the request has read anyway, and what the actor is to them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Sequence

from sogo.dav.answer import Part
from sogo.dav.context import DavRequest
from sogo.dav.memory import Piece
from sogo.dav.properties import Need
from sogo.dav.propfind import Selection
from sogo.dav.resources import Collection, DirectoryBook, ExportFile, Home, Resource
from sogo.service.request_scope import seen_of

_STEADY = Need.SETTINGS | Need.STORED | Need.OWNER | Need.POSITION

Render = Callable[[DavRequest, list[Resource], Selection], AsyncIterator[str]]


async def members(request: DavRequest, home: Home, selection: Selection, render: Render) -> AsyncIterator[Part]:
    """The responses of the members; `render` makes them where they are not remembered."""
    found = [one async for batch in request.tree.members(home, content=False) for one in batch]
    basis = _basis(request, home, found) if _is_steady(selection, found) else None
    key = _key(request, home, selection)
    known = request.services.home_members.get(key, basis) if basis is not None else None
    if known is not None:
        yield known
        return
    made: list[str] = []
    async for part in render(request, found, selection):
        made.append(part)
        yield part
    if basis is not None:
        request.services.home_members.keep(key, basis, Piece("".join(made).encode(), kept=True))


def _is_steady(selection: Selection, found: Sequence[Resource]) -> bool:
    needs = selection.needs({resource.kind for resource in found})
    locked = any(isinstance(one, Collection) and one.view.state.locks for one in found)
    return needs & ~_STEADY == Need.NOTHING and not locked


def _key(request: DavRequest, home: Home, selection: Selection) -> Hashable:
    place = (home.owner.user_id, home.folder_kind, request.path_of(home.segments, collection=request.path.collection))
    return (request.actor.user_id, request.actor.is_superuser, *place, selection.wanted, request.brief, request.client)


def _basis(request: DavRequest, home: Home, found: Sequence[Resource]) -> object:
    folders = [one.view for one in found if isinstance(one, Collection)]
    others = [one.source if isinstance(one, DirectoryBook) else one.segments for one in found if not _is_folder(one)]
    users = (request.actor.user_id, home.owner.user_id)
    seen = seen_of(users, (view.folder.path for view in folders))
    return [(view.state, view.standing) for view in folders], others, seen


def _is_folder(resource: Resource) -> bool:
    return isinstance(resource, Collection | ExportFile)
