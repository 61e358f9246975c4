"""Rights on mailboxes as roles (mail.md §1.4), by the ACL of the IMAP server (RFC 4314)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sogo.auth.interface import User
from sogo.errors import InvalidRequest, MailboxRefused
from sogo.mail.imap.session import ImapSession
from sogo.model.rights import ANYBODY, GROUP_MARK
from sogo.service.mailboxes import MailService
from sogo.service.site import Site

ROLES = {
    "l": "FolderViewer", "r": "ObjectViewer", "w": "MailWriter", "s": "MailSeenKeeper", "t": "ObjectEraser",
    "i": "ObjectCreator", "p": "MailPoster", "e": "MailExpunger", "k": "FolderCreator", "x": "FolderEraser",
    "a": "MailAdministrator",
}  # fmt: skip
"""Each letter with the original's name for it, in its order."""
OWNER = "Owner"
ANYONE = "anyone"
_LETTERS = {role: letter for letter, role in ROLES.items()}
_NOT_SHOWN = frozenset({"owner", "administrators", "authuser", "authenticated", "anonymous"})


@dataclass(frozen=True, slots=True)
class MailHolder:
    """`name` is a user id, or a group with an @ before it; `user` whom the directory knows by it."""

    name: str
    user: User | None


@dataclass(frozen=True, slots=True)
class MailRights:
    """Of one's own mailboxes. Raises MailboxRefused where the server has no ACL."""

    site: Site
    service: MailService
    actor: User

    async def holders(self, session: ImapSession, mailbox: str) -> list[MailHolder]:
        """Everybody with rights of his own, the owner included; not who has them as `anyone`."""
        found = [name for name in await self._acl(session, mailbox) if _is_shown(name) and name != ANYONE]
        return [await self._holder(name) for name in found]

    async def roles(self, session: ImapSession, mailbox: str, name: str) -> list[str]:
        identifier = await self._identifier(name)
        letters = (await self._acl(session, mailbox)).get(identifier, "")
        roles = [role for letter, role in ROLES.items() if letter in letters]
        return [OWNER, *roles] if roles and name == self.actor.user_id else roles

    async def give(self, session: ImapSession, mailbox: str, names: Iterable[str], roles: Iterable[str]) -> None:
        """These roles and no others. Roles that are none of mail mean nothing."""
        given = set(roles)
        letters = "".join(letter for letter, role in ROLES.items() if role in given)
        for name in names:
            await session.set_rights(mailbox, await self._identifier(name), letters)

    async def take(self, session: ImapSession, mailbox: str, names: Iterable[str]) -> None:
        for name in names:
            await session.set_rights(mailbox, await self._identifier(name), None)

    async def _acl(self, session: ImapSession, mailbox: str) -> dict[str, str]:
        told = await session.acl(mailbox)
        if told is None:
            raise MailboxRefused("The mail server knows no rights.")
        return dict(told.rights)

    async def _holder(self, identifier: str) -> MailHolder:
        prefix = self._group_prefix
        if identifier.startswith(prefix):
            return MailHolder(GROUP_MARK + identifier.removeprefix(prefix), None)
        user = await self.site.directory.find_user(identifier)
        return MailHolder(user.user_id if user is not None else identifier, user)

    async def _identifier(self, name: str) -> str:
        """How the mail server names somebody. A `-` before a name would take rights away from somebody else."""
        if name in (ANYBODY, ANYONE):
            return ANYONE
        if not name or name[0] in "-#" or any(ord(char) < 32 for char in name):
            raise InvalidRequest("Nobody has such a name.")
        if name.startswith(GROUP_MARK):
            return self._group_prefix + name.removeprefix(GROUP_MARK)
        user = await self.site.directory.find_user(name)
        return self.service.login_name(user) if user is not None else name

    @property
    def _group_prefix(self) -> str:
        return self.site.config.domain(self.actor.domain).ng_imap4_connection_group_id_prefix or "$"


def _is_shown(identifier: str) -> bool:
    return bool(identifier) and identifier[0] not in "-#" and identifier not in _NOT_SHOWN
