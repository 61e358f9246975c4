"""What single properties want to know that costs a look into the store of its own: asked only when they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sogo.dav.context import DavRequest
from sogo.dav.mail_facts import mail_facts
from sogo.dav.properties import COSTLY, MAIL, Beyond, Need
from sogo.dav.resources import Collection, Home, Inbox, On, Principal, ProxyGroup, Resource, StoredObject
from sogo.dav.scheduling import is_meeting
from sogo.model.folder import Folder, FolderKind
from sogo.model.rights import Deed
from sogo.service.folders import FolderView

NOTHING = Beyond()


async def look(request: DavRequest, resources: Sequence[Resource], needs: Need) -> Callable[[Resource], Beyond]:
    """What tells it of each of these resources."""
    if not needs & (COSTLY | Need.PUSH | Need.SCHEDULE_TAG):
        return lambda _: NOTHING
    found = _Found(request, Beyond(push=await request.services.push.offer() if Need.PUSH in needs else None))
    for resource in resources:
        if isinstance(resource, Home):
            await found.home(resource, needs)
        elif isinstance(resource, Inbox):
            await found.inbox(resource, needs)
    if Need.INVITED in needs:
        await found.invited([one for one in resources if isinstance(one, Collection) and one.kind is On.CALENDAR])
    if needs & MAIL:
        await found.mail(resources, needs)
    if Need.PROXIES in needs:
        await found.proxies(resources)
    if Need.RIGHTS in needs:
        await found.rights([one for one in resources if isinstance(one, Collection)])
    if Need.USED in needs:
        await found.folders([one for one in resources if isinstance(one, Collection)])
    if Need.SCHEDULE_TAG in needs:
        await found.meetings([one for one in resources if isinstance(one, StoredObject) and is_meeting(one)])
    return found.of


@dataclass(slots=True)
class _Found:
    request: DavRequest
    always: Beyond
    known: dict[tuple[str, ...], Beyond] = field(default_factory=dict)

    def of(self, resource: Resource) -> Beyond:
        return self.known.get(resource.segments, self.always)

    async def home(self, home: Home, needs: Need) -> None:
        services, actor = self.request.services, self.request.actor
        point, members, used = None, None, None
        if Need.HOME_POINT in needs:
            noted = await services.homes.noted(actor, home.owner, home.folder_kind)
            point = noted.point if noted is not None else None
        if Need.HOME_LISTING in needs:
            members = await services.homes.members(actor, home.owner, home.folder_kind)
        if Need.USED in needs:
            views = await services.folders.home(actor, home.owner, home.folder_kind)
            used = sum((await self._used([Collection(view) for view in views])).values()) if views else None
        self.known[home.segments] = replace(self.always, home_point=point, home_members=members, used_bytes=used)

    async def invited(self, calendars: Sequence[Collection]) -> None:
        found = await self.request.services.invitations.on([one.view for one in calendars])
        for one in calendars:
            known = self.known.get(one.segments, self.always)
            self.known[one.segments] = replace(known, invited=found.get(one.view.folder.path, ()))

    async def proxies(self, resources: Sequence[Resource]) -> None:
        """For whom somebody is a proxy, and who is one of a group."""
        service, actor = self.request.services.proxies, self.request.actor
        for resource in resources:
            match resource:
                case Principal(user) | Home(user, FolderKind.CALENDAR):
                    proxies = await service.owners(user, actor)
                case ProxyGroup(user):
                    proxies = await service.members(user, actor)
                case _:
                    continue
            known = self.known.get(resource.segments, self.always)
            self.known[resource.segments] = replace(known, proxies=proxies)

    async def inbox(self, inbox: Inbox, needs: Need) -> None:
        services, owner = self.request.services, inbox.owner
        items = await services.site.inbox.items(owner.user_id) if Need.INBOX in needs else ()
        calendars: list[FolderView] = []
        if Need.CALENDARS in needs:
            views = await services.folders.home(self.request.actor, owner, FolderKind.CALENDAR)
            calendars = [view for view in views if view.home is None]
        self.known[inbox.segments] = replace(self.always, inbox=items, calendars=calendars)

    async def mail(self, resources: Sequence[Resource], needs: Need) -> None:
        facts = await mail_facts(
            self.request.mail,
            resources,
            statuses=Need.MAILBOX in needs,
            headers=Need.MAIL_HEADERS in needs,
            texts=Need.MAIL_TEXT in needs,
        )
        for path, one in facts.items():
            self.known[path] = replace(self.always, mail=one)

    async def folders(self, collections: Sequence[Collection]) -> None:
        for path, used in (await self._used(collections)).items():
            self.known[path] = replace(self.known.get(path, self.always), used_bytes=used)

    async def rights(self, collections: Sequence[Collection]) -> None:
        """Of those folders of which the actor may know."""
        own = [one for one in collections if one.view.permits(Deed.READ_ACL)]
        rows = await self.request.services.site.acl.roles_on([one.view.folder for one in own]) if own else {}
        for one in own:
            self.known[one.segments] = replace(self.always, rights=rows.get(one.view.folder.path, {}))

    async def meetings(self, objects: Sequence[StoredObject]) -> None:
        """All of one answer lie in few folders, most in one."""
        by_folder: dict[Folder, list[StoredObject]] = {}
        for one in objects:
            by_folder.setdefault(one.view.folder, []).append(one)
        for folder, some in by_folder.items():
            tags = await self.request.services.site.folders.schedule_tags(folder, [one.entry for one in some])
            for one in some:
                self.known[one.segments] = replace(self.always, schedule_tag=tags[one.entry.name])

    async def _used(self, collections: Sequence[Collection]) -> Mapping[tuple[str, ...], int]:
        """Of those whose objects the actor sees whole: else the sum would tell how long the others are."""
        whole = [one for one in collections if one.view.standing.sees_everything]
        sizes = await self.request.services.site.folders.used_bytes([one.view.folder for one in whole])
        return {one.segments: sizes.get(one.view.folder.path, 0) for one in whole}
