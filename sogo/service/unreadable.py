"""Objects nobody can read: told once with their path, then left alone until they change."""

from __future__ import annotations

import logging
from collections import OrderedDict

from sogo.model.folder import Entry, Folder

log = logging.getLogger(__name__)

MAX_REMEMBERED = 10_000


class Unreadable:
    """What this worker has told already; beyond MAX_REMEMBERED the oldest is forgotten and may be told again."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, None] = OrderedDict()

    def is_new(self, what: str) -> bool:
        """True the first time this is asked of something."""
        if what in self._told:
            return False
        self._told[what] = None
        if len(self._told) > MAX_REMEMBERED:
            self._told.popitem(last=False)
        return True

    def report(self, folder: Folder, entry: Entry, reason: str) -> None:
        """Log that an object of a folder cannot be read; once for each version of it."""
        path = f"{folder.path}/{entry.name}"
        if self.is_new(f"{path} {entry.version}"):
            log.warning("object %s cannot be read: %s", path, reason)
