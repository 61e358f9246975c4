"""A copy keeps what is its owner's own: alarms, TRANSP, categories, class, progress of a task, X- properties.

    merged(base, own, former)    the organizer's component with what the attendee has otherwise in his copy

Three versions are compared: an own property that the attendee has as the organizer had it before follows the organizer.
Alarms never travel (scheduling.md §17), from neither side.
"""

from __future__ import annotations

from sogo.codec.contentline import Component, Line
from sogo.model.scheduling.diff import is_own

__all__ = ["merged", "without_alarms"]

_TRAVELS = frozenset({
    "X-SOGO-SEND-APPOINTMENT-NOTIFICATIONS", "X-SOGO-COMPONENT-CREATED-BY", "X-ALT-DESC", "X-APPLE-STRUCTURED-LOCATION",
    "X-GOOGLE-CONFERENCE", "X-GOOGLE-HANGOUT",
})  # fmt: skip
"""X- properties that are of the event, or of what the organizer wants, and not of the copy."""
_TRAVELS_LIKE = ("X-MICROSOFT-",)
_KEPT = ("VALARM",)


def is_kept(name: str, kind: str) -> bool:
    return is_own(name, kind) and name not in _TRAVELS and not name.startswith(_TRAVELS_LIKE)


def merged(base: Component, own: Component | None, former: Component | None = None) -> Component:
    """`base` with the own properties of `own`; `former` is the base of last time. Without `own` only the alarms go."""
    if own is None:
        return without_alarms(base)
    sides = (own, base) if former is None else (own, base, former)
    names = dict.fromkeys(name for side in sides for name in _names(side))
    if _is_cancelled(base):
        names.pop("STATUS", None)
    wanted = {name: _lines(own, name) for name in names}
    if former is not None:
        wanted = {
            name: lines if _values(lines) != _values(_lines(former, name)) else _lines(base, name)
            for name, lines in wanted.items()
        }
    return _with(base, wanted, own)


def _is_cancelled(component: Component) -> bool:
    return component.text("STATUS").strip().upper() == "CANCELLED"


def _with(base: Component, wanted: dict[str, list[Line]], own: Component) -> Component:
    """Own lines stand where the base has such lines, further ones after the last property."""
    result = base.copy()
    result.items = []
    rest = dict(wanted)
    for item in base.items:
        if isinstance(item, Component):
            if item.name not in _KEPT:
                result.items.append(item.copy())
        elif item.name not in wanted:
            result.items.append(item)
        else:
            result.items += rest.pop(item.name, [])
    for lines in rest.values():
        for line in lines:
            result.append_line(line)
    result.items += [child.copy() for child in own.children if child.name in _KEPT]
    return result


def without_alarms(component: Component) -> Component:
    copy = component.copy()
    copy.items = [item for item in copy.items if not (isinstance(item, Component) and item.name in _KEPT)]
    return copy


def _names(component: Component) -> list[str]:
    there = dict.fromkeys(item.name for item in component.items if isinstance(item, Line))
    return [name for name in there if is_kept(name, component.name)]


def _lines(component: Component, name: str) -> list[Line]:
    return component.all(name)


def _values(lines: list[Line]) -> list[tuple[str, str]]:
    return sorted((line.value, str(sorted(line.params))) for line in lines)
