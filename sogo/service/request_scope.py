"""What one request has read already: documents, DAV properties and the folders of a home are read once for each request
however many services ask for them. An opening (`FolderStore.open_home` and the like) brings most of it at once.

A memory lives in the task of its request; outside of a request everything is only passed on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import NamedTuple

from sogo.model.folder import FolderKind, FolderState
from sogo.model.listing import Noted
from sogo.model.push import Quiet
from sogo.store.interface import Opening, Profile, ProfileStore, PropertyEditor, PropertyEdits, PropertyStore


class HomeRead(NamedTuple):
    """A home as it was read for an actor: its folders, those of others that its owner subscribed to, and the rows of
    the ACL that concern the actor by path."""

    actor: str
    folders: Sequence[FolderState]
    others: Sequence[FolderState]
    rights: Mapping[str, Mapping[str, frozenset[str]]]


@dataclass(slots=True)
class RequestScope:
    """`properties` are the shared ones by path; `homes` what was read of them by owner and kind, and
    `noted` what was noted of these very listings for the actor; whoever takes that must find the listing there.
    `quiet` is who hears nothing by push of what the request writes."""

    profiles: dict[str, Profile] = field(default_factory=dict)
    properties: dict[str, Mapping[str, str]] = field(default_factory=dict)
    homes: dict[tuple[str, FolderKind], HomeRead] = field(default_factory=dict)
    noted: dict[tuple[str, FolderKind], Noted] = field(default_factory=dict)
    quiet: Quiet | None = None

    def learn(self, opening: Opening) -> None:
        """What was read or written earlier in this request stays as it is known."""
        self.learn_profiles(opening.profiles)
        self.properties = {**opening.properties, **self.properties}

    def learn_profiles(self, profiles: Mapping[str, Profile]) -> None:
        self.profiles = {**profiles, **self.profiles}


_scope: ContextVar[RequestScope | None] = ContextVar("sogo_request_scope", default=None)


def begin_request() -> None:
    """From here on, in this task, what was read is not read again."""
    _scope.set(RequestScope())


def request_scope() -> RequestScope:
    """The memory of the request this task belongs to; outside of one, an empty one that nobody keeps."""
    return _scope.get() or RequestScope()


def basis_of(states: Iterable[tuple[FolderState, object]], users: Iterable[str]) -> bytes | None:
    """A digest of all that the listing of these folders is made of: their states, what the actor is to each, the
    documents of the users and the properties of the folders as this request knows them. Whatever was made of the same
    is the same. None where not all of it is known, or not by a mark of its text."""
    scope = request_scope()
    digest = hashlib.blake2b(digest_size=16)
    for user_id in users:
        profile = scope.profiles.get(user_id)
        documents = (profile.defaults, profile.settings) if profile is not None else (None,)
        marks = [b"" if document == {} else getattr(document, "mark", None) for document in documents]
        if None in marks:
            return None
        digest.update(repr(marks).encode())
    for state, standing in states:
        folder = state.folder
        stored = scope.properties.get(folder.path)
        if stored is None:
            return None
        said = f"{folder.id}\0{folder.display_name}\0{state.point}\0{state.modified}\0{state.locks}\0{standing}\0"
        digest.update(said.encode("utf-8", "surrogatepass"))
        if stored:
            digest.update(repr(sorted(stored.items())).encode("utf-8", "surrogatepass"))
    return digest.digest()


class RequestProfiles:
    """`ProfileStore` over another one."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store

    async def load(self, user_id: str) -> Profile:
        seen = request_scope().profiles
        if user_id not in seen:
            seen[user_id] = await self._store.load(user_id)
        return seen[user_id]

    async def update(self, user_id: str, change: Callable[[Profile], None]) -> Profile:
        profile = await self._store.update(user_id, change)
        request_scope().profiles[user_id] = profile
        return profile


class RequestProperties:
    """`PropertyStore` over another one."""

    def __init__(self, store: PropertyStore) -> None:
        self._store = store

    async def load(self, paths: Sequence[str], *, user_id: str = "") -> dict[str, dict[str, str]]:
        if user_id:
            return await self._store.load(paths, user_id=user_id)
        seen = request_scope().properties
        unknown = [path for path in paths if path not in seen]
        if unknown:
            found = await self._store.load(unknown)
            seen.update((path, found.get(path, {})) for path in unknown)
        return {path: dict(seen[path]) for path in paths if seen[path]}

    async def update(
        self, path: str, *, user_id: str = "", store: Mapping[str, str] | None = None, remove: Iterable[str] = ()
    ) -> None:
        request_scope().properties.pop(path, None)
        await self._store.update(path, user_id=user_id, store=store, remove=remove)

    async def move(self, path: str, target: str, *, copy: bool = False) -> None:
        seen = request_scope().properties
        seen.pop(path, None)
        seen.pop(target, None)
        await self._store.move(path, target, copy=copy)

    async def forget(self, path: str) -> None:
        """Without a look into the store where this request knows that nothing is kept."""
        known = request_scope().properties.pop(path, None)
        if known is None or known:
            await self._store.forget(path)


class RequestEditor:
    """`PropertyEditor` over another one: what it writes is read anew."""

    def __init__(self, editor: PropertyEditor) -> None:
        self._editor = editor

    async def apply(self, edits: PropertyEdits) -> None:
        scope = request_scope()
        scope.homes.clear()
        for user_id in edits.profiles:
            scope.profiles.pop(user_id, None)
        if edits.path is not None:
            scope.properties.pop(edits.path, None)
        await self._editor.apply(edits)
