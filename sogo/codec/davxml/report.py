"""What the bodies of reports have in common: the properties wanted, lists of hrefs, limits."""

from __future__ import annotations

from collections.abc import Iterable

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element, child, children, descendants, elements, name_of, text_of
from sogo.codec.davxml.rfc4918 import PropfindKind, PropfindRequest, property_names
from sogo.errors import CodecError, TooMany

MAX_HREFS = 10_000
_MAX_LIMIT_DIGITS = 9


def parse_wanted(report: Element) -> PropfindRequest:
    """The prop, propname or allprop of a report; with none of them only hrefs are wanted. Raises CodecError when it
    has several, TooMany."""
    kinds = [kind for kind in PropfindKind if child(report, dav(kind.value)) is not None]
    if len(kinds) > 1:
        raise CodecError("A report holds one of prop, propname and allprop.")
    return PropfindRequest(
        kinds[0] if kinds else PropfindKind.PROP, names=property_names(children(report, dav("prop")))
    )


def wanted_element(report: Element, name: str) -> Element | None:
    """The element of one wanted property, for those that say more than their name (calendar-data, address-data)."""
    return next((item for prop in children(report, dav("prop")) for item in children(prop, name)), None)


def parse_hrefs(report: Element, *, max_hrefs: int = MAX_HREFS) -> tuple[str, ...]:
    """The hrefs of a multiget as they were sent, each once, in order; at any depth, as the original takes them, but
    not those in D:prop. Raises CodecError when there is none, TooMany beyond `max_hrefs`."""
    texts = list(dict.fromkeys(text_of(item).strip() for item in _href_elements(report)))
    if len(texts) > max_hrefs:
        raise TooMany(f"More than {max_hrefs} hrefs in one request.", limit=max_hrefs)
    if not texts:
        raise CodecError("A multiget names at least one href.")
    return tuple(texts)


def _href_elements(report: Element) -> Iterable[Element]:
    for item in elements(report):
        if name_of(item) == dav("href"):
            yield item
        elif name_of(item) != dav("prop"):
            yield from descendants(item, dav("href"))


def parse_limit(report: Element, limit_name: str, count_name: str) -> int | None:
    """The number in limit/nresults, None when there is none. Raises CodecError when it is no positive number."""
    limit = child(report, limit_name)
    if limit is None:
        return None
    text = text_of(child(limit, count_name)).strip()
    if not (text.isascii() and text.isdecimal()) or int(text[:_MAX_LIMIT_DIGITS]) < 1:
        raise CodecError("A limit is a positive number of results.")
    return int(text[:_MAX_LIMIT_DIGITS])
