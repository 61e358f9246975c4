"""An upload becomes what is stored: the text, checked and mended, and the row of the index that belongs to it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from sogo.auth.interface import User
from sogo.codec import contentline
from sogo.errors import InvalidData, UnsupportedData
from sogo.model import calendar_object, card_object, quick_card, quick_event
from sogo.model.components import INDEXED
from sogo.model.folder import FolderKind
from sogo.service.around import Text
from sogo.service.folders import FolderView
from sogo.service.preferences import Preferences, preferences
from sogo.service.site import Site
from sogo.store.interface import QuickRow

THREAD_ABOVE_BYTES = 16 * 1024
"""Objects larger than this are parsed outside the event loop."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """`verbatim`: the text to store is that which was sent."""

    object: Text
    quick: QuickRow
    verbatim: bool

    def unique_uid(self, kind: FolderKind) -> str | None:
        """Calendars refuse a second object of the same UID; address books take it, as clients rely on (dav.md §20,
        20)."""
        return self.object.uid if kind is FolderKind.CALENDAR and self.object.uid else None


async def prepare(
    site: Site,
    view: FolderView,
    data: bytes,
    *,
    components: frozenset[str] | None,
    all_day_transparent: bool = False,
    floating_zone: str | None = None,
) -> Prepared:
    """`components` are the kinds a calendar takes (lower case); None means all. `floating_zone` is the IANA name of the
    zone of floating times, where that is not the actor's. Raises InvalidData, UnsupportedData."""
    limit = site.config.system.maximum_object_size * 1024
    if len(data) > limit:
        raise InvalidData("The object is larger than this server takes.", rule="max-resource-size", limit_bytes=limit)
    if view.folder.kind is FolderKind.CONTACTS:
        prepared = await _maybe_in_thread(len(data), partial(_card, data))
    else:
        settings, owner_zone = await _settings(site, view, all_day_transparent, floating_zone)
        prepared = await _maybe_in_thread(len(data), partial(_calendar, data, settings, owner_zone))
    component = prepared.object.component
    if components is not None and component not in components:
        raise UnsupportedData(
            f"This calendar does not take {component.upper()} objects.", rule="supported-calendar-component"
        )
    return prepared


async def _settings(
    site: Site, view: FolderView, all_day_transparent: bool, floating_zone: str | None
) -> tuple[calendar_object.PutSettings, dt.tzinfo]:
    """What the actor's preferences say of an object, and the zone in which the owner's index counts days."""
    prefs = await _preferences(site, view.actor)
    settings = calendar_object.PutSettings(
        zone=prefs.zone if floating_zone is None else ZoneInfo(floating_zone),
        zone_name=floating_zone or prefs.zone_name,
        event_class=prefs.event_class,
        task_class=prefs.task_class,
        day_start_hour=prefs.day_start_hour,
        now=site.clock(),
        all_day_transparent=all_day_transparent,
    )
    if view.owner.user_id == view.actor.user_id:
        return settings, prefs.zone
    return settings, (await _preferences(site, view.owner)).zone


async def _preferences(site: Site, user: User) -> Preferences:
    return preferences(site.config, user, await site.profiles.load(user.user_id))


async def _maybe_in_thread(size_bytes: int, work: Callable[[], Prepared]) -> Prepared:
    return await asyncio.to_thread(work) if size_bytes > THREAD_ABOVE_BYTES else work()


def _calendar(data: bytes, settings: calendar_object.PutSettings, owner_zone: dt.tzinfo) -> Prepared:
    checked = calendar_object.check(contentline.decode(data))
    amended = calendar_object.amend(checked, settings=settings)
    stored = amended.render()
    row = quick_event.quick_row(amended.calendar, default_zone=owner_zone, now=settings.now)
    quick = row if amended.kind in INDEXED else {}
    return Prepared(Text(stored, amended.uid, amended.kind, amended), quick, stored.encode() == data)


def _card(data: bytes) -> Prepared:
    checked = card_object.check(contentline.decode(data))
    amended = card_object.amend(checked)
    stored = amended.render()
    quick = quick_card.quick_row(amended.component)
    return Prepared(Text(stored, amended.uid, amended.kind), quick, stored.encode() == data)
