"""Which objects of a collection a filter finds, remembered object by object while they do not change.

What the remembered times of an object can tell is told from them; the rest is read and parsed, once for each revision
of the object and each filter.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from sogo.dav.context import DavRequest
from sogo.dav.memory import Known, Verdicts, digest_of
from sogo.dav.rendered import groups
from sogo.dav.resources import Collection
from sogo.model.folder import Entry, Item
from sogo.service.memory import Held
from sogo.service.pace import Pace, is_long, maybe_apart


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
    verdicts = known.verdicts if known is not None else {}
    found, unknown = _glanced(held, question, verdicts)
    yield found
    names = [item.entry.name for item in found]
    read: Verdicts = {}
    async for looked in _read(request, target, question, unknown):
        read |= {item.entry.name: (item.revision, answer) for item, answer in looked}
        portion = [item for item, answer in looked if answer]
        names += [item.entry.name for item in portion]
        yield portion
    if key is not None and question.is_sure() and not held.unsettled:
        fresh = {name: one for name, one in verdicts.items() if _still(held, name, one)} | read
        memory.keep(key, Known(fresh, held.point, names))


def _glanced(held: Held, question: Question, verdicts: Verdicts) -> tuple[list[Item], list[Item]]:
    """What matches as can be told at once, and the items that have to be read."""
    found: list[Item] = []
    unknown: list[Item] = []
    for name, item in held.items.items():
        answer = question.glance(item)
        if answer is None:
            old = verdicts.get(name)
            answer = old[1] if old is not None and old[0] == item.revision else None
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


def _still(held: Held, name: str, verdict: tuple[int, bool]) -> bool:
    item = held.items.get(name)
    return item is not None and item.revision == verdict[0]
