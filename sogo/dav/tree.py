"""From path segments to a resource, and from a resource to its members."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sogo.auth.interface import User
from sogo.dav import quirks
from sogo.dav.resources import (
    Collection,
    DirectoryBook,
    DirectoryObject,
    Home,
    Nowhere,
    Principal,
    Reserved,
    Resource,
    Root,
    Slot,
    StoredObject,
)
from sogo.dav.services import Services
from sogo.errors import NotFound
from sogo.model.folder import PERSONAL, Entry, FolderKind
from sogo.model.rights import Deed

_KINDS = {kind.value: kind for kind in FolderKind}
MAX_SEGMENTS = 8


class Tree:
    """The tree as one actor sees it with one client."""

    def __init__(self, services: Services, actor: User, client: quirks.Client) -> None:
        self._services = services
        self._actor = actor
        self._client = client

    async def resolve(self, segments: tuple[str, ...]) -> Resource | Slot | Nowhere:
        """The resource at a path, the empty place there, or Nowhere. Raises Forbidden and Unavailable only."""
        if not segments:
            return Root()
        if len(segments) > MAX_SEGMENTS:
            return Nowhere(segments)
        try:
            return await self._below_root(segments)
        except NotFound:
            return Nowhere(segments)

    async def find(self, segments: tuple[str, ...]) -> Resource:
        """As `resolve`, but raises NotFound for an empty place."""
        found = await self.resolve(segments)
        if isinstance(found, Slot | Nowhere):
            raise NotFound("There is no such resource.")
        return found

    async def _below_root(self, segments: tuple[str, ...]) -> Resource | Slot | Nowhere:
        user = await self._services.visible_user(self._actor, segments[0])
        if user is None:
            return Nowhere(segments)
        principal = Principal(user)
        if len(segments) == 1:
            return principal
        kind = _KINDS.get(segments[1])
        if kind is None or not self._services.offers(self._actor, kind):
            return Slot(principal, segments[1]) if len(segments) == 2 else Nowhere(segments)
        home = Home(user, kind)
        if len(segments) == 2:
            return home
        return await self._below_home(home, segments)

    async def _below_home(self, home: Home, segments: tuple[str, ...]) -> Resource | Slot | Nowhere:
        name = segments[2]
        folder = await self._folder(home, name)
        if folder is None:
            return Slot(home, name) if len(segments) == 3 else Nowhere(segments)
        if len(segments) == 3:
            return folder
        if len(segments) > 4:
            return Nowhere(segments)
        return await self._object(folder, segments[3])

    async def _folder(self, home: Home, name: str) -> Collection | DirectoryBook | None:
        try:
            return Collection(await self._services.folders.find(self._actor, home.owner, home.folder_kind, name))
        except NotFound:
            if home.folder_kind is not FolderKind.CONTACTS:
                return None
        try:
            return DirectoryBook(home.owner, self._services.directories.find(self._actor, home.owner, name))
        except NotFound:
            return None

    async def _object(self, folder: Collection | DirectoryBook, name: str) -> Resource | Slot:
        try:
            if isinstance(folder, DirectoryBook):
                return DirectoryObject(folder, await self._services.directories.card(folder.source, name))
            entry = await self._services.objects.load(folder.view, name)
            return StoredObject(folder.view, entry) if self.shows(entry) else Slot(folder, name)
        except NotFound:
            return Slot(folder, name, await self._reserved(folder, name))

    async def _reserved(self, folder: Collection | DirectoryBook, name: str) -> Reserved | None:
        if isinstance(folder, DirectoryBook):
            return None
        locks = [lock for lock in await self._services.locks.on(folder.view, name) if lock.name == name]
        return Reserved(folder.view, name, min(lock.created for lock in locks)) if locks else None

    def shows(self, entry: Entry) -> bool:
        """Whether the client is told of an object at all."""
        return not (entry.component == "vlist" and self._client.sees_no_lists)

    async def members(self, resource: Resource, *, content: bool) -> AsyncIterator[list[Resource]]:
        """The direct members, in batches. `content` asks for the text of stored objects."""
        match resource:
            case Principal(user):
                yield [Home(user, kind) for kind in FolderKind if self._services.offers(self._actor, kind)]
            case Home():
                yield await self._home_members(resource)
            case Collection(view):
                view.require(Deed.SEE)
                async for batch in self._services.objects.entries(view, content=content):
                    yield [StoredObject(view, entry) for entry in batch if self.shows(entry)]
            case DirectoryBook(_, source):
                cards = await self._services.directories.cards(source)
                yield [DirectoryObject(resource, card) for card in cards]
            case _:
                return

    async def _home_members(self, home: Home) -> list[Resource]:
        views = await self._services.folders.home(self._actor, home.owner, home.folder_kind)
        if home.folder_kind is FolderKind.CONTACTS and self._client.wants_one_book:
            views = [view for view in views if view.folder.name == PERSONAL]
        found: list[Resource] = [Collection(view, position) for position, view in enumerate(views, 1)]
        if home.folder_kind is FolderKind.CONTACTS and not self._client.wants_no_directories:
            found += [
                DirectoryBook(home.owner, book) for book in self._services.directories.books(self._actor, home.owner)
            ]
        return found
