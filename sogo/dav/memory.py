"""What the DAV face of a worker remembers of collections while they do not change: responses, and what filters found.

All of it lies in the `SharedMemory` of the worker, beside the folders themselves. What is true of them rests on the
revisions they are kept with, see `rendered`, `listing` and `matching`, which fill and ask them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from sogo.auth.single_flight import SingleFlight
from sogo.http.compress import Packed
from sogo.model.folder import SyncPoint
from sogo.service.memory import Held
from sogo.service.shelf import SharedMemory, Shelf

PART_BYTES = 32 * 1024
"""A longer response is not remembered."""
OVERHEAD_BYTES = 200
"""What one remembered response takes beside its octets, roughly."""
FORM_BYTES = 600
"""What a form takes before anything is kept of it."""
KEY_BYTES = 60
"""What a key in a list takes."""
NAME_BYTES = 70
"""What a name takes in a list of what was found, roughly."""
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
    """Some octets of an answer. One that is `kept` will be sent again, and is packed once only; of those that were
    remembered packed the octets are made when somebody wants them."""

    __slots__ = ("_packed", "_raw", "kept", "size")

    def __init__(self, raw: bytes, *, kept: bool = False, packed: Packed | None = None) -> None:
        self._raw: bytes | None = raw
        self._packed = packed
        self.kept = kept
        self.size = len(raw)

    @classmethod
    def of(cls, packed: Packed) -> Piece:
        piece = cls(b"", kept=True, packed=packed)
        piece._raw, piece.size = None, packed.size
        return piece

    @property
    def raw(self) -> bytes:
        """Not held where it was made anew: it is large, and goes out at once."""
        if self._raw is None:
            assert self._packed is not None
            return self._packed.unpacked()
        return self._raw

    def held_bytes(self, *, packed: bool) -> int:
        """What it takes until it is sent, `packed` or not."""
        return len(self._packed.octets) if packed and self._raw is None and self._packed is not None else self.size

    @property
    def is_packed(self) -> bool:
        return self._packed is not None

    def packed(self, level: int) -> Packed:
        if self._packed is None:
            self._packed = Packed.of(self.raw, level)
        return self._packed


Parts = dict[str, tuple[int, bytes]]
"""Name of an object -> its revision and its response."""
Form = bytes
"""How the objects of a collection are shown, by `digest_of`."""


@dataclass(slots=True)
class _Kept:
    parts: Parts = field(default_factory=dict)
    size: int = FORM_BYTES


class RenderedMemory:
    """Responses by collection and form: single ones of objects, and those of lists.

    A list is remembered as the keys of its blocks. A block is some neighbours of a list, packed, under a digest of
    their names and revisions: where one object changes, the other blocks are still those of the list. `flights`: what
    several readers miss at the same time is made once.
    """

    def __init__(self, shared: SharedMemory) -> None:
        self._parts: Shelf[tuple[int, Form], _Kept] = Shelf(shared)
        self._blocks: Shelf[tuple[int, Form, bytes], Packed] = Shelf(shared)
        self._lists: Shelf[tuple[int, Form, bytes], tuple[SyncPoint, Sequence[bytes]]] = Shelf(shared)
        self._parts_bytes = shared.largest_bytes // 2
        self.flights = SingleFlight()

    def parts(self, folder_id: int, form: Form) -> Parts:
        """What is remembered; only to be read."""
        kept = self._parts.get((folder_id, form))
        return kept.parts if kept is not None else {}

    def keep(self, folder_id: int, form: Form, name: str, revision: int, part: bytes) -> None:
        if len(part) > PART_BYTES or not self._parts_bytes:
            return
        kept = self._parts.get((folder_id, form)) or _Kept()
        old = kept.parts.get(name)
        if old is not None and old[0] > revision:
            return
        kept.size += len(part) + OVERHEAD_BYTES - (len(old[1]) + OVERHEAD_BYTES if old is not None else 0)
        kept.parts[name] = (revision, part)
        if kept.size > self._parts_bytes:
            _forget(kept, list(islice(kept.parts, len(kept.parts) // 2)))
        self._parts.put((folder_id, form), kept, kept.size)

    def tidy(self, folder_id: int, form: Form, held: Held) -> None:
        """Forget what is no longer there, once that is much."""
        kept = self._parts.get((folder_id, form))
        if kept is None or len(kept.parts) <= 2 * len(held.items) + 100:
            return
        _forget(kept, [name for name in kept.parts if name not in held.items])
        self._parts.put((folder_id, form), kept, kept.size)

    def block(self, folder_id: int, form: Form, key: bytes) -> Packed | None:
        return self._blocks.get((folder_id, form, key))

    def keep_block(self, folder_id: int, form: Form, key: bytes, block: Packed) -> None:
        self._blocks.put((folder_id, form, key), block, len(block.octets) + OVERHEAD_BYTES)

    def listed(self, folder_id: int, form: Form, key: bytes, point: SyncPoint) -> list[Packed] | None:
        """A list of responses as it was sent at this point; None when any of it is not there any more."""
        found = self._lists.get((folder_id, form, key))
        if found is None or found[0] != point:
            return None
        blocks = [self.block(folder_id, form, one) for one in found[1]]
        there = [block for block in blocks if block is not None]
        return there if len(there) == len(blocks) else None

    def keep_list(self, folder_id: int, form: Form, key: bytes, point: SyncPoint, blocks: Sequence[bytes]) -> None:
        """Remember which blocks a list is made of at this point."""
        self._lists.put((folder_id, form, key), (point, tuple(blocks)), KEY_BYTES * (len(blocks) + 1))


def _forget(kept: _Kept, names: Sequence[str]) -> None:
    for name in names:
        kept.size -= len(kept.parts.pop(name)[1]) + OVERHEAD_BYTES


@dataclass(frozen=True, slots=True)
class Known:
    """The names of all that was found at a point."""

    point: SyncPoint
    found: Sequence[str]

    @property
    def size(self) -> int:
        return NAME_BYTES * (len(self.found) + 2)


class MatchedMemory:
    """What filters found, by `digest_of` folder and filter."""

    def __init__(self, shared: SharedMemory) -> None:
        self._known: Shelf[bytes, Known] = Shelf(shared)

    def known(self, key: bytes) -> Known | None:
        return self._known.get(key)

    def keep(self, key: bytes, known: Known) -> None:
        self._known.put(key, known, known.size)


class HomeMemory:
    """The members of homes as they were answered, with the digest of what the answer was made of."""

    def __init__(self, shared: SharedMemory) -> None:
        self._kept: Shelf[bytes, tuple[bytes, Piece]] = Shelf(shared)

    def get(self, key: bytes, basis: bytes) -> Piece | None:
        found = self._kept.get(key)
        return found[1] if found is not None and found[0] == basis else None

    def keep(self, key: bytes, basis: bytes, piece: Piece) -> None:
        """Packed as well it will take a little more."""
        self._kept.put(key, (basis, piece), piece.size * 5 // 4 + OVERHEAD_BYTES)
