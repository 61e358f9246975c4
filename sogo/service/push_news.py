"""What a device has to be told, found by comparing what it was told with what is there now."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.auth.interface import User
from sogo.errors import NotFound
from sogo.model.change import Home
from sogo.model.folder import SyncPoint
from sogo.model.listing import NOWHERE
from sogo.model.push import DISPLAY_NAME, Subscription, is_by_the_clock, listing_mark, mark_of, title_mark
from sogo.model.rights import Deed, permits
from sogo.service.directory_books import DirectoryBookService
from sogo.service.folders import FolderService, FolderView, standing
from sogo.service.homes import HomeService
from sogo.service.site import Site


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell, and what counts as told once it was. `point` is where the collection stands, None where
    that is not known."""

    content: bool
    properties: bool
    point: SyncPoint | None
    mark: str
    title: str
    edits: int

    @property
    def any(self) -> bool:
        return self.content or self.properties


class HomeNews:
    """The state of one home, for the users who follow it or folders in it; read once for each of them."""

    def __init__(self, site: Site, home: Home) -> None:
        self._site, self._home = site, home
        self._folders = FolderService(site)
        self._homes = HomeService(site, self._folders, DirectoryBookService(site))
        self._views: dict[str, dict[str, FolderView]] = {}

    async def of(self, subscription: Subscription, changed: frozenset[str]) -> News | None:
        """None when the user may not see this (any more). `changed` are the paths of folders of which somebody said
        that their content changed."""
        owner = await self._user(self._home.owner)
        actor = await self._user(subscription.user_id)
        if owner is None or actor is None:
            return None
        if subscription.path == self._home.path:
            if not standing(actor, owner).owner:
                return None
            return await self._of_home(subscription, actor, owner, changed)
        view = await self._view(actor, owner, subscription.path.rpartition("/")[2])
        if view is None or not permits(view.standing, Deed.LIST):
            return None
        return _of_folder(subscription, view, is_said=subscription.path in changed)

    async def _of_home(self, subscription: Subscription, actor: User, owner: User, changed: frozenset[str]) -> News:
        states = [view.state for view in (await self._all(actor, owner)).values()]
        deep = subscription.triggers.sync_level == "infinite"
        mark = listing_mark(states, deep=deep)
        is_said = deep and any(state.folder.path in changed and is_by_the_clock(state) for state in states)
        content = mark != subscription.told or is_said
        point = None
        if content:
            noted = await self._homes.noted(actor, owner, self._home.kind)
            point = noted.point if noted is not None and noted.point != NOWHERE else None
        return News(content, False, point, mark, subscription.title, subscription.edits)

    async def _all(self, actor: User, owner: User) -> dict[str, FolderView]:
        found = self._views.get(actor.user_id)
        if found is None:
            views = await self._folders.home(actor, owner, self._home.kind)
            found = self._views[actor.user_id] = {view.folder.name: view for view in views}
        return found

    async def _view(self, actor: User, owner: User, name: str) -> FolderView | None:
        found = (await self._all(actor, owner)).get(name)
        if found is not None:
            return found
        try:
            return await self._folders.find(actor, owner, self._home.kind, name)
        except NotFound:
            return None

    async def _user(self, user_id: str) -> User | None:
        return await self._site.directory.find_user(user_id)


def _of_folder(subscription: Subscription, view: FolderView, *, is_said: bool) -> News:
    state = view.state
    mark, title, triggers = mark_of(state), title_mark(state.folder.display_name), subscription.triggers
    moved = mark != subscription.told or (is_said and is_by_the_clock(state))
    renamed = title != subscription.title and triggers.wants([DISPLAY_NAME])
    edited = subscription.edits != subscription.edits_told
    return News(
        content=bool(triggers.sync_level) and moved,
        properties=triggers.properties is not None and (renamed or edited),
        point=view.point,
        mark=mark,
        title=title,
        edits=subscription.edits,
    )
