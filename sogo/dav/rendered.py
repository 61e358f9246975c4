"""The responses of objects, made once and remembered while the object does not change.

A response depends on the object at its revision and on a `Form`: which properties are wanted, under which address, and
whether the reader sees alarms. Only what is `steady` is remembered; what depends on anything else is made each time.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence

from sogo.codec.davxml.href import quote_segment
from sogo.codec.davxml.rfc4918 import PropfindKind
from sogo.dav import propfind
from sogo.dav.context import DavRequest
from sogo.dav.memory import Form, Parts, digest_of
from sogo.dav.properties import Need
from sogo.dav.propfind import Selection
from sogo.dav.resources import MEMBERS, Collection, On, Resource, StoredObject
from sogo.model import folder_settings
from sogo.model.folder import Entry, Item
from sogo.service.memory import Held
from sogo.service.pace import Pace, is_long, maybe_apart

NAMES_AT_ONCE = 250
FETCH_BYTES = 1024 * 1024
"""So much text of objects is held at a time."""
Still = Callable[[Entry], bool] | None
"""Whether an object that was changed after it was chosen is wanted as it is now; None where any is."""


async def responses(
    request: DavRequest,
    target: Collection,
    held: Held,
    items: Sequence[Item],
    selection: Selection,
    *,
    absent: Callable[[Item], bytes] = lambda _: b"",
    still: Still = None,
) -> AsyncIterator[bytes]:
    """The responses of these objects of a collection, in their order, several in a piece. `absent` is told in place of
    an object that was removed meanwhile, or of one that was changed meanwhile so that it is not `still` wanted."""
    form = await form_of(request, target, held, selection)
    memory, folder_id = request.services.rendered, target.view.folder.id
    known = memory.parts(folder_id, form) if form is not None else {}
    for group in groups(items):
        parts = [_remembered(known, item) for item in group]
        missing = [item for item, part in zip(group, parts, strict=True) if part is None]
        made = {item.entry.name: (item, part) async for item, part in _made(request, target, missing, selection, still)}
        if form is not None:
            for name, (item, part) in made.items():
                if name not in held.unsettled:
                    memory.keep(folder_id, form, name, item.revision, part)
        yield b"".join(
            [
                part if part is not None else made[item.entry.name][1] if item.entry.name in made else absent(item)
                for item, part in zip(group, parts, strict=True)
            ]
        )
    if form is not None:
        memory.tidy(folder_id, form, held)


async def at_their_revisions(
    request: DavRequest, target: Collection, items: Sequence[Item], selection: Selection, form: Form
) -> tuple[list[bytes], bool]:
    """The responses of a few neighbours that are remembered together: single ones are only taken, not kept. With it
    whether each is of the revision of its item; one that was removed meanwhile is left out."""
    known = request.services.rendered.parts(target.view.folder.id, form)
    found = {item.entry.name: one for item in items if (one := known.get(item.entry.name)) and one[0] == item.revision}
    for group in groups([item for item in items if item.entry.name not in found]):
        async for item, part in _made(request, target, group, selection):
            found[item.entry.name] = (item.revision, part)
    told = [(item, found[item.entry.name]) for item in items if item.entry.name in found]
    sure = len(told) == len(items) and all(one[0] == item.revision for item, one in told)
    return [part for _, (_, part) in told], sure


def _remembered(known: Parts, item: Item) -> bytes | None:
    found = known.get(item.entry.name)
    return found[1] if found is not None and found[0] == item.revision else None


async def form_of(request: DavRequest, target: Collection, held: Held, selection: Selection) -> Form | None:
    kind = MEMBERS[target.kind]
    variants = _variants(selection, kind)
    if variants is None:
        return None
    alarms = folder_settings.read(await request.settings(), target.view.folder).show_alarms
    base = request.href(target)
    return digest_of(selection.wanted, base, held.point.generation, request.brief, alarms, variants)


def _variants(selection: Selection, kind: On) -> tuple[str, ...] | None:
    """In which forms the values are wanted; None where they are not steady."""
    if selection.wanted.kind is not PropfindKind.PROP:
        return None
    found = [selection.find(name, kind) for name in selection.wanted.names]
    if not all(made is not None and made.steady for made in found):
        return None
    return tuple(made.variant for made in found if made is not None and made.variant)


async def _made(
    request: DavRequest,
    target: Collection,
    items: Sequence[Item],
    selection: Selection,
    still: Still = None,
) -> AsyncIterator[tuple[Item, bytes]]:
    """Make the responses of a group."""
    needs = selection.needs({MEMBERS[target.kind]})
    base, pace = request.href(target), Pace()
    if Need.CONTENT in needs:
        items = await _with_content(request, target, items, still)
    resources: list[Resource] = [StoredObject(target.view, item.entry) for item in items]
    for item, one in zip(items, await propfind.load(request, resources, needs), strict=True):
        await pace.breathe()
        text = await propfind.response(one, selection, href=base + quote_segment(item.entry.name))
        yield item, text.encode()


async def _with_content(request: DavRequest, target: Collection, items: Sequence[Item], still: Still) -> Sequence[Item]:
    """The items with their texts; who looked for them may have brought these already."""
    names = [item.entry.name for item in items if item.entry.content is None]
    if not names:
        return items
    read = {item.entry.name: item for item in await request.services.objects.items(target.view, names)}
    found: list[Item] = []
    for item in items:
        one = item if item.entry.content is not None else read.get(item.entry.name)
        if one is None:
            continue
        if still is None or one.revision == item.revision or await maybe_apart(is_long(one.entry), still, one.entry):
            found.append(one)
    return found


def groups(items: Sequence[Item]) -> Iterator[list[Item]]:
    """The items in portions whose texts can be held at once."""
    group: list[Item] = []
    size = 0
    for item in items:
        if group and (size + item.entry.size_bytes > FETCH_BYTES or len(group) == NAMES_AT_ONCE):
            yield group
            group, size = [], 0
        group.append(item)
        size += item.entry.size_bytes
    if group:
        yield group
