"""WebDAV: the bodies of PROPFIND and PROPPATCH (RFC 4918 §§14.19, 14.20), and lists of property names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element, children, elements, inner_xml, name_of, text_of, whole_xml
from sogo.errors import CodecError, TooMany

MAX_PROPERTIES = 1_000
MAX_NAME_CHARS = 1_000
MAX_NAMES_CHARS = 100_000
"""Each name is answered for each resource, so these bound the answer."""


class PropfindKind(Enum):
    PROP = "prop"
    PROPNAME = "propname"
    ALLPROP = "allprop"


@dataclass(frozen=True, slots=True)
class PropfindRequest:
    """`names` for PROP, `include` (§14.8) for ALLPROP; Clark names, each once, in the order they came. PROP with no
    name at all is sound: it asks for the hrefs."""

    kind: PropfindKind
    names: tuple[str, ...] = ()
    include: tuple[str, ...] = ()


class Action(Enum):
    SET = "set"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class PropertyChange:
    """One property of a `set` or `remove`, with its element: setters of live properties look inside it."""

    action: Action
    name: str
    element: Element

    @property
    def text(self) -> str:
        return text_of(self.element)

    @property
    def inner(self) -> str:
        """The value, serialised."""
        return inner_xml(self.element)

    @property
    def whole(self) -> str:
        """The property with its element, as dead properties are kept (`writer.Whole`)."""
        return whole_xml(self.element)


def expect_root(root: Element | None, *names: str) -> Element:
    """The root if it has one of these names; raises CodecError otherwise."""
    if root is None:
        raise CodecError("The request needs a body.")
    if name_of(root) not in names:
        raise CodecError(f"The request body is {name_of(root)[:100]}, expected {' or '.join(names)}.")
    return root


def property_names(parents: Iterable[Element]) -> tuple[str, ...]:
    """The names of all elements inside, each once. Several D:prop side by side read as one (dav.md §20.0).

    Raises TooMany beyond MAX_PROPERTIES, and when the names are too long.
    """
    return _bounded_names(dict.fromkeys(name_of(item) for parent in parents for item in elements(parent)))


def _bounded_names(names: Iterable[str]) -> tuple[str, ...]:
    names = tuple(names)
    if len(names) > MAX_PROPERTIES:
        raise TooMany(f"More than {MAX_PROPERTIES} properties in one request.", limit=MAX_PROPERTIES)
    if any(len(name) > MAX_NAME_CHARS for name in names) or sum(map(len, names)) > MAX_NAMES_CHARS:
        raise TooMany("The names of the properties are too long.", limit=MAX_NAME_CHARS)
    return names


def parse_propfind(root: Element | None) -> PropfindRequest:
    """Read a PROPFIND body; no body asks for everything (§9.1).

    Raises CodecError when it is none, or asks for no kind (also: only for extensions we do not know, appendix A) or for
    several kinds of answer at once.
    """
    if root is None:
        return PropfindRequest(PropfindKind.ALLPROP)
    expect_root(root, dav("propfind"))
    kinds = [kind for kind in PropfindKind if children(root, dav(kind.value))]
    if len(kinds) != 1:
        raise CodecError("A propfind holds one of prop, propname and allprop.")
    return PropfindRequest(
        kinds[0],
        names=property_names(children(root, dav("prop"))),
        include=property_names(children(root, dav("include"))) if kinds[0] is PropfindKind.ALLPROP else (),
    )


def parse_proppatch(root: Element | None) -> tuple[PropertyChange, ...]:
    """The changes of a propertyupdate in document order, which is the order of execution (§9.2).

    Raises CodecError when there is no `set` or `remove` at all, TooMany beyond MAX_PROPERTIES.
    """
    update = expect_root(root, dav("propertyupdate"))
    actions = {dav(action.value): action for action in Action}
    groups = [(actions[name_of(item)], item) for item in elements(update) if name_of(item) in actions]
    if not groups:
        raise CodecError("A propertyupdate holds set or remove.")
    return bounded_changes(change for action, group in groups for change in changes_of(action, group))


def changes_of(action: Action, group: Element) -> list[PropertyChange]:
    """The properties of one `set` or `remove`."""
    return [
        PropertyChange(action, name_of(item), item) for prop in children(group, dav("prop")) for item in elements(prop)
    ]


def bounded_changes(changes: Iterable[PropertyChange]) -> tuple[PropertyChange, ...]:
    found: list[PropertyChange] = []
    for change in changes:
        found.append(change)
        if len(found) > MAX_PROPERTIES:
            raise TooMany(f"More than {MAX_PROPERTIES} properties in one request.", limit=MAX_PROPERTIES)
    _bounded_names(change.name for change in found)
    return tuple(found)
