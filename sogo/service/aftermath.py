"""What follows every write of an object in a calendar, whoever made it: the note of its next e-mail alarm, and receipts
for those who want them. Stands around whatever else stands around writes.
"""

from __future__ import annotations

from dataclasses import dataclass

from sogo.errors import DomainError
from sogo.model.calendar_object import CalendarObject, check
from sogo.model.folder import FolderKind
from sogo.service.alarms import AlarmService
from sogo.service.around import AroundWrite, ObjectWrite, Outcome, Place, Plain
from sogo.service.notices import NoticeService, Wanted
from sogo.service.site import Site
from sogo.service.waiters import Origin


@dataclass(frozen=True, slots=True)
class Followed:
    """`service.around.AroundWrite`."""

    site: Site
    inner: AroundWrite

    async def write(self, write: ObjectWrite, seen: frozenset[str], plain: Plain) -> Outcome:
        left = await self._wanted(write, write.source)
        come = await self._wanted(write, write.target)
        if (left or come) and not write.is_new:
            await write.former.load()  # it is remembered for when it is gone
        outcome = await self.inner.write(write, seen, plain)
        if outcome.is_untouched:
            return outcome
        alarms = AlarmService(self.site)
        obj = await self._stored(write, outcome) if alarms.is_on or left or come else None
        if write.source is not None:
            await alarms.removed(write.source.folder, write.source.name)
            await self._tell(left, write, None)
        if write.target is not None:
            await self._note(alarms, write.target, obj)
            await self._tell(come, write, obj)
        return outcome

    async def _stored(self, write: ObjectWrite, outcome: Outcome) -> CalendarObject | None:
        """What is there now: as it was given, unless scheduling made something else of it."""
        if write.after is None or write.target is None or outcome.written is None:
            return None
        if outcome.is_as_given:
            return write.after.calendar
        entry = await self.site.folders.load(write.target.folder, write.target.name)
        return _readable(entry.content) if entry is not None else None

    async def _note(self, alarms: AlarmService, place: Place, obj: CalendarObject | None) -> None:
        if obj is not None:
            await alarms.saved(place.owner, place.folder, place.name, obj)
        else:
            await alarms.removed(place.folder, place.name)

    async def _wanted(self, write: ObjectWrite, place: Place | None) -> Wanted | None:
        """What an import or the server itself writes is told to nobody, nor what came by a mail that can be read."""
        if place is None or place.folder.kind is not FolderKind.CALENDAR or write.origin is not Origin.USER:
            return None
        if write.received is not None:
            return None
        return await NoticeService(self.site).wanted(write.actor, place.owner, place.folder)

    async def _tell(self, wanted: Wanted | None, write: ObjectWrite, new: CalendarObject | None) -> None:
        """An object that was moved was removed at the one place and made at the other."""
        if wanted is None:
            return
        came = write.source is not None and new is not None
        entry = None if came or write.is_new else await write.former.load()
        old = _readable(entry.content) if entry is not None else None
        await NoticeService(self.site).changed(wanted, old, new)


def _readable(content: str | None) -> CalendarObject | None:
    try:
        return check(content) if content else None
    except DomainError:
        return None
