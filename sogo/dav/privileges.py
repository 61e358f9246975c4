"""Privileges (RFC 3744 §3): which there are on what, how they contain each other, and which of them an actor has.

A privilege is held when it is given, when one that contains it is held, or when all that it contains are held (dav.md
§11.6). Those of the namespace of SOGo tell clients of the classes of events; by them they notice that rights changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass

from sogo.auth.interface import User
from sogo.codec.davxml.names import CALDAV, DAV, INVERSE, clark
from sogo.codec.davxml.writer import element, escape
from sogo.dav.resources import (
    Collection,
    DirectoryBook,
    DirectoryObject,
    Home,
    Inbox,
    InboxMessage,
    MailAccount,
    MailBox,
    MailHome,
    MailMessage,
    Notification,
    Notifications,
    On,
    Outbox,
    Principal,
    ProxyGroup,
    Resource,
    StoredObject,
)
from sogo.model.rights import Deed, EventClass, Sight, Standing, class_of
from sogo.service.folders import FolderView, standing


@dataclass(frozen=True, slots=True)
class Privilege:
    """`name` is a Clark name; an `abstract` one cannot be given by itself."""

    name: str
    description: str
    inner: tuple[Privilege, ...] = ()
    abstract: bool = False

    def walk(self) -> Iterator[Privilege]:
        """This one and all that it contains, from above."""
        yield self
        for one in self.inner:
            yield from one.walk()

    def render(self) -> str:
        """A D:supported-privilege."""
        inner = element(clark(DAV, "privilege"), element(self.name))
        inner += element(clark(DAV, "abstract")) if self.abstract else ""
        inner += f'<D:description xml:lang="en">{escape(self.description)}</D:description>'
        return element(clark(DAV, "supported-privilege"), inner + "".join(one.render() for one in self.inner))


def _dav(name: str, description: str, *inner: Privilege) -> Privilege:
    return Privilege(clark(DAV, name), description, inner)


def _caldav(name: str, description: str, *inner: Privilege) -> Privilege:
    return Privilege(clark(CALDAV, name), description, inner)


def _inverse(name: str, description: str, *inner: Privilege, abstract: bool = False) -> Privilege:
    return Privilege(clark(INVERSE, name), description, inner, abstract)


_KINDS = ("vevent", "vtodo", "vjournal", "vfreebusy")
_TWO = _KINDS[:2]
_SCHEDULE = _caldav(
    "schedule", "Schedule",
    _caldav("schedule-post", "Send", *(_caldav(f"schedule-post-{kind}", f"Send {kind}") for kind in _KINDS)),
    _caldav("schedule-deliver", "Receive", *(_caldav(f"schedule-deliver-{kind}", f"Take {kind}") for kind in _KINDS)),
    _caldav("schedule-respond", "Answer", *(_caldav(f"schedule-respond-{kind}", f"Reply {kind}") for kind in _TWO)),
)  # fmt: skip
_OWN = _dav("read-current-user-privilege-set", "Read one's own privileges")
_FREE_BUSY = _caldav("read-free-busy", "Read free and busy times")
_PROPERTIES = _dav("write-properties", "Change properties")
_CONTENT = _dav("write-content", "Change objects")
_UNBIND = _dav("unbind", "Remove objects")
_LISTS = (_dav("read-acl", "Read who may do what"), _dav("write-acl", "Change who may do what"))
_ADMIN = _inverse("admin", "Administer", *_LISTS, abstract=True)
_WORDS = {Sight.WHOLE: "viewwhole", Sight.TIMES: "viewdant", Sight.CHANGES: "modify", Sight.ANSWERS: "respondto"}
_RECORDS = tuple(
    _inverse(f"{word}-{of.name.lower()}-records", f"{word} {of.name.lower()} objects")
    for of in EventClass
    for word in _WORDS.values()
)

PLAIN = _dav(
    "all", "Everything",
    _dav("read", "Read", _OWN, _FREE_BUSY),
    _dav("write", "Write", _PROPERTIES, _CONTENT, _dav("bind", "Add objects"), _UNBIND),
    *_LISTS,
)  # fmt: skip
"""Of what lies above folders, and of files."""
BOOK = _dav(
    "all", "Everything",
    _dav("read", "Read", _OWN),
    _dav("write", "Write", _PROPERTIES, _CONTENT, _dav("bind", "Add objects"), _UNBIND),
    _ADMIN,
)  # fmt: skip
CALENDAR = _dav(
    "all", "Everything",
    _dav("read", "Read", _OWN, _FREE_BUSY),
    _dav("write", "Write", _dav("bind", "Add objects", _SCHEDULE), _UNBIND, _PROPERTIES, _CONTENT),
    _ADMIN,
    *_RECORDS,
)  # fmt: skip
_DELIVER = _caldav(
    "schedule-deliver", "Receive",
    *(
        _caldav(f"schedule-{name}", f"Receive {name}") for name in ("deliver-invite", "deliver-reply", "query-freebusy")
    ),
)  # fmt: skip
_SEND = _caldav(
    "schedule-send", "Send",
    *(_caldav(f"schedule-send-{kind}", f"Send {kind}") for kind in ("invite", "reply", "freebusy")),
)  # fmt: skip
_BOX = (
    _dav("read", "Read", _OWN, _FREE_BUSY),
    _dav("write", "Write", _PROPERTIES, _CONTENT, _dav("bind", "Add objects"), _UNBIND),
    *_LISTS,
)
INBOX = _dav("all", "Everything", *_BOX, _DELIVER)
OUTBOX = _dav("all", "Everything", *_BOX, _SEND)
"""RFC 6638 §6, beside the privileges of its drafts on calendars."""
EVENT = _dav(
    "all", "Everything",
    _dav("read", "Read", _OWN),
    _inverse("view-whole-component", "See everything of it"),
    _inverse("view-date-and-time", "See when it is"),
    _dav("write", "Write", _PROPERTIES, _dav("write-content", "Change it", _inverse("respond-to-component", "Answer"))),
    _ADMIN,
)  # fmt: skip
CARD = _dav("all", "Everything", _dav("read", "Read", _OWN), _dav("write", "Write", _PROPERTIES, _CONTENT), _ADMIN)
_TREES = {
    On.CALENDAR: CALENDAR, On.ADDRESS_BOOK: BOOK, On.EVENT: EVENT, On.CARD: CARD, On.DIRECTORY: BOOK,
    On.DIRECTORY_CARD: CARD, On.INBOX: INBOX, On.OUTBOX: OUTBOX, On.MESSAGE: CARD,
}  # fmt: skip


def tree_of(kind: On) -> Privilege:
    return _TREES.get(kind, PLAIN)


def held(resource: Resource, actor: User) -> list[str]:
    """The Clark names of the privileges the actor has, in the order of the tree."""
    tree = tree_of(resource.kind)
    return [one.name for one in tree.walk() if one.name in _spread(tree, _given(resource, actor))]


def _spread(tree: Privilege, given: Set[str]) -> frozenset[str]:
    """What is given, with what it contains and what consists of it."""
    found: set[str] = set()

    def look(one: Privilege, *, above: bool) -> bool:
        mine = above or one.name in given
        below = [look(inner, above=mine) for inner in one.inner]
        mine = mine or (bool(below) and all(below))
        if mine:
            found.add(one.name)
        return mine

    look(tree, above=False)
    return frozenset(found)


_ALL = frozenset({clark(DAV, "all")})
_READ = frozenset({clark(DAV, "read")})


def _given(resource: Resource, actor: User) -> Set[str]:
    match resource:
        case Collection(view):
            return _of_book(view.standing) if view.standing.is_book else _of_calendar(view.standing)
        case StoredObject(view, entry):
            return _of_object(view, (entry.quick or {}).get("c_classification"), masked=entry.mask is not None)
        case Home(owner=user) | Principal(user) | ProxyGroup(user) | Notifications(user) | Notification(user) if (
            standing(actor, user).owner
        ):
            return _ALL
        case Inbox() | Outbox() | InboxMessage():
            return _ALL
        case MailHome() | MailAccount() | MailBox() | MailMessage():
            return _ALL  # nobody sees the mail of others
        case DirectoryBook() | DirectoryObject():
            return _READ
    return _READ


def _of_calendar(standing: Standing) -> Set[str]:
    if standing.owner:
        return _ALL
    given = set(_READ) if standing.sees else set()
    if standing.creates:
        given |= {clark(DAV, "bind"), clark(DAV, "write-content")}
    if standing.erases:
        given.add(clark(DAV, "unbind"))
    for of, sight in zip(EventClass, standing.sights, strict=True):
        # Who sees everything is not told that he sees the times; who changes may answer, and sees.
        words = [word for need, word in _WORDS.items() if (sight >= need if need > Sight.TIMES else sight == need)]
        given |= {clark(INVERSE, f"{word}-{of.name.lower()}-records") for word in words}
    return given


def _of_book(standing: Standing) -> Set[str]:
    given = set(_READ) if standing.sight(None) >= Sight.WHOLE else set()
    given |= {_CONTENT.name} if standing.creates or standing.sight(None) is Sight.CHANGES else set()
    given |= {clark(DAV, "bind")} if standing.creates else set()
    return given | ({_UNBIND.name} if standing.erases else set())


def _of_object(view: FolderView, code: object, *, masked: bool) -> Set[str]:
    """What is not known of an object that is shown is known of all that the actor sees as much of."""
    if view.standing.owner:
        return _ALL
    given = set(_READ)
    if masked:
        return given | {clark(INVERSE, "view-date-and-time")}
    of_class = class_of(code)
    given |= {clark(INVERSE, "view-whole-component"), clark(INVERSE, "view-date-and-time")}
    if view.permits(Deed.RESPOND, of_class):
        given.add(clark(DAV, "write-content"))
    if view.permits(Deed.MODIFY, of_class):
        given.add(clark(DAV, "write"))
    return given
