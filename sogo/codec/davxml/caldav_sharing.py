"""Sharing as CalendarServer and Apple's programs speak of it (caldav-sharing, version 0.4): what is asked by POST, what
stands in properties and in notifications."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sogo.codec.davxml.names import calendarserver, dav
from sogo.codec.davxml.reader import Element, child, children, name_of, text_of
from sogo.codec.davxml.rfc4918 import expect_root
from sogo.codec.davxml.writer import document, element, href, text_element
from sogo.errors import CodecError, TooMany

SHARE, REPLY = "share", "invite-reply"
MAX_SHAREES = 100
MAX_SUMMARY = 200

CS = calendarserver


class Status(Enum):
    NO_RESPONSE = "invite-noresponse"
    ACCEPTED = "invite-accepted"
    DECLINED = "invite-declined"
    DELETED = "invite-deleted"
    INVALID = "invite-invalid"


@dataclass(frozen=True, slots=True)
class Sharee:
    """Somebody who shall be given access; `address` is a mailto: or the address of a principal."""

    address: str
    writes: bool
    summary: str = ""


@dataclass(frozen=True, slots=True)
class ShareRequest:
    add: tuple[Sharee, ...]
    remove: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """`host` is the address of the calendar as its owner has it."""

    accepted: bool
    host: str
    in_reply_to: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class InviteUser:
    """Somebody in CS:invite."""

    address: str
    name: str
    status: Status
    writes: bool
    summary: str = ""


@dataclass(frozen=True, slots=True)
class InviteNotice:
    """What an invitation, or its end, says to the invited. `stamp` is a UTC time as in calendars."""

    id: str
    stamp: str
    address: str
    status: Status
    writes: bool
    host: str
    organizer: str
    organizer_name: str
    summary: str


@dataclass(frozen=True, slots=True)
class ReplyNotice:
    """What an answer says to the owner."""

    id: str
    stamp: str
    address: str
    status: Status
    host: str
    in_reply_to: str
    summary: str


def parse_share(root: Element) -> ShareRequest:
    """Raises CodecError, TooMany."""
    share = expect_root(root, CS(SHARE))
    add, remove = children(share, CS("set")), children(share, CS("remove"))
    if len(add) + len(remove) > MAX_SHAREES:
        raise TooMany(f"More than {MAX_SHAREES} people in one request.", limit=MAX_SHAREES)
    return ShareRequest(tuple(_sharee(one) for one in add), tuple(_address(one) for one in remove))


def _sharee(wanted: Element) -> Sharee:
    writes, reads = child(wanted, CS("read-write")) is not None, child(wanted, CS("read")) is not None
    if writes == reads:
        raise CodecError("Somebody is given read or read-write.")
    return Sharee(_address(wanted), writes, _summary(wanted))


def _summary(parent: Element) -> str:
    return " ".join(text_of(child(parent, CS("summary"))).split())[:MAX_SUMMARY]


def _address(parent: Element) -> str:
    address = text_of(child(parent, dav("href"))).strip()
    if not address:
        raise CodecError("An address is missing.")
    return address


def parse_reply(root: Element) -> Reply:
    """Raises CodecError."""
    reply = expect_root(root, CS(REPLY))
    given = {name_of(one) for one in reply} & {CS(Status.ACCEPTED.value), CS(Status.DECLINED.value)}
    host = child(reply, CS("hosturl"))
    if len(given) != 1 or host is None:
        raise CodecError("A reply accepts or declines one calendar.")
    accepted = CS(Status.ACCEPTED.value) in given
    return Reply(accepted, _address(host), text_of(child(reply, CS("in-reply-to"))).strip(), _summary(reply))


# --- what is answered -------------------------------------------------------------------------------------------------


def access(*, writes: bool) -> str:
    return element(CS("access"), element(CS("read-write" if writes else "read")))


def organizer(address: str, name: str) -> str:
    return element(CS("organizer"), href(address) + text_element(CS("common-name"), name))


def invite_user(user: InviteUser) -> str:
    return element(
        CS("user"),
        href(user.address) + text_element(CS("common-name"), user.name) + element(CS(user.status.value))
        + access(writes=user.writes) + (text_element(CS("summary"), user.summary) if user.summary else ""),
    )  # fmt: skip


def shared_as(path: str) -> str:
    """A whole document: where the calendar is for who accepted."""
    return document(CS("shared-as"), href(path))


def notification(notice: InviteNotice | ReplyNotice) -> str:
    """A whole document."""
    inner = _invite(notice) if isinstance(notice, InviteNotice) else _reply(notice)
    return document(CS("notification"), text_element(CS("dtstamp"), notice.stamp) + inner)


def kind_of(notice: InviteNotice | ReplyNotice) -> str:
    """The inside of CS:notificationtype."""
    return element(CS("invite-notification" if isinstance(notice, InviteNotice) else REPLY), shared_type="calendar")


def _invite(notice: InviteNotice) -> str:
    inner = text_element(CS("uid"), notice.id) + href(notice.address) + element(CS(notice.status.value))
    inner += access(writes=notice.writes) + element(CS("hosturl"), href(notice.host))
    inner += organizer(notice.organizer, notice.organizer_name) + text_element(CS("summary"), notice.summary)
    inner += '<C:supported-calendar-component-set><C:comp name="VEVENT"/><C:comp name="VTODO"/>'
    inner += "</C:supported-calendar-component-set>"
    return element(CS("invite-notification"), inner, shared_type="calendar")


def _reply(notice: ReplyNotice) -> str:
    inner = href(notice.address) + element(CS(notice.status.value)) + element(CS("hosturl"), href(notice.host))
    inner += text_element(CS("in-reply-to"), notice.in_reply_to) + text_element(CS("summary"), notice.summary)
    return element(CS(REPLY), inner, shared_type="calendar")
