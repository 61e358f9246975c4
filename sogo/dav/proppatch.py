"""Changing properties: first every change is tried on paper, then all are applied, or none (RFC 4918 §9.2).

Used by PROPPATCH, and by MKCOL and MKCALENDAR for the properties a collection is born with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sogo.codec.davxml import writer
from sogo.codec.davxml.names import CALDAV, CARDDAV, DAV, caldav, dav, split_clark
from sogo.codec.davxml.rfc4918 import Action, PropertyChange
from sogo.dav import properties
from sogo.dav.context import DavRequest
from sogo.dav.failures import Place, condition
from sogo.dav.properties import Edit, Loaded
from sogo.dav.properties.rfc4791 import COMPONENT_SET
from sogo.dav.propfind import stored_path
from sogo.dav.resources import Collection, ProxyGroup, StoredObject
from sogo.errors import AlreadyExists, DomainError, Forbidden, InvalidData, QuotaExceeded, TooLarge, TooMany
from sogo.model.folder_settings import Document
from sogo.model.rights import Deed
from sogo.store.interface import Profile, PropertyEdits

MAX_DEAD_PROPERTIES = 200
MAX_DEAD_CHARS = 64 * 1024
MAX_NAME_CHARS = 255
MAX_PATH_CHARS = 255
MAX_OBJECT_CHARS = 64 * 1024
"""All that is kept for one event or card; there are many of them."""
_PROTECTED = "cannot-modify-protected-property"
_STANDARD = frozenset({DAV, CALDAV, CARDDAV})
_DEAD_THOUGH_STANDARD = frozenset(
    caldav(name)
    for name in (
        "default-alarm-vevent-date", "default-alarm-vevent-datetime", "default-alarm-vtodo-date",
        "default-alarm-vtodo-datetime", "calendar-availability",
    )
)  # fmt: skip
"""Names of the standards' namespaces that clients keep here and that mean nothing to the server (dav.md §22). All
others of these namespaces are live somewhere, now or later: no client may give them a value of its own."""


@dataclass(slots=True)
class Trial:
    """The outcome of trying: what is to be done, and which properties cannot be set, with the reason."""

    names: list[str] = field(default_factory=list)
    edit: Edit = field(default_factory=Edit)
    failed: dict[str, DomainError] = field(default_factory=dict)


def attempt(item: Loaded, changes: Sequence[PropertyChange], *, creating: bool = False) -> Trial:
    """Try the changes in their order. `creating` allows what can only be set when the collection is made."""
    trial = Trial()
    for change in changes:
        if change.name not in trial.names:
            trial.names.append(change.name)
        try:
            _try_one(item, change, trial.edit, creating=creating)
        except DomainError as error:
            trial.failed[change.name] = error
    if isinstance(item.resource, Collection) and not item.resource.view.permits(Deed.SET_PROPERTIES):
        no_right = Forbidden("Only the owner can change this for all.", right=Deed.SET_PROPERTIES.privilege)
        trial.failed |= {name: no_right for name in trial.edit.stored if name not in trial.failed}
    return trial


def _try_one(item: Loaded, change: PropertyChange, edit: Edit, *, creating: bool) -> None:
    made = properties.find(change.name, item.resource.kind)
    if made is None:
        _keep_dead(item, change, edit)
    elif made.set is None or (change.name == COMPONENT_SET and not creating):
        raise InvalidData("This property is protected.", rule=_PROTECTED)
    else:
        made.set(item, change.element if change.action is Action.SET else None, edit)


def _keep_dead(item: Loaded, change: PropertyChange, edit: Edit) -> None:
    reserved = split_clark(change.name)[0] in _STANDARD and change.name not in _DEAD_THOUGH_STANDARD
    path = stored_path(item.resource)
    if path is None or len(path) > MAX_PATH_CHARS:
        raise Forbidden("No properties of clients are kept here.")
    if reserved or len(change.name) > MAX_NAME_CHARS:
        raise InvalidData("This property cannot be set here.", rule=_PROTECTED)
    if change.action is Action.REMOVE:
        edit.stored[change.name] = None
        return
    names = {*item.stored, *(name for name, value in edit.stored.items() if value is not None), change.name}
    if len(names) > MAX_DEAD_PROPERTIES:
        raise QuotaExceeded("Too many properties are kept for this resource.")
    text = change.whole
    if len(text) > MAX_DEAD_CHARS:
        raise TooLarge("The value is too long to be kept.", limit_bytes=MAX_DEAD_CHARS)
    if isinstance(item.resource, StoredObject):
        kept = {**item.stored, **edit.stored, change.name: text}
        if sum(len(value) for value in kept.values() if value is not None) > MAX_OBJECT_CHARS:
            raise QuotaExceeded("Too much is kept for this object.")
    edit.stored[change.name] = text


async def apply(item: Loaded, trial: Trial) -> None:
    """Write what was tried, together. The name of a folder can still be refused; that lands in `trial.failed` and
    nothing is written."""
    request, edit = item.request, trial.edit
    owner = item.resource.segments[0] if item.resource.segments else request.actor.user_id
    edits = property_edits(edit, stored_path(item.resource), actor=request.actor.user_id, owner=owner)
    if isinstance(item.resource, StoredObject):
        name = item.resource.entry.name
        await request.services.objects.edit_properties(item.resource.view, name, edits, tokens=request.tokens)
        return
    if isinstance(item.resource, ProxyGroup):
        await _apply_members(item.resource, request, trial)
        return
    if not isinstance(item.resource, Collection):
        await request.services.site.editor.apply(edits)
        return
    try:
        await request.services.folders.edit(
            item.resource.view, edits, display_name=edit.display_name, tokens=request.tokens
        )
    except AlreadyExists as error:
        trial.failed[dav("displayname")] = error


async def _apply_members(group: ProxyGroup, request: DavRequest, trial: Trial) -> None:
    if trial.edit.members is None:
        return
    proxies = request.services.proxies
    try:
        await proxies.set_members(group.user, request.actor, trial.edit.members, writes=group.writes)
    except DomainError as error:
        trial.failed[dav("group-member-set")] = error


def property_edits(edit: Edit, path: str | None, *, actor: str, owner: str) -> PropertyEdits:
    """An edit as the store takes it: the actor's settings, the owner's defaults, what is kept under `path`."""

    def change(user_id: str) -> Callable[[Profile], None]:
        def both(profile: Profile) -> None:
            _edit(profile.settings, edit.settings if user_id == actor else ())
            _edit(profile.defaults, edit.owner_defaults if user_id == owner else ())

        return both

    users = {actor} if edit.settings else set()
    users |= {owner} if edit.owner_defaults else set()
    return PropertyEdits(
        profiles={user_id: change(user_id) for user_id in users},
        path=path if edit.stored else None,
        store={name: value for name, value in edit.stored.items() if value is not None},
        remove=[name for name, value in edit.stored.items() if value is None],
    )


def _edit(document: Document, edits: Sequence[Callable[[Document], None]]) -> None:
    for one in edits:
        one(document)


def propstats(trial: Trial, place: Place) -> list[str]:
    """200 for all, or the reasons, and 424 for what would have been fine (RFC 4918 §9.2.1)."""
    if not trial.failed:
        return [writer.propstat(200, _named(trial.names))]
    found = [
        writer.propstat(_status(error), _named([name]), error=condition(error, place), description=error.public)
        for name, error in trial.failed.items()
    ]
    fine = [name for name in trial.names if name not in trial.failed]
    return [*found, writer.propstat(424, _named(fine))] if fine else found


def _status(error: DomainError) -> int:
    if isinstance(error, Forbidden):
        return 403
    if isinstance(error, InvalidData | TooLarge):
        return 403 if getattr(error, "rule", "") == _PROTECTED else 409
    return 507 if isinstance(error, QuotaExceeded | TooMany) else 409


def _named(names: Iterable[str]) -> list[writer.Property]:
    return [(name, None) for name in names]
