"""sync-collection (RFC 6578): what changed since a token, and the next one."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc6578 import parse_sync_collection
from sogo.dav import answer, propfind
from sogo.dav.calendar_zone import calendar_zone
from sogo.dav.context import DavRequest
from sogo.dav.listing import all_of, listed
from sogo.dav.properties import Need
from sogo.dav.propfind import Selection
from sogo.dav.rendered import responses
from sogo.dav.reports import report
from sogo.dav.resources import FOLDERS, MEMBERS, Collection, Resource, StoredObject
from sogo.dav.selection import data_properties
from sogo.dav.start_limit import shown
from sogo.dav.tokens import parse_token, render_token
from sogo.dav.truncation import truncated
from sogo.model.folder import Changes, Entry


@report(dav("sync-collection"), on=FOLDERS)
async def run(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    assert isinstance(target, Collection)
    wanted = parse_sync_collection(root, depth=request.http.headers.get("Depth"))
    zone, _ = await calendar_zone(request, target)
    selection = Selection(wanted.wanted, data_properties(request, wanted.calendar_data, wanted.address_data, zone))
    needs = selection.needs({MEMBERS[target.kind]})
    since = parse_token(wanted.token)
    changes = await request.services.objects.changes(target.view, since, limit=wanted.limit)
    parts = _responses(request, target, changes, selection, needs, is_first=since is None)
    return await answer.multistatus(request.http, parts)


async def _responses(
    request: DavRequest, target: Collection, changes: Changes, selection: Selection, needs: Need, *, is_first: bool
) -> AsyncIterator[answer.Part]:
    entries = [entry for entry in await shown(request, target, changes.changed) if request.tree.shows(entry)]
    held = await request.services.objects.held(target.view)
    if held is not None:
        items = [held.items[entry.name] for entry in entries if entry.name in held.items]
        everything = is_first and changes.point == held.point and len(changes.changed) == len(held.items) == len(items)
        told: AsyncIterator[answer.Part] = responses(request, target, held, items, selection)
        if everything:
            told = listed(request, target, held, all_of(held), selection, b"members")
        async for piece in told:
            yield piece
        entries = []
    async for batch in _batches(request, target, entries, content=Need.CONTENT in needs):
        resources: list[Resource] = [StoredObject(target.view, entry) for entry in batch]
        for item in await propfind.load(request, resources, needs):
            yield await propfind.response(item, selection, href=request.href(item.resource))
    for name in changes.removed:
        yield writer.status_response(request.path_of((*target.segments, name)), 404)
    if changes.truncated:
        yield truncated(request.href(target))
    yield writer.sync_token(render_token(changes.point))


async def _batches(
    request: DavRequest, target: Collection, entries: list[Entry], *, content: bool
) -> AsyncIterator[list[Entry]]:
    """The changed objects. Their text is read late, a few at a time: one that is gone by then is told next time."""
    if not content:
        yield entries
        return
    names = [entry.name for entry in entries]
    async for batch in request.services.objects.entries(target.view, content=True, names=names):
        yield batch
