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
from sogo.service.request_scope import basis_of, request_scope
from sogo.service.site import Site

MAX_MEMBERS = 10_000
"""So many states of members a worker remembers, over all homes, as long as nothing in these changes."""
ATTEMPTS = 8
"""Looks that may come too late, because somebody else noted a change in between."""


class HomeService:
    def __init__(self, site: Site, folders: FolderService, directories: DirectoryBookService) -> None:
        self._site, self._folders, self._directories = site, folders, directories
        self._known: OrderedDict[tuple[str, str, FolderKind], tuple[bytes, Mapping[str, str]]] = OrderedDict()
        self._members_kept = 0

    async def members(self, actor: User, owner: User, kind: FolderKind) -> Mapping[str, str]:
        """What the actor is shown of a home, by name, with a state that differs whenever an object in it, its name, a
        property or the actor's settings of it do."""
        views = await self._folders.home(actor, owner, kind)
        basis = basis_of(((view.state, view.mark) for view in views), (actor.user_id,))
        key = (actor.user_id, owner.user_id, kind)
        known = self._known.get(key)
        if basis is not None and known is not None and known[0] == basis:
            self._known.move_to_end(key)
            return known[1]
        found = await self._members(actor, owner, kind, views)
        if basis is not None:
            self._keep(key, basis, found)
        return found

    def _keep(self, key: tuple[str, str, FolderKind], basis: bytes, found: Mapping[str, str]) -> None:
        old = self._known.pop(key, None)
        self._members_kept += len(found) + 1 - (len(old[1]) + 1 if old is not None else 0)
        self._known[key] = (basis, found)
        while self._members_kept > MAX_MEMBERS:
            self._members_kept -= len(self._known.popitem(last=False)[1][1]) + 1

    async def _members(self, actor: User, owner: User, kind: FolderKind, views: Sequence[FolderView]) -> dict[str, str]:
        stored = await self._site.properties.load([view.folder.path for view in views]) if views else {}
        settings = (await self._site.profiles.load(actor.user_id)).settings if views else {}
        found = {
            view.name: state_of(
                view.folder.id, str(view.point), view.folder.display_name,
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
