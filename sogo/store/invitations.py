"""What is noted of invitations to calendars beside rights and subscriptions: that somebody was asked, in which words,
and what the answer was. Beside `sogo.store.interface`, and held to by `tests/contract/test_invitations_contract.py`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

MOST_OF_A_USER = 50
"""The newest are told; older ones stay as answers that nobody waits for."""


class State(Enum):
    OPEN = "open"
    """Not answered yet."""
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    """The right was taken again, after somebody had subscribed."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """One user's to one folder, by its c_path. `name` is unique on the site. `told`: whoever it waits for, the invited
    or with an answer the owner, has put the notice away. `created` is when the state began, in epoch seconds."""

    path: str
    user_id: str
    owner: str
    name: str
    state: State
    summary: str = ""
    created: int = 0
    told: bool = False


class InvitationStore(Protocol):
    """All of it is lost without harm, where the site does not let us make the table."""

    async def put(self, items: Sequence[Invitation]) -> None:
        """Note invitations instead of those of the same folders and users."""

    async def of_user(self, user_id: str) -> list[Invitation]:
        """What a user has been asked, newest first."""

    async def of_owner(self, owner: str) -> list[Invitation]:
        """What was answered to an owner who has not been told yet, newest first."""

    async def on(self, paths: Sequence[str]) -> dict[str, dict[str, Invitation]]:
        """All on folders, by c_path and user id; folders without any are left out."""

    async def tell(self, path: str, user_id: str) -> None:
        """The notice was put away."""

    async def drop(self, path: str, user_ids: Collection[str] | None = None) -> None:
        """Forget those of some users, with None all on a folder."""
