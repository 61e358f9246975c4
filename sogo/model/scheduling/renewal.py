"""A copy brought up to date by what the organizer sent (RFC 5546 §2.1.5): newer components replace older ones, the
owner's own things and an answer that still stands remain."""

from __future__ import annotations

from sogo.codec.contentline import Component, Line
from sogo.model.calendar_object import CalendarObject
from sogo.model.scheduling.addresses import partstat
from sogo.model.scheduling.circle import Circle, Seat
from sogo.model.scheduling.diff import ASKS_ANEW, changed_names
from sogo.model.scheduling.draft import Draft, edit_lines
from sogo.model.scheduling.itip import sequence_of
from sogo.model.scheduling.merge import merged
from sogo.model.scheduling.parts import MASTER, RULES, Parts

__all__ = ["added", "renewed"]


def renewed(before: Parts, news: Parts, circle: Circle) -> CalendarObject:
    """The stored object with the newer components of a REQUEST in it; the very same when none is newer. A new version
    of the series that takes place otherwise takes the old exceptions with it."""
    draft = Draft(before.obj)
    there = {before.key(component): component for component in draft.components}
    stamps = {key: _stamp(component) for key, component in there.items()}
    if MASTER in news.components and MASTER in there and _stamp(news.components[MASTER]) > stamps[MASTER]:
        names = changed_names(there[MASTER], news.components[MASTER], before, news)
        if names & ASKS_ANEW:
            for key in [key for key in there if key != MASTER and key not in news.components]:
                draft.drop(there[key])
    for key, component in news.components.items():
        former = there.get(key)
        if former is not None and _stamp(component) <= stamps[key]:
            continue
        source = former if former is not None else before.instance(key, component.first("RECURRENCE-ID"))
        result = _renewed(source, component, before, news, circle) if source is not None else component.copy()
        if former is not None:
            draft.calendar.replace(former, result)
        else:
            draft.add(result)
    _bring_zones(draft, news)
    after = draft.finish()
    return before.obj if after.text == before.obj.text else after


def _stamp(component: Component) -> tuple[int, str]:
    """What is newer: SEQUENCE, then DTSTAMP (RFC 5546 §2.1.5)."""
    return sequence_of(component), (component.value("DTSTAMP") or "").strip()


def _renewed(former: Component, component: Component, before: Parts, news: Parts, circle: Circle) -> Component:
    result = merged(component, former)
    own = circle.seats(former).get(circle.owner.key)
    if own is not None and not changed_names(former, component, before, news) & ASKS_ANEW:
        edit_lines(result, ("ATTENDEE",), lambda line: _answered(line, own, circle))
    return result


def _answered(line: Line, own: Seat | None, circle: Circle) -> Line:
    """An answer the organizer has not heard of yet."""
    if own is None or not circle.is_owner(line) or partstat(line) != "NEEDS-ACTION" or own.answer == "NEEDS-ACTION":
        return line
    return line.with_param("PARTSTAT", own.answer).with_param("RSVP")


def _bring_zones(draft: Draft, news: Parts) -> None:
    """Definitions of zones that came with the news and were not there."""
    calendar = draft.calendar
    known = {(zone.value("TZID") or "").strip() for zone in calendar.components("VTIMEZONE")}
    used = {line.param("TZID") for component in draft.components for line in component.lines}
    missing = [
        zone
        for zone in news.obj.calendar.components("VTIMEZONE")
        if (tzid := (zone.value("TZID") or "").strip()) in used and tzid not in known
    ]
    place = next(i for i, item in enumerate(calendar.items) if isinstance(item, Component))
    calendar.items[place:place] = missing


def added(before: Parts, news: Parts) -> CalendarObject | None:
    """The stored series with the occurrence of an ADD: an exception at its own start, and an RDATE for it. None when it
    cannot be added: no series, another version, or more than one occurrence."""
    component = news.master
    if component is None or before.master is None or news.start is None or before.start is None:
        return None
    if any(component.first(name) is not None for name in RULES) or len(news.components) != 1:
        return None
    if sequence_of(component) != sequence_of(before.master) + 1:
        return None
    key = before.key_at(news.start)
    time = before.time_of_key(key)
    start = before.master.first("DTSTART")
    if time is None or start is None or key in before.components:
        return None
    draft = Draft(before.obj)
    params = tuple((name, values) for name, values in start.params if name in ("TZID", "VALUE"))
    exception = merged(component, None)
    exception.set(Line("RECURRENCE-ID", str(time), params=params))
    draft.add(exception)
    master = draft.master
    assert master is not None  # it was in `before`
    if key not in before.named_dates(master, "RDATE"):
        master.append_line(Line("RDATE", str(time), params=params))
    master.set(Line("SEQUENCE", str(sequence_of(component))))
    _bring_zones(draft, news)
    return draft.finish()
