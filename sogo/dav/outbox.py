"""POST of a scheduling message: to an outbox (RFC 6638 §5), or, as the original has it, to any calendar (scheduling.md
§10).

When others are busy is answered at once. Invitations, answers and cancellations need no post: they go out when the
object is stored. Old programs send them all the same, before or after that, and are told that all is well.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiohttp import web

from sogo.auth.interface import User
from sogo.codec.contentline import Component, decode, parse
from sogo.codec.davxml.href import parse_href
from sogo.codec.davxml.rfc6638 import INVALID_USER, NO_AUTHORITY, SUCCESS, RecipientAnswer, schedule_response
from sogo.dav.context import MOUNT, DavRequest
from sogo.errors import CodecError, InvalidData, TooMany, UnsupportedType
from sogo.model.folder import FolderKind
from sogo.model.free_busy_request import RULE, FreeBusyRequest, address_of, read_request
from sogo.model.freebusy import freebusy_calendar
from sogo.model.rights import Deed
from sogo.service.pace import Pace, maybe_apart

LOOKUPS_AT_ONCE = 8
MAX_MESSAGE_BYTES = 1024 * 1024
MAX_RECIPIENTS = 1_000
_LONG_BYTES = 64 * 1024
_METHOD = re.compile(rb"^METHOD:[ \t]*(?:REQUEST|REPLY|CANCEL)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_KINDS = re.compile(rb"^BEGIN:(VEVENT|VFREEBUSY|VTODO|VJOURNAL)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_DELIVERED = frozenset({"REQUEST", "REPLY", "CANCEL"})


def is_message(body: bytes) -> bool:
    """Whether what is posted to a calendar is for others and not to be stored there."""
    if len(body) > MAX_MESSAGE_BYTES or _METHOD.search(body) is None:
        return False
    return {kind.upper() for kind in _KINDS.findall(body)} in ({b"VEVENT"}, {b"VFREEBUSY"})


async def handle(request: DavRequest, body: bytes, owner: User) -> web.StreamResponse:
    """The answer to a message from the outbox, or a calendar, of `owner`. Raises InvalidData, UnsupportedType,
    TooMany."""
    try:
        calendar, method = await maybe_apart(len(body) > _LONG_BYTES, _read, body)
    except CodecError as error:
        raise InvalidData("This is not iCalendar.", rule="valid-calendar-data") from error
    if calendar.components("VFREEBUSY"):
        if method != "REQUEST":
            raise InvalidData("Busy times are asked for with METHOD:REQUEST.", rule=RULE)
        return await _free_busy(request, calendar, owner)
    if method not in _DELIVERED or not calendar.components("VEVENT"):
        raise UnsupportedType("Such a message is not taken here.", rule="supported-calendar-data")
    return _answer([RecipientAnswer(one, SUCCESS) for one in _recipients(request)])


def _read(body: bytes) -> tuple[Component, str]:
    """The calendar of a message and its method. Raises CodecError, InvalidData."""
    calendars = parse(decode(body)).components("VCALENDAR")
    if len(calendars) != 1:
        raise InvalidData("A message is one VCALENDAR.", rule="valid-calendar-data")
    return calendars[0], (calendars[0].value("METHOD") or "").strip().upper()


def _recipients(request: DavRequest) -> list[str]:
    """Of the header of the drafts."""
    header = ",".join(request.http.headers.getall("Recipient", []))
    found = [one.strip() for one in header.split(",") if one.strip().lower().startswith("mailto:")]
    return list(dict.fromkeys(found))[:MAX_RECIPIENTS]


def _answer(answers: Iterable[RecipientAnswer]) -> web.Response:
    headers = {"Content-Type": "application/xml; charset=utf-8", "Cache-Control": "no-cache"}
    return web.Response(status=200, headers=headers, body=schedule_response(answers).encode())


# --- when others are busy ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Found:
    """Whom a recipient stands for, or why nothing is told."""

    recipient: str
    status: str
    user: User | None = None


async def _free_busy(request: DavRequest, calendar: Component, owner: User) -> web.Response:
    try:
        asked = read_request(calendar)
    except TooMany as error:
        raise InvalidData(error.public, rule=RULE) from error
    await _require_organizer(request, asked, owner)
    found = await _look_up(request, asked.people)
    people = [one.user for one in found if one.user is not None]
    service = request.services.free_busy
    times = await service.of_people(people, asked.window, masked_uid=asked.masked_uid) if people else {}
    now, pace = request.services.site.clock(), Pace()
    answers: list[RecipientAnswer] = []
    for one in found:
        text = ""
        if one.user is not None:
            text = freebusy_calendar(
                times[one.user.user_id], asked.window, now=now, attendee=address_of(one.recipient) or one.user.email,
                method="REPLY", reply_to=asked.echo,
            )  # fmt: skip
            await pace.breathe()
        answers.append(RecipientAnswer(one.recipient, one.status, text))
    return _answer(answers)


async def _require_organizer(request: DavRequest, asked: FreeBusyRequest, owner: User) -> None:
    """Whoever asks does so in the own name, in that of the one whose outbox this is, or of somebody in whose calendar
    the actor may make events. Raises InvalidData (originator-allowed, organizer-allowed)."""
    originator = request.http.headers.get("Originator", "")
    if originator and not await _may_speak_for(request, originator, owner):
        raise InvalidData("The originator is somebody else.", rule="originator-allowed")
    if asked.organizer is not None and not await _may_speak_for(request, asked.organizer.value, owner):
        raise InvalidData("The organizer is somebody else.", rule="organizer-allowed")


async def _may_speak_for(request: DavRequest, value: str, owner: User) -> bool:
    own = {email.lower() for user in (request.actor, owner) for email in user.emails}
    if address_of(value) in own:
        return True
    user = await _user_at(request, value)
    if user is None:
        return False
    if user.user_id in (request.actor.user_id, owner.user_id):
        return True
    views = await request.services.folders.home(request.actor, user, FolderKind.CALENDAR)
    return any(view.permits(Deed.CREATE) for view in views)


async def _look_up(request: DavRequest, people: Sequence[str]) -> list[_Found]:
    gate = asyncio.Semaphore(LOOKUPS_AT_ONCE)

    async def one(recipient: str) -> _Found:
        async with gate:
            user = await _user_at(request, recipient)
        if user is None or user.record.is_group:
            return _Found(recipient, INVALID_USER)
        if not user.record.calendar_access:
            return _Found(recipient, NO_AUTHORITY)
        return _Found(recipient, SUCCESS, user)

    return list(await asyncio.gather(*(one(recipient) for recipient in people)))


async def _user_at(request: DavRequest, value: str) -> User | None:
    """Somebody of whom the actor may know, by a mail address or the path of a principal."""
    name = address_of(value)
    if not name:
        try:
            segments = parse_href(value.strip()).segments
        except CodecError:
            return None
        if segments[:-1] != MOUNT:
            return None
        name = segments[-1]
    return await request.services.visible_user(request.actor, name)
