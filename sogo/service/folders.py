"""A user's calendars and address books: list, find, create, rename, remove."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from sogo.auth.interface import User
from sogo.errors import AlreadyExists, Forbidden, InvalidRequest, NotFound, StoreUnavailable
from sogo.model import folder_settings
from sogo.model.folder import PERSONAL, Folder, FolderKind, FolderState
from sogo.model.labels import personal_folder_name
from sogo.model.locks import Touched
from sogo.model.push import DISPLAY_NAME, title_mark
from sogo.model.rights import NOBODY, Deed, Rows
from sogo.service.alarms import AlarmService
from sogo.service.bus import Change, What
from sogo.service.lock_guard import require_unlocked
from sogo.service.preferences import preferences
from sogo.service.request_scope import HomeRead, request_scope
from sogo.service.site import Site
from sogo.service.standings import standings
from sogo.service.subscribing import SubscribingService
from sogo.service.subscriptions import KnownSubscriptions, find, subscribed
from sogo.service.views import FolderView as FolderView
from sogo.service.views import Opened as Opened
from sogo.service.views import standing as standing
from sogo.store.interface import Opening, PropertyEdits

log = logging.getLogger(__name__)

_BAD_NAME = re.compile(r"[\x00-\x1f\x7f/]")
MAX_NAME = 255


def check_name(name: str) -> str:
    """A name that can be the last segment of a path and a c_name (store.md §4, §17.6). Raises InvalidRequest."""
    if not name or len(name) > MAX_NAME or _BAD_NAME.search(name) or name in {".", ".."}:
        raise InvalidRequest("This name cannot be used: it is empty, too long or holds forbidden characters.")
    return name


def _check_folder_name(name: str) -> str:
    """Folder names also must not look like a path of the original's registry (store.md §4)."""
    check_name(name)
    if ".." in name or "~" in name or name == "NULL" or len(name) > MAX_NAME - 64:
        raise InvalidRequest("This name cannot be used for a folder.")
    return name


class FolderService:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._known = KnownSubscriptions()

    async def home(self, actor: User, owner: User, kind: FolderKind) -> list[FolderView]:
        """The folders of a home that the actor may see, personal first; then, in one's own home, those one subscribed
        to. Makes `personal` when it is missing and the actor owns the home, or the home is a resource's (store.md
        §5.2). Remote web calendars are left out."""
        here = standing(actor, owner)
        if here.owner or owner.record.is_resource:
            home = await self._with_personal(actor, owner, kind)
        else:
            home = await self._home(actor, owner, kind)
        own = await self._shown(owner, home.folders)
        found = await self._seen([FolderView(state, owner, actor, NOBODY) for state in own], home.rights)
        return found + await self._subscribed(actor, owner, home)

    async def _subscribed(self, actor: User, owner: User, home: HomeRead) -> list[FolderView]:
        found: list[FolderView] = []
        for state in home.others:
            other = await self._site.directory.find_user(state.folder.owner)
            if other is not None:
                found.append(FolderView(state, other, actor, NOBODY, home=owner))
        return await self._seen(found, home.rights)

    async def subscribed(self, user: User, kind: FolderKind) -> list[FolderView]:
        """What a user subscribed to and may see, whoever asks."""
        return await self._subscribed(user, user, await self._home(user, user, kind))

    async def _seen(self, views: Sequence[FolderView], rights: Mapping[str, Rows]) -> list[FolderView]:
        """The views with the standings of their actor, without those that may not be known of."""
        if not views:
            return []
        found = await standings(self._site, views[0].actor, [view.folder for view in views], rights)
        return [replace(view, standing=one) for view, one in zip(views, found, strict=True) if one.sees]

    async def find(self, actor: User, owner: User, kind: FolderKind, name: str) -> FolderView:
        """One folder. Raises NotFound when there is none or the actor may not see it."""
        return (await self.open(actor, owner, kind, name)).view

    async def open(
        self,
        actor: User,
        owner: User,
        kind: FolderKind,
        name: str,
        object_name: str | None = None,
        *,
        content: bool = True,
    ) -> Opened:
        """One folder, and an object in it if one is named: what a request needs of the store to begin, read at once.
        In one's own home also one that belongs to somebody else, by the name it has there. Raises as `find`."""
        may_make = standing(actor, owner).owner or owner.record.is_resource
        wanted = _Wanted(kind, name, object_name, content)
        target = self._known.named(owner.user_id, kind, name)
        if target is not None:
            return await self._open_subscribed(actor, owner, target, wanted)
        opening = await self._opened(actor, owner, owner, wanted)
        if not opening.folders and name == PERSONAL and may_make:
            await self._with_personal(actor, owner, kind)
            opening = await self._opened(actor, owner, owner, wanted)
        if not opening.folders:
            target = self._subscription(actor, owner, opening, wanted)
            if target is not None:
                return await self._open_subscribed(actor, owner, target, wanted)
        return await self._as_seen(actor, owner, opening, await self._shown(owner, opening.folders))

    async def _open_subscribed(self, actor: User, owner: User, target: Folder, wanted: _Wanted) -> Opened:
        """A folder of somebody else in the home of who subscribed to it. It is not there once that is over."""
        other = await self._site.directory.find_user(target.owner)
        if other is None:
            raise NotFound("There is no such folder.")
        opening = await self._opened(actor, owner, other, replace(wanted, name=target.name))
        if self._subscription(actor, owner, opening, wanted) is None:
            raise NotFound("There is no such folder.")
        return await self._as_seen(actor, other, opening, opening.folders, home=owner)

    def _subscription(self, actor: User, owner: User, opening: Opening, wanted: _Wanted) -> Folder | None:
        """What the owner of a home subscribed to under this name, for those who are shown it."""
        if not standing(actor, owner).owner:
            return None
        folders = subscribed(opening.profiles[owner.user_id].settings, wanted.kind, owner.user_id)
        self._known.learn(owner.user_id, wanted.kind, folders)
        return find(folders, wanted.name)

    async def _as_seen(
        self, actor: User, owner: User, opening: Opening, states: Sequence[FolderState], home: User | None = None
    ) -> Opened:
        views = [FolderView(state, owner, actor, NOBODY, home=home) for state in states]
        seen = await self._seen(views, opening.rights)
        if not seen:
            raise NotFound("There is no such folder.")
        return Opened(seen[0], opening.entry)

    async def open_home(self, actor: User, owner: User, kind: FolderKind, *, noted: bool = False) -> None:
        """Read at once what a request for a home, and then `home`, will ask for; with what was `noted` of it before."""
        await self._home(actor, owner, kind, noted=noted)

    async def open_principal(self, actor: User, user: User) -> None:
        """The same for a request about a principal."""
        opening = await self._site.folders.open_principal(user.user_id, users=_users(actor, user))
        request_scope().learn(opening)

    async def _opened(self, actor: User, home: User, owner: User, wanted: _Wanted) -> Opening:
        opening = await self._site.folders.open_folder(
            owner.user_id, wanted.kind, wanted.name, users=_users(actor, home, owner),
            object_name=wanted.object_name, content=wanted.content, reader=_reader(actor, owner),
        )  # fmt: skip
        request_scope().learn(opening)
        return opening

    async def create(self, actor: User, owner: User, kind: FolderKind, name: str, display_name: str = "") -> FolderView:
        """Make a folder under this name. Raises AlreadyExists, Forbidden, InvalidRequest."""
        here = standing(actor, owner)
        if not here.owner:
            raise Forbidden("Only the owner can create folders here.", right=Deed.CREATE_FOLDER.privilege)
        _check_folder_name(name)
        folder = await self._site.folders.create_folder(owner.user_id, kind, name, _title(display_name) or name)
        request_scope().homes.clear()
        self._site.bus.announce(Change(folder, "", what=What.CREATED))
        state = await self._site.folders.find_folder(owner.user_id, kind, name)
        if state is None:
            raise NotFound("The new folder was removed at once by somebody else.")
        return FolderView(state, owner, actor, here)

    async def edit(
        self,
        view: FolderView,
        edits: PropertyEdits,
        *,
        display_name: str | None = None,
        tokens: Collection[str] = (),
    ) -> None:
        """Apply edits of a folder's properties, its display name among them, together. `tokens` are those of locks.
        Whoever sees the folder may change what is in the actor's own settings.
        Raises AlreadyExists when another folder of the owner bears the name (dav.md §5.4), ResourceLocked."""
        is_own = edits.path is None and display_name is None and edits.profiles.keys() <= {view.actor.user_id}
        view.require(Deed.SEE if is_own and view.standing.known else Deed.SET_PROPERTIES)
        await require_unlocked(self._site, view.state, view.actor, Touched(folder=True), tokens)
        title = await self._new_title(view, display_name) if display_name is not None else None
        await self._site.editor.apply(replace(edits, rename=(view.folder, title)) if title else edits)
        if title or edits.profiles or edits.store or edits.remove:
            await self._note_edit(view.folder, edits, title)
            self._site.bus.announce(Change(view.folder, "", what=What.RENAMED if title else What.EDITED))

    async def _note_edit(self, folder: Folder, edits: PropertyEdits, title: str | None) -> None:
        """For those who follow the properties by push. Which ones a profile holds is not looked at: others than the
        display name."""
        if not (self._site.config.system.web_dav_push_enabled and self._site.pushes.is_there):
            return
        names = [*edits.store, *edits.remove, *(["*"] if edits.profiles else ()), *([DISPLAY_NAME] if title else ())]
        try:
            await self._site.pushes.note_edit(
                folder.path, names, title_mark(title) if title else "", request_scope().quiet
            )
        except StoreUnavailable as error:  # the edit is made, whoever is told of it
            log.warning("an edit of %s is not told by push: %s", folder.path, error)

    async def _new_title(self, view: FolderView, display_name: str) -> str | None:
        """The name to write; None when the folder bears it already."""
        title = _title(display_name)
        if not title:
            raise InvalidRequest("A folder needs a name.")
        if title == view.folder.display_name:
            return None
        others = await self._home(view.actor, view.owner, view.folder.kind)
        if any(one.folder.display_name == title and one.folder.name != view.folder.name for one in others.folders):
            raise AlreadyExists("Another folder has this name.")
        return title

    async def remove(self, view: FolderView, *, tokens: Collection[str] = ()) -> None:
        """Remove the folder with all it holds. `personal` cannot go (dav.md §14.4). Raises ResourceLocked when
        something in it is locked and `tokens` has not the token."""
        view.require(Deed.REMOVE_FOLDER)
        if view.folder.name == PERSONAL:
            raise Forbidden("The personal folder cannot be deleted.", right=Deed.REMOVE_FOLDER.privilege)
        await require_unlocked(self._site, view.state, view.actor, Touched(everything=True), tokens)
        holders = await self._site.acl.roles(view.folder)
        await self._site.folders.remove_folder(view.folder)
        request_scope().homes.clear()
        await self._site.locks.drop(view.folder)
        await self._site.pushes.drop_collection(view.folder.path)
        await AlarmService(self._site).folder_removed(view.folder)
        await self._site.profiles.update(
            view.folder.owner, lambda profile: folder_settings.forget(profile.settings, view.folder)
        )
        self._site.bus.announce(Change(view.folder, "", what=What.GONE))
        await SubscribingService(self._site).drop(view.folder, holders)
        await self._site.invitations.drop(view.folder.path)

    async def _home(self, actor: User, owner: User, kind: FolderKind, *, noted: bool = False) -> HomeRead:
        """A home as it is read for this actor, once in a request. What its owner subscribed to is asked for as it was
        known before; where the settings say otherwise now, it is read again."""
        scope, key = request_scope(), (owner.user_id, kind)
        found = scope.homes.get(key)
        if found is None or found.actor != actor.user_id:
            known = self._known.of(*key) if standing(actor, owner).owner else ()
            opening = await self._opened_home(actor, owner, kind, known, noted=noted)
            wanted = known
            if standing(actor, owner).owner:
                wanted = subscribed(opening.profiles[owner.user_id].settings, kind, owner.user_id)
                self._known.learn(*key, wanted)
            if not set(wanted) <= set(known):
                opening = await self._opened_home(actor, owner, kind, wanted, noted=noted)
            scope.learn(opening)
            if opening.noted is not None:
                scope.noted[key] = opening.noted
            paths = {folder.path for folder in wanted}
            others = [state for state in opening.others if state.folder.path in paths]
            found = scope.homes[key] = HomeRead(actor.user_id, opening.folders, others, opening.rights)
        return found

    async def _opened_home(
        self, actor: User, owner: User, kind: FolderKind, also: Sequence[Folder], *, noted: bool
    ) -> Opening:
        reader = _reader(actor, owner) if not also or actor.is_superuser else actor.user_id
        return await self._site.folders.open_home(
            owner.user_id, kind, users=_users(actor, owner), noted_for=actor.user_id if noted else None,
            reader=reader, also=[folder.path for folder in also],
        )  # fmt: skip

    async def _with_personal(self, actor: User, owner: User, kind: FolderKind) -> HomeRead:
        home = await self._home(actor, owner, kind)
        if any(state.folder.name == PERSONAL for state in home.folders):
            return home
        profile = await self._site.profiles.load(owner.user_id)
        language = preferences(self._site.config, owner, profile).language
        title = personal_folder_name(kind, language)
        with contextlib.suppress(AlreadyExists):  # another request was first
            folder = await self._site.folders.create_folder(owner.user_id, kind, PERSONAL, title)
            self._site.bus.announce(Change(folder, "", what=What.CREATED))
        request_scope().homes.clear()
        return await self._home(actor, owner, kind)

    async def _shown(self, owner: User, states: Sequence[FolderState]) -> list[FolderState]:
        """Without the remote web calendars, which the owner's settings name (store.md §12.3)."""
        if all(state.folder.kind is not FolderKind.CALENDAR for state in states):
            return list(states)
        remote = folder_settings.web_calendars((await self._site.profiles.load(owner.user_id)).settings)
        return [state for state in states if state.folder.reference not in remote]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A folder by its name in a home, and perhaps an object in it."""

    kind: FolderKind
    name: str
    object_name: str | None
    content: bool


def _users(*users: User) -> list[str]:
    return list(dict.fromkeys(user.user_id for user in users))


def _reader(actor: User, owner: User) -> str | None:
    """Whose rights have to be read in somebody's home; nobody's where they are known."""
    return None if standing(actor, owner).owner else actor.user_id


def _title(text: str) -> str:
    """A display name fit for c_foldername: one line, no control characters, at most 255 characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())[:MAX_NAME]
