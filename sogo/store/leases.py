"""Who of all workers and nodes does what only one may do: a row that goes on while they live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LeaseState:
    """Who does it for the site ("" for nobody), and a number that goes on while they live."""

    holder: str
    beat: int


class LeaseStore(Protocol):
    """One lease."""

    async def read_lease(self) -> LeaseState: ...

    async def take_lease(self, seen: LeaseState, holder: str) -> LeaseState | None:
        """Become the holder, or go on as one, unless the lease is no more as it was seen; then None."""
