"""What was asked of properties, loaded and rendered: for PROPFIND, and for the reports that answer with properties."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from sogo.codec.davxml import writer
from sogo.codec.davxml.rfc4918 import PropfindKind, PropfindRequest
from sogo.dav import beyond, properties
from sogo.dav.context import DavRequest
from sogo.dav.failures import Place, condition, failure
from sogo.dav.properties import COSTLY, Loaded, Need, Property
from sogo.dav.resources import FILES, Collection, Home, Inbox, On, Principal, Resource, StoredObject, lockable
from sogo.errors import TooMany
from sogo.model.availability import inbox_path
from sogo.model.locks import FOLDER, Lock
from sogo.service.folders import standing
from sogo.service.objects import object_path
from sogo.service.pace import is_long, maybe_apart
from sogo.store.interface import Profile

log = logging.getLogger(__name__)
_EMPTY: Mapping[str, str] = {}
_NO_OVERRIDES: Mapping[str, Property] = {}


def stored_path(resource: Resource) -> str | None:
    """Where the property store keeps what belongs to a resource; None for those that keep nothing."""
    match resource:
        case StoredObject(_, entry) if entry.mask is not None:
            return None  # what clients keep with an object may tell what is hidden
        case StoredObject(view, entry):
            return object_path(view.folder, entry.name)
        case Collection(view):
            return view.folder.path
        case Home(owner, kind):
            return f"/Users/{owner.user_id}/{kind.value}"
        case Principal(user):
            return f"/Users/{user.user_id}"
        case Inbox(owner):
            return inbox_path(owner.user_id)
    return None


@dataclass(frozen=True, slots=True)
class Plan:
    """Each wanted name, once, with the live property it means on one kind of resource, and what all of them need."""

    wanted: tuple[tuple[str, Property | None], ...]
    needs: Need


@dataclass(frozen=True, slots=True)
class Selection:
    """The properties an answer shows, worked out once per kind of resource."""

    wanted: PropfindRequest
    overrides: Mapping[str, Property] = field(default_factory=dict)
    """Properties that this request gives another form, such as calendar-data with `expand`."""

    plans: dict[On, Plan] = field(default_factory=dict, compare=False, repr=False)
    """What was worked out so far; several selections of the same properties may share it."""

    def needs(self, kinds: Iterable[On]) -> Need:
        """What must be loaded for resources of these kinds."""
        return reduce(or_, [self.plan(kind).needs for kind in kinds] or [Need.NOTHING])

    def plan(self, kind: On) -> Plan:
        """What is asked of one kind of resource: worked out once, however many there are of it."""
        found = self.plans.get(kind)
        if found is None:
            made = {name: self.find(name, kind) for name in self.live_names(kind)}
            kept = Need.NOTHING if kind & (FILES | On.OUTBOX | On.MESSAGE) else Need.STORED  # of these nothing is kept
            needs = Need.NOTHING if self.wanted.kind is PropfindKind.PROP else kept
            for one in made.values():
                needs |= one.needs if one is not None else kept
            if self.wanted.kind is PropfindKind.PROPNAME:
                needs &= ~COSTLY  # where these are, they are always
            found = self.plans[kind] = Plan(tuple(made.items()), needs)
        return found

    def live_names(self, kind: On) -> Sequence[str]:
        if self.wanted.kind is PropfindKind.PROP:
            return self.wanted.names
        if self.wanted.kind is PropfindKind.PROPNAME:
            return properties.names_on(kind)
        return [*properties.names_on(kind, allprop_only=True), *self.wanted.include]

    def find(self, name: str, kind: On) -> Property | None:
        override = self.overrides.get(name)
        return override if override is not None and override.on & kind else properties.find(name, kind)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a body asks for, with what was worked out of it before."""

    wanted: PropfindRequest
    plans: dict[On, Plan] = field(default_factory=dict)

    def selection(self, overrides: Mapping[str, Property] = _NO_OVERRIDES) -> Selection:
        return Selection(self.wanted, overrides, {} if overrides else self.plans)


async def load(request: DavRequest, resources: Sequence[Resource], needs: Need) -> list[Loaded]:
    """The resources with what their properties need: one look at the profile, one at the property store, or one at
    both where they come together."""
    if needs & (Need.SETTINGS | Need.OWNER | Need.STORED | COSTLY):
        await _open(request, resources, noted=Need.HOME_POINT in needs)
    seen = await beyond.look(request, resources, needs)
    profile = await request.profile() if Need.SETTINGS in needs else Profile()
    owner = await request.profile(_owner_of(resources)) if Need.OWNER in needs else Profile()
    if Need.POSITION in needs:
        resources = await _placed(request, resources)
    stored: Mapping[str, Mapping[str, str]] = {}
    if Need.STORED in needs:
        paths = [path for one in resources if _keeps_for(request, one) and (path := stored_path(one)) is not None]
        stored = await request.services.site.properties.load(paths) if paths else {}
    locks = await _locks(request, resources) if Need.LOCKS in needs else _no_locks
    return [
        Loaded(
            request,
            resource,
            profile,
            stored.get(stored_path(resource) or "", _EMPTY),
            owner,
            locks(resource),
            seen(resource),
        )
        for resource in resources
    ]


def _keeps_for(request: DavRequest, resource: Resource) -> bool:
    """What clients keep with a home or a principal is for its owner: availabilities, and what else they noted."""
    match resource:
        case Home(owner=user) | Principal(user):
            return standing(request.actor, user).owner
    return True


def _no_locks(_: Resource) -> Sequence[Lock]:
    return ()


async def _locks(request: DavRequest, resources: Sequence[Resource]) -> Callable[[Resource], Sequence[Lock]]:
    """What tells the locks of each resource."""
    places = [place for place in map(lockable, resources) if place is not None]
    shown = await request.services.locks.shown([view for view, _ in places])
    by_root: dict[tuple[str, str], list[Lock]] = {}
    for path, locks in shown.items():
        for lock in locks:
            by_root.setdefault((path, lock.name), []).append(lock)

    def of(resource: Resource) -> Sequence[Lock]:
        place = lockable(resource)
        if place is None:
            return ()
        path, name = place[0].folder.path, place[1]
        above = () if name == FOLDER else (lock for lock in by_root.get((path, FOLDER), ()) if lock.is_deep)
        return [*above, *by_root.get((path, name), ())]

    return of if shown else _no_locks


async def _open(request: DavRequest, resources: Sequence[Resource], *, noted: bool) -> None:
    """What lies above the folders is not opened on the way to it: often nothing of it is asked for."""
    match resources:
        case [Home(owner, kind)]:
            await request.services.folders.open_home(request.actor, owner, kind, noted=noted)
        case [Principal(user)]:
            await request.services.folders.open_principal(request.actor, user)


def _owner_of(resources: Sequence[Resource]) -> str | None:
    """The owner of the resources of one answer; they all lie in one home."""
    return next((resource.segments[0] for resource in resources if resource.segments), None)


async def _placed(request: DavRequest, resources: Sequence[Resource]) -> list[Resource]:
    """Calendars that were asked for alone, with their place in the home."""
    placed: list[Resource] = []
    for resource in resources:
        if isinstance(resource, Collection) and not resource.position:
            view = resource.view
            home = await request.services.folders.home(request.actor, view.home or view.owner, view.folder.kind)
            names = [one.segments for one in home]
            position = names.index(view.segments) + 1 if view.segments in names else 0
            placed.append(Collection(view, position))
        else:
            placed.append(resource)
    return placed


async def response(item: Loaded, selection: Selection, *, href: str) -> str:
    """As `render`, outside the event loop where it takes a while."""
    return await maybe_apart(_is_long(item, selection), render, item, selection, href=href)


def _is_long(item: Loaded, selection: Selection) -> bool:
    """Whether writing this response takes a while: what is expanded is written again and again."""
    if not isinstance(item.resource, StoredObject):
        return False
    entry = item.resource.entry
    return is_long(entry) or (bool(selection.overrides) and entry.content is not None)


def render(item: Loaded, selection: Selection, *, href: str) -> str:
    """The D:response of one resource."""
    if selection.wanted.kind is PropfindKind.PROPNAME:
        return writer.response(href, writer.propstat(200, [(name, None) for name in _present_names(item, selection)]))
    found: list[writer.Property] = []
    missing: list[writer.Property] = []
    refused: list[str] = []
    for name, made in selection.plan(item.resource.kind).wanted:
        try:
            value = value_of(item, made, name)
        except TooMany as error:
            refused.append(_refusal(name, error, href))
            continue
        if value is None:
            missing.append((name, None))
        else:
            found.append((name, value))
    propstats = [writer.propstat(200, found)] if found else []
    if selection.wanted.kind is PropfindKind.ALLPROP:
        dead = _dead(item)
        propstats = [writer.propstat(200, found + dead)]
    elif missing and not (item.request.brief and (found or selection.wanted.names)):
        propstats.append(writer.propstat(404, missing))
    return writer.response(href, *propstats, *refused)


def _refusal(name: str, error: TooMany, href: str) -> str:
    return writer.propstat(
        failure(error).status, [(name, None)], error=condition(error, Place(href, href)), description=error.public
    )


def value_of(item: Loaded, made: Property | None, name: str) -> str | None:
    """The serialised value of a property, None when the resource does not have it. `made` is the live one, if any."""
    if made is None:
        text = item.stored.get(name)
        return writer.Whole(text) if text is not None else None
    try:
        return made.get(item)
    except TooMany:
        raise
    except Exception:
        # One odd object must not take the list down: it is reported, its property reads as absent.
        path = "/" + "/".join(item.resource.segments)
        if item.request.services.unreadable.is_new(f"{path} {name} {_version(item.resource)}"):
            log.exception("property %s of %s failed", name, path)
        return None


def _version(resource: Resource) -> int:
    return resource.entry.version if isinstance(resource, StoredObject) else 0


def _present_names(item: Loaded, selection: Selection) -> list[str]:
    wanted = selection.plan(item.resource.kind).wanted
    live = [
        name
        for name, made in wanted
        if (made is not None and made.needs & COSTLY) or value_of(item, made, name) is not None
    ]
    return [*live, *(name for name, _ in _dead(item))]


def _dead(item: Loaded) -> list[writer.Property]:
    kind = item.resource.kind
    return [(name, writer.Whole(text)) for name, text in item.stored.items() if properties.find(name, kind) is None]
