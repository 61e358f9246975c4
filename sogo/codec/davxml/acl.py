"""Access control lists as XML (RFC 3744 §§5.5, 8.1)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element, child, children, elements, name_of, text_of
from sogo.codec.davxml.rfc4918 import expect_root
from sogo.codec.davxml.writer import element, href
from sogo.errors import CodecError, InvalidData

MAX_ACES = 1_000


class Who(Enum):
    """The kinds of principals an entry can name (§5.5.1). The value is the element."""

    HREF = "href"
    ALL = "all"
    AUTHENTICATED = "authenticated"
    UNAUTHENTICATED = "unauthenticated"
    SELF = "self"
    PROPERTY = "property"


@dataclass(frozen=True, slots=True)
class Ace:
    """One entry. `detail` is the href of HREF, the Clark name of PROPERTY, else "". `privileges` are Clark names that
    are granted, or taken away where `deny`. `inverted` means everybody but `who`."""

    who: Who
    privileges: tuple[str, ...]
    detail: str = ""
    deny: bool = False
    inverted: bool = False
    protected: bool = False

    def render(self) -> str:
        principal = element(dav("principal"), self._principal())
        if self.inverted:
            principal = element(dav("invert"), principal)
        inner = "".join(element(dav("privilege"), element(name)) for name in self.privileges)
        protected = element(dav("protected")) if self.protected else ""
        return element(dav("ace"), principal + element(dav("deny" if self.deny else "grant"), inner) + protected)

    def _principal(self) -> str:
        if self.who is Who.HREF:
            return href(self.detail)
        return element(dav(self.who.value), element(self.detail) if self.who is Who.PROPERTY else None)


def parse_acl(root: Element | None) -> tuple[Ace, ...]:
    """The body of an ACL request. Raises CodecError for what is no list of entries, InvalidData
    (limited-number-of-aces) beyond MAX_ACES."""
    aces = children(expect_root(root, dav("acl")), dav("ace"))
    if len(aces) > MAX_ACES:
        raise InvalidData(f"More than {MAX_ACES} entries.", rule="limited-number-of-aces")
    return tuple(_ace(item) for item in aces)


def _ace(item: Element) -> Ace:
    invert = child(item, dav("invert"))
    who, detail = _who(child(item if invert is None else invert, dav("principal")))
    deny, grant = child(item, dav("deny")), child(item, dav("grant"))
    given = deny if deny is not None else grant
    if given is None or (deny is not None and grant is not None):
        raise CodecError("An entry either grants or denies.")
    names = tuple(name_of(one) for privilege in children(given, dav("privilege")) for one in elements(privilege))
    if not names:
        raise CodecError("An entry names at least one privilege.")
    return Ace(who, names, detail, deny=deny is not None, inverted=invert is not None)


def _who(principal: Element | None) -> tuple[Who, str]:
    named = [] if principal is None else list(elements(principal))
    if len(named) != 1:
        raise CodecError("An entry names one principal.")
    for who in Who:
        if name_of(named[0]) == dav(who.value):
            return who, _detail(who, named[0])
    raise InvalidData(f"{name_of(named[0])[:100]} is no principal.", rule="recognized-principal")


def _detail(who: Who, named: Element) -> str:
    if who is Who.HREF:
        return text_of(named).strip()
    if who is Who.PROPERTY:
        name = next((name_of(one) for one in elements(named)), "")
        if not name:
            raise CodecError("A principal by property names the property.")
        return name
    return ""
