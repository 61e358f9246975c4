"""What e-mail alarms ask of a store: the table OCSEMailAlarmsFolderURL (store.md §14), one row for each object that has
one to come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """`path` is the c_path of the calendar, `name` the object's. `recurrence_id` and `moment` are epoch seconds, the
    former 0 for what happens once. `number` is the place of the alarm among those of its component."""

    path: str
    name: str
    uid: str
    recurrence_id: int
    number: int
    moment: int


class AlarmStore(Protocol):
    @property
    def is_there(self) -> bool:
        """False where OCSEMailAlarmsFolderURL is not set; then nothing is kept, and nothing is due."""

    async def put(self, row: AlarmRow) -> None:
        """The next alarm of an object, instead of the one that was noted."""

    async def drop(self, path: str, name: str) -> None: ...

    async def drop_folder(self, path: str) -> None:
        """All of a calendar that is gone."""

    async def due(self, until: int, limit: int) -> list[AlarmRow]:
        """Alarms up to a moment, oldest first."""
