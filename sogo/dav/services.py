"""What the DAV face needs of the house, in one value made by the wiring."""

from __future__ import annotations

from dataclasses import dataclass, field

from sogo.auth.interface import User
from sogo.conf.levels import Config
from sogo.dav.bodies import Bodies
from sogo.dav.memory import HomeMemory, MatchedMemory, RenderedMemory
from sogo.model.folder import FolderKind
from sogo.model.rights import ANONYMOUS
from sogo.service.attachments import AttachmentService
from sogo.service.directory_books import DirectoryBookService
from sogo.service.exports import ExportService
from sogo.service.folders import FolderService
from sogo.service.free_busy import FreeBusyService
from sogo.service.homes import HomeService
from sogo.service.imports import ImportService
from sogo.service.invitations import InvitationService
from sogo.service.locks import LockService
from sogo.service.mailboxes import MailService
from sogo.service.objects import ObjectService
from sogo.service.people import may_know
from sogo.service.proxies import ProxyService
from sogo.service.push import PushService
from sogo.service.sharing import SharingService
from sogo.service.site import Site
from sogo.service.subscribing import SubscribingService
from sogo.service.unreadable import Unreadable
from sogo.service.views import standing


@dataclass(frozen=True, slots=True)
class Services:
    site: Site
    folders: FolderService
    objects: ObjectService
    directories: DirectoryBookService
    unreadable: Unreadable
    locks: LockService
    homes: HomeService
    push: PushService
    sharing: SharingService
    subscribing: SubscribingService
    rendered: RenderedMemory
    matched: MatchedMemory
    home_members: HomeMemory
    free_busy: FreeBusyService
    bodies: Bodies = field(default_factory=Bodies)

    @classmethod
    def of(cls, site: Site) -> Services:
        folders, directories = FolderService(site), DirectoryBookService(site)
        shared, unreadable = site.memory.shared, Unreadable()
        return cls(
            site,
            folders,
            ObjectService(site),
            directories,
            unreadable,
            LockService(site),
            HomeService(site, folders, directories),
            PushService(site, folders),
            SharingService(site),
            SubscribingService(site),
            RenderedMemory(shared),
            MatchedMemory(shared),
            HomeMemory(shared),
            FreeBusyService(site, unreadable),
        )

    @property
    def proxies(self) -> ProxyService:
        return ProxyService(self.site, self.folders, self.sharing, self.subscribing)

    @property
    def invitations(self) -> InvitationService:
        return InvitationService(self.site, self.folders, self.sharing, self.subscribing)

    def has_notices(self, actor: User, user: User) -> bool:
        """Whether somebody is shown what a user has to read about sharing."""
        return standing(actor, user).owner and self.offers(actor, FolderKind.CALENDAR)

    @property
    def mail(self) -> MailService:
        return MailService(self.site.config, self.site.imap)

    @property
    def exports(self) -> ExportService:
        return ExportService(self.site, self.objects, self.unreadable)

    @property
    def attachments(self) -> AttachmentService:
        return AttachmentService(self.site, self.folders, self.objects)

    @property
    def imports(self) -> ImportService:
        return ImportService(self.objects)

    @property
    def config(self) -> Config:
        return self.site.config

    def offers(self, actor: User, kind: FolderKind) -> bool:
        """Is this module open to the actor over DAV? A closed one looks as if it did not exist (dav.md §2, rule 1)."""
        system = self.config.system
        if kind is FolderKind.CALENDAR:
            return system.calendar_dav_access_enabled and actor.record.calendar_access
        return system.address_book_dav_access_enabled

    async def visible_user(self, actor: User, name: str) -> User | None:
        """Somebody's principal, or None when there is no such user or the actor's domain may not know."""
        if name == actor.user_id:
            return actor if name != ANONYMOUS else None
        if actor.user_id == ANONYMOUS:
            return await self.site.directory.find_user(name)  # who has shared something with everybody
        user = await self.site.directory.find_user(name)
        if user is None or not may_know(self.config, actor, user):
            return None
        return user
