"""In which zone the floating and all-day times of a calendar are read, where nobody names one (RFC 4791 §5.2.2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress

from sogo.codec.davxml.names import caldav
from sogo.errors import InvalidData
from sogo.model.filters.calendar import query_zone
from sogo.model.folder import Folder
from sogo.service.site import Site

TIMEZONE = caldav("calendar-timezone")
TIMEZONE_ID = caldav("calendar-timezone-id")


async def zone_of_calendar(site: Site, folder: Folder, own: dt.tzinfo) -> tuple[dt.tzinfo, str]:
    """What the calendar's properties say, else `own`; and a text that tells it from others."""
    stored = (await site.properties.load([folder.path])).get(folder.path, {})
    text, name = stored.get(TIMEZONE), stored.get(TIMEZONE_ID)
    return zone_among(stored, own), text or name or str(own)


def zone_among(stored: Mapping[str, str], own: dt.tzinfo) -> dt.tzinfo:
    """What the properties of a calendar say; else `own`."""
    with suppress(InvalidData):
        return query_zone(stored.get(TIMEZONE), stored.get(TIMEZONE_ID), own)
    return own
