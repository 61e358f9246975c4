"""When a person is busy, for whoever asks: out of the calendars that count, and only as times (scheduling.md §9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence

from sogo.auth.interface import User
from sogo.codec.contentline import parse
from sogo.errors import CodecError, DomainError
from sogo.model import folder_settings
from sogo.model.caltime import UTC, Window
from sogo.model.folder import Entry, FolderKind
from sogo.model.freebusy import Period, busy_periods, off_hours
from sogo.model.quick_filter import QuickFilter
from sogo.model.rights import Deed
from sogo.service.calendar_zone import zone_of_calendar
from sogo.service.folders import FolderService, FolderView
from sogo.service.objects import ObjectService
from sogo.service.pace import Pace, is_long, maybe_apart
from sogo.service.preferences import preferences
from sogo.service.site import Site
from sogo.service.unreadable import Unreadable
from sogo.store.interface import Profile


class FreeBusyService:
    def __init__(self, site: Site, folders: FolderService, objects: ObjectService, unreadable: Unreadable) -> None:
        self._site = site
        self._folders = folders
        self._objects = objects
        self._unreadable = unreadable

    async def of_user(self, person: User, window: Window) -> list[Period]:
        """The busy times of a person in a window. Anybody who logs in may ask it: the calendars are read as their owner
        reads them, and nothing but times is told."""
        profile = await self._site.profiles.load(person.user_id)
        views = await self._folders.home(person, person, FolderKind.CALENDAR)
        counting = [view for view in views if view.home is None and not _is_transparent(profile, view)]
        found = [period for view in counting async for period in self.of_calendar(view, window)]
        chosen = self._site.config.user(profile.defaults, person.domain)
        if chosen.busy_off_hours:
            zone = preferences(self._site.config, person, profile).zone
            start, end = chosen.day_start_time, chosen.day_end_time
            found += off_hours(window, zone, day_start_hour=start, day_end_hour=end)
        return found

    async def of_calendar(self, view: FolderView, window: Window) -> AsyncIterator[Period]:
        """The busy times of one calendar, of all classes: nothing but times is told. Days and floating times are those
        of its own zone, as for queries. Raises Forbidden, NotFound."""
        view.require(Deed.READ_FREE_BUSY)
        view = view.as_owner()
        owner = await self._site.profiles.load(view.owner.user_id)
        own = preferences(self._site.config, view.owner, owner).zone
        zone, _ = await zone_of_calendar(self._site, view.folder, own)
        addresses = frozenset(address.lower() for address in view.owner.emails)
        where = QuickFilter(frozenset({"vevent"}), int(window.start.timestamp()), int(window.end.timestamp()))
        pace = Pace()
        async for batch in self._objects.entries(view, content=True, where=where):
            for entry in batch:
                await pace.breathe()
                try:
                    found = await maybe_apart(is_long(entry), _periods, entry, window, zone, addresses)
                except (CodecError, DomainError) as error:
                    self._unreadable.report(view.folder, entry, error.public)
                    continue
                for period in found:
                    yield period

    async def default_window(self, actor: User) -> Window:
        """What is told of a person where nobody says from when to when: so many days before and after today, which is
        today where the one lives who asks (SOGoFreeBusyDefaultInterval)."""
        days: Sequence[int] = self._site.config.domain(actor.domain).free_busy_default_interval
        before, after = (*days, *_DEFAULT_DAYS[len(days) :])[:2]
        profile = await self._site.profiles.load(actor.user_id)
        zone = preferences(self._site.config, actor, profile).zone
        today = self._site.clock().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        return Window(_instant(today, -_days(before), zone), _instant(today, max(1, _days(after)), zone))


def _is_transparent(profile: Profile, view: FolderView) -> bool:
    return folder_settings.read(profile.settings, view.folder).transparent


_DEFAULT_DAYS = (7, 7)
_MAX_DAYS = 3660


def _days(number: int) -> int:
    return min(max(0, number), _MAX_DAYS)


def _instant(day: dt.datetime, days: int, zone: dt.tzinfo) -> dt.datetime:
    return (day + dt.timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC)


def _periods(entry: Entry, window: Window, zone: dt.tzinfo, addresses: frozenset[str]) -> list[Period]:
    return list(busy_periods(parse(entry.content or ""), window, default_zone=zone, addresses=addresses))
