"""calendar-data and address-data in the form a request asks for: parts of it, expanded, limited (RFC 4791 §9.6), in a
version of vCard (RFC 6352 §10.4), without the time zones everybody knows (RFC 7809)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sogo.codec.contentline import Component, parse
from sogo.codec.davxml.names import caldav, carddav
from sogo.codec.davxml.rfc4791 import CalendarData
from sogo.codec.davxml.rfc6352 import AddressData
from sogo.codec.davxml.writer import escape_lines
from sogo.dav.context import DavRequest
from sogo.dav.properties import Loaded, Need, Property
from sogo.dav.resources import DirectoryObject, On, StoredObject
from sogo.dav.texts import text_of_object
from sogo.errors import CodecError
from sogo.model import selection
from sogo.model.card_versions import in_version
from sogo.model.recurrence import ANSWER_STEPS, Budget

_PLAIN = CalendarData()


def wants_no_zones(request: DavRequest) -> bool:
    """`CalDAV-Timezones: F`, for GET, PROPFIND and REPORT (RFC 7809 §7.1)."""
    return request.http.headers.get("CalDAV-Timezones", "").strip().upper() == "F"


def knows_zones_by_name(request: DavRequest) -> bool:
    """Whoever sends the header, with either value, has the zone database and knows what a refused name means."""
    return "CalDAV-Timezones" in request.http.headers


def data_properties(
    request: DavRequest, calendar: CalendarData | None, address: AddressData | None, zone: dt.tzinfo | None
) -> Mapping[str, Property]:
    """The properties that this request gives another form than the stored one. `zone` is for floating times."""
    found: dict[str, Property] = {}
    zoneless = wants_no_zones(request)
    if calendar is not None and zone is not None and (zoneless or not calendar.plain):
        found[caldav("calendar-data")] = _calendar_property(calendar, zone, zoneless)
    if address is not None and not address.plain:
        found[carddav("address-data")] = _address_property(address)
    return found


def listed_data_properties(request: DavRequest) -> Mapping[str, Property]:
    """The same for PROPFIND, where nothing but the headers can say more."""
    return data_properties(request, _PLAIN, None, dt.UTC) if wants_no_zones(request) else {}


def _calendar_property(wanted: CalendarData, zone: dt.tzinfo, zoneless: bool) -> Property:
    budget = Budget(ANSWER_STEPS)

    def get(item: Loaded) -> str | None:
        assert isinstance(item.resource, StoredObject)
        text = text_of_object(item.resource, item.settings)
        if wanted.plain:
            return escape_lines(without_zones(text))
        document = parse(text)
        text = selection.calendar_text(document, wanted, default_zone=zone, budget=budget, zoneless=zoneless)
        return escape_lines(text)

    return Property(
        caldav("calendar-data"), On.EVENT, get, Need.CONTENT | Need.SETTINGS, "4791 §9.6", False,
        steady=wanted.plain, variant="zoneless",
    )  # fmt: skip


def without_zones(text: str) -> str:
    """A calendar without the definitions of standard time zones; the very text when it has none, or cannot be read."""
    if "BEGIN:VTIMEZONE" not in text:
        return text
    try:
        document = parse(text)
    except CodecError:
        return text
    items = [selection.without_standard_zones(item) if isinstance(item, Component) else item for item in document.items]
    if all(new is old for new, old in zip(items, document.items, strict=True)):
        return text
    return Component("", items).render()


def _address_property(wanted: AddressData) -> Property:
    def get(item: Loaded) -> str | None:
        assert isinstance(item.resource, StoredObject | DirectoryObject)
        text = in_version(text_of_object(item.resource, item.settings), wanted.version)
        return escape_lines(text if wanted.props is None else selection.card_text(parse(text), wanted))

    return Property(
        carddav("address-data"), On.CARD | On.DIRECTORY_CARD, get, Need.CONTENT, "6352 §10.4", False,
        steady=wanted.props is None, variant=wanted.version,
    )  # fmt: skip
