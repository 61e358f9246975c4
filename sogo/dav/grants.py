"""Roles as privileges that can be given away by an ACL request (RFC 3744 §8.1), and back.

| privilege | roles in a calendar | in an address book |
|---|---|---|
| D:read | …Viewer of all classes | ObjectViewer |
| D:write-content | …Modifier of all classes | ObjectEditor |
| D:bind, D:unbind | ObjectCreator, ObjectEraser | the same |
| D:write | the last three together | the last three together |
| I:viewdant-, viewwhole-, respondto-, modify-<class>-records | the role of this class | |

What a list shows can be sent back as it is. Other privileges are the owner's, or come with these.
"""

from __future__ import annotations

from collections.abc import Iterable

from sogo.codec.davxml.names import DAV, INVERSE, clark
from sogo.errors import InvalidData
from sogo.model.folder import FolderKind
from sogo.model.rights import CREATOR, EDITOR, ERASER, VIEWER, EventClass, Sight, standing_of

_WORDS = {
    Sight.TIMES: ("viewdant", "DAndTViewer"), Sight.WHOLE: ("viewwhole", "Viewer"),
    Sight.ANSWERS: ("respondto", "Responder"), Sight.CHANGES: ("modify", "Modifier"),
}  # fmt: skip
_OF_CLASS = {
    clark(INVERSE, f"{word}-{of.name.lower()}-records"): f"{of.name.title()}{role}"
    for of in EventClass
    for word, role in _WORDS.values()
}
_READ, _CONTENT = clark(DAV, "read"), clark(DAV, "write-content")
_BIND, _UNBIND, _WRITE = clark(DAV, "bind"), clark(DAV, "unbind"), clark(DAV, "write")


def _all(role: str) -> frozenset[str]:
    return frozenset(f"{of.name.title()}{role}" for of in EventClass)


_SHARED = {_BIND: frozenset({CREATOR}), _UNBIND: frozenset({ERASER})}
_CALENDAR = _SHARED | {_READ: _all("Viewer"), _CONTENT: _all("Modifier")}
_CALENDAR |= {_WRITE: _all("Modifier") | {CREATOR, ERASER}}
_CALENDAR |= {name: frozenset({role}) for name, role in _OF_CLASS.items()}
_BOOK = _SHARED | {
    _READ: frozenset({VIEWER}),
    _CONTENT: frozenset({EDITOR}),
    _WRITE: frozenset({EDITOR, CREATOR, ERASER}),
}
_TABLES = {FolderKind.CALENDAR: _CALENDAR, FolderKind.CONTACTS: _BOOK}


def privileges_of(kind: FolderKind, roles: Iterable[str]) -> tuple[str, ...]:
    """What roles grant, by privileges each of which stands for one role or for one on each class."""
    standing = standing_of(kind, roles)
    found: list[str] = []
    if standing.is_book:
        sight = standing.sight(None)
        found += [name for need, name in ((Sight.WHOLE, _READ), (Sight.CHANGES, _CONTENT)) if sight >= need]
    else:
        for of, sight in zip(EventClass, standing.sights, strict=True):
            found += [clark(INVERSE, f"{_WORDS[sight][0]}-{of.name.lower()}-records")] if sight else []
    return (*found, *([_BIND] if standing.creates else []), *([_UNBIND] if standing.erases else []))


def roles_for(kind: FolderKind, privileges: Iterable[str]) -> frozenset[str]:
    """The roles that give these privileges; of each class the strongest only, as one is stored. Raises InvalidData
    (allowed-principal) for a privilege that only an owner has."""
    table, given = _TABLES[kind], set[str]()
    for name in privileges:
        if name not in table:
            raise InvalidData(f"{name[:100]} cannot be given to others.", rule="allowed-principal")
        given |= table[name]
    if kind is FolderKind.CONTACTS:
        return frozenset(given)
    standing = standing_of(kind, given)
    kept = {
        f"{of.name.title()}{_WORDS[sight][1]}" for of, sight in zip(EventClass, standing.sights, strict=True) if sight
    }
    return frozenset(kept | (given & {CREATOR, ERASER}))
