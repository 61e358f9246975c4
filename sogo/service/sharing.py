"""Sharing, once for all faces: what others have been given on a folder, and what is given to them and taken again.

    names -> uids of rows (a login, @group, <default>, anonymous) -> checked roles -> one transaction of the ACL
          -> the request's memory forgets, the change bus tells, who is concerned gets a mail

Whoever asks for a list or writes one is the owner, or a superuser; everybody may ask for roles of one's own. What roles
mean is in `sogo.model.rights`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sogo.auth.interface import User
from sogo.errors import Forbidden, InvalidRequest, TooMany
from sogo.model.granting import check_roles, check_uid, differing, is_everybody
from sogo.model.rights import ANONYMOUS, ANYBODY, CREATOR, GROUP_MARK, NO_ROLE, Deed, Rows
from sogo.service.bus import Change, What
from sogo.service.invitation_notes import new_invitations
from sogo.service.notices import NoticeService
from sogo.service.people import known_user
from sogo.service.request_scope import request_scope
from sogo.service.site import Site
from sogo.service.standings import effective_roles, require_sharing
from sogo.service.views import FolderView

MAX_NAMES = 1_000
"""People one request can be about."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with rows on a folder. `uid` is that of the rows; `user` is None for everybody, for who is gone from the
    directory, and for one of whom the owner may not know."""

    uid: str
    user: User | None

    @property
    def name(self) -> str:
        """The uid without the mark of groups."""
        return self.uid.removeprefix(GROUP_MARK)


class SharingService:
    def __init__(self, site: Site) -> None:
        self._site = site

    # --- what there is ------------------------------------------------------------------------------------------------

    async def rows(self, view: FolderView) -> Rows:
        """All rows, by uid. Raises Forbidden but for the owner."""
        view.require(Deed.READ_ACL)
        return await self._site.acl.roles(view.folder)

    async def holders(self, view: FolderView) -> list[Holder]:
        """Everybody with rows of their own, by uid."""
        return [
            Holder(uid, None if uid == ANYBODY else await known_user(self._site, view.owner, uid))
            for uid in sorted(await self.rows(view))
        ]

    async def roles(self, view: FolderView, name: str) -> list[str]:
        """What somebody may do by rows of one's own, of groups, for everybody, or by the site's default; sorted.
        NO_ROLE alone is a row that keeps somebody out. Raises Forbidden for who asks about others."""
        uid = await self._uid(view, name)
        if uid != view.actor.user_id:
            view.require(Deed.READ_ACL)
        rows = await self._site.acl.roles(view.folder)
        if name in rows:  # the original writes some names as they were typed, and lists them so
            return sorted(rows[name])
        return sorted(await effective_roles(self._site, view.folder, uid, rows))

    # --- what is given ------------------------------------------------------------------------------------------------

    async def set_roles(self, view: FolderView, names: Collection[str], words: Iterable[str]) -> None:
        """Give each of these people exactly these roles; with none they are kept out. A row by another name of the
        same person, as the original writes it, goes. Raises Forbidden, InvalidRequest, TooMany."""
        roles = check_roles(view.folder.kind, words)
        uids = await self._uids(view, names)
        await self.write(view, dict.fromkeys(uids, roles), [name for name in names if name not in uids])

    async def add(self, view: FolderView, names: Collection[str]) -> None:
        """Write down what each of these people may do already, by groups or defaults, so that it is their own."""
        uids, rows = await self._uids(view, names), await self.rows(view)
        given = {uid: await effective_roles(self._site, view.folder, uid, rows) for uid in uids}
        await self.write(view, {uid: check_roles(view.folder.kind, roles) for uid, roles in given.items()})

    async def remove(self, view: FolderView, names: Collection[str]) -> None:
        """Drop the rows of these people: what they may do is what groups and defaults say."""
        await self.write(view, {}, {*names, *await self._uids(view, names)})

    async def write_list(self, view: FolderView, roles: Mapping[str, frozenset[str]]) -> None:
        """Give these roles by uid, and nobody else any. Rows that grant nothing stay, for who is not named: they keep
        somebody out."""
        if CREATOR in roles.get(ANONYMOUS, ()):
            raise Forbidden("Who does not log in cannot be given this right.", right=Deed.WRITE_ACL.privilege)
        present = await self.rows(view)
        gone = [uid for uid, given in present.items() if uid not in roles and given != {NO_ROLE}]
        await self.write(view, roles, gone)

    async def write(self, view: FolderView, roles: Mapping[str, frozenset[str]], gone: Collection[str] = ()) -> None:
        """Write rows by uid, all or nothing. Raises Forbidden for who does not own the folder, and for what the site
        does not let be shared."""
        view.require(Deed.WRITE_ACL)
        require_sharing(self._site.config, view.folder.kind, {uid: given for uid, given in roles.items() if given})
        before = await self._site.acl.roles(view.folder)
        changed = differing(before, roles)
        dropped = [uid for uid in gone if uid in before]
        if changed or dropped:
            await self._site.acl.replace(view.folder, changed, dropped)
            await self._tell(view, {uid: before[uid] for uid in (*changed, *dropped) if uid in before}, changed)

    async def _tell(self, view: FolderView, before: Rows, after: Rows) -> None:
        request_scope().homes.clear()
        self._site.bus.announce(Change(view.folder, "", what=What.EDITED))
        made = new_invitations(view.folder, before, after)
        if made:
            await self._site.invitations.put(made)
        await NoticeService(self._site).shared(view.owner, view.folder, before, after)

    # --- names --------------------------------------------------------------------------------------------------------

    async def _uids(self, view: FolderView, names: Collection[str]) -> Sequence[str]:
        """Raises InvalidRequest for nobody and for the owner, who has all rights."""
        view.require(Deed.WRITE_ACL)
        if len(names) > MAX_NAMES:
            raise TooMany(f"More than {MAX_NAMES} people in one request.", limit=MAX_NAMES)
        uids = [await self._uid(view, name) for name in names]
        if not uids or view.folder.owner in uids:
            raise InvalidRequest("Rights are given to somebody other than the owner.")
        return list(dict.fromkeys(uids))

    async def _uid(self, view: FolderView, name: str) -> str:
        """How rows call somebody. A name that nobody bears is taken as it is, as the original does: the directory may
        know it later."""
        check_uid(name)
        if is_everybody(name):
            return name
        user = await known_user(self._site, view.owner, name)
        if user is None:
            return name
        return f"{GROUP_MARK}{user.user_id}" if user.record.is_group else user.user_id
