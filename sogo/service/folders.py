"""A user's calendars and address books: list, find, create, rename, remove."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sogo.auth.interface import User
from sogo.errors import AlreadyExists, Forbidden, InvalidRequest, NotFound, StoreUnavailable
from sogo.model import folder_settings
from sogo.model.folder import PERSONAL, Entry, Folder, FolderKind, FolderState
from sogo.model.labels import personal_folder_name
from sogo.model.locks import Touched
from sogo.model.push import DISPLAY_NAME, title_mark
from sogo.model.rights import NOBODY, OWNER, Deed, Standing, require
from sogo.service.bus import Change, What
from sogo.service.lock_guard import require_unlocked
from sogo.service.preferences import preferences
from sogo.service.request_scope import request_scope
from sogo.service.site import Site
from sogo.store.interface import Opening, PropertyEdits

log = logging.getLogger(__name__)

_BAD_NAME = re.compile(r"[\x00-\x1f\x7f/]")
MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class FolderView:
    """A folder as one actor may use it: whoever holds a view acts as that actor."""

    state: FolderState
    owner: User
    actor: User
    standing: Standing

    @property
    def folder(self) -> Folder:
        return self.state.folder

    def require(self, deed: Deed) -> None:
        """Raises NotFound or Forbidden unless the actor may do this here."""
        require(self.standing, deed)


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder, and the object that was asked for along with it."""

    view: FolderView
    entry: Entry | None


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


def standing(actor: User, owner: User) -> Standing:
    """What an actor is in somebody's home (auth.md §12: superusers act as owner everywhere)."""
    return OWNER if actor.user_id == owner.user_id or actor.is_superuser else NOBODY


class FolderService:
    def __init__(self, site: Site) -> None:
        self._site = site

    async def home(self, actor: User, owner: User, kind: FolderKind) -> list[FolderView]:
        """The folders of a home that the actor may see, personal first. Makes `personal` when it is missing and the
        actor owns the home, or the home is a resource's (store.md §5.2). Remote web calendars are left out."""
        here = standing(actor, owner)
        if not (here.owner or owner.record.is_resource):
            return []
        states = await self._with_personal(actor, owner, kind)
        if not here.owner:
            return []
        return [FolderView(state, owner, actor, here) for state in await self._shown(owner, states)]

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
        Raises as `find`."""
        here = standing(actor, owner)
        if not here.sees:
            raise NotFound("There is no such folder.")
        opening = await self._opened(actor, owner, kind, name, object_name, content=content)
        if not opening.folders and name == PERSONAL:
            await self._with_personal(actor, owner, kind)
            opening = await self._opened(actor, owner, kind, name, object_name, content=content)
        if not opening.folders or not await self._shown(owner, opening.folders):
            raise NotFound("There is no such folder.")
        return Opened(FolderView(opening.folders[0], owner, actor, here), opening.entry)

    async def open_home(self, actor: User, owner: User, kind: FolderKind, *, noted: bool = False) -> None:
        """Read at once what a request for a home, and then `home`, will ask for; with what was `noted` of it before."""
        await self._states(actor, owner, kind, noted=noted)

    async def open_principal(self, actor: User, user: User) -> None:
        """The same for a request about a principal."""
        opening = await self._site.folders.open_principal(user.user_id, users=_users(actor, user))
        request_scope().learn(opening)

    async def _opened(
        self, actor: User, owner: User, kind: FolderKind, name: str, object_name: str | None, *, content: bool
    ) -> Opening:
        opening = await self._site.folders.open_folder(
            owner.user_id, kind, name, users=_users(actor, owner), object_name=object_name, content=content
        )
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
        Raises AlreadyExists when another folder of the owner bears the name (dav.md §5.4), ResourceLocked."""
        view.require(Deed.SET_PROPERTIES)
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
        others = await self._states(view.actor, view.owner, view.folder.kind)
        if any(one.folder.display_name == title and one.folder.name != view.folder.name for one in others):
            raise AlreadyExists("Another folder has this name.")
        return title

    async def remove(self, view: FolderView, *, tokens: Collection[str] = ()) -> None:
        """Remove the folder with all it holds. `personal` cannot go (dav.md §14.4). Raises ResourceLocked when
        something in it is locked and `tokens` has not the token."""
        view.require(Deed.REMOVE_FOLDER)
        if view.folder.name == PERSONAL:
            raise Forbidden("The personal folder cannot be deleted.", right=Deed.REMOVE_FOLDER.privilege)
        await require_unlocked(self._site, view.state, view.actor, Touched(everything=True), tokens)
        await self._site.folders.remove_folder(view.folder)
        request_scope().homes.clear()
        await self._site.locks.drop(view.folder)
        await self._site.pushes.drop_collection(view.folder.path)
        await self._site.profiles.update(
            view.folder.owner, lambda profile: folder_settings.forget(profile.settings, view.folder)
        )
        self._site.bus.announce(Change(view.folder, "", what=What.GONE))

    async def _states(
        self, actor: User, owner: User, kind: FolderKind, *, noted: bool = False
    ) -> Sequence[FolderState]:
        scope = request_scope()
        found = scope.homes.get((owner.user_id, kind))
        if found is None:
            opening = await self._site.folders.open_home(
                owner.user_id, kind, users=_users(actor, owner), noted_for=actor.user_id if noted else None
            )
            scope.learn(opening)
            if opening.noted is not None:
                scope.noted[owner.user_id, kind] = opening.noted
            found = scope.homes[owner.user_id, kind] = opening.folders
        return found

    async def _with_personal(self, actor: User, owner: User, kind: FolderKind) -> Sequence[FolderState]:
        states = await self._states(actor, owner, kind)
        if any(state.folder.name == PERSONAL for state in states):
            return states
        profile = await self._site.profiles.load(owner.user_id)
        language = preferences(self._site.config, owner, profile).language
        title = personal_folder_name(kind, language)
        with contextlib.suppress(AlreadyExists):  # another request was first
            folder = await self._site.folders.create_folder(owner.user_id, kind, PERSONAL, title)
            self._site.bus.announce(Change(folder, "", what=What.CREATED))
        request_scope().homes.clear()
        return await self._states(actor, owner, kind)

    async def _shown(self, owner: User, states: Sequence[FolderState]) -> list[FolderState]:
        """Without the remote web calendars, which the owner's settings name (store.md §12.3)."""
        if all(state.folder.kind is not FolderKind.CALENDAR for state in states):
            return list(states)
        remote = folder_settings.web_calendars((await self._site.profiles.load(owner.user_id)).settings)
        return [state for state in states if state.folder.reference not in remote]


def _users(actor: User, owner: User) -> list[str]:
    return list(dict.fromkeys((actor.user_id, owner.user_id)))


def _title(text: str) -> str:
    """A display name fit for c_foldername: one line, no control characters, at most 255 characters."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())[:MAX_NAME]
