"""What changed from one version of a component to the next, and what that means for the people in it.

Times are compared as moments and rules by their parts, so that a client which writes the same in other words changes
nothing. Which changes ask everybody anew: scheduling.md §17 (RFC 5546 §2.1.4 for SEQUENCE).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sogo.codec.contentline import Component, Line, unescape
from sogo.model.scheduling.parts import MASTER, RULES, Parts
from sogo.model.timing import timing

__all__ = ["ASKS_ANEW", "OWN", "RAISES_SEQUENCE", "TOLD", "Change", "changed_names", "changes", "is_own"]

ASKS_ANEW: Final = frozenset({"DTSTART", "DTEND", "DUE", *RULES})
"""A change of these makes former answers void. DURATION counts as the end it gives."""
RAISES_SEQUENCE: Final = ASKS_ANEW | {"STATUS"}
TOLD: Final = RAISES_SEQUENCE | {"SUMMARY", "LOCATION", "ORGANIZER"}
"""A change of these is told by mail; of others by the copies alone (scheduling.md §4.5)."""
OWN: Final = frozenset({
    "TRANSP", "CATEGORIES", "CLASS", "COMPLETED", "PERCENT-COMPLETE", "COLOR",
})  # fmt: skip
"""What everybody may have otherwise in his own copy; so are alarms and X- properties."""
_NEVER: Final = frozenset({
    "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "UID", "RECURRENCE-ID", "ATTENDEE", "DURATION", "REQUEST-STATUS",
})  # fmt: skip
"""Says nothing about the event, or is compared otherwise."""
_TIMES: Final = ("DTSTART", "DTEND", "DUE")


@dataclass(frozen=True, slots=True)
class Change:
    """Of one component. `former` is what there was for this instance, made of the master where it had no component of
    its own (then without attendees), and None where there was nothing: then `names`, else those of the properties that
    differ, are all that count."""

    key: str
    component: Component
    former: Component | None
    names: frozenset[str]
    is_new: bool

    @property
    def asks_anew(self) -> bool:
        return bool(self.names & ASKS_ANEW)

    @property
    def raises_sequence(self) -> bool:
        return bool(self.names & RAISES_SEQUENCE)

    @property
    def is_told(self) -> bool:
        return bool(self.names & TOLD)


def is_own(name: str, kind: str) -> bool:
    """Whether a property is everybody's own affair; `kind` is the name of the component."""
    return name in OWN or name.startswith("X-") or (kind == "VTODO" and name == "STATUS")


def changes(old: Parts, new: Parts) -> dict[str, Change]:
    """Every component of the new version against what there was for its instance."""
    return {key: _change(key, component, old, new) for key, component in new.components.items()}


def _change(key: str, component: Component, old: Parts, new: Parts) -> Change:
    former = old.components.get(key)
    is_new = former is None
    if former is None and key != MASTER:
        former = old.instance(key, component.first("RECURRENCE-ID"), is_bare=True)
    if former is None:
        return Change(key, component, None, TOLD, True)
    return Change(key, component, former, changed_names(former, component, old, new), is_new)


def changed_names(old: Component, new: Component, before: Parts, after: Parts) -> frozenset[str]:
    """The properties that differ, but for attendees, stamps and what DURATION says of the end."""
    if old is new:
        return frozenset()
    names = set(_changed_times(old, new, before, after))
    names |= {name for name in RULES if _rules(old, name, before) != _rules(new, name, after)}
    if _organizer(old) != _organizer(new):
        names.add("ORGANIZER")
    skipped = _NEVER | {*_TIMES, *RULES, "ORGANIZER"}
    ours, theirs = _texts(old, skipped), _texts(new, skipped)
    names |= {name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)}
    if _alarms(old) != _alarms(new):
        names.add("VALARM")
    return frozenset(names)


def _changed_times(old: Component, new: Component, before: Parts, after: Parts) -> Iterator[str]:
    ours, theirs = timing(old, before.zones, before.zone), timing(new, after.zones, after.zone)
    names = ("DTSTART", "DUE") if new.name == "VTODO" else ("DTSTART", "DTEND")
    if ours.start is None or theirs.start is None:
        if ours.start is not theirs.start:
            yield names[0]
        return
    zone = after.zone
    recurs = any(new.first(name) is not None for name in ("RRULE", "RDATE"))
    clock = (ours.start.tzid, theirs.start.tzid) if recurs else ("", "")
    same_kind = ours.start.is_date == theirs.start.is_date and ours.has_start == theirs.has_start
    is_moved = ours.start.instant(zone) != theirs.start.instant(zone) or not same_kind
    if is_moved or (clock[0] != clock[1] and str(ours.start.zone) != str(theirs.start.zone)):
        yield names[0] if ours.has_start or theirs.has_start else names[1]
    ends = (
        times.length.end_of(start, zone).instant(zone) for times, start in ((ours, ours.start), (theirs, theirs.start))
    )
    if next(ends) != next(ends) or (new.name == "VTODO" and ours.has_due != theirs.has_due):
        yield names[1]


def _rules(component: Component, name: str, parts: Parts) -> frozenset[object]:
    lines = component.all(name)
    if name in ("RRULE", "EXRULE"):
        return frozenset(_rule(line.value) for line in lines)
    if name == "EXDATE":
        return frozenset(parts.named_dates(component, name))
    return frozenset((key, _period(line)) for key, (_, line) in parts.named_dates(component, name).items())


def _period(line: Line) -> str:
    return line.value.strip().upper() if "/" in line.value else ""


def _rule(value: str) -> frozenset[str]:
    parts = {part.strip() for part in unescape(value).upper().split(";")}
    return frozenset(parts - {"", "INTERVAL=1", "WKST=MO"})


def _organizer(component: Component) -> str:
    line = component.first("ORGANIZER")
    return line.value.strip().lower() if line is not None else ""


def _texts(component: Component, skipped: frozenset[str]) -> dict[str, list[tuple[str, tuple[object, ...]]]]:
    found: dict[str, list[tuple[str, tuple[object, ...]]]] = {}
    for item in component.items:
        if isinstance(item, Line) and item.name not in skipped:
            found.setdefault(item.name, []).append((item.value, tuple(sorted(item.params))))
    for values in found.values():
        values.sort()
    return {name: values for name, values in found.items() if name != "" and not _is_default(name, values)}


def _is_default(name: str, values: list[tuple[str, tuple[object, ...]]]) -> bool:
    """What a missing property means anyway is no change."""
    return len(values) == 1 and values[0][0].strip().upper() == _DEFAULTS.get(name)


_DEFAULTS: Final = {"TRANSP": "OPAQUE", "CLASS": "PUBLIC", "PRIORITY": "0", "DESCRIPTION": "", "LOCATION": ""}


def _alarms(component: Component) -> list[str]:
    return sorted(child.render() for child in component.children if child.name == "VALARM")
