"""What the quick columns of events and tasks say of a CalDAV filter (store.md §§7.2, 7.3, 7.6).

Quick columns know dates and floating times as if they were UTC, and nothing past 2038. The store widens the windows it
is given for that; here, what lies so near an edge that a zone could make a difference is left to the object itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from sogo.codec.davxml.calendar_filter import CompFilter, TimeRange
from sogo.codec.davxml.text_match import Collation, Junction, TextMatch
from sogo.model.quick_filter import QuickFilter
from sogo.model.quick_value import INT_MAX, INT_MIN, NAME_WIDTH, epoch

ZONE_SECONDS = 15 * 3600
"""No zone is further from UTC."""
_INDEXED = {"VEVENT": "vevent", "VTODO": "vtodo", "VJOURNAL": "vjournal"}
"""Components that have a quick row."""


@dataclass(frozen=True, slots=True)
class CalendarHint:
    """`where` keeps every object that can match; None keeps all. `sufficient`: what `where` keeps does match, nothing
    has to be parsed. `component` and `span` are set when a quick row can decide alone, see `decide`."""

    where: QuickFilter | None = None
    sufficient: bool = False
    component: str | None = None
    span: TimeRange | None = None

    def decide(self, row: Mapping[str, object]) -> bool | None:
        """Whether the object of a quick row matches; None when only the object can tell."""
        if self.sufficient:
            return True
        if self.component is None or self.span is None or row.get("c_component") != self.component:
            return None
        start, end = row.get("c_startdate"), row.get("c_enddate")
        if row.get("c_iscycle") != 0 or not isinstance(start, int) or not isinstance(end, int):
            return None
        return _decide(start, end, self.span)


def _decide(start: int, end: int, span: TimeRange) -> bool | None:
    """For an event that does not recur: sure only where no zone could make a difference."""
    if not INT_MIN < start <= end < INT_MAX:
        return None
    after = epoch(span.start) if span.start is not None else -math.inf
    before = epoch(span.end) if span.end is not None else math.inf
    if after >= end + ZONE_SECONDS or before <= start - ZONE_SECONDS:
        return False
    return True if after < end - ZONE_SECONDS and before > start + ZONE_SECONDS else None


def hint_of(tree: CompFilter) -> CalendarHint:
    """Read the hint from the comp-filter for VCALENDAR."""
    if tree.bare:
        return CalendarHint(sufficient=True)
    if tree.absent:
        return CalendarHint()
    if tree.test is Junction.ANY_OF and len(tree.comps) + len(tree.props) > 1:
        return _any_component(tree)
    inner = next((item for item in tree.comps if item.name in _INDEXED and not item.absent), None)
    if inner is None:
        return CalendarHint()
    alone = len(tree.comps) == 1 and not tree.props
    return _component_hint(inner, alone)


def _component_hint(inner: CompFilter, alone: bool) -> CalendarHint:
    component = _INDEXED[inner.name]
    span = inner.time_range
    if span is not None and inner.test is Junction.ANY_OF and (inner.props or inner.comps):
        span = None
    where = QuickFilter(frozenset([component]), *_seconds(span), contains=_uid(inner))
    if not alone or inner.props or inner.comps:
        return CalendarHint(where)
    if inner.time_range is None:
        return CalendarHint(where, sufficient=True)
    return CalendarHint(where, component="vevent" if component == "vevent" else None, span=span)


def _any_component(tree: CompFilter) -> CalendarHint:
    """One of several components is enough: their kinds can still be told."""
    if tree.props or any(item.name not in _INDEXED or item.absent for item in tree.comps):
        return CalendarHint()
    return CalendarHint(QuickFilter(frozenset(_INDEXED[item.name] for item in tree.comps)))


def _seconds(span: TimeRange | None) -> tuple[int | None, int | None]:
    if span is None:
        return None, None
    return (
        epoch(span.start) if span.start is not None else None,
        epoch(span.end) if span.end is not None else None,
    )


def _uid(inner: CompFilter) -> tuple[tuple[str, str], ...]:
    """The UID that must occur, for the look-up of one object by clients that only know queries. Not where letters
    beyond ASCII could be meant by those within."""
    if inner.test is Junction.ANY_OF and (inner.comps or len(inner.props) > 1 or inner.time_range):
        return ()
    for prop in inner.props:
        if prop.name == "UID" and prop.test is Junction.ALL_OF:
            for match in prop.texts:
                if _is_in_column(match):
                    return (("c_uid", match.text),)
    return ()


def _is_in_column(match: TextMatch) -> bool:
    """Whether what matches shows in c_uid, which is stripped and cut to a width."""
    text = match.text
    plain = text.isascii() and text.isprintable() and text == text.strip() and 0 < len(text) < NAME_WIDTH
    return plain and not match.negate and match.collation is not Collation.UNICODE_CASEMAP
