"""In which zone the floating and all-day times of a calendar are read, where a request names none (RFC 4791 §5.2.2)."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

from sogo.dav.context import DavRequest
from sogo.dav.properties.rfc4791 import TIMEZONE, TIMEZONE_ID
from sogo.dav.resources import Collection, Resource
from sogo.errors import InvalidData
from sogo.model.filters.calendar import query_zone
from sogo.service.preferences import preferences


async def calendar_zone(request: DavRequest, target: Resource) -> tuple[dt.tzinfo, str]:
    """What calendar-timezone says, else the zone of the user; and a text that tells it from others."""
    own = preferences(request.services.config, request.actor, await request.profile()).zone
    if isinstance(target, Collection):
        path = target.view.folder.path
        stored = (await request.services.site.properties.load([path])).get(path, {})
        text, name = stored.get(TIMEZONE), stored.get(TIMEZONE_ID)
        with suppress(InvalidData):
            return query_zone(text, name, own), text or name or str(own)
    return own, str(own)
