"""Which folders of others somebody subscribed to, by the settings; and what they were a moment ago, so that a request
can ask for them together with what it begins with (store.md §12.2)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from sogo.model.css_identifier import subscribed_name
from sogo.model.folder import Folder, FolderKind

MAX_SUBSCRIBED = 1000
"""Subscriptions of one user and kind that are looked at."""
REMEMBERED_USERS = 2_000


def subscribed(settings: Mapping[str, Any], kind: FolderKind, user_id: str) -> tuple[Folder, ...]:
    """The folders named in the settings of a user, as far as they can be others': only whose they are, kind and name
    mean something."""
    module = settings.get(kind.value)
    listed = module.get("SubscribedFolders") if isinstance(module, Mapping) else None
    if not isinstance(listed, list):
        return ()
    found: dict[str, Folder] = {}
    for reference in listed[:MAX_SUBSCRIBED]:
        folder = _folder(reference, kind) if isinstance(reference, str) else None
        if folder is not None and folder.owner != user_id:
            found.setdefault(folder.path, folder)
    return tuple(found.values())


def _folder(reference: str, kind: FolderKind) -> Folder | None:
    owner, _, place = reference.rpartition(":")
    module, _, name = place.partition("/")
    if not owner or "/" in owner or module != kind.value or not name or "/" in name or "\0" in reference:
        return None
    return Folder(0, owner, kind, name, "")


class KnownSubscriptions:
    """What the settings said when they were read last; whoever uses it looks afterwards whether they still do."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, FolderKind], tuple[Folder, ...]] = OrderedDict()

    def of(self, user_id: str, kind: FolderKind) -> tuple[Folder, ...]:
        return self._known.get((user_id, kind), ())

    def named(self, user_id: str, kind: FolderKind, name: str) -> Folder | None:
        """The one that has this name in the user's home."""
        return find(self.of(user_id, kind), name)

    def learn(self, user_id: str, kind: FolderKind, folders: tuple[Folder, ...]) -> None:
        self._known.pop((user_id, kind), None)
        if folders:
            self._known[user_id, kind] = folders
        while len(self._known) > REMEMBERED_USERS:
            self._known.popitem(last=False)


def find(folders: tuple[Folder, ...], name: str) -> Folder | None:
    return next((one for one in folders if subscribed_name(one.owner, one.name) == name), None)
