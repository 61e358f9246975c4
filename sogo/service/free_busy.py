"""When people are busy, for whoever asks: out of the calendars that count, and only as times (scheduling.md §9).

people --FolderStore.busy--> rows of events, documents, properties: one statement, however many they are
       --quick_busy--> periods: of single events out of their rows; of what a text is needed for, remembered by the
                       text, zone and addresses, so that nobody parses a series twice
       --availability, off_hours, at_once--> what else a person, or a room, is
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sogo.auth.interface import User
from sogo.errors import CodecError, DomainError, TooMany
from sogo.model import folder_settings
from sogo.model.availability import unavailable
from sogo.model.caltime import UTC, Window
from sogo.model.folder import Entry, Folder
from sogo.model.freebusy import Period, at_once, off_hours
from sogo.model.quick_busy import BusyRow, Texts, blocks, from_quick, from_text, within
from sogo.model.rights import Deed, permits
from sogo.service.calendar_zone import zone_among
from sogo.service.folders import FolderView
from sogo.service.pace import APART_ABOVE_CHARS, Pace, maybe_apart
from sogo.service.preferences import preferences
from sogo.service.shelf import Shelf
from sogo.service.site import Site
from sogo.service.standings import standings
from sogo.service.unreadable import Unreadable
from sogo.store.busy import BusyCalendar, BusyReading
from sogo.store.interface import Profile

log = logging.getLogger(__name__)

UID_CHARS = 255
PERIOD_BYTES = 150
MAX_COUNTED = 100
"""Calendars of others that count for one person."""
REMEMBERED_PEOPLE = 2_000

_Key = tuple[bytes, str, frozenset[str], dt.datetime]
_Reader = Callable[[Window], tuple[Period, ...]]


class FreeBusyService:
    """One for each worker: it remembers what was read of texts."""

    def __init__(self, site: Site, unreadable: Unreadable) -> None:
        self._site = site
        self._unreadable = unreadable
        self._read: Shelf[_Key, tuple[Period, ...]] = Shelf(site.memory.shared)
        self._counted: OrderedDict[str, frozenset[str]] = OrderedDict()
        """Paths of the calendars of others that counted for a person when that was asked last."""

    async def of_people(
        self, people: Sequence[User], window: Window, *, masked_uid: str = ""
    ) -> dict[str, list[Period]]:
        """The busy times of people by user id. Anybody who logs in may ask it: the calendars are read as their owners
        read them, and nothing but times is told. `masked_uid`: the meeting that is being moved takes nobody's time.
        Raises TooMany."""
        users = {person.user_id: person for person in people}
        reading = await self._reading(list(users.values()), window)
        own: dict[str, list[BusyCalendar]] = {user_id: [] for user_id in users}
        for calendar in reading.calendars.values():
            if calendar.folder.owner in own:
                own[calendar.folder.owner].append(calendar)
        found: dict[str, list[Period]] = {}
        pace, texts = Pace(), Texts()
        for user_id, person in users.items():
            zone = preferences(self._site.config, person, reading.profiles[user_id]).zone
            asked = _Asked(person, window, zone, pace, texts)
            counting = _counting(own[user_id], reading.profiles[user_id])
            counting += await self._others(person, reading)
            periods = [one for calendar in counting for one in await self._periods(calendar, asked, masked_uid)]
            found[user_id] = await self._beside(periods, asked, reading)
        return found

    async def occurrences(self, person: User, window: Window) -> list[tuple[Folder, BusyRow, Period]]:
        """What takes a person's time, each by itself, with the row of its event: for who decides about bookings.
        Raises TooMany."""
        reading = await self._reading([person], window)
        profile = reading.profiles[person.user_id]
        asked = _Asked(person, window, preferences(self._site.config, person, profile).zone, Pace())
        own = [one for one in reading.calendars.values() if one.folder.owner == person.user_id]
        return [
            (calendar.folder, row, period)
            for calendar in _counting(own, profile)
            for row, periods in await self._rows(calendar, asked, "")
            for period in periods
        ]

    async def of_user(self, person: User, window: Window) -> list[Period]:
        return (await self.of_people([person], window))[person.user_id]

    async def of_calendar(self, view: FolderView, window: Window) -> AsyncIterator[Period]:
        """The busy times of one calendar, of all classes: nothing but times is told. Days and floating times are those
        of its own zone, as for queries. Raises Forbidden, NotFound, TooMany."""
        view.require(Deed.READ_FREE_BUSY)
        path = view.folder.path
        reading = await self._site.folders.busy((), also=[path], start=_seconds(window.start), end=_seconds(window.end))
        owner = await self._site.profiles.load(view.owner.user_id)
        zone = preferences(self._site.config, view.owner, owner).zone
        if path in reading.calendars:
            asked = _Asked(view.owner, window, zone, Pace())
            for period in await self._periods(reading.calendars[path], asked, ""):
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

    # --- reading ------------------------------------------------------------------------------------------------------

    async def _reading(self, people: Sequence[User], window: Window) -> BusyReading:
        """All that is needed, by one look into the store as long as nobody lets other calendars of others count than
        the last time."""
        start, end = _seconds(window.start), _seconds(window.end)
        known = frozenset[str]().union(*(self._counted.get(person.user_id, frozenset()) for person in people))
        reading = await self._site.folders.busy([person.user_id for person in people], also=known, start=start, end=end)
        wanted = frozenset[str]()
        for person in people:
            wanted |= self._learn(person.user_id, reading.profiles[person.user_id])
        more = wanted - reading.calendars.keys() - known
        if more:
            others = await self._site.folders.busy((), also=more, start=start, end=end)
            reading = BusyReading({**reading.calendars, **others.calendars}, reading.profiles, reading.availability)
        return reading

    def _learn(self, user_id: str, profile: Profile) -> frozenset[str]:
        paths = frozenset(folder_settings.counted_of_others(profile.settings, user_id)[:MAX_COUNTED])
        self._counted.pop(user_id, None)
        if paths:
            self._counted[user_id] = paths
        while len(self._counted) > REMEMBERED_PEOPLE:
            self._counted.popitem(last=False)
        return paths

    async def _others(self, person: User, reading: BusyReading) -> list[BusyCalendar]:
        """The calendars of others that a person lets count, and may know the times of."""
        paths = self._counted.get(person.user_id, frozenset())
        found = [reading.calendars[path] for path in sorted(paths) if path in reading.calendars]
        rights = {one.folder.path: await self._site.acl.roles(one.folder) for one in found}
        seen = await standings(self._site, person, [one.folder for one in found], rights)
        return [one for one, standing in zip(found, seen, strict=True) if permits(standing, Deed.READ_FREE_BUSY)]

    # --- one calendar -------------------------------------------------------------------------------------------------

    async def _periods(self, calendar: BusyCalendar, asked: _Asked, masked_uid: str) -> list[Period]:
        return [period for _, periods in await self._rows(calendar, asked, masked_uid) for period in periods]

    async def _rows(
        self, calendar: BusyCalendar, asked: _Asked, masked_uid: str
    ) -> list[tuple[BusyRow, Iterable[Period]]]:
        zone = zone_among(calendar.properties, asked.zone)
        addresses = frozenset(address.lower() for address in asked.person.emails)
        found: list[tuple[BusyRow, Iterable[Period]]] = []
        unsure: dict[str, BusyRow] = {}
        for row in calendar.rows:
            await asked.pace.breathe()
            if masked_uid and row.uid == masked_uid[:UID_CHARS]:
                continue
            quick = from_quick(row, asked.window, default_zone=zone, addresses=addresses)
            if quick is not None:
                found.append((row, quick))
            elif row.text is not None:
                found.append((row, await self._of_text(calendar, row.name, row.text, asked, zone, addresses)))
            else:
                unsure[row.name] = row
        for name, text in (await self._texts(calendar, unsure)).items():
            if name in unsure:
                found.append((unsure[name], await self._of_text(calendar, name, text, asked, zone, addresses)))
        return found

    async def _texts(self, calendar: BusyCalendar, names: Collection[str]) -> dict[str, str]:
        """Of the few events whose rows say too little."""
        if not names:
            return {}
        pages = self._site.folders.entries(calendar.folder, content=True, names=list(names))
        return {entry.name: entry.content or "" async for page in pages for entry in page}

    async def _of_text(
        self, calendar: BusyCalendar, name: str, text: str, asked: _Asked, zone: dt.tzinfo, addresses: frozenset[str]
    ) -> Iterable[Period]:
        read = partial(from_text, text, default_zone=zone, addresses=addresses, texts=asked.texts)
        try:
            return await self._remembered(text, asked, zone, addresses, lambda window: read(window=window))
        except (CodecError, DomainError) as error:
            entry = Entry(name, 0, 0, 0, "vevent", len(text))
            self._unreadable.report(calendar.folder, entry, error.public)
            return ()

    async def _remembered(
        self, text: str, asked: _Asked, zone: dt.tzinfo, addresses: frozenset[str], read: _Reader
    ) -> list[Period]:
        """What a text says of a window, block by block; what was read before is not read again."""
        digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()
        found: list[Period] = []
        for block in asked.blocks:
            key = (digest, str(zone), addresses, block.start) if block is not asked.window else None
            known = self._read.get(key) if key is not None else None
            if known is None:
                try:
                    known = await maybe_apart(len(text) > APART_ABOVE_CHARS, read, block)
                except TooMany:  # in a block, perhaps not in the window
                    return list(await maybe_apart(len(text) > APART_ABOVE_CHARS, read, asked.window))
                if key is not None:
                    self._read.put(key, known, PERIOD_BYTES * (len(known) + 2))
                await asked.pace.breathe()
            _join(found, within(known, asked.window), block.start)
        return found

    # --- what else a person is ----------------------------------------------------------------------------------------

    async def _beside(self, periods: list[Period], asked: _Asked, reading: BusyReading) -> list[Period]:
        person, profile = asked.person, reading.profiles[asked.person.user_id]
        if person.record.is_resource and person.record.bookings >= 0 and person.record.kind:
            periods = at_once(periods, person.record.bookings)
        periods = periods + await self._unavailable(asked, reading.availability.get(person.user_id, ""))
        chosen = self._site.config.user(profile.defaults, person.domain)
        if chosen.busy_off_hours:
            start, end = chosen.day_start_time, chosen.day_end_time
            periods += off_hours(asked.window, asked.zone, day_start_hour=start, day_end_hour=end)
        return periods

    async def _unavailable(self, asked: _Asked, text: str) -> list[Period]:
        if not text:
            return []
        try:
            return await self._remembered(
                text,
                asked,
                asked.zone,
                frozenset(),
                lambda window: tuple(unavailable(text, window, default_zone=asked.zone)),
            )
        except (CodecError, DomainError) as error:
            log.warning("the availability of %s cannot be read: %s", asked.person.user_id, error.public)
            return []


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose times are asked for, and when. `zone` is where the person lives."""

    person: User
    window: Window
    zone: dt.tzinfo
    pace: Pace
    texts: Texts = field(default_factory=Texts)
    blocks: Sequence[Window] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", blocks(self.window))


def _join(found: list[Period], more: Iterable[Period], seam: dt.datetime) -> None:
    """Add the periods of another block. What lasts over the seam is one again."""
    for period in more:
        place = None
        if period.start == seam:
            place = next((n for n, one in enumerate(found) if one.end == seam and one.kind is period.kind), None)
        if place is None:
            found.append(period)
        else:
            found[place] = Period(found[place].start, period.end, period.kind)


def _counting(calendars: Iterable[BusyCalendar], profile: Profile) -> list[BusyCalendar]:
    """The own calendars that count; those that only show a file of elsewhere do not."""
    remote = folder_settings.web_calendars(profile.settings)
    return [
        one
        for one in calendars
        if one.folder.reference not in remote and not folder_settings.read(profile.settings, one.folder).transparent
    ]


_DEFAULT_DAYS = (7, 7)
_MAX_DAYS = 3660


def _days(number: int) -> int:
    return min(max(0, number), _MAX_DAYS)


def _seconds(moment: dt.datetime) -> int:
    return int(moment.timestamp())


def _instant(day: dt.datetime, days: int, zone: dt.tzinfo) -> dt.datetime:
    return (day + dt.timedelta(days=days)).replace(tzinfo=zone).astimezone(UTC)
