"""What a decision has to know, gathered by `sogo.service.scheduling` before it.

Two steps: `Inquiry` says what to gather, `Facts` is what was found. Versions and points that guard the writes stay with
whoever gathered: `Copy` and `Booking` are what they were at that time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from sogo.model.calendar_object import CalendarObject
from sogo.model.caltime import UTC, Window
from sogo.model.scheduling.people import Directory, Person

__all__ = ["Booking", "Copy", "Face", "Facts", "Inquiry"]


class Face(Enum):
    """By which door a write comes: what is asked of people, and which mails go out, differ by it."""

    DAV = "dav"
    WEB = "web"
    EAS = "eas"
    IMIP = "imip"
    IMPORT = "import"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Copy:
    """An object with this UID in an own calendar of a local user. `folder` is the path of the calendar (c_path), `name`
    the last segment of the object's path, `version` its c_version."""

    user_id: str
    folder: str
    name: str
    version: int
    object: CalendarObject
    schedule_tag: str = ""


@dataclass(frozen=True, slots=True)
class Booking:
    """A time at which somebody is taken, [start, end) in UTC, one for each occurrence. Only what takes the time: not
    what is transparent or cancelled, nor what the person declined or delegated. Events of the UID that is being
    written may be among them."""

    uid: str
    start: dt.datetime
    end: dt.datetime
    title: str = ""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """`concerns` is False where there is nothing to schedule: then nothing else needs to be gathered and `decide` need
    not be called. `addresses` are to be resolved (lower case, bare). `uid` is that of the object. Of every local person
    that was found, members of groups included, the copy of this UID is wanted, but not of the owner's the object that
    is being written. `window` is where bookings matter, None when they do not: ask `wants_bookings` of whom."""

    concerns: bool
    uid: str = ""
    addresses: frozenset[str] = frozenset()
    window: Window | None = None

    def wants_bookings(self, person: Person, *, forced: bool) -> bool:
        """Whether what takes this person's time is wanted. `forced` as in `Facts`."""
        if self.window is None or not person.is_local:
            return False
        if person.kind.is_booked:
            return person.bookings > 0 or (person.bookings < 0 and not forced)
        return not forced


@dataclass(frozen=True, slots=True)
class Facts:
    """`actor` is who asks, `owner` whose calendar is written. `people` has every address the inquiry named, as far as
    known. `copies` by user_id: of the owner one elsewhere than where is written. `bookings` by user_id.
    `strangers`: who has under this UID what is no copy of the meeting, found out when it is decided.

    `may_act_for_organizer`: the actor has the right to modify the objects of every local organizer for whom somebody
    acts in what is written (or is a superuser).
    `can_answer_only`: of what the actor sends only answers for the owner are taken (the Responder's right).
    `forced`: being busy is no obstacle for people, as with DAV or `ignoreConflicts`; resources still refuse.
    `sends_mail`: SOGoAppointmentSendEMailNotifications. `sends_replies`: not switched off for replies alone
    (InvitationNotificationsOnCalDavDisabled, Outlook over ActiveSync). `reply_wanted`: no `Schedule-Reply: F`.
    `expand_groups`: no `X-SOGo: NoGroupsDecomposition`. `merges_answers`: the write was made conditional on the
    schedule tag only (RFC 6638 §3.2.10), so answers that came meanwhile are kept. `zone` is the owner's: dates and
    floating times are read in it. `name` is the last path segment of the object that is written."""

    now: dt.datetime
    actor: Person
    owner: Person
    people: Directory
    face: Face = Face.DAV
    copies: Mapping[str, Copy] = field(default_factory=dict)
    bookings: Mapping[str, tuple[Booking, ...]] = field(default_factory=dict)
    strangers: frozenset[str] = frozenset()
    may_act_for_organizer: bool = False
    can_answer_only: bool = False
    forced: bool = True
    sends_mail: bool = False
    sends_replies: bool = True
    reply_wanted: bool = True
    expand_groups: bool = True
    disable_organizer_check: bool = False
    merges_answers: bool = False
    zone: dt.tzinfo = UTC
    name: str = ""
