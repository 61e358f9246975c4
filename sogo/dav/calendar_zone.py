"""In which zone the floating and all-day times of a calendar are read, where a request names none (RFC 4791 §5.2.2)."""

from __future__ import annotations

import datetime as dt

from sogo.dav.context import DavRequest
from sogo.dav.resources import Collection, Resource
from sogo.service.calendar_zone import zone_of_calendar
from sogo.service.preferences import preferences


async def calendar_zone(request: DavRequest, target: Resource) -> tuple[dt.tzinfo, str]:
    """What calendar-timezone says, else the zone of the user; and a text that tells it from others."""
    own = preferences(request.services.config, request.actor, await request.profile()).zone
    if isinstance(target, Collection):
        return await zone_of_calendar(request.services.site, target.view.folder, own)
    return own, str(own)
