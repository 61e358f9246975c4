"""The one door through which events, tasks and cards are written and read, whoever asks.

save:  name and right -> parse and check -> the rewrites every server needs (dav.md §14.2) -> quick row
       -> what stands around writes may refuse -> one transaction in the store -> announcement on the bus -> Saved
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sogo.codec import contentline
from sogo.errors import NotFound, UnsupportedData
from sogo.model.folder import Changes, Entry, Folder, FolderKind, Item, SyncPoint, Written
from sogo.model.locks import Touched
from sogo.model.responding import answered
from sogo.model.rights import Deed, class_of, refusal
from sogo.service.around import NO_WISHES, Former, ObjectWrite, Outcome, Place, Plain, Wishes
from sogo.service.bus import Change, Origin, What
from sogo.service.folders import FolderView, check_name
from sogo.service.lock_guard import Seen, locks_in, require_unlocked, under_locks
from sogo.service.memory import Held
from sogo.service.portions import CONTENT_BYTES as CONTENT_BYTES
from sogo.service.portions import by_size as by_size
from sogo.service.preparing import Prepared, prepare
from sogo.service.seeing import Seeing, told_as_seen
from sogo.service.site import Site
from sogo.store.interface import ANY, NOT_THERE, Expect, PropertyEdits, QuickFilter


@dataclass(frozen=True, slots=True)
class Saved:
    """What became of a write. `verbatim` says that the stored octets are those that were sent, so that the client may
    keep its copy under this ETag (RFC 4791 §5.3.4)."""

    name: str
    etag: str
    created: bool
    verbatim: bool
    schedule_tag: str = ""
    """Of a scheduling object (RFC 6638 §3.2.10), bare."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """That something may be written, as long as what is expected is there. `answering` is what the actor may answer for
    the owner, and no more."""

    expect: Expect
    answering: Entry | None = None


class ObjectService:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._seeing = Seeing(site)

    # -- reading ---------------------------------------------------------------------------------------------------

    async def load(self, view: FolderView, name: str) -> Entry:
        """One object with its content, as the actor sees it. Raises NotFound, Forbidden."""
        view.require(Deed.LIST)
        lens = await self._seeing.lens(view)
        if lens is not None:
            return await self._seeing.load(view, lens, name)
        entry = await self._site.folders.load(view.folder, name)
        if entry is None:
            raise NotFound("There is no such object.")
        return entry

    async def load_whole(self, view: FolderView, name: str) -> Entry:
        """The same, where what is masked will not do: what is copied or moved."""
        entry = await self.load(view, name)
        if entry.mask is not None:
            raise refusal(view.standing, Deed.READ)
        return entry

    async def shown(self, view: FolderView, name: str, entry: Entry | None) -> Entry | None:
        """What the actor sees of an object, by the name under which it is shown or its own; `entry` is what is stored
        under that name. None where nothing is. Raises Forbidden for what is not shown."""
        lens = await self._seeing.lens(view)
        return entry if lens is None else await self._seeing.entry(view, lens, name, entry)

    async def known(self, view: FolderView, name: str, entry: Entry | None) -> Entry | None:
        """What there is to be written over or removed under that name, whether the actor sees it or not. Its name is
        the stored one; its ETag is the one that the actor sees."""
        lens = await self._seeing.lens(view)
        return entry if lens is None else await self._seeing.behind(view, lens, name, entry)

    def entries(
        self,
        view: FolderView,
        *,
        content: bool = False,
        quick: bool = False,
        names: Sequence[str] | None = None,
        where: QuickFilter | None = None,
    ) -> AsyncIterator[list[Entry]]:
        """Live objects in batches, as `FolderStore.entries`; with content in batches of CONTENT_BYTES."""
        view.require(Deed.LIST)
        if not view.standing.is_even:
            return self._seeing.through(view, content=content, names=names, where=where)
        batches = self._site.folders.entries(view.folder, content=False, quick=quick, names=names, where=where)
        return self._with_content(view, batches, quick=quick) if content else batches

    async def _with_content(
        self, view: FolderView, batches: AsyncIterator[list[Entry]], *, quick: bool
    ) -> AsyncIterator[list[Entry]]:
        async for batch in batches:
            for group in by_size(batch):
                names = [entry.name for entry in group]
                async for entries in self._site.folders.entries(view.folder, content=True, quick=quick, names=names):
                    yield entries

    async def held(self, view: FolderView, *, floor: int | None = None, settled: bool = False) -> Held | None:
        """The folder as this worker remembers it, true for the moment of the view; None where that cannot be. `floor`
        and `settled` as in `FolderMemory.at`."""
        view.require(Deed.LIST)
        lens = await self._seeing.lens(view)
        if lens is None:
            return await self._site.memory.at(view.state, floor=floor, settled=settled)
        found = await self._seeing.held(view, lens, floor=floor, settled=settled)
        return found.held if found is not None else None

    async def items(self, view: FolderView, names: Sequence[str]) -> list[Item]:
        """Objects of a folder that is held, with content and the revision of that content; in the order of the names,
        missing ones left out."""
        view.require(Deed.LIST)
        lens = await self._seeing.lens(view)
        if lens is not None:
            return await self._seeing.items(view, lens, names)
        found = {item.entry.name: item for item in await self._site.folders.items(view.folder, names)}
        return [found[name] for name in names if name in found]

    async def changes(self, view: FolderView, since: SyncPoint | None, *, limit: int | None) -> Changes:
        """What happened since a point, as `FolderStore.changes`, without content: `entries` reads it. Points are those
        of `FolderView.point`. Raises InvalidSyncToken."""
        view.require(Deed.LIST)
        lens = await self._seeing.lens(view)
        if lens is not None:
            return await self._seeing.changes(view, lens, since, limit)
        changes = await self._all_changes(view, view.without_mark(since), limit=limit)
        return replace(changes, point=view.marked(changes.point))

    async def _all_changes(self, view: FolderView, since: SyncPoint | None, *, limit: int | None) -> Changes:
        floor = since.revision if since is not None and since.generation == view.state.point.generation else None
        held = await self._site.memory.at(view.state, floor=floor)
        found = held.changes(since, limit) if held is not None else None
        if found is not None:
            return found
        return await self._site.folders.changes(view.folder, since, content=False, limit=limit)

    # -- writing ---------------------------------------------------------------------------------------------------

    async def save(
        self,
        view: FolderView,
        name: str,
        data: bytes,
        *,
        origin: Origin = Origin.USER,
        expect: Expect = ANY,
        components: frozenset[str] | None = None,
        all_day_transparent: bool = False,
        tokens: Collection[str] = (),
        known: Entry | None = None,
        floating_zone: str | None = None,
        unless_same: Entry | None = None,
        is_new: bool = False,
        wishes: Wishes = NO_WISHES,
    ) -> Saved:
        """Store an uploaded object under a name.

        `components` are the kinds a calendar takes (lower case); None means all. `all_day_transparent` is what
        SOGoiPhoneForceAllDayTransparency wants for such a client. `tokens` are those of locks (RFC 4918 §7.5). `known`
        is the object as it was opened, which saves a look at its UID; `is_new`: it was looked for, and there was none.
        `wishes` are for scheduling. Floating events get the IANA zone `floating_zone`, else the user's. What would be
        stored just as `unless_same` is now is not written and keeps its ETag. Raises InvalidData, UnsupportedData,
        UidConflict, PreconditionFailed, ResourceLocked, Forbidden, NotFound, and what scheduling refuses.
        """
        check_name(name)
        allowed = await self._require_write(view, name, expect, may_answer=True)
        expect = allowed.expect
        seen = await self._require_unlocked(view, name, tokens)
        sent, data = data, _answered(view, allowed.answering, data)
        prepared = await prepare(
            self._site, view, data,
            components=components, all_day_transparent=all_day_transparent, floating_zone=floating_zone,
        )  # fmt: skip
        verbatim = prepared.verbatim and data is sent
        if unless_same is not None and unless_same.content == prepared.object.text:
            return Saved(name, unless_same.etag, created=False, verbatim=verbatim)
        write = ObjectWrite(
            view.actor, origin, None, _place(view, name), self._former(view, name, known), prepared.object,
            prepared.quick, expect, _holds_journals(components), wishes, is_new=is_new,
        )  # fmt: skip
        plain = self._saving(view, name, prepared, write, known, there=known or unless_same)
        look_again = partial(self._require_unlocked, view, name, tokens, again=True)
        with told_as_seen(view):
            outcome = await under_locks(seen, look_again, lambda seen: self._site.around.write(write, seen, plain))
        return await self._saved(view, name, origin, outcome, verbatim=verbatim)

    def _saving(
        self,
        view: FolderView,
        name: str,
        prepared: Prepared,
        write: ObjectWrite,
        known: Entry | None,
        *,
        there: Entry | None,
    ) -> Plain:
        """The write itself, with nothing around it. `there` is what was seen under the name."""
        save = partial(
            self._site.folders.save,
            view.folder,
            name,
            prepared.object.text,
            prepared.quick,
            expect=write.expect,
            unique_uid=prepared.unique_uid(view.folder.kind),
            unindexed=write.unindexed,
            owned_at=_owned_at(known, prepared.object.uid),
            found=_found(there),
        )
        return _seeing(save)

    async def _saved(self, view: FolderView, name: str, origin: Origin, outcome: Outcome, *, verbatim: bool) -> Saved:
        """What follows a write, once it is committed."""
        written = outcome.written
        if written is None:  # nothing shall be there
            self._site.bus.announce(Change(view.folder, name, origin, What.REMOVED))
            return Saved(name, "", created=False, verbatim=False)
        if written.created and origin is Origin.USER:  # others make many, and would look at each name
            await self._forget_properties(view, name)
        self._site.memory.wrote(view.folder.id, name, written)
        self._site.bus.announce(Change(view.folder, name, origin, What.WRITTEN))
        return Saved(name, written.etag, written.created, verbatim and outcome.is_as_given, outcome.schedule_tag)

    async def remove(
        self,
        view: FolderView,
        name: str,
        *,
        origin: Origin = Origin.USER,
        expect: Expect = ANY,
        tokens: Collection[str] = (),
        known: Entry | None = None,
        wishes: Wishes = NO_WISHES,
    ) -> None:
        """Delete an object with its locks and properties. `known` is the object as it was opened, `wishes` are for
        scheduling. Raises NotFound, PreconditionFailed, ResourceLocked, Forbidden."""
        view.require(Deed.REMOVE)
        seen = await self._require_removable(view, name, tokens)
        former = self._former(view, name, known)
        write = ObjectWrite(
            view.actor, origin, _place(view, name), None, former, None, expect=expect, wishes=wishes
        )  # fmt: skip

        async def remove(seen: frozenset[str]) -> None:
            found = known.version if known is not None else None
            await self._site.folders.remove(view.folder, name, expect=expect, found=found, seen=seen)

        await under_locks(
            seen,
            partial(self._require_removable, view, name, tokens, again=True),
            lambda seen: self._site.around.write(write, seen, remove),
        )
        await self._end_locks(view, name)
        await self._forget_properties(view, name)
        self._site.bus.announce(Change(view.folder, name, origin, What.REMOVED))

    async def move(
        self,
        source: FolderView,
        name: str,
        target: FolderView,
        target_name: str,
        *,
        origin: Origin = Origin.USER,
        expect: Expect = ANY,
        target_expect: Expect = ANY,
        components: frozenset[str] | None = None,
        tokens: Collection[str] = (),
    ) -> Written:
        """Take an object out of one folder and put it into another of the same kind (or under another name). Its
        properties go with it, locks stay behind (RFC 4918 §7.6)."""
        check_name(target_name)
        source.require(Deed.REMOVE)
        _require_same_kind(source, target)
        target_expect = (await self._require_write(target, target_name, target_expect)).expect

        async def locks(*, again: bool = False) -> Seen:
            left = await self._require_removable(source, name, tokens, again=again)
            return left | await self._require_unlocked(target, target_name, tokens, again=again)

        seen = await locks()
        entry = await self.load_whole(source, name)
        prepared = await prepare(self._site, target, (entry.content or "").encode(), components=components)
        write = ObjectWrite(
            target.actor, origin, _place(source, name), _place(target, target_name),
            self._former(source, name, entry), prepared.object, prepared.quick, target_expect,
        )  # fmt: skip
        move = partial(
            self._site.folders.move,
            source.folder,
            name,
            target.folder,
            target_name,
            content=prepared.object.text,
            quick=prepared.quick,
            expect=Expect(version=entry.version) if expect == ANY else expect,
            target_expect=target_expect,
            unique_uid=prepared.unique_uid(target.folder.kind),
            unindexed=_holds_journals(components),
        )
        look_again, plain = partial(locks, again=True), _seeing(move)
        with told_as_seen(target):
            outcome = await under_locks(seen, look_again, lambda seen: self._site.around.write(write, seen, plain))
        written = outcome.written
        if written is None:
            raise NotFound("There is no such object.", name=name)
        await self._end_locks(source, name)
        if not written.created:
            await self._end_locks(target, target_name)
        await self._carry_properties(object_path(source.folder, name), object_path(target.folder, target_name))
        self._site.bus.announce(Change(source.folder, name, origin, What.REMOVED))
        self._site.bus.announce(Change(target.folder, target_name, origin, What.WRITTEN))
        return written

    async def copy(
        self,
        source: FolderView,
        name: str,
        target: FolderView,
        target_name: str,
        *,
        target_expect: Expect = ANY,
        components: frozenset[str] | None = None,
        tokens: Collection[str] = (),
    ) -> Saved:
        """Put what an object says, and its properties, under another name or into another folder of the same kind."""
        _require_same_kind(source, target)
        entry = await self.load_whole(source, name)
        data = (entry.content or "").encode()
        saved = await self.save(target, target_name, data, expect=target_expect, components=components, tokens=tokens)
        path, target_path = object_path(source.folder, name), object_path(target.folder, target_name)
        await self._carry_properties(path, target_path, copy=True)
        return saved

    async def edit_properties(
        self, view: FolderView, name: str, edits: PropertyEdits, *, tokens: Collection[str] = ()
    ) -> None:
        """Apply edits of the properties that clients keep with an object. Raises ResourceLocked, Forbidden."""
        await self._require_write(view, name)
        await require_unlocked(self._site, view.state, view.actor, Touched((name,)), tokens)
        await self._site.editor.apply(edits)

    async def _forget_properties(self, view: FolderView, name: str) -> None:
        """What was kept with an object that is gone, whoever removed it; most have nothing."""
        path = object_path(view.folder, name)
        if await self._site.properties.load([path]):
            await self._site.properties.forget(path)

    async def _carry_properties(self, path: str, target: str, *, copy: bool = False) -> None:
        """What clients keep with an object goes where it goes; most have nothing."""
        if await self._site.properties.load([path, target]):
            await self._site.properties.move(path, target, copy=copy)

    def _former(self, view: FolderView, name: str, known: Entry | None) -> Former:
        """What was opened is whole only for who sees everything."""
        is_whole = view.standing.sees_everything
        return Former(lambda: self._site.folders.load(view.folder, name), known if is_whole else None)

    # -- rights and locks ------------------------------------------------------------------------------------------

    async def _require_write(
        self, view: FolderView, name: str, expect: Expect = ANY, *, may_answer: bool = False
    ) -> Allowed:
        """Creating and changing are two rights. Which one is asked for is only looked up where it matters; what was
        looked up must still be so when it is written. With `may_answer` the right to answer for the owner is enough
        (dav.md §14.2, rule 8)."""
        view.require(Deed.SEE)
        if view.standing.owner:
            return Allowed(expect)
        entry = await self._site.folders.load(view.folder, name, quick=True)
        if entry is None:
            view.require(Deed.CREATE)
            return Allowed(Expect(absent=True) if expect == ANY else expect)
        of_class = class_of((entry.quick or {}).get("c_classification"))
        guard = Expect(version=entry.version) if expect == ANY else expect
        if may_answer and not view.permits(Deed.MODIFY, of_class) and view.permits(Deed.RESPOND, of_class):
            return Allowed(guard, answering=entry)
        view.require(Deed.MODIFY, of_class)
        return Allowed(guard)

    async def _require_unlocked(
        self, view: FolderView, name: str, tokens: Collection[str], *, again: bool = False
    ) -> Seen:
        """For a write under a name. Where it makes the object, the locks of the folder are asked as well."""
        if not view.state.locks and not again:
            return frozenset()
        exists = await self._site.folders.load(view.folder, name) is not None
        touched = Touched((name,), members=not exists)
        with told_as_seen(view):
            return await require_unlocked(self._site, view.state, view.actor, touched, tokens, again=again)

    async def _require_removable(
        self, view: FolderView, name: str, tokens: Collection[str], *, again: bool = False
    ) -> Seen:
        touched = Touched((name,), members=True)
        with told_as_seen(view):
            return await require_unlocked(self._site, view.state, view.actor, touched, tokens, again=again)

    async def _end_locks(self, view: FolderView, name: str) -> None:
        """Locks end with the object they are on (RFC 4918 §9.6)."""
        if await locks_in(self._site, view.state):
            await self._site.locks.drop(view.folder, [name])


def _answered(view: FolderView, stored: Entry | None, data: bytes) -> bytes:
    """What is written of an upload: all of it, or what it answers for the owner to what is stored."""
    if stored is None:
        return data
    addresses = {address.lower() for address in view.owner.emails}
    return answered(stored.content or "", contentline.decode(data), addresses).encode()


def _seeing(write: Callable[..., Awaitable[Written]]) -> Plain:
    return lambda seen: write(seen=seen)


def _place(view: FolderView, name: str) -> Place:
    return Place(view.folder, view.owner, name)


def _require_same_kind(source: FolderView, target: FolderView) -> None:
    """Calendars and address books do not take each other's objects. Raises UnsupportedData."""
    if source.folder.kind is target.folder.kind:
        return
    if target.folder.kind is FolderKind.CALENDAR:
        raise UnsupportedData("A calendar takes no cards.", rule="supported-calendar-data")
    raise UnsupportedData("An address book takes nothing but cards.", rule="supported-address-data")


def object_path(folder: Folder, name: str) -> str:
    """Where the property store keeps what belongs to an object."""
    return f"{folder.path}/{name}"


def _holds_journals(components: frozenset[str] | None) -> bool:
    """Whether a calendar may hold what is in no index. One of which nobody said what it takes was not made for that."""
    return components is not None and "vjournal" in components


def _found(known: Entry | None) -> int:
    """How the store will most likely find a name: whoever writes over an object has read it before."""
    return known.version if known is not None else NOT_THERE


def _owned_at(known: Entry | None, uid: str) -> int | None:
    """The version at which an object had this UID already, by its index record."""
    if known is None or known.quick is None or known.quick.get("c_uid") != uid:
        return None
    return known.version
