"""What a user set for a folder, read from and written to the `c_settings` document (store.md §12.2-12.3).

Pure edits of the JSON document; keys it does not know stay. Every dictionary is keyed by the folder's reference
(owner:Calendar/id), so owner and subscribers have values of their own.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

from sogo.errors import InvalidData
from sogo.model.css_identifier import subscribed_name
from sogo.model.folder import Folder, FolderKind

DEFAULT_COLOR = "#AAAAAA"
_COLOR = re.compile(r"#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?$")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FolderSettings:
    """One user's view of one folder. `color` is #RRGGBB; `transparent` means left out of free/busy."""

    color: str = DEFAULT_COLOR
    description: str = ""
    transparent: bool = False
    show_alarms: bool = True
    show_tasks: bool = True
    display_name: str = ""


def truth(value: object) -> bool:
    """A boolean as any version of the original stored it: true, 1, "1", "YES", "yes", "true"."""
    if isinstance(value, str):
        return value.strip().lower() in {"1", "yes", "y", "true", "t"}
    return bool(value)


def read(settings: Mapping[str, Any], folder: Folder) -> FolderSettings:
    """The settings of a folder in one user's document; defaults where it says nothing or nonsense."""
    module = _module(settings, folder)
    color = _entry(module, "FolderColors", folder)
    return FolderSettings(
        color=color[:7].upper() if isinstance(color, str) and _COLOR.match(color) else DEFAULT_COLOR,
        description=_text(module, "DavDescription", folder),
        transparent=truth(_entry(module, "FreeBusyExclusions", folder)),
        show_alarms=truth(_entry(module, "FolderShowAlarms", folder, default=True)),
        show_tasks=truth(_entry(module, "FolderShowTasks", folder, default=True)),
        display_name=_text(module, "FolderDisplayNames", folder),
    )


def web_calendars(settings: Mapping[str, Any]) -> Container[str]:
    """The references of folders that are subscriptions to remote files."""
    module = settings.get("Calendar")
    table = module.get("WebCalendars") if isinstance(module, Mapping) else None
    return table if isinstance(table, Mapping) else ()


def parse_color(text: str) -> str:
    """#RRGGBB from #RRGGBB or #RRGGBBAA; the transparency is dropped. Raises InvalidData for anything else."""
    text = text.strip()
    if not _COLOR.match(text):
        raise InvalidData(f"{text[:20]!r} is not a colour of the form #RRGGBB.", rule="bad-color")
    return text[:7].upper()


def set_color(settings: Document, folder: Folder, color: str) -> None:
    _put(settings, "FolderColors", folder, color)


def set_display_name(settings: Document, folder: Folder, text: str) -> None:
    """What somebody else's folder is called for this user."""
    _put(settings, "FolderDisplayNames", folder, text)


def set_description(settings: Document, folder: Folder, text: str) -> None:
    _put(settings, "DavDescription", folder, text or None)


def set_transparent(settings: Document, folder: Folder, transparent: bool) -> None:
    _put(settings, "FreeBusyExclusions", folder, 1 if transparent else None)


def set_others_transparent(settings: Document, folder: Folder, transparent: bool) -> None:
    """The same for a calendar of somebody else, which counts only when that is said (store.md §12.3)."""
    _put(settings, "FreeBusyExclusions", folder, None if transparent else 0)


def is_transparent_to(settings: Mapping[str, Any], folder: Folder, user_id: str) -> bool:
    """Whether a calendar, one's own or somebody else's, is left out of the free/busy of a user."""
    default = folder.owner != user_id
    return truth(_entry(_module(settings, folder), "FreeBusyExclusions", folder, default=default))


def counted_of_others(settings: Mapping[str, Any], user_id: str) -> list[str]:
    """The paths of the calendars of others that a user lets count for free/busy, in order."""
    module = settings.get("Calendar")
    table = module.get("FreeBusyExclusions") if isinstance(module, Mapping) else None
    listed = module.get("SubscribedFolders") if isinstance(module, Mapping) else None
    if not isinstance(table, Mapping) or not isinstance(listed, list):
        return []
    found: list[str] = []
    for reference, excluded in sorted(table.items()):
        owner, _, name = reference.rpartition(":Calendar/")
        if not truth(excluded) and owner not in ("", user_id) and "/" not in owner + name and reference in listed:
            found.append(f"/Users/{owner}/Calendar/{name}")
    return found


def set_show_alarms(settings: Document, folder: Folder, show: bool) -> None:
    """Only a "no" is stored (store.md §12.3)."""
    _put(settings, "FolderShowAlarms", folder, None if show else 0)


def read_switch(settings: Mapping[str, Any], key: str, folder: Folder) -> bool:
    """One of the per-folder switches of store.md §12.3 by its key, such as NotifyOnPersonalModifications."""
    return truth(_entry(_module(settings, folder), key, folder))


def choice(settings: Mapping[str, Any], key: str, folder: Folder) -> bool | None:
    """The same, None where the document says nothing: what the domain says holds then."""
    value = _entry(_module(settings, folder), key, folder)
    return None if value is None else truth(value)


def set_switch(settings: Document, key: str, folder: Folder, on: bool) -> None:
    _put(settings, key, folder, 1 if on else 0)


def read_text(settings: Mapping[str, Any], key: str, folder: Folder) -> str:
    """A per-folder text by its key, such as NotifiedUserOnPersonalModifications; "" when there is none."""
    return _text(_module(settings, folder), key, folder)


def set_text(settings: Document, key: str, folder: Folder, text: str) -> None:
    _put(settings, key, folder, text or None)


def subscribe(settings: Document, folder: Folder, *, most: int) -> bool:
    """Put somebody's folder into the list of what one subscribed to, shown, but without its alarms (dav.md §10.2).
    False where the list has `most` entries already."""
    module = settings.get(folder.kind.value)
    if not isinstance(module, dict):
        module = settings[folder.kind.value] = {}
    listed = module.get("SubscribedFolders")
    listed = listed if isinstance(listed, list) else []
    if folder.reference in listed:
        return True
    if len(listed) >= most:
        return False
    module["SubscribedFolders"] = [*listed, folder.reference]
    hidden, name = module.get("InactiveFolders"), subscribed_name(folder.owner, folder.name)
    if isinstance(hidden, list) and name in hidden:
        module["InactiveFolders"] = [entry for entry in hidden if entry != name]
    if folder.kind is FolderKind.CALENDAR:
        set_show_alarms(settings, folder, show=False)
    return True


def forget(settings: Document, folder: Folder, name: str = "") -> None:
    """Remove every trace of a folder that is gone (store.md §12.6), or is not subscribed to any more. `name` is what it
    is called in this user's home, its own by default."""
    module = settings.get(folder.kind.value)
    if not isinstance(module, dict):
        return
    for value in module.values():
        if isinstance(value, dict):
            value.pop(folder.reference, None)
    for key, item in (
        ("FoldersOrder", name or folder.name),
        ("InactiveFolders", name or folder.name),
        ("SubscribedFolders", folder.reference),
    ):
        listed = module.get(key)
        if isinstance(listed, list) and item in listed:
            module[key] = [entry for entry in listed if entry != item]


def _module(settings: Mapping[str, Any], folder: Folder) -> Mapping[str, Any]:
    module = settings.get(folder.kind.value)
    return module if isinstance(module, Mapping) else {}


def _entry(module: Mapping[str, Any], key: str, folder: Folder, *, default: object = None) -> object:
    table = module.get(key)
    return table.get(folder.reference, default) if isinstance(table, Mapping) else default


def _text(module: Mapping[str, Any], key: str, folder: Folder) -> str:
    value = _entry(module, key, folder)
    return value if isinstance(value, str) else ""


def _put(settings: Document, key: str, folder: Folder, value: object) -> None:
    """Set or (None) drop one entry. A document whose parts are of another type than ours is left alone elsewhere."""
    module = settings.get(folder.kind.value)
    if not isinstance(module, dict):
        module = settings[folder.kind.value] = {}
    table = module.get(key)
    if not isinstance(table, dict):
        if value is None:
            return
        table = module[key] = {}
    if value is None:
        table.pop(folder.reference, None)
    else:
        table[folder.reference] = value
