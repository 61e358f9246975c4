"""The original's mail-query report (dav.md §15.1): which messages of a mailbox, in which order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sogo.codec.davxml.names import INVERSE, MAILHEADER, clark, dav
from sogo.codec.davxml.reader import Element, attribute, child, elements, local, name_of
from sogo.codec.davxml.report import parse_wanted
from sogo.codec.davxml.rfc4918 import PropfindRequest
from sogo.codec.imap.criteria import SortKey
from sogo.errors import CodecError, TooMany

MAIL_QUERY = clark(INVERSE, "mail-query")
MAX_FILTERS = 100
MAX_MATCH_CHARS = 1000

_SORT_KEYS = {
    clark(MAILHEADER, "received"): SortKey.ARRIVAL,
    clark(MAILHEADER, "date"): SortKey.DATE,
    clark(MAILHEADER, "from"): SortKey.FROM,
    clark(MAILHEADER, "to"): SortKey.TO,
    clark(MAILHEADER, "cc"): SortKey.CC,
    clark(MAILHEADER, "subject"): SortKey.SUBJECT,
    dav("displayname"): SortKey.SUBJECT,
    dav("getcontentlength"): SortKey.SIZE,
}


class Test(Enum):
    """What a filter looks at; the values are the names of its elements."""

    DATE = "date"
    RECEIVE_DATE = "receive-date"
    SENT_DATE = "sent-date"
    UID = "uid"
    SIZE = "size"
    FROM = "from"
    TO = "to"
    CC = "cc"
    SUBJECT = "subject"
    BODY = "body"
    KEYWORDS = "keywords"
    ANSWERED = "answered"
    DRAFT = "draft"
    FLAGGED = "flagged"
    RECENT = "recent"
    SEEN = "seen"
    DELETED = "deleted"


_TESTS = {test.value: test for test in Test}
_ATTRIBUTES = ("from", "to", "min", "max", "match")


@dataclass(frozen=True, slots=True)
class MailFilter:
    """`values` are the attributes that were there. `negated`: each comparison the other way round."""

    test: Test
    values: Mapping[str, str]
    negated: bool = False

    def day(self, name: str) -> dt.date | None:
        """Of `20270111T090000Z`, the day in UTC: IMAP knows no finer one. Raises CodecError."""
        text = self.values.get(name)
        if text is None:
            return None
        try:
            return dt.datetime.strptime(text.strip(), "%Y%m%dT%H%M%SZ").date()
        except ValueError:
            raise CodecError("A date of a mail filter is written 20270111T090000Z.", excerpt=text[:40]) from None

    def number(self, name: str) -> int | None:
        """None where it is missing or `*`. Raises CodecError."""
        text = self.values.get(name, "*").strip()
        if text == "*":
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) < 2**32):
            raise CodecError("A number of a mail filter is out of range.", excerpt=text[:40])
        return int(text)


@dataclass(frozen=True, slots=True)
class MailQuery:
    """All filters must hold. Without `sort` the order is that of UIDs."""

    wanted: PropfindRequest
    filters: tuple[MailFilter, ...] = ()
    sort: SortKey | None = None
    descending: bool = False


def parse_mail_query(root: Element) -> MailQuery:
    """Filters and keys that nobody knows are passed over, as the original does. Raises CodecError, TooMany."""
    around = child(root, clark(INVERSE, "mail-filters"))
    found = [_filter(item) for item in elements(around)] if around is not None else []
    if len(found) > MAX_FILTERS:
        raise TooMany(f"More than {MAX_FILTERS} filters in one request.", limit=MAX_FILTERS)
    sort = child(root, clark(INVERSE, "sort"))
    keys = [_SORT_KEYS.get(name_of(item)) for item in elements(sort)] if sort is not None else []
    order = (attribute(sort, "order") or "").strip().lower() if sort is not None else ""
    return MailQuery(
        parse_wanted(root),
        tuple(item for item in found if item is not None),
        next((key for key in keys if key is not None), None),
        order == "descending",
    )


def _filter(item: Element) -> MailFilter | None:
    test = _TESTS.get(local(item))
    if test is None:
        return None
    told = {name: attribute(item, name) for name in _ATTRIBUTES}
    values = {name: text for name, text in told.items() if text is not None}
    if len(values.get("match", "")) > MAX_MATCH_CHARS:
        raise CodecError("A text to look for that is too long.")
    return MailFilter(test, values, attribute(item, "not") is not None)
