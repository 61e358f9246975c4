"""Creating collections with properties: extended MKCOL (RFC 5689 §5.1) and MKCALENDAR (RFC 4791 §9.2)."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.davxml.names import caldav, dav
from sogo.codec.davxml.reader import Element, children, elements, name_of
from sogo.codec.davxml.rfc4918 import Action, PropertyChange, bounded_changes, changes_of, expect_root


@dataclass(frozen=True, slots=True)
class MkcolRequest:
    """`types`: the Clark names inside D:resourcetype, None when the body does not say. `changes`: all other properties
    to set, in order."""

    types: frozenset[str] | None = None
    changes: tuple[PropertyChange, ...] = ()


def parse_mkcol(root: Element | None) -> MkcolRequest:
    """Read the body of MKCOL or MKCALENDAR; none is a plain collection. Raises CodecError, TooMany."""
    if root is None:
        return MkcolRequest()
    expect_root(root, dav("mkcol"), caldav("mkcalendar"))
    changes = bounded_changes(
        change for group in children(root, dav("set")) for change in changes_of(Action.SET, group)
    )
    types: frozenset[str] | None = None
    for change in changes:
        if change.name == dav("resourcetype"):
            types = frozenset(name_of(item) for item in elements(change.element))
    return MkcolRequest(types, tuple(change for change in changes if change.name != dav("resourcetype")))
