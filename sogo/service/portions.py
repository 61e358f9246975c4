"""So much text of objects as is held at a time when many are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sogo.model.folder import Entry

CONTENT_BYTES = 8 * 1024 * 1024
"""A single object may be larger."""


def by_size(entries: Iterable[Entry], limit_bytes: int = CONTENT_BYTES) -> Iterator[list[Entry]]:
    """The entries in their order, in groups whose texts together are no larger than the limit."""
    group: list[Entry] = []
    size = 0
    for entry in entries:
        if group and size + entry.size_bytes > limit_bytes:
            yield group
            group, size = [], 0
        group.append(entry)
        size += entry.size_bytes
    if group:
        yield group
