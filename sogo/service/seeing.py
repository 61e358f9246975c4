"""Reading for those who do not see everything of a calendar: each reader's lens, and what the store gives through it.

Nobody but `ObjectService` asks here; it asks the store itself for those who see everything.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sogo.errors import InvalidSyncToken, NotFound, ResourceLocked, SchedulingRefused, UidConflict
from sogo.model.folder import BY_THE_CLOCK, Changes, Entry, Item, Mask, SyncPoint
from sogo.model.masking import Masking
from sogo.model.rights import Deed, Sight, refusal
from sogo.service.lens import Lens, Seen, by_text, seen, seen_changes
from sogo.service.memory import ITEM_BYTES, Held
from sogo.service.portions import by_size
from sogo.service.preferences import preferences
from sogo.service.shelf import Shelf
from sogo.service.site import Site
from sogo.service.views import FolderView
from sogo.store.interface import Profile, QuickFilter

SETTLED_AT_ONCE = 250
_FOLDER = 3
"""Parts of the root of a lock on a folder itself."""
_MASKED_NAME = re.compile(r"[0-9a-f]{64}\.ics")


class Seeing:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._seen: Shelf[tuple[int, str, str], tuple[tuple[object, ...], Seen]] = Shelf(site.memory.shared)

    async def lens(self, view: FolderView) -> Lens | None:
        """What the actor sees the folder through; None for who has the same rights on everything and sees it whole."""
        if view.standing.is_even:
            return None
        if Sight.TIMES not in view.standing.sights:
            return Lens(view.standing, None)
        actor = await self._site.profiles.load(view.actor.user_id)
        language = preferences(self._site.config, view.actor, actor).language
        return Lens(view.standing, Masking(await self._salt(view), language))

    async def _salt(self, view: FolderView) -> str:
        """The owner's public salt, made when it is first wanted (store.md §12.1)."""
        owner = view.owner.user_id
        salt = _read_salt(await self._site.profiles.load(owner))
        if salt is None:
            fresh = hashlib.sha1(secrets.token_bytes(32), usedforsecurity=False).hexdigest()
            salt = _read_salt(await self._site.profiles.update(owner, lambda profile: _set_salt(profile, fresh)))
        return salt or ""

    # --- what is remembered -------------------------------------------------------------------------------------------

    async def held(self, view: FolderView, lens: Lens, *, floor: int | None, settled: bool) -> Seen | None:
        base = await self._site.memory.at(view.state, floor=floor, settled=settled)
        return self._through(base, lens) if base is not None else None

    def _through(self, base: Held, lens: Lens) -> Seen:
        key = (base.state.folder.id, lens.key, lens.masking.salt if lens.masking is not None else "")
        stamp = (base.point, base.reading)
        known = self._seen.get(key)
        if known is not None and known[0] == stamp:
            return known[1]
        found = seen(base, lens)
        self._seen.put(key, (stamp, found), ITEM_BYTES * (len(found.held.items) + 1))
        return found

    async def changes(self, view: FolderView, lens: Lens, since: SyncPoint | None, limit: int | None) -> Changes:
        """As `ObjectService.changes`. Where nothing can be remembered, all is told or nothing: it is not known then
        what somebody was shown before. Raises InvalidSyncToken."""
        generation = view.point.generation
        floor = since.revision if since is not None and since.generation.startswith(generation) else None
        base = await self._site.memory.at(view.state, floor=floor, settled=True)
        if base is not None:
            return seen_changes(await self._settled(view, base), lens, generation, since, limit)
        if since is not None and (since != view.point or view.state.point.generation == BY_THE_CLOCK):
            raise InvalidSyncToken("It is not known what of this calendar was shown before.")
        entries = [entry async for batch in self.entries(view, lens) for entry in batch] if since is None else []
        return Changes(entries, [], view.point, truncated=False)

    async def _settled(self, view: FolderView, base: Held) -> Held:
        """The folder with what the texts say of objects whose index records may not be true yet: their class and UID.
        So these are told at once; what cannot be read stays unsettled, and is told later."""
        names = list(base.unsettled)[:SETTLED_AT_ONCE]
        if not names:
            return base
        found = {}
        for item in await self._site.folders.items(view.folder, names):
            known = base.items.get(item.entry.name)
            if known is not None and known.revision == item.revision and (true := by_text(item)) is not None:
                found[item.entry.name] = true
        waiting = {name: moment for name, moment in base.unsettled.items() if name not in found}
        return replace(base, items={**base.items, **found}, unsettled=waiting)

    # --- what is read -------------------------------------------------------------------------------------------------

    async def through(
        self,
        view: FolderView,
        *,
        content: bool = False,
        names: Sequence[str] | None = None,
        where: QuickFilter | None = None,
    ) -> AsyncIterator[list[Entry]]:
        """As `ObjectService.entries`, with what is shown of the index records."""
        lens = await self.lens(view)
        if lens is None:
            raise AssertionError("who sees everything alike needs no lens")
        async for batch in self.entries(view, lens, names=names, where=where):
            for group in by_size(batch) if content else (batch,):
                yield await self._read(view, lens, group) if content else group

    async def entries(
        self, view: FolderView, lens: Lens, *, names: Sequence[str] | None = None, where: QuickFilter | None = None
    ) -> AsyncIterator[list[Entry]]:
        """What is shown, without content."""
        if names is not None:
            names = await self.stored_names(view, lens, names)
        async for batch in self._site.folders.entries(view.folder, quick=True, names=names, where=where):
            yield [shown for entry in batch if (shown := lens.entry(entry)) is not None]

    async def _read(self, view: FolderView, lens: Lens, entries: Sequence[Entry]) -> list[Entry]:
        """The same objects with their content, as it is shown."""
        names = [entry.stored_name for entry in entries]
        batches = self._site.folders.entries(view.folder, content=True, quick=True, names=names)
        return [shown async for batch in batches for entry in batch if (shown := lens.entry(entry)) is not None]

    async def items(self, view: FolderView, lens: Lens, names: Sequence[str]) -> list[Item]:
        stored = await self.stored_names(view, lens, names)
        read = await self._site.folders.items(view.folder, stored)
        found = {item.entry.stored_name: item for one in read if (item := lens.item(one)) is not None}
        return [found[name] for name in stored if name in found]

    async def entry(self, view: FolderView, lens: Lens, name: str, entry: Entry | None) -> Entry | None:
        """An object as it is shown, by its own name or by the one that is shown; `entry` is what the store has under
        this name. None where there is nothing. Raises Forbidden, LoginNeeded for what is there and not shown."""
        if entry is None:
            [stored] = await self.stored_names(view, lens, [name])
            if stored == name:
                return None
            entry = await self._site.folders.load(view.folder, stored, quick=True)
            if entry is None:
                return None
        shown = lens.entry(entry)
        if shown is None:
            raise refusal(view.standing, Deed.READ_TIMES)
        return shown

    async def behind(self, view: FolderView, lens: Lens, name: str, entry: Entry | None) -> Entry | None:
        """What is stored under the name that is shown, with the ETag that is shown."""
        if entry is None:
            [stored] = await self.stored_names(view, lens, [name])
            if stored == name:
                return None
            entry = await self._site.folders.load(view.folder, stored, quick=True)
        if entry is None:
            return None
        shown = lens.entry(entry)
        # Of what is not shown no ETag can be guessed, or conditions would tell when it changes.
        mask = shown.mask if shown is not None else Mask(entry.name, secrets.token_hex(16))
        return replace(entry, mask=mask)

    async def load(self, view: FolderView, lens: Lens, name: str) -> Entry:
        """Raises NotFound, Forbidden, LoginNeeded."""
        found = await self.entry(view, lens, name, await self._site.folders.load(view.folder, name, quick=True))
        if found is None:
            raise NotFound("There is no such object.")
        return found

    async def stored_names(self, view: FolderView, lens: Lens, names: Sequence[str]) -> list[str]:
        """The names in the store of objects by the names that are shown; others are left as they are."""
        if lens.masking is None or not any(_MASKED_NAME.fullmatch(name) for name in names):
            return list(names)
        found = await self.held(view, lens, floor=None, settled=False)
        if found is not None:
            stored = found.stored
        else:
            shown = [entry async for batch in self.entries(view, lens) for entry in batch]
            stored = {entry.name: entry.stored_name for entry in shown}
        return [stored.get(name, name) for name in names]


@contextmanager
def told_as_seen(view: FolderView) -> Iterator[None]:
    """Who does not see everything is told no name of what is in the way: of the object that has a UID already, which
    may lie in another calendar of the owner too, and of one that is locked."""
    try:
        yield
    except SchedulingRefused as error:
        if view.standing.owner or not error.folder:
            raise
        raise SchedulingRefused(error.public, rule=error.rule) from None
    except ResourceLocked as error:
        if view.standing.sees_everything:
            raise
        raise ResourceLocked(error.public, roots=tuple(root for root in error.roots if len(root) == _FOLDER)) from None
    except UidConflict as error:
        if view.standing.sees_everything:
            raise
        raise UidConflict(error.uid, "") from None


def _read_salt(profile: Profile) -> str | None:
    general = profile.settings.get("General")
    salt = general.get("Salt") if isinstance(general, dict) else None
    return salt if isinstance(salt, str) and salt else None


def _set_salt(profile: Profile, salt: str) -> None:
    """Unless somebody else was first."""
    if not isinstance(profile.settings.get("General"), dict):
        profile.settings["General"] = {}
    if _read_salt(profile) is None:
        profile.settings["General"]["Salt"] = salt
