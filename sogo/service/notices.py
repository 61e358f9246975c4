"""Mails that tell of what was done, beside scheduling: receipts of changes in a calendar (scheduling.md §8.3),
advisories of rights, and of folders that come and go (§8.4).

Whether anybody wants to know is looked at first; what cannot be told is logged, and what was done stands. All of it
goes through the queue.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from sogo.auth.interface import User
from sogo.codec.mime.headers import Mailbox
from sogo.codec.mime.writer import Part
from sogo.errors import SogoError
from sogo.mail.about import Reader
from sogo.mail.advisories import Advisory, Granting, advisory_notice, advisory_part
from sogo.mail.letter import Letter
from sogo.mail.notice import Notice
from sogo.mail.receipts import Action, Receipt, folder_notice, receipt_notice
from sogo.model.calendar_object import CalendarObject
from sogo.model.folder import Folder
from sogo.model.receipts import Attendance, Readers, ReceiptDefaults, attendance, is_same, readers
from sogo.model.rights import ANONYMOUS, ANYBODY, GROUP_MARK, NO_ROLE, Rows
from sogo.service.mail_rendering import MailRendering, mailbox, queued
from sogo.service.site import Site
from sogo.store.mails import MailKey, QueuedMail, mail_key

log = logging.getLogger(__name__)

DAV_PATH = "/SOGo/dav"
"""The address of every DAV resource begins with it."""
RECEIPT, RIGHTS, FOLDER = "calendar:receipt", "acl:advisory", "folder:advisory"

__all__ = ["Action", "Granting", "NoticeService", "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who is to get a receipt of a change, asked before it is made."""

    actor: User
    owner: User
    folder: Folder
    readers: Readers


class NoticeService:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._rendering = MailRendering(site)

    # --- receipts -----------------------------------------------------------------------------------------------------

    async def wanted(self, actor: User, owner: User, folder: Folder) -> Wanted | None:
        """Whether somebody wants a receipt of what this actor does in a calendar; None for nobody."""
        domain = self._site.config.domain(actor.domain)
        defaults = ReceiptDefaults(
            personal=domain.notify_on_personal_modifications, external=domain.notify_on_external_modifications
        )
        settings = (await self._site.profiles.load(owner.user_id)).settings
        found = readers(settings, folder, by_owner=actor.user_id == owner.user_id, defaults=defaults)
        return Wanted(actor, owner, folder, found) if found else None

    async def changed(self, wanted: Wanted, old: CalendarObject | None, new: CalendarObject | None) -> None:
        """An object was created (`old` None), changed, or removed (`new` None). Never raises."""
        obj = new or old
        if (
            obj is None
            or obj.kind not in ("vevent", "vtodo")
            or (old is not None and new is not None and is_same(old, new))
        ):
            return
        await _safely(self._receipts(wanted, obj, old, new), "a receipt of a change")

    async def _receipts(
        self, wanted: Wanted, obj: CalendarObject, old: CalendarObject | None, new: CalendarObject | None
    ) -> None:
        action = Action.CREATED if old is None else Action.DELETED if new is None else Action.UPDATED
        sender = mailbox(wanted.actor.cn, wanted.actor.email)
        if sender is None:
            return
        made = []
        for address, user in await self._receivers(wanted):
            recipient = mailbox(user.cn if user is not None else "", address)
            if recipient is not None:
                reader = await self._reader(user, wanted.actor)
                notice = receipt_notice(_receipt(action, obj, wanted, attendance(old, new)), reader)
                letter = self._letter(notice, sender, recipient, RECEIPT)
                made.append(queued(letter, self._occasion(obj.uid, sender, recipient), wanted.actor))
        await self._site.post.put(made, wanted.actor)

    async def _receivers(self, wanted: Wanted) -> list[tuple[str, User | None]]:
        found: dict[str, User | None] = {}
        if wanted.readers.owner:
            found[wanted.owner.email.lower()] = wanted.owner
        if wanted.readers.other:
            other = wanted.readers.other.lower()
            found.setdefault(other, await self._site.directory.find_user(other))
        return list(found.items())

    # --- advisories ---------------------------------------------------------------------------------------------------

    async def shared(self, owner: User, folder: Folder, before: Rows, after: Mapping[str, Collection[str]]) -> None:
        """Tell each user whose roles on a folder are others now, where SOGoACLsSendEMailNotifications wants it; groups
        and everybody are told nothing. Never raises."""
        if not self._site.config.domain(owner.domain).acls_send_email_notifications:
            return
        url = self._address(folder)
        for uid in sorted({*before, *after}):
            granting = _granting(before.get(uid, ()), after.get(uid, ()))
            if granting is not None and not uid.startswith(GROUP_MARK) and uid not in (ANYBODY, ANONYMOUS):
                await _safely(self._advise_uid(granting, owner, uid, folder, url), "an advisory of rights")

    async def _advise_uid(self, granting: Granting, owner: User, uid: str, folder: Folder, url: str) -> None:
        concerned = await self._site.directory.find_user(uid)
        if concerned is not None:
            await self._advise(granting, owner, concerned, folder, url)

    def _address(self, folder: Folder) -> str:
        """Where a folder is: never by the word of a client, which the headers of a request are."""
        base = self._site.config.system.application_redirect_url.rstrip("/")
        parts = (folder.owner, folder.kind.value, folder.name)
        path = "/".join(quote(part, safe="@") for part in parts)
        return f"{base if base.startswith(('https://', 'http://')) else ''}{DAV_PATH}/{path}/"

    async def _advise(self, granting: Granting, owner: User, concerned: User, folder: Folder, url: str) -> None:
        sender, recipient = mailbox(owner.cn, owner.email), mailbox(concerned.cn, concerned.email)
        if sender is None or recipient is None:
            return
        advisory = Advisory(granting, owner.cn, folder.display_name, folder.kind.value, url)
        notice = advisory_notice(advisory, await self._rendering.reader_of(concerned))
        letter = self._letter(notice, sender, recipient, RIGHTS, advisory_part(advisory))
        await self._post(letter, self._occasion(folder.path, sender, recipient), owner)

    async def folder_changed(self, action: Action, *, actor: User, owner: User, folder: Folder) -> None:
        """Tell the owner of a folder that was made or removed, where SOGoFoldersSendEMailNotifications wants it; the
        original does for what is done on its web pages only, so that is the caller's to ask. Never raises."""
        if not self._site.config.domain(owner.domain).folders_send_email_notifications:
            return
        await _safely(self._tell_of_folder(action, actor, owner, folder), "an advisory of a folder")

    async def _tell_of_folder(self, action: Action, actor: User, owner: User, folder: Folder) -> None:
        sender, recipient = mailbox(actor.cn, actor.email), mailbox(owner.cn, owner.email)
        if sender is None or recipient is None:
            return
        reader = await self._rendering.reader_of(owner)
        notice = folder_notice(
            action, folder=folder.display_name, kind=folder.kind.value, actor=actor.cn, reader=reader
        )
        letter = self._letter(notice, sender, recipient, FOLDER)
        await self._post(letter, self._occasion(folder.path, sender, recipient), actor)

    # --- what they share ----------------------------------------------------------------------------------------------

    async def _reader(self, user: User | None, actor: User) -> Reader:
        return await (self._rendering.reader_of(user) if user is not None else self._rendering.outside_reader(actor))

    def _letter(self, notice: Notice, sender: Mailbox, recipient: Mailbox, kind: str, *parts: Part) -> Letter:
        moment, token = self._site.clock(), secrets.token_hex(16)
        return Letter(notice, sender, recipient, moment, token, kind, extra_parts=parts)

    def _occasion(self, about: str, sender: Mailbox, recipient: Mailbox) -> MailKey:
        """Each is told once, and none is like another."""
        return mail_key(("notice", about, sender.address, recipient.address), (secrets.token_hex(16),))

    async def _post(self, letter: Letter, key: MailKey, user: User) -> None:
        made: list[QueuedMail] = [queued(letter, key, user)]
        await self._site.post.put(made, user)


def _receipt(action: Action, obj: CalendarObject, wanted: Wanted, people: Attendance) -> Receipt:
    component = obj.master or obj.components[0]
    return Receipt(
        action, component, obj.calendar, wanted.actor.cn, wanted.folder.display_name,
        people.added, people.removed, people.updated,
    )  # fmt: skip


def _granting(before: Collection[str], after: Collection[str]) -> Granting | None:
    had, has = set(before) - {NO_ROLE}, set(after) - {NO_ROLE}
    if had == has:
        return None
    return Granting.MODIFY if had and has else Granting.ADD if has else Granting.REMOVE


async def _safely(work: Awaitable[None], what: str) -> None:
    try:
        await work
    except SogoError as error:
        log.warning("%s is not sent: %s", what, error)
    except Exception:
        log.exception("%s is not sent", what)
