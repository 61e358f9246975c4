"""Inviting to calendars as Apple's programs do it: another view on rights and subscriptions (`sogo.store.invitations`
keeps only what these cannot say).

    invite     rights by the one door of sharing, and a note for who was invited
    answer     accepting subscribes, declining leaves the right and takes the subscription
    notices    what somebody has been asked and not answered, or was answered and has not read

Whoever was given rights in any other way is invited as well; who has subscribed has accepted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from sogo.auth.interface import User
from sogo.errors import NotFound
from sogo.model.folder import Folder, FolderKind
from sogo.model.granting import READS, WRITES, is_everybody, level_of
from sogo.model.rights import GROUP_MARK, Deed, Rows, Sight
from sogo.service.folders import FolderService
from sogo.service.invitation_notes import new_invitation
from sogo.service.people import known_user
from sogo.service.sharing import SharingService
from sogo.service.site import Site
from sogo.service.subscribing import SubscribingService
from sogo.service.subscriptions import subscribed
from sogo.service.views import FolderView
from sogo.store.invitations import Invitation, State

MAX_TOLD = 200
"""People of one calendar who are told of."""


class Answered(Enum):
    NOT = "not"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody with rights on a calendar. `user` is None for a name nobody bears."""

    uid: str
    user: User | None
    answered: Answered
    writes: bool
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to read: to the invited, or with `answer` to the owner. `other` is the owner of the calendar, or who
    answered."""

    invitation: Invitation
    folder: Folder
    other: User
    writes: bool
    answer: bool = False

    @property
    def name(self) -> str:
        return f"{self.invitation.name}{'-answer' if self.answer else ''}.xml"

    @property
    def etag(self) -> str:
        """Another one whenever the notice says something else."""
        said = repr((self.invitation, self.folder.display_name, self.other.cn, self.other.email, self.writes))
        return hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


class InvitationService:
    def __init__(
        self, site: Site, folders: FolderService, sharing: SharingService, subscribing: SubscribingService
    ) -> None:
        self._site, self._folders, self._sharing, self._subscribing = site, folders, sharing, subscribing

    # --- the owner ----------------------------------------------------------------------------------------------------

    async def invite(self, view: FolderView, wanted: Mapping[str, tuple[bool, str]]) -> None:
        """Give people rights to read, or to write too, by their uids, with the words in which they are told. Who has
        rights of this strength already keeps them as they are. Raises as `SharingService.write`."""
        rows = await self._sharing.rows(view)
        roles = {
            uid: WRITES if writes else READS
            for uid, (writes, _) in wanted.items()
            if level_of(view.folder.kind, rows.get(uid, ())) is not (Sight.CHANGES if writes else Sight.WHOLE)
        }
        await self._sharing.write(view, roles)
        known = (await self._site.invitations.on([view.folder.path])).get(view.folder.path, {})
        noted = {uid: _noted(view.folder, uid, known.get(uid), summary) for uid, (_, summary) in wanted.items()}
        made = [one for uid, one in noted.items() if not uid.startswith(GROUP_MARK) and one != known.get(uid)]
        if made:
            await self._site.invitations.put(made)

    async def withdraw(self, view: FolderView, uids: Collection[str]) -> None:
        """Take rights and subscriptions of people; who had subscribed is told."""
        await self._sharing.write(view, {}, uids)
        people = [uid for uid in uids if not uid.startswith(GROUP_MARK)]
        gone = await self._subscribing.subscribers(view.folder, people)
        await self._subscribing.drop(view.folder, uids)
        await self._site.invitations.drop(view.folder.path, uids)
        if gone:
            await self._site.invitations.put([new_invitation(view.folder, uid, State.WITHDRAWN) for uid in gone])

    async def on(self, views: Sequence[FolderView]) -> dict[str, list[Invited]]:
        """Who has rights on calendars, by c_path: everybody for the owner, oneself for others."""
        own = [view for view in views if view.permits(Deed.READ_ACL)]
        found = await self._of_owner(own)
        for view in views:
            if view not in own and view.home is not None:
                me = view.actor
                writes = _writes(view)
                found[view.folder.path] = [Invited(me.user_id, me, Answered.YES, writes)]
        return found

    async def _of_owner(self, views: Sequence[FolderView]) -> dict[str, list[Invited]]:
        paths = [view.folder.path for view in views]
        rights = await self._site.acl.roles_on([view.folder for view in views]) if views else {}
        if not rights:
            return {}
        notes = await self._site.invitations.on(paths)
        named = {path: _given(rows) for path, rows in rights.items()}
        users = {uid: await known_user(self._site, views[0].owner, uid) for uids in named.values() for uid in uids}
        listed = await self._subscribers(views[0].owner, [uid for uid in users if not uid.startswith(GROUP_MARK)])
        found: dict[str, list[Invited]] = {}
        for path, uids in named.items():
            found[path] = [
                _invited(uid, users[uid], rights[path][uid], notes.get(path, {}).get(uid), path in listed.get(uid, ()))
                for uid in uids
            ]
        return found

    async def _subscribers(self, owner: User, user_ids: Sequence[str]) -> dict[str, set[str]]:
        """The c_paths of calendars to which each has subscribed."""
        profiles = (await self._site.folders.open_principal(owner.user_id, users=user_ids)).profiles if user_ids else {}
        return {
            user_id: {folder.path for folder in subscribed(profile.settings, FolderKind.CALENDAR, user_id)}
            for user_id, profile in profiles.items()
        }

    # --- the invited --------------------------------------------------------------------------------------------------

    async def answer(self, user: User, view: FolderView, *, accepted: bool, summary: str = "") -> None:
        """Subscribe to a calendar, or say that one does not want it. `view` is the actor's, who sees it."""
        await self._subscribing.apply([view.folder], user.user_id, wanted=accepted)
        known = (await self._site.invitations.on([view.folder.path])).get(view.folder.path, {}).get(user.user_id)
        state = State.ACCEPTED if accepted else State.DECLINED
        if known is None:
            known = new_invitation(view.folder, user.user_id, state)
        await self._site.invitations.put(
            [replace(known, state=state, created=self._now(), told=False, summary=summary or known.summary)]
        )

    def _now(self) -> int:
        return int(self._site.clock().timestamp())

    async def notices(self, user: User) -> list[Notice]:
        """What a user has to read. An invitation to what is not shared any more, or was subscribed to meanwhile, is
        none."""
        found = [one for one in await self._site.invitations.of_user(user.user_id) if not one.told]
        listed = (await self._subscribers(user, [user.user_id])).get(user.user_id, set()) if found else set()
        notices = [await self._to_invited(user, one) for one in found if one.path not in listed]
        notices += [await self._to_owner(user, one) for one in await self._site.invitations.of_owner(user.user_id)]
        return [one for one in notices if one is not None]

    async def _to_invited(self, user: User, one: Invitation) -> Notice | None:
        folder = _folder(one)
        owner = await known_user(self._site, user, one.owner)
        if owner is None or one.state not in (State.OPEN, State.WITHDRAWN):
            return None
        if one.state is State.WITHDRAWN:
            return Notice(one, folder, owner, writes=False)
        try:
            view = await self._folders.find(user, owner, folder.kind, folder.name)
        except NotFound:
            return None
        return Notice(one, view.folder, owner, _writes(view))

    async def _to_owner(self, owner: User, one: Invitation) -> Notice | None:
        user = await known_user(self._site, owner, one.user_id)
        return Notice(one, _folder(one), user, writes=False, answer=True) if user is not None else None

    async def dismiss(self, notice: Notice) -> None:
        """The notice has been read."""
        one = notice.invitation
        if one.state is State.WITHDRAWN:
            await self._site.invitations.drop(one.path, [one.user_id])
        else:
            await self._site.invitations.tell(one.path, one.user_id)


def _noted(folder: Folder, uid: str, known: Invitation | None, summary: str) -> Invitation:
    """An invitation in new words; who has answered is not asked again."""
    asked = (
        known if known is not None and known.state is not State.WITHDRAWN else new_invitation(folder, uid, State.OPEN)
    )
    return replace(asked, summary=summary or asked.summary)


def _given(rows: Rows) -> list[str]:
    kind = FolderKind.CALENDAR
    return [uid for uid in sorted(rows) if not is_everybody(uid) and level_of(kind, rows[uid])][:MAX_TOLD]


def _invited(
    uid: str, user: User | None, roles: Iterable[str], note: Invitation | None, has_subscribed: bool
) -> Invited:
    answered = Answered.YES if has_subscribed or uid.startswith(GROUP_MARK) else Answered.NOT
    if answered is Answered.NOT and note is not None and note.state is State.DECLINED:
        answered = Answered.NO
    writes = level_of(FolderKind.CALENDAR, frozenset(roles)) is Sight.CHANGES
    return Invited(uid, user, answered, writes, note.summary if note is not None else "")


def _writes(view: FolderView) -> bool:
    standing = view.standing
    return standing.owner or standing.creates or standing.erases or max(standing.sights) >= Sight.ANSWERS


def _folder(one: Invitation) -> Folder:
    _, _, owner, kind, name = one.path.split("/", 4)
    return Folder(0, owner, FolderKind(kind), name, one.summary or name)
