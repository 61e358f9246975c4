"""What the DAV face of a worker remembers of collections while they do not change: responses, and what filters found.

Both are bounded; what was used longest ago goes first. What is true of them rests on the revisions they are kept with,
see `rendered` and `matching`, which fill and ask them.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sogo.http.compress import pack
from sogo.model.folder import SyncPoint
from sogo.service.memory import Held

PART_BYTES = 32 * 1024
"""A longer response is not remembered."""
OVERHEAD_BYTES = 200
"""What one remembered response takes beside its octets, roughly."""
FORM_BYTES = 1000
"""What a form takes before anything is kept of it."""
LIST_BYTES = 1024 * 1024
LISTS = 16
"""Lists of one collection and form that are remembered, and how long each may be."""
Verdicts = dict[str, tuple[int, bool]]
"""Name of an object -> its revision, and whether it matched then."""
VERDICT_BYTES, NAME_BYTES = 250, 100
"""What a verdict takes, and a name in a list of what was found, roughly."""
KEY_CHARS = 4096
"""What is wanted or asked at greater length is not remembered."""


def digest_of(*parts: object) -> bytes | None:
    """What tells apart questions and forms; short, since clients choose how long they are. None for what is longer than
    anybody needs."""
    text = repr(parts)
    return (
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
        if len(text) <= KEY_CHARS
        else None
    )


class Piece:
    """Some octets of an answer. One that is `kept` will be sent again, and is packed once only."""

    __slots__ = ("_packed", "kept", "raw")

    def __init__(self, raw: bytes, *, kept: bool = False) -> None:
        self.raw = raw
        self.kept = kept
        self._packed: bytes | None = None

    @property
    def is_packed(self) -> bool:
        return self._packed is not None

    def packed(self, level: int) -> bytes:
        if self._packed is None:
            self._packed = pack(self.raw, level)
        return self._packed


Parts = dict[str, tuple[int, bytes]]
"""Name of an object -> its revision and its response."""


Form = bytes
"""How the objects of a collection are shown, by `digest_of`."""


@dataclass(slots=True)
class _Kept:
    parts: Parts = field(default_factory=dict)
    size: int = 0
    lists: OrderedDict[bytes, tuple[SyncPoint, Piece]] = field(default_factory=OrderedDict)


class RenderedMemory:
    """The responses of all collections and forms; bounded by bytes, what was used longest ago goes first."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[tuple[int, Form], _Kept] = OrderedDict()
        self._bytes = 0

    def parts(self, folder_id: int, form: Form) -> Parts:
        """What is remembered; only to be read."""
        kept = self._kept.get((folder_id, form))
        if kept is None:
            return {}
        self._kept.move_to_end((folder_id, form))
        return kept.parts

    def listed(self, folder_id: int, form: Form, key: bytes, point: SyncPoint) -> Piece | None:
        """A list of responses as it was sent at this point."""
        kept = self._kept.get((folder_id, form))
        found = kept.lists.get(key) if kept is not None else None
        if kept is None or found is None or found[0] != point:
            return None
        kept.lists.move_to_end(key)
        return found[1]

    def keep_list(self, folder_id: int, form: Form, key: bytes, point: SyncPoint, piece: Piece) -> None:
        """Remember a list; of each form the few that were asked for last."""
        size = _list_bytes(piece)
        if size > LIST_BYTES or 2 * size > self._limit_bytes:
            return
        if (folder_id, form) not in self._kept:
            self._kept[folder_id, form] = _Kept(size=FORM_BYTES)
            self._bytes += FORM_BYTES
        kept = self._kept[folder_id, form]
        self._count_list(kept, kept.lists.pop(key, None), -1)
        kept.lists[key] = (point, piece)
        self._count_list(kept, kept.lists[key], 1)
        while len(kept.lists) > LISTS:
            self._count_list(kept, kept.lists.popitem(last=False)[1], -1)
        self._shrink()

    def _count_list(self, kept: _Kept, found: tuple[SyncPoint, Piece] | None, sign: int) -> None:
        if found is not None:
            kept.size += sign * _list_bytes(found[1])
            self._bytes += sign * _list_bytes(found[1])

    def _shrink(self) -> None:
        while self._bytes > self._limit_bytes:
            self._bytes -= self._kept.popitem(last=False)[1].size

    def keep(self, folder_id: int, form: Form, name: str, revision: int, part: bytes) -> None:
        if len(part) > PART_BYTES or self._limit_bytes <= 0:
            return
        key = (folder_id, form)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(size=FORM_BYTES)
            self._bytes += FORM_BYTES
        old = kept.parts.get(name)
        if old is not None and old[0] > revision:
            return
        grown = len(part) + OVERHEAD_BYTES - (len(old[1]) + OVERHEAD_BYTES if old is not None else 0)
        kept.parts[name] = (revision, part)
        kept.size += grown
        self._bytes += grown
        self._shrink()

    def tidy(self, folder_id: int, form: Form, held: Held) -> None:
        """Forget what is no longer there, once that is much."""
        kept = self._kept.get((folder_id, form))
        if kept is None or len(kept.parts) <= 2 * len(held.items) + 100:
            return
        for name in [name for name in kept.parts if name not in held.items]:
            size = len(kept.parts.pop(name)[1]) + OVERHEAD_BYTES
            kept.size -= size
            self._bytes -= size


@dataclass(frozen=True, slots=True)
class Known:
    """Verdicts of those that had to be read, and the names of all that was found at a point."""

    verdicts: Verdicts
    point: SyncPoint
    found: Sequence[str]

    @property
    def size(self) -> int:
        return VERDICT_BYTES * (len(self.verdicts) + 1) + NAME_BYTES * len(self.found)


def _list_bytes(piece: Piece) -> int:
    """Packed it takes a little more."""
    return len(piece.raw) * 5 // 4 + OVERHEAD_BYTES


class MatchedMemory:
    """What filters found, by `digest_of` folder and filter. What was used longest ago goes first."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._bytes = 0

    def known(self, key: bytes) -> Known | None:
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
        return found

    def keep(self, key: bytes, known: Known) -> None:
        self._forget(key)
        self._known[key] = known
        self._bytes += known.size
        while self._bytes > self._limit_bytes:
            self._forget(next(iter(self._known)))

    def _forget(self, key: bytes) -> None:
        old = self._known.pop(key, None)
        if old is not None:
            self._bytes -= old.size


class HomeMemory:
    """The members of homes as they were answered, with the digest of what the answer was made of."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[bytes, tuple[bytes, Piece]] = OrderedDict()
        self._bytes = 0

    def get(self, key: bytes, basis: bytes) -> Piece | None:
        found = self._kept.get(key)
        if found is None or found[0] != basis:
            return None
        self._kept.move_to_end(key)
        return found[1]

    def keep(self, key: bytes, basis: bytes, piece: Piece) -> None:
        self._drop(key)
        self._kept[key] = (basis, piece)
        self._bytes += _list_bytes(piece)
        while self._bytes > self._limit_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: bytes) -> None:
        old = self._kept.pop(key, None)
        if old is not None:
            self._bytes -= _list_bytes(old[1])
