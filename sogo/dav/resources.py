"""The nouns of the tree (dav.md §2). Values without behaviour but for their place in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import ClassVar

from sogo.auth.interface import User, UserSource
from sogo.codec.imap.utf7 import decode_name
from sogo.dav.mail_names import mailbox_segments, message_segment
from sogo.model.availability import INBOX_NAME
from sogo.model.folder import Entry, FolderKind
from sogo.model.locks import FOLDER
from sogo.service.directory_books import DirectoryCard
from sogo.service.folders import FolderView
from sogo.service.invitations import Notice
from sogo.store.interface import InboxItem


class On(Flag):
    """Kinds of resources, to say where a property or report lives."""

    ROOT = auto()
    PRINCIPAL = auto()
    CALENDAR_HOME = auto()
    CONTACTS_HOME = auto()
    CALENDAR = auto()
    ADDRESS_BOOK = auto()
    DIRECTORY = auto()
    EVENT = auto()
    CARD = auto()
    DIRECTORY_CARD = auto()
    EXPORT = auto()
    FREE_BUSY = auto()
    RESERVED = auto()
    PROXY = auto()
    NOTIFICATIONS = auto()
    NOTIFICATION = auto()
    INBOX = auto()
    OUTBOX = auto()
    MAIL_HOME = auto()
    MAIL_ACCOUNT = auto()
    MAILBOX = auto()
    MAIL_MESSAGE = auto()
    MESSAGE = auto()


HOMES = On.CALENDAR_HOME | On.CONTACTS_HOME
FOLDERS = On.CALENDAR | On.ADDRESS_BOOK
STORED_OBJECTS = On.EVENT | On.CARD
LOCKABLE = FOLDERS | STORED_OBJECTS | On.RESERVED
OBJECTS = STORED_OBJECTS | On.DIRECTORY_CARD | On.MESSAGE
BOXES = On.INBOX | On.OUTBOX
MAIL_COLLECTIONS = On.MAIL_HOME | On.MAIL_ACCOUNT | On.MAILBOX
COLLECTIONS = (
    On.ROOT | On.PRINCIPAL | On.PROXY | On.NOTIFICATIONS | HOMES | FOLDERS | On.DIRECTORY | BOXES | MAIL_COLLECTIONS
)
FILES = On.EXPORT | On.FREE_BUSY | On.NOTIFICATION
"""What is made when it is read: nothing is stored there."""
EVERYTHING = COLLECTIONS | OBJECTS | FILES | On.MAIL_MESSAGE
MEMBERS = {On.CALENDAR: On.EVENT, On.ADDRESS_BOOK: On.CARD, On.DIRECTORY: On.DIRECTORY_CARD}
"""What lies in a collection of objects."""


@dataclass(frozen=True, slots=True)
class Root:
    """/SOGo/dav/"""

    kind: ClassVar[On] = On.ROOT

    @property
    def segments(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True, slots=True)
class Principal:
    """/SOGo/dav/<user>/: the principal, and the collection that holds its homes."""

    user: User
    kind: ClassVar[On] = On.PRINCIPAL

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.user.user_id,)


@dataclass(frozen=True, slots=True)
class Home:
    """/SOGo/dav/<user>/Calendar/ or …/Contacts/"""

    owner: User
    folder_kind: FolderKind

    @property
    def kind(self) -> On:
        return On.CALENDAR_HOME if self.folder_kind is FolderKind.CALENDAR else On.CONTACTS_HOME

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.owner.user_id, self.folder_kind.value)


@dataclass(frozen=True, slots=True)
class Collection:
    """A calendar or address book. `position` is its place in the home, from 1; 0 when it was not listed."""

    view: FolderView
    position: int = 0

    @property
    def kind(self) -> On:
        return On.CALENDAR if self.view.folder.kind is FolderKind.CALENDAR else On.ADDRESS_BOOK

    @property
    def segments(self) -> tuple[str, ...]:
        return self.view.segments


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An event, task or card in a folder."""

    view: FolderView
    entry: Entry

    @property
    def kind(self) -> On:
        return On.EVENT if self.view.folder.kind is FolderKind.CALENDAR else On.CARD

    @property
    def segments(self) -> tuple[str, ...]:
        return (*self.view.segments, self.entry.name)


@dataclass(frozen=True, slots=True)
class DirectoryBook:
    """A user source shown as an address book."""

    owner: User
    source: UserSource
    kind: ClassVar[On] = On.DIRECTORY

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.owner.user_id, FolderKind.CONTACTS.value, self.source.id)


@dataclass(frozen=True, slots=True)
class DirectoryObject:
    """One entry of a directory."""

    book: DirectoryBook
    card: DirectoryCard
    kind: ClassVar[On] = On.DIRECTORY_CARD

    @property
    def segments(self) -> tuple[str, ...]:
        return (*self.book.segments, self.card.name)


@dataclass(frozen=True, slots=True)
class Reserved:
    """A name that is locked and holds no object: what RFC 4918 §7.3 calls a locked empty resource. Collections do not
    list it, since it is no event and no card; it is gone when the lock is. `created` is when it was locked first."""

    view: FolderView
    name: str
    created: int
    kind: ClassVar[On] = On.RESERVED

    @property
    def segments(self) -> tuple[str, ...]:
        return (*self.view.segments, self.name)


class ExportForm(Enum):
    """How a folder reads as a file. The value is the ending of its name."""

    ICS = ".ics"
    XML = ".xml"
    VCF = ".vcf"

    @property
    def folder_kind(self) -> FolderKind:
        return FolderKind.CONTACTS if self is ExportForm.VCF else FolderKind.CALENDAR

    @property
    def suffix(self) -> str:
        return self.value

    @property
    def content_type(self) -> str:
        return f"{_EXPORT_TYPES[self.value]}; charset=utf-8"


_EXPORT_TYPES = {".ics": "text/calendar", ".xml": "application/calendar+xml", ".vcf": "text/vcard"}


@dataclass(frozen=True, slots=True)
class ExportFile:
    """A calendar or address book as one file, beside it: …/Calendar/personal.ics (dav.md §2.2)."""

    view: FolderView
    form: ExportForm
    kind: ClassVar[On] = On.EXPORT

    @property
    def segments(self) -> tuple[str, ...]:
        owner, kind, name = self.view.segments
        return (owner, kind, name + self.form.suffix)


FREE_BUSY_NAME = "freebusy.ifb"


@dataclass(frozen=True, slots=True)
class FreeBusyFile:
    """/SOGo/dav/<user>/freebusy.ifb: when somebody is busy, for everybody who logs in (dav.md §2.2)."""

    user: User
    kind: ClassVar[On] = On.FREE_BUSY

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.user.user_id, FREE_BUSY_NAME)


PROXY_NAMES = {False: "calendar-proxy-read", True: "calendar-proxy-write"}


@dataclass(frozen=True, slots=True)
class ProxyGroup:
    """/SOGo/dav/<user>/calendar-proxy-read/ or …-write/: a principal, whose members may read or write this user's
    calendars (dav.md §12)."""

    user: User
    writes: bool
    kind: ClassVar[On] = On.PROXY

    @property
    def name(self) -> str:
        return PROXY_NAMES[self.writes]

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.user.user_id, self.name)


NOTIFICATIONS_NAME = "notifications"


@dataclass(frozen=True, slots=True)
class Notifications:
    """/SOGo/dav/<user>/notifications/: what a user has to read about sharing."""

    user: User
    kind: ClassVar[On] = On.NOTIFICATIONS

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.user.user_id, NOTIFICATIONS_NAME)


@dataclass(frozen=True, slots=True)
class Notification:
    """One of it."""

    user: User
    notice: Notice
    kind: ClassVar[On] = On.NOTIFICATION

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.user.user_id, NOTIFICATIONS_NAME, self.notice.name)


OUTBOX_NAME = "outbox"


@dataclass(frozen=True, slots=True)
class Inbox:
    """/SOGo/dav/<user>/Calendar/inbox/: messages about meetings, for their owner only (RFC 6638 §2.2)."""

    owner: User
    kind: ClassVar[On] = On.INBOX

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.owner.user_id, FolderKind.CALENDAR.value, INBOX_NAME)


@dataclass(frozen=True, slots=True)
class Outbox:
    """/SOGo/dav/<user>/Calendar/outbox/: where one asks when others are busy (RFC 6638 §2.1). Nothing lies there."""

    owner: User
    kind: ClassVar[On] = On.OUTBOX

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.owner.user_id, FolderKind.CALENDAR.value, OUTBOX_NAME)


@dataclass(frozen=True, slots=True)
class InboxMessage:
    """A message in an inbox. It never changes."""

    inbox: Inbox
    item: InboxItem
    kind: ClassVar[On] = On.MESSAGE

    @property
    def segments(self) -> tuple[str, ...]:
        return (*self.inbox.segments, self.item.name)


@dataclass(frozen=True, slots=True)
class MailHome:
    """/SOGo/dav/<user>/Mail/"""

    owner: User
    kind: ClassVar[On] = On.MAIL_HOME

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.owner.user_id, "Mail")


@dataclass(frozen=True, slots=True)
class MailAccount:
    """/SOGo/dav/<user>/Mail/0/: what the site's IMAP server holds for a user."""

    owner: User
    kind: ClassVar[On] = On.MAIL_ACCOUNT

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.owner.user_id, "Mail", "0")


@dataclass(frozen=True, slots=True)
class MailBox:
    """/SOGo/dav/<user>/Mail/0/folderINBOX/folderSub/. `name` is that of the wire. One that is not `selectable` is there
    for what lies below it only."""

    owner: User
    name: str
    delimiter: str
    selectable: bool = True
    kind: ClassVar[On] = On.MAILBOX

    @property
    def title(self) -> str:
        """The last level of the name, as people read it."""
        return decode_name(self.name.rpartition(self.delimiter)[2] if self.delimiter else self.name)

    @property
    def segments(self) -> tuple[str, ...]:
        return (self.owner.user_id, "Mail", "0", *mailbox_segments(self.name, self.delimiter))


@dataclass(frozen=True, slots=True)
class MailMessage:
    """…/17.eml: what a UID names as long as the mailbox has this `uid_validity`."""

    box: MailBox
    uid: int
    uid_validity: int
    kind: ClassVar[On] = On.MAIL_MESSAGE

    @property
    def segments(self) -> tuple[str, ...]:
        return (*self.box.segments, message_segment(self.uid))


Resource = (
    Root
    | Principal
    | ProxyGroup
    | Notifications
    | Notification
    | Home
    | Collection
    | StoredObject
    | DirectoryBook
    | DirectoryObject
    | Reserved
    | ExportFile
    | FreeBusyFile
    | Inbox
    | Outbox
    | InboxMessage
    | MailHome
    | MailAccount
    | MailBox
    | MailMessage
)


@dataclass(frozen=True, slots=True)
class Slot:
    """A name below an existing parent where nothing is (yet), but perhaps somebody's lock."""

    parent: Principal | Home | Collection | DirectoryBook | MailAccount | MailBox
    name: str
    reserved: Reserved | None = None

    @property
    def segments(self) -> tuple[str, ...]:
        return (*self.parent.segments, self.name)


@dataclass(frozen=True, slots=True)
class Nowhere:
    """A path whose parent does not exist either: 404, or 409 for whoever wants to create something there."""

    segments: tuple[str, ...]


def is_collection(resource: Resource) -> bool:
    return bool(resource.kind & COLLECTIONS)


def lockable(target: Resource | Slot | Nowhere) -> tuple[FolderView, str] | None:
    """The folder and the name by which something is locked; None where there are no locks."""
    match target:
        case Collection(view):
            return view, FOLDER
        case StoredObject(view, entry):
            return view, entry.name
        case Slot(Collection(view), name) | Reserved(view, name):
            return view, name
    return None
