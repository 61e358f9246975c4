"""Principals and privileges (RFC 3744, RFC 5397)."""

from __future__ import annotations

from sogo.codec.davxml.href import join_path, parse_href
from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element, descendants, text_of
from sogo.codec.davxml.writer import element, escape, href, hrefs
from sogo.dav.access import entries, granted, owner_of
from sogo.dav.context import MOUNT
from sogo.dav.privileges import held, tree_of
from sogo.dav.properties import Edit, Loaded, Need, prop
from sogo.dav.resources import (
    EVERYTHING,
    FOLDERS,
    HOMES,
    PROXY_NAMES,
    Collection,
    On,
    Principal,
    ProxyGroup,
)
from sogo.errors import CodecError, InvalidData
from sogo.model.rights import GROUP_MARK


def _principal(item: Loaded, user_id: str) -> str:
    return href(item.request.path_of((user_id,), collection=True))


@prop(dav("current-user-principal"), on=EVERYTHING, rfc="5397 §3")
def current_user_principal(item: Loaded) -> str | None:
    return _principal(item, item.request.actor.user_id)


@prop(dav("principal-URL"), on=On.PRINCIPAL | On.PROXY | HOMES, rfc="3744 §4.2")
def principal_url(item: Loaded) -> str | None:
    if isinstance(item.resource, ProxyGroup):
        return href(item.request.href(item.resource))
    return _principal(item, item.resource.segments[0])


@prop(dav("principal-collection-set"), on=EVERYTHING, rfc="3744 §5.8")
def principal_collection_set(item: Loaded) -> str | None:
    return href(join_path(MOUNT, collection=True))


@prop(dav("owner"), on=EVERYTHING & ~On.ROOT, rfc="3744 §5.1")
def owner(item: Loaded) -> str | None:
    """Whose folder it is, also in the home of somebody who subscribed to it."""
    user = owner_of(item.resource)
    return _principal(item, user.user_id if user is not None else item.resource.segments[0])


@prop(dav("acl"), on=EVERYTHING & ~(On.ROOT | FOLDERS), rfc="3744 §5.5")
def acl(item: Loaded) -> str | None:
    """The owner's entry; it cannot be changed."""
    return "".join(ace.render() for ace in entries(item.resource))


@prop(dav("acl"), on=FOLDERS, rfc="3744 §5.5", needs=Need.RIGHTS)
def folder_acl(item: Loaded) -> str | None:
    """The owner's entry; whoever may read the list sees those of others too."""
    assert isinstance(item.resource, Collection)
    others = granted(item.request, item.resource.view, item.beyond.rights)
    return "".join(ace.render() for ace in (*entries(item.resource), *others))


@prop(dav("acl-restrictions"), on=EVERYTHING & ~On.ROOT, rfc="3744 §5.6")
def acl_restrictions(item: Loaded) -> str | None:
    return "<D:grant-only/><D:no-invert/>"


@prop(dav("inherited-acl-set"), on=EVERYTHING & ~On.ROOT, rfc="3744 §5.7")
def inherited_acl_set(item: Loaded) -> str | None:
    """None: what a folder grants is granted to its objects by the same entries, not by others."""
    return ""


@prop(dav("alternate-URI-set"), on=On.PRINCIPAL | On.PROXY, rfc="3744 §4.1")
def alternate_uri_set(item: Loaded) -> str | None:
    return ""


@prop(dav("group-membership"), on=On.PRINCIPAL | On.CALENDAR_HOME, rfc="3744 §4.4", needs=Need.PROXIES)
def group_membership(item: Loaded) -> str | None:
    """The groups of proxies of others."""
    proxies = item.beyond.proxies
    return hrefs(
        item.request.path_of((owner, PROXY_NAMES[writes]), collection=True)
        for writes in (True, False)
        for owner in proxies.of(writes=writes)
    )


@prop(dav("group-membership"), on=On.PROXY, rfc="3744 §4.4")
def membership_of_groups(item: Loaded) -> str | None:
    return ""


@prop(dav("group-member-set"), on=On.PROXY, rfc="3744 §4.3", needs=Need.PROXIES)
def group_member_set(item: Loaded) -> str | None:
    assert isinstance(item.resource, ProxyGroup)
    members = item.beyond.proxies.of(writes=item.resource.writes)
    return hrefs(item.request.path_of((uid.removeprefix(GROUP_MARK),), collection=True) for uid in members)


@group_member_set.setter
def set_group_member_set(item: Loaded, value: Element | None, edit: Edit) -> None:
    """The last segment of each address is the name of somebody (dav.md §12)."""
    names = (
        [_last_segment(text_of(one).strip()) for one in descendants(value, dav("href"))] if value is not None else []
    )
    edit.members = tuple(dict.fromkeys(names))


def _last_segment(address: str) -> str:
    try:
        segments = parse_href(address).segments
    except CodecError:
        segments = ()
    if not segments:
        raise InvalidData("The members of a group are addresses of principals.", rule="recognized-principal")
    return segments[-1]


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
    return "".join(element(dav("privilege"), element(name)) for name in held(item.resource, item.request.actor))


@prop(dav("supported-privilege-set"), on=EVERYTHING, rfc="3744 §5.3")
def supported_privilege_set(item: Loaded) -> str | None:
    return tree_of(item.resource.kind).render()
