"""What is read to tell when people are busy, as values: calendars with the rows of events, and what people chose."""

from __future__ import annotations

from dataclasses import dataclass, field

from sogo.model.folder import Folder
from sogo.model.quick_busy import BusyRow
from sogo.store.interface import Profile


@dataclass(slots=True)
class BusyCalendar:
    """A calendar with the events that may meet a window, and its properties."""

    folder: Folder
    rows: list[BusyRow] = field(default_factory=list)
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BusyReading:
    """`calendars` by path, `profiles` of all who were asked for. `availability` are properties of scheduling inboxes by
    user id."""

    calendars: dict[str, BusyCalendar]
    profiles: dict[str, Profile]
    availability: dict[str, str]
