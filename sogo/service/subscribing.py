"""Subscribing to folders of others, which then lie in one's own home: by oneself, or by a superuser for others
(dav.md §10.2). Whoever sees a folder may subscribe; what may be seen in it is asked again each time."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sogo.auth.interface import User
from sogo.errors import Forbidden, InvalidRequest, TooMany
from sogo.model import folder_settings
from sogo.model.css_identifier import subscribed_name
from sogo.model.folder import Folder
from sogo.model.granting import is_everybody
from sogo.model.rights import ANONYMOUS, GROUP_MARK, Deed
from sogo.service.bus import Change, What
from sogo.service.request_scope import request_scope
from sogo.service.site import Site
from sogo.service.subscriptions import MAX_SUBSCRIBED, subscribed
from sogo.service.titles import title_of
from sogo.service.views import FolderView
from sogo.store.interface import Profile

USERS_AT_ONCE = 200
MAX_USERS = 1_000
"""Users one request can be about, members of groups included."""
OWN = "You cannot (un)subscribe to a folder that you own!"
OTHERS = "You cannot subscribe another user to any folder unless you are a super-user."


class SubscribingService:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def change(self, view: FolderView, *, wanted: bool) -> str:
        """Subscribe the actor, or not any more; what the folder is called for the actor before that. Raises Forbidden
        for the owner, and for who has not logged in."""
        view.require(Deed.SEE)
        actor = view.actor
        if actor.user_id in (view.folder.owner, ANONYMOUS):
            raise Forbidden(OWN)
        shown = FolderView(view.state, view.owner, actor, view.standing, home=actor)
        title = title_of(self._site.config, shown, (await self._site.profiles.load(actor.user_id)).settings)
        await self.apply([view.folder], actor.user_id, wanted=wanted)
        return title

    async def chosen(self, actor: User, owner: User, views: Sequence[FolderView]) -> list[FolderView]:
        """Of the folders of somebody else those the actor subscribed to; superusers, and people at home, have all."""
        if actor.is_superuser or actor.user_id in (owner.user_id, ANONYMOUS) or not views:
            return list(views)
        settings = (await self._site.profiles.load(actor.user_id)).settings
        paths = {folder.path for folder in subscribed(settings, views[0].folder.kind, actor.user_id)}
        return [view for view in views if view.folder.path in paths]

    async def change_for(self, view: FolderView, names: Collection[str], *, wanted: bool) -> None:
        """The same for others, and for the members of groups. Raises Forbidden but for superusers, InvalidRequest for
        who is nobody."""
        if not view.actor.is_superuser:
            raise Forbidden(OTHERS)
        for user_id in await self._users(names):
            if user_id != view.folder.owner:
                await self.apply([view.folder], user_id, wanted=wanted)

    async def _users(self, names: Collection[str]) -> list[str]:
        found: dict[str, None] = {}
        for name in names:
            user = await self._site.directory.find_user(name.removeprefix(GROUP_MARK))
            if user is None or user.user_id == ANONYMOUS:
                raise InvalidRequest("There is no such user.")
            found |= dict.fromkeys(await self._members(user))
            if len(found) > MAX_USERS:
                raise TooMany(f"More than {MAX_USERS} users in one request.", limit=MAX_USERS)
        return list(found)

    async def _members(self, user: User) -> list[str]:
        return await self._site.directory.group_members(user.record) if user.record.is_group else [user.user_id]

    async def apply(self, folders: Sequence[Folder], user_id: str, *, wanted: bool) -> None:
        """Write it into the settings of a user, whatever the user's rights are. Raises TooMany."""

        def edit(profile: Profile) -> None:
            for folder in folders:
                if not wanted:
                    folder_settings.forget(profile.settings, folder, subscribed_name(folder.owner, folder.name))
                elif not folder_settings.subscribe(profile.settings, folder, most=MAX_SUBSCRIBED):
                    raise TooMany("Nobody can subscribe to more folders.", limit=MAX_SUBSCRIBED)

        await self._site.profiles.update(user_id, edit)
        request_scope().homes.clear()
        for folder in folders:
            here = Folder(0, user_id, folder.kind, subscribed_name(folder.owner, folder.name), folder.display_name)
            self._site.bus.announce(Change(here, "", what=What.EDITED))

    async def drop(self, folder: Folder, uids: Collection[str]) -> None:
        """Nobody of those who had rights on a folder that is gone is subscribed to it any more (store.md §12.6)."""
        people: dict[str, None] = {}
        for uid in sorted(uids)[:MAX_USERS]:
            if not is_everybody(uid):
                people |= dict.fromkeys(await self._behind(uid))
        for user_id in await self.subscribers(folder, list(people)[:MAX_USERS]):
            await self.apply([folder], user_id, wanted=False)

    async def subscribers(self, folder: Folder, user_ids: Sequence[str]) -> list[str]:
        """Those of some users who subscribed to a folder; their documents are read by the hundred."""
        found: list[str] = []
        for start in range(0, len(user_ids), USERS_AT_ONCE):
            some = user_ids[start : start + USERS_AT_ONCE]
            profiles = (await self._site.folders.open_principal(folder.owner, users=some)).profiles
            for user_id, profile in profiles.items():
                listed = subscribed(profile.settings, folder.kind, user_id)
                found += [user_id] if any(one.path == folder.path for one in listed) else []
        return found

    async def _behind(self, uid: str) -> list[str]:
        if not uid.startswith(GROUP_MARK):
            return [uid]
        group = await self._site.directory.find_user(uid.removeprefix(GROUP_MARK))
        return await self._site.directory.group_members(group.record) if group is not None else []
