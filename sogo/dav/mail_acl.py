"""Who may do what with a mailbox, by SOGo's acl-query (dav.md §§10.1, 15)."""

from __future__ import annotations

from aiohttp import web

from sogo.codec.davxml import inverse_dav
from sogo.codec.davxml.inverse_dav import AclDeed, AclQuery, Listed
from sogo.dav.context import DavRequest
from sogo.dav.resources import MailBox
from sogo.errors import InvalidRequest
from sogo.service.mail_rights import ANYONE, MailHolder, MailRights


async def answer(request: DavRequest, box: MailBox, query: AclQuery) -> web.Response:
    """Raises InvalidRequest, and what the mail server refuses."""
    rights = MailRights(request.services.site, request.services.mail, request.actor)
    session = await request.mail.session()
    match query.deed:
        case AclDeed.USER_LIST:
            found = [_listed(one, query.words) for one in await rights.holders(session, box.name)]
            return _document(inverse_dav.render_user_list(found, everybody=ANYONE))
        case AclDeed.ROLES:
            if len(query.users) != 1:
                raise InvalidRequest("The roles of one user are told.")
            roles = await rights.roles(session, box.name, query.users[0])
            return _document(inverse_dav.render_roles(roles)) if roles else web.Response(status=204)
        case AclDeed.SET_ROLES:
            await rights.give(session, box.name, _others(request, query), query.words)
        case AclDeed.ADD_USER | AclDeed.ADD_USERS:
            _others(request, query)  # nobody has rights yet: there is no row without any
        case AclDeed.REMOVE_USER | AclDeed.REMOVE_USERS:
            await rights.take(session, box.name, _others(request, query))
    return web.Response(status=204)


def _others(request: DavRequest, query: AclQuery) -> tuple[str, ...]:
    """The owner keeps all rights."""
    if not query.users or request.actor.user_id in query.users:
        raise InvalidRequest("Rights are given to others.")
    return query.users


def _listed(one: MailHolder, left_out: frozenset[str]) -> Listed:
    name = one.user.cn if one.user is not None else one.name
    email = one.user.email if one.user is not None else None
    return Listed(one.name, None if "nocn" in left_out else name, None if "noemail" in left_out else email)


def _document(text: str) -> web.Response:
    return web.Response(status=207, body=text.encode(), content_type="application/xml", charset="utf-8")
