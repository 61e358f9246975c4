"""Whole calendars and address books as one file, piece by piece, for whoever reads files: DAV, web, tools.

    store, a few megabytes at a time -> one object -> its parts of the file -> a piece of text

A piece is made when it is asked for: however large the folder, what is held is one batch of it. There is one piece for
each object, "" where it adds nothing; between two of them the caller may give way. An object that nobody can read is
left out and logged once, it never takes the file with it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sogo.codec import xcal
from sogo.codec.contentline import Component, Line
from sogo.errors import CodecError, DomainError
from sogo.model.calendar_export import Parts, calendar_properties
from sogo.model.file_text import cards_of
from sogo.model.folder import Entry
from sogo.service.folders import FolderView
from sogo.service.objects import ObjectService
from sogo.service.pace import is_long, maybe_apart
from sogo.service.preferences import preferences
from sogo.service.site import Site
from sogo.service.unreadable import Unreadable
from sogo.store.interface import QuickFilter

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CalendarForm:
    """How a calendar is written: what comes before its components, one of them, and what comes after."""

    head: Callable[[Iterable[Line]], str]
    component: Callable[[Component], str]
    tail: str


def _head(properties: Iterable[Line]) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", *(line.render() for line in properties), ""])


ICALENDAR = CalendarForm(_head, Component.render, "END:VCALENDAR\r\n")
XCAL = CalendarForm(xcal.head, xcal.component, xcal.TAIL)


class ExportService:
    def __init__(self, site: Site, objects: ObjectService, unreadable: Unreadable) -> None:
        self._site = site
        self._objects = objects
        self._unreadable = unreadable

    async def calendar(
        self,
        view: FolderView,
        form: CalendarForm = ICALENDAR,
        *,
        title: str = "",
        with_alarms: bool = True,
        with_standard_zones: bool = True,
        where: QuickFilter | None = None,
    ) -> AsyncIterator[str]:
        """A calendar as one published VCALENDAR. `title` is its name where that is not the folder's; `where` narrows
        what it holds; the rest as for `Parts`. Raises Forbidden, NotFound."""
        batches = self._objects.entries(view, content=True, where=where)
        profile = await self._site.profiles.load(view.owner.user_id)
        zone_name = preferences(self._site.config, view.owner, profile).zone_name
        yield form.head(calendar_properties(title or view.folder.display_name, zone_name))
        parts = Parts(with_alarms=with_alarms, with_standard_zones=with_standard_zones)
        async for batch in batches:
            for entry in batch:
                components = await self._read(view, entry, parts.of)
                yield "".join(map(form.component, components or ()))
        yield form.tail

    async def cards(self, view: FolderView, *, with_lists: bool = False) -> AsyncIterator[str]:
        """An address book as one file of vCards, each in the version it is stored in. The original's lists (VLIST) are
        no vCards: they are left out unless the reader is known to understand them. Raises Forbidden, NotFound."""
        async for batch in self._objects.entries(view, content=True):
            for entry in batch:
                wanted = with_lists or entry.component != "vlist"
                yield (await self._read(view, entry, cards_of) if wanted else None) or ""

    async def _read(self, view: FolderView, entry: Entry, read: Callable[[str], T]) -> T | None:
        """What an object adds, made outside the event loop where it is long; None when it cannot be read."""
        try:
            return await maybe_apart(is_long(entry), read, entry.content or "")
        except (CodecError, DomainError) as error:
            self._unreadable.report(view.folder, entry, error.public)
            return None
