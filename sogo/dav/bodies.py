"""Request bodies that come again and again: what was read in them is remembered by their very bytes.

A client asks for the same properties in the same words each time, and so does every other copy of its program; reading
such a body costs more than answering it. Only readers are asked whose results nobody changes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeVar

from sogo.codec.davxml import reader

MAX_BYTES = 4096
"""A longer body is not remembered: those name objects, and no two are alike."""
MAX_BODIES = 512

T = TypeVar("T")
Read = Callable[[reader.Element | None], T]


class Bodies:
    """The bodies read last, at most two megabytes of them."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Read[Any], bytes], Any] = OrderedDict()

    def find(self, read: Read[T], body: bytes) -> T | None:
        """What `read` made of this body before."""
        key = (read, body)
        found: T | None = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
        return found

    def keep(self, read: Read[T], body: bytes, value: T) -> T:
        if len(body) <= MAX_BYTES:
            self._known[read, body] = value
            if len(self._known) > MAX_BODIES:
                self._known.popitem(last=False)
        return value

    def __len__(self) -> int:
        return len(self._known)
