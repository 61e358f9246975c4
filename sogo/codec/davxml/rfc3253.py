"""The expand-property report (RFC 3253 §3.8)."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.davxml.names import DAV, clark, dav
from sogo.codec.davxml.reader import Element, attribute, children
from sogo.codec.davxml.rfc4918 import expect_root
from sogo.errors import CodecError, TooMany

MAX_DEPTH = 8
MAX_EXPANDED = 500


@dataclass(frozen=True, slots=True)
class ExpandedProperty:
    """A property to report; where it holds hrefs, `properties` of what they point to are put in their place."""

    name: str
    properties: tuple[ExpandedProperty, ...] = ()


def parse_expand_property(root: Element | None) -> tuple[ExpandedProperty, ...]:
    """Read the report body. Raises CodecError, and TooMany beyond MAX_DEPTH levels or MAX_EXPANDED properties."""
    report = expect_root(root, dav("expand-property"))
    if sum(1 for _ in report.iterdescendants(dav("property"))) > MAX_EXPANDED:
        raise TooMany(f"More than {MAX_EXPANDED} properties to expand.", limit=MAX_EXPANDED)
    return _properties(report, MAX_DEPTH)


def _properties(parent: Element, depth: int) -> tuple[ExpandedProperty, ...]:
    found = children(parent, dav("property"))
    if found and not depth:
        raise TooMany(f"Properties expanded more than {MAX_DEPTH} levels deep.", limit=MAX_DEPTH)
    return tuple(ExpandedProperty(_name(item), _properties(item, depth - 1)) for item in found)


def _name(element: Element) -> str:
    name = attribute(element, "name")
    if not name:
        raise CodecError("A property to expand has no name.")
    namespace = attribute(element, "namespace")
    return clark(DAV if namespace is None else namespace, name)
