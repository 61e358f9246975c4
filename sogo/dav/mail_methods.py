"""What methods do with mailboxes and messages (dav.md §15): making, removing, putting, getting."""

from __future__ import annotations

import re
from dataclasses import replace

from aiohttp import web

from sogo.dav.context import DavRequest
from sogo.dav.mail_names import message_segment, wire_level
from sogo.dav.resources import MailAccount, MailBox, MailMessage, Slot
from sogo.dav.texts import etag_of, quoted
from sogo.errors import AlreadyExists, Forbidden, InvalidRequest, NotFound
from sogo.http.forwarded import server_url
from sogo.http.limits import read_body
from sogo.http.settings import HTTP_SETTINGS
from sogo.mail.imap.session import CHUNK_BYTES

_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_TYPE = "message/rfc822"


async def make(request: DavRequest, parent: MailAccount | MailBox, name: str) -> web.Response:
    """MKCOL. The last segment is the name itself, without `folder` before it."""
    session, delimiter = await request.mail.session(), await request.mail.delimiter()
    level = wire_level(name, delimiter)
    above = parent.name + delimiter if isinstance(parent, MailBox) else ""
    try:
        await session.create(above + level)
    except AlreadyExists:
        # What the original's own clients look for; they make a mailbox without looking whether it is there.
        return web.Response(status=500, text="There is such a mailbox.\n")
    return web.Response(status=201)


async def remove(request: DavRequest, target: MailBox | MailMessage) -> web.Response:
    """DELETE, of one message for good, or of a mailbox with all it holds."""
    session = await request.mail.session()
    if isinstance(target, MailMessage):
        await session.select(target.box.name, writable=True)
        await session.expunge(target.uid)
    elif target.name == "INBOX":
        raise Forbidden("The inbox stays.", right="unbind")
    else:
        for one in sorted(await _below(request, target), key=len, reverse=True):
            await session.remove(one)
    return web.Response(status=204)


async def _below(request: DavRequest, box: MailBox) -> list[str]:
    """The mailbox and those inside of it: IMAP removes one at a time (RFC 9051 §6.3.5)."""
    session = await request.mail.session()
    prefix = box.name + box.delimiter
    told = await session.mailboxes(prefix + "*")
    inside = [one.name for one in told if one.name.startswith(prefix) and not one.has("\\NonExistent")]
    return [box.name, *inside]


async def put(request: DavRequest, box: MailBox) -> web.Response:
    """PUT to a mailbox, or to any free name in it: the server says which UID the message gets."""
    octets = await read_body(request.http, _limit_bytes(request))
    if not octets.strip():
        raise InvalidRequest("A message is not empty.")
    if b"\0" in octets:
        raise InvalidRequest("A message has no NUL.")
    session = await request.mail.session()
    uid = await session.append(box.name, _BARE_LINE_FEED.sub(b"\r\n", octets))
    if uid is None:
        return web.Response(status=201)
    path = request.path_of((*box.segments, message_segment(uid)))
    return web.Response(status=201, headers={"Location": f"{server_url(request.http)}{path}"})


def _limit_bytes(request: DavRequest) -> int:
    limit, most = request.services.config.system.maximum_message_size_limit, request.http.app[HTTP_SETTINGS]
    return min(limit * 1024, most.body_limit_bytes) if limit else most.body_limit_bytes


def refuse_to_overwrite() -> None:
    raise Forbidden("Can't overwrite messages", right="write-content")


async def get(request: DavRequest, target: MailMessage) -> web.StreamResponse:
    """GET and HEAD, of the octets as they are; long messages as they come from the mail server."""
    etag = etag_of(target)
    headers = {"ETag": quoted(etag), "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-cache"}
    conditions = request.preconditions
    replace(conditions, none_match=None).check(etag)
    if conditions.not_modified(etag):
        return web.Response(status=304, headers=headers)
    headers["Content-Type"] = _TYPE
    session = await request.mail.session()
    await session.select(target.box.name)
    parts = session.message(target.uid)
    first = await anext(parts, None)
    if first is None:
        raise NotFound("There is no such message.")
    if len(first) < CHUNK_BYTES:
        return web.Response(status=200, headers=headers, body=first)
    stream = web.StreamResponse(status=200, headers=headers)
    await stream.prepare(request.http)
    if request.http.method != "HEAD":
        await stream.write(first)
        async for part in parts:
            await stream.write(part)
    await stream.write_eof()
    return stream


def mailbox_for(target: object) -> MailBox | None:
    """Where a PUT to this place puts a message."""
    match target:
        case MailBox() as box:
            return box
        case Slot(MailBox() as box):
            return box
    return None
