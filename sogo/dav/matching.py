"""Which objects of a collection a filter finds, remembered by filter; at a later point only what has changed since is
asked again.

What the remembered times of an object can tell is told from them; the rest is read and parsed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass

from sogo.dav.context import DavRequest
from sogo.dav.memory import Known, digest_of
from sogo.dav.rendered import groups
from sogo.dav.resources import Collection
from sogo.model.folder import Entry, Item
from sogo.service.memory import Held
from sogo.service.pace import Pace, is_long, maybe_apart

GLANCES = 250
"""So many are made between two looks at the time."""


@dataclass(frozen=True, slots=True)
class Question:
    """A filter as far as it decides which objects match. `key` tells it from others, None when it is not to be
    remembered. `glance` answers from the item alone, None when it cannot; `look` answers from the entry with its
    content. `is_sure` says afterwards whether the answers hold for the next one who asks."""

    key: bytes | None
    glance: Callable[[Item], bool | None]
    look: Callable[[Entry], bool]
    is_sure: Callable[[], bool] = lambda: True


async def matching(
    request: DavRequest, target: Collection, held: Held, question: Question
) -> AsyncIterator[Sequence[Item]]:
    """The items that match, portion by portion: first what can be told at once, then what has to be read, with its
    text. When all were taken, the answer is remembered."""
    memory, folder = request.services.matched, target.view.folder
    key = digest_of(folder.id, held.point.generation, question.key) if question.key is not None else None
    known = memory.known(key) if key is not None else None
    if known is not None and known.point == held.point:
        yield [held.items[name] for name in known.found if name in held.items]
        return
    found, unknown = await _glanced(_candidates(held, known), question)
    yield found
    names = [item.entry.name for item in found]
    async for looked in _read(request, target, question, unknown):
        portion = [item for item, answer in looked if answer]
        names += [item.entry.name for item in portion]
        yield portion
    if key is not None and question.is_sure() and not held.unsettled:
        memory.keep(key, Known(held.point, tuple(names)))


def _candidates(held: Held, known: Known | None) -> Iterator[tuple[Item, bool]]:
    """What may match, and whether that is sure. With what was found at an earlier point that is what was found, and
    surely so if it did not change since; and what has changed."""
    if known is None or known.point.revision > held.point.revision:
        yield from ((item, False) for item in held.items.values())
        return
    changed = dict.fromkeys([*held.changed_after(known.point.revision), *held.unsettled])
    for name in known.found:
        item = held.items.get(name)
        if item is not None:
            yield item, name not in changed
            changed.pop(name, None)
    yield from ((held.items[name], False) for name in changed if name in held.items)


async def _glanced(candidates: Iterator[tuple[Item, bool]], question: Question) -> tuple[list[Item], list[Item]]:
    """What matches as can be told at once, and the items that have to be read."""
    found: list[Item] = []
    unknown: list[Item] = []
    pace = Pace()
    for number, (item, is_sure) in enumerate(candidates):
        if not number % GLANCES:
            await pace.breathe()
        answer = True if is_sure else question.glance(item)
        if answer is None:
            unknown.append(item)
        elif answer:
            found.append(item)
    return found, unknown


async def _read(
    request: DavRequest, target: Collection, question: Question, items: Sequence[Item]
) -> AsyncIterator[list[tuple[Item, bool]]]:
    pace = Pace()
    for group in groups(items):
        looked: list[tuple[Item, bool]] = []
        for item in await request.services.objects.items(target.view, [item.entry.name for item in group]):
            await pace.breathe()
            looked.append((item, await maybe_apart(is_long(item.entry), question.look, item.entry)))
        yield looked
