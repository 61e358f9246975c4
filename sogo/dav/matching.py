"""Which objects of a collection a filter finds, remembered object by object while they do not change.

What the remembered times of an object can tell is told from them; the rest is read and parsed, once for each revision
of the object and each filter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

from sogo.dav.context import DavRequest
from sogo.dav.memory import Known, Verdicts
from sogo.dav.pace import Pace, is_long, maybe_apart
from sogo.dav.rendered import groups
from sogo.dav.resources import Collection
from sogo.model.folder import Entry, Item
from sogo.service.memory import Held


@dataclass(frozen=True, slots=True)
class Question:
    """A filter as far as it decides which objects match. `key` tells it from others. `glance`
    answers from the item alone, None when it cannot; `look` answers from the entry with its content. `is_sure` says
    afterwards whether the answers hold for the next one who asks."""

    key: Hashable
    glance: Callable[[Item], bool | None]
    look: Callable[[Entry], bool]
    is_sure: Callable[[], bool] = lambda: True

    @property
    def list_key(self) -> Hashable | None:
        """The key under which a list of what was found may be remembered."""
        return self.key if self.is_sure() else None


async def matching(request: DavRequest, target: Collection, held: Held, question: Question) -> Sequence[Item]:
    """The items that match, in the order of the collection."""
    memory, folder = request.services.matched, target.view.folder
    key = (folder.id, held.point.generation, question.key)
    known = memory.known(key)
    if known is not None and known.point == held.point:
        return known.found
    verdicts = known.verdicts if known is not None else {}
    answers, open_items = _glanced(held, question, verdicts)
    read = await _read(request, target, question, open_items)
    found = [item for name, item in held.items.items() if answers.get(name) or read.get(name, (0, False))[1]]
    if question.is_sure() and not held.unsettled:
        fresh = {name: one for name, one in verdicts.items() if _still(held, name, one)} | read
        memory.keep(key, Known(fresh, held.point, found))
    return found


def _glanced(held: Held, question: Question, verdicts: Verdicts) -> tuple[dict[str, bool], list[Item]]:
    """What can be said at once, and the items that have to be read."""
    answers: dict[str, bool] = {}
    unknown: list[Item] = []
    for name, item in held.items.items():
        answer = question.glance(item)
        if answer is None:
            old = verdicts.get(name)
            answer = old[1] if old is not None and old[0] == item.revision else None
        if answer is None:
            unknown.append(item)
        else:
            answers[name] = answer
    return answers, unknown


async def _read(request: DavRequest, target: Collection, question: Question, items: Sequence[Item]) -> Verdicts:
    verdicts: Verdicts = {}
    pace = Pace()
    for group in groups(items):
        names = [item.entry.name for item in group]
        for item in await request.services.objects.items(target.view, names):
            await pace.breathe()
            answer = await maybe_apart(is_long(item.entry), question.look, item.entry)
            verdicts[item.entry.name] = (item.revision, answer)
    return verdicts


def _still(held: Held, name: str, verdict: tuple[int, bool]) -> bool:
    item = held.items.get(name)
    return item is not None and item.revision == verdict[0]


def shown_to(request: DavRequest, items: Iterable[Item]) -> list[Item]:
    """Those the client is told of at all."""
    return [item for item in items if request.tree.shows(item.entry)]
