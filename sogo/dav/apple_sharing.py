"""Sharing as Apple's programs do it, over DAV (caldav-sharing): what they POST, and what they read in their
notifications. `sogo.service.invitations` is what it means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Coroutine

from aiohttp import web

from sogo.auth.interface import User
from sogo.codec.davxml import caldav_sharing, writer
from sogo.codec.davxml.caldav_sharing import InviteNotice, InviteUser, ReplyNotice, Status
from sogo.codec.davxml.href import parse_href
from sogo.codec.davxml.reader import Element
from sogo.dav.answer import xml_answer
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.methods import Target
from sogo.dav.resources import Collection, Home, Notification, On
from sogo.dav.texts import content_type, etag_of, quoted
from sogo.errors import CodecError, InvalidRequest, NotFound
from sogo.model.css_identifier import subscribed_name
from sogo.model.folder import FolderKind
from sogo.model.rights import GROUP_MARK, Deed
from sogo.service.invitations import Answered, Invited, Notice
from sogo.service.people import known_user
from sogo.store.invitations import State

_STATUS = {Answered.NOT: Status.NO_RESPONSE, Answered.YES: Status.ACCEPTED, Answered.NO: Status.DECLINED}
_STATES = {State.ACCEPTED: Status.ACCEPTED, State.DECLINED: Status.DECLINED, State.OPEN: Status.NO_RESPONSE}


async def share(request: DavRequest, target: Target, root: Element) -> web.StreamResponse:
    """POST to one's own calendar. Who is nobody is told by address, the others are invited all the same."""
    if not isinstance(target, Collection) or target.kind is not On.CALENDAR:
        raise InvalidRequest("A calendar is shared by its owner.")
    view = target.view
    view.require(Deed.WRITE_ACL)
    asked = caldav_sharing.parse_share(root)
    unknown: list[str] = []
    wanted: dict[str, tuple[bool, str]] = {}
    for one in asked.add:
        uid = await _uid(request, view.owner, one.address)
        if uid is None:
            unknown.append(one.address)
        else:
            wanted[uid] = (one.writes, one.summary)
    gone = [uid for address in asked.remove if (uid := await _uid(request, view.owner, address)) is not None]
    if wanted:
        await request.services.invitations.invite(view, wanted)
    if gone:
        await request.services.invitations.withdraw(view, gone)
    if unknown:
        refused = [writer.status_response(address, 403, description="This is nobody here.") for address in unknown]
        return xml_answer(207, writer.multistatus(refused))
    return web.Response(status=200)


async def _uid(request: DavRequest, owner: User, address: str) -> str | None:
    """Whom a mailto:, a urn:uuid: or the address of a principal means; nobody is invited to one's own calendar."""
    scheme, _, rest = address.partition(":")
    if scheme.lower() == "mailto":
        name = rest
    elif address.lower().startswith("urn:uuid:"):
        name = address[len("urn:uuid:") :]
    else:
        name = _principal_name(address)
    user = await known_user(request.services.site, owner, name) if name else None
    if user is None or user.user_id == owner.user_id:
        return None
    return f"{GROUP_MARK}{user.user_id}" if user.record.is_group else user.user_id


def _principal_name(address: str) -> str:
    try:
        segments = parse_href(address).segments
    except CodecError:
        return ""
    return segments[-1] if segments[:-1] == MOUNT else ""


async def reply(request: DavRequest, target: Target, root: Element) -> web.StreamResponse:
    """POST to one's own calendar home: the answer to an invitation; where the calendar is from now on."""
    if not isinstance(target, Home) or target.folder_kind is not FolderKind.CALENDAR:
        raise InvalidRequest("Invitations are answered in the home of calendars.")
    user = target.owner
    if not request.services.has_notices(request.actor, user):
        raise NotFound("There is no such resource.")
    asked = caldav_sharing.parse_reply(root)
    found = await _hosted(request, user, asked.host)
    view = found.view
    if view.folder.owner == user.user_id or found.kind is not On.CALENDAR:
        raise InvalidRequest("This is no calendar of somebody else.")
    await request.services.invitations.answer(user, view, accepted=asked.accepted, summary=asked.summary)
    if not asked.accepted:
        return web.Response(status=204)
    name = subscribed_name(view.folder.owner, view.folder.name)
    path = request.path_of((user.user_id, FolderKind.CALENDAR.value, name), collection=True)
    return xml_answer(200, caldav_sharing.shared_as(path))


async def _hosted(request: DavRequest, user: User, host: str) -> Collection:
    """The calendar at an address, as the invited sees it. Raises NotFound."""
    try:
        segments = parse_href(host).segments
    except CodecError:
        segments = ()
    if segments[: len(MOUNT)] == MOUNT:
        match segments[len(MOUNT) :]:
            case (owner_name, kind, name) if kind == FolderKind.CALENDAR.value:
                owner = await known_user(request.services.site, user, owner_name)
                if owner is not None:
                    return Collection(await request.services.folders.find(user, owner, FolderKind.CALENDAR, name))
    raise NotFound("There is no such calendar.")


Answer = Callable[[DavRequest, Target, Element], Coroutine[None, None, web.StreamResponse]]
POSTED: dict[str, Answer] = {caldav_sharing.SHARE: share, caldav_sharing.REPLY: reply}


# --- what is read -----------------------------------------------------------------------------------------------------


def invite_users(request: DavRequest, invited: list[Invited]) -> str:
    """The inside of CS:invite but for the organizer."""
    return "".join(caldav_sharing.invite_user(_user(request, one)) for one in invited)


def _user(request: DavRequest, one: Invited) -> InviteUser:
    name = one.uid.removeprefix(GROUP_MARK)
    if one.user is None:
        path = request.path_of((name,), collection=True)
        return InviteUser(path, name, Status.INVALID, one.writes, one.summary)
    address = principal_path(request, one.user) if one.user.record.is_group else f"mailto:{one.user.email}"
    return InviteUser(address, one.user.cn, _STATUS[one.answered], one.writes, one.summary)


def principal_path(request: DavRequest, user: User) -> str:
    return request.path_of((user.user_id,), collection=True)


def notice_of(request: DavRequest, target: Notification) -> InviteNotice | ReplyNotice:
    notice: Notice = target.notice
    one = notice.invitation
    stamp = dt.datetime.fromtimestamp(one.created, dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    host = request.path_of((one.owner, notice.folder.kind.value, notice.folder.name), collection=True)
    if notice.answer:
        address = f"mailto:{notice.other.email}"
        return ReplyNotice(one.name, stamp, address, _STATES[one.state], host, one.name, one.summary)
    return InviteNotice(
        id=one.name, stamp=stamp, address=f"mailto:{target.user.email}",
        status=Status.DELETED if one.state is State.WITHDRAWN else Status.NO_RESPONSE, writes=notice.writes, host=host,
        organizer=principal_path(request, notice.other), organizer_name=notice.other.cn,
        summary=one.summary or notice.folder.display_name,
    )  # fmt: skip


def notification(request: DavRequest, target: Notification) -> web.Response:
    """GET of a notice."""
    etag = etag_of(target)
    headers = {"ETag": quoted(etag), "X-Content-Type-Options": "nosniff"}
    if request.preconditions.not_modified(etag):
        return web.Response(status=304, headers=headers)
    response = xml_answer(200, caldav_sharing.notification(notice_of(request, target)))
    response.headers.update({**headers, "Content-Type": content_type(target)})
    return response
