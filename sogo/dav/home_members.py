"""The members of a home in one answer, remembered as long as all of it is that it was made of: the folders with their
points, the documents and properties that the request has read anyway, and what the actor is to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence

from sogo.dav.answer import Part
from sogo.dav.context import DavRequest
from sogo.dav.memory import Piece
from sogo.dav.properties import Need
from sogo.dav.propfind import Selection
from sogo.dav.resources import Collection, Home, Resource
from sogo.service.request_scope import basis_of

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


def _key(request: DavRequest, home: Home, selection: Selection) -> bytes:
    """What the answer depends on beside the home; as a digest, since clients choose how long most of it is."""
    place = (home.owner.user_id, home.folder_kind, request.path_of(home.segments, collection=request.path.collection))
    reader = (request.actor.user_id, request.actor.is_superuser, request.client.traits())
    return hashlib.blake2b(repr((place, reader, selection.wanted, request.brief)).encode(), digest_size=16).digest()


def _basis(request: DavRequest, home: Home, found: Sequence[Resource]) -> bytes | None:
    """The folders and all that is said of them; the directories beside them stay as long as the worker lives."""
    folders = [one.view for one in found if isinstance(one, Collection)]
    users = dict.fromkeys((request.actor.user_id, home.owner.user_id))
    return basis_of(((view.state, view.mark) for view in folders), users)
