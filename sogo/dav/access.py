"""Who may do what with a resource, as access control entries (RFC 3744): the one place that tells them, and that judges
what somebody wants written.
"""

from __future__ import annotations

from sogo.auth.interface import User
from sogo.codec.davxml.acl import Ace, Who
from sogo.codec.davxml.href import parse_href
from sogo.codec.davxml.names import caldav, dav
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.grants import privileges_of, roles_for
from sogo.dav.privileges import tree_of
from sogo.dav.resources import (
    Collection,
    DirectoryBook,
    DirectoryObject,
    ExportFile,
    FreeBusyFile,
    Home,
    Inbox,
    InboxMessage,
    MailAccount,
    MailBox,
    MailHome,
    MailMessage,
    Notification,
    Notifications,
    Outbox,
    Principal,
    ProxyGroup,
    Reserved,
    Resource,
    Root,
    StoredObject,
)
from sogo.errors import CodecError, Forbidden, InvalidData
from sogo.model.rights import ANONYMOUS, ANYBODY, GROUP_MARK, Rows
from sogo.service.folders import FolderView, standing

OWNERS = Ace(Who.PROPERTY, (dav("all"), dav("read"), dav("write")), dav("owner"), protected=True)
"""Everything is its owner's, and nobody can change that."""
READERS = Ace(Who.PROPERTY, (dav("read"),), dav("owner"), protected=True)
"""Of what is only shown: directories and files."""
EVERYBODYS = Ace(Who.AUTHENTICATED, (dav("read"),), protected=True)
"""When somebody is busy may be read by whoever logs in."""

_IN_READ = frozenset({dav("read"), dav("read-current-user-privilege-set"), caldav("read-free-busy")})

_EVERYBODY = {ANYBODY: Who.AUTHENTICATED, ANONYMOUS: Who.UNAUTHENTICATED}

PRIVILEGES = frozenset(
    dav(name)
    for name in (
        "all", "read", "read-current-user-privilege-set", "read-acl", "write-acl", "write", "write-properties",
        "write-content", "bind", "unbind",
    )
) | {caldav("read-free-busy")}  # fmt: skip
"""What is known everywhere, whether supported-privilege-set lists it or not."""


def entries(resource: Resource) -> tuple[Ace, ...]:
    """The access control list; the root belongs to nobody."""
    match resource:
        case Root():
            return ()
        case DirectoryBook() | DirectoryObject() | ExportFile():
            return (READERS,)
        case FreeBusyFile():
            return (EVERYBODYS,)
    return (OWNERS,)


def owner_of(resource: Resource) -> User | None:
    match resource:
        case Principal(user) | FreeBusyFile(user) | ProxyGroup(user) | Notifications(user) | Notification(user):
            return user
        case Home(owner=user) | Inbox(owner=user) | Outbox(owner=user) | InboxMessage(inbox=Inbox(owner=user)):
            return user
        case DirectoryBook(owner=user) | DirectoryObject(book=DirectoryBook(owner=user)):
            return user
        case MailHome(user) | MailAccount(user) | MailBox(user) | MailMessage(box=MailBox(user)):
            return user
        case Collection(view) | StoredObject(view) | Reserved(view) | ExportFile(view):
            return view.owner
    return None


def require_administration(request: DavRequest, resource: Resource) -> User:
    """The owner, whose list the actor may write. Raises Forbidden."""
    owner = owner_of(resource)
    if owner is None or not standing(request.actor, owner).owner:
        raise Forbidden("You do not have the right to change who may do what here.", right="write-acl")
    return owner


async def write_list(request: DavRequest, resource: Resource, wanted: tuple[Ace, ...]) -> None:
    """Make a list what is wanted, as far as it is not protected (§8.1): on a folder, roles of others; elsewhere it must
    say what is already so. Raises InvalidData with the precondition of §8.1.1 that is hurt, Forbidden for who may not
    write the list."""
    grants = await _grants(request, resource, wanted)
    if not isinstance(resource, Collection):
        if grants:
            raise InvalidData("Nothing can be granted to others here.", rule="allowed-principal")
        return
    kind = resource.view.folder.kind
    given: dict[str, set[str]] = {}
    for uid, privileges in grants:
        given.setdefault(uid, set()).update(privileges)
    roles = {uid: roles_for(kind, privileges) for uid, privileges in given.items()}
    await request.services.sharing.write_list(resource.view, roles)


async def _grants(
    request: DavRequest, resource: Resource, wanted: tuple[Ace, ...]
) -> list[tuple[str, tuple[str, ...]]]:
    """The uids of ACL rows with what they shall be granted."""
    owner = require_administration(request, resource)
    supported = PRIVILEGES | {one.name for one in tree_of(resource.kind).walk()}
    owners = supported if OWNERS in entries(resource) else _IN_READ
    grants: list[tuple[str, tuple[str, ...]]] = []
    for ace in wanted:
        if ace.inverted:
            raise InvalidData("An entry cannot be for everybody but one.", rule="no-invert")
        for privilege in ace.privileges:
            if privilege not in supported:
                raise InvalidData(f"There is no privilege {privilege[:100]} here.", rule="not-supported-privilege")
        is_owner = await _is_owner(request, owner, ace)
        if is_owner and (ace.deny or not owners.issuperset(ace.privileges)):
            raise InvalidData("What the owner may do cannot be changed.", rule="no-protected-ace-conflict")
        if ace.deny:
            raise InvalidData("Privileges can be granted only.", rule="grant-only")
        if not is_owner:
            grants.append((await _uid_of(request, ace), ace.privileges))
    return grants


async def _uid_of(request: DavRequest, ace: Ace) -> str:
    """How rows of the ACL call a principal. Raises InvalidData (allowed-principal) for one who is given nothing."""
    if ace.who is Who.AUTHENTICATED:
        return ANYBODY
    if ace.who is Who.UNAUTHENTICATED:
        return ANONYMOUS
    if ace.who is Who.SELF:
        return request.actor.user_id
    user = await _user_at(request, ace.detail) if ace.who is Who.HREF else None
    if user is None:
        raise InvalidData("Nothing can be granted to all at once.", rule="allowed-principal")
    return f"{GROUP_MARK}{user.user_id}" if user.record.is_group else user.user_id


def granted(request: DavRequest, view: FolderView, rows: Rows) -> list[Ace]:
    """The entries of others on a folder. Rows that grant nothing are not told: there is no entry that says so."""
    aces = []
    for uid, roles in sorted(rows.items()):
        privileges = privileges_of(view.folder.kind, roles)
        if not privileges:
            continue
        if uid in _EVERYBODY:
            aces.append(Ace(_EVERYBODY[uid], privileges))
        else:
            path = request.path_of((uid.removeprefix(GROUP_MARK),), collection=True)
            aces.append(Ace(Who.HREF, privileges, path))
    return aces


async def _is_owner(request: DavRequest, owner: User, ace: Ace) -> bool:
    """Raises InvalidData (recognized-principal) for one nobody knows."""
    if ace.who is Who.PROPERTY:
        if ace.detail != dav("owner"):
            raise InvalidData("A principal by property is the owner.", rule="recognized-principal")
        return True
    if ace.who is Who.SELF:
        return request.actor.user_id == owner.user_id
    if ace.who is not Who.HREF:
        return False
    user = await _user_at(request, ace.detail)
    if user is None:
        raise InvalidData(f"{ace.detail[:200]!r} is nobody.", rule="recognized-principal")
    return user.user_id == owner.user_id


async def _user_at(request: DavRequest, href: str) -> User | None:
    try:
        segments = parse_href(href).segments
    except CodecError:
        return None
    if segments[:-1] != MOUNT:
        return None
    return await request.services.visible_user(request.actor, segments[-1])
