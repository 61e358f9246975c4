"""Sharing and people as SOGo's own extension speaks of them (dav.md §§10, 13): one document, by POST and REPORT."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from aiohttp import web

from sogo.auth.interface import User
from sogo.codec.davxml import inverse_dav
from sogo.codec.davxml.href import parse_href
from sogo.codec.davxml.inverse_dav import AclDeed, AclQuery, Listed
from sogo.codec.davxml.reader import Element
from sogo.dav import mail_acl
from sogo.dav.apple_sharing import POSTED
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.methods import Target
from sogo.dav.resources import Collection, MailBox, Principal
from sogo.errors import CodecError, DomainError, Forbidden, InvalidRequest, NotFound
from sogo.model.folder import FolderKind
from sogo.service.folders import FolderView
from sogo.service.sharing import Holder
from sogo.service.titles import title_of

MAX_PEOPLE = 200
_KINDS = {"calendar": FolderKind.CALENDAR, "contact": FolderKind.CONTACTS}

Answer = Callable[[DavRequest, Target, Element], Coroutine[None, None, web.StreamResponse]]


async def acl_query(request: DavRequest, target: Target, root: Element) -> web.StreamResponse:
    """Whatever is wrong with it, and whoever asks, a bare 400 says so: clients know no other answer."""
    if not isinstance(target, Collection | MailBox):
        return web.Response(status=400)
    try:
        if isinstance(target, MailBox):
            return await mail_acl.answer(request, target, inverse_dav.parse_acl_query(root))
        return await _asked(request, target.view, inverse_dav.parse_acl_query(root))
    except (CodecError, DomainError):
        return web.Response(status=400)


async def _asked(request: DavRequest, view: FolderView, query: AclQuery) -> web.Response:
    sharing = request.services.sharing
    match query.deed:
        case AclDeed.USER_LIST:
            found = [_holder(one, query.words) for one in await sharing.holders(view) if one.uid != "<default>"]
            return _document(inverse_dav.render_user_list(found), "application/xml")
        case AclDeed.ROLES:
            if len(query.users) != 1:
                raise InvalidRequest("The roles of one user are told.")
            roles = await sharing.roles(view, query.users[0])
            return _document(inverse_dav.render_roles(roles), "application/xml") if roles else _done()
        case AclDeed.SET_ROLES:
            await sharing.set_roles(view, query.users, query.words)
        case AclDeed.ADD_USER | AclDeed.ADD_USERS:
            await sharing.add(view, query.users)
        case AclDeed.REMOVE_USER | AclDeed.REMOVE_USERS:
            await sharing.remove(view, query.users)
    return _done()


def _holder(one: Holder, left_out: frozenset[str]) -> Listed:
    name = one.user.cn if one.user is not None else one.name
    email = one.user.email if one.user is not None else None
    return Listed(one.name, None if "nocn" in left_out else name, None if "noemail" in left_out else email)


async def subscribe(request: DavRequest, target: Target, root: Element) -> web.StreamResponse:
    return await _subscription(request, target, root, wanted=True)


async def unsubscribe(request: DavRequest, target: Target, root: Element) -> web.StreamResponse:
    return await _subscription(request, target, root, wanted=False)


async def _subscription(request: DavRequest, target: Target, root: Element, *, wanted: bool) -> web.StreamResponse:
    if not isinstance(target, Collection):
        raise InvalidRequest("Calendars and address books can be subscribed to.")
    view, users = target.view, inverse_dav.parse_users(root)
    service = request.services.subscribing
    try:
        if users is not None:
            await service.change_for(view, users, wanted=wanted)
            return _plain(200, view.folder.display_name)
        return _plain(200, await service.change(view, wanted=wanted))
    except Forbidden as error:
        return _plain(403, error.public)


async def user_query(request: DavRequest, target: Target, root: Element) -> web.StreamResponse:
    """People by a part of their names or addresses, without who asks."""
    text = inverse_dav.parse_user_query(root)
    actor = request.actor
    found = await request.services.site.directory.search_users(text, viewer=actor, limit=MAX_PEOPLE) if text else []
    people = [_person(user) for user in found if user.user_id != actor.user_id]
    if not people:
        return web.Response(status=400)
    return _document(inverse_dav.render_users(people), "text/xml")


def _person(user: User) -> Listed:
    return Listed(user.user_id, user.cn, user.email, user.record.info or None)


async def collection_query(request: DavRequest, target: Target, root: Element) -> web.StreamResponse:
    """The folders of somebody that the actor may see."""
    try:
        query = inverse_dav.parse_collection_query(root)
        owner = await _owner(request, query.owner)
    except CodecError:
        return web.Response(status=400)
    kind = _KINDS[query.kind]
    if not request.services.offers(request.actor, kind):
        raise NotFound("There is no such resource.")
    views = await request.services.folders.home(request.actor, owner, kind)
    settings = await request.settings()
    home = request.path_of((owner.user_id,))
    config = request.services.config
    found = [
        (request.path_of(view.segments, collection=True), title_of(config, view, settings), home, owner.cn)
        for view in views
        if view.home is None
    ]
    return _document(inverse_dav.render_collections(found), "text/xml")


async def _owner(request: DavRequest, href: str) -> User:
    """Raises CodecError for an address that is nobody's."""
    if not href:
        return request.actor
    segments = parse_href(href).segments
    if segments[: len(MOUNT)] == MOUNT:
        segments = segments[len(MOUNT) :]
    name = segments[-1] if segments and segments[:-1] in ((), ("users",)) else ""
    user = await request.services.visible_user(request.actor, name) if name else None
    if user is None:
        raise CodecError("This is nobody's address.")
    return user


ON_FOLDERS: dict[str, Answer] = {
    inverse_dav.ACL_QUERY: acl_query,
    inverse_dav.SUBSCRIBE: subscribe,
    inverse_dav.UNSUBSCRIBE: unsubscribe,
}
ON_PRINCIPALS: dict[str, Answer] = {
    inverse_dav.USER_QUERY: user_query,
    inverse_dav.COLLECTION_QUERY: collection_query,
}


def posted(target: Target, name: str) -> Answer | None:
    """What answers a document of this local name at a place; None where it means nothing."""
    if isinstance(target, Principal):
        return ON_PRINCIPALS.get(name)
    return ON_FOLDERS.get(name) or POSTED.get(name)


def _document(text: str, content_type: str) -> web.Response:
    return web.Response(status=207, body=text.encode(), headers={"Content-Type": f'{content_type}; charset="utf-8"'})


def _done() -> web.Response:
    return web.Response(status=204)


def _plain(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text, content_type="text/plain", charset="utf-8")
