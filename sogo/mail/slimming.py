"""The calendar of a mail without what makes it too large: files that are inline (RFC 5545 §3.8.1.1).

An attachment by URI stays as it is. Inline ones stay too as long as all of them are small together.
"""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.contentline import Component, Line

MAX_INLINE_CHARS = 256 * 1024
"""Of all inline attachments of a mail together, as they are encoded."""


@dataclass(frozen=True, slots=True)
class Slimmed:
    """`left_out` is how many attachments are not in `vcalendar` any more."""

    vcalendar: Component
    left_out: int = 0


def slimmed(vcalendar: Component, room: int = MAX_INLINE_CHARS) -> Slimmed:
    """The calendar with the first inline attachments that fit within `room`; the one that was given, if all do."""
    dropped: set[int] = set()
    for component in vcalendar.walk():
        for line in component.all("ATTACH"):
            if not _is_inline(line):
                continue
            if len(line.value) > room:
                dropped.add(id(line))
            else:
                room -= len(line.value)
    if not dropped:
        return Slimmed(vcalendar)
    kept = vcalendar.copy()
    for component in kept.walk():
        component.items = [item for item in component.items if id(item) not in dropped]
    return Slimmed(kept, len(dropped))


def _is_inline(line: Line) -> bool:
    if (line.param("VALUE") or "").upper() == "BINARY" or (line.param("ENCODING") or "").upper() == "BASE64":
        return True
    return line.value[:5].lower() == "data:"
