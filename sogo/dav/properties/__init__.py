"""Live properties, one module per standard. A property is a function declared with @prop:

    @prop("{DAV:}getetag", on=STORED_OBJECTS, rfc="4918 §15.6")
    def getetag(item: Loaded) -> str | None:
        return escape(quoted(item.etag))

It gets a resource with everything loaded that `needs` asks for, and returns the serialised inside of the element, ""
for an empty one, None when the resource does not have the property (404). It never waits: what must be fetched is
fetched once for all resources of an answer, before. `load_all` imports every module of this package in name order; a
name declared twice for the same kind of resource stops the start.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Flag, auto
from functools import lru_cache

from sogo.codec.davxml.reader import Element
from sogo.dav.context import DavRequest
from sogo.dav.loading import load_modules
from sogo.dav.mail_facts import NO_FACTS, MailFacts
from sogo.dav.resources import On, Resource
from sogo.model.folder import SyncPoint
from sogo.model.folder_settings import Document
from sogo.model.locks import Lock
from sogo.model.rights import Rows
from sogo.service.folders import FolderView
from sogo.service.invitations import Invited
from sogo.service.proxies import NO_PROXIES, Proxies
from sogo.service.push import PushOffer
from sogo.store.interface import InboxItem, Profile


class Need(Flag):
    """What a getter wants loaded beyond the resource itself."""

    NOTHING = 0
    SETTINGS = auto()
    """The actor's profile."""
    STORED = auto()
    """Properties kept in the property store."""
    CONTENT = auto()
    """The text of stored objects."""
    OWNER = auto()
    """The profile of the resource's owner."""
    HOME_POINT = auto()
    """Where the listing of a home stands; noting it may write."""
    HOME_LISTING = auto()
    """The members of a home with their states."""
    USED = auto()
    """The octets a folder, or a home, holds."""
    POSITION = auto()
    """The place of a calendar in its home."""
    LOCKS = auto()
    """The locks on the resource."""
    PUSH = auto()
    """What the site offers who wants push messages."""
    INVITED = auto()
    """Who has been invited to a calendar."""
    PROXIES = auto()
    """Who is a proxy of whom."""
    RIGHTS = auto()
    """What others have been given on a folder."""
    SCHEDULE_TAG = auto()
    """The schedule tag of meetings; their content is needed as well."""
    INBOX = auto()
    """The messages of an inbox."""
    CALENDARS = auto()
    """The calendars of who owns an inbox."""
    MAILBOX = auto()
    """The numbers of a mailbox."""
    MAIL_HEADERS = auto()
    """The headers of a message, and what it consists of."""
    MAIL_TEXT = auto()
    """The octets of a message."""


MAIL = Need.MAILBOX | Need.MAIL_HEADERS | Need.MAIL_TEXT
"""What the mail server is asked for."""
COSTLY = (
    Need.HOME_POINT
    | Need.HOME_LISTING
    | Need.USED
    | Need.RIGHTS
    | Need.PROXIES
    | Need.INVITED
    | Need.INBOX
    | Need.CALENDARS
    | MAIL
)
"""What nobody looks for to tell only the names of properties."""


@dataclass(frozen=True, slots=True)
class Beyond:
    """What only single properties want to know; None for what was not asked, or is not known."""

    home_point: SyncPoint | None = None
    home_members: Mapping[str, str] | None = None
    used_bytes: int | None = None
    push: PushOffer | None = None
    rights: Rows = field(default_factory=dict)
    proxies: Proxies = NO_PROXIES
    invited: Sequence[Invited] = ()
    schedule_tag: str | None = None
    inbox: Sequence[InboxItem] = ()
    calendars: Sequence[FolderView] = ()
    mail: MailFacts = NO_FACTS


@dataclass(frozen=True, slots=True)
class Loaded:
    """A resource as getters see it. `stored` are its properties of the property store, by Clark name."""

    request: DavRequest
    resource: Resource
    profile: Profile
    stored: Mapping[str, str]
    owner_profile: Profile
    locks: Sequence[Lock] = ()
    beyond: Beyond = Beyond()

    @property
    def settings(self) -> Document:
        """The actor's settings document; empty unless SETTINGS was asked for."""
        return self.profile.settings


Getter = Callable[[Loaded], str | None]


@dataclass(slots=True)
class Edit:
    """What a setter wants done, collected until every property of the request was found settable; only then applied.

    `settings` edit the actor's settings document, `owner_defaults` the owner's defaults; `stored` goes to the property
    store (None removes), `display_name` renames the folder, `members` are those of a group.
    """

    settings: list[Callable[[Document], None]] = field(default_factory=list)
    owner_defaults: list[Callable[[Document], None]] = field(default_factory=list)
    stored: dict[str, str | None] = field(default_factory=dict)
    display_name: str | None = None
    members: tuple[str, ...] | None = None


Setter = Callable[[Loaded, Element | None, Edit], None]
"""(resource, element or None to remove, edit to add to). Raises a DomainError when the value is not acceptable."""


@dataclass(slots=True)
class Property:
    name: str
    on: On
    get: Getter
    needs: Need
    rfc: str
    allprop: bool
    steady: bool = False
    variant: str = ""
    """Which form of the value this is, where a request asks for another one; answers are remembered apart by it."""
    set: Setter | None = None

    def setter(self, function: Setter) -> Setter:
        """Declares how the property is set; without one it is protected."""
        self.set = function
        return function


_REGISTRY: dict[str, list[Property]] = {}


def prop(
    name: str, *, on: On, rfc: str, needs: Need = Need.NOTHING, allprop: bool = False, steady: bool = False
) -> Callable[[Getter], Property]:
    """Declare a live property. `allprop`: part of the answer to an allprop request (RFC 4918 §9.1). `steady`: on an
    object, the value depends on nothing but the object, its path, and whether the reader sees alarms; so it can be
    remembered (`sogo.dav.rendered`)."""

    def declare(function: Getter) -> Property:
        made = Property(name, on, function, needs, rfc, allprop, steady)
        for other in _REGISTRY.setdefault(name, []):
            if other.on & on:
                raise RuntimeError(f"the property {name} is declared twice for {other.on & on}")
        _REGISTRY[name].append(made)
        _of_kind.cache_clear()
        return made

    return declare


def find(name: str, kind: On) -> Property | None:
    """The live property of this name on this kind of resource."""
    return _of_kind(kind).get(name)


@lru_cache
def _of_kind(kind: On) -> Mapping[str, Property]:
    """The live properties of one kind of resource. Declarations come before requests: this is made once."""
    return {name: made for name, declared in _REGISTRY.items() for made in declared if made.on & kind}


def names_on(kind: On, *, allprop_only: bool = False) -> list[str]:
    return [
        name for name, made in _REGISTRY.items() for one in made if one.on & kind and (one.allprop or not allprop_only)
    ]


def load_all() -> None:
    load_modules(__name__, __path__)
