"""What is given away, checked before it is stored: the roles of one person, group, everybody or anonymous."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sogo.errors import InvalidRequest
from sogo.model.folder import FolderKind
from sogo.model.rights import ANONYMOUS, ANYBODY, CREATOR, ERASER, ROLES, EventClass, Sight, Standing, standing_of

COMPUTED = frozenset({"Owner", "Authenticated", "Anonymous", "PublicUser", "AuthorizedSubscriber", "None"})
"""What is worked out and never given; the original drops these words silently (store.md §9)."""
MAX_UID = 255
_ENDS = {Sight.TIMES: "DAndTViewer", Sight.WHOLE: "Viewer", Sight.ANSWERS: "Responder", Sight.CHANGES: "Modifier"}

READS = frozenset(f"{of.name.title()}Viewer" for of in EventClass)
WRITES = frozenset(f"{of.name.title()}Modifier" for of in EventClass) | {CREATOR, ERASER}
"""All that is given to who reads, or reads and writes, a whole calendar (dav.md §12)."""


def check_roles(kind: FolderKind, words: Iterable[str]) -> frozenset[str]:
    """The roles in these words: of several for one class the strongest, as at most one is stored. Raises InvalidRequest
    for a word that is no role of this kind of folder."""
    given = frozenset(words) - COMPUTED
    if unknown := given - ROLES[kind]:
        raise InvalidRequest(f"{min(unknown)[:80]!r} is no role here.")
    if kind is FolderKind.CONTACTS:
        return given
    standing = standing_of(kind, given)
    kept = {f"{of.name.title()}{_ENDS[sight]}" for of, sight in zip(EventClass, standing.sights, strict=True) if sight}
    return frozenset(kept | (given & {CREATOR, ERASER}))


def check_uid(name: str) -> str:
    """A name that can be that of a row; whether there is somebody of this name is not asked. Raises InvalidRequest."""
    if not name or len(name) > MAX_UID or not name.isprintable() or name != name.strip():
        raise InvalidRequest("A user needs a name of at most 255 printable characters.")
    return name


def is_everybody(uid: str) -> bool:
    """Rows that are nobody's in particular."""
    return uid in (ANYBODY, ANONYMOUS)


def level_of(kind: FolderKind, roles: Collection[str]) -> Sight:
    """How strong roles are for a whole folder as clients of Apple see it: CHANGES for who may change anything, WHOLE
    for who only sees, NOTHING (dav.md §12)."""
    return level_of_standing(standing_of(kind, roles))


def level_of_standing(standing: Standing) -> Sight:
    """The same for what roles amount to."""
    if standing.creates or standing.erases or max(standing.sights) >= Sight.ANSWERS:
        return Sight.CHANGES
    return Sight.WHOLE if any(standing.sights) else Sight.NOTHING


def differing(before: Mapping[str, Collection[str]], after: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """What of `after` is not so yet. A row that grants nothing is one too."""
    return {
        uid: roles for uid, roles in after.items() if uid not in before or frozenset(before[uid]) - COMPUTED != roles
    }
