"""The part of the tree that an IMAP server holds: /SOGo/dav/<user>/Mail/0/folderINBOX/17.eml (dav.md §15).

Only one's own: nobody else's password is at hand. Nothing here is asked of the mail server before somebody asks for
something below Mail/0, so that a server that is away is in nobody's way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from sogo.auth.interface import User
from sogo.codec.imap.mailbox import Listed
from sogo.dav.mail_names import level_of, uid_of
from sogo.dav.resources import MailAccount, MailBox, MailHome, MailMessage, Nowhere, Resource, Slot
from sogo.errors import Forbidden, NotFound
from sogo.mail.imap.session import FETCH_AT_ONCE
from sogo.service.mailboxes import MailDoor

MAIL = "Mail"
ACCOUNT = "0"
MAX_LEVELS = 32


class MailTree:
    def __init__(self, actor: User, door: MailDoor) -> None:
        self._actor, self._door = actor, door

    async def resolve(self, owner: User, segments: tuple[str, ...]) -> Resource | Slot | Nowhere:
        """Raises Forbidden for the mail of others, NotFound, and what the mail server is unavailable by."""
        if owner.user_id != self._actor.user_id:
            raise Forbidden("Everybody's mail is his own.", right="read")
        _, _, *below = segments
        if not below:
            return MailHome(owner)
        account, *levels = below
        if account != ACCOUNT or len(levels) > MAX_LEVELS:
            return Nowhere(segments)
        if not levels:
            return MailAccount(owner)
        return await self._below(MailAccount(owner), levels, Nowhere(segments))

    async def _below(self, account: MailAccount, levels: list[str], nowhere: Nowhere) -> Resource | Slot | Nowhere:
        delimiter = await self._door.delimiter()
        names = [level_of(level, delimiter) for level in levels]
        last, above = names[-1], [name for name in names[:-1] if name is not None]
        if len(above) < len(names) - 1:
            return nowhere
        if last is not None:
            found = await self._find(account, [*above, last], delimiter)
            if found is not None:
                return found
        parent = await self._find(account, above, delimiter) if above else account
        if parent is None:
            return nowhere
        uid = uid_of(levels[-1])
        if uid is not None and isinstance(parent, MailBox):
            return await self._message(parent, uid) or Slot(parent, levels[-1])
        return Slot(parent, levels[-1])

    async def _find(self, account: MailAccount, levels: list[str], delimiter: str) -> MailBox | None:
        session, name = await self._door.session(), delimiter.join(levels)
        try:
            return _mailbox(account.owner, await session.find(name), delimiter)
        except NotFound:
            roots = await self._roots(account.owner, delimiter)
            return next((root for root in roots if root.name == name), None)

    async def _roots(self, owner: User, delimiter: str) -> list[MailBox]:
        """Below which the mailboxes of others, and of everybody, are: servers list them only where there are some."""
        spaces = await (await self._door.session()).namespaces(delimiter)
        names = [space.prefix.rstrip(delimiter) for space in (*spaces.others, *spaces.shared)]
        return [MailBox(owner, name, delimiter, selectable=False) for name in names if name]

    async def _message(self, box: MailBox, uid: int) -> MailMessage | None:
        session = await self._door.session()
        if not box.selectable:
            return None
        selected = await session.select(box.name)
        async for _ in session.fetch([uid], "RFC822.SIZE"):
            return MailMessage(box, uid, selected.uid_validity)
        return None

    async def members(self, resource: Resource) -> AsyncIterator[list[Resource]]:
        """Mailboxes, then messages in portions."""
        match resource:
            case MailHome(owner):
                yield [MailAccount(owner)]
            case MailAccount(owner):
                yield await self._mailboxes(owner, "")
            case MailBox(owner, name):
                yield await self._mailboxes(owner, name)
                async for portion in self._messages(resource):
                    yield portion

    async def _mailboxes(self, owner: User, above: str) -> list[Resource]:
        """Those one level below. A name with `%` in it is a pattern for LIST, which may tell more than was meant."""
        session, delimiter = await self._door.session(), await self._door.delimiter()
        prefix = above + delimiter if above else ""
        told = await session.mailboxes(prefix + "%")
        below = [one for one in told if one.name.startswith(prefix) and one.name != above]
        direct = [one for one in below if one.name and delimiter not in one.name.removeprefix(prefix).rstrip(delimiter)]
        found: list[Resource] = [_mailbox(owner, one, delimiter) for one in sorted(direct, key=_order)]
        if not above:
            known = {one.segments for one in found}
            found += [one for one in await self._roots(owner, delimiter) if one.segments not in known]
        return found

    async def _messages(self, box: MailBox) -> AsyncIterator[list[Resource]]:
        if not box.selectable:
            return
        session = await self._door.session()
        selected = await session.select(box.name)
        uids = await session.search([])
        for start in range(0, len(uids), FETCH_AT_ONCE):
            yield [MailMessage(box, uid, selected.uid_validity) for uid in uids[start : start + FETCH_AT_ONCE]]


def _mailbox(owner: User, told: Listed, delimiter: str) -> MailBox:
    return MailBox(owner, told.name.rstrip(delimiter) or told.name, delimiter, selectable=told.is_selectable)


def _order(one: Listed) -> tuple[bool, str]:
    return one.name != "INBOX", one.name.casefold()
