"""In which zone a request reads floating times and dates (RFC 4791 §7.3)."""

from __future__ import annotations

import datetime as dt

from sogo.codec.contentline import parse
from sogo.dav.context import DavRequest
from sogo.errors import CodecError, InvalidData
from sogo.model import timezone
from sogo.service.preferences import preferences


async def request_zone(request: DavRequest, text: str | None, zone_id: str | None) -> dt.tzinfo:
    """The zone a query brings (as an iCalendar object, or by its name: RFC 7809 §7.2), else the user's.

    Raises InvalidData (valid-calendar-data, valid-timezone) for a zone that cannot be read.
    """
    if zone_id:
        found = timezone.zone(zone_id)
        if found is None:
            raise InvalidData("This time zone is not known here.", rule="valid-timezone")
        return found
    if text:
        return _embedded(text)
    return preferences(request.services.config, request.actor, await request.profile()).zone


def _embedded(text: str) -> dt.tzinfo:
    try:
        calendar = next(iter(parse(text).components("VCALENDAR")), None)
    except CodecError as error:
        raise InvalidData("The time zone cannot be read.", rule="valid-calendar-data") from error
    component = next(iter(calendar.components("VTIMEZONE")), None) if calendar is not None else None
    found = timezone.zone(component.text("TZID"), calendar) if component is not None else None
    if found is None:
        raise InvalidData("The time zone cannot be read.", rule="valid-calendar-data")
    return found
