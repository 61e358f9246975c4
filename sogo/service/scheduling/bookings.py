"""What takes somebody's time in a window: read from the calendars that count, one booking for each occurrence."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from sogo.auth.interface import User
from sogo.codec.contentline import parse
from sogo.errors import CodecError, DomainError, NotFound
from sogo.model import folder_settings
from sogo.model.caltime import Window
from sogo.model.folder import Entry, Folder, FolderState
from sogo.model.freebusy import busy_periods
from sogo.model.labels import masked_title
from sogo.model.quick_filter import QuickFilter
from sogo.model.rights import Deed, EventClass, class_of, permits
from sogo.model.scheduling.facts import Booking
from sogo.service.pace import Pace, is_long, maybe_apart
from sogo.service.preferences import preferences
from sogo.service.site import Site
from sogo.service.standings import standings
from sogo.store.interface import Holding

log = logging.getLogger(__name__)

MAX_BOOKINGS = 10_000
"""Of one person; what goes beyond is not looked at."""


def counting(holding: Holding) -> list[FolderState]:
    """The own calendars that count when one is asked whether somebody is busy."""
    web = folder_settings.web_calendars(holding.profile.settings)
    return [
        state
        for state in holding.folders
        if state.folder.reference not in web
        and not folder_settings.read(holding.profile.settings, state.folder).transparent
    ]


Titles = Callable[[Folder, EventClass | None], str | None]
"""What is told instead of the titles of a class in a calendar; None where the title itself may be told."""


async def titles_for(site: Site, actor: User, holding: Holding) -> Titles:
    """By the rights of who would be told. What takes the time may be private, and its title too."""
    folders = [state.folder for state in counting(holding)]
    found = zip(folders, await standings(site, actor, folders, await site.acl.roles_on(folders)), strict=True)
    by_path = {folder.path: standing for folder, standing in found}
    language = preferences(site.config, actor, await site.profiles.load(actor.user_id)).language

    def title(folder: Folder, of_class: EventClass | None) -> str | None:
        if permits(by_path[folder.path], Deed.READ, of_class):
            return None
        return masked_title(EventClass.PRIVATE if of_class is None else of_class, language, is_task=False)

    return title


async def bookings_of(site: Site, user: User, holding: Holding, window: Window, titles: Titles) -> tuple[Booking, ...]:
    """Of one person. Floating times are read in the zone of the person."""
    zone = preferences(site.config, user, holding.profile).zone
    addresses = frozenset(email.lower() for email in user.emails)
    found: list[Booking] = []
    for state in counting(holding):
        found += await _of_calendar(site, state, window, zone, addresses, titles)
    return tuple(found[:MAX_BOOKINGS])


async def _of_calendar(
    site: Site, state: FolderState, window: Window, zone: dt.tzinfo, addresses: Collection[str], titles: Titles
) -> list[Booking]:
    where = QuickFilter(frozenset({"vevent"}), int(window.start.timestamp()), int(window.end.timestamp()))
    found: list[Booking] = []
    pace = Pace()
    try:
        async for batch in site.folders.entries(state.folder, content=True, quick=True, where=where):
            for entry in batch:
                await pace.breathe()
                try:
                    known = await maybe_apart(is_long(entry), _bookings, entry, window, zone, addresses)
                    instead = titles(state.folder, class_of((entry.quick or {}).get("c_classification")))
                    found += known if instead is None else [replace(one, title=instead) for one in known]
                except (CodecError, DomainError) as error:
                    log.info("%s/%s takes nobody's time: %s", state.folder.path, entry.name, error.public)
            if len(found) > MAX_BOOKINGS:
                break
    except NotFound:  # the folder was removed meanwhile
        return []
    return found


def _bookings(entry: Entry, window: Window, zone: dt.tzinfo, addresses: Collection[str]) -> Sequence[Booking]:
    quick = entry.quick or {}
    uid, title = str(quick.get("c_uid") or ""), str(quick.get("c_title") or "")
    periods = busy_periods(parse(entry.content or ""), window, default_zone=zone, addresses=addresses)
    return [Booking(uid, period.start, period.end, title) for period in periods]
