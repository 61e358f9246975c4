"""Files of events, tasks or cards taken into a folder, object by object: for DAV, web and tools.

    file -> ImportFile (slices of it) -> each object through ObjectService.save, Origin.IMPORT -> one ImportResult

What is known here by its UID is updated under its name, the rest is added; what would be stored as it is stored already
is left alone. One object that cannot be stored says so in
its result and leaves the others alone. Held is the file and the UIDs of the folder, not the objects.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass, field
from functools import partial

from sogo.codec.pieces import readable, scan
from sogo.errors import (
    CodecError,
    Forbidden,
    NotFound,
    PreconditionFailed,
    SogoError,
    TooMany,
    UidConflict,
    Unavailable,
)
from sogo.model.folder import Entry, FolderKind
from sogo.model.import_file import ImportFile, Incoming
from sogo.model.rights import Deed, EventClass
from sogo.model.stored_text import fresh_uid
from sogo.service.bus import Origin
from sogo.service.folders import FolderView
from sogo.service.objects import ObjectService, Saved
from sogo.service.pace import Pace
from sogo.store.interface import ANY, Expect

log = logging.getLogger(__name__)

_APART_ABOVE_BYTES = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9_@{}+=-][A-Za-z0-9._@{}+=-]{0,199}", re.ASCII)
_INDEXED_CHARS = 255
"""So much of a UID is in the index."""
_ATTEMPTS = 3
_SUFFIX = {FolderKind.CALENDAR: ".ics", FolderKind.CONTACTS: ".vcf"}


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of one object of a file. `error` is None for what was stored; `created` says that it is new here."""

    uid: str
    name: str
    created: bool = False
    error: SogoError | None = None


_Save = Callable[..., Awaitable[Saved]]
"""`ObjectService.save` of one import: what is left to say is the name, the text and what is expected there."""


@dataclass(slots=True)
class _Known:
    """The objects of a folder: their names, and the name of each UID."""

    names: set[str] = field(default_factory=set)
    by_uid: dict[str, str] = field(default_factory=dict)


class ImportService:
    def __init__(self, objects: ObjectService) -> None:
        self._objects = objects

    async def read(self, data: bytes, kind: FolderKind) -> ImportFile:
        """Take a file apart, outside the event loop where it is long. Raises InvalidData for what is no such file,
        CodecError, TooMany."""
        if len(data) > _APART_ABOVE_BYTES:
            return await asyncio.to_thread(ImportFile.of, data, kind)
        return ImportFile.of(data, kind)

    async def run(
        self,
        view: FolderView,
        file: ImportFile,
        *,
        components: frozenset[str] | None = None,
        tokens: Collection[str] = (),
    ) -> AsyncIterator[ImportResult]:
        """Store every object of a file, and tell of each as it is done. `components` and `tokens` as for
        `ObjectService.save`.

        Raises NotFound and Forbidden before anything is stored; what fails later is in the results. When the database
        goes away, nothing more is tried.
        """
        view.require(Deed.SEE)
        if not any(view.permits(Deed.MODIFY, of) for of in EventClass):
            view.require(Deed.CREATE)
        known = await self._known(view)
        save = self._saver(view, components, tokens)
        away: Unavailable | None = None
        for item in file.objects:
            name = known.by_uid.get(item.uid[:_INDEXED_CHARS]) or ""
            if away is None:
                result = await self._store(view, file, item, name, known, save)
                away = result.error if isinstance(result.error, Unavailable) else None
            else:
                result = ImportResult(item.uid, name or _name_for(item.uid, view.folder.kind), error=away)
            yield result

    async def add(
        self,
        view: FolderView,
        file: ImportFile,
        *,
        components: frozenset[str] | None = None,
        tokens: Collection[str] = (),
    ) -> tuple[str, Saved]:
        """Store the only object of a file under a new name (RFC 5995): its name and what was saved.

        Raises UidConflict when the object is here already, and what `ObjectService.save` raises.
        """
        [item] = file.objects
        text = file.text_of(item) if item.is_uid_made else file.data
        name = _name_for(item.uid, view.folder.kind)
        save = self._saver(view, components, tokens)
        try:
            return name, await save(name, text, expect=Expect(absent=True), floating_zone=file.zone_of(item))
        except PreconditionFailed:
            if await self._uid_of(view, name) == item.uid:
                raise UidConflict(item.uid, name) from None
        name = fresh_uid() + _SUFFIX[view.folder.kind]
        return name, await save(name, text, expect=Expect(absent=True), floating_zone=file.zone_of(item))

    def _saver(self, view: FolderView, components: frozenset[str] | None, tokens: Collection[str]) -> _Save:
        return partial(self._objects.save, view, origin=Origin.IMPORT, components=components, tokens=tokens)

    async def _uid_of(self, view: FolderView, name: str) -> str:
        return _uid_in(await self._objects.load(view, name))

    async def _store(
        self,
        view: FolderView,
        file: ImportFile,
        item: Incoming,
        name: str,
        known: _Known,
        save: _Save,
    ) -> ImportResult:
        """One object, under the name it has here or a new one."""
        expect = ANY if name else Expect(absent=True)
        name = name or _free_name(item.uid, view.folder.kind, known)
        error: SogoError = SogoError("This object could not be stored.")
        for _ in range(_ATTEMPTS):
            try:
                there = await self._there(view, name) if expect is ANY else None
                text, zone = file.text_of(item), file.zone_of(item)
                saved = await save(name, text, expect=expect, floating_zone=zone, unless_same=there)
            except UidConflict as conflict:  # somebody stored it meanwhile
                name, expect, error = conflict.name, ANY, conflict
            except PreconditionFailed as taken:
                name, expect, error = fresh_uid() + _SUFFIX[view.folder.kind], Expect(absent=True), taken
            except SogoError as refused:
                return ImportResult(item.uid, name, error=refused)
            except Exception:
                # One odd object must not end the import of the others.
                log.exception("import of %r into %s failed", item.uid[:100], view.folder.path)
                return ImportResult(item.uid, name, error=error)
            else:
                known.names.add(name)
                known.by_uid[item.uid[:_INDEXED_CHARS]] = name
                return ImportResult(item.uid, name, saved.created)
        return ImportResult(item.uid, name, error=error)

    async def _there(self, view: FolderView, name: str) -> Entry | None:
        """What is to be updated, where the importer may read it."""
        try:
            return await self._objects.load(view, name)
        except (NotFound, Forbidden):
            return None

    async def _known(self, view: FolderView) -> _Known:
        """What the folder holds already. Events have their UID in the index, cards have it in their text."""
        known = _Known()
        contacts = view.folder.kind is FolderKind.CONTACTS
        pace = Pace()
        async for batch in self._objects.entries(view, content=contacts, quick=not contacts):
            for entry in batch:
                await pace.breathe()
                known.names.add(entry.name)
                uid = _uid_in(entry) if contacts else str((entry.quick or {}).get("c_uid") or "")
                if uid:
                    known.by_uid.setdefault(uid[:_INDEXED_CHARS], entry.name)
        return known


def _uid_in(entry: Entry) -> str:
    """The UID an object has in its text, "" for none."""
    try:
        _, pieces = scan(readable((entry.content or "").encode("utf-8", "replace")))
    except (CodecError, TooMany):
        return ""
    return next((uid for piece in pieces if (uid := piece.lines.get("UID", ""))), "")


def _name_for(uid: str, kind: FolderKind) -> str:
    """The name clients would give an object: its UID where that is plain, else a digest of it."""
    suffix = _SUFFIX[kind]
    if not _NAME.fullmatch(uid):
        uid = hashlib.sha256(uid.encode("utf-8", "replace")).hexdigest()[:32]
    return uid if uid.endswith(suffix) and len(uid) > len(suffix) else uid + suffix


def _free_name(uid: str, kind: FolderKind, known: _Known) -> str:
    name = _name_for(uid, kind)
    return name if name not in known.names else fresh_uid() + _SUFFIX[kind]
