"""E-mail alarms: the row of each object that has one to come, and the mails when it has come (scheduling.md §12).

    saved, removed     after each write: the next alarm is noted
    ring               every minute, by `sogo-ealarms-notify`: due alarms become mails of the queue, and each object is
                       looked at for its next one

Two hosts that ring at once put the same mails, of which the queue takes each once.
"""

from __future__ import annotations

import datetime as dt
import logging
import secrets
from collections.abc import AsyncIterator

from sogo.auth.interface import User
from sogo.errors import InvalidData, SogoError
from sogo.mail.letter import Letter
from sogo.mail.reminders import URGENT_FIELDS, reminder_notice
from sogo.model.calendar_object import CalendarObject, check
from sogo.model.email_alarm import Ring, Ringing
from sogo.model.folder import Folder, FolderKind
from sogo.model.quick_value import epoch
from sogo.model.timezone import lookup
from sogo.service.mail_rendering import MailRendering, mailbox, queued
from sogo.service.preferences import preferences
from sogo.service.site import Site
from sogo.store.alarms import AlarmRow
from sogo.store.mails import QueuedMail, mail_key

log = logging.getLogger(__name__)

KIND = "calendar:alarm"
LATE = dt.timedelta(minutes=5)
"""An alarm that was not looked at for longer is not sent any more."""
AT_ONCE = 500
MOST = 20_000
"""So many alarms are looked at in one run."""


class AlarmService:
    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def is_on(self) -> bool:
        return self._site.config.system.enable_email_alarms and self._site.alarms.is_there

    # --- after a write ------------------------------------------------------------------------------------------------

    async def saved(self, owner: User, folder: Folder, name: str, obj: CalendarObject | None) -> None:
        """Note the next alarm of an object as it is stored now. `owner` is the calendar's, `obj` None for a card. Never
        raises: what is stored is stored."""
        if obj is None or not self.is_on:
            return
        try:
            await self._note(owner, folder, name, obj, self._site.clock())
        except SogoError as error:
            log.warning("the e-mail alarm of %s/%s is not noted: %s", folder.path, name, error)

    async def removed(self, folder: Folder, name: str) -> None:
        """The object is gone. Never raises."""
        if folder.kind is not FolderKind.CALENDAR or not self.is_on:
            return
        try:
            await self._site.alarms.drop(folder.path, name)
        except SogoError as error:
            log.warning("the e-mail alarm of %s/%s is left: %s", folder.path, name, error)

    async def folder_removed(self, folder: Folder) -> None:
        """Never raises."""
        if folder.kind is not FolderKind.CALENDAR or not self.is_on:
            return
        try:
            await self._site.alarms.drop_folder(folder.path)
        except SogoError as error:
            log.warning("the e-mail alarms of %s are left: %s", folder.path, error)

    async def _note(self, owner: User, folder: Folder, name: str, obj: CalendarObject, after: dt.datetime) -> None:
        ring = (await self._ringing(owner, obj)).next_after(after)
        if ring is None:
            await self._site.alarms.drop(folder.path, name)
            return
        recurrence_id = epoch(ring.recurrence_id) if ring.recurrence_id is not None else 0
        row = AlarmRow(folder.path, name, obj.uid, recurrence_id, ring.number, epoch(ring.moment))
        await self._site.alarms.put(row)

    async def _ringing(self, owner: User, obj: CalendarObject) -> Ringing:
        profile = await self._site.profiles.load(owner.user_id)
        zone = preferences(self._site.config, owner, profile).zone
        addresses = frozenset(address.lower() for address in owner.emails)
        return Ringing(obj.components, lookup(obj.calendar), zone, addresses)

    # --- when they ring -----------------------------------------------------------------------------------------------

    async def ring(self, now: dt.datetime) -> list[str]:
        """Put mails of all alarms due in this minute or up to five before it; the ids of those that are new. Raises
        StoreUnavailable when the tables are away; what is wrong with one object is logged."""
        minute = now.replace(second=0, microsecond=0)
        made: list[str] = []
        async for row in self._due(minute):
            try:
                made += await self._handle(row, minute)
            except InvalidData:
                await self._site.alarms.drop(row.path, row.name)
            except SogoError as error:
                log.warning("the e-mail alarm of %s/%s waits: %s", row.path, row.name, error)
        return made

    async def _due(self, minute: dt.datetime) -> AsyncIterator[AlarmRow]:
        """Each alarm once, also what comes due by the handling of another."""
        seen: set[AlarmRow] = set()
        while len(seen) < MOST:
            found = [row for row in await self._site.alarms.due(epoch(minute), len(seen) + AT_ONCE) if row not in seen]
            if not found:
                return
            for row in found:
                seen.add(row)
                yield row

    async def _handle(self, row: AlarmRow, minute: dt.datetime) -> list[str]:
        """Mail one alarm and note the next of its object; a row whose object is gone goes."""
        owner, folder = await self._place(row.path)
        entry = await self._site.folders.load(folder, row.name) if folder is not None else None
        if owner is None or folder is None or entry is None or entry.content is None:
            await self._site.alarms.drop(row.path, row.name)
            return []
        obj, moment = check(entry.content), dt.datetime.fromtimestamp(row.moment, dt.UTC)
        made: list[str] = []
        ring = (await self._ringing(owner, obj)).at(moment) if minute - moment <= LATE else None
        if ring is not None:
            made = await self._site.post.put(await self._letters(ring, obj, owner, folder, row))
        else:
            log.info("the e-mail alarm of %s/%s is too late, or is none any more", row.path, row.name)
        await self._note(owner, folder, row.name, obj, moment if ring is not None else max(moment, minute))
        return made

    async def _place(self, path: str) -> tuple[User | None, Folder | None]:
        """Whose calendar a c_path is, and the calendar."""
        _, users, owner, kind, name = (path.split("/", 4) + [""] * 5)[:5]
        if users != "Users" or kind != FolderKind.CALENDAR.value or not owner or not name:
            return None, None
        state = await self._site.folders.find_folder(owner, FolderKind.CALENDAR, name)
        return await self._site.directory.find_user(owner), state.folder if state is not None else None

    async def _letters(
        self, ring: Ring, obj: CalendarObject, owner: User, folder: Folder, row: AlarmRow
    ) -> list[QueuedMail]:
        """One for each of the alarm's addresses, from the owner; for the owner alone where it has none."""
        sender = mailbox(owner.cn, owner.email)
        if sender is None:
            return []
        rendering, made = MailRendering(self._site), []
        for address in _recipients(ring, owner):
            user = owner if address == owner.email else await self._site.directory.find_user(address)
            reader = await rendering.reader_of(user) if user is not None else await rendering.outside_reader(owner)
            recipient = mailbox(user.cn if user is not None else "", address)
            if recipient is None:
                continue
            notice = reminder_notice(ring.component, obj.calendar, folder.display_name, reader)
            moment, token = self._site.clock(), secrets.token_hex(16)
            letter = Letter(notice, sender, recipient, moment, token, KIND, extra_fields=URGENT_FIELDS)
            occasion = (row.path, row.name, str(row.recurrence_id), str(row.number), str(row.moment))
            key = mail_key(("alarm", *occasion, recipient.address), ())  # once, and waiting for no earlier one
            made.append(queued(letter, key, owner))
        return made


def _recipients(ring: Ring, owner: User) -> list[str]:
    """The owner by the primary address only, whichever of them the alarm names."""
    own = {address.lower() for address in owner.emails}
    return [owner.email, *(address for address in ring.addresses if address not in own)]
