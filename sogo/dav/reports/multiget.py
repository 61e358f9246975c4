"""calendar-multiget and addressbook-multiget (RFC 4791 §7.9, RFC 6352 §8.7)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import islice

from aiohttp import web

from sogo.codec.davxml import writer
from sogo.codec.davxml.href import parse_href, quote_segment
from sogo.codec.davxml.names import caldav, carddav
from sogo.codec.davxml.reader import Element
from sogo.codec.davxml.rfc4791 import parse_calendar_multiget
from sogo.codec.davxml.rfc6352 import parse_addressbook_multiget
from sogo.dav import answer, propfind, rendered
from sogo.dav.calendar_zone import calendar_zone
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.properties import Loaded, Need
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.resources import (
    MEMBERS,
    Collection,
    DirectoryBook,
    DirectoryObject,
    On,
    Resource,
    StoredObject,
)
from sogo.dav.selection import data_properties
from sogo.errors import CodecError, NotFound
from sogo.model.folder import Item
from sogo.service.memory import Held
from sogo.service.objects import CONTENT_BYTES

BATCH = 100
"""Objects fetched and answered at a time."""
Named = Mapping[str, str | None]
"""hrefs as they were sent -> the member each means."""


@report(caldav("calendar-multiget"), on=On.CALENDAR)
async def calendar_multiget(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    wanted = parse_calendar_multiget(root)
    zone, _ = await calendar_zone(request, target)
    selection = Selection(wanted.wanted, data_properties(request, wanted.data, None, zone))
    return await answer.multistatus(request.http, _responses(request, target, wanted.hrefs, selection))


@report(carddav("addressbook-multiget"), on=On.ADDRESS_BOOK | On.DIRECTORY)
async def addressbook_multiget(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    wanted = parse_addressbook_multiget(root)
    selection = Selection(wanted.wanted, data_properties(request, None, wanted.data, None))
    return await answer.multistatus(request.http, _responses(request, target, wanted.hrefs, selection))


async def _responses(
    request: DavRequest, target: Resource, hrefs: Sequence[str], selection: Selection
) -> AsyncIterator[answer.Part]:
    """The answers in the order of the request, which clients rely on (dav.md §8.6)."""
    if isinstance(target, Collection):
        held = await request.services.objects.held(target.view)
        if held is not None:
            async for piece in _remembered(request, target, held, hrefs, selection):
                yield piece
            return
    needs = selection.needs({MEMBERS[target.kind]})
    remaining, content = iter(hrefs), Need.CONTENT in needs
    while batch := list(islice(remaining, BATCH)):
        named = {href: _name(request, target, href) for href in batch}
        async for some in _portions(request, target, named, content=content):
            found = await _fetch(request, target, _names(some), content=content)
            async for part in _batch(request, some, await _load(request, found, needs), selection):
                yield part


async def _remembered(
    request: DavRequest, target: Collection, held: Held, hrefs: Sequence[str], selection: Selection
) -> AsyncIterator[answer.Part]:
    """The same from what this worker remembers: runs of objects that are there, and those that are not between them.

    Most hrefs are the address of the collection with a name that reads as it is written: these are not taken apart.
    """
    base = request.href(target)
    items: list[Item] = []

    def gone(item: Item) -> bytes:
        return writer.status_response(base + quote_segment(item.entry.name), 404).encode()

    for href in hrefs:
        rest = href.removeprefix(base)
        plain = rest in held.items and rest != href and quote_segment(rest) == rest
        name = rest if plain else _name(request, target, href)
        item = held.items.get(name) if name is not None else None
        if item is not None and request.tree.shows(item.entry):
            items.append(item)
            continue
        async for piece in rendered.responses(request, target, held, items, selection, absent=gone):
            yield piece
        items = []
        yield writer.status_response(href, 404)
    async for piece in rendered.responses(request, target, held, items, selection, absent=gone):
        yield piece


def _names(named: Named) -> list[str]:
    return [name for name in dict.fromkeys(named.values()) if name is not None]


async def _portions(request: DavRequest, target: Resource, named: Named, *, content: bool) -> AsyncIterator[Named]:
    """The hrefs in portions whose objects can be held at once."""
    weighed = content and isinstance(target, Collection)
    found = await _fetch(request, target, _names(named), content=False) if weighed else {}
    portion: dict[str, str | None] = {}
    size = 0
    for href, name in named.items():
        resource = found.get(name or "")
        bytes_here = resource.entry.size_bytes if isinstance(resource, StoredObject) else 0
        if portion and size + bytes_here > CONTENT_BYTES:
            yield portion
            portion, size = {}, 0
        portion[href] = name
        size += bytes_here
    yield portion


async def _load(request: DavRequest, found: Mapping[str, Resource], needs: Need) -> Mapping[str, Loaded]:
    items = await propfind.load(request, list(found.values()), needs)
    return dict(zip(found, items, strict=True))


async def _batch(
    request: DavRequest, named: Mapping[str, str | None], items: Mapping[str, Loaded], selection: Selection
) -> AsyncIterator[str]:
    for href, name in named.items():
        item = items.get(name) if name is not None else None
        if item is None:
            yield writer.status_response(href, 404)
        else:
            yield await propfind.response(item, selection, href=request.href(item.resource))


def _name(request: DavRequest, target: Resource, href: str) -> str | None:
    """The member an href means, None when it means nothing in this collection. Other spellings of the collection's
    address (host names, an escaped `@`) are equal once parsed; a login written as mail address is what was asked."""
    try:
        segments = parse_href(href).segments
    except CodecError:
        return None
    *parent, name = segments or ("",)
    return name if tuple(parent) in ((*MOUNT, *target.segments), request.path.segments) else None


async def _fetch(
    request: DavRequest, target: Resource, names: Sequence[str], *, content: bool
) -> Mapping[str, Resource]:
    found: dict[str, Resource] = {}
    if isinstance(target, Collection):
        view = target.view
        async for batch in request.services.objects.entries(view, content=content, names=names):
            found |= {entry.name: StoredObject(view, entry) for entry in batch if request.tree.shows(entry)}
    elif isinstance(target, DirectoryBook):
        for name in names:
            try:
                card = await request.services.directories.card(target.source, name)
            except NotFound:
                continue
            found[name] = DirectoryObject(target, card)
    return found
