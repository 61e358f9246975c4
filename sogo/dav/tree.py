"""From path segments to a resource, and from a resource to its members."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from sogo.auth.interface import User
from sogo.dav import quirks
from sogo.dav.mail_tree import MAIL, MailTree
from sogo.dav.resources import (
    FREE_BUSY_NAME,
    NOTIFICATIONS_NAME,
    OUTBOX_NAME,
    PROXY_NAMES,
    Collection,
    DirectoryBook,
    DirectoryObject,
    ExportFile,
    ExportForm,
    FreeBusyFile,
    Home,
    Inbox,
    InboxMessage,
    MailHome,
    Notification,
    Notifications,
    Nowhere,
    Outbox,
    Principal,
    ProxyGroup,
    Reserved,
    Resource,
    Root,
    Slot,
    StoredObject,
)
from sogo.dav.services import Services
from sogo.errors import NotFound
from sogo.model.availability import INBOX_NAME
from sogo.model.folder import PERSONAL, Entry, FolderKind
from sogo.model.rights import ANONYMOUS, Deed
from sogo.service.folders import FolderView, standing
from sogo.service.mailboxes import MailDoor

_KINDS = {kind.value: kind for kind in FolderKind}
_PROXIES = {name: writes for writes, name in PROXY_NAMES.items()}
MAX_SEGMENTS = 8


class Tree:
    """The tree as one actor sees it with one client. `content`: objects are shown with their text; `written`: they are
    not, but whoever writes over them knows it."""

    def __init__(
        self,
        services: Services,
        actor: User,
        client: quirks.Client,
        mail: MailDoor,
        *,
        content: bool = True,
        written: bool = False,
    ) -> None:
        self._services = services
        self._written = written
        self._mail = MailTree(actor, mail)
        self._actor = actor
        self._client = client
        self._content = content

    async def resolve(self, segments: tuple[str, ...]) -> Resource | Slot | Nowhere:
        """The resource at a path, the empty place there, or Nowhere. Raises Forbidden and Unavailable only."""
        if not segments:
            return Root()
        if len(segments) > MAX_SEGMENTS and segments[1] != MAIL:
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
        if segments[1:] == (FREE_BUSY_NAME,) and self._services.offers(self._actor, FolderKind.CALENDAR):
            return FreeBusyFile(user) if await self._tells_times(user) else Slot(principal, FREE_BUSY_NAME)
        if len(segments) == 2 and segments[1] in _PROXIES and self._services.offers(self._actor, FolderKind.CALENDAR):
            return ProxyGroup(user, writes=_PROXIES[segments[1]])
        if segments[1] == NOTIFICATIONS_NAME and self._services.has_notices(self._actor, user):
            return await self._notifications(user, segments)
        if segments[1] == MAIL and self._services.mail.offers(self._actor):
            return await self._mail.resolve(user, segments)
        kind = _KINDS.get(segments[1])
        if kind is None or not self._services.offers(self._actor, kind):
            return Slot(principal, segments[1]) if len(segments) == 2 else Nowhere(segments)
        home = Home(user, kind)
        if len(segments) == 2:
            return home
        return await self._below_home(home, segments)

    async def _tells_times(self, user: User) -> bool:
        """Whoever logs in may know when somebody is busy; who does not, only of those who share a calendar with the
        world."""
        if self._actor.user_id != ANONYMOUS:
            return True
        return bool(await self._services.folders.home(self._actor, user, FolderKind.CALENDAR))

    async def _notifications(self, user: User, segments: tuple[str, ...]) -> Resource | Nowhere:
        if len(segments) == 2:
            return Notifications(user)
        notices = await self._services.invitations.notices(user) if len(segments) == 3 else []
        found = next((one for one in notices if one.name == segments[2]), None)
        return Notification(user, found) if found is not None else Nowhere(segments)

    async def _below_home(self, home: Home, segments: tuple[str, ...]) -> Resource | Slot | Nowhere:
        """The folder, and the object in it, by one look into the store."""
        if len(segments) > 4:
            return Nowhere(segments)
        _, _, name, *below = segments
        if self._has_boxes(home) and name in (INBOX_NAME, OUTBOX_NAME):
            return await self._box(home, name, below)
        try:
            opened = await self._services.folders.open(
                self._actor, home.owner, home.folder_kind, name, *below, content=self._content or self._written
            )
        except NotFound:
            return await self._in_directory(home, segments)
        folder = Collection(opened.view)
        if not below:
            return folder
        # Who writes need not be shown what is written over; the right to it is asked for by who does it.
        look = self._services.objects.shown if self._content else self._services.objects.known
        entry = await look(opened.view, below[0], opened.entry)
        if entry is None or not self.shows(entry):
            return await self._free(folder, below[0])
        return StoredObject(opened.view, entry)

    def _has_boxes(self, home: Home) -> bool:
        """Messages and what is asked of others are the owner's alone; for everybody else there are no such places."""
        return home.folder_kind is FolderKind.CALENDAR and standing(self._actor, home.owner).owner

    async def _box(self, home: Home, name: str, below: list[str]) -> Resource | Nowhere:
        if name == OUTBOX_NAME:
            return Nowhere((*home.segments, name, *below)) if below else Outbox(home.owner)
        inbox = Inbox(home.owner)
        if not below:
            return inbox
        for item in await self._services.site.inbox.items(home.owner.user_id):
            if [item.name] == below:
                return InboxMessage(inbox, item)
        return Nowhere((*inbox.segments, *below))

    async def _in_directory(self, home: Home, segments: tuple[str, ...]) -> Resource | Slot | Nowhere:
        """What there is instead of a folder: a directory that is shown as an address book, or nothing."""
        _, _, name, *below = segments
        try:
            if home.folder_kind is not FolderKind.CONTACTS:
                raise NotFound("There is no such folder.")
            book = DirectoryBook(home.owner, self._services.directories.find(self._actor, home.owner, name))
        except NotFound:
            if below:
                return Nowhere(segments)
            return await self._export(home, name) or Slot(home, name)
        if not below:
            return book
        try:
            return DirectoryObject(book, await self._services.directories.card(book.source, *below))
        except NotFound:
            return Slot(book, below[0])

    async def _free(self, folder: Collection, name: str) -> Slot:
        locks = [lock for lock in await self._services.locks.on(folder.view, name) if lock.name == name]
        reserved = Reserved(folder.view, name, min(lock.created for lock in locks)) if locks else None
        return Slot(folder, name, reserved)

    async def _export(self, home: Home, name: str) -> ExportFile | None:
        """The file of a folder. A folder whose own name ends like a file was found before."""
        for form in ExportForm:
            folder = name.removesuffix(form.suffix)
            if form.folder_kind is home.folder_kind and folder not in (name, ""):
                with contextlib.suppress(NotFound):
                    view = await self._services.folders.find(self._actor, home.owner, home.folder_kind, folder)
                    return ExportFile(view, form) if view.home is None else None
        return None

    def shows(self, entry: Entry) -> bool:
        """Whether the client is told of an object at all."""
        return not (entry.component == "vlist" and self._client.sees_no_lists)

    async def members(self, resource: Resource, *, content: bool) -> AsyncIterator[list[Resource]]:
        """The direct members, in batches. `content` asks for the text of stored objects."""
        match resource:
            case Principal(user):
                yield self._principal_members(user)
            case Home():
                yield await self._home_members(resource)
            case Collection(view):
                view.require(Deed.LIST)
                async for batch in self._services.objects.entries(view, content=content):
                    yield [StoredObject(view, entry) for entry in batch if self.shows(entry)]
            case Notifications(user):
                yield [Notification(user, one) for one in await self._services.invitations.notices(user)]
            case Inbox(owner):
                yield [InboxMessage(resource, item) for item in await self._services.site.inbox.items(owner.user_id)]
            case DirectoryBook(_, source):
                cards = await self._services.directories.cards(source)
                yield [DirectoryObject(resource, card) for card in cards]
            case _:
                async for portion in self._mail.members(resource):
                    yield portion

    def _principal_members(self, user: User) -> list[Resource]:
        """The homes, and the free-busy file, which the original lists for every client."""
        found: list[Resource] = [Home(user, kind) for kind in FolderKind if self._services.offers(self._actor, kind)]
        if self._services.offers(self._actor, FolderKind.CALENDAR):
            found.append(FreeBusyFile(user))
            if self._client.sees_proxies:
                found += [ProxyGroup(user, writes=writes) for writes in (False, True)]
        if user.user_id == self._actor.user_id and self._services.mail.offers(self._actor):
            found.append(MailHome(user))
        return found

    async def _home_members(self, home: Home) -> list[Resource]:
        views = await self._services.folders.home(self._actor, home.owner, home.folder_kind)
        if self._client.wants_subscribed_only and home.folder_kind is FolderKind.CALENDAR:
            views = await self._services.subscribing.chosen(self._actor, home.owner, views)
        if home.folder_kind is FolderKind.CONTACTS and self._client.wants_one_book:
            views = [view for view in views if view.name == PERSONAL]
        found: list[Resource] = []
        if self._client.wants_inbox_listed and self._has_boxes(home):
            found += [Inbox(home.owner), Outbox(home.owner)]
        names = {view.name for view in views}
        for position, view in enumerate(views, 1):
            found += [Collection(view, position), *self._listed_files(view, names)]
        if home.folder_kind is FolderKind.CONTACTS and not self._client.wants_no_directories:
            found += [
                DirectoryBook(home.owner, book) for book in self._services.directories.books(self._actor, home.owner)
            ]
        return found

    def _listed_files(self, view: FolderView, taken: set[str]) -> list[Resource]:
        """The files of a calendar, after it, but for names that other calendars bear. Those of address books are found
        by their address only, as the original lists none, and those of others beside these in their owners' homes."""
        if view.folder.kind is not FolderKind.CALENDAR or self._client.wants_calendars_only or view.home is not None:
            return []
        files = [ExportFile(view, form) for form in (ExportForm.ICS, ExportForm.XML)]
        return [file for file in files if file.segments[-1] not in taken]
