"""Fills a site with the demo: folders, objects, colours, and who may see whose calendar.

Everything goes through the services, like what a client sends, so the demo can hold nothing that a client could not
have made. Running it again over a half-filled site completes it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from zoneinfo import ZoneInfo

from sogo.auth.interface import Record, User
from sogo.demo.contacts import BOOKS, contact_items
from sogo.demo.content import CALENDARS, Item, Shelf, calendar_items
from sogo.demo.people import RESOURCES, TEAM, Person, Resource
from sogo.errors import AlreadyExists
from sogo.model import folder_settings
from sogo.model.folder import PERSONAL, Folder, FolderKind
from sogo.model.rights import ANYBODY
from sogo.service.bus import Origin
from sogo.service.folders import FolderService, FolderView
from sogo.service.objects import ObjectService
from sogo.service.site import Site
from sogo.store.interface import Profile

READER_ROLES = {
    FolderKind.CALENDAR: ("PublicViewer", "ConfidentialDAndTViewer"),
    FolderKind.CONTACTS: ("ObjectViewer",),
}
WRITER_ROLES = {
    FolderKind.CALENDAR: ("ObjectCreator", "ObjectEraser", "PublicModifier", "ConfidentialDAndTViewer"),
    FolderKind.CONTACTS: ("ObjectCreator", "ObjectEraser", "ObjectEditor"),
}
TIMES_ONLY_ROLES = ("PublicDAndTViewer", "ConfidentialDAndTViewer", "PrivateDAndTViewer")


async def seed(site: Site, today: dt.date, zone: ZoneInfo) -> int:
    """Write the whole demo; returns how many objects it holds."""
    demo = _Demo(site)
    for shelf in (*CALENDARS, *BOOKS):
        await demo.put_up(shelf)
    for resource in RESOURCES:
        await demo.open_to_all(resource)
    items = [*calendar_items(today, zone), *contact_items()]
    for item in items:
        await demo.store(item)
    return len(items)


def as_user(person: Person | Resource) -> User:
    """The person, or the room, as the user source will describe them."""
    record = Record(uid=person.login, source="people", cn=person.name, emails=(person.email,), name=person.login)
    return User(person.login, person.name, (person.email,), None, record)


class _Demo:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._folders, self._objects = FolderService(site), ObjectService(site)
        self._users = {one: as_user(one) for one in (*TEAM, *RESOURCES)}
        self._views: dict[tuple[Person | Resource, FolderKind, str], FolderView] = {}

    async def put_up(self, shelf: Shelf) -> None:
        owner = self._users[shelf.owner]
        with suppress(AlreadyExists):  # an earlier run was cut short
            await self._folders.create(owner, owner, shelf.kind, shelf.name, shelf.title)
        folder = (await self._view(shelf.owner, shelf.kind, shelf.name)).folder
        given = {
            **dict.fromkeys(shelf.readers, READER_ROLES[shelf.kind]),
            **dict.fromkeys(shelf.writers, WRITER_ROLES[shelf.kind]),
            **dict.fromkeys(shelf.times_only, TIMES_ONLY_ROLES),
        }
        await self._color(folder, shelf.color, [shelf.owner, *given])
        for person, roles in given.items():
            await self._site.acl.set_roles(folder, person.login, roles)
            await self._site.profiles.update(person.login, lambda profile: _subscribe(profile, folder))

    async def open_to_all(self, resource: Resource) -> None:
        """Everybody sees when it is taken, and so may invite it (scheduling.md §6.1)."""
        folder = (await self._view(resource, FolderKind.CALENDAR, PERSONAL)).folder
        await self._site.acl.set_roles(folder, ANYBODY, TIMES_ONLY_ROLES)

    async def store(self, item: Item) -> None:
        view = await self._view(item.owner, item.kind, item.folder)
        await self._objects.save(view, item.name, item.text.encode(), origin=Origin.IMPORT)

    async def _view(self, person: Person | Resource, kind: FolderKind, name: str) -> FolderView:
        key = (person, kind, name)
        if key not in self._views:
            user = self._users[person]
            self._views[key] = await self._folders.find(user, user, kind, name)
        return self._views[key]

    async def _color(self, folder: Folder, color: str, people: Iterable[Person]) -> None:
        if color:
            for person in people:
                await self._site.profiles.update(
                    person.login, lambda profile: folder_settings.set_color(profile.settings, folder, color)
                )


def _subscribe(profile: Profile, folder: Folder) -> None:
    """Add the folder to the subscriptions of one user (store.md §12.3)."""
    module = profile.settings.setdefault(folder.kind.value, {})
    listed = module.setdefault("SubscribedFolders", [])
    if folder.reference not in listed:
        listed.append(folder.reference)
