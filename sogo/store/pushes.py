"""What push asks of a store; `sogo.service.push` and `push_sender` are who asks. The lease is that of
who sends. Beside `sogo.store.interface`, and
held to by `tests/contract/test_push_contract.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sogo.model.folder import SyncPoint
from sogo.model.push import PushKeys, Quiet, Subscription
from sogo.store.leases import LeaseStore


@dataclass(frozen=True, slots=True)
class PushLimits:
    """Subscriptions of one user, and of all users to one collection."""

    of_a_user: int
    of_a_collection: int = 1000


@dataclass(frozen=True, slots=True)
class Watched:
    """A collection that somebody follows. `edited`: somebody has not been told yet that its properties changed."""

    path: str
    home: str
    edited: bool


class PushStore(LeaseStore, Protocol):
    """Subscriptions, the same for all workers and nodes. A subscription whose time is over is none."""

    @property
    def is_there(self) -> bool:
        """False where the site has not let us make the tables; then all else raises StoreUnavailable."""

    async def keys(self) -> PushKeys:
        """Those of the site, made by whoever asks first; remembered."""

    async def register(self, wanted: Subscription, limits: PushLimits) -> tuple[str, bool]:
        """Keep a subscription, or give the one of this user for the same collection and resource its new keys, triggers
        and end. The id it has, and whether it is new. Raises QuotaExceeded."""

    async def unregister(self, registration: str, user_id: str) -> bool:
        """False when this user has no such subscription."""

    async def of_home(self, home: str) -> list[Subscription]:
        """Those of a home and of all folders in it, by its path."""

    async def watched(self) -> list[Watched]:
        """All collections that somebody follows, by path."""

    async def told(self, registration: str, mark: str, title: str, edits: int) -> None:
        """A message got through."""

    async def failed(self, registration: str, since: int) -> None:
        """A message did not; `since` when it began, 0 where what was wrong is over."""

    async def drop(self, registrations: Sequence[str]) -> None: ...

    async def drop_collection(self, path: str) -> None:
        """All subscriptions to a folder that is gone."""

    async def note_edit(self, path: str, names: Sequence[str], title: str, quiet: Quiet | None) -> None:
        """Properties of a folder have changed: whoever follows them is to be told, but for those that are quiet.
        `title` is the digest of its display name now, "" when that did not change."""

    async def hush(self, path: str, quiet: Quiet, before: SyncPoint, after: SyncPoint) -> None:
        """Whoever is quiet and was told of everything up to a point counts as told up to another."""

    async def news(self) -> int:
        """A number that changes with subscriptions and edits."""
