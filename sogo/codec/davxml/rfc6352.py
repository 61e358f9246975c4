"""CardDAV: the bodies of addressbook-query and addressbook-multiget (RFC 6352 §§8.6, 8.7, 10.3-10.7)."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.davxml.names import CARDDAV, carddav
from sogo.codec.davxml.reader import Element, attribute, child, children
from sogo.codec.davxml.report import MAX_HREFS, parse_hrefs, parse_limit, parse_wanted, wanted_element
from sogo.codec.davxml.rfc4918 import PropfindRequest, expect_root
from sogo.codec.davxml.text_match import (
    Collation,
    Dialect,
    Junction,
    ParamFilter,
    TextMatch,
    check_children,
    filter_name,
    is_absent,
    parse_param_filter,
    parse_test,
    parse_text_match,
    unsupported,
)
from sogo.errors import CodecError, TooMany, UnsupportedData, UnsupportedFilter

ADDRESS_DATA = carddav("address-data")
DEFAULT_VERSION = "3.0"
"""Of address data for which no version is asked (§10.4)."""
MAX_CONDITIONS = 200
MAX_SELECTED = 500

DIALECT = Dialect(CARDDAV, Collation.UNICODE_CASEMAP, Junction.ANY_OF)
_CONTENT_TYPES = ("text/vcard", "text/x-vcard", "text/directory")


@dataclass(frozen=True, slots=True)
class CardPropFilter:
    """A condition on a property (§10.5.1): its absence, or one line of it for which any (or all, by `test`) of the rest
    holds; without further conditions, that it is there. `name` is upper-case, with a group when one was named."""

    name: str
    absent: bool = False
    texts: tuple[TextMatch, ...] = ()
    params: tuple[ParamFilter, ...] = ()
    test: Junction = Junction.ANY_OF


@dataclass(frozen=True, slots=True)
class CardConditions:
    """A CARDDAV:filter (§10.5). Without `props` every card matches."""

    props: tuple[CardPropFilter, ...] = ()
    test: Junction = Junction.ANY_OF


@dataclass(frozen=True, slots=True)
class SelectedCardProp:
    name: str
    novalue: bool = False


@dataclass(frozen=True, slots=True)
class AddressData:
    """How cards are wanted. `props` is None for all properties; `version` is 3.0 or 4.0."""

    props: tuple[SelectedCardProp, ...] | None = None
    version: str = DEFAULT_VERSION

    @property
    def plain(self) -> bool:
        return self == AddressData()


@dataclass(frozen=True, slots=True)
class AddressbookQuery:
    """`data` is None when address data is not wanted."""

    wanted: PropfindRequest
    filter: CardConditions
    data: AddressData | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class AddressbookMultiget:
    wanted: PropfindRequest
    hrefs: tuple[str, ...]
    data: AddressData | None = None


def parse_addressbook_query(root: Element | None) -> AddressbookQuery:
    """Read an addressbook-query. A missing filter reads as an empty one: clients list a book that way, and the original
    answers. Raises CodecError, TooMany, UnsupportedFilter, UnsupportedCollation, UnsupportedData."""
    report = expect_root(root, carddav("addressbook-query"))
    return AddressbookQuery(
        parse_wanted(report),
        _conditions(children(report, carddav("filter"))),
        data=parse_address_data(report),
        limit=parse_limit(report, carddav("limit"), carddav("nresults")),
    )


def parse_addressbook_multiget(root: Element | None, *, max_hrefs: int = MAX_HREFS) -> AddressbookMultiget:
    """Read an addressbook-multiget. Raises CodecError, TooMany, UnsupportedData."""
    report = expect_root(root, carddav("addressbook-multiget"))
    return AddressbookMultiget(
        parse_wanted(report), parse_hrefs(report, max_hrefs=max_hrefs), data=parse_address_data(report)
    )


def _conditions(filters: list[Element]) -> CardConditions:
    if len(filters) > 1:
        raise UnsupportedFilter("The request has more than one filter.")
    if not filters:
        return CardConditions()
    check_children(filters[0], DIALECT, "prop-filter")
    if sum(1 for _ in filters[0].iterdescendants()) > MAX_CONDITIONS:
        raise unsupported(f"The filter has more than {MAX_CONDITIONS} conditions.", _last(filters[0]))
    return CardConditions(
        tuple(_prop_filter(item) for item in children(filters[0], carddav("prop-filter"))),
        parse_test(filters[0], DIALECT.test),
    )


def _last(filters: Element) -> Element:
    """One too many."""
    return next(iter(children(filters, carddav("prop-filter"))[-1:]), filters)


def _prop_filter(element: Element) -> CardPropFilter:
    check_children(element, DIALECT, "is-not-defined", "text-match", "param-filter")
    return CardPropFilter(
        filter_name(element, DIALECT),
        absent=is_absent(element, DIALECT),
        texts=tuple(parse_text_match(item, DIALECT) for item in children(element, carddav("text-match"))),
        params=tuple(parse_param_filter(item, DIALECT) for item in children(element, carddav("param-filter"))),
        test=parse_test(element, DIALECT.test),
    )


def parse_address_data(report: Element) -> AddressData | None:
    """The address-data among the wanted properties, None when it is not wanted."""
    element = wanted_element(report, ADDRESS_DATA)
    if element is None:
        return None
    content_type = (attribute(element, "content-type") or "text/vcard").partition(";")[0].strip().lower()
    version = (attribute(element, "version") or "").strip() or DEFAULT_VERSION
    if content_type not in _CONTENT_TYPES or version not in ("3.0", "4.0"):
        raise UnsupportedData("Address data comes as text/vcard 3.0 or 4.0.", rule="supported-address-data")
    return AddressData(_selection(element), version)


def _selection(element: Element) -> tuple[SelectedCardProp, ...] | None:
    props = children(element, carddav("prop"))
    if not props or child(element, carddav("allprop")) is not None:
        return None
    if len(props) > MAX_SELECTED:
        raise TooMany(f"More than {MAX_SELECTED} selected properties.", limit=MAX_SELECTED)
    return tuple(_selected(item) for item in props)


def _selected(element: Element) -> SelectedCardProp:
    name = (attribute(element, "name") or "").strip().upper()
    if not name:
        raise CodecError("A selected property has no name.")
    return SelectedCardProp(name, (attribute(element, "novalue") or "").strip().lower() == "yes")
