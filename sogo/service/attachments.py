"""Managed attachments (RFC 8607): taken in piece by piece, written into the event through the one door, given out to
whoever may read an event that names them, and dropped when none does any more."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from sogo.auth.interface import User
from sogo.codec.contentline import Line, parse
from sogo.errors import CodecError, DomainError, InvalidData, NotFound, PreconditionFailed, QuotaExceeded
from sogo.model.attachments import added, line_of, names, removed, replaced
from sogo.model.folder import Entry, FolderKind
from sogo.model.quick_filter import QuickFilter
from sogo.model.rights import Deed, class_of, refusal
from sogo.service.around import Wishes
from sogo.service.folders import FolderService, FolderView
from sogo.service.objects import ObjectService, Saved
from sogo.service.preferences import preferences
from sogo.service.site import Site
from sogo.store.attachments import Attachment
from sogo.store.interface import Expect

PIECE_BYTES = 192 * 1024
ATTEMPTS = 5
GRACE_SECONDS = 86_400
TIDIED_AT_ONCE = 20
MAX_FOLDERS = 50
KB, MB = 1024, 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """What a client sends; `url` makes the address of an attachment from its id and name."""

    name: str
    type: str
    pieces: AsyncIterator[bytes]
    url: Callable[[str, str], str]


@dataclass(frozen=True, slots=True)
class Target:
    """The event, with what its writer expects of it. `expect` None: as it is now, whoever else writes."""

    view: FolderView
    entry: Entry
    expect: Expect | None
    tokens: frozenset[str]
    wishes: Wishes


class AttachmentService:
    def __init__(self, site: Site, folders: FolderService, objects: ObjectService) -> None:
        self._site, self._folders, self._objects = site, folders, objects

    @property
    def limit_bytes(self) -> int:
        """Of one attachment; 0 where there are none."""
        return self._site.config.system.maximum_attachment_size * KB if self._site.attachments.is_there else 0

    # --- writing ------------------------------------------------------------------------------------------------------

    async def add(self, target: Target, upload: Upload, rids: tuple[str, ...] | None) -> tuple[str, Saved]:
        """Raises QuotaExceeded, TooLarge, InvalidData, Forbidden, PreconditionFailed and what refuses the event."""
        made, line = await self._take(target, upload)
        zone = await self._zone(target.view)
        saved = await self._written(target, lambda text: added(text, line, rids, default_zone=zone), made)
        return made.id, saved

    async def update(self, target: Target, upload: Upload, managed_id: str) -> tuple[str, Saved]:
        """The new one has an id of its own, so that nobody takes what was stored before for it."""
        self._require_named(target, managed_id)
        made, line = await self._take(target, upload)
        zone = await self._zone(target.view)
        saved = await self._written(target, lambda text: replaced(text, managed_id, line, default_zone=zone), made)
        await self._drop_unnamed(managed_id)
        return made.id, saved

    async def remove(self, target: Target, managed_id: str, rids: tuple[str, ...] | None) -> Saved:
        self._require_named(target, managed_id)
        self._require_right(target)
        zone = await self._zone(target.view)
        saved = await self._written(target, lambda text: removed(text, managed_id, rids, default_zone=zone), None)
        await self._drop_unnamed(managed_id)
        return saved

    def _require_named(self, target: Target, managed_id: str) -> None:
        if not names(target.entry.content or "", managed_id):
            raise InvalidData("There is no such attachment.", rule="valid-managed-id")

    def _require_right(self, target: Target) -> None:
        """Before anything is taken in. Whether it may be written then, who stores the event asks again."""
        view, entry = target.view, target.entry
        if entry.mask is not None:
            raise refusal(view.standing, Deed.MODIFY)
        view.require(Deed.MODIFY, class_of((entry.quick or {}).get("c_classification")))

    async def _take(self, target: Target, upload: Upload) -> tuple[Attachment, Line]:
        self._require_right(target)
        if target.expect is not None and target.expect.version not in (None, target.entry.version):
            raise PreconditionFailed("The object has changed meanwhile.")
        owner = target.view.owner.user_id
        await self.tidy(user_id=owner)
        store = self._site.attachments
        quota = self._site.config.domain(target.view.owner.domain).attachment_quota * MB
        used = await store.used_bytes(owner) if quota else 0
        made = Attachment(secrets.token_urlsafe(32), owner, _uid(target.entry), upload.name, upload.type, 0)
        await store.begin(made)
        try:
            size = await self._store(made.id, upload.pieces, quota - used if quota else None)
            await store.finish(made.id, size)
        except BaseException:
            await store.remove(made.id)
            raise
        url = upload.url(made.id, upload.name)
        return replace(made, size_bytes=size), line_of(
            made.id, url, name=upload.name, type=upload.type, size_bytes=size
        )

    async def _store(self, managed_id: str, pieces: AsyncIterator[bytes], room: int | None) -> int:
        """No more than a piece of it is held at once."""
        held, size, number = bytearray(), 0, 0
        async for piece in pieces:
            held += piece
            size += len(piece)
            if room is not None and size > room:
                raise QuotaExceeded("There is no room left for attachments.")
            while len(held) >= PIECE_BYTES:
                await self._site.attachments.add(managed_id, number, bytes(held[:PIECE_BYTES]))
                del held[:PIECE_BYTES]
                number += 1
        if held:
            await self._site.attachments.add(managed_id, number, bytes(held))
        return size

    async def _written(self, target: Target, edit: Callable[[str], str], made: Attachment | None) -> Saved:
        """The event with its edit; without it what was taken in goes again."""
        entry, attempts = target.entry, 1 if target.expect is not None else ATTEMPTS
        try:
            for attempt in range(1, attempts + 1):
                try:
                    return await self._objects.save(
                        target.view, entry.name, edit(entry.content or "").encode(), known=entry,
                        expect=Expect(version=entry.version), tokens=target.tokens, wishes=target.wishes,
                    )  # fmt: skip
                except PreconditionFailed:
                    if attempt == attempts:
                        raise
                entry = await self._objects.load_whole(target.view, entry.name)
            raise AssertionError
        except BaseException:
            if made is not None:
                await self._site.attachments.remove(made.id)
            raise

    async def _zone(self, view: FolderView) -> dt.tzinfo:
        profile = await self._site.profiles.load(view.owner.user_id)
        return preferences(self._site.config, view.owner, profile).zone

    # --- reading ------------------------------------------------------------------------------------------------------

    async def find(self, actor: User, managed_id: str) -> Attachment:
        """For whoever may read an event that names it: the one it was made with, a copy in an own calendar, or one in a
        calendar of somebody else the actor subscribed to. Raises NotFound, which tells nobody whether there is one."""
        found = await self._site.attachments.find(managed_id) if self._site.attachments.is_there else None
        if found is not None and await self._may_read(actor, found):
            return found
        raise NotFound("There is no such resource.")

    async def _may_read(self, actor: User, attachment: Attachment) -> bool:
        users = {attachment.user_id, actor.user_id}
        for user_id, holding in (await self._site.folders.holdings(users, attachment.uid, "")).items():
            for held in holding.objects:
                if not names(held.entry.content or "", attachment.id):
                    continue
                if user_id == actor.user_id or await self._sees(actor, user_id, held.folder.name, held.entry.name):
                    return True
        return await self._subscribed(actor, attachment)

    async def _sees(self, actor: User, owner_id: str, folder: str, name: str) -> bool:
        """Whole: of what is masked nothing is shown but when it is."""
        owner = await self._site.directory.find_user(owner_id)
        if owner is None:
            return False
        try:
            view = await self._folders.find(actor, owner, FolderKind.CALENDAR, folder)
            return (await self._objects.load(view, name)).mask is None
        except DomainError:
            return False

    async def _subscribed(self, actor: User, attachment: Attachment) -> bool:
        views = [one for one in await self._folders.home(actor, actor, FolderKind.CALENDAR) if one.home is not None]
        for view in views[:MAX_FOLDERS]:
            try:
                pages = self._objects.entries(view, content=True, where=QuickFilter(uid=attachment.uid))
                async for page in pages:
                    if any(one.mask is None and names(one.content or "", attachment.id) for one in page):
                        return True
            except DomainError:
                continue
        return False

    def content(self, attachment: Attachment) -> AsyncIterator[bytes]:
        return self._site.attachments.content(attachment.id)

    # --- what is not needed any more ----------------------------------------------------------------------------------

    async def tidy(self, *, user_id: str | None = None, limit: int = TIDIED_AT_ONCE) -> int:
        """Drop what no event of its owner names any more, and what was not finished, a day after it was made; returns
        how many."""
        before = int(self._site.clock().timestamp()) - GRACE_SECONDS
        dropped = 0
        for one in await self._site.attachments.older(before, user_id=user_id, limit=limit):
            if one.size_bytes < 0 or not await self._is_named(one):
                await self._site.attachments.remove(one.id)
                dropped += 1
        return dropped

    async def _drop_unnamed(self, managed_id: str) -> None:
        found = await self._site.attachments.find(managed_id)
        if found is not None and not await self._is_named(found):
            await self._site.attachments.remove(managed_id)

    async def _is_named(self, attachment: Attachment) -> bool:
        """In calendars of its owner; copies of attendees follow those."""
        holdings = await self._site.folders.holdings([attachment.user_id], attachment.uid, "")
        return any(
            names(held.entry.content or "", attachment.id) for holding in holdings.values() for held in holding.objects
        )


def _uid(entry: Entry) -> str:
    try:
        document = parse(entry.content or "")
    except CodecError:
        return ""
    return next((one.text("UID").strip() for one in document.walk() if one.first("UID") is not None), "")
