"""Proxies as CalendarServer has them: another view on rights and subscriptions (dav.md §12). Somebody is a proxy of an
owner by having subscribed to one of the owner's calendars, with the strongest right on any of these.

Making somebody a proxy gives rights on all calendars and subscribes to them; taking it back takes both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sogo.auth.interface import User
from sogo.errors import InvalidData, TooMany
from sogo.model import folder_settings
from sogo.model.folder import Folder, FolderKind
from sogo.model.granting import READS, WRITES, is_everybody, level_of, level_of_standing
from sogo.model.rights import GROUP_MARK, OWNER, Rows, Sight
from sogo.service.folders import FolderService
from sogo.service.people import known_user
from sogo.service.sharing import SharingService
from sogo.service.site import Site
from sogo.service.subscribing import SubscribingService
from sogo.service.subscriptions import subscribed
from sogo.service.views import FolderView
from sogo.store.interface import Profile

MAX_MEMBERS = 100
"""Members one request can name."""
MAX_CANDIDATES = 2_000
"""People with rights, members of groups included, who are looked at."""
USERS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Proxies:
    """User ids by what they may do, sorted; nobody is in both. Of groups the uid has its mark."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    def of(self, *, writes: bool) -> tuple[str, ...]:
        return self.writes if writes else self.reads

    def only(self, user_id: str) -> Proxies:
        return Proxies(
            tuple(one for one in self.reads if one == user_id), tuple(one for one in self.writes if one == user_id)
        )


NO_PROXIES = Proxies()


class ProxyService:
    def __init__(
        self, site: Site, folders: FolderService, sharing: SharingService, subscribing: SubscribingService
    ) -> None:
        self._site, self._folders, self._sharing, self._subscribing = site, folders, sharing, subscribing

    async def owners(self, user: User, actor: User) -> Proxies:
        """Whose proxy a user is. Others than the user learn of themselves only."""
        levels: dict[str, Sight] = {}
        for view in await self._folders.subscribed(user, FolderKind.CALENDAR):
            if not view.standing.owner:
                owner = view.folder.owner
                levels[owner] = max(levels.get(owner, Sight.NOTHING), level_of_standing(view.standing))
        return _shown(_proxies(levels), user, actor)

    async def members(self, owner: User, actor: User) -> Proxies:
        """Who is a proxy of an owner: users, and groups of whose members one has subscribed. Others than the owner
        learn of themselves only."""
        return _shown(_proxies(await self._levels(owner)), owner, actor)

    async def set_members(self, owner: User, actor: User, names: Collection[str], *, writes: bool) -> None:
        """Make these people, and nobody else, proxies of this kind; who was one of the other kind changes over. Raises
        InvalidData (recognized-principal) for nobody, TooMany, and what sharing raises."""
        if len(names) > MAX_MEMBERS:
            raise TooMany(f"More than {MAX_MEMBERS} members at once.", limit=MAX_MEMBERS)
        views = await self._calendars(owner, actor)
        wanted = [await self._uid(owner, name) for name in names]
        present = (await self.members(owner, owner)).of(writes=writes)
        new = [uid for uid in dict.fromkeys(wanted) if uid not in present]
        gone = [uid for uid in present if uid not in wanted]
        for view in views:
            roles = WRITES if writes else READS
            await self._sharing.write(view, dict.fromkeys(new, roles), gone)
        for uids, joins in ((new, True), (gone, False)):
            for user_id in await self._users(uids):
                await self._subscribing.apply([view.folder for view in views], user_id, wanted=joins)

    async def _calendars(self, owner: User, actor: User) -> list[FolderView]:
        """The owner's own, as the actor may share them; remote ones are nobody else's."""
        states = await self._site.folders.folders(owner.user_id, FolderKind.CALENDAR)
        remote = folder_settings.web_calendars((await self._site.profiles.load(owner.user_id)).settings)
        standing = OWNER if actor.is_superuser or actor.user_id == owner.user_id else None
        views = [FolderView(state, owner, actor, standing) for state in states if standing is not None]
        return [view for view in views if view.folder.reference not in remote]

    async def _uid(self, owner: User, name: str) -> str:
        user = await known_user(self._site, owner, name)
        if user is None or user.user_id == owner.user_id or is_everybody(user.user_id):
            raise InvalidData(f"{name[:100]!r} cannot be a proxy.", rule="recognized-principal")
        return f"{GROUP_MARK}{user.user_id}" if user.record.is_group else user.user_id

    async def _users(self, uids: Iterable[str]) -> list[str]:
        """The user ids behind uids of rows, members of groups included."""
        found: dict[str, None] = {}
        for uid in uids:
            found |= dict.fromkeys(await self._people(uid))
        return list(found)[:MAX_CANDIDATES]

    async def _people(self, uid: str) -> Sequence[str]:
        if not uid.startswith(GROUP_MARK):
            return (uid,)
        group = await self._site.directory.find_user(uid.removeprefix(GROUP_MARK))
        return await self._site.directory.group_members(group.record) if group is not None else ()

    # --- who is one ---------------------------------------------------------------------------------------------------

    async def _levels(self, owner: User) -> dict[str, Sight]:
        folders = [view.folder for view in await self._calendars(owner, owner)]
        rights = await self._site.acl.roles_on(folders) if folders else {}
        people: dict[str, Sequence[str]] = {}
        for uid in sorted({uid for rows in rights.values() for uid in rows if not is_everybody(uid)}):
            people[uid] = await self._people(uid)
        subscriptions = await self._subscriptions(owner, [one for some in people.values() for one in some])
        levels: dict[str, Sight] = {}
        for uid, users in people.items():
            listed = {path for user_id in users for path in subscriptions.get(user_id, ())}
            given = [level_of(FolderKind.CALENDAR, rows[uid]) for rows in _on(folders, rights, listed) if uid in rows]
            levels[uid] = max(given, default=Sight.NOTHING)
        return levels

    async def _subscriptions(self, owner: User, user_ids: Sequence[str]) -> dict[str, set[str]]:
        """The c_paths of calendars to which each has subscribed; documents are read by the hundred."""
        wanted = list(dict.fromkeys(user_ids))[:MAX_CANDIDATES]
        found: dict[str, Profile] = {}
        for start in range(0, len(wanted), USERS_AT_ONCE):
            some = wanted[start : start + USERS_AT_ONCE]
            found |= (await self._site.folders.open_principal(owner.user_id, users=some)).profiles
        return {
            user_id: {folder.path for folder in subscribed(profile.settings, FolderKind.CALENDAR, user_id)}
            for user_id, profile in found.items()
        }


def _on(folders: Sequence[Folder], rights: Mapping[str, Rows], listed: Collection[str]) -> list[Rows]:
    return [rights[folder.path] for folder in folders if folder.path in listed and folder.path in rights]


def _proxies(levels: Mapping[str, Sight]) -> Proxies:
    return Proxies(
        tuple(sorted(uid for uid, level in levels.items() if level is Sight.WHOLE)),
        tuple(sorted(uid for uid, level in levels.items() if level is Sight.CHANGES)),
    )


def _shown(proxies: Proxies, whose: User, actor: User) -> Proxies:
    return proxies if actor.is_superuser or actor.user_id == whose.user_id else proxies.only(actor.user_id)
