"""What happens around the writing of an object: scheduling will sit here, and whatever else belongs to a write and not
to a face.

Every deed of `ObjectService` passes once, whoever does it: PUT, DELETE, MOVE, COPY, imports, tools. Rights, locks and
the text have been checked by then. A folder that is removed takes its objects with it without a word for each.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from sogo.auth.interface import User
from sogo.model.calendar_object import CalendarObject
from sogo.model.folder import Entry, Folder, Written
from sogo.service.waiters import Origin

log = logging.getLogger(__name__)


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
    """The object as it was before a deed. Whoever does not ask costs no statement; who wants to know it afterwards asks
    before."""

    def __init__(self, read: Callable[[], Awaitable[Entry | None]], known: Entry | None = None) -> None:
        self._read, self._entry = read, known
        self._is_read = known is not None and known.content is not None
        self._is_over = False

    async def load(self) -> Entry | None:
        """With its content; None where the object is new. Read once. Raises RuntimeError when it is asked for the first
        time when the deed is done, StoreUnavailable."""
        if not self._is_read:
            if self._is_over:
                raise RuntimeError("what was there before a write has to be asked for before it")
            self._entry, self._is_read = await self._read(), True
        return self._entry

    def end(self) -> None:
        self._is_over = True


@dataclass(frozen=True, slots=True)
class ObjectWrite:
    """One deed. An object that leaves its place has a `source`, one that comes to a place a `target`: a removed one has
    only the former, a saved one only the latter, a moved one both. `former` is what was at the source, else at the
    target; `after` what will be at the target."""

    actor: User
    origin: Origin
    source: Place | None
    target: Place | None
    former: Former
    after: Text | None


class AroundWrite(Protocol):
    """Called once before and once after each deed."""

    async def before(self, write: ObjectWrite) -> None:
        """May refuse: whatever it raises of `sogo.errors` is the answer, and nothing is written. A write that fails in
        the database afterwards has no `after`."""

    async def after(self, write: ObjectWrite, written: Written | None) -> None:
        """The deed is committed and announced. `written` is None for a removed object. What this raises is logged, and
        the write stands."""


class NothingAround:
    """Writes are writes and nothing else."""

    async def before(self, write: ObjectWrite) -> None:
        return None

    async def after(self, write: ObjectWrite, written: Written | None) -> None:
        return None


async def tell_after(around: AroundWrite, write: ObjectWrite, written: Written | None) -> None:
    """Never raises: what is committed cannot be refused."""
    write.former.end()
    try:
        await around.after(write, written)
    except Exception:
        place = write.target or write.source
        log.exception("what follows a write failed at %s", place.folder.path if place is not None else "")
