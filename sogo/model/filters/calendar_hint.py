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
from sogo.model.components import INDEXED
from sogo.model.filters.text import text_matches
from sogo.model.quick_filter import QuickFilter
from sogo.model.quick_value import INT_MAX, INT_MIN, NAME_WIDTH, epoch

ZONE_SECONDS = 15 * 3600
"""No zone is further from UTC."""
_INDEXED = {"VEVENT": "vevent", "VTODO": "vtodo", "VJOURNAL": "vjournal"}
"""Components that can be asked for; journals have no quick row (`sogo.model.components`), but may have had one."""


@dataclass(frozen=True, slots=True)
class CalendarHint:
    """`where` keeps every object that can match; None keeps all. `everything`: every object matches. `component` is set
    when a quick row can decide alone, see `decide`: it must be of this component (or of another one, where `absent`),
    must lie in `span` and hold `uid`, each if given."""

    where: QuickFilter | None = None
    everything: bool = False
    component: str | None = None
    absent: bool = False
    span: TimeRange | None = None
    uid: TextMatch | None = None

    @property
    def reads_objects(self) -> bool:
        """Whether there can be objects that a quick row does not decide. An object without one is such an object."""
        return not self.everything

    def decide(self, row: Mapping[str, object]) -> bool | None:
        """Whether the object of a quick row matches; None when only the object can tell."""
        if self.everything:
            return True
        component = row.get("c_component")
        if self.component is None or component not in INDEXED:
            return None
        if self.absent or component != self.component:
            return self.absent is (component != self.component)
        answers = [_decide_span(row, self.span), _decide_uid(row, self.uid)]
        if False in answers:
            return False
        return None if None in answers else True


def _decide_uid(row: Mapping[str, object], match: TextMatch | None) -> bool | None:
    """The column holds the UID whole, unless it is as long as the column."""
    if match is None:
        return True
    uid = row.get("c_uid")
    return text_matches(match, uid) if isinstance(uid, str) and 0 < len(uid) < NAME_WIDTH else None


def _decide_span(row: Mapping[str, object], span: TimeRange | None) -> bool | None:
    """For what does not recur: sure only where no zone could make a difference."""
    if span is None:
        return True
    start, end = row.get("c_startdate"), row.get("c_enddate")
    if row.get("c_iscycle") != 0:
        return None
    if isinstance(start, int) and isinstance(end, int):
        return _decide(start, end, span)
    if row.get("c_component") != "vtodo":
        return None
    if isinstance(start, int):
        return _decide_start(start, span)
    return _decide_due(end, span) if isinstance(end, int) else None


def _edges(span: TimeRange) -> tuple[float, float]:
    after = epoch(span.start) if span.start is not None else -math.inf
    return after, epoch(span.end) if span.end is not None else math.inf


def _decide(start: int, end: int, span: TimeRange) -> bool | None:
    if not INT_MIN < start <= end < INT_MAX:
        return None
    after, before = _edges(span)
    if after >= end + ZONE_SECONDS or before <= start - ZONE_SECONDS:
        return False
    return True if after < end - ZONE_SECONDS and before > start + ZONE_SECONDS else None


def _decide_start(start: int, span: TimeRange) -> bool | None:
    """A task without DUE lasts as long as its DURATION, of which the columns know nothing."""
    after, before = _edges(span)
    if not INT_MIN < start < INT_MAX:
        return None
    if before <= start - ZONE_SECONDS:
        return False
    return True if after < start - ZONE_SECONDS and before > start + ZONE_SECONDS else None


def _decide_due(due: int, span: TimeRange) -> bool | None:
    """A task without DTSTART is there when it is due."""
    after, before = _edges(span)
    if not INT_MIN < due < INT_MAX:
        return None
    if after >= due + ZONE_SECONDS or before <= due - ZONE_SECONDS:
        return False
    return True if after < due - ZONE_SECONDS and before > due + ZONE_SECONDS else None


def hint_of(tree: CompFilter) -> CalendarHint:
    """Read the hint from the comp-filter for VCALENDAR."""
    if tree.bare:
        return CalendarHint(everything=True)
    if tree.absent:
        return CalendarHint()
    if len(tree.comps) == 1 and not tree.props and tree.comps[0].absent and tree.comps[0].name in _INDEXED:
        return CalendarHint(component=_INDEXED[tree.comps[0].name], absent=True)
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
    uid = _whole_uid(inner)
    if not alone or inner.comps or (inner.props and uid is None) or component not in INDEXED:
        return CalendarHint(where)
    if inner.test is Junction.ANY_OF and inner.props and inner.time_range is not None:
        return CalendarHint(where)
    return CalendarHint(where, component=component, span=inner.time_range, uid=uid)


def _whole_uid(inner: CompFilter) -> TextMatch | None:
    """The only condition on a property, where it is that the UID holds a text that its column would show."""
    if len(inner.props) != 1 or inner.props[0].name != "UID":
        return None
    prop = inner.props[0]
    if prop.absent or prop.params or prop.time_range is not None or len(prop.texts) != 1:
        return None
    return prop.texts[0] if _is_in_column(prop.texts[0]) else None


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
