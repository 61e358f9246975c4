"""Principals and privileges (RFC 3744, RFC 5397)."""

from __future__ import annotations

from sogo.codec.davxml.href import join_path
from sogo.codec.davxml.names import dav
from sogo.codec.davxml.writer import escape, href
from sogo.dav.access import entries
from sogo.dav.context import MOUNT
from sogo.dav.properties import Loaded, prop
from sogo.dav.resources import (
    EVERYTHING,
    FOLDERS,
    HOMES,
    Collection,
    DirectoryBook,
    DirectoryObject,
    Home,
    On,
    Principal,
    StoredObject,
)
from sogo.service.folders import standing

_READ = ("D:read", "D:read-current-user-privilege-set", "C:read-free-busy")
_ALL = (
    "D:all", *_READ, "D:write", "D:write-properties", "D:write-content", "D:bind", "D:unbind", "D:read-acl",
    "D:write-acl",
)  # fmt: skip


def _principal(item: Loaded, user_id: str) -> str:
    return href(item.request.path_of((user_id,), collection=True))


@prop(dav("current-user-principal"), on=EVERYTHING, rfc="5397 §3")
def current_user_principal(item: Loaded) -> str | None:
    return _principal(item, item.request.actor.user_id)


@prop(dav("principal-URL"), on=On.PRINCIPAL | HOMES, rfc="3744 §4.2")
def principal_url(item: Loaded) -> str | None:
    return _principal(item, item.resource.segments[0])


@prop(dav("principal-collection-set"), on=EVERYTHING, rfc="3744 §5.8")
def principal_collection_set(item: Loaded) -> str | None:
    return href(join_path(MOUNT, collection=True))


@prop(dav("owner"), on=EVERYTHING & ~On.ROOT, rfc="3744 §5.1")
def owner(item: Loaded) -> str | None:
    return _principal(item, item.resource.segments[0])


@prop(dav("acl"), on=EVERYTHING & ~On.ROOT, rfc="3744 §5.5")
def acl(item: Loaded) -> str | None:
    """The owner's entry; it cannot be changed. Those of others join when folders can be shared."""
    return "".join(ace.render() for ace in entries(item.resource))


@prop(dav("acl-restrictions"), on=EVERYTHING & ~On.ROOT, rfc="3744 §5.6")
def acl_restrictions(item: Loaded) -> str | None:
    return "<D:grant-only/><D:no-invert/>"


@prop(dav("inherited-acl-set"), on=EVERYTHING & ~On.ROOT, rfc="3744 §5.7")
def inherited_acl_set(item: Loaded) -> str | None:
    """None: what a folder grants is granted to its objects by the same entries, not by others."""
    return ""


@prop(dav("alternate-URI-set"), on=On.PRINCIPAL, rfc="3744 §4.1")
def alternate_uri_set(item: Loaded) -> str | None:
    return ""


@prop(dav("group-membership"), on=On.PRINCIPAL, rfc="3744 §4.4")
def group_membership(item: Loaded) -> str | None:
    return ""


@prop(dav("resource-id"), on=On.PRINCIPAL | FOLDERS, rfc="5842 §3.1")
def resource_id(item: Loaded) -> str | None:
    match item.resource:
        case Principal(user):
            return escape(f"urn:uuid:{user.user_id}")
        case Collection(view):
            kind = "calendars" if view.folder.kind.stored_type == "Appointment" else "contacts"
            return escape(f"urn:uuid:{view.folder.owner}:{kind}:{view.folder.name}")
    return None


@prop(dav("current-user-privilege-set"), on=EVERYTHING, rfc="3744 §5.4")
def current_user_privilege_set(item: Loaded) -> str | None:
    names = _ALL if _may_write(item) else _READ
    return "".join(f"<D:privilege><{name}/></D:privilege>" for name in names)


def _may_write(item: Loaded) -> bool:
    match item.resource:
        case Collection(view) | StoredObject(view):
            return view.standing.owner
        case Home(owner=user) | Principal(user):
            return standing(item.request.actor, user).owner
        case DirectoryBook() | DirectoryObject():
            return False
    return False


@prop(dav("supported-privilege-set"), on=EVERYTHING, rfc="3744 §5.3")
def supported_privilege_set(item: Loaded) -> str | None:
    read = _privilege(
        "D:read", "Read",
        _privilege("D:read-current-user-privilege-set", "Read one's own privileges")
        + _privilege("C:read-free-busy", "Read free and busy times"),
    )  # fmt: skip
    write = _privilege(
        "D:write", "Write",
        _privilege("D:write-properties", "Change properties") + _privilege("D:write-content", "Change objects")
        + _privilege("D:bind", "Add objects") + _privilege("D:unbind", "Remove objects"),
    )  # fmt: skip
    lists = _privilege("D:read-acl", "Read who may do what") + _privilege("D:write-acl", "Change who may do what")
    return _privilege("D:all", "Everything", read + write + lists)


def _privilege(name: str, description: str, inner: str = "") -> str:
    text = f'<D:description xml:lang="en">{description}</D:description>'
    return f"<D:supported-privilege><D:privilege><{name}/></D:privilege>{text}{inner}</D:supported-privilege>"
