"""Lists of responses that are the same as long as the collection is: everything in it, or what a filter finds.

    listed -> the list as it was sent at this point of the folder: its blocks, packed, and nothing else is looked at
           -> else block by block: one whose objects are all as they were is sent again, the others are made anew

A block holds neighbours of a list. Where it ends is told by the names in it, not by their count, so that an object
that comes or goes changes its own block and leaves the others alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial

from sogo.dav import rendered
from sogo.dav.answer import PACK_HERE_BYTES, Part
from sogo.dav.context import DavRequest
from sogo.dav.memory import Form, Piece, digest_of
from sogo.dav.propfind import Selection
from sogo.dav.rendered import Still
from sogo.dav.resources import Collection
from sogo.dav.truncation import truncated
from sogo.http.compress import Packed
from sogo.http.settings import HTTP_SETTINGS
from sogo.model.folder import Item
from sogo.service.memory import Held
from sogo.service.pace import maybe_apart

BLOCK_OBJECTS = 128
"""As many are in a block on average, and at most twice as many; a power of two."""
BLOCK_BYTES = 256 * 1024
"""Of stored text in a block, but for one object that alone is longer."""

Portions = AsyncIterator[Sequence[Item]]
Block = tuple[bytes | None, Piece]
"""The key under which a block is remembered, None where it is not, and its octets."""


async def all_of(held: Held) -> Portions:
    """Everything there is, in one portion."""
    yield list(held.items.values())


async def listed(
    request: DavRequest,
    target: Collection,
    held: Held,
    portions: Portions,
    selection: Selection,
    key: bytes | None,
    *,
    limit: int | None = None,
    is_sure: Callable[[], bool] = lambda: True,
    still: Still = None,
) -> AsyncIterator[Part]:
    """The responses of items that come portion by portion. `key` tells which list it is, None that it is not to be
    remembered; `is_sure` says in the end whether it may be. Beyond `limit` comes the response that says there are
    more. `still` as in `rendered.responses`."""
    form = await rendered.form_of(request, target, held, selection) if key is not None else None
    list_key = digest_of(key, limit, request.client.sees_no_lists)
    memory, folder_id = request.services.rendered, target.view.folder.id
    if form is None or list_key is None:
        async for group in _within(request, portions, limit):
            async for part in _answered(request, target, held, group, selection, still):
                yield part
        return
    known = memory.listed(folder_id, form, list_key, held.point)
    if known is not None:
        for packed in known:
            yield Piece.of(packed)
        return
    keys: list[bytes | None] = []
    async for group in _within(request, portions, limit):
        async for block_key, piece in _blocks(request, target, held, group, selection, form, still):
            keys.append(block_key)
            yield piece
    sure = [one for one in keys if one is not None]
    if len(sure) == len(keys) and not held.unsettled and is_sure():
        memory.keep_list(folder_id, form, list_key, held.point, sure)


Group = Sequence[Item] | None
"""Items to be told of, or that there are more."""


async def _within(request: DavRequest, portions: Portions, limit: int | None) -> AsyncIterator[Group]:
    """The items that are shown, up to the limit."""
    left = limit
    async for portion in portions:
        shown = [item for item in portion if request.tree.shows(item.entry)]
        told = shown if left is None else shown[:left]
        yield told
        if left is not None:
            left -= len(told)
        if len(told) < len(shown):
            yield None
            return


async def _answered(
    request: DavRequest, target: Collection, held: Held, group: Group, selection: Selection, still: Still
) -> AsyncIterator[bytes]:
    if group is None:
        yield truncated(request.href(target)).encode()
        return
    async for part in rendered.responses(request, target, held, group, selection, still=still):
        yield part


async def _blocks(
    request: DavRequest, target: Collection, held: Held, group: Group, selection: Selection, form: Form, still: Still
) -> AsyncIterator[Block]:
    """The blocks of a group, each made by one reader, whoever else waits for it. Of one that changed meanwhile each
    sees for himself what of it is still wanted."""
    memory, folder_id = request.services.rendered, target.view.folder.id
    for items in _cut(group) if group is not None else [[]]:
        if any(item.entry.name in held.unsettled for item in items):
            yield None, await _apart(request, target, held, items, selection, still)
            continue
        key = _key(items)
        known = memory.block(folder_id, form, key)
        if known is not None:
            yield key, Piece.of(known)
            continue
        make = partial(_made, request, target, items, selection, form, key)
        made_key, piece = await memory.flights.do((folder_id, form, key), make)
        if made_key is None and still is not None:
            piece = await _apart(request, target, held, items, selection, still)
        yield made_key, piece


async def _apart(
    request: DavRequest, target: Collection, held: Held, items: Group, selection: Selection, still: Still
) -> Piece:
    """What a block would hold, for one who asks."""
    return Piece(b"".join([part async for part in _answered(request, target, held, items, selection, still)]))


async def _made(
    request: DavRequest, target: Collection, items: Sequence[Item], selection: Selection, form: Form, key: bytes
) -> Block:
    """A block, remembered when it holds just the revisions that its key tells; no items: that there are more."""
    parts, sure = [truncated(request.href(target)).encode()], True
    if items:
        parts, sure = await rendered.at_their_revisions(request, target, items, selection, form)
    raw = b"".join(parts)
    if not sure:
        return None, Piece(raw)
    level = request.http.app[HTTP_SETTINGS].gzip_level
    packed = await maybe_apart(len(raw) > 2 * PACK_HERE_BYTES, Packed.of, raw, level)
    request.services.rendered.keep_block(target.view.folder.id, form, key, packed)
    return key, Piece(raw, kept=True, packed=packed)


def _cut(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Items in blocks. The hash of a name is the same for as long as the process lives, as what is remembered is."""
    block: list[Item] = []
    size = 0
    for item in items:
        if block and size + item.entry.size_bytes > BLOCK_BYTES:
            yield block
            block, size = [], 0
        block.append(item)
        size += item.entry.size_bytes
        if not hash(item.entry.name) & (BLOCK_OBJECTS - 1) or len(block) == 2 * BLOCK_OBJECTS:
            yield block
            block, size = [], 0
    if block:
        yield block


def _key(items: Sequence[Item]) -> bytes:
    told = repr([(item.entry.name, item.revision) for item in items])
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()
