"""What waiting for changes asks of a store; `sogo.service.bus` is who waits. Beside `sogo.store.interface`, and held to
by `tests/contract/test_bus_contract.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from sogo.model.change import Home, Notice, Seen, What
from sogo.model.folder import Folder, SyncPoint


class Notices(Protocol):
    """Tells of changes that others write: by itself where the database can, else when it is looked at."""

    def hear(self, notice: Callable[[Notice], None], ended: Callable[[], None]) -> None:
        """Who is told of each change while listening, and who when that ends by itself. Both on the event loop."""

    async def listen(self) -> bool:
        """Listen, unless that is so already or was refused a moment ago; True while every change in the tables is told
        without looking. Raises StoreUnavailable when the database is away."""

    async def rest(self) -> None:
        """Nobody waits: let go of what listening holds."""

    async def look(self, paths: Sequence[str], homes: Sequence[Home]) -> list[Seen]:
        """The folders with these c_paths and all of these homes, each once; a few statements however many there are."""

    async def names_since(self, points: Mapping[int, SyncPoint]) -> dict[int, list[str]]:
        """The objects of folders, by id, that changed after a point; one statement for some hundred folders."""

    def is_wanted(self, what: What) -> bool:
        """Changes of this kind have to be published, since the database does not tell of them by itself."""

    async def publish(self, changes: Sequence[tuple[Folder, str, What]]) -> None:
        """Tell other processes what was committed here. Never raises for a database
        that is away: whoever waits there looks, sooner or later."""
