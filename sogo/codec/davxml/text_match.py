"""What the filters of CalDAV and CardDAV share: text matches, parameter filters, collations and tests.

RFC 4791 §9.7.5 and RFC 6352 §10.5.4 differ in the namespace, the default collation and the match types only; the
latter's `match-type` and `test` are read in CalDAV filters as well (calendar-query-extended).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sogo.codec.davxml.names import CALDAV, clark
from sogo.codec.davxml.reader import Element, attribute, child, children, elements, local, name_of, text_of
from sogo.errors import DomainError, InvalidData, UnsupportedCollation, UnsupportedFilter

MAX_TEXT_CHARS = 4_096
MAX_NAME_CHARS = 255


class Collation(Enum):
    ASCII_CASEMAP = "i;ascii-casemap"
    OCTET = "i;octet"
    UNICODE_CASEMAP = "i;unicode-casemap"


class MatchType(Enum):
    EQUALS = "equals"
    CONTAINS = "contains"
    STARTS_WITH = "starts-with"
    ENDS_WITH = "ends-with"


class Junction(Enum):
    """Whether one condition is enough."""

    ANY_OF = "anyof"
    ALL_OF = "allof"


@dataclass(frozen=True, slots=True)
class TextMatch:
    """`negate` turns the outcome around."""

    text: str
    collation: Collation
    match_type: MatchType = MatchType.CONTAINS
    negate: bool = False


@dataclass(frozen=True, slots=True)
class ParamFilter:
    """A condition on a parameter: its absence, one of its values, or, without `text`, that it is there. `name` is
    upper-case."""

    name: str
    absent: bool = False
    text: TextMatch | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one of the two RFCs writes filters."""

    namespace: str
    collation: Collation
    test: Junction

    def name(self, local_name: str) -> str:
        return clark(self.namespace, local_name)

    def invalid(self, text: str) -> DomainError:
        """A filter that breaks its grammar: CalDAV has a precondition for that, CardDAV only the broader one."""
        return InvalidData(text, rule="valid-filter") if self.namespace == CALDAV else UnsupportedFilter(text)


def unsupported(text: str, element: Element) -> UnsupportedFilter:
    """The error for a filter that cannot be evaluated, with its name."""
    name = (attribute(element, "name") or "").strip()
    return UnsupportedFilter(text, element=local(element), name=name[:MAX_NAME_CHARS])


def filter_name(element: Element, dialect: Dialect) -> str:
    """The `name` attribute in upper case. Raises `dialect.invalid` when it is missing or absurd."""
    name = (attribute(element, "name") or "").strip().upper()
    if not name or len(name) > MAX_NAME_CHARS:
        raise dialect.invalid(f"A {local(element)} needs a name.")
    return name


def check_children(element: Element, dialect: Dialect, *known: str) -> None:
    """Raises UnsupportedFilter for any element that we would have to ignore: the answer would be wrong."""
    names = {dialect.name(item) for item in known}
    for item in elements(element):
        if name_of(item) not in names:
            raise unsupported(f"{local(element)} does not take {name_of(item)[:100]}.", element)


def is_absent(element: Element, dialect: Dialect) -> bool:
    """Whether it asks for what is not defined. Raises `dialect.invalid` when it has other conditions beside."""
    absent = child(element, dialect.name("is-not-defined")) is not None
    if absent and len(element) > 1:
        raise dialect.invalid("is-not-defined stands alone.")
    return absent


def parse_test(element: Element, default: Junction) -> Junction:
    value = attribute(element, "test")
    if value is None:
        return default
    try:
        return Junction(value.strip().lower())
    except ValueError as error:
        raise unsupported(f"The test {value[:40]!r} is unknown.", element) from error


def parse_param_filter(element: Element, dialect: Dialect) -> ParamFilter:
    check_children(element, dialect, "is-not-defined", "text-match")
    texts = children(element, dialect.name("text-match"))
    if len(texts) > 1:
        raise dialect.invalid("A param-filter has one text-match.")
    return ParamFilter(
        filter_name(element, dialect),
        absent=is_absent(element, dialect),
        text=parse_text_match(texts[0], dialect) if texts else None,
    )


def parse_text_match(element: Element, dialect: Dialect) -> TextMatch:
    """Read a text-match. Raises UnsupportedCollation, UnsupportedFilter."""
    text = text_of(element)
    if len(text) > MAX_TEXT_CHARS:
        raise UnsupportedFilter(f"A text-match is longer than {MAX_TEXT_CHARS} characters.")
    return TextMatch(
        text,
        collation=_collation(attribute(element, "collation"), dialect.collation),
        match_type=_match_type(attribute(element, "match-type")),
        negate=(attribute(element, "negate-condition") or "").strip().lower() == "yes",
    )


def _collation(value: str | None, default: Collation) -> Collation:
    if value is None or value.strip().lower() in ("", "default"):
        return default
    try:
        return Collation(value.strip().lower())
    except ValueError as error:
        raise UnsupportedCollation(f"The collation {value[:40]!r} is unknown.") from error


def _match_type(value: str | None) -> MatchType:
    if value is None:
        return MatchType.CONTAINS
    try:
        return MatchType(value.strip().lower())
    except ValueError as error:
        raise UnsupportedFilter(f"The match type {value[:40]!r} is unknown.") from error
