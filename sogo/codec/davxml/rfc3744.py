"""Access control: the bodies of the principal reports (RFC 3744 §9)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sogo.codec.davxml.names import calendarserver, dav
from sogo.codec.davxml.reader import Element, attribute, child, children, elements, name_of, text_of
from sogo.codec.davxml.report import parse_limit, parse_wanted
from sogo.codec.davxml.rfc4918 import MAX_PROPERTIES, PropfindRequest, expect_root
from sogo.errors import CodecError, TooMany

MAX_SEARCHES = 20
_PARTS = frozenset(
    dav(name)
    for name in ("property-search", "prop", "allprop", "propname", "limit", "apply-to-principal-collection-set")
)


@dataclass(frozen=True, slots=True)
class PropertySearch:
    """`match` must occur in one of these properties, compared without case (§9.4)."""

    names: tuple[str, ...]
    match: str


@dataclass(frozen=True, slots=True)
class PrincipalSearch:
    """`any_of`: one of the searches is enough (`test` of CalendarServer), otherwise all must hold."""

    wanted: PropfindRequest
    searches: tuple[PropertySearch, ...]
    any_of: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class PrincipalMatch:
    """`property` None asks for the principals that are the one who asks (§9.3), else for members whose property of this
    name is that principal."""

    wanted: PropfindRequest
    property: str | None = None


@dataclass(frozen=True, slots=True)
class TokenSearch:
    """calendarserver-principal-search: all `tokens` must be found with one principal. `context` says what it is looked
    for, such as "attendee" or "location"; "" is anything."""

    wanted: PropfindRequest
    tokens: tuple[str, ...]
    context: str = ""
    limit: int | None = None


def parse_token_search(root: Element | None) -> TokenSearch:
    """Read a calendarserver-principal-search. Raises CodecError, TooMany."""
    report = expect_root(root, calendarserver("calendarserver-principal-search"))
    tokens = [text_of(item).strip() for item in children(report, calendarserver("search-token"))]
    if len(tokens) > MAX_SEARCHES:
        raise TooMany(f"More than {MAX_SEARCHES} words in one search.", limit=MAX_SEARCHES)
    space = dav if child(report, dav("limit")) is not None else calendarserver
    return TokenSearch(
        parse_wanted(report),
        tuple(dict.fromkeys(token for token in tokens if token)),
        context=(attribute(report, "context") or "").strip().lower(),
        limit=parse_limit(report, space("limit"), space("nresults")),
    )


def parse_principal_search(root: Element | None) -> PrincipalSearch:
    """Read a principal-property-search; without a search it finds nobody. Raises CodecError, TooMany.

    The caldav library puts the properties it wants beside D:prop instead of inside; they count all the same.
    """
    report = expect_root(root, dav("principal-property-search"))
    found = children(report, dav("property-search"))
    if len(found) > MAX_SEARCHES:
        raise TooMany(f"More than {MAX_SEARCHES} searches in one request.", limit=MAX_SEARCHES)
    return PrincipalSearch(
        _with_stray_names(report),
        tuple(_search(item) for item in found),
        any_of=(attribute(report, "test") or "").strip().lower() == "anyof",
        limit=parse_limit(report, dav("limit"), dav("nresults")),
    )


def _with_stray_names(report: Element) -> PropfindRequest:
    wanted = parse_wanted(report)
    stray = tuple(name_of(item) for item in elements(report) if name_of(item) not in _PARTS)
    return replace(wanted, names=tuple(dict.fromkeys((*wanted.names, *stray)))[:MAX_PROPERTIES]) if stray else wanted


def _search(element: Element) -> PropertySearch:
    names = tuple(name_of(item) for prop in children(element, dav("prop")) for item in elements(prop))
    match = text_of(child(element, dav("match"))).strip()
    if not names:
        raise CodecError("A property-search names at least one property.")
    return PropertySearch(names, match)


def parse_principal_match(root: Element | None) -> PrincipalMatch:
    """Read a principal-match. Raises CodecError when it asks for neither kind."""
    report = expect_root(root, dav("principal-match"))
    by_property = child(report, dav("principal-property"))
    if by_property is not None:
        name = next((name_of(item) for item in elements(by_property)), None)
        if name is None:
            raise CodecError("A principal-property names a property.")
        return PrincipalMatch(parse_wanted(report), name)
    if child(report, dav("self")) is None:
        raise CodecError("A principal-match holds self or principal-property.")
    return PrincipalMatch(parse_wanted(report))
