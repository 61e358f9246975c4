"""What was decided: the object as it is to be stored, the copies of others, the mails. Values only; whoever carries it
out guards every write by the version the facts had."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sogo.codec.contentline import Component
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.facts import Copy
from sogo.model.scheduling.people import Person

__all__ = ["CopyWrite", "Correspondent", "Mail", "MailKind", "Message", "Method", "Plan"]


class Method(Enum):
    """METHOD of a message (RFC 5546 §1.4)."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    REPLY = "REPLY"
    ADD = "ADD"
    CANCEL = "CANCEL"
    REFRESH = "REFRESH"
    COUNTER = "COUNTER"
    DECLINECOUNTER = "DECLINECOUNTER"


class MailKind(Enum):
    """What a mail tells a person; its value is the original's X-SOGo-Message-Type (scheduling.md §8.2)."""

    INVITATION = "calendar:invitation"
    UPDATE = "calendar:invitation-update"
    CANCELLATION = "calendar:cancellation"
    REPLY = "calendar:invitation-reply"


@dataclass(frozen=True, slots=True)
class Message:
    """An item of a schedule inbox: the text of a VCALENDAR with METHOD (RFC 6638 §3)."""

    method: Method
    text: str


@dataclass(frozen=True, slots=True)
class CopyWrite:
    """One object in somebody else's calendar. `copy` is what is there now, None when it has to be made: then in the
    person's default calendar as `name`. `after` is what shall be there, None when it is to be removed. `message` goes
    to the person's schedule inbox. `keeps_schedule_tag`: only answers of others changed (RFC 6638 §3.2.10)."""

    person: Person
    copy: Copy | None
    after: CalendarObject | None
    name: str
    message: Message | None = None
    keeps_schedule_tag: bool = False


@dataclass(frozen=True, slots=True)
class Correspondent:
    """One end of a mail. `role` is the attendee's ROLE, "" for an organizer; `sent_by` who acts for him, a bare
    lower-case address, "" for nobody. `person` is what is known of him: a local user's language is to be used."""

    address: str
    cn: str
    person: Person
    role: str = ""
    sent_by: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one person. `vcalendar` is the VCALENDAR with METHOD, `component` what of it the mail is about;
    `former` the same before the change, None when it is new. `changed` names the properties that differ, such as
    DTSTART. `answer` is the PARTSTAT of a reply, `delegate` the address it was delegated to. `recurrence_id` is the
    value of RECURRENCE-ID, "" for the whole."""

    kind: MailKind
    method: Method
    sender: Correspondent
    recipient: Correspondent
    vcalendar: Component
    component: Component
    uid: str
    recurrence_id: str = ""
    sequence: int = 0
    former: Component | None = None
    changed: tuple[str, ...] = ()
    answer: str = ""
    delegate: str = ""

    @property
    def calendar(self) -> str:
        """The VCALENDAR as text."""
        return self.vcalendar.render()


@dataclass(frozen=True, slots=True)
class Plan:
    """`after` is what to store at the place that is written, None to remove what is there (or to store nothing).
    `is_verbatim`: it is what was given, octet for octet. `keeps_schedule_tag` as in `CopyWrite`, for the object at that
    place. `is_major` with the attendees `added`, `removed` and `updated` is for receipts (scheduling.md §8.3)."""

    after: CalendarObject | None
    is_verbatim: bool = True
    keeps_schedule_tag: bool = False
    copies: tuple[CopyWrite, ...] = ()
    mails: tuple[Mail, ...] = ()
    is_major: bool = False
    added: tuple[Correspondent, ...] = ()
    removed: tuple[Correspondent, ...] = ()
    updated: tuple[Correspondent, ...] = ()
