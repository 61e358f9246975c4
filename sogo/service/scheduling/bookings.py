"""What takes somebody's time in a window: read from the calendars that count, one booking for each occurrence."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Sequence

from sogo.auth.interface import User
from sogo.codec.contentline import parse
from sogo.errors import CodecError, DomainError, NotFound
from sogo.model import folder_settings
from sogo.model.caltime import Window
from sogo.model.folder import Entry, FolderState
from sogo.model.freebusy import busy_periods
from sogo.model.quick_filter import QuickFilter
from sogo.model.scheduling.facts import Booking
from sogo.service.pace import Pace, is_long, maybe_apart
from sogo.service.preferences import preferences
from sogo.service.site import Site
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


async def bookings_of(site: Site, user: User, holding: Holding, window: Window) -> tuple[Booking, ...]:
    """Of one person. Floating times are read in the zone of the person."""
    zone = preferences(site.config, user, holding.profile).zone
    addresses = frozenset(email.lower() for email in user.emails)
    found: list[Booking] = []
    for state in counting(holding):
        found += await _of_calendar(site, state, window, zone, addresses)
    return tuple(found[:MAX_BOOKINGS])


async def _of_calendar(
    site: Site, state: FolderState, window: Window, zone: dt.tzinfo, addresses: Collection[str]
) -> list[Booking]:
    where = QuickFilter(frozenset({"vevent"}), int(window.start.timestamp()), int(window.end.timestamp()))
    found: list[Booking] = []
    pace = Pace()
    try:
        async for batch in site.folders.entries(state.folder, content=True, quick=True, where=where):
            for entry in batch:
                await pace.breathe()
                try:
                    found += await maybe_apart(is_long(entry), _bookings, entry, window, zone, addresses)
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
