"""Where the folders that somebody waits for stood at the last look, and what a new look says has happened since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sogo.model.change import Home, Seen, What, home_path
from sogo.model.folder import Folder, SyncPoint


@dataclass(slots=True)
class Found:
    """What a look has found: changes of folders, and folders whose objects changed, before and now."""

    folders: list[tuple[Folder, What]] = field(default_factory=list)
    objects: list[tuple[Seen, Seen]] = field(default_factory=list)


class Marks:
    def __init__(self) -> None:
        self._seen: dict[str, Seen | None] = {}
        """By c_path; None: looked for and not there."""
        self._by_id: dict[int, str] = {}
        self._at_home: dict[str, set[str]] = {}
        """The paths in each home that has been looked at."""
        self._moved: set[str] = set()
        """Told of by the database while a look was under way, which may have seen what was before."""

    def get(self, path: str) -> Seen | None:
        return self._seen.get(path)

    def path_of(self, folder_id: int) -> str | None:
        return self._by_id.get(folder_id)

    def at_home(self, home: Home) -> frozenset[str]:
        return frozenset(self._at_home.get(home.path, ()))

    def begin_look(self) -> None:
        self._moved.clear()

    def advance(self, path: str, point: SyncPoint) -> bool:
        """The database says where a folder stands; False when that is known."""
        seen = self._seen.get(path)
        if seen is None or seen.modified is not None:
            return True
        if seen.point.generation == point.generation and seen.point.revision >= point.revision:
            return False
        self._seen[path] = replace(seen, point=point)
        self._moved.add(path)
        return True

    def apply(self, paths: Sequence[str], homes: Sequence[Home], seen: Iterable[Seen]) -> Found:
        """Take over what a look at these paths and homes has seen."""
        new = {one.folder.path: one for one in seen}
        known_homes = set(self._at_home)
        expected = set(paths) | set(new)
        for home in homes:
            expected |= self._at_home.setdefault(home.path, set())
        found = Found()
        for path in sorted(expected):
            if path not in self._moved:
                self._compare(path, new.get(path), found, is_news=home_path(path) in known_homes)
        return found

    def _compare(self, path: str, new: Seen | None, found: Found, *, is_news: bool) -> None:
        old = self._seen.get(path)
        is_news = is_news or path in self._seen
        self._put(path, old, new)
        if new is None:
            if old is not None:
                found.folders.append((old.folder, What.GONE))
        elif old is None or old.folder.id != new.folder.id:
            if is_news:
                found.folders.append((new.folder, What.CREATED))
        else:
            if old.folder.display_name != new.folder.display_name:
                found.folders.append((new.folder, What.RENAMED))
            if not old.is_same(new):
                found.objects.append((old, new))

    def _put(self, path: str, old: Seen | None, new: Seen | None) -> None:
        if old is not None:
            self._by_id.pop(old.folder.id, None)
        self._seen[path] = new
        at_home = self._at_home.get(home_path(path))
        if new is not None:
            self._by_id[new.folder.id] = path
            if at_home is not None:
                at_home.add(path)
        elif at_home is not None:
            at_home.discard(path)

    def forget(self, path: str) -> None:
        """Nobody waits for the folder any more."""
        old = self._seen.pop(path, None)
        if old is not None:
            self._by_id.pop(old.folder.id, None)

    def forget_home(self, path: str) -> set[str]:
        """Nobody waits for the home any more; the paths that were in it."""
        return self._at_home.pop(path, set())
