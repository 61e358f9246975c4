"""Who learns of a change in a calendar by mail, and which attendees it came to (scheduling.md §8.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sogo.codec.contentline import Line
from sogo.codec.mime.addresses import bare_address
from sogo.model import folder_settings
from sogo.model.calendar_object import CalendarObject
from sogo.model.folder import Folder

_STAMPS = frozenset({"DTSTAMP", "LAST-MODIFIED", "CREATED"})


@dataclass(frozen=True, slots=True)
class ReceiptDefaults:
    """What holds where a calendar says nothing: SOGoNotifyOnPersonalModifications and …ExternalModifications."""

    personal: bool = False
    external: bool = False


@dataclass(frozen=True, slots=True)
class Readers:
    """`owner` of the calendar; `other` is an address that the owner named, "" for nobody."""

    owner: bool = False
    other: str = ""

    def __bool__(self) -> bool:
        return self.owner or bool(self.other)


def readers(settings: Mapping[str, Any], folder: Folder, *, by_owner: bool, defaults: ReceiptDefaults) -> Readers:
    """Who wants to know of a change, made by the owner or by somebody else. `settings` are the owner's."""
    if not by_owner:
        own = folder_settings.choice(settings, "NotifyOnExternalModifications", folder)
        return Readers(owner=defaults.external if own is None else own)
    own = folder_settings.choice(settings, "NotifyOnPersonalModifications", folder)
    other = ""
    if folder_settings.choice(settings, "NotifyUserOnPersonalModifications", folder):
        text = folder_settings.read_text(settings, "NotifiedUserOnPersonalModifications", folder)
        other = bare_address(text) or ""
    return Readers(owner=defaults.personal if own is None else own, other=other)


def is_same(old: CalendarObject, new: CalendarObject) -> bool:
    """Nothing but when it was written differs: nobody needs to know."""
    return _substance(old) == _substance(new)


def _substance(obj: CalendarObject) -> list[str]:
    found = []
    for component in obj.calendar.walk():
        found.append(component.name)
        found += [line.render() for line in component.lines if line.name not in _STAMPS]
    return found


@dataclass(frozen=True, slots=True)
class Attendance:
    """Attendees by name and address."""

    added: tuple[tuple[str, str], ...] = ()
    removed: tuple[tuple[str, str], ...] = ()
    updated: tuple[tuple[str, str], ...] = ()


def attendance(old: CalendarObject | None, new: CalendarObject | None) -> Attendance:
    """Who came, who went, and of whom something else is said now, over all components."""
    before, after = _attendees(old), _attendees(new)
    if old is None or new is None:
        return Attendance()
    return Attendance(
        added=tuple(named for key, (named, _) in after.items() if key not in before),
        removed=tuple(named for key, (named, _) in before.items() if key not in after),
        updated=tuple(named for key, (named, said) in after.items() if key in before and before[key][1] != said),
    )


def _attendees(obj: CalendarObject | None) -> dict[str, tuple[tuple[str, str], tuple[str, ...]]]:
    found: dict[str, tuple[tuple[str, str], tuple[str, ...]]] = {}
    for component in obj.components if obj is not None else ():
        for line in component.all("ATTENDEE"):
            address = _address(line)
            named, said = found.get(address.lower(), ((line.param("CN") or "", address), ()))
            found[address.lower()] = (named, (*said, line.render()))
    return found


def _address(line: Line) -> str:
    text = line.value.strip()
    return text[7:] if text[:7].lower() == "mailto:" else text
