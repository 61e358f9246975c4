"""What takes somebody's time in a window: read from the calendars that count, one booking for each occurrence."""

from __future__ import annotations

from collections.abc import Callable

from sogo.auth.interface import User
from sogo.model import folder_settings
from sogo.model.caltime import Window
from sogo.model.folder import Folder, FolderState
from sogo.model.labels import masked_title
from sogo.model.rights import Deed, EventClass, class_of, permits
from sogo.model.scheduling.facts import Booking
from sogo.service.free_busy import FreeBusyService
from sogo.service.preferences import preferences
from sogo.service.site import Site
from sogo.service.standings import standings
from sogo.store.interface import Holding

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
        standing = by_path.get(folder.path)  # a calendar may have come meanwhile
        if standing is not None and permits(standing, Deed.READ, of_class):
            return None
        return masked_title(EventClass.PRIVATE if of_class is None else of_class, language, is_task=False)

    return title


async def bookings_of(times: FreeBusyService, user: User, window: Window, titles: Titles) -> tuple[Booking, ...]:
    """Of one person. Days and floating times are read in the zone of the calendar, or of the person."""
    found: list[Booking] = []
    for folder, row, period in (await times.occurrences(user, window))[:MAX_BOOKINGS]:
        instead = titles(folder, class_of(row.classification))
        found.append(Booking(row.uid, period.start, period.end, row.title if instead is None else instead))
    return tuple(found)
