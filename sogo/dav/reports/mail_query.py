"""mail-query: messages by filters, in an order (dav.md §15.1)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web

from sogo.codec.davxml.mail_query import MAIL_QUERY, MailQuery, parse_mail_query
from sogo.codec.davxml.reader import Element
from sogo.dav import answer, propfind
from sogo.dav.context import DavRequest
from sogo.dav.propfind import Selection
from sogo.dav.reports import report
from sogo.dav.resources import MailBox, MailMessage, On, Resource
from sogo.errors import NotFound
from sogo.mail.imap.session import FETCH_AT_ONCE
from sogo.service.mail_search import find_messages


@report(MAIL_QUERY, on=On.MAILBOX)
async def mail_query(request: DavRequest, target: Resource, root: Element) -> web.StreamResponse:
    assert isinstance(target, MailBox)
    return await answer.multistatus(request.http, _responses(request, target, parse_mail_query(root)))


async def _responses(request: DavRequest, box: MailBox, query: MailQuery) -> AsyncIterator[answer.Part]:
    if not box.selectable:
        raise NotFound("There are no messages here.")
    session = await request.mail.session()
    selected = await session.select(box.name)
    uids = await find_messages(session, query)
    selection = Selection(query.wanted)
    for start in range(0, len(uids), FETCH_AT_ONCE):
        portion = [MailMessage(box, uid, selected.uid_validity) for uid in uids[start : start + FETCH_AT_ONCE]]
        for item in await propfind.load(request, portion, selection.needs({On.MAIL_MESSAGE})):
            yield await propfind.response(item, selection, href=request.href(item.resource))
