"""Schedule tags (RFC 6638 §3.2.10): they change with a scheduling object, but not when it only takes in an answer.

A tag is kept apart from the object, and only where it outlives a version. The tag of all others follows from their
version, so that objects which another server wrote have one too.
"""

from __future__ import annotations

from dataclasses import dataclass

from sogo.model.folder import Entry, Written


@dataclass(frozen=True, slots=True)
class KeptTag:
    """The tag that an object has as long as it is of this version, written at `modified` (epoch seconds)."""

    version: int
    modified: int
    tag: str


def schedule_tag(stored: Entry | Written, kept: KeptTag | None = None) -> str:
    """Bare; quoted at the edge. `kept` is what was kept for the object's name, out of date or not."""
    if kept is not None and (kept.version, kept.modified) == (stored.version, stored.modified):
        return kept.tag
    return f"sched{stored.version:08d}"
