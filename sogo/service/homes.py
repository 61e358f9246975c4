"""The listing of a home as something that changes: where it stands, and what changed since (RFC 6578)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence

from sogo.auth.interface import User
from sogo.errors import StoreUnavailable
from sogo.model import folder_settings
from sogo.model.folder import FolderKind
from sogo.model.listing import Noted, differences, state_of
from sogo.service.directory_books import DirectoryBookService
from sogo.service.folders import FolderService, FolderView
from sogo.service.request_scope import request_scope, seen_of
from sogo.service.site import Site

REMEMBERED = 500
"""Listings whose members' states a worker remembers as long as nothing in them changes."""
ATTEMPTS = 8
"""Looks that may come too late, because somebody else noted a change in between."""


class HomeService:
    def __init__(self, site: Site, folders: FolderService, directories: DirectoryBookService) -> None:
        self._site, self._folders, self._directories = site, folders, directories
        self._known: OrderedDict[tuple[str, str, FolderKind], tuple[object, Mapping[str, str]]] = OrderedDict()

    async def members(self, actor: User, owner: User, kind: FolderKind) -> Mapping[str, str]:
        """What the actor is shown of a home, by name, with a state that differs whenever an object in it, its name, a
        property or the actor's settings of it do."""
        views = await self._folders.home(actor, owner, kind)
        basis = (
            [(view.state, view.standing) for view in views],
            seen_of((actor.user_id,), (view.folder.path for view in views)),
        )
        known = self._known.get((actor.user_id, owner.user_id, kind))
        if known is not None and known[0] == basis:
            return known[1]
        found = await self._members(actor, owner, kind, views)
        self._known[actor.user_id, owner.user_id, kind] = (basis, found)
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    async def _members(self, actor: User, owner: User, kind: FolderKind, views: Sequence[FolderView]) -> dict[str, str]:
        stored = await self._site.properties.load([view.folder.path for view in views]) if views else {}
        settings = (await self._site.profiles.load(actor.user_id)).settings if views else {}
        found = {
            view.folder.name: state_of(
                view.folder.id, str(view.state.point), view.folder.display_name,
                sorted(stored.get(view.folder.path, {}).items()), folder_settings.read(settings, view.folder),
            )
            for view in views
        }  # fmt: skip
        if kind is FolderKind.CONTACTS:
            for book in self._directories.books(actor, owner):
                found.setdefault(book.id, state_of(book.display_name))
        return found

    async def noted(self, actor: User, owner: User, kind: FolderKind) -> Noted | None:
        """The listing as it is now, everything that had not been noted noted. None where the site cannot keep that.

        What is there is read after what was noted: so nothing is noted that somebody has seen later already.
        """
        path = f"/Users/{owner.user_id}/{kind.value}"
        scope = request_scope()
        for _ in range(ATTEMPTS):
            seen = scope.noted.pop((owner.user_id, kind), None)
            if seen is not None and (owner.user_id, kind) in scope.homes:
                # Both were read at one moment, when the home was opened.
                present: Mapping[str, str] = await self.members(actor, owner, kind)
            else:
                seen = await self._site.home_notes.load(path, actor.user_id)
                if seen is None:
                    return None
                present = await self._anew(actor, owner, kind)
            if not differences(seen, present):
                return seen
            now = await self._site.home_notes.note(path, actor.user_id, seen, present)
            if now is not None:
                return now
        raise StoreUnavailable("This home changes too fast to be told.")

    async def _anew(self, actor: User, owner: User, kind: FolderKind) -> Mapping[str, str]:
        request_scope().homes.clear()
        return await self.members(actor, owner, kind)
