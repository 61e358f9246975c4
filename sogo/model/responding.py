"""Answers that somebody gives for the owner of a calendar: of what was sent, the PARTSTAT and nothing else (dav.md
§14.2, rule 8)."""

from __future__ import annotations

import re
from collections.abc import Set

from sogo.codec.contentline import Component, Line, parse
from sogo.errors import InvalidData

_KINDS = ("VEVENT", "VTODO")
_STATE = re.compile(r"[A-Z][A-Z0-9-]{0,40}", re.ASCII)
_OPEN = "NEEDS-ACTION"


def answered(stored: str, sent: str, addresses: Set[str], *, sent_by: str | None = None) -> str:
    """The stored object with the answers that the owner's ATTENDEE lines have in what was sent, component by component.

    `addresses` are the owner's, lower case. Only where both hold the same components, by RECURRENCE-ID; else the answer
    is to something that is not there, and nothing changes. `sent_by` is the address of who answers, for SENT-BY; None
    leaves that out. Raises InvalidData when what was sent holds no event or task, CodecError when it cannot be read.
    """
    document, answer = parse(stored), parse(sent)
    old, new = _components(document), _components(answer)
    if not new:
        raise InvalidData("There is no event or task.", rule="valid-calendar-object-resource")
    if old.keys() != new.keys():
        return stored
    changed = [_answer(component, new[key], addresses, sent_by) for key, component in old.items()]
    return document.render() if any(changed) else stored


def _components(document: Component) -> dict[tuple[str, str], Component]:
    found: dict[tuple[str, str], Component] = {}
    for calendar in document.components("VCALENDAR"):
        for one in calendar.components(*_KINDS):
            found.setdefault((one.name, (one.value("RECURRENCE-ID") or "").strip()), one)
    return found


def _answer(component: Component, sent: Component, addresses: Set[str], sent_by: str | None) -> bool:
    """Whether the component has another answer now."""
    mine, theirs = _attendee(component, addresses), _attendee(sent, addresses)
    if mine is None or theirs is None:
        return False
    state = (theirs.param("PARTSTAT") or _OPEN).strip().upper()
    if _STATE.fullmatch(state) is None or state == (mine.param("PARTSTAT") or _OPEN).strip().upper():
        return False
    line = mine.with_param("PARTSTAT", state)
    if state != _OPEN:
        line = line.with_param("RSVP")
    line = line.with_param("SENT-BY", *([f"MAILTO:{sent_by}"] if sent_by else []))
    component.replace(mine, line)
    return True


def _attendee(component: Component, addresses: Set[str]) -> Line | None:
    for line in component.all("ATTENDEE"):
        value = line.value.strip().lower()
        if value.removeprefix("mailto:") in addresses:
            return line
    return None
