"""What stands around the writing of an object: scheduling sits here, and whatever else belongs to a write and not to a
face.

Every deed of `ObjectService` passes once, whoever does it: PUT, DELETE, MOVE, COPY, imports, tools. Rights, locks and
the text have been checked by then. Whoever stands here may refuse the deed, pass it on as it is, or write more than
that in its place. A folder that is removed takes its objects with it without a word for each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from sogo.auth.interface import User
from sogo.model.calendar_object import CalendarObject, PutSettings
from sogo.model.folder import Entry, Folder, Written
from sogo.model.scheduling.facts import Face
from sogo.service.waiters import Origin
from sogo.store.interface import ANY, Expect, QuickRow


@dataclass(frozen=True, slots=True)
class Place:
    """The name of an object in a folder, and whose folder that is."""

    folder: Folder
    owner: User
    name: str


@dataclass(frozen=True, slots=True)
class Text:
    """An object as it is about to be stored. `component` is vevent, vtodo, vjournal, vcard or vlist; `calendar` what
    was read of the text, None for cards: a value, not to be changed."""

    text: str
    uid: str
    component: str
    calendar: CalendarObject | None = None


class Former:
    """The object as it was before a deed. Whoever does not ask costs no statement."""

    def __init__(self, read: Callable[[], Awaitable[Entry | None]], known: Entry | None = None) -> None:
        self._read, self._entry = read, known
        self._is_read = known is not None and known.content is not None

    async def load(self, *, again: bool = False) -> Entry | None:
        """With its content; None where the object is new. Read once, and once more with `again`. Raises
        StoreUnavailable."""
        if again or not self._is_read:
            self._entry, self._is_read = await self._read(), True
        return self._entry


@dataclass(frozen=True, slots=True)
class Wishes:
    """What whoever writes asks of scheduling. `schedule_tag` is what an If-Schedule-Tag-Match has (bare, None without
    one); `reply_wanted` is not so with `Schedule-Reply: F`; without `expand_groups` groups stay groups; `forced`: that
    people are busy is no obstacle; `can_answer_only`: of the text only answers for the owner are taken."""

    face: Face = Face.DAV
    schedule_tag: str | None = None
    reply_wanted: bool = True
    expand_groups: bool = True
    forced: bool = True
    can_answer_only: bool = False


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class Received:
    """That what is written is a message which somebody sent: it says what becomes of the object, and is not the object.
    `senders` are the addresses by which its sender is known, verified, lower case. `may_answer`: mail may be sent
    because of it. `settings` mend what is stored of it."""

    senders: tuple[str, ...]
    may_answer: bool
    settings: PutSettings


@dataclass(frozen=True, slots=True)
class ObjectWrite:
    """One deed. An object that leaves its place has a `source`, one that comes to a place a `target`: a removed one has
    only the former, a saved one only the latter, a moved one both. `former` is what was at the source, else at the
    target; `after` what will be at the target, with its index record `quick`. `expect`, `unindexed` as for the store,
    of a moved object those of the target."""

    actor: User
    origin: Origin
    source: Place | None
    target: Place | None
    former: Former
    after: Text | None
    quick: QuickRow = field(default_factory=dict)
    expect: Expect = ANY
    unindexed: bool = False
    wishes: Wishes = NO_WISHES
    is_new: bool = False
    """The one who writes has looked, and nothing was at the target."""
    received: Received | None = None
    """`after` is then the message, as it came."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a deed. `written` is None for a removed object. `is_as_given`: what is stored is `after`.
    `schedule_tag` is that of a scheduling object, bare, "" of others, or where nobody looked. `is_untouched`: nothing
    was done at the place. `copies` and `mails` are how many of them were written."""

    written: Written | None
    is_as_given: bool = True
    schedule_tag: str = ""
    is_untouched: bool = False
    copies: int = 0
    mails: int = 0


Plain = Callable[[frozenset[str]], Awaitable[Written | None]]
"""Does the deed and nothing else. The locks that its doer has seen are known to it, or to whoever does it otherwise."""


class AroundWrite(Protocol):
    async def write(self, write: ObjectWrite, seen: frozenset[str], plain: Plain) -> Outcome:
        """Do the deed, by `plain` or otherwise; when this returns it is committed. May refuse: whatever it raises of
        `sogo.errors` is the answer, and nothing is written."""


class NothingAround:
    """Writes are writes and nothing else."""

    async def write(self, write: ObjectWrite, seen: frozenset[str], plain: Plain) -> Outcome:
        return Outcome(await plain(seen))
