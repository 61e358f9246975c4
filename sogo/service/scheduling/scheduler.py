"""Stands around every write of a calendar object, and schedules where somebody else is concerned."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

from sogo.auth.interface import User
from sogo.errors import NotFound, Overtaken, PreconditionFailed, UidConflict
from sogo.model.calendar_object import CalendarObject
from sogo.model.folder import Entry, FolderKind, Written
from sogo.model.schedule_tag import schedule_tag
from sogo.model.scheduling import decide, inquire
from sogo.model.scheduling.facts import Face, Facts
from sogo.model.scheduling.plan import Mail, Plan
from sogo.service.alarms import AlarmService
from sogo.service.around import ObjectWrite, Outcome, Place, Plain
from sogo.service.bus import Change, Origin, What
from sogo.service.free_busy import FreeBusyService
from sogo.service.pace import maybe_apart
from sogo.service.preferences import preferences
from sogo.service.scheduling.carrying_out import Batch, batch_of
from sogo.service.scheduling.gathering import APART_ABOVE_CHARS, Gathered, Gathering, readable
from sogo.service.scheduling.received import inquiry_about, planned
from sogo.service.site import Site
from sogo.service.unreadable import Unreadable
from sogo.store.mails import QueuedMail

log = logging.getLogger(__name__)

ATTEMPTS = 200
"""So often a deed is decided anew because others were faster. Each time at least one of them was done with."""
MOMENT_SECONDS = 0.02

Render = Callable[[Sequence[Mail], User], Awaitable[Sequence[QueuedMail]]]
"""Makes mails ready to be sent, on behalf of the actor."""


class Scheduler:
    """`service.around.AroundWrite`. Without `render` no mails are written."""

    def __init__(self, site: Site, render: Render | None = None) -> None:
        self.site, self.render = site, render
        self.times = FreeBusyService(site, Unreadable())
        self._lines: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def write(self, write: ObjectWrite, seen: frozenset[str], plain: Plain) -> Outcome:
        place = write.target or write.source
        if place is None or _concerns_nobody(write, place):
            return Outcome(await plain(seen))
        return await _Deed(self, write, place, seen, plain).do()

    def line(self, uid: str) -> asyncio.Lock:
        """Where those of this worker stand who write one meeting: a hundred who answer at once would each decide a
        hundred times else. Other workers are met in the database."""
        return self._lines.setdefault(uid, asyncio.Lock())


def _concerns_nobody(write: ObjectWrite, place: Place) -> bool:
    """Cards; what is moved from one calendar to another (scheduling.md §7); what is brought back, and was told to
    everybody when it was made."""
    is_move = write.source is not None and write.target is not None
    is_brought = write.wishes.face in (Face.IMPORT, Face.TOOL) or write.origin is Origin.IMPORT
    return place.folder.kind is not FolderKind.CALENDAR or is_move or is_brought


def _is_meeting(obj: CalendarObject | None) -> bool:
    return obj is not None and any(
        component.first("ATTENDEE") is not None or component.first("ORGANIZER") is not None
        for component in obj.components
    )


_PEOPLE = re.compile(r"^(?:ATTENDEE|ORGANIZER)[;:]", re.IGNORECASE | re.MULTILINE)


def _names_people(entry: Entry | None) -> bool:
    """Whether a stored object may be a meeting, without reading all of it."""
    return entry is not None and entry.content is not None and _PEOPLE.search(entry.content) is not None


class _Deed:
    """One write and all that follows from it."""

    def __init__(
        self, scheduler: Scheduler, write: ObjectWrite, place: Place, seen: frozenset[str], plain: Plain
    ) -> None:
        self._scheduler, self._site, self._render = scheduler, scheduler.site, scheduler.render
        self._write, self._place, self._seen, self._plain = write, place, seen, plain
        self._new = write.after.calendar if write.after is not None else None

    async def do(self) -> Outcome:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._try(again=attempt > 1)
            except (Overtaken, UidConflict) as error:
                if attempt == ATTEMPTS or (isinstance(error, UidConflict) and attempt > 2):
                    raise
                log.debug("decided anew: %s", error.public)
            await asyncio.sleep(random.uniform(0, MOMENT_SECONDS * min(attempt, 10)))  # noqa: S311 - spreads writers
        raise AssertionError

    async def _try(self, *, again: bool) -> Outcome:
        entry = await self._former(again=again)
        is_message = self._write.received is not None
        if not (is_message or _is_meeting(self._new) or _names_people(entry)):
            return await self._undecided(entry)
        old = _read(entry)
        uid = next((obj.uid for obj in (self._new, old) if obj is not None), "")
        line = self._scheduler.line(uid)
        waited = line.locked()
        async with line:
            if waited:
                entry = await self._former(again=True)
                old = _read(entry)
            return await self._decided(entry, old)

    async def _former(self, *, again: bool) -> Entry | None:
        if self._write.is_new and not again:
            return None
        return await self._write.former.load(again=again)

    async def _decided(self, entry: Entry | None, old: CalendarObject | None) -> Outcome:
        zone = await self._zone()
        inquiry = inquire(old, self._new, now=self._site.clock(), zone=zone)
        if self._write.received is not None and self._new is not None:
            inquiry = inquiry_about(self._new, inquiry, self._write.received)
        if not inquiry.concerns:
            return await self._undecided(entry)
        self._require(entry)
        gathering = Gathering(
            self._site, self._write, self._place, times=self._scheduler.times, sends_mail=self._sends_mail
        )
        gathered = await gathering.gather(inquiry)
        _require_the_same(entry, gathered)
        self._require_tag(gathered.own.schedule_tag if gathered.own is not None else None)
        plan = await maybe_apart(gathered.chars > APART_ABOVE_CHARS, self._plan, old, gathered.facts)
        return await self._carry_out(plan, gathered)

    def _plan(self, old: CalendarObject | None, facts: Facts) -> Plan:
        received = self._write.received
        if received is None or self._new is None:
            return decide(old, self._new, facts)
        return planned(self._new, old, received, facts)

    async def _zone(self) -> dt.tzinfo:
        owner = self._place.owner
        return preferences(self._site.config, owner, await self._site.profiles.load(owner.user_id)).zone

    async def _undecided(self, entry: Entry | None) -> Outcome:
        """Nobody else is concerned: a write like any other."""
        if self._write.wishes.schedule_tag is not None:
            tags = await self._site.folders.schedule_tags(self._place.folder, [entry] if entry is not None else [])
            self._require_tag(tags.get(entry.name) if entry is not None else None)
        return Outcome(await self._plain(self._seen))

    # --- what must be true --------------------------------------------------------------------------------------------

    def _require(self, entry: Entry | None) -> None:
        """What the client expects, of what is there now. The store compares only with what was decided on."""
        expect = self._write.expect
        if entry is None and self._new is None:
            raise NotFound("There is no such object.")
        if expect.absent and entry is not None:
            raise PreconditionFailed("The name is taken.")
        if (expect.present or expect.version is not None) and entry is None:
            raise PreconditionFailed("The object does not exist.")
        if expect.version is not None and entry is not None and entry.version != expect.version:
            raise PreconditionFailed("The object has changed meanwhile.")

    def _require_tag(self, tag: str | None) -> None:
        """RFC 6638 §8.3."""
        wanted = self._write.wishes.schedule_tag
        if wanted is not None and wanted != tag:
            raise PreconditionFailed("The object is not the one you know (If-Schedule-Tag-Match).")

    # --- doing it -----------------------------------------------------------------------------------------------------

    @property
    def _sends_mail(self) -> bool:
        domain = self._site.config.domain(self._write.actor.domain)
        is_possible = self._render is not None and self._site.post.mails.is_there
        may_send = self._write.received is None or self._write.received.may_answer
        return is_possible and may_send and domain.appointment_send_email_notifications

    async def _carry_out(self, plan: Plan, gathered: Gathered) -> Outcome:
        batch = await batch_of(self._site, self._write, self._place, plan, gathered, seen=self._seen)
        mails: Sequence[QueuedMail] = ()
        if self._render is not None and plan.mails:
            mails = await self._render(plan.mails, self._write.actor)
        written = await self._site.folders.write_all(
            batch.writes, unchanged=gathered.stamps, inbox=batch.inbox, mails=mails
        )
        self._announce(batch, written)
        await self._note_alarms(batch, gathered)
        if mails:
            self._site.post.committed(self._write.actor)
        done = Outcome(
            None, plan.is_verbatim, is_untouched=batch.own is None, copies=len(batch.copies), mails=len(mails)
        )  # fmt: skip
        if batch.own is None or batch.own.content is None:
            return done
        return replace(done, written=written[0], schedule_tag=batch.own.keeps_tag or schedule_tag(written[0]))

    def _announce(self, batch: Batch, written: Sequence[Written]) -> None:
        """Whoever wrote the object itself is told by its doer."""
        first = 1 if batch.own is not None else 0
        for copy, done in zip(batch.copies, written[first:], strict=True):
            if copy.content is not None:
                self._site.memory.wrote(copy.folder.id, copy.name, done)
            what = What.WRITTEN if copy.content is not None else What.REMOVED
            self._site.bus.announce(Change(copy.folder, copy.name, Origin.USER, what))

    async def _note_alarms(self, batch: Batch, gathered: Gathered) -> None:
        """Of the copies; that of the object itself is noted by whoever stands around."""
        alarms = AlarmService(self._site)
        for copy in batch.copies if alarms.is_on else ():
            obj = readable(copy.content) if copy.content is not None else None
            if obj is not None and copy.folder.owner in gathered.users:
                await alarms.saved(gathered.users[copy.folder.owner], copy.folder, copy.name, obj)
            else:
                await alarms.removed(copy.folder, copy.name)


def _read(entry: Entry | None) -> CalendarObject | None:
    return readable(entry.content or "") if entry is not None else None


def _require_the_same(entry: Entry | None, gathered: Gathered) -> None:
    """The object was read before it was known whose copies matter; both must be of one version."""
    own = gathered.own.entry.version if gathered.own is not None else None
    if own != (entry.version if entry is not None else None):
        raise Overtaken("The object has changed meanwhile.")
