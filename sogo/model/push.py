"""Who is told of changes by push, of which, and how far they were told: as values."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sogo.model.folder import BY_THE_CLOCK, FolderState
from sogo.model.listing import state_of
from sogo.secret import Secret

DISPLAY_NAME = "{DAV:}displayname"
_CONTENT_NAMES = frozenset(
    f"{{DAV:}}{name}" for name in ("getetag", "getlastmodified", "getcontentlength", "sync-token", "creationdate")
) | {"{http://calendarserver.org/ns/}getctag"}
"""Properties that only say that content has changed: nobody follows them as properties (draft, property updates)."""
_ID = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Triggers:
    """`sync_level` "1": the members of a collection; "infinite": of a home also what is in its folders; "": nothing of
    content. `properties`: Clark names, empty for whatever changes; None: nothing of properties."""

    sync_level: str = ""
    properties: tuple[str, ...] | None = None

    @property
    def any(self) -> bool:
        return bool(self.sync_level) or self.properties is not None

    def wants(self, names: Sequence[str]) -> bool:
        """Whether somebody with these triggers is told that these properties have changed."""
        return self.properties is not None and (not self.properties or not set(self.properties).isdisjoint(names))


def supported(triggers: Triggers, *, is_home: bool) -> Triggers:
    """What of these a collection can fulfil. In a folder there is nothing deeper than its objects; of homes only
    content is followed. A list of properties that names nothing which could change is no wish at all."""
    if is_home:
        return Triggers(triggers.sync_level)
    names = triggers.properties
    if names:
        names = tuple(name for name in names if name not in _CONTENT_NAMES) or None
    return Triggers("1" if triggers.sync_level else "", names)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One device that follows one collection. `id` is a secret between the server and the user: the registration.

    `path` is the c_path of a folder, or that of a home. `resource` is where the push service takes messages, a secret
    as its keys are. `told` is how far it was told (`mark_of`, `listing_mark`), `title` the digest of the display name
    it knows; `edits` counts the changes of properties for it, `edits_told` those it was told. `failing_since` is 0
    while messages get through. Times are epoch seconds.
    """

    id: str
    path: str
    user_id: str
    resource: Secret
    point: bytes = field(repr=False)
    auth_secret: Secret
    triggers: Triggers
    expires: int
    told: str = ""
    title: str = ""
    edits: int = 0
    edits_told: int = 0
    failing_since: int = 0


@dataclass(frozen=True, slots=True)
class Quiet:
    """Registrations of the writer that want to hear nothing of what is being written (Push-Dont-Notify): those with
    these ids, or all that this user has."""

    user_id: str
    ids: frozenset[str] = frozenset()
    everything: bool = False

    def covers(self, registration: str, user_id: str) -> bool:
        return user_id == self.user_id and (self.everything or registration in self.ids)


@dataclass(frozen=True, slots=True)
class PushKeys:
    """What all workers of a site share: the private key of VAPID, and what topics are made with."""

    vapid: Secret
    topic: Secret


def is_registration_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def title_mark(display_name: str) -> str:
    return hashlib.sha256(display_name.encode()).hexdigest()[:32]


def mark_of(state: FolderState) -> str:
    """What differs whenever the content of a folder does. By the clock only as far as the clock tells: two changes of
    one second bear one mark."""
    if is_by_the_clock(state):
        return f"{BY_THE_CLOCK}-{state.modified}"
    return str(state.point)


def is_by_the_clock(state: FolderState) -> bool:
    return state.point.generation == BY_THE_CLOCK


def listing_mark(states: Sequence[FolderState], *, deep: bool) -> str:
    """The same for a home: which folders there are and what they are called; `deep`: also what is in them."""
    return state_of(
        sorted(
            (state.folder.id, state.folder.name, state.folder.display_name, mark_of(state) if deep else "")
            for state in states
        )
    )
