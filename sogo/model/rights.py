"""May this actor do this? One pure question, asked by the service and answered for every face (dav.md §11).

    rows of the ACL -> roles_of: which of them are the actor's -> standing_of: what they amount to -> Standing
    Standing, Deed, EventClass -> permits / refusal / require

A `Standing` is what an actor is to a folder: a value, the same for all whose roles come to the same. `require` lets a
`Deed` pass or raises the refusal, and the refusal is decided here too: somebody who may not see the folder must not
learn that it exists (NotFound), somebody who sees it is told which privilege is missing (Forbidden), and who did not
log in is told to do so (LoginNeeded).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum

from sogo.errors import DomainError, Forbidden, LoginNeeded, NotFound
from sogo.model.folder import FolderKind

ANYBODY = "<default>"
"""The uid of rows for whoever logs in."""
ANONYMOUS = "anonymous"
"""The uid of rows for who does not; also how such an actor is called."""
GROUP_MARK = "@"
NO_ROLE = "None"
CREATOR, ERASER, VIEWER, EDITOR = "ObjectCreator", "ObjectEraser", "ObjectViewer", "ObjectEditor"

Rows = Mapping[str, Collection[str]]
"""uid, @group, <default> or anonymous -> roles, as they are stored (store.md §9)."""


class EventClass(IntEnum):
    """What CLASS says of an event or task; the value is c_classification. A card has none."""

    PUBLIC = 0
    PRIVATE = 1
    CONFIDENTIAL = 2


class Sight(IntEnum):
    """How far an actor gets with the objects of one class; each includes those before it (dav.md §11.1)."""

    NOTHING = 0
    TIMES = 1
    """Dates and times only: `sogo.model.masking`."""
    WHOLE = 2
    ANSWERS = 3
    """The owner's PARTSTAT may be changed, nothing else."""
    CHANGES = 4


class Deed(Enum):
    """What can be done to a folder or to what lies in it. Those of objects depend on their class."""

    SEE = "see"
    LIST = "list"
    READ_TIMES = "read times"
    READ = "read"
    RESPOND = "respond"
    MODIFY = "modify"
    CREATE = "create"
    REMOVE = "remove"
    READ_FREE_BUSY = "read free-busy"
    CREATE_FOLDER = "create folder"
    REMOVE_FOLDER = "remove folder"
    SET_PROPERTIES = "set properties"
    READ_ACL = "read acl"
    WRITE_ACL = "write acl"

    @property
    def privilege(self) -> str:
        """The privilege RFC 3744 §7.1.1 wants named in a refusal."""
        return _PRIVILEGES[self]


_PRIVILEGES = {
    Deed.SEE: "read",
    Deed.LIST: "read",
    Deed.READ_TIMES: "read",
    Deed.READ: "read",
    Deed.RESPOND: "write-content",
    Deed.MODIFY: "write-content",
    Deed.CREATE: "bind",
    Deed.REMOVE: "unbind",
    Deed.READ_FREE_BUSY: "read-free-busy",
    Deed.CREATE_FOLDER: "bind",
    Deed.REMOVE_FOLDER: "unbind",
    Deed.SET_PROPERTIES: "write-properties",
    Deed.READ_ACL: "read-acl",
    Deed.WRITE_ACL: "write-acl",
}
_SIGHTS = {
    Deed.READ_TIMES: Sight.TIMES,
    Deed.READ: Sight.WHOLE,
    Deed.RESPOND: Sight.ANSWERS,
    Deed.MODIFY: Sight.CHANGES,
}
"""Deeds whose right comes with the class of the object."""

_READING = frozenset({Deed.SEE, Deed.LIST, Deed.READ_TIMES, Deed.READ, Deed.READ_FREE_BUSY})

_PREFIXES = {"Public": EventClass.PUBLIC, "Private": EventClass.PRIVATE, "Confidential": EventClass.CONFIDENTIAL}
_SUFFIXES = {
    "DAndTViewer": Sight.TIMES, "Viewer": Sight.WHOLE, "Responder": Sight.ANSWERS, "Modifier": Sight.CHANGES,
}  # fmt: skip
_BY_CLASS = {f"{word}{end}": (of, sight) for word, of in _PREFIXES.items() for end, sight in _SUFFIXES.items()}
_BOOK = {VIEWER: Sight.WHOLE, EDITOR: Sight.CHANGES}

ROLES = {
    FolderKind.CALENDAR: frozenset({*_BY_CLASS, CREATOR, ERASER}),
    FolderKind.CONTACTS: frozenset({*_BOOK, CREATOR, ERASER}),
}
"""What can be given away, by kind of folder."""

Sights = tuple[Sight, Sight, Sight]
_NO_SIGHTS: Sights = (Sight.NOTHING, Sight.NOTHING, Sight.NOTHING)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an actor is to a folder: its owner (superusers count as one), or somebody with rights. `sights` are those of
    public, private and confidential objects, three times the same in an address book. `known`: the actor logged in."""

    owner: bool = False
    sights: Sights = _NO_SIGHTS
    creates: bool = False
    erases: bool = False
    is_book: bool = False
    known: bool = True

    @property
    def sees(self) -> bool:
        """Whether the actor may know that the folder exists: any right is enough."""
        return self.owner or self.creates or self.erases or any(self.sights)

    @property
    def key(self) -> str:
        """A short text, the same whenever the standing is. What it tells is for nobody but us."""
        if self.owner:
            return "o"
        marks = zip("cebk", (self.creates, self.erases, self.is_book, self.known), strict=True)
        return "".join(str(int(sight)) for sight in self.sights) + "".join(mark for mark, on in marks if on)

    def sight(self, of_class: EventClass | None) -> Sight:
        """How far the actor gets with an object of this class. None is an object whose class nobody knows: it counts
        as the class the actor sees least of."""
        if self.owner:
            return Sight.CHANGES
        return min(self.sights) if of_class is None else self.sights[of_class]

    @property
    def sees_everything(self) -> bool:
        """Whether every object is shown, and shown whole."""
        return self.owner or min(self.sights) >= Sight.WHOLE

    @property
    def is_even(self) -> bool:
        """Whether the class of an object makes no difference, and every object is shown whole."""
        return self.owner or (self.sees_everything and len(set(self.sights)) == 1)


OWNER = Standing(owner=True)
NOBODY = Standing()


def class_of(code: object) -> EventClass | None:
    """The class by c_classification; None for what is no such code."""
    try:
        return EventClass(int(code))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return None


def roles_of(user_id: str, groups: Collection[str], rows: Rows, defaults: Iterable[str]) -> frozenset[str]:
    """The roles of somebody who is not the owner, by the rows of a folder (dav.md §11.3).

    `groups` are the uids of rows, with their @, of whose groups the user is a member; `defaults` what the domain gives
    everybody. The first of own rows, groups' rows together, rows for anybody and defaults that is there decides, also
    when it grants nothing. Who is anonymous has its own rows only.
    """
    if rows.get(user_id):
        return frozenset(rows[user_id])
    if user_id == ANONYMOUS:
        return frozenset()
    of_groups = frozenset(role for group in groups for role in rows.get(group, ()))
    return of_groups or frozenset(rows.get(ANYBODY, ())) or frozenset(defaults)


def standing_of(kind: FolderKind, roles: Iterable[str], *, known: bool = True) -> Standing:
    """What roles amount to. Of several roles for one class the strongest counts; what is no role of this kind of folder
    means nothing."""
    given = frozenset(roles)
    is_book = kind is FolderKind.CONTACTS
    if is_book:
        best = max((_BOOK[role] for role in given & _BOOK.keys()), default=Sight.NOTHING)
        sights: Sights = (best, best, best)
    else:
        found = [_BY_CLASS[role] for role in given & _BY_CLASS.keys()]
        public, private, confidential = (
            max((sight for of, sight in found if of is wanted), default=Sight.NOTHING) for wanted in EventClass
        )
        sights = (public, private, confidential)
    return Standing(
        sights=sights, creates=CREATOR in given, erases=ERASER in given, is_book=is_book, known=known
    )  # fmt: skip


def permits(standing: Standing, deed: Deed, of_class: EventClass | None = None) -> bool:
    """The one table of rights (dav.md §11.5). For deeds on objects `of_class` is the object's."""
    if standing.owner:
        return True
    if not standing.known and deed not in _READING:
        return False  # whatever a row says, nobody writes without a name
    if deed in _SIGHTS:
        return standing.sight(of_class) >= _SIGHTS[deed]
    match deed:
        case Deed.SEE:
            return standing.sees
        case Deed.LIST:
            # Without a right on what lies in it, it is empty.
            return standing.sees
        case Deed.READ_FREE_BUSY:
            return standing.sees and not standing.is_book
        case Deed.CREATE:
            return standing.creates
        case Deed.REMOVE:
            return standing.erases
    return False


def refusal(standing: Standing, deed: Deed) -> DomainError | LoginNeeded:
    """The error that says no without telling more than the actor may know (dav.md §11.5)."""
    if not standing.sees:
        return NotFound("There is no such resource.")
    if not standing.known:
        return LoginNeeded("A user name and a password are needed for this.")
    return Forbidden("You do not have the right to do this.", right=deed.privilege)


def require(standing: Standing, deed: Deed, of_class: EventClass | None = None) -> None:
    """Raises NotFound, LoginNeeded or Forbidden unless the deed is allowed."""
    if not permits(standing, deed, of_class):
        raise refusal(standing, deed)
